//! What can still become of a criterion while its batch goes on.
//!
//! A criterion is here if its final value has a limit that what is known already sets, whatever comes next, a stop at once
//! included. What can be lost only at the end is not: an average has no value in a batch that is stopped, unfinished work
//! may yet be finished. Nor is what takes texts or the witness's log to measure: a look has to be cheap.

use super::{attempts, completeness, completion, database_errors, duration, watchdog};
use crate::{
    judge::{
        criterion::Rule,
        outlook::Reach,
        reading::{counted, number},
        tiers::percent,
    },
    record::SoFar,
};

/// Where the final value can lie, by what is known so far; absent where anything can still be.
pub(crate) type Outlook = fn(&SoFar) -> Option<Reach>;

/// Every criterion whose red flag can be certain before the end, in the order of the verdicts.
pub(crate) static OUTLOOKS: [(&Rule, Outlook); 13] = [
    (&completion::POSTINGS_COMPLETED, postings_completed),
    (&completion::COMPLETION_RATE, completion_rate),
    (&completion::FAILURE_RATE, failure_rate),
    (
        &completeness::COMPLETED_POSTINGS_HAVE_ALL_DATA,
        completed_postings_have_all_data,
    ),
    (&completeness::SUMMARY, |known| {
        column(known, known.without_summary)
    }),
    (&completeness::SKILLS, |known| {
        column(known, known.without_skills)
    }),
    (&completeness::IHL_SCORE, |known| {
        column(known, known.without_ihl_score)
    }),
    (&completeness::IHL_CATEGORY, |known| {
        column(known, known.without_ihl_category)
    }),
    (&duration::TOTAL_DURATION, total_duration),
    (&watchdog::WATCHDOG_INTERVENTIONS, interventions),
    (&database_errors::NO_DATABASE_ERRORS, database_errors),
    (&watchdog::ZERO_WATCHDOG_INTERVENTIONS, interventions),
    (&attempts::RETRIES, retries),
];

/// What is not over may still come through, and need not.
fn postings_completed(known: &SoFar) -> Option<Reach> {
    let best = known.size.checked_sub(known.failed)?;
    Some(Reach::at_best(
        number(known.completed),
        number(best),
        failed(known),
    ))
}

fn completion_rate(known: &SoFar) -> Option<Reach> {
    let best = known.size.checked_sub(known.failed)?;
    let share = |postings| percent(postings, known.size);
    Some(Reach::at_best(
        share(known.completed),
        share(best),
        failed(known),
    ))
}

fn failure_rate(known: &SoFar) -> Option<Reach> {
    let most = known.size.checked_sub(known.completed)?;
    let share = |postings| percent(postings, known.size);
    Some(Reach::already(
        share(known.failed),
        share(most),
        failed(known),
    ))
}

fn failed(known: &SoFar) -> String {
    let have = if known.failed == 1 { "has" } else { "have" };
    let postings = counted(known.size, "posting");
    format!("{} of {postings} {have} failed", known.failed)
}

/// A posting that is over is not written to again. That the others lose what they have is not ruled out.
fn column(known: &SoFar, without: usize) -> Option<Reach> {
    let best = known.size.checked_sub(without)?;
    let have = if without == 1 { "has" } else { "have" };
    let fact = format!(
        "{without} of {} {have} ended without it",
        counted(known.size, "posting")
    );
    Some(Reach::at_best(0.0, percent(best, known.size), fact))
}

/// The share of those that come through whole is the greatest where all that are open do.
fn completed_postings_have_all_data(known: &SoFar) -> Option<Reach> {
    let most = known.size.checked_sub(known.failed)?;
    let whole = most.checked_sub(known.completed_and_lacking)?;
    let lacking = counted(known.completed_and_lacking, "completed posting");
    let lack = if known.completed_and_lacking == 1 {
        "lacks"
    } else {
        "lack"
    };
    let fact = format!("{lacking} {lack} data");
    (known.completed > 0).then(|| Reach::at_best(0.0, percent(whole, most), fact))
}

fn total_duration(known: &SoFar) -> Option<Reach> {
    let hours = known.plan_seconds() / 3600.0;
    let fact = "no time can be taken back".to_owned();
    (known.wall_us > 0).then(|| Reach::already(hours, f64::INFINITY, fact))
}

fn interventions(known: &SoFar) -> Option<Reach> {
    counts_up(known.interventions, "attempt", "been stopped")
}

fn retries(known: &SoFar) -> Option<Reach> {
    counts_up(known.retries, "attempt", "failed and been made again")
}

fn database_errors(known: &SoFar) -> Option<Reach> {
    counts_up(known.database_errors, "database error", "been written down")
}

/// What has happened once has happened; a batch of which nothing is known yet has no data.
fn counts_up(count: usize, thing: &str, happened: &str) -> Option<Reach> {
    let have = if count == 1 { "has" } else { "have" };
    let fact = format!("{} {have} {happened}", counted(count, thing));
    (count > 0).then(|| Reach::already(number(count), f64::INFINITY, fact))
}
