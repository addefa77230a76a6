//! `batchproof fetch` and `batchproof promote`: phases that stand alone.

use std::process::ExitCode;

use wave_runner::batch::Stop;

use super::arguments::{FetchArguments, PromoteArguments};
use super::choices::postings_choice;
use super::observer::Console;
use super::run::with_signals;
use super::{CommandError, exit, output};
use crate::trial::{
    self, DatabaseChoice, Observer, Phase, PostingsChoice, TrialDatabase, TrialSettings,
};

/// Fetches into staging. Fewer acceptable postings than asked for is said, and is no success.
pub(super) async fn fetch(
    arguments: FetchArguments,
    console: &Console,
) -> Result<ExitCode, CommandError> {
    let postings = match postings_choice(&arguments.source)? {
        Some(postings) => postings,
        None if arguments.simulate => PostingsChoice::Simulated,
        None => {
            return Err(CommandError::Usage(
                "where from? Say --source workday, --postings DIR or --simulate".to_owned(),
            ));
        }
    };
    let settings = TrialSettings {
        postings,
        database: DatabaseChoice::Given(arguments.database_url.to_string()),
        batch_size: arguments.batch_size,
        seed: arguments.seed,
        ..TrialSettings::simulated()
    };
    let stop = Stop::default();
    let report = with_signals(&stop, console, trial::fetch(&settings, console, &stop)).await?;
    let acceptable = report.fetched - report.refused_in_all();
    Ok(if acceptable < report.wanted {
        ExitCode::from(exit::USAGE)
    } else {
        ExitCode::SUCCESS
    })
}

/// Promotes exactly as many as asked for, or nothing.
pub(super) async fn promote(
    arguments: PromoteArguments,
    console: &Console,
) -> Result<ExitCode, CommandError> {
    let choice = DatabaseChoice::Given(arguments.database_url.to_string());
    let database = TrialDatabase::open(&choice, 1, console).await?;
    console.begin(Phase::Promote, arguments.batch_size as u64);
    let promotion = database.store.promote(arguments.batch_size).await;
    database.close().await;
    let promotion = promotion.map_err(trial::TrialError::from)?;
    let told = format!("{} postings promoted", promotion.posting_ids.len());
    console.end(Phase::Promote, &told);
    let ids: Vec<String> = promotion
        .posting_ids
        .iter()
        .map(ToString::to_string)
        .collect();
    output::line(format_args!(
        "{} postings, {} of them promoted now\n--posting-ids {}",
        ids.len(),
        promotion.created,
        ids.join(",")
    ));
    Ok(ExitCode::SUCCESS)
}
