//! What the record says of itself as a whole agrees with itself.

use super::Doubt;
use crate::{
    judge::evidence::Evidence,
    record::{Ended, Mode, RunRecord, ServerKind},
};

/// A record is written in one go: where two of its own words contradict each other, one was changed afterwards.
pub(super) fn the_record_agrees_with_itself(evidence: &Evidence<'_>) -> Option<Doubt> {
    let record = evidence.record;
    let told: Vec<String> = [of_end(record), of_time(&record.mode), of_counts(record)]
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
    (record.ended == Ended::Completed && !record.complete).then(|| {
        "the batch is said to have come to its end, and the record to be incomplete".to_owned()
    })
}

/// A real server takes the time it takes, and no time runs backwards or stands still.
fn of_time(mode: &Mode) -> Option<String> {
    let scale = mode.time_scale;
    // Also for a scale that is no number at all.
    if !(scale > 0.0 && scale.is_finite()) {
        return Some(format!("time is said to have passed at {scale}:1"));
    }
    (mode.model_server == ServerKind::Live && (scale - 1.0).abs() > f64::EPSILON).then(|| {
        format!("the model server is said to be live, and time to have passed at {scale}:1")
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
    use crate::{
        judge::{doctored, validity::tests::doubts},
        record::{RunRecord, ServerKind},
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
