//! `batchproof monitor`: a batch while it is under way.

use std::io::{IsTerminal, stdout};
use std::process::ExitCode;

use super::arguments::MonitorArguments;
use super::choices::ollama_urls;
use super::{CommandError, output, plan_file};
use crate::clock;
use crate::judge::Requirements;
use crate::monitor::snapshot::Snapshot;
use crate::monitor::{Reader, ReadingError, View, plain, watch};

/// Looks once, or until somebody quits.
pub(super) async fn monitor(arguments: &MonitorArguments) -> Result<ExitCode, CommandError> {
    let plan = plan_file::given_or_builtin(arguments.plan.as_deref())?.requirements();
    let servers = ollama_urls(&arguments.ollama)?;
    let mut reader = Reader::new(&arguments.database_url, servers, arguments.batch)?;
    // Before the screen is taken: what is wrong with the arguments is told like any other mistake.
    let first = reader.look().await;
    if arguments.once || arguments.json {
        let told = told(&first?, &plan, arguments.json);
        reader.close().await;
        output::line(told);
        return Ok(ExitCode::SUCCESS);
    }
    match first {
        // There may be one soon.
        Ok(_) | Err(ReadingError::NoBatch) => {}
        Err(error) => return Err(error.into()),
    }
    if !stdout().is_terminal() {
        return Err(CommandError::Usage(
            "standard output is no terminal; say --once for plain text or --json".to_owned(),
        ));
    }
    watch(reader, &plan, arguments.every, clock::now)
        .await
        .map_err(CommandError::Terminal)?;
    Ok(ExitCode::SUCCESS)
}

fn told(snapshot: &Snapshot, plan: &Requirements, as_json: bool) -> String {
    let view = View::of(snapshot, plan, snapshot.connections.total);
    if as_json {
        // Plain structs with names for keys: nothing of them is without a JSON form.
        serde_json::to_string_pretty(&view).unwrap_or_default()
    } else {
        plain(&view).trim_end().to_owned()
    }
}
