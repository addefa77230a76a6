//! A model's answer. The model read a posting, and does what the posting says.

use serde_json::Value;
use wave_runner::workflow::{Malformed, Output, OutputKind, PostingColumn};

/// Any answer is an output of its kind that may be saved, or a refusal that may be told. The first byte chooses the kind.
pub fn holds(bytes: &[u8]) {
    let Some((kind, answer)) = bytes.split_first() else {
        return;
    };
    let kind = OutputKind::ALL[usize::from(*kind) % OutputKind::ALL.len()];
    match kind.parse(&String::from_utf8_lossy(answer)) {
        Ok(output) => {
            may_be_saved(kind, &output);
            is_itself_again(kind, &output);
        }
        Err(refusal) => may_be_told(&refusal),
    }
}

/// What a column gets is what the column is for, whatever the answer wanted.
fn may_be_saved(kind: OutputKind, output: &Output) {
    for column in kind.columns() {
        let value = output.column(*column).unwrap_or_default();
        let is_right = match column {
            PostingColumn::ExtractedSummary => {
                value.as_str().is_some_and(|text| text.starts_with("Role:"))
            }
            PostingColumn::SkillKeywords => value.as_array().is_some_and(|skills| {
                !skills.is_empty() && skills.iter().all(|skill| !is_blank(skill))
            }),
            PostingColumn::IhlScore => value.as_u64().is_some_and(|score| score <= 10),
            PostingColumn::IhlCategory => !is_blank(&value),
        };
        assert!(is_right, "{column} would be {value}");
    }
    for column in PostingColumn::ALL {
        let is_its_own = kind.columns().contains(&column);
        assert!(
            is_its_own || output.column(column).is_none(),
            "{kind} writes {column}"
        );
    }
    assert!(
        !output.as_text().contains('\0'),
        "a NUL that no column can hold"
    );
}

fn is_blank(value: &Value) -> bool {
    value.as_str().is_none_or(|text| text.trim().is_empty())
}

/// What was saved can be read again, and an answer in the standard form stays as it is.
fn is_itself_again(kind: OutputKind, output: &Output) {
    let saved = serde_json::to_value(output).unwrap_or_default();
    let read: Option<Output> = serde_json::from_value(saved).ok();
    assert_eq!(read.as_ref(), Some(output));
    let text = match output {
        Output::Skills { skills } => serde_json::json!(skills).to_string(),
        _ => output.as_text(),
    };
    assert_eq!(kind.parse(&text).as_ref(), Ok(output), "{text}");
}

/// Its message goes into a row, a log and a terminal.
fn may_be_told(refusal: &Malformed) {
    let told = refusal.to_string();
    assert!(
        told.chars().count() < 4_000,
        "{} characters",
        told.chars().count()
    );
    assert!(!told.chars().any(char::is_control), "{told:?}");
}
