//! What grading at once saved: the plan's primary goal.

use chrono::TimeDelta;

use crate::judge::{
    criterion::{Criterion, Enforcement, Rule, Scaling, WHERE_TIME_PASSES},
    evidence::Evidence,
    pairs::{Pair, none_owed},
    reading::{Look, Reading, counted, number},
    residency::cannot_co_reside,
    tiers::{Bound, Tiers, Unit},
    window::Window,
};

/// Of what there was to save (the shorter grade of each posting), how much was saved. That two grades touch for a moment
/// makes them overlap, but saves nothing: this asks for the time.
pub(super) const PARALLEL_SAVING: Rule = Rule {
    criterion: Criterion {
        id: "parallel_saving",
        name: "Saved by grading at once",
        sentence: "The time that both grades of a posting were at work together, by the rows and by the witness, over \
                   the time that the shorter one took, all postings together.",
        judged_in: WHERE_TIME_PASSES,
        also: &[
            "time saved",
            "parallel savings",
            "savings",
            "time saved per posting",
        ],
    },
    enforcement: Enforcement::Must,
    tiers: Tiers {
        unit: Unit::Percent,
        target: Bound::AtLeast(90.0),
        acceptable: Some(Bound::AtLeast(50.0)),
        red: Bound::Below(50.0),
    },
    scaling: Scaling::Fixed,
    read,
};

/// What the plan expects: seconds a posting, and percent of a posting's time without.
const EXPECTED: (f64, f64) = (31.8, 11.0);

fn read(evidence: &Evidence<'_>) -> Reading {
    let pairs = evidence.pairs();
    if pairs.is_empty() {
        return none_owed(evidence);
    }
    let account = worse_account(evidence);
    let Some(percent) = account.percent() else {
        return Reading::no_data("no grade has a start and an end");
    };
    let reading = Reading::value(percent, pairs.len(), told(evidence, account.saved))
        .no_tries()
        .look(worst(evidence));
    // Of a pair without any date nobody knows what there was to save.
    let reading = if pairs.iter().any(|pair| by_rows(pair).is_none()) {
        reading.at_least()
    } else {
        evidence.unless_runs_missing(reading)
    };
    match cannot_co_reside(evidence) {
        Some(reason) => reading.not_judgeable(reason),
        None => reading,
    }
}

/// What was saved, and what there was to save.
#[derive(Debug, Clone, Copy)]
struct Account {
    saved: TimeDelta,
    to_save: TimeDelta,
}

impl Account {
    const NOTHING: Self = Self {
        saved: TimeDelta::zero(),
        to_save: TimeDelta::zero(),
    };

    fn of([a, b]: [Window; 2]) -> Self {
        Self {
            saved: a.shared(b),
            to_save: a.length().min(b.length()),
        }
    }

    /// Multiplied first: 45 of 50 equal pairs are then 90 % and not 89.99….
    fn percent(self) -> Option<f64> {
        (!self.to_save.is_zero())
            .then(|| 100.0 * self.saved.as_seconds_f64() / self.to_save.as_seconds_f64())
    }

    fn and(self, other: Self) -> Self {
        Self {
            saved: self.saved + other.saved,
            to_save: self.to_save + other.to_save,
        }
    }
}

/// The rows may be dated by what was meant and not by what happened, so the witness has to agree: of both accounts the
/// one that tells of less counts. Of a run that nobody watched there are only the rows.
fn worse_account(evidence: &Evidence<'_>) -> Account {
    let rows = all_together(evidence, by_rows);
    if evidence.nobody_watched() {
        return rows;
    }
    let witness = all_together(evidence, by_the_witness);
    if witness.percent() < rows.percent() {
        witness
    } else {
        rows
    }
}

fn all_together(evidence: &Evidence<'_>, by: fn(&Pair) -> Option<Account>) -> Account {
    let accounts = evidence.pairs().iter().filter_map(by);
    accounts.fold(Account::NOTHING, Account::and)
}

/// Where one grade is lost nothing was saved, and the other stands for the shorter of both: it is at least as long, so
/// that losing a grade never looks better than having it.
fn by_rows(pair: &Pair) -> Option<Account> {
    pair.executed.map(Account::of).or_else(|| {
        pair.executed_alone.map(|alone| Account {
            to_save: alone.length(),
            ..Account::NOTHING
        })
    })
}

/// Where an exchange is lost nothing was seen to be saved, and the rows say what there was to save.
fn by_the_witness(pair: &Pair) -> Option<Account> {
    pair.in_flight.map(Account::of).or_else(|| {
        by_rows(pair).map(|rows| Account {
            saved: TimeDelta::zero(),
            ..rows
        })
    })
}

