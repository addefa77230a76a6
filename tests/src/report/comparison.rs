//! What the differences between two records prove, in words.

mod tested;

use std::fmt::{self, Write};

use self::tested::{POINTS, SECONDS, of_both, seconds, told_test};
use super::foreign::visible;
use super::record_differences::{set_up_changes, write_section};
use super::words::{told_mode, told_plan};
use crate::comparison::{
    Certainty, Comparison, CriterionComparison, Finding, Middle, Side, Stand, StepComparison,
    Summary, Test, compare,
};

/// Lays two records beside each other and says of each difference how certain it is. The names are what the records are
/// called.
pub fn comparison(names: [&str; 2], before: Side<'_>, after: Side<'_>) -> String {
    let mut text = String::new();
    // Writing to a string fails only if a `Display` does, and none of ours does.
    let _ = write_all(&mut text, names, before, after);
    visible(&text)
}

fn write_all(
    text: &mut String,
    names: [&str; 2],
    before: Side<'_>,
    after: Side<'_>,
) -> fmt::Result {
    let comparison = compare(before, after);
    for ((which, name), side) in [("First", names[0]), ("Second", names[1])]
        .into_iter()
        .zip([before, after])
    {
        writeln!(
            text,
            "{which:>6}  {name}: {}, batch {}, {}, {}",
            told_plan(&side.record.plan),
            side.record.batch.id,
            match side.record.batch.size {
                1 => "1 posting".to_owned(),
                size => format!("{size} postings"),
            },
            told_mode(&side.record.mode)
        )?;
    }
    writeln!(text)?;
    if !comparison.reservations.is_empty() {
        write_section(text, "Before you read on", &comparison.reservations)?;
    }
    let set_up = set_up_changes(before.record, after.record);
    write_section(text, "Set-up", &set_up)?;
    writeln!(text)?;
    write_criteria(text, &comparison.criteria)?;
    write_steps(text, &comparison.steps)?;
    write_conclusion(text, &comparison)
}

fn write_criteria(text: &mut String, criteria: &[CriterionComparison]) -> fmt::Result {
    writeln!(text, "Criteria:")?;
    let (comparable, absent): (Vec<_>, Vec<_>) =
        criteria.iter().partition(|row| row.is_comparable());
    let (same, differing): (Vec<_>, Vec<_>) =
        comparable.into_iter().partition(|row| row.is_the_same());
    for row in &differing {
        if let Finding::Tested(test) = &row.finding {
            writeln!(
                text,
                "    {}, {}{}",
                values(row),
                told_rates(row, test),
                moved(row)
            )?;
        }
    }
    for (why, rows) in by_reason(&differing) {
        writeln!(text, "    Not tested, {why}:")?;
        for row in rows {
            writeln!(text, "        {}{}", values(row), moved(row))?;
        }
    }
    let named = |rows: &[&CriterionComparison]| {
        let names: Vec<&str> = rows.iter().map(|row| row.criterion.name).collect();
        names.join(", ")
    };
    if !same.is_empty() {
        writeln!(text, "    The same in both: {}", named(&same))?;
    }
    for (why, rows) in by_reason(&absent) {
        writeln!(text, "    Not compared, {why}: {}", named(&rows))?;
    }
    writeln!(text)
}

/// What is not tested, by the reason, in the order of the criteria.
fn by_reason<'c>(rows: &[&'c CriterionComparison]) -> Vec<(&'c str, Vec<&'c CriterionComparison>)> {
    let mut reasons: Vec<(&str, Vec<&CriterionComparison>)> = Vec::new();
    for row in rows {
        let Finding::Untested(why) = &row.finding else {
            continue;
        };
        match reasons.iter_mut().find(|(known, _)| known == why) {
            Some((_, rows)) => rows.push(row),
            None => reasons.push((why, vec![row])),
        }
    }
    reasons
}

fn values(row: &CriterionComparison) -> String {
    let (before, after) = (told_stand(&row.before), told_stand(&row.after));
    format!("{}: {before} → {after}", row.criterion.name)
}

/// Where it stands now, if elsewhere.
fn moved(row: &CriterionComparison) -> String {
    if row.before.standing == row.after.standing {
        String::new()
    } else {
        format!("; {} → {}", row.before.standing, row.after.standing)
    }
}

fn told_rates(row: &CriterionComparison, test: &Test) -> String {
    let tries = [&row.before, &row.after].map(|it| it.counted.map_or(0, |(_, of)| of));
    told_test(test, &of_both(tries, "tries"), &POINTS)
}

