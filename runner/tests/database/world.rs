//! A migrated database with a registered workflow, and what tests do to it.

use std::time::Duration;

use fixtures::postgres::{Database, Postgres};
use serde_json::{Value, json};
use sqlx::PgPool;
use wave_runner::source::StagedPosting;
use wave_runner::store::{BatchId, Claim, Finish, Store};
use wave_runner::workflow::{
    ConversationId, Next, Outcome, Output, Progress, Workflow, content_hash,
};

/// The runner's name in these tests.
pub(crate) const RUNNER: &str = "runner-1";
/// A lease that no test outlives.
pub(crate) const LONG: Duration = Duration::from_mins(10);
/// Long enough to be worked on.
const DESCRIPTION: &str = "Job Description: You will reconcile ledgers, explain every difference and \
    automate what repeats. You bring SQL, patience and a liking for audit trails that hold.";

/// One test's world. The database goes with it.
pub(crate) struct World {
    pub(crate) store: Store,
    /// For looking at rows, and for breaking them.
    pub(crate) pool: PgPool,
    pub(crate) workflow: Workflow,
    _database: Database,
}

impl World {
    pub(crate) async fn new() -> Self {
        let postgres = Postgres::start_for_process().await.unwrap();
        let migrate = async |url: String| {
            let store = Store::connect(&url, 1).await?;
            store.migrate().await?;
            store.close().await;
            Ok::<(), wave_runner::store::StoreError>(())
        };
        let template = postgres.template("wave-runner", migrate).await.unwrap();
        let database = postgres.database_from(&template).await.unwrap();
        let store = Store::connect(database.url(), 5).await.unwrap();
        let pool = PgPool::connect(database.url()).await.unwrap();
        let workflow = Workflow::builtin();
        store.register(&workflow).await.unwrap();
        Self {
            store,
            pool,
            workflow,
            _database: database,
        }
    }

    /// Stages and promotes `count` whole postings.
    pub(crate) async fn postings(&self, count: usize) -> Vec<i64> {
        let staged: Vec<StagedPosting> = (1..=count).map(staged_posting).collect();
        self.store.stage(&staged).await.unwrap();
        self.store.promote(count).await.unwrap().posting_ids
    }

    /// A batch over `count` new postings.
    pub(crate) async fn batch(&self, count: usize) -> BatchId {
        let posting_ids = self.postings(count).await;
        self.batch_over(&posting_ids).await
    }

    pub(crate) async fn batch_over(&self, posting_ids: &[i64]) -> BatchId {
        let Next::Create(first) = self.workflow.next(&Progress::default()) else {
            panic!("a workflow begins with something");
        };
        let batch = self
            .store
            .create_batch(&self.workflow, posting_ids, &first)
            .await
            .unwrap();
        self.store.begin_batch(batch).await.unwrap();
        batch
    }

    /// Claims the next ready interaction of a conversation.
    pub(crate) async fn claim(&self, batch: BatchId, conversation: i32) -> Option<Claim> {
        let conversations = [ConversationId(conversation)];
        self.store
            .claim(batch, RUNNER, &conversations, 1, LONG)
            .await
            .unwrap()
            .pop()
    }

    /// Claims and begins the next ready interaction of a conversation.
    pub(crate) async fn start(&self, batch: BatchId, conversation: i32) -> Claim {
        let claim = self.claim(batch, conversation).await.expect("ready work");
        self.begin(&claim).await;
        claim
    }

    pub(crate) async fn begin(&self, claim: &Claim) {
        let claims = std::slice::from_ref(claim);
        let begun = self
            .store
            .start(&self.workflow, RUNNER, claims, &[json!({})])
            .await
            .unwrap();
        assert_eq!(begun, [claim.interaction_id]);
    }

    pub(crate) async fn complete(&self, claim: &Claim, output: &Output) -> Finish {
        self.store
            .complete(&self.workflow, RUNNER, claim, output)
            .await
            .unwrap()
    }

    /// Takes steps of one posting through, in the order given.
    pub(crate) async fn walk(&self, batch: BatchId, steps: &[(i32, Output)]) {
        for (conversation, output) in steps {
            let claim = self.start(batch, *conversation).await;
            assert!(matches!(
                self.complete(&claim, output).await,
                Finish::Written { .. }
            ));
        }
    }

    /// One value of one row.
    pub(crate) async fn scalar<T>(&self, sql: &'static str) -> T
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
    {
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.unwrap()
    }

    /// What the database says to a statement that must be refused: the constraint's name.
    pub(crate) async fn refusal(&self, sql: &'static str) -> String {
        let error = sqlx::raw_sql(sql)
            .execute(&self.pool)
            .await
            .expect_err("a refusal");
        let database_error = error.as_database_error().expect("the database's refusal");
        database_error
            .constraint()
            .unwrap_or(database_error.message())
            .to_owned()
    }
}

/// Posting number `n`.
pub(crate) fn staged_posting(n: usize) -> StagedPosting {
    let external_id = format!("R{n:07}");
    let (title, location) = (format!("Ledger Analyst {n}"), "Pune".to_owned());
    StagedPosting {
        content_hash: content_hash(&external_id, &title, &location, DESCRIPTION),
        raw_data: raw_data(&external_id),
        posting_url: Some(format!("https://careers.example/{external_id}")),
        job_title: Some(title),
        location: Some(location),
        country: Some("India".to_owned()),
        external_id,
        refusals: Vec::new(),
    }
}

fn raw_data(external_id: &str) -> Value {
    json!({ "external_id": external_id, "job_description": DESCRIPTION, "detail": {} })
}

pub(crate) fn check(outcome: Outcome) -> Output {
    Output::Check { outcome }
}

pub(crate) fn grade(grade: Outcome) -> Output {
    Output::Grade {
        grade,
        reason: "it names the role".to_owned(),
    }
}

pub(crate) fn summary() -> Output {
    Output::Summary {
        text: "Role: Ledger Analyst".to_owned(),
    }
}

/// The steps of a posting up to its graders.
pub(crate) fn up_to_graders() -> Vec<(i32, Output)> {
    vec![
        (9144, check(Outcome::Verified)),
        (9193, check(Outcome::Valid)),
        (9184, check(Outcome::Run)),
        (3335, summary()),
    ]
}
