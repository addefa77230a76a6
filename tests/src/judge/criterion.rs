//! A criterion, the rule that applies it, and the verdict that comes out.

use std::fmt;

use serde::Serialize;

use super::{
    evidence::Evidence,
    family::Family,
    proof::Proof,
    reading::{Certainty, Look, Reading},
    requirements::Requirements,
    standing::Standing,
    tiers::{Measured, Tiers},
};
use crate::record::ServerKind;

/// What a missed criterion means for the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Enforcement {
    /// Without it the run has failed.
    Must,
    /// Without it the run has failed, but there it is the plan's wish rather than its condition.
    Should,
    /// Told, and nothing more.
    Nice,
}

impl fmt::Display for Enforcement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::Nice => "nice",
        })
    }
}

/// What is asked of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Criterion {
    /// Snake case; also the name of its test.
    pub id: &'static str,
    /// What a report calls it.
    pub name: &'static str,
    /// What it checks, in one sentence.
    pub sentence: &'static str,
    /// The kinds of run that can show it. In any other it is not judgeable, whatever was measured.
    #[serde(skip)]
    pub judged_in: &'static [ServerKind],
    #[serde(skip)]
    /// Other names that plans have for it, in lower case. A plan's row is bound to it by name or by one of these.
    pub also: &'static [&'static str],
}

/// What a criterion asks of rows, answers and books is there in every run.
pub(crate) const EVERYWHERE: &[ServerKind] = &[
    ServerKind::Simulated,
    ServerKind::Replayed,
    ServerKind::Live,
];

/// What it asks of time is there where calls take some. A replayed answer comes at once: whatever is measured of it is
/// that of no model server, and neither a green nor a red would be one's.
pub(crate) const WHERE_TIME_PASSES: &[ServerKind] = &[ServerKind::Simulated, ServerKind::Live];

/// Why a criterion is out of judgement in a kind of run that cannot show it.
fn cannot_show(kind: ServerKind) -> &'static str {
    match kind {
        ServerKind::Replayed => "in a replay the answers come at once: no time is a model server's",
        ServerKind::Simulated => "a simulated model server cannot show it",
        ServerKind::Live => "a live run cannot show it",
    }
}

/// Whether tiers hold for every batch or for one of the size that the plan was written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scaling {
    /// The same for any number of postings.
    Fixed,
    /// For the plan's number of postings; another number is owed more or less.
    WithBatch,
}

/// A criterion, the function that reads the evidence, and what is asked of it where a plan asks nothing else. Tiers
/// and reading are apart so that a plan's tiers can be laid against the same reading.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) criterion: Criterion,
    /// Where the plan puts it on none of its lists.
    pub(crate) enforcement: Enforcement,
    /// Where the plan has no tiers for it; for 50 postings, if they scale.
    pub(crate) tiers: Tiers,
    pub(crate) scaling: Scaling,
    pub(crate) read: fn(&Evidence<'_>) -> Reading,
}

impl Rule {
    pub(crate) fn judge(
        &self,
        family: Family,
        evidence: &Evidence<'_>,
        plan: &Requirements,
    ) -> Verdict {
        let (enforcement, tiers) = self.asked(evidence.size_as_number(), plan);
        let asked = Asked {
            criterion: self.criterion,
            family,
            enforcement,
            tiers,
        };
        let reading = (self.read)(evidence);
        let kind = evidence.record.mode.model_server;
        Verdict::new(
            asked,
            if self.criterion.judged_in.contains(&kind) {
                reading
            } else {
                reading.out_of_judgement(cannot_show(kind))
            },
        )
    }

    /// What is asked under it of a batch of so many postings.
    pub(crate) fn asked(&self, size: f64, plan: &Requirements) -> (Enforcement, Tiers) {
        let required = plan.requirement(self.criterion.id);
        let enforcement = required.enforcement.unwrap_or(self.enforcement);
        let tiers = match (required.tiers, self.scaling) {
            (Some(tiers), Scaling::Fixed) => tiers,
            (None, Scaling::Fixed) => self.tiers,
            (Some(tiers), Scaling::WithBatch) => tiers.scaled(size / f64::from(plan.batch_size)),
            (None, Scaling::WithBatch) => self.tiers.scaled(size / OWN_BATCH_SIZE),
        };
        (enforcement, tiers)
    }
}

/// What is known of a verdict before anything is measured.
#[derive(Debug, Clone, Copy)]
struct Asked {
    criterion: Criterion,
    family: Family,
    enforcement: Enforcement,
    tiers: Tiers,
}

/// The number of postings that the tiers of the rules themselves are meant for.
const OWN_BATCH_SIZE: f64 = 50.0;

