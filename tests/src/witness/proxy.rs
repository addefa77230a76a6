//! Passing requests on and answers back.

use std::{
    error::Error,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::{
    Json,
    body::{self, Body, HttpBody},
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, Method, StatusCode,
        header::{
            CONNECTION, CONTENT_LENGTH, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
            TRANSFER_ENCODING, UPGRADE,
        },
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream::BoxStream};
use serde_json::json;
use url::Url;

use super::{
    entry::Entry,
    log::Log,
    question::Question,
    tape::{Passed, Tape, Taping},
};
use crate::record::ExchangeEnd;

/// A prompt is some ten thousand characters long; this is only against a client gone mad.
pub(super) const LARGEST_REQUEST: usize = 64 << 20;

/// The way to the model server.
#[derive(Debug)]
pub(super) struct Proxy {
    client: reqwest::Client,
    /// Without a slash at its end.
    upstream: String,
    log: Arc<Log>,
    tape: Option<Arc<dyn Tape>>,
}

impl Proxy {
    pub(super) fn new(
        client: reqwest::Client,
        upstream: &Url,
        log: Arc<Log>,
        tape: Option<Arc<dyn Tape>>,
    ) -> Self {
        Self {
            client,
            upstream: upstream.as_str().trim_end_matches('/').to_owned(),
            log,
            tape,
        }
    }

    /// What goes on the tape of a call that begins now, where there is one.
    fn taping(&self, head: &Parts, body: &Bytes) -> Option<Taping> {
        self.tape.as_ref().map(|tape| {
            let now = self.log.clock.now();
            Taping {
                tape: Arc::clone(tape),
                passed: Passed::begun(&self.log.server, head, body, now),
            }
        })
    }

    /// The body of a generation is read whole before it is passed on: it is small, and what it asks has to
    /// be known before `sent_at` is noted, so that reading it is not counted as the server's time.
    async fn generate(&self, head: &Parts, body: Body) -> Response {
        let body = match body::to_bytes(body, LARGEST_REQUEST).await {
            Ok(body) => body,
            Err(cause) => {
                return refusal(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    &format!("the witness could not read the request: {cause}"),
                );
            }
        };
        let taping = self.taping(head, &body);
        let mut entry = Entry::begin(&self.log, Question::of(&body), taping);
        match self
            .request(head, &[CONTENT_LENGTH])
            .body(body)
            .send()
            .await
        {
            Err(cause) => {
                let why = self.unreachable(&cause);
                entry.break_off(&why);
                refusal(StatusCode::BAD_GATEWAY, &why)
            }
            Ok(answer) => {
                let headers = texts(answer.headers());
                entry.answered(answer.status().as_u16(), headers, answer.content_length());
                respond(answer, |stream| {
                    Body::from_stream(Watched {
                        entry,
                        answer: stream,
                    })
                })
            }
        }
    }

    async fn pass(&self, head: &Parts, body: Body) -> Response {
        self.log
            .count(format!("{} {}", head.method, head.uri.path()));
        if self.tape.is_some() {
            return self.pass_and_keep(head, body).await;
        }
        let mut request = self.request(head, &[]);
        // A body of unknown length would be sent in chunks, which a GET without one must not be.
        if !body.is_end_stream() {
            request = request.body(reqwest::Body::wrap_stream(body.into_data_stream()));
        }
        match request.send().await {
            Err(cause) => refusal(StatusCode::BAD_GATEWAY, &self.unreachable(&cause)),
            Ok(answer) => respond(answer, Body::from_stream),
        }
    }

    /// What asks no model is short, and taken whole: only then can it be kept.
    async fn pass_and_keep(&self, head: &Parts, body: Body) -> Response {
        let Ok(body) = body::to_bytes(body, LARGEST_REQUEST).await else {
            let why = "the witness could not read the request";
            return refusal(StatusCode::PAYLOAD_TOO_LARGE, why);
        };
        let taping = self.taping(head, &body);
        let request = self.request(head, &[CONTENT_LENGTH]).body(body);
        let answered = async {
            let answer = request.send().await?;
            let (status, headers) = (answer.status(), end_to_end(answer.headers()));
            Ok((status, headers, answer.bytes().await?))
        };
        let (status, headers, answer) = match answered.await {
            Ok(answered) => answered,
            Err(cause) => return refusal(StatusCode::BAD_GATEWAY, &self.unreachable(&cause)),
        };
        if let Some(Taping { tape, passed }) = taping {
            let now = self.log.clock.now();
            let _ = tape.keep(&Passed {
                status: Some(status.as_u16()),
                headers: texts(&headers),
                answer: answer.to_vec(),
                first_byte_at: Some(now),
                last_byte_at: Some(now),
                ended: ExchangeEnd::Completed,
                ..passed
            });
        }
        let mut response = Response::new(Body::from(answer));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }

    fn request(&self, head: &Parts, without: &[HeaderName]) -> reqwest::RequestBuilder {
        let path = head
            .uri
            .path_and_query()
            .map_or("/", |path_and_query| path_and_query.as_str());
        let mut headers = end_to_end(&head.headers);
        headers.remove(HOST);
        for name in without {
            headers.remove(name);
        }
        self.client
            .request(head.method.clone(), format!("{}{path}", self.upstream))
            .headers(headers)
    }

    fn unreachable(&self, cause: &reqwest::Error) -> String {
        format!(
            "the witness got no answer from the model server at {}: {}; is it running?",
            self.upstream,
            chain(cause)
        )
    }
}

/// Every call of every path.
pub(super) async fn forward(State(proxy): State<Arc<Proxy>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    if head.method == Method::POST && head.uri.path() == "/api/generate" {
        proxy.generate(&head, body).await
    } else {
        proxy.pass(&head, body).await
    }
}

type Chunks = BoxStream<'static, reqwest::Result<Bytes>>;

fn respond(answer: reqwest::Response, body: impl FnOnce(Chunks) -> Body) -> Response {
    let (status, headers) = (answer.status(), end_to_end(answer.headers()));
    let mut response = Response::new(body(answer.bytes_stream().boxed()));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// An answer on its way back, with its entry looking on. The entry stands first, so that it is dropped first:
/// when the server sees a request cancelled, the log says so already.
struct Watched {
    entry: Entry,
    answer: Chunks,
}

impl Stream for Watched {
    type Item = reqwest::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = ready!(self.answer.poll_next_unpin(cx));
        match &next {
            Some(Ok(chunk)) => self.entry.saw(chunk),
            Some(Err(cause)) => self.entry.break_off(&chain(cause)),
            None => self.entry.complete(),
        }
        Poll::Ready(next)
    }
}

/// The headers that are meant for the other end. The rest belongs to one connection, and each connection
/// makes its own.
pub(super) fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let named: Vec<String> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|names| names.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    let hop_by_hop = |name: &HeaderName| {
        HOP_BY_HOP.contains(name)
            || name.as_str() == "keep-alive"
            || named.iter().any(|named| named == name.as_str())
    };
    headers
        .iter()
        .filter(|(name, _)| !hop_by_hop(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .fold(HeaderMap::new(), |mut kept, (name, value)| {
            kept.append(name, value);
            kept
        })
}

/// RFC 9110, section 7.6.1.
const HOP_BY_HOP: [HeaderName; 7] = [
    CONNECTION,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Headers by name, in lower case; what is no text is left out.
pub(super) fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |(name, value): (&HeaderName, &axum::http::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    headers.iter().filter_map(text).collect()
}

/// In the shape of the server's own errors, which clients read already.
pub(super) fn refusal(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({ "error": error }))).into_response()
}

/// The HTTP client's first word is only "error sending request": the cause is what tells.
pub(super) fn chain(error: &dyn Error) -> String {
    std::iter::successors(error.source(), |cause| (*cause).source())
        .fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
