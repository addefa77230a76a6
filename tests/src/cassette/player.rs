//! Serves a cassette, through wiremock: here an answer is a function of the request and of how often it was made.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use tokio::sync::watch;
use url::Url;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Respond, ResponseTemplate};

use super::{Answer, Answers, Miss, Party, Recorded, Request};

/// Two servers on loopback that answer from one cassette: a model server and a careers site. Dropped, they stop.
#[derive(Debug)]
pub struct Player {
    model_server: MockServer,
    careers_site: MockServer,
    missed: watch::Receiver<Option<Miss>>,
}

impl Player {
    /// Serves these answers, on free ports.
    pub async fn start(answers: Answers) -> Self {
        let answers = Arc::new(Mutex::new(answers));
        let (sender, missed) = watch::channel(None);
        let sender = Arc::new(sender);
        let of = |party| Served {
            party,
            answers: Arc::clone(&answers),
            missed: Arc::clone(&sender),
        };
        Self {
            model_server: serve(of(Party::ModelServer)).await,
            careers_site: serve(of(Party::CareersSite)).await,
            missed,
        }
    }

    /// Where a party is.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "the address of a running server is a URL"
    )]
    pub fn url(&self, party: Party) -> Url {
        let server = match party {
            Party::ModelServer => &self.model_server,
            Party::CareersSite => &self.careers_site,
        };
        Url::parse(&server.uri()).expect("a valid address")
    }

    /// The first request that had no recording.
    pub fn miss(&self) -> Option<Miss> {
        self.missed.borrow().clone()
    }

    /// Waits for the first request that has no recording; for ever, where all have.
    pub async fn missed(&self) -> Miss {
        let mut missed = self.missed.clone();
        loop {
            if let Some(miss) = missed.borrow_and_update().clone() {
                return miss;
            }
            if missed.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

async fn serve(answering: Served) -> MockServer {
    // Built, not taken from wiremock's pool: a pooled server goes on listening when it is dropped. The witness keeps the
    // requests already.
    let builder = MockServer::builder().disable_request_recording();
    let server = builder.start().await;
    Mock::given(any())
        .respond_with(answering)
        .mount(&server)
        .await;
    server
}

struct Served {
    party: Party,
    answers: Arc<Mutex<Answers>>,
    missed: Arc<watch::Sender<Option<Miss>>>,
}

/// A refusal of the request for what it is: nobody tries it again.
const REFUSED: u16 = 400;
/// What a witness says of a server that gave no answer.
const NO_ANSWER: u16 = 502;

impl Respond for Served {
    fn respond(&self, request: &wiremock::Request) -> ResponseTemplate {
        let url = &request.url;
        let path = url.query().map_or_else(
            || url.path().to_owned(),
            |query| format!("{}?{query}", url.path()),
        );
        let request = Request::of(self.party, request.method.as_str(), &path, &request.body);
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        match answers.next(&request) {
            Ok(Some(recorded)) => response(recorded),
            Ok(None) => loaded_or_unloaded(&request),
            Err(miss) => {
                let told = miss.to_string();
                self.missed.send_if_modified(|first| {
                    let is_first = first.is_none();
                    first.get_or_insert(miss);
                    is_first
                });
                ResponseTemplate::new(REFUSED).set_body_json(json!({ "error": told }))
            }
        }
    }
}

fn response(recorded: &Recorded) -> ResponseTemplate {
    let Some(Answer {
        status,
        headers,
        body,
    }) = &recorded.answer
    else {
        let told = format!(
            "exchange {} of the cassette was never answered",
            recorded.number
        );
        return ResponseTemplate::new(NO_ANSWER).set_body_json(json!({ "error": told }));
    };
    let kind = headers
        .get("content-type")
        .map_or("application/octet-stream", String::as_str);
    let template = ResponseTemplate::new(*status).set_body_raw(body.bytes(), kind);
    headers
        .iter()
        .filter(|(name, _)| *name != "content-type")
        .fold(template, |template, (name, value)| {
            template.insert_header(name.as_str(), value.as_str())
        })
}

/// Ollama's answer to a request without a prompt.
fn loaded_or_unloaded(request: &Request) -> ResponseTemplate {
    let unloads = request.body["keep_alive"] == 0;
    let reason = if unloads { "unload" } else { "load" };
    ResponseTemplate::new(200).set_body_json(json!({
        "model": request.body["model"], "created_at": "1970-01-01T00:00:00Z", "response": "", "done": true,
        "done_reason": reason,
    }))
}
