//! One exchange as it is kept.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::scrub::{
    scrubbed_html, scrubbed_json, scrubbed_pieces, scrubbed_posting, scrubbed_text,
};
use super::{Key, Party, Request};
use crate::record::ExchangeEnd;
use crate::witness::Passed;

/// One exchange, scrubbed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// In the order in which exchanges came to their ends, from 0.
    pub number: u64,
    /// The hash of what decides the answer.
    pub key: Key,
    /// What was asked.
    pub request: Request,
    /// What was answered; absent where nothing was.
    pub answer: Option<Answer>,
    /// Who answered, by name.
    pub server: String,
    /// When the request was passed on.
    pub sent_at: DateTime<Utc>,
    /// When the first byte of the answer's body came.
    pub first_byte_at: Option<DateTime<Utc>>,
    /// When the last byte of the answer's body came.
    pub last_byte_at: Option<DateTime<Utc>>,
    /// How it ended.
    pub ended: ExchangeEnd,
}

/// An answer as it came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The headers that a client looks at, by name in lower case. Cookies are not among them.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Body,
}

/// The body of an answer. Joined by newlines, lines are the body to the byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// Lines of JSON: an answer as it was streamed, with its last line and its timings.
    Lines(Vec<String>),
    /// Any other text.
    Text(String),
    /// What is no UTF-8, in base64.
    Base64(String),
}

/// What the clients of both parties look at.
const HEADERS: [&str; 3] = ["content-type", "location", "retry-after"];

/// The tokens of the prompt and of the answer, in the last line of an answer. Who has the model has the text again,
/// with everything that was scrubbed from it.
const CONTEXT: &str = "context";

impl Recorded {
    /// An exchange as a witness saw it pass.
    pub fn of(number: u64, party: Party, passed: &Passed) -> Self {
        let request = Request::of(party, &passed.method, &passed.path, &passed.request);
        let answer = passed.status.map(|status| Answer {
            status,
            headers: kept_headers(&passed.headers),
            body: Body::of(&passed.answer).scrubbed(party),
        });
        Self {
            number,
            key: Key::of(&request),
            request,
            answer,
            server: scrubbed_text(&passed.server),
            sent_at: passed.sent_at,
            first_byte_at: passed.first_byte_at,
            last_byte_at: passed.last_byte_at,
            ended: passed.ended,
        }
    }
}

fn kept_headers(headers: &[(String, String)]) -> BTreeMap<String, String> {
    let kept = headers
        .iter()
        .filter(|(name, _)| HEADERS.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), scrubbed_text(value)))
        .collect()
}

impl Body {
    fn of(bytes: &[u8]) -> Self {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Self::Base64(STANDARD.encode(bytes));
        };
        let lines: Vec<&str> = text.split('\n').collect();
        if lines.len() > 1 && lines[0].starts_with('{') && is_json(lines[0]) {
            Self::Lines(lines.into_iter().map(str::to_owned).collect())
        } else {
            Self::Text(text.to_owned())
        }
    }

    /// The body as it goes over the wire.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Lines(lines) => lines.join("\n").into_bytes(),
            Self::Text(text) => text.clone().into_bytes(),
            // Written by us; what somebody made of it by hand is no answer.
            Self::Base64(text) => STANDARD.decode(text).unwrap_or_default(),
        }
    }

    fn scrubbed(self, party: Party) -> Self {
        match self {
            Self::Lines(lines) => Self::Lines(scrubbed_lines(&lines)),
            Self::Text(text) => Self::Text(scrubbed_body(&text, party)),
            Self::Base64(text) => Self::Base64(scrubbed_latin(&text)),
        }
    }
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// An answer of a model comes in pieces, a token a line, so that an address lies in several of them.
fn scrubbed_lines(lines: &[String]) -> Vec<String> {
    let mut read: Vec<Option<Value>> = lines
        .iter()
        .map(|it| serde_json::from_str(it).ok())
        .collect();
    for member in ["response", "thinking"] {
        let piece = |line: &Option<Value>| {
            let text = line.as_ref().and_then(|line| line[member].as_str());
            text.unwrap_or_default().to_owned()
        };
        let pieces: Vec<String> = read.iter().map(piece).collect();
        let scrubbed = scrubbed_pieces(&pieces);
        for (line, (before, after)) in read.iter_mut().zip(pieces.iter().zip(scrubbed)) {
            if let Some(line) = line.as_mut().filter(|_| *before != after) {
                line[member] = after.into();
            }
        }
    }
    lines
        .iter()
        .zip(read)
        .map(|(line, read)| match read {
            Some(value) => written(line, value),
            None => scrubbed_text(line),
        })
        .collect()
}

/// A line in which nothing was taken out stays as it was written.
fn written(line: &str, mut value: Value) -> String {
    if let Value::Object(members) = &mut value {
        members.remove(CONTEXT);
    }
    let value = scrubbed_json(value);
    if serde_json::from_str::<Value>(line).is_ok_and(|before| before == value) {
        line.to_owned()
    } else {
        value.to_string()
    }
}

