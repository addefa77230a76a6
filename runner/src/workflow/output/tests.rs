use super::*;
use crate::workflow::sample::SUMMARY;

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

fn skills(answer: &str) -> Vec<String> {
    match OutputKind::Skills.parse(answer) {
        Ok(Output::Skills { skills }) => skills,
        other => panic!("{answer:?} became {other:?}"),
    }
}

fn grade(answer: &str) -> (Outcome, String) {
    match OutputKind::Grade.parse(answer) {
        Ok(Output::Grade { grade, reason }) => (grade, reason),
        other => panic!("{answer:?} became {other:?}"),
    }
}

#[test]
fn a_grade_is_its_first_word_however_it_is_dressed() {
    for answer in [
        "PASS: all there",
        "[PASS] all there",
        "**PASS**: all there",
        "PASS\nall there",
    ] {
        assert_eq!(
            grade(answer),
            (Outcome::Pass, "all there".to_owned()),
            "{answer:?}"
        );
    }
    assert_eq!(grade("FAIL - no id"), (Outcome::Fail, "no id".to_owned()));
}

#[test]
fn a_grade_may_use_the_other_word_in_its_reason() {
    let (found, reason) = grade("FAIL: two criteria PASS, one does not");
    assert_eq!(found, Outcome::Fail);
    assert_eq!(reason, "two criteria PASS, one does not");
}

#[test]
fn a_grade_without_one_clear_marker_and_a_reason_is_malformed() {
    for answer in [
        "",
        "The summary is accurate. PASS",
        "PASSED: fine",
        "pass the candidate on",
        "PASS/FAIL: hard to say",
        "[PASS] [FAIL] both",
        "PASS or FAIL: unclear",
        "PASS",
        "FAIL:",
    ] {
        assert!(
            refusal(OutputKind::Grade, answer).contains("PASS or FAIL"),
            "{answer:?}"
        );
    }
}

#[test]
fn a_summary_in_standard_form_is_kept_as_it_is() {
    let parsed = OutputKind::Summary.parse(SUMMARY);
    assert_eq!(
        parsed,
        Ok(Output::Summary {
            text: SUMMARY.to_owned()
        })
    );
}

#[test]
fn a_summary_is_freed_of_a_fence_and_of_dressed_headings() {
    let dressed = SUMMARY
        .replace("Role:", "**Role:**")
        .replace("Requirements:", "## Requirements:");
    let fenced = format!("```text\n{dressed}\n```\n");
    let parsed = OutputKind::Summary.parse(&fenced);
    assert_eq!(
        parsed,
        Ok(Output::Summary {
            text: SUMMARY.to_owned()
        })
    );
}

#[test]
fn a_summary_with_a_fault_is_malformed_and_says_which() {
    let stuck = format!("- work{}", " work".repeat(12));
    for (found, instead, says) in [
        ("Company: Deutsche Bank AG\n", "", "each once"),
        ("Company:", "Role: again\nCompany:", "each once"),
        ("Job ID: R0400001\n", "", "each once"),
        ("Location:", "Ort:", "each once"),
        (
            "Role:",
            "Here is the summary:\nRole:",
            "nothing before the first",
        ),
        ("Deutsche Bank AG", "", "text under each"),
        ("Deutsche Bank AG", "None", "text under each"),
        (
            "- Python\n- SQL\n- Fluent German",
            "- null.",
            "text under each",
        ),
        ("Deutsche Bank AG", "{company}", "no unfilled placeholder"),
        (
            "Deutsche Bank AG",
            "{{ company }}",
            "no unfilled placeholder",
        ),
        ("- SQL", "```sql\nselect\n```", "no code fence"),
        ("- Design data flows", &stuck, "work work work"),
    ] {
        let message = refusal(OutputKind::Summary, &SUMMARY.replace(found, instead));
        assert!(
            message.contains(says),
            "{instead:?} instead of {found:?}: {message}"
        );
    }
}

#[test]
fn a_summary_out_of_order_or_too_short_is_malformed() {
    let mut lines: Vec<_> = SUMMARY.lines().collect();
    lines.swap(0, 1);
    assert!(refusal(OutputKind::Summary, &lines.join("\n")).contains("each once"));
    let short = "Role: a\nCompany: b\nLocation: c\nJob ID: d\nKey Responsibilities: e\n\
                 Requirements: f\nDetails: g";
    assert!(refusal(OutputKind::Summary, short).contains("100 characters or more"));
}

