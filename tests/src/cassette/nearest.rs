//! The recording that comes closest to a request that was not recorded, and where the two part.

use std::fmt;

use serde_json::Value;

use super::{Party, Request};

/// The recording that comes closest, and the first field in which it differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest {
    /// Its number in the cassette.
    pub number: u64,
    /// The first field that differs, such as `options.num_ctx`.
    pub field: String,
    /// Where in a text: line and column, both from 1, counted in characters.
    pub place: Option<(usize, usize)>,
    /// What the request has there.
    pub asked: String,
    /// What the recording has there.
    pub recorded: String,
}

impl fmt::Display for Nearest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            number,
            field,
            place,
            asked,
            recorded,
        } = self;
        write!(
            f,
            "the nearest recording is number {number}, and differs first in {field}"
        )?;
        if let Some((line, column)) = place {
            write!(f, " at line {line}, column {column}")?;
        }
        write!(f, ": asked {asked}, recorded {recorded}")
    }
}

/// Characters of a text that are shown from the first one that differs.
const SHOWN: usize = 40;

/// The recording nearest to a request of the same party: the one with the most fields alike and, of these, the one with
/// the most of its text alike.
pub fn nearest<'r>(
    asked: &Request,
    recorded: impl IntoIterator<Item = (u64, &'r Request)>,
) -> Option<Nearest> {
    let ours = fields(asked);
    let candidates = recorded
        .into_iter()
        .filter(|(_, request)| request.party == asked.party)
        .map(|(number, request)| (number, fields(request)));
    let (number, theirs) = candidates.max_by_key(|(number, theirs)| {
        // Of several that are equally near the first.
        (likeness(&ours, theirs), std::cmp::Reverse(*number))
    })?;
    let (field, ours, theirs) = first_difference(&ours, &theirs)?;
    let (place, asked, recorded) = told(&ours, &theirs);
    Some(Nearest {
        number,
        field,
        place,
        asked,
        recorded,
    })
}

type Fields = Vec<(String, Value)>;

/// A careers site is asked by path, so that this is compared like a text.
fn fields(request: &Request) -> Fields {
    let mut fields = vec![
        ("method".to_owned(), request.method.clone().into()),
        ("path".to_owned(), request.path.clone().into()),
    ];
    fields.extend(request.fields());
    fields
}

fn value<'f>(fields: &'f Fields, name: &str) -> &'f Value {
    let found = fields.iter().find(|(field, _)| field == name);
    found.map_or(&Value::Null, |(_, value)| value)
}

/// How many fields are alike, and how many characters of those texts that are not.
fn likeness(ours: &Fields, theirs: &Fields) -> (usize, usize) {
    let mut alike = (0, 0);
    for (name, ours) in ours {
        match (ours, value(theirs, name)) {
            (ours, theirs) if ours == theirs => alike.0 += 1,
            (Value::String(ours), Value::String(theirs)) => alike.1 += shared(ours, theirs),
            _ => {}
        }
    }
    alike
}

/// The bytes that two texts share at their beginning and at their end.
fn shared(a: &str, b: &str) -> usize {
    let from_start = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let from_end = a.bytes().rev().zip(b.bytes().rev());
    let from_end = from_end.take_while(|(a, b)| a == b).count();
    (from_start + from_end).min(a.len()).min(b.len())
}

/// A field that only one of both has differs, too.
fn first_difference(ours: &Fields, theirs: &Fields) -> Option<(String, Value, Value)> {
    let only_theirs = theirs
        .iter()
        .filter(|(name, _)| value(ours, name).is_null());
    ours.iter()
        .chain(only_theirs)
        .map(|(name, _)| (name, value(ours, name), value(theirs, name)))
        .find(|(_, ours, theirs)| ours != theirs)
        .map(|(name, ours, theirs)| (name.clone(), ours.clone(), theirs.clone()))
}

