//! A careers site that is asked without a pause.

use std::time::Duration;

use fixtures::workday::{SITE, TENANT, WorkdayStandIn};
use wave_runner::source::{Workday, WorkdaySettings};

/// A client of the stand-in.
pub fn client(stand_in: &WorkdayStandIn) -> Workday {
    Workday::new(WorkdaySettings {
        base_url: stand_in.url(),
        tenant: TENANT.to_owned(),
        site: SITE.to_owned(),
        page_pause: Duration::ZERO,
        detail_pause: Duration::ZERO,
        ..WorkdaySettings::default()
    })
    .unwrap()
}
