//! Whether both grade models could be in memory at once. Where they cannot, grades cannot run in parallel
//! whatever the runner does, and judging it for that would be unfair in either direction.

use std::collections::BTreeSet;

use super::{
    bounds::servers::Servers,
    conversations::{GRADE_A, GRADE_B},
    evidence::Evidence,
    pairs::Pair,
};
use crate::record::{ModelServer, RunRecord};

/// Why the grades cannot be judged for running in parallel, if they cannot.
///
/// On several servers at once they can: each grades with one of the models.
///
/// Evidence is stronger than arithmetic: a server that was seen computing both at once is judged. And an excuse has to
/// be witnessed: of a run that nobody watched, the sizes are as much hearsay as the claim that it was parallel.
pub(crate) fn cannot_co_reside(evidence: &Evidence<'_>) -> Option<String> {
    if evidence.nobody_watched() {
        return None;
    }
    if evidence.pairs().iter().any(Pair::overlaps_on_server) {
        return None;
    }
    let (a, b) = grade_models(evidence.record)?;
    if a == b || Servers::of(evidence.record).several_at_once() {
        return None;
    }
    let Some(card) = roomiest(evidence.record, &a, &b) else {
        return never_seen_together(evidence.record, &a, &b);
    };
    // What was seen in memory together fits, whatever is said of the memory.
    if samples_with_either(evidence.record, &a, &b).any(|loaded| has_both(&loaded, &a, &b)) {
        return None;
    }
    if card.is_exceeded() {
        return Some(format!(
            "cannot co-reside: {a} and {b} need {} together and the GPU has {}",
            gibibytes(card.larger.saturating_add(card.smaller)),
            gibibytes(card.memory)
        ));
    }
    (!card.takes_both()).then(|| {
        format!(
            "cannot co-reside: of the GPU's {} the larger of {a} and {b} leaves {}, and of what is free the server \
             gives 80 % at most, less than the {} of the other",
            gibibytes(card.memory),
            gibibytes(card.left()),
            gibibytes(card.smaller)
        )
    })
}

/// Both grade models and the memory of a server.
#[derive(Debug, Clone, Copy)]
struct GradersCard {
    larger: u64,
    smaller: u64,
    memory: u64,
}

impl GradersCard {
    fn is_exceeded(self) -> bool {
        self.larger.saturating_add(self.smaller) > self.memory
    }

    /// What is free beside the larger one.
    fn left(self) -> u64 {
        self.memory.saturating_sub(self.larger)
    }

    /// Whether the server can be brought to load both. One that has something loaded loads more only where that takes at
    /// most 80 % of what is free, and evicts otherwise. If it is to be done in any order, it is with the larger one first.
    fn takes_both(self) -> bool {
        self.smaller.saturating_mul(5) <= self.left().saturating_mul(4)
    }

    /// How much more there could be; negative where it is too much.
    fn spare(self) -> i128 {
        i128::from(self.left()) * 4 - i128::from(self.smaller) * 5
    }
}

fn grade_models(record: &RunRecord) -> Option<(String, String)> {
    let actor = |conversation: i32| {
        let definition = record
            .workflow
            .conversations
            .iter()
            .find(|candidate| candidate.id == conversation)?;
        Some(tagged(&definition.actor))
    };
    Some((actor(GRADE_A)?, actor(GRADE_B)?))
}

/// The server that had the most to spare. Size on disk is less than a loaded model takes, so what does not fit by it does
/// not fit; what a model was seen to take on the card is nearer to it.
fn roomiest(record: &RunRecord, a: &str, b: &str) -> Option<GradersCard> {
    let there = |server: &ModelServer| {
        let size = |name: &str| {
            let mut models = server.models.iter();
            let on_disk = models.find(|model| tagged(&model.name) == name)?.size;
            Some(on_disk.max(most_seen(record, &server.name, name)))
        };
        let (a, b) = (size(a)?, size(b)?);
        Some(GradersCard {
            larger: a.max(b),
            smaller: a.min(b),
            memory: server.gpu_memory?,
        })
    };
    let cards: Option<Vec<GradersCard>> = record.environment.servers.iter().map(there).collect();
    cards?.into_iter().max_by_key(|card| card.spare())
}

/// The most bytes that a model was seen to take on a server's card; 0 where it was not seen.
fn most_seen(record: &RunRecord, server: &str, model: &str) -> u64 {
    let samples = record.residency.iter().filter(|it| it.server == server);
    let loaded = samples.flat_map(|sample| &sample.models);
    let ours = loaded.filter(|loaded| tagged(&loaded.name) == model);
    ours.map(|loaded| loaded.size_vram).max().unwrap_or(0)
}

fn never_seen_together(record: &RunRecord, a: &str, b: &str) -> Option<String> {
    let seen: Vec<BTreeSet<String>> = samples_with_either(record, a, b).collect();
    let together = seen.iter().any(|loaded| has_both(loaded, a, b));
    (!seen.is_empty() && !together).then(|| {
        format!(
            "cannot co-reside, as far as was seen: the GPU's memory is unknown, and of {} samples with \
             {a} or {b} loaded none has both",
            seen.len()
        )
    })
}

fn samples_with_either(
    record: &RunRecord,
    a: &str,
    b: &str,
) -> impl Iterator<Item = BTreeSet<String>> {
    let samples = record.residency.iter();
    let loaded = samples.map(|sample| {
        let models = sample.models.iter();
        models.map(|model| tagged(&model.name)).collect()
    });
    loaded.filter(move |loaded: &BTreeSet<String>| loaded.contains(a) || loaded.contains(b))
}

fn has_both(loaded: &BTreeSet<String>, a: &str, b: &str) -> bool {
    loaded.contains(a) && loaded.contains(b)
}

