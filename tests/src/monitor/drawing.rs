//! A view on a terminal: everything on 80×24, with more room to it on a larger one.

mod compact;
mod wide;

use chrono::{DateTime, Utc};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Style, Stylize};
use ratatui::text::Line;
use ratatui::widgets::{Gauge, Paragraph};

use super::view::View;
use super::{Printable, panels};

/// What is on the screen.
#[derive(Debug)]
pub(super) struct Screen<'s> {
    /// The last that was seen; absent before anything was.
    pub(super) view: Option<&'s View>,
    /// Why nothing is seen just now, and since when.
    pub(super) trouble: Option<(DateTime<Utc>, &'s Printable)>,
    /// The time.
    pub(super) now: DateTime<Utc>,
}

/// A terminal of this size and larger gets the wide form.
const WIDE: (u16, u16) = (120, 40);

/// Draws it.
pub(super) fn draw(frame: &mut Frame<'_>, screen: &Screen<'_>) {
    let area = frame.area();
    let [body, footer] = Layout::vertical([Constraint::Min(0), Constraint::Length(1)]).areas(area);
    frame.render_widget(foot(screen), footer);
    match screen.view {
        None => frame.render_widget(Paragraph::new("nothing was seen yet"), body),
        Some(view) if area.width >= WIDE.0 && area.height >= WIDE.1 => {
            wide::draw(frame, body, view);
        }
        Some(view) => compact::draw(frame, body, view),
    }
}

fn foot(screen: &Screen<'_>) -> Line<'static> {
    match screen.trouble {
        None => {
            let mut line = Line::from("q quits");
            if let Some(view) = screen.view {
                line.spans
                    .push(format!(" · seen at {} UTC · ", panels::time_of_day(view.at)).into());
                line.spans.extend(panels::memory(view).spans);
            }
            line.dim()
        }
        Some((since, why)) => {
            let seconds = (screen.now - since).num_seconds().max(0);
            Line::styled(
                format!("NOTHING SEEN FOR {seconds} s, trying again: {why}"),
                Style::new().fg(Color::White).bg(Color::Red).bold(),
            )
        }
    }
}

/// Interactions and data, one bar above the other: they differ.
fn gauges(frame: &mut Frame<'_>, [interactions, data]: [Rect; 2], view: &View) {
    let (of_interactions, of_data) = panels::shares(view);
    let bars = [
        (
            interactions,
            of_interactions,
            panels::interaction_words(view),
            Color::Blue,
        ),
        (data, of_data, panels::data_words(view), Color::Green),
    ];
    for (area, share, words, colour) in bars {
        let gauge = Gauge::default()
            .gauge_style(Style::new().fg(colour).bg(Color::Black))
            .ratio(share)
            .label(words);
        frame.render_widget(gauge, area);
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::judge::Requirements;
    use crate::monitor::scenes;
    use crate::monitor::snapshot::Snapshot;

    fn drawn(snapshot: Option<&Snapshot>, why: Option<&str>, size: (u16, u16)) -> String {
        let view = snapshot.map(|it| View::of(it, &Requirements::none(), 4));
        let why = why.map(Printable::from);
        let now = scenes::START + TimeDelta::seconds(60);
        let screen = Screen {
            view: view.as_ref(),
            trouble: why.as_ref().map(|why| (now - TimeDelta::seconds(12), why)),
            now,
        };
        let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
        terminal.draw(|frame| draw(frame, &screen)).unwrap();
        terminal.backend().to_string()
    }

    const SMALL: (u16, u16) = (80, 24);
    const LARGE: (u16, u16) = (160, 50);

    #[test]
    fn a_batch_at_its_beginning() {
        insta::assert_snapshot!(
            "beginning_80x24",
            drawn(Some(&scenes::beginning()), None, SMALL)
        );
        insta::assert_snapshot!(
            "beginning_160x50",
            drawn(Some(&scenes::beginning()), None, LARGE)
        );
    }

    #[test]
    fn a_batch_half_way() {
        insta::assert_snapshot!("middle_80x24", drawn(Some(&scenes::middle()), None, SMALL));
        insta::assert_snapshot!("middle_160x50", drawn(Some(&scenes::middle()), None, LARGE));
    }

    #[test]
    fn a_batch_with_a_failed_posting() {
        insta::assert_snapshot!(
            "trouble_80x24",
            drawn(Some(&scenes::trouble()), None, SMALL)
        );
        insta::assert_snapshot!(
            "trouble_160x50",
            drawn(Some(&scenes::trouble()), None, LARGE)
        );
    }

    #[test]
    fn a_batch_of_which_nobody_sampled_anything() {
        let scene = scenes::nothing_sampled();
        insta::assert_snapshot!("nothing_sampled_80x24", drawn(Some(&scene), None, SMALL));
        insta::assert_snapshot!("nothing_sampled_160x50", drawn(Some(&scene), None, LARGE));
    }

    #[test]
    fn a_database_that_is_away_is_told_and_the_last_that_was_seen_stays() {
        let away = drawn(Some(&scenes::middle()), Some("connection refused"), SMALL);
        assert!(
            away.contains("NOTHING SEEN FOR 12 s, trying again: connection refused"),
            "{away}"
        );
        assert!(away.contains("grade_a"), "{away}");
        let from_the_start = drawn(None, Some("connection refused"), SMALL);
        assert!(
            from_the_start.contains("nothing was seen yet"),
            "{from_the_start}"
        );
        let fine = drawn(Some(&scenes::middle()), None, SMALL);
        assert!(!fine.contains("NOTHING SEEN"), "{fine}");
    }

    #[test]
    fn a_terminal_of_any_size_gets_something_and_nothing_breaks() {
        for size in [(1, 1), (20, 5), (79, 23), (119, 40), (120, 39), (400, 120)] {
            for scene in [
                scenes::beginning(),
                scenes::middle(),
                scenes::nothing_sampled(),
            ] {
                drawn(Some(&scene), Some("why"), size);
            }
        }
    }

    #[test]
    fn whatever_a_title_or_an_error_says_no_control_character_is_drawn() {
        for size in [SMALL, LARGE] {
            let drawn = drawn(Some(&scenes::trouble()), Some("\u{1b}[2J\u{7}away"), size);
            assert!(
                drawn.chars().all(|c| c == '\n' || !c.is_control()),
                "{drawn:?}"
            );
        }
    }
}
