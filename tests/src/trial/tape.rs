//! The cassette of a trial: one that is recorded, one that is replayed, or none.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fixtures::ollama::ModelSpec;
use tokio_util::sync::CancellationToken;
use url::Url;
use wave_runner::batch::Stop;
use wave_runner::llm::{Limits, Ollama};
use wave_runner::source::WorkdaySettings;
use wave_runner::workflow::Workflow;

use super::{ModelServerChoice, Observer, Phase, PostingsChoice, TrialError, TrialSettings};
use crate::cassette::{
    Answers, Cassette, CassetteError, MadeWith, Party, Player, Present, Recorder, Site, StepPrint,
    postings_of, stale,
};
use crate::clock;
use crate::record::{
    CassetteReference, Ended, PostingsFrom, RunRecord, SCHEMA_VERSION, ServerKind,
};
use crate::witness::{self, SiteWitness};

/// The cassette of a trial.
#[derive(Debug)]
pub(super) enum Tape {
    /// There is none.
    None,
    /// Everything is kept on one.
    Recording(Recording),
    /// Everything comes from one.
    Replaying(Box<Replaying>),
}

/// A cassette under way.
#[derive(Debug)]
pub(super) struct Recording {
    recorder: Arc<Recorder>,
    /// Where it comes from: what only the fetch phase knows.
    fetched: Mutex<Fetched>,
}

#[derive(Debug, Clone, Default)]
struct Fetched {
    site: Option<Site>,
    passed_over: BTreeSet<String>,
}

/// A cassette that is served.
#[derive(Debug)]
pub(super) struct Replaying {
    player: Player,
    reference: CassetteReference,
    postings: PostingsFrom,
    seed: Option<u64>,
}

impl Tape {
    /// Begins the cassette that the settings name; answers with the settings that the trial has with it.
    ///
    /// # Errors
    /// When it cannot be recorded or replayed.
    pub(super) async fn begin(
        settings: &TrialSettings,
        workflow: &Workflow,
        observer: &dyn Observer,
    ) -> Result<(Self, TrialSettings), TrialError> {
        match (&settings.model_server, &settings.cassette) {
            (ModelServerChoice::Replay { cassette, .. }, _) => {
                replay(settings, cassette, workflow, observer).await
            }
            (_, Some(dir)) => record(settings, dir),
            (_, None) => Ok((Self::None, settings.clone())),
        }
    }

    /// What the witness before a model server writes to.
    pub(super) fn of_model_server(&self) -> Option<Arc<dyn witness::Tape>> {
        match self {
            Self::Recording(it) => Some(it.recorder.tape(Party::ModelServer)),
            Self::None | Self::Replaying(_) => None,
        }
    }

    /// The replay, where there is one.
    pub(super) fn replaying(&self) -> Option<&Replaying> {
        match self {
            Self::Replaying(it) => Some(it),
            Self::None | Self::Recording(_) => None,
        }
    }

    /// Puts a witness before the careers site, where there is something to record. It has to be kept for as long as the
    /// site is asked.
    pub(super) async fn before_site(
        &self,
        site: WorkdaySettings,
    ) -> Result<(WorkdaySettings, Option<SiteWitness>), TrialError> {
        let Self::Recording(Recording { recorder, fetched }) = self else {
            return Ok((site, None));
        };
        *fetched.lock().unwrap_or_else(PoisonError::into_inner) = Fetched {
            site: Some(Site {
                tenant: site.tenant.clone(),
                site: site.site.clone(),
            }),
            passed_over: site.known.clone(),
        };
        let tape = recorder.tape(Party::CareersSite);
        let upstream = site.base_url.clone();
        let witness = SiteWitness::before(upstream, site.connect_timeout, tape).await?;
        let base_url = witness.url().clone();
        Ok((WorkdaySettings { base_url, ..site }, Some(witness)))
    }

    /// Stops the run at the first request that the cassette has no answer to, for nothing that follows is of that run.
    pub(super) async fn watch(
        &self,
        over: &CancellationToken,
        stop: &Stop,
        observer: &dyn Observer,
    ) {
        let Self::Replaying(replaying) = self else {
            return;
        };
        tokio::select! {
            _miss = replaying.player.missed() => {
                stop.ask();
                observer.stopping("the cassette has no answer to a request");
            }
            () = over.cancelled() => {}
        }
    }

