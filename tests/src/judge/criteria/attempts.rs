//! How often the same had to be asked again.
//!
//! A lease that was lost and a claim that a stopping runner released are no retries: nobody had given a bad answer.
//! They are known by their rows in `interaction_attempts`, and by having no error: a lease runs out in silence, and an
//! attempt that failed with an error was no bad luck, whatever its row calls it. The number of an interaction's attempt counts them all, so
//! an attempt without a row is taken for a retry: a row that is missing excuses nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    judge::{
        criterion::{Criterion, EVERYWHERE, Enforcement, Rule, Scaling},
        evidence::Evidence,
        reading::{Look, Reading, counted, number},
        tiers::{Bound, Tiers, Unit, percent},
    },
    record::{AttemptEnd, Interaction, RunRecord, Status},
};

/// The share that came right without a second question.
pub(super) const FIRST_TRY_RATE: Rule = Rule {
    criterion: Criterion {
        id: "first_try_rate",
        name: "Right at the first try",
        sentence: "The share of the interactions that came to an end which were completed without a retry.",
        judged_in: EVERYWHERE,
        also: &["first-try rate", "first try rate"],
    },
    enforcement: Enforcement::Should,
    tiers: Tiers {
        unit: Unit::Percent,
        target: Bound::AtLeast(98.0),
        acceptable: Some(Bound::Above(90.0)),
        red: Bound::Below(80.0),
    },
    scaling: Scaling::Fixed,
    read: read_first_try_rate,
};

/// The same as a count, for it is time that was paid for twice.
pub(super) const RETRIES: Rule = Rule {
    criterion: Criterion {
        id: "retries",
        name: "Retries",
        sentence: "Attempts that failed and were made again.",
        judged_in: EVERYWHERE,
        also: &["retry count", "retried attempts"],
    },
    enforcement: Enforcement::Should,
    tiers: Tiers {
        unit: Unit::Count,
        target: Bound::Exactly(0.0),
        acceptable: Some(Bound::Below(25.0)),
        red: Bound::Above(50.0),
    },
    scaling: Scaling::WithBatch,
    read: read_retries,
};

/// Attempts that nobody wrote down are not attempts that were not made.
fn untold() -> Reading {
    Reading::no_data("nobody knows how often anything was tried again")
}

fn read_first_try_rate(evidence: &Evidence<'_>) -> Reading {
    if evidence.nobody_watched() {
        return untold();
    }
    let tries = Tries::of(evidence);
    let ended: Vec<&Interaction> = evidence
        .interactions()
        .filter(|row| matches!(row.status, Status::Completed | Status::Failed))
        .collect();
    let right = |row: &Interaction| row.status == Status::Completed && tries.retries(row) == 0;
    let wrong = ended.iter().filter(|row| !right(row));
    let first = ended.iter().filter(|row| right(row)).count();
    let all = ended.len() + tries.lost_rows.len();
    if all == 0 {
        return Reading::no_data("no interaction has come to an end");
    }
    let note = format!("{first} of {all} interactions; {}", tries.told());
    Reading::value(percent(first, all), all, note)
        .look(wrong.map(|row| Look::Interaction(row.interaction_id)))
}

fn read_retries(evidence: &Evidence<'_>) -> Reading {
    if evidence.nobody_watched() {
        return untold();
    }
    let interactions = evidence.interactions().count();
    if interactions == 0 {
        return Reading::no_data("no interaction has been created");
    }
    let tries = Tries::of(evidence);
    let again: Vec<(i64, usize)> = evidence
        .interactions()
        .map(|row| (row.interaction_id, tries.retries(row)))
        .chain(
            tries
                .lost_rows
                .iter()
                .map(|id| (*id, tries.retried_rows(*id))),
        )
        .filter(|(_, count)| *count > 0)
        .collect();
    let retries: usize = again.iter().map(|(_, count)| count).sum();
    let note = format!(
        "{} failed and made again, of {}; {}",
        counted(retries, "attempt"),
        counted(interactions, "interaction"),
        tries.told()
    );
    let reading = Reading::value(number(retries), interactions, note)
        .look(again.into_iter().map(|(id, _)| Look::Interaction(id)));
    if evidence.all_work_ended() {
        reading
    } else {
        reading.at_least()
    }
}

/// What `interaction_attempts` says beside the numbers in the interactions' own rows.
struct Tries {
    /// Attempts by interaction, and how each was given up.
    given_up: BTreeMap<i64, BTreeMap<i32, AttemptEnd>>,
    /// Interactions that attempts or errors tell of and that have no row of their own.
    lost_rows: BTreeSet<i64>,
}