/// What is said of a run under one criterion.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// What was asked.
    pub criterion: Criterion,
    /// What kind of question that is.
    pub family: Family,
    /// What it means to miss it.
    pub enforcement: Enforcement,
    /// Where the run stands.
    #[serde(flatten)]
    pub standing: Standing,
    /// What was measured, also where it could not be judged.
    pub measured: Option<Measured>,
    /// How many things were looked at.
    pub n: usize,
    /// What it was measured against.
    pub tiers: Tiers,
    /// What that many things prove, where they were tries. It never changes the standing.
    pub proof: Option<Proof>,
    /// What it means.
    pub note: String,
    /// Where to look first.
    pub look: Vec<Look>,
}

impl Verdict {
    /// Lays tiers against a reading.
    fn new(asked: Asked, reading: Reading) -> Self {
        let tiers = asked.tiers;
        let proof = Proof::of(&tiers, &reading);
        let unmeasured = |standing, note| Self {
            criterion: asked.criterion,
            family: asked.family,
            enforcement: asked.enforcement,
            standing,
            measured: None,
            n: 0,
            tiers,
            proof: None,
            note,
            look: Vec::new(),
        };
        match reading {
            Reading::Value {
                value,
                n,
                certainty,
                note,
                look,
                ..
            } => Self {
                standing: place(&tiers, value, n, certainty),
                measured: Some(tiers.measured(value)),
                n,
                proof,
                look,
                ..unmeasured(Standing::NoData, note)
            },
            Reading::NoData { why } => unmeasured(Standing::NoData, why),
            Reading::NotJudgeable { reason, value, n } => Self {
                measured: value.map(|value| tiers.measured(value)),
                n,
                ..unmeasured(
                    Standing::NotJudgeable {
                        reason: reason.clone(),
                    },
                    reason,
                )
            },
        }
    }
}

/// A share of nothing is no share, and a value that may still grow is no pass.
fn place(tiers: &Tiers, value: f64, n: usize, certainty: Certainty) -> Standing {
    match (tiers.place(value), certainty) {
        _ if n == 0 => Standing::NoData,
        (Standing::Red, _) => Standing::Red,
        (_, Certainty::AtLeast) => Standing::NoData,
        (standing, Certainty::Exact) => standing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CRITERION: Criterion = Criterion {
        id: "nothing_of_the_kind",
        name: "Nothing of the kind",
        sentence: "Nothing of the kind happened.",
        judged_in: EVERYWHERE,
        also: &[],
    };

    fn verdict(reading: Reading) -> Verdict {
        let asked = Asked {
            criterion: CRITERION,
            family: Family::Bookkeeping,
            enforcement: Enforcement::Must,
            tiers: Tiers::none(),
        };
        Verdict::new(asked, reading)
    }

    fn standing(reading: Reading) -> Standing {
        verdict(reading).standing
    }

    #[test]
    fn a_perfect_value_over_nothing_is_no_data() {
        assert_eq!(standing(Reading::value(0.0, 0, "")), Standing::NoData);
        assert_eq!(standing(Reading::value(0.0, 1, "")), Standing::Target);
    }

    #[test]
    fn a_value_that_may_still_grow_can_be_red_but_not_a_pass() {
        let reading = |value| Reading::value(value, 9, "").at_least();
        assert_eq!(standing(reading(0.0)), Standing::NoData);
        assert_eq!(standing(reading(1.0)), Standing::Red);
    }

    #[test]
    fn missing_data_is_not_excused_by_a_run_that_could_not_have_shown_it() {
        let missing = Reading::no_data("nothing ran").not_judgeable("simulated");
        assert_eq!(standing(missing), Standing::NoData);
    }

    #[test]
    fn what_a_kind_of_run_cannot_show_is_judged_neither_by_a_value_nor_by_its_absence() {
        let readings = [
            Reading::value(3.0, 9, ""),
            Reading::no_data("nobody sampled it"),
            Reading::cannot_show("nobody could"),
        ];
        for reading in readings {
            let standing = standing(reading.out_of_judgement("replayed"));
            assert!(
                matches!(standing, Standing::NotJudgeable { .. }),
                "{standing:?}"
            );
        }
    }

    #[test]
    fn what_cannot_be_judged_still_tells_what_was_measured() {
        let verdict = verdict(Reading::value(3.0, 9, "").not_judgeable("simulated"));
        assert_eq!(verdict.measured, Some(Tiers::none().measured(3.0)));
        assert!(!verdict.standing.is_missed() && !verdict.standing.is_met());
    }
}
