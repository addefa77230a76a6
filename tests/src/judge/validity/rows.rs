//! The rows contradict neither each other nor the schema that they come from.

use super::Doubt;
use crate::judge::{
    conversations::{GRADE_A, GRADE_B, needs_summary},
    evidence::Evidence,
    reading::{Look, counted},
    rows::{repeated_interactions, repeated_runs, stray_interactions},
};

/// A conversation is executed once in a run.
pub(super) fn one_interaction_a_step(evidence: &Evidence<'_>) -> Option<Doubt> {
    let repeated = repeated_interactions(evidence.record);
    Doubt::about(
        "repeated_steps",
        repeated.into_iter().map(Look::Interaction),
        |count| {
            format!(
                "{} for steps that their run has already: work was done twice, or rows were added",
                counted(count, "interaction")
            )
        },
    )
}

/// A posting has one run, and the batch no more runs than postings.
pub(super) fn one_run_a_posting(evidence: &Evidence<'_>) -> Option<Doubt> {
    let again = repeated_runs(evidence.record);
    let beyond = evidence
        .runs()
        .skip(evidence.size())
        .map(|run| run.workflow_run_id);
    let mut found: Vec<i64> = again.into_iter().chain(beyond).collect();
    found.sort_unstable();
    found.dedup();
    Doubt::about(
        "runs_beyond_the_batch",
        found.into_iter().map(Look::Run),
        |count| {
            format!(
                "{} beyond the batch's {} or for a posting that has one: rates over the batch's size would \
             count them twice",
                counted(count, "run"),
                counted(evidence.size(), "posting"),
            )
        },
    )
}

/// An interaction is about the posting of its run.
pub(super) fn interactions_belong_to_their_run(evidence: &Evidence<'_>) -> Option<Doubt> {
    let found = stray_interactions(evidence).map(|(id, _)| Look::Interaction(id));
    Doubt::about("stray_interactions", found, |count| {
        format!(
            "{} of a run that is not in the record, or of another posting than their run's",
            counted(count, "interaction")
        )
    })
}

/// A run that is completed was graded twice, unless its summary was there already. Where it shows one grade or none,
/// nothing can be said of what the plan is about, and whatever the others show is no longer the whole batch.
pub(super) fn grades_come_in_pairs(evidence: &Evidence<'_>) -> Option<Doubt> {
    let found = evidence
        .completed_runs()
        .filter(|run| needs_summary(evidence, run))
        .filter(|run| {
            [GRADE_A, GRADE_B]
                .iter()
                .any(|grade| evidence.step(run, *grade).is_none())
        })
        .map(|run| Look::Run(run.workflow_run_id));
    Doubt::about("missing_pairs", found, |count| {
        format!(
            "{} without both grades that they owe: rows were lost, or the runs are not what they say",
            counted(count, "completed run")
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::judge::{
        conversations::{CHECK_SUMMARY, GRADE_A, GRADE_B},
        doctored::{self, PLAIN_RUN},
        validity::tests::doubts,
    };
    use crate::record::Status;

    #[test]
    fn a_step_done_twice_is_found() {
        let mut record = doctored::healthy();
        let mut script = record.interactions[0].clone();
        assert_eq!(script.input, None, "a script needs no witness");
        script.interaction_id = 9_000;
        record.interactions.push(script);
        assert_eq!(doubts(&record), ["repeated_steps"]);
    }

    #[test]
    fn a_posting_run_twice_is_found() {
        let mut record = doctored::healthy();
        let mut again = record.runs[0].clone();
        again.workflow_run_id = 900;
        (again.status, again.started_at, again.completed_at) = (Status::Pending, None, None);
        record.runs.push(again);
        assert_eq!(doubts(&record), ["runs_beyond_the_batch"]);
    }

    #[test]
    fn more_runs_than_the_batch_has_postings_are_found_and_fewer_are_not() {
        let mut record = doctored::healthy();
        record.batch.size = 49;
        assert_eq!(doubts(&record), ["runs_beyond_the_batch"]);
        record.batch.size = 51;
        assert_eq!(doubts(&record), Vec::<&str>::new());
    }

    #[test]
    fn a_completed_run_without_one_of_its_grades_is_found() {
        for grade in [GRADE_A, GRADE_B] {
            let mut record = doctored::healthy();
            doctored::remove(&mut record, PLAIN_RUN, grade);
            assert_eq!(doubts(&record), ["missing_pairs"]);
        }
    }

    #[test]
    fn a_run_that_failed_or_had_its_summary_already_owes_no_pair() {
        let mut failed = doctored::healthy();
        doctored::fail(&mut failed, PLAIN_RUN);
        doctored::remove(&mut failed, PLAIN_RUN, GRADE_A);
        assert_eq!(doubts(&failed), Vec::<&str>::new());
        let mut skipped = doctored::healthy();
        doctored::interaction(&mut skipped, PLAIN_RUN, CHECK_SUMMARY).output =
            Some(json!({"kind": "check", "outcome": "SKIP"}));
        doctored::remove(&mut skipped, PLAIN_RUN, GRADE_A);
        doctored::remove(&mut skipped, PLAIN_RUN, GRADE_B);
        assert_eq!(doubts(&skipped), Vec::<&str>::new());
    }

    #[test]
    fn an_interaction_about_another_posting_is_found() {
        let mut record = doctored::healthy();
        record.interactions[0].posting_id += 1;
        assert_eq!(doubts(&record), ["stray_interactions"]);
    }
}
