//! Durations, bytes and verdicts in words.

use chrono::{DateTime, Utc};
use ratatui::style::{Color, Style};

use crate::judge::Standing;

/// A duration in the greatest unit of which there is more than one.
pub(super) fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 0.0 => format!("-{}", duration(-s)),
        s if s < 9.95 => format!("{s:.1} s"),
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

/// A duration of the plan's time, and how long that is where time is scaled.
pub(super) fn plan_duration(seconds: f64, time_scale: f64) -> String {
    if is_real(time_scale) {
        duration(seconds)
    } else {
        format!(
            "{} ({} here)",
            duration(seconds),
            duration(seconds / time_scale)
        )
    }
}

/// Whether a second is a second.
pub(super) fn is_real(time_scale: f64) -> bool {
    (time_scale - 1.0).abs() < f64::EPSILON
}

/// Gibibytes, by one decimal.
pub(super) fn gibibytes(bytes: u64) -> String {
    // In tenths, rounded: 2^30 bytes are 10.
    let tenths = (u128::from(bytes) * 10 + (1 << 29)) >> 30;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// The time of day, in UTC as everything that the database tells.
pub(in crate::monitor) fn time_of_day(at: DateTime<Utc>) -> String {
    at.format("%H:%M:%S").to_string()
}

/// The colour of a standing.
pub(super) fn colour(standing: &Standing) -> Style {
    match standing {
        Standing::Target => Style::new().fg(Color::Green),
        Standing::Acceptable => Style::new().fg(Color::Yellow),
        Standing::Gap => Style::new().fg(Color::Magenta),
        Standing::Red => Style::new().fg(Color::Red).bold(),
        Standing::NoData | Standing::NotJudgeable { .. } => Style::new().dim(),
    }
}

/// Nothing is dim; anything is loud.
pub(super) fn loud_if(is_loud: bool) -> Style {
    if is_loud {
        Style::new().fg(Color::Red).bold()
    } else {
        Style::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_told_in_the_unit_that_fits_it() {
        for (seconds, told) in [
            (0.04, "0.0 s"),
            (9.9, "9.9 s"),
            (61.0, "61 s"),
            (3480.0, "58 min"),
            (9000.0, "2.5 h"),
            (-3.0, "-3.0 s"),
        ] {
            assert_eq!(duration(seconds), told);
        }
    }

    #[test]
    fn scaled_time_says_how_long_it_is_here_and_real_time_does_not() {
        assert_eq!(plan_duration(4000.0, 400.0), "67 min (10 s here)");
        assert_eq!(plan_duration(4000.0, 1.0), "67 min");
    }

    #[test]
    fn bytes_are_rounded_to_a_tenth_of_a_gibibyte() {
        assert_eq!(gibibytes(16 << 30), "16.0");
        assert_eq!(gibibytes(1_600_000_000), "1.5");
    }
}
