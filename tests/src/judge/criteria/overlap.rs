//! Whether both grades of a posting ran at the same time. `created_at` cannot show it: rows inserted in one
//! transaction are equal to the microsecond whatever runs later.

use crate::judge::{
    criterion::{Criterion, Enforcement, Rule, Scaling, WHERE_TIME_PASSES},
    evidence::Evidence,
    pairs::{Pair, none_owed},
    reading::{Look, Reading},
    residency::cannot_co_reside,
    tiers::{Bound, Tiers, Unit, percent},
};

/// All pairs are the target; a pair torn apart by a retry is no sign of serial work, so one in twenty may be.
const TIERS: Tiers = Tiers {
    unit: Unit::Percent,
    target: Bound::Exactly(100.0),
    acceptable: Some(Bound::AtLeast(95.0)),
    red: Bound::Below(95.0),
};

/// The plan's "Parallel execution working", by the rows.
pub(super) const GRADES_OVERLAP: Rule = Rule {
    criterion: Criterion {
        id: "grades_overlap",
        name: "Grades overlap (execution)",
        sentence: "Of each posting, both grades were at work at one moment, by start and end in the \
                   database.",
        judged_in: WHERE_TIME_PASSES,
        also: &["parallel execution working"],
    },
    enforcement: Enforcement::Must,
    tiers: TIERS,
    scaling: Scaling::Fixed,
    read: |evidence| read(evidence, Pair::overlaps_in_execution),
};

/// The same by the server's own account: of two requests sent together it may still make one wait.
pub(super) const GRADES_OVERLAP_ON_SERVER: Rule = Rule {
    criterion: Criterion {
        id: "grades_overlap_on_server",
        name: "Grades overlap (server)",
        sentence: "Of each posting, the server computed both grades at one moment, by the durations it \
                   reported to the witness.",
        judged_in: WHERE_TIME_PASSES,
        also: &[],
    },
    enforcement: Enforcement::Must,
    tiers: TIERS,
    scaling: Scaling::Fixed,
    read: read_on_server,
};

fn read_on_server(evidence: &Evidence<'_>) -> Reading {
    if evidence.nobody_watched() {
        return Reading::no_data("nobody watched the model server");
    }
    read(evidence, Pair::overlaps_on_server)
}

fn read(evidence: &Evidence<'_>, overlaps: fn(&Pair) -> bool) -> Reading {
    let pairs = evidence.pairs();
    if pairs.is_empty() {
        return none_owed(evidence);
    }
    let together = pairs.iter().filter(|pair| overlaps(pair)).count();
    let apart = pairs.iter().filter(|pair| !overlaps(pair));
    let note = format!("{together} of {} pairs of grades overlapped", pairs.len());
    let reading = Reading::value(percent(together, pairs.len()), pairs.len(), note)
        .look(apart.map(|pair| Look::Run(pair.run)));
    let reading = evidence.unless_runs_missing(reading);
    match cannot_co_reside(evidence) {
        Some(reason) => reading.not_judgeable(reason),
        None => reading,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use crate::{
        judge::{
            Standing,
            conversations::{GRADE_A, GRADE_B},
            doctored::{self, GIB},
        },
        record::{Provenance, RunRecord},
    };

    const BOTH: [&str; 2] = ["grades_overlap", "grades_overlap_on_server"];

    #[test]
    fn one_pair_in_twenty_may_be_apart() {
        for (apart, standing) in [
            (0, Standing::Target),
            (2, Standing::Acceptable),
            (3, Standing::Red),
            (50, Standing::Red),
        ] {
            let mut record = doctored::healthy();
            for run in 1..=apart {
                doctored::serialise_grades(&mut record, run);
            }
            for criterion in BOTH {
                let verdict = doctored::verdict(&record, criterion);
                assert_eq!(verdict.standing, standing, "{criterion}: {apart} apart");
            }
        }
    }

    #[test]
    fn what_nobody_watched_is_unknown_and_what_the_rows_say_is_not() {
        let mut record = doctored::serial();
        record.exchanges.clear();
        let standings = |record: &RunRecord| BOTH.map(|id| doctored::verdict(record, id).standing);
        assert_eq!(standings(&record), [Standing::Red, Standing::Red]);
        record.provenance = Provenance::Reconstructed {
            source: "a report".to_owned(),
        };
        assert_eq!(standings(&record), [Standing::Red, Standing::NoData]);
    }

    #[test]
    fn grades_created_in_one_transaction_and_run_one_after_the_other_are_red() {
        let mut record = doctored::serial();
        for interaction in &mut record.interactions {
            interaction.created_at = doctored::START;
        }
        for criterion in BOTH {
            assert_eq!(
                doctored::verdict(&record, criterion).standing,
                Standing::Red
            );
        }
    }

    #[test]
    fn two_requests_in_flight_that_the_server_worked_off_in_turn_overlap_only_in_the_rows() {
        let mut record = doctored::healthy();
        for run in 1..=50 {
            let first_done = doctored::exchange(&mut record, run, GRADE_A).last_byte_at;
            let second = doctored::exchange(&mut record, run, GRADE_B);
            let compute = second.compute().unwrap();
            second.last_byte_at = first_done.map(|done| done + compute);
        }
        assert_eq!(
            doctored::verdict(&record, BOTH[0]).standing,
            Standing::Target
        );
        assert_eq!(doctored::verdict(&record, BOTH[1]).standing, Standing::Red);
    }

    #[test]
    fn a_lost_grade_counts_against_overlap() {
        let mut record = doctored::healthy();
        for run in 1..=3 {
            doctored::remove(&mut record, run, GRADE_B);
        }
        for criterion in BOTH {
            let verdict = doctored::verdict(&record, criterion);
            assert_eq!(
                (verdict.standing, verdict.n),
                (Standing::Red, 50),
                "{criterion}"
            );
        }
    }

    #[test]
    fn a_server_window_without_evidence_counts_against_overlap_on_the_server_alone() {
        let mut record = doctored::healthy();
        record.exchanges.clear();
        assert_eq!(
            doctored::verdict(&record, BOTH[0]).standing,
            Standing::Target
        );
        assert_eq!(doctored::verdict(&record, BOTH[1]).standing, Standing::Red);
    }

    #[test]
    fn where_the_models_cannot_be_loaded_together_overlap_is_not_judgeable() {
        let mut record = doctored::serial();
        record.environment.servers[0].gpu_memory = Some(6 * GIB);
        record.residency.clear();
        for criterion in BOTH {
            let Standing::NotJudgeable { reason } = doctored::verdict(&record, criterion).standing
            else {
                panic!("{criterion} was judged");
            };
            assert!(reason.contains("cannot co-reside"), "{reason}");
        }
    }

    #[test]
    fn a_pair_that_only_touches_is_apart() {
        let mut record = doctored::healthy_of(1);
        let done = doctored::find(&record, 1, GRADE_A).completed_at;
        let second = doctored::interaction(&mut record, 1, GRADE_B);
        second.started_at = done;
        second.completed_at = done.map(|done| done + TimeDelta::seconds(1));
        assert_eq!(doctored::verdict(&record, BOTH[0]).standing, Standing::Red);
    }
}
