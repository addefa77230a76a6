//! A batch at some moment, as its record would have it.

use crate::{
    judge::{
        Judgement, Requirements, certain_reds,
        doctored::{
            self,
            trouble::{attempt_before, error_beside},
        },
        judge,
    },
    record::{AttemptEnd, Ended, Posting, Run, RunRecord, SoFar, Status},
};

/// What has become of a posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Open,
    CameThrough,
    Failed,
}

/// A posting: what has become of it, and which of its four columns it has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lot {
    pub(super) fate: Fate,
    pub(super) has: [bool; 4],
}

pub(super) const WHOLE: Lot = Lot {
    fate: Fate::CameThrough,
    has: [true; 4],
};

/// A batch at some moment.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    pub(super) lots: Vec<Lot>,
    pub(super) interventions: usize,
    pub(super) retries: usize,
    pub(super) database_errors: usize,
    pub(super) ended: Ended,
    pub(super) time_scale: f64,
}

impl Moment {
    /// The record of it.
    pub(super) fn record(&self) -> RunRecord {
        let mut record = doctored::healthy_of(self.lots.len());
        record.mode.time_scale = self.time_scale;
        record.ended = self.ended.clone();
        record.complete = self.ended == Ended::Completed;
        for (run, lot) in (1..).zip(&self.lots) {
            match lot.fate {
                Fate::CameThrough => {}
                Fate::Failed => doctored::fail(&mut record, run),
                Fate::Open => leave_open(&mut record, run),
            }
        }
        for (posting, lot) in record.postings.iter_mut().zip(&self.lots) {
            take_away(posting, lot.has);
        }
        for _ in 0..self.retries {
            attempt_before(&mut record, 0, AttemptEnd::Retried);
        }
        for _ in 0..self.interventions {
            error_beside(&mut record, 0, "watchdog", "ran for too long");
        }
        for _ in 0..self.database_errors {
            error_beside(&mut record, 0, "database", "it broke");
        }
        record
    }

    pub(super) fn reds(&self, plan: &Requirements) -> Vec<&'static str> {
        let reds = certain_reds(&SoFar::of(&self.record()), plan);
        reds.iter().map(|red| red.criterion.id).collect()
    }

    pub(super) fn judged(&self, plan: &Requirements) -> Judgement {
        judge(&self.record(), plan)
    }

    /// Everything that is still open comes through, and nothing else happens.
    pub(super) fn at_best(&self) -> Self {
        let best = |lot: &Lot| if lot.fate == Fate::Open { WHOLE } else { *lot };
        Self {
            lots: self.lots.iter().map(best).collect(),
            ended: Ended::Completed,
            ..self.clone()
        }
    }
}

/// Its first step is done, and no more.
fn leave_open(record: &mut RunRecord, run: i64) {
    let row = record
        .runs
        .iter_mut()
        .find(|row| row.workflow_run_id == run);
    let row: &mut Run = row.unwrap();
    (row.status, row.completed_at) = (Status::Running, None);
    let steps = doctored::steps_of(record, run);
    for step in &steps[1..] {
        doctored::remove(record, run, *step);
    }
}

fn take_away(posting: &mut Posting, has: [bool; 4]) {
    let [summary, skills, score, category] = has;
    if !summary {
        posting.extracted_summary = None;
    }
    if !skills {
        posting.skill_keywords = None;
    }
    if !score {
        posting.ihl_score = None;
    }
    if !category {
        posting.ihl_category = None;
    }
}
