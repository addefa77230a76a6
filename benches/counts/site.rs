//! HTTP calls of a fetch.

use benches::site::client;
use fixtures::postings::postings;
use fixtures::workday::WorkdayStandIn;

use crate::Counts;

/// Of 50 postings from a site that lists 60.
pub(crate) async fn count(counts: &mut Counts) {
    let stand_in = WorkdayStandIn::start(postings(benches::journey::SEED, 60)).await;
    let site = client(&stand_in);
    site.fetch(50, &|_| ()).await.unwrap();
    counts.insert(
        "http.fetch_50.pages".to_owned(),
        stand_in.list_calls() as u64,
    );
    counts.insert(
        "http.fetch_50.details".to_owned(),
        stand_in.detail_calls() as u64,
    );
}
