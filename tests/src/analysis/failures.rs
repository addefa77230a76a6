//! What failed, by step, class and message.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::judge::Step;
use crate::record::{Attempt, Interaction, RunRecord, Status, WorkflowError};

/// Enough to start looking; the record has the rest.
const NAMED_AT_MOST: usize = 5;

/// What failed in a batch, that which failed most often first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failures {
    /// Interactions that failed for good.
    pub failed_interactions: usize,
    /// Everything that went wrong, what a further attempt put right included.
    pub failures: usize,
    /// The same, by kind.
    pub kinds: Vec<Kind>,
}

/// Failures of one step and class, with messages that differ in numbers alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kind {
    /// The step; absent where it befell no interaction.
    pub step: Option<Step>,
    /// `watchdog`, `database`, `model`, `validation` or `source`; absent where nobody wrote it down.
    pub error_type: Option<String>,
    /// Of which kind within its type; absent where nobody wrote it down.
    pub error_class: Option<String>,
    /// The first of its messages.
    pub message: String,
    /// How often.
    pub times: usize,
    /// Interactions among them that failed for good.
    pub for_good: usize,
    /// The first few interactions, by id.
    pub interactions: Vec<i64>,
}

/// One thing that went wrong.
struct Failure<'r> {
    interaction: Option<&'r Interaction>,
    error_type: Option<&'r str>,
    error_class: Option<&'r str>,
    message: &'r str,
}

/// What failed in a record. The same failure stands in several tables; it is counted once.
pub fn failures(record: &RunRecord) -> Failures {
    let all = all(record);
    let failed = record.interactions.iter().filter(|row| has_failed(row));
    let mut kinds: BTreeMap<_, Vec<&Failure<'_>>> = BTreeMap::new();
    for failure in &all {
        let step = failure.interaction.map(|row| row.conversation_id);
        let class = (failure.error_type, failure.error_class);
        let kind = (step, class, without_numbers(failure.message));
        kinds.entry(kind).or_default().push(failure);
    }
    let mut kinds: Vec<Kind> = kinds
        .into_values()
        .filter_map(|failures| Kind::of(record, &failures))
        .collect();
    // Stable: of two that are as frequent the one of the earlier step stays first.
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.times));
    Failures {
        failed_interactions: failed.count(),
        failures: all.len(),
        kinds,
    }
}

impl Kind {
    fn of(record: &RunRecord, failures: &[&Failure<'_>]) -> Option<Self> {
        let first = failures.first()?;
        let rows = || failures.iter().filter_map(|failure| failure.interaction);
        let ids = |rows: &mut dyn Iterator<Item = &Interaction>| -> BTreeSet<i64> {
            rows.map(|row| row.interaction_id).collect()
        };
        Some(Self {
            step: first
                .interaction
                .map(|row| Step::of(record, row.conversation_id)),
            error_type: first.error_type.map(str::to_owned),
            error_class: first.error_class.map(str::to_owned),
            message: first.message.to_owned(),
            times: failures.len(),
            for_good: ids(&mut rows().filter(|row| has_failed(row))).len(),
            interactions: ids(&mut rows()).into_iter().take(NAMED_AT_MOST).collect(),
        })
    }
}

fn has_failed(row: &Interaction) -> bool {
    row.status == Status::Failed
}

/// The rows of `workflow_errors`, then what has none there: attempts with an error, and interactions that failed.
fn all(record: &RunRecord) -> Vec<Failure<'_>> {
    let rows: BTreeMap<i64, &Interaction> = record
        .interactions
        .iter()
        .map(|row| (row.interaction_id, row))
        .collect();
    let row = |id: Option<i64>| id.and_then(|id| rows.get(&id).copied());
    let mut told: BTreeSet<(i64, i32)> = record
        .errors
        .iter()
        .filter_map(|error| Some((error.interaction_id?, error.attempt?)))
        .collect();
    let mut all: Vec<Failure<'_>> = record
        .errors
        .iter()
        .map(|error| of_error(error, row(error.interaction_id)))
        .collect();
    for attempt in &record.attempts {
        if let Some(failure) = of_attempt(attempt, row(Some(attempt.interaction_id)))
            && told.insert((attempt.interaction_id, attempt.attempt))
        {
            all.push(failure);
        }
    }
    let untold = rows
        .values()
        .filter(|row| has_failed(row))
        .filter(|row| !told.contains(&(row.interaction_id, row.attempt)));
    all.extend(untold.map(|row| Failure {
        interaction: Some(row),
        error_type: None,
        error_class: None,
        message: row.error().unwrap_or("no reason was written down"),
    }));
    all
}

