//! The tables that a plan may speak of, with their columns. A test holds them against the migrations.

const TABLES: [(&str, &[&str]); 10] = [
    ("posting_sources", &["source_id", "source_name"]),
    (
        "postings_staging",
        &[
            "staging_id",
            "source_id",
            "source_website",
            "external_id",
            "job_title",
            "location",
            "country",
            "posting_url",
            "raw_data",
            "content_hash",
            "validation_status",
            "validation_errors",
            "promoted_to_posting_id",
            "promoted_at",
            "created_at",
            "updated_at",
        ],
    ),
    (
        "postings",
        &[
            "posting_id",
            "posting_name",
            "job_title",
            "location_city",
            "location_country",
            "job_description",
            "source_id",
            "external_job_id",
            "source",
            "external_id",
            "external_url",
            "raw_data",
            "created_by_staging_id",
            "posting_status",
            "extracted_summary",
            "skill_keywords",
            "ihl_score",
            "ihl_category",
            "created_at",
            "updated_at",
        ],
    ),
    (
        "workflows",
        &["workflow_id", "workflow_name", "workflow_hash"],
    ),
    ("actors", &["actor_id", "actor_name", "actor_type"]),
    (
        "conversations",
        &[
            "conversation_id",
            "workflow_id",
            "conversation_name",
            "actor_id",
            "writes",
            "needs",
        ],
    ),
    (
        "batches",
        &[
            "batch_id",
            "workflow_id",
            "workflow_hash",
            "size",
            "created_at",
            "started_at",
            "ended_at",
        ],
    ),
    (
        "workflow_runs",
        &[
            "workflow_run_id",
            "batch_id",
            "workflow_id",
            "posting_id",
            "status",
            "created_at",
            "started_at",
            "completed_at",
        ],
    ),
    (
        "interactions",
        &[
            "interaction_id",
            "workflow_run_id",
            "batch_id",
            "posting_id",
            "conversation_id",
            "actor_id",
            "status",
            "attempt",
            "input",
            "output",
            "outcome",
            "created_at",
            "available_at",
            "claimed_by",
            "claimed_at",
            "lease_expires_at",
            "started_at",
            "completed_at",
            "fills_columns",
        ],
    ),
    (
        "workflow_errors",
        &[
            "error_id",
            "batch_id",
            "workflow_run_id",
            "posting_id",
            "conversation_id",
            "interaction_id",
            "attempt",
            "error_type",
            "error_message",
            "created_at",
            "error_class",
        ],
    ),
];

/// The columns of a table; nothing for one that is not known, of which nothing is claimed.
pub(super) fn columns(table: &str) -> Option<&'static [&'static str]> {
    TABLES
        .iter()
        .find(|(name, _)| *name == table)
        .map(|(_, columns)| *columns)
}

/// Tables whose columns are for the program alone: whoever asks them is told nothing about their columns.
const FOR_THE_PROGRAM: [&str; 7] = [
    "batch_circumstances",
    "evidence",
    "evidence_sources",
    "interaction_attempts",
    "late_results",
    "model_servers",
    "workers",
];

/// Whether there is such a table.
pub(super) fn has(table: &str) -> bool {
    columns(table).is_some() || FOR_THE_PROGRAM.contains(&table)
}

/// The tables that a plan may speak of.
pub(super) fn tables() -> Vec<&'static str> {
    TABLES.iter().map(|(name, _)| *name).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::{fs, path::Path};

    use super::*;

    /// Tables and their columns as the migrations make them.
    fn migrated() -> BTreeMap<String, Vec<String>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runner/migrations");
        let mut files: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for file in files {
            let mut open = None;
            for line in fs::read_to_string(file).unwrap().lines() {
                let words: Vec<&str> = line.split_whitespace().collect();
                match words.as_slice() {
                    ["CREATE", "TABLE", name, "("] => open = Some((*name).to_owned()),
                    ["ALTER", "TABLE", name, "ADD", "COLUMN", column, ..] => {
                        tables
                            .entry((*name).to_owned())
                            .or_default()
                            .push((*column).to_owned());
                    }
                    [");"] => open = None,
                    [first, ..] if line.starts_with("    ") && !line.starts_with("     ") => {
                        if let Some(table) = &open
                            && first.chars().all(|c| c.is_ascii_lowercase() || c == '_')
                        {
                            tables
                                .entry(table.clone())
                                .or_default()
                                .push((*first).to_owned());
                        }
                    }
                    _ => {}
                }
            }
        }
        tables
    }

    #[test]
    fn the_catalogue_is_what_the_migrations_make() {
        let migrated = migrated();
        for (table, columns) in TABLES {
            assert_eq!(
                migrated.get(table).map(Vec::as_slice),
                Some(
                    columns
                        .iter()
                        .map(|c| (*c).to_owned())
                        .collect::<Vec<_>>()
                        .as_slice()
                ),
                "{table}"
            );
        }
        let unknown: Vec<_> = migrated
            .keys()
            .filter(|name| columns(name).is_none())
            .collect();
        assert_eq!(unknown, FOR_THE_PROGRAM.iter().collect::<Vec<_>>());
    }
}
