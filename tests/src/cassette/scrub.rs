//! What must not be on a tape: secrets, and how people can be reached.
//!
//! What is taken out leaves something of its own kind behind, so that a prompt still reads like one and a judge of content
//! finds no hole. Scrubbing twice changes nothing, and what is equal stays equal.

mod contacts;
mod html;
mod pieces;
mod secrets;

use std::borrow::Cow;

use serde_json::Value;

pub use contacts::{MAIL, PHONE};
pub use html::scrubbed_html;
pub use pieces::scrubbed_pieces;
pub use secrets::SECRET;

/// A text without secrets and contact details.
pub fn scrubbed_text(text: &str) -> String {
    scrub(text).into_owned()
}

/// Borrowed where there was nothing to take out.
fn scrub(text: &str) -> Cow<'_, str> {
    let shown = secrets::without_secrets(text);
    match contacts::without_contacts(&shown) {
        Cow::Owned(scrubbed) => Cow::Owned(scrubbed),
        Cow::Borrowed(_) => shown,
    }
}

/// A value with every text in it scrubbed, the names of members excepted.
pub fn scrubbed_json(value: Value) -> Value {
    every_text(value, &|_, text| scrubbed_text(&text))
}

/// By these a careers site finds a posting again. They are its own words and no person's, and what is asked for under
/// another name is not found.
const IDENTITIES: [&str; 7] = [
    "bulletFields",
    "externalPath",
    "externalUrl",
    "id",
    "jobPostingId",
    "jobReqId",
    "questionnaireId",
];

/// A careers site's answer, in which texts are HTML.
pub fn scrubbed_posting(value: Value) -> Value {
    every_text(value, &|member, text| {
        if IDENTITIES.contains(&member) {
            text
        } else {
            scrubbed_html(&text)
        }
    })
}

/// `change` is told the name of the member that a text belongs to, also where it stands in a list.
fn every_text(value: Value, change: &dyn Fn(&str, String) -> String) -> Value {
    within("", value, change)
}

fn within(member: &str, value: Value, change: &dyn Fn(&str, String) -> String) -> Value {
    match value {
        Value::String(text) => change(member, text).into(),
        Value::Array(items) => items
            .into_iter()
            .map(|item| within(member, item, change))
            .collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| {
                let value = within(&name, value, change);
                (name, value)
            })
            .collect(),
        plain => plain,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_posting_keeps_what_it_is_found_by() {
        let posting = json!({
            "jobPostingInfo": {
                "id": "069 123 4567 89",
                "externalPath": "/job/Frankfurt/0800-123-4567_R1",
                "bulletFields": ["0400-123456"],
                "jobDescription": "<p>Ask jane.doe@db.com</p>",
            },
            "total": 4_900_123_456_u64,
        });
        let scrubbed = scrubbed_posting(posting.clone());
        let (before, after) = (&posting["jobPostingInfo"], &scrubbed["jobPostingInfo"]);
        for kept in ["id", "externalPath", "bulletFields"] {
            assert_eq!(before[kept], after[kept]);
        }
        assert_eq!(after["jobDescription"], format!("<p>Ask {MAIL}</p>"));
        assert_eq!(posting["total"], scrubbed["total"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn scrubbing_twice_changes_nothing(
            text in "([ a-z<>/&;:.,()\n-]|[0-9+@#*]|jane\\.doe@db\\.com|\\+49 69 910-0|Tel\\.: |https://u:p@h|Bearer abcdefghij ){0,24}",
        ) {
            let once = scrubbed_text(&text);
            prop_assert_eq!(scrubbed_text(&once), once.clone());
            let html = scrubbed_html(&text);
            prop_assert_eq!(scrubbed_html(&html), html);
        }
    }
}
