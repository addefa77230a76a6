//! The grammar of figures, word by word.

use std::ops::Range;

use super::{CellError, Figure};
use crate::{
    judge::{Bound, Unit},
    plan::Text,
};

/// Words for units.
const UNITS: [(Unit, &[&str]); 8] = [
    (Unit::Hours, &["h", "hr", "hrs", "hour", "hours"]),
    (Unit::Minutes, &["min", "mins", "minute", "minutes"]),
    (Unit::Seconds, &["s", "sec", "secs", "second", "seconds"]),
    (
        Unit::Milliseconds,
        &["ms", "msec", "millisecond", "milliseconds"],
    ),
    (Unit::Percent, &["percent"]),
    (Unit::Times, &["x", "times"]),
    (
        Unit::Characters,
        &["char", "chars", "character", "characters"],
    ),
    (Unit::Points, &["point", "points"]),
];

/// Words that name what is counted and add nothing to it.
const THINGS: [&str; 26] = [
    "attempt",
    "attempts",
    "average",
    "connections",
    "distinct",
    "each",
    "errors",
    "failures",
    "gap",
    "interactions",
    "interventions",
    "job",
    "jobs",
    "loads",
    "new",
    "of",
    "per",
    "posting",
    "postings",
    "retries",
    "rows",
    "runs",
    "score",
    "scores",
    "total",
    "watchdog",
];

