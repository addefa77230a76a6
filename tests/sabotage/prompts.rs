//! What the models were told.

use wave_runner::workflow::{ConversationId, Outcome, Rule, Source};

use crate::sabotage::{Break, Guard, Sabotage, reword, step};

const FAMILY: &str = "prompts";

pub(crate) const ROWS: &[Sabotage] = &[
    Sabotage {
        name: "the_expert_does_not_see_the_analyst",
        family: FAMILY,
        history: "25 Nov to 1 Dec: the analyst's section of the expert's prompt was empty in 12 of 12 traced runs.",
        guard: Guard::Lint(Rule::UnusedRead),
        broken: &[Break::Workflow(|workflow| {
            reword(workflow, 9163, "{{ analyst }}", "");
        })],
        turns: &["prompts_are_whole"],
        doubts: &[],
    },
    Sabotage {
        name: "the_regrade_is_fed_a_placeholder",
        family: FAMILY,
        history: "26 Nov: the regrade was sent the literal text of a placeholder, and 8 of 8 regrades failed.",
        guard: Guard::Lint(Rule::LiteralPlaceholder),
        broken: &[Break::Workflow(|workflow| {
            reword(workflow, 3339, "{{ summary }}", "{session_4_output}");
        })],
        turns: &["prompts_are_whole"],
        doubts: &[],
    },
    Sabotage {
        name: "the_improvement_is_fed_the_grade_twice",
        family: FAMILY,
        history: "26 Nov: in place of the summary to improve stood the grade that it had got.",
        guard: Guard::Lint(Rule::SourceOfAnotherKind),
        broken: &[Break::Workflow(|workflow| {
            let grade = vec![Source::Output(ConversationId(3337))];
            step(workflow, 3338)
                .reads
                .insert("summary".to_owned(), grade);
        })],
        turns: &["prompts_are_whole"],
        doubts: &[],
    },
    Sabotage {
        name: "one_grader_never_runs",
        family: FAMILY,
        history: "26 Nov, runs 168 to 171: a corrected branching rule made one of the two grades and no more.",
        guard: Guard::Lint(Rule::Unreachable),
        broken: &[Break::Workflow(|workflow| {
            let when = step(workflow, 3337).when.as_mut().unwrap();
            when.any[0].is = Outcome::Fail;
        })],
        turns: &[
            "grade_gap",
            "grades_overlap",
            "grades_overlap_on_server",
            "interaction_count",
            "makespan",
            "model_loads",
            "parallel_saving",
            "prompts_are_whole",
            "server_concurrency",
        ],
        doubts: &["missing_pairs"],
    },
];
