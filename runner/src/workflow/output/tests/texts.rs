//! Grades, summaries and tickets.

use super::{Outcome, Output, OutputKind, SUMMARY, refusal};

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
