//! What may go wrong around the batch, and what did.

use ratatui::style::{Color, Style, Stylize};
use ratatui::text::{Line, Span};

use super::words::{gibibytes, loud_if, time_of_day};
use crate::monitor::view::{ErrorView, Since, View};

/// Connections to the database and their growth.
pub(in crate::monitor) fn connections(view: &View) -> Line<'static> {
    let seen = &view.connections;
    let since = match seen.grown_since {
        Since::BatchBegan(_) => "since the batch began",
        Since::MonitorBegan(_) => "since the monitor began",
    };
    let mut spans: Vec<Span<'static>> = vec![
        format!(
            "connections: {} of {}, {} active, {} idle",
            seen.total, seen.most, seen.active, seen.idle
        )
        .into(),
    ];
    if seen.idle_in_transaction > 0 {
        let text = format!(", {} IDLE IN TRANSACTION", seen.idle_in_transaction);
        spans.push(Span::styled(text, loud_if(true)));
    }
    let grown = format!(", {:+} {since}", seen.grown_by);
    let style = if seen.grown_by > 0 {
        Style::new().fg(Color::Yellow)
    } else {
        Style::new()
    };
    spans.push(Span::styled(grown, style));
    spans.into()
}

/// The memory of this machine.
pub(in crate::monitor) fn memory(view: &View) -> Line<'static> {
    match &view.memory {
        Some(memory) => Line::from(format!(
            "memory here: {} of {} GiB in use",
            gibibytes(memory.used),
            gibibytes(memory.total)
        )),
        None => Line::from("memory here: unknown").dim(),
    }
}

/// What went wrong, counted.
pub(in crate::monitor) fn trouble(view: &View) -> Line<'static> {
    let trouble = &view.trouble;
    let stopped = trouble.watchdog_interventions;
    vec![
        Span::styled(format!("watchdog {stopped}"), loud_if(stopped > 0)),
        format!(
            " · retries {} · leases lost {} · ",
            trouble.retries, trouble.leases_lost
        )
        .into(),
        Span::styled(
            format!("errors {}", trouble.errors),
            loud_if(trouble.errors > 0),
        ),
    ]
    .into()
}

/// The latest errors, newest first.
pub(in crate::monitor) fn errors(view: &View) -> Vec<Line<'static>> {
    let line = |error: &ErrorView| {
        let step = error.step.as_ref().map(|step| format!(" {step}"));
        let posting = error.posting.map(|posting| format!(" posting {posting}"));
        vec![
            Span::from(format!("{} {}", time_of_day(error.at), error.error_type)).red(),
            format!(
                "{}{}: {}",
                step.unwrap_or_default(),
                posting.unwrap_or_default(),
                error.message
            )
            .into(),
        ]
        .into()
    };
    if view.errors.is_empty() {
        return vec![Line::from("no error was written down").dim()];
    }
    view.errors.iter().map(line).collect()
}
