//! One number for a whole judgement.

use serde::Serialize;

use super::{Enforcement, Judgement, Verdict};
use crate::record::Ended;

/// What a judgement comes down to. Code 4 (bad plan or usage) belongs to the command line: where it applies there is
/// nothing to judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// Every must and every should is met.
    Success,
    /// A must or a should is missed.
    Missed,
    /// No must is missed, but one cannot be judged in this mode.
    NotJudgeable,
    /// The evidence cannot be what it says it is.
    Invalid,
    /// Somebody or its deadline stopped the batch, or its run died or is still under way.
    Interrupted,
    /// The batch broke off: the set-up or the runner has to be put right first.
    BrokeOff,
}

impl Exit {
    /// The first that applies, the gravest first: an interrupted batch is no invalid one, and verdicts on
    /// invalid evidence mean nothing.
    pub(crate) fn of(judgement: &Judgement) -> Self {
        if matches!(judgement.ended, Ended::Failed { .. }) {
            Self::BrokeOff
        } else if is_not_at_its_end(&judgement.ended) {
            Self::Interrupted
        } else if !judgement.validity.is_valid() {
            Self::Invalid
        } else if judgement.verdicts.iter().any(is_missed) {
            Self::Missed
        } else if judgement.verdicts.iter().any(is_a_must_without_judgement) {
            Self::NotJudgeable
        } else {
            Self::Success
        }
    }

    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Missed => 1,
            Self::NotJudgeable => 2,
            Self::Invalid => 3,
            Self::Interrupted => 130,
            Self::BrokeOff => 5,
        }
    }

    /// The same in words.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Success => "every criterion that the plan insists on is met",
            Self::Missed => "a criterion that the plan insists on is missed",
            Self::NotJudgeable => "nothing is missed, but a must cannot be judged in this mode",
            Self::Invalid => "the evidence contradicts itself: run again",
            Self::Interrupted => "not at its end: the verdicts are of what was done until then",
            Self::BrokeOff => "the batch broke off: the verdicts are of what was done until then",
        }
    }
}

fn is_not_at_its_end(ended: &Ended) -> bool {
    matches!(
        ended,
        Ended::Interrupted | Ended::StoppedAtDeadline { .. } | Ended::UnderWay
    )
}

fn is_missed(verdict: &Verdict) -> bool {
    verdict.enforcement != Enforcement::Nice && verdict.standing.is_missed()
}

fn is_a_must_without_judgement(verdict: &Verdict) -> bool {
    verdict.enforcement == Enforcement::Must && !verdict.standing.is_met()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        judge::{
            Requirements,
            conversations::GRADE_B,
            doctored::{self, PLAIN_RUN},
            judge,
        },
        record::{RunRecord, Texts},
    };

    fn exit(edit: impl Fn(&mut RunRecord)) -> Exit {
        let mut record = doctored::healthy();
        edit(&mut record);
        judge(&record, &Requirements::none()).exit()
    }

    fn miss(record: &mut RunRecord) {
        record.mode.time_scale = 10_000.0;
    }

    fn forge(record: &mut RunRecord) {
        let copy = doctored::find(record, PLAIN_RUN, GRADE_B).clone();
        record.interactions.push(copy);
    }

    #[test]
    fn a_healthy_batch_exits_with_0() {
        assert_eq!(exit(|_| ()), Exit::Success);
        assert_eq!(Exit::Success.code(), 0);
    }

    #[test]
    fn a_missed_should_exits_with_1() {
        assert_eq!(exit(miss), Exit::Missed);
    }

    #[test]
    fn a_should_that_cannot_be_judged_does_no_harm() {
        assert_eq!(exit(|record| record.mode.time_scale = 11.0), Exit::Success);
    }

    #[test]
    fn a_must_that_cannot_be_judged_exits_with_2_and_one_that_is_missed_goes_before() {
        let mut record = doctored::healthy();
        record.texts = Texts::Redacted;
        assert_eq!(
            judge(&record, &Requirements::none()).exit(),
            Exit::NotJudgeable
        );
        miss(&mut record);
        assert_eq!(judge(&record, &Requirements::none()).exit(), Exit::Missed);
    }

    #[test]
    fn invalid_goes_before_missed_and_interrupted_before_invalid() {
        let both = |record: &mut RunRecord| {
            miss(record);
            forge(record);
        };
        assert_eq!(exit(both), Exit::Invalid);
        let all = |record: &mut RunRecord| {
            both(record);
            record.ended = Ended::Interrupted;
        };
        assert_eq!(exit(all), Exit::Interrupted);
        assert_eq!(Exit::Interrupted.code(), 130);
    }

    #[test]
    fn a_batch_whose_run_died_exits_like_an_interrupted_one() {
        assert_eq!(
            exit(|record| record.ended = Ended::UnderWay),
            Exit::Interrupted
        );
    }

    #[test]
    fn a_batch_that_was_stopped_at_its_deadline_is_not_at_its_end() {
        let stopped = Ended::StoppedAtDeadline {
            after_seconds: 19_800,
        };
        assert_eq!(
            exit(|record| record.ended = stopped.clone()),
            Exit::Interrupted
        );
    }

    #[test]
    fn a_batch_that_was_stopped_on_red_exits_by_its_verdicts_and_not_as_interrupted() {
        let stopped = |record: &mut RunRecord| {
            miss(record);
            record.ended = Ended::StoppedOnRed {
                criteria: vec!["total_duration".to_owned()],
                why: "it took too long".to_owned(),
            };
        };
        assert_eq!(exit(stopped), Exit::Missed);
        let forged = |record: &mut RunRecord| {
            stopped(record);
            forge(record);
        };
        assert_eq!(exit(forged), Exit::Invalid);
    }

    #[test]
    fn a_batch_that_broke_off_is_no_success_whatever_its_rows_say() {
        let broke_off = |record: &mut RunRecord| {
            record.ended = Ended::Failed {
                why: "no pending work with unfinished runs".to_owned(),
            };
        };
        assert_eq!(exit(broke_off), Exit::BrokeOff);
        assert_eq!(Exit::BrokeOff.code(), 5);
    }
}
