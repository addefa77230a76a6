//! A record that somebody has edited: judged and reported, whatever its rows say.
//!
//! Random bytes seldom are a record, so the bytes are edits here, eight each, to a record that is one.

use std::path::Path;

use batchproof::analysis::{bottlenecks, failures, performance};
use batchproof::judge::{Judgement, Requirements, judge};
use batchproof::plan::Plan;
use batchproof::record::{self, RunRecord};
use batchproof::report;
use serde_json::{Value, json};

use super::shown::is_shown_only;

/// Records that are edited; the first byte chooses.
const RECORDS: [&str; 3] = [
    include_str!("../../fixtures/records/version-1.json"),
    include_str!("../../fixtures/records/version-3.json"),
    include_str!("../../fixtures/records/run-195.json"),
];

/// What a text must not become in any report.
const MARKUP: &str = "<img src=x onerror=alert(1)>";

/// Any record that can be read is judged, and what is told of it does nothing but be read.
pub fn holds(bytes: &[u8]) {
    let Some((choice, edits)) = bytes.split_first() else {
        return;
    };
    let mut value: Value = match serde_json::from_str(RECORDS[usize::from(*choice) % RECORDS.len()])
    {
        Ok(value) => value,
        Err(error) => panic!("a record of the fixtures is JSON: {error}"),
    };
    for edit in edits.chunks_exact(8).take(12) {
        let number = |at: usize| usize::from(u16::from_le_bytes([edit[at], edit[at + 1]]));
        apply(&mut value, number(0), edit[2], number(4), number(6));
    }
    let Ok(read) = record::read(Path::new("record.json"), value.to_string().as_bytes()) else {
        return;
    };
    for asked in [Requirements::none(), Plan::builtin().requirements()] {
        told(&read, &judge(&read, &asked));
    }
    is_shown_only(&report::told_performance(&performance(&read)));
    is_shown_only(&report::told_bottlenecks(&bottlenecks(&read)));
    is_shown_only(&report::told_failures(&failures(&read)));
    is_shown_only(&report::record_contents(&read, None));
    is_redacted(&record::redact(read));
}

/// A copy without texts can be read like any record.
fn is_redacted(copy: &RunRecord) {
    let written = serde_json::to_vec(copy).unwrap_or_default();
    assert!(record::read(Path::new("redacted.json"), &written).is_ok());
}

fn told(record: &RunRecord, judgement: &Judgement) {
    is_shown_only(&report::terminal(record, judgement, None));
    let markdown = report::markdown(record, judgement, report::JOB_SUMMARY);
    assert!(
        markdown.len() <= report::JOB_SUMMARY,
        "{} bytes",
        markdown.len()
    );
    for text in [
        &markdown,
        &report::junit(record, judgement),
        &report::html(record, judgement),
    ] {
        is_shown_only(text);
        assert!(!text.contains(MARKUP), "a text has become markup");
    }
}

/// One edit: the place, what is done there, and with what.
fn apply(record: &mut Value, place: usize, what: u8, with: usize, from: usize) {
    let copied = match what % 4 {
        0 => Some(odd_value(with)),
        1 => node(record, &mut { from }).map(|it| it.clone()),
        _ => None,
    };
    let Some(target) = node(record, &mut { place }) else {
        return;
    };
    match (copied, target) {
        (Some(value), target) => *target = value,
        (None, Value::Array(rows)) if !rows.is_empty() => {
            let at = with % rows.len();
            if what % 4 == 2 {
                rows.remove(at);
            } else {
                rows.push(rows[at].clone());
            }
        }
        (None, Value::Object(fields)) if !fields.is_empty() => {
            let key = fields.keys().nth(with % fields.len()).cloned();
            key.and_then(|key| fields.remove(&key));
        }
        (None, Value::Number(number)) => {
            let shift = i64::try_from(with).unwrap_or_default() - 32_768;
            let shifted = number.as_i64().and_then(|it| it.checked_add(shift));
            if let Some(shifted) = shifted {
                *number = shifted.into();
            }
        }
        (None, _) => {}
    }
}

/// The node so many steps into the document; `None` behind its end.
fn node<'v>(value: &'v mut Value, steps: &mut usize) -> Option<&'v mut Value> {
    if *steps == 0 {
        return Some(value);
    }
    *steps -= 1;
    match value {
        Value::Array(rows) => rows.iter_mut().find_map(|row| node(row, steps)),
        Value::Object(fields) => fields.values_mut().find_map(|field| node(field, steps)),
        _ => None,
    }
}

fn odd_value(which: usize) -> Value {
    let values = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1),
        json!(255),
        json!(i32::MAX),
        json!(i32::MIN),
        json!(u32::MAX),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e-300),
        json!(1e300),
        json!(-0.5),
        json!(""),
        json!("\u{0}\u{1b}[2J\u{202e}\u{9b}31m"),
        json!(MARKUP),
        json!("a|b\n\n# c\n```\n@everyone [x](javascript:alert(1)) ![y](http://z)"),
        json!("]]><!-- & \"'"),
        json!("x".repeat(100_000)),
        json!("0000-01-01T00:00:00Z"),
        json!("9999-12-31T23:59:59.999999999Z"),
        json!("-262143-01-01T00:00:00Z"),
        json!("+262142-12-31T23:59:59Z"),
        json!("2025-11-26T12:00:00Z"),
        json!("completed"),
        json!("failed"),
        json!("running"),
        json!("pending"),
        json!([]),
        json!({}),
    ];
    values[which % values.len()].clone()
}
