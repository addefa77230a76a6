//! What a plan insists on: its lists.

use super::{Document, Figure, Placed, Text, binding::bind_item, cell::figures};
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
}
