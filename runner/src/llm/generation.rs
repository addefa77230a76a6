//! What the client is asked and what it answers, in our own words rather than the server's.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// One call for text.
///
/// `num_ctx` must be the same for every call to a model: the server reloads a model whose context size
/// changes, smaller ones included. There is no `keep_alive`: sent with a generation it can overwrite the
/// server's own mark for eviction, and then no other model is ever loaded.
#[derive(Clone, Debug, PartialEq)]
pub struct Generation {
    /// The model's name as the server lists it, for example `qwen2.5:7b`.
    pub model: String,
    /// The whole prompt.
    pub prompt: String,
    /// A JSON schema that binds the answer's syntax; the caller still validates what comes back.
    pub format: Option<serde_json::Value>,
    /// Context size in tokens, prompt and answer together.
    pub num_ctx: u32,
    /// The most tokens the answer may have. Zero would mean "no limit" to the server.
    pub num_predict: u32,
    /// Sampling temperature; 0 is greedy.
    pub temperature: f32,
    /// Seed of the sampling.
    pub seed: u64,
}

/// A whole answer: the server said `done` and `stop`.
///
/// The server omits a counter that is zero, so an absent duration reads as zero. Only the prompt's count
/// stays optional: older servers leave it out when the prompt was cached, and zero would be a lie there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The text, exactly as generated.
    pub text: String,
    /// Tokens of the prompt as the server counted them.
    pub prompt_eval_count: Option<u64>,
    /// Tokens generated.
    pub eval_count: u64,
    /// From the request's arrival to the end of generation.
    pub total_duration: Duration,
    /// From the request's arrival until the model was handed over: queue, eviction and load together.
    pub load_duration: Duration,
    /// Evaluation of the prompt.
    pub prompt_eval_duration: Duration,
    /// Generation of the answer.
    pub eval_duration: Duration,
}

/// A model in the server's memory, from `/api/ps`. A model still being loaded is not listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The model's name.
    pub name: String,
    /// Digest of its weights and template.
    pub digest: String,
    /// Bytes it takes in all.
    pub size: u64,
    /// Bytes of it on the GPU; fewer than `size` means part of it runs on the CPU, slowly.
    pub size_vram: u64,
    /// Context size it was loaded with; older servers do not say.
    pub context_length: Option<u64>,
    /// When the server will unload it if nobody asks again. On a busy model this can lie in the past.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A model on the server's disk, from `/api/tags`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// The model's name.
    pub name: String,
    /// Digest of its weights and template.
    pub digest: String,
    /// Bytes on disk.
    pub size: u64,
    /// How many parameters it has, in its maker's words, such as `7.6B`; absent where the server does not say.
    pub parameter_size: Option<String>,
    /// Quantization, such as `Q4_K_M`; absent where the server does not say.
    pub quantization: Option<String>,
}

/// What `/api/show` tells of one model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelDetails {
    /// Family, for example `qwen2`.
    pub family: String,
    /// Size in the maker's words, for example `7.6B`.
    pub parameter_size: String,
    /// Quantization, for example `Q4_K_M`.
    pub quantization_level: String,
    /// The context the model was trained for, in tokens; a larger `num_ctx` is silently cut down to it.
    pub context_length: Option<u64>,
    /// What it can do, for example `completion`; older servers do not say.
    pub capabilities: Vec<String>,
}

/// How long the client waits for signs of life. The limit of a whole generation is an argument of the call,
/// since it differs by step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// To establish a connection.
    pub connect: Duration,
    /// Between two reads of an answer once its first byte has come, and for a whole call that generates
    /// nothing (`/api/ps` and the like).
    ///
    /// Before the first byte only the total limit applies: a request that waits in the server's queue, for a
    /// swap or for a load is silent, and silence there is no sign of trouble.
    pub idle: Duration,
}

impl Default for Limits {
    /// Five seconds to connect, a minute of silence: a 9B model partly on the CPU still makes several tokens
    /// a second, so a minute without one is a hang.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            idle: Duration::from_mins(1),
        }
    }
}
