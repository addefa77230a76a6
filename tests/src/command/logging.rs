//! Messages of the parts, on standard error: as lines for people or as objects for programs.

use std::backtrace::Backtrace;
use std::env;

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;

use super::standard_error::{StandardError, is_terminal};
use super::telling::{LogFormat, TellingArguments};

/// Under this name progress is told to programs.
pub(super) const PROGRESS: &str = "batchproof::progress";
/// And under this why a command failed.
pub(super) const OUTCOME: &str = "batchproof::outcome";

/// Lets the parts be heard for the rest of the process.
pub(super) fn listen(telling: TellingArguments, out: &StandardError) {
    let filter = filter(telling, env::var(EnvFilter::DEFAULT_ENV).ok().as_deref());
    let heard = match telling.log_format {
        LogFormat::Text => {
            // By itself it would go past the one door, with whatever address is in its words.
            let door = out.clone();
            std::panic::set_hook(Box::new(move |panic| {
                door.line(&format!("{panic}\n{}", Backtrace::capture()));
            }));
            tracing::subscriber::set_global_default(
                tracing_subscriber::fmt()
                    .with_env_filter(filter)
                    .with_ansi(is_terminal())
                    .with_writer(out.clone())
                    .finish(),
            )
        }
        LogFormat::Json => {
            // What a panic says would be the only line that is no object.
            std::panic::set_hook(Box::new(
                |panic| tracing::error!(target: OUTCOME, "{panic}"),
            ));
            tracing::subscriber::set_global_default(json(filter, out.clone()))
        }
    };
    if heard.is_err() {
        out.line("somebody listens to the messages of the parts already; they go there");
    }
}

/// One object a line.
pub(super) fn json(filter: EnvFilter, out: StandardError) -> impl Subscriber + Send + Sync {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(out)
        .finish()
}

/// What is heard: warnings, more with `-v`, less with `--quiet`, or what `RUST_LOG` says. Where everything is an object,
/// progress is among the messages, and whatever else is heard, it is.
pub(super) fn filter(telling: TellingArguments, rust_log: Option<&str>) -> EnvFilter {
    let level = match (telling.quiet, telling.verbose) {
        (true, _) => "error",
        (false, 0) => "warn",
        (false, 1) => "info",
        (false, _) => "debug",
    };
    let own = format!("off,batchproof={level},wave_runner={level},fixtures={level}");
    let always = match telling.log_format {
        LogFormat::Text => String::new(),
        LogFormat::Json => format!(",{PROGRESS}=info,{OUTCOME}=error"),
    };
    let wanted = |levels: &str| EnvFilter::try_new(format!("{levels}{always}"));
    rust_log
        .filter(|levels| !levels.is_empty())
        .and_then(|levels| wanted(levels).ok())
        .unwrap_or_else(|| EnvFilter::new(format!("{own}{always}")))
}
