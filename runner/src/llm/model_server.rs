//! What the runner asks of a model server.

use std::fmt::Debug;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::{Answer, Generation, LlmError, Loaded, Ollama};

/// A model server, as far as a run over a batch needs one. [`Ollama`] is the real one; whoever measures the runner alone
/// puts one in its place that answers at once.
pub trait ModelServer: Debug + Send + Sync {
    /// Asks for text; `total` is the limit of the whole call. Dropping the future ends the call at the server, too.
    fn generate<'a>(
        &'a self,
        generation: &'a Generation,
        total: Duration,
    ) -> BoxFuture<'a, Result<Answer, LlmError>>;

    /// The models in the server's memory.
    fn loaded(&self) -> BoxFuture<'_, Result<Vec<Loaded>, LlmError>>;

    /// Asks the server to drop an idle model from its memory.
    fn unload<'a>(&'a self, model: &'a str) -> BoxFuture<'a, Result<(), LlmError>>;
}

impl ModelServer for Ollama {
    fn generate<'a>(
        &'a self,
        generation: &'a Generation,
        total: Duration,
    ) -> BoxFuture<'a, Result<Answer, LlmError>> {
        Box::pin(self.generate(generation, total))
    }

    fn loaded(&self) -> BoxFuture<'_, Result<Vec<Loaded>, LlmError>> {
        Box::pin(self.ps())
    }

    fn unload<'a>(&'a self, model: &'a str) -> BoxFuture<'a, Result<(), LlmError>> {
        Box::pin(self.unload(model))
    }
}