impl Tries {
    fn of(evidence: &Evidence<'_>) -> Self {
        let record = evidence.record;
        let mut given_up: BTreeMap<i64, BTreeMap<i32, AttemptEnd>> = BTreeMap::new();
        let errors = record.errors.iter();
        let with_error: BTreeSet<(i64, i32)> = errors
            .filter_map(|error| Some((error.interaction_id?, error.attempt?)))
            .collect();
        for row in &record.attempts {
            let failed = row.error_type.is_some()
                || row.error.is_some()
                || with_error.contains(&(row.interaction_id, row.attempt));
            let attempts = given_up.entry(row.interaction_id).or_default();
            let end = if failed {
                AttemptEnd::Retried
            } else {
                row.ended_as
            };
            attempts.insert(row.attempt, end);
        }
        Self {
            lost_rows: lost_rows(record),
            given_up,
        }
    }

    /// How often one interaction was asked again because an attempt had failed: by its own number, less what is known
    /// to be nobody's failure, and no less often than the rows say.
    fn retries(&self, row: &Interaction) -> usize {
        // Back in the queue, the number is that of the attempt before.
        let past = match row.status {
            Status::Pending if row.claimed_by.is_none() => row.attempt,
            _ => row.attempt.saturating_sub(1),
        };
        let by_number = usize::try_from(past).unwrap_or(0);
        let excused = self
            .rows(row.interaction_id)
            .filter(|(attempt, end)| *attempt <= past && *end != AttemptEnd::Retried);
        by_number
            .saturating_sub(excused.count())
            .max(self.retried_rows(row.interaction_id))
    }

    fn retried_rows(&self, interaction: i64) -> usize {
        self.rows(interaction)
            .filter(|(_, end)| *end == AttemptEnd::Retried)
            .count()
    }

    fn rows(&self, interaction: i64) -> impl Iterator<Item = (i32, AttemptEnd)> {
        let attempts = self.given_up.get(&interaction).into_iter().flatten();
        attempts.map(|(attempt, end)| (*attempt, *end))
    }

    /// What is not counted is told.
    fn told(&self) -> String {
        let with = |end| {
            self.given_up
                .values()
                .flat_map(BTreeMap::values)
                .filter(|given_up| **given_up == end)
                .count()
        };
        format!(
            "beside them {} lost and {} released",
            counted(with(AttemptEnd::Lost), "lease"),
            with(AttemptEnd::Released)
        )
    }
}

