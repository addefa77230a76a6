//! The verdicts as a table: families under headings, and beside each criterion how much it weighs.

use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};

use crate::judge::{Enforcement, Family, Standing, Unit, Verdict};

const NOTHING: &str = "–";

/// With a `width` the table is kept to so many columns; without one it is as wide as it needs.
pub(super) fn table(verdicts: &[Verdict], width: Option<u16>) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED).set_header([
        "Criterion",
        "Asked",
        "Measured",
        "Target",
        "Acceptable",
        "Red flag",
        "Verdict",
    ]);
    if let Some(width) = width {
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
    }
    for family in verdicts.chunk_by(|a, b| a.family == b.family) {
        table.add_rows(family.first().map(|verdict| heading(verdict.family)));
        table.add_rows(family.iter().map(row));
    }
    table
}

fn heading(family: Family) -> [String; 7] {
    let mut row = [const { String::new() }; 7];
    row[0] = family.to_string();
    row
}

/// Where a miss would change nothing, one tier is enough.
fn row(verdict: &Verdict) -> [String; 7] {
    let tiers = &verdict.tiers;
    let weighs = verdict.enforcement != Enforcement::Nice
        && !matches!(verdict.standing, Standing::NotJudgeable { .. });
    let shown = |text: Option<String>| text.unwrap_or_else(|| NOTHING.to_owned());
    [
        format!("  {}", verdict.criterion.name),
        verdict.enforcement.to_string(),
        shown(verdict.measured.map(|measured| match measured.unit {
            Unit::Percent if verdict.n > 0 => format!("{measured} of {}", verdict.n),
            _ => measured.to_string(),
        })),
        tiers.target.show(tiers.unit),
        shown(
            tiers
                .acceptable
                .filter(|_| weighs)
                .map(|bound| bound.show(tiers.unit)),
        ),
        shown(weighs.then(|| tiers.red.show(tiers.unit))),
        verdict.standing.to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Requirements, doctored, judge};

    fn duration(edit: impl Fn(&mut Verdict)) -> [String; 7] {
        let judgement = judge(&doctored::healthy(), &Requirements::none());
        let mut verdict = judgement.verdict("total_duration").unwrap().clone();
        edit(&mut verdict);
        row(&verdict)
    }

    #[test]
    fn a_criterion_that_weighs_shows_all_its_tiers_and_one_that_does_not_its_target() {
        assert_eq!(duration(|_| ())[3..6], ["≤ 3.6 h", "< 5 h", "> 6 h"]);
        let nice = duration(|verdict| verdict.enforcement = Enforcement::Nice);
        assert_eq!(nice[3..6], ["≤ 3.6 h", NOTHING, NOTHING]);
        let unjudged = duration(|verdict| {
            verdict.standing = Standing::NotJudgeable {
                reason: "simulated".to_owned(),
            };
        });
        assert_eq!(unjudged[3..6], nice[3..6]);
    }
}
