//! What the postings of a healthy batch say, and what its steps answer: each about its own posting.

use serde_json::{Value, json};

use super::START;
use crate::{
    judge::conversations::{
        ANALYST, CHECK_SKILLS, CHECK_SUMMARY, EXPERT, EXTRACT, FORMAT, GRADE_A, GRADE_B, IMPROVE,
        REGRADE, SAVE_SUMMARY, SKEPTIC, SKILLS, TICKET,
    },
    record::{Posting, Quotes},
};

const TITLES: [&str; 9] = [
    "Data Analyst, AS",
    "Credit Risk Manager (f/m/x)",
    "Java Developer - Vice President",
    "Internal Auditor",
    "Kundenberater Wertpapiere (w/m/d)",
    "Network Engineer, AVP",
    "Tax Specialist / Transfer Pricing",
    "Settlements Associate",
    "Legal Counsel – Derivatives",
];

const PLACES: [(&str, &str); 7] = [
    ("Bucharest", "Romania"),
    ("New York, 1 Columbus Circle", "United States of America"),
    ("Zürich", "Switzerland"),
    ("Pune - Business Bay", "India"),
    ("Frankfurt Taunusanlage 12", "Germany"),
    ("2 Locations", "Philippines"),
    ("Hong Kong, ICC", "Hong Kong"),
];

const KNOWN: [&str; 41] = [
    "Python",
    "SQL",
    "Tableau",
    "Excel",
    "Kafka",
    "Kubernetes",
    "Terraform",
    "Ansible",
    "Hadoop",
    "Airflow",
    "Oracle",
    "Cobol",
    "Mainframe",
    "Angular",
    "TypeScript",
    "GraphQL",
    "Splunk",
    "Jenkins",
    "Grafana",
    "Firewalls",
    "Routing",
    "Valuation",
    "Hedging",
    "Securitisation",
    "Bookkeeping",
    "Forecasting",
    "Budgeting",
    "Underwriting",
    "Litigation",
    "Arbitration",
    "Negotiation",
    "Coaching",
    "Recruiting",
    "Payroll",
    "Auditing",
    "Sampling",
    "Econometrics",
    "Statistics",
    "Mandarin",
    "Polish",
    "Portuguese",
];

/// How many skills each posting asks for.
const ASKED: usize = 7;

fn pick<T: Copy>(from: &[T], place: usize) -> T {
    from[place % from.len()]
}

fn place(run: i64) -> usize {
    usize::try_from(run).unwrap()
}

pub(crate) fn external_id(run: i64) -> String {
    format!("R{run:07}")
}

fn title(run: i64) -> &'static str {
    pick(&TITLES, place(run))
}

fn location(run: i64) -> (&'static str, &'static str) {
    pick(&PLACES, place(run))
}

pub(crate) fn skills(run: i64) -> Vec<String> {
    (0..ASKED)
        .map(|nth| pick(&KNOWN, place(run) * ASKED + nth).to_owned())
        .collect()
}

fn score(run: i64) -> i32 {
    pick(&[2, 5, 3, 7, 4, 1, 6, 2, 8, 5], place(run))
}

/// The category that belongs to a score.
pub(crate) fn category(score: i32) -> &'static str {
    match score {
        0..=3 => "GENUINE",
        4..=6 => "BORDERLINE",
        7..=9 => "COMPLIANCE_THEATER",
        _ => "FAKE",
    }
}

fn description(run: i64) -> String {
    let (city, country) = location(run);
    format!(
        "Job Description: {} in {city}, {country}. You bring {}. {}",
        title(run),
        skills(run).join(", "),
        "What the work is, and what it takes. ".repeat(56)
    )
}

