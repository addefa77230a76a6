//! A refusal's status and body, read into an error. Pure.
//!
//! The status decides wherever it can. The server's text is looked at only where one status stands for
//! causes that ask for different things: a 400 for a bad request or a prompt that is too long, a 500 for a
//! process that died, a model that did not fit or an option of the wrong type. Those texts are the ones
//! Ollama has sent since 0.12; an unknown text falls back to what the status alone says.

use url::Url;

use super::error::LlmError;
use super::ndjson::{beginning, words};
use super::wire::ErrorBody;

/// Which call was refused.
pub(super) struct Refused<'a> {
    pub(super) base: &'a Url,
    pub(super) model: &'a str,
    pub(super) status: u16,
}

/// A prompt that does not fit; three generations of servers, three wordings.
const TOO_LONG: [&str; 2] = ["context length", "context size"];

/// A load that ran out of memory.
const OUT_OF_MEMORY: [&str; 2] = ["out of memory", "requires more system memory"];

/// A 500 that is the request's fault.
const BAD_REQUEST: [&str; 3] = ["invalid format:", "invalid JSON schema", "must be of type"];

impl Refused<'_> {
    /// Reads the body of a response that is no success.
    pub(super) fn read(&self, body: &[u8]) -> LlmError {
        match serde_json::from_slice::<ErrorBody>(body) {
            Ok(ErrorBody { error }) => self.explained(&error),
            Err(_) => self.unexplained(beginning(body)),
        }
    }

    /// The body has the server's documented shape.
    fn explained(&self, said: &str) -> LlmError {
        let model = self.model.to_owned();
        let says_one_of = |texts: &[&str]| texts.iter().any(|text| said.contains(text));
        let message = words(said);
        match self.status {
            404 => LlmError::ModelMissing {
                base: self.base.clone(),
                model,
            },
            503 => LlmError::Busy {
                base: self.base.clone(),
                message,
            },
            400..=599 if says_one_of(&TOO_LONG) => LlmError::PromptTooLong { model, message },
            500..=599 if says_one_of(&OUT_OF_MEMORY) => LlmError::OutOfMemory { model, message },
            500..=599 if !says_one_of(&BAD_REQUEST) => LlmError::ServerFailed {
                model,
                status: self.status,
                message,
            },
            status => LlmError::Rejected { status, message },
        }
    }

    /// Another body: a proxy's page, a wrong path, an empty 403 for a host name that is not allowed.
    fn unexplained(&self, found: String) -> LlmError {
        match self.status {
            503 => LlmError::Busy {
                base: self.base.clone(),
                message: found,
            },
            500..=599 => LlmError::ServerFailed {
                model: self.model.to_owned(),
                status: self.status,
                message: found,
            },
            status => LlmError::NotOllama {
                url: self.base.clone(),
                found: format!("status {status}, {found:?}"),
            },
        }
    }
}
