//! Checks that every free text has to pass.

use std::collections::HashMap;

use super::Malformed;
use crate::excerpt::excerpt;

/// How often the same three words may follow each other: at ten a model is stuck, not emphatic.
const STUCK: usize = 10;

/// A plain text, freed of a fence around all of it, that says something and is not stuck in a loop.
pub(super) fn free_text<'a>(answer: &'a str, expected: &str) -> Result<&'a str, Malformed> {
    let text = without_outer_fence(answer);
    if text.is_empty() || says_nothing(text) {
        return Err(Malformed::new(expected, answer));
    }
    if let Some(words) = repeated_words(text) {
        return Err(Malformed::new(
            format!(
                "{expected} without the words \"{}\" over and over",
                excerpt(&words, 100)
            ),
            text,
        ));
    }
    Ok(text)
}

/// The text inside a Markdown fence that encloses all of it; else the text, trimmed.
pub(super) fn without_outer_fence(text: &str) -> &str {
    let text = text.trim();
    let inside = || {
        let (language, body) = text.strip_prefix("```")?.split_once('\n')?;
        let is_word = language.trim().chars().all(char::is_alphanumeric);
        is_word.then_some(body)?.strip_suffix("```").map(str::trim)
    };
    inside().unwrap_or(text)
}

/// Whether a value is the word a program prints for a missing one.
pub(in crate::workflow) fn says_nothing(text: &str) -> bool {
    let word = text.trim().trim_end_matches('.');
    ["none", "null"]
        .iter()
        .any(|nothing| word.eq_ignore_ascii_case(nothing))
}

/// Three words that stand in the same order [`STUCK`] times or more.
fn repeated_words(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let mut seen: HashMap<&[&str], usize> = HashMap::new();
    words.windows(3).find_map(|window| {
        let count = seen.entry(window).or_default();
        *count += 1;
        (*count >= STUCK).then(|| window.join(" "))
    })
}

/// The first `{…}` on one line: a placeholder that was never filled.
pub(super) fn unfilled_placeholder(text: &str) -> Option<&str> {
    text.lines().find_map(|line| {
        let start = line.find('{')?;
        let length = line[start..].rfind('}')?;
        Some(&line[start..=start + length])
    })
}
