//! A written test plan, read from its Markdown: from text to typed demands, and what is wrong with it.
//!
//! In reading order: `document` gives the text a structure and keeps where everything stands; `cell` reads its
//! figures; `front_matter` what it says of itself; `tiers_table` its tables; `lists` what it insists on; `matrix`
//! what it advises; `binding` says which criterion each row and item is about. Nothing here knows a run.

mod binding;
mod cell;
mod document;
mod error;
mod front_matter;
pub mod lint;
mod lists;
mod matrix;
mod tiers_table;

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

pub use cell::{Cell, CellError, Figure, figures};
pub use document::{Block, CodeBlock, Document, Item, List, Placed, Row, Table, Text};
pub use error::{Place, PlanError};
pub use front_matter::{Baseline, Source};
pub use lists::{PlanItem, PlanList};
pub use matrix::{Branch, Case, Missed};
pub use tiers_table::TiersRow;

use self::front_matter::FrontMatter;
use crate::judge::{ActionKind, Bound, Requirement, Requirements, Tiers, Unit};
use crate::record::PlanReference;

/// What a plan demands, typed, each piece with its place in the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Its own name for itself, such as `BATCH-50-001`.
    pub id: String,
    /// SHA-256 (hex) of its text: two plans with one hash are the same plan.
    pub sha256: String,
    /// Its first heading.
    pub title: String,
    /// The workflow that the batch runs.
    pub workflow: u32,
    /// How many postings its figures are meant for.
    pub batch_size: u32,
    /// How many workers it is meant for, if it says so.
    pub workers: Option<u32>,
    /// The run that it compares with.
    pub baseline: Option<Baseline>,
    /// Where it wants its postings from.
    pub source: Option<Source>,
    /// The rows of its tables of tiers.
    pub rows: Vec<TiersRow>,
    /// The items of its lists.
    pub items: Vec<PlanItem>,
    /// Its decision matrix.
    pub decisions: Vec<Branch>,
}

impl Plan {
    /// Reads a plan. Whether it is a good one is not asked here.
    ///
    /// # Errors
    /// [`PlanError`], by line and column, for a text without tiers, a cell that is no figure, front matter that is
    /// not understood, or a plan that does not say what it is for.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        let document = Document::parse(text);
        let front = FrontMatter::read(text, &document)?;
        Ok(Self {
            title: title(&document).unwrap_or_else(|| front.id.clone()),
            id: front.id,
            sha256: format!("{:x}", Sha256::digest(text)),
            workflow: front.workflow,
            batch_size: front.batch_size,
            workers: front.workers,
            baseline: front.baseline,
            source: front.source,
            rows: tiers_table::read(text, &document)?,
            items: lists::items(&document),
            decisions: matrix::branches(&document),
        })
    }

    /// The plan that is judged by unless another is given: 50 postings, one runner.
    ///
    /// # Panics
    /// Never: the text is embedded, and a test reads it.
    pub fn builtin() -> Self {
        #[expect(clippy::expect_used, reason = "embedded text, read by a test")]
        Self::parse(fixtures::plans::BATCH_50).expect("the embedded plan can be read")
    }

    /// What a record keeps of it.
    pub fn reference(&self) -> PlanReference {
        PlanReference {
            id: self.id.clone(),
            sha256: Some(self.sha256.clone()),
        }
    }

    /// What the judge has to know of it. Where several lists name a criterion the strictest counts.
    pub fn requirements(&self) -> Requirements {
        let mut by_criterion: BTreeMap<String, Requirement> = BTreeMap::new();
        for row in &self.rows {
            if let Some(criterion) = row.criterion {
                let tiers = Some(row.tiers);
                by_criterion
                    .entry(criterion.id.to_owned())
                    .or_default()
                    .tiers = tiers;
            }
        }
        for item in &self.items {
            if let Some(criterion) = item.criterion {
                let required = by_criterion.entry(criterion.id.to_owned()).or_default();
                let asked = item.list.enforcement();
                required.enforcement =
                    Some(required.enforcement.map_or(asked, |known| known.min(asked)));
            }
        }
        if let Some(baseline) = &self.baseline {
            let faster = by_criterion
                .entry(FASTER_THAN_BASELINE.to_owned())
                .or_default();
            faster.tiers.get_or_insert(baseline.to_be_beaten());
        }
        Requirements {
            plan: Some(self.reference()),
            batch_size: self.batch_size,
            by_criterion,
            advice: self.advice_by_action(),
        }
    }

    /// The first branch for a case counts; a branch without advice leaves the judge its own words.
    fn advice_by_action(&self) -> BTreeMap<ActionKind, Vec<String>> {
        let mut advice = BTreeMap::new();
        for branch in self.decisions.iter().filter(|it| !it.advice.is_empty()) {
            for action in branch.case.map_or(&[][..], Case::actions) {
                advice
                    .entry(*action)
                    .or_insert_with(|| branch.advice.clone());
            }
        }
        advice
    }

    /// Names of rows and texts of items that nothing measures.
    pub fn unbound(&self) -> impl Iterator<Item = &Text> {
        let rows = self.rows.iter().filter(|row| row.criterion.is_none());
        let items = self.items.iter().filter(|item| item.criterion.is_none());
        rows.map(|row| &row.name)
            .chain(items.map(|item| &item.text))
    }

    /// What it advises for a case.
    pub fn advice(&self, case: Case) -> Option<&[String]> {
        let branch = self.decisions.iter().find(|it| it.case == Some(case));
        branch.map(|branch| branch.advice.as_slice())
    }

    /// Tiers that a plan's table sets for a criterion.
    pub fn row(&self, criterion: &str) -> Option<&TiersRow> {
        self.rows
            .iter()
            .find(|row| row.criterion.is_some_and(|bound| bound.id == criterion))
    }
}

