//! Fetch: from a source into staging.

use std::collections::BTreeMap;

use crate::source::{Fetched, Folder, SourceError, Workday};
use crate::store::{Staging, Store, StoreError};

/// Where postings come from.
#[derive(Debug)]
pub enum Source {
    /// A careers site on Workday, or its stand-in.
    Workday(Box<Workday>),
    /// A folder of Workday detail responses.
    Folder(Folder),
}

/// What a fetch brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchReport {
    /// Postings asked for.
    pub wanted: usize,
    /// Postings that the source says it has, where it says so.
    pub listed: Option<usize>,
    /// Postings read, refused ones included.
    pub fetched: usize,
    /// What staging took.
    pub staging: Staging,
    /// Refused postings by reason.
    pub refused: BTreeMap<String, usize>,
    /// Postings that were listed and are gone.
    pub withdrawn: usize,
    /// Postings that were listed more than once.
    pub duplicates: usize,
    /// Mean length of the acceptable descriptions in characters; the plan wants 2,000 or more. `None` without any.
    pub average_description_chars: Option<usize>,
    /// Why the listing cannot be taken for whole, where it cannot.
    pub incomplete: Option<String>,
}

/// A fetch that failed.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The source failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Staging failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Fetches until `wanted` acceptable postings are staged or the source has no more.
///
/// `on_detail` is told the number of postings read so far.
///
/// # Errors
/// [`FetchError`], by the part that failed. What was staged before stays.
pub async fn fetch_and_stage(
    store: &Store,
    source: &Source,
    wanted: usize,
    on_detail: &(dyn Fn(usize) + Send + Sync),
) -> Result<FetchReport, FetchError> {
    let fetched = match source {
        Source::Workday(workday) => workday.fetch(wanted, on_detail).await?,
        Source::Folder(folder) => folder.fetch(wanted, on_detail).await?,
    };
    let staging = store.stage(&fetched.postings).await?;
    Ok(report(wanted, &fetched, staging))
}

fn report(wanted: usize, fetched: &Fetched, staging: Staging) -> FetchReport {
    FetchReport {
        wanted,
        listed: fetched.listed,
        fetched: fetched.postings.len(),
        staging,
        refused: fetched
            .refused_by_reason()
            .into_iter()
            .map(|(reason, count)| (reason.to_owned(), count))
            .collect(),
        withdrawn: fetched.withdrawn,
        duplicates: fetched.duplicates,
        average_description_chars: fetched.average_description_chars(),
        incomplete: fetched.incomplete.clone(),
    }
}
