//! What the record says of itself as a whole agrees with itself.

use super::Doubt;
use crate::{
    judge::{evidence::Evidence, reading::counted},
    record::{Ended, Mode, Posting, RunRecord, ServerKind, Texts},
};

/// A record is written in one go: where two of its own words contradict each other, one was changed afterwards.
pub(super) fn the_record_agrees_with_itself(evidence: &Evidence<'_>) -> Option<Doubt> {
    let record = evidence.record;
    let told: Vec<String> = [
        of_end(record),
        of_time(&record.mode),
        of_seed(&record.mode),
        of_cassette(&record.mode),
        of_counts(record),
        of_fetch(record),
        of_descriptions(record),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!told.is_empty()).then(|| Doubt {
        check: "contradictory_record",
        sentence: format!("{}: the record was changed by hand", told.join("; ")),
        look: Vec::new(),
    })
}

fn of_end(record: &RunRecord) -> Option<String> {
    if record.ended != Ended::Completed {
        return None;
    }
    if !record.complete {
        return Some(
            "the batch is said to have come to its end, and the record to be incomplete".to_owned(),
        );
    }
    // Whoever ends a batch dates its end in the same breath.
    let undated = record.batch.ended_at.is_none();
    undated.then(|| "the batch is said to have come to its end, and nobody dated it".to_owned())
}

/// A real server takes the time it takes, and no time runs backwards or stands still.
fn of_time(mode: &Mode) -> Option<String> {
    let scale = mode.time_scale;
    // Also for a scale that is no number at all.
    if !(scale > 0.0 && scale.is_finite()) {
        return Some(format!("time is said to have passed at {scale}:1"));
    }
    let server = match mode.model_server {
        ServerKind::Live => "live",
        ServerKind::Replayed => "a replay",
        ServerKind::Simulated => return None,
    };
    ((scale - 1.0).abs() > f64::EPSILON).then(|| {
        format!("the model server is said to be {server}, and time to have passed at {scale}:1")
    })
}

/// What is replayed is on a cassette, what is not is on none, and no cassette was recorded of a replay.
fn of_cassette(mode: &Mode) -> Option<String> {
    let told = match (mode.model_server, &mode.cassette) {
        (ServerKind::Replayed, None) => "a replay is said to have had no cassette",
        (ServerKind::Replayed, Some(it)) if it.model_server == ServerKind::Replayed => {
            "a replay is said to have been of a replay"
        }
        (ServerKind::Live | ServerKind::Simulated, Some(_)) => {
            "the model server is said to be no replay, and to have answered from a cassette"
        }
        _ => return None,
    };
    Some(told.to_owned())
}

/// A seed is the simulation's. Nothing real has one, and nothing simulated goes without.
fn of_seed(mode: &Mode) -> Option<String> {
    let simulated = mode.is_simulated();
    match mode.seed {
        Some(seed) if !simulated => Some(format!(
            "nothing is said to be simulated, and the seed to be {seed}"
        )),
        None if simulated => Some("a simulation is said to have had no seed".to_owned()),
        _ => None,
    }
}

/// As many postings are promoted as the batch takes: more of them than its size were to be in it.
fn of_fetch(record: &RunRecord) -> Option<String> {
    let promoted = record.fetch.as_ref()?.promoted;
    let size = record.batch.size;
    (promoted > u64::from(size)).then(|| {
        format!("{promoted} postings are said to have been promoted for a batch of {size}")
    })
}

/// The length of a description and the description, where it is there.
fn of_descriptions(record: &RunRecord) -> Option<String> {
    if record.texts != Texts::Kept {
        return None;
    }
    let differs = |posting: &&Posting| {
        let there = posting.description.chars().count();
        u64::try_from(there).is_ok_and(|there| there != posting.description_chars)
    };
    let odd = record.postings.iter().filter(differs).count();
    (odd > 0).then(|| {
        format!(
            "the description of {} is not as long as it is said to be",
            counted(odd, "posting")
        )
    })
}

