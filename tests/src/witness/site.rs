//! A proxy before a careers site, which keeps what passes.
//!
//! Unlike the witness before a model server it changes what it passes on: the runner gets each answer as the tape keeps
//! it, so that it never reads what must not be kept (see [`crate::cassette`]). So it is there only while a tape runs.

use std::sync::Arc;
use std::time::Duration;

use axum::{
    Router,
    body::{self, Body},
    extract::{Request, State},
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_LENGTH, HOST},
    },
    response::Response,
};
use tokio::runtime::Runtime;
use url::{Host, Url};

use super::{
    Passed, Tape, WitnessError, loopback, place,
    proxy::{LARGEST_REQUEST, chain, end_to_end, refusal, texts},
    serve,
};
use crate::{clock, record::ExchangeEnd};

/// A running witness before a careers site. It stops when dropped.
#[derive(Debug)]
pub struct SiteWitness {
    url: Url,
    threads: Option<Runtime>,
}

#[derive(Debug)]
struct Site {
    client: reqwest::Client,
    upstream: Url,
    tape: Arc<dyn Tape>,
}

impl SiteWitness {
    /// Takes a free port on loopback and passes everything on to `upstream`, whose connections have to come about within
    /// `connect`.
    ///
    /// # Errors
    /// When no port is free, or this machine cannot make an HTTP client.
    pub async fn before(
        upstream: Url,
        connect: Duration,
        tape: Arc<dyn Tape>,
    ) -> Result<Self, WitnessError> {
        let (threads, listener, port) = place().await?;
        let client = client(&upstream, connect)?;
        let site = Site {
            client,
            upstream,
            tape,
        };
        let router = Router::new().fallback(forward).with_state(Arc::new(site));
        threads.spawn(serve(listener, router));
        Ok(Self {
            url: loopback(port),
            threads: Some(threads),
        })
    }

    /// Where the runner finds the site.
    pub fn url(&self) -> &Url {
        &self.url
    }
}

impl Drop for SiteWitness {
    fn drop(&mut self) {
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}

/// As the runner's own: no redirect is followed, and a proxy of the environment serves for the internet alone.
fn client(upstream: &Url, connect: Duration) -> Result<reqwest::Client, WitnessError> {
    let is_here = match upstream.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let mut client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(connect);
    if is_here {
        client = client.no_proxy();
    }
    client
        .build()
        .map_err(|cause| WitnessError::NoClient { cause })
}

async fn forward(State(site): State<Arc<Site>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = body::to_bytes(body, LARGEST_REQUEST).await else {
        let why = "the witness could not read the request";
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, why);
    };
    let server = site.upstream.host_str().unwrap_or_default();
    let passed = Passed::begun(server, &head, &body, clock::now());
    let answered = async {
        let mut url = site.upstream.clone();
        url.set_path(head.uri.path());
        url.set_query(head.uri.query());
        let mut headers = end_to_end(&head.headers);
        headers.remove(HOST);
        headers.remove(CONTENT_LENGTH);
        let request = site.client.request(head.method.clone(), url);
        let answer = request.headers(headers).body(body).send().await?;
        let (status, headers) = (answer.status(), end_to_end(answer.headers()));
        Ok((status, headers, answer.bytes().await?))
    };
    let (status, headers, answer) = match answered.await {
        Ok(answered) => answered,
        Err::<_, reqwest::Error>(cause) => {
            let why = format!(
                "the witness got no answer from the careers site: {}",
                chain(&cause.without_url())
            );
            return refusal(StatusCode::BAD_GATEWAY, &why);
        }
    };
    let now = clock::now();
    let kept = site.tape.keep(&Passed {
        status: Some(status.as_u16()),
        headers: texts(&headers),
        answer: answer.to_vec(),
        first_byte_at: Some(now),
        last_byte_at: Some(now),
        ended: ExchangeEnd::Completed,
        ..passed
    });
    respond(status, headers, kept)
}

/// The body may have become shorter.
fn respond(status: StatusCode, mut headers: HeaderMap, body: Vec<u8>) -> Response {
    headers.remove(CONTENT_LENGTH);
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
