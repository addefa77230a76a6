//! 80 columns and 24 lines: each line has its place.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span, Text};

use super::gauges;
use crate::monitor::panels;
use crate::monitor::view::View;

/// The steps need so many columns; whatever else there is goes beside them.
const STEPS: u16 = 45;
/// Interactions at work that have room where the terminal has no more than 24 lines.
const RUNNING: usize = 3;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let heights = [
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(0),
        Constraint::Length(1),
        Constraint::Length(1),
    ];
    let [head, interactions, data, ending, body, machine, errors] =
        Layout::vertical(heights).areas(area);
    frame.render_widget(panels::header(view), head);
    gauges(frame, [interactions, data], view);
    frame.render_widget(panels::ending(view), ending);
    let [left, right] =
        Layout::horizontal([Constraint::Length(STEPS), Constraint::Min(0)]).areas(body);
    frame.render_widget(Text::from(panels::steps_in_short(view)), left);
    frame.render_widget(Text::from(beside(view, right)), right);
    frame.render_widget(panels::connections(view), machine);
    frame.render_widget(trouble(view), errors);
}

/// What stands beside the steps. On a higher terminal more of what is running has room.
fn beside(view: &View, area: Rect) -> Vec<Line<'static>> {
    let width = usize::from(area.width);
    let mut before = panels::data(view);
    before.extend(panels::models(view));
    before.push(panels::loads(view));
    before.push(panels::resident_in_short(view));
    let after = gpu(view, width);
    let taken = before.len() + after.len() + 1;
    let room = usize::from(area.height).saturating_sub(taken).max(RUNNING);
    before.extend(panels::running(view, true).into_iter().take(room + 1));
    before.extend(after);
    before
}

fn gpu(view: &View, width: usize) -> Vec<Line<'static>> {
    let (utilisation, memory) = panels::gpu_words(view);
    let Some(gpu) = &view.gpu else {
        return vec![utilisation.into()];
    };
    let bars = width.saturating_sub(memory.chars().count() + 1);
    let mut line = panels::sparkline(&gpu.utilisation, bars, 100.0, Some(gpu.wanted_percent));
    line.spans.push(Span::from(format!(" {memory}")));
    vec![utilisation.into(), line]
}

/// The counts, and the latest error beside them.
fn trouble(view: &View) -> Line<'static> {
    let mut line = panels::trouble(view);
    if let (Some(latest), false) = (
        panels::errors(view).into_iter().next(),
        view.errors.is_empty(),
    ) {
        line.spans.push(": ".into());
        line.spans.extend(latest.spans);
    }
    line
}
