//! What differs between two records: the set-up, the verdicts, the postings, the answers, the time that each step took.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};

use super::answer_differences::{answer_changes, comparable, saved_changes};
use super::differing::Differing;
use super::foreign::visible;
use super::record_contents::tally;
use super::words::{
    mebibytes, processors, short, told_end, told_mode, told_plan_and_text, told_status, told_texts,
};
use crate::analysis::{mean, seconds_by_step};
use crate::comparison::Side;
use crate::judge::{Judgement, Verdict};
use crate::record::{ModelServer, Provenance, RunRecord, Status};

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differences {
    /// For people.
    pub text: String,
    /// Whether a criterion stands elsewhere, or the evidence is doubted for another reason.
    pub in_verdicts: bool,
}

/// Postings named at most; the rest is counted.
const NAMED_AT_MOST: usize = 10;

/// Lays two records beside each other. Postings are the same where the careers site's id is: their numbers in two
/// databases have nothing to do with each other.
pub fn record_differences(before: Side<'_>, after: Side<'_>) -> Differences {
    let mut text = String::new();
    let verdicts = verdict_changes(before.judgement, after.judgement);
    let doubts = doubt_changes(before.judgement, after.judgement);
    let in_verdicts = standings_differ(before.judgement, after.judgement) || !doubts.is_empty();
    let texts = comparable(before.record, after.record);
    let sections = [
        ("Set-up", set_up_changes(before.record, after.record)),
        ("Rows", row_changes(before.record, after.record)),
        ("Verdicts", verdicts),
        ("Validity", doubts),
        ("Postings", posting_changes(before.record, after.record)),
        ("Answers", answer_changes(&texts[0], &texts[1])),
        ("Saved data", saved_changes(&texts[0], &texts[1])),
        (
            "Mean seconds a step, in the plan's time",
            duration_changes(before.record, after.record),
        ),
    ];
    for (title, changes) in &sections {
        // Writing to a string does not fail.
        let _ = write_section(&mut text, title, changes);
    }
    Differences {
        text: visible(&text),
        in_verdicts,
    }
}

pub(super) fn write_section(text: &mut String, title: &str, changes: &[String]) -> fmt::Result {
    if changes.is_empty() {
        return writeln!(text, "{title}: no difference");
    }
    writeln!(text, "{title}:")?;
    for change in changes {
        writeln!(text, "    {change}")?;
    }
    Ok(())
}

pub(super) fn set_up_changes(before: &RunRecord, after: &RunRecord) -> Vec<String> {
    let mut changes = Differing::default();
    changes.compare("ended", told_end(&before.ended), told_end(&after.ended));
    changes.compare("mode", told_mode(&before.mode), told_mode(&after.mode));
    // From what it was put together is told by `record show`.
    let witnessed = |record: &RunRecord| match record.provenance {
        Provenance::Collected => "collected",
        Provenance::Reconstructed { .. } => "RECONSTRUCTED, not witnessed",
    };
    changes.compare("provenance", witnessed(before), witnessed(after));
    changes.compare("texts", told_texts(before.texts), told_texts(after.texts));
    changes.compare(
        "plan",
        told_plan_and_text(&before.plan),
        told_plan_and_text(&after.plan),
    );
    changes.compare(
        "workflow",
        short(&before.workflow.hash),
        short(&after.workflow.hash),
    );
    changes.compare("batch size", before.batch.size, after.batch.size);
    compare_environments(&mut changes, before, after);
    changes.compare_maps("actor of", &actors(before), &actors(after));
    changes.lines()
}

fn compare_environments(changes: &mut Differing, before: &RunRecord, after: &RunRecord) {
    let (a, b) = (&before.environment, &after.environment);
    changes.compare("batchproof", &before.batchproof, &after.batchproof);
    changes.compare("machine", &a.os, &b.os);
    changes.compare("processors", processors(a.cpus), processors(b.cpus));
    changes.compare("Postgres", &a.postgres_version, &b.postgres_version);
    changes.compare("model servers", a.servers.len(), b.servers.len());
    let all = |servers: &[ModelServer], told: Told| {
        let each: BTreeSet<String> = servers.iter().map(told).collect();
        each.into_iter().collect::<Vec<_>>().join(", ")
    };
    for (what, told) in SERVER_PARTS {
        changes.compare(what, all(&a.servers, told), all(&b.servers, told));
    }
    changes.compare_maps("model", &digests(before), &digests(after));
}

