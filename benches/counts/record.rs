//! Bytes of a record.

use benches::records::{one_posting, repeated};
use serde_json::Value;

use crate::Counts;

/// Of a batch of 50, as it is saved: each figure counts as one byte, because the digits of a time are chance.
pub(crate) fn count(counts: &mut Counts) {
    let record = serde_json::to_value(repeated(&one_posting(), 50)).unwrap();
    let bytes = without_digits(record).to_string().len();
    counts.insert("record.bytes_50".to_owned(), bytes as u64);
}

fn without_digits(value: Value) -> Value {
    match value {
        Value::Number(_) => Value::from(0),
        Value::Array(values) => values.into_iter().map(without_digits).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, without_digits(value)))
            .collect(),
        other => other,
    }
}
