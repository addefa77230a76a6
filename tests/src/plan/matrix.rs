//! What a plan advises: its decision matrix.

use super::{Block, Document, Text, binding::bind_row};
use crate::judge::{self, ActionKind, Criterion, RunAgain};

/// What a case of the decision matrix is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Case {
    /// The evidence contradicts itself.
    Invalid,
    /// Something was not measured, or this kind of run cannot show it.
    NotJudged,
    /// What was saved is missing or wrong.
    DataQuality,
    /// Postings failed.
    Failures,
    /// All is met, and the next batch would take too long.
    TooLong,
    /// It was too slow.
    Performance,
    /// All is met.
    AllMet,
}

impl Case {
    /// Words that tell each case, in the order in which they are looked for: "performance good but some failures" is
    /// about failures.
    const WORDS: [(Self, &[&str]); 7] = [
        (Self::Invalid, &["invalid"]),
        (Self::NotJudged, &["judge", "measured", "no data"]),
        (Self::DataQuality, &["data", "content"]),
        (Self::Failures, &["fail"]),
        (Self::TooLong, &["too long", "workers"]),
        (Self::Performance, &["performance", "duration", "slow"]),
        (Self::AllMet, &["all criteria", "everything"]),
    ];

    /// The case of a condition. What stands in brackets explains it and is not looked at.
    fn of(condition: &str) -> Option<Self> {
        let plain = condition.split('(').next()?.to_lowercase();
        let known = Self::WORDS
            .iter()
            .find(|(_, words)| words.iter().any(|word| plain.contains(word)));
        known.map(|(case, _)| *case)
    }

    /// All of them, in the order in which they are looked for.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        Self::WORDS.into_iter().map(|(case, _)| case)
    }

    /// The same in words, to go on after "when".
    pub(super) fn meaning(self) -> &'static str {
        match self {
            Self::Invalid => "the run is invalid, because its evidence contradicts itself",
            Self::NotJudged => "a criterion could not be judged, or nothing was measured",
            Self::DataQuality => "the data is missing or wrong",
            Self::Failures => "postings failed",
            Self::TooLong => "all criteria are met and the next batch would take too long",
            Self::Performance => "the performance is poor",
            Self::AllMet => "all criteria are met",
        }
    }

    /// The decisions that its advice is for.
    pub(super) fn actions(self) -> &'static [ActionKind] {
        match self {
            Self::Invalid => &[ActionKind::RunAgain(RunAgain::Invalid)],
            Self::NotJudged => &[
                ActionKind::RunAgain(RunAgain::NotMeasured),
                ActionKind::RunAgain(RunAgain::NotJudgeable),
            ],
            Self::DataQuality => &[ActionKind::FixDataQuality],
            Self::Failures => &[ActionKind::InvestigateFailures],
            Self::TooLong => &[ActionKind::AddWorkers],
            Self::Performance => &[ActionKind::Profile],
            Self::AllMet => &[ActionKind::ProceedTo],
        }
    }
}

/// What a case says is missed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// As written: a heading under which verdicts stand, or a criterion.
    pub name: String,
    /// The criteria that this means; none where nothing goes by the name.
    pub criteria: Vec<Criterion>,
}

/// A case of the decision matrix and what the plan advises for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Which of the known cases it is, if it is one.
    pub case: Option<Case>,
    /// "If …", without the colon.
    pub condition: Text,
    /// What has to be missed for it, where it says so in brackets: "(completion or stability missed, data good)".
    pub missed: Vec<Missed>,
    /// What to do then, step by step.
    pub advice: Vec<String>,
}

/// The decision matrix: "If …:" as a paragraph or a heading, then advice as arrows in the same paragraph or as a list.
pub(super) fn branches(document: &Document) -> Vec<Branch> {
    let mut branches: Vec<Branch> = Vec::new();
    let matrix = document
        .blocks
        .iter()
        .filter(|placed| placed.is_under("decision matrix"));
    for placed in matrix {
        match &placed.block {
            Block::Heading { text, .. } | Block::Paragraph(text) => {
                let mut parts = text.plain.split('→').map(str::trim);
                let condition = parts.next().unwrap_or_default();
                if condition
                    .get(..3)
                    .is_some_and(|start| start.eq_ignore_ascii_case("if "))
                {
                    branches.push(Branch {
                        case: Case::of(condition),
                        missed: missed(condition),
                        condition: Text {
                            plain: condition.trim_end_matches(':').to_owned(),
                            span: text.span.clone(),
                        },
                        advice: Vec::new(),
                    });
                }
                advise(&mut branches, parts);
            }
            Block::List(list) => advise(
                &mut branches,
                list.items.iter().map(|item| item.text.plain.as_str()),
            ),
            Block::Table(_) | Block::Code(_) => {}
        }
    }
    branches
}

