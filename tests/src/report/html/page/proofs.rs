//! What so many tries prove of the rates behind them.

use maud::{Markup, html};

use crate::judge::{Bound, Proof, Verdict};
use crate::report::terminal::proofs::{Group, groups, told, told_odds};

pub(super) fn section(verdicts: &[Verdict]) -> Markup {
    let groups = groups(verdicts);
    html! {
        section id="proofs" aria-labelledby="proofs-heading" {
            h2 id="proofs-heading" { "What so many tries prove" }
            @match groups.first() {
                None => p { "Nothing that is met was counted in tries: nothing is proven." },
                Some((first, _)) => {
                    p.lead {
                        "With " (first.confidence) " % confidence. The bar is the rate that the tries show, the line what the \
                         plan asks: a rate is met where it was seen, and proven only where the bar reaches the line."
                    }
                    div.scroll role="region" aria-label="Table of what is proven" tabindex="0" {
                        table.proven {
                            thead {
                                tr {
                                    th scope="col" { "Criteria" }
                                    th.proof scope="col" { "Shown and asked" }
                                    th scope="col" { "In words" }
                                }
                            }
                            tbody { @for group in &groups { (row(group)) } }
                        }
                    }
                }
            }
        }
    }
}

fn row((proof, names): &Group) -> Markup {
    html! {
        tr {
            th scope="row" { (names.join(", ")) }
            td.proof { (picture(proof)) }
            td {
                (told(proof)) "."
                @if proof.fewest_tries.is_none() { span.note { "Always and never are proven by no number of tries." } }
                @else if let Some(odds) = proof.odds { span.note { (told_odds(proof.asked, odds)) } }
            }
        }
    }
}

/// Rates of success: whoever asks for few failures asks for many successes.
fn picture(proof: &Proof) -> Markup {
    let is_of_failures = matches!(proof.shown, Bound::AtMost(_) | Bound::Below(_));
    let success = |bound: Bound| {
        if is_of_failures {
            100.0 - bound.first()
        } else {
            bound.first()
        }
    };
    let (shown, asked) = (success(proof.shown), success(proof.asked));
    // The interesting part of the scale: from ten below the lower of both, in tens.
    let from = ((shown.min(asked) / 10.0).floor() * 10.0 - 10.0).max(0.0);
    let x = |rate: f64| (rate - from) / (100.0 - from).max(1.0) * 100.0;
    let told = format!(
        "a rate of success of {shown:.2} % is shown and {asked} % asked, on a scale from {from} to 100 %"
    );
    html! {
        svg viewBox="0 0 100 14" preserveAspectRatio="none" role="img" aria-label=(told) {
            rect.rest y="3" width="100" height="8" {}
            rect.shown y="3" width=(format!("{:.1}", x(shown))) height="8" {}
            path.ask vector-effect="non-scaling-stroke" d=(format!("M{:.1} 0v14", x(asked).clamp(0.8, 99.2))) {}
        }
    }
}
