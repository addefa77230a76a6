//! What two requests have in common that get the same answer.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::Request;

/// SHA-256 (hex) of all that decides an answer: of a generation model, options, system text, format and prompt.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(String);

impl Key {
    /// The key of a request.
    pub fn of(request: &Request) -> Self {
        let text = sorted(request.decisive()).to_string();
        Self(format!("{:x}", Sha256::digest(text)))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// With the members of every object in the order of their names: who wrote them in another meant the same.
///
/// `serde_json` keeps them sorted unless some crate of the build switches `preserve_order` on, and a hash must not depend
/// on that.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> = members
                .into_iter()
                .map(|(name, value)| (name, sorted(value)))
                .collect();
            members.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(Map::from_iter(members))
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        plain => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cassette::Party;

    fn key(body: &str) -> Key {
        let party = Party::ModelServer;
        Key::of(&Request::of(
            party,
            "POST",
            "/api/generate",
            body.as_bytes(),
        ))
    }

    const ASKED: &str = r#"{"model":"m","prompt":"Say A.","system":"Be brief.","format":{"type":"string"},"stream":true,
        "options":{"seed":42,"num_ctx":8192}}"#;

    #[test]
    fn the_order_of_fields_and_the_way_of_delivery_change_no_key() {
        let other = r#"{"options":{"num_ctx":8192,"seed":42},"format":{"type":"string"},"system":"Be brief.",
            "prompt":"Say A.","model":"m","stream":false,"truncate":true}"#;
        assert_eq!(key(ASKED), key(other));
    }

    #[test]
    fn whatever_decides_an_answer_changes_the_key() {
        for (was, is) in [
            ("\"m\"", "\"n\""),
            ("Say A.", "Say B."),
            ("Be brief.", "Be long."),
            ("\"string\"", "\"number\""),
            ("\"seed\":42", "\"seed\":43"),
            ("\"num_ctx\":8192", "\"num_ctx\":4096"),
        ] {
            assert_ne!(key(ASKED), key(&ASKED.replace(was, is)), "{was}");
        }
    }

    #[test]
    fn a_request_with_a_contact_in_it_has_the_key_of_the_scrubbed_one() {
        let asked = |to: &str| key(&ASKED.replace("Say A.", &format!("Write to {to}.")));
        assert_eq!(asked("jane.doe@db.com"), asked("john@example.org"));
        assert_eq!(asked("jane.doe@db.com"), asked("person@example.invalid"));
        assert_ne!(asked("jane.doe@db.com"), asked("nobody"));
    }

    #[test]
    fn other_calls_are_known_by_method_path_and_body() {
        let of = |method: &str, path: &str, body: &str| {
            Key::of(&Request::of(
                Party::CareersSite,
                method,
                path,
                body.as_bytes(),
            ))
        };
        let first = of("POST", "/jobs", r#"{"limit":20,"offset":0}"#);
        assert_eq!(first, of("POST", "/jobs", r#"{"offset":0,"limit":20}"#));
        for other in [
            of("POST", "/jobs", r#"{"limit":20,"offset":20}"#),
            of("POST", "/job", r#"{"limit":20,"offset":0}"#),
            of("GET", "/jobs", r#"{"limit":20,"offset":0}"#),
        ] {
            assert_ne!(first, other);
        }
    }
}
