//! Tiers as data: bounds with a unit, so that a plan's table can be put in their place.

pub(crate) mod stretches;

use std::fmt;

use serde::Serialize;

use self::stretches::where_none_holds;
use super::{reading::number, standing::Standing};

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

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.2}", self.value);
        let digits = text.trim_end_matches('0').trim_end_matches('.');
        write!(f, "{digits}{}", self.unit.symbol())
    }
}

/// One side of a tier, in the unit of its [`Tiers`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// This value and no other.
    Exactly(f64),
    /// This value or less.
    AtMost(f64),
    /// Less than this value.
    Below(f64),
    /// This value or more.
    AtLeast(f64),
    /// More than this value.
    Above(f64),
    /// From the first value to the second, both included.
    Between(f64, f64),
    /// Less than the first value or more than the second.
    Outside(f64, f64),
}

impl Bound {
    /// Whether a value keeps to it.
    #[expect(
        clippy::float_cmp,
        reason = "an exact bound is a whole number, and so is what it is compared with"
    )]
    pub fn holds(self, value: f64) -> bool {
        match self {
            Self::Exactly(bound) => value == bound,
            Self::AtMost(bound) => value <= bound,
            Self::Below(bound) => value < bound,
            Self::AtLeast(bound) => value >= bound,
            Self::Above(bound) => value > bound,
            Self::Between(least, most) => (least..=most).contains(&value),
            Self::Outside(least, most) => value < least || value > most,
        }
    }

    /// The same bound with `change` made to its values.
    #[must_use]
    pub fn map(self, change: impl Fn(f64) -> f64) -> Self {
        match self {
            Self::Exactly(bound) => Self::Exactly(change(bound)),
            Self::AtMost(bound) => Self::AtMost(change(bound)),
            Self::Below(bound) => Self::Below(change(bound)),
            Self::AtLeast(bound) => Self::AtLeast(change(bound)),
            Self::Above(bound) => Self::Above(change(bound)),
            Self::Between(least, most) => Self::Between(change(least), change(most)),
            Self::Outside(least, most) => Self::Outside(change(least), change(most)),
        }
    }

    /// Its value, or the first of two.
    pub(crate) fn first(self) -> f64 {
        match self {
            Self::Exactly(value)
            | Self::AtMost(value)
            | Self::Below(value)
            | Self::AtLeast(value)
            | Self::Above(value)
            | Self::Between(value, _)
            | Self::Outside(value, _) => value,
        }
    }

    /// Its value, or both of them: where a verdict may change.
    pub(crate) fn values(self) -> Vec<f64> {
        match self {
            Self::Between(least, most) | Self::Outside(least, most) => vec![least, most],
            _ => vec![self.first()],
        }
    }

    /// What holds wherever this bound does not; absent where that is no bound.
    pub(crate) fn opposite(self) -> Option<Self> {
        match self {
            Self::Exactly(_) => None,
            Self::AtMost(value) => Some(Self::Above(value)),
            Self::Below(value) => Some(Self::AtLeast(value)),
            Self::AtLeast(value) => Some(Self::Below(value)),
            Self::Above(value) => Some(Self::AtMost(value)),
            Self::Between(least, most) => Some(Self::Outside(least, most)),
            Self::Outside(least, most) => Some(Self::Between(least, most)),
        }
    }

    /// The bound as a plan writes it.
    pub fn show(self, unit: Unit) -> String {
        let told = |value| Measured { value, unit };
        match self {
            Self::Exactly(value) => told(value).to_string(),
            Self::AtMost(value) => format!("≤ {}", told(value)),
            Self::Below(value) => format!("< {}", told(value)),
            Self::AtLeast(value) => format!("≥ {}", told(value)),
            Self::Above(value) => format!("> {}", told(value)),
            Self::Between(least, most) => format!("{least} – {}", told(most)),
            Self::Outside(least, most) => format!("< {least} or > {}", told(most)),
        }
    }
}

/// A row of a plan's table. What lies between `acceptable` and `red` is the gap.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Tiers {
    /// What all bounds are counted in.
    pub unit: Unit,
    /// What the plan hopes for.
    pub target: Bound,
    /// What it accepts; absent where it accepts nothing but the target.
    pub acceptable: Option<Bound>,
    /// What it calls a red flag.
    pub red: Bound,
}

impl Tiers {
    /// Where a value stands.
    pub fn place(&self, value: f64) -> Standing {
        if self.target.holds(value) {
            Standing::Target
        } else if self.acceptable.is_some_and(|bound| bound.holds(value)) {
            Standing::Acceptable
        } else if self.red.holds(value) {
            Standing::Red
        } else {
            Standing::Gap
        }
    }

    /// Whether a value that can be reached is neither met nor a red flag. A count reaches whole numbers only.
    pub fn leaves_a_gap(&self) -> bool {
        let bounds: Vec<Bound> = [Some(self.target), self.acceptable, Some(self.red)]
            .into_iter()
            .flatten()
            .collect();
        let open = where_none_holds(self.unit, &bounds);
        open.iter()
            .any(|stretch| self.unit != Unit::Count || stretch.whole_numbers().is_some())
    }

