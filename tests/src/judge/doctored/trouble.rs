//! What goes wrong on the way, as the runner writes it down.

use crate::record::{Attempt, AttemptEnd, RunRecord, WorkflowError};

/// Gives an interaction one more attempt before its last.
pub(crate) fn attempt_before(record: &mut RunRecord, index: usize, ended_as: AttemptEnd) {
    let row = &mut record.interactions[index];
    let claimed_at = row.created_at;
    let failed = ended_as == AttemptEnd::Retried;
    record.attempts.push(Attempt {
        interaction_id: row.interaction_id,
        attempt: row.attempt,
        claimed_by: "runner-1".to_owned(),
        claimed_at,
        started_at: Some(claimed_at),
        ended_at: row.claimed_at.unwrap(),
        ended_as,
        error_type: failed.then(|| "validation".to_owned()),
        error: failed.then(|| "no JSON".to_owned()),
    });
    row.attempt += 1;
}

/// Writes an error down about the attempt that an interaction is at.
pub(crate) fn error(record: &mut RunRecord, index: usize, error_type: &str, message: &str) {
    error_beside(record, index, error_type, message);
    let attempt = record.interactions[index].attempt;
    record.errors.last_mut().unwrap().attempt = Some(attempt);
}

/// Writes an error down about an interaction, but about none of its attempts: that which completed it is not doubted.
pub(crate) fn error_beside(record: &mut RunRecord, index: usize, error_type: &str, message: &str) {
    let row = &record.interactions[index];
    record.errors.push(WorkflowError {
        error_id: i64::try_from(record.errors.len()).unwrap() + 1,
        workflow_run_id: Some(row.workflow_run_id),
        interaction_id: Some(row.interaction_id),
        attempt: None,
        error_type: error_type.to_owned(),
        error_class: None,
        error_message: message.to_owned(),
        created_at: row.created_at,
    });
}
