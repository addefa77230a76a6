//! Which models can be in the cards' memory together: by the run's own planning, and by the server's rule, which is
//! another.

mod room;

use std::collections::BTreeMap;

use room::Room;

use crate::preflight::finding::{Check, Finding};
use crate::preflight::found::Found;
use crate::preflight::words::told_bytes;

pub(super) fn fit(found: &Found) -> Finding {
    let sizes = sizes(found);
    if sizes.len() < found.wanted.models.len() {
        return Finding::note(Check::Fit, "not known before the models are there");
    }
    let free = free_on_the_card(found);
    let Some(memory) = found.wanted.gpu_memory else {
        return untold(found, free);
    };
    if let Some(free) = free.filter(|free| memory > *free) {
        return Finding::warning(
            Check::Fit,
            format!(
                "--gpu-memory says {}, and the card has {} beside what others use",
                told_bytes(memory),
                told_bytes(free)
            ),
            format!(
                "say --gpu-memory {}, or end what uses the card (`nvidia-smi`)",
                as_argument(free)
            ),
        );
    }
    // The server fills the card, whatever the run was told of it.
    let room = Room {
        planned: memory,
        there: free.unwrap_or(memory),
        sizes,
    };
    within(found, &room)
}

/// What each wanted model takes: its size on disk, or what it took where it is loaded. Both are lower bounds of what it
/// takes with every slot in use.
fn sizes(found: &Found) -> BTreeMap<String, u64> {
    let mut sizes = BTreeMap::new();
    let states = found
        .servers
        .iter()
        .filter_map(|server| server.state.as_ref().ok());
    for state in states {
        let installed = state
            .installed
            .iter()
            .map(|(name, model)| (name, model.size));
        let loaded = state.loaded.iter().map(|model| (&model.name, model.size));
        for (name, size) in installed.chain(loaded) {
            if found.wanted.models.contains_key(name) {
                let known = sizes.entry(name.clone()).or_insert(size);
                *known = size.max(*known);
            }
        }
    }
    sizes
}

/// What the one server's card has for models: all but what is used by others than the server.
pub(crate) fn free_on_the_card(found: &Found) -> Option<u64> {
    let [server] = &found.servers[..] else {
        return None;
    };
    let memory = found
        .gpu
        .as_ref()
        .ok()
        .filter(|_| server.is_local)?
        .memory()?;
    let loaded = server.state.as_ref().ok()?.loaded.iter();
    let models: u64 = loaded.map(|model| model.size_vram).sum();
    Some(
        memory
            .total
            .saturating_sub(memory.used.saturating_sub(models)),
    )
}

fn untold(found: &Found, free: Option<u64>) -> Finding {
    let told = "without --gpu-memory a run uses one model at a time on each server";
    let size = free.map_or_else(
        || "SIZE, such as 24GiB: what `nvidia-smi` shows on the server's machine".to_owned(),
        as_argument,
    );
    let cure = format!("say --gpu-memory {size}");
    if found.wanted.together.is_empty() || found.servers.len() > 1 {
        return Finding::note(Check::Fit, told).with_cure(cure);
    }
    Finding::warning(
        Check::Fit,
        format!("{told}: the grades never overlap, which is not judgeable then"),
        cure,
    )
}

fn within(found: &Found, room: &Room) -> Finding {
    let all: Vec<&str> = room.sizes.keys().map(String::as_str).collect();
    let of = told_bytes(room.planned);
    if let Some(model) = all.iter().find(|model| room.sum(&[model]) > room.there) {
        let size = told_bytes(room.sum(&[model]));
        return Finding::warning(
            Check::Fit,
            format!(
                "{model} takes {size} of {}: a part of it would run on the processor, many times slower",
                told_bytes(room.there)
            ),
            format!("use a smaller model for its steps, --model STEP=NAME, instead of {model}"),
        );
    }
    let pair = found
        .wanted
        .together
        .iter()
        .map(|group| group.iter().map(String::as_str));
    let mut pairs = pair.map(Iterator::collect::<Vec<&str>>);
    let apart = pairs.find(|pair| found.servers.len() < 2 && room.sum(pair) > room.planned);
    if let Some(pair) = apart {
        return Finding::warning(
            Check::Fit,
            format!(
                "{} take {} of {of}: the grades never overlap, which is not judgeable then",
                pair.join(" and "),
                told_bytes(room.sum(&pair))
            ),
            "use a card with more memory, a second server (--ollama URL,URL), or smaller models (--model STEP=NAME)",
        );
    }
    if let Some(evicted) = room.smallest_disagreement(&all) {
        let sum = room.sum(&evicted);
        return Finding::warning(
            Check::Fit,
            format!(
                "{} add up to {} of {of}, but Ollama loads a model beside others only where it takes no more than 80 % of \
                 what is free: {}",
                evicted.join(", "),
                told_bytes(sum),
                if room.is_admitted_in_some_order(&evicted) {
                    "whether they stay together depends on which came first"
                } else {
                    "they never stay together"
                }
            ),
            format!(
                "use a card with more memory; or say --gpu-memory {}, so that the run does not count on it",
                as_argument(sum - 1)
            ),
        );
    }
    let told = format!(
        "{} take {} of {of}",
        all.join(", "),
        told_bytes(room.sum(&all))
    );
    if room.sum(&all) <= room.planned {
        Finding::fine(Check::Fit, format!("{told}: all stay loaded together"))
    } else {
        Finding::note(
            Check::Fit,
            format!("{told}: not all at once, so that models are unloaded and loaded in between"),
        )
    }
}

