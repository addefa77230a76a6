//! Whether what the system wrote down agrees with itself.
//!
//! These are mistakes that a runner makes by itself: it forgets to end a run, ends one too early, starts one twice.
//! Runs and steps that are there twice, and rows about another posting, are doubts of validity as well, for a reason of
//! its own: every figure is looked up by run and step, and one of the two rows is not seen.

mod states;

use std::collections::{BTreeMap, BTreeSet};

use self::states::{of_claim, of_dates, of_interaction, of_output, of_steps};
use crate::{
    judge::{
        criterion::{Criterion, EVERYWHERE, Enforcement, Rule, Scaling},
        evidence::Evidence,
        reading::{Look, Reading, number},
        rows::{Stray, repeated_interactions, repeated_runs, stray_interactions},
        tiers::Tiers,
    },
    record::{Interaction, Posting, Run, Status, Texts},
};

/// The plan's "bookkeeping": what is over says so, and what says so is over.
pub(super) const BOOKKEEPING: Rule = Rule {
    criterion: Criterion {
        id: "bookkeeping",
        name: "Books in order",
        sentence: "Contradictions in the rows: statuses agree with dates, runs with their interactions, and nothing \
                   is there twice.",
        judged_in: EVERYWHERE,
        also: &["bookkeeping"],
    },
    enforcement: Enforcement::Must,
    tiers: Tiers::none(),
    scaling: Scaling::Fixed,
    read,
};

