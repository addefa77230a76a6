//! What earlier batches left behind.

use std::time::Duration;

use super::database::unseen;
use crate::preflight::finding::{Check, Finding};
use crate::preflight::found::{DatabaseFound, Found, Open};
use crate::preflight::words::counted;

/// The batches that are not over, but the one that is gone on with; or what there is to say instead.
fn open(found: &Found, check: Check) -> Result<Vec<&Open>, Finding> {
    let state = match &found.database {
        DatabaseFound::Unusable { .. } => return Err(unseen(check)),
        DatabaseFound::ThrowAway { .. } => {
            return Err(Finding::fine(check, "none: the database is new"));
        }
        DatabaseFound::Stays(state) => state,
    };
    let Some(open) = &state.open else {
        return Err(Finding::note(
            check,
            "not asked: the schema is not this version's",
        ));
    };
    let others = open
        .iter()
        .filter(|open| Some(open.batch) != found.wanted.batch);
    Ok(others.collect())
}

pub(super) fn stuck(found: &Found) -> Finding {
    let open = match open(found, Check::StuckInteractions) {
        Ok(open) => open,
        Err(finding) => return finding,
    };
    let stuck: Vec<&Open> = open
        .into_iter()
        .filter(|open| open.orphaned > 0 || open.overdue > 0)
        .collect();
    if stuck.is_empty() {
        return Finding::fine(
            Check::StuckInteractions,
            "no interaction runs too long or lost its worker",
        );
    }
    let each: Vec<String> = stuck.iter().map(|open| told_stuck(open)).collect();
    Finding::warning(
        Check::StuckInteractions,
        each.join("; "),
        "batchproof watchdog --database-url URL --dry-run tells each of them; without --dry-run it puts them right",
    )
}

fn told_stuck(open: &Open) -> String {
    let mut parts = Vec::new();
    if open.orphaned > 0 {
        parts.push(format!(
            "{} lost their worker",
            counted(open.orphaned, "interaction", "interactions")
        ));
    }
    if open.overdue > 0 {
        parts.push(format!(
            "{} ran too long",
            counted(open.overdue, "interaction", "interactions")
        ));
    }
    let oldest = open.oldest.map_or_else(String::new, |oldest| {
        format!(", the oldest {}", told_age(oldest))
    });
    format!("batch {}: {}{oldest}", open.batch, parts.join(", "))
}

fn told_age(age: Duration) -> String {
    let minutes = age.as_secs() / 60;
    match minutes {
        0..120 => format!("{minutes} min ago"),
        120..2880 => format!("{} h ago", minutes / 60),
        _ => format!("{} days ago", minutes / 1440),
    }
}

pub(super) fn unfinished(found: &Found) -> Finding {
    let open = match open(found, Check::UnfinishedBatches) {
        Ok(open) => open,
        Err(finding) => return finding,
    };
    let told = |open: &&Open| {
        format!(
            "batch {} ({} of {} postings open)",
            open.batch, open.open_runs, open.size
        )
    };
    let (at_work, left): (Vec<&Open>, Vec<&Open>) =
        open.into_iter().partition(|open| open.living_workers > 0);
    let all = |batches: &[&Open]| batches.iter().map(told).collect::<Vec<_>>().join(", ");
    if let Some(first) = at_work.first() {
        return Finding::blocking(
            Check::UnfinishedBatches,
            format!(
                "at work now: {}; a run beside it would be invalid",
                all(&at_work)
            ),
            format!(
                "wait until it is over, or help it: batchproof work --batch {} --database-url URL; or use another database",
                first.batch
            ),
        );
    }
    let Some(newest) = left.last() else {
        return Finding::fine(Check::UnfinishedBatches, "none");
    };
    Finding::warning(
        Check::UnfinishedBatches,
        format!("left by a run that ended early: {}", all(&left)),
        format!(
            "go on with one: batchproof run --resume {} --database-url URL, with the flags of its run",
            newest.batch
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::Verdict;
    use crate::preflight::sound;

    fn left() -> Open {
        Open {
            batch: 7,
            size: 50,
            open_runs: 12,
            living_workers: 0,
            orphaned: 2,
            overdue: 0,
            oldest: Some(Duration::from_hours(9)),
        }
    }

    fn with(open: Vec<Open>) -> Found {
        let mut found = sound::found();
        let DatabaseFound::Stays(state) = &mut found.database else {
            panic!("a sound database stays")
        };
        state.open = Some(open);
        found
    }

    #[test]
    fn a_batch_that_was_left_names_the_command_that_goes_on_with_it() {
        let found = with(vec![left()]);
        let finding = unfinished(&found);
        assert_eq!(finding.verdict, Verdict::Warning);
        assert!(finding.found.contains("batch 7 (12 of 50 postings open)"));
        assert!(finding.cure.unwrap().contains("run --resume 7"));
        let finding = stuck(&found);
        assert_eq!(finding.verdict, Verdict::Warning);
        assert_eq!(
            finding.found,
            "batch 7: 2 interactions lost their worker, the oldest 9 h ago"
        );
        assert!(finding.cure.unwrap().contains("batchproof watchdog"));
    }

    #[test]
    fn a_database_without_open_batches_is_fine() {
        assert_eq!(unfinished(&with(Vec::new())).verdict, Verdict::Fine);
        assert_eq!(stuck(&with(Vec::new())).verdict, Verdict::Fine);
    }

    #[test]
    fn a_batch_that_somebody_works_at_blocks_because_a_run_beside_it_is_invalid() {
        let at_work = Open {
            living_workers: 1,
            orphaned: 0,
            ..left()
        };
        let found = with(vec![at_work]);
        let finding = unfinished(&found);
        assert_eq!(finding.verdict, Verdict::Blocking);
        assert!(finding.cure.unwrap().contains("work --batch 7"));
        assert_eq!(
            stuck(&found).verdict,
            Verdict::Fine,
            "what is at work is not stuck"
        );
    }

    #[test]
    fn the_batch_that_is_gone_on_with_is_open_by_right_and_another_is_not() {
        let mut found = with(vec![left()]);
        found.wanted.batch = Some(7);
        assert_eq!(unfinished(&found).verdict, Verdict::Fine);
        assert_eq!(stuck(&found).verdict, Verdict::Fine);
        found.wanted.batch = Some(8);
        assert_eq!(unfinished(&found).verdict, Verdict::Warning);
    }

    #[test]
    fn what_ran_too_long_is_stuck_whoever_has_it() {
        let overdue = Open {
            orphaned: 0,
            overdue: 1,
            oldest: Some(Duration::from_mins(20)),
            ..left()
        };
        assert_eq!(
            stuck(&with(vec![overdue])).found,
            "batch 7: 1 interaction ran too long, the oldest 20 min ago"
        );
    }

    #[test]
    fn a_schema_that_cannot_be_asked_says_so() {
        let mut found = with(Vec::new());
        let DatabaseFound::Stays(state) = &mut found.database else {
            panic!("a sound database stays")
        };
        state.open = None;
        assert_eq!(unfinished(&found).verdict, Verdict::Note);
    }
}
