//! Whole batches against a model server that behaves as badly as the real one does at times, one behaviour a test.
//!
//! Whatever the server does, a batch comes to its end: every posting is final, what was cut or truncated is not
//! saved, loads stay bounded, and no model is asked for more at once than its slots and one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should say where"
)]

mod answers;
mod deaths;
mod loads;
mod plant;
mod queue;
mod stranger;
#[path = "../database/world.rs"]
#[expect(
    dead_code,
    reason = "the world of the database's tests, of which these need a part"
)]
mod world;
