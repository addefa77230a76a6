//! The barrier: what has to be on the disk before a result is.

use std::fmt::Debug;

use futures_util::future::BoxFuture;

/// Makes durable what was seen until now.
///
/// Evidence is written before the result that rests on it: whoever finds a completed interaction after a crash finds
/// what was seen of its call, too. So this is awaited before each group of completions, after the calls' slots are
/// free again; the model server never waits for it.
pub trait Barrier: Debug + Send + Sync {
    /// Returns when everything that was seen before the call is durable. An error says why it is not; the group is then
    /// tried again, as with a database that is away.
    fn settle(&self) -> BoxFuture<'_, Result<(), String>>;
}