/// The criterion that a baseline is for.
const FASTER_THAN_BASELINE: &str = "faster_than_baseline";

impl Baseline {
    fn to_be_beaten(&self) -> Tiers {
        Tiers {
            unit: Unit::Seconds,
            target: Bound::Below(self.seconds_per_posting),
            acceptable: None,
            red: Bound::AtLeast(self.seconds_per_posting),
        }
    }
}

fn title(document: &Document) -> Option<String> {
    document
        .blocks
        .iter()
        .find_map(|placed| match &placed.block {
            Block::Heading { text, .. } => Some(text.plain.clone()),
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Enforcement;

    const TEXT: &str = "+++\nid = \"T-1\"\nworkflow = 3001\nbatch_size = 20\n\n[baseline]\nname = \"Run 195\"\n\
        seconds_per_posting = 291.9\ninteractions = 13\n+++\n\n# Twenty postings\n\n\
        | Metric | Target | Acceptable | Red flag |\n|---|---|---|---|\n\
        | Watchdog interventions | 0 | < 2 | ≥ 2 |\n| Coffee | 1 | – | 0 |\n\n\
        ## Must Pass\n- Skills\n\n## Nice to Have\n- Skills\n- Summary\n- Sunshine\n";

    #[test]
    fn the_judge_gets_the_tiers_of_the_tables_and_the_strictest_of_the_lists() {
        let requirements = Plan::parse(TEXT).unwrap().requirements();
        assert_eq!(requirements.batch_size, 20);
        let of = |criterion: &str| requirements.by_criterion[criterion];
        let tiers = of("watchdog_interventions").tiers.unwrap();
        assert_eq!(
            (tiers.red, of("watchdog_interventions").enforcement),
            (Bound::AtLeast(2.0), None)
        );
        assert_eq!(
            of("skills_completeness").enforcement,
            Some(Enforcement::Must)
        );
        assert_eq!(
            of("summary_completeness").enforcement,
            Some(Enforcement::Nice)
        );
        assert_eq!(of("summary_completeness").tiers, None);
        assert!(!requirements.by_criterion.contains_key("total_duration"));
    }

    #[test]
    fn the_baseline_is_what_has_to_be_beaten_where_no_row_says_otherwise() {
        let requirements = Plan::parse(TEXT).unwrap().requirements();
        let tiers = requirements.by_criterion[FASTER_THAN_BASELINE]
            .tiers
            .unwrap();
        assert_eq!(
            (tiers.target, tiers.unit),
            (Bound::Below(291.9), Unit::Seconds)
        );
    }

    #[test]
    fn what_nothing_measures_is_kept() {
        let plan = Plan::parse(TEXT).unwrap();
        let unbound: Vec<&str> = plan.unbound().map(|text| text.plain.as_str()).collect();
        assert_eq!(unbound, ["Coffee", "Sunshine"]);
    }

    #[test]
    fn a_plan_is_told_from_another_by_its_text() {
        let plan = Plan::parse(TEXT).unwrap();
        let other = Plan::parse(&TEXT.replace("Sunshine", "Rain")).unwrap();
        assert_eq!(
            (plan.id.as_str(), plan.title.as_str()),
            ("T-1", "Twenty postings")
        );
        assert_eq!(plan.id, other.id);
        assert_ne!(plan.reference(), other.reference());
        assert_eq!(plan.sha256.len(), 64);
    }
}
