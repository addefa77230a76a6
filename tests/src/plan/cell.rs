//! The figures of a plan: `≤ 3.6 hours`, `180s - 300s`, `>95%`, `47+`.
//!
//! ```text
//! cell    = nothing | figure [ "(" figure ")" ]
//! nothing = "" | "-" | "–" | "—"
//! figure  = compare number [unit]                        <5   ≥ 98 %   <100ms gap
//!         | number [unit] dash number [unit]             3.0 - 5.0 hours
//!         | "<" number [unit] "or" ">" number [unit]     < 1 or > 9
//!         | number "+" [unit]                            47+   2000+ chars
//!         | number [unit]                                0   260s
//! compare = "<" | "<=" | "≤" | ">" | ">=" | "≥"
//! dash    = "-" | "–" | "—" | "to"
//! number  = digits, in groups of three with commas or without, and decimals after a point
//! ```
//!
//! After a unit the thing itself may be named (`<100ms gap`, `50 postings`), by a word of a short list: a unit with a
//! slip of the pen in it is an error and not a thing of that name.

mod reader;

use std::ops::Range;

use self::reader::Reader;
use super::Text;
use crate::judge::{Bound, Unit};

/// What stands in a cell of a tiers table.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// What it demands; absent in an empty cell and where only a dash stands.
    pub bound: Option<Bound>,
    /// What its values are counted in; absent for a bare number.
    pub unit: Option<Unit>,
    /// The same once more in another unit, in brackets: `260s (4.3 min)`.
    pub also: Option<Figure>,
    /// Byte range in the plan, the brackets included.
    pub span: Range<usize>,
}

/// A demand in figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What it demands.
    pub bound: Bound,
    /// What its values are counted in; absent for a bare number.
    pub unit: Option<Unit>,
    /// Byte range in the plan.
    pub span: Range<usize>,
}

/// A cell that is no figure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found}")]
pub struct CellError {
    /// What could have stood there.
    pub expected: &'static str,
    /// What does, in quotes, or "the end".
    pub found: String,
    /// Byte in the plan.
    pub at: usize,
}

impl Cell {
    /// Reads a cell of a table.
    ///
    /// # Errors
    /// [`CellError`] for anything that is neither a figure nor nothing.
    pub fn read(text: &Text) -> Result<Self, CellError> {
        let mut reader = Reader::new(text);
        let nothing = Self {
            bound: None,
            unit: None,
            also: None,
            span: text.span.clone(),
        };
        if matches!(text.plain.as_str(), "" | "-" | "–" | "—") {
            return Ok(nothing);
        }
        let figure = reader.figure()?;
        reader.things();
        let also = if reader.take("(") {
            let also = reader.figure()?;
            reader.things();
            reader.require(")", "a closing bracket")?;
            Some(also)
        } else {
            None
        };
        reader.end()?;
        Ok(Self {
            bound: Some(figure.bound),
            unit: figure.unit,
            also,
            ..nothing
        })
    }
}