    /// How a batch ended that asked for something that was not recorded.
    pub(super) fn ended(&self, ended: Ended) -> Ended {
        match self.missed() {
            Some(why) => Ended::Failed { why },
            None => ended,
        }
    }

    /// The same before a batch existed: whatever went wrong then followed from it.
    pub(super) fn or_missed<T>(&self, done: Result<T, TrialError>) -> Result<T, TrialError> {
        match self.missed() {
            Some(why) => Err(CassetteError::Missed(why).into()),
            None => done,
        }
    }

    fn missed(&self) -> Option<String> {
        self.replaying()?.player.miss().map(|it| it.to_string())
    }

    /// Says on a cassette under way what it is worth, now that the batch is over.
    pub(super) fn end(
        &self,
        settings: &TrialSettings,
        workflow: &Workflow,
        record: &RunRecord,
        observer: &dyn Observer,
    ) {
        let Self::Recording(recording) = self else {
            return;
        };
        let recorder = &recording.recorder;
        let ended = match recording.lacks(record) {
            None => recorder.complete(recording.made_with(settings, workflow, record)),
            Some(why) => {
                observer.trouble(
                    Phase::Collect,
                    &format!("the cassette is incomplete: {why}"),
                );
                recorder.give_up(why)
            }
        };
        if let Err(error) = ended {
            observer.trouble(Phase::Collect, &error.to_string());
        }
    }
}

impl Recording {
    /// What keeps the cassette from being the whole batch.
    fn lacks(&self, record: &RunRecord) -> Option<String> {
        if record.ended != Ended::Completed {
            return Some("its batch did not come to its end".to_owned());
        }
        let exchanges = record.exchanges.iter();
        let asked = exchanges.filter(|it| it.prompt_sha256.is_some()).count();
        let kept = self.recorder.generations();
        (kept < asked).then(|| {
            format!(
                "{kept} of the {asked} calls of models passed this process; the others are of other processes, which kept \
                 none"
            )
        })
    }

    fn made_with(
        &self,
        settings: &TrialSettings,
        workflow: &Workflow,
        record: &RunRecord,
    ) -> MadeWith {
        let Fetched { site, passed_over } = self
            .fetched
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let asked = workflow.models();
        let servers = record.environment.servers.iter();
        let models = servers.flat_map(|server| &server.models);
        MadeWith {
            record_schema: SCHEMA_VERSION,
            plan: record.plan.clone(),
            workflow_id: workflow.id,
            workflow_hash: workflow.hash.clone(),
            steps: StepPrint::of_all(workflow),
            models: models
                .filter(|model| asked.contains(&model.name.as_str()))
                .map(|model| (model.name.clone(), model.digest.clone()))
                .collect(),
            mode: record.mode.clone(),
            batch_size: settings.batch_size,
            seed: settings.seed,
            slots: settings.slots,
            gpu_memory: settings.gpu_memory,
            site,
            passed_over,
        }
    }
}

impl Replaying {
    /// Where the model server is that answers from the cassette.
    pub(super) fn model_server(&self) -> Url {
        self.player.url(Party::ModelServer)
    }

    /// What a record says of it.
    pub(super) fn reference(&self) -> &CassetteReference {
        &self.reference
    }

    /// Where its postings came from.
    pub(super) fn postings(&self) -> PostingsFrom {
        self.postings
    }

    /// The seed of what was simulated in it.
    pub(super) fn seed(&self) -> Option<u64> {
        self.seed
    }
}

fn record(settings: &TrialSettings, dir: &Path) -> Result<(Tape, TrialSettings), TrialError> {
    if let PostingsChoice::Promoted(_) = settings.postings {
        return Err(TrialError::Input(
            "a cassette keeps what is fetched, and these postings are in a database already: expected --source workday, \
             --postings DIR or --simulate"
                .to_owned(),
        ));
    }
    let recorder = Arc::new(Recorder::begin(dir, clock::now())?);
    let mut settings = settings.clone();
    if let PostingsChoice::Folder(from) = &settings.postings {
        settings.postings = PostingsChoice::Folder(recorder.copy_postings(from)?);
    }
    let recording = Recording {
        recorder,
        fetched: Mutex::default(),
    };
    Ok((Tape::Recording(recording), settings))
}

