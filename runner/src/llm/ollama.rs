//! The client itself: requests out, events in, limits kept.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use url::Url;

use super::error::LlmError;
use super::generation::{Answer, Generation, Installed, Limits, Loaded, ModelDetails};
use super::incoming::Incoming;
use super::ndjson::beginning;
use super::refusal::Refused;
use super::stream::{self, innermost};
use super::wire::{
    GenerateRequest, InstalledModel, LoadedModel, Models, ShowRequest, Shown, UnloadRequest,
    Version,
};

/// A client of one Ollama server. Cloning shares its connections.
#[derive(Clone, Debug)]
pub struct Ollama {
    http: Client,
    base: Url,
    limits: Limits,
}

impl Ollama {
    /// A client of the server at `base`. Nothing is sent yet.
    ///
    /// Proxies from the environment are not used: a model server is a neighbour, and a proxy between would
    /// buffer the stream. Redirects are not followed: one would turn the POST into a GET.
    ///
    /// # Errors
    /// [`LlmError::Unusable`] if `base` is no http address or the client cannot be built.
    pub fn new(base: Url, limits: Limits) -> Result<Self, LlmError> {
        let unusable = |cause: String| LlmError::Unusable {
            base: base.clone(),
            cause,
        };
        if !matches!(base.scheme(), "http" | "https") {
            return Err(unusable(format!(
                "expected http or https, found {}",
                base.scheme()
            )));
        }
        let http = Client::builder()
            .connect_timeout(limits.connect)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| unusable(innermost(&error)))?;
        let base = with_final_slash(base);
        Ok(Self { http, base, limits })
    }

    /// The server's address.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Asks for text and reads the stream to its end.
    ///
    /// `total` covers everything: the server's queue, a swap, the load and the answer. A request whose
    /// client leaves during a load aborts that load, so a limit shorter than the load would never succeed.
    /// Dropping the future closes the connection, which is how the server learns to stop generating.
    ///
    /// # Errors
    /// Every way not to get a whole answer; see [`LlmError::decision`].
    pub async fn generate(
        &self,
        generation: &Generation,
        total: Duration,
    ) -> Result<Answer, LlmError> {
        let mut answer = Incoming::to(generation);
        match timeout(total, self.exchange(generation, &mut answer)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(LlmError::TimedOut {
                model: generation.model.clone(),
                limit: total,
                received: answer.received(),
            }),
        }
    }

    /// The models in the server's memory.
    ///
    /// # Errors
    /// [`LlmError::Unreachable`], also after the idle limit, or [`LlmError::NotOllama`].
    pub async fn ps(&self) -> Result<Vec<Loaded>, LlmError> {
        let found: Models<LoadedModel> = self.get("api/ps").await?;
        Ok(found.models.into_iter().map(Loaded::from).collect())
    }

    /// The models on the server's disk.
    ///
    /// # Errors
    /// As [`Ollama::ps`].
    pub async fn tags(&self) -> Result<Vec<Installed>, LlmError> {
        let found: Models<InstalledModel> = self.get("api/tags").await?;
        Ok(found.models.into_iter().map(Installed::from).collect())
    }

    /// The server's version.
    ///
    /// # Errors
    /// As [`Ollama::ps`].
    pub async fn version(&self) -> Result<String, LlmError> {
        let found: Version = self.get("api/version").await?;
        Ok(found.version)
    }

    /// What the server knows of a model on its disk.
    ///
    /// # Errors
    /// [`LlmError::ModelMissing`], and as [`Ollama::ps`].
    pub async fn show(&self, model: &str) -> Result<ModelDetails, LlmError> {
        let shown: Shown = self.post("api/show", model, &ShowRequest { model }).await?;
        Ok(shown.into())
    }

    /// Asks the server to drop an idle model from its memory; a busy one goes when its calls are done.
    ///
    /// # Errors
    /// [`LlmError::ModelMissing`], and as [`Ollama::ps`].
    pub async fn unload(&self, model: &str) -> Result<(), LlmError> {
        let request = UnloadRequest {
            model,
            keep_alive: 0,
        };
        let _: serde_json::Value = self.post("api/generate", model, &request).await?;
        Ok(())
    }

    async fn exchange(
        &self,
        generation: &Generation,
        answer: &mut Incoming<'_>,
    ) -> Result<Answer, LlmError> {
        let model = &generation.model;
        let request = GenerateRequest::from(generation);
        let url = self.url("api/generate")?;
        let response = match self.http.post(url).json(&request).send().await {
            Ok(response) => self.accepted(model, response).await,
            Err(error) if error.is_connect() => Err(self.unreachable(innermost(&error))),
            Err(error) => Err(LlmError::CutShort {
                model: model.clone(),
                received: 0,
                cause: innermost(&error),
            }),
        };
        let outcome = match response {
            Ok(response) => stream::read(response, generation, answer, self.limits.idle).await,
            Err(refusal) => Err(refusal),
        };
        match outcome {
            Err(error) if error.may_be_an_outage() => Err(self.unless_away(error).await),
            told => told,
        }
    }

    /// What stands before a server, a proxy or a port's forwarder, takes connections also while nobody is behind it. The
    /// call then ends like one that killed the server, but is no fault of its prompt: whether the server is there decides.
    async fn unless_away(&self, error: LlmError) -> LlmError {
        match self.version().await {
            Err(LlmError::Unreachable { .. } | LlmError::ServerFailed { .. }) => {
                self.unreachable(error.to_string())
            }
            _ => error,
        }
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, LlmError> {
        let request = self.http.get(self.url(path)?);
        self.call(path, path, request).await
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        model: &str,
        body: &impl Serialize,
    ) -> Result<T, LlmError> {
        let request = self.http.post(self.url(path)?).json(body);
        self.call(path, model, request).await
    }

    /// One call that generates nothing: its whole answer is due within the idle limit.
    async fn call<T: DeserializeOwned>(
        &self,
        path: &str,
        subject: &str,
        request: RequestBuilder,
    ) -> Result<T, LlmError> {
        let lost = |error: reqwest::Error| self.unreachable(innermost(&error));
        let exchange = async {
            let response = request.send().await.map_err(lost)?;
            let response = self.accepted(subject, response).await?;
            response.bytes().await.map_err(lost)
        };
        let Ok(body) = timeout(self.limits.idle, exchange).await else {
            let cause = format!("no answer to {path} within {:?}", self.limits.idle);
            return Err(self.unreachable(cause));
        };
        let body = body?;
        match serde_json::from_slice(&body) {
            Ok(found) => Ok(found),
            Err(_) => Err(LlmError::NotOllama {
                url: self.url(path)?,
                found: beginning(&body),
            }),
        }
    }

    /// Passes a success on and reads a refusal into an error.
    async fn accepted(&self, model: &str, response: Response) -> Result<Response, LlmError> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        // A refusal whose body is lost is still a refusal with that status.
        let body = response.bytes().await.unwrap_or_default();
        let refused = Refused {
            base: &self.base,
            model,
            status: status.as_u16(),
        };
        Err(refused.read(&body))
    }

    fn unreachable(&self, cause: String) -> LlmError {
        LlmError::Unreachable {
            base: self.base.clone(),
            cause,
        }
    }

    fn url(&self, path: &str) -> Result<Url, LlmError> {
        self.base.join(path).map_err(|error| LlmError::Unusable {
            base: self.base.clone(),
            cause: error.to_string(),
        })
    }
}

/// A server may live below a path; without the final slash, joining would replace its last segment.
fn with_final_slash(mut base: Url) -> Url {
    if !base.path().ends_with('/') {
        let path = format!("{}/", base.path());
        base.set_path(&path);
    }
    base
}
