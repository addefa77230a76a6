//! How far the batch is, and when it will be over.

use ratatui::style::{Color, Style, Stylize};
use ratatui::text::{Line, Span};

use super::words::{colour, duration, is_real, loud_if, plan_duration};
use crate::judge::counted;
use crate::monitor::view::{Field, State, Step, View};
use crate::record::ActorType;

/// Which batch it is, what of it is not real, and whether anybody works at it.
pub(in crate::monitor) fn header(view: &View) -> Line<'static> {
    let batch = &view.batch;
    let mut spans = vec![Span::from(format!("Batch {}", batch.id)).bold()];
    if let Some(plan) = &batch.plan {
        spans.push(format!(" · {plan}").into());
    }
    spans.push(format!(" · {} postings · ", batch.size).into());
    spans.push(match view.simulated {
        Some(true) => Span::from(format!("SIMULATED {}:1", view.time_scale))
            .bold()
            .yellow(),
        Some(false) if view.replayed == Some(true) => Span::from("REPLAYED").bold().yellow(),
        Some(false) => "live".into(),
        None => Span::from("mode unknown").bold().yellow(),
    });
    spans.push(" · ".into());
    spans.push(state(view));
    spans.into()
}

fn state(view: &View) -> Span<'static> {
    let workers = match view.batch.workers {
        1 => "1 worker".to_owned(),
        workers => format!("{workers} workers"),
    };
    match view.batch.state {
        State::NotBegun => format!("not begun, {workers}").into(),
        State::AtWork => Span::from(format!("at work, {workers}")).fg(Color::Green),
        State::Abandoned => Span::from("NOBODY WORKS AT IT").bold().red(),
        State::Over => Span::from("over").bold(),
    }
}

/// What became of the postings.
pub(in crate::monitor) fn postings(view: &View) -> Line<'static> {
    let postings = &view.postings;
    let mut spans = vec![
        format!("postings: {} completed, ", postings.completed).into(),
        Span::styled(
            format!("{} failed", postings.failed),
            loud_if(postings.failed > 0),
        ),
        format!(
            ", {} at work, {} not begun",
            postings.running, postings.pending
        )
        .into(),
    ];
    if postings.cancelled > 0 {
        spans.push(format!(", {} given up", postings.cancelled).into());
    }
    spans.into()
}

/// The shares of the interactions and of the postings' data that are done, each from 0 to 1. They differ: a completed
/// interaction is no data yet.
pub(in crate::monitor) fn shares(view: &View) -> (f64, f64) {
    let share = |part: u32, whole: f64| (f64::from(part) / whole.max(1.0)).clamp(0.0, 1.0);
    (
        share(view.interactions.completed, view.interactions.expected),
        share(view.data.complete, view.batch.size.into()),
    )
}

/// The interactions in words.
pub(in crate::monitor) fn interaction_words(view: &View) -> String {
    let all = &view.interactions;
    let about = if view.batch.state == State::Over {
        ""
    } else {
        "≈ "
    };
    format!(
        "interactions: {} of {about}{:.0}, {} %",
        all.completed,
        all.expected,
        percent(shares(view).0)
    )
}

/// The data in words.
pub(in crate::monitor) fn data_words(view: &View) -> String {
    format!(
        "data: {} of {} postings complete, {} %",
        view.data.complete,
        view.batch.size,
        percent(shares(view).1)
    )
}

/// Rounded down: what is not all is not 100 %.
fn percent(share: f64) -> String {
    format!("{:.0}", (share * 100.0).floor())
}

