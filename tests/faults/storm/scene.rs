//! What the storm rages over, and how it is put right again.

use std::sync::Arc;
use std::time::Duration;

use fixtures::ollama::{OllamaSettings, OllamaStandIn};
use fixtures::postgres::{Ending, OwnCluster};
use fixtures::tcp_proxy::{Order, TcpProxy};
use tokio::task::JoinHandle;
use wave_runner::batch::{Ended, ExecuteError, Stop};
use wave_runner::store::BatchId;

use super::schedule::{Blow, WORKERS, load_mishaps, mishaps};
use crate::checks;
use crate::worker::{server, stand_in, worker};
use crate::world::{World, in_time};

const SIZE: usize = 200;
/// What the servers compute for 200 postings, each, in seconds of November 2025: as many as the storm lasts, and some.
const COMPUTING: f64 = 7_000.0;
/// Faster than this, our own bookkeeping is all that takes time.
const FASTEST: f64 = 1_000.0;

/// A worker's place: what it reaches the world through, and its life, while it has one.
struct Place {
    number: usize,
    database: Arc<TcpProxy>,
    models: Arc<TcpProxy>,
    life: Option<Life>,
    lives: usize,
}

struct Life {
    task: JoinHandle<Result<(), String>>,
    stop: Stop,
}

pub(super) struct Scene {
    cluster: Arc<OwnCluster>,
    world: World,
    batch: BatchId,
    stand_ins: Vec<OllamaStandIn>,
    places: Vec<Place>,
    /// A restart that is under way.
    restart: Option<JoinHandle<()>>,
    blows: usize,
}

impl Scene {
    pub(super) async fn new(seed: u64, seconds: u64) -> Self {
        let cluster = Arc::new(OwnCluster::start().await.unwrap());
        let world = World::on_own(&cluster).await;
        let batch = world.batch(SIZE).await;
        let (mut stand_ins, mut places) = (Vec::new(), Vec::new());
        for number in 0..WORKERS {
            let models = stand_in(settings(seed, number, seconds)).await;
            places.push(Place {
                number,
                database: Arc::new(TcpProxy::before(world.url()).await.unwrap()),
                models: Arc::new(TcpProxy::before(models.url().as_str()).await.unwrap()),
                life: None,
                lives: 0,
            });
            stand_ins.push(models);
        }
        for place in &mut places {
            place.come_to_life(batch);
        }
        Self {
            cluster,
            world,
            batch,
            stand_ins,
            places,
            restart: None,
            blows: 0,
        }
    }

    pub(super) async fn strike(&mut self, blow: Blow) {
        self.blows += 1;
        match blow {
            Blow::KillWorker(one) => self.places[one].die(),
            Blow::StopWorker(one) => self.places[one].stop(),
            Blow::CutDatabase(one) => self.places[one].database.cut_all(),
            Blow::CutAt(one, moment, statement) => {
                self.places[one]
                    .database
                    .order(Order::cut(moment, statement));
            }
            Blow::CloseDatabase(one) => {
                self.places[one].database.refuse();
                self.places[one].database.cut_all();
            }
            Blow::RestartDatabase(ending) => self.restart(ending).await,
            Blow::KillServer(one) => {
                self.places[one].models.refuse();
                self.places[one].models.cut_all();
            }
            Blow::HangServer(one) => self.places[one].models.stand_still(),
        }
    }

    /// Puts right what a blow broke. What comes back by itself is left alone.
    pub(super) fn mend(&mut self, blow: Blow) {
        match blow {
            Blow::KillWorker(one) | Blow::StopWorker(one) => {
                self.places[one].come_to_life(self.batch);
            }
            Blow::CloseDatabase(one) => self.places[one].database.let_in(),
            Blow::KillServer(one) => self.places[one].models.let_in(),
            Blow::HangServer(one) => self.places[one].models.move_on(),
            Blow::CutDatabase(_) | Blow::CutAt(..) | Blow::RestartDatabase(_) => {}
        }
    }

    /// One at a time: a server that is coming up cannot be restarted.
    async fn restart(&mut self, ending: Ending) {
        self.restarted().await;
        let cluster = Arc::clone(&self.cluster);
        self.restart = Some(tokio::spawn(async move {
            cluster.restart(ending).await.unwrap();
        }));
    }

    async fn restarted(&mut self) {
        if let Some(restart) = self.restart.take() {
            in_time("the restart of Postgres", restart).await.unwrap();
        }
    }

