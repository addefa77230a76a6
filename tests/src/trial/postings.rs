//! The postings of a trial: fetched and promoted, or there already.

use std::collections::BTreeSet;
use std::time::Duration;

use fixtures::workday::WorkdayStandIn;
use wave_runner::batch::{FetchError, Source, fetch_and_stage};
use wave_runner::source::{Folder, Workday, WorkdaySettings};
use wave_runner::store::{ErrorType, Failure, Store};

use super::tape::Tape;
use super::{
    Observer, Phase, PostingsChoice, TrialError, TrialSettings, fetch_summary, with_causes,
};
use crate::clock;
use crate::record::FetchReport;
use crate::witness::SiteWitness;

/// The careers-site stand-in offers this many postings more than are asked for, a fifth: some are refused or
/// withdrawn, as on the real site.
const SPARE_SHARE: usize = 5;

/// The postings of a batch, and the fetch that brought them.
pub(super) struct Chosen {
    pub(super) posting_ids: Vec<i64>,
    pub(super) fetch: Option<FetchReport>,
}

/// Does the fetch and promote phases, or takes the ids as given.
pub(super) async fn choose(
    settings: &TrialSettings,
    store: &Store,
    tape: &Tape,
    observer: &dyn Observer,
) -> Result<Chosen, TrialError> {
    if let PostingsChoice::Promoted(posting_ids) = &settings.postings {
        return Ok(Chosen {
            posting_ids: posting_ids.clone(),
            fetch: None,
        });
    }
    let mut fetch = fetch(settings, store, tape, observer).await?;
    observer.begin(Phase::Promote, settings.batch_size as u64);
    let promotion = store.promote(settings.batch_size).await?;
    fetch.promoted = promotion.posting_ids.len() as u64;
    observer.end(
        Phase::Promote,
        &format!("{} postings promoted", promotion.posting_ids.len()),
    );
    Ok(Chosen {
        posting_ids: promotion.posting_ids,
        fetch: Some(fetch),
    })
}

/// The fetch phase alone.
pub(super) async fn fetch(
    settings: &TrialSettings,
    store: &Store,
    tape: &Tape,
    observer: &dyn Observer,
) -> Result<FetchReport, TrialError> {
    let wanted = settings.batch_size;
    observer.begin(Phase::Fetch, wanted as u64);
    let (source, _site) = source(settings, store, tape).await?;
    let began = clock::now();
    let on_detail = |read: usize| observer.at(Phase::Fetch, read as u64);
    let report = match fetch_and_stage(store, &source, wanted, &on_detail).await {
        Ok(report) => report,
        Err(error) => {
            if let FetchError::Source(error) = &error {
                note_source_error(store, with_causes(error)).await;
            }
            return Err(TrialError::fetch(error, &settings.postings));
        }
    };
    observer.end(Phase::Fetch, &fetch_summary(&report));
    Ok(FetchReport {
        wanted: wanted as u64,
        listed: report.listed.map(|listed| listed as u64),
        fetched: report.fetched as u64,
        promoted: 0,
        refused: report
            .refused
            .into_iter()
            .map(|(reason, n)| (reason, n as u64))
            .collect(),
        withdrawn: report.withdrawn as u64,
        duplicates: report.duplicates as u64,
        average_description_chars: report.average_description_chars.map(|chars| chars as u64),
        duration_seconds: (clock::now() - began).as_seconds_f64(),
    })
}

/// A failed fetch leaves its trace in `workflow_errors`, where people look for the night's errors.
async fn note_source_error(store: &Store, message: String) {
    let failure = Failure::new(ErrorType::Source, message);
    if let Err(error) = store.note_error(None, &failure).await {
        tracing::warn!(%error, "the failed fetch could not be noted in workflow_errors");
    }
}

/// What has to be there for as long as a source is asked.
#[derive(Default)]
struct KeptSite {
    _stand_in: Option<WorkdayStandIn>,
    _witness: Option<SiteWitness>,
}

async fn source(
    settings: &TrialSettings,
    store: &Store,
    tape: &Tape,
) -> Result<(Source, KeptSite), TrialError> {
    let known: BTreeSet<String> = store.processed_external_ids().await?.into_iter().collect();
    let workday = |settings| {
        Workday::new(settings)
            .map(|site| Source::Workday(Box::new(site)))
            .map_err(|error| TrialError::Source(Box::new(error)))
    };
    match &settings.postings {
        PostingsChoice::Folder(dir) => {
            let folder = Folder::new(dir).passing_over(known);
            Ok((Source::Folder(folder), KeptSite::default()))
        }
        PostingsChoice::Workday(site) => {
            let known = known.union(&site.known).cloned().collect();
            let site = WorkdaySettings {
                known,
                ..(**site).clone()
            };
            let (site, witness) = tape.before_site(site).await?;
            let kept = KeptSite {
                _witness: witness,
                ..KeptSite::default()
            };
            Ok((workday(site)?, kept))
        }
        PostingsChoice::Replayed => Err(TrialError::Input(
            "postings are replayed from the cassette of the model server, and it has none"
                .to_owned(),
        )),
        PostingsChoice::Simulated | PostingsChoice::Promoted(_) => {
            // A longer listing begins with the shorter one: those taken before are on it, too.
            let wanted = settings.batch_size + known.len();
            let offered = wanted + wanted.div_ceil(SPARE_SHARE);
            let stand_in =
                WorkdayStandIn::start(fixtures::postings::postings(settings.seed, offered)).await;
            let site = WorkdaySettings {
                base_url: stand_in.url(),
                page_pause: Duration::ZERO,
                detail_pause: Duration::ZERO,
                known,
                ..WorkdaySettings::default()
            };
            let (site, witness) = tape.before_site(site).await?;
            let kept = KeptSite {
                _stand_in: Some(stand_in),
                _witness: witness,
            };
            Ok((workday(site)?, kept))
        }
    }
}
