//! Records of earlier versions, brought to the present shape: one step a version, from JSON to JSON.
//!
//! A step never makes anything up. What an earlier version did not write down becomes absent, and the criteria that
//! need it say that they cannot judge it.

use serde_json::{Map, Value, json};

/// The oldest shape that is still read.
pub(super) const OLDEST: u32 = 1;

/// Brings a record of version `from` to [`super::SCHEMA_VERSION`].
pub(super) fn upgrade(from: u64, mut record: Value) -> Value {
    if let Value::Object(fields) = &mut record {
        if from < 2 {
            to_version_2(fields);
        }
        if from < 3 {
            to_version_3(fields);
        }
        // Version 4 has one more way to end, which no earlier batch took: there is nothing to change.
        if from < 5 {
            to_version_5(fields);
        }
        fields.insert("schema_version".to_owned(), json!(super::SCHEMA_VERSION));
    }
    record
}

/// Version 1 knew the plan by its name alone, kept no prompts' contents, and counted rows only at the start. All its
/// records were collected, with their texts.
fn to_version_2(record: &mut Map<String, Value>) {
    if let Some(id) = record.remove("plan_id") {
        record.insert("plan".to_owned(), json!({"id": id, "sha256": null}));
    }
    record.insert("provenance".to_owned(), json!({"from": "collected"}));
    record.insert("texts".to_owned(), json!("kept"));
    for unknown in ["row_counts_at_end", "overlapping_batches", "gpu"] {
        record.insert(unknown.to_owned(), Value::Null);
    }
    for conversation in rows(
        record
            .get_mut("workflow")
            .and_then(|workflow| workflow.get_mut("conversations")),
    ) {
        add_unknown(conversation, "needs");
    }
    for interaction in rows(record.get_mut("interactions")) {
        if let Some(input) = interaction.get_mut("input") {
            add_unknown(input, "quotes");
        }
    }
}

/// Up to version 2 there was one model server without a name, and one process. Its dates stay as they are, with the
/// difference between the clocks beside them.
fn to_version_3(record: &mut Map<String, Value>) {
    add_unknown_to(record, "workers");
    if let Some(Value::Object(environment)) = record.get_mut("environment")
        && let Some(mut server) = environment.remove("server")
    {
        add_server_name(&mut server, "name");
        environment.insert("servers".to_owned(), json!([server]));
    }
    for exchange in rows(record.get_mut("exchanges")) {
        add_server_name(exchange, "server");
        add_unknown(exchange, "worker");
    }
    for sample in rows(record.get_mut("residency")) {
        add_server_name(sample, "server");
    }
}

/// Up to version 4 nothing could be replayed, and nobody asked again what answered at a server, or wrote down how its models
/// are rounded, what each card drew and how warm it was, and when a machine slept.
fn to_version_5(record: &mut Map<String, Value>) {
    if let Some(mode) = record.get_mut("mode") {
        add_unknown(mode, "cassette");
    }
    for unknown in ["identities", "suspensions"] {
        add_unknown_to(record, unknown);
    }
    if let Some(Value::Object(environment)) = record.get_mut("environment") {
        add_unknown_to(environment, "graphics");
        for server in rows(environment.get_mut("servers")) {
            for model in rows(server.get_mut("models")) {
                add_unknown(model, "parameter_size");
                add_unknown(model, "quantization");
            }
        }
    }
    for sample in rows(record.get_mut("residency")) {
        for model in rows(sample.get_mut("models")) {
            add_unknown(model, "digest");
        }
    }
    for sample in rows(record.get_mut("gpu")) {
        add_unknown(sample, "power_watts");
        add_unknown(sample, "temperature_celsius");
        if let Value::Object(fields) = sample {
            fields.insert("cards".to_owned(), json!([]));
        }
    }
}

/// What the one server is called of which no name was written down.
const THE_SERVER: &str = "the model server";

fn add_server_name(row: &mut Value, field: &str) {
    if let Value::Object(fields) = row {
        fields.insert(field.to_owned(), json!(THE_SERVER));
    }
}

fn rows(array: Option<&mut Value>) -> impl Iterator<Item = &mut Value> {
    array.and_then(Value::as_array_mut).into_iter().flatten()
}

fn add_unknown(row: &mut Value, field: &str) {
    if let Value::Object(fields) = row {
        add_unknown_to(fields, field);
    }
}

