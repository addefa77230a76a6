//! A posting's skills.

use std::collections::HashSet;

use serde_json::Value;

use super::{Malformed, json, text};

const EXPECTED: &str = "a non-empty array of skill names";
/// A longer "name" is a sentence that was not taken apart.
const LONGEST_NAME: usize = 120;

/// Names, trimmed, each once whatever its case; the first spelling stays.
pub(super) fn parse(answer: &str) -> Result<Vec<String>, Malformed> {
    let names: Vec<String> = json::parse(answer, EXPECTED)?;
    let mut seen = HashSet::new();
    let mut skills = Vec::new();
    for name in names {
        let name = name.trim();
        if name.is_empty() || text::says_nothing(name) || name.chars().count() > LONGEST_NAME {
            return Err(Malformed::new(
                format!("{EXPECTED}, each of 1 to {LONGEST_NAME} characters"),
                name,
            ));
        }
        if seen.insert(name.to_lowercase()) {
            skills.push(name.to_owned());
        }
    }
    if skills.is_empty() {
        return Err(Malformed::new(EXPECTED, answer));
    }
    Ok(skills)
}

/// No lower bound of five, though the prompt asks for five to twenty: a posting that states three
/// must not make the model invent two.
pub(super) fn schema() -> Value {
    serde_json::json!({
        "type": "array",
        "items": { "type": "string", "minLength": 1, "maxLength": LONGEST_NAME },
        "minItems": 1,
        "maxItems": 30,
    })
}
