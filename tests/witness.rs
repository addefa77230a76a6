//! The witness before a model server that does what a real one does: answer, stall, break off, be away.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a test that cannot go on should say where"
)]

use std::{convert::Infallible, future, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::post,
};
use batchproof::{
    record::{Exchange, ExchangeEnd},
    witness::{Witness, WitnessError},
};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Notify, time::timeout};
use url::Url;

const LINES: [&str; 3] = [
    "{\"model\":\"m\",\"response\":\"Hel\",\"done\":false}\n",
    "{\"model\":\"m\",\"response\":\"lo\",\"done\":false}\n",
    "{\"model\":\"m\",\"response\":\"\",\"done\":true,\"done_reason\":\"stop\",\"total_duration\":900,\
     \"load_duration\":100,\"prompt_eval_count\":7,\"prompt_eval_duration\":200,\"eval_count\":2,\
     \"eval_duration\":300}\n",
];

/// SHA-256 of "abc".
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/// What test and server tell each other.
#[derive(Default)]
struct Signals {
    /// The test lets a waiting server go on.
    go_on: Notify,
    /// The server was asked.
    asked: Notify,
    /// The server's request was cancelled.
    cancelled: Notify,
}

/// Tells that the request it belongs to is over.
struct TellsWhenDropped(Arc<Signals>);

impl Drop for TellsWhenDropped {
    fn drop(&mut self) {
        self.0.cancelled.notify_one();
    }
}

/// The model's name says how the server behaves.
async fn generate(State(signals): State<Arc<Signals>>, Json(request): Json<Value>) -> Response {
    signals.asked.notify_one();
    let guard = TellsWhenDropped(Arc::clone(&signals));
    match request["model"].as_str().unwrap() {
        "mute" => {
            let _guard = guard;
            future::pending().await
        }
        "busy" => (
            StatusCode::SERVICE_UNAVAILABLE,
            Json(json!({"error": "server busy, please try again."})),
        )
            .into_response(),
        "bytewise" => body(stream::iter(LINES.concat().into_bytes()).map(|byte| vec![byte])),
        "waits_after_each_line" => body(stream::iter(LINES).then(move |line| {
            let signals = Arc::clone(&signals);
            async move {
                signals.go_on.notified().await;
                line
            }
        })),
        "stalls" => body(stream::iter([LINES[0]]).chain(stream::once(async move {
            let _guard = guard;
            future::pending().await
        }))),
        "breaks_off" => Response::new(Body::from_stream(stream::iter([Ok(LINES[0])]).chain(
            stream::once(async move {
                signals.go_on.notified().await;
                Err("the runner process has terminated")
            }),
        ))),
        "never_ends" => body(stream::iter(LINES).chain(stream::once(async move {
            let _guard = guard;
            future::pending().await
        }))),
        unknown => panic!("no such behaviour: {unknown}"),
    }
}

fn body(chunks: impl stream::Stream<Item = impl Into<Bytes>> + Send + 'static) -> Response {
    let chunks = chunks.map(|chunk| Ok::<Bytes, Infallible>(chunk.into()));
    Response::new(Body::from_stream(chunks))
}

async fn echo(method: Method, uri: Uri, headers: HeaderMap, request: Request) -> Response {
    let body = axum::body::to_bytes(request.into_body(), 1 << 20)
        .await
        .unwrap();
    let header = |name| headers.get(name).map(|value| value.to_str().unwrap());
    let told = json!({
        "method": method.as_str(),
        "path": uri.path_and_query().unwrap().as_str(),
        "host": header("host"),
        "custom": header("x-custom"),
        "hop": header("x-hop"),
        "transfer_encoding": header("transfer-encoding"),
        "body": String::from_utf8(body.to_vec()).unwrap(),
    });
    (
        StatusCode::IM_A_TEAPOT,
        [("x-answer", "42")],
        told.to_string(),
    )
        .into_response()
}

struct Scene {
    witness: Witness,
    upstream: Url,
    signals: Arc<Signals>,
    client: reqwest::Client,
}

impl Scene {
    async fn set() -> Self {
        let signals = Arc::new(Signals::default());
        let router = Router::new()
            .route("/api/generate", post(generate))
            .fallback(echo)
            .with_state(Arc::clone(&signals));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let upstream = Url::parse(&upstream).unwrap();
        Self {
            witness: Witness::start(upstream.clone()).await.unwrap(),
            upstream,
            signals,
            client: client(),
        }
    }

    fn url(&self, path: &str) -> Url {
        self.witness.url().join(path).unwrap()
    }

