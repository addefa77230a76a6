//! The three reports on whether a vacancy is genuine: the analyst accuses, the skeptic defends, the
//! expert decides. Scores run from 0 (genuine) to 10 (advertised for form's sake).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Malformed, json};

/// How much something weighs, or how sure one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// Hardly.
    Low,
    /// Somewhat.
    Medium,
    /// Strongly.
    High,
}

/// The analyst's view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AnalystVerdict {
    /// Nothing speaks against it.
    Genuine,
    /// Something does.
    Suspicious,
    /// Written for somebody who has the job already.
    PreWired,
}

/// One thing that speaks against the posting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RedFlag {
    /// What is suspicious.
    pub flag: String,
    /// The posting's words.
    pub evidence: String,
    /// How much it weighs.
    pub severity: Level,
}

/// The case against the posting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnalystReport {
    /// The view taken.
    pub analyst_verdict: AnalystVerdict,
    /// 0 to 10.
    #[schemars(range(min = 0, max = 10))]
    pub suggested_ihl_score: u8,
    /// Empty when nothing was found.
    pub red_flags: Vec<RedFlag>,
    /// Why.
    pub reasoning: String,
}

/// The skeptic's view of the analyst's case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SkepticVerdict {
    /// The vacancy is genuine.
    Genuine,
    /// It may well be.
    Plausible,
    /// Little can be said for it.
    WeakCase,
}

/// One answer to one red flag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CounterArgument {
    /// The flag answered.
    pub analyst_flag: String,
    /// The posting's words.
    pub counter_evidence: String,
    /// From what to what, such as `HIGH to LOW`.
    pub severity_downgrade: String,
}

/// The case for the posting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SkepticReport {
    /// The view taken.
    pub skeptic_verdict: SkepticVerdict,
    /// 0 to 10.
    #[schemars(range(min = 0, max = 10))]
    pub suggested_ihl_score: u8,
    /// Empty when the analyst found nothing.
    pub counter_arguments: Vec<CounterArgument>,
    /// Why.
    pub reasoning: String,
}

/// The word for a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum IhlCategory {
    /// 0 to 3.
    Genuine,
    /// 4 to 6.
    Borderline,
    /// 7 to 9.
    ComplianceTheater,
    /// 10.
    Fake,
}

impl IhlCategory {
    /// The one category a score belongs to; `None` beyond 10.
    pub fn of(score: u8) -> Option<Self> {
        match score {
            0..=3 => Some(Self::Genuine),
            4..=6 => Some(Self::Borderline),
            7..=9 => Some(Self::ComplianceTheater),
            10 => Some(Self::Fake),
            _ => None,
        }
    }
}

/// How many people could fill the vacancy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum CandidatePool {
    /// 1,000 or more.
    Large,
    /// 100 to 1,000.
    Medium,
    /// 10 to 100.
    Small,
    /// Fewer than 10.
    Tiny,
}

/// What a reader of the posting should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Recommendation {
    /// Worth an application.
    Apply,
    /// Ask first whether the job is open.
    Caution,
    /// Not worth the time.
    Skip,
}

/// The decision between the two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpertReport {
    /// 0 to 10.
    #[schemars(range(min = 0, max = 10))]
    pub ihl_score: u8,
    /// The score's own word.
    pub ihl_category: IhlCategory,
    /// How sure the expert is.
    pub confidence: Level,
    /// The flags that stand after both sides were heard.
    pub red_flags: Vec<String>,
    /// How many people could fill the vacancy.
    pub candidate_pool_estimate: CandidatePool,
    /// What a reader should do.
    pub recommendation: Recommendation,
    /// Why.
    pub reasoning: String,
}

pub(super) fn parse_analyst(answer: &str) -> Result<AnalystReport, Malformed> {
    let report: AnalystReport = json::parse(answer, "the analyst's report")?;
    in_range("suggested_ihl_score", report.suggested_ihl_score)?;
    let flags = report
        .red_flags
        .iter()
        .flat_map(|flag| [&flag.flag, &flag.evidence]);
    none_blank("the analyst's report", flags.chain([&report.reasoning]))?;
    Ok(report)
}

pub(super) fn parse_skeptic(answer: &str) -> Result<SkepticReport, Malformed> {
    let report: SkepticReport = json::parse(answer, "the skeptic's report")?;
    in_range("suggested_ihl_score", report.suggested_ihl_score)?;
    let arguments = report.counter_arguments.iter().flat_map(|argument| {
        [
            &argument.analyst_flag,
            &argument.counter_evidence,
            &argument.severity_downgrade,
        ]
    });
    none_blank("the skeptic's report", arguments.chain([&report.reasoning]))?;
    Ok(report)
}

pub(super) fn parse_expert(answer: &str) -> Result<ExpertReport, Malformed> {
    let report: ExpertReport = json::parse(answer, "the expert's report")?;
    in_range("ihl_score", report.ihl_score)?;
    if IhlCategory::of(report.ihl_score) != Some(report.ihl_category) {
        let (score, category) = (report.ihl_score, report.ihl_category);
        return Err(Malformed::new(
            "an ihl_category that agrees with ihl_score \
             (0-3 GENUINE, 4-6 BORDERLINE, 7-9 COMPLIANCE_THEATER, 10 FAKE)",
            &format!("score {score} with {category:?}"),
        ));
    }
    none_blank(
        "the expert's report",
        report.red_flags.iter().chain([&report.reasoning]),
    )?;
    Ok(report)
}

fn in_range(field: &str, score: u8) -> Result<(), Malformed> {
    if score <= 10 {
        return Ok(());
    }
    Err(Malformed::new(
        format!("{field} from 0 to 10"),
        &score.to_string(),
    ))
}

fn none_blank<'a>(
    report: &str,
    mut texts: impl Iterator<Item = &'a String>,
) -> Result<(), Malformed> {
    if texts.any(|text| text.trim().is_empty()) {
        return Err(Malformed::new(format!("{report} without a blank text"), ""));
    }
    Ok(())
}
