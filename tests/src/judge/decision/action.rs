//! The next steps that a decision chooses from, and the advice that goes with each.

use std::fmt;

use serde::Serialize;

use super::{data::Step, pace::Pace, profile::Slowest};

/// The one next step, with what is needed to take it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// All is met: the next larger batch.
    ProceedTo(Pace),
    /// All is met, but the next batch would take too long at this pace.
    AddWorkers(Pace),
    /// Work failed or was lost.
    InvestigateFailures,
    /// It took too long.
    Profile {
        /// Where most of the time went; absent where no step ran.
        slowest: Option<Slowest>,
    },
    /// What was saved is missing or wrong.
    FixDataQuality {
        /// The step to begin with, where one can be named.
        step: Option<Step>,
    },
    /// This batch decides nothing.
    RunAgain {
        /// Why not.
        why: RunAgain,
    },
}

/// An [`Action`] without its particulars. Advice is given by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ActionKind {
    /// [`Action::ProceedTo`].
    ProceedTo,
    /// [`Action::AddWorkers`].
    AddWorkers,
    /// [`Action::InvestigateFailures`].
    InvestigateFailures,
    /// [`Action::Profile`].
    Profile,
    /// [`Action::FixDataQuality`].
    FixDataQuality,
    /// [`Action::RunAgain`].
    RunAgain(RunAgain),
}

/// Why a batch decides nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunAgain {
    /// It could not go on.
    BrokeOff,
    /// It did not come to its end.
    Interrupted,
    /// The evidence contradicts itself.
    Invalid,
    /// Of something that the plan insists on there was nothing to measure.
    NotMeasured,
    /// Something that must be cannot be shown by this kind of run.
    NotJudgeable,
}

impl ActionKind {
    /// What to do about it where the plan has no advice of its own.
    fn own_advice(self) -> &'static [&'static str] {
        match self {
            Self::ProceedTo => &["Run the next batch under the same plan and keep both records"],
            Self::AddWorkers => &[
                "Where the server was idle, start more runners on the same database",
                "Where it was busy, give the runner another model server or a faster model",
                "Run this batch again and compare",
            ],
            Self::InvestigateFailures => &[
                "Group the errors by step and kind",
                "Mend what most of them share",
                "Run this batch again before a larger one",
            ],
            Self::Profile => &[
                "Begin with the slowest step",
                "Try another model there, and judge its answers as well as its speed",
                "Run this batch again before a larger one",
            ],
            Self::FixDataQuality => &[
                "Follow one posting through the step named here: prompt, answer, what was saved",
                "Mend prompt, parsing or saving, whichever loses it",
                "Run this batch again before a larger one",
            ],
            Self::RunAgain(why) => why.own_advice(),
        }
    }

    /// The same, to be told.
    pub(crate) fn own_words(self) -> Vec<String> {
        let own = self.own_advice().iter();
        own.map(|sentence| (*sentence).to_owned()).collect()
    }
}

impl RunAgain {
    fn own_advice(self) -> &'static [&'static str] {
        match self {
            Self::BrokeOff => &["Put right what broke the batch off, then run it again"],
            Self::Interrupted => &["Run the batch again and let it end"],
            Self::Invalid => &[
                "Find out how the evidence came to contradict itself, and change nothing by hand",
                "Run the batch again on a fresh database",
            ],
            Self::NotMeasured => &["Run the batch again so that what is named here is measured"],
            Self::NotJudgeable => &["Run the batch where what is named here can be shown"],
        }
    }

    /// The same in words.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::BrokeOff => "the batch broke off",
            Self::Interrupted => "the batch did not come to its end",
            Self::Invalid => "the evidence contradicts itself",
            Self::NotMeasured => "something that the plan insists on was not measured",
            Self::NotJudgeable => "a must cannot be judged in this mode",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ProceedTo(pace) => write!(f, "proceed to a batch of {}", pace.postings),
            Self::AddWorkers(pace) => {
                write!(f, "add workers before the batch of {}", pace.postings)
            }
            Self::InvestigateFailures => f.write_str("investigate the failures"),
            Self::Profile { slowest: None } => f.write_str("profile"),
            Self::Profile {
                slowest: Some(slowest),
            } => write!(f, "profile; the slowest step is {}", slowest.step),
            Self::FixDataQuality { step: None } => f.write_str("fix the data quality"),
            Self::FixDataQuality { step: Some(step) } => {
                write!(f, "fix the data quality, beginning with {step}")
            }
            Self::RunAgain { why } => write!(f, "run again: {}", why.meaning()),
        }
    }
}
