//! What a step found and what the posting holds: saves left out, saves in part, saves gone astray.

use wave_runner::workflow::Rule;

use crate::sabotage::{Break, Guard, Sabotage, step};

const FAMILY: &str = "saving";

pub(crate) const ROWS: &[Sabotage] = &[
    Sabotage {
        name: "skills_are_extracted_and_never_saved",
        family: FAMILY,
        history: "26 Nov: the step behind the skills was the analyst, not the save; 0 of 50 postings had skills.",
        guard: Guard::Lint(Rule::UnwrittenColumn),
        broken: &[Break::Workflow(|workflow| {
            step(workflow, 3350).writes.clear();
        })],
        turns: &[
            "completed_postings_have_all_data",
            "skills_completeness",
            "saved_data_is_its_own",
            "skills_from_posting",
        ],
        doubts: &[],
    },
    Sabotage {
        name: "a_score_is_given_and_never_saved",
        family: FAMILY,
        history: "26 Nov: the verdict was the workflow's last step and nothing saved it; 0 of 50 had a score.",
        guard: Guard::Lint(Rule::UnwrittenColumn),
        broken: &[Break::Workflow(|workflow| {
            step(workflow, 9163).writes.clear();
        })],
        turns: &[
            "completed_postings_have_all_data",
            "ihl_score_completeness",
            "ihl_category_completeness",
            "ihl_score_mean",
            "ihl_score_spread",
            "saved_data_is_its_own",
        ],
        doubts: &[],
    },
    Sabotage {
        name: "a_saver_reports_success_and_saves_nothing",
        family: FAMILY,
        history: "27 Nov: the saver's error came in an envelope that said success, and the run went on.",
        guard: Guard::Schema("a_completed_writer_has_written"),
        broken: &[Break::Database(include_str!("damage/skills_not_saved.sql"))],
        turns: &[
            "completed_postings_have_all_data",
            "skills_completeness",
            "saved_data_is_its_own",
            "skills_from_posting",
        ],
        doubts: &[],
    },
    Sabotage {
        name: "a_saver_keeps_one_skill_of_many",
        family: FAMILY,
        history: "29 Nov: the saver kept what its taxonomy knew; of 12,881 skills 9,950 were lost, in silence.",
        guard: Guard::TheJudgeAlone,
        broken: &[Break::Database(include_str!(
            "damage/skills_saved_in_part.sql"
        ))],
        turns: &["saved_data_is_its_own"],
        doubts: &[],
    },
    Sabotage {
        name: "summaries_are_saved_to_the_wrong_posting",
        family: FAMILY,
        history: "9 Dec: of 1,740 saved summaries 1,722 described another posting.",
        guard: Guard::TheJudgeAlone,
        broken: &[Break::Database(include_str!(
            "damage/summaries_gone_astray.sql"
        ))],
        turns: &[
            "prompts_are_whole",
            "saved_data_is_its_own",
            "skills_from_posting",
            "summary_about_posting",
        ],
        doubts: &[],
    },
    Sabotage {
        name: "postings_share_one_state",
        family: FAMILY,
        history: "2 Dec: the runs of a batch shared one state, and each step took the summary that lay there last.",
        guard: Guard::Bypassed(
            "inputs are read by run and posting, nothing is kept between claims",
        ),
        broken: &[Break::Database(include_str!("damage/shared_state.sql"))],
        turns: &["skills_from_posting", "summary_about_posting"],
        doubts: &[],
    },
    Sabotage {
        name: "every_check_says_that_nothing_is_left_to_do",
        family: FAMILY,
        history: "21 Nov: the checks read the wrong source; 2,034 postings were skipped, the monitor said 100 %.",
        guard: Guard::Bypassed("a check reads the column itself"),
        broken: &[
            Break::Database(include_str!("damage/checks_say_skip.sql")),
            // With so much skipped, eight postings are over before there is much to sample.
            Break::Settings(|settings| settings.batch_size = 16),
        ],
        turns: &[
            "completed_postings_have_all_data",
            "summary_completeness",
            "skills_completeness",
            "skills_from_posting",
            "summary_about_posting",
            "summary_form",
        ],
        doubts: &[],
    },
];
