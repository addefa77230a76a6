//! A record as a file, of this version or an earlier one.

use std::path::Path;

use batchproof::record;

/// Any text is a record or an error that may be told, and a record that was read can be written and read again.
pub fn holds(bytes: &[u8]) {
    let place = Path::new("record.json");
    match record::read(place, bytes) {
        Ok(read) => {
            let written = serde_json::to_vec(&read).unwrap_or_default();
            let again = record::read(place, &written);
            assert!(again.is_ok(), "{:?}", again.err());
        }
        Err(error) => {
            let told = error.to_string();
            assert!(
                told.chars().count() < 4_000,
                "{} characters",
                told.chars().count()
            );
            assert!(!told.chars().any(char::is_control), "{told:?}");
        }
    }
}
