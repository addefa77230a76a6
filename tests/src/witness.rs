//! A loopback proxy between the runner and the model server, which notes what passed and when.
//!
//! It makes the evidence independent of the runner: the runner is given [`Witness::url`] in place of the
//! server's, and has no say in what is noted. Requests and answers pass unchanged and unbuffered. Of
//! `POST /api/generate` an [`Exchange`] is kept, without the texts; everything else is counted. Where there is a [`Tape`],
//! the texts go there. [`SiteWitness`] does that for a careers site.

mod answer;
mod entry;
mod log;
mod proxy;
mod question;
mod site;
mod tape;

use std::{collections::BTreeMap, io, net::Ipv4Addr, sync::Arc, time::Duration};

use axum::{Router, serve::ListenerExt};
use thiserror::Error;
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
};
use url::Url;

use self::{log::Log, proxy::Proxy};
pub use self::{
    site::SiteWitness,
    tape::{Passed, Tape},
};
use crate::clock::Clock;
pub use crate::record::Exchange;

/// Two, so that the requests of a pair pass side by side.
const THREADS: usize = 2;
/// A server that accepts no connection for so long is not there. The runner's own limits are for the rest.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// A witness that could not take its place.
#[derive(Debug, Error)]
pub enum WitnessError {
    /// The model server's address is none.
    #[error(
        "expected the model server's address as http://HOST:PORT, found {found}: correct --ollama"
    )]
    NoServerAddress {
        /// What was given.
        found: Url,
    },
    /// No port on loopback.
    #[error("the witness found no free port on 127.0.0.1: {cause}")]
    NoPort {
        /// The operating system's word.
        cause: io::Error,
    },
    /// No threads.
    #[error("the witness could not start its threads: {cause}")]
    NoThreads {
        /// The operating system's word.
        cause: io::Error,
    },
    /// The HTTP client could not be set up.
    #[error("the witness could not set up its HTTP client: {cause}")]
    NoClient {
        /// The client's word.
        cause: reqwest::Error,
    },
}

/// A running witness, in threads of its own: what it notes must not be late because the runner is busy. It stops
/// when dropped, and cuts what is under way; see [`Witness::settled`].
#[derive(Debug)]
pub struct Witness {
    url: Url,
    log: Arc<Log>,
    threads: Option<Runtime>,
}

impl Witness {
    /// Takes a free port on loopback and passes everything on to `upstream`.
    ///
    /// # Errors
    /// When `upstream` is no `http` or `https` address, or no port is free. An upstream that does not
    /// answer is no error: it may come up later, and until then each call is answered 502.
    pub async fn start(upstream: Url) -> Result<Self, WitnessError> {
        let server = upstream.as_str().trim_end_matches('/').to_owned();
        Self::before(upstream, server, Clock::default(), None).await
    }

    /// The same before a server that goes by another name than its address, with the clock of this machine as given.
    /// Whatever passes is kept on the tape, where there is one.
    ///
    /// # Errors
    /// As [`Witness::start`].
    pub async fn before(
        upstream: Url,
        server: String,
        clock: Clock,
        tape: Option<Arc<dyn Tape>>,
    ) -> Result<Self, WitnessError> {
        if !matches!(upstream.scheme(), "http" | "https") || !upstream.has_host() {
            return Err(WitnessError::NoServerAddress { found: upstream });
        }
        let (threads, listener, port) = place().await?;
        let log = Arc::new(Log::of(server, clock));
        let proxy = Proxy::new(client()?, &upstream, Arc::clone(&log), tape);
        let router = Router::new()
            .fallback(proxy::forward)
            .with_state(Arc::new(proxy));
        threads.spawn(serve(listener, router));
        Ok(Self {
            url: loopback(port),
            log,
            threads: Some(threads),
        })
    }

    /// Where the runner finds the model server.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Hands over every `/api/generate` call that has ended since the last time, in order of arrival. One of which more
    /// becomes known, as the last bytes after its final line, is handed over again under its number.
    pub fn take(&self) -> Vec<Exchange> {
        self.log.take()
    }

    /// Every `/api/generate` call that has ended and was not taken, in order of arrival.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.log.exchanges()
    }

    /// How often each other call was made, such as `GET /api/ps`.
    pub fn others(&self) -> BTreeMap<String, u64> {
        self.log.others()
    }

    /// Waits until no call is under way. A client that has just left is then noted as having left.
    pub async fn settled(&self) {
        self.log.settled().await;
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        if let Some(threads) = self.threads.take() {
            // Waiting is forbidden inside another runtime, and there is nothing to wait for.
            threads.shutdown_background();
        }
    }
}

/// Straight to the server: no proxy from the environment, no redirect followed, nothing unpacked.
fn client() -> Result<reqwest::Client, WitnessError> {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_LIMIT)
        .build()
        .map_err(|cause| WitnessError::NoClient { cause })
}

/// Threads, and a free port on loopback that is bound within them: they then watch over its connections.
async fn place() -> Result<(Runtime, TcpListener, u16), WitnessError> {
    let threads = Builder::new_multi_thread()
        .worker_threads(THREADS)
        .thread_name("witness")
        .enable_all()
        .build()
        .map_err(|cause| WitnessError::NoThreads { cause })?;
    let listener = threads
        .spawn(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
        .await
        .unwrap_or_else(|panic| Err(io::Error::other(panic)))
        .map_err(|cause| WitnessError::NoPort { cause })?;
    let port = listener
        .local_addr()
        .map_err(|cause| WitnessError::NoPort { cause })?
        .port();
    Ok((threads, listener, port))
}

#[expect(clippy::expect_used, reason = "any port makes a valid address")]
fn loopback(port: u16) -> Url {
    Url::parse(&format!("http://{}:{port}", Ipv4Addr::LOCALHOST)).expect("an address with a port")
}

async fn serve(listener: TcpListener, router: Router) {
    // Tokens are small: with Nagle's algorithm on they would be held back for 40 ms, and the witness would
    // change what it measures.
    let listener = listener.tap_io(|stream| {
        if let Err(cause) = stream.set_nodelay(true) {
            tracing::debug!(%cause, "the connection keeps Nagle's algorithm");
        }
    });
    if let Err(cause) = axum::serve(listener, router).await {
        tracing::error!(%cause, "the witness has stopped");
    }
}
