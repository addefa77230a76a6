//! Content goes wrong without a single row missing: what was answered and saved is changed together.

use serde_json::json;

use super::{Bite, Lands, NOTHING_ENTERED, enter_nothing};
use crate::{
    judge::{
        conversations::EXPERT,
        doctored::{self, PLAIN_RUN, answers, texts},
    },
    record::{RunRecord, Texts},
};

/// Gives the first so many postings the summary of another.
fn mix_summaries(record: &mut RunRecord, postings: i64) {
    for run in 1..=postings {
        answers::resummarise(record, run, &texts::summary(run + 2, "permanent"));
    }
}

/// Gives the first so many postings the skills of another.
fn mix_skills(record: &mut RunRecord, postings: i64) {
    for run in 1..=postings {
        answers::reskill(record, run, texts::skills(run + 2));
    }
}

/// Gives every posting the next of these scores, over and over.
fn score(record: &mut RunRecord, scores: &[i32]) {
    for (run, score) in (1..=50).zip(scores.iter().cycle()) {
        answers::rescore(record, run, *score);
    }
}

pub(super) const ROWS: &[Bite] = &[
    Bite {
        criterion: "summary_about_posting",
        lands: Lands::Acceptable,
        along: &[],
        doubts: &[],
        spoil: |record| mix_summaries(record, 1),
    },
    Bite {
        criterion: "summary_about_posting",
        lands: Lands::Gap,
        along: &[],
        doubts: &[],
        spoil: |record| mix_summaries(record, 2),
    },
    Bite {
        criterion: "summary_about_posting",
        lands: Lands::Red,
        along: &[],
        doubts: &[],
        spoil: |record| mix_summaries(record, 3),
    },
    Bite {
        criterion: "summary_about_posting",
        lands: Lands::NoData,
        along: NOTHING_ENTERED,
        doubts: &[],
        spoil: enter_nothing,
    },
    Bite {
        criterion: "summary_about_posting",
        lands: Lands::NotJudgeable,
        along: &["skills_from_posting", "summary_form"],
        doubts: &[],
        spoil: |record| record.texts = Texts::Redacted,
    },
    Bite {
        criterion: "summary_form",
        lands: Lands::Red,
        along: &[],
        doubts: &[],
        spoil: |record| {
            let fenced = format!("```\n{}\n```", texts::summary(PLAIN_RUN, "permanent"));
            answers::resummarise(record, PLAIN_RUN, &fenced);
        },
    },
    Bite {
        criterion: "summary_form",
        lands: Lands::NoData,
        along: &[
            "completed_postings_have_all_data",
            "saved_data_is_its_own",
            "summary_about_posting",
            "summary_completeness",
        ],
        doubts: &[],
        spoil: |record| {
            for posting in &mut record.postings {
                posting.extracted_summary = None;
            }
        },
    },
    Bite {
        criterion: "summary_form",
        lands: Lands::NotJudgeable,
        along: &["skills_from_posting", "summary_about_posting"],
        doubts: &[],
        spoil: |record| record.texts = Texts::Redacted,
    },
    Bite {
        criterion: "skills_from_posting",
        lands: Lands::Acceptable,
        along: &[],
        doubts: &[],
        spoil: |record| mix_skills(record, 1),
    },
    Bite {
        criterion: "skills_from_posting",
        lands: Lands::Gap,
        along: &[],
        doubts: &[],
        spoil: |record| mix_skills(record, 2),
    },
    Bite {
        criterion: "skills_from_posting",
        lands: Lands::Red,
        along: &[],
        doubts: &[],
        spoil: |record| mix_skills(record, 3),
    },
    Bite {
        criterion: "skills_from_posting",
        lands: Lands::NoData,
        along: &[
            "completed_postings_have_all_data",
            "saved_data_is_its_own",
            "skills_completeness",
        ],
        doubts: &[],
        spoil: |record| {
            for posting in &mut record.postings {
                posting.skill_keywords = None;
            }
        },
    },
    Bite {
        criterion: "skills_from_posting",
        lands: Lands::NotJudgeable,
        along: &["summary_about_posting", "summary_form"],
        doubts: &[],
        spoil: |record| record.texts = Texts::Redacted,
    },
    Bite {
        criterion: "saved_data_is_its_own",
        lands: Lands::Red,
        along: &[],
        doubts: &[],
        spoil: |record| answers::posting(record, PLAIN_RUN).ihl_score = Some(1),
    },
    Bite {
        criterion: "saved_data_is_its_own",
        lands: Lands::NoData,
        // A verdict without its score and its reasons is no answer.
        along: &["bookkeeping"],
        doubts: &[],
        spoil: |record| {
            let expert = doctored::interaction(record, PLAIN_RUN, EXPERT);
            expert.output = Some(json!({"kind": "expert"}));
        },
    },
    Bite {
        criterion: "saved_data_is_its_own",
        lands: Lands::NotJudgeable,
        along: &[
            "description_length",
            "skills_from_posting",
            "summary_about_posting",
            "summary_form",
        ],
        doubts: &[],
        spoil: |record| record.texts = Texts::Unknown,
    },
    Bite {
        criterion: "prompts_are_whole",
        lands: Lands::Red,
        along: &[],
        doubts: &[],
        spoil: |record| {
            let prompt = doctored::interaction(record, PLAIN_RUN, EXPERT)
                .input
                .as_mut();
            prompt.unwrap().quotes.as_mut().unwrap().outputs.clear();
        },
    },
    Bite {
        criterion: "prompts_are_whole",
        lands: Lands::NoData,
        along: &[],
        doubts: &[],
        spoil: |record| {
            let prompt = doctored::interaction(record, PLAIN_RUN, EXPERT)
                .input
                .as_mut();
            prompt.unwrap().quotes = None;
        },
    },
    Bite {
        criterion: "prompts_are_whole",
        lands: Lands::NotJudgeable,
        along: &[],
        doubts: &[],
        spoil: |record| {
            for row in &mut record.interactions {
                if let Some(prompt) = &mut row.input {
                    prompt.quotes = None;
                }
            }
        },
    },
    Bite {
        criterion: "ihl_score_spread",
        lands: Lands::Acceptable,
        along: &[],
        doubts: &[],
        spoil: |record| score(record, &[4, 5]),
    },
    Bite {
        criterion: "ihl_score_spread",
        lands: Lands::Red,
        along: &[],
        doubts: &[],
        spoil: |record| score(record, &[4]),
    },
    Bite {
        criterion: "ihl_score_spread",
        lands: Lands::NoData,
        along: &[
            "completed_postings_have_all_data",
            "ihl_score_mean",
            "ihl_score_completeness",
            "saved_data_is_its_own",
        ],
        doubts: &[],
        spoil: |record| {
            for posting in &mut record.postings {
                posting.ihl_score = None;
            }
        },
    },
    Bite {
        criterion: "ihl_score_spread",
        lands: Lands::NotJudgeable,
        // In a short batch the first call and the last, which have nothing beside them, weigh more.
        along: &["ihl_score_mean", "makespan"],
        doubts: &[],
        spoil: |record| *record = doctored::healthy_of(4),
    },
    Bite {
        criterion: "ihl_score_mean",
        lands: Lands::Red,
        along: &[],
        doubts: &[],
        spoil: |record| score(record, &[8, 9, 10]),
    },
    Bite {
        criterion: "ihl_score_mean",
        lands: Lands::NoData,
        along: &[
            "completed_postings_have_all_data",
            "ihl_score_completeness",
            "ihl_score_spread",
            "saved_data_is_its_own",
        ],
        doubts: &[],
        spoil: |record| {
            for posting in &mut record.postings {
                posting.ihl_score = None;
            }
        },
    },
    Bite {
        criterion: "ihl_score_mean",
        lands: Lands::NotJudgeable,
        // In a short batch the first call and the last, which have nothing beside them, weigh more.
        along: &["ihl_score_spread", "makespan"],
        doubts: &[],
        spoil: |record| *record = doctored::healthy_of(4),
    },
];
