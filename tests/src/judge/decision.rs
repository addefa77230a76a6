//! One next step for a batch, with its reasons and what the plan advises for it.
//!
//! `situation` is the pure heart: a handful of answers, and an action for every combination of them. The rest fills in
//! the particulars: `data` the step to mend, `failures` the one that failed most, `profile` the slowest, `pace` the next
//! batch.

mod action;
mod data;
mod failures;
#[cfg(test)]
mod matrix_tests;
mod pace;
mod profile;
mod situation;
#[cfg(test)]
mod tests;

use serde::Serialize;

pub use action::{Action, ActionKind, RunAgain};
pub use data::Step;
pub use pace::Pace;
pub(crate) use profile::fastest_other;
pub use profile::{Faster, Slowest};

use self::{
    data::{Unsaved, step_to_fix, unsaved},
    situation::{Answer, Saved, Situation, Soundness, causes, decide, step_against},
};
use super::{
    Enforcement, Requirements, Validity, Verdict,
    evidence::Evidence,
    family::{Family, Trouble},
};
use crate::record::{Ended, ServerKind};

/// What to do next.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decision {
    /// The one next step.
    #[serde(flatten)]
    pub action: Action,
    /// Why that one.
    pub reasons: Vec<String>,
    /// How to go about it, in the plan's words where it has some.
    pub advice: Vec<String>,
}

impl Decision {
    pub(super) fn of(
        evidence: &Evidence<'_>,
        validity: &Validity,
        verdicts: &[Verdict],
        plan: &Requirements,
    ) -> Self {
        let case = Case {
            evidence,
            validity,
            verdicts,
            unsaved: unsaved(evidence),
            pace: Pace::of(evidence, plan.batch_size),
        };
        let kind = decide(case.situation());
        let action = case.action(kind);
        Self {
            reasons: case.reasons(&action),
            action,
            advice: advice(kind, evidence, plan),
        }
    }
}

/// The next step where this family is what is missed.
pub(super) fn after_a_miss_of(family: Family) -> ActionKind {
    step_against(family.trouble())
}

/// What a plan advises after a success is about the batch that follows its own size; of a trial with fewer postings it
/// would speak too soon, for the batch that follows is the plan's.
fn advice(kind: ActionKind, evidence: &Evidence<'_>, plan: &Requirements) -> Vec<String> {
    let is_a_trial = evidence.record.batch.size < plan.batch_size;
    if is_a_trial && kind == ActionKind::ProceedTo {
        return kind.own_words();
    }
    plan.advice_for(kind)
}

/// A slow step and steps out of step are both a matter of time, but the first cure is not the same.
const IN_TURN: &str =
    "what belongs together did not run together: begin there, for no faster model mends it";

/// Everything that a decision may look at.
struct Case<'c, 'r> {
    evidence: &'c Evidence<'r>,
    validity: &'c Validity,
    verdicts: &'c [Verdict],
    unsaved: Vec<Unsaved>,
    pace: Pace,
}

impl Case<'_, '_> {
    fn situation(&self) -> Situation {
        let free_of = |trouble| Answer::from(self.causes(trouble).is_empty());
        Situation {
            evidence: Soundness::of(&self.evidence.record.ended, self.validity),
            data: free_of(Trouble::Data),
            failures: free_of(Trouble::Failures),
            performance: free_of(Trouble::Performance),
            measured: Answer::from(situation::unmeasured(self.verdicts).next().is_none()),
            judgeable: Answer::from(situation::not_judgeable(self.verdicts).next().is_none()),
            pace: Answer::from(self.pace.is_fast_enough()),
        }
    }

    fn causes(&self, trouble: Trouble) -> Vec<&Verdict> {
        causes(self.verdicts, trouble, Saved::of(&self.unsaved))
            .filter(|cause| self.may_decide(cause))
            .collect()
    }

    /// A batch that was stopped on red has hardly a verdict that is not missed; it was stopped for a few, and those
    /// decide. Where a plan is laid to which none of them is missed, all do.
    fn may_decide(&self, cause: &Verdict) -> bool {
        let Ended::StoppedOnRed { criteria, .. } = &self.evidence.record.ended else {
            return true;
        };
        let stopped_for = |verdict: &Verdict| criteria.iter().any(|id| id == verdict.criterion.id);
        stopped_for(cause)
            || !self
                .verdicts
                .iter()
                .any(|verdict| stopped_for(verdict) && verdict.standing.is_missed())
    }