#[test]
fn nine_times_the_same_three_words_are_emphasis_and_ten_are_a_loop() {
    let said = |times| {
        (0..times)
            .map(|n| format!("we are here {n}"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert!(OutputKind::Ticket.parse(&said(9)).is_ok());
    assert!(refusal(OutputKind::Ticket, &said(10)).contains("we are here"));
}

#[test]
fn a_ticket_says_something() {
    assert!(
        OutputKind::Ticket
            .parse("R1 Analyst: the pay is wrong")
            .is_ok()
    );
    for answer in ["", "  \n", "None", "null", "```\n\n```"] {
        refusal(OutputKind::Ticket, answer);
    }
}

#[test]
fn skills_are_trimmed_and_kept_once_whatever_their_case() {
    assert_eq!(
        skills(r#"["Python", " SQL ", "PYTHON", "sql", "Übung"]"#),
        ["Python", "SQL", "Übung"]
    );
}

#[test]
fn skills_that_are_no_list_of_names_are_malformed() {
    let long = format!("[\"{}\"]", "x".repeat(121));
    for answer in [
        "[]",
        r#"["Python", 3]"#,
        r#"["Python", ""]"#,
        r#"["None"]"#,
        "Python, SQL",
        "['Python']",
        r#"["Python", "SQ"#,
        r#"{"skills": ["Python"]}"#,
        r#"[{"name": "Python"}]"#,
        r#"Here you are: ["Python"]"#,
        &long,
    ] {
        assert!(
            refusal(OutputKind::Skills, answer).contains("skill names"),
            "{answer:?}"
        );
    }
}

#[test]
fn json_may_come_in_a_fence_and_with_a_success_mark_but_not_among_words() {
    let plain = OutputKind::Analyst.parse(ANALYST);
    assert!(plain.is_ok());
    for wrapped in [
        format!("```json\n{ANALYST}\n```"),
        format!("```\n{ANALYST}\n```\n[SUCCESS]"),
        format!("```json\n{ANALYST}\n[SUCCESS]\n```"),
        format!("{ANALYST} [SUCCESS]"),
    ] {
        assert_eq!(OutputKind::Analyst.parse(&wrapped), plain, "{wrapped}");
    }
    refusal(OutputKind::Analyst, &format!("My report:\n{ANALYST}"));
    refusal(
        OutputKind::Analyst,
        &format!("{ANALYST}\nI hope this helps."),
    );
    refusal(OutputKind::Analyst, &ANALYST[..ANALYST.len() - 1]);
}

#[test]
fn the_reports_refuse_what_is_out_of_range_unknown_missing_or_blank() {
    for (found, instead) in [
        ("6", "11"),
        ("6", "-1"),
        ("6", "5.5"),
        ("6", "\"6\""),
        ("SUSPICIOUS", "suspicious"),
        ("\"MEDIUM\"", "\"SEVERE\""),
        ("\"reasoning\": \"Odd.\"", "\"reasoning\": \" \""),
        (", \"evidence\": \"7.5 years\"", ""),
        ("\"reasoning\"", "\"more\": 1, \"reasoning\""),
    ] {
        refusal(OutputKind::Analyst, &ANALYST.replacen(found, instead, 1));
    }
    assert!(OutputKind::Skeptic.parse(SKEPTIC).is_ok());
    refusal(
        OutputKind::Skeptic,
        &SKEPTIC.replace("PLAUSIBLE", "SUSPICIOUS"),
    );
    refusal(OutputKind::Skeptic, &SKEPTIC.replace("usual here", ""));
    refusal(OutputKind::Skeptic, &SKEPTIC.replace(": 3", ": 12"));
}

#[test]
fn every_score_has_its_own_category_and_no_other() {
    for score in 0..=10 {
        let category = json!(IhlCategory::of(score).unwrap());
        for word in ["GENUINE", "BORDERLINE", "COMPLIANCE_THEATER", "FAKE"] {
            let parsed = OutputKind::Expert.parse(&expert(&score.to_string(), word));
            assert_eq!(
                parsed.is_ok(),
                category == json!(word),
                "{score} with {word}"
            );
        }
    }
    assert_eq!(IhlCategory::of(11), None);
    refusal(OutputKind::Expert, &expert("11", "FAKE"));
    refusal(OutputKind::Expert, &expert("-1", "GENUINE"));
    refusal(OutputKind::Expert, &expert("5.0", "BORDERLINE"));
    refusal(OutputKind::Expert, &expert("\"5\"", "BORDERLINE"));
}

#[test]
fn a_disagreement_of_score_and_category_is_shown() {
    let message = refusal(OutputKind::Expert, &expert("2", "FAKE"));
    assert!(
        message.contains("score 2") && message.contains("Fake"),
        "{message}"
    );
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
