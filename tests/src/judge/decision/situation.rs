//! A batch in a handful of answers, and the one next step that follows from them. Closed over every combination: the
//! plan's matrix leaves out a batch that is fast and has bad data, which is the one that really happened.

use crate::{
    judge::{
        Enforcement, Standing, Validity, Verdict,
        family::{Family, Trouble},
    },
    record::Ended,
};

use super::action::{ActionKind, RunAgain};

/// What is known of a batch when it is to be decided how to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Situation {
    pub(super) evidence: Soundness,
    pub(super) data: Answer,
    pub(super) failures: Answer,
    pub(super) performance: Answer,
    /// Whether every must and should had something to measure.
    pub(super) measured: Answer,
    /// Whether every must can be judged in this mode.
    pub(super) judgeable: Answer,
    /// Whether the next batch can be had in time at this pace.
    pub(super) pace: Answer,
}

/// Whether the evidence carries a decision about the pipeline at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Soundness {
    Sound,
    BrokeOff,
    Interrupted,
    Invalid,
}

/// Whether all is well under one heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Well,
    Ill,
}

impl From<bool> for Answer {
    fn from(well: bool) -> Self {
        if well { Self::Well } else { Self::Ill }
    }
}

/// The one next step. Each question is asked only when all before it are answered well:
///
/// 1. *Evidence*, in the order of the exit codes: verdicts on a batch that broke off, was stopped or contradicts
///    itself are about something else than the pipeline.
/// 2. *Data* before failures and time: a fast batch of bad data is worth nothing, and what saves nothing is fast.
/// 3. *Failures* before time: work that fails early, or is done again, distorts every duration.
/// 4. *Time*.
/// 5. *What was not measured*, after what was: known trouble can be mended first, and running again unmended would
///    only find it again.
/// 6. *What cannot be judged in this mode*: nothing is wrong, but another mode has to show the rest.
/// 7. *Pace*, when everything is met: the next batch, or more workers for it.
pub(super) fn decide(situation: Situation) -> ActionKind {
    match situation.evidence {
        Soundness::BrokeOff => return ActionKind::RunAgain(RunAgain::BrokeOff),
        Soundness::Interrupted => return ActionKind::RunAgain(RunAgain::Interrupted),
        Soundness::Invalid => return ActionKind::RunAgain(RunAgain::Invalid),
        Soundness::Sound => {}
    }
    let questions = [
        (situation.data, step_against(Trouble::Data)),
        (situation.failures, step_against(Trouble::Failures)),
        (situation.performance, step_against(Trouble::Performance)),
        (
            situation.measured,
            ActionKind::RunAgain(RunAgain::NotMeasured),
        ),
        (
            situation.judgeable,
            ActionKind::RunAgain(RunAgain::NotJudgeable),
        ),
        (situation.pace, ActionKind::AddWorkers),
    ];
    questions
        .into_iter()
        .find(|(answer, _)| *answer == Answer::Ill)
        .map_or(ActionKind::ProceedTo, |(_, action)| action)
}

pub(super) fn step_against(trouble: Trouble) -> ActionKind {
    match trouble {
        Trouble::Data => ActionKind::FixDataQuality,
        Trouble::Failures => ActionKind::InvestigateFailures,
        Trouble::Performance => ActionKind::Profile,
    }
}

impl Soundness {
    pub(super) fn of(ended: &Ended, validity: &Validity) -> Self {
        match ended {
            Ended::Failed { .. } => Self::BrokeOff,
            Ended::Interrupted | Ended::StoppedAtDeadline { .. } | Ended::UnderWay => {
                Self::Interrupted
            }
            Ended::Completed | Ended::StoppedOnRed { .. } if !validity.is_valid() => Self::Invalid,
            Ended::Completed | Ended::StoppedOnRed { .. } => Self::Sound,
        }
    }
}

/// The musts and shoulds that are missed by what was measured and mean this trouble.
pub(super) fn causes(
    verdicts: &[Verdict],
    trouble: Trouble,
    saved: Saved,
) -> impl Iterator<Item = &Verdict> {
    verdicts
        .iter()
        .filter(|verdict| insisted_on(verdict))
        .filter(|verdict| matches!(verdict.standing, Standing::Gap | Standing::Red))
        .filter(move |verdict| trouble_of(verdict.family, saved) == trouble)
}

/// The musts and shoulds that had nothing to measure.
pub(super) fn unmeasured(verdicts: &[Verdict]) -> impl Iterator<Item = &Verdict> {
    verdicts
        .iter()
        .filter(|verdict| insisted_on(verdict) && verdict.standing == Standing::NoData)
}

/// The musts that this kind of run cannot show.
pub(super) fn not_judgeable(verdicts: &[Verdict]) -> impl Iterator<Item = &Verdict> {
    verdicts.iter().filter(|verdict| {
        verdict.enforcement == Enforcement::Must
            && matches!(verdict.standing, Standing::NotJudgeable { .. })
    })
}

