//! Who looks after a batch whose machine or process dies.

use crate::preflight::finding::{Check, Finding};
use crate::preflight::found::{DatabaseFound, Found};

/// As the README has it.
const CRON_LINE: &str = "*/5 * * * *  batchproof watchdog --database-url URL";

pub(super) fn watchdog(found: &Found) -> Finding {
    let schedule = &found.schedule;
    if let Some(when) = schedule.cron.first() {
        return Finding::fine(Check::Watchdog, format!("scheduled by cron: {when}"));
    }
    if schedule.timer == Some(true) {
        return Finding::fine(
            Check::Watchdog,
            "scheduled by systemd: batchproof-watchdog.timer",
        );
    }
    let state = match &found.database {
        DatabaseFound::Stays(state) => state,
        DatabaseFound::ThrowAway { .. } | DatabaseFound::Unusable { .. } => {
            return Finding::note(
                Check::Watchdog,
                "not scheduled here; a run watches itself, and a throw-away database needs no more",
            );
        }
    };
    let living: u64 = state
        .open
        .iter()
        .flatten()
        .map(|open| open.living_workers)
        .sum();
    if living > 0 {
        return Finding::fine(
            Check::Watchdog,
            format!("not scheduled here; {living} of the batch's workers are alive and watch it"),
        );
    }
    Finding::warning(
        Check::Watchdog,
        "not scheduled on this machine: a run watches itself, but nobody puts right what it leaves when it is killed",
        format!(
            "add to a crontab: {CRON_LINE}; or, with the units of contrib/systemd, systemctl enable --now \
             batchproof-watchdog.timer"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::Verdict;
    use crate::preflight::found::{Open, Schedule};
    use crate::preflight::sound;

    fn with(schedule: Schedule) -> Found {
        Found {
            schedule,
            ..sound::found()
        }
    }

    #[test]
    fn a_watchdog_that_cron_or_systemd_calls_is_fine() {
        let cron = Schedule {
            cron: vec!["*/5 * * * *".to_owned()],
            timer: None,
        };
        let timer = Schedule {
            cron: Vec::new(),
            timer: Some(true),
        };
        assert_eq!(watchdog(&with(cron)).verdict, Verdict::Fine);
        assert_eq!(watchdog(&with(timer)).verdict, Verdict::Fine);
    }

    #[test]
    fn a_watchdog_that_nobody_calls_names_the_line_for_the_crontab() {
        for timer in [None, Some(false)] {
            let finding = watchdog(&with(Schedule {
                cron: Vec::new(),
                timer,
            }));
            assert_eq!(finding.verdict, Verdict::Warning);
            assert!(finding.cure.unwrap().contains(CRON_LINE));
        }
    }

    #[test]
    fn a_living_runner_watches_its_batch_and_a_throw_away_database_needs_nobody() {
        let mut found = with(Schedule::default());
        let DatabaseFound::Stays(state) = &mut found.database else {
            panic!("a sound database stays")
        };
        let open = |living_workers| Open {
            batch: 7,
            size: 50,
            open_runs: 12,
            living_workers,
            orphaned: 0,
            overdue: 0,
            oldest: None,
        };
        state.open = Some(vec![open(0)]);
        assert_eq!(watchdog(&found).verdict, Verdict::Warning);
        let DatabaseFound::Stays(state) = &mut found.database else {
            panic!("a sound database stays")
        };
        state.open = Some(vec![open(2)]);
        assert_eq!(watchdog(&found).verdict, Verdict::Fine);
        found.database = DatabaseFound::ThrowAway {
            server: "PostgreSQL 15.18 (local)".to_owned(),
        };
        assert_eq!(watchdog(&found).verdict, Verdict::Note);
    }
}
