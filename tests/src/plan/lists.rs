//! What a plan insists on, and what it advises: its lists and its decision matrix.

use super::{Block, Document, Figure, Placed, Text, binding::bind_item, cell::figures};
use crate::judge::{Criterion, Enforcement};

/// A list of a plan that says what a miss means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlanList {
    /// "Must Pass".
    Must,
    /// "Should Pass".
    Should,
    /// "Nice to Have".
    Nice,
    /// "Success Declaration": without it the run is no success, so it weighs as much as "Must Pass".
    Declaration,
}

impl PlanList {
    /// What a miss means.
    pub fn enforcement(self) -> Enforcement {
        match self {
            Self::Must | Self::Declaration => Enforcement::Must,
            Self::Should => Enforcement::Should,
            Self::Nice => Enforcement::Nice,
        }
    }

    /// The list that a block belongs to, by the nearest heading that names one.
    fn above(placed: &Placed) -> Option<Self> {
        placed.under.iter().rev().find_map(|heading| {
            let heading = heading.to_lowercase();
            [
                ("must pass", Self::Must),
                ("should pass", Self::Should),
                ("nice to have", Self::Nice),
                ("success declaration", Self::Declaration),
            ]
            .into_iter()
            .find_map(|(words, list)| heading.contains(words).then_some(list))
        })
    }
}

/// An item of one of the lists. Lists inside it explain it and are not read.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanItem {
    /// Which list.
    pub list: PlanList,
    /// What it says.
    pub text: Text,
    /// What measures it, if anything does.
    pub criterion: Option<Criterion>,
    /// Every figure in it. The tiers are those of the tables; these have to agree with them.
    pub figures: Vec<Figure>,
}

/// What a case of the decision matrix is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Case {
    /// The evidence contradicts itself.
    Invalid,
    /// Something was not measured, or this kind of run cannot show it.
    NotJudged,
    /// What was saved is missing or wrong.
    DataQuality,
    /// Postings failed.
    Failures,
    /// All is met, and the next batch would take too long.
    TooLong,
    /// It was too slow.
    Performance,
    /// All is met.
    AllMet,
}

impl Case {
    /// Words that tell each case, in the order in which they are looked for: "performance good but some failures" is
    /// about failures.
    const WORDS: [(Self, &[&str]); 7] = [
        (Self::Invalid, &["invalid"]),
        (Self::NotJudged, &["judge", "measured", "no data"]),
        (Self::DataQuality, &["data", "content"]),
        (Self::Failures, &["fail"]),
        (Self::TooLong, &["too long", "workers"]),
        (Self::Performance, &["performance", "duration", "slow"]),
        (Self::AllMet, &["all criteria", "everything"]),
    ];

    /// The case of a condition. What stands in brackets explains it and is not looked at.
    fn of(condition: &str) -> Option<Self> {
        let plain = condition.split('(').next()?.to_lowercase();
        let known = Self::WORDS
            .iter()
            .find(|(_, words)| words.iter().any(|word| plain.contains(word)));
        known.map(|(case, _)| *case)
    }
}

/// A case of the decision matrix and what the plan advises for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Which of the known cases it is, if it is one.
    pub case: Option<Case>,
    /// "If …", without the colon.
    pub condition: Text,
    /// What to do then, step by step.
    pub advice: Vec<String>,
}

/// All items of the lists, in the plan's order.
pub(super) fn items(document: &Document) -> Vec<PlanItem> {
    let mut items = Vec::new();
    for (placed, list) in document.lists() {
        if let Some(which) = PlanList::above(placed) {
            items.extend(list.items.iter().map(|item| PlanItem {
                list: which,
                criterion: bind_item(&item.text.plain).map(|bound| bound.criterion),
                figures: figures(&item.text),
                text: item.text.clone(),
            }));
        }
    }
    items
}