    fn action(&self, kind: ActionKind) -> Action {
        match kind {
            ActionKind::ProceedTo => Action::ProceedTo(self.pace),
            ActionKind::AddWorkers => Action::AddWorkers(self.pace),
            ActionKind::InvestigateFailures => Action::InvestigateFailures,
            ActionKind::Profile => Action::Profile {
                slowest: Slowest::of(self.evidence),
            },
            ActionKind::FixDataQuality => Action::FixDataQuality {
                step: step_to_fix(self.evidence, &self.unsaved, &self.causes(Trouble::Data)),
            },
            ActionKind::RunAgain(why) => Action::RunAgain { why },
        }
    }

    fn reasons(&self, action: &Action) -> Vec<String> {
        match action {
            Action::ProceedTo(pace) | Action::AddWorkers(pace) => {
                let mut reasons = vec![self.what_is_met().to_owned()];
                reasons.extend(self.what_stays_open());
                reasons.extend(pace.reasons());
                reasons
            }
            Action::InvestigateFailures => {
                let mut reasons = told(self.causes(Trouble::Failures));
                reasons.extend(failures::most_failures(self.evidence));
                reasons
            }
            Action::Profile { slowest } => {
                let causes = self.causes(Trouble::Performance);
                let in_turn = causes
                    .iter()
                    .any(|cause| cause.family == Family::Parallelism);
                let mut reasons = told(causes);
                if in_turn {
                    reasons.push(IN_TURN.to_owned());
                }
                reasons.extend(slowest.iter().flat_map(Slowest::reasons));
                reasons
            }
            Action::FixDataQuality { .. } => {
                let mut reasons = told(self.causes(Trouble::Data));
                reasons.extend(self.unsaved.iter().map(|Unsaved { column, postings }| {
                    format!("{column} is empty in {postings} where its step or run has completed")
                }));
                reasons
            }
            Action::RunAgain { why } => self.reasons_to_run_again(*why),
        }
    }

    fn reasons_to_run_again(&self, why: RunAgain) -> Vec<String> {
        match why {
            RunAgain::BrokeOff => match &self.evidence.record.ended {
                Ended::Failed { why } => vec![why.clone()],
                Ended::Completed
                | Ended::Interrupted
                | Ended::StoppedOnRed { .. }
                | Ended::StoppedAtDeadline { .. }
                | Ended::UnderWay => Vec::new(),
            },
            RunAgain::Interrupted => {
                vec!["the verdicts are of what was done until then".to_owned()]
            }
            RunAgain::Invalid => self
                .validity
                .doubts
                .iter()
                .map(|doubt| format!("check failed: {}", doubt.check.replace('_', " ")))
                .collect(),
            RunAgain::NotMeasured => told(situation::unmeasured(self.verdicts)),
            RunAgain::NotJudgeable => told(situation::not_judgeable(self.verdicts)),
        }
    }

    /// A should that this kind of run cannot show does not hold the next batch up, but it is not met.
    fn what_is_met(&self) -> &'static str {
        let not_shown = |verdict: &Verdict| {
            verdict.enforcement == Enforcement::Should && !verdict.standing.is_met()
        };
        if self.verdicts.iter().any(not_shown) {
            "every must is met, and every should that this kind of run can show"
        } else {
            "every must and every should is met"
        }
    }

    /// What a batch that met everything still does not show.
    fn what_stays_open(&self) -> Vec<String> {
        let mut open = Vec::new();
        let server = match self.evidence.record.mode.model_server {
            ServerKind::Simulated => "SIMULATED: how good and how fast a real one is stays open",
            ServerKind::Replayed => "REPLAYED: how it would answer today, and how fast, stays open",
            ServerKind::Live => "",
        };
        if !server.is_empty() {
            open.push(format!("the model server was {server}"));
        }
        let unproven = self
            .verdicts
            .iter()
            .filter(|verdict| verdict.standing.is_met())
            .filter_map(|verdict| verdict.proof)
            .filter(|proof| !proof.proven);
        let (mut rates, mut tries) = (0, None);
        for proof in unproven {
            rates += 1;
            tries = tries.max(proof.fewest_tries);
        }
        if let Some(tries) = tries {
            open.push(format!(
                "{rates} of the rates that are met are not proven by so few tries; {tries} without a failure would \
                 prove all that can be"
            ));
        }
        open
    }
}

/// Each verdict in a line: what was measured and what would have been enough, or why nothing could be said.
fn told<'v>(verdicts: impl IntoIterator<Item = &'v Verdict>) -> Vec<String> {
    verdicts
        .into_iter()
        .map(|verdict| {
            let (name, standing) = (verdict.criterion.name, &verdict.standing);
            let why = match verdict.measured {
                Some(measured) if standing.is_missed() => {
                    let tiers = &verdict.tiers;
                    let enough = tiers.acceptable.unwrap_or(tiers.target).show(tiers.unit);
                    format!("{measured} where {enough} was asked")
                }
                _ => verdict.note.clone(),
            };
            format!("{name} ({}) is {standing}: {why}", verdict.enforcement)
        })
        .collect()
}
