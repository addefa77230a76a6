//! The rows of the database that belong to one batch. `collect.rs` names its columns after these fields.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::FromRow;

/// A posting and the four columns that the workflow fills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, FromRow)]
pub struct Posting {
    /// `postings.posting_id`.
    pub posting_id: i64,
    /// The careers site's own id.
    pub external_id: String,
    /// Job title.
    pub title: String,
    /// `location_city`.
    pub location: Option<String>,
    /// `location_country`.
    pub country: Option<String>,
    /// Length of the description in characters; 0 stands for an unknown one where the texts are unknown.
    #[sqlx(try_from = "i64")]
    pub description_chars: u64,
    /// The description itself.
    pub description: String,
    /// The saved summary.
    pub extracted_summary: Option<String>,
    /// The extracted skills.
    #[sqlx(json(nullable))]
    pub skill_keywords: Option<Vec<String>>,
    /// 0 (genuine) to 10 (fake).
    pub ihl_score: Option<i32>,
    /// The category that belongs to the score.
    pub ihl_category: Option<String>,
    /// When it was promoted.
    pub created_at: DateTime<Utc>,
    /// When it was last written.
    pub updated_at: DateTime<Utc>,
}

/// One posting's way through the workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, FromRow)]
pub struct Run {
    /// `workflow_runs.workflow_run_id`.
    pub workflow_run_id: i64,
    /// The posting it is about.
    pub posting_id: i64,
    /// As the system recorded it.
    pub status: Status,
    /// When it was written down.
    pub created_at: DateTime<Utc>,
    /// When its first interaction began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it reached a final status.
    pub completed_at: Option<DateTime<Utc>>,
}

/// One execution of one conversation in one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, FromRow)]
pub struct Interaction {
    /// `interactions.interaction_id`.
    pub interaction_id: i64,
    /// The run it belongs to.
    pub workflow_run_id: i64,
    /// The posting it is about.
    pub posting_id: i64,
    /// The conversation it executes.
    pub conversation_id: i32,
    /// The model or script that carried it out.
    pub actor: String,
    /// Whether that is a model or a script.
    pub actor_type: ActorType,
    /// As the system recorded it.
    pub status: Status,
    /// The attempt that the times below belong to; 0 before the first claim.
    pub attempt: i32,
    /// Who holds or held the lease.
    pub claimed_by: Option<String>,
    /// When it became known.
    pub created_at: DateTime<Utc>,
    /// Not to be claimed before.
    pub available_at: DateTime<Utc>,
    /// When it was leased.
    pub claimed_at: Option<DateTime<Utc>>,
    /// When the lease runs or ran out.
    pub lease_expires_at: Option<DateTime<Utc>>,
    /// When the request was sent.
    pub started_at: Option<DateTime<Utc>>,
    /// When it reached a final status.
    pub completed_at: Option<DateTime<Utc>>,
    /// What was asked, where it is a model's step.
    #[sqlx(json(nullable))]
    pub input: Option<Input>,
    /// The parsed answer, or `{"error": …}`.
    pub output: Option<Value>,
}

impl Interaction {
    /// The grade it gave, where it is a grade.
    pub fn grade(&self) -> Option<Grade> {
        match self.text("grade")? {
            "PASS" => Some(Grade::Pass),
            "FAIL" => Some(Grade::Fail),
            _ => None,
        }
    }

    /// Whether its check found the step that follows unnecessary.
    pub fn says_skip(&self) -> bool {
        self.outcome() == Some("SKIP")
    }

    /// What its check said, where it is a check.
    pub fn outcome(&self) -> Option<&str> {
        self.text("outcome")
    }

    /// Why it failed, where it did.
    pub fn error(&self) -> Option<&str> {
        self.text("error")
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.output.as_ref()?.get(key)?.as_str()
    }
}

/// What a model's step asked, as far as it joins the row to the witness log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Input {
    /// The model asked.
    pub model: String,
    /// SHA-256 (hex) of the stored prompt, computed by the collector where the prompt is stored.
    pub prompt_sha256: String,
    /// What was found of other texts in the stored prompt; absent where the prompt was not kept.
    pub quotes: Option<Quotes>,
}

/// What a prompt was found to hold. The prompts themselves would make a record of 5,000 postings half a gigabyte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Quotes {
    /// Whether the posting's description stands in it, word for word.
    pub description: bool,
    /// The conversations of the same run whose answer stands in it, word for word: each of its texts of 20 characters
    /// or more, or its longest where all are shorter.
    pub outputs: Vec<i32>,
    /// The first placeholder that was left unfilled, such as `{{ summary }}` or `{summary}`.
    pub placeholder: Option<String>,
}

/// A grader's verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// Good enough.
    Pass,
    /// To be improved.
    Fail,
}

/// An attempt that did not end its interaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, FromRow)]
pub struct Attempt {
    /// The interaction it was an attempt at.
    pub interaction_id: i64,
    /// Its number, from 1.
    pub attempt: i32,
    /// Who held the lease.
    pub claimed_by: String,
    /// When it was leased.
    pub claimed_at: DateTime<Utc>,
    /// When the request was sent, if it came to that.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was given up.
    pub ended_at: DateTime<Utc>,
    /// How it was given up.
    pub ended_as: AttemptEnd,
    /// What kind of error, where there was one.
    pub error_type: Option<String>,
    /// The error.
    pub error: Option<String>,
}

/// A row of `workflow_errors`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, FromRow)]
pub struct WorkflowError {
    /// `workflow_errors.error_id`.
    pub error_id: i64,
    /// The run it befell.
    pub workflow_run_id: Option<i64>,
    /// The interaction it befell.
    pub interaction_id: Option<i64>,
    /// The attempt it befell.
    pub attempt: Option<i32>,
    /// `watchdog`, `database`, `model`, `validation` or `source`.
    pub error_type: String,
    /// Of which kind within its type, such as `malformed`; absent where nobody wrote it down.
    #[serde(default)]
    pub error_class: Option<String>,
    /// What happened.
    pub error_message: String,
    /// When it was written down.
    pub created_at: DateTime<Utc>,
}

/// The status of a run or an interaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Status {
    /// Known and not begun.
    Pending,
    /// At work.
    Running,
    /// Ended well.
    Completed,
    /// Ended badly, and says why.
    Failed,
    /// Given up because its run failed.
    Cancelled,
}

impl Status {
    /// Whether work is still to come.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Running)
    }
}

/// What an actor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ActorType {
    /// A model behind the model server.
    AiModel,
    /// Code of the runner.
    Script,
}

/// How an attempt was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum AttemptEnd {
    /// It failed and may be tried again.
    Retried,
    /// Its lease ran out.
    Lost,
    /// Its runner stopped.
    Released,
}
