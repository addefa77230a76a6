//! Whether the postings have what the workflow was run for.

use crate::{
    judge::{
        criterion::{Criterion, EVERYWHERE, Enforcement, Rule, Scaling},
        evidence::Evidence,
        reading::{Look, Reading},
        telling::tells,
        tiers::{Bound, Tiers, percent},
    },
    record::Posting,
};

/// The Success Declaration's "All completed postings have summary, skills, IHL score", and the category.
pub(super) const COMPLETED_POSTINGS_HAVE_ALL_DATA: Rule = Rule {
    criterion: Criterion {
        id: "completed_postings_have_all_data",
        name: "Completed postings have all data",
        sentence: "Every completed posting has a summary, skills, an IHL score and an IHL category.",
        judged_in: EVERYWHERE,
        also: &[
            "all data populated",
            "all completed postings have summary, skills, ihl score",
        ],
    },
    enforcement: Enforcement::Must,
    tiers: Tiers::all(),
    scaling: Scaling::Fixed,
    read: read_completed,
};

pub(super) const SUMMARY: Rule = field(
    "summary_completeness",
    "Summary",
    "The share of the batch's postings with a summary.",
    |evidence| share_with(evidence, has_summary),
);

pub(super) const SKILLS: Rule = field(
    "skills_completeness",
    "Skills",
    "The share of the batch's postings with skills.",
    |evidence| share_with(evidence, has_skills),
);

pub(super) const IHL_SCORE: Rule = field(
    "ihl_score_completeness",
    "IHL score",
    "The share of the batch's postings with an IHL score.",
    |evidence| share_with(evidence, has_score),
);

pub(super) const IHL_CATEGORY: Rule = field(
    "ihl_category_completeness",
    "IHL category",
    "The share of the batch's postings with an IHL category.",
    |evidence| share_with(evidence, has_category),
);

