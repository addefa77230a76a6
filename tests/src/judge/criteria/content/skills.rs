//! Whether the skills under each posting are that posting's, and not another's.
//!
//! A model may word a skill in its own way, so a skill that the description does not name convicts nobody. What
//! convicts is a set that hardly touches its own description and fits another so well that chance does not do it.

use std::collections::{BTreeSet, HashMap};

use super::{Completed, index::Index, without_texts};
use crate::{
    judge::{
        criteria::completeness::has_skills,
        criterion::{Criterion, EVERYWHERE, Enforcement, Rule, Scaling},
        evidence::Evidence,
        reading::{Look, Reading},
        tiers::{Bound, Tiers, percent},
        words::words,
    },
    record::Posting,
};

pub(in crate::judge::criteria) const SKILLS_FROM_POSTING: Rule = Rule {
    criterion: Criterion {
        id: "skills_from_posting",
        name: "Skills are from their posting",
        sentence: "The share of completed postings with skills of which nothing shows that the skills are another \
                   posting's.",
        judged_in: EVERYWHERE,
        also: &["skills come from their posting"],
    },
    enforcement: Enforcement::Must,
    tiers: Tiers::share(Bound::AtLeast(98.0), 95.0),
    scaling: Scaling::Fixed,
    read,
};

fn read(evidence: &Evidence<'_>) -> Reading {
    let completed = Completed::of(evidence);
    if completed.count() == 0 {
        return Reading::no_data("no posting has been completed");
    }
    if let Some(reading) = without_texts(evidence) {
        return reading;
    }
    let postings: Vec<&Posting> = completed
        .postings
        .iter()
        .copied()
        .filter(|posting| has_skills(posting))
        .collect();
    if postings.is_empty() {
        return Reading::no_data("no completed posting has skills");
    }
    let faults = foreign(&postings);
    let own = postings.len() - faults.len();
    let mut note = format!(
        "nothing speaks against {own} of {} skill sets",
        postings.len()
    );
    if let Some((id, fault)) = faults.first() {
        note = format!("{note}; that of posting {id} {fault}");
    }
    let reading = Reading::value(percent(own, postings.len()), postings.len(), note)
        .look(faults.into_iter().map(|(id, _)| Look::Posting(id)));
    completed.unless_lost(evidence, reading)
}

/// The postings whose skills are another's, and how that shows.
fn foreign(postings: &[&Posting]) -> Vec<(i64, String)> {
    let index = Index::of(postings, |posting| posting.skill_keywords.iter().flatten());
    let same = same_sets(postings);
    let convict = |place: usize| {
        let other = shared_set(&index, &same, postings, place)
            .map(|other| ("is word for word that of", other))
            .or_else(|| Some(("fits", index.better_home(place)?)));
        let (relation, other) = other?;
        let fault = format!("{relation} posting {}", postings[other].posting_id);
        Some((postings[place].posting_id, fault))
    };
    (0..postings.len()).filter_map(convict).collect()
}

type SkillSet = BTreeSet<Vec<String>>;

/// The postings by their set of skills, whatever the order and the spelling.
fn same_sets(postings: &[&Posting]) -> HashMap<SkillSet, Vec<usize>> {
    let mut sets: HashMap<SkillSet, Vec<usize>> = HashMap::new();
    for (place, posting) in postings.iter().enumerate() {
        sets.entry(skill_set(posting)).or_default().push(place);
    }
    sets
}

fn skill_set(posting: &Posting) -> SkillSet {
    let skills = posting.skill_keywords.iter().flatten();
    skills.map(|skill| words(skill)).collect()
}

/// Fewer skills than these may be the same by chance.
const TELLING_SET: usize = 3;

/// Another posting with the same set and another description, where the set does not fit the own one. Two offers of
/// one job may share their skills: there the set fits both.
fn shared_set(
    index: &Index,
    same: &HashMap<SkillSet, Vec<usize>>,
    postings: &[&Posting],
    place: usize,
) -> Option<usize> {
    let count = index.sayings_at(place);
    if count < TELLING_SET || index.named_in(place, place) * 2 >= count {
        return None;
    }
    let set = skill_set(postings[place]);
    let description = &postings[place].description;
    let holders = same.get(&set)?;
    let other = |other: &&usize| postings[**other].description != *description;
    holders
        .iter()
        .filter(other)
        .max_by_key(|other| (index.named_in(place, **other), std::cmp::Reverse(**other)))
        .copied()
}

#[cfg(test)]
mod tests;
