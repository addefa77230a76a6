//! The lanes of one server: its waves, a lane a model with a row a step, and when it computed nothing.

use super::residents::Stretch;
use super::{About, Look, Mark, Row, Subject};
use crate::record::ActorType;
use crate::report::html::shapes::calls::{Call, Calls, End};
use crate::report::html::shapes::span::{Span, gaps, united};
use crate::report::html::shapes::steps::{Kind, Step};

/// The rows of a server, or of the calls of which nobody knows the server.
pub(super) fn rows(
    calls: &Calls,
    server: Option<usize>,
    steps: &[Step],
    resident: &[Stretch],
) -> Vec<Row> {
    let ours: Vec<(usize, &Call)> = calls
        .all
        .iter()
        .enumerate()
        .filter(|(_, call)| call.actor_type == ActorType::AiModel && call.server == server)
        .collect();
    if ours.is_empty() {
        return Vec::new();
    }
    let mut rows = vec![waves(&ours, resident)];
    for model in models(&ours, steps) {
        let of_model: Vec<(usize, &Call)> = ours
            .iter()
            .copied()
            .filter(|(_, call)| call.actor == model)
            .collect();
        rows.push(loads(&of_model, model));
        rows.extend(step_rows(&of_model, steps));
        rows.extend(row_without_step(&of_model, model));
    }
    rows.push(idle(&ours, calls.end));
    rows
}

/// A row a script.
pub(super) fn scripts(calls: &Calls, steps: &[Step]) -> Vec<Row> {
    let scripts: Vec<(usize, &Call)> = calls
        .all
        .iter()
        .enumerate()
        .filter(|(_, call)| call.actor_type == ActorType::Script)
        .collect();
    step_rows(&scripts, steps)
}

/// In the order of their first steps, so that the work goes down the lanes as it goes on.
fn models<'c>(calls: &[(usize, &'c Call)], steps: &[Step]) -> Vec<&'c str> {
    let of_step = |step: &Step| {
        let mut ours = calls.iter().map(|(_, call)| *call);
        ours.find(|call| call.conversation == Some(step.conversation))
    };
    let others = calls.iter().map(|(_, call)| *call);
    let mut models: Vec<&str> = Vec::new();
    for call in steps.iter().filter_map(of_step).chain(others) {
        if !models.contains(&call.actor.as_str()) {
            models.push(&call.actor);
        }
    }
    models
}

fn step_rows(calls: &[(usize, &Call)], steps: &[Step]) -> Vec<Row> {
    steps
        .iter()
        .filter_map(|step| {
            let ours = calls
                .iter()
                .filter(|(_, call)| call.conversation == Some(step.conversation));
            let marks: Vec<Mark> = ours
                .map(|(place, call)| mark(*place, call, step.kind))
                .collect();
            (!marks.is_empty()).then(|| Row::of(Subject::Step(step.clone()), marks))
        })
        .collect()
}

fn row_without_step(calls: &[(usize, &Call)], model: &str) -> Option<Row> {
    let without = calls.iter().filter(|(_, call)| call.conversation.is_none());
    let marks: Vec<Mark> = without
        .map(|(place, call)| mark(*place, call, Kind::Other))
        .collect();
    (!marks.is_empty()).then(|| Row::of(Subject::NoStep(model.to_owned()), marks))
}

fn mark(place: usize, call: &Call, kind: Kind) -> Mark {
    Mark {
        span: call.span,
        look: match call.end {
            End::Well => Look::Call(kind),
            End::Badly => Look::Bad,
            End::Unknown => Look::Open,
        },
        track: 0,
        about: About::Call(place),
    }
}

/// Many may wait for one load: waits that share time are one.
fn loads(calls: &[(usize, &Call)], model: &str) -> Row {
    let waits = calls.iter().filter_map(|(_, call)| call.load);
    let marks = united(waits, 0)
        .into_iter()
        .map(|span| plain(span, Look::Load));
    Row::of(Subject::Model(model.to_owned()), marks.collect())
}

fn plain(span: Span, look: Look) -> Mark {
    Mark {
        span,
        look,
        track: 0,
        about: About::Nothing,
    }
}

