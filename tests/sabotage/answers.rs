//! Answers that are not what was asked for, with every guard in place: they are repaired, asked for again, or fail.

use std::collections::BTreeSet;

use batchproof::record::{AttemptEnd, Interaction, RunRecord, Status};
use fixtures::ollama::{Fault, Mishap, Occasion, Step};
use wave_runner::workflow::ConversationId;

use crate::sabotage::{Break, Guard, Sabotage, step};

const FAMILY: &str = "answers";
const REPAIRED: Guard = Guard::Repairs(
    "a fence around all of an answer is taken off",
    every_report_was_longer,
);
const AGAIN_WITH: &str = "a malformed answer is asked for again with another seed";
const AGAIN: Guard = Guard::Kept(AGAIN_WITH);

/// Whether the server counted more tokens of each report than what was kept of it has: the fence. The stand-in takes
/// four bytes for a token.
fn every_report_was_longer(record: &RunRecord) -> bool {
    let reports = record.interactions.iter().filter(|row| {
        matches!(row.conversation_id, 9161..=9163) && row.status == Status::Completed
    });
    let longer = |row: &Interaction| {
        let mut kept = row.output.clone()?;
        kept.as_object_mut()?.remove("kind");
        let asked = row.input.as_ref()?;
        let mut exchanges = record.exchanges.iter();
        let exchange =
            exchanges.find(|it| it.prompt_sha256.as_ref() == Some(&asked.prompt_sha256))?;
        let kept = u64::try_from(kept.to_string().len().div_ceil(4)).ok()?;
        Some(exchange.final_line.as_ref()?.eval_count > kept)
    };
    let mut reports = reports.map(longer).peekable();
    reports.peek().is_some() && reports.all(|longer| longer == Some(true))
}

/// Whether so many attempts at a step failed for their answer and were made again.
fn asked_again(record: &RunRecord, conversation: i32, times: usize) -> bool {
    let rows = record.interactions.iter();
    let of_step: BTreeSet<i64> = rows
        .filter(|row| row.conversation_id == conversation)
        .map(|row| row.interaction_id)
        .collect();
    let again = record.attempts.iter().filter(|attempt| {
        of_step.contains(&attempt.interaction_id) && attempt.ended_as == AttemptEnd::Retried
    });
    again.count() == times
}

pub(crate) const ROWS: &[Sabotage] = &[
    Sabotage {
        name: "reports_come_in_a_fence",
        family: FAMILY,
        history: "26 Nov: whether a score was found hung on the fence around it.",
        guard: REPAIRED,
        broken: &[Break::Settings(|settings| {
            settings.faults.extend(
                [
                    Step::Skills,
                    Step::IhlAnalyst,
                    Step::IhlSkeptic,
                    Step::IhlExpert,
                ]
                .map(|step| Fault::every(step, Mishap::Fenced)),
            );
        })],
        turns: &[],
        doubts: &[],
    },
    Sabotage {
        name: "two_answers_are_none",
        family: FAMILY,
        history: "26 Nov: the word that a program prints for a missing value passed for a summary.",
        guard: Guard::Repairs(AGAIN_WITH, |record| asked_again(record, 3335, 2)),
        broken: &[Break::Settings(|settings| {
            settings.faults.push(Fault {
                occasion: Occasion::First(2),
                ..Fault::every(Step::Extract, Mishap::Nothing)
            });
        })],
        turns: &[],
        doubts: &[],
    },
    Sabotage {
        name: "an_answer_is_one_word_over_and_over",
        family: FAMILY,
        history: "1 Dec: a model that is stuck burns its whole limit.",
        guard: Guard::Repairs(AGAIN_WITH, |record| asked_again(record, 3341, 1)),
        broken: &[Break::Settings(|settings| {
            settings
                .faults
                .push(Fault::nth(Step::Format, 1, Mishap::WordLoop));
        })],
        turns: &[],
        doubts: &[],
    },
    Sabotage {
        name: "a_score_disagrees_with_its_category_once",
        family: FAMILY,
        history: "26 Nov: nothing compared the expert's score with its verdict.",
        guard: Guard::Repairs(AGAIN_WITH, |record| asked_again(record, 9163, 1)),
        broken: &[Break::Settings(|settings| {
            settings
                .faults
                .push(Fault::nth(Step::IhlExpert, 1, Mishap::Disagreeing));
        })],
        turns: &[],
        doubts: &[],
    },
    Sabotage {
        name: "many_calls_have_to_be_repeated",
        family: FAMILY,
        history: "Before 4 Dec: whatever failed was tried again blindly, and only the last attempt was counted.",
        guard: AGAIN,
        broken: &[Break::Settings(|settings| {
            // The first two may be one interaction's, whose third try is its last and well; the sixth is another's. No
            // grade, whose pair would be torn.
            let steps = [
                Step::Extract,
                Step::Format,
                Step::Skills,
                Step::IhlAnalyst,
                Step::IhlSkeptic,
                Step::IhlExpert,
            ];
            for nth in [1, 2, 6] {
                let chatty = steps.map(|step| Fault::nth(step, nth, Mishap::Chatty));
                settings.faults.extend(chatty);
            }
        })],
        turns: &["first_try_rate", "retries"],
        doubts: &[],
    },
    Sabotage {
        name: "the_expert_always_talks_around_its_report",
        family: FAMILY,
        history: "26 Nov: a report that was not fenced as expected gave no score, in an envelope that said success.",
        guard: Guard::Kept("what stays malformed fails its interaction, and says why"),
        broken: &[
            Break::Settings(|settings| {
                settings
                    .faults
                    .push(Fault::every(Step::IhlExpert, Mishap::Chatty));
            }),
            // Its failure ends the run. Were the summary and the skills still under way, how much of them came to an
            // end before it would be a race, and with it which other criteria turn.
            Break::Workflow(|workflow| {
                step(workflow, 9163).needs.push(ConversationId(3350));
            }),
        ],
        turns: &[
            "postings_completed",
            "completed_postings_have_all_data",
            "completion_rate",
            "ihl_score_completeness",
            "ihl_category_completeness",
            "average_per_posting",
            "interaction_count",
            "failure_rate",
            "faster_than_baseline",
            "retries",
            "ihl_score_mean",
            "ihl_score_spread",
            "saved_data_is_its_own",
            "skills_from_posting",
            "summary_about_posting",
            "summary_form",
        ],
        doubts: &[],
    },
];
