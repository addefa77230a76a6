//! Skills and the three reports.

use super::{ANALYST, IhlCategory, Output, OutputKind, SKEPTIC, expert, json, refusal};

fn skills(answer: &str) -> Vec<String> {
    match OutputKind::Skills.parse(answer) {
        Ok(Output::Skills { skills }) => skills,
        other => panic!("{answer:?} became {other:?}"),
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