type Told = fn(&ModelServer) -> String;

/// What a server is told by. Not by its name: a stand-in is called otherwise in every run.
const SERVER_PARTS: [(&str, Told); 3] = [
    ("Ollama", |server| server.ollama_version.clone()),
    ("GPU memory", |server| {
        let memory = server.gpu_memory;
        memory.map_or_else(|| "unknown".to_owned(), mebibytes)
    }),
    ("slots a model", |server| server.slots.to_string()),
];

fn digests(record: &RunRecord) -> BTreeMap<&str, &str> {
    let servers = record.environment.servers.iter();
    servers
        .flat_map(|server| &server.models)
        .map(|model| (model.name.as_str(), short(&model.digest)))
        .collect()
}

fn actors(record: &RunRecord) -> BTreeMap<i32, &str> {
    let conversations = record.workflow.conversations.iter();
    conversations
        .map(|conversation| (conversation.id, conversation.actor.as_str()))
        .collect()
}

fn row_changes(before: &RunRecord, after: &RunRecord) -> Vec<String> {
    let mut changes = Differing::default();
    let counts = |record: &RunRecord| {
        [
            ("postings", record.postings.len()),
            ("runs", record.runs.len()),
            ("interactions", record.interactions.len()),
            ("attempts given up", record.attempts.len()),
            ("errors", record.errors.len()),
            ("exchanges", record.exchanges.len()),
        ]
    };
    for ((what, a), (_, b)) in counts(before).into_iter().zip(counts(after)) {
        changes.compare(what, a, b);
    }
    let statuses =
        |record: &RunRecord| tally(record.runs.iter().map(|run| told_status(run.status)));
    changes.compare_maps("runs", &statuses(before), &statuses(after));
    changes.lines()
}

fn verdict_changes(before: &Judgement, after: &Judgement) -> Vec<String> {
    let told = |verdict: &Verdict| match verdict.measured {
        Some(measured) => format!("{} ({measured})", verdict.standing),
        None => verdict.standing.to_string(),
    };
    let mut changes = Differing::default();
    for a in &before.verdicts {
        if let Some(b) = after.verdict(a.criterion.id) {
            changes.compare(a.criterion.name, told(a), told(b));
        }
    }
    changes.lines()
}

/// A measured value may differ in every run; where it stands is what matters.
fn standings_differ(before: &Judgement, after: &Judgement) -> bool {
    before.verdicts.iter().any(|a| {
        let b = after.verdict(a.criterion.id);
        b.is_none_or(|b| a.standing.to_string() != b.standing.to_string())
    })
}

fn doubt_changes(before: &Judgement, after: &Judgement) -> Vec<String> {
    let doubts = |judgement: &Judgement| -> BTreeMap<&'static str, &'static str> {
        let doubts = judgement.validity.doubts.iter();
        doubts.map(|doubt| (doubt.check, "doubted")).collect()
    };
    let mut changes = Differing::default();
    changes.compare_maps("", &doubts(before), &doubts(after));
    changes.lines()
}

fn posting_changes(before: &RunRecord, after: &RunRecord) -> Vec<String> {
    let (a, b) = (statuses_by_posting(before), statuses_by_posting(after));
    let only = |these: &BTreeMap<&str, &'static str>, those: &BTreeMap<&str, &'static str>| {
        these
            .keys()
            .filter(|id| !those.contains_key(*id))
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    let changed: Vec<String> = a
        .iter()
        .filter_map(|(id, before)| Some((id, before, b.get(id)?)))
        .filter(|(_, before, after)| before != after)
        .map(|(id, before, after)| format!("{id} {before} → {after}"))
        .collect();
    [
        ("only in the first", only(&a, &b)),
        ("only in the second", only(&b, &a)),
        ("ended otherwise", changed),
    ]
    .into_iter()
    .filter(|(_, postings)| !postings.is_empty())
    .map(|(what, postings)| format!("{what}: {}", named(&postings)))
    .collect()
}

pub(super) fn named(postings: &[String]) -> String {
    let named = postings
        .iter()
        .take(NAMED_AT_MOST)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match postings.len().saturating_sub(NAMED_AT_MOST) {
        0 => named,
        rest => format!("{named} and {rest} more"),
    }
}

fn statuses_by_posting(record: &RunRecord) -> BTreeMap<&str, &'static str> {
    let runs: BTreeMap<i64, Status> = record
        .runs
        .iter()
        .map(|run| (run.posting_id, run.status))
        .collect();
    let postings = record.postings.iter();
    postings
        .map(|posting| {
            let status = runs
                .get(&posting.posting_id)
                .copied()
                .map_or("without a run", told_status);
            (posting.external_id.as_str(), status)
        })
        .collect()
}

