//! Whether the system's own books are in order.

use std::collections::BTreeSet;

use crate::{
    judge::{
        conversations::owed,
        criterion::{Criterion, Enforcement, Rule, Scaling},
        evidence::Evidence,
        reading::{Look, Reading, counted, number},
        tiers::Tiers,
    },
    record::{Ended, Run, Status},
};

/// The plan's "No database errors".
pub(super) const NO_DATABASE_ERRORS: Rule = Rule {
    criterion: Criterion {
        id: "no_database_errors",
        name: "Database errors",
        sentence: "`workflow_errors` has no error of type `database` for the batch.",
        also: &[],
    },
    enforcement: Enforcement::Must,
    tiers: Tiers::none(),
    scaling: Scaling::Fixed,
    read: read_database_errors,
};

/// The plan's "No stuck interactions".
pub(super) const NOTHING_UNFINISHED: Rule = Rule {
    criterion: Criterion {
        id: "nothing_unfinished",
        name: "Unfinished work",
        sentence: "The batch ended by itself, and left no posting without a run and no run or \
                   interaction pending or running.",
        also: &["no stuck interactions"],
    },
    enforcement: Enforcement::Must,
    tiers: Tiers::none(),
    scaling: Scaling::Fixed,
    read: read_unfinished,
};

/// The plan's "13 interactions per posting", with the branches that a posting may take.
pub(super) const INTERACTION_COUNT: Rule = Rule {
    criterion: Criterion {
        id: "interaction_count",
        name: "Runs with wrong interactions",
        sentence: "Each completed run has exactly the interactions that its own outcomes demand: 13, 15 \
                   with an improvement, 16 with a ticket, fewer where a check said SKIP.",
        also: &["interactions per posting"],
    },
    enforcement: Enforcement::Must,
    tiers: Tiers::none(),
    scaling: Scaling::Fixed,
    read: read_interaction_count,
};

fn read_database_errors(evidence: &Evidence<'_>) -> Reading {
    let interactions = evidence.interactions().count();
    if interactions == 0 {
        return Reading::no_data("no interaction has been created");
    }
    if evidence.nobody_watched() {
        // An empty list of a run that nobody collected may as well mean that nobody ever wrote an error down.
        return Reading::no_data("nobody knows what errors were written down");
    }
    let errors: BTreeSet<i64> = evidence
        .record
        .errors
        .iter()
        .filter(|error| error.error_type == "database")
        .map(|error| error.error_id)
        .collect();
    let note = counted(errors.len(), "database error");
    Reading::value(number(errors.len()), interactions, note)
        .counts_tries()
        .look(errors.into_iter().map(Look::Error))
}

fn read_unfinished(evidence: &Evidence<'_>) -> Reading {
    let runs: Vec<i64> = evidence
        .runs()
        .filter(|run| run.status.is_open())
        .map(|run| run.workflow_run_id)
        .collect();
    if evidence.runs().next().is_none() {
        return Reading::no_data("no posting has entered the workflow");
    }
    let interactions: Vec<i64> = evidence
        .interactions()
        .filter(|interaction| interaction.status.is_open())
        .map(|interaction| interaction.interaction_id)
        .collect();
    let missing = evidence.runs_missing();
    let broken_off = broken_off(evidence);
    let note = format!(
        "{} and {} open, {} without a run{}",
        counted(runs.len(), "run"),
        counted(interactions.len(), "interaction"),
        counted(missing, "posting"),
        broken_off.as_deref().unwrap_or_default(),
    );
    let unfinished = runs.len() + interactions.len() + missing + usize::from(broken_off.is_some());
    Reading::value(number(unfinished), evidence.size(), note).look(
        runs.into_iter()
            .map(Look::Run)
            .chain(interactions.into_iter().map(Look::Interaction)),
    )
}

/// A batch that did not end by itself is unfinished work, even if its rows do not show it.
fn broken_off(evidence: &Evidence<'_>) -> Option<String> {
    match &evidence.record.ended {
        Ended::Completed => None,
        Ended::Interrupted => Some("; the batch was interrupted".to_owned()),
        Ended::UnderWay => Some("; the run died or is still under way".to_owned()),
        Ended::Failed { why } => Some(format!("; the batch broke off: {why}")),
    }
}

fn read_interaction_count(evidence: &Evidence<'_>) -> Reading {
    let completed = evidence.completed_runs().count();
    if completed == 0 {
        return Reading::no_data("no posting has been completed");
    }
    let deviating: Vec<(i64, String)> = evidence
        .completed_runs()
        .filter_map(|run| Some((run.workflow_run_id, deviation(evidence, run)?)))
        .collect();
    let interactions: usize = evidence
        .completed_runs()
        .map(|run| done(evidence, run).len())
        .sum();
    let mut note = format!("{interactions} interactions in {completed} completed runs");
    if let Some((run, deviation)) = deviating.first() {
        note = format!("{note}; run {run} {deviation}");
    }
    let reading = Reading::value(number(deviating.len()), completed, note)
        .counts_tries()
        .look(deviating.into_iter().map(|(run, _)| Look::Run(run)));
    evidence.unless_runs_missing(reading)
}