/// Ollama takes `gemma2` for `gemma2:latest`.
pub(crate) fn tagged(name: &str) -> String {
    if name.contains(':') {
        name.to_owned()
    } else {
        format!("{name}:latest")
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
fn gibibytes(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1_u32 << 30))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        judge::doctored::{self, GIB},
        record::{LoadedModel, Provenance, ResidencySample},
    };

    fn reason(record: &RunRecord) -> Option<String> {
        cannot_co_reside(&Evidence::of(record))
    }

    fn samples(loaded: &[&[&str]]) -> Vec<ResidencySample> {
        let model = |name: &&str| LoadedModel {
            name: (*name).to_owned(),
            size_vram: 5 * GIB,
            digest: None,
        };
        loaded
            .iter()
            .map(|names| ResidencySample {
                server: "http://10.0.0.1:11434".to_owned(),
                at: doctored::START,
                models: names.iter().map(model).collect(),
            })
            .collect()
    }

    /// Grades one after the other on a card of six gibibytes, as on the laptop of November 2025.
    fn laptop() -> RunRecord {
        let mut record = doctored::serial();
        record.environment.servers[0].gpu_memory = Some(6 * GIB);
        record.residency.clear();
        record
    }

    #[test]
    fn models_that_were_seen_together_fit_whatever_is_said_of_the_memory() {
        let mut record = laptop();
        record.residency = samples(&[&["gemma2:latest"], &["qwen2.5:7b"]]);
        assert!(reason(&record).is_some());
        record.residency = samples(&[&["gemma2:latest", "qwen2.5:7b"], &["qwen2.5:7b"]]);
        assert_eq!(reason(&record), None);
    }

    #[test]
    fn two_models_larger_than_the_card_cannot_co_reside() {
        assert!(reason(&laptop()).unwrap().starts_with("cannot co-reside"));
    }

    #[test]
    fn two_models_that_fit_are_no_excuse_for_running_one_after_the_other() {
        assert_eq!(reason(&doctored::serial()), None);
    }

    /// Grades one after the other, on a card of so many mebibytes, of which each model takes 5 GiB.
    fn card_of(mebibytes: u64) -> RunRecord {
        let mut record = doctored::serial();
        for model in &mut record.environment.servers[0].models {
            model.size = 5 * GIB;
        }
        record.environment.servers[0].gpu_memory = Some(mebibytes << 20);
        record.residency = samples(&[&["gemma2:latest"], &["qwen2.5:7b"]]);
        record
    }

    #[test]
    fn what_adds_up_and_is_kept_apart_by_the_servers_rule_is_an_excuse_and_with_a_mebibyte_more_it_is_none()
     {
        // Four fifths of 6.25 GiB are five.
        let kept_apart = reason(&card_of(11 * 1024));
        assert!(kept_apart.unwrap().contains("80 %"));
        assert!(reason(&card_of(11 * 1024 + 255)).is_some());
        assert_eq!(reason(&card_of(11 * 1024 + 256)), None);
    }

    #[test]
    fn a_model_takes_what_it_was_seen_to_take_and_not_what_lies_on_the_disk() {
        let mut record = card_of(11 * 1024);
        for model in &mut record.environment.servers[0].models {
            model.size = 4 * GIB;
        }
        assert!(reason(&record).is_some());
        record.residency.clear();
        assert_eq!(reason(&record), None);
    }

    #[test]
    fn the_servers_rule_is_no_excuse_where_it_was_seen_to_be_another() {
        let mut record = card_of(11 * 1024);
        record.residency = samples(&[&["gemma2:latest", "qwen2.5:7b"]]);
        assert_eq!(reason(&record), None);
    }

    #[test]
    fn a_server_seen_computing_both_is_judged_whatever_the_sizes_say() {
        let mut record = doctored::healthy();
        record.environment.servers[0].gpu_memory = Some(6 * GIB);
        assert_eq!(reason(&record), None);
    }

    #[test]
    fn two_servers_at_once_have_room_for_a_model_each_and_two_that_follow_each_other_have_not() {
        let mut record = laptop();
        doctored::servers::second_server(&mut record);
        assert_eq!(reason(&record), None);
        doctored::servers::one_after_the_other(&mut record);
        assert!(reason(&record).unwrap().starts_with("cannot co-reside"));
    }

    #[test]
    fn the_sizes_of_a_run_that_nobody_watched_are_no_excuse() {
        let mut record = laptop();
        record.provenance = Provenance::Reconstructed {
            source: "a report".to_owned(),
        };
        assert_eq!(reason(&record), None);
    }

    #[test]
    fn with_memory_unknown_the_samples_decide() {
        let mut record = laptop();
        record.environment.servers[0].gpu_memory = None;
        assert_eq!(reason(&record), None, "no sample, no excuse");
        record.residency = samples(&[&["llama3.2:latest"], &[]]);
        assert_eq!(reason(&record), None, "neither grader was seen at all");
        record.residency = samples(&[&["gemma2:latest"], &["qwen2.5:7b"]]);
        assert!(reason(&record).is_some());
        record.residency = samples(&[&["gemma2:latest"], &["qwen2.5:7b", "gemma2:latest"]]);
        assert_eq!(reason(&record), None, "seen together");
    }

    #[test]
    fn one_model_for_both_grades_always_resides_with_itself() {
        let mut record = laptop();
        for conversation in &mut record.workflow.conversations {
            conversation.actor = "gemma2".to_owned();
        }
        assert_eq!(reason(&record), None);
    }

    #[test]
    fn a_name_without_a_tag_means_the_latest() {
        assert_eq!(tagged("gemma2"), tagged("gemma2:latest"));
        assert_ne!(tagged("gemma2"), tagged("gemma2:2b"));
    }
}
