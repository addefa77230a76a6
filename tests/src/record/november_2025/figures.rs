//! What was published of the run. Times are milliseconds.

use chrono::{DateTime, Utc};

/// 2025-11-26 18:43:30.080, when the first posting began.
pub(super) const START: DateTime<Utc> = DateTime::from_timestamp_millis(1_764_182_610_080).unwrap();

/// What the record is made from, and what became of it.
pub(super) const SOURCE: &str = "the published report and traces of the run of 26 November 2025. Durations of single calls are \
    drawn within the published figures; statuses are as the system left them, before somebody set all 50 to completed.";

pub(super) const POSTINGS: usize = 50;
pub(super) const FIRST_POSTING: i64 = 4864;
pub(super) const FIRST_RUN: i64 = 199;
pub(super) const FIRST_INTERACTION: i64 = 686;
/// From the first posting's start to the last one's end.
pub(super) const TOTAL: i64 = 7_420_000;
/// The quickest and the slowest posting.
pub(super) const POSTING_TOOK: [i64; 2] = [100_000, 301_000];
/// The shortest and the longest time from one start to the next among the first fifteen.
pub(super) const FIRST_FIFTEEN_TOOK: [i64; 2] = [120_000, 294_000];
/// Lengths of the first descriptions; the others' are not known.
pub(super) const DESCRIPTION_CHARS: [u64; 5] = [6_415, 6_344, 8_739, 11_235, 4_499];

pub(super) const VERIFY: i32 = 9144;
pub(super) const VALIDATE: i32 = 9193;
pub(super) const CHECK_SUMMARY: i32 = 9184;
pub(super) const EXTRACT: i32 = 3335;
pub(super) const GRADE_A: i32 = 3336;
pub(super) const GRADE_B: i32 = 3337;
pub(super) const IMPROVE: i32 = 3338;
pub(super) const REGRADE: i32 = 3339;
pub(super) const TICKET: i32 = 3340;
pub(super) const FORMAT: i32 = 3341;
pub(super) const SAVE_SUMMARY: i32 = 9168;
pub(super) const CHECK_SKILLS: i32 = 9185;
pub(super) const SKILLS: i32 = 3350;
pub(super) const ANALYST: i32 = 9161;
pub(super) const SKEPTIC: i32 = 9162;
pub(super) const EXPERT: i32 = 9163;

const GEMMA2: &str = "gemma2:latest";
const GEMMA3: &str = "gemma3:1b";
const QWEN: &str = "qwen2.5:7b";

/// The models, and the mebibytes that each takes.
pub(super) const MODELS: [(&str, u64); 3] = [(GEMMA2, 6_000), (GEMMA3, 1_200), (QWEN, 5_000)];

/// Id, name, actor, the columns that it really filled.
pub(super) type Step = (i32, &'static str, &'static str, &'static [&'static str]);

/// In the order in which they ran.
pub(super) const CONVERSATIONS: [Step; 16] = [
    (VERIFY, "fetch_db_jobs", "db_job_fetcher", &[]),
    (VALIDATE, "check_description", "sql_query_executor", &[]),
    (
        CHECK_SUMMARY,
        "check_summary_exists",
        "sql_query_executor",
        &[],
    ),
    (EXTRACT, "gemma3_extract", GEMMA3, &[]),
    (GRADE_A, "gemma2_grade", GEMMA2, &[]),
    (GRADE_B, "qwen25_grade", QWEN, &[]),
    (IMPROVE, "qwen25_improve", QWEN, &[]),
    (REGRADE, "qwen25_regrade", QWEN, &[]),
    (TICKET, "create_ticket", QWEN, &[]),
    (FORMAT, "format_standardization", GEMMA2, &[]),
    (
        SAVE_SUMMARY,
        "save_summary_check_ihl",
        "summary_saver",
        &["extracted_summary"],
    ),
    (
        CHECK_SKILLS,
        "check_skills_exist",
        "sql_query_executor",
        &[],
    ),
    (SKILLS, "taxonomy_skill_extraction", QWEN, &[]),
    (ANALYST, "w1124_c1_analyst", QWEN, &[]),
    (SKEPTIC, "w1124_c2_skeptic", GEMMA2, &[]),
    (EXPERT, "w1124_c3_expert", QWEN, &[]),
];

/// Which step came after which: the chain as it was routed, where grade A led nowhere.
pub(super) const AFTER: [(i32, i32); 17] = [
    (VALIDATE, VERIFY),
    (CHECK_SUMMARY, VALIDATE),
    (EXTRACT, CHECK_SUMMARY),
    (GRADE_A, EXTRACT),
    (GRADE_B, EXTRACT),
    (IMPROVE, GRADE_B),
    (REGRADE, IMPROVE),
    (TICKET, REGRADE),
    (FORMAT, GRADE_B),
    (FORMAT, REGRADE),
    (FORMAT, TICKET),
    (SAVE_SUMMARY, FORMAT),
    (CHECK_SKILLS, SAVE_SUMMARY),
    (SKILLS, CHECK_SKILLS),
    (ANALYST, SKILLS),
    (SKEPTIC, ANALYST),
    (EXPERT, SKEPTIC),
];

/// What was published of a model's step: conversation, how many calls, their mean, least and greatest duration.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figures {
    pub(super) conversation: i32,
    pub(super) n: usize,
    pub(super) mean: i64,
    pub(super) least: i64,
    pub(super) greatest: i64,
}

const fn figures(conversation: i32, n: usize, mean: i64, least: i64, greatest: i64) -> Figures {
    Figures {
        conversation,
        n,
        mean,
        least,
        greatest,
    }
}

pub(super) const MODEL_STEPS: [Figures; 11] = [
    figures(EXTRACT, 50, 6_800, 4_000, 19_000),
    figures(GRADE_A, 50, 24_900, 17_000, 35_000),
    figures(GRADE_B, 50, 9_700, 6_000, 42_000),
    figures(IMPROVE, 8, 24_100, 11_000, 41_000),
    figures(REGRADE, 8, 6_000, 4_000, 8_000),
    figures(TICKET, 8, 4_300, 4_000, 5_000),
    figures(FORMAT, 50, 56_000, 21_000, 170_000),
    figures(SKILLS, 50, 5_500, 3_000, 8_000),
    figures(ANALYST, 50, 4_200, 3_000, 13_000),
    figures(SKEPTIC, 50, 24_200, 12_000, 47_000),
    figures(EXPERT, 50, 10_800, 9_000, 14_000),
];

/// Means of the scripts.
pub(super) const SCRIPT_STEPS: [(i32, i64); 5] = [
    (VERIFY, 180),
    (VALIDATE, 70),
    (CHECK_SUMMARY, 70),
    (SAVE_SUMMARY, 130),
    (CHECK_SKILLS, 80),
];

/// The first posting as it was traced: conversation, when it began after [`START`], how long it took.
pub(super) const FIRST: [(i32, i64, i64); 13] = [
    (VERIFY, 0, 170),
    (VALIDATE, 200, 70),
    (CHECK_SUMMARY, 270, 70),
    (EXTRACT, 340, 7_880),
    (GRADE_A, 8_239, 27_847),
    (GRADE_B, 36_086, 8_957),
    (FORMAT, 45_180, 65_000),
    (SAVE_SUMMARY, 110_200, 130),
    (CHECK_SKILLS, 110_330, 80),
    (SKILLS, 110_410, 4_540),
    (ANALYST, 114_950, 3_770),
    (SKEPTIC, 118_720, 25_100),
    (EXPERT, 143_820, 9_940),
];
