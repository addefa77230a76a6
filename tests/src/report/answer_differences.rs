//! What the steps answered and what was saved of it, in two records. The verdicts may be the same over other answers.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::record_differences::named;
use crate::record::{Interaction, Posting, RunRecord, redact};

/// What differs for one thing: the postings, by the careers site's id, and of how many that both records have.
#[derive(Default)]
struct Otherwise {
    postings: Vec<String>,
    of: usize,
}

/// Both records as far as their texts can be compared: where one has hashes for texts, both.
pub(super) fn comparable<'r>(
    before: &'r RunRecord,
    after: &'r RunRecord,
) -> [Cow<'r, RunRecord>; 2] {
    if before.texts == after.texts {
        [before, after].map(Cow::Borrowed)
    } else {
        [before, after].map(|record| Cow::Owned(redact(record.clone())))
    }
}

/// The steps that answered otherwise about the same posting. An answer that only one record has differs, too.
pub(super) fn answer_changes(before: &RunRecord, after: &RunRecord) -> Vec<String> {
    let (a, b) = (answers(before), answers(after));
    let both = in_both(before, after);
    let steps: BTreeSet<i32> = a.keys().chain(b.keys()).map(|(step, _)| *step).collect();
    let names: BTreeMap<i32, &str> = [before, after]
        .into_iter()
        .flat_map(|record| &record.workflow.conversations)
        .map(|conversation| (conversation.id, conversation.name.as_str()))
        .collect();
    let changes = steps.into_iter().map(|step| {
        let name = names.get(&step).copied().unwrap_or_default();
        let mut found = Otherwise::default();
        for posting in &both {
            let (one, other) = (a.get(&(step, *posting)), b.get(&(step, *posting)));
            found.add(posting, one != other, one.is_some() || other.is_some());
        }
        (format!("{step} {name}"), found)
    });
    told(changes)
}

/// The columns that hold something else for the same posting.
pub(super) fn saved_changes(before: &RunRecord, after: &RunRecord) -> Vec<String> {
    let (a, b) = (postings(before), postings(after));
    let changes = SAVED.into_iter().map(|(column, same)| {
        let mut found = Otherwise::default();
        for (posting, one) in &a {
            if let Some(other) = b.get(posting) {
                found.add(posting, !same(one, other), true);
            }
        }
        (column.to_owned(), found)
    });
    told(changes)
}

type Same = fn(&Posting, &Posting) -> bool;

/// What a posting consists of that a run saves, and the description that all of it is made from.
const SAVED: [(&str, Same); 5] = [
    ("description", |a, b| a.description == b.description),
    ("extracted_summary", |a, b| {
        a.extracted_summary == b.extracted_summary
    }),
    ("skill_keywords", |a, b| {
        a.skill_keywords == b.skill_keywords
    }),
    ("ihl_score", |a, b| a.ihl_score == b.ihl_score),
    ("ihl_category", |a, b| a.ihl_category == b.ihl_category),
];

impl Otherwise {
    fn add(&mut self, posting: &str, differs: bool, is_there: bool) {
        self.of += usize::from(is_there);
        if differs {
            self.postings.push(posting.to_owned());
        }
    }
}

fn told(changes: impl Iterator<Item = (String, Otherwise)>) -> Vec<String> {
    changes
        .filter(|(_, found)| !found.postings.is_empty())
        .map(|(what, Otherwise { postings, of })| {
            format!(
                "{what}: {} of {of} differ: {}",
                postings.len(),
                named(&postings)
            )
        })
        .collect()
}

fn postings(record: &RunRecord) -> BTreeMap<&str, &Posting> {
    let postings = record.postings.iter();
    postings
        .map(|posting| (posting.external_id.as_str(), posting))
        .collect()
}

fn in_both<'r>(before: &'r RunRecord, after: &RunRecord) -> Vec<&'r str> {
    let after = postings(after);
    let ids = postings(before).into_keys();
    ids.filter(|id| after.contains_key(id)).collect()
}

/// The answers of each step about each posting, in the order in which they were given.
fn answers(record: &RunRecord) -> BTreeMap<(i32, &str), Vec<Option<&Value>>> {
    let ids: BTreeMap<i64, &str> = record
        .postings
        .iter()
        .map(|posting| (posting.posting_id, posting.external_id.as_str()))
        .collect();
    let mut rows: Vec<&Interaction> = record.interactions.iter().collect();
    rows.sort_by_key(|row| (row.created_at, row.interaction_id));
    let mut answers: BTreeMap<(i32, &str), Vec<Option<&Value>>> = BTreeMap::new();
    for row in rows {
        if let Some(posting) = ids.get(&row.posting_id) {
            let of_step = answers.entry((row.conversation_id, *posting)).or_default();
            of_step.push(row.output.as_ref());
        }
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::doctored;

    /// The first of the two grades.
    const GRADE_A: i32 = 3336;

    #[test]
    fn answers_that_differ_are_counted_by_step_and_the_same_ones_are_not_told() {
        let (record, mut other) = (doctored::healthy(), doctored::healthy());
        assert_eq!(answer_changes(&record, &other), [""; 0]);
        for row in &mut other.interactions {
            if row.conversation_id == GRADE_A {
                row.output = Some(Value::Object(serde_json::Map::new()));
            }
        }
        let changes = answer_changes(&record, &other);
        assert_eq!(changes.len(), 1, "{changes:?}");
        assert!(
            changes[0].contains("50 of 50 differ: R0000001, "),
            "{changes:?}"
        );
        assert_eq!(saved_changes(&record, &other), [""; 0]);
    }

    #[test]
    fn an_answer_that_one_record_lacks_differs_and_one_about_another_posting_is_no_answer() {
        let (record, mut other) = (doctored::healthy(), doctored::healthy());
        let grade = doctored::find(&other, doctored::PLAIN_RUN, GRADE_A).interaction_id;
        other.interactions.retain(|row| row.interaction_id != grade);
        let changes = answer_changes(&record, &other);
        assert!(changes[0].contains("1 of 50 differ"), "{changes:?}");
        other.postings.clear();
        assert_eq!(answer_changes(&record, &other), [""; 0]);
    }

    #[test]
    fn what_was_saved_is_compared_by_column() {
        let (record, mut other) = (doctored::healthy(), doctored::healthy());
        other.postings[3].skill_keywords = None;
        let changes = saved_changes(&record, &other);
        assert_eq!(changes.len(), 1, "{changes:?}");
        assert!(
            changes[0].starts_with("skill_keywords: 1 of 50 differ"),
            "{changes:?}"
        );
    }

    #[test]
    fn a_record_and_itself_without_its_texts_have_the_same_answers() {
        let record = doctored::healthy();
        let redacted = redact(record.clone());
        let [a, b] = comparable(&record, &redacted);
        assert_eq!(answer_changes(&a, &b), [""; 0]);
        assert_eq!(saved_changes(&a, &b), [""; 0]);
    }
}
