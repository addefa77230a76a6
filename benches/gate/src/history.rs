//! The history of counts: one JSON line a commit, appended to a file that is kept as an artifact.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The commit, in full; with `-dirty` behind it where the working tree had changes.
    pub commit: String,
    /// The build that was measured.
    pub build: String,
    /// The middle value of each count.
    pub counts: BTreeMap<String, u64>,
}

impl Entry {
    /// The line, with its end.
    ///
    /// # Errors
    /// Never in practice: names and numbers are always JSON.
    pub fn line(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string(self)? + "\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_one_line_and_is_read_back() {
        let entry = Entry {
            commit: "77af7e3".to_owned(),
            build: "optimised".to_owned(),
            counts: BTreeMap::from([("loads.one_model".to_owned(), 5)]),
        };
        let line = entry.line().unwrap();
        assert_eq!(line.matches('\n').count(), 1);
        assert_eq!(serde_json::from_str::<Entry>(&line).unwrap(), entry);
    }
}
