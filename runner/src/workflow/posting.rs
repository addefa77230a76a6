//! The posting as a workflow sees it: what prompts may read of it and what steps may write to it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A column of `postings` that a step may write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostingColumn {
    /// The formatted summary.
    ExtractedSummary,
    /// The skills, a JSON array of strings.
    SkillKeywords,
    /// 0 (a genuine vacancy) to 10 (advertised for form's sake).
    IhlScore,
    /// The word for the score.
    IhlCategory,
}

impl PostingColumn {
    /// Every column, in the order of the table.
    pub const ALL: [Self; 4] = [
        Self::ExtractedSummary,
        Self::SkillKeywords,
        Self::IhlScore,
        Self::IhlCategory,
    ];

    /// The column's name in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ExtractedSummary => "extracted_summary",
            Self::SkillKeywords => "skill_keywords",
            Self::IhlScore => "ihl_score",
            Self::IhlCategory => "ihl_category",
        }
    }
}

impl fmt::Display for PostingColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a prompt may read of the posting, by the column's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostingField {
    /// Never blank.
    JobTitle,
    /// The location as the site words it.
    LocationCity,
    /// The country as the site words it.
    LocationCountry,
    /// The requisition id.
    ExternalId,
    /// The whole text, from the detail page.
    JobDescription,
    /// Written by the workflow.
    ExtractedSummary,
    /// Written by the workflow.
    SkillKeywords,
    /// Written by the workflow.
    IhlScore,
    /// Written by the workflow.
    IhlCategory,
}

impl PostingField {
    /// Every field, in the order of the table.
    pub const ALL: [Self; 9] = [
        Self::JobTitle,
        Self::LocationCity,
        Self::LocationCountry,
        Self::ExternalId,
        Self::JobDescription,
        Self::ExtractedSummary,
        Self::SkillKeywords,
        Self::IhlScore,
        Self::IhlCategory,
    ];

    /// The column's name in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::JobTitle => "job_title",
            Self::LocationCity => "location_city",
            Self::LocationCountry => "location_country",
            Self::ExternalId => "external_id",
            Self::JobDescription => "job_description",
            Self::ExtractedSummary => PostingColumn::ExtractedSummary.as_str(),
            Self::SkillKeywords => PostingColumn::SkillKeywords.as_str(),
            Self::IhlScore => PostingColumn::IhlScore.as_str(),
            Self::IhlCategory => PostingColumn::IhlCategory.as_str(),
        }
    }

    /// The column a step has to write before this can be read; `None` for what promotion brings.
    pub fn written_as(self) -> Option<PostingColumn> {
        PostingColumn::ALL
            .into_iter()
            .find(|column| column.as_str() == self.as_str())
    }
}

impl fmt::Display for PostingField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One promoted posting, as read when a step starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostingFacts {
    /// Key of `postings`.
    pub posting_id: i64,
    /// Never blank.
    pub job_title: String,
    /// The location as the site words it.
    pub location_city: Option<String>,
    /// The country as the site words it.
    pub location_country: Option<String>,
    /// The requisition id.
    pub external_id: String,
    /// The whole text, from the detail page.
    pub job_description: String,
    /// Present once a summary is saved.
    pub extracted_summary: Option<String>,
    /// Present once skills are saved.
    pub skill_keywords: Option<Vec<String>>,
    /// Present once the posting is scored: 0 to 10.
    pub ihl_score: Option<i32>,
    /// Present with the score.
    pub ihl_category: Option<String>,
    /// `postings_staging.content_hash` of the row this posting was promoted from.
    pub staged_content_hash: String,
}

impl PostingFacts {
    /// A field as prompts see it; `None` where the posting has no value.
    pub fn text(&self, field: PostingField) -> Option<String> {
        match field {
            PostingField::JobTitle => Some(self.job_title.clone()),
            PostingField::LocationCity => self.location_city.clone(),
            PostingField::LocationCountry => self.location_country.clone(),
            PostingField::ExternalId => Some(self.external_id.clone()),
            PostingField::JobDescription => Some(self.job_description.clone()),
            PostingField::ExtractedSummary => self.extracted_summary.clone(),
            PostingField::SkillKeywords => {
                self.skill_keywords.as_ref().map(|skills| skills.join(", "))
            }
            PostingField::IhlScore => self.ihl_score.map(|score| score.to_string()),
            PostingField::IhlCategory => self.ihl_category.clone(),
        }
    }
}
