//! Responses that say no, as a table: status, body, the error expected, what to do about it.

use wave_runner::llm::{Decision, LlmError};

use super::*;

async fn refusal(status: u16, body: &str) -> LlmError {
    answer_to(ResponseTemplate::new(status).set_body_raw(body, "application/json"))
        .await
        .expect_err("a refusal is no answer")
}

fn error(text: &str) -> String {
    serde_json::json!({ "error": text }).to_string()
}

#[tokio::test]
async fn a_full_queue_is_retried_later() {
    let text = "server busy, please try again.  maximum pending requests exceeded";
    let busy = refusal(503, &error(text)).await;
    assert!(matches!(&busy, LlmError::Busy { message, .. } if message == text));
    assert_eq!(busy.decision(), Decision::RetryLater);
}

#[tokio::test]
async fn a_missing_model_names_the_command_that_installs_it() {
    let missing = refusal(404, &error("model 'qwen2.5:7b' not found")).await;
    assert!(matches!(missing, LlmError::ModelMissing { .. }));
    assert!(
        missing.to_string().contains("ollama pull qwen2.5:7b"),
        "{missing}"
    );
    assert_eq!(missing.decision(), Decision::FixSetup);
}

#[tokio::test]
async fn a_path_the_server_does_not_know_is_not_a_missing_model() {
    let wrong = refusal(404, "404 page not found").await;
    assert!(matches!(wrong, LlmError::NotOllama { .. }), "{wrong}");
    assert_eq!(wrong.decision(), Decision::FixSetup);
}

#[tokio::test]
async fn a_host_name_the_server_does_not_allow_needs_the_set_up_fixed() {
    let forbidden = refusal(403, "").await;
    assert!(forbidden.to_string().contains("status 403"), "{forbidden}");
    assert_eq!(forbidden.decision(), Decision::FixSetup);
}

#[tokio::test]
async fn a_load_out_of_memory_is_retried_later() {
    for text in [
        "llama-server process has terminated: exit status 1: cudaMalloc failed: out of memory",
        "model requires more system memory (7.9 GiB) than is available (5.2 GiB)",
    ] {
        let refused = refusal(500, &error(text)).await;
        assert!(matches!(refused, LlmError::OutOfMemory { .. }), "{refused}");
        assert_eq!(refused.decision(), Decision::RetryLater);
    }
}

#[tokio::test]
async fn a_runner_that_died_or_never_started_is_retried_later() {
    for text in [
        "timed out waiting for llama-server to start - ",
        "timed out waiting for llama runner to start: ",
        "llama runner process has terminated: signal: killed",
        "model runner has unexpectedly stopped, this may be due to resource limitations or an internal error, check ollama server logs for details",
        "prediction aborted, token repeat limit reached",
    ] {
        let refused = refusal(500, &error(text)).await;
        assert!(
            matches!(refused, LlmError::ServerFailed { status: 500, .. }),
            "{refused}"
        );
        assert_eq!(refused.decision(), Decision::RetryLater);
    }
}

#[tokio::test]
async fn a_bad_gateway_before_a_server_that_is_there_is_the_calls_failure() {
    let refused = refusal(502, "<html>Bad Gateway</html>").await;
    assert!(
        matches!(refused, LlmError::ServerFailed { status: 502, .. }),
        "{refused}"
    );
    assert_eq!(refused.decision(), Decision::RetryLater);
    assert!(refused.class().row().attempts.is_some());
}

#[tokio::test]
async fn a_gateway_that_gets_no_answer_to_anything_stands_before_a_server_that_is_away() {
    for status in [502, 504] {
        let gateway = MockServer::start().await;
        Mock::given(wiremock::matchers::any())
            .respond_with(ResponseTemplate::new(status).set_body_string(error("no answer")))
            .mount(&gateway)
            .await;
        let away = client(&gateway.uri())
            .generate(&generation(), TOTAL)
            .await
            .unwrap_err();
        assert!(matches!(away, LlmError::Unreachable { .. }), "{away}");
        assert_eq!(away.class().row().attempts, None);
    }
}

#[tokio::test]
async fn a_prompt_that_does_not_fit_is_given_up() {
    for (status, text) in [
        (
            400,
            "the prompt is longer than the context length currently available to the model; shorten the prompt, ..",
        ),
        (
            400,
            "request (9000 tokens) exceeds the available context size (2048 tokens), try increasing it",
        ),
        (400, "the input length exceeds the context length"),
    ] {
        let refused = refusal(status, &error(text)).await;
        assert!(
            matches!(refused, LlmError::PromptTooLong { .. }),
            "{refused}"
        );
        assert_eq!(refused.decision(), Decision::GiveUp);
    }
}

#[tokio::test]
async fn a_bad_request_needs_the_set_up_fixed_whether_it_is_called_400_or_500() {
    for (status, text) in [
        (400, "missing request body"),
        (400, "\"qwen2.5:7b\" does not support thinking"),
        (
            400,
            "raw mode does not support template, system, or context",
        ),
        (400, "time: missing unit in duration \"-1\""),
        (
            400,
            "{\"code\":400,\"message\":\"Failed to parse grammar\"}",
        ),
        (500, "option \"num_ctx\" must be of type integer"),
        (
            500,
            "invalid format: \"\\\"yaml\\\"\"; expected \"json\" or a valid JSON Schema object",
        ),
        (500, "invalid JSON schema in format"),
    ] {
        let refused = refusal(status, &error(text)).await;
        assert!(
            matches!(&refused, LlmError::Rejected { status: found, message } if *found == status && message == text),
            "{refused}"
        );
        assert_eq!(refused.decision(), Decision::FixSetup);
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let target = generating(lines(&[
        r#"{"response":"PASS","done":true,"done_reason":"stop"}"#,
    ]))
    .await;
    let response = ResponseTemplate::new(307).insert_header("location", target.uri().as_str());
    let refused = answer_to(response).await.unwrap_err();
    assert_eq!(refused.decision(), Decision::FixSetup);
    assert!(target.received_requests().await.unwrap().is_empty());
}
