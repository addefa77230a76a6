//! What went wrong, grouped by step and message.

use std::collections::{BTreeMap, BTreeSet};

use super::steps::{Step, steps};
use crate::judge::evidence::Evidence;
use crate::record::Status;

/// Failures of one kind in one step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Group {
    /// Absent for what befell no step.
    pub(crate) step: Option<Step>,
    /// `watchdog`, `database`, `model`, `validation` or `source`; absent where nobody wrote it down.
    pub(crate) kind: Option<String>,
    /// The message of the first of them, in full.
    pub(crate) message: String,
    pub(crate) count: usize,
    /// How many runs they befell.
    pub(crate) runs: usize,
    /// How many of them ended their interaction; the others were tried again.
    pub(crate) final_ones: usize,
}

/// The groups, and how many are left out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Failures {
    /// The largest first.
    pub(crate) groups: Vec<Group>,
    /// All failures, those of groups that are left out included.
    pub(crate) count: usize,
    /// Groups that are not told.
    pub(crate) left_out: usize,
}

/// More groups than this nobody reads.
const GROUPS_AT_MOST: usize = 30;

/// One thing that went wrong.
struct Failure<'r> {
    conversation: Option<i32>,
    run: Option<i64>,
    kind: Option<&'r str>,
    message: &'r str,
    is_final: bool,
}

/// What the failures of a group have in common: step, kind, and the message without its numbers.
type Alike<'r> = (Option<i32>, Option<&'r str>, String);

impl Failures {
    /// From the books of errors, and from attempts and interactions that failed without an entry there.
    pub(crate) fn of(evidence: &Evidence<'_>) -> Self {
        let all = failures(evidence);
        let mut groups: BTreeMap<Alike<'_>, Vec<&Failure<'_>>> = BTreeMap::new();
        for failure in &all {
            let key = (failure.conversation, failure.kind, alike(failure.message));
            groups.entry(key).or_default().push(failure);
        }
        let known = steps(evidence.record);
        let mut groups: Vec<Group> = groups
            .into_iter()
            .map(|((conversation, kind, _), failures)| {
                let runs: BTreeSet<i64> = failures.iter().filter_map(|it| it.run).collect();
                let step = known
                    .iter()
                    .find(|it| Some(it.conversation) == conversation);
                Group {
                    step: step.cloned(),
                    kind: kind.map(str::to_owned),
                    message: failures[0].message.to_owned(),
                    count: failures.len(),
                    runs: runs.len(),
                    final_ones: failures.iter().filter(|it| it.is_final).count(),
                }
            })
            .collect();
        groups.sort_by_key(|group| std::cmp::Reverse((group.count, group.final_ones)));
        let left_out = groups.len().saturating_sub(GROUPS_AT_MOST);
        groups.truncate(GROUPS_AT_MOST);
        Self {
            groups,
            count: all.len(),
            left_out,
        }
    }
}

fn failures<'r>(evidence: &Evidence<'r>) -> Vec<Failure<'r>> {
    let record = evidence.record;
    let rows: BTreeMap<i64, _> = evidence
        .interactions()
        .map(|row| (row.interaction_id, row))
        .collect();
    let mut written: BTreeSet<(i64, Option<i32>)> = BTreeSet::new();
    let mut all = Vec::new();
    for error in &record.errors {
        let row = error.interaction_id.and_then(|id| rows.get(&id));
        written.extend(error.interaction_id.map(|id| (id, error.attempt)));
        all.push(Failure {
            conversation: row.map(|row| row.conversation_id),
            run: error.workflow_run_id.or(row.map(|row| row.workflow_run_id)),
            kind: Some(&error.error_type),
            message: &error.error_message,
            is_final: row.is_some_and(|row| {
                row.status == Status::Failed && error.attempt.is_none_or(|it| it == row.attempt)
            }),
        });
    }
    let is_new =
        |id, attempt| !written.contains(&(id, Some(attempt))) && !written.contains(&(id, None));
    for attempt in &record.attempts {
        let Some(message) = &attempt.error else {
            continue;
        };
        if is_new(attempt.interaction_id, attempt.attempt) {
            let row = rows.get(&attempt.interaction_id);
            all.push(Failure {
                conversation: row.map(|row| row.conversation_id),
                run: row.map(|row| row.workflow_run_id),
                kind: attempt.error_type.as_deref(),
                message,
                is_final: false,
            });
        }
    }
    for row in rows.values().filter(|row| row.status == Status::Failed) {
        if is_new(row.interaction_id, row.attempt) {
            all.push(Failure {
                conversation: Some(row.conversation_id),
                run: Some(row.workflow_run_id),
                kind: None,
                message: row.error().unwrap_or("no reason was written down"),
                is_final: true,
            });
        }
    }
    all
}

