//! The graphics cards.

use wave_runner::telemetry::{Card, Cards, Measure, NoGpu, Untold};

use crate::preflight::finding::{Check, Finding};
use crate::preflight::found::Found;
use crate::preflight::words::told_bytes;

/// A card that is busier than this before anything runs works for somebody else. A desktop takes a few percent.
const BUSY_PERCENT: u32 = 25;

pub(super) fn gpu(found: &Found) -> Finding {
    // The cards here say nothing of a server elsewhere, whatever they are.
    if !found.servers.iter().any(|server| server.is_local) {
        return Finding::note(
            Check::Gpu,
            "no model server is on this machine, so its cards are not looked at, and a run here cannot sample theirs",
        )
        .with_cure("run `batchproof preflight` on the servers' machines; a `batchproof work` there samples their cards");
    }
    match &found.gpu {
        Ok(cards) => seen(cards),
        Err(reason) => Finding::warning(Check::Gpu, reason.to_string(), cure(reason)),
    }
}

fn cure(reason: &NoGpu) -> &'static str {
    match reason {
        NoGpu::NoDriver(_) => {
            "install the NVIDIA driver (`nvidia-smi` must work), or use a server that has a card: --ollama URL. On a \
             processor alone the models are many times slower, and GPU utilisation is not judgeable"
        }
        NoGpu::NoPermission(_) => {
            "give this user access to /dev/nvidia*; in a container, start it with `--gpus all`"
        }
        NoGpu::NoCard { .. } => {
            "see whether `nvidia-smi -L` names a card, and what CUDA_VISIBLE_DEVICES or the container leaves of it"
        }
        NoGpu::Broken(_) => {
            "see what `nvidia-smi` says; a driver that was updated needs a restart of the machine"
        }
    }
}

fn seen(cards: &Cards) -> Finding {
    let each: Vec<String> = cards.cards.iter().map(told).collect();
    let found = format!("{}; driver {}", each.join(", "), cards.driver);
    if cards
        .cards
        .iter()
        .any(|card| card.utilisation_percent > Some(BUSY_PERCENT))
    {
        return Finding::warning(
            Check::Gpu,
            found,
            "see who works on the card (`nvidia-smi`) and end it, or wait: it takes time from every call",
        );
    }
    let mut untold = cards.cards.iter().flat_map(|card| &card.untold);
    let told = |it: &Untold| format!("{}: {}", it.what.as_str(), it.why);
    // Of power and temperature nothing is judged, and many cards of laptops never tell them.
    let beside = |it: &&Untold| matches!(it.what, Measure::Power | Measure::Temperature);
    if let Some(missed) = untold.clone().find(|it| !beside(it)) {
        let why = told(missed);
        return Finding::warning(
            Check::Gpu,
            found,
            format!(
                "the driver does not tell all of a card ({why}); what is not told is not sampled. Update the driver, or \
                 give this user access to the card"
            ),
        );
    }
    match untold.next() {
        Some(missed) => Finding::note(Check::Gpu, format!("{found}; not told, {}", told(missed))),
        None => Finding::fine(Check::Gpu, found),
    }
}

fn told(card: &Card) -> String {
    let memory = card.memory.map_or_else(
        || "memory not told".to_owned(),
        |memory| {
            let (total, used) = (told_bytes(memory.total), told_bytes(memory.used));
            format!("{total}, {used} of it used")
        },
    );
    let busy = card.utilisation_percent.map_or_else(
        || "work not told".to_owned(),
        |percent| format!("{percent} % busy"),
    );
    format!("{} ({memory}, {busy})", card.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::Verdict;
    use crate::preflight::sound;

    fn with(look: Result<Cards, NoGpu>) -> Finding {
        gpu(&Found {
            gpu: look,
            ..sound::found()
        })
    }

    #[test]
    fn an_idle_card_is_fine_and_told_with_its_driver() {
        let finding = gpu(&sound::found());
        assert_eq!(finding.verdict, Verdict::Fine);
        assert_eq!(
            finding.found,
            "NVIDIA GeForce RTX 4090 (24.0 GiB, 512 MiB of it used, 2 % busy); driver 580.95.05"
        );
    }

    #[test]
    fn a_machine_without_a_driver_a_right_or_a_card_is_told_why_and_stops_nothing() {
        let no_driver = NoGpu::NoDriver("libnvidia-ml.so.1: cannot open".to_owned());
        let no_right = NoGpu::NoPermission("no permission".to_owned());
        let no_card = NoGpu::NoCard {
            driver: "580.95.05".to_owned(),
        };
        let broken = NoGpu::Broken("version mismatch".to_owned());
        for (reason, cure) in [
            (no_driver, "install the NVIDIA driver"),
            (no_right, "/dev/nvidia"),
            (no_card, "nvidia-smi -L"),
            (broken, "restart"),
        ] {
            let finding = with(Err(reason.clone()));
            assert_eq!(finding.verdict, Verdict::Warning);
            assert_eq!(finding.found, reason.to_string());
            assert!(finding.cure.unwrap().contains(cure), "{reason}");
        }
    }

    #[test]
    fn a_card_that_others_work_on_or_that_does_not_tell_is_a_warning() {
        let mut cards = sound::cards();
        cards.cards[0].utilisation_percent = Some(BUSY_PERCENT);
        assert_eq!(with(Ok(cards.clone())).verdict, Verdict::Fine);
        cards.cards[0].utilisation_percent = Some(BUSY_PERCENT + 1);
        assert_eq!(with(Ok(cards.clone())).verdict, Verdict::Warning);
        cards.cards[0].utilisation_percent = None;
        let untold = |what| Untold {
            what,
            why: "not available on the target device".to_owned(),
        };
        cards.cards[0].untold = vec![untold(Measure::Power)];
        let laptop = with(Ok(cards.clone()));
        assert_eq!(laptop.verdict, Verdict::Note);
        assert!(
            laptop
                .found
                .ends_with("power: not available on the target device")
        );
        cards.cards[0].untold.push(untold(Measure::Utilisation));
        let silent = with(Ok(cards));
        assert_eq!(silent.verdict, Verdict::Warning);
        assert!(silent.found.contains("work not told"), "{}", silent.found);
        assert!(silent.cure.unwrap().contains("not available"));
    }

    #[test]
    fn cards_of_this_machine_do_not_speak_for_a_server_elsewhere() {
        let mut found = sound::found();
        found.servers[0].is_local = false;
        let finding = gpu(&found);
        assert_eq!(finding.verdict, Verdict::Note);
        assert!(!finding.found.contains("4090"));
    }
}