fn deviation(evidence: &Evidence<'_>, run: &Run) -> Option<String> {
    let (owed, done) = (owed(evidence, run), done(evidence, run));
    let missing: Vec<String> = owed.difference(&done).map(i32::to_string).collect();
    let needless: Vec<String> = done.difference(&owed).map(i32::to_string).collect();
    let told = [("lacks", missing), ("did needlessly", needless)]
        .iter()
        .filter(|(_, conversations)| !conversations.is_empty())
        .map(|(verb, conversations)| format!("{verb} {}", conversations.join(", ")))
        .collect::<Vec<_>>()
        .join(" and ");
    (!told.is_empty()).then(|| format!("has {} of {} and {told}", done.len(), owed.len()))
}

fn done(evidence: &Evidence<'_>, run: &Run) -> BTreeSet<i32> {
    evidence
        .steps_of(run)
        .filter(|interaction| interaction.status == Status::Completed)
        .map(|interaction| interaction.conversation_id)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        judge::{
            Standing,
            conversations::{GRADE_A, REGRADE, SKILLS, TICKET},
            doctored::{self, IMPROVED_RUN, PLAIN_RUN, TICKET_RUN},
        },
        record::RunRecord,
    };

    fn with_error(error_type: &str) -> RunRecord {
        let mut record = doctored::healthy();
        doctored::trouble::error(&mut record, 3, error_type, "it broke");
        record
    }

    #[test]
    fn one_database_error_is_red_and_a_model_error_is_another_matter() {
        let verdict = doctored::verdict(&with_error("database"), "no_database_errors");
        assert_eq!(verdict.standing, Standing::Red);
        assert_eq!(verdict.look, [Look::Error(1)]);
        let verdict = doctored::verdict(&with_error("model"), "no_database_errors");
        assert_eq!(verdict.standing, Standing::Target);
    }

    type Edit = fn(&mut RunRecord);

    #[test]
    fn anything_open_is_unfinished_and_anything_failed_is_not() {
        let edits: [(Edit, Standing); 6] = [
            (
                |record| record.runs[3].status = Status::Running,
                Standing::Red,
            ),
            (
                |record| record.runs[3].status = Status::Pending,
                Standing::Red,
            ),
            (
                |record| record.interactions[3].status = Status::Running,
                Standing::Red,
            ),
            (|record| record.runs.truncate(49), Standing::Red),
            (
                |record| {
                    record.ended = Ended::Failed {
                        why: "the database went away".to_owned(),
                    };
                },
                Standing::Red,
            ),
            (|record| doctored::fail(record, 4), Standing::Target),
        ];
        for (edit, standing) in edits {
            let mut record = doctored::healthy();
            edit(&mut record);
            let verdict = doctored::verdict(&record, "nothing_unfinished");
            assert_eq!(verdict.standing, standing, "{}", verdict.note);
        }
    }

    fn counted_as(edit: impl Fn(&mut RunRecord)) -> crate::judge::Verdict {
        let mut record = doctored::healthy();
        edit(&mut record);
        doctored::verdict(&record, "interaction_count")
    }

    #[test]
    fn a_missing_step_is_named_with_its_run() {
        let verdict = counted_as(|record| doctored::remove(record, PLAIN_RUN, SKILLS));
        assert_eq!(verdict.standing, Standing::Red);
        assert_eq!(verdict.look, [Look::Run(PLAIN_RUN)]);
        assert!(
            verdict.note.contains("has 12 of 13 and lacks 3350"),
            "{}",
            verdict.note
        );
    }

    #[test]
    fn the_number_alone_is_not_enough_the_steps_must_be_the_right_ones() {
        let verdict = counted_as(|record| {
            doctored::remove(record, PLAIN_RUN, SKILLS);
            let mut stray = doctored::find(record, TICKET_RUN, TICKET).clone();
            stray.interaction_id = 9_000;
            stray.workflow_run_id = PLAIN_RUN;
            record.interactions.push(stray);
        });
        assert!(
            verdict
                .note
                .contains("has 13 of 13 and lacks 3350 and did needlessly 3340"),
            "{}",
            verdict.note
        );
    }

    #[test]
    fn a_failed_grade_without_an_improvement_deviates() {
        let verdict = counted_as(|record| {
            doctored::interaction(record, PLAIN_RUN, GRADE_A).output =
                Some(json!({"kind": "grade", "grade": "FAIL", "reason": "too short"}));
        });
        assert!(
            verdict.note.contains("lacks 3338, 3339"),
            "{}",
            verdict.note
        );
    }

    #[test]
    fn a_ticket_for_a_passed_regrade_deviates() {
        let verdict = counted_as(|record| {
            doctored::interaction(record, TICKET_RUN, REGRADE).output =
                Some(json!({"kind": "grade", "grade": "PASS", "reason": "fine"}));
        });
        assert!(
            verdict.note.contains("did needlessly 3340"),
            "{}",
            verdict.note
        );
    }

    #[test]
    fn failed_runs_owe_nothing_more() {
        let verdict = counted_as(|record| doctored::fail(record, IMPROVED_RUN));
        assert_eq!((verdict.standing, verdict.n), (Standing::Target, 49));
    }
}
