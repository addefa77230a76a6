//! A grader's verdict: one of two words, then why.

use super::{Malformed, Output, text};
use crate::workflow::Outcome;

const EXPECTED: &str = "PASS or FAIL as the first word, then a colon and the reason";

/// `PASS: why`. Brackets or asterisks around the word are accepted, for models bring them unasked;
/// a verdict further down is not, for the word also occurs in reasons.
pub(super) fn parse(answer: &str) -> Result<Output, Malformed> {
    let malformed = || Malformed::new(EXPECTED, answer);
    let text = text::free_text(answer, EXPECTED)?;
    let (grade, rest) = leading_grade(text).ok_or_else(malformed)?;
    let second = rest.strip_prefix("or ").map_or(rest, undecorated);
    if leading_grade(second).is_some_and(|(other, _)| other != grade) || rest.is_empty() {
        return Err(malformed());
    }
    Ok(Output::Grade {
        grade,
        reason: rest.to_owned(),
    })
}

/// The verdict at the start of a text and what follows it.
fn leading_grade(text: &str) -> Option<(Outcome, &str)> {
    let text = undecorated(text);
    let end = text
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let grade = [Outcome::Pass, Outcome::Fail]
        .into_iter()
        .find(|grade| grade.as_str() == word)?;
    Some((grade, undecorated(rest)))
}

fn undecorated(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_whitespace() || "[]*#_:–-/|,.".contains(c))
        .trim_end()
}
