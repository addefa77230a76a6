//! The markup: templates over the shapes, and nothing else. Whatever comes from outside goes through [`outside`].

mod by_posting;
mod data;
mod decision;
mod document;
mod durations;
mod environment;
mod failures;
mod gpu;
mod proofs;
mod slowest;
mod timeline;
mod timeline_data;
mod verdicts;

use maud::{Markup, html};

pub(super) use document::document;

use super::shapes::outside::readable;
use super::shapes::steps::Step;
use crate::judge::{Look, Standing};

/// Titles and names are told to this length.
const SHORT: usize = 90;
/// Messages are told to this length.
const LONG: usize = 600;

/// A text from outside: escaped, kept apart from the direction of what is around it, and cut.
fn outside(text: &str) -> Markup {
    html! { bdi { (readable(text, SHORT)) } }
}

/// The same for a text of some sentences.
fn message(text: &str) -> Markup {
    html! { bdi { (readable(text, LONG)) } }
}

/// A step by its name, with its id beside.
fn step(step: &Step) -> Markup {
    html! { (outside(&step.name)) " " span.muted { (step.conversation) } }
}

/// A standing as a word, with a sign of its own shape.
fn standing(standing: &Standing) -> Markup {
    let class = match standing {
        Standing::Target => "s-target",
        Standing::Acceptable => "s-acceptable",
        Standing::Gap => "s-gap",
        Standing::Red => "s-red",
        Standing::NoData => "s-nodata",
        Standing::NotJudgeable { .. } => "s-unjudged",
    };
    html! { span.standing.(class) { (standing) } }
}

/// Where to look, as a half sentence; nothing where nowhere.
fn places(look: &[Look]) -> Option<String> {
    let places: Vec<String> = look.iter().map(ToString::to_string).collect();
    (!places.is_empty()).then(|| format!("look at {}", places.join(", ")))
}

/// A number of seconds in a column of such.
fn seconds(seconds: f64) -> String {
    format!("{seconds:.2}")
}

/// A share in percent, from a number between 0 and 1.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.1 {
        "< 0.1 %".to_owned()
    } else {
        format!("{percent:.1} %")
    }
}
