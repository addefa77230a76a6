//! What was asked, as far as it decides the answer.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::scrub::{scrubbed_json, scrubbed_text};

/// Who was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// A model server.
    ModelServer,
    /// The careers site.
    CareersSite,
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ModelServer => "the model server",
            Self::CareersSite => "the careers site",
        })
    }
}

/// One request, scrubbed. Its headers are not kept: none of them decides an answer, and that is where secrets travel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Who was asked.
    pub party: Party,
    /// The method, such as `POST`.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The body; `null` where there was none, a string where it was no JSON.
    pub body: Value,
}

/// The one call of a model server that has a question in it.
const GENERATE: &str = "/api/generate";

/// What decides the answer of a generation, from the most telling of a change in the set-up to the longest text.
/// `stream`, `truncate` and `keep_alive` say how an answer is brought, and not what it is.
const DECISIVE: [&str; 7] = [
    "model", "options", "system", "template", "suffix", "format", "prompt",
];

impl Request {
    /// A request as it came over the wire.
    pub fn of(party: Party, method: &str, path: &str, body: &[u8]) -> Self {
        let body = match serde_json::from_slice(body) {
            Ok(body) => scrubbed_json(body),
            Err(_) if body.is_empty() => Value::Null,
            Err(_) => scrubbed_text(&String::from_utf8_lossy(body)).into(),
        };
        Self {
            party,
            method: method.to_owned(),
            path: scrubbed_text(path),
            body,
        }
    }

    /// Whether it asks a model for text. One without a prompt loads a model or unloads it.
    pub fn is_generation(&self) -> bool {
        let prompt = self.body["prompt"].as_str().unwrap_or_default();
        self.is_about_a_model() && !prompt.is_empty()
    }

    /// Whether it only has a model loaded or unloaded.
    pub fn is_load_or_unload(&self) -> bool {
        self.is_about_a_model() && !self.is_generation()
    }

    fn is_about_a_model(&self) -> bool {
        self.party == Party::ModelServer && self.method == "POST" && self.path == GENERATE
    }

    /// All that decides the answer, as one value.
    pub(super) fn decisive(&self) -> Value {
        json!([self.party, self.method, self.path, self.fields()])
    }

    /// What decides the answer beside party, method and path: each field by its name, in the order in which a difference
    /// is looked for. The members of `options` are fields of their own.
    pub(super) fn fields(&self) -> Vec<(String, Value)> {
        if !self.is_generation() {
            return vec![("body".to_owned(), self.body.clone())];
        }
        let mut fields = Vec::new();
        for name in DECISIVE {
            match &self.body[name] {
                Value::Null => {}
                Value::Object(members) if name == "options" => {
                    let mut members: Vec<_> = members.iter().collect();
                    members.sort_unstable_by_key(|(member, _)| *member);
                    let named = |(member, value): (&String, &Value)| {
                        (format!("{name}.{member}"), value.clone())
                    };
                    fields.extend(members.into_iter().map(named));
                }
                value => fields.push((name.to_owned(), value.clone())),
            }
        }
        fields
    }
}

/// For people: who was asked for what.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            party,
            method,
            path,
            body,
        } = self;
        write!(f, "{method} {path} of {party}")?;
        if self.is_generation() {
            let model = body["model"].as_str().unwrap_or("no model");
            let prompt = body["prompt"].as_str().unwrap_or_default();
            let first_line = prompt.lines().next().unwrap_or_default();
            write!(f, " ({model}, prompt \"{first_line}\")")?;
        }
        Ok(())
    }
}
