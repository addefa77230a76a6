//! The pure parts: rendering, parsing, planning, judging, reporting.

use benches::operations::{Operation, judge_record, operations};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion};

/// A record so large is judged here only: it takes too long to be counted for every change.
const LARGE: u32 = 5_000;

pub(crate) fn pure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pure");
    for operation in operations() {
        bench(&mut group, &operation);
    }
    group.sample_size(10);
    bench(&mut group, &judge_record(LARGE));
}

fn bench(group: &mut BenchmarkGroup<'_, WallTime>, operation: &Operation) {
    let mut prepared = None;
    group.bench_function(&operation.name, |bencher| {
        // Only what is measured is prepared: a filter may leave it out.
        let prepared = prepared.get_or_insert_with(|| operation.prepare());
        bencher.iter(|| prepared.run());
    });
}
