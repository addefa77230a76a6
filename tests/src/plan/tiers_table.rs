//! The tables of a plan that set tiers: a name, a target, what is acceptable, what is a red flag.

use super::{
    Cell, Document, PlanError, Row, Text,
    binding::{Binding, bind_row},
};
use crate::judge::{Bound, Criterion, Tiers, Unit};

/// A row that sets tiers.
#[derive(Debug, Clone, PartialEq)]
pub struct TiersRow {
    /// What the plan calls it.
    pub name: Text,
    /// What measures it, if anything does.
    pub criterion: Option<Criterion>,
    /// What is hoped for, as written.
    pub target: Cell,
    /// What is accepted, as written.
    pub acceptable: Cell,
    /// What is missed without being a red flag, as written. It changes no verdict: whatever no other cell holds is in
    /// the gap. A plan that says so has not forgotten it.
    pub gap: Option<Cell>,
    /// What is a red flag, as written.
    pub red: Cell,
    /// The tiers in the unit in which the criterion is measured; in the row's own where nothing measures it.
    pub tiers: Tiers,
}

/// Reads every table of the document that sets tiers.
pub(super) fn read(text: &str, document: &Document) -> Result<Vec<TiersRow>, PlanError> {
    let mut rows: Vec<TiersRow> = Vec::new();
    for (_, table) in document.tables() {
        let Some(columns) = Columns::of(text, &table.header)? else {
            continue;
        };
        for row in &table.rows {
            let row = columns.read(text, row)?;
            if let Some(first) = row.criterion.and_then(|criterion| about(&rows, criterion)) {
                return Err(PlanError::new(
                    text,
                    row.name.span,
                    format!(
                        "'{}' and '{}' set tiers for the same criterion: keep one of the rows",
                        first.name.plain, row.name.plain
                    ),
                ));
            }
            rows.push(row);
        }
    }
    if rows.is_empty() {
        return Err(PlanError::new(
            text,
            0..0,
            "the plan sets no tiers: write a table with the columns Metric, Target, Acceptable Range and Red Flag",
        ));
    }
    Ok(rows)
}

fn about(rows: &[TiersRow], criterion: Criterion) -> Option<&TiersRow> {
    rows.iter()
        .find(|row| row.criterion.is_some_and(|other| other.id == criterion.id))
}

/// Which column is which.
struct Columns {
    target: usize,
    acceptable: usize,
    gap: Option<usize>,
    red: usize,
}

impl Columns {
    /// The columns of a table that sets tiers; `None` for any other table.
    fn of(text: &str, header: &Row) -> Result<Option<Self>, PlanError> {
        let column = |name: &str| {
            header
                .cells
                .iter()
                .position(|cell| cell.plain.to_lowercase().starts_with(name))
        };
        let names_things = header.cells.first().is_some_and(|first| {
            matches!(
                first.plain.to_lowercase().as_str(),
                "metric" | "field" | "criterion" | "measure"
            )
        });
        let (target, acceptable, red) = (column("target"), column("acceptable"), column("red"));
        match (target, acceptable, red) {
            (Some(target), Some(acceptable), Some(red)) if names_things => Ok(Some(Self {
                target,
                acceptable,
                gap: column("gap"),
                red,
            })),
            (None, None, None) => Ok(None),
            _ if !names_things => Ok(None),
            _ => Err(PlanError::new(
                text,
                span_of(header),
                "a table of tiers has the columns Metric (or Field), Target, Acceptable Range and Red Flag, and this one \
                 has not all of them",
            )),
        }
    }

