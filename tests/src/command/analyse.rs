//! `batchproof analyse`: where the time went and what failed, of a record or of a batch in a database.

use std::process::ExitCode;

use serde::Serialize;
use sqlx::postgres::PgPoolOptions;

use super::arguments::{AnalyseCommand, Analysed};
use super::{CommandError, output};
use crate::analysis::{bottlenecks, failures, performance};
use crate::record::{self, RunRecord};
use crate::report;
use crate::trial::TrialError;

/// Carries out an analysis.
pub(super) async fn analyse(command: &AnalyseCommand) -> Result<ExitCode, CommandError> {
    match command {
        AnalyseCommand::Performance(of) => {
            tell(of, &performance(&read(of).await?), report::told_performance);
        }
        AnalyseCommand::Bottlenecks(of) => {
            tell(of, &bottlenecks(&read(of).await?), report::told_bottlenecks);
        }
        AnalyseCommand::Failures(of) => {
            tell(of, &failures(&read(of).await?), report::told_failures);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn tell<A: Serialize>(of: &Analysed, analysis: &A, told: fn(&A) -> String) {
    if of.json {
        output::line(format_args!("{:#}", serde_json::json!(analysis)));
    } else {
        output::text(told(analysis));
    }
}

/// The record that is named, or that of a batch as it stands in the database.
async fn read(of: &Analysed) -> Result<RunRecord, CommandError> {
    match (&of.record, &of.database_url) {
        (Some(path), _) => Ok(record::load_or_published(path)?),
        (None, Some(url)) => Ok(as_it_stands(url, of.batch).await?),
        // Clap would ask for the record alone.
        (None, None) => Err(CommandError::Usage(
            "which batch? Name a record, or a database with --database-url URL".to_owned(),
        )),
    }
}

async fn as_it_stands(url: &str, batch: Option<i64>) -> Result<RunRecord, TrialError> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .connect(url)
        .await
        .map_err(|error| TrialError::Database(Box::new(error.into())))?;
    let read = record::as_it_stands(&pool, batch).await;
    pool.close().await;
    Ok(read?)
}
