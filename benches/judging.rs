//! Judging a saved record.

use std::hint::black_box;

use batchproof::judge::judge;
use batchproof::trial::{self, Silent, TrialSettings};
use criterion::Criterion;
use tokio::runtime::Runtime;
use wave_runner::batch::Stop;

/// A record of a simulated run of 50 postings.
pub(crate) fn judge_records(criterion: &mut Criterion, runtime: &Runtime) {
    let settings = TrialSettings::simulated();
    let stop = Stop::default();
    let record = runtime
        .block_on(trial::run(&settings, &Silent, &stop))
        .unwrap();
    criterion.bench_function("judge_record/50", |bencher| {
        bencher.iter(|| judge(black_box(&record)));
    });
}
