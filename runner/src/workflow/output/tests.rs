mod reports;
mod texts;

use serde_json::json;

use super::*;
use crate::workflow::sample::SUMMARY;
use crate::workflow::{Outcome, PostingColumn};

const ANALYST: &str = r#"{"analyst_verdict": "SUSPICIOUS", "suggested_ihl_score": 6,
    "red_flags": [{"flag": "Exact years", "evidence": "7.5 years", "severity": "MEDIUM"}],
    "reasoning": "Odd."}"#;

const SKEPTIC: &str = r#"{"skeptic_verdict": "PLAUSIBLE", "suggested_ihl_score": 3,
    "counter_arguments": [{"analyst_flag": "Exact years", "counter_evidence": "usual here",
    "severity_downgrade": "MEDIUM to LOW"}], "reasoning": "Harmless."}"#;

fn expert(score: &str, category: &str) -> String {
    format!(
        r#"{{"ihl_score": {score}, "ihl_category": "{category}", "confidence": "MEDIUM",
            "red_flags": ["Exact years"], "candidate_pool_estimate": "SMALL",
            "recommendation": "CAUTION", "reasoning": "Both have a point."}}"#
    )
}

fn refusal(kind: OutputKind, answer: &str) -> String {
    match kind.parse(answer) {
        Err(malformed) => malformed.to_string(),
        Ok(output) => panic!("{answer:?} was accepted as {output:?}"),
    }
}

#[test]
fn what_was_found_is_cut_at_a_character_and_says_so() {
    let malformed = OutputKind::Skills.parse(&"ü".repeat(5000)).unwrap_err();
    assert_eq!(malformed.found.matches('ü').count(), 200);
    assert!(malformed.found.ends_with("…\""));
    let malformed = OutputKind::Skills.parse("üü").unwrap_err();
    assert_eq!(malformed.found, "\"üü\"");
}

#[test]
fn a_script_kind_takes_no_answer_from_a_model() {
    assert!(refusal(OutputKind::Check, "VALID").contains("computed by a script"));
    assert!(refusal(OutputKind::SavedSummary, SUMMARY).contains("computed by a script"));
}

#[test]
fn an_output_survives_storage() {
    let kinds = [
        (OutputKind::Summary, SUMMARY.to_owned()),
        (OutputKind::Grade, "FAIL: too long".to_owned()),
        (OutputKind::Ticket, "Look at R1".to_owned()),
        (OutputKind::Skills, r#"["SQL"]"#.to_owned()),
        (OutputKind::Analyst, ANALYST.to_owned()),
        (OutputKind::Skeptic, SKEPTIC.to_owned()),
        (OutputKind::Expert, expert("5", "BORDERLINE")),
    ];
    for (kind, answer) in kinds {
        let output = kind.parse(&answer).unwrap();
        let stored = serde_json::to_value(&output).unwrap();
        assert_eq!(stored["kind"], json!(kind), "{stored}");
        assert_eq!(serde_json::from_value::<Output>(stored).unwrap(), output);
        assert!(!output.as_text().trim().is_empty());
    }
}

#[test]
fn an_output_fills_the_columns_of_its_kind_and_no_others() {
    let output = OutputKind::Expert
        .parse(&expert("8", "COMPLIANCE_THEATER"))
        .unwrap();
    assert_eq!(output.column(PostingColumn::IhlScore), Some(json!(8)));
    assert_eq!(
        output.column(PostingColumn::IhlCategory),
        Some(json!("COMPLIANCE_THEATER"))
    );
    assert_eq!(output.column(PostingColumn::SkillKeywords), None);
    let output = OutputKind::Skills.parse(r#"["SQL"]"#).unwrap();
    assert_eq!(
        output.column(PostingColumn::SkillKeywords),
        Some(json!(["SQL"]))
    );
    assert_eq!(output.column(PostingColumn::IhlScore), None);
}

#[test]
fn schemas_name_ranges_and_words_and_need_no_reference() {
    for kind in [
        OutputKind::Skills,
        OutputKind::Analyst,
        OutputKind::Skeptic,
        OutputKind::Expert,
    ] {
        let schema = kind.json_schema().unwrap().to_string();
        assert!(
            !schema.contains("$ref") && !schema.contains("$schema"),
            "{schema}"
        );
    }
    let schema = OutputKind::Expert.json_schema().unwrap();
    assert_eq!(schema["properties"]["ihl_score"]["maximum"], json!(10));
    assert_eq!(schema["additionalProperties"], json!(false));
    assert_eq!(schema["required"].as_array().map(Vec::len), Some(7));
    assert_eq!(OutputKind::Grade.json_schema(), None);
}
