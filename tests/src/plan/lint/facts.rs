//! What the rules need to know of a plan as a whole.

use super::rows::TierRow;
use super::{Defect, Finding, prose};
use crate::judge::{Bound, Unit};
use crate::plan::{Document, FrontMatter};

/// What the rules need to know of a plan as a whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    /// How many postings the plan is about.
    pub(super) batch_size: Option<f64>,
    /// How long the longest run lasts that the plan has a verdict for.
    pub(super) worst_case_seconds: Option<f64>,
}

impl Facts {
    pub(super) fn of(text: &str, document: &Document, rows: &[TierRow]) -> Self {
        let front = FrontMatter::read(text, document).ok();
        Self {
            batch_size: front
                .map(|front| f64::from(front.batch_size))
                .or_else(|| postings_spoken_of(document)),
            worst_case_seconds: rows.iter().filter_map(red_seconds).reduce(f64::max),
        }
    }
}

/// The first number of postings that the plan speaks of.
fn postings_spoken_of(document: &Document) -> Option<f64> {
    let texts = prose::texts(document);
    texts.iter().find_map(|text| {
        let words: Vec<&str> = text.plain.split_whitespace().collect();
        words.windows(2).find_map(|pair| {
            let is_postings = pair[1].to_lowercase().starts_with("posting");
            let size: u32 = pair[0]
                .parse()
                .ok()
                .filter(|size| is_postings && *size > 0)?;
            Some(f64::from(size))
        })
    })
}

/// Where the red flag of a row begins, if the row is about time.
fn red_seconds(row: &TierRow) -> Option<f64> {
    match row.red.bound? {
        Bound::Above(value) | Bound::AtLeast(value) => row.unit.convert(value, Unit::Seconds),
        _ => None,
    }
}

/// A plan without front matter is read by guessing.
pub(super) fn front_matter(text: &str, document: &Document) -> Option<Finding> {
    if document.front_matter.is_some() {
        return None;
    }
    let end = text.find('\n').unwrap_or(text.len());
    Some(Finding::new(
        Defect::FrontMatter,
        0..end,
        "the plan does not say in figures what it is for: its workflow, batch size and baseline are guessed from its \
         sentences",
        "begin with +++, id = \"BATCH-50-001\", workflow = 3001, batch_size = 50 and +++, a line each",
    ))
}

/// The longest that GitHub lets a job on a hosted runner take.
const HOSTED_SECONDS: f64 = 6.0 * 3600.0;

/// A red flag for a run that the platform ends before it can be told. A plan that speaks of its runners knows.
pub(super) fn platform(text: &str, rows: &[TierRow]) -> Option<Finding> {
    let row = rows
        .iter()
        .find(|row| red_seconds(row).is_some_and(|seconds| seconds >= HOSTED_SECONDS))?;
    let lower = text.to_lowercase();
    if ["hosted runner", "self-hosted", "hosted job"]
        .iter()
        .any(|word| lower.contains(word))
    {
        return None;
    }
    Some(Finding::new(
        Defect::RedFlagBeyondPlatform,
        row.red.span.clone(),
        format!(
            "a job on a runner that GitHub hosts is ended after 6 hours: there the red flag of '{}' is never written",
            row.name.plain
        ),
        "say where the batch runs (a self-hosted runner has 5 days), or end it and write its record before the platform does",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn duration(red: &str) -> String {
        format!(
            "| Metric | Target | Acceptable | Red flag |\n|---|---|---|---|\n| Duration | ≤ 3 h | ≤ 5 h | {red} |\n"
        )
    }

    fn platform_of(text: &str) -> Option<Defect> {
        let (rows, _) = super::super::rows::read(&Document::parse(text));
        platform(text, &rows).map(|finding| finding.defect)
    }

    #[test]
    fn a_red_flag_at_six_hours_is_never_seen_on_a_hosted_runner() {
        assert_eq!(
            platform_of(&duration("> 6 hours")),
            Some(Defect::RedFlagBeyondPlatform)
        );
        assert_eq!(platform_of(&duration("> 5 hours")), None);
        let knowing = format!(
            "{}\nIt runs on a self-hosted runner.\n",
            duration("> 6 hours")
        );
        assert_eq!(platform_of(&knowing), None);
    }

    #[test]
    fn the_worst_case_is_the_longest_red_flag_and_the_size_is_the_plans() {
        let text = format!(
            "# Plan\n\nTest ID: A\n\nWorkflow 1\n\nBatch size: 20\n\n{}",
            duration("> 6 hours")
        );
        let document = Document::parse(&text);
        let (rows, _) = super::super::rows::read(&document);
        let facts = Facts::of(&text, &document, &rows);
        assert_eq!(
            (facts.batch_size, facts.worst_case_seconds),
            (Some(20.0), Some(21_600.0))
        );
    }

    #[test]
    fn front_matter_is_missed_where_there_is_none() {
        let missing = |text: &str| front_matter(text, &Document::parse(text)).is_some();
        assert!(missing("# Plan\n"));
        assert!(!missing("+++\nid = \"A\"\n+++\n\n# Plan\n"));
    }
}
