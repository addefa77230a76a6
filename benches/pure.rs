//! The pure parts: rendering, parsing, planning.

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::Criterion;
use serde_json::json;
use wave_runner::wave::{ModelState, Ready, ServerState, State, plan};
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

/// One decision over three models with everything ready.
pub(crate) fn plan_waves(criterion: &mut Criterion) {
    let sizes = [("gemma2", 6), ("llama3.2", 3), ("qwen2.5", 5)];
    let named = |(name, gib): (&str, u64)| (name.to_owned(), gib << 30);
    let ready = |id, model: &str| Ready {
        conversation: ConversationId(id),
        model: model.to_owned(),
        count: 50,
    };
    let state = State {
        sizes: sizes.into_iter().map(named).collect(),
        servers: vec![ServerState {
            memory: Some(16 << 30),
            models: sizes
                .into_iter()
                .map(|(name, _)| (name.to_owned(), ModelState::default()))
                .collect(),
        }],
        ready: vec![
            ready(3335, "llama3.2"),
            ready(3336, "gemma2"),
            ready(9161, "qwen2.5"),
        ],
        slots: 1,
        ahead: 1,
        in_flight_cap: usize::MAX,
        ..State::default()
    };
    criterion.bench_function("plan_wave", |bencher| {
        bencher.iter(|| plan(black_box(&state)));
    });
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
