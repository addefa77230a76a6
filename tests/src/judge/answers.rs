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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{judge::doctored, record::redact};

    #[test]
    fn every_answer_of_a_healthy_record_says_something_redacted_or_not() {
        for record in [doctored::healthy(), redact(doctored::healthy())] {
            let silent = record.interactions.iter().find(|row| says_nothing(row));
            assert_eq!(silent, None);
        }
    }

    #[test]
    fn an_answer_that_lacks_what_its_step_is_for_says_nothing() {
        for (conversation, output) in [
            (EXTRACT, json!({"kind": "summary", "text": ""})),
            (FORMAT, json!({"kind": "summary", "text": "None"})),
            (GRADE_A, json!({})),
            (GRADE_B, json!({"kind": "grade", "grade": "MAYBE"})),
            (SKILLS, json!({"kind": "skills", "skills": [" ", "None"]})),
            (ANALYST, json!({"text": "{session_3_output}"})),
            (
                SKEPTIC,
                json!({"skeptic_verdict": "PLAUSIBLE", "reasoning": " "}),
            ),
            (
                EXPERT,
                json!({"ihl_category": "GENUINE", "reasoning": "Both were heard."}),
            ),
        ] {
            let mut record = doctored::healthy();
            let row = doctored::interaction(&mut record, doctored::PLAIN_RUN, conversation);
            row.output = Some(output);
            assert!(says_nothing(row), "{conversation}");
            row.status = Status::Failed;
            assert!(!says_nothing(row), "a failed step owes no answer");
        }
    }
}
