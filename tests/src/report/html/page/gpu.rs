//! How busy the graphics cards were, under the rows of the timeline and over the same axis.

use maud::{Markup, html};

use super::timeline::grid;
use crate::judge::reading::number;
use crate::report::html::shapes::axis::Tick;
use crate::report::html::shapes::gpu::Gpu;
use crate::report::html::shapes::timeline::Timeline;
use crate::report::words::mebibytes;

/// The height of the picture of utilisation; a pixel for every two percent, and some air.
const HEIGHT: usize = 56;

/// A line over an area, and another at the half that the plan asks for.
pub(super) fn utilisation(gpu: &Gpu, timeline: &Timeline, ticks: &[Tick]) -> Markup {
    let height = number(HEIGHT);
    let y = |percent: f64| height - 3.0 - percent / 100.0 * (height - 6.0);
    let points = gpu.points.iter();
    let line = points.map(|(at, percent)| format!("L{at} {:.1}", y(*percent)));
    let line = line.collect::<Vec<_>>().concat();
    let (first, last) = (gpu.points.first(), gpu.points.last());
    let ends = |point: Option<&(i64, f64)>| point.map_or(0, |(at, _)| *at);
    let area = format!("M{} {height}{line}L{} {height}z", ends(first), ends(last));
    html! {
        tbody {
            tr.heading { th colspan="4" scope="rowgroup" { "Graphics cards" } }
            tr.top {
                th scope="row" { "GPU utilisation" }
                td.track {
                    svg viewBox={ "0 0 " (timeline.length) " " (HEIGHT) } height=(HEIGHT) preserveAspectRatio="none"
                        role="img" aria-label=(told_gpu(gpu)) {
                        (grid(ticks, timeline.length, HEIGHT))
                        path.m-gpu vector-effect="non-scaling-stroke" d=(area) {}
                        path.m-half vector-effect="non-scaling-stroke" d={ "M0 " (y(50.0)) "H" (timeline.length) } {}
                    }
                }
                td.number.of { (gpu.samples) }
                td.number.of { (format!("{:.0} %", gpu.mean)) }
            }
        }
    }
}

/// What the picture shows, and what else was sampled, as far as the driver told.
pub(super) fn told_gpu(gpu: &Gpu) -> String {
    let mean = format!(
        "GPU utilisation: {:.0} % on the average of {} samples",
        gpu.mean, gpu.samples
    );
    let memory = gpu
        .most_memory
        .map(|most| format!("{} of memory in use", mebibytes(most)));
    let power = gpu.most_power.map(|watts| format!("{watts:.0} W"));
    let warmest = gpu.warmest.map(|celsius| format!("{celsius} °C"));
    let most: Vec<String> = [memory, power, warmest].into_iter().flatten().collect();
    match most[..] {
        [] => mean,
        _ => format!("{mean}; at most {}", most.join(", ")),
    }
}
