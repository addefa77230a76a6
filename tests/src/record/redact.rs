//! A record without the texts of postings and answers, to be shown to others.
//!
//! A hash stands for each text, so that what was equal still is. What a careers site shows of a posting in its list
//! (id, title, place) stays, and so do lengths, times, scores, prompts' hashes and the words of enumerations.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Ended, RunRecord, Texts};

/// What stands before the hash of a text.
const MARK: &str = "sha256:";
/// Characters of a SHA-256 in hex.
const HASH_LENGTH: usize = 64;
/// The longest word that an enumeration has, with room to spare.
const LONGEST_WORD: usize = 40;
/// The fields of an output whose values are words of an enumeration.
const WORDS: [&str; 10] = [
    "analyst_verdict",
    "candidate_pool_estimate",
    "confidence",
    "grade",
    "ihl_category",
    "kind",
    "outcome",
    "recommendation",
    "severity",
    "skeptic_verdict",
];
/// Where an error message begins to quote.
const QUOTES: [char; 11] = ['"', '`', '\'', '‘', '’', '“', '„', '«', '{', '[', '\n'];

/// The record with a hash in the place of every text. A record without its texts stays as it is.
#[must_use]
pub fn redact(mut record: RunRecord) -> RunRecord {
    if record.texts != Texts::Kept {
        return record;
    }
    record.texts = Texts::Redacted;
    for posting in &mut record.postings {
        hash(&mut posting.description);
        posting.extracted_summary.iter_mut().for_each(hash);
        posting.skill_keywords.iter_mut().flatten().for_each(hash);
        posting.ihl_category.iter_mut().for_each(hash_unless_word);
    }
    for interaction in &mut record.interactions {
        interaction
            .output
            .iter_mut()
            .for_each(|output| redact_output(output, None));
        let quotes = interaction
            .input
            .iter_mut()
            .flat_map(|input| &mut input.quotes);
        quotes
            .flat_map(|quotes| &mut quotes.placeholder)
            .for_each(hash_unless_placeholder);
    }
    let errors = (record
        .attempts
        .iter_mut()
        .flat_map(|attempt| &mut attempt.error))
    .chain(
        record
            .errors
            .iter_mut()
            .map(|error| &mut error.error_message),
    )
    .chain(
        record
            .exchanges
            .iter_mut()
            .flat_map(|exchange| &mut exchange.error),
    );
    errors.for_each(hash_quotations);
    if let Ended::Failed { why } = &mut record.ended {
        hash_quotations(why);
    }
    record
}

