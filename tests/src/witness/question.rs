//! What a request to `/api/generate` asks, as far as the witness keeps it.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// What was asked. A request that the server will refuse may lack anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) model: String,
    pub(super) prompt_sha256: Option<String>,
    pub(super) num_ctx: Option<u64>,
    pub(super) num_predict: Option<i64>,
}

impl Question {
    /// Reads each part by itself: a wrong option does not hide the model.
    pub(super) fn of(body: &[u8]) -> Self {
        let Ok(request) = serde_json::from_slice::<Value>(body) else {
            return Self::default();
        };
        let options = &request["options"];
        Self {
            model: request["model"].as_str().unwrap_or_default().to_owned(),
            prompt_sha256: request["prompt"]
                .as_str()
                .filter(|prompt| !prompt.is_empty())
                .map(sha256_hex),
            num_ctx: options["num_ctx"].as_u64(),
            num_predict: options["num_predict"].as_i64(),
        }
    }
}

fn sha256_hex(text: &str) -> String {
    format!("{:x}", Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_is_known_by_its_model_and_the_hash_of_its_prompt() {
        let question = Question::of(
            br#"{"model":"gemma2:latest","prompt":"abc","options":{"num_ctx":8192,"num_predict":-1}}"#,
        );
        assert_eq!(question.model, "gemma2:latest");
        assert_eq!(
            question.prompt_sha256.as_deref(),
            Some("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        );
        assert_eq!(
            (question.num_ctx, question.num_predict),
            (Some(8192), Some(-1))
        );
    }

    #[test]
    fn a_request_to_load_or_unload_has_no_prompt() {
        for body in [
            r#"{"model":"m","keep_alive":0}"#,
            r#"{"model":"m","prompt":""}"#,
        ] {
            assert_eq!(Question::of(body.as_bytes()).prompt_sha256, None, "{body}");
        }
    }

    #[test]
    fn a_wrong_option_does_not_hide_the_model() {
        let question = Question::of(br#"{"model":"m","prompt":7,"options":{"num_ctx":"big"}}"#);
        assert_eq!(question.model, "m");
        assert_eq!((question.prompt_sha256, question.num_ctx), (None, None));
    }

    #[test]
    fn what_is_no_json_asks_nothing() {
        assert_eq!(Question::of(b"{\"model\":"), Question::default());
    }
}
