//! Two of a kind beside each other: what is the same is not told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Differences, a line each.
#[derive(Default)]
pub(super) struct Differing(Vec<String>);

impl Differing {
    pub(super) fn lines(self) -> Vec<String> {
        self.0
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "most of what is compared is made for the comparison"
    )]
    pub(super) fn compare<T: PartialEq + fmt::Display>(
        &mut self,
        what: impl fmt::Display,
        before: T,
        after: T,
    ) {
        if before != after {
            self.0.push(format!("{what}: {before} → {after}"));
        }
    }

    /// What only one of both has is compared with nothing.
    pub(super) fn compare_maps<K, V>(
        &mut self,
        what: &str,
        before: &BTreeMap<K, V>,
        after: &BTreeMap<K, V>,
    ) where
        K: Ord + fmt::Display,
        V: PartialEq + fmt::Display,
    {
        let keys: BTreeSet<&K> = before.keys().chain(after.keys()).collect();
        let told = |value: Option<&V>| value.map_or_else(|| "none".to_owned(), ToString::to_string);
        for key in keys {
            let name = format!("{what} {key}");
            self.compare(
                name.trim_start(),
                told(before.get(key)),
                told(after.get(key)),
            );
        }
    }
}
