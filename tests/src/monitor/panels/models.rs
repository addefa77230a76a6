//! What the models do: waves, loads, residents, calls at work, the graphics cards.

use ratatui::style::{Color, Style, Stylize};
use ratatui::text::{Line, Span};

use super::progress::with_head;
use super::words::{duration, gibibytes, loud_if, time_of_day};
use crate::judge::counted;
use crate::monitor::Printable;
use crate::monitor::view::{ModelWork, ResidentView, Running, View};

/// A line a model: whether it is resident, its queue, its loads.
pub(in crate::monitor) fn models(view: &View) -> Vec<Line<'static>> {
    let head = format!(
        "{:<13} {:>3} {:>5} {:>5} {:>5}",
        "WAVE", "run", "queue", "later", "loads"
    );
    let line = |model: &ModelWork| {
        let mark = if model.is_resident { "●" } else { " " };
        let loads = model
            .loads
            .map_or_else(|| "–".to_owned(), |loads| loads.to_string());
        let style = if model.running > 0 {
            Style::new().fg(Color::Cyan).bold()
        } else {
            Style::new()
        };
        vec![
            Span::styled(
                format!("{mark} {:<11.11} {:>3}", short(&model.name), model.running),
                style,
            ),
            format!(" {:>5} {:>5.0} {loads:>5}", model.queued, model.to_come).into(),
        ]
        .into()
    };
    with_head(head, view.waves.models.iter().map(line))
}

/// The models at work: the wave that the batch is in.
pub(in crate::monitor) fn current(view: &View) -> Line<'static> {
    let names: Vec<&str> = view.waves.current.iter().map(short).collect();
    if names.is_empty() {
        return Line::from("current wave: no model is at work").dim();
    }
    format!("current wave: {}", names.join(", ")).into()
}

/// The loads so far against the least that would have done.
pub(in crate::monitor) fn loads(view: &View) -> Line<'static> {
    let waves = &view.waves;
    let Some(loads) = waves.loads else {
        return Line::from("loads: nobody witnessed a call").dim();
    };
    let least = match (waves.least_so_far, waves.least_unknown) {
        (Some(least), _) => {
            let in_all = waves.least_in_all.map(|all| format!(", {all} in all"));
            format!(", least {least} so far{}", in_all.unwrap_or_default())
        }
        (None, Some(reason)) => format!(", least unknown: {reason}"),
        (None, None) => String::new(),
    };
    let is_more = waves.least_so_far.is_some_and(|least| loads > least);
    let style = if is_more {
        Style::new().fg(Color::Yellow)
    } else {
        Style::new()
    };
    Line::styled(format!("loads: {loads}{least}"), style)
}

/// What is in the servers' memory: not what is installed.
pub(in crate::monitor) fn resident(view: &View) -> Vec<Line<'static>> {
    if view.waves.resident.is_empty() {
        return vec![Line::from("resident: nobody asked; name servers with --ollama").dim()];
    }
    let line = |server: &ResidentView| {
        let known = match (&server.unknown, server.sampled_at) {
            (Some(why), _) => {
                return Line::styled(format!("resident: unknown, {why}"), loud_if(true));
            }
            (None, Some(at)) => format!("resident ({}): ", time_of_day(at)),
            (None, None) => "resident: ".to_owned(),
        };
        let models: Vec<String> = server
            .models
            .iter()
            .map(|(name, bytes)| format!("{} {}", short(name), gibibytes(*bytes)))
            .collect();
        let models = if models.is_empty() {
            "nothing".to_owned()
        } else {
            format!("{} GiB", models.join(", "))
        };
        let place = if view.waves.resident.len() > 1 {
            format!(" on {}", server.server)
        } else {
            String::new()
        };
        Line::from(format!("{known}{models}{place}"))
    };
    view.waves.resident.iter().map(line).collect()
}

/// When the marks beside the models are true, and what is resident beside those.
pub(in crate::monitor) fn resident_in_short(view: &View) -> Line<'static> {
    let servers = &view.waves.resident;
    if servers.is_empty() {
        return Line::from("resident: nobody asked").dim();
    }
    if let Some(why) = servers.iter().find_map(|server| server.unknown.as_ref()) {
        return Line::styled(format!("resident UNKNOWN: {why}"), loud_if(true));
    }
    let when = match servers.iter().filter_map(|server| server.sampled_at).min() {
        Some(at) => format!("● resident at {}", time_of_day(at)),
        None => "● resident now".to_owned(),
    };
    let is_ours = |name: &Printable| {
        let mut ours = view.waves.models.iter();
        ours.any(|model| short(&model.name) == short(name))
    };
    let loaded = servers.iter().flat_map(|server| &server.models);
    let others = loaded.filter(|(name, _)| !is_ours(name)).count();
    match others {
        0 => when.into(),
        others => format!("{when}, and {}", counted(others, "other")).into(),
    }
}

