//! What is not missed only because the plan asks less than the criteria do by themselves. A plan may do so; that it
//! does is said wherever it makes a difference.

use std::fmt::{self, Write};

use crate::judge::{Enforcement, Standing, Verdict};

/// One entry a criterion that would count against the run if the plan were silent about it.
pub(in crate::report) fn write_leniency(
    text: &mut String,
    by_default: &[Verdict],
    verdicts: &[Verdict],
) -> fmt::Result {
    let spared: Vec<(&Verdict, &Verdict)> = by_default
        .iter()
        .filter(|own| counts_against(own))
        .filter_map(|own| Some((own, same(own, verdicts)?)))
        .filter(|(_, verdict)| !counts_against(verdict))
        .collect();
    if spared.is_empty() {
        return Ok(());
    }
    writeln!(
        text,
        "This plan asks less here than the criteria do by themselves, by which the run would not pass:"
    )?;
    for (own, verdict) in spared {
        writeln!(
            text,
            "    {}: {}, and by itself {}",
            verdict.criterion.name,
            told(verdict),
            told(own)
        )?;
    }
    writeln!(text)
}

fn same<'v>(own: &Verdict, verdicts: &'v [Verdict]) -> Option<&'v Verdict> {
    let id = own.criterion.id;
    verdicts.iter().find(|verdict| verdict.criterion.id == id)
}

/// Whether it keeps the exit code from being 0.
fn counts_against(verdict: &Verdict) -> bool {
    match verdict.enforcement {
        Enforcement::Must => !verdict.standing.is_met(),
        Enforcement::Should => verdict.standing.is_missed(),
        Enforcement::Nice => false,
    }
}

fn told(verdict: &Verdict) -> String {
    let tiers = &verdict.tiers;
    let enough = tiers.acceptable.unwrap_or(tiers.target).show(tiers.unit);
    // Of what cannot be judged the tiers make no difference.
    match verdict.standing {
        Standing::NotJudgeable { .. } => format!("{} ({})", verdict.standing, verdict.enforcement),
        _ => format!("{} ({}, {enough})", verdict.standing, verdict.enforcement),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Bound, Requirement, Requirements, Tiers, Unit, doctored, judge};
    use crate::plan::Plan;
    use crate::record::{RunRecord, Texts};

    fn shown(record: &RunRecord, plan: &Requirements) -> String {
        let by_default = judge(record, &Requirements::none()).verdicts;
        let mut text = String::new();
        write_leniency(&mut text, &by_default, &judge(record, plan).verdicts).unwrap();
        text
    }

    fn plan(criterion: &str, requirement: Requirement) -> Requirements {
        let mut plan = Requirements::none();
        plan.by_criterion.insert(criterion.to_owned(), requirement);
        plan
    }

    fn listed(criterion: &str, enforcement: Enforcement) -> Requirements {
        let requirement = Requirement {
            tiers: None,
            enforcement: Some(enforcement),
        };
        plan(criterion, requirement)
    }

    #[test]
    fn tiers_that_let_everything_pass_are_said_where_they_let_something_pass() {
        let anything = Tiers {
            unit: Unit::Percent,
            target: Bound::AtLeast(0.0),
            acceptable: None,
            red: Bound::Below(0.0),
        };
        let requirement = Requirement {
            tiers: Some(anything),
            enforcement: None,
        };
        let weak = plan("grades_overlap", requirement);
        let told = shown(&doctored::serial(), &weak);
        let line =
            "Grades overlap (execution): target (must, ≥ 0 %), and by itself RED (must, ≥ 95 %)\n";
        assert!(told.contains(line), "{told}");
        assert_eq!(told.lines().count(), 3, "and of no other: {told}");
        assert_eq!(shown(&doctored::healthy(), &weak), "");
    }

    #[test]
    fn a_must_that_is_merely_nice_is_said_where_it_is_missed() {
        let weak = listed("grades_overlap", Enforcement::Nice);
        let told = shown(&doctored::serial(), &weak);
        assert!(
            told.contains("RED (nice, ≥ 95 %), and by itself RED (must, ≥ 95 %)"),
            "{told}"
        );
        let wish = listed("grades_overlap", Enforcement::Should);
        assert_eq!(
            shown(&doctored::serial(), &wish),
            "",
            "a should is insisted on as well"
        );
    }

    #[test]
    fn a_must_that_cannot_be_judged_is_spared_by_a_plan_that_only_wishes_it() {
        let mut record = doctored::healthy();
        record.texts = Texts::Redacted;
        let told = shown(&record, &listed("summary_form", Enforcement::Should));
        let line = "not judgeable (should), and by itself not judgeable (must)";
        assert!(told.contains(line), "{told}");
    }

    #[test]
    fn our_own_plan_spares_nothing() {
        for record in [doctored::healthy(), doctored::serial(), doctored::empty()] {
            assert_eq!(shown(&record, &Plan::builtin().requirements()), "");
        }
    }
}