    fn read(&self, text: &str, row: &Row) -> Result<TiersRow, PlanError> {
        // CommonMark fills short rows up: there is a cell for every column.
        let written = |column: usize| &row.cells[column];
        let cell = |column: usize| {
            Cell::read(written(column)).map_err(|error| {
                let span = error.at..written(column).span.end.max(error.at);
                PlanError::new(text, span, error.to_string())
            })
        };
        let name = written(0).clone();
        let bound = bind_row(&name.plain);
        let (target, acceptable, red) =
            (cell(self.target)?, cell(self.acceptable)?, cell(self.red)?);
        let gap = self.gap.map(cell).transpose()?;
        let scale = Scale::of(bound, [&target, &acceptable, &red], gap.as_ref());
        let required = |cell: &Cell, what: &str| match scale.bound(text, cell)? {
            Some(bound) => Ok(bound),
            None => Err(PlanError::new(
                text,
                cell.span.clone(),
                format!(
                    "'{}' has no {what}: without one it cannot be judged",
                    name.plain
                ),
            )),
        };
        if let Some(gap) = &gap {
            scale.bound(text, gap)?;
        }
        Ok(TiersRow {
            tiers: Tiers {
                unit: scale.unit,
                target: required(&target, "target")?,
                acceptable: scale.bound(text, &acceptable)?,
                red: required(&red, "red flag")?,
            },
            criterion: bound.map(|bound| bound.criterion),
            name,
            target,
            acceptable,
            gap,
            red,
        })
    }
}

fn span_of(header: &Row) -> std::ops::Range<usize> {
    match (header.cells.first(), header.cells.last()) {
        (Some(first), Some(last)) => first.span.start..last.span.end,
        _ => 0..0,
    }
}

/// In what the cells of one row are counted.
struct Scale {
    /// In what the criterion is measured.
    unit: Unit,
    /// What a bare number is counted in.
    bare: Option<Unit>,
}

impl Scale {
    fn of(bound: Option<Binding>, cells: [&Cell; 3], gap: Option<&Cell>) -> Self {
        let written = cells.into_iter().chain(gap).find_map(|cell| cell.unit);
        let unit = bound.map_or(written.unwrap_or(Unit::Count), |bound| bound.unit);
        // "5" may be five hours or five seconds; five interventions it can only be once.
        let is_a_time = unit.convert(1.0, Unit::Seconds).is_some();
        let bare = written.or((!is_a_time).then_some(unit));
        Self { unit, bare }
    }

