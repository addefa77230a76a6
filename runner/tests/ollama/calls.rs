//! The calls that generate nothing: what is loaded, installed, known; and the unloading of a model.

use serde_json::{Value, json};
use wave_runner::llm::{Decision, Installed, Limits, LlmError, Loaded, ModelDetails, Ollama};

use super::*;

async fn answering(verb: &str, at: &str, body: Value) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method(verb))
        .and(path(at))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn ps_tells_what_is_in_memory_and_how_much_of_it_on_the_gpu() {
    let server = answering("GET", "/api/ps", json!({"models": [{
        "name": "qwen2.5:7b", "model": "qwen2.5:7b", "size": 5_138_022_400_u64, "digest": "845d",
        "details": {"format": "gguf"}, "expires_at": "2026-11-23T14:08:38.656116061Z",
        "size_vram": 4_000_000_000_u64, "context_length": 4096,
    }]}))
    .await;
    let expected = Loaded {
        name: "qwen2.5:7b".to_owned(),
        digest: "845d".to_owned(),
        size: 5_138_022_400,
        size_vram: 4_000_000_000,
        context_length: Some(4096),
        expires_at: Some("2026-11-23T14:08:38.656116061Z".parse().unwrap()),
    };
    assert_eq!(client(&server.uri()).ps().await.unwrap(), [expected]);
}

#[tokio::test]
async fn ps_of_an_idle_server_is_empty() {
    let server = answering("GET", "/api/ps", json!({"models": []})).await;
    assert_eq!(client(&server.uri()).ps().await.unwrap(), []);
}

#[tokio::test]
async fn tags_tells_what_is_installed() {
    let models = json!({"models": [
        {"name": "gemma2:latest", "digest": "ff02", "size": 5_443_152_417_u64, "modified_at": "2025-11-01T10:00:00Z",
         "details": {"family": "gemma2", "parameter_size": "9.2B", "quantization_level": "Q4_0"}},
        {"name": "own:latest", "digest": "0a11", "size": 7, "details": {"parameter_size": "", "quantization_level": ""}},
    ]});
    let server = answering("GET", "/api/tags", models).await;
    let gemma = Installed {
        name: "gemma2:latest".to_owned(),
        digest: "ff02".to_owned(),
        size: 5_443_152_417,
        parameter_size: Some("9.2B".to_owned()),
        quantization: Some("Q4_0".to_owned()),
    };
    let own = Installed {
        name: "own:latest".to_owned(),
        digest: "0a11".to_owned(),
        size: 7,
        parameter_size: None,
        quantization: None,
    };
    assert_eq!(client(&server.uri()).tags().await.unwrap(), [gemma, own]);
}

#[tokio::test]
async fn the_version_is_read_below_a_path_as_well() {
    let server = answering("GET", "/ollama/api/version", json!({"version": "0.12.6"})).await;
    let base = format!("{}/ollama", server.uri());
    assert_eq!(client(&base).version().await.unwrap(), "0.12.6");
}

#[tokio::test]
async fn show_finds_the_trained_context_under_the_architectures_name() {
    let server = answering("POST", "/api/show", json!({
        "details": {"family": "qwen2", "parameter_size": "7.6B", "quantization_level": "Q4_K_M"},
        "model_info": {"general.architecture": "qwen2", "qwen2.context_length": 32768},
        "capabilities": ["completion"],
    }))
    .await;
    let expected = ModelDetails {
        family: "qwen2".to_owned(),
        parameter_size: "7.6B".to_owned(),
        quantization_level: "Q4_K_M".to_owned(),
        context_length: Some(32_768),
        capabilities: vec!["completion".to_owned()],
    };
    assert_eq!(client(&server.uri()).show(MODEL).await.unwrap(), expected);
}

#[tokio::test]
async fn unloading_is_an_empty_request_with_keep_alive_zero() {
    let answer = json!({"model": MODEL, "response": "", "done": true, "done_reason": "unload"});
    let server = answering("POST", "/api/generate", answer).await;
    client(&server.uri()).unload(MODEL).await.unwrap();
    let sent: Value = server.received_requests().await.unwrap()[0]
        .body_json()
        .unwrap();
    assert_eq!(sent, json!({"model": MODEL, "keep_alive": 0}));
}

#[tokio::test]
async fn another_servers_page_is_not_taken_for_an_answer() {
    let server = answering("GET", "/api/ps", json!({"status": "ok"})).await;
    let error = client(&server.uri()).ps().await.unwrap_err();
    assert!(
        matches!(&error, LlmError::NotOllama { url, .. } if url.path() == "/api/ps"),
        "{error}"
    );
    assert_eq!(error.decision(), Decision::FixSetup);
}

#[tokio::test]
async fn a_small_call_that_gets_no_answer_is_unreachable_within_the_idle_limit() {
    let server = MockServer::start().await;
    Mock::given(path("/api/ps"))
        .respond_with(ResponseTemplate::new(200).set_delay(TOTAL))
        .mount(&server)
        .await;
    let limits = Limits {
        idle: Duration::from_millis(100),
        ..Limits::default()
    };
    let client = Ollama::new(Url::parse(&server.uri()).unwrap(), limits).unwrap();
    let error = client.ps().await.unwrap_err();
    assert!(
        matches!(&error, LlmError::Unreachable { cause, .. } if cause.contains("api/ps")),
        "{error}"
    );
}

#[test]
fn an_address_that_is_no_http_is_refused_before_anything_is_sent() {
    let error = Ollama::new(Url::parse("ftp://localhost").unwrap(), Limits::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("expected http or https, found ftp"),
        "{error}"
    );
    assert_eq!(error.decision(), Decision::FixSetup);
}
