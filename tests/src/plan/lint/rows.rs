//! The rows of a plan's tables of tiers, read with patience: one cell that is no figure hides no other row.

use std::ops::Range;

use super::{Defect, Finding};
use crate::judge::{Bound, Unit};
use crate::plan::{Cell, Document, Row, Text};

/// A row that sets tiers, as far as it can be read.
#[derive(Debug)]
pub(super) struct TierRow {
    /// What the plan calls it.
    pub(super) name: Text,
    /// In what its tiers are counted.
    pub(super) unit: Unit,
    /// What is hoped for.
    pub(super) target: Tier,
    /// What is accepted.
    pub(super) acceptable: Tier,
    /// What the plan says is neither.
    pub(super) gap: Tier,
    /// What is a red flag.
    pub(super) red: Tier,
}

/// A cell of such a row, in the unit of the row.
#[derive(Debug)]
pub(super) struct Tier {
    /// What it demands, if anything.
    pub(super) bound: Option<Bound>,
    /// Where it stands.
    pub(super) span: Range<usize>,
    /// The cell as written, if it can be read.
    pub(super) cell: Option<Cell>,
}

impl TierRow {
    /// From its first tier to its last.
    pub(super) fn span(&self) -> Range<usize> {
        self.target.span.start..self.red.span.end.max(self.target.span.end)
    }

    /// What the row lets pass: what it accepts, or else its target.
    pub(super) fn accepted(&self) -> (Option<Bound>, Range<usize>) {
        match self.acceptable.bound {
            Some(bound) => (Some(bound), self.acceptable.span.clone()),
            None => (self.target.bound, self.target.span.clone()),
        }
    }
}

/// All rows that set tiers, and the cells that cannot be read.
pub(super) fn read(document: &Document) -> (Vec<TierRow>, Vec<Finding>) {
    let (mut rows, mut found) = (Vec::new(), Vec::new());
    for (_, table) in document.tables() {
        let column = |word: &str| {
            let mut cells = table.header.cells.iter();
            cells.position(|cell| cell.plain.to_lowercase().starts_with(word))
        };
        if let (Some(target), Some(red)) = (column("target"), column("red")) {
            let columns = [Some(target), column("acceptable"), column("gap"), Some(red)];
            for row in &table.rows {
                rows.extend(read_row(row, columns, &mut found));
            }
        }
    }
    (rows, found)
}

fn read_row(row: &Row, columns: [Option<usize>; 4], found: &mut Vec<Finding>) -> Option<TierRow> {
    let name = row.cells.first()?.clone();
    let cells = columns.map(|column| {
        let text = row.cells.get(column?)?;
        match Cell::read(text) {
            Ok(cell) => Some((text.span.clone(), Some(cell))),
            Err(error) => {
                let span = error.at..text.span.end.max(error.at);
                found.push(unreadable(&name, span, &error.to_string()));
                Some((text.span.clone(), None))
            }
        }
    });
    let written = |cell: &Option<(Range<usize>, Option<Cell>)>| {
        cell.as_ref().and_then(|(_, cell)| cell.as_ref()?.unit)
    };
    // The first unit of the row is the row's: a later cell may be in another that can be told in it.
    let unit = cells.iter().find_map(written).unwrap_or(Unit::Count);
    let end = row.cells.last()?.span.end;
    let [target, acceptable, gap, red] = cells.map(|cell| match cell {
        Some((span, cell)) => Tier {
            bound: cell.as_ref().and_then(|cell| in_unit(cell, unit)),
            span,
            cell,
        },
        None => Tier {
            bound: None,
            span: end..end,
            cell: None,
        },
    });
    Some(TierRow {
        name,
        unit,
        target,
        acceptable,
        gap,
        red,
    })
}

fn in_unit(cell: &Cell, unit: Unit) -> Option<Bound> {
    let own = cell.unit.unwrap_or(unit);
    own.convert(1.0, unit)?;
    let bound = cell.bound?;
    Some(bound.map(|value| own.convert(value, unit).unwrap_or(value)))
}

fn unreadable(name: &Text, span: Range<usize>, reason: &str) -> Finding {
    Finding::new(
        Defect::UnreadableCell,
        span,
        format!("this tier of '{}' cannot be read: {reason}", name.plain),
        "write a figure with its unit, such as '> 95 %', '3.0 – 5.0 hours' or '0'",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "| Metric | Target | Acceptable | Red flag |\n|---|---|---|---|\n";

    #[test]
    fn a_cell_that_is_no_figure_is_found_and_hides_no_other_row() {
        let text =
            format!("{HEAD}| Speed | fast | – | > 6 hours |\n| Rate | 100% | >95% | <90% |\n");
        let (rows, found) = read(&Document::parse(&text));
        assert_eq!(rows.len(), 2);
        assert_eq!(found.len(), 1);
        assert!(text[found[0].span.clone()].starts_with("fast"));
        assert_eq!(rows[0].red.bound, Some(Bound::Above(6.0)));
    }

    #[test]
    fn tiers_of_a_row_are_told_in_one_unit_and_a_table_of_something_else_sets_none() {
        let text = format!("{HEAD}| Mean | 4 min | <300 s | >6 min |\n");
        let (rows, found) = read(&Document::parse(&text));
        assert_eq!(
            (rows[0].acceptable.bound, found),
            (Some(Bound::Below(5.0)), vec![])
        );
        let other = "| Metric | Before | After |\n|---|---|---|\n| Speed | slow | fast |\n";
        assert_eq!(read(&Document::parse(other)).0.len(), 0);
    }
}
