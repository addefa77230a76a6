//! Whatever was asked, a row tells of it.

use std::collections::BTreeSet;

use super::Doubt;
use crate::{
    judge::{
        evidence::Evidence,
        reading::{Look, counted},
    },
    record::{Ended, Interaction},
};

/// Every answered call asked what an interaction of the batch asked, and every posting has its run: who takes a run away
/// has its calls and its posting left over. A call that was made again asked the same, and so did one that came late.
///
/// A batch that broke off may have calls whose rows went back into the queue, and a witness may pass on what another
/// batch asks; that one is told by its own name.
pub(super) fn every_call_is_a_rows(evidence: &Evidence<'_>) -> Option<Doubt> {
    let record = evidence.record;
    let open = |row: &Interaction| row.status.is_open();
    if record.runs.is_empty()
        || record.ended != Ended::Completed
        || record.interactions.iter().any(open)
    {
        return None;
    }
    let rows = record.interactions.iter();
    let asked: BTreeSet<(&str, &str)> = rows
        .filter_map(|row| row.input.as_ref())
        .map(|input| (input.model.as_str(), input.prompt_sha256.as_str()))
        .collect();
    let exchanges = record.exchanges.iter().filter(|it| it.answered());
    let calls = exchanges
        .filter_map(|it| Some((it.model.as_str(), it.prompt_sha256.as_deref()?)))
        .filter(|question| !asked.contains(question))
        .count();
    let with_run: BTreeSet<i64> = record.runs.iter().map(|run| run.posting_id).collect();
    let postings = record.postings.iter().map(|posting| posting.posting_id);
    let mut look: Vec<Look> = postings
        .filter(|id| !with_run.contains(id))
        .map(Look::Posting)
        .collect();
    look.sort_unstable();
    let told = [
        (calls > 0).then(|| {
            format!(
                "{} that no interaction asked for",
                counted(calls, "answered call")
            )
        }),
        (!look.is_empty()).then(|| format!("{} without a run", counted(look.len(), "posting"))),
    ];
    let told: Vec<String> = told.into_iter().flatten().collect();
    look.truncate(crate::judge::reading::LOOK_AT_MOST);
    (!told.is_empty()).then(|| Doubt {
        check: "unexplained_evidence",
        sentence: format!(
            "{}: rows were taken out, or changed, or belong to another batch",
            told.join("; ")
        ),
        look,
    })
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
