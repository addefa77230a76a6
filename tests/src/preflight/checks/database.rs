//! The database: whether it can be used, is new enough and has room for the run's connections.

use crate::preflight::finding::{Check, Finding};
use crate::preflight::found::{Applied, DatabaseFound, DatabaseState};
use crate::preflight::words::counted;

/// The oldest major version whose SQL is enough.
const OLDEST: i32 = 14;
/// Beyond this share of the server's connections somebody else's growth soon takes the rest.
const CROWDED_PERCENT: u32 = 80;

pub(super) fn answering(database: &DatabaseFound) -> Finding {
    match database {
        DatabaseFound::Unusable { why } => Finding::blocking(
            Check::Database,
            why,
            "correct --database-url, or start the server; without the flag a throw-away database is used (see \"What it \
             needs\" in the README)",
        ),
        DatabaseFound::ThrowAway { server } => Finding::note(
            Check::Database,
            format!("none is named: a throw-away one on {server}; its rows are gone with the run, its record stays"),
        )
        .with_cure("name one that stays, so that a run that dies can be gone on with: --database-url URL"),
        DatabaseFound::Stays(state) if state.version / 10_000 < OLDEST => Finding::blocking(
            Check::Database,
            told(state),
            format!("upgrade the server: PostgreSQL {OLDEST} or newer is needed"),
        ),
        DatabaseFound::Stays(state) => Finding::fine(Check::Database, told(state)),
    }
}

fn told(state: &DatabaseState) -> String {
    let (major, minor) = (state.version / 10_000, state.version % 10_000);
    format!("PostgreSQL {major}.{minor} at {}", state.address)
}

pub(super) fn schema(database: &DatabaseFound) -> Finding {
    match database {
        DatabaseFound::Unusable { .. } => unseen(Check::Schema),
        DatabaseFound::ThrowAway { .. } => {
            Finding::fine(Check::Schema, "made with the throw-away database")
        }
        DatabaseFound::Stays(state) => match &state.applied {
            None if state.foreign_tables == 0 => {
                Finding::fine(Check::Schema, "none yet: the run makes it")
            }
            None => Finding::warning(
                Check::Schema,
                format!(
                    "none of ours, but {} of somebody else's",
                    counted(state.foreign_tables, "table", "tables")
                ),
                "make a database for Batchproof alone (CREATE DATABASE …) and name it: --database-url URL",
            ),
            Some(applied) => compared(state, applied),
        },
    }
}

fn compared(state: &DatabaseState, applied: &[Applied]) -> Finding {
    if let Some(broken) = applied.iter().find(|step| !step.success) {
        return Finding::blocking(
            Check::Schema,
            format!(
                "step {} was begun and never came to its end",
                broken.version
            ),
            "restore the database, or use an empty one: --database-url URL",
        );
    }
    let known = |version: i64| state.known.iter().find(|step| step.version == version);
    let foreign = applied
        .iter()
        .find(|step| known(step.version).is_none_or(|known| known.checksum != step.checksum));
    if let Some(step) = foreign {
        return Finding::blocking(
            Check::Schema,
            format!(
                "another version made it: its step {} is not this program's",
                step.version
            ),
            "use the version of Batchproof that made it, or another database: --database-url URL",
        );
    }
    let behind = state.known.len().saturating_sub(applied.len());
    if behind > 0 {
        return Finding::note(
            Check::Schema,
            format!(
                "{} of {} taken; a run takes the rest, and older versions of Batchproof cannot use it afterwards",
                applied.len(),
                counted(state.known.len() as u64, "step", "steps")
            ),
        );
    }
    Finding::fine(
        Check::Schema,
        format!(
            "up to date, {}",
            counted(applied.len() as u64, "step", "steps")
        ),
    )
}

pub(super) fn connections(database: &DatabaseFound, needed: u32) -> Finding {
    let state = match database {
        DatabaseFound::Unusable { .. } => return unseen(Check::Connections),
        DatabaseFound::ThrowAway { .. } => {
            return Finding::fine(Check::Connections, "all of the throw-away server's");
        }
        DatabaseFound::Stays(state) => state,
    };
    let (used, most) = (state.connections.used, state.connections.most);
    let told = format!("{used} of {most} used, the run needs {needed}");
    let then = used.saturating_add(needed);
    let cure = "end what does not need its connection (SELECT * FROM pg_stat_activity), or raise max_connections";
    if then > most {
        Finding::blocking(Check::Connections, told, cure)
    } else if u64::from(then) * 100 > u64::from(most) * u64::from(CROWDED_PERCENT) {
        Finding::warning(Check::Connections, told, cure)
    } else {
        Finding::fine(Check::Connections, told)
    }
}

