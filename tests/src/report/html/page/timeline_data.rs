//! What the page's script knows of the marks, as JSON within the page.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};

use super::SHORT;
use super::timeline::told;
use crate::judge::evidence::Evidence;
use crate::report::html::shapes::calls::{Call, End};
use crate::report::html::shapes::outside::readable;
use crate::report::html::shapes::span::Span;
use crate::report::html::shapes::timeline::{About, Look, Mark, Row, Subject, Timeline};

#[derive(Serialize)]
struct Data {
    length: i64,
    rows: Vec<RowData>,
    /// By run: the posting and its title.
    runs: BTreeMap<i64, (i64, String)>,
}

#[derive(Serialize)]
struct RowData {
    kind: &'static str,
    name: String,
    /// Start and length, then what the kind has to tell; what is nothing at the end is left out.
    marks: Vec<Value>,
}

/// The data of the timeline's pictures, in their order. No `<` is left in it, so that nothing in it ends its element.
pub(super) fn json(timeline: &Timeline, evidence: &Evidence<'_>) -> String {
    let mut rows: Vec<RowData> = timeline.rows().map(|row| row_data(row, timeline)).collect();
    rows.extend(timeline.gpu.iter().map(|gpu| {
        RowData {
            kind: "gpu",
            name: "GPU utilisation".to_owned(),
            marks: gpu
                .points
                .windows(2)
                .map(|pair| {
                    json!([
                        pair[0].0,
                        pair[1].0 - pair[0].0,
                        format!("{:.0} %", pair[0].1)
                    ])
                })
                .collect(),
        }
    }));
    let data = Data {
        length: timeline.length,
        rows,
        runs: runs(timeline, evidence),
    };
    // Numbers and texts always become JSON.
    serde_json::to_string(&data)
        .unwrap_or_else(|_| "null".to_owned())
        .replace('<', "\\u003c")
}

fn row_data(row: &Row, timeline: &Timeline) -> RowData {
    RowData {
        kind: match row.subject {
            Subject::Step(_) | Subject::NoStep(_) => "call",
            Subject::Waves => "wave",
            Subject::Pairs => "pair",
            Subject::Model(_) | Subject::Idle | Subject::Resident(_) => "plain",
        },
        name: told(&row.subject),
        marks: row
            .marks
            .iter()
            .map(|mark| mark_data(mark, timeline))
            .collect(),
    }
}

fn mark_data(mark: &Mark, timeline: &Timeline) -> Value {
    let (start, length) = (mark.span.start, mark.span.length());
    match &mark.about {
        About::Nothing => json!([start, length]),
        About::Models(models) => json!([start, length, readable(&models.join(", "), SHORT)]),
        About::Run(run) => json!([start, length, run, i32::from(mark.look == Look::Together)]),
        About::Call(place) => match timeline.calls.all.get(*place) {
            Some(call) => call_data(call),
            None => json!([start, length]),
        },
    }
}

fn call_data(call: &Call) -> Value {
    let end = match call.end {
        End::Well => 0,
        End::Badly => 1,
        End::Unknown => 2,
    };
    let mut told = vec![
        call.span.start,
        call.span.length(),
        call.run.unwrap_or(0),
        call.waited,
        call.load.map_or(0, Span::length),
        i64::from(call.attempt.unwrap_or(1)) - 1,
        end,
    ];
    while told.len() > 3 && told.last() == Some(&0) {
        told.pop();
    }
    json!(told)
}

fn runs(timeline: &Timeline, evidence: &Evidence<'_>) -> BTreeMap<i64, (i64, String)> {
    if timeline.near > 0 {
        // Nothing is told of single calls, so nobody asks whose they were.
        return BTreeMap::new();
    }
    let drawn: BTreeSet<i64> = timeline
        .calls
        .all
        .iter()
        .filter_map(|call| call.run)
        .collect();
    evidence
        .runs()
        .filter(|run| drawn.contains(&run.workflow_run_id))
        .map(|run| {
            let title = evidence.posting(run.posting_id).map_or("", |it| &it.title);
            let told = readable(title, SHORT).into_owned();
            (run.workflow_run_id, (run.posting_id, told))
        })
        .collect()
}
