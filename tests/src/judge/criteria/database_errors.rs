//! Errors of the database that the system wrote down.

use std::collections::BTreeSet;

use crate::judge::{
    criterion::{Criterion, EVERYWHERE, Enforcement, Rule, Scaling},
    evidence::Evidence,
    reading::{Look, Reading, counted, number},
    tiers::Tiers,
};

/// The plan's "No database errors".
pub(super) const NO_DATABASE_ERRORS: Rule = Rule {
    criterion: Criterion {
        id: "no_database_errors",
        name: "Database errors",
        sentence: "`workflow_errors` has no error of type `database` for the batch.",
        judged_in: EVERYWHERE,
        also: &[],
    },
    enforcement: Enforcement::Must,
    tiers: Tiers::none(),
    scaling: Scaling::Fixed,
    read,
};

fn read(evidence: &Evidence<'_>) -> Reading {
    let interactions = evidence.interactions().count();
    if interactions == 0 {
        return Reading::no_data("no interaction has been created");
    }
    if evidence.nobody_watched() {
        // An empty list of a run that nobody collected may as well mean that nobody ever wrote an error down.
        return Reading::no_data("nobody knows what errors were written down");
    }
    let errors: BTreeSet<i64> = evidence
        .record
        .errors
        .iter()
        .filter(|error| error.error_type.eq_ignore_ascii_case("database"))
        .map(|error| error.error_id)
        .collect();
    let note = counted(errors.len(), "database error");
    Reading::value(number(errors.len()), interactions, note)
        .counts_tries()
        .look(errors.into_iter().map(Look::Error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        judge::{
            Standing,
            doctored::{self, START},
        },
        record::{RunRecord, WorkflowError},
    };

    fn with_error(error_type: &str) -> RunRecord {
        let mut record = doctored::healthy();
        record.errors.push(WorkflowError {
            error_id: 7,
            workflow_run_id: None,
            interaction_id: None,
            attempt: None,
            error_type: error_type.to_owned(),
            error_class: None,
            error_message: "it broke".to_owned(),
            created_at: START,
        });
        record
    }

    #[test]
    fn one_database_error_is_red_and_a_model_error_is_another_matter() {
        let verdict = doctored::verdict(&with_error("database"), "no_database_errors");
        assert_eq!(verdict.standing, Standing::Red);
        assert_eq!(verdict.look, [Look::Error(7)]);
        let verdict = doctored::verdict(&with_error("model"), "no_database_errors");
        assert_eq!(verdict.standing, Standing::Target);
    }
}