fn duration_changes(before: &RunRecord, after: &RunRecord) -> Vec<String> {
    // The same id may have had another name in November 2025: the id is the plan's.
    let conversations = [after, before]
        .into_iter()
        .flat_map(|record| &record.workflow.conversations);
    let mut named: BTreeMap<i32, &str> = BTreeMap::new();
    for conversation in conversations {
        named.entry(conversation.id).or_insert(&conversation.name);
    }
    let step = |(id, mean): (i32, String)| {
        let name = named.get(&id).copied().unwrap_or_default();
        (format!("{id} {name}"), mean)
    };
    let means = |record| mean_durations(record).into_iter().map(step).collect();
    let mut changes = Differing::default();
    changes.compare_maps::<String, String>("", &means(before), &means(after));
    changes.lines()
}

/// Tenths are enough: no two runs agree in more.
fn mean_durations(record: &RunRecord) -> BTreeMap<i32, String> {
    seconds_by_step(record)
        .into_iter()
        .map(|(conversation, seconds)| {
            let mean = mean(&seconds);
            (conversation, format!("{mean:.1} (n = {})", seconds.len()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Requirements, doctored, judge};

    fn differences(before: &RunRecord, after: &RunRecord) -> Differences {
        let [a, b] = [before, after].map(|record| judge(record, &Requirements::none()));
        record_differences(
            Side {
                record: before,
                judgement: &a,
            },
            Side {
                record: after,
                judgement: &b,
            },
        )
    }

    #[test]
    fn a_record_does_not_differ_from_itself() {
        let same = differences(&doctored::healthy(), &doctored::healthy());
        assert!(!same.in_verdicts);
        assert_eq!(
            same.text.matches("no difference").count(),
            same.text.lines().count(),
            "{}",
            same.text
        );
    }

    #[test]
    fn each_kind_of_difference_is_told() {
        let mut other = doctored::healthy();
        // Another model from the begin on, of which nothing else tells.
        other.environment.servers[0].models[0].digest = "0123456789abcdef".to_owned();
        (other.identities, other.residency) = (None, Vec::new());
        other.environment.servers[0].models.remove(2);
        other.plan.sha256 = None;
        other.postings[7].external_id = "R9999999".to_owned();
        other.postings[8].skill_keywords = None;
        doctored::fail(&mut other, 3);
        insta::assert_snapshot!(differences(&doctored::healthy(), &other).text);
    }

    #[test]
    fn a_value_that_differs_within_its_tier_is_told_and_does_not_count() {
        let mut slower = doctored::healthy();
        slower.mode.time_scale = 10.1;
        let differences = differences(&doctored::healthy(), &slower);
        assert!(
            differences.text.contains("Total duration: target"),
            "{}",
            differences.text
        );
    }

    #[test]
    fn a_criterion_that_stands_elsewhere_counts_and_so_does_a_new_doubt() {
        let mut worse = doctored::healthy();
        worse.postings[8].skill_keywords = None;
        worse.postings[9].skill_keywords = None;
        assert!(differences(&doctored::healthy(), &worse).in_verdicts);
        let mut doubtful = doctored::healthy();
        doubtful.batch.size = 49;
        let differences = differences(&doctored::healthy(), &doubtful);
        assert!(differences.in_verdicts);
        assert!(
            differences
                .text
                .contains("runs_beyond_the_batch: none → doubted"),
            "{}",
            differences.text
        );
    }

    #[test]
    fn postings_are_named_up_to_a_number_and_counted_beyond() {
        let none = doctored::empty();
        let text = differences(&doctored::healthy(), &none).text;
        assert!(text.contains("only in the first: R0000001, "), "{text}");
        assert!(text.contains(" and 40 more"), "{text}");
    }
}
