//! The runner against a real Postgres: the schema, the claims, the transactions, and whole batches.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should say where"
)]

mod claims;
mod completion;
mod execute;
mod failure;
mod groups;
mod plan_queries;
mod promotion;
mod recovery;
mod schema;
mod starts;
mod watchdog;
mod workers;
mod world;
