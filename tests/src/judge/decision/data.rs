//! Which step to begin with when data is missing or wrong.

use std::fmt;

use serde::Serialize;

use super::situation::Saved;
use crate::{
    judge::{
        Look, Verdict,
        conversations::{EXPERT, FORMAT, SAVE_SUMMARY, SKILLS},
        criteria::completeness::COLUMNS,
        evidence::Evidence,
    },
    record::{Run, RunRecord, Status},
};

/// A step of the workflow, to name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The plan's id for it.
    pub conversation: i32,
    /// Its name.
    pub name: String,
    /// The model or script that carries it out.
    pub actor: String,
}

impl Step {
    /// A conversation of the record's workflow; one that the workflow lacks is named by its id alone.
    pub(crate) fn of(record: &RunRecord, conversation: i32) -> Self {
        let known = record
            .workflow
            .conversations
            .iter()
            .find(|candidate| candidate.id == conversation);
        Self {
            conversation,
            name: known.map_or_else(|| "conversation".to_owned(), |known| known.name.clone()),
            actor: known.map_or_else(|| "nobody".to_owned(), |known| known.actor.clone()),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {})", self.name, self.conversation, self.actor)
    }
}

/// A column, and how many postings lack it although it should have been saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unsaved {
    pub(super) column: &'static str,
    pub(super) postings: usize,
}

/// The columns that lack what a completed run or a completed step should have saved, the emptiest first.
pub(super) fn unsaved(evidence: &Evidence<'_>) -> Vec<Unsaved> {
    let mut found: Vec<Unsaved> = COLUMNS
        .iter()
        .map(|(column, has)| {
            let lost = |run: &&Run| {
                let has = evidence.posting(run.posting_id).is_some_and(has);
                !has && should_have_saved(evidence, run, column)
            };
            Unsaved {
                column,
                postings: evidence.runs().filter(lost).count(),
            }
        })
        .filter(|unsaved| unsaved.postings > 0)
        .collect();
    found.sort_by_key(|unsaved| std::cmp::Reverse(unsaved.postings));
    found
}

fn should_have_saved(evidence: &Evidence<'_>, run: &Run, column: &str) -> bool {
    run.status == Status::Completed
        || evidence
            .step(run, saver(evidence.record, column))
            .is_some_and(|step| step.status == Status::Completed)
}

impl Saved {
    pub(super) fn of(unsaved: &[Unsaved]) -> Self {
        if unsaved.is_empty() {
            Self::Everything
        } else {
            Self::NotEverything
        }
    }
}

/// The step to begin with: the saver of the emptiest column; else the one that a cause points at; else the one that
/// makes what a cause is about.
pub(super) fn step_to_fix(
    evidence: &Evidence<'_>,
    unsaved: &[Unsaved],
    causes: &[&Verdict],
) -> Option<Step> {
    let record = evidence.record;
    let conversation = unsaved
        .first()
        .map(|emptiest| saver(record, emptiest.column))
        .or_else(|| causes.iter().find_map(|cause| pointed_at(evidence, cause)))
        .or_else(|| causes.iter().find_map(|cause| maker(cause)))?;
    Some(Step::of(record, conversation))
}

/// By the workflow's own account, or by the plan's where the workflow does not say.
fn saver(record: &RunRecord, column: &str) -> i32 {
    record
        .workflow
        .conversations
        .iter()
        .find(|conversation| conversation.writes.iter().any(|written| written == column))
        .map_or(
            match column {
                "extracted_summary" => SAVE_SUMMARY,
                "skill_keywords" => SKILLS,
                _ => EXPERT,
            },
            |conversation| conversation.id,
        )
}

fn pointed_at(evidence: &Evidence<'_>, cause: &Verdict) -> Option<i32> {
    cause.look.iter().find_map(|look| match look {
        Look::Interaction(id) => evidence
            .interactions()
            .find(|interaction| interaction.interaction_id == *id)
            .map(|interaction| interaction.conversation_id),
        _ => None,
    })
}

/// Who makes what a criterion is about: its id begins with the thing.
fn maker(cause: &Verdict) -> Option<i32> {
    [("summary", FORMAT), ("skills", SKILLS), ("ihl", EXPERT)]
        .into_iter()
        .find(|(thing, _)| cause.criterion.id.starts_with(thing))
        .map(|(_, conversation)| conversation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{
        conversations::GRADE_A,
        doctored::{self, PLAIN_RUN},
    };

    /// Any verdict, under another name.
    fn cause(record: &RunRecord, id: &'static str) -> Verdict {
        let mut verdict = doctored::verdict(record, "nothing_unfinished");
        verdict.criterion.id = id;
        verdict.look = Vec::new();
        verdict
    }

    fn begins_with(record: &RunRecord, unsaved: &[Unsaved], causes: &[&Verdict]) -> Option<i32> {
        step_to_fix(&Evidence::of(record), unsaved, causes).map(|step| step.conversation)
    }

    #[test]
    fn what_was_not_saved_goes_before_what_a_cause_points_at_and_that_before_what_it_is_about() {
        let record = doctored::healthy();
        let about = cause(&record, "summary_form");
        assert_eq!(begins_with(&record, &[], &[&about]), Some(FORMAT));

        let mut pointing = about.clone();
        let grade = doctored::find(&record, PLAIN_RUN, GRADE_A);
        pointing.look = vec![
            Look::Run(PLAIN_RUN),
            Look::Interaction(grade.interaction_id),
        ];
        assert_eq!(
            begins_with(&record, &[], &[&about, &pointing]),
            Some(GRADE_A)
        );

        let lost = Unsaved {
            column: "ihl_score",
            postings: 1,
        };
        assert_eq!(begins_with(&record, &[lost], &[&pointing]), Some(EXPERT));
    }

    #[test]
    fn where_nothing_points_at_a_step_none_is_named() {
        let record = doctored::healthy();
        let cause = cause(&record, "saved_data_is_its_own");
        assert_eq!(begins_with(&record, &[], &[&cause]), None);
    }

    #[test]
    fn a_step_that_completed_in_a_failed_run_should_have_saved_and_one_that_failed_should_not() {
        let mut record = doctored::healthy();
        doctored::fail(&mut record, PLAIN_RUN);
        let posting = &mut record.postings[1];
        (posting.ihl_score, posting.ihl_category) = (None, None);
        assert_eq!(unsaved(&Evidence::of(&record)), []);
        record.postings[1].skill_keywords = None;
        let lost = Unsaved {
            column: "skill_keywords",
            postings: 1,
        };
        assert_eq!(unsaved(&Evidence::of(&record)), [lost]);
    }

    #[test]
    fn the_emptiest_column_stands_first() {
        let mut record = doctored::healthy();
        record.postings[0].extracted_summary = None;
        for posting in &mut record.postings[..2] {
            posting.ihl_category = None;
        }
        let columns: Vec<&str> = unsaved(&Evidence::of(&record))
            .iter()
            .map(|unsaved| unsaved.column)
            .collect();
        assert_eq!(columns, ["ihl_category", "extracted_summary"]);
    }
}
