//! What values are counted in, and how they are told.

use std::fmt;

use serde::Serialize;

/// What a value is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Things counted; the criterion's name says which.
    Count,
    /// Of a hundred.
    Percent,
    /// Hours of the plan's time.
    Hours,
    /// Minutes of the plan's time.
    Minutes,
    /// Seconds of the plan's time.
    Seconds,
    /// Milliseconds of wall time.
    Milliseconds,
    /// As many times as something else; the criterion's sentence says as what.
    Times,
    /// Characters of text.
    Characters,
    /// Points of a score.
    Points,
}

impl Unit {
    /// A value in another unit; `None` where the two count different things.
    pub fn convert(self, value: f64, to: Self) -> Option<f64> {
        if self == to {
            return Some(value);
        }
        let (from, to) = (self.milliseconds()?, to.milliseconds()?);
        // The factors divide one another: with a division by a whole number 90 minutes are 1.5 hours exactly.
        Some(if from >= to {
            value * (from / to)
        } else {
            value / (to / from)
        })
    }

    /// How many milliseconds one of it is, if it is a time.
    fn milliseconds(self) -> Option<f64> {
        match self {
            Self::Hours => Some(3_600_000.0),
            Self::Minutes => Some(60_000.0),
            Self::Seconds => Some(1_000.0),
            Self::Milliseconds => Some(1.0),
            Self::Count | Self::Percent | Self::Times | Self::Characters | Self::Points => None,
        }
    }

    /// The word for many of them.
    pub(crate) fn plural(self) -> &'static str {
        match self {
            Self::Count => "things",
            Self::Percent => "percent",
            Self::Hours => "hours",
            Self::Minutes => "minutes",
            Self::Seconds => "seconds",
            Self::Milliseconds => "milliseconds",
            Self::Times => "times",
            Self::Characters => "characters",
            Self::Points => "points",
        }
    }

    fn symbol(self) -> &'static str {
        match self {
            Self::Count => "",
            Self::Percent => " %",
            Self::Hours => " h",
            Self::Minutes => " min",
            Self::Seconds => " s",
            Self::Milliseconds => " ms",
            Self::Times => " ×",
            Self::Characters => " characters",
            Self::Points => " points",
        }
    }
}

/// A value with its unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Measured {
    /// The number.
    pub value: f64,
    /// What it is counted in.
    pub unit: Unit,
}

impl Measured {
    /// How many zeros stand between the point and the first other digit.
    fn leading_zeros(&self) -> usize {
        let digits = format!("{:.12}", self.value.abs());
        digits
            .chars()
            .skip(2)
            .take_while(|digit| *digit == '0')
            .count()
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = format!("{:.2}", self.value);
        if text.trim_start_matches('-') == "0.00" && self.value != 0.0 {
            // A second is no "0 h": the first two digits that tell anything.
            text = format!("{:.*}", self.leading_zeros() + 2, self.value);
        }
        let digits = text.trim_end_matches('0').trim_end_matches('.');
        write!(f, "{digits}{}", self.unit.symbol())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_shown_by_two_decimals_and_a_small_one_by_two_digits() {
        for (value, shown) in [
            (0.0, "0 h"),
            (2.0, "2 h"),
            (148.449, "148.45 h"),
            (0.01, "0.01 h"),
            (1.0 / 3600.0, "0.00028 h"),
            (-0.001, "-0.001 h"),
        ] {
            let unit = Unit::Hours;
            assert_eq!(Measured { value, unit }.to_string(), shown);
        }
    }

    #[test]
    fn times_are_told_in_each_other_and_nothing_else_is() {
        assert_eq!(Unit::Minutes.convert(90.0, Unit::Hours), Some(1.5));
        assert_eq!(
            Unit::Seconds.convert(31.8, Unit::Milliseconds),
            Some(31_800.0)
        );
        assert_eq!(Unit::Percent.convert(94.0, Unit::Percent), Some(94.0));
        assert_eq!(Unit::Percent.convert(94.0, Unit::Count), None);
        assert_eq!(Unit::Hours.convert(1.0, Unit::Points), None);
    }
}
