//! A Workday careers site, read through the interface that its own pages use (CXS).

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::sleep;
use url::Url;

use super::backoff::Backoff;
use super::client::Client;
use super::error::SourceError;
use super::fetched::Fetched;
use super::gather::Gathered;
use super::listing::{ListEntry, ListPage, Listing};

/// Which careers site, and how gently it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkdaySettings {
    /// The site's root, with the pod in its host name; any path of it is ignored.
    pub base_url: Url,
    /// The customer's name within Workday.
    pub tenant: String,
    /// The careers site of that customer; some have several.
    pub site: String,
    /// The wait before each page of the list but the first.
    pub page_pause: Duration,
    /// The wait after each round of details.
    pub detail_pause: Duration,
    /// Details asked for at the same time, in one round; 0 counts as 1.
    pub parallel_details: usize,
    /// How often and when a failed call is tried again.
    pub backoff: Backoff,
    /// The longest time to connect.
    pub connect_timeout: Duration,
    /// The longest time for one call, from connecting to the last byte.
    pub timeout: Duration,
    /// External ids to pass over: postings that were taken before and need not be looked at again.
    pub known: BTreeSet<String>,
    /// Details in a row that may be broken before the site is taken for broken.
    pub most_broken_in_a_row: usize,
}

impl Default for WorkdaySettings {
    /// Deutsche Bank's site, at a pace that such sites are known to bear: pages a second apart, four details
    /// at a time (others use up to ten), each of which takes one to two seconds.
    fn default() -> Self {
        Self {
            base_url: deutsche_bank(),
            tenant: "db".to_owned(),
            site: "DBWebsite".to_owned(),
            page_pause: Duration::from_secs(1),
            detail_pause: Duration::from_millis(500),
            parallel_details: 4,
            backoff: Backoff::default(),
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(30),
            known: BTreeSet::new(),
            most_broken_in_a_row: 4,
        }
    }
}

#[expect(
    clippy::expect_used,
    reason = "the address is a constant and a valid one"
)]
fn deutsche_bank() -> Url {
    Url::parse("https://db.wd3.myworkdayjobs.com").expect("a valid URL")
}

/// A careers site to fetch postings from.
#[derive(Debug, Clone)]
pub struct Workday {
    client: Client,
    settings: WorkdaySettings,
}

impl Workday {
    /// A site to fetch from; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`SourceError::Client`] if this machine cannot make an HTTP client.
    pub fn new(settings: WorkdaySettings) -> Result<Self, SourceError> {
        Ok(Self {
            client: Client::new(settings.clone())?,
            settings,
        })
    }

    /// Reads the list, newest first, and the detail of each posting on it, until `wanted` acceptable postings
    /// are there or the list ends. Asks for no detail that is not needed for that.
    ///
    /// After each detail `on_detail` is told how many acceptable postings there are.
    ///
    /// # Errors
    ///
    /// [`SourceError::Site`] if the site does not answer, or answers in a way that will not change with the
    /// next posting; [`SourceError::Shape`] if the list is none. A posting whose detail alone is broken is
    /// refused, and the fetch goes on.
    pub async fn fetch(
        &self,
        wanted: usize,
        on_detail: &(dyn Fn(usize) + Send + Sync),
    ) -> Result<Fetched, SourceError> {
        let mut listing = Listing::default();
        let mut gathered = Gathered::new(wanted, self.settings.most_broken_in_a_row);
        while gathered.missing() > 0 && !listing.has_ended() {
            if listing.offset() > 0 {
                pause(self.settings.page_pause).await;
            }
            let page = self.page(listing.offset()).await?;
            let mut fresh = listing.take(page);
            fresh.retain(|entry| !self.settings.known.contains(&entry.id));
            self.details(fresh, &mut gathered, on_detail).await?;
        }
        Ok(gathered.into_fetched(&listing))
    }

    async fn page(&self, offset: usize) -> Result<ListPage, SourceError> {
        let answer = self.client.list(offset).await?;
        ListPage::read(&answer).map_err(|problem| SourceError::Shape {
            place: self.client.list_url().to_string(),
            problem,
        })
    }

    /// In rounds, not in a stream kept full: a round is never larger than what is missing, so that nothing is
    /// asked for in vain.
    async fn details(
        &self,
        entries: Vec<ListEntry>,
        gathered: &mut Gathered,
        on_detail: &(dyn Fn(usize) + Send + Sync),
    ) -> Result<(), SourceError> {
        let parallel = self.settings.parallel_details.max(1);
        let mut entries = entries.into_iter();
        loop {
            let round: Vec<ListEntry> = entries
                .by_ref()
                .take(parallel.min(gathered.missing()))
                .collect();
            if round.is_empty() {
                return Ok(());
            }
            let answers = join_all(round.iter().map(|entry| self.client.detail(&entry.path))).await;
            for (entry, answer) in round.iter().zip(answers) {
                gathered.take(entry, answer)?;
                on_detail(gathered.acceptable());
            }
            pause(self.settings.detail_pause).await;
        }
    }
}

async fn pause(length: Duration) {
    // A sleep of nothing still waits for the timer's next tick, a millisecond.
    if !length.is_zero() {
        sleep(length).await;
    }
}