/// Whether every step that ended well has saved what it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Saved {
    Everything,
    NotEverything,
}

/// Data that is missing only because its posting failed is a failure's trouble: no prompt and no saver is to be
/// mended for it.
fn trouble_of(family: Family, saved: Saved) -> Trouble {
    match (family, saved) {
        (Family::Data, Saved::Everything) => Trouble::Failures,
        _ => family.trouble(),
    }
}

fn insisted_on(verdict: &Verdict) -> bool {
    verdict.enforcement != Enforcement::Nice
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const ANSWERS: [Answer; 2] = [Answer::Well, Answer::Ill];
    const SOUNDNESSES: [Soundness; 4] = [
        Soundness::Sound,
        Soundness::BrokeOff,
        Soundness::Interrupted,
        Soundness::Invalid,
    ];

    const WELL: Situation = Situation {
        evidence: Soundness::Sound,
        data: Answer::Well,
        failures: Answer::Well,
        performance: Answer::Well,
        measured: Answer::Well,
        judgeable: Answer::Well,
        pace: Answer::Well,
    };

    fn every_situation() -> Vec<Situation> {
        let mut situations = Vec::new();
        for evidence in SOUNDNESSES {
            for bits in 0..1 << 6 {
                let answer = |bit: usize| ANSWERS[(bits >> bit) & 1];
                situations.push(Situation {
                    evidence,
                    data: answer(0),
                    failures: answer(1),
                    performance: answer(2),
                    measured: answer(3),
                    judgeable: answer(4),
                    pace: answer(5),
                });
            }
        }
        situations
    }

    #[test]
    fn every_one_of_256_situations_has_its_action_and_every_action_its_situations() {
        let situations = every_situation();
        assert_eq!(situations.len(), 256);
        let mut found: Vec<(ActionKind, usize)> = Vec::new();
        for situation in situations {
            let action = decide(situation);
            assert_eq!(action, decide(situation), "{situation:?}");
            match found.iter_mut().find(|(kind, _)| *kind == action) {
                Some((_, count)) => *count += 1,
                None => found.push((action, 1)),
            }
        }
        found.sort_unstable();
        assert_eq!(
            found,
            [
                (ActionKind::ProceedTo, 1),
                (ActionKind::AddWorkers, 1),
                (ActionKind::InvestigateFailures, 16),
                (ActionKind::Profile, 8),
                (ActionKind::FixDataQuality, 32),
                (ActionKind::RunAgain(RunAgain::BrokeOff), 64),
                (ActionKind::RunAgain(RunAgain::Interrupted), 64),
                (ActionKind::RunAgain(RunAgain::Invalid), 64),
                (ActionKind::RunAgain(RunAgain::NotMeasured), 4),
                (ActionKind::RunAgain(RunAgain::NotJudgeable), 2),
            ]
        );
    }

    #[test]
    fn it_goes_on_exactly_where_the_evidence_is_sound_and_nothing_is_missed() {
        for situation in every_situation() {
            let met = Situation {
                pace: Answer::Well,
                ..situation
            } == WELL;
            let goes_on = matches!(
                decide(situation),
                ActionKind::ProceedTo | ActionKind::AddWorkers
            );
            assert_eq!(goes_on, met, "{situation:?}");
        }
    }

    #[test]
    fn good_time_and_bad_data_which_the_matrix_left_out_means_to_mend_the_data() {
        let happened = Situation {
            data: Answer::Ill,
            ..WELL
        };
        assert_eq!(decide(happened), ActionKind::FixDataQuality);
    }

    #[test]
    fn a_mended_trouble_never_brings_back_an_action_that_goes_before_it() {
        let rank = |situation| match decide(situation) {
            ActionKind::RunAgain(
                RunAgain::BrokeOff | RunAgain::Interrupted | RunAgain::Invalid,
            ) => 0,
            ActionKind::FixDataQuality => 1,
            ActionKind::InvestigateFailures => 2,
            ActionKind::Profile => 3,
            ActionKind::RunAgain(RunAgain::NotMeasured) => 4,
            ActionKind::RunAgain(RunAgain::NotJudgeable) => 5,
            ActionKind::AddWorkers => 6,
            ActionKind::ProceedTo => 7,
        };
        let mut ranks = BTreeSet::new();
        for situation in every_situation() {
            for mended in mendings(situation) {
                assert!(rank(mended) >= rank(situation), "{situation:?}");
            }
            ranks.insert(rank(situation));
        }
        assert_eq!(ranks.len(), 8);
    }

    /// The same situation with one thing mended.
    fn mendings(situation: Situation) -> [Situation; 7] {
        let mut mended = [situation; 7];
        mended[0].evidence = Soundness::Sound;
        mended[1].data = Answer::Well;
        mended[2].failures = Answer::Well;
        mended[3].performance = Answer::Well;
        mended[4].measured = Answer::Well;
        mended[5].judgeable = Answer::Well;
        mended[6].pace = Answer::Well;
        mended
    }
}
