//! The same batches with nothing broken: whatever a sabotage turns was in order before.

use crate::sabotage::{Break, Guard, Sabotage};

pub(crate) const ROWS: &[Sabotage] = &[
    Sabotage {
        name: "nothing_is_broken",
        family: "control",
        history: "The batch that every sabotage is laid over, as it is.",
        guard: Guard::TheJudgeAlone,
        broken: &[],
        turns: &[],
        doubts: &[],
    },
    Sabotage {
        name: "nothing_is_broken_on_the_laptop",
        family: "control",
        history: "The same where one model at a time fits.",
        guard: Guard::TheJudgeAlone,
        broken: &[Break::Settings(|settings| {
            settings.gpu_memory = Some(6 << 30);
        })],
        turns: &[],
        doubts: &[],
    },
    Sabotage {
        name: "nothing_is_broken_but_collected_twice",
        family: "control",
        history: "The same, read again when it is over: reading is no edit.",
        guard: Guard::TheJudgeAlone,
        broken: &[Break::Afterwards("SELECT 1"), Break::CalledDone],
        turns: &[],
        doubts: &[],
    },
];
