//! JSON answers: unwrapped from what models like to put around them, then read strictly.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Malformed, text};
use crate::excerpt::excerpt;

/// Reads a JSON answer. A fence around all of it and a trailing `[SUCCESS]` are taken off; any
/// other word around the JSON is malformed, for then it is not clear which part the model meant.
pub(super) fn parse<T: DeserializeOwned>(answer: &str, expected: &str) -> Result<T, Malformed> {
    serde_json::from_str(unwrapped(answer)).map_err(|error| {
        // The parser quotes the answer: the name of a field that it does not know may be anything.
        let why = excerpt(&error.to_string(), 200);
        Malformed::new(
            format!("{expected} as JSON and nothing else ({why})"),
            answer,
        )
    })
}

/// The mark stands behind the fence or, as some models put it, inside.
fn unwrapped(answer: &str) -> &str {
    without_success(text::without_outer_fence(without_success(answer)))
}

fn without_success(text: &str) -> &str {
    let text = text.trim();
    text.strip_suffix("[SUCCESS]").unwrap_or(text).trim_end()
}

/// For the prompts of later steps.
pub(super) fn pretty(report: &impl Serialize) -> String {
    #[expect(
        clippy::expect_used,
        reason = "string keys and plain values always serialise"
    )]
    serde_json::to_string_pretty(report).expect("a report serialises")
}
