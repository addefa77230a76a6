//! Growth that a commit's message owns up to: `Counts-Accepted: NAME because REASON`, a trailer of its own.
//!
//! It holds for the commits that are compared and for no later ones: those are compared with a commit that has grown
//! already. The rejected alternative, a raised threshold, would stay.

use std::collections::BTreeMap;

/// The accepted counts, each with its reason. A name that ends in `*` stands for all that begin so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accepted(BTreeMap<String, String>);

/// The word between the name and the reason.
const BECAUSE: &str = " because ";

/// A line that is no such trailer.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a commit accepts {0:?}; expected `Counts-Accepted: NAME because REASON`, with a reason")]
pub struct NoReason(String);

impl Accepted {
    /// Reads the values of the trailers, one a line.
    ///
    /// # Errors
    /// [`NoReason`] for a line without name or reason.
    pub fn parse(trailers: &str) -> Result<Self, NoReason> {
        let lines = trailers.lines().map(str::trim).filter(|it| !it.is_empty());
        let read = lines.map(|line| {
            let parts = line.split_once(BECAUSE);
            let (name, why) = parts.ok_or_else(|| NoReason(line.to_owned()))?;
            if name.trim().is_empty() || why.trim().is_empty() {
                return Err(NoReason(line.to_owned()));
            }
            Ok((name.trim().to_owned(), why.trim().to_owned()))
        });
        read.collect::<Result<_, _>>().map(Self)
    }

    /// Why the growth of a count is accepted, if it is.
    pub fn reason(&self, count: &str) -> Option<&str> {
        let is_about = |name: &str| match name.strip_suffix('*') {
            Some(beginning) => count.starts_with(beginning),
            None => name == count,
        };
        let found = self.0.iter().find(|(name, _)| is_about(name));
        found.map(|(_, why)| why.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trailer_accepts_the_count_that_it_names_and_no_other() {
        let accepted =
            Accepted::parse("sql.claim.statements because it counts late results\n\n").unwrap();
        assert_eq!(
            accepted.reason("sql.claim.statements"),
            Some("it counts late results")
        );
        assert_eq!(accepted.reason("sql.claim.rounds"), None);
        let all = Accepted::parse("sql.* because of a second table").unwrap();
        assert!(all.reason("sql.claim.rounds").is_some());
    }

    #[test]
    fn nothing_is_accepted_without_a_reason() {
        assert!(Accepted::parse("sql.claim.statements").is_err());
        assert!(Accepted::parse("sql.claim.statements because ").is_err());
    }
}
