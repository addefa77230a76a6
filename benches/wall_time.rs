//! Wall time of each pure operation, in nanoseconds, as JSON. One run is one value each; `ci/bench-compare` takes turns
//! between two commits and compares their runs.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "what was measured is what it prints"
)]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use benches::operations::{Operation, operations};

/// Each operation is repeated for so long.
const A_WHILE: Duration = Duration::from_millis(100);

fn main() {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let a_while = if is_test { Duration::ZERO } else { A_WHILE };
    let took: BTreeMap<String, f64> = operations()
        .into_iter()
        .map(|it| (it.name.clone(), nanoseconds(&it, a_while)))
        .collect();
    println!("{}", serde_json::json!(took));
}

/// Of one repetition.
fn nanoseconds(operation: &Operation, a_while: Duration) -> f64 {
    let prepared = operation.prepare();
    let began = Instant::now();
    let mut repetitions = 0_u32;
    while repetitions == 0 || began.elapsed() < a_while {
        prepared.run();
        repetitions += 1;
    }
    began.elapsed().as_secs_f64() * 1e9 / f64::from(repetitions)
}
