//! A folder of detail answers as a source.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a test that cannot go on has failed"
)]

use std::fs;
use std::path::Path;

use fixtures::postings::postings;
use serde_json::json;
use tempfile::TempDir;
use wave_runner::source::{Fetched, Folder, SourceError};

fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().unwrap();
    for (name, content) in files {
        fs::write(dir.path().join(name), content).unwrap();
    }
    dir
}

fn detail(id: &str) -> String {
    let info = json!({"title": "T", "location": "X", "jobReqId": id, "jobDescription": "word ".repeat(40)});
    json!({ "jobPostingInfo": info }).to_string()
}

async fn fetch(dir: &Path, wanted: usize) -> Result<Fetched, SourceError> {
    Folder::new(dir).fetch(wanted, &|_| ()).await
}

async fn error(dir: &Path) -> SourceError {
    fetch(dir, 50)
        .await
        .expect_err("the folder should have been refused")
}

fn ids(fetched: &Fetched) -> Vec<&str> {
    fetched
        .postings
        .iter()
        .map(|posting| &*posting.external_id)
        .collect()
}

#[tokio::test]
async fn files_are_read_in_the_order_of_their_names_until_enough() {
    let (r1, r2, r3) = (detail("R1"), detail("R2"), detail("R3"));
    let dir = folder(&[
        ("c.json", &r3),
        ("a.json", &r1),
        ("b.json", &r2),
        ("notes.txt", "x"),
    ]);
    let all = fetch(dir.path(), 50).await.unwrap();
    assert_eq!(ids(&all), ["R1", "R2", "R3"]);
    assert_eq!((all.listed, all.acceptable()), (Some(3), 3));
    assert_eq!(ids(&fetch(dir.path(), 2).await.unwrap()), ["R1", "R2"]);
}

#[tokio::test]
async fn synthetic_postings_written_to_files_are_the_ones_that_a_site_would_give() {
    let set = postings(42, 60);
    let dir = TempDir::new().unwrap();
    for (number, posting) in set.iter().enumerate() {
        let file = dir.path().join(format!("{number:02}.json"));
        fs::write(file, serde_json::to_vec_pretty(&posting.detail).unwrap()).unwrap();
    }
    let fetched = fetch(dir.path(), 50).await.unwrap();
    assert_eq!(fetched.acceptable(), 50);
    let refused: Vec<_> = fetched.refused_by_reason().into_iter().collect();
    assert_eq!(refused, [("no_description", 1), ("no_location", 1)]);
}

#[tokio::test]
async fn a_file_without_any_id_is_refused_under_its_own_name() {
    let nameless = detail("R1").replace("jobReqId", "other");
    let dir = folder(&[("some.json", &nameless)]);
    let fetched = fetch(dir.path(), 50).await.unwrap();
    assert_eq!(ids(&fetched), ["some"]);
    assert_eq!(
        fetched.refused_by_reason().into_keys().collect::<Vec<_>>(),
        ["no_external_id"]
    );
}

#[tokio::test]
async fn the_same_requisition_twice_is_taken_once() {
    let (once, other) = (detail("R1"), detail("R2"));
    let dir = folder(&[("a.json", &once), ("b.json", &once), ("c.json", &other)]);
    let fetched = fetch(dir.path(), 50).await.unwrap();
    assert_eq!(ids(&fetched), ["R1", "R2"]);
    assert_eq!(fetched.duplicates, 1);
}

#[tokio::test]
async fn a_byte_order_mark_is_passed_over() {
    let dir = folder(&[("a.json", &format!("\u{feff}{}", detail("R1")))]);
    assert_eq!(ids(&fetch(dir.path(), 50).await.unwrap()), ["R1"]);
}

#[tokio::test]
async fn broken_json_is_told_with_file_line_and_column() {
    let good = detail("R1");
    let dir = folder(&[
        ("a.json", &good),
        ("b.json", "{\n  \"jobPostingInfo\": {,}\n}"),
    ]);
    let error = error(dir.path()).await;
    assert!(
        matches!(
            error,
            SourceError::BrokenJson {
                line: 2,
                column: 22,
                ..
            }
        ),
        "{error:?}"
    );
    let message = error.to_string();
    assert!(message.contains("b.json, line 2, column 22"), "{message}");
}

#[tokio::test]
async fn broken_json_behind_the_last_wanted_file_is_not_read() {
    let good = detail("R1");
    let dir = folder(&[("a.json", &good), ("b.json", "{")]);
    assert_eq!(fetch(dir.path(), 1).await.unwrap().acceptable(), 1);
}

#[tokio::test]
async fn json_of_another_shape_is_told_with_what_was_missing() {
    let dir = folder(&[("list.json", r#"{"total": 3, "jobPostings": []}"#)]);
    let message = error(dir.path()).await.to_string();
    assert!(
        message.contains("list.json: expected an object at `jobPostingInfo`"),
        "{message}"
    );
}

#[tokio::test]
async fn an_empty_a_missing_and_a_mistaken_folder_are_three_errors() {
    let dir = folder(&[("notes.txt", "x")]);
    let empty = error(dir.path()).await;
    assert!(matches!(empty, SourceError::FolderEmpty { .. }), "{empty}");
    let missing = error(&dir.path().join("nowhere")).await;
    assert!(
        matches!(missing, SourceError::FolderMissing { .. }),
        "{missing}"
    );
    assert!(missing.to_string().contains("nowhere"), "{missing}");
    let file = error(&dir.path().join("notes.txt")).await;
    assert!(matches!(file, SourceError::NotAFolder { .. }), "{file}");
}
