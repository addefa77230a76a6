//! Whether the IHL scores look like judgements: neither all the same nor all at one end.

use std::collections::BTreeMap;

use statrs::statistics::Statistics;

use super::Completed;
use crate::judge::{
    criterion::{Criterion, EVERYWHERE, Enforcement, Rule, Scaling},
    evidence::Evidence,
    reading::{Reading, number},
    tiers::{Bound, Tiers, Unit},
};

pub(in crate::judge::criteria) const IHL_SCORE_SPREAD: Rule = Rule {
    criterion: Criterion {
        id: "ihl_score_spread",
        name: "Spread of the IHL scores",
        sentence: "The number of different IHL scores among the completed postings: a step that always answers the \
                   same has read nothing.",
        judged_in: EVERYWHERE,
        also: &[
            "ihl score spread",
            "distinct ihl scores",
            "high quality scores",
        ],
    },
    enforcement: Enforcement::Nice,
    tiers: Tiers {
        unit: Unit::Count,
        target: Bound::AtLeast(3.0),
        acceptable: Some(Bound::AtLeast(2.0)),
        red: Bound::Below(2.0),
    },
    scaling: Scaling::Fixed,
    read: |evidence| read(evidence, |scores| number(distribution(scores).len())),
};

pub(in crate::judge::criteria) const IHL_SCORE_MEAN: Rule = Rule {
    criterion: Criterion {
        id: "ihl_score_mean",
        name: "Mean IHL score",
        sentence: "The mean IHL score of the completed postings: 0 says that every vacancy is genuine, 10 that none \
                   is.",
        judged_in: EVERYWHERE,
        also: &["average ihl score", "mean of the ihl scores"],
    },
    enforcement: Enforcement::Nice,
    tiers: Tiers {
        unit: Unit::Points,
        target: Bound::Between(1.0, 8.0),
        acceptable: None,
        red: Bound::Outside(1.0, 8.0),
    },
    scaling: Scaling::Fixed,
    read: |evidence| read(evidence, |scores| numbers(scores).mean()),
};

/// Fewer postings than these may well have one score, and rightly.
const HANDFUL: usize = 5;

fn read(evidence: &Evidence<'_>, measure: fn(&[i32]) -> f64) -> Reading {
    let completed = Completed::of(evidence);
    let scores: Vec<i32> = completed
        .postings
        .iter()
        .filter_map(|posting| posting.ihl_score)
        .collect();
    if scores.is_empty() {
        return Reading::no_data("no completed posting has an IHL score");
    }
    let reading = Reading::value(measure(&scores), scores.len(), told(&scores));
    // The batch's size and not the number of scores: a batch that lost its scores is not excused by that.
    if evidence.size() < HANDFUL {
        return reading.not_judgeable(format!("fewer than {HANDFUL} postings have no spread"));
    }
    completed.unless_lost(evidence, reading)
}

fn distribution(scores: &[i32]) -> BTreeMap<i32, usize> {
    let mut distribution = BTreeMap::new();
    for score in scores {
        *distribution.entry(*score).or_default() += 1;
    }
    distribution
}

/// Mean, standard deviation and how often each score was given.
fn told(scores: &[i32]) -> String {
    let distribution: Vec<String> = distribution(scores)
        .into_iter()
        .map(|(score, count)| format!("{count} × {score}"))
        .collect();
    let deviation = match scores {
        [_] => String::new(),
        _ => format!(", standard deviation {:.1}", numbers(scores).std_dev()),
    };
    let mean = numbers(scores).mean();
    format!("mean {mean:.1}{deviation}; {}", distribution.join(", "))
}

fn numbers(scores: &[i32]) -> impl Iterator<Item = f64> + use<> {
    let numbers: Vec<f64> = scores.iter().map(|score| f64::from(*score)).collect();
    numbers.into_iter()
}

#[cfg(test)]
mod tests;
