//! The conversations of workflow 3001 by the plan's ids, and which of them a run owes.
//!
//! This is the plan's reading of the workflow, not the runner's: a step that the runner forgets is missed here.

use std::collections::BTreeSet;

use super::evidence::Evidence;
use crate::record::{Grade, Interaction, Run};

/// Verify the staged detail against its hash.
const VERIFY_STAGED: i32 = 9144;
/// Check the description's length.
const CHECK_DESCRIPTION: i32 = 9193;
/// Decide whether a summary is needed.
pub(crate) const CHECK_SUMMARY: i32 = 9184;
/// Extract the summary.
pub(crate) const EXTRACT: i32 = 3335;
/// First grader.
pub(crate) const GRADE_A: i32 = 3336;
/// Second grader.
pub(crate) const GRADE_B: i32 = 3337;
/// Improve what a grader failed.
pub(crate) const IMPROVE: i32 = 3338;
/// Grade the improvement.
pub(crate) const REGRADE: i32 = 3339;
/// Write a ticket for what failed again.
pub(crate) const TICKET: i32 = 3340;
/// Put the summary into its form.
pub(crate) const FORMAT: i32 = 3341;
/// Save the summary.
pub(crate) const SAVE_SUMMARY: i32 = 9168;
/// Decide whether skills are needed.
pub(crate) const CHECK_SKILLS: i32 = 9185;
/// Extract and save the skills.
pub(crate) const SKILLS: i32 = 3350;
/// IHL: analyst.
pub(crate) const ANALYST: i32 = 9161;
/// IHL: skeptic.
pub(crate) const SKEPTIC: i32 = 9162;
/// IHL: expert, who saves score and category.
pub(crate) const EXPERT: i32 = 9163;

/// The checks that a posting has to stand, and what they say of one that does.
pub(crate) const GATES: [(i32, &str); 2] =
    [(VERIFY_STAGED, "VERIFIED"), (CHECK_DESCRIPTION, "VALID")];

/// The conversations that a model carries out. A script in the place of one has asked nobody.
pub(crate) const MODELS: [i32; 11] = [
    EXTRACT, GRADE_A, GRADE_B, IMPROVE, REGRADE, TICKET, FORMAT, SKILLS, ANALYST, SKEPTIC, EXPERT,
];

/// The conversations that a completed run owes, given the outcomes that it recorded: 13 for a posting that
/// passes both grades, 15 for one that is improved, 16 for one that gets a ticket, fewer where a check
/// said SKIP.
pub(crate) fn owed(evidence: &Evidence<'_>, run: &Run) -> BTreeSet<i32> {
    let step = |conversation| evidence.step(run, conversation);
    let failed =
        |conversation| step(conversation).and_then(Interaction::grade) == Some(Grade::Fail);
    let mut owed = BTreeSet::from([
        VERIFY_STAGED,
        CHECK_DESCRIPTION,
        CHECK_SUMMARY,
        CHECK_SKILLS,
        ANALYST,
        SKEPTIC,
        EXPERT,
    ]);
    if needs_summary(evidence, run) {
        owed.extend([EXTRACT, GRADE_A, GRADE_B, FORMAT, SAVE_SUMMARY]);
        if failed(GRADE_A) || failed(GRADE_B) {
            owed.extend([IMPROVE, REGRADE]);
            if failed(REGRADE) {
                owed.insert(TICKET);
            }
        }
    }
    if needs_skills(evidence, run) {
        owed.insert(SKILLS);
    }
    owed
}

/// Whether the run owes a summary, and with it both grades.
pub(crate) fn needs_summary(evidence: &Evidence<'_>, run: &Run) -> bool {
    !evidence
        .step(run, CHECK_SUMMARY)
        .is_some_and(Interaction::says_skip)
}

/// Whether the run owes skills.
pub(crate) fn needs_skills(evidence: &Evidence<'_>, run: &Run) -> bool {
    !evidence
        .step(run, CHECK_SKILLS)
        .is_some_and(Interaction::says_skip)
}

/// What a model's step is to be shown.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reads {
    /// Whether the posting's description is part of it.
    pub(crate) description: bool,
    /// The conversations whose answers are.
    pub(crate) outputs: Vec<i32>,
}

/// What a step of a run is to read; nothing for a script and for a step that is not of this workflow.
pub(crate) fn reads(evidence: &Evidence<'_>, run: &Run, conversation: i32) -> Option<Reads> {
    let outputs = match conversation {
        EXTRACT | ANALYST => vec![],
        IMPROVE => vec![EXTRACT, GRADE_A, GRADE_B],
        REGRADE => vec![IMPROVE],
        TICKET => vec![IMPROVE, REGRADE],
        FORMAT if improved(evidence, run) => vec![IMPROVE],
        GRADE_A | GRADE_B | FORMAT => vec![EXTRACT],
        // A summary from an earlier run stands in its column, and no step of this run gave it.
        SKILLS if !needs_summary(evidence, run) => vec![],
        SKILLS => vec![FORMAT],
        SKEPTIC => vec![ANALYST],
        EXPERT => vec![ANALYST, SKEPTIC],
        _ => return None,
    };
    Some(Reads {
        description: !matches!(conversation, FORMAT | SKILLS),
        outputs,
    })
}

/// Whether the summary of a run was improved, or had to be.
fn improved(evidence: &Evidence<'_>, run: &Run) -> bool {
    let failed = |conversation| {
        let grade = evidence.step(run, conversation);
        grade.and_then(Interaction::grade) == Some(Grade::Fail)
    };
    evidence.step(run, IMPROVE).is_some() || failed(GRADE_A) || failed(GRADE_B)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::judge::doctored;

    #[test]
    fn a_posting_that_passes_both_grades_owes_13_an_improved_one_15_and_one_with_a_ticket_16() {
        let record = doctored::healthy();
        for (run, count) in [
            (doctored::PLAIN_RUN, 13),
            (doctored::IMPROVED_RUN, 15),
            (doctored::TICKET_RUN, 16),
        ] {
            assert_eq!(owed_by(&record, run).len(), count, "run {run}");
        }
    }

    #[test]
    fn a_posting_with_a_summary_owes_none_of_the_steps_towards_one() {
        let mut record = doctored::healthy();
        let check = doctored::interaction(&mut record, doctored::PLAIN_RUN, CHECK_SUMMARY);
        check.output = Some(json!({"kind": "check", "outcome": "SKIP"}));
        let owed = owed_by(&record, doctored::PLAIN_RUN);
        assert_eq!(owed.len(), 8);
        assert!(!owed.contains(&GRADE_A) && owed.contains(&SKILLS));
    }

    #[test]
    fn a_posting_with_skills_owes_everything_but_the_skills() {
        let mut record = doctored::healthy();
        let check = doctored::interaction(&mut record, doctored::PLAIN_RUN, CHECK_SKILLS);
        check.output = Some(json!({"kind": "check", "outcome": "SKIP"}));
        let owed = owed_by(&record, doctored::PLAIN_RUN);
        assert_eq!(owed.len(), 12);
        assert!(!owed.contains(&SKILLS));
    }

    fn owed_by(record: &crate::record::RunRecord, run: i64) -> BTreeSet<i32> {
        let evidence = Evidence::of(record);
        let run = evidence
            .runs()
            .find(|candidate| candidate.workflow_run_id == run)
            .unwrap();
        owed(&evidence, run)
    }
}
