//! Run 195 of 26 November 2025 as a record: the one posting that the plan takes for its baseline.
//!
//! Published are the number of interactions, how long they took together, and the times of both grades. Everything else
//! has no dates. What it saved was not published and is taken from the run of 50 postings, which went through the same
//! workflow an hour later: a summary and nothing else, and no end in the books.

use chrono::{DateTime, TimeDelta, Utc};

use super::november_2025::{blank, interaction, posting};
use super::{Provenance, Run, RunRecord, Status};

const SOURCE: &str = "the published figures of Run 195 of 26 November 2025: 13 interactions, 291.9 s, the times of both \
    grades. When it began is known to the minute; other steps' times are not known. What it saved and how its books ended \
    is taken from the run of 50 postings an hour later.";

const RUN: i64 = 195;

/// 2025-11-26 17:20. Only the minute was published.
const START: DateTime<Utc> = DateTime::from_timestamp(1_764_177_600, 0).unwrap();
/// Of all 13 interactions.
const TOOK: TimeDelta = TimeDelta::milliseconds(291_900);
/// When Grade A began, 17:22:17.02, and Grade B, 17:22:48.85, and how long they took, in milliseconds.
const GRADES: [(i32, i64, i64); 2] = [(3336, 137_020, 31_830), (3337, 168_850, 60_300)];

/// In the order in which they ran.
const STEPS: [i32; 13] = [
    9144, 9193, 9184, 3335, 3336, 3337, 3341, 9168, 9185, 3350, 9161, 9162, 9163,
];

/// The record.
pub(crate) fn run_195() -> RunRecord {
    let mut record = blank();
    record.provenance = Provenance::Reconstructed {
        source: SOURCE.to_owned(),
    };
    record.batch.size = 1;
    record.batch.created_at = START;
    record.batch.started_at = Some(START);
    record.batch.ended_at = Some(START + TOOK);
    record.postings = vec![posting(0, START)];
    record.postings[0].created_at = START;
    let about = record.postings[0].posting_id;
    for (place, conversation) in (0..).zip(STEPS) {
        let mut row = interaction(conversation, false);
        (row.interaction_id, row.workflow_run_id, row.posting_id) = (place + 1, RUN, about);
        (row.created_at, row.available_at) = (START, START);
        for (_, begins, takes) in GRADES.iter().filter(|(grade, ..)| *grade == conversation) {
            let begins = START + TimeDelta::milliseconds(*begins);
            (row.created_at, row.available_at) = (begins, begins);
            row.started_at = Some(begins);
            row.completed_at = Some(begins + TimeDelta::milliseconds(*takes));
        }
        record.interactions.push(row);
    }
    if let Some(last) = record.interactions.last_mut() {
        // The end of the last is the end of all.
        last.completed_at = Some(START + TOOK);
    }
    record.runs = vec![Run {
        workflow_run_id: RUN,
        posting_id: about,
        status: Status::Running,
        created_at: START,
        started_at: Some(START),
        completed_at: None,
    }];
    record
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::judge::{Requirements, judge};
    use crate::record::{load, save};

    /// Set to make the file anew.
    const REWRITE: &str = "BATCHPROOF_REWRITE";

    #[test]
    fn the_committed_file_is_the_record_that_the_figures_make() {
        let file =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/records/run-195.json");
        if std::env::var_os(REWRITE).is_some() {
            save(&run_195(), &file).unwrap();
        }
        assert!(
            load(&file).unwrap() == run_195(),
            "make it anew with {REWRITE}=1 cargo test -p batchproof --lib run_195"
        );
    }

    #[test]
    fn what_was_published_is_what_the_judge_reads() {
        let judgement = judge(&run_195(), &Requirements::none());
        assert!(judgement.validity.is_valid(), "{:?}", judgement.validity);
        let measured = |id: &str| judgement.verdict(id).unwrap().measured.unwrap().value;
        assert!((measured("average_per_posting") - 291.9).abs() < 1e-9);
        assert!(
            (measured("grades_overlap")).abs() < 1e-9,
            "one after the other"
        );
        assert_eq!(run_195().interactions.len(), 13);
    }
}