    /// The same tiers for a batch that is `factor` times as large as the one they were written for.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        // 47 of 50 postings are 2.82 of 3: a count is owed in whole things, and three are more than 2.82.
        let scale = |value: f64| match self.unit {
            // What is rounded up to nothing is nothing, not less than nothing.
            Unit::Count => (value * factor - ROUNDING).ceil() + 0.0,
            _ => value * factor,
        };
        Self {
            unit: self.unit,
            target: self.target.map(scale),
            acceptable: self.acceptable.map(|bound| bound.map(scale)),
            red: self.red.map(scale),
        }
    }

    /// A value in the unit of these tiers.
    pub(crate) fn measured(&self, value: f64) -> Measured {
        Measured {
            value,
            unit: self.unit,
        }
    }

    /// A share of a hundred: all of it, more than `acceptable`, red below `red`.
    pub(crate) const fn share(acceptable: f64, red: f64) -> Self {
        Self {
            unit: Unit::Percent,
            target: Bound::Exactly(100.0),
            acceptable: Some(Bound::Above(acceptable)),
            red: Bound::Below(red),
        }
    }

    /// Nothing of the kind may happen.
    pub(crate) const fn none() -> Self {
        Self {
            unit: Unit::Count,
            target: Bound::Exactly(0.0),
            acceptable: None,
            red: Bound::Above(0.0),
        }
    }

    /// Everything must be so.
    pub(crate) const fn all() -> Self {
        Self {
            unit: Unit::Percent,
            target: Bound::Exactly(100.0),
            acceptable: None,
            red: Bound::Below(100.0),
        }
    }
}

/// What a multiplication may add to a whole number.
const ROUNDING: f64 = 1e-9;

/// `part` of `whole` in percent. Multiplied first: 47 of 50 is then 94 and not 93.99….
pub(crate) fn percent(part: usize, whole: usize) -> f64 {
    number(part) * 100.0 / number(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DURATION: Tiers = Tiers {
        unit: Unit::Hours,
        target: Bound::AtMost(3.6),
        acceptable: Some(Bound::AtMost(5.0)),
        red: Bound::Above(6.0),
    };

    #[test]
    fn of_a_bound_and_its_opposite_exactly_one_holds() {
        for bound in [
            Bound::AtMost(3.0),
            Bound::Below(3.0),
            Bound::AtLeast(3.0),
            Bound::Above(3.0),
            Bound::Between(2.0, 3.0),
            Bound::Outside(2.0, 3.0),
        ] {
            let opposite = bound.opposite().unwrap();
            for value in [1.0, 2.0, 2.5, 3.0, 4.0] {
                assert_ne!(
                    bound.holds(value),
                    opposite.holds(value),
                    "{bound:?} {value}"
                );
            }
        }
        assert_eq!(Bound::Exactly(3.0).opposite(), None);
    }

    #[test]
    fn what_lies_between_acceptable_and_red_is_a_gap_and_its_ends_belong_where_the_plan_says() {
        for (hours, standing) in [
            (0.0, Standing::Target),
            (3.6, Standing::Target),
            (3.600_001, Standing::Acceptable),
            (5.0, Standing::Acceptable),
            (5.000_001, Standing::Gap),
            (6.0, Standing::Gap),
            (6.000_001, Standing::Red),
        ] {
            assert_eq!(DURATION.place(hours), standing, "{hours} h");
        }
    }

    #[test]
    fn open_bounds_do_not_hold_at_their_own_value() {
        let share = Tiers::share(98.0, 95.0);
        assert_eq!(share.place(98.0), Standing::Gap);
        assert_eq!(share.place(98.1), Standing::Acceptable);
        assert_eq!(share.place(95.0), Standing::Gap);
        assert_eq!(share.place(94.9), Standing::Red);
    }

    #[test]
    fn a_gap_is_one_where_a_value_can_lie_in_it() {
        let counts = |acceptable, red| Tiers {
            unit: Unit::Count,
            target: Bound::Exactly(0.0),
            acceptable: Some(acceptable),
            red,
        };
        assert!(counts(Bound::Below(5.0), Bound::Above(5.0)).leaves_a_gap());
        assert!(!counts(Bound::AtMost(4.0), Bound::AtLeast(5.0)).leaves_a_gap());
        assert!(DURATION.leaves_a_gap());
        let without = Tiers {
            red: Bound::Above(5.0),
            ..DURATION
        };
        assert!(!without.leaves_a_gap());
        assert!(Tiers::share(98.0, 95.0).leaves_a_gap());
        assert!(!Tiers::none().leaves_a_gap() && !Tiers::all().leaves_a_gap());
    }

    #[test]
    fn without_an_acceptable_tier_there_is_no_gap() {
        assert_eq!(Tiers::none().place(0.0), Standing::Target);
        assert_eq!(Tiers::none().place(1.0), Standing::Red);
        assert_eq!(Tiers::all().place(99.9), Standing::Red);
    }

    #[test]
    fn a_value_that_is_no_number_is_never_met() {
        assert_eq!(DURATION.place(f64::NAN), Standing::Gap);
    }

    #[test]
    fn percentages_of_whole_counts_are_exact() {
        for whole in 1..=500_usize {
            assert!(Bound::Exactly(100.0).holds(percent(whole, whole)));
        }
        assert!(Bound::Exactly(94.0).holds(percent(47, 50)));
    }

    #[test]
    fn none_of_a_batch_of_any_size_is_none() {
        for factor in [0.02, 1.0, 100.0] {
            let none = Tiers::none().scaled(factor);
            assert_eq!(none.target.show(none.unit), "0", "{factor}");
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

    #[test]
    fn values_are_shown_without_needless_zeros() {
        assert_eq!(DURATION.target.show(Unit::Hours), "≤ 3.6 h");
        assert_eq!(Bound::Exactly(100.0).show(Unit::Percent), "100 %");
        assert_eq!(Bound::Above(10.0).show(Unit::Count), "> 10");
    }
}
