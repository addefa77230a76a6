//! What only a bare socket can show: stalls, cuts, silence, and a client that leaves.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use wave_runner::llm::{Decision, Limits, LlmError, Ollama};

use super::*;

/// Long enough for a loopback connection, short enough to wait out.
const SHORT: Duration = Duration::from_millis(100);

const HEAD: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";

const TEXT: &str = "{\"response\":\"PASS\",\"done\":false}\n";

const DONE: &str = "{\"response\":\"\",\"done\":true,\"done_reason\":\"stop\"}\n";

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

/// Reads a request up to what it ends with.
async fn read_request(mut connection: TcpStream, end: &[u8]) -> TcpStream {
    let mut request = Vec::new();
    while !request.ends_with(end) {
        assert_ne!(connection.read_buf(&mut request).await.unwrap(), 0);
    }
    connection
}

/// Takes one connection, reads its request and sends `response`. The connection comes back open.
async fn serving(response: String) -> (Url, JoinHandle<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        let (connection, _) = listener.accept().await.unwrap();
        let mut connection = read_request(connection, b"}").await;
        connection.write_all(response.as_bytes()).await.unwrap();
        connection
    });
    (Url::parse(&url).unwrap(), serving)
}

fn impatient(base: Url) -> Ollama {
    let limits = Limits {
        idle: SHORT,
        ..Limits::default()
    };
    Ollama::new(base, limits).unwrap()
}

#[tokio::test]
async fn silence_in_mid_answer_is_a_stall() {
    let (url, connection) = serving(format!("{HEAD}{}", chunk(TEXT))).await;
    let error = impatient(url)
        .generate(&generation(), TOTAL)
        .await
        .unwrap_err();
    let expected = LlmError::Stalled {
        model: MODEL.to_owned(),
        idle: SHORT,
        received: TEXT.len(),
    };
    assert_eq!(error, expected);
    assert_eq!(error.decision(), Decision::RetryFresh);
    drop(connection);
}

#[tokio::test]
async fn silence_before_the_first_byte_is_only_bounded_by_the_total_limit() {
    for response in [String::new(), HEAD.to_owned()] {
        let (url, connection) = serving(response).await;
        let error = impatient(url)
            .generate(&generation(), 3 * SHORT)
            .await
            .unwrap_err();
        let expected = LlmError::TimedOut {
            model: MODEL.to_owned(),
            limit: 3 * SHORT,
            received: 0,
        };
        assert_eq!(error, expected);
        assert!(error.is_our_own_limit());
        assert_eq!(error.decision(), Decision::RetryLater);
        drop(connection);
    }
}

#[tokio::test]
async fn a_connection_that_breaks_in_mid_answer_is_cut_short() {
    let (url, connection) = serving(format!("{HEAD}{}", chunk(TEXT))).await;
    tokio::spawn(async move { drop(connection.await) });
    let error = client(url.as_str())
        .generate(&generation(), TOTAL)
        .await
        .unwrap_err();
    assert!(
        matches!(error, LlmError::CutShort { received, .. } if received == TEXT.len()),
        "{error}"
    );
    assert_eq!(error.decision(), Decision::RetryFresh);
}

#[tokio::test]
async fn a_connection_that_breaks_before_any_response_is_cut_short_where_the_server_is_still_there()
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        let (first, _) = listener.accept().await.unwrap();
        drop(read_request(first, b"}").await);
        let (second, _) = listener.accept().await.unwrap();
        let mut second = read_request(second, b"\r\n\r\n").await;
        let body = r#"{"version":"0.12.6"}"#;
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        second.write_all(answer.as_bytes()).await.unwrap();
        second
    });
    let error = client(&url)
        .generate(&generation(), TOTAL)
        .await
        .unwrap_err();
    assert!(
        matches!(error, LlmError::CutShort { received: 0, .. }),
        "{error}"
    );
    assert!(!error.is_our_own_limit());
    drop(serving);
}

#[tokio::test]
async fn a_door_that_takes_connections_for_a_server_that_is_away_is_an_outage() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let door = tokio::spawn(async move {
        loop {
            drop(listener.accept().await);
        }
    });
    let error = client(&url)
        .generate(&generation(), TOTAL)
        .await
        .unwrap_err();
    assert!(matches!(error, LlmError::Unreachable { .. }), "{error}");
    assert_eq!(error.decision(), Decision::RetryLater);
    assert_eq!(error.class().row().attempts, None);
    door.abort();
}

#[tokio::test]
async fn an_answer_that_is_done_survives_a_connection_that_never_ends() {
    let (url, connection) = serving(format!("{HEAD}{}{}", chunk(TEXT), chunk(DONE))).await;
    let answer = client(url.as_str())
        .generate(&generation(), TOTAL)
        .await
        .unwrap();
    assert_eq!(answer.text, "PASS");
    drop(connection);
}

#[tokio::test]
async fn nobody_listening_is_unreachable_and_names_the_address() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let error = client(&url)
        .generate(&generation(), TOTAL)
        .await
        .unwrap_err();
    assert!(matches!(error, LlmError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains(&url), "{error}");
    assert_eq!(error.decision(), Decision::RetryLater);
}

#[tokio::test]
async fn a_call_that_is_dropped_closes_its_connection() {
    let (url, connection) = serving(format!("{HEAD}{}", chunk(TEXT))).await;
    let client = client(url.as_str());
    let call = tokio::spawn(async move { client.generate(&generation(), TOTAL).await });
    let mut connection = connection.await.unwrap();
    call.abort();
    let end = connection.read(&mut [0; 16]).await;
    assert!(
        matches!(end, Ok(0) | Err(_)),
        "the connection is still in use: {end:?}"
    );
}