/// How long it took so far, what is left, and where in the plan's tiers that lands.
pub(in crate::monitor) fn ending(view: &View) -> Line<'static> {
    let ending = &view.ending;
    let Some(elapsed) = ending.elapsed_seconds else {
        return "no run has begun".into();
    };
    let all = if is_real(view.time_scale) {
        "in all"
    } else {
        "of plan time"
    };
    let told = match (&ending.estimate, view.batch.state) {
        (_, State::Over) => format!("{} {all}", duration(elapsed)),
        (None, _) => format!("{} {all} gone, nothing to foretell from", duration(elapsed)),
        (Some(estimate), _) => format!(
            "{} gone, {} left → {} {all}",
            duration(elapsed),
            plan_duration(estimate.remaining_seconds, view.time_scale),
            duration(estimate.total_seconds)
        ),
    };
    let mut spans: Vec<Span<'static>> = vec![told.into()];
    if let Some(standing) = &ending.lands_in {
        let certain = if ending.is_certain && view.batch.state != State::Over {
            ", certain"
        } else {
            ""
        };
        spans.push(": ".into());
        spans.push(Span::styled(
            format!("{standing}{certain}"),
            colour(standing),
        ));
    }
    spans.push(format!(" ({})", ending.tiers.target.show(ending.tiers.unit)).dim());
    if let Some(estimate) = ending.estimate.as_ref().filter(|it| it.assumed_steps > 0) {
        let assumed = counted(estimate.assumed_steps, "step");
        spans.push(format!(", {assumed} taken to last as in November 2025").dim());
    }
    spans.into()
}

/// A line a step, without durations and models.
pub(in crate::monitor) fn steps_in_short(view: &View) -> Vec<Line<'static>> {
    let head = format!(
        "{:<20} {:>4} {:>3} {:>4} {:>4} {:>4}",
        "STEP", "done", "run", "wait", "fail", "post"
    );
    let line = |step: &Step| {
        vec![
            format!("{:<20.20} {:>4} ", step.name, step.completed).into(),
            running(step, 3),
            format!(" {:>4} ", step.pending).into(),
            Span::styled(format!("{:>4}", step.failed), loud_if(step.failed > 0)),
            format!(" {:>4}", step.postings).into(),
        ]
        .into()
    };
    with_head(head, view.steps.iter().map(line))
}

/// A line a step.
pub(in crate::monitor) fn steps(view: &View) -> Vec<Line<'static>> {
    let head = format!(
        "{:<20} {:>9} {:>7} {:>7} {:>6} {:>8} {:>8}  {}",
        "STEP", "completed", "running", "pending", "failed", "postings", "mean", "BY"
    );
    let line = |step: &Step| {
        let mean = step.mean_seconds.map_or_else(|| "–".to_owned(), duration);
        let by = match step.actor_type {
            ActorType::AiModel => step.actor.as_str(),
            ActorType::Script => "script",
        };
        vec![
            format!("{:<20.20} {:>9} ", step.name, step.completed).into(),
            running(step, 7),
            format!(" {:>7} ", step.pending).into(),
            Span::styled(format!("{:>6}", step.failed), loud_if(step.failed > 0)),
            format!(" {:>8} {mean:>8}  {by}", step.postings).into(),
        ]
        .into()
    };
    with_head(head, view.steps.iter().map(line))
}

fn running(step: &Step, width: usize) -> Span<'static> {
    let style = if step.running > 0 {
        Style::new().fg(Color::Cyan).bold()
    } else {
        Style::new()
    };
    Span::styled(format!("{:>width$}", step.running), style)
}

/// A line a field: what is saved, and for how many postings the step that writes it is completed.
pub(in crate::monitor) fn data(view: &View) -> Vec<Line<'static>> {
    let head = format!("{:<17} {:>5} {:>4}", "DATA", "saved", "step");
    let line = |field: &Field| {
        let mut spans: Vec<Span<'static>> = vec![
            format!(
                "{:<17} {:>5} {:>4}",
                field.column, field.saved, field.step_completed
            )
            .into(),
        ];
        if field.lost > 0 {
            spans.push(Span::styled(format!(" LOST {}", field.lost), loud_if(true)));
        }
        spans.into()
    };
    with_head(head, view.data.fields.iter().map(line))
}

pub(super) fn with_head(
    head: String,
    lines: impl Iterator<Item = Line<'static>>,
) -> Vec<Line<'static>> {
    std::iter::once(Line::from(head).bold())
        .chain(lines)
        .collect()
}