/// The decision matrix: "If …:" as a paragraph or a heading, then advice as arrows in the same paragraph or as a list.
pub(super) fn branches(document: &Document) -> Vec<Branch> {
    let mut branches: Vec<Branch> = Vec::new();
    let matrix = document
        .blocks
        .iter()
        .filter(|placed| placed.is_under("decision matrix"));
    for placed in matrix {
        match &placed.block {
            Block::Heading { text, .. } | Block::Paragraph(text) => {
                let mut parts = text.plain.split('→').map(str::trim);
                let condition = parts.next().unwrap_or_default();
                if condition
                    .get(..3)
                    .is_some_and(|start| start.eq_ignore_ascii_case("if "))
                {
                    branches.push(Branch {
                        case: Case::of(condition),
                        condition: Text {
                            plain: condition.trim_end_matches(':').to_owned(),
                            span: text.span.clone(),
                        },
                        advice: Vec::new(),
                    });
                }
                advise(&mut branches, parts);
            }
            Block::List(list) => advise(
                &mut branches,
                list.items.iter().map(|item| item.text.plain.as_str()),
            ),
            Block::Table(_) | Block::Code(_) => {}
        }
    }
    branches
}

/// Gives advice for the last case.
fn advise<'t>(branches: &mut [Branch], advice: impl Iterator<Item = &'t str>) {
    if let Some(last) = branches.last_mut() {
        let advice = advice.map(|line| line.trim_start_matches('→').trim().to_owned());
        last.advice.extend(advice.filter(|line| !line.is_empty()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Bound;

    #[test]
    fn each_item_knows_its_list_its_criterion_and_its_figures() {
        let text = "# Plan\n\n### Must Pass (Critical)\n1. ✅ **All data populated:**\n   - `a` IS NOT NULL\n\
                    \n### Should Pass\n1. Coffee is served\n\n## Success Declaration\n**If:**\n1. <5 watchdog interventions\n\
                    \n## Elsewhere\n1. Total duration\n";
        let items = items(&Document::parse(text));
        let found: Vec<_> = items
            .iter()
            .map(|item| (item.list, item.criterion.map(|criterion| criterion.id)))
            .collect();
        assert_eq!(
            found,
            [
                (PlanList::Must, Some("completed_postings_have_all_data")),
                (PlanList::Should, None),
                (PlanList::Declaration, Some("watchdog_interventions")),
            ]
        );
        assert_eq!(items[2].figures[0].bound, Bound::Below(5.0));
        assert_eq!(&text[items[2].figures[0].span.clone()], "<5");
    }

    #[test]
    fn conditions_are_known_by_their_words() {
        for (condition, case) in [
            ("If test passes all criteria:", Case::AllMet),
            ("If performance good but some failures:", Case::Failures),
            ("If performance poor (>6 hours):", Case::Performance),
            ("If data quality issues:", Case::DataQuality),
            ("If some postings failed (data good)", Case::Failures),
            ("If all criteria are met, but too long", Case::TooLong),
            ("If the run is invalid", Case::Invalid),
            ("If something was not measured", Case::NotJudged),
        ] {
            assert_eq!(Case::of(condition), Some(case), "{condition}");
        }
        assert_eq!(Case::of("If it rains (data)"), None);
    }

    #[test]
    fn advice_is_read_from_arrows_and_from_lists() {
        let text = "## Decision Matrix\n\nIntroduction.\n\n**If all is well:**\n→ Go on\n→ Add workers\n\n\
                    ### If data is bad\n\nWhat happened really.\n\n- → Look\n- Fix\n\n## After\n\n**If not here:**\n→ no\n";
        let branches = branches(&Document::parse(text));
        let found: Vec<(&str, Vec<&str>)> = branches
            .iter()
            .map(|branch| {
                let advice = branch.advice.iter().map(String::as_str).collect();
                (branch.condition.plain.as_str(), advice)
            })
            .collect();
        assert_eq!(
            found,
            [
                ("If all is well", vec!["Go on", "Add workers"]),
                ("If data is bad", vec!["Look", "Fix"]),
            ]
        );
    }
}
