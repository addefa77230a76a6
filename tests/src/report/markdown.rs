//! The judgement as Markdown, for the job summary of a CI system. What does not fit is counted, never dropped in silence.

pub(super) mod escape;
mod pages;

use std::fmt::Write;

use self::escape::{cell, line};
use self::pages::{Pages, Section};
use super::analysis::{class, named, seconds_told, share};
use super::words::{told_end, told_judged_by, told_mode, told_plan, told_suspensions};
use crate::analysis::{Kind, StepTime, failures, performance};
use crate::judge::{Judgement, Standing, Unit, Verdict};
use crate::record::{Ended, Provenance, RunRecord};

/// Bytes that a job summary of GitHub may have (1 MiB), with some room for what stands beside it.
pub const JOB_SUMMARY: usize = 1_000_000;

/// The whole report in so many bytes at most: what it comes to, the verdicts, what they mean, the steps, the failures.
///
/// What is least worth reading stands last, and what does not fit is left out from there and counted.
pub fn markdown(record: &RunRecord, judgement: &Judgement, limit: usize) -> String {
    let mut pages = Pages::of(limit);
    pages.add(&head(record, judgement));
    pages.add(&verdicts(&judgement.verdicts));
    pages.add(&doubts(judgement));
    pages.add(&notes(&judgement.verdicts));
    pages.add(&steps(record));
    pages.add(&failed(record));
    pages.text()
}

/// What it comes to. Writing to a string does not fail.
fn head(record: &RunRecord, judgement: &Judgement) -> Section {
    let exit = judgement.exit();
    let mut head = format!(
        "## {}: {}\n\nExit code {}: {}.\n\nBatch {}, {} postings, workflow {}. {}.\n",
        line(&told_plan(&record.plan)),
        line(&judgement.decision.action.to_string()),
        exit.code(),
        exit.meaning(),
        record.batch.id,
        record.batch.size,
        record.workflow.id,
        line(&told_mode(&record.mode)),
    );
    if let Some(judged_by) = told_judged_by(record, judgement.plan.as_ref()) {
        let _ = write!(head, "\n{}\n", line(&judged_by));
    }
    if record.ended != Ended::Completed {
        let _ = write!(head, "\n**{}**\n", line(&told_end(&record.ended)));
    }
    if let Some(told) = told_suspensions(record) {
        let _ = write!(head, "\n{}\n", line(&told));
    }
    if let Provenance::Reconstructed { source } = &record.provenance {
        let _ = write!(
            head,
            "\n**RECONSTRUCTED**, nobody witnessed this run: from {}\n",
            line(source)
        );
    }
    let reasons = judgement
        .decision
        .reasons
        .iter()
        .map(|it| format!("- {}\n", line(it)));
    let advice = judgement
        .decision
        .advice
        .iter()
        .map(|it| format!("- → {}\n", line(it)));
    Section {
        what: "reasons and pieces of advice",
        head: format!("{head}\n"),
        entries: reasons.chain(advice).collect(),
    }
}

fn verdicts(verdicts: &[Verdict]) -> Section {
    let mut entries = Vec::new();
    for family in verdicts.chunk_by(|a, b| a.family == b.family) {
        for (place, verdict) in family.iter().enumerate() {
            // In front of its first row, and in one entry with it: no heading stands alone.
            let heading = if place == 0 {
                format!("| **{}** | | | | | | |\n", verdict.family)
            } else {
                String::new()
            };
            entries.push(heading + &row(verdict));
        }
    }
    Section {
        what: "criteria",
        head: "\n| Criterion | Asked | Measured | Target | Acceptable | Red flag | Verdict |\n\
            |---|---|---:|---:|---:|---:|---|\n"
            .to_owned(),
        entries,
    }
}

fn row(verdict: &Verdict) -> String {
    let tiers = &verdict.tiers;
    let measured = verdict.measured.map_or_else(
        || "–".to_owned(),
        |measured| match measured.unit {
            Unit::Percent if verdict.n > 0 => format!("{measured} of {}", verdict.n),
            _ => measured.to_string(),
        },
    );
    let acceptable = tiers
        .acceptable
        .map_or_else(|| "–".to_owned(), |bound| bound.show(tiers.unit));
    let standing = match &verdict.standing {
        missed if missed.is_missed() => format!("**{missed}**"),
        other => other.to_string(),
    };
    format!(
        "| {} | {} | {} | {} | {} | {} | {standing} |\n",
        cell(verdict.criterion.name),
        verdict.enforcement,
        cell(&measured),
        cell(&tiers.target.show(tiers.unit)),
        cell(&acceptable),
        cell(&tiers.red.show(tiers.unit)),
    )
}

fn doubts(judgement: &Judgement) -> Section {
    let doubts = judgement.validity.doubts.iter();
    Section {
        what: "doubts",
        head: "\n### The evidence contradicts itself\n\nNo verdict means anything.\n\n".to_owned(),
        entries: doubts
            .map(|it| format!("- {}{}\n", line(&it.sentence), look(&it.look)))
            .collect(),
    }
}

