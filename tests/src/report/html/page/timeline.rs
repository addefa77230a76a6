//! The timeline: a row for everything that went on, each with its picture and its numbers, and the same as a table.

use std::collections::BTreeMap;
use std::fmt::Write;

use maud::{Markup, html};

use super::gpu::{told_gpu, utilisation};
use super::{SHORT, by_posting, outside, percent, readable, step};
use crate::judge::reading::number;
use crate::report::html::View;
use crate::report::html::shapes::axis::{Tick, clock_to_the_second, share, time_ticks};
use crate::report::html::shapes::steps::Kind;
use crate::report::html::shapes::timeline::{Group, Heading, Look, Row, Subject, Timeline};

/// The height of a row's picture, in pixels, of which marks leave some free.
const ROW: usize = 13;
const FREE: usize = 3;
/// Where the grades of many postings are apart at once, the picture of the pairs grows up to this.
const HIGHEST: usize = 48;

pub(super) fn section(view: &View<'_>) -> Markup {
    html! {
        section id="timeline" aria-labelledby="timeline-heading" {
            h2 id="timeline-heading" { "Timeline" }
            @match &view.timeline {
                None => p { "Nothing was begun: there is no timeline." },
                Some(timeline) => (whole(timeline, view)),
            }
        }
    }
}

fn whole(timeline: &Timeline, view: &View<'_>) -> Markup {
    let ticks = time_ticks(timeline.length);
    html! {
        p.lead {
            "Hours of the plan's time since the first work"
            @if timeline.origin.scale > 1.0 { ", which passed " (timeline.origin.scale) " times as fast" }
            ". A mark is "
            @if timeline.witnessed {
                "the time in which the server computed a call, as the witness saw it; scripts are drawn as the books \
                 have them."
            } @else {
                "an interaction from start to end as the books have it: nobody witnessed what the server computed."
            }
        }
        @if timeline.near > 0 {
            p { (timeline.calls.all.len()) " calls are too many to be drawn one by one: those less than "
                (clock_to_the_second(timeline.near)) " apart are drawn as one, and nothing is told of them singly." }
        }
        p.lead.small.how-to hidden {
            "Point at a mark to read it. Zoom with + and −, or Ctrl and the wheel; drag to move; arrow keys go from mark \
             to mark."
        }
        (key(timeline))
        div.scroll {
            table.timeline {
                caption.hidden { "What went on, row by row, over the time of the batch" }
                colgroup { col.c-name; col; col.c-count; col.c-share; }
                thead {
                    tr {
                        th scope="col" { "Model and step" }
                        th.axis scope="col" { span.hidden { "Over the time of the batch" } (axis(&ticks)) }
                        th.number.of scope="col" { "Number" }
                        th.number.of scope="col" { "Of the time" }
                    }
                }
                @for group in &timeline.groups { (rows(group, timeline, &ticks)) }
                @if let Some(gpu) = &timeline.gpu { (utilisation(gpu, timeline, &ticks)) }
            }
        }
        @match &timeline.gpu {
            Some(gpu) => p.muted { (told_gpu(gpu)) "." },
            None => p.muted { "GPU utilisation: nobody sampled the GPU." },
        }
        @if view.record.residency.is_empty() {
            p.muted { "Resident models: nobody sampled them; the waves are stretches of calls of one model." }
        }
        @if let Some(table) = &view.by_posting { (by_posting::table(table)) }
    }
}

fn axis(ticks: &[Tick]) -> Markup {
    html! {
        svg height="20" aria-hidden="true" {
            @for tick in ticks {
                @let at = format!("{:.3}%", tick.at * 100.0);
                line x1=(at) x2=(at) y1="15" y2="20" {}
                text x=(at) y="12" text-anchor=(anchor(tick.at)) { (tick.label) }
            }
        }
    }
}

/// Labels at the ends of an axis stay within it.
pub(super) fn anchor(at: f64) -> &'static str {
    if at < 0.03 {
        "start"
    } else if at > 0.97 {
        "end"
    } else {
        "middle"
    }
}

fn rows(group: &Group, timeline: &Timeline, ticks: &[Tick]) -> Markup {
    html! {
        tbody {
            @if let Some(heading) = heading(&group.heading, timeline.calls.servers.len() > 1) {
                tr.heading { th colspan="4" scope="rowgroup" { (heading) } }
            }
            @for row in &group.rows {
                @let class = match row.subject {
                    Subject::Model(_) => "model",
                    Subject::Waves | Subject::Idle | Subject::Pairs => "top",
                    _ => "step",
                };
                tr.(class) {
                    th scope="row" { (subject(&row.subject)) }
                    td.track { (picture(row, timeline.length, ticks)) }
                    td.number.of { (count(row, timeline)) }
                    td.number.of { (percent(share(row.time, timeline.length))) }
                }
            }
        }
    }
}

fn heading(heading: &Heading, several: bool) -> Option<Markup> {
    match heading {
        Heading::Server(Some(name)) => Some(html! { "Server " (outside(name)) }),
        Heading::Server(None) if several => Some(html! { "Server unknown" }),
        Heading::Server(None) => None,
        Heading::Pairs => Some(html! { "Grades of one posting" }),
        Heading::Scripts => Some(html! { "Scripts" }),
        Heading::Residents(Some(name)) => Some(html! { "Resident models on " (outside(name)) }),
        Heading::Residents(None) => Some(html! { "Resident models" }),
    }
}

