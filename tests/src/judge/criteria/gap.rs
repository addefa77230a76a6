//! How far apart both grades of a posting were sent.

use chrono::TimeDelta;

use crate::judge::{
    criterion::{Criterion, Enforcement, Rule, Scaling, WHERE_TIME_PASSES},
    evidence::Evidence,
    pairs::none_owed,
    reading::{Look, Reading, counted},
    residency::cannot_co_reside,
    tiers::{Bound, Tiers, Unit},
};

/// The table's "Parallel execution": the gap between the sendings that the witness saw, in wall time.
///
/// Judged by the worst pair, for the plan asks it of every pair and a mean would hide one serial pair among
/// fifty; the median is told beside it.
pub(super) const GRADE_GAP: Rule = Rule {
    criterion: Criterion {
        id: "grade_gap",
        name: "Gap between the grades",
        sentence: "The longest time between the sending of one grade and of the other, of one posting.",
        judged_in: WHERE_TIME_PASSES,
        also: &["parallel execution", "parallel execution confirmed"],
    },
    enforcement: Enforcement::Should,
    tiers: Tiers {
        unit: Unit::Milliseconds,
        target: Bound::Below(100.0),
        acceptable: Some(Bound::Below(500.0)),
        red: Bound::Above(1000.0),
    },
    scaling: Scaling::Fixed,
    read,
};

/// Above this scale even grades that run one after the other are sent within 100 ms (17 to 35 ms at
/// 1000:1), and the tiers would pass them.
const GREATEST_TELLING_SCALE: f64 = 10.0;

fn read(evidence: &Evidence<'_>) -> Reading {
    let reading = worst_gap(evidence);
    let scale = evidence.record.mode.time_scale;
    if scale > GREATEST_TELLING_SCALE {
        return reading.not_judgeable(format!(
            "at {scale}:1 even serial grades are sent milliseconds apart: overlap decides"
        ));
    }
    match cannot_co_reside(evidence) {
        Some(reason) => reading.not_judgeable(reason),
        None => reading,
    }
}

fn worst_gap(evidence: &Evidence<'_>) -> Reading {
    if evidence.pairs().is_empty() {
        return none_owed(evidence);
    }
    let mut gaps: Vec<(TimeDelta, i64)> = evidence
        .pairs()
        .iter()
        .filter_map(|pair| Some((pair.gap?, pair.run)))
        .collect();
    gaps.sort_unstable();
    let Some((worst, run)) = gaps.last().copied() else {
        return Reading::no_data("the witness saw no pair of grades");
    };
    let median = milliseconds(gaps[gaps.len() / 2].0);
    let unseen = evidence.pairs().len() - gaps.len();
    let note = format!(
        "the worst of {}; the median is {median:.0} ms",
        counted(gaps.len(), "pair")
    );
    if unseen == 0 {
        let reading = Reading::value(milliseconds(worst), gaps.len(), note).look([Look::Run(run)]);
        evidence.unless_runs_missing(reading)
    } else {
        let unseen_runs = evidence.pairs().iter().filter(|pair| pair.gap.is_none());
        let note = format!(
            "{note}; of {} a grade is missing",
            counted(unseen, "more pair")
        );
        Reading::value(milliseconds(worst), gaps.len(), note)
            .at_least()
            .look(unseen_runs.map(|pair| Look::Run(pair.run)))
    }
}

fn milliseconds(gap: TimeDelta) -> f64 {
    gap.as_seconds_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        judge::{
            Standing,
            conversations::{GRADE_A, GRADE_B},
            doctored::{self, GIB, PLAIN_RUN},
        },
        record::RunRecord,
    };

    /// One pair sent this far apart, all others together.
    fn apart(milliseconds: i64) -> RunRecord {
        let mut record = doctored::healthy();
        let sent = doctored::exchange(&mut record, PLAIN_RUN, GRADE_A).sent_at;
        let later = sent + TimeDelta::milliseconds(milliseconds);
        doctored::exchange(&mut record, PLAIN_RUN, GRADE_B).sent_at = later;
        doctored::interaction(&mut record, PLAIN_RUN, GRADE_B).started_at = Some(later);
        record
    }

    fn standing(record: &RunRecord) -> Standing {
        doctored::verdict(record, "grade_gap").standing
    }

    #[test]
    fn the_worst_pair_decides() {
        for (milliseconds, expected) in [
            (0, Standing::Target),
            (99, Standing::Target),
            (100, Standing::Acceptable),
            (499, Standing::Acceptable),
            (500, Standing::Gap),
            (1000, Standing::Gap),
            (1001, Standing::Red),
        ] {
            assert_eq!(
                standing(&apart(milliseconds)),
                expected,
                "{milliseconds} ms"
            );
        }
    }

    #[test]
    fn the_gap_has_no_sign() {
        let mut record = doctored::healthy();
        let exchange = doctored::exchange(&mut record, PLAIN_RUN, GRADE_B);
        exchange.sent_at -= TimeDelta::milliseconds(800);
        let interaction = doctored::interaction(&mut record, PLAIN_RUN, GRADE_B);
        interaction.started_at = interaction
            .started_at
            .map(|at| at - TimeDelta::milliseconds(800));
        assert_eq!(standing(&record), Standing::Gap);
    }

    #[test]
    fn it_is_wall_time_that_is_judged_and_only_up_to_ten_to_one() {
        let mut record = apart(200);
        record.mode.time_scale = 1.0;
        assert_eq!(standing(&record), Standing::Acceptable);
        record.mode.time_scale = 10.0;
        assert_eq!(standing(&record), Standing::Acceptable);
        record.mode.time_scale = 10.5;
        assert!(matches!(standing(&record), Standing::NotJudgeable { .. }));
    }

    #[test]
    fn a_missing_pair_is_no_pass_and_does_not_hide_a_red_one() {
        let mut record = doctored::healthy();
        doctored::remove(&mut record, doctored::TICKET_RUN, GRADE_B);
        assert_eq!(standing(&record), Standing::NoData);
        let mut record = apart(1001);
        doctored::remove(&mut record, doctored::TICKET_RUN, GRADE_B);
        assert_eq!(standing(&record), Standing::Red);
    }

    #[test]
    fn without_the_witness_there_is_no_gap_to_judge() {
        let mut record = doctored::healthy();
        record.exchanges.clear();
        assert_eq!(standing(&record), Standing::NoData);
    }

    #[test]
    fn where_the_models_cannot_be_loaded_together_the_gap_is_not_judgeable() {
        let mut record = doctored::serial();
        assert_eq!(standing(&record), Standing::Red);
        record.environment.servers[0].gpu_memory = Some(6 * GIB);
        record.residency.clear();
        assert!(matches!(standing(&record), Standing::NotJudgeable { .. }));
    }
}
