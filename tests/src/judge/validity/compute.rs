//! What the server computed and what the rows claim must fit together.

use super::Doubt;
use crate::judge::{
    bounds::makespan::{self, Because},
    evidence::Evidence,
    reading::{Look, counted},
};

/// The database's clock and the server's durations are measured apart: they may differ by this share.
const MEASURING_ERROR: f64 = 0.01;

/// A batch cannot be over sooner than its calls could have been computed, whatever the order. Loads are left out: how
/// long one takes nobody tells, for the server counts waiting into it.
pub(super) fn fits_into_the_time_taken(evidence: &Evidence<'_>) -> Option<Doubt> {
    // What was computed when a cassette was recorded takes its replay no time.
    if !evidence.all_work_ended() || evidence.is_replayed() {
        return None;
    }
    let claimed = evidence.wall_time()?.as_seconds_f64();
    let paths = evidence.paths();
    let least = makespan::least_seconds(&paths.calls(), &paths.computing, |_| 0.0)?;
    (least.seconds > claimed * (1.0 + MEASURING_ERROR)).then(|| Doubt {
        check: "faster_than_possible",
        sentence: format!(
            "the batch is said to have taken {claimed:.1} s of wall time, but by what the server reports {} takes \
             at least {:.1} s: the dates of the runs cannot be true",
            paths.told(least.because),
            least.seconds
        ),
        look: match least.because {
            Because::Posting(posting) => vec![Look::Run(paths.postings[posting].run)],
            Because::Crowd(_) => Vec::new(),
        },
    })
}

/// Every completed answer of a model passed the witness; one that did not was edited or made up.
/// Of a run that nobody watched, nobody can say so.
pub(super) fn every_answer_was_witnessed(evidence: &Evidence<'_>) -> Option<Doubt> {
    if evidence.nobody_watched() {
        return None;
    }
    let found = evidence
        .unwitnessed_answers()
        .map(|row| Look::Interaction(row.interaction_id));
    Doubt::about("unwitnessed_answers", found, |count| {
        format!(
            "{} of a model completed without an exchange in the witness log that asked the same model the \
             same prompt at that time: rows were edited or made up, or the runner went past the witness",
            counted(count, "interaction")
        )
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::TimeDelta;

    use super::*;
    use crate::{
        judge::{
            conversations::EXTRACT,
            doctored::{self, PLAIN_RUN},
            validity::tests::doubts,
        },
        record::{Provenance, RunRecord, Status},
    };

    /// All dates moved together, as if the batch had run `factor` times as
    /// fast. What the server said about its work stays.
    fn hurried(mut record: RunRecord, factor: i32) -> RunRecord {
        doctored::dates::change_dates(&mut record, |at| {
            doctored::START + (at - doctored::START) / factor
        });
        record
    }

    #[test]
    fn a_batch_faster_than_its_own_computing_is_impossible() {
        assert_eq!(doubts(&hurried(doctored::healthy(), 1)), Vec::<&str>::new());
        assert_eq!(
            doubts(&hurried(doctored::healthy(), 20)),
            ["faster_than_possible"]
        );
    }

    /// The slots that a record's calls are reckoned with, by model.
    fn slots(record: &RunRecord) -> Vec<f64> {
        let evidence = Evidence::of(record);
        evidence.paths().computing.slots.clone()
    }

    #[test]
    fn a_server_with_more_slots_than_was_set_is_not_called_impossible() {
        let mut record = doctored::healthy();
        let calls: Vec<_> = (1..=50).map(|run| (run, EXTRACT)).collect();
        let first = doctored::exchange(&mut record, 1, EXTRACT);
        let (sent_at, last_byte_at) = (first.sent_at, first.last_byte_at);
        for (run, conversation) in calls {
            let exchange = doctored::exchange(&mut record, run, conversation);
            (exchange.sent_at, exchange.last_byte_at) = (sent_at, last_byte_at);
            let row = doctored::interaction(&mut record, run, conversation);
            row.started_at = Some(sent_at);
        }
        assert_eq!(slots(&record), [1.0, 50.0, 1.0]);
    }

    #[test]
    fn requests_worked_off_in_turn_count_as_one_at_once() {
        assert_eq!(slots(&doctored::healthy()), [1.0, 1.0, 1.0]);
    }

    #[test]
    fn work_of_models_that_do_not_fit_together_adds_up_against_the_time_taken() {
        let mut record = doctored::healthy();
        doctored::one_call_at_a_time(&mut record);
        let least = |record: &RunRecord| {
            let evidence = Evidence::of(record);
            let paths = evidence.paths();
            let least = makespan::least_seconds(&paths.calls(), &paths.computing, |_| 0.0);
            TimeDelta::from_std(Duration::from_secs_f64(least.unwrap().seconds)).unwrap()
        };
        // Said to have been over when the busiest model could have been, had the others been at work beside it.
        let end = doctored::START + least(&record);
        for run in &mut record.runs {
            (run.started_at, run.completed_at) = (Some(doctored::START), Some(end));
        }
        assert_eq!(doubts_of_time(&record), 0);
        record.environment.servers[0].gpu_memory = Some(6 * doctored::GIB);
        assert_eq!(doubts_of_time(&record), 1);
    }

    fn doubts_of_time(record: &RunRecord) -> usize {
        let evidence = Evidence::of(record);
        fits_into_the_time_taken(&evidence).into_iter().count()
    }

    #[test]
    fn an_answer_that_no_witness_saw_makes_the_run_invalid() {
        let mut record = doctored::healthy();
        record.exchanges.remove(17);
        assert_eq!(doubts(&record), ["unwitnessed_answers"]);
    }

    #[test]
    fn of_a_run_that_nobody_watched_no_answer_is_called_made_up() {
        let mut record = doctored::healthy();
        record.exchanges.clear();
        assert_eq!(doubts(&record), ["unwitnessed_answers"]);
        record.provenance = Provenance::Reconstructed {
            source: "a report".to_owned(),
        };
        assert_eq!(doubts(&record), Vec::<&str>::new());
    }

    #[test]
    fn a_prompt_changed_afterwards_no_longer_finds_its_exchange() {
        let mut record = doctored::healthy();
        let row = doctored::interaction(&mut record, PLAIN_RUN, EXTRACT);
        row.input.as_mut().unwrap().prompt_sha256 = "0".repeat(64);
        assert_eq!(
            doubts(&record),
            ["unwitnessed_answers", "unexplained_evidence"]
        );
    }

    #[test]
    fn a_failed_call_needs_no_witnessed_answer() {
        let mut record = doctored::healthy();
        doctored::interaction(&mut record, PLAIN_RUN, EXTRACT).status = Status::Failed;
        doctored::exchange(&mut record, PLAIN_RUN, EXTRACT).final_line = None;
        assert_eq!(doubts(&record), Vec::<&str>::new());
    }
}
