//! The table: one row for each standing that a criterion can have, by family.

mod bookkeeping;
mod completion;
mod content;
mod data;
mod parallelism;
mod performance;
mod postings;
mod stability;

use crate::{
    judge::{Family, doctored},
    record::RunRecord,
};

/// A [`Standing`](crate::judge::Standing) without its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lands {
    Target,
    Acceptable,
    Gap,
    Red,
    NoData,
    NotJudgeable,
}

/// One edit of a healthy record, and all that it changes.
#[derive(Debug)]
pub(in crate::judge) struct Bite {
    /// The criterion that it is made for.
    pub(super) criterion: &'static str,
    /// Where that criterion stands afterwards.
    pub(super) lands: Lands,
    /// The other criteria that rightly stand elsewhere than before.
    pub(super) along: &'static [&'static str],
    /// The doubts that it rightly raises.
    pub(super) doubts: &'static [&'static str],
    /// The edit.
    pub(super) spoil: fn(&mut RunRecord),
}

impl Bite {
    /// A healthy record with this edit.
    pub(in crate::judge) fn record(&self) -> RunRecord {
        let mut record = doctored::healthy();
        (self.spoil)(&mut record);
        record
    }
}

/// What a replay cannot show: everything about time.
pub(super) const ABOUT_TIME: &[&str] = &[
    "average_per_posting",
    "database_connections",
    "faster_than_baseline",
    "gpu_utilisation",
    "grade_gap",
    "grades_overlap",
    "grades_overlap_on_server",
    "makespan",
    "model_loads",
    "parallel_saving",
    "running_at_a_time",
    "server_concurrency",
    "total_duration",
    "watchdog_interventions",
    "zero_watchdog_interventions",
];

/// A row of a criterion about time, for a replay: whatever is measured there is neither green nor red.
const fn replayed(criterion: &'static str) -> Bite {
    Bite {
        criterion,
        lands: Lands::NotJudgeable,
        along: ABOUT_TIME,
        doubts: &[],
        spoil: doctored::replay,
    }
}

/// The rows, in the order of the families.
pub(super) const FAMILIES: [(Family, &[Bite]); 8] = [
    (Family::Completion, completion::ROWS),
    (Family::Data, data::ROWS),
    (Family::Content, content::ROWS),
    (Family::Parallelism, parallelism::ROWS),
    (Family::Performance, performance::ROWS),
    (Family::Stability, stability::ROWS),
    (Family::Bookkeeping, bookkeeping::ROWS),
    (Family::Postings, postings::ROWS),
];

/// Whether a row lets a criterion land in red.
pub(super) const fn bites_in_red(criterion: &str) -> bool {
    let mut family = 0;
    while family < FAMILIES.len() {
        let rows = FAMILIES[family].1;
        let mut row = 0;
        while row < rows.len() {
            if matches!(rows[row].lands, Lands::Red) && is_same(rows[row].criterion, criterion) {
                return true;
            }
            row += 1;
        }
        family += 1;
    }
    false
}

/// Comparing texts with `==` is not yet possible before a program runs.
const fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut place = 0;
    while place < a.len() {
        if a[place] != b[place] {
            return false;
        }
        place += 1;
    }
    true
}

/// What has no data where no posting has entered the workflow: all but what is known of fetch and connections.
const NOTHING_ENTERED: &[&str] = &[
    "average_per_posting",
    "bookkeeping",
    "completed_postings_have_all_data",
    "completion_rate",
    "description_length",
    "failure_rate",
    "faster_than_baseline",
    "first_try_rate",
    "gpu_utilisation",
    "grade_gap",
    "grades_overlap",
    "grades_overlap_on_server",
    "ihl_category_completeness",
    "ihl_score_completeness",
    "ihl_score_mean",
    "ihl_score_spread",
    "interaction_count",
    "makespan",
    "model_loads",
    "no_database_errors",
    "nothing_unfinished",
    "parallel_saving",
    "postings_completed",
    "prompts_are_whole",
    "retries",
    "running_at_a_time",
    "saved_data_is_its_own",
    "server_concurrency",
    "skills_completeness",
    "skills_from_posting",
    "summary_about_posting",
    "summary_completeness",
    "summary_form",
    "total_duration",
    "watchdog_interventions",
    "zero_watchdog_interventions",
];

/// Takes everything away that a batch does; what was fetched is there.
fn enter_nothing(record: &mut RunRecord) {
    record.runs.clear();
    record.interactions.clear();
    record.exchanges.clear();
}

/// What stands elsewhere while the last run is at its last step: it is not completed, and what may yet grow is not
/// known.
const AT_WORK: &[&str] = &[
    "average_per_posting",
    "completion_rate",
    "failure_rate",
    "faster_than_baseline",
    "makespan",
    "model_loads",
    "nothing_unfinished",
    "postings_completed",
    "retries",
    "running_at_a_time",
    "total_duration",
];
