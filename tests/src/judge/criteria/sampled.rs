//! What was sampled while the batch went on: the graphics cards and the database connections.
//!
//! Samples that are missing never help: time of a call that no sample covers counts as idle, and a missing count of
//! connections as the one that would be worst.

use chrono::{DateTime, TimeDelta, Utc};

use crate::judge::{
    calls,
    criterion::{Criterion, Enforcement, Rule, Scaling, WHERE_TIME_PASSES},
    evidence::Evidence,
    reading::{Reading, counted},
    tiers::{Bound, Tiers, Unit},
    window::{Window, total_length},
};
use crate::record::Graphics;

/// The plan's "GPU utilisation".
pub(in crate::judge) const GPU_UTILISATION: Rule = Rule {
    criterion: Criterion {
        id: "gpu_utilisation",
        name: "GPU utilisation during calls",
        sentence: "The mean utilisation of the graphics cards over the time in which a call was in flight.",
        judged_in: WHERE_TIME_PASSES,
        also: &["gpu utilisation", "gpu utilization", "gpu usage"],
    },
    enforcement: Enforcement::Should,
    tiers: Tiers {
        unit: Unit::Percent,
        target: Bound::Above(50.0),
        acceptable: None,
        red: Bound::Below(22.0),
    },
    scaling: Scaling::Fixed,
    read: read_gpu,
};

/// The plan's "database connections".
pub(super) const DATABASE_CONNECTIONS: Rule = Rule {
    criterion: Criterion {
        id: "database_connections",
        name: "Growth of database connections",
        sentence: "The median number of connections in the batch's last third, less that in its first third.",
        judged_in: WHERE_TIME_PASSES,
        also: &["database connections", "db connections"],
    },
    enforcement: Enforcement::Should,
    tiers: Tiers {
        unit: Unit::Count,
        target: Bound::AtMost(2.0),
        acceptable: Some(Bound::Below(5.0)),
        red: Bound::Above(10.0),
    },
    scaling: Scaling::Fixed,
    read: read_connections,
};

fn read_gpu(evidence: &Evidence<'_>) -> Reading {
    // Whether somebody could sample it, this alone says: most servers are other machines, and a record without samples
    // looks the same whether there was no sampler or its samples were taken out. So it is no pass.
    let Some(samples) = &evidence.record.gpu else {
        return Reading::cannot_show(unsampled(evidence));
    };
    let stretches = calls::in_flight(&calls::of(evidence));
    let in_flight = total_length(stretches.iter().copied()).as_seconds_f64();
    if in_flight <= 0.0 {
        return Reading::no_data("no call was in flight");
    }
    let clocks = calls::clocks(evidence);
    let mut samples: Vec<(DateTime<Utc>, f64)> = samples
        .iter()
        .filter_map(|sample| Some((sample.at + clocks, sample.utilisation_percent?)))
        .collect();
    samples.sort_unstable_by(|(a, x), (b, y)| a.cmp(b).then(x.total_cmp(y)));
    let dates: Vec<DateTime<Utc>> = samples.iter().map(|(at, _)| *at).collect();
    let Some(interval) = interval(&dates) else {
        return Reading::no_data(
            "too few samples of the GPU to tell how far apart they were taken",
        );
    };
    let (mut busy, mut covered) = (0.0, 0.0);
    let mut before = None;
    for (at, percent) in &samples {
        let shared = shared(&stretches, covered_by(*at, before, interval));
        busy += shared * percent;
        covered += shared;
        before = Some(*at);
    }
    let note = format!(
        "{} cover {:.0} % of the time in which a call was in flight; what they do not cover counts as idle",
        counted(samples.len(), "sample"),
        covered * 100.0 / in_flight,
    );
    Reading::value(busy / in_flight, samples.len(), note).no_tries()
}

