//! The database's word that there is work, or a server (`LISTEN`): one connection for all workers of a process.
//!
//! A notice is a hint and never the truth: it says "look again", and whoever is told looks. One that is lost costs the
//! time until the next look, no more, so that nothing has to be repeated or kept.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use sqlx::postgres::{PgListener, PgNotification, PgPool};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::{BatchId, Store};

/// Work became ready in the batch that the payload names, or the batch changed hands.
const WORK: &str = "batchproof_work";
/// A server was handed back.
const SERVERS: &str = "batchproof_servers";
/// Before a lost connection is sought again.
const PAUSE: Duration = Duration::from_secs(1);
/// Listening keeps a connection to itself; another has to remain for everything else.
const FEWEST_CONNECTIONS: u32 = 2;

/// The listener that the workers of a process share, as long as one of them lives.
#[derive(Debug, Clone, Default)]
pub(super) struct Shared(Arc<Mutex<Weak<Listener>>>);

#[derive(Debug)]
struct Listener {
    told: Arc<Told>,
    task: Option<JoinHandle<()>>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// Everyone who is to be told.
#[derive(Debug, Default)]
struct Told {
    listening: AtomicBool,
    ears: Mutex<Vec<Weak<Ear>>>,
}

#[derive(Debug)]
struct Ear {
    batch: String,
    work: Notify,
    servers: Notify,
}

/// What one worker is told. It ends when it is dropped.
#[derive(Debug)]
pub struct Subscription {
    ear: Arc<Ear>,
    listener: Arc<Listener>,
}

impl Subscription {
    /// Waits for the word that the batch may have work. A word that came since the last wait counts.
    pub async fn work(&self) {
        self.ear.work.notified().await;
    }

    /// Waits for the word that a server may be free.
    pub async fn servers(&self) {
        self.ear.servers.notified().await;
    }

    /// Whether words arrive at present, as far as is known here.
    pub fn is_live(&self) -> bool {
        self.listener.told.listening.load(Ordering::Relaxed)
    }
}

impl Store {
    /// Subscribes to what is told about `batch`. The first subscription of a store and its clones begins to listen, on
    /// one connection of the pool; the last one that is dropped gives it back.
    ///
    /// Nothing fails here: who cannot be told looks for itself.
    pub fn subscribe(&self, batch: BatchId) -> Subscription {
        let listener = self.listener.of(&self.pool);
        let ear = Arc::new(Ear {
            batch: batch.to_string(),
            work: Notify::new(),
            servers: Notify::new(),
        });
        listener.told.ears().push(Arc::downgrade(&ear));
        Subscription { ear, listener }
    }
}

impl Shared {
    fn of(&self, pool: &PgPool) -> Arc<Listener> {
        // Every change of what is locked is one assignment.
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(listener) = shared.upgrade() {
            return listener;
        }
        let told = Arc::new(Told::default());
        let has_room = pool.options().get_max_connections() >= FEWEST_CONNECTIONS;
        let task = has_room.then(|| tokio::spawn(listen(pool.clone(), Arc::clone(&told))));
        let listener = Arc::new(Listener { told, task });
        *shared = Arc::downgrade(&listener);
        listener
    }
}

impl Told {
    fn ears(&self) -> std::sync::MutexGuard<'_, Vec<Weak<Ear>>> {
        self.ears.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, notice: &PgNotification) {
        self.for_each(|ear| match notice.channel() {
            SERVERS => ear.servers.notify_one(),
            _ if notice.payload() == ear.batch => ear.work.notify_one(),
            _ => {}
        });
    }

    /// Nobody knows what was said while nobody listened.
    fn tell_everything(&self) {
        self.for_each(|ear| {
            ear.work.notify_one();
            ear.servers.notify_one();
        });
    }

    fn for_each(&self, tell: impl Fn(&Ear)) {
        self.ears().retain(|ear| match ear.upgrade() {
            Some(ear) => {
                tell(&ear);
                true
            }
            None => false,
        });
    }
}

/// Listens until the pool is closed, or the task is aborted with the last subscription.
async fn listen(pool: PgPool, told: Arc<Told>) {
    while !pool.is_closed() {
        let error = match begin(&pool).await {
            Ok(listener) => pass_on(listener, &told).await,
            Err(error) => error,
        };
        told.listening.store(false, Ordering::Relaxed);
        if pool.is_closed() {
            return;
        }
        tracing::warn!(%error, "nothing is heard from the database; workers look for themselves meanwhile");
        // A connection that was reset stays with its listener, so a new one is begun.
        tokio::time::sleep(PAUSE).await;
    }
}

async fn begin(pool: &PgPool) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen_all([WORK, SERVERS]).await?;
    Ok(listener)
}

async fn pass_on(mut listener: PgListener, told: &Told) -> sqlx::Error {
    told.listening.store(true, Ordering::Relaxed);
    told.tell_everything();
    loop {
        match listener.try_recv().await {
            Ok(Some(notice)) => told.tell(&notice),
            // The connection was lost and is there again.
            Ok(None) => told.tell_everything(),
            Err(error) => return error,
        }
    }
}