fn told_stand(stand: &Stand) -> String {
    let measured = stand
        .measured
        .map_or_else(|| "–".to_owned(), |it| it.to_string());
    match stand.counted {
        Some((_, of)) => format!("{measured} of {of}"),
        None => measured,
    }
}

fn write_steps(text: &mut String, steps: &[StepComparison]) -> fmt::Result {
    writeln!(text, "Steps, in seconds of the plan's time:")?;
    for row in steps {
        writeln!(
            text,
            "    {} ({}): {}",
            row.step.name,
            row.step.conversation,
            told_step(row)
        )?;
    }
    writeln!(text)
}

fn told_step(row: &StepComparison) -> String {
    let told = |summary: Option<Summary>| {
        summary.map_or_else(|| "–".to_owned(), |it| format!("{} s", seconds(it.seconds)))
    };
    let middle = match row.before.or(row.after).map(|summary| summary.middle) {
        Some(Middle::Median) => "median",
        _ => "mean",
    };
    let values = format!("{middle} {} → {}", told(row.before), told(row.after));
    let finding = match &row.finding {
        Finding::Tested(test) => {
            let calls = [row.before, row.after].map(|it| it.map_or(0, |it| it.n));
            told_test(test, &of_both(calls, "calls"), &SECONDS)
        }
        Finding::Untested(why) => why.clone(),
    };
    let actor = row.other_actor.as_ref().map_or_else(String::new, |before| {
        format!("; {before} → {}", row.step.actor)
    });
    format!("{values}, {finding}{actor}")
}

fn write_conclusion(text: &mut String, comparison: &Comparison) -> fmt::Result {
    let of = |certainty: Certainty| {
        let criteria = comparison.criteria.iter().map(|row| &row.finding);
        let steps = comparison.steps.iter().map(|row| &row.finding);
        criteria
            .chain(steps)
            .filter(|finding| matches!(finding, Finding::Tested(it) if it.certainty == certainty))
            .count()
    };
    writeln!(
        text,
        "{} comparisons were tested: {} certain, {} a hint, {} not shown.",
        comparison.tests,
        of(Certainty::Certain),
        of(Certainty::Hint),
        of(Certainty::NotShown)
    )?;
    writeln!(
        text,
        "Certain: that chance made even one of these differences has a chance of 5 % at most (Holm's correction for all of \
         them).\nA hint would be certain if it were the only comparison. Ranges in brackets are at 95 %, each by itself.\n\
         What is certain is that these two runs differ, not why: another day or machine is a difference, too."
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Requirements, doctored, judge};
    use crate::record::RunRecord;
    use crate::record::november_2025::november_2025;
    use crate::record::run_195::run_195;

    fn compared(before: &RunRecord, after: &RunRecord) -> String {
        let [a, b] = [before, after].map(|record| judge(record, &Requirements::none()));
        let side = |record, judgement| Side { record, judgement };
        comparison(["one.json", "two.json"], side(before, &a), side(after, &b))
    }

    #[test]
    fn each_kind_of_finding_is_told() {
        let mut other = doctored::healthy();
        for run in 1..=12 {
            doctored::fail(&mut other, run);
        }
        for run in 1..=50 {
            let row = doctored::interaction(&mut other, run, 3341);
            row.completed_at = row
                .completed_at
                .map(|at| at - chrono::TimeDelta::seconds(3));
            let row = doctored::interaction(&mut other, run, 3350);
            let chance = i64::from(run % 7 == 0);
            row.completed_at = row
                .completed_at
                .map(|at| at + chrono::TimeDelta::seconds(chance));
        }
        other.postings[8].skill_keywords = None;
        insta::assert_snapshot!(compared(&doctored::healthy(), &other));
    }

    #[test]
    fn a_run_against_november_2025_says_first_what_is_not_comparable() {
        insta::assert_snapshot!(compared(&november_2025(), &doctored::healthy()));
    }

    #[test]
    fn a_single_posting_proves_next_to_nothing_and_that_is_said() {
        insta::assert_snapshot!(compared(&run_195(), &november_2025()));
    }

    #[test]
    fn a_record_beside_itself_has_no_certain_difference() {
        for record in [doctored::healthy(), doctored::serial(), november_2025()] {
            let text = compared(&record, &record);
            assert!(text.contains(": 0 certain, 0 a hint"), "{text}");
            assert!(!text.contains("certain: "), "{text}");
        }
    }
}
