//! The client against the stand-in that trials run on: the two must agree, or a trial proves nothing.

use fixtures::ollama::{Ended, Fault, Mishap, OllamaSettings, OllamaStandIn, Step};
use wave_runner::llm::{Generation, Limits, LlmError, Ollama};

use super::*;

async fn stand_in(faults: Vec<Fault>) -> (OllamaStandIn, Ollama) {
    let settings = OllamaSettings {
        faults,
        ..OllamaSettings::default()
    };
    let server = OllamaStandIn::start(settings).await.unwrap();
    let client = Ollama::new(server.url(), Limits::default()).unwrap();
    (server, client)
}

fn skills() -> Generation {
    Generation {
        prompt: "Task: skills\nJob ID: R1\n<posting>\nSQL in a bank.\n</posting>".to_owned(),
        num_predict: 1024,
        ..generation()
    }
}

#[tokio::test]
async fn an_answer_comes_whole_with_counters_that_make_sense() {
    let (server, client) = stand_in(Vec::new()).await;
    let answer = client.generate(&skills(), TOTAL).await.unwrap();
    let skills: Vec<String> = serde_json::from_str(&answer.text).unwrap();
    assert!(skills.contains(&"SQL".to_owned()), "{skills:?}");
    let parts = answer.load_duration + answer.prompt_eval_duration + answer.eval_duration;
    assert!(parts <= answer.total_duration && answer.eval_duration > Duration::ZERO);
    assert!(answer.eval_count > 0 && answer.prompt_eval_count.is_some());
    assert_eq!(server.log()[0].ended, Ended::Completed);
}

#[tokio::test]
async fn the_small_calls_agree_about_a_models_stay() {
    let (_server, client) = stand_in(Vec::new()).await;
    client.generate(&skills(), TOTAL).await.unwrap();
    let loaded = client.ps().await.unwrap();
    assert_eq!((loaded.len(), loaded[0].context_length), (1, Some(2048)));
    let installed = client.tags().await.unwrap();
    assert!(
        installed
            .iter()
            .any(|it| it.name == MODEL && it.digest == loaded[0].digest)
    );
    assert_eq!(client.version().await.unwrap(), "0.12.6");
    assert_eq!(
        client.show(MODEL).await.unwrap().context_length,
        Some(32_768)
    );
    client.unload(MODEL).await.unwrap();
    assert_eq!(client.ps().await.unwrap(), []);
}

#[tokio::test]
async fn each_mishap_is_the_error_it_should_be() {
    for (mishap, is_it) in [
        (
            Mishap::Refuse,
            (|it| matches!(it, LlmError::Busy { .. })) as fn(&LlmError) -> bool,
        ),
        (Mishap::CutStream, |it| {
            matches!(it, LlmError::CutShort { .. })
        }),
        (Mishap::DoneFalse, |it| {
            matches!(it, LlmError::Unfinished { .. })
        }),
        (Mishap::Length, |it| {
            matches!(it, LlmError::RanOverLength { .. })
        }),
        (Mishap::ErrorLine, |it| {
            matches!(it, LlmError::BrokeOff { .. })
        }),
    ] {
        let (_server, client) = stand_in(vec![Fault::nth(Step::Skills, 1, mishap)]).await;
        let error = client.generate(&skills(), TOTAL).await.unwrap_err();
        assert!(is_it(&error), "{mishap:?} became {error:?}");
        client
            .generate(&skills(), TOTAL)
            .await
            .expect("the mishap strikes only once");
    }
}

#[tokio::test]
async fn a_hung_call_is_ended_by_our_own_limit_and_its_slot_is_free_again() {
    let (server, client) = stand_in(vec![Fault::nth(Step::Skills, 1, Mishap::Hang)]).await;
    let short = Duration::from_millis(200);
    let error = client.generate(&skills(), short).await.unwrap_err();
    assert!(error.is_our_own_limit(), "{error}");
    client.generate(&skills(), TOTAL).await.unwrap();
    let ended: Vec<Ended> = server.log().into_iter().map(|it| it.ended).collect();
    assert_eq!(ended, [Ended::ClientLeft, Ended::Completed]);
}

#[tokio::test]
async fn a_model_that_is_not_installed_is_missing() {
    let (_server, client) = stand_in(Vec::new()).await;
    let other = Generation {
        model: "nope".to_owned(),
        ..skills()
    };
    let error = client.generate(&other, TOTAL).await.unwrap_err();
    assert!(error.to_string().contains("ollama pull nope"), "{error}");
}
