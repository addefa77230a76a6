//! The analyses of a record as tables.

use std::fmt::Display;

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};

use super::foreign::{clipped, visible};
use crate::analysis::{Bottlenecks, Failures, Kind, Performance};
use crate::judge::{Faster, Step};

/// Characters of one message at most: it may be a whole answer.
const AT_MOST: usize = 1_000;

/// How long each step took.
pub fn told_performance(performance: &Performance) -> String {
    if performance.steps.is_empty() {
        return "No step was completed.\n".to_owned();
    }
    let header = [
        "Step",
        "Model or script",
        "n",
        "Mean",
        "Median",
        "95 %",
        "Least",
        "Greatest",
        "Total",
        "Share",
    ];
    let rows = performance.steps.iter().map(|it| {
        let seconds = [it.mean, it.median, it.p95, it.least, it.greatest, it.total];
        let mut row = vec![named(&it.step), it.step.actor.clone(), it.n.to_string()];
        row.extend(seconds.map(seconds_told));
        row.push(share(it.share));
        row
    });
    visible(&format!(
        "Seconds of the plan's time, of completed interactions.\n{}\nAll steps together: {} s of work; steps of different postings run at the same \
         time.\n",
        table(&header, 2, rows),
        seconds_told(performance.total_seconds)
    ))
}

/// Where most of the time went, and what a faster model there would save.
pub fn told_bottlenecks(bottlenecks: &Bottlenecks) -> String {
    if bottlenecks.steps.is_empty() {
        return "No step was completed.\n".to_owned();
    }
    let steps = bottlenecks.steps.iter().map(|it| {
        vec![
            named(&it.step),
            it.step.actor.clone(),
            it.n.to_string(),
            seconds_told(it.total_seconds),
            share(it.share),
            it.faster.as_ref().map_or_else(|| "–".to_owned(), saving),
        ]
    });
    let interactions = bottlenecks.interactions.iter().map(|it| {
        vec![
            it.interaction_id.to_string(),
            it.posting_id.to_string(),
            named(&it.step),
            seconds_told(it.seconds),
            it.times_the_median
                .map_or_else(|| "–".to_owned(), |times| format!("{times:.1} ×")),
        ]
    });
    let further = match bottlenecks.further_steps {
        0 => String::new(),
        more => format!("{more} further steps took less.\n"),
    };
    visible(&format!(
        "The steps with the most time, in seconds of the plan's time:\n{}\n{further}What a faster model saves is computing, at the speed that it \
         had elsewhere in this batch; how good its answers would be is another question.\n\n\
         The interactions that took longest:\n{}\n",
        table(
            &[
                "Step",
                "Model or script",
                "n",
                "Total",
                "Share",
                "A faster model of this batch would save"
            ],
            2,
            steps
        ),
        table(
            &[
                "Interaction",
                "Posting",
                "Step",
                "Took",
                "Of its step's median"
            ],
            3,
            interactions
        ),
    ))
}

/// What failed, by step, class and message.
pub fn told_failures(failures: &Failures) -> String {
    if failures.failures == 0 {
        return "Nothing failed.\n".to_owned();
    }
    let mut text = format!(
        "{} failures, {} of which left an interaction failed for good. Messages that differ in numbers alone are one kind.\n",
        failures.failures, failures.failed_interactions
    );
    for kind in &failures.kinds {
        text.push_str(&told_kind(kind));
    }
    visible(&text)
}

fn told_kind(kind: &Kind) -> String {
    let step = kind
        .step
        .as_ref()
        .map_or_else(|| "no step".to_owned(), ToString::to_string);
    let class = class(kind);
    let interactions: Vec<String> = kind.interactions.iter().map(ToString::to_string).collect();
    let look = if interactions.is_empty() {
        String::new()
    } else {
        format!("\n        look at interaction {}", interactions.join(", "))
    };
    format!(
        "{:>5} ×  {step}: {class}, {} for good\n        {}{look}\n",
        kind.times,
        kind.for_good,
        visible(&clipped(&kind.message, AT_MOST)).replace('\n', "\n        ")
    )
}

/// Type and class of failures, as far as they were written down.
pub(super) fn class(kind: &Kind) -> String {
    match (&kind.error_type, &kind.error_class) {
        (Some(error_type), Some(class)) => format!("{error_type}/{class}"),
        (Some(error_type), None) => error_type.clone(),
        (None, _) => "of no known type".to_owned(),
    }
}

/// A step by name and id; its actor has a column of its own.
pub(super) fn named(step: &Step) -> String {
    format!("{} ({})", step.name, step.conversation)
}

/// Tenths from a second on, milliseconds below.
pub(super) fn seconds_told(seconds: f64) -> String {
    if seconds.abs() < 1.0 {
        format!("{seconds:.3}")
    } else {
        format!("{seconds:.1}")
    }
}

pub(super) fn share(share: f64) -> String {
    format!("{share:.1} %")
}

fn saving(faster: &Faster) -> String {
    format!(
        "{}: {:.1} s a call, {:.1} s a posting",
        faster.model, faster.saves_per_call, faster.saves_per_posting
    )
}

/// A table whose first `texts` columns are texts and whose others are figures.
fn table(header: &[&str], texts: usize, rows: impl Iterator<Item = Vec<impl Display>>) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED).set_header(header);
    for row in rows {
        table.add_row(row.iter().map(ToString::to_string));
    }
    for column in table.column_iter_mut().skip(texts) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{bottlenecks, failures, performance};
    use crate::judge::doctored::{self, trouble};
    use crate::record::november_2025::november_2025;

    #[test]
    fn the_performance_of_november_2025_is_a_table() {
        insta::assert_snapshot!(told_performance(&performance(&november_2025())));
    }

    #[test]
    fn the_bottlenecks_are_told_with_what_a_faster_model_would_save() {
        let mut record = doctored::healthy();
        for exchange in &mut record.exchanges {
            let line = exchange.final_line.as_mut().unwrap();
            let slow = exchange.model.starts_with("gemma2");
            line.eval_duration = if slow { 2_000_000_000 } else { 1_000_000_000 };
        }
        insta::assert_snapshot!(told_bottlenecks(&bottlenecks(&record)));
    }

    #[test]
    fn failures_are_told_by_kind() {
        let mut record = doctored::healthy();
        for run in [2, 3, 5] {
            doctored::fail(&mut record, run);
        }
        trouble::error(&mut record, 5, "model", "the server hung\nfor 30 s");
        record.errors[3].error_class = Some("hung".to_owned());
        trouble::error(&mut record, 5, "database", "the connection is gone");
        record.errors[4].interaction_id = None;
        insta::assert_snapshot!(told_failures(&failures(&record)));
    }

    #[test]
    fn nothing_is_told_of_a_batch_in_which_nothing_happened() {
        let empty = doctored::empty();
        assert_eq!(
            told_performance(&performance(&empty)),
            "No step was completed.\n"
        );
        assert_eq!(
            told_bottlenecks(&bottlenecks(&empty)),
            "No step was completed.\n"
        );
        assert_eq!(told_failures(&failures(&empty)), "Nothing failed.\n");
    }
}
