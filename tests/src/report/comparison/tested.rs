//! How certain a difference is, in words.

use crate::comparison::{Certainty, Difference, Test};
use crate::judge::{Measured, Unit};

/// How many were counted on both sides.
pub(super) fn of_both([a, b]: [usize; 2], what: &str) -> String {
    if a == b {
        format!("{a} {what} a side")
    } else {
        format!("{a} and {b} {what}")
    }
}

/// How differences are told.
pub(super) struct Scale {
    number: fn(f64) -> String,
    unit: &'static str,
}

/// Seconds of the plan's time.
pub(super) const SECONDS: Scale = Scale {
    number: seconds,
    unit: "s",
};

/// Points of a percentage.
pub(super) const POINTS: Scale = Scale {
    number: |points| format!("{points:.1}"),
    unit: "points",
};

/// What a test says of a difference; `of` is how many it was made with.
pub(super) fn told_test(test: &Test, of: &str, Scale { number, unit }: &Scale) -> String {
    let Difference { estimate, bounds } = test.difference;
    let sure = match test.certainty {
        Certainty::NotShown => {
            let range = bounds.map_or_else(String::new, |[least, most]| {
                let (least, most) = (signed(least, *number), signed(most, *number));
                format!(" (it lies between {least} and {most} {unit})")
            });
            return format!("no difference that {of} could show{range}");
        }
        Certainty::Hint => "a hint, not certain",
        Certainty::Certain => "certain",
    };
    let (more, sign) = if estimate < 0.0 {
        ("less", -1.0)
    } else {
        ("more", 1.0)
    };
    let range = bounds.map_or_else(String::new, |bounds| {
        let mut range = bounds.map(|bound| bound * sign);
        range.sort_by(f64::total_cmp);
        let [least, most] = range.map(number);
        format!(" ({least} to {most})")
    });
    format!("{sure}: {} {unit} {more}{range}", number(estimate * sign))
}

fn signed(value: f64, number: fn(f64) -> String) -> String {
    let sign = match value {
        zero if zero.abs() < 1e-9 => "",
        negative if negative < 0.0 => "−",
        _ => "+",
    };
    format!("{sign}{}", number(value.abs()))
}

/// Tenths, and of less than a second two digits that tell anything.
pub(super) fn seconds(value: f64) -> String {
    if value.abs() >= 1.0 || value == 0.0 {
        return format!("{value:.1}");
    }
    let unit = Unit::Count;
    Measured { value, unit }.to_string()
}
