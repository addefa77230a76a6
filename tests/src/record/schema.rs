//! The shape of a record, written down for whoever reads one without this crate.

use schemars::{Schema, schema_for};

use super::RunRecord;

/// The JSON Schema of a record of this version, made from the types.
pub fn schema() -> Schema {
    schema_for!(RunRecord)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const WRITTEN_DOWN: &str = include_str!("../../../fixtures/records/record.v5.schema.json");

    #[test]
    fn the_schema_that_is_written_down_is_that_of_the_types() {
        let written: Value = serde_json::from_str(WRITTEN_DOWN).unwrap();
        assert!(
            written == json!(schema()),
            "the types have changed: a new field that old records lack needs a new SCHEMA_VERSION and a step in \
             upgrade.rs; then `cargo run -- record schema > fixtures/records/record.v5.schema.json`"
        );
    }

    #[test]
    fn the_schema_names_every_part_of_a_record_and_says_what_it_is() {
        let schema = json!(schema());
        let parts = schema["properties"].as_object().unwrap();
        let record = json!(crate::judge::doctored::healthy_of(1));
        for part in record.as_object().unwrap().keys() {
            let told = parts
                .get(part)
                .and_then(|told| told["description"].as_str());
            assert!(told.is_some(), "{part} is not described");
        }
    }
}
