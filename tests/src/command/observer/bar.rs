//! A phase as a bar: how far it is, how fast, and how long it still takes.

use std::fmt::Write;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};

use crate::trial::Phase;

const BAR: &str = "{prefix:>10} [{bar:30}] {pos}/{len}  {rate}  ETA {left}  {msg}";
/// While nothing happens for minutes, the time that is left moves all the same.
const TICK: Duration = Duration::from_secs(1);

/// Puts a bar of `steps` steps below the others.
pub(super) fn add(bars: &MultiProgress, phase: Phase, steps: u64) -> ProgressBar {
    let bar = ProgressBar::new(steps)
        .with_style(style())
        .with_prefix(phase.as_str());
    let bar = bars.add(bar);
    bar.enable_steady_tick(TICK);
    bar
}

fn style() -> ProgressStyle {
    // The template is a constant that the tests have rendered; a bar in the default style is still a bar.
    ProgressStyle::with_template(BAR)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
        .with_key("rate", |state: &ProgressState, text: &mut dyn Write| {
            let _ = text.write_str(&rate(state.per_sec()));
        })
        .with_key("left", |state: &ProgressState, text: &mut dyn Write| {
            // Without a rate indicatif says that nothing is left.
            let told = if state.per_sec() > 0.0 {
                left(state.eta())
            } else {
                "–".to_owned()
            };
            let _ = text.write_str(&told);
        })
}

/// Steps by whatever time makes a number of them that people grasp.
fn rate(per_second: f64) -> String {
    match per_second {
        fast if fast >= 1.0 => format!("{fast:.1}/s"),
        slow if slow * 60.0 >= 1.0 => format!("{:.1}/min", slow * 60.0),
        slower if slower > 0.0 => format!("{:.1}/h", slower * 3600.0),
        _ => "–".to_owned(),
    }
}

fn left(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_of_the_bar_is_valid() {
        assert!(ProgressStyle::with_template(BAR).is_ok());
    }

    #[test]
    fn a_rate_is_told_by_the_second_the_minute_or_the_hour() {
        for (per_second, told) in [
            (12.34, "12.3/s"),
            (1.0, "1.0/s"),
            (0.05, "3.0/min"),
            (0.01, "36.0/h"),
            (0.0, "–"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(rate(per_second), told);
        }
    }

    #[test]
    fn what_is_left_is_told_in_two_units_at_most() {
        for (seconds, told) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min 00 s"),
            (3599, "59 min 59 s"),
            (3 * 3600 + 5 * 60 + 7, "3 h 05 min"),
        ] {
            assert_eq!(left(Duration::from_secs(seconds)), told);
        }
    }
}