/// Every figure in a running text, in order: `47+` and `>94%` in "47+ postings completed (>94%)".
pub fn figures(text: &Text) -> Vec<Figure> {
    let mut reader = Reader::new(text);
    let mut figures = Vec::new();
    let mut after_word = false;
    while let Some(next) = reader.rest().chars().next() {
        let begins = next.is_ascii_digit() && !after_word || matches!(next, '<' | '>' | '≤' | '≥');
        let before = reader.at;
        match begins.then(|| reader.figure()) {
            // "7b" is no seven of anything.
            Some(Ok(figure)) if !reader.rest().starts_with(char::is_alphanumeric) => {
                figures.push(figure);
                after_word = false;
            }
            _ => {
                reader.at = before + next.len_utf8();
                after_word = next.is_alphanumeric() || matches!(next, '_' | '.' | ':' | '-' | '#');
            }
        }
    }
    figures
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(plain: &str) -> Text {
        Text {
            plain: plain.to_owned(),
            span: 100..100 + plain.len(),
        }
    }

    fn read(plain: &str) -> (Bound, Option<Unit>) {
        let cell = Cell::read(&text(plain)).unwrap_or_else(|error| panic!("{plain}: {error}"));
        (cell.bound.expect(plain), cell.unit)
    }

    fn refusal(plain: &str) -> String {
        let error = Cell::read(&text(plain)).expect_err(plain);
        format!("{error} at {}", error.at)
    }

    #[test]
    fn every_form_that_plans_are_written_in_is_read() {
        for (plain, bound, unit) in [
            ("100%", Bound::Exactly(100.0), Some(Unit::Percent)),
            (">95%", Bound::Above(95.0), Some(Unit::Percent)),
            ("≥ 98 %", Bound::AtLeast(98.0), Some(Unit::Percent)),
            (">= 98 percent", Bound::AtLeast(98.0), Some(Unit::Percent)),
            (
                "3.0 - 5.0 hours",
                Bound::Between(3.0, 5.0),
                Some(Unit::Hours),
            ),
            (
                "180s - 300s",
                Bound::Between(180.0, 300.0),
                Some(Unit::Seconds),
            ),
            (
                "180 s – 5 min",
                Bound::Between(3.0, 5.0),
                Some(Unit::Minutes),
            ),
            (
                "3.0 to 5.0 hours",
                Bound::Between(3.0, 5.0),
                Some(Unit::Hours),
            ),
            ("<100ms gap", Bound::Below(100.0), Some(Unit::Milliseconds)),
            (">6 hours", Bound::Above(6.0), Some(Unit::Hours)),
            ("0", Bound::Exactly(0.0), None),
            ("<5", Bound::Below(5.0), None),
            ("47+", Bound::AtLeast(47.0), None),
            ("47+ postings", Bound::AtLeast(47.0), None),
            (
                "2000+ chars",
                Bound::AtLeast(2000.0),
                Some(Unit::Characters),
            ),
            ("≤ 1.2 ×", Bound::AtMost(1.2), Some(Unit::Times)),
            ("<= 1.2x", Bound::AtMost(1.2), Some(Unit::Times)),
            ("< 1 or > 9", Bound::Outside(1.0, 9.0), None),
            ("14,600s", Bound::Exactly(14_600.0), Some(Unit::Seconds)),
            ("1 – 8 points", Bound::Between(1.0, 8.0), Some(Unit::Points)),
        ] {
            assert_eq!(read(plain), (bound, unit), "{plain}");
        }
    }

    #[test]
    fn what_stands_in_brackets_is_kept_apart_with_its_place() {
        let cell = Cell::read(&text(">360s (6 min)")).unwrap();
        assert_eq!(cell.bound, Some(Bound::Above(360.0)));
        assert_eq!(
            cell.also,
            Some(Figure {
                bound: Bound::Exactly(6.0),
                unit: Some(Unit::Minutes),
                span: 107..112,
            })
        );
        assert_eq!(cell.span, 100..114 - 1);
        assert_eq!(Cell::read(&text(">360s")).unwrap().also, None);
    }

    #[test]
    fn a_dash_or_nothing_demands_nothing() {
        for plain in ["", "–", "-", "—"] {
            assert_eq!(Cell::read(&text(plain)).unwrap().bound, None, "{plain:?}");
        }
        assert_eq!(read("0"), (Bound::Exactly(0.0), None));
    }

    #[test]
    fn an_error_says_what_was_expected_what_was_found_and_where() {
        let number = "expected a number, with <, ≤, ≥ or > before it if it is a limit";
        assert_eq!(refusal("fast"), format!("{number}, found 'fast' at 100"));
        assert_eq!(refusal("< "), format!("{number}, found the end at 102"));
        assert_eq!(
            refusal("5 hous"),
            "expected a unit (hours, min, s, ms, %, ×, characters, points) or the end of the cell, \
             found 'hous' at 102"
        );
        assert_eq!(
            refusal("260s (4.3 min"),
            "expected a closing bracket, found the end at 113"
        );
        assert!(refusal("5 - 3 hours").contains("not less than the first"));
        assert!(refusal("180 s - 5 %").contains("can be compared"));
        assert!(refusal("-11%").contains("found '-11%'"));
    }

    #[test]
    fn figures_are_found_in_a_running_text() {
        let item = text("47+ postings completed (>94%)");
        let found: Vec<_> = figures(&item)
            .into_iter()
            .map(|figure| {
                (
                    figure.bound,
                    figure.unit,
                    &item.plain[figure.span.start - 100..figure.span.end - 100],
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                (Bound::AtLeast(47.0), None, "47+"),
                (Bound::Above(94.0), Some(Unit::Percent), ">94%"),
            ]
        );
        assert_eq!(figures(&text("Average <5 min per posting")).len(), 1);
        assert_eq!(
            figures(&text("3.0 to 5.0 hours total"))[0].bound,
            Bound::Between(3.0, 5.0)
        );
    }

    #[test]
    fn digits_in_a_name_are_no_figure() {
        assert_eq!(figures(&text("qwen2.5:7b, BATCH-50-001, #3, sha256")), []);
        assert_eq!(figures(&text("no figure at all; a < b")), []);
    }

    fn bounds() -> impl Strategy<Value = Bound> {
        // Two decimals are what a report shows.
        let value = || (0..1_000_000_u32).prop_map(|hundredths| f64::from(hundredths) / 100.0);
        let ordered = || (value(), value()).prop_map(|(a, b)| (a.min(b), a.max(b)));
        prop_oneof![
            value().prop_map(Bound::Exactly),
            value().prop_map(Bound::AtMost),
            value().prop_map(Bound::Below),
            value().prop_map(Bound::AtLeast),
            value().prop_map(Bound::Above),
            ordered().prop_map(|(least, most)| Bound::Between(least, most)),
            ordered().prop_map(|(least, most)| Bound::Outside(least, most)),
        ]
    }

    fn units() -> impl Strategy<Value = Unit> {
        prop::sample::select(vec![
            Unit::Count,
            Unit::Percent,
            Unit::Hours,
            Unit::Minutes,
            Unit::Seconds,
            Unit::Milliseconds,
            Unit::Times,
            Unit::Characters,
            Unit::Points,
        ])
    }

    proptest! {
        #[test]
        fn what_a_report_shows_a_plan_may_write(bound in bounds(), unit in units()) {
            let told = (unit != Unit::Count).then_some(unit);
            prop_assert_eq!(read(&bound.show(unit)), (bound, told));
        }

        #[test]
        fn no_text_breaks_the_reader(plain in ".{0,40}") {
            let whole = text(&plain);
            if let Err(error) = Cell::read(&whole) {
                prop_assert!((100..=100 + plain.len()).contains(&error.at));
            }
            for figure in figures(&whole) {
                prop_assert!(plain.get(figure.span.start - 100..figure.span.end - 100).is_some());
            }
        }
    }
}
