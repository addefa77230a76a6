//! The whole page: head, policy, sections in order.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::{
    data, decision, durations, environment, failures, proofs, slowest, timeline, timeline_data,
    verdicts,
};
use crate::record::{Ended, Provenance, RunRecord, ServerKind, Texts};
use crate::report::html::View;
use crate::report::html::shapes::outside::readable;
use crate::report::words::{told_end, told_judged_by, told_mode, told_plan, told_suspensions};

const STYLE: &str = include_str!("../style.css");
const SCRIPT: &str = include_str!("../timeline.js");

/// Sections, by the id that the contents link to.
const SECTIONS: [(&str, &str); 9] = [
    ("decision", "Decision"),
    ("verdicts", "Verdicts"),
    ("timeline", "Timeline"),
    ("durations", "Durations"),
    ("slowest", "Slowest"),
    ("data", "Data"),
    ("failures", "Failures"),
    ("proofs", "What it proves"),
    ("environment", "Environment"),
];

/// The page.
pub(in crate::report::html) fn document(view: &View<'_>) -> Markup {
    let title = title(view.record);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (readable(&title, super::LONG)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#decision" { "Skip to the decision" }
                (masthead(view))
                nav.contents aria-label="Contents" {
                    ul.frame {
                        @for (id, name) in SECTIONS {
                            li { a href={ "#" (id) } { (name) } }
                        }
                    }
                }
                main.frame {
                    (decision::section(view))
                    (verdicts::section(&view.judgement.verdicts, view.leniency.as_deref()))
                    (timeline::section(view))
                    (durations::section(&view.durations))
                    (slowest::section(view))
                    (data::section(view))
                    (failures::section(&view.failures))
                    (proofs::section(&view.judgement.verdicts))
                    (environment::section(view.record))
                }
                (footer(view.record))
                @if let Some(timeline) = &view.timeline {
                    script type="application/json" id="timeline-data" {
                        (PreEscaped(timeline_data::json(timeline, &view.evidence)))
                    }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        }
    }
}

fn title(record: &RunRecord) -> String {
    let unreal = unreal(record).map_or_else(String::new, |word| format!("{word}: "));
    format!(
        "{unreal}{}, batch {} of {} postings",
        record.plan.id, record.batch.id, record.batch.size
    )
}

/// What of it is not real, in one word; that it is a replay goes before of what.
fn unreal(record: &RunRecord) -> Option<&'static str> {
    if record.mode.model_server == ServerKind::Replayed {
        Some("REPLAYED")
    } else if record.mode.is_simulated() {
        Some("SIMULATED")
    } else {
        None
    }
}

fn masthead(view: &View<'_>) -> Markup {
    let record = view.record;
    html! {
        header.frame {
            div.masthead {
                h1 {
                    (super::outside(&record.plan.id)) ": batch " (record.batch.id) ", " (record.batch.size) " postings"
                    @if let Some(word) = unreal(record) { " " span.flag { (word) } }
                    @if matches!(record.provenance, Provenance::Reconstructed { .. }) {
                        " " span.flag { "RECONSTRUCTED" }
                    }
                    @if record.ended != Ended::Completed { " " span.flag { "INCOMPLETE" } }
                }
                p.muted { (super::message(&told_mode(&record.mode))) }
                p.muted {
                    "Plan " (super::outside(&told_plan(&record.plan))) " · workflow " (record.workflow.id)
                    @if let Some(at) = record.batch.started_at { " · begun " (at.format("%Y-%m-%d %H:%M UTC")) }
                }
                @for warning in warnings(view) {
                    p.warning { (super::message(&warning)) }
                }
            }
        }
    }
}

/// What has to be known before anything else is read.
fn warnings(view: &View<'_>) -> Vec<String> {
    let record = view.record;
    let mut warnings = Vec::new();
    warnings.extend(told_judged_by(record, view.judgement.plan.as_ref()));
    if let Provenance::Reconstructed { source } = &record.provenance {
        warnings.push(format!(
            "RECONSTRUCTED, nobody witnessed this run: from {source}"
        ));
    }
    match record.texts {
        Texts::Kept => {}
        Texts::Redacted => {
            warnings.push("Texts left out: what needs them cannot be judged.".to_owned());
        }
        Texts::Unknown => {
            warnings.push("Texts unknown: what needs them cannot be judged.".to_owned());
        }
    }
    match &record.ended {
        Ended::Completed => {}
        Ended::Interrupted
        | Ended::UnderWay
        | Ended::Failed { .. }
        | Ended::StoppedOnRed { .. }
        | Ended::StoppedAtDeadline { .. } => {
            warnings.push(told_end(&record.ended));
        }
    }
    warnings.extend(told_suspensions(record));
    warnings
}

fn footer(record: &RunRecord) -> Markup {
    html! {
        footer.frame {
            p {
                "Made by batchproof " (env!("CARGO_PKG_VERSION")) " from a record of schema version "
                (record.schema_version) ", collected by batchproof " (super::outside(&record.batchproof))
                ". The page is a pure function of the record and the plan; it needs no network and loads nothing."
            }
        }
    }
}

/// Nothing runs and nothing is styled but what this program wrote: whatever a posting smuggles in stays text.
fn policy() -> String {
    format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

fn hash(text: &str) -> String {
    format!(
        "sha256-{}",
        STANDARD.encode(Sha256::digest(text.as_bytes()))
    )
}
