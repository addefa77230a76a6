//! A detail answer (`{"jobPostingInfo": {…}, …}`) read into a posting for staging.

use serde_json::{Map, Value, json};

use super::error::ShapeError;
use super::identity::id_in_path;
use super::posting::{
    LEAST_DESCRIPTION_CHARS, MOST_DESCRIPTION_CHARS, MOST_ID_CHARS, MOST_LINE_CHARS, Refusal,
    StagedPosting,
};
use super::text::{one_line, plain_text, without_nul};
use crate::workflow::content_hash;

/// Where a detail came from: its id if the detail itself names none.
#[derive(Debug, Clone, Copy)]
pub enum Origin<'a> {
    /// The list named it by this requisition id.
    Listed(&'a str),
    /// It lay in a file of this name, which identifies the row in staging but not the requisition.
    File(&'a str),
}

/// Reads a detail answer. What a posting must have and lacks becomes a refusal.
///
/// # Errors
///
/// [`ShapeError`] if this is no detail answer at all: no `jobPostingInfo`, or a field of another type.
pub fn read(detail: Value, origin: Origin<'_>) -> Result<StagedPosting, ShapeError> {
    let detail = storable(detail);
    let info = Info::of(&detail)?;
    let mut refusals = Vec::new();

    let external_id = info.external_id()?.unwrap_or_else(|| match origin {
        Origin::Listed(id) => id.to_owned(),
        Origin::File(name) => {
            refusals.push(Refusal::NoExternalId);
            name.to_owned()
        }
    });
    refusals.extend(too_long("requisition id", &external_id, MOST_ID_CHARS));
    let external_id = key(&external_id);
    let job_title = info.line("title")?;
    refusals.extend(match &job_title {
        None => Some(Refusal::NoTitle),
        Some(title) => too_long("title", title, MOST_LINE_CHARS),
    });
    let location = info.line("location")?;
    refusals.extend(match &location {
        None => Some(Refusal::NoLocation),
        Some(location) => too_long("location", location, MOST_LINE_CHARS),
    });
    let (description, refusal) = description(info.text("jobDescription")?);
    refusals.extend(refusal);

    Ok(StagedPosting {
        content_hash: content_hash(
            &external_id,
            job_title.as_deref().unwrap_or_default(),
            location.as_deref().unwrap_or_default(),
            description.as_deref().unwrap_or_default(),
        ),
        country: info.country()?,
        posting_url: info.line("externalUrl")?,
        raw_data: json!({
            "external_id": external_id,
            "job_description": description,
            "detail": detail,
        }),
        external_id,
        job_title,
        location,
        refusals,
    })
}

/// A posting that is listed but whose detail could not be had: it lies in staging to say so.
pub fn missing(external_id: &str, title: Option<&str>, why: String) -> StagedPosting {
    let job_title = title.map(one_line).filter(|title| !title.is_empty());
    let external_id = key(external_id);
    StagedPosting {
        content_hash: content_hash(
            &external_id,
            job_title.as_deref().unwrap_or_default(),
            "",
            "",
        ),
        raw_data: json!({ "external_id": external_id, "job_description": null, "detail": null }),
        external_id,
        job_title,
        location: None,
        country: None,
        posting_url: None,
        refusals: vec![Refusal::NoDetail { why }],
    }
}

fn too_long(what: &'static str, line: &str, most: usize) -> Option<Refusal> {
    let chars = line.chars().count();
    (chars > most).then_some(Refusal::LineTooLong { what, chars, most })
}

/// An id by which a posting can lie in staging: itself, or its beginning and a hash of all of it where it is too long.
fn key(id: &str) -> String {
    if id.chars().nth(MOST_ID_CHARS).is_none() {
        return id.to_owned();
    }
    let beginning: String = id.chars().take(MOST_ID_CHARS / 4).collect();
    format!("{beginning}…{}", content_hash(id, "", "", ""))
}

fn description(html: Option<&str>) -> (Option<String>, Option<Refusal>) {
    let Some(html) = html else {
        return (None, Some(Refusal::NoDescription));
    };
    let Some(text) = plain_text(html) else {
        return (None, Some(Refusal::UnreadableDescription));
    };
    match text.chars().count() {
        0 => (None, Some(Refusal::NoDescription)),
        chars if chars < LEAST_DESCRIPTION_CHARS => {
            (Some(text), Some(Refusal::DescriptionTooShort { chars }))
        }
        chars if chars > MOST_DESCRIPTION_CHARS => {
            (Some(text), Some(Refusal::DescriptionTooLong { chars }))
        }
        _ => (Some(text), None),
    }
}

/// The answer as the database can hold it: without U+0000, otherwise untouched.
fn storable(value: Value) -> Value {
    match value {
        Value::String(text) if text.contains('\0') => Value::String(without_nul(&text)),
        Value::Array(items) => items.into_iter().map(storable).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, value)| (without_nul(&key), storable(value)))
            .collect(),
        plain => plain,
    }
}

/// The posting's own fields, with errors that name them.
struct Info<'a>(&'a Map<String, Value>);

impl<'a> Info<'a> {
    fn of(detail: &'a Value) -> Result<Self, ShapeError> {
        let info = detail.get("jobPostingInfo");
        match info.and_then(Value::as_object) {
            Some(fields) => Ok(Self(fields)),
            None => Err(ShapeError::new("jobPostingInfo", "an object", info)),
        }
    }

    fn text(&self, key: &str) -> Result<Option<&'a str>, ShapeError> {
        text_at(self.0.get(key), &format!("jobPostingInfo.{key}"))
    }

    fn line(&self, key: &str) -> Result<Option<String>, ShapeError> {
        Ok(self
            .text(key)?
            .map(one_line)
            .filter(|line| !line.is_empty()))
    }

    fn external_id(&self) -> Result<Option<String>, ShapeError> {
        if let Some(id) = self.line("jobReqId")? {
            return Ok(Some(id));
        }
        Ok(self
            .line("jobPostingId")?
            .and_then(|posting_id| id_in_path(&posting_id)))
    }

    fn country(&self) -> Result<Option<String>, ShapeError> {
        let descriptor = self
            .0
            .get("country")
            .and_then(|country| country.get("descriptor"));
        let country = text_at(descriptor, "jobPostingInfo.country.descriptor")?;
        Ok(country.map(one_line).filter(|name| !name.is_empty()))
    }
}

fn text_at<'a>(value: Option<&'a Value>, path: &str) -> Result<Option<&'a str>, ShapeError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        other => Err(ShapeError::new(path, "text", other)),
    }
}

#[cfg(test)]
mod tests;