/// Stretches with one set of resident models, as sampled. Where nobody sampled: stretches of calls of one model.
fn waves(calls: &[(usize, &Call)], resident: &[Stretch]) -> Row {
    let mut waves: Vec<(Span, Vec<String>)> = resident
        .iter()
        .filter(|stretch| !stretch.models.is_empty())
        .map(|stretch| (stretch.span, stretch.models.clone()))
        .collect();
    if waves.is_empty() {
        for alike in calls.chunk_by(|(_, a), (_, b)| a.actor == b.actor) {
            let (_, first) = alike[0];
            let end = alike.iter().map(|(_, call)| call.span.end).max();
            let span = Span {
                start: first.span.start,
                end: end.unwrap_or(first.span.end),
            };
            waves.push((span, vec![first.actor.clone()]));
        }
    }
    let marks = waves
        .into_iter()
        .enumerate()
        .map(|(place, (span, models))| Mark {
            span,
            look: Look::Wave(place % 2 == 1),
            track: 0,
            about: About::Models(models),
        });
    let mut row = Row::of(Subject::Waves, marks.collect());
    // Waves follow each other; where calls of two models were under way at once, the next wave covers the last.
    row.tracks = 1;
    for mark in &mut row.marks {
        mark.track = 0;
    }
    row
}

/// The time in which no call was computed and no model loaded, from the batch's first work to its last.
fn idle(calls: &[(usize, &Call)], end: i64) -> Row {
    let busy = calls
        .iter()
        .flat_map(|(_, call)| [Some(call.span), call.load])
        .flatten();
    let ends = [0, end].map(|at| Span { start: at, end: at });
    let gaps = gaps(&united(busy.chain(ends), 0));
    Row::of(
        Subject::Idle,
        gaps.into_iter().map(|gap| plain(gap, Look::Idle)).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::conversations::EXTRACT;
    use crate::judge::doctored::{self, PLAIN_RUN};
    use crate::judge::evidence::Evidence;
    use crate::record::RunRecord;
    use crate::report::html::shapes::steps::steps;

    fn lanes(record: &RunRecord, resident: &[Stretch]) -> Vec<Row> {
        let calls = Calls::of(&Evidence::of(record)).unwrap();
        rows(&calls, Some(0), &steps(record), resident)
    }

    fn row(rows: &[Row], is_meant: impl Fn(&Subject) -> bool) -> &Row {
        rows.iter().find(|row| is_meant(&row.subject)).unwrap()
    }

    #[test]
    fn waits_for_one_load_are_one_load_and_a_model_that_was_never_loaded_has_none() {
        let mut record = doctored::healthy();
        for exchange in &mut record.exchanges {
            exchange.final_line.as_mut().unwrap().load_duration = 0;
        }
        doctored::reload(&mut record, PLAIN_RUN);
        let rows = lanes(&record, &[]);
        let loads = |name: &str| {
            row(
                &rows,
                |it| matches!(it, Subject::Model(model) if model.starts_with(name)),
            )
            .count
        };
        assert_eq!((loads("llama"), loads("gemma")), (2, 0));
    }

    #[test]
    fn idle_is_what_lies_between_all_work_and_the_ends_of_the_batch() {
        let record = doctored::healthy();
        let rows = lanes(&record, &[]);
        let idle = row(&rows, |it| *it == Subject::Idle);
        assert!(idle.count > 0 && idle.time > 0);
        let work = rows.iter().flat_map(|row| &row.marks);
        let work = work.filter(|mark| matches!(mark.look, Look::Call(_)));
        for mark in work {
            let shared = idle.marks.iter().find_map(|it| it.span.shared(mark.span));
            assert_eq!(shared, None, "{mark:?}");
        }
    }

    #[test]
    fn waves_are_what_was_resident_and_without_samples_what_was_called() {
        let record = doctored::healthy();
        let sampled = [
            (0, 500, vec!["gemma2:latest"]),
            (500, 600, vec![]),
            (600, 900, vec!["qwen2.5:7b"]),
        ]
        .map(|(start, end, models)| Stretch {
            span: Span { start, end },
            models: models.into_iter().map(str::to_owned).collect(),
        });
        let rows = lanes(&record, &sampled);
        assert_eq!((rows[0].count, rows[0].time), (2, 800));
        assert!(
            lanes(&record, &[])[0].count > 100,
            "each posting calls each model"
        );
    }

    #[test]
    fn calls_that_no_row_tells_of_have_a_row_of_their_own() {
        let mut record = doctored::healthy();
        doctored::remove_row(&mut record, PLAIN_RUN, EXTRACT);
        let rows = lanes(&record, &[]);
        let lost = row(&rows, |it| matches!(it, Subject::NoStep(_)));
        assert_eq!(lost.count, 1);
    }
}
