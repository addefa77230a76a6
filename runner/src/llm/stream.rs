//! Reads the body of a streamed answer under the idle limit.

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::Response;
use tokio::time::timeout;

use super::assembly::Assembly;
use super::error::LlmError;
use super::generation::{Answer, Generation};
use super::ndjson::Reader;

/// How long the end of a response is waited for after the server said `done`. Reading it to its end keeps
/// the connection for the next call; an answer that is whole is never lost for want of it.
const FAREWELL: Duration = Duration::from_millis(250);

/// Reads `response` to its end. The reader is the caller's, who still wants its count if a limit ends this.
pub(super) async fn read(
    response: Response,
    generation: &Generation,
    reader: &mut Reader,
    idle: Duration,
) -> Result<Answer, LlmError> {
    let mut assembly = Assembly::of(generation);
    let mut body = response.bytes_stream();
    // Before the first byte the server may be queueing, swapping or loading: no idle limit there.
    let mut next = Ok(body.next().await);
    loop {
        match next {
            Ok(Some(Ok(bytes))) => assembly.take(reader.push(&bytes))?,
            Ok(None) => break,
            Ok(Some(Err(_))) | Err(_) if assembly.is_done() => break,
            Ok(Some(Err(error))) => {
                return Err(LlmError::CutShort {
                    model: generation.model.clone(),
                    received: reader.received(),
                    cause: innermost(&error),
                });
            }
            Err(_) => {
                return Err(LlmError::Stalled {
                    model: generation.model.clone(),
                    idle,
                    received: reader.received(),
                });
            }
        }
        let patience = if assembly.is_done() { FAREWELL } else { idle };
        next = timeout(patience, body.next()).await;
    }
    assembly.take(reader.finish())?;
    assembly.conclude()
}

/// The innermost cause: the outer ones only say that something went wrong with a request.
pub(super) fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