    /// A cell's demand in the unit of the criterion.
    fn bound(&self, text: &str, cell: &Cell) -> Result<Option<Bound>, PlanError> {
        let wrong = |what: String| PlanError::new(text, cell.span.clone(), what);
        let Some(bound) = cell.bound else {
            return Ok(None);
        };
        let Some(unit) = cell.unit.or(self.bare) else {
            return Err(wrong(format!(
                "this is counted in {}, and a bare number may be anything: write the unit",
                self.unit.plural()
            )));
        };
        match unit.convert(1.0, self.unit) {
            Some(_) => {
                Ok(Some(bound.map(|value| {
                    unit.convert(value, self.unit).unwrap_or(value)
                })))
            }
            None => Err(wrong(format!(
                "this is counted in {}, and {} cannot be told in them",
                self.unit.plural(),
                unit.plural()
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Standing;

    const HEADER: &str = "| Metric | Target | Acceptable Range | Red Flag |\n|---|---|---|---|\n";

    fn rows(text: &str) -> Result<Vec<TiersRow>, PlanError> {
        read(text, &Document::parse(text))
    }

    fn row(row: &str) -> Result<TiersRow, PlanError> {
        Ok(rows(&format!("{HEADER}{row}\n"))?.remove(0))
    }

    fn refusal(written: &str) -> String {
        row(written).expect_err(written).to_string()
    }

    #[test]
    fn tiers_are_kept_as_they_are_written_also_where_that_is_unwise() {
        let row = row("| Total duration | 3.6 hours | 3.0 - 5.0 hours | >6 hours |").unwrap();
        assert_eq!(row.criterion.unwrap().id, "total_duration");
        assert_eq!(
            row.tiers,
            Tiers {
                unit: Unit::Hours,
                target: Bound::Exactly(3.6),
                acceptable: Some(Bound::Between(3.0, 5.0)),
                red: Bound::Above(6.0),
            }
        );
        // Two hours are faster than the plan foresaw: it has no word for them.
        assert_eq!(row.tiers.place(2.06), Standing::Gap);
        assert_eq!(row.tiers.place(3.1), Standing::Acceptable);
    }

    #[test]
    fn tiers_are_told_in_the_unit_in_which_the_criterion_is_measured() {
        let row = row("| Total duration | ≤ 216 min | ≤ 300 min | > 360 min |").unwrap();
        assert_eq!(row.tiers.unit, Unit::Hours);
        assert_eq!(row.tiers.target, Bound::AtMost(3.6));
        assert_eq!(row.tiers.red, Bound::Above(6.0));
        assert_eq!(row.target.unit, Some(Unit::Minutes));
    }

    #[test]
    fn a_bare_number_is_counted_as_the_other_cells_of_its_row() {
        let row = row("| Completion rate | 100 | >95 | <90% |").unwrap();
        assert_eq!(row.tiers, Tiers::share(Bound::Above(95.0), 90.0));
    }

    #[test]
    fn a_gap_that_is_said_is_kept_and_changes_no_tier() {
        let text = "| Metric | Target | Acceptable | Gap | Red flag |\n|---|---|---|---|---|\n\
                    | Watchdog interventions | 0 | < 5 | 5 – 10 | > 10 |\n";
        let row = rows(text).unwrap().remove(0);
        assert_eq!(row.gap.unwrap().bound, Some(Bound::Between(5.0, 10.0)));
        assert_eq!(row.tiers.place(7.0), Standing::Gap);
    }

    #[test]
    fn a_row_that_nothing_measures_is_kept_in_its_own_unit() {
        let row = row("| Coffee served | 3 hours | – | > 4 hours |").unwrap();
        assert_eq!((row.criterion, row.tiers.unit), (None, Unit::Hours));
        assert_eq!(row.tiers.acceptable, None);
    }

    #[test]
    fn a_cell_that_cannot_be_read_is_shown_by_line_and_column() {
        assert_eq!(
            refusal("| Total duration | 3.6 hours | soon | >6 hours |"),
            "line 3, column 32: expected a number, with <, ≤, ≥ or > before it if it is a limit, found 'soon'"
        );
        assert_eq!(
            refusal("| Total duration | 3.6 hours | – | 6 % |"),
            "line 3, column 36: this is counted in hours, and percent cannot be told in them"
        );
        assert_eq!(
            refusal("| Total duration | 3.6 | – | 6 |"),
            "line 3, column 20: this is counted in hours, and a bare number may be anything: write the unit"
        );
        assert!(refusal("| Skills | – | – | <95% |").contains("has no target"));
        assert!(refusal("| Skills | 100% | – | – |").contains("has no red flag"));
    }

    #[test]
    fn one_criterion_has_one_row() {
        let twice = format!("{HEADER}| Skills | 100% | – | <95% |\n| skills | 90% | – | <80% |\n");
        let error = rows(&twice).unwrap_err();
        assert_eq!(error.place.line, 4);
        assert!(error.what.contains("the same criterion"));
    }

    #[test]
    fn a_table_of_something_else_is_left_alone_and_half_a_table_of_tiers_is_not() {
        let other =
            "| Metric | Before | After |\n|---|---|---|\n| Time per posting | 292s | soon |\n\n";
        assert_eq!(
            rows(&format!("{other}{HEADER}| Skills | 100% | – | <95% |\n"))
                .unwrap()
                .len(),
            1
        );
        assert!(rows(other).unwrap_err().what.contains("sets no tiers"));
        let half = "| Metric | Target | Red Flag |\n|---|---|---|\n| Skills | 100% | <95% |\n";
        assert!(rows(half).unwrap_err().what.contains("not all of them"));
    }
}
