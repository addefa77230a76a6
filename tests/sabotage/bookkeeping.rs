//! What the system writes down about itself: ends that are none, ends by hand, work done twice, work not begun, errors
//! that nobody hears of.

use crate::sabotage::{Break, Guard, Sabotage};

const FAMILY: &str = "bookkeeping";

pub(crate) const ROWS: &[Sabotage] = &[
    Sabotage {
        name: "runs_never_become_final",
        family: FAMILY,
        history: "26 Nov: nothing ever wrote a run's end; 0 of 50 runs were completed.",
        guard: Guard::Kept("open runs with nothing to do are an error, not an end"),
        broken: &[Break::Database(include_str!(
            "damage/runs_stay_running.sql"
        ))],
        turns: &[
            "postings_completed",
            "completed_postings_have_all_data",
            "total_duration",
            "completion_rate",
            "average_per_posting",
            "nothing_unfinished",
            "interaction_count",
            "bookkeeping",
            "failure_rate",
            "faster_than_baseline",
            "retries",
            "running_at_a_time",
            "makespan",
            "model_loads",
            "ihl_score_mean",
            "ihl_score_spread",
            "saved_data_is_its_own",
            "skills_from_posting",
            "summary_about_posting",
            "summary_form",
        ],
        doubts: &[],
    },
    Sabotage {
        name: "runs_are_completed_by_hand",
        family: FAMILY,
        history: "26 Nov: when the batch was over, one statement set all 50 runs to completed.",
        guard: Guard::TheJudgeAlone,
        broken: &[
            Break::Database(include_str!("damage/runs_stay_running.sql")),
            Break::Afterwards(
                "DROP TRIGGER damage ON workflow_runs;
                 UPDATE workflow_runs SET status = 'completed', completed_at = now()",
            ),
            Break::CalledDone,
        ],
        turns: &[],
        doubts: &["edited_rows"],
    },
    Sabotage {
        name: "the_loop_stops_after_so_many_rounds",
        family: FAMILY,
        history: "27 Nov: the runner stopped at its cap of iterations with work left, three times, and called it done.",
        guard: Guard::Bypassed("the loop has no cap"),
        broken: &[
            Break::Database(include_str!("damage/queue_dries_up.sql")),
            Break::CalledDone,
        ],
        turns: &[
            "postings_completed",
            "completed_postings_have_all_data",
            "total_duration",
            "grades_overlap",
            "grades_overlap_on_server",
            "grade_gap",
            "completion_rate",
            "summary_completeness",
            "skills_completeness",
            "ihl_score_completeness",
            "ihl_category_completeness",
            "average_per_posting",
            "nothing_unfinished",
            "interaction_count",
            "bookkeeping",
            "database_connections",
            "failure_rate",
            "faster_than_baseline",
            "retries",
            "running_at_a_time",
            "makespan",
            "model_loads",
            "parallel_saving",
            "ihl_score_mean",
            "ihl_score_spread",
            "saved_data_is_its_own",
            "skills_from_posting",
            "summary_about_posting",
            "summary_form",
        ],
        doubts: &[],
    },
    Sabotage {
        name: "part_of_the_batch_is_never_begun",
        family: FAMILY,
        history: "19 Nov: one wrong indentation; 59 of 2,062 postings were worked on and the rest reported as done.",
        guard: Guard::Bypassed("a batch and its runs are made in one transaction"),
        broken: &[Break::Database(include_str!("damage/runs_not_made.sql"))],
        turns: &[
            "postings_completed",
            "total_duration",
            "completion_rate",
            "summary_completeness",
            "skills_completeness",
            "ihl_score_completeness",
            "ihl_category_completeness",
            "average_per_posting",
            "nothing_unfinished",
            "failure_rate",
            "faster_than_baseline",
            "retries",
            "running_at_a_time",
            "makespan",
            "model_loads",
        ],
        doubts: &[],
    },
    Sabotage {
        name: "a_restart_runs_postings_again",
        family: FAMILY,
        history: "27 Nov: restarts made new runs for the same postings; 543 for 181.",
        guard: Guard::Schema("workflow_runs_batch_id_posting_id_key"),
        broken: &[Break::Database(include_str!("damage/duplicate_runs.sql"))],
        turns: &["bookkeeping"],
        doubts: &["runs_beyond_the_batch"],
    },
    Sabotage {
        name: "steps_are_done_twice",
        family: FAMILY,
        history: "26 Nov, run 167: every matching branch fired; two tickets, two formats, skills before the save.",
        guard: Guard::Schema("interactions_workflow_run_id_conversation_id_key"),
        broken: &[Break::Afterwards(include_str!(
            "damage/steps_done_twice.sql"
        ))],
        turns: &["bookkeeping"],
        doubts: &["repeated_steps"],
    },
    Sabotage {
        name: "a_write_is_refused_by_the_database",
        family: FAMILY,
        history: "2 Dec: a weight out of range was refused by a constraint, and the whole save was rolled back.",
        guard: Guard::Kept("what the schema refuses fails its interaction as a database error"),
        broken: &[Break::Database(include_str!("damage/one_save_refused.sql"))],
        turns: &[
            "postings_completed",
            "completion_rate",
            "skills_completeness",
            "no_database_errors",
            "failure_rate",
        ],
        doubts: &[],
    },
    Sabotage {
        name: "errors_are_swallowed",
        family: FAMILY,
        history: "26 Nov: nothing wrote the table of errors, and the plan took its emptiness for success.",
        guard: Guard::Bypassed("a failure and its error are written in one transaction"),
        broken: &[
            Break::Database(include_str!("damage/one_save_refused.sql")),
            Break::Database(
                "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
                 CREATE TRIGGER swallow BEFORE INSERT ON workflow_errors FOR EACH ROW EXECUTE FUNCTION swallow()",
            ),
        ],
        turns: &[
            "postings_completed",
            "completion_rate",
            "skills_completeness",
            "failure_rate",
            "bookkeeping",
        ],
        doubts: &[],
    },
    Sabotage {
        name: "an_answer_was_never_given",
        family: FAMILY,
        history: "19 Nov: completions that came impossibly fast were work that had been skipped.",
        guard: Guard::TheJudgeAlone,
        broken: &[Break::Afterwards(
            "UPDATE interactions SET input = jsonb_set(input, '{prompt}', '\"Write what was never asked.\"')
             WHERE conversation_id = 3341
               AND workflow_run_id = (SELECT min(workflow_run_id) FROM workflow_runs)",
        )],
        turns: &["makespan", "model_loads", "server_concurrency", "prompts_are_whole"],
        doubts: &["unwitnessed_answers"],
    },
    Sabotage {
        name: "two_runners_are_at_work",
        family: FAMILY,
        history: "27 Nov: a runner was started beside one that still ran.",
        guard: Guard::TheJudgeAlone,
        broken: &[Break::Afterwards(
            "INSERT INTO batches (workflow_id, workflow_hash, size, created_at, started_at, ended_at)
             SELECT workflow_id, workflow_hash, 1, created_at, started_at, ended_at FROM batches",
        )],
        turns: &[],
        doubts: &["overlapping_batches"],
    },
    Sabotage {
        name: "connections_are_opened_and_never_closed",
        family: FAMILY,
        history: "13 Nov: connections were not given back as they should; the pool was empty after 50 operations.",
        guard: Guard::TheJudgeAlone,
        // In a few seconds a pool that is only being filled looks the same.
        broken: &[
            Break::LeakingConnections,
            Break::Settings(|settings| settings.time_scale = 60.0),
        ],
        turns: &["database_connections"],
        doubts: &[],
    },
    Sabotage {
        name: "a_clock_is_set_back",
        family: FAMILY,
        history: "No date of the original says so; but every duration is a difference of two dates.",
        guard: Guard::Schema("interactions_check2"),
        broken: &[Break::Afterwards(include_str!(
            "damage/completed_before_started.sql"
        ))],
        turns: &[],
        doubts: &["clock_runs_forward"],
    },
];
