//! The server's JSON, private to the client. Field names are Ollama's.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::generation::{Generation, Installed, Loaded, ModelDetails};

#[derive(Serialize)]
pub(super) struct GenerateRequest<'a> {
    model: &'a str,
    prompt: &'a str,
    stream: bool,
    /// Servers that know the field refuse a prompt that is too long; the others drop its beginning without
    /// a word, and only the token count shows it (`assembly`).
    truncate: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'a Value>,
    options: Options,
}

#[derive(Serialize)]
struct Options {
    num_ctx: u32,
    num_predict: u32,
    temperature: f32,
    seed: u64,
}

impl<'a> From<&'a Generation> for GenerateRequest<'a> {
    fn from(generation: &'a Generation) -> Self {
        Self {
            model: &generation.model,
            prompt: &generation.prompt,
            stream: true,
            truncate: false,
            format: generation.format.as_ref(),
            options: Options {
                num_ctx: generation.num_ctx,
                num_predict: generation.num_predict,
                temperature: generation.temperature,
                seed: generation.seed,
            },
        }
    }
}

/// An empty request with `keep_alive` 0, which is how a model is unloaded.
#[derive(Serialize)]
pub(super) struct UnloadRequest<'a> {
    pub(super) model: &'a str,
    pub(super) keep_alive: u8,
}

#[derive(Serialize)]
pub(super) struct ShowRequest<'a> {
    pub(super) model: &'a str,
}

/// One line of a streamed answer: a piece of text, the end, or an error.
#[derive(Deserialize)]
pub(super) struct Line {
    pub(super) error: Option<String>,
    #[serde(default)]
    pub(super) response: String,
    pub(super) done: Option<bool>,
    #[serde(flatten)]
    pub(super) end: End,
}

/// What the last line adds. Counters that are zero are left out by the server; durations are nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct End {
    pub(super) done_reason: Option<String>,
    pub(super) prompt_eval_count: Option<u64>,
    #[serde(default)]
    pub(super) eval_count: u64,
    #[serde(default)]
    pub(super) total_duration: u64,
    #[serde(default)]
    pub(super) load_duration: u64,
    #[serde(default)]
    pub(super) prompt_eval_duration: u64,
    #[serde(default)]
    pub(super) eval_duration: u64,
}

impl End {
    pub(super) fn total(&self) -> Duration {
        Duration::from_nanos(self.total_duration)
    }

    pub(super) fn load(&self) -> Duration {
        Duration::from_nanos(self.load_duration)
    }

    pub(super) fn prompt_eval(&self) -> Duration {
        Duration::from_nanos(self.prompt_eval_duration)
    }

    pub(super) fn eval(&self) -> Duration {
        Duration::from_nanos(self.eval_duration)
    }
}

#[derive(Deserialize)]
pub(super) struct ErrorBody {
    pub(super) error: String,
}

#[derive(Deserialize)]
pub(super) struct Version {
    pub(super) version: String,
}

#[derive(Deserialize)]
pub(super) struct Models<T> {
    pub(super) models: Vec<T>,
}

#[derive(Deserialize)]
pub(super) struct LoadedModel {
    name: String,
    digest: String,
    #[serde(default)]
    size: u64,
    #[serde(default)]
    size_vram: u64,
    context_length: Option<u64>,
    expires_at: Option<DateTime<Utc>>,
}

impl From<LoadedModel> for Loaded {
    fn from(model: LoadedModel) -> Self {
        Self {
            name: model.name,
            digest: model.digest,
            size: model.size,
            size_vram: model.size_vram,
            context_length: model.context_length,
            expires_at: model.expires_at,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct InstalledModel {
    name: String,
    digest: String,
    #[serde(default)]
    size: u64,
    #[serde(default)]
    details: Details,
}

impl From<InstalledModel> for Installed {
    fn from(model: InstalledModel) -> Self {
        // What is not known of a model is an empty text there.
        let told = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            name: model.name,
            digest: model.digest,
            size: model.size,
            parameter_size: told(model.details.parameter_size),
            quantization: told(model.details.quantization_level),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Shown {
    details: Details,
    #[serde(default)]
    model_info: serde_json::Map<String, Value>,
    #[serde(default)]
    capabilities: Vec<String>,
}

#[derive(Default, Deserialize)]
struct Details {
    #[serde(default)]
    family: String,
    #[serde(default)]
    parameter_size: String,
    #[serde(default)]
    quantization_level: String,
}

impl From<Shown> for ModelDetails {
    fn from(shown: Shown) -> Self {
        // The key bears the architecture's name in front: `qwen2.context_length`.
        let context_length = shown
            .model_info
            .iter()
            .find(|(key, _)| key.ends_with(".context_length"))
            .and_then(|(_, value)| value.as_u64());
        Self {
            family: shown.details.family,
            parameter_size: shown.details.parameter_size,
            quantization_level: shown.details.quantization_level,
            context_length,
            capabilities: shown.capabilities,
        }
    }
}
