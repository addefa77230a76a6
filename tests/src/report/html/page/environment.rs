//! Where and with what it ran, and the hashes by which that can be told again.

use maud::{Markup, html};

use super::{SHORT, message, outside, readable};
use crate::record::{FetchReport, ModelServer, RunRecord, Worker};
use crate::report::words::{
    mebibytes, processors, told_end, told_graphics, told_provenance, told_texts, told_weights,
};

pub(super) fn section(record: &RunRecord) -> Markup {
    let environment = &record.environment;
    html! {
        section id="environment" aria-labelledby="environment-heading" {
            h2 id="environment-heading" { "Environment and hashes" }
            dl.facts {
                (fact("Ended", &told_end(&record.ended)))
                (fact("Provenance", &told_provenance(&record.provenance)))
                (fact("Texts", told_texts(record.texts)))
                dt { "Plan" }
                dd { (outside(&record.plan.id)) " " (hash(record.plan.sha256.as_deref())) }
                dt { "Workflow" }
                dd { (record.workflow.id) " " (hash(Some(&record.workflow.hash))) }
                (fact("Machine", &format!("{}, {}", environment.os, processors(environment.cpus))))
                @if let Some(graphics) = &environment.graphics { (fact("Graphics", &told_graphics(graphics))) }
                (fact("Postgres", &environment.postgres_version))
                @if let Some(fetch) = &record.fetch { (fact("Fetched", &fetched(fetch))) }
                (fact("Rows", &rows(record)))
                (fact("Evidence", &evidence(record)))
            }
            @for server in &environment.servers { (told_server(server)) }
            (workers(record.workers.as_deref().unwrap_or_default()))
        }
    }
}

fn fetched(fetch: &FetchReport) -> String {
    format!(
        "{} postings, {} promoted, {} refused, {} withdrawn",
        fetch.fetched,
        fetch.promoted,
        fetch.refused_in_all(),
        fetch.withdrawn
    )
}

fn rows(record: &RunRecord) -> String {
    format!(
        "{} postings, {} runs, {} interactions, {} attempts given up, {} errors",
        record.postings.len(),
        record.runs.len(),
        record.interactions.len(),
        record.attempts.len(),
        record.errors.len()
    )
}

fn evidence(record: &RunRecord) -> String {
    format!(
        "{} exchanges, {} samples of loaded models, {} of connections, {} of the GPU",
        record.exchanges.len(),
        record.residency.len(),
        record.connections.len(),
        record.gpu.as_ref().map_or(0, Vec::len)
    )
}

fn fact(name: &str, told: &str) -> Markup {
    html! { dt { (name) } dd { (message(told)) } }
}

fn hash(hash: Option<&str>) -> Markup {
    html! { @match hash { Some(hash) => code { (outside(hash)) }, None => span.muted { "text unknown" } } }
}

fn told_server(server: &ModelServer) -> Markup {
    let memory = server.gpu_memory.map_or_else(
        || "GPU memory unknown".to_owned(),
        |bytes| format!("{} of GPU memory", mebibytes(bytes)),
    );
    html! {
        h3 { "Model server " (outside(&server.name)) }
        p.muted { "Ollama " (outside(&server.ollama_version)) ", " (memory) ", slots a model: " (server.slots) }
        div.scroll role="region" aria-label={ "Models of " (readable(&server.name, SHORT)) } tabindex="0" {
            table {
                thead {
                    tr {
                        th scope="col" { "Model" }
                        th.number scope="col" { "On disk" }
                        th scope="col" { "Weights" }
                        th scope="col" { "Digest" }
                    }
                }
                tbody {
                    @for model in &server.models {
                        tr {
                            th scope="row" { (outside(&model.name)) }
                            td.number { (mebibytes(model.size)) }
                            td { (outside(told_weights(model).trim_start_matches(", "))) }
                            td { code { (outside(&model.digest)) } }
                        }
                    }
                }
            }
        }
    }
}

fn workers(workers: &[Worker]) -> Markup {
    html! {
        @if !workers.is_empty() {
            h3 { "Workers" }
            ul {
                @for worker in workers {
                    li {
                        (outside(&worker.name)) " on " (outside(&worker.host)) ", "
                        (worker.started_at.format("%Y-%m-%d %H:%M:%S UTC")) " to "
                        (worker.last_at_work().format("%H:%M:%S UTC"))
                        @if worker.ended_at.is_none() { ", and never said that it was done" }
                    }
                }
            }
        }
    }
}
