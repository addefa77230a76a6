//! One call of `/api/generate`, as the witness saw it pass between the runner and the model server.

use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One call of `/api/generate`. The runner has no hand in it: it is evidence of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exchange {
    /// Number in order of sending, from 0.
    pub id: u64,
    /// The model server that was asked, by its name.
    pub server: String,
    /// The worker whose witness saw it; absent where nobody wrote it down.
    pub worker: Option<String>,
    /// The model asked for; empty when the request named none.
    pub model: String,
    /// SHA-256 (hex) of the `prompt` string. Absent in a request without one, which loads or unloads.
    pub prompt_sha256: Option<String>,
    /// `options.num_ctx`, where given.
    pub num_ctx: Option<u64>,
    /// `options.num_predict`, where given. Negative values mean "no limit" to Ollama.
    pub num_predict: Option<i64>,
    /// Just before the request was passed on.
    pub sent_at: DateTime<Utc>,
    /// When the first byte of the answer's body arrived.
    pub first_byte_at: Option<DateTime<Utc>>,
    /// When the last byte of the answer's body arrived.
    pub last_byte_at: Option<DateTime<Utc>>,
    /// When it was over, however it ended.
    pub ended_at: DateTime<Utc>,
    /// HTTP status; absent when the server never answered.
    pub status: Option<u16>,
    /// Bytes of the answer's body.
    pub bytes: u64,
    /// The last line of the answer, where one said `done`.
    pub final_line: Option<FinalLine>,
    /// The server's `error` text, or why it could not be reached.
    pub error: Option<String>,
    /// How it ended.
    pub ended: ExchangeEnd,
}

impl Exchange {
    /// Whether the server answered in full: only such an exchange can stand behind a completed interaction. An answer
    /// that ran into its limit (`length`) was cut, and one without a byte was none. A request without a prompt is
    /// answered by what it asked for, a load or an unload.
    pub fn answered(&self) -> bool {
        let asked = self.prompt_sha256.is_some();
        let stopped =
            |line: &FinalLine| line.done && (!asked || line.done_reason.as_deref() == Some("stop"));
        self.ended == ExchangeEnd::Completed
            && self.status == Some(200)
            && self.bytes > 0
            && self.final_line.as_ref().is_some_and(stopped)
    }

    /// The time the server says it spent on reading the prompt and on writing the answer.
    ///
    /// Waiting and loading are left out: Ollama counts both into `load_duration`.
    pub fn compute(&self) -> Option<TimeDelta> {
        let line = self.final_line.as_ref()?;
        let nanoseconds = line.prompt_eval_duration.saturating_add(line.eval_duration);
        Some(TimeDelta::nanoseconds(
            i64::try_from(nanoseconds).unwrap_or(i64::MAX),
        ))
    }
}

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExchangeEnd {
    /// The whole answer passed, whatever its status.
    Completed,
    /// The runner went away before the answer was whole.
    ClientLeft,
    /// The server could not be reached, or broke off.
    UpstreamFailed,
}

/// The last line of an answer. Ollama leaves counters out when they are 0.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FinalLine {
    /// True in the last line only.
    pub done: bool,
    /// `stop`, `length`, `load` or `unload`.
    pub done_reason: Option<String>,
    /// Nanoseconds, waiting included.
    pub total_duration: u64,
    /// Nanoseconds of waiting for the model, eviction and load together.
    pub load_duration: u64,
    /// Nanoseconds spent on the prompt.
    pub prompt_eval_duration: u64,
    /// Nanoseconds spent on the answer.
    pub eval_duration: u64,
    /// Tokens of the prompt.
    pub prompt_eval_count: u64,
    /// Tokens of the answer.
    pub eval_count: u64,
}