fn add_unknown_to(fields: &mut Map<String, Value>, field: &str) {
    fields.insert(field.to_owned(), Value::Null);
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        judge::{Requirements, judge},
        record::{Ended, Provenance, RunRecord, SCHEMA_VERSION, Texts, load},
    };

    fn fixture(name: &str) -> RunRecord {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/records");
        load(&fixtures.join(name)).unwrap()
    }

    fn version_1() -> RunRecord {
        fixture("version-1.json")
    }

    #[test]
    fn the_one_server_of_a_record_of_version_2_gets_a_name_and_its_worker_stays_unknown() {
        let record = fixture("version-2.json");
        assert_eq!(record.schema_version, SCHEMA_VERSION);
        let [server] = &record.environment.servers[..] else {
            panic!("{:?}", record.environment.servers)
        };
        assert_eq!(server.models.len(), 5);
        assert!(!record.exchanges.is_empty() && !record.residency.is_empty());
        let mut exchanges = record.exchanges.iter();
        assert!(exchanges.all(|it| it.server == server.name && it.worker.is_none()));
        assert!(record.residency.iter().all(|it| it.server == server.name));
        assert_eq!(record.workers, None);
        let judgement = judge(&record, &Requirements::none());
        assert!(judgement.validity.is_valid(), "{:?}", judgement.validity);
    }

    #[test]
    fn a_record_of_version_1_is_read_and_what_it_did_not_know_is_absent() {
        let record = version_1();
        assert_eq!(record.schema_version, SCHEMA_VERSION);
        assert_eq!(
            (record.plan.id.as_str(), &record.plan.sha256),
            ("BATCH-50-001", &None)
        );
        assert_eq!(
            (record.provenance, record.texts),
            (Provenance::Collected, Texts::Kept)
        );
        assert_eq!(record.row_counts_at_end, None);
        assert_eq!(record.overlapping_batches, None);
        assert_eq!(record.gpu, None);
        assert!(
            record
                .workflow
                .conversations
                .iter()
                .all(|conversation| conversation.needs.is_none())
        );
        let asked: Vec<_> = record
            .interactions
            .iter()
            .filter_map(|row| row.input.as_ref())
            .collect();
        assert!(!asked.is_empty() && asked.iter().all(|input| input.quotes.is_none()));
    }

    #[test]
    fn a_record_of_version_1_is_judged() {
        let record = version_1();
        let judgement = judge(&record, &Requirements::none());
        assert!(judgement.validity.is_valid(), "{:?}", judgement.validity);
        for criterion in [
            "postings_completed",
            "grades_overlap",
            "summary_completeness",
        ] {
            let verdict = judgement.verdict(criterion).unwrap();
            assert!(verdict.standing.is_met(), "{verdict:#?}");
        }
    }

    #[test]
    fn a_record_of_version_3_is_read_as_it_was_written_and_judged() {
        let record = fixture("version-3.json");
        assert_eq!(record.schema_version, SCHEMA_VERSION);
        assert_eq!((record.complete, &record.ended), (true, &Ended::Completed));
        assert!(record.workers.is_some_and(|workers| workers.len() == 1));
        let judgement = judge(&fixture("version-3.json"), &Requirements::none());
        assert!(judgement.validity.is_valid(), "{:?}", judgement.validity);
        let completed = judgement.verdict("postings_completed").unwrap();
        assert!(completed.standing.is_met(), "{completed:#?}");
    }

    #[test]
    fn a_record_of_version_4_is_read_and_nobody_asked_again_what_answered() {
        let record = fixture("version-4.json");
        assert_eq!(record.schema_version, SCHEMA_VERSION);
        assert_eq!(
            (record.identities.as_ref(), record.suspensions.as_ref()),
            (None, None)
        );
        assert_eq!(record.mode.cassette, None);
        assert_eq!(record.environment.graphics, None);
        let samples = record.gpu.as_ref().expect("its card was sampled");
        assert!(
            samples
                .iter()
                .all(|it| it.utilisation_percent.is_some() && it.power_watts.is_none())
        );
        let mut loaded = record.residency.iter().flat_map(|sample| &sample.models);
        assert!(loaded.all(|model| model.digest.is_none()));
        let judgement = judge(&record, &Requirements::none());
        assert!(judgement.validity.is_valid(), "{:?}", judgement.validity);
        let completed = judgement.verdict("postings_completed").unwrap();
        assert!(completed.standing.is_met(), "{completed:#?}");
    }

    #[test]
    fn a_record_of_this_version_would_be_left_as_it_is() {
        let record = json!(crate::judge::doctored::healthy_of(1));
        assert_eq!(upgrade(u64::from(SCHEMA_VERSION), record.clone()), record);
    }
}