/// What cannot be told before the database answers.
pub(super) fn unseen(check: Check) -> Finding {
    Finding::note(check, "not known before the database answers")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::Verdict;
    use crate::preflight::found::Connections;
    use crate::preflight::sound;

    fn stays(change: impl FnOnce(&mut DatabaseState)) -> DatabaseFound {
        let mut state = sound::database();
        change(&mut state);
        DatabaseFound::Stays(Box::new(state))
    }

    fn away() -> DatabaseFound {
        DatabaseFound::Unusable {
            why: "nobody answers".to_owned(),
        }
    }

    #[test]
    fn a_database_that_does_not_answer_or_is_too_old_blocks_and_14_does_not() {
        assert_eq!(answering(&away()).verdict, Verdict::Blocking);
        let version = |version| answering(&stays(|state| state.version = version));
        let finding = version(130_021);
        assert_eq!(finding.verdict, Verdict::Blocking);
        assert!(
            finding
                .found
                .starts_with("PostgreSQL 13.21 at postgres://teller@")
        );
        assert_eq!(version(140_000).verdict, Verdict::Fine);
    }

    #[test]
    fn a_throw_away_database_is_told_as_what_it_is() {
        let throw_away = DatabaseFound::ThrowAway {
            server: "PostgreSQL 15.18 (local)".to_owned(),
        };
        let finding = answering(&throw_away);
        assert_eq!(finding.verdict, Verdict::Note);
        assert!(finding.cure.unwrap().contains("--database-url URL"));
        assert_eq!(schema(&throw_away).verdict, Verdict::Fine);
        assert_eq!(connections(&throw_away, 4).verdict, Verdict::Fine);
    }

    #[test]
    fn a_schema_that_this_version_can_bring_up_to_date_is_no_trouble() {
        assert_eq!(schema(&stays(|_| ())).verdict, Verdict::Fine);
        assert_eq!(
            schema(&stays(|state| state.applied = None)).verdict,
            Verdict::Fine
        );
        let behind = schema(&stays(|state| state.applied.as_mut().unwrap().truncate(1)));
        assert_eq!(behind.verdict, Verdict::Note);
        assert!(
            behind.found.starts_with("1 of 2 steps taken"),
            "{}",
            behind.found
        );
    }

    #[test]
    fn a_schema_of_another_version_or_one_that_broke_off_blocks() {
        let mut newer = sound::step(3);
        let verdict = |change: &dyn Fn(&mut Vec<Applied>)| {
            schema(&stays(|state| change(state.applied.as_mut().unwrap()))).verdict
        };
        assert_eq!(
            verdict(&|applied| applied.push(newer.clone())),
            Verdict::Blocking
        );
        assert_eq!(
            verdict(&|applied| applied[1].checksum.reverse()),
            Verdict::Blocking
        );
        assert_eq!(
            verdict(&|applied| applied[1].success = false),
            Verdict::Blocking
        );
        newer.version = 2;
        assert_eq!(
            verdict(&|applied| applied[1] = newer.clone()),
            Verdict::Blocking,
            "same number, other text"
        );
    }

    #[test]
    fn a_database_full_of_somebody_elses_tables_is_a_warning() {
        let foreign = stays(|state| {
            state.applied = None;
            state.foreign_tables = 12;
        });
        assert_eq!(schema(&foreign).verdict, Verdict::Warning);
    }

    #[test]
    fn connections_that_are_all_taken_block_and_nearly_all_warn() {
        let of_100 = |used| {
            let database = stays(|state| state.connections = Connections { used, most: 100 });
            connections(&database, 4).verdict
        };
        assert_eq!(of_100(76), Verdict::Fine);
        assert_eq!(of_100(77), Verdict::Warning);
        assert_eq!(of_100(96), Verdict::Warning);
        assert_eq!(of_100(97), Verdict::Blocking);
        assert_eq!(connections(&away(), 4).verdict, Verdict::Note);
    }
}
