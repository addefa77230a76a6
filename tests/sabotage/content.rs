//! What the saved texts and scores say. The guard, the validation of every answer and once more of every save, is
//! gone round: the damage is done behind it, to the row that saves and to the column alike.

use fixtures::ollama::{Fault, Mishap, Step};

use crate::sabotage::{Break, Guard, Sabotage};

const FAMILY: &str = "content";
const VALIDATION: Guard = Guard::Bypassed("every answer is validated, and every save once more");
const SPOIL: Break = Break::Database(include_str!("damage/spoiled_summaries.sql"));

pub(crate) const ROWS: &[Sabotage] = &[
    Sabotage {
        name: "summaries_keep_their_code_fences",
        family: FAMILY,
        history: "26 Nov: extracts arrived in a text fence and were stored with it.",
        guard: VALIDATION,
        broken: &[
            Break::Database(
                "CREATE FUNCTION spoiled(summary text) RETURNS text LANGUAGE sql
                 AS $$ SELECT E'```text\\n' || summary || E'\\n```' $$",
            ),
            SPOIL,
        ],
        turns: &["summary_form"],
        doubts: &[],
    },
    Sabotage {
        name: "a_summary_is_the_word_none",
        family: FAMILY,
        history: "26 Nov: the improved summary was \"None\", and it was formatted and saved.",
        guard: VALIDATION,
        broken: &[Break::Database(include_str!(
            "damage/summaries_say_none.sql"
        ))],
        // The word is the answer of the format step, which the skills were to read.
        turns: &[
            "bookkeeping",
            "prompts_are_whole",
            "summary_about_posting",
            "summary_form",
        ],
        doubts: &[],
    },
    Sabotage {
        name: "a_summary_is_one_word_over_and_over",
        family: FAMILY,
        history: "1 Dec: the smallest model said \"work\" more than 500 times, in one of three test postings.",
        guard: VALIDATION,
        broken: &[
            Break::Database(
                "CREATE FUNCTION spoiled(summary text) RETURNS text LANGUAGE sql
                 AS $$ SELECT summary || E'\\nDetails:' || repeat(' work', 500) $$",
            ),
            SPOIL,
        ],
        turns: &["summary_form"],
        doubts: &[],
    },
    Sabotage {
        name: "score_and_category_disagree",
        family: FAMILY,
        history: "26 Nov: nothing compared the expert's score with its verdict.",
        guard: Guard::Schema("ihl_category_agrees_with_ihl_score"),
        broken: &[Break::Database(include_str!(
            "damage/category_of_another_score.sql"
        ))],
        turns: &["bookkeeping"],
        doubts: &[],
    },
    Sabotage {
        name: "every_posting_gets_the_same_score",
        family: FAMILY,
        history: "25 Nov to 1 Dec: 11 of 15 scores were 5, 14 of 15 verdicts BORDERLINE.",
        guard: Guard::TheJudgeAlone,
        broken: &[Break::Settings(|settings| {
            settings
                .faults
                .push(Fault::every(Step::IhlExpert, Mishap::Score(5)));
        })],
        turns: &["ihl_score_spread"],
        doubts: &[],
    },
    Sabotage {
        name: "skills_of_one_posting_stand_under_another",
        family: FAMILY,
        history: "9 Dec: what had been written about the wrong posting had to be found by hand.",
        guard: Guard::TheJudgeAlone,
        broken: &[Break::Database(include_str!(
            "damage/skills_gone_astray.sql"
        ))],
        turns: &["skills_from_posting"],
        doubts: &[],
    },
    Sabotage {
        name: "descriptions_are_short",
        family: FAMILY,
        history: "26 Nov, runs 177 to 179: with little or no description to go by, a model invents the role.",
        guard: Guard::Kept(
            "a description of fewer than 100 characters is refused; these have more",
        ),
        broken: &[Break::Postings(|detail| {
            let description = &mut detail["jobPostingInfo"]["jobDescription"];
            let shortened: String = description.as_str().unwrap().chars().take(1_500).collect();
            *description = shortened.into();
        })],
        turns: &["description_length"],
        doubts: &[],
    },
];