/// A size as `--gpu-memory` takes it, rounded down.
fn as_argument(bytes: u64) -> String {
    const GIB: u64 = 1 << 30;
    if bytes.is_multiple_of(GIB) || bytes >= 16 * GIB {
        format!("{}GiB", bytes / GIB)
    } else {
        format!("{}MiB", bytes >> 20)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::Verdict;
    use crate::preflight::sound;

    const GIB: u64 = 1 << 30;

    fn with(gpu_memory: Option<u64>) -> Found {
        let mut found = sound::found();
        // Elsewhere, so that the card of this machine says nothing.
        found.servers[0].is_local = false;
        found.wanted.gpu_memory = gpu_memory;
        found
    }

    fn of(gpu_memory: u64) -> Finding {
        fit(&with(Some(gpu_memory)))
    }

    #[test]
    fn on_16_gib_all_three_stay_and_on_12_the_order_of_the_loads_decides() {
        let finding = of(16 * GIB);
        assert_eq!(finding.verdict, Verdict::Fine);
        assert!(
            finding
                .found
                .ends_with("13.3 GiB of 16.0 GiB: all stay loaded together")
        );
        let finding = of(12 * GIB);
        assert_eq!(finding.verdict, Verdict::Warning);
        assert!(
            finding.found.contains("depends on which came first"),
            "{}",
            finding.found
        );
        // With what it advises, the planner no longer counts on them: the grades go one after the other, as is said.
        let advised = of(10_999 << 20);
        assert!(finding.cure.unwrap().contains("--gpu-memory 10999MiB"));
        assert!(advised.found.contains("never overlap"), "{}", advised.found);
    }

    #[test]
    fn a_run_that_is_told_less_than_the_card_has_is_not_warned_of_evictions_that_the_card_spares_it()
     {
        let mut found = sound::found();
        found.wanted.gpu_memory = Some(12 * GIB);
        assert_eq!(
            fit(&found).verdict,
            Verdict::Note,
            "not all at once, but the pair"
        );
    }

    #[test]
    fn on_the_laptop_of_november_the_grades_never_overlap_unless_a_second_server_takes_one() {
        let finding = of(6 * GIB);
        assert_eq!(finding.verdict, Verdict::Warning);
        assert!(
            finding
                .found
                .starts_with("gemma2:latest and qwen2.5:7b take 10.7 GiB of 6.0 GiB")
        );
        let mut two = with(Some(6 * GIB));
        two.servers.push(two.servers[0].clone());
        assert_eq!(fit(&two).verdict, Verdict::Note);
    }

    #[test]
    fn a_model_that_is_larger_than_the_card_is_told_by_its_name() {
        let finding = of(5 * GIB);
        assert_eq!(finding.verdict, Verdict::Warning);
        assert!(
            finding
                .found
                .starts_with("gemma2:latest takes 5.9 GiB of 5.0 GiB")
        );
    }

    #[test]
    fn memory_that_nobody_told_is_read_off_the_card_for_the_advice() {
        let mut found = sound::found();
        found.wanted.gpu_memory = None;
        let finding = fit(&found);
        assert_eq!(finding.verdict, Verdict::Warning);
        assert_eq!(finding.cure.as_deref(), Some("say --gpu-memory 23GiB"));
        let elsewhere = fit(&with(None));
        assert!(elsewhere.cure.unwrap().contains("--gpu-memory SIZE"));
        found.wanted.together.clear();
        assert_eq!(
            fit(&found).verdict,
            Verdict::Note,
            "no grades, nothing to overlap"
        );
    }

    #[test]
    fn more_than_the_card_has_is_a_warning_and_models_that_are_loaded_are_not_somebody_elses() {
        let mut found = sound::found();
        found.wanted.gpu_memory = Some(24 * GIB);
        let finding = fit(&found);
        assert_eq!(finding.verdict, Verdict::Warning);
        assert!(finding.cure.unwrap().contains("--gpu-memory 23GiB"));
        found.wanted.gpu_memory = Some(20 * GIB);
        let cards = found.gpu.as_mut().unwrap();
        cards.cards[0].memory.as_mut().unwrap().used = 8 * GIB;
        assert_eq!(fit(&found).verdict, Verdict::Warning, "8 GiB are another's");
        let state = found.servers[0].state.as_mut().unwrap();
        let mut loaded = sound::loaded("gemma2:latest", 8192);
        loaded.size_vram = 7 * GIB;
        state.loaded = vec![loaded];
        assert_eq!(fit(&found).verdict, Verdict::Fine);
    }
}
