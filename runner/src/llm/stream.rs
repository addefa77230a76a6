//! Reads the body of a streamed answer under the idle limit.

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::Response;
use tokio::time::timeout;

use super::error::LlmError;
use super::generation::{Answer, Generation};
use super::incoming::Incoming;

/// How long the end of a response is waited for after the server said `done`. Reading it to its end keeps
/// the connection for the next call; an answer that is whole is never lost for want of it.
const FAREWELL: Duration = Duration::from_millis(250);

/// Reads `response` to its end. The answer on its way is the caller's, who still wants its count if a limit ends this.
pub(super) async fn read(
    response: Response,
    generation: &Generation,
    answer: &mut Incoming<'_>,
    idle: Duration,
) -> Result<Answer, LlmError> {
    let mut body = response.bytes_stream();
    // Before the first byte the server may be queueing, swapping or loading: no idle limit there.
    let mut next = Ok(body.next().await);
    loop {
        match next {
            Ok(Some(Ok(bytes))) => answer.push(&bytes)?,
            Ok(None) => break,
            Ok(Some(Err(_))) | Err(_) if answer.is_done() => break,
            Ok(Some(Err(error))) => {
                return Err(LlmError::CutShort {
                    model: generation.model.clone(),
                    received: answer.received(),
                    cause: innermost(&error),
                });
            }
            Err(_) => {
                return Err(LlmError::Stalled {
                    model: generation.model.clone(),
                    idle,
                    received: answer.received(),
                });
            }
        }
        let patience = if answer.is_done() { FAREWELL } else { idle };
        next = timeout(patience, body.next()).await;
    }
    answer.finish()
}

/// The innermost cause: the outer ones only say that something went wrong with a request.
pub(super) fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
