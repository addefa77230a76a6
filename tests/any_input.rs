//! What must hold of any input, over the seeds of the fuzz targets and over what they once broke on.
//!
//! The targets themselves are in `fuzz/`, and `ci/fuzz` runs them; here the same functions take each seed once, and some
//! simple variations of it.

use std::fs;
use std::path::{Path, PathBuf};

#[path = "../fuzz/src/lib.rs"]
#[allow(
    unreachable_pub,
    reason = "there it is a library, whose targets use it"
)]
mod any_input;

/// The files of a folder of this repository, by name. A folder without files would make its test say nothing.
fn files(folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(folder);
    let read = |path: PathBuf| fs::read(&path).map(|bytes| (path, bytes));
    let entries =
        fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries
        .flatten()
        .filter_map(|entry| read(entry.path()).ok())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files
}

/// Each file as it is, and cut off in places: an end in the middle is what a reader meets most.
#[allow(
    clippy::print_stdout,
    reason = "shown where the test fails: which file it was"
)]
fn hold(folder: &str, holds: fn(&[u8])) {
    for (path, bytes) in files(folder) {
        println!("{}", path.display());
        holds(&bytes);
        let step = (bytes.len() / 8).max(1);
        for end in (0..bytes.len()).step_by(step) {
            holds(&bytes[..end]);
        }
    }
}

#[test]
fn any_text_is_a_plan_or_an_error_in_its_place() {
    hold("fuzz/seeds/plan", any_input::plan::holds);
    hold("fixtures/plans", any_input::plan::holds);
}

#[test]
fn any_answer_may_be_saved_or_is_refused() {
    hold("fuzz/seeds/answer", any_input::answer::holds);
}

#[test]
fn any_stream_is_read_alike_however_it_is_cut() {
    hold("fuzz/seeds/stream", any_input::stream::holds);
}

#[test]
fn any_answer_of_a_careers_site_can_be_stored_or_is_refused() {
    hold("fuzz/seeds/workday", any_input::workday::holds);
}

#[test]
fn any_file_is_a_record_or_an_error_that_may_be_told() {
    hold("fuzz/seeds/record", any_input::record::holds);
    hold("fixtures/records", any_input::record::holds);
}

#[test]
fn any_record_can_be_judged_and_reported() {
    hold("fuzz/seeds/judgement", any_input::judgement::holds);
}
