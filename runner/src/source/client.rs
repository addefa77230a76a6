//! The two HTTP calls of a Workday careers site, asked again where that may help.

use std::error::Error;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, redirect};
use serde_json::{Value, json};
use tokio::time::sleep;
use url::{Host, Url};

use super::backoff::retry_after;
use super::error::{SiteFault, SourceError};
use super::listing::PAGE_SIZE;
use super::reply::{self, Answer, Reply};
use super::workday::WorkdaySettings;
use crate::clock;

/// A page of the list has 16 KB and a detail 9 KB; the longest description known has 81,000 characters.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Asks one careers site.
#[derive(Debug, Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    settings: WorkdaySettings,
}

/// A failed try, and how long the server asks us to wait.
struct Failure {
    fault: SiteFault,
    retry_after: Option<Duration>,
}

impl Client {
    pub(super) fn new(settings: WorkdaySettings) -> Result<Self, SourceError> {
        let mut http = reqwest::Client::builder()
            .user_agent(concat!(
                env!("CARGO_PKG_NAME"),
                "/",
                env!("CARGO_PKG_VERSION")
            ))
            // Followed, the redirect to the maintenance page turns a POST into a GET and a fault into a 200.
            .redirect(redirect::Policy::none())
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.timeout);
        if is_loopback(&settings.base_url) {
            // A proxy set for the internet cannot reach a stand-in on this machine.
            http = http.no_proxy();
        }
        let http = http.build().map_err(SourceError::Client)?;
        Ok(Self { http, settings })
    }

    /// The page of the list that starts at `offset`.
    pub(super) async fn list(&self, offset: usize) -> Result<Value, SourceError> {
        let url = self.url("/jobs");
        let question = json!({
            "appliedFacets": {}, "limit": PAGE_SIZE, "offset": offset, "searchText": ""
        });
        self.ask(
            &url,
            || self.http.post(url.clone()).json(&question),
            reply::list,
        )
        .await
    }

    /// The detail of the posting at `path`, as the list gives it.
    pub(super) async fn detail(&self, path: &str) -> Result<Reply, SourceError> {
        let url = self.url(path);
        self.ask(&url, || self.http.get(url.clone()), reply::detail)
            .await
    }

    /// The address of the list, for messages.
    pub(super) fn list_url(&self) -> Url {
        without_credentials(self.url("/jobs"))
    }

    fn url(&self, path: &str) -> Url {
        let WorkdaySettings {
            base_url,
            tenant,
            site,
            ..
        } = &self.settings;
        let mut url = base_url.clone();
        url.set_path(&format!(
            "/wday/cxs/{tenant}/{site}/{}",
            path.trim_start_matches('/')
        ));
        url
    }

    /// Sends the request, and sends it again as long as the fault may pass and there are tries left.
    async fn ask<T>(
        &self,
        url: &Url,
        request: impl Fn() -> RequestBuilder,
        read: fn(Answer<'_>) -> Result<T, SiteFault>,
    ) -> Result<T, SourceError> {
        let mut attempts = 0;
        loop {
            let Failure { fault, retry_after } = match try_once(request(), read).await {
                Ok(reply) => return Ok(reply),
                Err(failure) => failure,
            };
            attempts += 1;
            let wait = self.settings.backoff.wait_after(attempts, retry_after);
            let told = without_credentials(url.clone());
            let Some(wait) = wait.filter(|_| fault.may_pass()) else {
                return Err(SourceError::Site {
                    url: told,
                    attempts,
                    fault,
                });
            };
            tracing::debug!(url = %told, attempts, ?wait, %fault, "asking again");
            sleep(wait).await;
        }
    }
}

async fn try_once<T>(
    request: RequestBuilder,
    read: fn(Answer<'_>) -> Result<T, SiteFault>,
) -> Result<T, Failure> {
    let response = request
        .header(ACCEPT, "application/json")
        .send()
        .await
        .map_err(unreachable)?;
    let header = |name| {
        let value = response.headers().get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    let (location, content_type) = (header(LOCATION), header(CONTENT_TYPE));
    let retry_after = header(RETRY_AFTER).and_then(|value| retry_after(&value, clock::now()));
    let status = response.status().as_u16();
    let body = body(response).await?;
    let answer = Answer {
        status,
        location: location.as_deref(),
        content_type: content_type.as_deref(),
        body: &body,
    };
    read(answer).map_err(|fault| Failure { fault, retry_after })
}

impl From<SiteFault> for Failure {
    fn from(fault: SiteFault) -> Self {
        Self {
            fault,
            retry_after: None,
        }
    }
}

async fn body(mut response: Response) -> Result<Vec<u8>, SiteFault> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        body.extend_from_slice(&chunk);
        if body.len() > MOST_BYTES {
            return Err(SiteFault::TooLarge { limit: MOST_BYTES });
        }
    }
    Ok(body)
}

/// The causes from the outermost in, without the URL, which the message names anyway.
fn unreachable(error: reqwest::Error) -> SiteFault {
    let error = error.without_url();
    let mut cause = error.to_string();
    let mut inner = error.source();
    while let Some(error) = inner {
        cause.push_str(": ");
        cause.push_str(&error.to_string());
        inner = error.source();
    }
    SiteFault::Unreachable { cause }
}

/// The address as it may be told: a refusal with it is stored.
fn without_credentials(mut url: Url) -> Url {
    // Both fail for an address that cannot have credentials.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    url
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