/// Why there are no samples, where that is known.
fn unsampled(evidence: &Evidence<'_>) -> String {
    match &evidence.record.environment.graphics {
        Some(Graphics::Absent { why }) => format!("nobody sampled the GPU: {why}"),
        Some(Graphics::Cards { .. }) | None => "nobody sampled the GPU".to_owned(),
    }
}

/// A sample tells of the time since the one before it, but of no more than an interval.
fn covered_by(at: DateTime<Utc>, before: Option<DateTime<Utc>>, interval: TimeDelta) -> Window {
    let earliest = at - interval;
    Window {
        start: before.map_or(earliest, |before| before.max(earliest)),
        end: at,
    }
}

/// How many seconds of `stretches`, which are in order and apart, lie within `window`.
fn shared(stretches: &[Window], window: Window) -> f64 {
    let first = stretches.partition_point(|stretch| stretch.end <= window.start);
    stretches[first..]
        .iter()
        .take_while(|stretch| stretch.start < window.end)
        .map(|stretch| stretch.shared(window).as_seconds_f64())
        .sum()
}

/// How far apart samples were taken: the median distance.
fn interval(dates: &[DateTime<Utc>]) -> Option<TimeDelta> {
    let mut distances: Vec<TimeDelta> = dates.windows(2).map(|pair| pair[1] - pair[0]).collect();
    distances.sort_unstable();
    let middle = distances.len().checked_sub(1)? / 2;
    Some(distances[middle]).filter(|distance| *distance > TimeDelta::zero())
}

/// Each third of the batch needs so many samples to have a median worth the name.
const SAMPLES_A_THIRD: usize = 3;

/// In so many seconds of wall time a pool is hardly filled: what grows by then need not go on growing.
const SHORTEST_TELLING_BATCH: f64 = 10.0;

/// Why the batch cannot show growth, if it cannot. It is asked of the batch and not of its samples: lost samples are no
/// excuse.
fn too_short(evidence: &Evidence<'_>) -> Option<String> {
    let wall = evidence.wall_time()?.as_seconds_f64();
    (evidence.all_work_ended() && wall < SHORTEST_TELLING_BATCH)
        .then(|| format!("in {wall:.1} s of wall time no growth of connections can show"))
}

fn read_connections(evidence: &Evidence<'_>) -> Reading {
    let clocks = calls::clocks(evidence);
    let mut samples: Vec<(DateTime<Utc>, u32)> = evidence
        .record
        .connections
        .iter()
        .map(|sample| (sample.at + clocks, sample.connections))
        .collect();
    if samples.is_empty() {
        return Reading::no_data("nobody sampled the database connections");
    }
    if let Some(reason) = too_short(evidence) {
        return Reading::NotJudgeable {
            reason,
            value: None,
            n: samples.len(),
        };
    }
    samples.sort_unstable();
    let (start, end) = under_observation(evidence);
    let looks = looks(&samples, start, end);
    let third = looks.len() / 3;
    let (first, last) = (&looks[..third], &looks[looks.len() - third..]);
    let known = |looks: &[Option<u32>]| looks.iter().flatten().count();
    if known(first) < SAMPLES_A_THIRD || known(last) < SAMPLES_A_THIRD {
        let count = counted(samples.len(), "sample");
        return Reading::no_data(format!(
            "{count} of the database connections are too few to tell growth"
        ));
    }
    let (Some(before), Some(after)) = (lowest_median(first), highest_median(last)) else {
        return Reading::no_data("most samples of the batch's first or last third are missing");
    };
    let note = format!(
        "from {before} in the first third to {after} in the last, by {}",
        counted(samples.len(), "sample")
    );
    Reading::value(f64::from(after) - f64::from(before), samples.len(), note)
}

/// From when to when there were to be samples: while the batch was at work by its own word, or else by what is known to
/// have happened. A batch that lost its end is not excused from the samples of its last third.
fn under_observation(evidence: &Evidence<'_>) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
    let batch = &evidence.record.batch;
    let runs = evidence
        .runs()
        .flat_map(|run| [run.started_at, run.completed_at]);
    let work = evidence
        .interactions()
        .flat_map(|row| [row.started_at, row.completed_at]);
    let known: Vec<DateTime<Utc>> = runs.chain(work).flatten().collect();
    let first = batch.started_at.or(known.iter().min().copied());
    (first, batch.ended_at.or(known.iter().max().copied()))
}