    /// The storm is over: everything is put right, and every worker works until the batch is at its end.
    pub(super) async fn calm(&mut self) {
        self.restarted().await;
        let open = "SELECT count(*) FROM workflow_runs WHERE completed_at IS NULL";
        println!(
            "{} blows, {} of {SIZE} postings are open when it is over",
            self.blows,
            self.world.number(open).await
        );
        for place in &mut self.places {
            place.database.let_in();
            place.models.let_in();
            place.models.move_on();
            place.come_to_life(self.batch);
        }
        for place in &mut self.places {
            let life = place.life.take().expect("it was brought to life");
            let ended = in_time("the end of the batch after the storm", life.task).await;
            // A life that was asked to stop at the last moment leaves the batch to the others.
            if let Ok(Err(why)) = ended {
                panic!("worker {}: {why}", place.number);
            }
        }
    }

    /// What holds after every fault.
    pub(super) async fn holds(&self) {
        let servers: Vec<&OllamaStandIn> = self.stand_ins.iter().collect();
        checks::hold(&self.world.pool, self.batch, &servers).await;
        let lives: usize = self.places.iter().map(|place| place.lives).sum();
        let [lost, retried, released] = [
            "SELECT count(*) FROM interaction_attempts WHERE ended_as = 'lost'",
            "SELECT count(*) FROM interaction_attempts WHERE ended_as = 'retried'",
            "SELECT count(*) FROM interaction_attempts WHERE ended_as = 'released'",
        ];
        println!(
            "all {SIZE} postings are through, every step once: {lives} lives of {WORKERS} workers; attempts lost {}, \
             retried {}, released {}",
            self.world.number(lost).await,
            self.world.number(retried).await,
            self.world.number(released).await,
        );
    }
}

impl Place {
    /// Starts a worker where there is none.
    fn come_to_life(&mut self, batch: BatchId) {
        if self
            .life
            .as_ref()
            .is_some_and(|life| !life.task.is_finished() && !life.stop.is_asked())
        {
            return;
        }
        self.lives += 1;
        let stop = Stop::default();
        let name = format!("worker-{}-{}", self.number, self.lives);
        let living = live(
            name,
            Arc::clone(&self.database),
            Arc::clone(&self.models),
            batch,
            stop.clone(),
        );
        let before = self.life.take();
        let task = tokio::spawn(async move {
            // Whoever was asked to stop hands over first, as a process manager waits for the old one.
            if let Some(before) = before {
                before.task.await.unwrap_or(Ok(()))?;
            }
            living.await
        });
        self.life = Some(Life { task, stop });
    }

    fn die(&mut self) {
        if let Some(life) = self.life.take() {
            life.task.abort();
        }
        self.database.cut_all();
    }

    fn stop(&mut self) {
        if let Some(life) = &self.life {
            life.stop.ask();
        }
    }
}

/// A worker that is started again whenever the database was away for too long, until the batch is at its end or it is
/// asked to stop. Every other way to end is a defect.
async fn live(
    name: String,
    database: Arc<TcpProxy>,
    models: Arc<TcpProxy>,
    batch: BatchId,
    stop: Stop,
) -> Result<(), String> {
    let mut ticks = tokio::time::interval(Duration::from_millis(50));
    for restart in 0.. {
        ticks.tick().await;
        if stop.is_asked() {
            return Ok(());
        }
        let servers = vec![server(
            &format!("server of {}", models.url()),
            &models.url().parse().expect("a URL"),
        )];
        let Ok(executor) = worker(database.url(), servers, &format!("{name}-{restart}")).await
        else {
            continue;
        };
        let ended = executor.run(batch, &stop).await;
        executor.store.close().await;
        match ended {
            Ok(Ended::Finished | Ended::Interrupted) => return Ok(()),
            Err(ExecuteError::Store(error)) if error.is_passing() => {
                println!("{name} is started again: {error}");
            }
            Err(defect) => return Err(defect.to_string()),
        }
    }
    Ok(())
}

fn settings(seed: u64, number: usize, seconds: u64) -> OllamaSettings {
    #[expect(clippy::cast_precision_loss, reason = "a storm of some minutes")]
    let time_scale = (COMPUTING / seconds as f64).min(FASTEST);
    OllamaSettings {
        time_scale,
        faults: mishaps(seed, number),
        load_faults: load_mishaps(seed, number),
        ..OllamaSettings::default()
    }
}