/// Were they forgotten, losing the row of an interaction that was retried or that failed would be good news.
fn lost_rows(record: &RunRecord) -> BTreeSet<i64> {
    let rows: BTreeSet<i64> = record
        .interactions
        .iter()
        .map(|row| row.interaction_id)
        .collect();
    let attempts = record.attempts.iter().map(|row| row.interaction_id);
    let errors = record.errors.iter().filter_map(|row| row.interaction_id);
    attempts
        .chain(errors)
        .filter(|interaction| !rows.contains(interaction))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        judge::{
            Standing, Verdict,
            doctored::{
                self,
                trouble::{attempt_before, error},
            },
        },
        record::Provenance,
    };

    fn with(count: usize, ended_as: AttemptEnd) -> RunRecord {
        let mut record = doctored::healthy();
        for index in 0..count {
            attempt_before(&mut record, index, ended_as);
        }
        record
    }

    fn first_try_rate(record: &RunRecord) -> Verdict {
        doctored::verdict(record, "first_try_rate")
    }

    fn retries(record: &RunRecord) -> Verdict {
        doctored::verdict(record, "retries")
    }

    #[test]
    fn an_attempt_that_no_counter_can_have_is_no_retry() {
        let mut record = doctored::healthy();
        record.interactions[0].attempt = i32::MIN;
        assert_eq!(retries(&record).standing, Standing::Target);
    }

    #[test]
    fn between_90_and_80_percent_right_at_the_first_try_lies_the_gap() {
        let all = doctored::healthy().interactions.len();
        for (percent, standing) in [
            (100, Standing::Target),
            (98, Standing::Target),
            (97, Standing::Acceptable),
            (90, Standing::Acceptable),
            (89, Standing::Gap),
            (80, Standing::Gap),
            (79, Standing::Red),
        ] {
            let record = with(all * (100 - percent) / 100, AttemptEnd::Retried);
            let verdict = first_try_rate(&record);
            assert_eq!(verdict.standing, standing, "{percent} %: {}", verdict.note);
        }
    }

    #[test]
    fn between_25_and_50_retries_lies_the_gap() {
        for (count, standing) in [
            (0, Standing::Target),
            (1, Standing::Acceptable),
            (24, Standing::Acceptable),
            (25, Standing::Gap),
            (50, Standing::Gap),
            (51, Standing::Red),
        ] {
            let verdict = retries(&with(count, AttemptEnd::Retried));
            assert_eq!(verdict.standing, standing, "{count}: {}", verdict.note);
        }
    }

    #[test]
    fn a_lost_lease_and_a_released_claim_are_told_and_are_no_retries() {
        for end in [AttemptEnd::Lost, AttemptEnd::Released] {
            let record = with(600, end);
            assert_eq!(first_try_rate(&record).standing, Standing::Target);
            let verdict = retries(&record);
            assert_eq!(verdict.standing, Standing::Target);
            assert!(verdict.note.contains("600"), "{}", verdict.note);
        }
    }

    #[test]
    fn an_attempt_that_failed_with_an_error_is_a_retry_whatever_its_row_calls_it() {
        for end in [AttemptEnd::Lost, AttemptEnd::Released] {
            let mut by_row = with(60, AttemptEnd::Retried);
            for row in &mut by_row.attempts {
                row.ended_as = end;
            }
            assert_eq!(retries(&by_row).standing, Standing::Red);
            let mut by_error = with(60, end);
            for index in 0..60 {
                error(&mut by_error, index, "validation", "no JSON");
            }
            for row in &mut by_error.errors {
                row.attempt = Some(1);
            }
            assert_eq!(retries(&by_error).standing, Standing::Red);
        }
    }

    #[test]
    fn of_a_run_that_nobody_watched_nobody_knows_what_was_tried_again() {
        let mut record = doctored::healthy();
        record.provenance = Provenance::Reconstructed {
            source: "a report".to_owned(),
        };
        assert_eq!(retries(&record).standing, Standing::NoData);
        assert_eq!(first_try_rate(&record).standing, Standing::NoData);
    }

    #[test]
    fn an_attempt_whose_row_is_gone_is_taken_for_a_retry() {
        for end in [AttemptEnd::Retried, AttemptEnd::Lost] {
            let mut record = with(1, end);
            record.attempts.clear();
            assert_eq!(retries(&record).measured.unwrap().to_string(), "1");
            let wrong = first_try_rate(&record).look;
            assert_eq!(wrong, [Look::Interaction(1)]);
        }
    }

    #[test]
    fn a_number_set_back_does_not_hide_the_rows_of_its_attempts() {
        let mut record = with(3, AttemptEnd::Retried);
        for row in &mut record.interactions {
            row.attempt = 1;
        }
        assert_eq!(retries(&record).measured.unwrap().to_string(), "3");
    }

    #[test]
    fn a_retried_interaction_whose_row_is_gone_still_counts() {
        let mut record = with(60, AttemptEnd::Retried);
        let rate = first_try_rate(&record).measured.unwrap().value;
        record.interactions.remove(0);
        assert_eq!(retries(&record).measured.unwrap().to_string(), "60");
        assert!(first_try_rate(&record).measured.unwrap().value <= rate);
    }

    #[test]
    fn what_waits_for_its_second_attempt_has_been_retried_and_what_was_released_has_not() {
        for (end, expected) in [(AttemptEnd::Retried, "1"), (AttemptEnd::Released, "0")] {
            let mut record = doctored::interrupted();
            let index = record.interactions.len() - 1;
            let row = &mut record.interactions[index];
            row.claimed_at = Some(row.created_at);
            attempt_before(&mut record, index, end);
            let row = &mut record.interactions[index];
            (row.claimed_at, row.attempt) = (None, 1);
            record.attempts[0].attempt = 1;
            assert_eq!(retries(&record).measured.unwrap().to_string(), expected);
        }
    }

    #[test]
    fn a_failure_is_not_right_at_the_first_try() {
        let mut record = doctored::healthy();
        doctored::fail(&mut record, 4);
        let verdict = first_try_rate(&record);
        assert!(verdict.measured.unwrap().value < 100.0);
        assert_eq!(verdict.standing, Standing::Target);
    }

    #[test]
    fn a_batch_at_work_may_yet_have_more_retries() {
        assert_eq!(retries(&doctored::interrupted()).standing, Standing::NoData);
    }
}
