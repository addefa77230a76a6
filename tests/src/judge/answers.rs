//! What a completed step of a model owes as its answer. A row that says "completed" over an empty answer has completed
//! nothing, however well it was dated and witnessed.

use serde_json::Value;

use super::{
    conversations::{
        ANALYST, EXPERT, EXTRACT, FORMAT, GRADE_A, GRADE_B, IMPROVE, REGRADE, SKEPTIC, SKILLS,
        TICKET,
    },
    telling::tells,
};
use crate::record::{Interaction, Status};

/// Whether a completed step of a model lacks what its answer has to say; `false` for every other row. Steps that the
/// plan's workflow does not have owe nothing that the judge knows.
pub(crate) fn says_nothing(row: &Interaction) -> bool {
    if row.status != Status::Completed {
        return false;
    }
    let answer = |key: &str| row.output.as_ref().and_then(|output| output.get(key));
    let text = |key| answer(key).and_then(Value::as_str).is_some_and(tells);
    let says = match row.conversation_id {
        EXTRACT | IMPROVE | FORMAT | TICKET => text("text"),
        GRADE_A | GRADE_B | REGRADE => row.grade().is_some(),
        SKILLS => answer("skills")
            .and_then(Value::as_array)
            .is_some_and(|skills| {
                let mut skills = skills.iter().filter_map(Value::as_str);
                skills.any(tells)
            }),
        ANALYST => text("analyst_verdict") && text("reasoning"),
        SKEPTIC => text("skeptic_verdict") && text("reasoning"),
        EXPERT => {
            let score = answer("ihl_score").is_some_and(Value::is_number);
            score && text("ihl_category") && text("reasoning")
        }
        _ => true,
    };
    !says
}