/// A summary in its form; drafts are told apart by their last word.
pub(crate) fn summary(run: i64, last: &str) -> String {
    let skills = skills(run);
    format!(
        "Role: {}\nCompany: Deutsche Bank\nLocation: {}\nJob ID: {}\nKey Responsibilities:\n\
         - Do what the work is, day by day, and tell the others how far it came\n\
         - Answer for the results in {} towards the business\nRequirements:\n\
         - Experience with {}\n- Some knowledge of {}\nDetails: Full time, {last}.",
        title(run),
        location(run).0,
        external_id(run),
        skills[0],
        skills[1..4].join(", "),
        skills[4..].join(", "),
    )
}

pub(crate) fn posting(run: i64) -> Posting {
    let description = description(run);
    let (city, country) = location(run);
    Posting {
        posting_id: 100 + run,
        external_id: external_id(run),
        title: title(run).to_owned(),
        location: Some(city.to_owned()),
        country: Some(country.to_owned()),
        description_chars: u64::try_from(description.chars().count()).unwrap(),
        description,
        extracted_summary: Some(summary(run, "permanent")),
        skill_keywords: Some(skills(run)),
        ihl_score: Some(score(run)),
        ihl_category: Some(category(score(run)).to_owned()),
        created_at: START,
        updated_at: START,
    }
}

/// What a step answers about the posting of its run.
pub(crate) fn output(run: i64, conversation: i32, passes: bool) -> Value {
    let (title, id) = (title(run), external_id(run));
    match conversation {
        9144 => json!({"kind": "check", "outcome": "VERIFIED"}),
        9193 => json!({"kind": "check", "outcome": "VALID"}),
        CHECK_SUMMARY | CHECK_SKILLS => json!({"kind": "check", "outcome": "RUN"}),
        EXTRACT => json!({"kind": "summary", "text": summary(run, "for good")}),
        IMPROVE => json!({"kind": "summary", "text": summary(run, "for as long as you like")}),
        FORMAT => json!({"kind": "summary", "text": summary(run, "permanent")}),
        SAVE_SUMMARY => json!({"kind": "saved_summary", "text": summary(run, "permanent")}),
        GRADE_A | GRADE_B | REGRADE => {
            let grade = if passes { "PASS" } else { "FAIL" };
            json!({"kind": "grade", "grade": grade, "reason": format!("The summary of {id}, read twice.")})
        }
        TICKET => json!({"kind": "ticket", "text": format!("{id} {title}\nPlease read it again.")}),
        SKILLS => json!({"kind": "skills", "skills": skills(run)}),
        EXPERT => json!({
            "kind": "expert", "ihl_score": score(run), "ihl_category": category(score(run)),
            "red_flags": [], "reasoning": format!("Both sides of {id} were heard."),
        }),
        ANALYST => json!({
            "kind": "analyst", "analyst_verdict": "SUSPICIOUS", "suggested_ihl_score": 5,
            "red_flags": [], "reasoning": format!("Read as a warning, {title} is a narrow role."),
        }),
        SKEPTIC => json!({
            "kind": "skeptic", "skeptic_verdict": "PLAUSIBLE", "suggested_ihl_score": 3,
            "counter_arguments": [], "reasoning": format!("{title} is a role like many others."),
        }),
        other => panic!("no answer to {other} has been written"),
    }
}

/// What the prompt of each step holds when it is whole.
pub(crate) fn quotes(conversation: i32, improved: bool) -> Quotes {
    let outputs = match conversation {
        IMPROVE => vec![EXTRACT, GRADE_A, GRADE_B],
        REGRADE => vec![IMPROVE],
        TICKET => vec![IMPROVE, REGRADE],
        FORMAT if improved => vec![IMPROVE],
        GRADE_A | GRADE_B | FORMAT => vec![EXTRACT],
        SKILLS => vec![FORMAT],
        SKEPTIC => vec![ANALYST],
        EXPERT => vec![ANALYST, SKEPTIC],
        _ => vec![],
    };
    Quotes {
        description: !matches!(conversation, FORMAT | SKILLS),
        outputs,
        placeholder: None,
    }
}