    async fn ask(&self, model: &str) -> reqwest::Response {
        let request = json!({
            "model": model, "prompt": "abc", "options": {"num_ctx": 8192, "num_predict": 1024},
        });
        let generate = self.client.post(self.url("/api/generate"));
        generate.json(&request).send().await.unwrap()
    }

    async fn only_exchange(&self) -> Exchange {
        soon(self.witness.settled()).await;
        let mut exchanges = self.witness.exchanges();
        assert_eq!(exchanges.len(), 1, "{exchanges:#?}");
        exchanges.remove(0)
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// A test that waits for what never comes should fail, not hang.
async fn soon<T>(event: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(20), event)
        .await
        .expect("it happens soon")
}

#[tokio::test]
async fn an_answer_passes_unchanged_and_is_noted_with_its_times_and_durations() {
    let scene = Scene::set().await;
    let answer = scene.ask("bytewise").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.text().await.unwrap(), LINES.concat());

    let exchange = scene.only_exchange().await;
    assert_eq!(exchange.ended, ExchangeEnd::Completed);
    assert!(exchange.answered());
    assert_eq!(exchange.model, "bytewise");
    assert_eq!(exchange.prompt_sha256.as_deref(), Some(ABC));
    assert_eq!(
        (exchange.num_ctx, exchange.num_predict),
        (Some(8192), Some(1024))
    );
    assert_eq!(exchange.bytes, LINES.concat().len() as u64);
    let line = exchange.final_line.unwrap();
    assert_eq!(line.done_reason.as_deref(), Some("stop"));
    assert_eq!((line.total_duration, line.load_duration), (900, 100));
    assert_eq!((line.prompt_eval_duration, line.eval_duration), (200, 300));
    assert_eq!((line.prompt_eval_count, line.eval_count), (7, 2));
    let times = [
        Some(exchange.sent_at),
        exchange.first_byte_at,
        exchange.last_byte_at,
    ];
    assert!(times.is_sorted() && times[2] <= Some(exchange.ended_at));
}

#[tokio::test]
async fn each_line_arrives_before_the_server_writes_the_next() {
    let scene = Scene::set().await;
    scene.signals.go_on.notify_one();
    let mut answer = soon(scene.ask("waits_after_each_line")).await;
    for line in LINES {
        assert_eq!(soon(answer.chunk()).await.unwrap().unwrap(), line);
        scene.signals.go_on.notify_one();
    }
    let exchange = scene.only_exchange().await;
    assert!(exchange.first_byte_at < exchange.last_byte_at);
}

#[tokio::test]
async fn a_client_that_leaves_in_mid_stream_cancels_the_servers_request_and_is_noted() {
    let scene = Scene::set().await;
    let mut answer = scene.ask("stalls").await;
    assert_eq!(answer.chunk().await.unwrap().unwrap(), LINES[0]);
    drop(answer);
    soon(scene.signals.cancelled.notified()).await;

    let exchange = scene.only_exchange().await;
    assert_eq!(exchange.ended, ExchangeEnd::ClientLeft);
    assert_eq!(exchange.status, Some(200));
    assert_eq!(exchange.bytes, LINES[0].len() as u64);
    assert!(!exchange.answered());
}

#[tokio::test]
async fn a_client_that_leaves_before_any_answer_cancels_the_servers_request_and_is_noted() {
    let scene = Scene::set().await;
    tokio::select! {
        _ = scene.ask("mute") => panic!("a mute server answered"),
        () = scene.signals.asked.notified() => {}
    }
    soon(scene.signals.cancelled.notified()).await;

    let exchange = scene.only_exchange().await;
    assert_eq!(exchange.ended, ExchangeEnd::ClientLeft);
    assert_eq!((exchange.status, exchange.first_byte_at), (None, None));
}