fn told(ours: &Value, theirs: &Value) -> (Option<(usize, usize)>, String, String) {
    let (Value::String(ours), Value::String(theirs)) = (ours, theirs) else {
        let shown = |value: &Value| match value {
            Value::Null => "nothing".to_owned(),
            value => value.to_string(),
        };
        return (None, shown(ours), shown(theirs));
    };
    let alike = ours.chars().zip(theirs.chars());
    let alike = alike.take_while(|(a, b)| a == b).count();
    let before: String = ours.chars().take(alike).collect();
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|it| *it != '\n').count() + 1;
    let from_there = |text: &str| {
        let mut rest = text.chars().skip(alike);
        let shown: String = rest.by_ref().take(SHOWN).collect();
        let more = if rest.next().is_some() { "…" } else { "" };
        if shown.is_empty() {
            "the end of the text".to_owned()
        } else {
            format!("{shown:?}{more}")
        }
    };
    (Some((line, column)), from_there(ours), from_there(theirs))
}

/// Whether anything of a party was recorded at all.
pub(super) fn nothing_of(party: Party) -> String {
    format!("the cassette holds nothing of {party}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(model: &str, seed: u32, prompt: &str) -> Request {
        let body = serde_json::json!({"model": model, "prompt": prompt, "options": {"seed": seed, "num_ctx": 8192}});
        let body = body.to_string();
        Request::of(Party::ModelServer, "POST", "/api/generate", body.as_bytes())
    }

    fn nearest_of(asked: &Request, recorded: &[Request]) -> Nearest {
        nearest(asked, (0..).zip(recorded)).unwrap()
    }

    #[test]
    fn a_text_that_differs_is_told_with_its_place() {
        let recorded = [
            asks("m", 42, "Task: skills\nLocation: Bonn\nWrite."),
            asks("m", 42, "Task: extract\nanother one"),
        ];
        let asked = asks("m", 42, "Task: skills\nLocation: Pune\nWrite.");
        let nearest = nearest_of(&asked, &recorded);
        assert_eq!((nearest.number, nearest.place), (0, Some((2, 11))));
        assert_eq!(
            nearest.to_string(),
            "the nearest recording is number 0, and differs first in prompt at line 2, column 11: asked \
             \"Pune\\nWrite.\", recorded \"Bonn\\nWrite.\""
        );
    }

    #[test]
    fn an_option_is_told_before_a_text_and_without_a_place() {
        let recorded = [asks("m", 42, "Say A.")];
        let nearest = nearest_of(&asks("m", 43, "Say A."), &recorded);
        assert_eq!(
            (nearest.field.as_str(), nearest.place),
            ("options.seed", None)
        );
        assert_eq!(
            (nearest.asked.as_str(), nearest.recorded.as_str()),
            ("43", "42")
        );
    }

    #[test]
    fn more_fields_alike_are_nearer_than_more_text_alike() {
        let recorded = [
            asks("another", 7, "Say A and nothing else."),
            asks("m", 42, "Something quite different."),
        ];
        let nearest = nearest_of(&asks("m", 42, "Say A and nothing more."), &recorded);
        assert_eq!((nearest.number, nearest.field.as_str()), (1, "prompt"));
    }

    #[test]
    fn a_text_that_goes_on_is_told_against_the_end_of_the_other() {
        let recorded = [asks("m", 42, "Say A.")];
        let nearest = nearest_of(&asks("m", 42, "Say A. Then B."), &recorded);
        assert_eq!(nearest.asked, "\" Then B.\"");
        assert_eq!(nearest.recorded, "the end of the text");
    }

    #[test]
    fn an_umlaut_counts_as_one_column() {
        let recorded = [asks("m", 42, "Überblick über A")];
        let nearest = nearest_of(&asks("m", 42, "Überblick über B"), &recorded);
        assert_eq!(nearest.place, Some((1, 16)));
    }

    #[test]
    fn a_careers_site_is_no_model_server() {
        let page = Request::of(Party::CareersSite, "GET", "/job/Pune/A_R1", b"");
        let generation = asks("m", 42, "Say A.");
        assert_eq!(nearest(&page, [(0, &generation)]), None);
        let other = Request::of(Party::CareersSite, "GET", "/job/Pune/B_R2", b"");
        let told = nearest(&page, [(0, &generation), (1, &other)]).unwrap();
        assert_eq!((told.number, told.field.as_str()), (1, "path"));
    }
}
