//! One exchange while it is under way.

use std::sync::Arc;

use super::{
    answer::AnswerReader,
    log::Log,
    question::Question,
    tape::{Passed, Taping},
};
use crate::record::{Exchange, ExchangeEnd};

/// One exchange while it is under way. Whoever drops it without having finished it is a client that left:
/// the server stops polling a request whose connection is gone, and drops what belongs to it.
#[derive(Debug)]
pub(super) struct Entry {
    log: Arc<Log>,
    exchange: Exchange,
    answer: AnswerReader,
    /// `content-length`, where the server gave one.
    announced: Option<u64>,
    noted: bool,
    /// What goes on the tape, where there is one.
    taping: Option<Taping>,
}

impl Entry {
    /// To be called just before the request is passed on.
    pub(super) fn begin(log: &Arc<Log>, question: Question, taping: Option<Taping>) -> Self {
        let now = log.clock.now();
        let exchange = Exchange {
            id: log.begin(),
            server: log.server.clone(),
            worker: None,
            model: question.model,
            prompt_sha256: question.prompt_sha256,
            num_ctx: question.num_ctx,
            num_predict: question.num_predict,
            sent_at: now,
            first_byte_at: None,
            last_byte_at: None,
            ended_at: now,
            status: None,
            bytes: 0,
            final_line: None,
            error: None,
            ended: ExchangeEnd::ClientLeft,
        };
        Self {
            log: Arc::clone(log),
            exchange,
            answer: AnswerReader::default(),
            announced: None,
            noted: false,
            taping,
        }
    }

    /// The server's head has arrived, and with it perhaps the length of the body.
    pub(super) fn answered(
        &mut self,
        status: u16,
        headers: Vec<(String, String)>,
        announced: Option<u64>,
    ) {
        self.exchange.status = Some(status);
        if let Some(taping) = &mut self.taping {
            taping.passed.headers = headers;
        }
        self.announced = announced;
        self.complete_if_all_is_here();
    }

    /// A chunk of the server's body has arrived.
    ///
    /// With the final line the exchange is complete and noted at once: a client may close the connection on
    /// reading it, and may look into the log before the end of the stream has gone by.
    pub(super) fn saw(&mut self, chunk: &[u8]) {
        if chunk.is_empty() {
            return;
        }
        let now = self.log.clock.now();
        self.exchange.first_byte_at.get_or_insert(now);
        self.exchange.last_byte_at = Some(now);
        self.exchange.bytes += u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        self.answer.feed(chunk);
        if let Some(taping) = &mut self.taping {
            taping.passed.answer.extend_from_slice(chunk);
        }
        if self.answer.final_line().is_some() {
            self.note(ExchangeEnd::Completed);
        }
        self.complete_if_all_is_here();
    }

    /// A body whose length was announced is not asked for its end: nobody would call [`Entry::complete`].
    fn complete_if_all_is_here(&mut self) {
        if self.announced == Some(self.exchange.bytes) {
            self.complete();
        }
    }

    /// The server has said everything.
    pub(super) fn complete(&mut self) {
        self.answer.end();
        self.note(ExchangeEnd::Completed);
    }

    /// The server could not be reached, or broke off. After the final line that is of no consequence.
    pub(super) fn break_off(&mut self, why: &str) {
        if !self.noted {
            self.exchange.error = Some(why.to_owned());
            self.note(ExchangeEnd::UpstreamFailed);
        }
    }

    fn note(&mut self, ended: ExchangeEnd) {
        self.exchange.ended = ended;
        self.exchange.ended_at = self.log.clock.now();
        self.exchange.final_line = self.answer.final_line().cloned();
        if let Some(error) = self.answer.error() {
            self.exchange.error = Some(error.to_owned());
        }
        self.log.note(&self.exchange);
        self.noted = true;
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if !self.noted {
            self.note(ExchangeEnd::ClientLeft);
        }
        if let Some(taping) = self.taping.take() {
            let Exchange {
                sent_at,
                first_byte_at,
                last_byte_at,
                status,
                ended,
                ..
            } = self.exchange;
            let _ = taping.tape.keep(&Passed {
                status,
                sent_at,
                first_byte_at,
                last_byte_at,
                ended,
                ..taping.passed
            });
        }
        self.log.end();
    }
}
