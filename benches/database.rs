//! One interaction through the database: claimed, begun, completed with its successor.

use std::time::{Duration, Instant};

use criterion::Criterion;
use fixtures::postgres::Postgres;
use serde_json::json;
use tokio::runtime::Runtime;
use wave_runner::source::StagedPosting;
use wave_runner::store::{BatchId, Finish, Store};
use wave_runner::workflow::{ConversationId, Outcome, Output, Workflow, content_hash};

const RUNNER: &str = "bench";
const LEASE: Duration = Duration::from_mins(10);
/// The first step of every posting.
const FIRST: ConversationId = ConversationId(9144);

/// Claim, start and complete, one after the other.
pub(crate) fn interactions(criterion: &mut Criterion, runtime: &Runtime) {
    let postgres = runtime.block_on(Postgres::start()).unwrap();
    let database = runtime.block_on(postgres.database()).unwrap();
    let workflow = Workflow::builtin();
    let store = runtime.block_on(migrated(database.url(), &workflow));
    let mut next_posting = 0;
    criterion.bench_function("claim_start_complete", |bencher| {
        bencher.iter_custom(|rounds| {
            let count = usize::try_from(rounds).unwrap();
            let batch = runtime.block_on(batch(&store, &workflow, &mut next_posting, count));
            runtime.block_on(work(&store, &workflow, batch, count))
        });
    });
    runtime.block_on(store.close());
}

async fn migrated(url: &str, workflow: &Workflow) -> Store {
    let store = Store::connect(url, 2).await.unwrap();
    store.migrate().await.unwrap();
    store.register(workflow).await.unwrap();
    store
}

async fn batch(store: &Store, workflow: &Workflow, next: &mut usize, count: usize) -> BatchId {
    let staged: Vec<StagedPosting> = (*next..*next + count).map(posting).collect();
    *next += count;
    store.stage(&staged).await.unwrap();
    let promoted = store.promote(count).await.unwrap();
    store
        .create_batch(workflow, &promoted.posting_ids, &[FIRST])
        .await
        .unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "measuring is what a bench is for"
)]
async fn work(store: &Store, workflow: &Workflow, batch: BatchId, count: usize) -> Duration {
    let verified = Output::Check {
        outcome: Outcome::Verified,
    };
    let began = Instant::now();
    for _ in 0..count {
        let claims = store
            .claim(batch, RUNNER, &[FIRST], 1, LEASE)
            .await
            .unwrap();
        store.start(RUNNER, &claims, &[json!({})]).await.unwrap();
        let finish = store
            .complete(workflow, RUNNER, &claims[0], &verified)
            .await
            .unwrap();
        assert_eq!(finish, Finish::Written { run_ended: false });
    }
    began.elapsed()
}

fn posting(n: usize) -> StagedPosting {
    let external_id = format!("R{n:07}");
    let description = "Job Description: You will reconcile ledgers. ".repeat(100);
    StagedPosting {
        content_hash: content_hash(&external_id, "Analyst", "Pune", &description),
        raw_data: json!({ "external_id": external_id, "job_description": description, "detail": {} }),
        job_title: Some("Analyst".to_owned()),
        location: Some("Pune".to_owned()),
        country: Some("India".to_owned()),
        posting_url: None,
        external_id,
        refusals: Vec::new(),
    }
}