/// `gemma2` is short for `gemma2:latest`, as Ollama has it.
fn short(model: &Printable) -> &str {
    let name = model.as_str();
    name.strip_suffix(":latest").unwrap_or(name)
}

/// A line an interaction at work: its age in the plan's time, and how long its lease still runs.
pub(in crate::monitor) fn running(view: &View, in_short: bool) -> Vec<Line<'static>> {
    let head = if in_short {
        format!(
            "{:<13} {:>6} {:>6} {:>7}",
            "RUNNING", "post", "age", "lease"
        )
    } else {
        format!(
            "{:<20} {:>7} {:>8} {:>8} {:>3}  {}",
            "RUNNING", "posting", "age", "lease", "try", "TITLE"
        )
    };
    let line = |it: &Running| {
        let (age, lease) = (duration(it.age_seconds), duration(it.lease_seconds));
        let has_run_out = loud_if(it.lease_seconds < 0.0);
        let (before, lease, after) = if in_short {
            let before = format!("{:<13.13} {:>6} {age:>6} ", it.step, it.posting);
            (before, format!("{lease:>7}"), String::new())
        } else {
            let before = format!("{:<20.20} {:>7} {age:>8} ", it.step, it.posting);
            let after = format!(" {:>3}  {}", it.attempt, it.title);
            (before, format!("{lease:>8}"), after)
        };
        vec![
            before.into(),
            Span::styled(lease, has_run_out),
            after.into(),
        ]
        .into()
    };
    if view.running.is_empty() {
        let nothing = Line::from("nothing is running").dim();
        return with_head(head, std::iter::once(nothing));
    }
    with_head(head, view.running.iter().map(line))
}

/// Utilisation and memory of the graphics cards in words.
pub(in crate::monitor) fn gpu_words(view: &View) -> (String, String) {
    match &view.gpu {
        None => (
            "GPU not sampled".to_owned(),
            "GPU memory not sampled".to_owned(),
        ),
        Some(gpu) => (
            format!(
                "GPU {:.0} %, above {:.0} % in {} of {}",
                gpu.utilisation_percent,
                gpu.wanted_percent,
                gpu.busy_samples,
                gpu.utilisation.len()
            ),
            gpu.memory_used.map_or_else(
                || "GPU memory not told".to_owned(),
                |used| format!("GPU memory {} GiB", gibibytes(used)),
            ),
        ),
    }
}

/// The latest values as a row of bars, `highest` being a full one; those that are not above `wanted` in another colour.
pub(in crate::monitor) fn sparkline(
    values: &[f64],
    width: usize,
    highest: f64,
    wanted: Option<f64>,
) -> Line<'static> {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let latest = &values[values.len().saturating_sub(width)..];
    let bar = |value: &f64| {
        let eighths = (value / highest.max(1.0) * 8.0).clamp(0.0, 8.0);
        let level = (1..BARS.len())
            .rev()
            .find(|level| f64::from(u8::try_from(*level).unwrap_or(0)) < eighths);
        let is_wanted = wanted.is_none_or(|wanted| *value > wanted);
        let colour = if is_wanted {
            Color::Green
        } else {
            Color::Yellow
        };
        Span::styled(
            BARS[level.unwrap_or(0)].to_string(),
            Style::new().fg(colour),
        )
    };
    latest.iter().map(bar).collect::<Vec<_>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(line: &Line<'_>) -> String {
        line.spans
            .iter()
            .map(|span| span.content.as_ref())
            .collect()
    }

    #[test]
    fn bars_are_as_high_as_their_share_and_the_latest_stay() {
        let line = sparkline(&[99.0, 0.0, 50.0, 51.0, 100.0], 4, 100.0, Some(50.0));
        assert_eq!(text(&line), "▁▄▅█");
        let colours: Vec<_> = line.spans.iter().map(|span| span.style.fg).collect();
        assert_eq!(
            colours,
            [
                Some(Color::Yellow),
                Some(Color::Yellow),
                Some(Color::Green),
                Some(Color::Green)
            ]
        );
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert_eq!(text(&sparkline(&[], 10, 100.0, None)), "");
    }
}
