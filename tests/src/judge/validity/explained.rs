//! Whatever was asked, a row tells of it.

use std::collections::BTreeSet;

use super::Doubt;
use crate::{
    judge::{
        evidence::Evidence,
        reading::{LOOK_AT_MOST, Look, counted},
    },
    record::{ActorType, Ended, RunRecord, Status},
};

/// Every answered call asked what an interaction of the batch asked, and every posting has its run: who takes a run away
/// has its calls and its posting left over. A call that was made again asked the same, and so did one that came late.
///
/// In a batch that broke off, what was asked may have gone back into the queue, and its row says nothing of it.
pub(super) fn every_call_is_a_rows(evidence: &Evidence<'_>) -> Option<Doubt> {
    let record = evidence.record;
    let at_work = record.interactions.iter().any(|row| row.status.is_open());
    if record.runs.is_empty() || record.ended != Ended::Completed || at_work {
        return None;
    }
    let calls = unasked(record);
    let mut look = without_run(record);
    let told = [(calls, "answered call"), (look.len(), "posting")];
    let told: Vec<String> = told
        .iter()
        .zip(["that no interaction asked for", "without a run"])
        .filter(|((count, _), _)| *count > 0)
        .map(|((count, thing), which)| format!("{} {which}", counted(*count, thing)))
        .collect();
    look.truncate(LOOK_AT_MOST);
    (!told.is_empty()).then(|| Doubt {
        check: "unexplained_evidence",
        sentence: format!(
            "{}: rows were taken out, or changed, or belong to another batch",
            told.join("; ")
        ),
        look,
    })
}

/// How many calls were answered that no interaction tells of.
fn unasked(record: &RunRecord) -> usize {
    let inputs = record
        .interactions
        .iter()
        .filter_map(|row| row.input.as_ref());
    let asked: BTreeSet<(&str, &str)> = inputs
        .map(|input| (input.model.as_str(), input.prompt_sha256.as_str()))
        .collect();
    let answered = record.exchanges.iter().filter(|it| it.answered());
    let stray = answered
        .filter_map(|it| Some((it.model.as_str(), it.prompt_sha256.as_deref()?)))
        .filter(|question| !asked.contains(question))
        .count();
    // A call leaves before its start is written: a start that a crash of the database lost, or that came when the claim
    // was gone already, was asked all the same, and its row may never be asked again.
    let silent = record.interactions.iter().filter(|row| {
        row.actor_type == ActorType::AiModel
            && row.input.is_none()
            && row.status != Status::Completed
    });
    stray.saturating_sub(silent.count())
}

/// The postings that no run of the batch is about.
fn without_run(record: &RunRecord) -> Vec<Look> {
    let with_run: BTreeSet<i64> = record.runs.iter().map(|run| run.posting_id).collect();
    let postings = record.postings.iter().map(|posting| posting.posting_id);
    let mut without: Vec<Look> = postings
        .filter(|id| !with_run.contains(id))
        .map(Look::Posting)
        .collect();
    without.sort_unstable();
    without
}

#[cfg(test)]
mod tests {
    use crate::{
        judge::{
            conversations::EXTRACT,
            doctored::{self, PLAIN_RUN},
            validity::tests::doubts,
        },
        record::{ExchangeEnd, RunRecord},
    };

    /// A call that no row tells of.
    fn with_stray(change: impl Fn(&mut RunRecord)) -> Vec<&'static str> {
        let mut record = doctored::healthy();
        let mut stray = doctored::exchange(&mut record, PLAIN_RUN, EXTRACT).clone();
        (stray.id, stray.prompt_sha256) = (9_000, Some("f".repeat(64)));
        record.exchanges.push(stray);
        change(&mut record);
        doubts(&record)
    }

    #[test]
    fn an_answered_call_that_no_interaction_asked_for_is_found() {
        assert_eq!(with_stray(|_| {}), ["unexplained_evidence"]);
    }

    #[test]
    fn a_call_that_was_made_again_or_was_never_answered_is_explained() {
        let again = with_stray(|record| {
            let asked = doctored::find(record, PLAIN_RUN, EXTRACT).input.clone();
            let stray = record.exchanges.last_mut().unwrap();
            stray.prompt_sha256 = asked.map(|input| input.prompt_sha256);
        });
        assert_eq!(again, Vec::<&str>::new());
        let given_up = with_stray(|record| {
            let stray = record.exchanges.last_mut().unwrap();
            (stray.ended, stray.final_line) = (ExchangeEnd::ClientLeft, None);
        });
        assert_eq!(given_up, Vec::<&str>::new());
    }

    #[test]
    fn a_posting_without_a_run_is_found() {
        let mut record = doctored::healthy();
        let mut stranger = record.postings[9].clone();
        (stranger.posting_id, stranger.external_id) = (9_000, "R9".to_owned());
        record.postings.push(stranger);
        assert_eq!(doubts(&record), ["unexplained_evidence"]);
    }

    #[test]
    fn a_batch_that_broke_off_may_have_asked_what_went_back_into_the_queue() {
        let mut record = doctored::interrupted();
        record.exchanges[0].prompt_sha256 = Some("f".repeat(64));
        assert!(!doubts(&record).contains(&"unexplained_evidence"));
    }
}
