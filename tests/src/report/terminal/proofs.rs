//! What the numbers prove: a tier can be met and not proven.

use std::fmt::{self, Write};

use super::listed;
use crate::judge::{Bound, Odds, Proof, Unit, Verdict};

/// One entry for all verdicts that rest on the same numbers. What is missed needs no proof.
pub(super) fn write_proofs(text: &mut String, verdicts: &[Verdict]) -> fmt::Result {
    let groups = groups(verdicts);
    let Some((first, _)) = groups.first() else {
        return Ok(());
    };
    writeln!(
        text,
        "What so many tries prove, {} % sure:",
        first.confidence
    )?;
    let (provable, absolute): (Vec<_>, Vec<_>) = groups
        .iter()
        .partition(|(proof, _)| proof.fewest_tries.is_some());
    for (proof, names) in provable {
        writeln!(text, "    {}: {}", listed(names), told(proof))?;
        if let Some(odds) = proof.odds {
            writeln!(text, "        {}", told_odds(proof.asked, odds))?;
        }
    }
    write_absolute(text, &absolute)?;
    writeln!(text)
}

pub(in crate::report) type Group = (Proof, Vec<&'static str>);

pub(in crate::report) fn groups(verdicts: &[Verdict]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for verdict in verdicts.iter().filter(|verdict| verdict.standing.is_met()) {
        let Some(proof) = verdict.proof else { continue };
        match groups.iter_mut().find(|(known, _)| *known == proof) {
            Some((_, names)) => names.push(verdict.criterion.name),
            None => groups.push((proof, vec![verdict.criterion.name])),
        }
    }
    groups
}

/// Always and never, in short: there is nothing to plan for them.
fn write_absolute(text: &mut String, groups: &[&Group]) -> fmt::Result {
    if groups.is_empty() {
        return Ok(());
    }
    writeln!(
        text,
        "    Met, and always and never are proven by no number of tries:"
    )?;
    for (proof, names) in groups {
        writeln!(text, "        {}: {}", listed(names), seen(proof))?;
    }
    Ok(())
}

pub(in crate::report) fn seen(proof: &Proof) -> String {
    let shown = bound(rounded(proof.shown));
    format!("{} of {} show {shown}", proof.counted, proof.tries)
}

pub(in crate::report) fn told(proof: &Proof) -> String {
    let (seen, asked) = (seen(proof), bound(proof.asked));
    match proof.fewest_tries {
        _ if proof.proven => format!("{seen}; {asked} is proven"),
        Some(fewest) => {
            format!("{seen}; {asked} is met, not proven: that takes {fewest} without a failure")
        }
        None => format!("{seen}; {asked} is met"),
    }
}

/// Whoever counts failures asks for few.
pub(in crate::report) fn told_odds(asked: Bound, odds: Odds) -> String {
    let does = match asked {
        Bound::AtMost(_) | Bound::Below(_) => "fails",
        _ => "succeeds",
    };
    let Odds { rate, passes } = odds;
    let passes = if passes < 0.1 {
        "less than 0.1".to_owned()
    } else if passes < 1.0 {
        format!("{passes:.1}")
    } else {
        format!("{passes:.0}")
    };
    let rate = bound(Bound::Exactly(rate));
    format!("a pipeline that truly {does} {rate} of the time passes this {passes} % of the time")
}

/// All and none are told as such: "at least all" is all.
fn bound(bound: Bound) -> String {
    match bound {
        Bound::AtLeast(rate) if rate >= 100.0 => Bound::Exactly(100.0),
        Bound::AtMost(rate) if rate <= 0.0 => Bound::Exactly(0.0),
        other => other,
    }
    .show(Unit::Percent)
}

/// To two digits, and never to more than is proven.
fn rounded(shown: Bound) -> Bound {
    match shown {
        Bound::AtLeast(rate) => Bound::AtLeast((rate * 100.0).floor() / 100.0),
        Bound::AtMost(rate) => Bound::AtMost((rate * 100.0).ceil() / 100.0),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        judge::{Requirements, doctored, judge},
        record::RunRecord,
    };

    fn proofs(record: &RunRecord) -> String {
        let mut text = String::new();
        let judgement = judge(record, &Requirements::none());
        write_proofs(&mut text, &judgement.verdicts).unwrap();
        text
    }

    #[test]
    fn what_is_missed_needs_no_proof() {
        let mut record = doctored::healthy();
        assert!(proofs(&record).contains("Skills"));
        for posting in &mut record.postings {
            posting.skill_keywords = None;
        }
        assert!(!proofs(&record).contains("Skills"));
    }

    #[test]
    fn a_larger_batch_proves_what_a_smaller_one_only_met() {
        let completion = |size| {
            proofs(&doctored::healthy_of(size))
                .lines()
                .find(|line| line.contains("Completion rate"))
                .map(str::to_owned)
                .unwrap()
        };
        assert!(
            completion(58).ends_with("> 95 % is met, not proven: that takes 59 without a failure")
        );
        assert!(completion(59).ends_with("> 95 % is proven"));
    }

    #[test]
    fn a_batch_in_which_nothing_happened_proves_nothing_and_has_no_heading_for_it() {
        assert_eq!(proofs(&doctored::empty()), "");
    }

    #[test]
    fn no_more_is_told_than_is_shown() {
        assert_eq!(rounded(Bound::AtLeast(94.188)), Bound::AtLeast(94.18));
        assert_eq!(rounded(Bound::AtMost(5.812)), Bound::AtMost(5.82));
    }

    #[test]
    fn odds_are_of_failing_where_few_are_asked_for_and_of_succeeding_where_many_are() {
        let odds = |rate, passes| Odds { rate, passes };
        assert_eq!(
            told_odds(Bound::Above(95.0), odds(90.0, 11.17)),
            "a pipeline that truly succeeds 90 % of the time passes this 11 % of the time"
        );
        assert_eq!(
            told_odds(Bound::Below(5.0), odds(10.0, 0.04)),
            "a pipeline that truly fails 10 % of the time passes this less than 0.1 % of the time"
        );
    }
}
