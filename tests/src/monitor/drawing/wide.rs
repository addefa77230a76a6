//! Large terminals: a frame around each concern, lists longer, bars higher.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Style, Stylize};
use ratatui::text::{Line, Text};
use ratatui::widgets::{Block, Paragraph, Sparkline, SparklineBar};

use super::gauges;
use crate::monitor::panels;
use crate::monitor::view::{Gpu, View};

/// The steps need so many columns, their frame included.
const STEPS: u16 = 92;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let heights = [
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(0),
        Constraint::Length(9),
    ];
    let [head, postings, interactions, data, ending, body, bottom] =
        Layout::vertical(heights).areas(area);
    frame.render_widget(panels::header(view), head);
    frame.render_widget(panels::postings(view), postings);
    gauges(frame, [interactions, data], view);
    frame.render_widget(panels::ending(view), ending);
    let [left, right] =
        Layout::horizontal([Constraint::Length(STEPS), Constraint::Min(0)]).areas(body);
    beside_steps(frame, right, view);
    let of_steps = u16::try_from(view.steps.len())
        .unwrap_or(u16::MAX)
        .saturating_add(3);
    let [steps, running] =
        Layout::vertical([Constraint::Length(of_steps), Constraint::Min(0)]).areas(left);
    framed(frame, steps, "Progress", panels::steps(view));
    framed(frame, running, "At work", panels::running(view, false));
    let mut errors = vec![panels::trouble(view)];
    errors.extend(panels::errors(view));
    framed(frame, bottom, "Trouble", errors);
}

fn beside_steps(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let heights = [
        Constraint::Length(7),
        Constraint::Length(9),
        Constraint::Length(3),
        Constraint::Min(0),
    ];
    let [data, waves, machine, gpu] = Layout::vertical(heights).areas(area);
    framed(frame, data, "Data saved", panels::data(view));
    let mut lines = panels::models(view);
    lines.extend([panels::current(view), panels::loads(view)]);
    lines.extend(panels::resident(view));
    framed(frame, waves, "Models (● resident)", lines);
    framed(frame, machine, "Database", vec![panels::connections(view)]);
    draw_gpu(frame, gpu, view);
}

fn framed(frame: &mut Frame<'_>, area: Rect, title: &'static str, lines: Vec<Line<'static>>) {
    let block = Block::bordered()
        .title(title)
        .border_style(Style::new().dim());
    frame.render_widget(Paragraph::new(Text::from(lines)).block(block), area);
}

fn draw_gpu(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let (utilisation, memory) = panels::gpu_words(view);
    let Some(gpu) = &view.gpu else {
        framed(frame, area, "GPU", vec![utilisation.into()]);
        return;
    };
    let halves = [Constraint::Fill(1), Constraint::Fill(1)];
    let [above, below] = Layout::vertical(halves).areas(area);
    let block = |title| {
        Block::bordered()
            .title(title)
            .border_style(Style::new().dim())
    };
    let [above_block, below_block] = [block(utilisation), block(memory)];
    let [bars, bytes] = [above_block.inner(above), below_block.inner(below)];
    frame.render_widget(above_block, above);
    frame.render_widget(below_block, below);
    draw_utilisation(frame, bars, gpu);
    let most = gpu.memory.iter().copied().max().unwrap_or(1);
    let latest = latest(&gpu.memory, bytes.width);
    let line = Sparkline::default().data(latest).max(most).cyan();
    frame.render_widget(line, bytes);
}

/// The bars, with a rule at what the plan wants where no bar reaches it.
fn draw_utilisation(frame: &mut Frame<'_>, area: Rect, gpu: &Gpu) {
    let bar = |percent: &f64| {
        let is_wanted = *percent > gpu.wanted_percent;
        let colour = if is_wanted {
            Color::Green
        } else {
            Color::Yellow
        };
        SparklineBar::from(whole(*percent)).style(Style::new().fg(colour))
    };
    let latest = latest(&gpu.utilisation, area.width);
    let line = Sparkline::default().data(latest.iter().map(bar)).max(100);
    frame.render_widget(line, area);
    if area.is_empty() {
        return;
    }
    let rule = area.y + area.height / 2;
    for x in area.left()..area.right() {
        if let Some(cell) = frame.buffer_mut().cell_mut((x, rule))
            && cell.symbol() == " "
        {
            cell.set_char('┄').set_style(Style::new().dim());
        }
    }
    let label = format!("{:.0} % ", gpu.wanted_percent);
    frame
        .buffer_mut()
        .set_stringn(area.x, rule, label, area.width.into(), Style::new().dim());
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what fits"
)]
fn whole(percent: f64) -> u64 {
    percent.clamp(0.0, 100.0).round() as u64
}

fn latest<T>(values: &[T], width: u16) -> &[T] {
    &values[values.len().saturating_sub(width.into())..]
}