/// Takes one thing after the other from a text, by the grammar of the module above.
pub(super) struct Reader<'t> {
    text: &'t str,
    /// How far it has come.
    pub(super) at: usize,
    span: Range<usize>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t Text) -> Self {
        Self {
            text: &text.plain,
            at: 0,
            span: text.span.clone(),
        }
    }

    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// Where a byte of the plain text stands in the plan. With markup in the text that is only roughly known.
    fn place(&self, at: usize) -> usize {
        if self.span.len() == self.text.len() {
            self.span.start + at
        } else {
            self.span.start
        }
    }

    fn spaces(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Takes `what` if it is the next thing.
    pub(super) fn take(&mut self, what: &str) -> bool {
        let before = self.at;
        self.spaces();
        if self.rest().starts_with(what) {
            self.at += what.len();
            true
        } else {
            self.at = before;
            false
        }
    }

    /// Takes the next word if it is one of those that `known` knows.
    fn word<T>(&mut self, known: impl Fn(&str) -> Option<T>) -> Option<T> {
        let before = self.at;
        self.spaces();
        let rest = self.rest();
        let end = rest
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(rest.len());
        let found = known(&rest[..end].to_lowercase());
        match found {
            Some(_) => self.at += end,
            None => self.at = before,
        }
        found
    }

    pub(super) fn require(&mut self, what: &str, expected: &'static str) -> Result<(), CellError> {
        if self.take(what) {
            Ok(())
        } else {
            Err(self.error(expected))
        }
    }

    pub(super) fn end(&mut self) -> Result<(), CellError> {
        self.spaces();
        if self.rest().is_empty() {
            Ok(())
        } else {
            Err(self.error(
                "a unit (hours, min, s, ms, %, ×, characters, points) or the end of the cell",
            ))
        }
    }

    fn error(&mut self, expected: &'static str) -> CellError {
        self.spaces();
        let rest = self.rest();
        let found = match rest.split_whitespace().next() {
            Some(word) => format!("'{word}'"),
            None => "the end".to_owned(),
        };
        CellError {
            expected,
            found,
            at: self.place(self.at),
        }
    }

    pub(super) fn figure(&mut self) -> Result<Figure, CellError> {
        self.spaces();
        let start = self.at;
        let (bound, unit) = self.bound()?;
        let span = if self.span.len() == self.text.len() {
            self.place(start)..self.place(self.at)
        } else {
            self.span.clone()
        };
        Ok(Figure { bound, unit, span })
    }

    fn bound(&mut self) -> Result<(Bound, Option<Unit>), CellError> {
        // The longer sign first: "<=" begins with "<".
        for (sign, bound) in [
            ("<=", Bound::AtMost as fn(f64) -> Bound),
            ("≤", Bound::AtMost),
            (">=", Bound::AtLeast),
            ("≥", Bound::AtLeast),
            (">", Bound::Above),
        ] {
            if self.take(sign) {
                let (value, unit) = self.quantity()?;
                return Ok((bound(value), unit));
            }
        }
        if self.take("<") {
            return self.below_or_outside();
        }
        let (least, unit) = self.quantity()?;
        if self.take("+") {
            return Ok((Bound::AtLeast(least), unit.or_else(|| self.unit())));
        }
        let before = self.at;
        let is_range = ["-", "–", "—"].iter().any(|dash| self.take(dash))
            || self.word(|word| (word == "to").then_some(())).is_some();
        if !is_range {
            return Ok((Bound::Exactly(least), unit));
        }
        if !self.number_follows() {
            // The dash of a sentence: "0 – never".
            self.at = before;
            return Ok((Bound::Exactly(least), unit));
        }
        let (most, second) = self.quantity()?;
        self.both((least, unit), (most, second), Bound::Between)
    }

    fn below_or_outside(&mut self) -> Result<(Bound, Option<Unit>), CellError> {
        let (least, unit) = self.quantity()?;
        let before = self.at;
        let is_outside = self.word(|word| (word == "or").then_some(())).is_some() && self.take(">");
        if !is_outside {
            self.at = before;
            return Ok((Bound::Below(least), unit));
        }
        let (most, second) = self.quantity()?;
        self.both((least, unit), (most, second), Bound::Outside)
    }

    /// Two values in one unit: a unit that stands once is meant for both.
    fn both(
        &mut self,
        (least, first): (f64, Option<Unit>),
        (most, second): (f64, Option<Unit>),
        bound: fn(f64, f64) -> Bound,
    ) -> Result<(Bound, Option<Unit>), CellError> {
        let unit = second.or(first);
        let least = match (first, second) {
            (Some(first), Some(second)) => first.convert(least, second),
            _ => Some(least),
        };
        match least {
            Some(least) if least <= most => Ok((bound(least, most), unit)),
            Some(_) => Err(self.error("a second value that is not less than the first before")),
            None => Err(self.error("two values in units that can be compared before")),
        }
    }

    fn quantity(&mut self) -> Result<(f64, Option<Unit>), CellError> {
        let value = self.number()?;
        Ok((value, self.unit()))
    }

    fn number_follows(&mut self) -> bool {
        self.spaces();
        self.rest().starts_with(|c: char| c.is_ascii_digit())
    }

    fn number(&mut self) -> Result<f64, CellError> {
        const EXPECTED: &str = "a number, with <, ≤, ≥ or > before it if it is a limit";
        if !self.number_follows() {
            return Err(self.error(EXPECTED));
        }
        let length = length_of_number(self.rest());
        let digits = self.rest()[..length].replace(',', "");
        let value = digits.parse().map_err(|_| self.error(EXPECTED))?;
        self.at += length;
        Ok(value)
    }

    fn unit(&mut self) -> Option<Unit> {
        if self.take("%") {
            return Some(Unit::Percent);
        }
        if self.take("×") {
            return Some(Unit::Times);
        }
        self.word(|word| {
            let known = UNITS.iter().find(|(_, words)| words.contains(&word));
            known.map(|(unit, _)| *unit)
        })
    }

    pub(super) fn things(&mut self) {
        while self
            .word(|word| THINGS.contains(&word).then_some(()))
            .is_some()
        {}
    }
}

/// How many bytes at the beginning are a number. Commas part groups of three, or they end it.
fn length_of_number(text: &str) -> usize {
    let digits = |text: &str| {
        text.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len())
    };
    let mut length = digits(text);
    while text[length..].starts_with(',') && digits(&text[length + 1..]) == 3 {
        length += 4;
    }
    if text[length..].starts_with('.') {
        match digits(&text[length + 1..]) {
            0 => {}
            decimals => length += 1 + decimals,
        }
    }
    length
}
