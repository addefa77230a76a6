//! The client's contract with Ollama: every error body and every success that is none.
//!
//! wiremock answers where an answer is whole; where bytes must stop or a client must leave, a bare socket does. Last, the client
//! meets the stand-in that whole trials run on.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a test may stop at the first surprise"
)]

#[path = "ollama/calls.rs"]
mod calls;
#[path = "ollama/refusals.rs"]
mod refusals;
#[path = "ollama/sockets.rs"]
mod sockets;
#[path = "ollama/stand_in.rs"]
mod stand_in;
#[path = "ollama/streams.rs"]
mod streams;

use std::time::Duration;

use url::Url;
use wave_runner::llm::{Answer, Generation, Limits, LlmError, Ollama};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// Far beyond what any answer here takes; tests that wait for a limit set their own.
const TOTAL: Duration = Duration::from_secs(20);

const MODEL: &str = "qwen2.5:7b";

fn generation() -> Generation {
    Generation {
        model: MODEL.to_owned(),
        prompt: "Task: grade_a".to_owned(),
        format: None,
        num_ctx: 2048,
        num_predict: 64,
        temperature: 0.0,
        seed: 42,
    }
}

fn client(base: &str) -> Ollama {
    Ollama::new(Url::parse(base).unwrap(), Limits::default()).unwrap()
}

/// A server whose `/api/generate` answers `response`.
async fn generating(response: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/api/generate"))
        .respond_with(response)
        .mount(&server)
        .await;
    server
}

async fn answer_to(response: ResponseTemplate) -> Result<Answer, LlmError> {
    let server = generating(response).await;
    client(&server.uri()).generate(&generation(), TOTAL).await
}

/// A streamed success of these lines.
fn lines(lines: &[&str]) -> ResponseTemplate {
    let body: String = lines.iter().flat_map(|line| [*line, "\n"]).collect();
    ResponseTemplate::new(200).set_body_raw(body, "application/x-ndjson")
}