#[tokio::test]
async fn a_client_that_leaves_after_the_final_line_has_its_answer_complete() {
    let scene = Scene::set().await;
    let mut answer = scene.ask("never_ends").await;
    let mut read = String::new();
    while read != LINES.concat() {
        let chunk = soon(answer.chunk()).await.unwrap().unwrap();
        read.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    let noted_at_once = scene.witness.exchanges();
    assert_eq!(noted_at_once[0].ended, ExchangeEnd::Completed);
    drop(answer);
    soon(scene.signals.cancelled.notified()).await;
    assert!(scene.only_exchange().await.answered());
}

#[tokio::test]
async fn a_server_that_breaks_off_is_noted_and_the_client_does_not_take_it_for_an_end() {
    let scene = Scene::set().await;
    let mut answer = scene.ask("breaks_off").await;
    assert_eq!(answer.chunk().await.unwrap().unwrap(), LINES[0]);
    scene.signals.go_on.notify_one();
    assert!(soon(answer.chunk()).await.is_err());

    let exchange = scene.only_exchange().await;
    assert_eq!(exchange.ended, ExchangeEnd::UpstreamFailed);
    assert_eq!(exchange.bytes, LINES[0].len() as u64);
    assert!(exchange.error.is_some());
}

#[tokio::test]
async fn an_error_status_passes_with_its_text_and_is_noted() {
    let scene = Scene::set().await;
    let answer = scene.ask("busy").await;
    assert_eq!(answer.status(), 503);
    assert!(answer.text().await.unwrap().contains("server busy"));

    let exchange = scene.only_exchange().await;
    assert_eq!(exchange.ended, ExchangeEnd::Completed);
    assert_eq!(exchange.status, Some(503));
    assert_eq!(
        exchange.error.as_deref(),
        Some("server busy, please try again.")
    );
    assert!(!exchange.answered());
}

#[tokio::test]
async fn a_server_that_is_not_there_gives_502_and_an_exchange_that_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let witness = Witness::start(Url::parse(&nobody).unwrap()).await.unwrap();
    let ask = client()
        .post(witness.url().join("/api/generate").unwrap())
        .json(&json!({"model": "m", "prompt": "abc"}));
    let answer = ask.send().await.unwrap();
    assert_eq!(answer.status(), 502);
    let told: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let error = told["error"].as_str().unwrap();
    assert!(
        error.contains(&nobody) && error.contains("refused"),
        "{error}"
    );

    let exchanges = witness.exchanges();
    assert_eq!(exchanges[0].ended, ExchangeEnd::UpstreamFailed);
    assert_eq!(exchanges[0].error.as_deref(), Some(error));
    assert_eq!(exchanges[0].status, None);
}

#[tokio::test]
async fn every_other_call_passes_whole_and_is_only_counted() {
    let scene = Scene::set().await;
    let answer = scene
        .client
        .put(scene.url("/api/some%2Fthing?a=1&b=%20"))
        .header("x-custom", "kept")
        .header("connection", "x-hop")
        .header("x-hop", "not kept")
        .body("a body")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 418);
    assert_eq!(answer.headers()["x-answer"], "42");
    let told: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(told["method"], "PUT");
    assert_eq!(told["path"], "/api/some%2Fthing?a=1&b=%20");
    assert_eq!(told["host"], scene.upstream.authority());
    assert_eq!(
        (&told["custom"], &told["hop"]),
        (&json!("kept"), &Value::Null)
    );
    assert_eq!(told["body"], "a body");

    assert_eq!(scene.witness.exchanges(), []);
    assert_eq!(scene.witness.others()["PUT /api/some%2Fthing"], 1);
}

#[tokio::test]
async fn a_get_without_a_body_stays_one() {
    let scene = Scene::set().await;
    for _ in 0..2 {
        let answer = scene.client.get(scene.url("/api/ps")).send().await.unwrap();
        let told: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(
            (&told["transfer_encoding"], &told["body"]),
            (&Value::Null, &json!(""))
        );
    }
    assert_eq!(scene.witness.others()["GET /api/ps"], 2);
}

#[tokio::test]
async fn calls_that_overlap_are_noted_in_order_of_arrival() {
    let scene = Scene::set().await;
    let mut first = scene.ask("stalls").await;
    first.chunk().await.unwrap();
    scene.ask("bytewise").await.bytes().await.unwrap();
    drop(first);
    soon(scene.witness.settled()).await;
    let models: Vec<String> = scene
        .witness
        .exchanges()
        .into_iter()
        .map(|exchange| exchange.model)
        .collect();
    assert_eq!(models, ["stalls", "bytewise"]);
}

#[tokio::test]
async fn a_dropped_witness_accepts_nothing_more() {
    let scene = Scene::set().await;
    scene.ask("bytewise").await.bytes().await.unwrap();
    let url = scene.url("/api/ps");
    drop(scene.witness);
    let refused = async {
        while client().get(url.clone()).send().await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    soon(refused).await;
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_at_the_start() {
    for address in ["ftp://127.0.0.1", "file:///tmp"] {
        let error = Witness::start(Url::parse(address).unwrap())
            .await
            .unwrap_err();
        assert!(
            matches!(error, WitnessError::NoServerAddress { .. }),
            "{error}"
        );
    }
}
