//! The SQL of a plan: queries in blocks of their own, and those that a shell or Python line carries in a string.

mod aggregates;
mod catalogue;
mod columns;
mod embedded;
mod expression;
mod insertions;
mod interval_parts;
mod joins;
mod limits;
mod pitfalls;
mod statement;
mod survivors;
mod tables;
mod units;
mod windows;

use super::{Facts, Finding};
use crate::plan::Document;

use statement::Script;

/// What is wrong with the SQL of a plan.
pub(super) fn findings(document: &Document, facts: &Facts) -> Vec<Finding> {
    let scripts: Vec<Script<'_>> = embedded::scripts(document);
    let mut found = Vec::new();
    for script in &scripts {
        found.extend(script.errors.iter().cloned());
        for statement in &script.statements {
            found.extend(columns::findings(statement));
            found.extend(aggregates::findings(statement));
            found.extend(joins::findings(statement));
            found.extend(survivors::findings(statement));
            if let Some(size) = facts.batch_size {
                found.extend(limits::findings(statement, size));
            }
            found.extend(interval_parts::findings(statement));
            found.extend(units::findings(statement, script));
            found.extend(pitfalls::findings(statement));
        }
    }
    let statements: Vec<_> = scripts
        .iter()
        .flat_map(|script| &script.statements)
        .collect();
    found.extend(tables::findings(&statements));
    found.extend(insertions::findings(&statements));
    found.extend(windows::findings(&statements, facts.worst_case_seconds));
    found
}

/// The findings in one block of SQL, by kind, for the tests of the rules.
#[cfg(test)]
fn defects_of(sql: &str) -> Vec<super::Defect> {
    let text = format!("```sql\n{sql}\n```\n");
    let facts = Facts {
        batch_size: Some(50.0),
        worst_case_seconds: Some(6.0 * 3600.0),
    };
    findings(&Document::parse(&text), &facts)
        .iter()
        .map(|finding| finding.defect)
        .collect()
}