/// One contradiction. The kind reads after a count: "3 × …".
type Contradiction = (&'static str, Look);

fn read(evidence: &Evidence<'_>) -> Reading {
    let record = evidence.record;
    if record.runs.is_empty() {
        return Reading::no_data("no posting has entered the workflow");
    }
    let mut steps: BTreeMap<i64, Vec<&Interaction>> = BTreeMap::new();
    for row in &record.interactions {
        steps.entry(row.workflow_run_id).or_default().push(row);
    }
    let mut found: Vec<Contradiction> = Vec::new();
    for run in &record.runs {
        let steps = steps
            .get(&run.workflow_run_id)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let kinds = of_dates(run).into_iter().chain(of_steps(run, steps));
        found.extend(kinds.map(|kind| (kind, Look::Run(run.workflow_run_id))));
    }
    for row in &record.interactions {
        let look = Look::Interaction(row.interaction_id);
        found.extend(of_interaction(row).map(|kind| (kind, look)));
        // A system that knew no leases has none to show.
        if !evidence.nobody_watched() {
            found.extend(of_claim(row).map(|kind| (kind, look)));
        }
        if record.texts != Texts::Unknown {
            found.extend(of_output(row).map(|kind| (kind, look)));
        }
    }
    found.extend(failed_for_nothing(evidence));
    found.extend(overruled(evidence));
    found.extend(unexplained(evidence));
    found.extend(disagreeing(evidence));
    found.extend(twice(evidence));
    found.extend(strays(evidence));
    found.sort_unstable();
    let note = told(&found);
    let reading = Reading::value(number(found.len()), record.runs.len(), note)
        .look(found.into_iter().map(|(_, look)| look));
    evidence.unless_runs_missing(reading)
}

/// Every step that the run owes is completed, and the run is called failed. One that a check turned away never came so
/// far.
fn failed_for_nothing(evidence: &Evidence<'_>) -> Vec<Contradiction> {
    let failed = |run: &&Run| matches!(run.status, Status::Failed | Status::Cancelled);
    let runs = evidence.runs().filter(failed);
    let whole = runs.filter(|run| evidence.did_all_it_owed(run));
    let kind = "a failed run of which nothing failed";
    whole
        .map(|run| (kind, Look::Run(run.workflow_run_id)))
        .collect()
}

/// Completed in the very attempt that an error says ended: a late answer was written over the watchdog's last word.
fn overruled(evidence: &Evidence<'_>) -> Vec<Contradiction> {
    let ended: BTreeSet<(i64, i32)> = evidence
        .record
        .errors
        .iter()
        .filter_map(|error| Some((error.interaction_id?, error.attempt?)))
        .collect();
    let overruled = evidence.record.interactions.iter().filter(|row| {
        row.status == Status::Completed && ended.contains(&(row.interaction_id, row.attempt))
    });
    let kind = "an interaction completed in the attempt that an error had ended";
    overruled
        .map(|row| (kind, Look::Interaction(row.interaction_id)))
        .collect()
}

/// Failed, and the table of errors knows nothing of it: whoever looks there for trouble finds none.
fn unexplained(evidence: &Evidence<'_>) -> Vec<Contradiction> {
    let errors = evidence.record.errors.iter();
    let explained: BTreeSet<i64> = errors.filter_map(|error| error.interaction_id).collect();
    let unexplained = evidence
        .record
        .interactions
        .iter()
        .filter(|row| row.status == Status::Failed && !explained.contains(&row.interaction_id));
    let kind = "a failed interaction that the table of errors does not know";
    unexplained
        .map(|row| (kind, Look::Interaction(row.interaction_id)))
        .collect()
}

/// The schema's words for scores: each has one category. A posting that has but one of them lacks data, which is
/// another matter.
fn disagreeing(evidence: &Evidence<'_>) -> Vec<Contradiction> {
    let disagrees = |posting: &&Posting| {
        let belonging = match posting.ihl_score {
            Some(0..=3) => "GENUINE",
            Some(4..=6) => "BORDERLINE",
            Some(7..=9) => "COMPLIANCE_THEATER",
            Some(10) => "FAKE",
            Some(_) => "",
            None => return false,
        };
        let category = posting.ihl_category.as_deref();
        category.is_some_and(|category| category != belonging)
    };
    let postings = evidence.record.postings.iter().filter(disagrees);
    postings
        .map(|posting| {
            let kind = "a category that does not belong to its score";
            (kind, Look::Posting(posting.posting_id))
        })
        .collect()
}

/// How many there are of each kind.
fn told(found: &[Contradiction]) -> String {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for (kind, _) in found {
        *kinds.entry(kind).or_default() += 1;
    }
    let told: Vec<String> = kinds
        .iter()
        .map(|(kind, count)| format!("{count} × {kind}"))
        .collect();
    if told.is_empty() {
        return "no row contradicts another".to_owned();
    }
    told.join("; ")
}

fn twice(evidence: &Evidence<'_>) -> impl Iterator<Item = Contradiction> {
    let runs = repeated_runs(evidence.record).into_iter();
    let rows = repeated_interactions(evidence.record).into_iter();
    runs.map(|id| ("another run of a posting", Look::Run(id)))
        .chain(rows.map(|id| {
            let kind = "another interaction for a step of a run";
            (kind, Look::Interaction(id))
        }))
}

fn strays(evidence: &Evidence<'_>) -> impl Iterator<Item = Contradiction> {
    stray_interactions(evidence).map(|(id, stray)| {
        let kind = match stray {
            Stray::NoRun => "an interaction of no run",
            Stray::OtherPosting => "an interaction about another posting than its run's",
        };
        (kind, Look::Interaction(id))
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::json;

    use super::*;
    use crate::{
        judge::{
            Standing, Verdict,
            conversations::GRADE_A,
            doctored::{self, PLAIN_RUN},
        },
        record::{RunRecord, WorkflowError},
    };

    fn books(record: &RunRecord) -> Verdict {
        doctored::verdict(record, "bookkeeping")
    }

    type Edit = fn(&mut RunRecord);

    #[test]
    fn an_attempt_that_failed_does_not_speak_against_the_one_that_completed() {
        let mut record = doctored::healthy();
        let row = &mut record.interactions[3];
        row.attempt = 2;
        let (interaction_id, run) = (row.interaction_id, row.workflow_run_id);
        record.errors.push(WorkflowError {
            error_id: 1,
            workflow_run_id: Some(run),
            interaction_id: Some(interaction_id),
            attempt: Some(1),
            error_type: "model".to_owned(),
            error_class: None,
            error_message: "503".to_owned(),
            created_at: doctored::START,
        });
        assert_eq!(books(&record).standing, Standing::Target);
    }

    const EDITS: [(&str, Edit); 24] = [
        (
            "1 × a completed run of a posting that a check turned away",
            |record| {
                let check = doctored::interaction(record, PLAIN_RUN, 9144);
                check.output = Some(json!({"kind": "check", "outcome": "ALTERED"}));
            },
        ),
        ("1 × a failed run of which nothing failed", |record| {
            record.runs[3].status = Status::Failed;
        }),
        ("1 × a completed interaction without an attempt", |record| {
            record.interactions[3].attempt = -5;
        }),
        (
            "1 × a completed interaction that nobody claimed",
            |record| {
                record.interactions[3].claimed_at = None;
            },
        ),
        (
            "1 × a completed interaction whose answer says nothing",
            |record| {
                let grade = doctored::interaction(record, PLAIN_RUN, GRADE_A);
                grade.output = Some(json!({}));
            },
        ),
        (
            "1 × a failed interaction that the table of errors does not know",
            |record| {
                doctored::fail(record, 3);
                record.errors.clear();
            },
        ),
        (
            "1 × a category that does not belong to its score",
            |record| {
                record.postings[3].ihl_score = Some(2);
                record.postings[3].ihl_category = Some("FAKE".to_owned());
            },
        ),
        (
            "1 × an interaction completed in the attempt that an error had ended",
            |record| {
                let row = &record.interactions[3];
                record.errors.push(WorkflowError {
                    error_id: 1,
                    workflow_run_id: Some(row.workflow_run_id),
                    interaction_id: Some(row.interaction_id),
                    attempt: Some(row.attempt),
                    error_type: "watchdog".to_owned(),
                    error_class: None,
                    error_message: "watchdog: attempt 1 ran for 901 s".to_owned(),
                    created_at: doctored::START,
                });
            },
        ),
        ("1 × a final run without its end", |record| {
            record.runs[3].completed_at = None;
        }),
        ("1 × an open run with an end", |record| {
            record.runs[3].status = Status::Running;
            record.interactions[40].status = Status::Running;
        }),
        (
            "1 × a run at work or completed without its start",
            |record| {
                record.runs[3].started_at = None;
            },
        ),
        ("50 × a run that is not final although", |record| {
            for run in &mut record.runs {
                (run.status, run.completed_at) = (Status::Running, None);
            }
        }),
        ("1 × a final run with open interactions", |record| {
            record.interactions[3].status = Status::Running;
            record.interactions[3].completed_at = None;
        }),
        (
            "1 × a completed run with interactions that failed",
            |record| {
                record.interactions[3].status = Status::Failed;
                record.interactions[3].output = Some(json!({"error": "the answer is no JSON"}));
            },
        ),
        (
            "1 × a run that ended before its last interaction",
            |record| {
                let end = &mut record.runs[3].completed_at;
                *end = end.map(|end| end - TimeDelta::milliseconds(1));
            },
        ),
        ("1 × a final interaction without its end", |record| {
            record.interactions[3].completed_at = None;
        }),
        ("1 × an open interaction with an end", |record| {
            record.interactions[3].status = Status::Running;
        }),
        (
            "1 × an interaction at work or completed without its start",
            |record| {
                record.interactions[3].started_at = None;
            },
        ),
        (
            "1 × an interaction that waits although it was started",
            |record| {
                record.interactions[3].status = Status::Pending;
                record.interactions[3].completed_at = None;
            },
        ),
        ("1 × a failed interaction that does not say why", |record| {
            doctored::fail(record, PLAIN_RUN);
            let failed = record.interactions.iter_mut();
            let mut failed = failed.filter(|row| row.status == Status::Failed);
            failed.next().unwrap().output = None;
        }),
        ("1 × a completed interaction with an error", |record| {
            record.interactions[3].output = Some(json!({"error": "the answer is no JSON"}));
        }),
        ("1 × another run of a posting", |record| {
            let mut again = record.runs[3].clone();
            again.workflow_run_id = 900;
            record.runs.push(again);
        }),
        ("1 × another interaction for a step of a run", |record| {
            let mut again = record.interactions[3].clone();
            again.interaction_id = 9_000;
            record.interactions.push(again);
        }),
        (
            "1 × an interaction about another posting than its run's",
            |record| {
                record.interactions[3].posting_id += 1;
            },
        ),
    ];

    #[test]
    fn every_kind_of_contradiction_is_red_and_told_with_its_count() {
        for (told, edit) in EDITS {
            let mut record = doctored::healthy();
            edit(&mut record);
            let verdict = books(&record);
            assert_eq!(verdict.standing, Standing::Red, "{told}");
            assert!(verdict.note.contains(told), "{told}: {}", verdict.note);
        }
    }

    #[test]
    fn a_run_that_is_not_in_the_record_leaves_its_interactions_behind() {
        let mut record = doctored::healthy();
        record.runs.remove(0);
        assert!(
            books(&record)
                .note
                .contains("13 × an interaction of no run")
        );
    }

    #[test]
    fn a_failed_run_whose_last_step_says_why_is_in_order() {
        let mut record = doctored::healthy();
        doctored::fail(&mut record, PLAIN_RUN);
        let verdict = books(&record);
        assert_eq!(verdict.standing, Standing::Target, "{}", verdict.note);
    }

    #[test]
    fn what_was_cancelled_or_failed_before_it_began_owes_no_start() {
        for status in [Status::Cancelled, Status::Failed] {
            let mut record = doctored::healthy();
            doctored::fail(&mut record, PLAIN_RUN);
            let failed = record.interactions.iter_mut();
            let mut failed = failed.filter(|row| row.status == Status::Failed);
            let row = failed.next().unwrap();
            (row.status, row.started_at) = (status, None);
            assert_eq!(books(&record).standing, Standing::Target, "{status:?}");
        }
    }

    #[test]
    fn a_batch_that_was_stopped_may_have_its_books_in_order() {
        let verdict = books(&doctored::interrupted());
        assert_eq!(verdict.standing, Standing::Target, "{}", verdict.note);
    }

    #[test]
    fn answers_that_nobody_kept_are_not_missed() {
        let mut record = doctored::healthy();
        for row in &mut record.interactions {
            row.output = None;
        }
        assert_eq!(books(&record).standing, Standing::Red);
        record.texts = Texts::Unknown;
        assert_eq!(books(&record).standing, Standing::Target);
    }

    #[test]
    fn the_first_places_to_look_at_are_named() {
        let mut record = doctored::healthy();
        record.interactions[3].completed_at = None;
        assert_eq!(books(&record).look, [Look::Interaction(4)]);
    }
}
