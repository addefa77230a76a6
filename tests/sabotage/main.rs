//! Sabotage: the real runner and the stand-ins with one thing broken, once for each way in which such batches have
//! really failed. The judge must turn exactly the criteria named for it, and no other.
//!
//! `sabotage` says what a row of the tables is, `damage/` holds what is done to a database, `trial` runs a row. The
//! rows stand by what is broken: `saving`, `content`, `prompts`, `order`, `bookkeeping`, `watchdog`, `answers`.
//! `controls` are the same batches with nothing broken, and turn nothing.
//!
//! Most of the breaking is refused by a guard of the product: the lint, a constraint, the validation of answers. Each
//! row names the guard and takes it away first; where the guard is the product's own, the row beside it keeps it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should say where"
)]

mod answers;
mod bookkeeping;
mod content;
mod controls;
mod order;
mod prompts;
mod sabotage;
mod saving;
mod table;
mod trial;
mod watchdog;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};
use sabotage::Sabotage;
use table::Table;

/// How many batches are at work at the same time. They mostly wait for the stand-in, whose time is scaled so little
/// that a busy processor is not mistaken for a slow model.
const AT_ONCE: usize = 3;

/// Every row, in the order of the closing table.
fn every_row() -> impl Iterator<Item = &'static Sabotage> {
    [
        controls::ROWS,
        saving::ROWS,
        content::ROWS,
        prompts::ROWS,
        order::ROWS,
        bookkeeping::ROWS,
        watchdog::ROWS,
        answers::ROWS,
    ]
    .into_iter()
    .flatten()
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(AT_ONCE));
    let table = Arc::new(Table::default());
    let trials = every_row()
        .map(|row| {
            let table = Arc::clone(&table);
            Trial::test(row.name, move || {
                Ok(trial::turns_what_it_names(row, &table)?)
            })
            .with_kind(row.family)
        })
        .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !arguments.list {
        table.show();
    }
    conclusion.exit_code()
}
