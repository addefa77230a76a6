//! Latency of the pipeline's steps: what one interaction costs us beside the model.
//!
//! `cargo bench -p benches --bench pipeline` measures; `-- --test` runs each once, and a name in its place only what is
//! called so. Inputs are real ones (the built-in workflow, synthetic postings and the stand-in's answers to them, a recorded
//! run); making them is outside the timed part. What the planner costs is in `waves.rs`.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a bench that cannot be set up has nothing to measure; reading the clock is its work"
)]

mod calls;
mod pure;
mod store;
mod whole;

use criterion::Criterion;
use tokio::runtime::Runtime;

fn main() {
    let runtime = Runtime::new().unwrap();
    let mut criterion = Criterion::default().configure_from_args();
    pure::pure(&mut criterion);
    calls::of_the_site(&mut criterion, &runtime);
    calls::of_a_model(&mut criterion, &runtime);
    store::steps(&mut criterion, &runtime);
    whole::batches(&mut criterion, &runtime);
    criterion.final_summary();
}