/// A message without what differs from one failure to the next: numbers, and hashes of what was redacted.
fn alike(message: &str) -> String {
    let mut told = String::new();
    for word in message.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        if word.contains(|c: char| c.is_ascii_digit()) {
            let ending = word
                .chars()
                .next_back()
                .filter(|c| !c.is_ascii_alphanumeric());
            told.push('#');
            told.extend(ending);
        } else {
            told.push_str(word);
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::conversations::SKILLS;
    use crate::judge::doctored::{self, PLAIN_RUN};
    use crate::record::{Attempt, AttemptEnd, RunRecord};

    fn failures(record: &RunRecord) -> Failures {
        Failures::of(&Evidence::of(record))
    }

    fn given_up(record: &RunRecord, error: &str) -> Attempt {
        Attempt {
            interaction_id: doctored::find(record, PLAIN_RUN, SKILLS).interaction_id,
            attempt: 7,
            claimed_by: "runner-1".to_owned(),
            claimed_at: doctored::START,
            started_at: None,
            ended_at: doctored::START,
            ended_as: AttemptEnd::Retried,
            error_type: Some("model".to_owned()),
            error: Some(error.to_owned()),
        }
    }

    #[test]
    fn failures_of_one_step_with_one_message_are_one_group_whatever_their_numbers() {
        let mut record = doctored::healthy();
        for run in 1..=4 {
            doctored::fail(&mut record, run);
        }
        for (error, seconds) in record.errors.iter_mut().zip(901..) {
            error.error_message = format!("ran for {seconds} s, which is too long");
        }
        let told = failures(&record);
        assert_eq!((told.groups.len(), told.count), (1, 4));
        let group = &told.groups[0];
        assert_eq!((group.count, group.runs, group.final_ones), (4, 4, 4));
        assert_eq!(group.message, "ran for 901 s, which is too long");
        record.errors[0].error_message = "something else".to_owned();
        assert_eq!(failures(&record).groups.len(), 2);
    }

    #[test]
    fn an_attempt_that_was_tried_again_counts_and_one_that_is_in_the_books_counts_once() {
        let mut record = doctored::healthy();
        record
            .attempts
            .push(given_up(&record, "the server was busy"));
        let told = failures(&record);
        assert_eq!((told.count, told.groups[0].final_ones), (1, 0));
        assert_eq!(told.groups[0].step.as_ref().unwrap().conversation, SKILLS);
        let mut entry = doctored::healthy();
        doctored::fail(&mut entry, PLAIN_RUN);
        let mut error = entry.errors.remove(0);
        error.interaction_id = Some(record.attempts[0].interaction_id);
        error.attempt = Some(7);
        record.errors.push(error);
        assert_eq!(failures(&record).count, 1);
    }

    #[test]
    fn a_failed_interaction_without_an_entry_is_told_all_the_same() {
        let mut record = doctored::healthy();
        doctored::fail(&mut record, PLAIN_RUN);
        record.errors.clear();
        let told = failures(&record);
        assert_eq!((told.count, told.groups[0].kind.as_deref()), (1, None));
    }

    #[test]
    fn more_groups_than_anybody_reads_are_counted() {
        let mut record = doctored::healthy();
        for letters in 0..40 {
            let message = "x".repeat(letters + 1);
            let mut attempt = given_up(&record, &message);
            attempt.attempt = i32::try_from(letters).unwrap() + 10;
            record.attempts.push(attempt);
        }
        let told = failures(&record);
        assert_eq!(
            (told.groups.len(), told.left_out, told.count),
            (GROUPS_AT_MOST, 10, 40)
        );
    }

    #[test]
    fn nothing_failed_in_a_healthy_batch() {
        assert_eq!(failures(&doctored::healthy()).count, 0);
    }
}
