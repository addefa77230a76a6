//! Instructions of each pure operation, by callgrind.
//!
//! Hash maps are seeded by chance, which makes a small operation dearer or cheaper by a tenth: it is counted over sixty-four
//! times, which differ from another sixty-four by one in a hundred. What goes over a whole record evens it out itself.
//!
//! `ci/bench-compare` runs it and reads its JSON. By hand, where valgrind and `gungraun-runner` are:
//! `cargo bench -p benches --bench instructions`.

#![allow(
    missing_docs,
    clippy::disallowed_methods,
    reason = "the macros make modules of their own, and end the program their way: nothing has to be put away"
)]

use benches::operations::{Prepared, operations};
use gungraun::{library_benchmark, library_benchmark_group};

/// How often a small operation is carried out.
const TIMES: usize = 64;

/// The operation at this place with its inputs, and how often it is carried out.
fn prepared(place: usize) -> (Prepared, usize) {
    let operation = &operations()[place];
    let is_whole_record = ["judge_record.", "report."]
        .iter()
        .any(|kind| operation.name.starts_with(kind));
    (operation.prepare(), if is_whole_record { 1 } else { TIMES })
}

#[library_benchmark]
#[benches::operation(iter = 0..operations().len(), setup = prepared)]
fn carried_out((operation, times): (Prepared, usize)) -> Prepared {
    for _ in 0..times {
        operation.run();
    }
    operation
}

library_benchmark_group!(name = pure, benchmarks = carried_out);

gungraun::main!(library_benchmark_groups = pure);
