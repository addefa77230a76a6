//! Orchestration: fetch and promote postings, then take a batch of them through the workflow.
//!
//! One loop (`dispatch`) reads what is ready, asks the wave planner and claims ahead. Claims are rendered (`call`), wait
//! for their slots and are sent together (`feed`), are put down as running in groups (`starts`), and so are usable answers
//! as results (`scribe`). All of these are tasks of their own, which report back by notes. Beside the loop, a ticker extends leases (`heartbeat`) and
//! another ends what hangs (`watchdog`),
//! and a third keeps the worker and its model servers its own (`custody`). What fails again and again is kept from further postings (`breaker`).
//! Now and then the loop looks at what the servers have loaded, so that it believes in no model that is gone (`residents`),
//! and unloads what stands in everybody's way (`wedge`).

mod barrier;
mod breaker;
mod call;
mod crew;
mod custody;
mod dispatch;
mod event;
mod execute;
mod feed;
mod fetch;
mod heartbeat;
mod known;
mod pace;
mod persist;
mod residents;
mod result;
mod retry;
mod scribe;
mod scripts;
mod server;
mod settings;
mod slots;
mod starts;
mod survey;
mod watchdog;
mod wedge;

pub use barrier::Barrier;
pub use event::{Event, Events};
pub use execute::{Ended, ExecuteError, Executor, Stop};
pub use fetch::{FetchError, FetchReport, Source, fetch_and_stage};
pub use retry::RetryPolicy;
pub use server::{Server, host_name, is_local, server_name};
pub use settings::{ExecuteSettings, InstalledModel};
pub use watchdog::{Intervention, Round, Thresholds, Watchdog, overdue};
