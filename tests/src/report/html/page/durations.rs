//! How long each step took: every interaction, the quartiles, and November 2025 beside.

use maud::{Markup, html};

use super::timeline::anchor;
use super::{seconds, step};
use crate::report::html::shapes::axis::LogAxis;
use crate::report::html::shapes::durations::{Durations, StepDurations};
use crate::report::html::shapes::november::Published;

/// The picture's size in its own units; places are thousandths of the axis.
const WIDTH: u32 = 1_000;
const HEIGHT: u32 = 26;

pub(super) fn section(durations: &Durations) -> Markup {
    html! {
        section id="durations" aria-labelledby="durations-heading" {
            h2 id="durations-heading" { "Duration of each step" }
            @match durations.axis {
                None => p { "Nothing was begun and ended: no duration is known." },
                Some(axis) => {
                    p.lead {
                        "Seconds of the plan's time from start to end, failures included. A thin line is an \
                         interaction, or several that took as long; the box holds the middle half of them and the thick \
                         line is the median. Below it, in grey: November 2025 from least to greatest, with its mean. The \
                         axis is logarithmic."
                        @if durations.scale > 1.0 {
                            " Scripts are not simulated: what they really take counts " (durations.scale)
                            "-fold, and is compared with nothing."
                        }
                    }
                    div.scroll role="region" aria-label="Table of durations" tabindex="0" {
                        table.durations { (head(axis)) tbody { @for it in &durations.steps { (row(it, axis)) } } }
                    }
                }
            }
        }
    }
}

fn head(axis: LogAxis) -> Markup {
    html! {
        thead {
            tr {
                th scope="col" { "Step" }
                th.number scope="col" { "Number" }
                th.spread.axis scope="col" {
                    span.hidden { "Distribution" }
                    svg height="20" aria-hidden="true" {
                        @for tick in axis.ticks() {
                            @let at = format!("{:.2}%", tick.at * 100.0);
                            line x1=(at) x2=(at) y1="15" y2="20" {}
                            text x=(at) y="12" text-anchor=(anchor(tick.at)) { (tick.label) }
                        }
                    }
                }
                th.number scope="col" { "Least" }
                th.number scope="col" { "Quarter" }
                th.number scope="col" { "Median" }
                th.number scope="col" { "3 quarters" }
                th.number scope="col" { "Greatest" }
                th.number scope="col" { "Mean" }
                th.number scope="col" { "Mean in" br; "Nov. 2025" }
                th.number scope="col" { "Over" br; "Nov." }
            }
        }
    }
}

fn row(it: &StepDurations, axis: LogAxis) -> Markup {
    let told = &it.told;
    html! {
        tr {
            th scope="row" { (step(&it.step)) }
            td.number { (told.n) }
            td.spread { (picture(it, axis)) }
            td.number { (seconds(told.least)) }
            td.number { (seconds(told.lower)) }
            td.number { b { (seconds(told.median)) } }
            td.number { (seconds(told.upper)) }
            td.number { (seconds(told.greatest)) }
            td.number { (seconds(told.mean)) }
            td.number { (it.november.map_or_else(|| "–".to_owned(), |it| seconds(it.mean))) }
            td.number { (it.november.map_or_else(|| "–".to_owned(), |november| times(told.mean, november))) }
        }
    }
}

fn times(mean: f64, november: Published) -> String {
    if november.mean > 0.0 {
        format!("{:.2} ×", mean / november.mean)
    } else {
        "–".to_owned()
    }
}

fn picture(it: &StepDurations, axis: LogAxis) -> Markup {
    let x = |seconds: f64| format!("{:.1}", axis.place(seconds) * f64::from(WIDTH));
    let told = &it.told;
    let points = it.places.iter().map(|place| format!("M{place} 4v10"));
    let points = points.collect::<Vec<_>>().concat();
    let middle = (axis.place(told.upper) - axis.place(told.lower)) * f64::from(WIDTH);
    let kind = it.step.kind.class();
    let ticks = axis.ticks();
    let at = ticks.iter().map(|tick| tick.at * f64::from(WIDTH));
    let grid = at.map(|at| format!("M{at:.0} 0V{HEIGHT}"));
    let grid = grid.collect::<Vec<_>>().concat();
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" role="img" aria-label=(words(it)) {
            path.grid vector-effect="non-scaling-stroke" d=(grid) {}
            rect.box.(kind) x=(x(told.lower)) y="2" width=(format!("{:.1}", middle.max(1.0))) height="14" {}
            path.points.(kind) vector-effect="non-scaling-stroke" d=(points) {}
            path.median.(kind) vector-effect="non-scaling-stroke" d={ "M" (x(told.median)) " 1v16" } {}
            @if let Some(november) = it.november {
                path.november vector-effect="non-scaling-stroke" d={ "M" (x(november.least)) " 21.5H" (x(november.greatest)) } {}
                path.november.mean vector-effect="non-scaling-stroke" d={ "M" (x(november.mean)) " 19v5" } {}
            }
        }
    }
}

/// The picture in words.
fn words(it: &StepDurations) -> String {
    let told = &it.told;
    let beside = it.november.map_or_else(String::new, |november| {
        format!(
            "; in November 2025 {} to {} s, {} s on the average of {}",
            seconds(november.least),
            seconds(november.greatest),
            seconds(november.mean),
            november.n
        )
    });
    format!(
        "{} to {} s, half of them from {} to {} s{beside}",
        seconds(told.least),
        seconds(told.greatest),
        seconds(told.lower),
        seconds(told.upper)
    )
}