/// One look an interval from the batch's start to its end; a hole where a look is missing.
fn looks(
    samples: &[(DateTime<Utc>, u32)],
    start: Option<DateTime<Utc>>,
    end: Option<DateTime<Utc>>,
) -> Vec<Option<u32>> {
    let dates: Vec<DateTime<Utc>> = samples.iter().map(|(at, _)| *at).collect();
    let Some(interval) = interval(&dates) else {
        return Vec::new();
    };
    let mut looks = Vec::new();
    let mut due = start.unwrap_or(dates[0]);
    for (at, connections) in samples {
        looks.resize(looks.len() + missed(*at - due, interval), None);
        looks.push(Some(*connections));
        due = *at + interval;
    }
    let rest = end.map_or(0, |end| missed(end - due, interval));
    looks.resize(looks.len() + rest, None);
    looks
}

/// More holes than this are not worth their memory: the record is useless long before.
const MOST_HOLES: f64 = 1e6;

/// How many whole looks fit between one that was due and the next that was taken. Half an interval of delay is none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to a small positive number"
)]
fn missed(delay: TimeDelta, interval: TimeDelta) -> usize {
    let intervals = delay.as_seconds_f64() / interval.as_seconds_f64();
    intervals.round().clamp(0.0, MOST_HOLES) as usize
}

/// The median if every missing count had been 0; absent where it is a missing one.
fn lowest_median(looks: &[Option<u32>]) -> Option<u32> {
    let mut looks = looks.to_vec();
    // `None` sorts before every count.
    looks.sort_unstable();
    looks[(looks.len() - 1) / 2]
}

