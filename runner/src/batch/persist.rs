//! Writing a result through a database that goes away for a moment.

use std::time::Duration;

use crate::store::{BatchId, ErrorType, Failure, Store, StoreError};

/// Pauses between tries: together less than a lease of a real run, after which a result would meet the fence anyway.
const PAUSES: [Duration; 6] = [
    Duration::from_millis(100),
    Duration::from_millis(300),
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(9),
    Duration::from_secs(27),
];

/// Makes `call` until it succeeds, fails for good, or the pauses are used up.
///
/// A database that was away is not passed over in silence: once it is back, the trouble is noted in
/// `workflow_errors`, where the judge finds it.
pub(super) async fn persist<T, Fut>(
    store: &Store,
    batch: BatchId,
    call: impl Fn() -> Fut,
) -> Result<T, StoreError>
where
    Fut: Future<Output = Result<T, StoreError>>,
{
    let mut trouble = None;
    for pause in PAUSES {
        match store.in_time(call()).await {
            Err(error) if error.is_passing() => {
                tracing::warn!(%error, "the database is away; the write is tried again");
                trouble = Some(error.to_string());
                tokio::time::sleep(pause).await;
            }
            other => {
                note(store, batch, trouble).await;
                return other;
            }
        }
    }
    store.in_time(call()).await
}

async fn note(store: &Store, batch: BatchId, trouble: Option<String>) {
    let Some(message) = trouble else { return };
    let failure = Failure::new(ErrorType::Database, message);
    if let Err(error) = store.note_error(Some(batch), &failure).await {
        tracing::error!(%error, "a database error could not be noted in workflow_errors");
    }
}
