//! Whether the columns hold what the posting's own run answered: nothing left out, nothing mixed up, nothing added.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    judge::{
        conversations::{EXPERT, FORMAT, SAVE_SUMMARY, SKILLS, needs_skills, needs_summary},
        criterion::{Criterion, EVERYWHERE, Enforcement, Rule, Scaling},
        evidence::Evidence,
        reading::{Look, Reading, number},
        tiers::Tiers,
    },
    record::{Posting, Run, Status, Texts, hashed},
};

/// One run of fifty answered all its skills and scores and saved none of them, with every step "completed".
pub(in crate::judge::criteria) const SAVED_DATA_IS_ITS_OWN: Rule = Rule {
    criterion: Criterion {
        id: "saved_data_is_its_own",
        name: "Saved data is what was answered",
        sentence: "The four columns of each completed posting hold what the steps of its own run answered, except \
                   where a check said SKIP.",
        judged_in: EVERYWHERE,
        also: &["postings with data not their own"],
    },
    enforcement: Enforcement::Must,
    tiers: Tiers::none(),
    scaling: Scaling::Fixed,
    read,
};

fn read(evidence: &Evidence<'_>) -> Reading {
    let runs = last_completed_runs(evidence);
    if runs.is_empty() {
        return Reading::no_data("no posting has been completed");
    }
    if evidence.record.texts == Texts::Unknown {
        return Reading::cannot_show("the record's source did not give the answers");
    }
    let (mut differing, mut unseen) = (Vec::new(), Vec::new());
    for (id, run) in &runs {
        match worst(evidence, run, evidence.posting(*id)) {
            Match::Same => {}
            Match::Unseen(what) => unseen.push((*id, what)),
            Match::Differs(what) => differing.push((*id, what)),
        }
    }
    let mut note = format!(
        "{} of {} completed postings hold what their own runs answered",
        runs.len() - differing.len() - unseen.len(),
        runs.len()
    );
    if let Some((id, what)) = differing.first().or(unseen.first()) {
        note = format!("{note}; posting {id}: {what}");
    }
    let reading = Reading::value(number(differing.len()), runs.len(), note).counts_tries();
    let complete = unseen.is_empty();
    let looks = differing.into_iter().chain(unseen);
    let reading = reading.look(looks.map(|(id, _)| Look::Posting(id)));
    if complete {
        evidence.unless_runs_missing(reading)
    } else {
        reading.at_least()
    }
}

/// Of a posting that was taken through the workflow twice, the run that ended last wrote last.
fn last_completed_runs<'r>(evidence: &Evidence<'r>) -> BTreeMap<i64, &'r Run> {
    let mut runs: BTreeMap<i64, &Run> = BTreeMap::new();
    for run in evidence.completed_runs() {
        let last = runs.entry(run.posting_id).or_insert(run);
        if run.completed_at >= last.completed_at {
            *last = run;
        }
    }
    runs
}

/// What a comparison came to.
enum Match {
    Same,
    /// There is nothing to compare with.
    Unseen(String),
    Differs(String),
}

impl Match {
    fn badness(&self) -> u8 {
        match self {
            Self::Same => 0,
            Self::Unseen(_) => 1,
            Self::Differs(_) => 2,
        }
    }

    /// The worse of two; of two that are as bad, the first.
    fn or_worse(self, other: Self) -> Self {
        if other.badness() > self.badness() {
            other
        } else {
            self
        }
    }
}

/// The worst match of the columns that the run had to write.
fn worst(evidence: &Evidence<'_>, run: &Run, posting: Option<&Posting>) -> Match {
    let Some(posting) = posting else {
        return Match::Unseen("it is not in the record".to_owned());
    };
    let summary = posting.extracted_summary.as_ref().map(|it| json!(it));
    let skills = posting.skill_keywords.as_ref().map(|it| json!(it));
    let score = posting.ihl_score.map(|it| json!(it));
    let category = posting.ihl_category.as_ref().map(|it| json!(it));
    let compared = [
        (
            needs_summary(evidence, run),
            "extracted_summary",
            &summary,
            FORMAT,
            "text",
        ),
        (
            needs_summary(evidence, run),
            "extracted_summary",
            &summary,
            SAVE_SUMMARY,
            "text",
        ),
        (
            needs_skills(evidence, run),
            "skill_keywords",
            &skills,
            SKILLS,
            "skills",
        ),
        (true, "ihl_score", &score, EXPERT, "ihl_score"),
        (true, "ihl_category", &category, EXPERT, "ihl_category"),
    ];
    compared
        .into_iter()
        .filter(|(owed, ..)| *owed)
        .map(|(_, column, saved, conversation, key)| {
            let answered = answer(evidence, run, conversation, key);
            matched(evidence, column, saved.as_ref(), conversation, answered)
        })
        .fold(Match::Same, Match::or_worse)
}

/// What a completed step answered under a key.
fn answer<'r>(
    evidence: &Evidence<'r>,
    run: &Run,
    conversation: i32,
    key: &str,
) -> Option<&'r Value> {
    let step = evidence.step(run, conversation)?;
    let completed = step.status == Status::Completed;
    step.output.as_ref().filter(|_| completed)?.get(key)
}

fn matched(
    evidence: &Evidence<'_>,
    column: &str,
    saved: Option<&Value>,
    conversation: i32,
    answered: Option<&Value>,
) -> Match {
    match (saved, answered) {
        (None, None) => Match::Unseen(format!("{conversation} answered nothing for {column}")),
        (Some(_), None) => Match::Unseen(format!(
            "{column} is filled, and what {conversation} answered is not in the record"
        )),
        (None, Some(_)) => Match::Differs(format!("{column} lacks what {conversation} answered")),
        (Some(saved), Some(answered)) if same(evidence, saved, answered) => Match::Same,
        (Some(_), Some(_)) => {
            Match::Differs(format!("{column} is not what {conversation} answered"))
        }
    }
}

/// Whether two values are equal, also where a hash stands for one of two texts.
fn same(evidence: &Evidence<'_>, saved: &Value, answered: &Value) -> bool {
    saved == answered
        || (evidence.record.texts == Texts::Redacted && redacted(saved) == redacted(answered))
}

/// A value with the hash of each text in its place.
fn redacted(value: &Value) -> Value {
    match value {
        Value::String(text) => json!(hashed(text)),
        Value::Array(values) => values.iter().map(redacted).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;
