//! What to do next, why, and the few numbers that a reader looks for first.

use maud::{Markup, html};

use super::{message, places, standing};
use crate::judge::{Action, Standing, Validity, Verdict};
use crate::report::html::View;

/// The criteria that stand on tiles.
const TILES: [&str; 6] = [
    "postings_completed",
    "completed_postings_have_all_data",
    "grades_overlap_on_server",
    "total_duration",
    "model_loads",
    "makespan",
];

pub(super) fn section(view: &View<'_>) -> Markup {
    let decision = &view.judgement.decision;
    let class = match decision.action {
        Action::ProceedTo(_) | Action::AddWorkers(_) => "good",
        _ => "bad",
    };
    html! {
        section.decision.(class) id="decision" aria-labelledby="decision-heading" {
            h2.muted.small id="decision-heading" { "Decision" }
            p.what { (message(&capital(&decision.action.to_string()))) "." }
            div.columns {
                div {
                    ul { @for reason in &decision.reasons { li { (message(reason)) } } }
                }
                div {
                    ul { @for advice in &decision.advice { li.advice { (message(advice)) } } }
                }
            }
            p {
                "Exit code " b { (view.judgement.exit().code()) } ": " (view.judgement.exit().meaning()) "."
            }
            (tally(&view.judgement.verdicts))
            ul.tiles aria-label="Key figures" {
                @for verdict in TILES.iter().filter_map(|id| view.judgement.verdict(id)) {
                    li {
                        span.name { (verdict.criterion.name) }
                        span.value {
                            @match verdict.measured { Some(measured) => (measured), None => "–" }
                        }
                        (standing(&verdict.standing))
                    }
                }
            }
            (validity(&view.judgement.validity))
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// How many verdicts stand where; those that nothing stands at are left out.
fn tally(verdicts: &[Verdict]) -> Markup {
    let not_judgeable = Standing::NotJudgeable {
        reason: String::new(),
    };
    let standings = [
        Standing::Target,
        Standing::Acceptable,
        Standing::Gap,
        Standing::Red,
        Standing::NoData,
        not_judgeable,
    ];
    let count = |kind: &Standing| {
        let same =
            |it: &&Verdict| std::mem::discriminant(&it.standing) == std::mem::discriminant(kind);
        verdicts.iter().filter(same).count()
    };
    html! {
        ul.tally aria-label="Verdicts by standing" {
            @for kind in &standings {
                @let count = count(kind);
                @if count > 0 { li { b { (count) } " " (standing(kind)) } }
            }
        }
    }
}

fn validity(validity: &Validity) -> Markup {
    html! {
        h3 { "Validity" }
        @if validity.is_valid() {
            p { "Nothing speaks against the evidence." }
        } @else {
            p { span.standing.s-red { "INVALID" } ": the evidence cannot be what it says it is." }
            ul {
                @for doubt in &validity.doubts {
                    li {
                        (message(&doubt.sentence))
                        @if let Some(places) = places(&doubt.look) { span.note { (places) } }
                    }
                }
            }
        }
    }
}
