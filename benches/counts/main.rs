//! What does not wobble, counted and printed as JSON: SQL statements and round trips at the wire, HTTP calls, model loads,
//! bytes of a record, and allocations of the pure operations.
//!
//! `cargo bench -p benches --bench counts` prints what `ci/bench-compare` compares. SQL, calls, loads and bytes are the
//! same in every build; allocations are those of the build that runs.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what cannot be set up cannot be counted, and what was counted is what it prints"
)]

mod allocations;
mod loads;
mod record;
mod site;
mod wire;

use std::collections::BTreeMap;

/// Counts by name.
type Counts = BTreeMap<String, u64>;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut counts = Counts::new();
    let operations = allocations::count(&mut counts);
    loads::count(&mut counts);
    record::count(&mut counts);
    site::count(&mut counts).await;
    wire::count(&mut counts).await;
    let build = if cfg!(debug_assertions) {
        "unoptimised"
    } else {
        "optimised"
    };
    println!(
        "{}",
        serde_json::json!({ "build": build, "counts": counts, "operations": operations })
    );
}
