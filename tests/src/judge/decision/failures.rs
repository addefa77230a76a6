//! Where most of the failures were.

use std::collections::BTreeMap;

use super::data::Step;
use crate::{
    judge::{evidence::Evidence, reading::counted},
    record::{Interaction, Status},
};

/// The step that failed most often, how often, and the error that it gave most often.
pub(super) fn most_failures(evidence: &Evidence<'_>) -> Option<String> {
    let mut steps: BTreeMap<i32, Vec<&Interaction>> = BTreeMap::new();
    for interaction in evidence.interactions() {
        if interaction.status == Status::Failed {
            let failed = steps.entry(interaction.conversation_id).or_default();
            failed.push(interaction);
        }
    }
    let all: usize = steps.values().map(Vec::len).sum();
    let (conversation, failed) = steps.into_iter().max_by_key(|(_, failed)| failed.len())?;
    let step = Step::of(evidence.record, conversation);
    let error = most_common_error(&failed).map_or_else(String::new, |error| format!(": {error}"));
    Some(format!(
        "{} of {} in {step}{error}",
        failed.len(),
        counted(all, "failed interaction")
    ))
}

fn most_common_error<'e>(failed: &[&'e Interaction]) -> Option<&'e str> {
    let mut errors: BTreeMap<&str, usize> = BTreeMap::new();
    for error in failed.iter().filter_map(|interaction| interaction.error()) {
        *errors.entry(error).or_default() += 1;
    }
    let most = errors.into_iter().max_by_key(|(_, count)| *count)?;
    Some(most.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::judge::{
        conversations::{EXPERT, SKILLS},
        doctored,
    };

    #[test]
    fn the_step_that_failed_most_is_named_with_its_most_common_error() {
        let mut record = doctored::healthy();
        for run in 1..=4 {
            doctored::fail(&mut record, run);
        }
        doctored::interaction(&mut record, 4, EXPERT).output = Some(json!({"error": "too slow"}));
        doctored::interaction(&mut record, 5, SKILLS).status = Status::Failed;
        assert_eq!(
            most_failures(&Evidence::of(&record)).unwrap(),
            "4 of 5 failed interactions in conversation_9163 (9163, qwen2.5:7b): the answer is no JSON"
        );
    }

    #[test]
    fn where_nothing_failed_nothing_is_named() {
        assert_eq!(most_failures(&Evidence::of(&doctored::healthy())), None);
    }
}