/// Before and after, the same tables are counted.
fn of_counts(record: &RunRecord) -> Option<String> {
    let before = &record.row_counts_at_start;
    let after = record.row_counts_at_end.as_ref()?;
    let odd = before
        .keys()
        .find(|table| !after.contains_key(*table))
        .or_else(|| after.keys().find(|table| !before.contains_key(*table)))?;
    Some(format!(
        "the rows of {odd} are said to have been counted at one end of the batch and not at the other"
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        judge::{doctored, validity::tests::doubts},
        record::{FetchReport, PostingsFrom},
    };

    fn edited(edit: impl Fn(&mut RunRecord)) -> Vec<&'static str> {
        let mut record = doctored::healthy();
        edit(&mut record);
        doubts(&record)
    }

    #[test]
    fn an_incomplete_record_of_a_batch_that_came_to_its_end_contradicts_itself() {
        assert_eq!(
            edited(|record| record.complete = false),
            ["contradictory_record"]
        );
        assert_eq!(doubts(&doctored::interrupted()), Vec::<&str>::new());
    }

    #[test]
    fn an_end_that_nobody_dated_contradicts_a_batch_that_came_to_it() {
        let undated = edited(|record| record.batch.ended_at = None);
        assert_eq!(undated, ["contradictory_record"]);
        let still_at_work = edited(|record| {
            (record.ended, record.complete) = (Ended::UnderWay, false);
            record.batch.ended_at = None;
        });
        assert_eq!(still_at_work, Vec::<&str>::new());
    }

    #[test]
    fn a_seed_is_the_simulations() {
        let simulated_without = edited(|record| record.mode.seed = None);
        assert_eq!(simulated_without, ["contradictory_record"]);
        let real = |postings, seed| {
            edited(move |record| {
                record.mode.model_server = ServerKind::Live;
                record.mode.time_scale = 1.0;
                (record.mode.postings, record.mode.seed) = (postings, seed);
            })
        };
        let odd = real(PostingsFrom::Workday, Some(42));
        assert_eq!(odd, ["contradictory_record"]);
        assert_eq!(real(PostingsFrom::Workday, None), Vec::<&str>::new());
        assert_eq!(real(PostingsFrom::Simulated, Some(42)), Vec::<&str>::new());
    }

    #[test]
    fn a_replay_is_of_a_cassette_and_nothing_else_is() {
        let replayed = |edit: fn(&mut RunRecord)| {
            edited(move |record| {
                doctored::replay(record);
                edit(record);
            })
        };
        assert_eq!(replayed(|_| ()), Vec::<&str>::new());
        for contradiction in [
            (|record| record.mode.cassette = None) as fn(&mut RunRecord),
            |record| record.mode.model_server = ServerKind::Live,
            |record| record.mode.time_scale = 400.0,
            |record| record.mode.seed = None,
            |record| {
                let cassette = record.mode.cassette.as_mut().unwrap();
                cassette.model_server = ServerKind::Replayed;
            },
        ] {
            assert_eq!(replayed(contradiction), ["contradictory_record"]);
        }
    }

    #[test]
    fn more_postings_promoted_than_the_batch_has_were_taken_out_of_it() {
        let promoted = |promoted| edited(move |record| record.fetch = Some(fetched(promoted)));
        assert_eq!(promoted(51), ["contradictory_record"]);
        assert_eq!(promoted(50), Vec::<&str>::new());
    }

    fn fetched(promoted: u64) -> FetchReport {
        FetchReport {
            wanted: promoted,
            listed: None,
            fetched: promoted,
            promoted,
            refused: BTreeMap::new(),
            withdrawn: 0,
            duplicates: 0,
            average_description_chars: None,
            duration_seconds: 1.0,
        }
    }

    #[test]
    fn a_length_that_is_not_the_descriptions_is_found_where_the_description_is_kept() {
        let lied = |texts| {
            edited(move |record| {
                record.texts = texts;
                record.postings[3].description_chars = 9_000;
            })
        };
        assert_eq!(lied(Texts::Kept), ["contradictory_record"]);
        assert_eq!(lied(Texts::Redacted), Vec::<&str>::new());
    }

    #[test]
    fn a_table_that_was_counted_once_only_contradicts_the_other_count() {
        let table = "workflow_errors";
        let before = edited(|record| {
            record.row_counts_at_start.remove(table);
        });
        let after = edited(|record| {
            record.row_counts_at_end.as_mut().unwrap().remove(table);
        });
        assert_eq!(before, ["contradictory_record"]);
        assert_eq!(after, before);
        let neither = edited(|record| record.row_counts_at_end = None);
        assert_eq!(neither, Vec::<&str>::new());
    }

    #[test]
    fn a_live_server_is_no_faster_than_time() {
        let live = |scale: f64| {
            edited(move |record| {
                record.mode.model_server = ServerKind::Live;
                record.mode.time_scale = scale;
            })
        };
        assert_eq!(live(10.0), ["contradictory_record"]);
        assert_eq!(live(1.0), Vec::<&str>::new());
    }

    #[test]
    fn time_that_stands_still_or_runs_backwards_is_no_time() {
        for scale in [0.0, -400.0, f64::NAN, f64::INFINITY] {
            let doubts = edited(|record| record.mode.time_scale = scale);
            assert_eq!(doubts, ["contradictory_record"], "{scale}");
        }
        let slow = edited(|record| record.mode.time_scale = 0.5);
        assert_eq!(slow, Vec::<&str>::new());
    }
}
