//! Books that contradict themselves say nothing about the work.

use chrono::TimeDelta;

use super::{Bite, Lands, NOTHING_ENTERED, enter_nothing};
use crate::judge::{
    conversations::CHECK_SKILLS,
    doctored::{self, PLAIN_RUN},
};

pub(super) const ROWS: &[Bite] = &[
    Bite {
        criterion: "interaction_count",
        lands: Lands::Red,
        along: &[],
        doubts: &["other_actors"],
        spoil: |record| {
            let mut needless = doctored::find(record, PLAIN_RUN, CHECK_SKILLS).clone();
            (needless.interaction_id, needless.conversation_id) = (9_000, 9_999);
            record.interactions.push(needless);
        },
    },
    Bite {
        criterion: "interaction_count",
        lands: Lands::NoData,
        along: NOTHING_ENTERED,
        doubts: &[],
        spoil: enter_nothing,
    },
    Bite {
        criterion: "bookkeeping",
        lands: Lands::Red,
        along: &[],
        doubts: &[],
        spoil: |record| {
            let end = &mut record.runs[3].completed_at;
            *end = end.map(|end| end - TimeDelta::milliseconds(1));
        },
    },
    Bite {
        criterion: "bookkeeping",
        lands: Lands::NoData,
        along: NOTHING_ENTERED,
        doubts: &[],
        spoil: enter_nothing,
    },
];
