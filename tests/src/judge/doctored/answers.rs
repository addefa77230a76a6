//! Edits of what was answered, together with what was saved of it, so that only the content is wrong.

use serde_json::{Value, json};

use super::interaction;
use crate::{
    judge::conversations::{EXPERT, FORMAT, SAVE_SUMMARY, SKILLS},
    record::{Posting, RunRecord},
};

/// The posting of a run, to spoil.
pub(crate) fn posting(record: &mut RunRecord, run: i64) -> &mut Posting {
    let mut postings = record.postings.iter_mut();
    postings
        .find(|posting| posting.posting_id == 100 + run)
        .unwrap_or_else(|| panic!("run {run} has no posting"))
}

/// Gives the posting of a run another summary.
pub(crate) fn resummarise(record: &mut RunRecord, run: i64, summary: &str) {
    for conversation in [FORMAT, SAVE_SUMMARY] {
        answer(record, run, conversation, "text", json!(summary));
    }
    posting(record, run).extracted_summary = Some(summary.to_owned());
}

/// Gives the posting of a run other skills.
pub(crate) fn reskill(record: &mut RunRecord, run: i64, skills: Vec<String>) {
    answer(record, run, SKILLS, "skills", json!(skills));
    posting(record, run).skill_keywords = Some(skills);
}

/// Gives the posting of a run another score.
pub(crate) fn rescore(record: &mut RunRecord, run: i64, score: i32) {
    answer(record, run, EXPERT, "ihl_score", json!(score));
    posting(record, run).ihl_score = Some(score);
}

fn answer(record: &mut RunRecord, run: i64, conversation: i32, key: &str, value: Value) {
    let output = interaction(record, run, conversation).output.as_mut();
    output.unwrap()[key] = value;
}