/// The median if every missing count had been beyond measure; absent where it is a missing one.
fn highest_median(looks: &[Option<u32>]) -> Option<u32> {
    let mut looks = looks.to_vec();
    looks.sort_unstable_by_key(|look| (look.is_none(), *look));
    looks[looks.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        judge::{Standing, Verdict, doctored},
        record::RunRecord,
    };

    fn gpu(record: &RunRecord) -> Verdict {
        doctored::verdict(record, "gpu_utilisation")
    }

    fn at_percent(percent: f64) -> RunRecord {
        let mut record = doctored::healthy();
        for sample in record.gpu.as_mut().unwrap() {
            sample.utilisation_percent = Some(percent);
        }
        record
    }

    #[test]
    fn between_22_and_50_percent_lies_the_gap() {
        for (percent, standing) in [
            (100.0, Standing::Target),
            (51.0, Standing::Target),
            (49.0, Standing::Gap),
            (23.0, Standing::Gap),
            (21.0, Standing::Red),
        ] {
            assert_eq!(gpu(&at_percent(percent)).standing, standing, "{percent} %");
        }
    }

    #[test]
    fn an_idle_card_between_calls_does_no_harm() {
        let mut record = doctored::healthy();
        let end = record.batch.ended_at.unwrap();
        let samples = record.gpu.as_mut().unwrap();
        for minute in 1..=100 {
            let mut idle = samples[0].clone();
            idle.at = end + TimeDelta::minutes(minute);
            idle.utilisation_percent = Some(0.0);
            samples.push(idle);
        }
        assert_eq!(gpu(&record).standing, Standing::Target);
    }

    #[test]
    fn samples_taken_away_make_it_worse_and_never_better() {
        let mut record = at_percent(10.0);
        let samples = record.gpu.as_mut().unwrap();
        let busy = samples.len() / 2;
        for sample in &mut samples[..busy] {
            sample.utilisation_percent = Some(90.0);
        }
        let all = gpu(&record).measured.unwrap().value;
        record.gpu.as_mut().unwrap().truncate(busy);
        let half = gpu(&record).measured.unwrap().value;
        assert!(half < all && half > 40.0, "{half} of {all}");
    }

    #[test]
    fn unsampled_is_not_judgeable_and_sampled_without_a_sample_is_no_data() {
        let mut record = doctored::healthy();
        record.gpu = None;
        assert_eq!(
            gpu(&record).standing,
            Standing::NotJudgeable {
                reason: "nobody sampled the GPU".to_owned()
            }
        );
        record.gpu = Some(Vec::new());
        assert_eq!(gpu(&record).standing, Standing::NoData);
    }

    fn connections(record: &RunRecord) -> Verdict {
        doctored::verdict(record, "database_connections")
    }

    /// A batch whose connections grew by this much, evenly.
    fn grown_by(growth: u32) -> RunRecord {
        let mut record = doctored::healthy();
        let half = record.connections.len() / 2;
        for (index, sample) in record.connections.iter_mut().enumerate() {
            sample.connections = if index < half { 7 } else { 7 + growth };
        }
        record
    }

    #[test]
    fn between_five_and_ten_more_connections_lies_the_gap() {
        for (growth, standing) in [
            (0, Standing::Target),
            (2, Standing::Target),
            (3, Standing::Acceptable),
            (4, Standing::Acceptable),
            (5, Standing::Gap),
            (10, Standing::Gap),
            (11, Standing::Red),
        ] {
            let verdict = connections(&grown_by(growth));
            assert_eq!(verdict.standing, standing, "{growth}: {}", verdict.note);
        }
    }

    #[test]
    fn fewer_connections_at_the_end_are_no_growth() {
        let mut record = grown_by(0);
        let last = record.connections.len() - 1;
        for sample in &mut record.connections[last / 2..] {
            sample.connections = 1;
        }
        assert_eq!(connections(&record).standing, Standing::Target);
    }

    #[test]
    fn a_single_peak_is_no_growth() {
        let mut record = grown_by(0);
        record.connections.last_mut().unwrap().connections = 90;
        assert_eq!(connections(&record).standing, Standing::Target);
    }

    #[test]
    fn no_samples_and_too_few_samples_are_no_data() {
        let mut record = grown_by(0);
        record.batch.ended_at = Some(record.connections[8].at);
        record.connections.truncate(9);
        assert_eq!(connections(&record).standing, Standing::Target);
        for few in [8, 1, 0] {
            record.batch.ended_at = record.connections.get(few.max(1) - 1).map(|last| last.at);
            record.connections.truncate(few);
            assert_eq!(connections(&record).standing, Standing::NoData, "{few}");
        }
    }

    #[test]
    fn a_batch_of_seconds_shows_no_growth_and_one_of_minutes_does() {
        let mut short = doctored::healthy_of(1);
        let batch = &mut short.batch;
        batch.ended_at = Some(doctored::START + TimeDelta::seconds(9));
        short.runs[0].completed_at = batch.ended_at;
        assert!(matches!(
            connections(&short).standing,
            Standing::NotJudgeable { .. }
        ));
        assert_eq!(connections(&grown_by(11)).standing, Standing::Red);
        let mut record = short;
        record.connections.clear();
        assert_eq!(connections(&record).standing, Standing::NoData);
    }

    #[test]
    fn samples_that_stop_before_the_batch_ends_show_nothing_of_its_end() {
        let mut record = grown_by(11);
        let half = record.connections.len() / 2;
        record.connections.truncate(half);
        assert_eq!(connections(&record).standing, Standing::NoData);
    }

    #[test]
    fn the_lowest_counts_of_the_end_taken_away_one_by_one_never_help() {
        let mut record = grown_by(6);
        let worst = connections(&record).measured.unwrap().value;
        let end = record.connections.len();
        for index in (end - 40..end).rev().step_by(3) {
            record.connections.remove(index);
            let left = connections(&record).measured.unwrap().value;
            assert!(left >= worst, "{left} after {index}");
        }
    }
}
