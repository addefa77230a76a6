//! The rows contradict neither each other nor the schema that they come from.

use std::collections::{BTreeMap, BTreeSet};

use super::Doubt;
use crate::{
    judge::{
        conversations::{GRADE_A, GRADE_B, MODELS, needs_summary},
        evidence::Evidence,
        reading::{LOOK_AT_MOST, Look, counted},
        rows::{repeated, repeated_interactions, repeated_runs, stray_interactions},
    },
    record::{ActorType, Interaction, Posting},
};

/// Every table has a key. Of two rows with one id only one would be read, and an exchange that is there twice would
/// make a server look twice as busy.
pub(super) fn no_row_is_there_twice(evidence: &Evidence<'_>) -> Option<Doubt> {
    let record = evidence.record;
    let postings = repeated(
        record
            .postings
            .iter()
            .map(|row| (row.posting_id, row.posting_id)),
    );
    let runs = repeated(
        record
            .runs
            .iter()
            .map(|row| (row.workflow_run_id, row.workflow_run_id)),
    );
    let interactions = repeated(
        record
            .interactions
            .iter()
            .map(|row| (row.interaction_id, row.interaction_id)),
    );
    let errors = repeated(record.errors.iter().map(|row| (row.error_id, row.error_id)));
    let same = same_postings(&record.postings);
    let exchanges: BTreeSet<u64> = record.exchanges.iter().map(|it| it.id).collect();
    let exchanges = record.exchanges.len() - exchanges.len();
    let mut look: Vec<Look> = postings
        .into_iter()
        .chain(same)
        .map(Look::Posting)
        .chain(runs.into_iter().map(Look::Run))
        .chain(interactions.into_iter().map(Look::Interaction))
        .chain(errors.into_iter().map(Look::Error))
        .collect();
    let found = look.len() + exchanges;
    look.truncate(LOOK_AT_MOST);
    (found > 0).then(|| Doubt {
        check: "repeated_rows",
        sentence: format!(
            "{} with an id that another row of its kind has: rows were copied, and each of them counts as something of \
             its own",
            counted(found, "row")
        ),
        look,
    })
}

/// A careers site gives an id once. Two sites may give the same to different postings, so the text decides.
fn same_postings(postings: &[Posting]) -> Vec<i64> {
    repeated(postings.iter().map(|posting| {
        let site = (posting.external_id.as_str(), posting.title.as_str());
        ((site, posting.description.as_str()), posting.posting_id)
    }))
}

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

/// A step is carried out by the actor that its workflow names, and a model's step by a model. A model's answer that
/// calls itself a script's would need no witness, and neither would one of a step that the workflow does not know.
pub(super) fn steps_have_the_actors_of_their_workflow(evidence: &Evidence<'_>) -> Option<Doubt> {
    let actors: BTreeMap<i32, (&str, ActorType)> = evidence
        .record
        .workflow
        .conversations
        .iter()
        .map(|step| (step.id, (step.actor.as_str(), step.actor_type)))
        .collect();
    let is_another = |row: &&Interaction| {
        let is_models = MODELS.contains(&row.conversation_id);
        actors.get(&row.conversation_id) != Some(&(row.actor.as_str(), row.actor_type))
            || (is_models && row.actor_type != ActorType::AiModel)
    };
    let rows = evidence.record.interactions.iter().filter(is_another);
    let found = rows.map(|row| Look::Interaction(row.interaction_id));
    Doubt::about("other_actors", found, |count| {
        format!(
            "{} by another actor than the workflow names for the step, of a step that it does not have, or by a script \
             where the plan has a model: the rows or the workflow were changed",
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
        conversations::{ANALYST, CHECK_SUMMARY, EXPERT, GRADE_A, GRADE_B, SKEPTIC},
        doctored::{self, PLAIN_RUN},
        validity::tests::doubts,
    };
    use crate::record::{ActorType, Status};

    #[test]
    fn a_second_row_with_the_same_id_is_found_whatever_it_says() {
        let mut postings = doctored::healthy();
        let mut filled = postings.postings[0].clone();
        postings.postings[0].ihl_score = None;
        filled.ihl_score = Some(5);
        postings.postings.push(filled);
        assert_eq!(doubts(&postings), ["repeated_rows"]);
        let mut exchanges = doctored::healthy();
        exchanges.exchanges.push(exchanges.exchanges[0].clone());
        assert_eq!(doubts(&exchanges), ["repeated_rows"]);
        let mut asked_again = doctored::healthy();
        let mut again = asked_again.exchanges[0].clone();
        again.id = 9_000;
        asked_again.exchanges.push(again);
        assert_eq!(doubts(&asked_again), Vec::<&str>::new());
    }

    #[test]
    fn the_same_posting_fifty_times_is_no_batch_of_fifty() {
        let mut record = doctored::healthy();
        let first = record.postings[0].clone();
        let (id, title) = (first.external_id, first.title);
        for posting in &mut record.postings {
            posting.external_id.clone_from(&id);
        }
        assert_eq!(
            doubts(&record),
            Vec::<&str>::new(),
            "two sites may share an id"
        );
        for posting in &mut record.postings {
            posting.title.clone_from(&title);
            posting.description.clone_from(&first.description);
            posting.description_chars = first.description_chars;
        }
        assert_eq!(doubts(&record), ["repeated_rows"]);
    }

    #[test]
    fn an_answer_of_a_model_that_calls_itself_a_scripts_is_found() {
        let mut record = doctored::healthy();
        doctored::interaction(&mut record, PLAIN_RUN, EXPERT).actor_type = ActorType::Script;
        assert_eq!(doubts(&record), ["other_actors"]);
        let mut record = doctored::healthy();
        doctored::interaction(&mut record, PLAIN_RUN, EXPERT).conversation_id = 9_999;
        assert_eq!(doubts(&record), ["other_actors"]);
    }

    #[test]
    fn steps_of_models_are_not_given_to_scripts_by_taking_them_out_of_the_workflow() {
        let ihl = [ANALYST, SKEPTIC, EXPERT];
        let mut removed = doctored::healthy();
        let workflow = &mut removed.workflow.conversations;
        workflow.retain(|step| !ihl.contains(&step.id));
        assert_eq!(doubts(&removed), ["other_actors"]);
        let mut renamed = doctored::healthy();
        for step in &mut renamed.workflow.conversations {
            if ihl.contains(&step.id) {
                step.actor_type = ActorType::Script;
            }
        }
        for row in &mut renamed.interactions {
            if ihl.contains(&row.conversation_id) {
                row.actor_type = ActorType::Script;
            }
        }
        assert_eq!(doubts(&renamed), ["other_actors"]);
    }

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
