//! Orchestration: fetch and promote postings, then take a batch of them through the workflow.
//!
//! One loop (`execute`) reads what is ready, asks the wave planner, claims and sends. Everything that takes time
//! runs in tasks of its own, which report back by notes. Beside the loop, a ticker extends leases (`heartbeat`) and
//! another ends what hangs (`watchdog`). What fails again and again is kept from further postings (`breaker`).

mod breaker;
mod call;
mod crew;
mod dispatch;
mod event;
mod execute;
mod fetch;
mod heartbeat;
mod persist;
mod result;
mod retry;
mod scripts;
mod server;
mod settings;
mod slots;
mod survey;
mod watchdog;

pub use event::{Event, Events};
pub use execute::{Ended, ExecuteError, Executor, Stop};
pub use fetch::{FetchError, FetchReport, Source, fetch_and_stage};
pub use retry::RetryPolicy;
pub use server::Server;
pub use settings::{ExecuteSettings, InstalledModel};
pub use watchdog::{Intervention, Round, Thresholds, Watchdog, overdue};
