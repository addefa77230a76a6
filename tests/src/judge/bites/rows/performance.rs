//! A batch that is slow as a whole is another than one that idles: in the first the server's work grows, too.

use chrono::TimeDelta;

use super::{AT_WORK, Bite, Lands, replayed};
use crate::{
    judge::{
        conversations::FORMAT,
        doctored::{self, PLAIN_RUN},
    },
    record::{ExchangeEnd, RunRecord},
};

/// Lets the whole batch take so many seconds of the plan's time, ten times as fast.
fn last_plan_seconds(record: &mut RunRecord, seconds: i64) {
    doctored::dates::last_for(record, TimeDelta::milliseconds(seconds * 100));
}

/// Lets nothing happen in the middle, for so many percent of the time that the batch took. The plan's time is laid so
/// that it is not too long by itself.
fn idle(record: &mut RunRecord, percent: i32) {
    let took = record.batch.ended_at.unwrap() - doctored::START;
    doctored::dates::pause_after(record, 25, took * percent / 100);
    record.mode.time_scale = 4.0;
}

/// Lets a call be asked so many more times at once, by attempts that nobody waited for.
fn ask_at_once(record: &mut RunRecord, more: u64) {
    let asked = doctored::exchange(record, PLAIN_RUN, FORMAT).clone();
    for id in 0..more {
        let mut again = asked.clone();
        again.id = 9_000 + id;
        (again.ended, again.final_line) = (ExchangeEnd::ClientLeft, None);
        record.exchanges.push(again);
    }
}

fn use_gpu(record: &mut RunRecord, percent: f64) {
    for sample in record.gpu.iter_mut().flatten() {
        sample.utilisation_percent = Some(percent);
    }
}

pub(super) const ROWS: &[Bite] = &[
    Bite {
        criterion: "total_duration",
        lands: Lands::Acceptable,
        along: &[],
        doubts: &[],
        spoil: |record| last_plan_seconds(record, 12_980),
    },
    Bite {
        criterion: "total_duration",
        lands: Lands::Gap,
        along: &["average_per_posting", "faster_than_baseline"],
        doubts: &[],
        spoil: |record| last_plan_seconds(record, 19_000),
    },
    Bite {
        criterion: "total_duration",
        lands: Lands::Red,
        along: &["average_per_posting", "faster_than_baseline"],
        doubts: &[],
        spoil: |record| last_plan_seconds(record, 21_700),
    },
    Bite {
        criterion: "total_duration",
        lands: Lands::NoData,
        along: AT_WORK,
        doubts: &[],
        spoil: |record| *record = doctored::interrupted(),
    },
    Bite {
        criterion: "average_per_posting",
        lands: Lands::Acceptable,
        along: &["total_duration"],
        doubts: &[],
        spoil: |record| last_plan_seconds(record, 14_000),
    },
    Bite {
        criterion: "average_per_posting",
        lands: Lands::Gap,
        along: &["faster_than_baseline", "total_duration"],
        doubts: &[],
        spoil: |record| last_plan_seconds(record, 16_000),
    },
    Bite {
        criterion: "average_per_posting",
        lands: Lands::Red,
        along: &["faster_than_baseline", "total_duration"],
        doubts: &[],
        spoil: |record| last_plan_seconds(record, 18_100),
    },
    Bite {
        criterion: "average_per_posting",
        lands: Lands::NoData,
        along: AT_WORK,
        doubts: &[],
        spoil: |record| *record = doctored::interrupted(),
    },
    Bite {
        criterion: "model_loads",
        lands: Lands::Acceptable,
        along: &[],
        doubts: &[],
        spoil: |record| doctored::reload(record, 5),
    },
    Bite {
        criterion: "model_loads",
        lands: Lands::Gap,
        along: &[],
        doubts: &[],
        spoil: |record| doctored::reload(record, 10),
    },
    Bite {
        criterion: "model_loads",
        lands: Lands::Red,
        along: &[],
        doubts: &[],
        spoil: |record| doctored::reload(record, 20),
    },
    Bite {
        criterion: "model_loads",
        lands: Lands::NoData,
        along: &["makespan", "server_concurrency"],
        doubts: &["unwitnessed_answers"],
        spoil: |record| {
            record.exchanges.remove(7);
        },
    },
    Bite {
        criterion: "model_loads",
        lands: Lands::NotJudgeable,
        along: &[],
        doubts: &[],
        spoil: |record| record.environment.servers[0].gpu_memory = None,
    },
    Bite {
        criterion: "makespan",
        lands: Lands::Acceptable,
        along: &[],
        doubts: &[],
        spoil: |record| idle(record, 20),
    },
    Bite {
        criterion: "makespan",
        lands: Lands::Gap,
        along: &[],
        doubts: &[],
        spoil: |record| idle(record, 80),
    },
    Bite {
        criterion: "makespan",
        lands: Lands::Red,
        along: &[],
        doubts: &[],
        spoil: |record| idle(record, 150),
    },
    Bite {
        criterion: "makespan",
        lands: Lands::NoData,
        along: &["model_loads", "server_concurrency"],
        doubts: &["unwitnessed_answers"],
        spoil: |record| {
            record.exchanges.remove(7);
        },
    },
    Bite {
        criterion: "makespan",
        lands: Lands::NotJudgeable,
        along: &["grade_gap"],
        doubts: &[],
        spoil: |record| {
            record.mode.time_scale = 600.0;
            doctored::dates::last_for(record, TimeDelta::seconds(12));
        },
    },
    Bite {
        criterion: "faster_than_baseline",
        lands: Lands::Red,
        along: &["average_per_posting", "total_duration"],
        doubts: &[],
        spoil: |record| last_plan_seconds(record, 14_700),
    },
    Bite {
        criterion: "faster_than_baseline",
        lands: Lands::NoData,
        along: AT_WORK,
        doubts: &[],
        spoil: |record| *record = doctored::interrupted(),
    },
    Bite {
        criterion: "running_at_a_time",
        lands: Lands::Acceptable,
        along: &[],
        doubts: &[],
        spoil: |record| ask_at_once(record, 3),
    },
    Bite {
        criterion: "running_at_a_time",
        lands: Lands::Gap,
        along: &[],
        doubts: &[],
        spoil: |record| ask_at_once(record, 7),
    },
    Bite {
        criterion: "running_at_a_time",
        lands: Lands::Red,
        along: &[],
        doubts: &[],
        spoil: |record| ask_at_once(record, 12),
    },
    Bite {
        criterion: "running_at_a_time",
        lands: Lands::NoData,
        along: AT_WORK,
        doubts: &[],
        spoil: |record| *record = doctored::interrupted(),
    },
    Bite {
        criterion: "gpu_utilisation",
        lands: Lands::Gap,
        along: &[],
        doubts: &[],
        spoil: |record| use_gpu(record, 40.0),
    },
    Bite {
        criterion: "gpu_utilisation",
        lands: Lands::Red,
        along: &[],
        doubts: &[],
        spoil: |record| use_gpu(record, 20.0),
    },
    Bite {
        criterion: "gpu_utilisation",
        lands: Lands::NoData,
        along: &[],
        doubts: &[],
        spoil: |record| record.gpu = Some(Vec::new()),
    },
    Bite {
        criterion: "gpu_utilisation",
        lands: Lands::NotJudgeable,
        along: &[],
        doubts: &[],
        spoil: |record| record.gpu = None,
    },
    replayed("total_duration"),
    replayed("average_per_posting"),
    replayed("faster_than_baseline"),
    replayed("running_at_a_time"),
];
