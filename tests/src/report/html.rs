//! The judgement as one HTML file that needs nothing beside it: pictures, tables, and a little script for the timeline.
//!
//! `shapes` says what is drawn and listed, as plain data; `page` writes it down, and every text from outside is escaped
//! on the way. The page has a policy by which nothing runs but its own script. Its size is bounded: what there is too
//! much of is left out and counted.

#[cfg(test)]
mod contrast;
mod page;
mod shapes;
#[cfg(test)]
mod tests;

use self::shapes::by_posting::ByPosting;
use self::shapes::durations::Durations;
use self::shapes::failures::Failures;
use self::shapes::fields::{Field, fields};
use self::shapes::november::November;
use self::shapes::scores::Scores;
use self::shapes::slowest::{Slow, slowest};
use self::shapes::steps::{Step, steps};
use self::shapes::timeline::Timeline;
use super::terminal::leniency::write_leniency;
use crate::judge::evidence::Evidence;
use crate::judge::{Judgement, Requirements, judge};
use crate::record::RunRecord;

/// The report as a page. It is a pure function of record and judgement.
pub fn html(record: &RunRecord, judgement: &Judgement) -> String {
    page::document(&View::of(record, judgement)).into_string()
}

/// All that the page shows.
struct View<'r> {
    record: &'r RunRecord,
    judgement: &'r Judgement,
    evidence: Evidence<'r>,
    steps: Vec<Step>,
    timeline: Option<Timeline>,
    by_posting: Option<ByPosting<'r>>,
    durations: Durations,
    slowest: Vec<Slow<'r>>,
    fields: Vec<Field>,
    scores: Scores,
    failures: Failures,
    november: November,
    /// Where the plan asks less than the criteria do by themselves, in lines.
    leniency: Option<String>,
}

impl<'r> View<'r> {
    fn of(record: &'r RunRecord, judgement: &'r Judgement) -> Self {
        let evidence = Evidence::of(record);
        let november = November::read();
        let timeline = Timeline::of(&evidence);
        let by_default = judge(record, &Requirements::none());
        let mut leniency = String::new();
        // Writing to a string does not fail.
        let _ = write_leniency(&mut leniency, &by_default.verdicts, &judgement.verdicts);
        Self {
            record,
            judgement,
            steps: steps(record),
            by_posting: timeline
                .as_ref()
                .map(|it| ByPosting::of(&evidence, &it.calls)),
            durations: Durations::of(&evidence, &november),
            slowest: slowest(&evidence),
            fields: fields(&evidence),
            scores: Scores::of(&evidence),
            failures: Failures::of(&evidence),
            leniency: Some(leniency).filter(|lines| !lines.is_empty()),
            timeline,
            november,
            evidence,
        }
    }
}
