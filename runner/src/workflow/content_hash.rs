//! The fingerprint that ties a promoted posting to what was fetched.

use sha2::{Digest, Sha256};

use super::hash::hex;

/// SHA-256, in hex, over the four values that promotion copies, each followed by a NUL byte.
///
/// The NUL keeps the borders: without it `"ab" + "c"` and `"a" + "bc"` would hash alike. Postgres
/// text cannot hold a NUL, so no value can forge one.
pub fn content_hash(external_id: &str, title: &str, location: &str, description: &str) -> String {
    let mut hasher = Sha256::new();
    for value in [external_id, title, location, description] {
        hasher.update(value);
        hasher.update([0]);
    }
    hex(&hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_sha256sum_says_of_the_values_each_followed_by_a_nul() {
        assert_eq!(
            content_hash("R1", "Analyst", "Pune", "Text"),
            "6b7ed76a2c05b7a4fe33a2948732560c206b97159fee1325e62bafd243a65e9c"
        );
    }

    #[test]
    fn text_moved_across_a_border_changes_the_hash() {
        assert_ne!(
            content_hash("ab", "c", "", ""),
            content_hash("a", "bc", "", "")
        );
        assert_ne!(content_hash("", "", "x", ""), content_hash("", "", "", "x"));
    }
}
