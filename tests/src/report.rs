//! What people read of a plan, of a judgement and of a record.

mod analysis;
mod answer_differences;
mod changes;
mod comparison;
mod differing;
mod file;
mod findings;
mod foreign;
mod html;
mod junit;
mod markdown;
mod not_run;
mod preflight;
mod record_contents;
mod record_differences;
mod terminal;
mod words;
mod workflow;

pub use analysis::{told_bottlenecks, told_failures, told_performance};
pub use changes::changes;
pub use comparison::comparison;
pub use file::replace_file;
pub use findings::{count, findings, findings_in_short};
pub use html::html;
pub use junit::junit;
pub use markdown::{JOB_SUMMARY, markdown};
pub use not_run::{not_run_html, not_run_junit, not_run_markdown};
pub use preflight::{finding_in_one_line, preflight};
pub use record_contents::record_contents;
pub use record_differences::{Differences, record_differences};
pub use terminal::terminal;
pub use workflow::mermaid;