/// Every text of an output, at any depth; `field` is the name of the field that it stands in.
fn redact_output(output: &mut Value, field: Option<&str>) {
    match output {
        Value::String(text) => match field {
            Some("error") => hash_quotations(text),
            Some(field) if WORDS.contains(&field) => hash_unless_word(text),
            _ => hash(text),
        },
        Value::Array(parts) => parts.iter_mut().for_each(|part| redact_output(part, field)),
        Value::Object(fields) => {
            for (name, value) in fields {
                redact_output(value, Some(name));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What stands in the place of a text. Of nothing, blanks included, and of what is a hash already, that itself.
pub(crate) fn hashed(text: &str) -> String {
    if text.trim().is_empty() || is_hash(text) {
        text.to_owned()
    } else {
        format!("{MARK}{:x}", Sha256::digest(text.as_bytes()))
    }
}

fn hash(text: &mut String) {
    *text = hashed(text);
}

/// A field for words may hold anything where an answer was not validated.
fn hash_unless_word(text: &mut String) {
    let is_word =
        text.len() <= LONGEST_WORD && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_word {
        hash(text);
    }
}

/// A placeholder has a name; what merely stands in braces may be the posting's.
fn hash_unless_placeholder(text: &mut String) {
    let name = text.trim_matches(['{', '}', ' ', '%']);
    let is_name = text.len() <= LONGEST_WORD
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
    if !is_name {
        hash(text);
    }
}

/// An error's own words tell what happened and are judged by; from its first quotation on it may be somebody else's.
fn hash_quotations(error: &mut String) {
    if let Some(at) = error.find(QUOTES) {
        let mut quoted = error.split_off(at);
        hash(&mut quoted);
        error.push_str(&quoted);
    }
}

fn is_hash(text: &str) -> bool {
    text.strip_prefix(MARK).is_some_and(|hash| {
        hash.len() == HASH_LENGTH && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::{
        judge::{
            Requirements,
            doctored::{self, PLAIN_RUN},
            judge,
        },
        record::{Attempt, AttemptEnd},
    };

    const EXTRACT: i32 = 3335;
    const GRADE_A: i32 = 3336;
    const FORMAT: i32 = 3341;
    const EXPERT: i32 = 9163;
    const SECRET: &str = "nobody is to read this";

    /// A record with the secret wherever a posting's or an answer's text can be.
    fn talkative() -> RunRecord {
        let mut record = doctored::healthy_of(2);
        for posting in &mut record.postings {
            posting.description = format!("Job Description: {SECRET}");
            posting.extracted_summary = Some(format!("In short: {SECRET}"));
            posting.skill_keywords = Some(vec![SECRET.to_owned(), "SQL".to_owned()]);
        }
        let mut says = |conversation, output| {
            doctored::interaction(&mut record, PLAIN_RUN, conversation).output = Some(output);
        };
        says(
            EXTRACT,
            json!({"kind": "summary", "text": format!("In short: {SECRET}")}),
        );
        says(
            FORMAT,
            json!({"kind": "saved_summary", "text": format!("In short: {SECRET}")}),
        );
        says(
            GRADE_A,
            json!({"kind": "grade", "grade": "PASS", "reason": SECRET}),
        );
        says(
            EXPERT,
            json!({"kind": "expert", "ihl_score": 2, "ihl_category": "GENUINE",
            "confidence": SECRET, "red_flags": [SECRET], "reasoning": SECRET}),
        );
        let row = doctored::find(&record, PLAIN_RUN, GRADE_A);
        record.attempts.push(Attempt {
            interaction_id: row.interaction_id,
            attempt: 1,
            claimed_by: "runner-1".to_owned(),
            claimed_at: doctored::START,
            started_at: None,
            ended_at: doctored::START,
            ended_as: AttemptEnd::Retried,
            error_type: Some("validation".to_owned()),
            error: Some(format!(
                "malformed answer: expected PASS or FAIL, found \"{SECRET}\""
            )),
        });
        record
    }

    fn text_of(record: &RunRecord) -> String {
        serde_json::to_string(record).unwrap()
    }

    #[test]
    fn no_text_of_a_posting_or_an_answer_is_left() {
        assert!(text_of(&talkative()).contains(SECRET));
        let redacted = redact(talkative());
        assert!(!text_of(&redacted).contains(SECRET));
        assert_eq!(redacted.texts, Texts::Redacted);
    }

    #[test]
    fn words_of_enumerations_numbers_titles_and_an_errors_own_words_stay() {
        let redacted = redact(talkative());
        let expert = doctored::find(&redacted, PLAIN_RUN, EXPERT)
            .output
            .as_ref()
            .unwrap();
        assert_eq!(
            (&expert["ihl_score"], &expert["ihl_category"]),
            (&json!(2), &json!("GENUINE"))
        );
        assert!(
            doctored::find(&redacted, PLAIN_RUN, GRADE_A)
                .grade()
                .is_some()
        );
        assert_eq!(redacted.postings[0].title, talkative().postings[0].title);
        let error = redacted.attempts[0].error.as_deref().unwrap();
        assert!(
            error.starts_with("malformed answer: expected PASS or FAIL, found sha256:"),
            "{error}"
        );
    }

    #[test]
    fn equal_texts_stay_equal_and_different_ones_different() {
        let redacted = redact(talkative());
        let said = |conversation| {
            let output = doctored::find(&redacted, PLAIN_RUN, conversation)
                .output
                .as_ref();
            output.unwrap()["text"].as_str().unwrap().to_owned()
        };
        assert_eq!(said(EXTRACT), said(FORMAT));
        assert_eq!(Some(said(FORMAT)), redacted.postings[1].extracted_summary);
        let skills = redacted.postings[0].skill_keywords.iter().flatten();
        assert_eq!(skills.collect::<BTreeSet<_>>().len(), 2);
    }

    #[test]
    fn redacting_twice_is_redacting_once() {
        let once = redact(talkative());
        assert_eq!(redact(once.clone()), once);
        let mut claimed = once.clone();
        claimed.texts = Texts::Kept;
        assert_eq!(redact(claimed), once, "a hash is not hashed again");
    }

    #[test]
    fn a_blank_text_says_nothing_before_and_afterwards() {
        let mut record = doctored::healthy_of(1);
        record.postings[0].extracted_summary = Some(" \n".to_owned());
        let redacted = redact(record);
        assert_eq!(
            redacted.postings[0].extracted_summary.as_deref(),
            Some(" \n")
        );
    }

    #[test]
    fn a_watchdogs_word_survives() {
        let mut record = doctored::healthy_of(1);
        let error =
            "watchdog: attempt 1 ran for 901 s, longer than the 900 s an interaction may take";
        record.interactions[3].output = Some(json!({"error": error}));
        assert_eq!(redact(record).interactions[3].error(), Some(error));
    }

    #[test]
    fn what_needs_no_text_is_judged_the_same() {
        let verdicts = |record| judge(record, &Requirements::none()).verdicts;
        let (kept, redacted) = (doctored::healthy(), redact(doctored::healthy()));
        for (before, after) in verdicts(&kept).iter().zip(verdicts(&redacted)) {
            if matches!(after.standing, crate::judge::Standing::NotJudgeable { .. }) {
                continue;
            }
            assert_eq!(
                (&before.standing, before.measured),
                (&after.standing, after.measured)
            );
        }
        assert!(judge(&redacted, &Requirements::none()).validity.is_valid());
    }
}
