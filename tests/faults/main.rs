//! Whatever dies, nothing is lost and nothing is done twice.
//!
//! Every test breaks one thing in mid-run, from outside: there is no hook for it in the product. Workers are killed as
//! processes, statements are held and cut by a proxy before Postgres, Postgres itself is restarted, model servers are
//! cut off, hang or answer badly. Afterwards all lay the same `checks` against the database and the servers' logs.
//!
//! `storm` does all of it at random moments, drawn from a seed that it prints.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test that cannot go on should say where"
)]

mod asleep;
mod checks;
mod database;
mod disk;
mod killed;
mod model_server;
#[path = "../command_line/program.rs"]
#[allow(dead_code, reason = "shared with another suite, which uses all of it")]
mod program;
mod runners;
mod skewed;
mod statements;
mod storm;
mod worker;
mod world;
