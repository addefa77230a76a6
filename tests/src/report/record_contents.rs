//! What is in a record, on one screen.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Write};

use chrono::{DateTime, Utc};

use super::foreign::visible;
use super::words::{
    mebibytes, processors, short, told_end, told_graphics, told_mode, told_plan_and_text,
    told_provenance, told_status, told_suspensions, told_texts, told_weights,
};
use crate::record::{CameBy, ModelServer, RunRecord, Status, Worker};

/// The contents of a record as text; `bytes` is the size of its file, where it has one.
pub fn record_contents(record: &RunRecord, bytes: Option<u64>) -> String {
    let mut text = String::new();
    // Writing to a string fails only if a `Display` does, and none of ours does.
    let _ = write_all(&mut text, record, bytes);
    visible(&text)
}

fn write_all(text: &mut String, record: &RunRecord, bytes: Option<u64>) -> fmt::Result {
    let file = bytes.map_or_else(String::new, |bytes| {
        format!(", {} KiB", bytes.div_ceil(1024))
    });
    line(
        text,
        "Record",
        format!(
            "schema version {}, by batchproof {}{file}",
            record.schema_version, record.batchproof
        ),
    )?;
    line(text, "Ended", told_end(&record.ended))?;
    line(text, "Mode", told_mode(&record.mode))?;
    line(text, "Provenance", told_provenance(&record.provenance))?;
    line(text, "Texts", told_texts(record.texts))?;
    line(text, "Plan", told_plan_and_text(&record.plan))?;
    let workflow = &record.workflow;
    line(
        text,
        "Workflow",
        format!(
            "{} ({}), {} conversations",
            workflow.id,
            short(&workflow.hash),
            workflow.conversations.len()
        ),
    )?;
    write_environment(text, record)?;
    write_times(text, record)?;
    write_rows(text, record)
}

fn write_environment(text: &mut String, record: &RunRecord) -> fmt::Result {
    let environment = &record.environment;
    line(
        text,
        "Machine",
        format!(
            "{}, {}, Postgres {}",
            environment.os,
            processors(environment.cpus),
            environment.postgres_version
        ),
    )?;
    if let Some(graphics) = &environment.graphics {
        line(text, "Graphics", told_graphics(graphics))?;
    }
    for server in &environment.servers {
        write_server(text, server)?;
    }
    if let Some(suspended) = told_suspensions(record) {
        line(text, "Asleep", suspended)?;
    }
    for worker in record.workers.iter().flatten() {
        write_worker(text, worker)?;
    }
    Ok(())
}

fn write_server(text: &mut String, server: &ModelServer) -> fmt::Result {
    let memory = server.gpu_memory.map_or_else(
        || "GPU memory unknown".to_owned(),
        |bytes| format!("{} of GPU memory", mebibytes(bytes)),
    );
    line(
        text,
        "Server",
        format!(
            "{}: Ollama {}, {memory}, slots a model: {}",
            server.name, server.ollama_version, server.slots
        ),
    )?;
    for model in &server.models {
        line(
            text,
            "",
            format!(
                "{} {}, {}{}",
                model.name,
                short(&model.digest),
                mebibytes(model.size),
                told_weights(model)
            ),
        )?;
    }
    Ok(())
}

fn write_worker(text: &mut String, worker: &Worker) -> fmt::Result {
    let how = match worker.came_by {
        CameBy::Run => "began the batch",
        CameBy::Resume => "went on with it",
        CameBy::Work => "joined",
    };
    let (started, last) = (
        told_time(Some(worker.started_at)),
        told_time(Some(worker.last_at_work())),
    );
    let end = match worker.ended_at {
        Some(_) => format!("{started} to {last}"),
        None => format!("{started}, last heard of {last}, never said that it was done"),
    };
    line(
        text,
        "Worker",
        format!("{} on {}, {how}: {end}", worker.name, worker.host),
    )
}

fn write_times(text: &mut String, record: &RunRecord) -> fmt::Result {
    let batch = &record.batch;
    let (started, ended) = (told_time(batch.started_at), told_time(batch.ended_at));
    let took = batch
        .started_at
        .zip(batch.ended_at)
        .map_or_else(String::new, |(started, ended)| {
            format!(", {:.1} s", (ended - started).as_seconds_f64())
        });
    line(
        text,
        "Batch",
        format!(
            "{}, {} postings, {started} to {ended}{took}",
            batch.id, batch.size
        ),
    )
}

fn write_rows(text: &mut String, record: &RunRecord) -> fmt::Result {
    line(text, "Postings", record.postings.len())?;
    let runs = record.runs.iter().map(|run| run.status);
    line(text, "Runs", told_statuses(runs))?;
    let interactions = record.interactions.iter().map(|row| row.status);
    line(text, "Interactions", told_statuses(interactions))?;
    line(
        text,
        "Given up",
        format!("{} attempts", record.attempts.len()),
    )?;
    let errors = record.errors.iter().map(|error| error.error_type.as_str());
    line(text, "Errors", told_tally(errors))?;
    let answered = record
        .exchanges
        .iter()
        .filter(|exchange| exchange.answered())
        .count();
    line(
        text,
        "Exchanges",
        format!(
            "{}, {answered} of them answered in full",
            record.exchanges.len()
        ),
    )?;
    let gpu = record
        .gpu
        .as_ref()
        .map_or_else(|| "no".to_owned(), |samples| samples.len().to_string());
    line(
        text,
        "Samples",
        format!(
            "{} of loaded models, {} of connections, {gpu} of the GPU",
            record.residency.len(),
            record.connections.len()
        ),
    )
}

fn told_statuses(statuses: impl Iterator<Item = Status>) -> String {
    told_tally(statuses.map(told_status))
}

/// How many of each kind.
fn told_tally<'k>(kinds: impl Iterator<Item = &'k str>) -> String {
    let counts: Vec<String> = tally(kinds)
        .iter()
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    if counts.is_empty() {
        "none".to_owned()
    } else {
        counts.join(", ")
    }
}

fn line(text: &mut String, what: &str, told: impl Display) -> fmt::Result {
    writeln!(text, "{what:>13}  {told}")
}

/// How often each occurs.
pub(super) fn tally<K: Ord>(things: impl IntoIterator<Item = K>) -> BTreeMap<K, usize> {
    let mut tally = BTreeMap::new();
    for thing in things {
        *tally.entry(thing).or_default() += 1;
    }
    tally
}

fn told_time(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(
        || "no date".to_owned(),
        |at| at.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::doctored;
    use crate::record::Provenance;

    #[test]
    fn a_record_is_told_on_one_screen() {
        insta::assert_snapshot!(record_contents(&doctored::healthy(), Some(123_456)));
    }

    #[test]
    fn what_is_not_as_it_should_be_stands_out() {
        let mut record = doctored::interrupted();
        record.provenance = Provenance::Reconstructed {
            source: "a report".to_owned(),
        };
        let text = record_contents(&record, None);
        for words in [
            "INTERRUPTED",
            "RECONSTRUCTED, not witnessed, from a report",
            "1 running",
            "SIMULATED",
        ] {
            assert!(text.contains(words), "{words:?} is missing from\n{text}");
        }
        assert!(!record_contents(&doctored::healthy(), None).contains("INTERRUPTED"));
    }
}
