//! What makes a text unreadable as a plan, and where.

use std::ops::Range;

/// Why a text is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct PlanError {
    /// What is wrong, and what to write.
    pub what: String,
    /// Where it begins, as an editor counts.
    pub place: Place,
    /// Byte range in the text.
    pub span: Range<usize>,
}

/// Line and column, both from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

impl PlanError {
    pub(super) fn new(text: &str, span: Range<usize>, what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            place: Place::of(text, span.start),
            span,
        }
    }
}

impl Place {
    /// The place of a byte.
    pub fn of(text: &str, byte: usize) -> Self {
        let before = &text.as_bytes()[..byte.min(text.len())];
        let lines = before.split(|&byte| byte == b'\n');
        // Every byte of a character but the first looks like 10xxxxxx.
        let characters = lines.clone().next_back().map_or(0, |last| {
            last.iter()
                .filter(|&&byte| byte & 0b1100_0000 != 0b1000_0000)
                .count()
        });
        Self {
            line: lines.count(),
            column: characters + 1,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_as_an_editor_does() {
        let text = "one\n≥ two\n";
        for (byte, line, column) in [
            (0, 1, 1),
            (3, 1, 4),
            (4, 2, 1),
            (7, 2, 2),
            (8, 2, 3),
            (99, 3, 1),
        ] {
            assert_eq!(Place::of(text, byte), Place { line, column }, "{byte}");
        }
    }
}