fn scrubbed_body(text: &str, party: Party) -> String {
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return scrubbed_html(text);
    };
    match party {
        Party::ModelServer => written(text, value),
        Party::CareersSite => {
            let scrubbed = scrubbed_posting(value.clone());
            if scrubbed == value {
                text.to_owned()
            } else {
                scrubbed.to_string()
            }
        }
    }
}

/// What is no UTF-8 is read as Latin-1, which every byte is: nothing is taken out but ASCII and letters, and nothing is
/// put in but ASCII.
fn scrubbed_latin(base64: &str) -> String {
    let bytes = STANDARD.decode(base64).unwrap_or_default();
    let text: String = bytes.iter().copied().map(char::from).collect();
    let bytes: Vec<u8> = scrubbed_html(&text)
        .chars()
        .map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?'))
        .collect();
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cassette::scrub::MAIL;

    fn passed(answer: &str) -> Passed {
        let at = DateTime::UNIX_EPOCH;
        Passed {
            server: "gpu:11434".to_owned(),
            method: "POST".to_owned(),
            path: "/api/generate".to_owned(),
            request: br#"{"model":"m","prompt":"Whom do I ask?"}"#.to_vec(),
            status: Some(200),
            headers: vec![
                ("content-type".to_owned(), "application/x-ndjson".to_owned()),
                ("set-cookie".to_owned(), "session=hunter2".to_owned()),
            ],
            answer: answer.as_bytes().to_vec(),
            sent_at: at,
            first_byte_at: Some(at),
            last_byte_at: Some(at),
            ended: ExchangeEnd::Completed,
        }
    }

    fn kept(party: Party, answer: &str) -> String {
        let recorded = Recorded::of(0, party, &passed(answer));
        String::from_utf8(recorded.answer.unwrap().body.bytes()).unwrap()
    }

    const STREAM: &str = concat!(
        r#"{"model":"m","response":"Nobody","done":false}"#,
        "\n",
        r#"{"model":"m","response":"","done":true,"done_reason":"stop","eval_duration":60000000}"#,
        "\n"
    );

    #[test]
    fn a_stream_without_anything_to_take_out_is_kept_to_the_byte() {
        assert_eq!(kept(Party::ModelServer, STREAM), STREAM);
        let cut_short = STREAM.trim_end();
        assert_eq!(kept(Party::ModelServer, cut_short), cut_short);
        for text in [
            "",
            "<html>502</html>",
            "{\"version\":\"0.12.6\"}",
            "{\n  \"a\": 1\n}",
        ] {
            assert_eq!(kept(Party::ModelServer, text), text);
        }
    }

    #[test]
    fn an_address_that_comes_token_by_token_is_taken_out_and_the_timings_stay() {
        let pieces = ["Ask ", "jane", ".doe", "@db.com", " today."];
        let lines = pieces.map(|it| format!(r#"{{"model":"m","response":"{it}","done":false}}"#));
        let stream = format!("{}\n{}", lines.join("\n"), STREAM);
        let kept = kept(Party::ModelServer, &stream);
        let text: String = kept
            .lines()
            .filter_map(|line| {
                serde_json::from_str::<Value>(line).unwrap()["response"]
                    .as_str()
                    .map(str::to_owned)
            })
            .collect();
        assert_eq!(text, format!("Ask {MAIL} today.Nobody"));
        assert!(kept.contains(r#""eval_duration":60000000"#));
        assert_eq!(kept.lines().count(), stream.lines().count());
    }

    #[test]
    fn the_tokens_of_the_prompt_are_not_kept() {
        let stream = STREAM.replace(r#""done_reason""#, r#""context":[1,2,3],"done_reason""#);
        let kept = kept(Party::ModelServer, &stream);
        assert!(
            !kept.contains("context") && kept.contains(r#""done_reason":"stop""#),
            "{kept}"
        );
    }

    #[test]
    fn no_cookie_is_kept_and_what_a_client_looks_at_is() {
        let recorded = Recorded::of(0, Party::ModelServer, &passed(STREAM));
        let headers = recorded.answer.as_ref().unwrap().headers.clone();
        assert_eq!(headers.into_keys().collect::<Vec<_>>(), ["content-type"]);
        assert!(
            !serde_json::to_string(&recorded)
                .unwrap()
                .contains("hunter2")
        );
    }

    #[test]
    fn what_is_no_utf_8_is_kept_as_bytes_and_scrubbed() {
        let mut raw = passed("");
        raw.answer = b"M\xfcnchen: jane@db.com".to_vec();
        let recorded = Recorded::of(0, Party::CareersSite, &raw);
        let expected = [b"M\xfcnchen: ".as_slice(), MAIL.as_bytes()].concat();
        assert_eq!(recorded.answer.unwrap().body.bytes(), expected);
    }
}
