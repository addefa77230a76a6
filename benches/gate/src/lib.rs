//! The gate against regressions: counts decide, wall time informs.
//!
//! Wall time on a shared machine wobbles by more than most regressions are worth, and a gate that cries wolf is switched
//! off. So only what is counted decides: statements, calls, allocations, instructions, loads, bytes. In reading order:
//!
//! - [`counts`]: what one run of the measuring program counted.
//! - [`instructions`]: what callgrind counted, from gungraun's output.
//! - [`noise`]: how far a count wobbles by itself, from several runs of one commit.
//! - [`thresholds`]: how much each count may grow, from `benches/gate.toml`.
//! - [`accepted`]: growth that a commit's message owns up to.
//! - [`decision`]: counts in, verdicts out.
//! - [`wall_time`]: the ratio of two commits' times, with its interval. It decides nothing.
//! - [`report`]: Markdown for a job's summary.
//! - [`history`]: one line a commit.
//!
//! Everything here is a pure function; `main` reads the files.

pub mod accepted;
pub mod counts;
pub mod decision;
pub mod history;
pub mod instructions;
pub mod noise;
pub mod report;
pub mod thresholds;
pub mod wall_time;
