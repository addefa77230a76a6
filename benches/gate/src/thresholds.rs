//! How much each count may grow: `benches/gate.toml`.

use serde::Deserialize;

/// The rules, the most special first.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    #[serde(rename = "count")]
    rules: Vec<Rule>,
}

/// What holds for the counts of a name.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The name of a count; `*` stands for whatever follows.
    pub name: String,
    /// By how many percent it may grow from one commit to the next; absent: it is told and decides nothing.
    pub growth_percent: Option<f64>,
    /// Why so much and no more.
    pub why: String,
}

/// A file of thresholds that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ThresholdsError {
    /// It is not what such a file looks like.
    #[error(
        "the thresholds are not understood: {0}; expected [[count]] with name, growth_percent and why"
    )]
    Form(#[from] toml::de::Error),
    /// A growth that is none.
    #[error("the threshold of {name} is {found} %; expected 0 or more")]
    Negative {
        /// The rule's name.
        name: String,
        /// What it says.
        found: f64,
    },
}

impl Thresholds {
    /// Reads a file's text.
    ///
    /// # Errors
    /// [`ThresholdsError`], with the place.
    pub fn parse(text: &str) -> Result<Self, ThresholdsError> {
        let thresholds: Self = toml::from_str(text)?;
        let illegal = |growth: &f64| !growth.is_finite() || *growth < 0.0;
        for rule in &thresholds.rules {
            if let Some(found) = rule.growth_percent.filter(illegal) {
                let name = rule.name.clone();
                return Err(ThresholdsError::Negative { name, found });
            }
        }
        Ok(thresholds)
    }

    /// The first rule that is about the count.
    pub fn of(&self, count: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.is_about(count))
    }
}

impl Rule {
    fn is_about(&self, count: &str) -> bool {
        match self.name.strip_suffix('*') {
            Some(beginning) => count.starts_with(beginning),
            None => self.name == count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = r#"
        [[count]]
        name = "sql.batch_50.statements"
        why = "groups form by chance"
        [[count]]
        name = "sql.*"
        growth_percent = 0
        why = "a statement is a round trip"
    "#;

    #[test]
    fn the_first_rule_that_is_about_a_count_holds_for_it() {
        let thresholds = Thresholds::parse(RULES).unwrap();
        let growth = |count| thresholds.of(count).map(|rule| rule.growth_percent);
        assert_eq!(growth("sql.batch_50.statements"), Some(None));
        assert_eq!(growth("sql.batch_50.statements_of_others"), Some(Some(0.0)));
        assert_eq!(growth("loads"), None);
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for wrong in [
            "[[count]]\nname = \"a\"\nwhy = \"b\"\ngrowth = 3",
            "[[count]]\nname = \"a\"\nwhy = \"b\"\ngrowth_percent = -1.0",
            "[[count]]\nname = \"a\"\ngrowth_percent = 1",
        ] {
            assert!(Thresholds::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_thresholds_of_this_project_are_understood() {
        let thresholds = Thresholds::parse(include_str!("../../gate.toml")).unwrap();
        assert!(thresholds.rules.iter().all(|rule| !rule.why.is_empty()));
    }
}