fn notes(verdicts: &[Verdict]) -> Section {
    let noteworthy = verdicts.iter().filter(|it| it.standing != Standing::Target);
    Section {
        what: "notes",
        head: "\n### What is not on target\n\n".to_owned(),
        entries: noteworthy
            .map(|it| {
                format!(
                    "- **{}** ({}, {}): {}{}\n",
                    line(it.criterion.name),
                    it.enforcement,
                    it.standing,
                    line(&it.note),
                    look(&it.look)
                )
            })
            .collect(),
    }
}

fn look(places: &[crate::judge::Look]) -> String {
    let places: Vec<String> = places.iter().map(ToString::to_string).collect();
    if places.is_empty() {
        String::new()
    } else {
        format!("; look at {}", places.join(", "))
    }
}

fn steps(record: &RunRecord) -> Section {
    let row = |it: StepTime| {
        format!(
            "| {} | {} | {} | {} | {} | {} |\n",
            cell(&named(&it.step)),
            cell(&it.step.actor),
            it.n,
            seconds_told(it.mean),
            seconds_told(it.p95),
            share(it.share)
        )
    };
    Section {
        what: "steps",
        head: "\n### Steps, in seconds of the plan's time\n\n| Step | Model or script | n | Mean | 95 % | Share |\n\
            |---|---|---:|---:|---:|---:|\n"
            .to_owned(),
        entries: performance(record).steps.into_iter().map(row).collect(),
    }
}

fn failed(record: &RunRecord) -> Section {
    let row = |kind: &Kind| {
        let step = kind.step.as_ref().map_or_else(|| "–".to_owned(), named);
        format!(
            "| {} | {} | {} | {} | {} |\n",
            kind.times,
            kind.for_good,
            cell(&step),
            cell(&class(kind)),
            cell(&kind.message)
        )
    };
    Section {
        what: "kinds of failure",
        head: "\n### Failures\n\n| Times | For good | Step | Class | Message |\n|---:|---:|---|---|---|\n".to_owned(),
        entries: failures(record).kinds.iter().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Requirements, doctored, judge};

    fn shown(record: &RunRecord, limit: usize) -> String {
        markdown(record, &judge(record, &Requirements::none()), limit)
    }

    /// A batch in which every error has a text of its own.
    fn troubled(errors: usize) -> RunRecord {
        let mut record = doctored::healthy();
        for error in 0..errors {
            let letters: String = format!("{error:b}").replace('0', "a").replace('1', "b");
            let message = format!("{letters} {}", "| <b>`x`</b>\n".repeat(200));
            doctored::trouble::error(&mut record, error % 600, "model", &message);
        }
        record
    }

    #[test]
    fn a_spoiled_batch_fits_a_job_summary() {
        let mut record = doctored::healthy();
        record.postings[7].skill_keywords = None;
        record.postings[8].skill_keywords = None;
        doctored::fail(&mut record, 3);
        record.mode.time_scale = 11.0;
        insta::assert_snapshot!(shown(&record, JOB_SUMMARY));
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let record = troubled(2_000);
        let text = shown(&record, JOB_SUMMARY);
        assert!(text.len() <= JOB_SUMMARY, "{}", text.len());
        assert!(
            text.len() > JOB_SUMMARY / 2,
            "room was wasted: {}",
            text.len()
        );
        assert!(
            text.contains("kinds of failure left out"),
            "{}",
            &text[text.len() - 400..]
        );
    }

    #[test]
    fn however_small_the_room_it_is_kept_to_and_the_outcome_stands_first() {
        let record = troubled(50);
        for limit in [1_500, 3_000, 6_000, 12_000] {
            let text = shown(&record, limit);
            assert!(text.len() <= limit, "{limit}: {}", text.len());
            assert!(text.starts_with("## BATCH-50-001"), "{text}");
            assert!(text.contains(" left out: "), "{text}");
        }
    }

    #[test]
    fn every_row_of_a_table_is_one_line_with_as_many_cells_as_its_head() {
        let text = shown(&troubled(20), JOB_SUMMARY);
        let mut cells = None;
        for row in text.lines() {
            if row.starts_with('|') {
                let found = row.matches('|').count();
                assert_eq!(found, *cells.get_or_insert(found), "{row}");
            } else {
                cells = None;
            }
        }
    }

    #[test]
    fn a_batch_that_is_not_at_its_end_or_contradicts_itself_says_so() {
        assert!(shown(&doctored::interrupted(), JOB_SUMMARY).contains("**INTERRUPTED"));
        let mut forged = doctored::healthy();
        assert!(!shown(&forged, JOB_SUMMARY).contains("contradicts itself"));
        forged.batch.size = 49;
        assert!(shown(&forged, JOB_SUMMARY).contains("### The evidence contradicts itself"));
    }
}