/// Pairs that saved less than half of what they could, by either account.
fn worst(evidence: &Evidence<'_>) -> impl Iterator<Item = Look> {
    let watched = !evidence.nobody_watched();
    let little = |account: Option<Account>| {
        account.is_none_or(|account| account.saved * 2 < account.to_save)
    };
    evidence
        .pairs()
        .iter()
        .filter(move |pair| little(by_rows(pair)) || (watched && little(by_the_witness(pair))))
        .map(|pair| Look::Run(pair.run))
}

/// Seconds a posting, and of a posting's time: of what it would have taken on the average without the saving.
fn told(evidence: &Evidence<'_>, saved: TimeDelta) -> String {
    let pairs = evidence.pairs().len();
    let seconds = evidence.plan_seconds(saved) / number(pairs);
    let (expected_seconds, expected_percent) = EXPECTED;
    let whole = evidence
        .wall_time()
        .map(|wall| evidence.plan_seconds(wall) / number(evidence.runs().count().max(1)));
    let percent = whole.map_or(String::new(), |whole| {
        format!(
            ", {:.0} % of a posting's time",
            100.0 * seconds / (whole + seconds)
        )
    });
    format!(
        "{seconds:.1} s saved per posting{percent}, over {}; the plan expects {expected_seconds} s and \
         {expected_percent:.0} %",
        counted(pairs, "pair")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        judge::{
            Standing, Verdict,
            conversations::{GRADE_A, GRADE_B},
            doctored::{self, GIB, PLAIN_RUN},
        },
        record::RunRecord,
    };

    fn verdict(record: &RunRecord) -> Verdict {
        doctored::verdict(record, "parallel_saving")
    }

    #[test]
    fn what_was_saved_is_judged_against_what_there_was_to_save() {
        for (serial, expected) in [
            (0, Standing::Target),
            (5, Standing::Target),
            (6, Standing::Acceptable),
            (25, Standing::Acceptable),
            (26, Standing::Red),
            (50, Standing::Red),
        ] {
            let mut record = doctored::healthy();
            for run in 1..=serial {
                doctored::serialise_grades(&mut record, run);
            }
            let verdict = verdict(&record);
            assert_eq!(
                verdict.standing, expected,
                "{serial} serial: {}",
                verdict.note
            );
        }
    }

    #[test]
    fn rows_that_are_dated_by_their_creation_do_not_outweigh_the_witness() {
        let mut record = doctored::serial();
        for run in 1..=50 {
            let began = doctored::find(&record, run, GRADE_A).started_at;
            doctored::interaction(&mut record, run, GRADE_B).started_at = began;
        }
        assert_eq!(verdict(&record).standing, Standing::Red);
    }

    #[test]
    fn grades_that_only_touch_overlap_but_save_nothing() {
        let mut record = doctored::serial();
        for run in 1..=50 {
            doctored::postpone(&mut record, run, GRADE_B, -TimeDelta::milliseconds(20));
        }
        assert_eq!(
            doctored::verdict(&record, "grades_overlap").standing,
            Standing::Target
        );
        assert_eq!(verdict(&record).standing, Standing::Red);
    }

    #[test]
    fn the_note_tells_seconds_and_percent_beside_what_the_plan_expects() {
        let verdict = verdict(&doctored::healthy());
        for part in [
            "s saved per posting",
            "% of a posting's time",
            "31.8 s and 11 %",
        ] {
            assert!(verdict.note.contains(part), "{}", verdict.note);
        }
    }

    #[test]
    fn a_lost_grade_saved_nothing_and_its_pair_stays_in_the_count() {
        for lost in [GRADE_A, GRADE_B] {
            let mut record = doctored::healthy();
            for run in 1..=30 {
                doctored::remove(&mut record, run, lost);
            }
            assert_eq!(verdict(&record).standing, Standing::Red, "without {lost}");
        }
    }

    #[test]
    fn a_pair_that_is_lost_altogether_is_no_pass_and_does_not_hide_a_red_one() {
        let without_one = |mut record: RunRecord| {
            for grade in [GRADE_A, GRADE_B] {
                doctored::remove(&mut record, PLAIN_RUN, grade);
            }
            verdict(&record).standing
        };
        assert_eq!(without_one(doctored::healthy()), Standing::NoData);
        assert_eq!(without_one(doctored::serial()), Standing::Red);
    }

    #[test]
    fn where_the_models_cannot_be_loaded_together_nothing_could_be_saved() {
        let mut record = doctored::serial();
        assert_eq!(verdict(&record).standing, Standing::Red);
        record.environment.servers[0].gpu_memory = Some(6 * GIB);
        record.residency.clear();
        assert!(matches!(
            verdict(&record).standing,
            Standing::NotJudgeable { .. }
        ));
    }

    #[test]
    fn without_dates_there_is_no_data() {
        let mut record = doctored::healthy();
        for row in &mut record.interactions {
            row.started_at = None;
        }
        assert_eq!(verdict(&record).standing, Standing::NoData);
    }
}
