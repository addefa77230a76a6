//! What callgrind counted, from gungraun's output.

use std::collections::BTreeMap;

use serde_json::{Deserializer, Value};

/// An output that does not say what was counted.
#[derive(Debug, thiserror::Error)]
pub enum InstructionsError {
    /// It is no JSON.
    #[error(
        "gungraun's output is no JSON: {0}; expected one object a benchmark, as --output-format=json prints"
    )]
    Json(#[from] serde_json::Error),
    /// A benchmark has no count, or is none of the operations.
    #[error(
        "gungraun's output has no instructions for benchmark {id:?} of {operations} operations; expected an id that ends \
         in the operation's place, and callgrind's count of Ir"
    )]
    NoCount {
        /// The id found.
        id: String,
        /// How many operations there are.
        operations: usize,
    },
    /// Fewer benchmarks than operations: what was not counted cannot have grown.
    #[error(
        "gungraun's output counts {found} of {operations} operations; expected every one; were they run with --bench?"
    )]
    NotAll {
        /// How many were counted.
        found: usize,
        /// How many operations there are.
        operations: usize,
    },
}

/// Reads gungraun's summaries, one JSON object a benchmark, into counts by operation. Benchmarks are known by the place of
/// their operation in `operations`, for gungraun numbers them.
///
/// # Errors
/// [`InstructionsError`] where a benchmark's count is not found.
pub fn instructions(
    summaries: &str,
    operations: &[String],
) -> Result<BTreeMap<String, u64>, InstructionsError> {
    let mut counts = BTreeMap::new();
    for summary in Deserializer::from_str(summaries).into_iter::<Value>() {
        let summary = summary?;
        let id = summary["id"].as_str().unwrap_or_default();
        let found = place(id)
            .and_then(|place| operations.get(place))
            .zip(executed(&summary));
        let (operation, count) = found.ok_or_else(|| InstructionsError::NoCount {
            id: id.to_owned(),
            operations: operations.len(),
        })?;
        counts.insert(format!("instructions.{operation}"), count);
    }
    let (found, operations) = (counts.len(), operations.len());
    if found < operations {
        return Err(InstructionsError::NotAll { found, operations });
    }
    Ok(counts)
}

/// `operation_12` is at 12.
fn place(id: &str) -> Option<usize> {
    id.rsplit_once('_')?.1.parse().ok()
}

/// The instructions of callgrind's profile, of this run and not of one before. As version 7 of gungraun's summary has it.
fn executed(summary: &Value) -> Option<u64> {
    let profiles = summary["profiles"].as_array()?;
    let of_callgrind = profiles
        .iter()
        .find(|profile| profile["tool"] == "Callgrind")?;
    of_callgrind["data"]["total"]["metrics"]["Ir"]["values"]["new"].as_u64()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A summary as gungraun 0.20 prints it, as far as it is read: a first run, or one beside an older one.
    fn summary(id: &str, values: &Value) -> String {
        let metrics = json!({ "Dr": { "values": { "new": 7 } }, "Ir": { "values": values } });
        let profile = json!({ "tool": "Callgrind", "data": { "total": { "metrics": metrics } } });
        json!({ "id": id, "profiles": [profile], "version": "7" }).to_string()
    }

    fn operations() -> Vec<String> {
        ["parse_plan", "plan_wave"].map(str::to_owned).to_vec()
    }

    #[test]
    fn a_benchmark_is_known_by_the_place_of_its_operation() {
        let first = summary("operation_1", &json!({ "new": 12 }));
        let again = summary("operation_0", &json!({ "new": 34, "old": 99 }));
        let counts = instructions(&format!("{first}\n{again}\n"), &operations()).unwrap();
        let expected = [
            ("instructions.parse_plan", 34),
            ("instructions.plan_wave", 12),
        ];
        assert_eq!(
            counts,
            expected
                .map(|(name, count)| (name.to_owned(), count))
                .into()
        );
    }

    #[test]
    fn what_was_not_counted_does_not_pass() {
        let one = summary("operation_0", &json!({ "new": 12 }));
        for (summaries, counted) in [("", 0), (one.as_str(), 1)] {
            let error = instructions(summaries, &operations()).unwrap_err();
            assert!(
                matches!(error, InstructionsError::NotAll { found, operations: 2 } if found == counted)
            );
        }
    }

    #[test]
    fn a_benchmark_that_is_none_of_the_operations_is_refused() {
        let stranger = summary("operation_2", &json!({ "new": 12 }));
        let error = instructions(&stranger, &operations()).unwrap_err();
        assert!(error.to_string().contains("operation_2"), "{error}");
    }
}