async fn replay(
    settings: &TrialSettings,
    dir: &Path,
    workflow: &Workflow,
    observer: &dyn Observer,
) -> Result<(Tape, TrialSettings), TrialError> {
    let Cassette {
        recorded_at,
        sha256,
        made_with,
        recorded,
    } = Cassette::open(dir)?;
    let present = Present {
        workflow,
        plan: &settings.plan,
        models: models_now(settings, &made_with).await?,
    };
    let (causes, told): (Vec<_>, Vec<_>) = stale(&made_with, &present)
        .into_iter()
        .partition(crate::cassette::Stale::blocks);
    if !causes.is_empty() {
        return Err(CassetteError::Stale {
            dir: dir.to_owned(),
            cure: made_with.record_again(dir),
            causes,
        }
        .into());
    }
    let told: Vec<String> = told.iter().map(ToString::to_string).collect();
    for cause in &told {
        let cure = made_with.record_again(dir);
        let what = format!("the cassette is stale, {cause}; to record it again: {cure}");
        observer.trouble(Phase::Preflight, &what);
    }
    observer.ready(&format!(
        "the cassette in {}, {} exchanges of {}",
        dir.display(),
        recorded.len(),
        recorded_at.format("%Y-%m-%d %H:%M UTC")
    ));
    let player = Player::start(Answers::new(recorded)).await;
    let settings = replayed(settings, dir, &made_with, &player);
    let reference = CassetteReference {
        sha256,
        recorded_at,
        model_server: made_with.mode.model_server,
        time_scale: made_with.mode.time_scale,
        stale: told,
    };
    let replaying = Replaying {
        player,
        reference,
        postings: made_with.mode.postings,
        seed: made_with.mode.seed,
    };
    Ok((Tape::Replaying(Box::new(replaying)), settings))
}

/// What was recorded is replayed with what it was recorded with.
fn replayed(
    settings: &TrialSettings,
    dir: &Path,
    made_with: &MadeWith,
    player: &Player,
) -> TrialSettings {
    let postings = match &made_with.site {
        Some(Site { tenant, site }) => PostingsChoice::Workday(Box::new(WorkdaySettings {
            base_url: player.url(Party::CareersSite),
            tenant: tenant.clone(),
            site: site.clone(),
            page_pause: Duration::ZERO,
            detail_pause: Duration::ZERO,
            known: made_with.passed_over.clone(),
            ..WorkdaySettings::default()
        })),
        None => PostingsChoice::Folder(postings_of(dir)),
    };
    TrialSettings {
        postings,
        batch_size: made_with.batch_size,
        seed: made_with.seed,
        slots: made_with.slots,
        gpu_memory: made_with.gpu_memory,
        ..settings.clone()
    }
}

/// The digests that the recorded models' names stand for now: of the stand-in, where it was recorded from one; of the first
/// server that was named to be compared with, where there is one.
async fn models_now(
    settings: &TrialSettings,
    made_with: &MadeWith,
) -> Result<Option<BTreeMap<String, String>>, TrialError> {
    if made_with.mode.model_server == ServerKind::Simulated {
        let models = ModelSpec::all_known().into_iter();
        return Ok(Some(
            models
                .map(|model| (model.name.clone(), model.digest()))
                .collect(),
        ));
    }
    let ModelServerChoice::Replay { compared_with, .. } = &settings.model_server else {
        return Ok(None);
    };
    let Some(url) = compared_with.first() else {
        return Ok(None);
    };
    let unusable = |error| TrialError::ModelServer {
        url: url.to_string(),
        source: Box::new(error),
    };
    let server = Ollama::new(url.clone(), Limits::default()).map_err(unusable)?;
    let models = server.tags().await.map_err(unusable)?.into_iter();
    Ok(Some(
        models.map(|model| (model.name, model.digest)).collect(),
    ))
}
