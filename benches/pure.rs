//! The pure parts: rendering and parsing.

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::Criterion;
use serde_json::json;
use wave_runner::workflow::{
    ConversationId, Inputs, Outcome, Output, OutputKind, PostingFacts, Workflow, content_hash,
    render,
};

/// A summary as a model writes it: the seven headings.
const SUMMARY: &str = "Role: Ledger Analyst\nCompany: Deutsche Bank\nLocation: Pune\nJob ID: R0400001\n\
    Key Responsibilities:\n- Reconcile ledgers every day\n- Explain each difference to its owner\n\
    - Automate what repeats\nRequirements:\n- SQL at a professional level\n- Experience with audit trails\n\
    - Patience with old systems\nDetails: Full time, permanent, with a relocation allowance.";

/// Each model step's prompt, from inputs of the usual size.
pub(crate) fn render_prompts(criterion: &mut Criterion) {
    let workflow = Workflow::builtin();
    let inputs = inputs();
    let mut group = criterion.benchmark_group("render_prompt");
    for conversation in workflow.conversations.iter().filter(|c| c.prompt.is_some()) {
        group.bench_function(&conversation.name, |bencher| {
            bencher.iter(|| render(black_box(conversation), black_box(&inputs)).unwrap());
        });
    }
}

/// An answer of each kind, parsed and validated.
pub(crate) fn parse_answers(criterion: &mut Criterion) {
    let answers = [
        (OutputKind::Summary, SUMMARY.to_owned()),
        (
            OutputKind::Grade,
            "PASS: it names the role, the place and the duties".to_owned(),
        ),
        (
            OutputKind::Skills,
            json!(["SQL", "Audit", "Reconciliation"]).to_string(),
        ),
        (OutputKind::Expert, expert().to_string()),
    ];
    let mut group = criterion.benchmark_group("parse_answer");
    for (kind, answer) in answers {
        group.bench_function(kind.to_string(), |bencher| {
            bencher.iter(|| kind.parse(black_box(&answer)).unwrap());
        });
    }
}

fn inputs() -> Inputs {
    let description =
        "Job Description: You will reconcile ledgers and explain every difference. ".repeat(70);
    let (external_id, title, location) = ("R0400001", "Ledger Analyst", "Pune");
    let output = |value| serde_json::from_value(value).unwrap();
    let grade = |grade| Output::Grade {
        grade,
        reason: "the duties are invented".to_owned(),
    };
    Inputs {
        posting: PostingFacts {
            posting_id: 1,
            job_title: title.to_owned(),
            location_city: Some(location.to_owned()),
            location_country: Some("India".to_owned()),
            external_id: external_id.to_owned(),
            staged_content_hash: content_hash(external_id, title, location, &description),
            job_description: description,
            extracted_summary: Some(SUMMARY.to_owned()),
            skill_keywords: None,
            ihl_score: None,
            ihl_category: None,
        },
        outputs: BTreeMap::from([
            (
                ConversationId(3335),
                Output::Summary {
                    text: SUMMARY.to_owned(),
                },
            ),
            (ConversationId(3336), grade(Outcome::Pass)),
            (ConversationId(3337), grade(Outcome::Fail)),
            (
                ConversationId(3338),
                Output::Summary {
                    text: SUMMARY.to_owned(),
                },
            ),
            (ConversationId(3339), grade(Outcome::Fail)),
            (
                ConversationId(9161),
                output(json!({"kind": "analyst", "analyst_verdict": "GENUINE",
                    "suggested_ihl_score": 2, "red_flags": [], "reasoning": "specific duties"})),
            ),
            (
                ConversationId(9162),
                output(json!({"kind": "skeptic", "skeptic_verdict": "GENUINE",
                    "suggested_ihl_score": 2, "counter_arguments": [], "reasoning": "agreed"})),
            ),
        ]),
    }
}

fn expert() -> serde_json::Value {
    json!({"ihl_score": 2, "ihl_category": "GENUINE", "confidence": "HIGH", "red_flags": [],
        "candidate_pool_estimate": "LARGE", "recommendation": "APPLY", "reasoning": "open to many"})
}
