//! What can go wrong with a call, named by what it asks of the caller.

use std::time::Duration;

use url::Url;

use super::class::FailureClass;

/// What to do about a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// The server could not serve now. Ask again after a pause; the same request may well succeed.
    RetryLater,
    /// The answer was spoilt, the server is well. Ask again at once, best with another seed: at
    /// temperature 0 the same seed tends to spoil it the same way.
    RetryFresh,
    /// This request can never succeed as it stands, and others are not affected.
    GiveUp,
    /// Every request of this kind fails until a person changes the set-up. Stop and say so.
    FixSetup,
}

/// A call that brought no answer. Each message says what was expected, what came, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LlmError {
    /// Nobody listens there, or not yet, or not within the connect limit.
    #[error(
        "no model server answers at {base}: {cause}; start it with `ollama serve` or name another one"
    )]
    Unreachable {
        /// The server's address.
        base: Url,
        /// The innermost cause, in the operating system's words.
        cause: String,
    },

    /// 503: the server's queue is full.
    #[error(
        "the model server at {base} is busy and took no more requests: {message}; \
         ask again later or raise OLLAMA_MAX_QUEUE"
    )]
    Busy {
        /// The server's address.
        base: Url,
        /// The server's words.
        message: String,
    },

    /// The model did not fit into memory when it was loaded.
    #[error(
        "{model} did not fit into the server's memory: {message}; \
         unload other models, or use a smaller one or a smaller num_ctx"
    )]
    OutOfMemory {
        /// The model.
        model: String,
        /// The server's words.
        message: String,
    },

    /// A 5xx: the model's process died or could not be started.
    #[error("the server failed while serving {model} (status {status}): {message}; see its log")]
    ServerFailed {
        /// The model.
        model: String,
        /// The HTTP status.
        status: u16,
        /// The server's words.
        message: String,
    },

    /// The model's process died in mid-answer: an error line inside a response that began as a success.
    #[error("{model} broke off its answer with an error: {message}; see the server's log")]
    BrokeOff {
        /// The model.
        model: String,
        /// The server's words.
        message: String,
    },

    /// The total limit of the call ran out. Counted apart: a call that our own limit cut is a call that a
    /// watchdog would have had to cut.
    #[error(
        "{model} did not finish within {limit:?}, our own limit for queue, swap, load and answer \
         ({received} bytes had come)"
    )]
    TimedOut {
        /// The model.
        model: String,
        /// The limit.
        limit: Duration,
        /// Bytes of the answer that had come; none means that it still waited, or hung.
        received: usize,
    },

    /// The answer had begun, then the server fell silent.
    ///
    /// A slow one goes on sending and is let go on; here the call is dropped, which frees the model's process.
    #[error(
        "{model} hung: it fell silent in mid-answer for {idle:?} after {received} bytes; the call was dropped, \
         which frees the model, and is made again"
    )]
    Stalled {
        /// The model.
        model: String,
        /// The idle limit.
        idle: Duration,
        /// Bytes of the answer that had come.
        received: usize,
    },

    /// The connection broke before the answer was whole.
    #[error("the connection broke after {received} bytes of {model}'s answer: {cause}")]
    CutShort {
        /// The model.
        model: String,
        /// Bytes of the answer that had come.
        received: usize,
        /// The innermost cause.
        cause: String,
    },

    /// A success without a single character of text.
    #[error("{model} answered with success but sent no text at all")]
    Empty {
        /// The model.
        model: String,
    },

    /// The stream ended without `done: true`: the server cancels a generation that repeats itself, and
    /// tells nobody.
    #[error(
        "{model}'s answer ended after {characters} characters without the server saying it was done; \
         servers do this when a model repeats one token more than thirty times"
    )]
    Unfinished {
        /// The model.
        model: String,
        /// Characters of text that had come.
        characters: usize,
    },

    /// `done_reason` `length`: the answer ran into `num_predict`.
    #[error(
        "{model} ran into its limit of {num_predict} tokens before it was done; \
         the text is cut, so ask again or raise num_predict"
    )]
    RanOverLength {
        /// The model.
        model: String,
        /// The limit.
        num_predict: u32,
    },

    /// `done: true` for another reason than `stop`.
    #[error("{model} was done for the reason {reason:?}, expected \"stop\"")]
    NotStopped {
        /// The model.
        model: String,
        /// The server's `done_reason`, empty where it gave none.
        reason: String,
    },

    /// A line of the answer was not what the server documents.
    #[error("{model}'s answer has a line that is no event of the stream: {line}")]
    Garbage {
        /// The model.
        model: String,
        /// Its beginning.
        line: String,
    },

    /// The answer was larger than any answer can be.
    #[error("{model}'s answer went beyond {limit} bytes and was cut off")]
    Oversized {
        /// The model.
        model: String,
        /// The limit.
        limit: usize,
    },

    /// The server refused the prompt: it does not fit into the context.
    #[error(
        "the prompt is too long for {model}: {message}; shorten it, or raise num_ctx for every call to \
         this model alike"
    )]
    PromptTooLong {
        /// The model.
        model: String,
        /// The server's words.
        message: String,
    },

    /// The server answered, but from a part of the prompt, and did not say so.
    #[error(
        "{model} read only {counted} tokens of a prompt of {sent} bytes at num_ctx {num_ctx}: the server \
         silently dropped its beginning; shorten the prompt or raise num_ctx"
    )]
    PromptTruncated {
        /// The model.
        model: String,
        /// Tokens the server counted.
        counted: u64,
        /// Bytes that were sent.
        sent: usize,
        /// The context size.
        num_ctx: u32,
    },

    /// 404: the server does not have the model.
    #[error("the server at {base} has no model {model}; run `ollama pull {model}` there")]
    ModelMissing {
        /// The server's address.
        base: Url,
        /// The model.
        model: String,
    },

    /// The server refused the request for what it is: an option, a format, a field.
    #[error("the server refused the request (status {status}): {message}; the request must change")]
    Rejected {
        /// The HTTP status.
        status: u16,
        /// The server's words, or the beginning of its body.
        message: String,
    },

    /// What answered does not speak Ollama's protocol.
    #[error(
        "{url} answered with something that is not Ollama's: {found}; is this the model server's address?"
    )]
    NotOllama {
        /// What was asked.
        url: Url,
        /// What came, shortened.
        found: String,
    },

    /// The client could not be set up.
    #[error("cannot use {base} as a model server's address: {cause}")]
    Unusable {
        /// The address.
        base: Url,
        /// Why not.
        cause: String,
    },
}

