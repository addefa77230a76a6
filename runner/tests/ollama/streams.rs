//! Streamed answers: the one that counts, and the successes that are none.

use std::time::Duration;

use serde_json::{Value, json};
use wave_runner::llm::{Decision, Generation, LlmError};

use super::*;

const WHOLE: [&str; 3] = [
    r#"{"model":"qwen2.5:7b","created_at":"2026-11-23T14:03:38.187065855Z","response":"PA","done":false}"#,
    r#"{"model":"qwen2.5:7b","created_at":"2026-11-23T14:03:38.207388138Z","response":"SS","done":false}"#,
    r#"{"model":"qwen2.5:7b","created_at":"2026-11-23T14:03:38.248596084Z","response":"","done":true,"done_reason":"stop","context":[1,2,3],"total_duration":1401234978,"load_duration":1284343446,"prompt_eval_count":3,"prompt_eval_duration":50000000,"eval_count":2,"eval_duration":60000000}"#,
];

#[tokio::test]
async fn a_whole_answer_brings_its_text_and_its_counters_in_nanoseconds() {
    let answer = answer_to(lines(&WHOLE)).await.unwrap();
    assert_eq!(answer.text, "PASS");
    assert_eq!((answer.prompt_eval_count, answer.eval_count), (Some(3), 2));
    assert_eq!(answer.total_duration, Duration::from_nanos(1_401_234_978));
    assert_eq!(answer.load_duration, Duration::from_nanos(1_284_343_446));
    assert_eq!(answer.prompt_eval_duration, Duration::from_millis(50));
    assert_eq!(answer.eval_duration, Duration::from_millis(60));
}

#[tokio::test]
async fn counters_left_out_because_they_are_zero_do_not_spoil_an_answer() {
    let answer = answer_to(lines(&[
        r#"{"response":"PASS","done":false}"#,
        r#"{"response":"","done":true,"done_reason":"stop"}"#,
    ]))
    .await
    .unwrap();
    assert_eq!(answer.prompt_eval_count, None);
    assert_eq!(
        (answer.eval_count, answer.load_duration),
        (0, Duration::ZERO)
    );
}

#[tokio::test]
async fn the_request_streams_names_every_option_and_carries_no_keep_alive() {
    let server = generating(lines(&WHOLE)).await;
    let asked = Generation {
        format: Some(json!({"type": "object"})),
        ..generation()
    };
    client(&server.uri()).generate(&asked, TOTAL).await.unwrap();
    let sent: Value = server.received_requests().await.unwrap()[0]
        .body_json()
        .unwrap();
    let expected = json!({
        "model": MODEL, "prompt": "Task: grade_a", "stream": true, "truncate": false,
        "format": {"type": "object"},
        "options": {"num_ctx": 2048, "num_predict": 64, "temperature": 0.0, "seed": 42},
    });
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn a_stream_that_ends_without_done_is_unfinished() {
    let error = answer_to(lines(&[r#"{"response":"    ","done":false}"#]))
        .await
        .unwrap_err();
    assert!(
        matches!(error, LlmError::Unfinished { characters: 4, .. }),
        "{error}"
    );
    assert_eq!(error.decision(), Decision::RetryFresh);
}

#[tokio::test]
async fn a_body_of_zero_chunks_and_a_chunk_of_zero_tokens_are_empty() {
    let zero = r#"{"model":"","created_at":"0001-01-01T00:00:00Z","response":"","done":false}"#;
    for response in [lines(&[]), lines(&[zero])] {
        let error = answer_to(response).await.unwrap_err();
        assert!(matches!(error, LlmError::Empty { .. }), "{error}");
        assert_eq!(error.decision(), Decision::RetryFresh);
    }
}

#[tokio::test]
async fn an_answer_cut_by_num_predict_is_no_answer() {
    let error = answer_to(lines(&[
        r#"{"response":"{\"ihl_score\":","done":false}"#,
        r#"{"response":"","done":true,"done_reason":"length","eval_count":64}"#,
    ]))
    .await
    .unwrap_err();
    assert!(
        matches!(
            error,
            LlmError::RanOverLength {
                num_predict: 64,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(error.decision(), Decision::RetryFresh);
}

#[tokio::test]
async fn done_for_the_reason_load_is_no_answer() {
    let error = answer_to(lines(&[
        r#"{"response":"","done":true,"done_reason":"load"}"#,
    ]))
    .await
    .unwrap_err();
    assert!(
        matches!(&error, LlmError::NotStopped { reason, .. } if reason == "load"),
        "{error}"
    );
}

#[tokio::test]
async fn an_error_line_inside_a_success_is_an_error_to_be_retried_later() {
    let error = answer_to(lines(&[
        r#"{"response":"PA","done":false}"#,
        r#"{"error":"an error was encountered while running the model: CUDA error: device-side assert"}"#,
    ]))
    .await
    .unwrap_err();
    assert!(
        matches!(&error, LlmError::BrokeOff { message, .. } if message.contains("CUDA error")),
        "{error}"
    );
    assert_eq!(error.decision(), Decision::RetryLater);
}

#[tokio::test]
async fn garbage_in_the_stream_is_shown_in_the_message() {
    let error = answer_to(lines(&["<html>502 Bad Gateway</html>"]))
        .await
        .unwrap_err();
    assert!(matches!(error, LlmError::Garbage { .. }));
    assert!(error.to_string().contains("502 Bad Gateway"), "{error}");
    assert_eq!(error.decision(), Decision::RetryFresh);
}

#[tokio::test]
async fn a_body_beyond_any_answer_is_cut_off() {
    let line = format!("{}\n", WHOLE[0]);
    let body = line.repeat(5 * 1024 * 1024 / line.len());
    let response = ResponseTemplate::new(200).set_body_raw(body, "application/x-ndjson");
    let error = answer_to(response).await.unwrap_err();
    assert!(matches!(error, LlmError::Oversized { .. }), "{error}");
    assert_eq!(error.decision(), Decision::RetryFresh);
}

#[tokio::test]
async fn a_prompt_of_which_the_server_read_only_a_part_gives_up_and_a_whole_one_does_not() {
    let counted = |tokens: u32| {
        lines(&[
            r#"{"response":"PASS","done":false}"#,
            &format!(
                r#"{{"response":"","done":true,"done_reason":"stop","prompt_eval_count":{tokens}}}"#
            ),
        ])
    };
    let long = Generation {
        prompt: "word ".repeat(9_000),
        ..generation()
    };
    let server = generating(counted(1026)).await;
    let error = client(&server.uri())
        .generate(&long, TOTAL)
        .await
        .unwrap_err();
    let expected = LlmError::PromptTruncated {
        model: MODEL.to_owned(),
        counted: 1026,
        sent: 45_000,
        num_ctx: 2048,
    };
    assert_eq!(error, expected);
    assert_eq!(error.decision(), Decision::GiveUp);
    assert_eq!(answer_to(counted(1026)).await.unwrap().text, "PASS");
}
