//! Every criterion with its tiers, and where in them the measured value lies.

use maud::{Markup, html};

use super::{message, places, standing};
use crate::judge::reading::number;
use crate::judge::{Standing, Tiers, Unit, Verdict};
use crate::report::html::shapes::tier_bar::TierBar;
use crate::report::terminal::notes::is_noteworthy;

const NOTHING: &str = "–";
/// The bar's size in its own units.
const WIDTH: f64 = 144.0;
const HEIGHT: f64 = 14.0;

/// The zones' classes and names, from worse to better.
const KEY: [(&str, &str); 4] = [
    ("z-red", "red flag"),
    ("z-gap", "gap: neither accepted nor red"),
    ("z-acceptable", "acceptable"),
    ("z-target", "target"),
];

pub(super) fn section(verdicts: &[Verdict], leniency: Option<&str>) -> Markup {
    html! {
        section id="verdicts" aria-labelledby="verdicts-heading" {
            h2 id="verdicts-heading" { "Verdicts" }
            p.lead {
                "On every bar better is to the right; its zones are equally wide however far apart their bounds lie. \
                 The mark is the measured value."
            }
            ul.key {
                @for (class, name) in KEY {
                    li {
                        svg viewBox="0 0 22 11" aria-hidden="true" { rect.(class) width="22" height="11" rx="2" {} }
                        (name)
                    }
                }
            }
            div.scroll role="region" aria-label="Table of verdicts" tabindex="0" {
                table.verdicts {
                    thead {
                        tr {
                            th scope="col" { "Criterion" }
                            th.asked scope="col" { "Asked" }
                            th.number scope="col" { "Measured" }
                            th scope="col" { "In its tiers" }
                            th.bound scope="col" { "Target" }
                            th.bound scope="col" { "Acceptable" }
                            th.bound scope="col" { "Red flag" }
                            th scope="col" { "Verdict" }
                        }
                    }
                    @for family in verdicts.chunk_by(|a, b| a.family == b.family) {
                        tbody {
                            @if let Some(first) = family.first() {
                                tr.family { th colspan="8" scope="rowgroup" { (first.family) } }
                            }
                            @for verdict in family { (row(verdict)) }
                        }
                    }
                }
            }
            @if let Some(leniency) = leniency {
                @let mut lines = leniency.lines();
                @if let Some(first) = lines.next() { h3 { "Where the plan asks little" } p { (first) } }
                ul { @for line in lines.filter(|line| !line.trim().is_empty()) { li { (message(line.trim())) } } }
            }
            details {
                summary { "What each criterion checks" }
                dl.facts {
                    @for verdict in verdicts {
                        dt { (verdict.criterion.name) }
                        dd { (verdict.criterion.sentence) }
                    }
                }
            }
        }
    }
}

fn row(verdict: &Verdict) -> Markup {
    let tiers = &verdict.tiers;
    let is_told =
        is_noteworthy(verdict) || matches!(verdict.standing, Standing::NotJudgeable { .. });
    html! {
        tr {
            th scope="row" {
                (verdict.criterion.name)
                @if is_told {
                    span.note {
                        (message(&verdict.note))
                        @if let Some(places) = places(&verdict.look) { "; " (places) }
                    }
                }
            }
            td.asked { (verdict.enforcement) }
            td.number { (measured(verdict)) }
            td { (bar(verdict)) }
            td.bound.nowrap { (tiers.target.show(tiers.unit)) }
            td.bound.nowrap { (tiers.acceptable.map_or_else(|| NOTHING.to_owned(), |it| it.show(tiers.unit))) }
            td.bound.nowrap { (tiers.red.show(tiers.unit)) }
            td { (standing(&verdict.standing)) }
        }
    }
}

fn measured(verdict: &Verdict) -> String {
    match verdict.measured {
        None => NOTHING.to_owned(),
        Some(measured) if measured.unit == Unit::Percent && verdict.n > 0 => {
            format!("{measured} of {}", verdict.n)
        }
        Some(measured) => measured.to_string(),
    }
}

fn bar(verdict: &Verdict) -> Markup {
    let bar = TierBar::of(&verdict.tiers, verdict.measured);
    let width = WIDTH / number(bar.zones.len().max(1));
    html! {
        svg.tiers viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none"
            role="img" aria-label=(told(verdict)) {
            @for (place, zone) in bar.zones.iter().enumerate() {
                rect.(zone_class(&zone.standing)) x=(format!("{:.1}", number(place) * width)) y="3"
                    width=(format!("{:.1}", width - 1.0)) height="8" {}
            }
            @if let Some(marker) = bar.marker {
                @let x = (marker * WIDTH - 2.0).clamp(0.5, WIDTH - 4.5);
                rect.marker x=(format!("{x:.1}")) y="0.5" width="4" height="13" rx="1.5" {}
            }
        }
    }
}

fn zone_class(standing: &Standing) -> &'static str {
    match standing {
        Standing::Target => "z-target",
        Standing::Acceptable => "z-acceptable",
        Standing::Red => "z-red",
        Standing::Gap | Standing::NoData | Standing::NotJudgeable { .. } => "z-gap",
    }
}

/// The picture in words.
fn told(verdict: &Verdict) -> String {
    let Tiers {
        unit,
        target,
        acceptable,
        red,
    } = verdict.tiers;
    let accepted =
        acceptable.map_or_else(String::new, |it| format!(", acceptable {}", it.show(unit)));
    let value = verdict
        .measured
        .map_or_else(|| "not measured".to_owned(), |it| it.to_string());
    format!(
        "{value}: target {}{accepted}, red flag {}",
        target.show(unit),
        red.show(unit)
    )
}