fn subject(subject: &Subject) -> Markup {
    match subject {
        Subject::Waves => html! { "Waves" },
        Subject::Model(name) | Subject::Resident(name) => outside(name),
        Subject::Step(it) => step(it),
        Subject::NoStep(_) => html! { "calls without a row" },
        Subject::Idle => html! { "Nothing computed" },
        Subject::Pairs => html! { "Both at once" },
    }
}

/// A subject in words, for whom does not see where its row stands.
pub(super) fn told(subject: &Subject) -> String {
    let told = match subject {
        Subject::Waves => "Wave".to_owned(),
        Subject::Model(name) => format!("Load of {name}"),
        Subject::Step(step) => format!("{} ({}), {}", step.name, step.conversation, step.actor),
        Subject::NoStep(name) => format!("Call of {name} that no row tells of"),
        Subject::Idle => "Nothing computed".to_owned(),
        Subject::Pairs => "Grades of one posting".to_owned(),
        Subject::Resident(name) => format!("{name} resident"),
    };
    readable(&told, SHORT).into_owned()
}

/// Loads that nobody could have seen are not none. Of pairs it is told how many were given at once.
fn count(row: &Row, timeline: &Timeline) -> String {
    match row.subject {
        Subject::Pairs if timeline.near == 0 => format!("{} of {}", row.count, row.marks.len()),
        Subject::Model(_) if !timeline.witnessed => "–".to_owned(),
        Subject::Model(_) if row.count == 1 => "1 load".to_owned(),
        Subject::Model(_) => format!("{} loads", row.count),
        _ => row.count.to_string(),
    }
}

/// The marks of a row as one path for each look: a tenth of what an element a mark would take.
fn picture(row: &Row, length: i64, ticks: &[Tick]) -> Markup {
    let mut paths: BTreeMap<Look, String> = BTreeMap::new();
    let whole = match row.subject {
        Subject::Pairs => (FREE + 2 * row.tracks).clamp(ROW, HIGHEST),
        _ => ROW,
    };
    let height = number(whole - FREE) / number(row.tracks);
    for mark in &row.marks {
        let path = paths.entry(mark.look).or_default();
        let (y, width) = (1.5 + number(mark.track) * height, mark.span.length());
        // Writing to a string does not fail.
        let _ = write!(
            path,
            "M{} {y:.1}h{width}v{height:.1}h-{width}z",
            mark.span.start
        );
    }
    html! {
        svg viewBox={ "0 0 " (length) " " (whole) } height=(whole) preserveAspectRatio="none"
            role="img" aria-label=(alternative(row)) {
            (grid(ticks, length, whole))
            @for (look, path) in &paths { path.bars.(class(*look)) vector-effect="non-scaling-stroke" d=(path) {} }
        }
    }
}

/// A line at each tick, from the top of a picture to its bottom.
pub(super) fn grid(ticks: &[Tick], length: i64, height: usize) -> Markup {
    let whole = share(length, 1);
    let lines = ticks
        .iter()
        .map(|tick| format!("M{:.0} 0V{height}", tick.at * whole));
    html! { path.grid vector-effect="non-scaling-stroke" d=(lines.collect::<Vec<_>>().concat()) {} }
}

fn alternative(row: &Row) -> String {
    let ends = row
        .marks
        .first()
        .zip(row.marks.iter().map(|it| it.span.end).max());
    match ends {
        None => format!("{}: none", told(&row.subject)),
        Some((first, end)) => format!(
            "{}: {} between {} and {}, {} altogether",
            told(&row.subject),
            row.count,
            clock_to_the_second(first.span.start),
            clock_to_the_second(end),
            clock_to_the_second(row.time)
        ),
    }
}

fn class(look: Look) -> &'static str {
    match look {
        Look::Call(kind) => kind.class(),
        Look::Bad => "m-bad",
        Look::Open => "m-open",
        Look::Wave(false) => "m-wave-a",
        Look::Wave(true) => "m-wave-b",
        Look::Load => "m-load",
        Look::Idle => "m-idle",
        Look::Together => "m-together",
        Look::Apart => "m-apart",
        Look::Resident => "m-resident",
    }
}

/// Only what is there is explained.
fn key(timeline: &Timeline) -> Markup {
    let seen = |look: Look| {
        timeline
            .rows()
            .flat_map(|row| &row.marks)
            .any(|mark| mark.look == look)
    };
    let signs = [
        (
            Look::Call(Kind::Other),
            "calls, in the colour of their kind of step",
        ),
        (Look::Load, "waiting for the model to be loaded"),
        (Look::Bad, "call that ended badly"),
        (Look::Open, "call that has not ended"),
        (Look::Together, "both grades at once"),
        (
            Look::Apart,
            "time between grades that were not given at once",
        ),
        (Look::Wave(false), "waves, by turns lighter and darker"),
        (Look::Idle, "no call was computed"),
    ];
    html! {
        ul.key {
            @for (look, name) in signs {
                @if matches!(look, Look::Call(_)) || seen(look) {
                    li {
                        svg viewBox="0 0 22 11" aria-hidden="true" {
                            rect.(class(look)) x="1" y="1" width="20" height="9" {}
                        }
                        (name)
                    }
                }
            }
        }
    }
}