/// The names in the brackets, up to the word "missed". What follows explains it.
fn missed(condition: &str) -> Vec<Missed> {
    let in_brackets = condition
        .split_once('(')
        .and_then(|(_, rest)| rest.split(" missed").next().filter(|names| *names != rest));
    let names = in_brackets.unwrap_or_default().replace(" or ", ", ");
    let names = names.replace(" and ", ", ");
    names
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(|name| Missed {
            name: name.to_owned(),
            criteria: meant(name),
        })
        .collect()
}

fn meant(name: &str) -> Vec<Criterion> {
    let of_family: Vec<Criterion> = judge::by_family()
        .filter(|(family, _)| family.to_string().eq_ignore_ascii_case(name))
        .map(|(_, criterion)| criterion)
        .collect();
    if of_family.is_empty() {
        bind_row(name)
            .map(|bound| bound.criterion)
            .into_iter()
            .collect()
    } else {
        of_family
    }
}

/// Gives advice for the last case.
fn advise<'t>(branches: &mut [Branch], advice: impl Iterator<Item = &'t str>) {
    if let Some(last) = branches.last_mut() {
        let advice = advice.map(|line| line.trim_start_matches('→').trim().to_owned());
        last.advice.extend(advice.filter(|line| !line.is_empty()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_known_by_their_words() {
        for (condition, case) in [
            ("If test passes all criteria:", Case::AllMet),
            ("If performance good but some failures:", Case::Failures),
            ("If performance poor (>6 hours):", Case::Performance),
            ("If data quality issues:", Case::DataQuality),
            ("If some postings failed (data good)", Case::Failures),
            ("If all criteria are met, but too long", Case::TooLong),
            ("If the run is invalid", Case::Invalid),
            ("If something was not measured", Case::NotJudged),
        ] {
            assert_eq!(Case::of(condition), Some(case), "{condition}");
        }
        assert_eq!(Case::of("If it rains (data)"), None);
    }

    #[test]
    fn advice_is_read_from_arrows_and_from_lists() {
        let text = "## Decision Matrix\n\nIntroduction.\n\n**If all is well:**\n→ Go on\n→ Add workers\n\n\
                    ### If data is bad\n\nWhat happened really.\n\n- → Look\n- Fix\n\n## After\n\n**If not here:**\n→ no\n";
        let branches = branches(&Document::parse(text));
        let found: Vec<(&str, Vec<&str>)> = branches
            .iter()
            .map(|branch| {
                let advice = branch.advice.iter().map(String::as_str).collect();
                (branch.condition.plain.as_str(), advice)
            })
            .collect();
        assert_eq!(
            found,
            [
                ("If all is well", vec!["Go on", "Add workers"]),
                ("If data is bad", vec!["Look", "Fix"]),
            ]
        );
    }

    #[test]
    fn a_case_names_what_is_missed_by_heading_or_by_name_and_what_follows_explains_it() {
        let found = missed("If work failed (stability, retries or coffee missed, data good)");
        let names: Vec<(&str, usize)> = found
            .iter()
            .map(|missed| (missed.name.as_str(), missed.criteria.len()))
            .collect();
        let under_stability = judge::by_family()
            .filter(|(family, _)| *family == judge::Family::Stability)
            .count();
        assert_eq!(
            names,
            [
                ("stability", under_stability),
                ("retries", 1),
                ("coffee", 0)
            ]
        );
        for nothing in [
            "If all is well",
            "If it is slow (>6 hours)",
            "If data is missed",
        ] {
            assert_eq!(missed(nothing), [], "{nothing}");
        }
    }
}
