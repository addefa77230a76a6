//! What the runner asks of a model server.

use std::fmt::Debug;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::{Answer, Generation, LlmError, Ollama};

/// A model server, as far as a run over a batch needs one. [`Ollama`] is the real one; whoever measures the runner alone
/// puts one in its place that answers at once.
pub trait ModelServer: Debug + Send + Sync {
    /// Asks for text; `total` is the limit of the whole call. Dropping the future ends the call at the server, too.
    fn generate<'a>(
        &'a self,
        generation: &'a Generation,
        total: Duration,
    ) -> BoxFuture<'a, Result<Answer, LlmError>>;

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

    fn unload<'a>(&'a self, model: &'a str) -> BoxFuture<'a, Result<(), LlmError>> {
        Box::pin(self.unload(model))
    }
}