impl LlmError {
    /// What kind of failure it is.
    #[must_use]
    pub fn class(&self) -> FailureClass {
        match self {
            Self::Unreachable { .. } => FailureClass::Unreachable,
            Self::Busy { .. } => FailureClass::Busy,
            Self::OutOfMemory { .. } => FailureClass::OutOfMemory,
            Self::ServerFailed { .. } | Self::BrokeOff { .. } => FailureClass::Crashed,
            Self::TimedOut { received: 0, .. } => FailureClass::NoFirstByte,
            Self::TimedOut { .. } => FailureClass::TooSlow,
            Self::Stalled { .. } => FailureClass::Hung,
            Self::CutShort { .. } => FailureClass::StreamCut,
            Self::Empty { .. } | Self::Garbage { .. } | Self::Oversized { .. } => {
                FailureClass::Garbage
            }
            Self::Unfinished { .. } | Self::NotStopped { .. } => FailureClass::NotDone,
            Self::RanOverLength { .. } => FailureClass::RanOverLength,
            // Asked again, the same prompt would be cut in the same place.
            Self::PromptTooLong { .. } | Self::PromptTruncated { .. } => {
                FailureClass::PromptTooLong
            }
            Self::ModelMissing { .. } => FailureClass::ModelMissing,
            Self::Rejected { .. } | Self::NotOllama { .. } | Self::Unusable { .. } => {
                FailureClass::Refused
            }
        }
    }

    /// What the caller should do about it.
    #[must_use]
    pub fn decision(&self) -> Decision {
        self.class().row().decision
    }

    /// True where the call ended before a byte of its answer in a way that an absent server, too, would have ended it:
    /// the connection broke, or whoever stands before the server got no answer from it (502, 504).
    pub(super) fn may_be_an_outage(&self) -> bool {
        matches!(
            self,
            Self::CutShort { received: 0, .. }
                | Self::ServerFailed {
                    status: 502 | 504,
                    ..
                }
        )
    }

    /// True where our own total limit ended the call, which the watchdog's criterion counts.
    pub fn is_our_own_limit(&self) -> bool {
        matches!(self, Self::TimedOut { .. })
    }
}
