//! Whether each run did the steps that it owed, and no others.

use std::collections::BTreeSet;

use crate::{
    judge::{
        conversations::owed,
        criterion::{Criterion, EVERYWHERE, Enforcement, Rule, Scaling},
        evidence::Evidence,
        reading::{Look, Reading, number},
        tiers::Tiers,
    },
    record::{Run, Status},
};

/// The plan's "13 interactions per posting", with the branches that a posting may take.
pub(super) const INTERACTION_COUNT: Rule = Rule {
    criterion: Criterion {
        id: "interaction_count",
        name: "Runs with wrong interactions",
        sentence: "Each completed run has exactly the interactions that its own outcomes demand: 13, 15 \
                   with an improvement, 16 with a ticket, fewer where a check said SKIP.",
        judged_in: EVERYWHERE,
        also: &["interactions per posting"],
    },
    enforcement: Enforcement::Must,
    tiers: Tiers::none(),
    scaling: Scaling::Fixed,
    read,
};

fn read(evidence: &Evidence<'_>) -> Reading {
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
