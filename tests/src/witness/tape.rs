//! Whoever keeps what passes, texts included.

use std::fmt::Debug;
use std::sync::Arc;

use axum::http::request::Parts;
use bytes::Bytes;
use chrono::{DateTime, Utc};

use crate::record::ExchangeEnd;

/// Keeps what passes a witness. It is told of each exchange once, when it is over.
pub trait Tape: Debug + Send + Sync {
    /// Keeps an exchange, and answers with the body as it was kept.
    fn keep(&self, passed: &Passed) -> Vec<u8>;
}

/// One exchange, whole.
#[derive(Debug, Clone)]
pub struct Passed {
    /// What the server is called.
    pub server: String,
    /// The method.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The request's body.
    pub request: Vec<u8>,
    /// HTTP status; absent when the server never answered.
    pub status: Option<u16>,
    /// The answer's headers, by name in lower case.
    pub headers: Vec<(String, String)>,
    /// The answer's body, as far as it came.
    pub answer: Vec<u8>,
    /// Just before the request was passed on.
    pub sent_at: DateTime<Utc>,
    /// When the first byte of the answer's body arrived.
    pub first_byte_at: Option<DateTime<Utc>>,
    /// When the last byte of the answer's body arrived.
    pub last_byte_at: Option<DateTime<Utc>>,
    /// How it ended.
    pub ended: ExchangeEnd,
}

impl Passed {
    /// An exchange that has only been asked.
    pub(super) fn begun(server: &str, head: &Parts, body: &Bytes, sent_at: DateTime<Utc>) -> Self {
        let path = head.uri.path_and_query();
        Self {
            server: server.to_owned(),
            method: head.method.to_string(),
            path: path.map_or("/", |path| path.as_str()).to_owned(),
            request: body.to_vec(),
            status: None,
            headers: Vec::new(),
            answer: Vec::new(),
            sent_at,
            first_byte_at: None,
            last_byte_at: None,
            ended: ExchangeEnd::ClientLeft,
        }
    }
}

/// An exchange on its way to the tape.
#[derive(Debug)]
pub(super) struct Taping {
    pub(super) tape: Arc<dyn Tape>,
    pub(super) passed: Passed,
}
