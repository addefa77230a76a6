//! Latency of the pipeline's steps: what one interaction costs us beside the model.
//!
//! `cargo bench -p benches` measures; `cargo bench -p benches -- --test` runs each once. Inputs are real ones (the
//! built-in workflow, a recorded simulated run); making them is outside the timed part.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a bench that cannot be set up has nothing to measure"
)]

mod database;
mod judging;
mod pure;

use criterion::Criterion;
use tokio::runtime::Runtime;

fn main() {
    let runtime = Runtime::new().unwrap();
    let mut criterion = Criterion::default().configure_from_args();
    pure::render_prompts(&mut criterion);
    pure::parse_answers(&mut criterion);
    judging::judge_records(&mut criterion, &runtime);
    database::interactions(&mut criterion, &runtime);
    criterion.final_summary();
}