/// A row of the plan's completeness table; all four have the same tiers.
const fn field(
    id: &'static str,
    name: &'static str,
    sentence: &'static str,
    read: fn(&Evidence<'_>) -> Reading,
) -> Rule {
    Rule {
        criterion: Criterion {
            id,
            name,
            sentence,
            judged_in: EVERYWHERE,
            also: &[],
        },
        enforcement: Enforcement::Must,
        tiers: Tiers::share(Bound::AtLeast(98.0), 95.0),
        scaling: Scaling::Fixed,
        read,
    }
}

/// Whether a posting has one of them.
pub(crate) type Has = fn(&Posting) -> bool;

/// The columns that the workflow was run for.
pub(crate) const COLUMNS: [(&str, Has); 4] = [
    ("extracted_summary", has_summary),
    ("skill_keywords", has_skills),
    ("ihl_score", has_score),
    ("ihl_category", has_category),
];

fn has_summary(posting: &Posting) -> bool {
    filled(posting.extracted_summary.as_deref())
}

/// One skill that says something: a list of blanks is filled, and empty all the same.
pub(super) fn has_skills(posting: &Posting) -> bool {
    posting
        .skill_keywords
        .iter()
        .flatten()
        .any(|skill| tells(skill))
}

fn has_score(posting: &Posting) -> bool {
    posting.ihl_score.is_some()
}

fn has_category(posting: &Posting) -> bool {
    filled(posting.ihl_category.as_deref())
}

fn filled(text: Option<&str>) -> bool {
    text.is_some_and(|text| !text.trim().is_empty())
}

/// Over the batch's size, not over the completed postings: a failed posting has no data either.
fn share_with(evidence: &Evidence<'_>, has: Has) -> Reading {
    if evidence.runs().next().is_none() {
        return Reading::no_data("no posting has entered the workflow");
    }
    let size = evidence.size();
    let with = evidence.postings().filter(|posting| has(posting)).count();
    Reading::value(
        percent(with, size),
        size,
        format!("{with} of {size} postings have it"),
    )
    .look(
        evidence
            .postings()
            .filter(|posting| !has(posting))
            .map(|posting| Look::Posting(posting.posting_id)),
    )
}

fn read_completed(evidence: &Evidence<'_>) -> Reading {
    let completed = evidence.completed_postings();
    if completed.is_empty() {
        return Reading::no_data("no posting has been completed");
    }
    let lacking: Vec<(i64, Vec<&str>)> = completed
        .iter()
        .map(|id| (*id, lacks(evidence.posting(*id))))
        .filter(|(_, columns)| !columns.is_empty())
        .collect();
    let whole = completed.len() - lacking.len();
    let note = match lacking.first() {
        None => format!("all {whole} completed postings have all four"),
        Some((id, columns)) => format!(
            "{whole} of {} completed postings have all four; posting {id} lacks {}",
            completed.len(),
            columns.join(", ")
        ),
    };
    let reading = Reading::value(percent(whole, completed.len()), completed.len(), note)
        .look(lacking.iter().map(|(id, _)| Look::Posting(*id)));
    evidence.unless_runs_missing(reading)
}

/// A posting that is not in the record at all lacks everything.
fn lacks(posting: Option<&Posting>) -> Vec<&'static str> {
    COLUMNS
        .iter()
        .filter(|(_, has)| !posting.is_some_and(has))
        .map(|(column, _)| *column)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        judge::{Standing, doctored},
        record::RunRecord,
    };

    type Clear = fn(&mut Posting);

    const CRITERIA: [(&str, Clear); 4] = [
        ("summary_completeness", |posting| {
            posting.extracted_summary = None;
        }),
        ("skills_completeness", |posting| {
            posting.skill_keywords = None;
        }),
        ("ihl_score_completeness", |posting| posting.ihl_score = None),
        ("ihl_category_completeness", |posting| {
            posting.ihl_category = None;
        }),
    ];

    fn cleared(clear: Clear, count: usize, size: usize) -> RunRecord {
        let mut record = doctored::healthy_of(size);
        record.postings.iter_mut().take(count).for_each(clear);
        record
    }

    #[test]
    fn a_list_of_blanks_and_words_for_nothing_is_no_skill() {
        for nothing in ["", " ", "None", "{skills}"] {
            let mut record = doctored::healthy();
            for posting in &mut record.postings {
                posting.skill_keywords = Some(vec![nothing.to_owned()]);
            }
            let verdict = doctored::verdict(&record, "skills_completeness");
            assert_eq!(verdict.standing, Standing::Red, "{nothing:?}");
        }
        let mut record = doctored::healthy();
        record.postings[0].skill_keywords = Some(vec!["None".to_owned(), "C".to_owned()]);
        let verdict = doctored::verdict(&record, "skills_completeness");
        assert_eq!(verdict.standing, Standing::Target);
    }

    #[test]
    fn a_posting_that_no_run_is_about_fills_no_gap() {
        let mut record = cleared(|posting| posting.ihl_score = None, 2, 50);
        let mut stranger = record.postings[9].clone();
        for id in [9_000, 9_001] {
            stranger.posting_id = id;
            record.postings.push(stranger.clone());
        }
        let verdict = doctored::verdict(&record, "ihl_score_completeness");
        assert_eq!(verdict.standing, Standing::Gap);
    }

    #[test]
    fn each_column_is_judged_by_the_plans_tiers_and_by_itself() {
        for (criterion, clear) in CRITERIA {
            for (lost, size, standing) in [
                (0, 50, Standing::Target),
                (1, 50, Standing::Acceptable),
                (2, 50, Standing::Gap),
                (5, 100, Standing::Gap),
                (3, 50, Standing::Red),
            ] {
                let record = cleared(clear, lost, size);
                let verdict = doctored::verdict(&record, criterion);
                assert_eq!(verdict.standing, standing, "{criterion}: {lost} of {size}");
                for (other, _) in CRITERIA.iter().filter(|(other, _)| *other != criterion) {
                    let verdict = doctored::verdict(&record, other);
                    assert_eq!(verdict.standing, Standing::Target, "{other}");
                }
            }
        }
    }

    #[test]
    fn the_share_is_of_the_batch_and_not_of_the_postings_that_are_there() {
        let mut record = doctored::healthy();
        record.postings.truncate(40);
        let verdict = doctored::verdict(&record, "summary_completeness");
        assert_eq!(verdict.measured.unwrap().to_string(), "80 %");
        assert_eq!(verdict.standing, Standing::Red);
    }

    #[test]
    fn an_empty_list_of_skills_and_a_blank_summary_are_no_data() {
        let mut record = doctored::healthy();
        record.postings[0].skill_keywords = Some(Vec::new());
        record.postings[1].extracted_summary = Some(" \n".to_owned());
        let evidence = Evidence::of(&record);
        assert_eq!(
            lacks(evidence.posting(record.postings[0].posting_id)),
            ["skill_keywords"]
        );
        assert_eq!(
            lacks(evidence.posting(record.postings[1].posting_id)),
            ["extracted_summary"]
        );
    }

    #[test]
    fn one_completed_posting_without_one_column_is_red() {
        for (_, clear) in CRITERIA {
            let record = cleared(clear, 1, 50);
            let verdict = doctored::verdict(&record, "completed_postings_have_all_data");
            assert_eq!(verdict.standing, Standing::Red);
            assert_eq!(verdict.look, [Look::Posting(record.postings[0].posting_id)]);
        }
    }

    #[test]
    fn a_failed_posting_without_data_does_not_count_against_the_completed_ones() {
        let mut record = cleared(|posting| posting.ihl_score = None, 1, 50);
        let run = record.runs[0].workflow_run_id;
        doctored::fail(&mut record, run);
        let verdict = doctored::verdict(&record, "completed_postings_have_all_data");
        assert_eq!(verdict.standing, Standing::Target);
        assert_eq!(verdict.n, 49);
    }

    #[test]
    fn without_a_completed_posting_there_is_no_data_about_completed_postings() {
        let mut record = doctored::healthy_of(3);
        for run in 1..=3 {
            doctored::fail(&mut record, run);
        }
        let verdict = doctored::verdict(&record, "completed_postings_have_all_data");
        assert_eq!(verdict.standing, Standing::NoData);
    }
}
