//! What a step reads was there before it began.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::Doubt;
use crate::{
    judge::{
        conversations::reads,
        evidence::Evidence,
        reading::{Look, counted},
    },
    record::{Interaction, Run},
};

/// Two columns that one statement dates are dated in no fixed order.
const ONE_STATEMENT: TimeDelta = TimeDelta::milliseconds(1);

/// A witness's dates are brought to the database's time when they are written down, and what is added to two of them may
/// differ by as much as one look at both clocks leaves open.
const ONE_LOOK: TimeDelta = TimeDelta::milliseconds(100);

/// No step begins before the steps are over that it needs by its workflow, or whose answers it is to read. By the rows,
/// and where one witness saw both calls, by the witness: a prompt that quotes an answer which was still being written
/// was not asked then, or the answer was not given then.
pub(super) fn steps_follow_what_they_read(evidence: &Evidence<'_>) -> Option<Doubt> {
    let conversations = evidence.record.workflow.conversations.iter();
    let needs: BTreeMap<i32, &[i32]> = conversations
        .map(|step| (step.id, step.needs.as_deref().unwrap_or_default()))
        .collect();
    let too_early = |run: &Run, row: &Interaction| {
        let needed = needs.get(&row.conversation_id).copied().unwrap_or_default();
        let read = reads(evidence, run, row.conversation_id);
        let mut before: BTreeSet<i32> = needed.iter().copied().collect();
        before.extend(read.into_iter().flat_map(|reads| reads.outputs));
        let mut before = before.into_iter().filter_map(|id| evidence.step(run, id));
        before.any(|before| is_over_later(evidence, before, row))
    };
    let mut found = Vec::new();
    for run in evidence.runs() {
        let rows = evidence.steps_of(run).filter(|row| too_early(run, row));
        found.extend(rows.map(|row| Look::Interaction(row.interaction_id)));
    }
    Doubt::about("steps_out_of_order", found, |count| {
        format!(
            "{} begun before a step was over that it needs or whose answer it reads: the dates were written by hand, \
             or the prompts were",
            counted(count, "interaction")
        )
    })
}

/// Whether a step ended when the next had begun.
fn is_over_later(evidence: &Evidence<'_>, before: &Interaction, after: &Interaction) -> bool {
    let by_rows = before
        .completed_at
        .zip(after.started_at)
        .is_some_and(|(end, start)| end > start + ONE_STATEMENT);
    let exchanges = evidence
        .exchange_of(before)
        .zip(evidence.exchange_of(after));
    let by_witness = exchanges.is_some_and(|(answer, question)| {
        // Two witnesses have two clocks.
        answer.worker == question.worker
            && answer
                .last_byte_at
                .is_some_and(|end| end > question.sent_at + ONE_LOOK)
    });
    by_rows || by_witness
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        judge::{
            conversations::{ANALYST, EXPERT, EXTRACT, GRADE_A, SKEPTIC},
            doctored::{self, PLAIN_RUN},
            validity::tests::doubts,
        },
        record::RunRecord,
    };

    /// Lets a step end when another does, in the rows and for the witness.
    fn end_with(record: &mut RunRecord, conversation: i32, other: i32) {
        let end = |record: &RunRecord, id| doctored::find(record, PLAIN_RUN, id).completed_at;
        let later = end(record, other).unwrap() - end(record, conversation).unwrap();
        doctored::postpone(record, PLAIN_RUN, conversation, later);
    }

    #[test]
    fn an_expert_who_quotes_an_analyst_who_ends_with_him_is_found() {
        for quoted in [ANALYST, SKEPTIC] {
            let mut record = doctored::healthy();
            end_with(&mut record, quoted, EXPERT);
            assert_eq!(doubts(&record), ["steps_out_of_order"]);
        }
    }

    #[test]
    fn it_is_found_where_the_workflow_says_nothing_of_needs_and_where_only_the_witness_shows_it() {
        let mut record = doctored::healthy();
        for step in &mut record.workflow.conversations {
            step.needs = None;
        }
        assert_eq!(doubts(&record), Vec::<&str>::new());
        let asked_at = doctored::exchange(&mut record, PLAIN_RUN, GRADE_A).sent_at;
        let answer = doctored::exchange(&mut record, PLAIN_RUN, EXTRACT);
        let late = asked_at + TimeDelta::milliseconds(150);
        (answer.last_byte_at, answer.ended_at) = (Some(late), late);
        assert_eq!(doubts(&record), ["steps_out_of_order"]);
    }

    #[test]
    fn the_two_grades_need_nothing_of_each_other() {
        assert_eq!(doubts(&doctored::serial()), Vec::<&str>::new());
        assert_eq!(doubts(&doctored::healthy()), Vec::<&str>::new());
    }
}
