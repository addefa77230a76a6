//! The Workday client against a stand-in with the real site's habits, and against each of its failures.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a test that cannot go on has failed"
)]

mod failures;
mod fetching;
mod lists;

use std::time::Duration;

use fixtures::postings::postings;
use fixtures::workday::{Behaviour, Fault, WorkdayStandIn};
use url::Url;
use wave_runner::source::{Backoff, Fetched, SourceError, Workday, WorkdaySettings};

/// Three tries, no pauses, and waits too short to notice.
fn settings(base_url: Url) -> WorkdaySettings {
    let short = Duration::from_millis(1);
    WorkdaySettings {
        base_url,
        page_pause: Duration::ZERO,
        detail_pause: Duration::ZERO,
        backoff: Backoff {
            attempts: 3,
            first: short,
            longest: 5 * short,
        },
        ..WorkdaySettings::default()
    }
}

async fn fetch(settings: WorkdaySettings, wanted: usize) -> Result<Fetched, SourceError> {
    Workday::new(settings).unwrap().fetch(wanted, &|_| ()).await
}

/// A stand-in over the usual sixty postings, with the faults given.
async fn site_with(faults: Vec<Fault>) -> WorkdayStandIn {
    WorkdayStandIn::start_with(
        postings(42, 60),
        Behaviour {
            faults,
            ..Behaviour::default()
        },
    )
    .await
}
