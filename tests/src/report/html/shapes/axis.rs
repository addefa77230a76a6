//! Axes: where their ticks are, and what stands at them.

/// A place on an axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    /// From 0, where the axis begins, to 1, where it ends.
    pub(crate) at: f64,
    pub(crate) label: String,
}

/// Steps that people count time in, in milliseconds. The script of the page has the same list.
const STEPS: [i64; 24] = [
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000,
    300_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000,
];

/// No more ticks than this, or their labels run into each other.
const TICKS_AT_MOST: i64 = 10;

/// The ticks of an axis of time that begins at 0 and is so many milliseconds long.
pub(crate) fn time_ticks(length: i64) -> Vec<Tick> {
    if length <= 0 {
        return Vec::new();
    }
    let step = STEPS
        .into_iter()
        .find(|step| length / step <= TICKS_AT_MOST)
        .unwrap_or(length / TICKS_AT_MOST);
    (0..=length / step)
        .map(|count| Tick {
            at: share(count * step, length),
            label: clock(count * step),
        })
        .collect()
}

/// `part` of `whole`, from 0 to 1; 0 of nothing.
#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds of a century stay far below 2^52"
)]
pub(crate) fn share(part: i64, whole: i64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// Milliseconds as hours, minutes and seconds, such as `1:02:03`; fractions only where there are any.
pub(crate) fn clock(milliseconds: i64) -> String {
    let (sign, all) = if milliseconds < 0 {
        ("−", -milliseconds)
    } else {
        ("", milliseconds)
    };
    let (seconds, rest) = (all / 1_000, all % 1_000);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let fraction = match rest {
        0 => String::new(),
        rest => format!(".{rest:03}"),
    };
    format!("{sign}{hours}:{minutes:02}:{seconds:02}{fraction}")
}

/// The same to the second.
pub(crate) fn clock_to_the_second(milliseconds: i64) -> String {
    clock(milliseconds.saturating_add(500).div_euclid(1_000) * 1_000)
}

/// A logarithmic axis over values above 0, from one power of ten to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LogAxis {
    least: i32,
    greatest: i32,
}

/// Nothing that was measured is smaller or greater: powers of ten of a second.
const POWERS: (f64, f64) = (-4.0, 7.0);

impl LogAxis {
    /// The axis on which all of these find a place; those that are not above 0 have none.
    pub(crate) fn over(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let (mut least, mut greatest) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.into_iter().filter(|value| *value > 0.0) {
            least = least.min(value);
            greatest = greatest.max(value);
        }
        (least <= greatest).then(|| {
            let (least, greatest) = (power(least.log10().floor()), power(greatest.log10().ceil()));
            Self {
                least,
                greatest: greatest.max(least + 1),
            }
        })
    }

    /// Where a value lies, from 0 to 1; what lies outside lies at its end.
    pub(crate) fn place(self, value: f64) -> f64 {
        let decades = f64::from(self.greatest - self.least);
        ((value.log10() - f64::from(self.least)) / decades).clamp(0.0, 1.0)
    }

    /// A tick at each power of ten.
    pub(crate) fn ticks(self) -> Vec<Tick> {
        (self.least..=self.greatest)
            .map(|power| {
                let value = 10_f64.powi(power);
                Tick {
                    at: self.place(value),
                    label: told(power, value),
                }
            })
            .collect()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a small whole number")]
fn power(power: f64) -> i32 {
    power.clamp(POWERS.0, POWERS.1) as i32
}

fn told(power: i32, seconds: f64) -> String {
    if power < -3 {
        format!("{} ms", seconds * 1_000.0)
    } else if power < 0 {
        format!("{:.0} ms", seconds * 1_000.0)
    } else {
        format!("{seconds} s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn ticks_stand_where_people_count_and_are_never_too_many() {
        let hour_and_a_half = time_ticks(5_580_000);
        assert_eq!(
            labels(&hour_and_a_half)[..3],
            ["0:00:00", "0:10:00", "0:20:00"]
        );
        for length in [1, 999, 61_000, 7_420_000, 60_000_000, 9_000_000_000] {
            let ticks = time_ticks(length);
            assert!((2..=11).contains(&ticks.len()), "{length}: {ticks:?}");
            assert!(ticks.iter().all(|tick| (0.0..=1.0).contains(&tick.at)));
        }
        assert_eq!(time_ticks(0), []);
    }

    #[test]
    fn a_clock_shows_hours_and_only_the_fractions_that_there_are() {
        assert_eq!(clock(0), "0:00:00");
        assert_eq!(clock(3_723_000), "1:02:03");
        assert_eq!(clock(3_723_004), "1:02:03.004");
        assert_eq!(clock(-1_000), "−0:00:01");
        assert_eq!(clock_to_the_second(1_499), "0:00:01");
        assert_eq!(clock_to_the_second(1_500), "0:00:02");
    }

    #[test]
    fn a_logarithmic_axis_holds_all_that_is_above_nothing() {
        let axis = LogAxis::over([0.07, 170.0, 0.0, -3.0]).unwrap();
        let ticks = axis.ticks();
        assert_eq!(
            labels(&ticks),
            ["10 ms", "100 ms", "1 s", "10 s", "100 s", "1000 s"]
        );
        assert!(axis.place(0.01).abs() < 1e-12);
        assert!((axis.place(1.0) - 0.4).abs() < 1e-12);
        assert!(
            axis.place(0.0).abs() < 1e-12,
            "what is nothing lies at the end"
        );
        assert_eq!(LogAxis::over([0.0]), None);
    }

    #[test]
    fn one_value_alone_has_an_axis_of_some_length() {
        let axis = LogAxis::over([1.0]).unwrap();
        assert_eq!(labels(&axis.ticks()), ["1 s", "10 s"]);
    }
}
