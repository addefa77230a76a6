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
    let samples = Together::of(evidence.record, &a, &b);
    match together_and_memory(evidence.record, &a, &b) {
        // What was seen in memory fits, whatever is said of the memory.
        Some(_) if samples.together > 0 => None,
        Some((needed, memory)) => (needed > memory).then(|| {
            format!(
                "cannot co-reside: {a} and {b} need {} together and the GPU has {}",
                gibibytes(needed),
                gibibytes(memory)
            )
        }),
        None => samples.never(&a, &b),
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

/// What both need together and what there is, at the server that had the most to spare. Size on disk is less than a
/// loaded model takes, so what does not fit by it does not fit.
fn together_and_memory(record: &RunRecord, a: &str, b: &str) -> Option<(u64, u64)> {
    let there = |server: &ModelServer| {
        let size = |name: &str| {
            let mut models = server.models.iter();
            Some(models.find(|model| tagged(&model.name) == name)?.size)
        };
        Some((size(a)?.saturating_add(size(b)?), server.gpu_memory?))
    };
    let servers: Option<Vec<(u64, u64)>> = record.environment.servers.iter().map(there).collect();
    let spare = |(needed, memory): &(u64, u64)| i128::from(*memory) - i128::from(*needed);
    servers?.into_iter().max_by_key(spare)
}

/// In how many samples either model was seen loaded, and in how many both.
struct Together {
    either: usize,
    together: usize,
}

impl Together {
    fn of(record: &RunRecord, a: &str, b: &str) -> Self {
        let (mut either, mut together) = (0, 0);
        for sample in &record.residency {
            let models = sample.models.iter();
            let loaded: BTreeSet<String> = models.map(|model| tagged(&model.name)).collect();
            let there = [a, b].map(|model| usize::from(loaded.contains(model)));
            either += there[0].max(there[1]);
            together += there[0].min(there[1]);
        }
        Self { either, together }
    }

    fn never(&self, a: &str, b: &str) -> Option<String> {
        (self.either > 0 && self.together == 0).then(|| {
            format!(
                "cannot co-reside, as far as was seen: the GPU's memory is unknown, and of {} samples with \
                 {a} or {b} loaded none has both",
                self.either
            )
        })
    }
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