fn of_error<'r>(error: &'r WorkflowError, interaction: Option<&'r Interaction>) -> Failure<'r> {
    Failure {
        interaction,
        error_type: Some(&error.error_type),
        error_class: error.error_class.as_deref(),
        message: &error.error_message,
    }
}

fn of_attempt<'r>(
    attempt: &'r Attempt,
    interaction: Option<&'r Interaction>,
) -> Option<Failure<'r>> {
    Some(Failure {
        interaction,
        error_type: attempt.error_type.as_deref(),
        error_class: None,
        message: attempt.error.as_deref()?,
    })
}

/// A message with a sign for each number: "found 23 skills" and "found 25 skills" are one kind.
fn without_numbers(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    let mut in_number = false;
    for letter in message.chars() {
        if !letter.is_ascii_digit() {
            text.push(letter);
        } else if !in_number {
            text.push('#');
        }
        in_number = letter.is_ascii_digit();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::doctored::{self, trouble};

    #[test]
    fn failures_that_differ_in_a_number_are_of_one_kind_and_others_are_not() {
        let mut record = doctored::healthy();
        trouble::error(&mut record, 5, "validation", "found 23 skills");
        trouble::error(&mut record, 5 + 13, "validation", "found 25 skills");
        record.errors[1].interaction_id = record.errors[0].interaction_id;
        trouble::error(&mut record, 5, "model", "found 23 skills");
        let found = failures(&record);
        assert_eq!((found.failures, found.failed_interactions), (3, 0));
        let kinds: Vec<(usize, &str)> = found
            .kinds
            .iter()
            .map(|kind| (kind.times, kind.message.as_str()))
            .collect();
        assert_eq!(kinds, [(2, "found 23 skills"), (1, "found 23 skills")]);
    }

    #[test]
    fn one_failure_in_two_tables_is_counted_once() {
        let mut record = doctored::healthy();
        for run in [2, 3, 5] {
            doctored::fail(&mut record, run);
        }
        let found = failures(&record);
        assert_eq!((found.failures, found.failed_interactions), (3, 3));
        assert_eq!(found.kinds.len(), 1);
        let kind = &found.kinds[0];
        assert_eq!(
            (kind.times, kind.for_good, kind.interactions.len()),
            (3, 3, 3)
        );
        assert_eq!(kind.step.as_ref().unwrap().conversation, 9163);
    }

    #[test]
    fn a_failed_interaction_that_no_error_row_tells_of_is_not_forgotten() {
        let mut record = doctored::healthy();
        doctored::fail(&mut record, 2);
        record.errors.clear();
        let found = failures(&record);
        assert_eq!(found.kinds[0].message, "the answer is no JSON");
        assert_eq!(found.kinds[0].error_type, None);
    }

    #[test]
    fn an_error_of_no_interaction_has_no_step() {
        let mut record = doctored::healthy();
        trouble::error(&mut record, 5, "database", "the connection is gone");
        record.errors[0].interaction_id = None;
        let found = failures(&record);
        assert_eq!(
            (found.kinds[0].step.as_ref(), found.kinds[0].for_good),
            (None, 0)
        );
    }

    #[test]
    fn where_nothing_failed_nothing_is_listed() {
        let found = failures(&doctored::healthy());
        assert_eq!((found.failures, found.kinds), (0, Vec::new()));
    }
}
