//! Whether the summaries are texts for people: no leftovers of prompts and programs, no loops, no broken characters.

use std::collections::HashMap;

use super::{Completed, shortened, without_texts};
use crate::judge::{
    criterion::{Criterion, EVERYWHERE, Enforcement, Rule, Scaling},
    evidence::Evidence,
    reading::{Look, Reading, counted, number},
    telling::{is_nothing, named_in_braces},
    tiers::Tiers,
    words::misread,
};

pub(in crate::judge::criteria) const SUMMARY_FORM: Rule = Rule {
    criterion: Criterion {
        id: "summary_form",
        name: "Summaries without form faults",
        sentence: "No saved summary of a completed posting has a placeholder, a code fence, a None, a word loop, an \
                   echo of its instruction, a broken character, or a length that no summary has.",
        judged_in: EVERYWHERE,
        also: &["summaries with form faults", "well-formed summaries"],
    },
    enforcement: Enforcement::Must,
    tiers: Tiers::none(),
    scaling: Scaling::Fixed,
    read,
};

fn read(evidence: &Evidence<'_>) -> Reading {
    let completed = Completed::of(evidence);
    if completed.count() == 0 {
        return Reading::no_data("no posting has been completed");
    }
    if let Some(reading) = without_texts(evidence) {
        return reading;
    }
    let summaries: Vec<_> = completed
        .postings
        .iter()
        .filter_map(|posting| Some((posting, posting.extracted_summary.as_deref()?)))
        .collect();
    if summaries.is_empty() {
        return Reading::no_data("no completed posting has a summary");
    }
    let faulty: Vec<(i64, String)> = summaries
        .iter()
        .filter_map(|(posting, text)| {
            Some((posting.posting_id, fault(text, &posting.description)?))
        })
        .collect();
    let mut note = format!(
        "{} of {} faulty",
        faulty.len(),
        counted_summaries(summaries.len())
    );
    if let Some((id, fault)) = faulty.first() {
        note = format!("{note}; that of posting {id} {fault}");
    }
    let reading = Reading::value(number(faulty.len()), summaries.len(), note)
        .counts_tries()
        .look(faulty.into_iter().map(|(id, _)| Look::Posting(id)));
    completed.unless_lost(evidence, reading)
}

fn counted_summaries(count: usize) -> String {
    match count {
        1 => "1 summary".to_owned(),
        _ => format!("{count} summaries"),
    }
}

/// The first fault of form. What the posting itself says is none.
fn fault(summary: &str, description: &str) -> Option<String> {
    odd_length(summary)
        .or_else(|| placeholder(summary, description))
        .or_else(|| {
            summary
                .contains("```")
                .then(|| "has a code fence".to_owned())
        })
        .or_else(|| nothing(summary))
        .or_else(|| echo(summary))
        .or_else(|| looped(summary))
        .or_else(|| broken_character(summary))
}

/// Seven headings alone take eighty characters; a shorter text was a refusal or a question, a longer one ran away.
fn odd_length(summary: &str) -> Option<String> {
    let length = summary.trim().chars().count();
    (!(300..=40_000).contains(&length)).then(|| format!("has {}", counted(length, "character")))
}

/// `{session_3_output}`, `{{ summary }}`, `{name}`: a template's own words.
fn placeholder(summary: &str, description: &str) -> Option<String> {
    let mut rest = summary;
    while let Some(start) = rest.find('{') {
        let (name, length) = named_in_braces(&rest[start..]);
        let found = &rest[start..start + length];
        if name && !description.contains(found) {
            return Some(format!("has the placeholder {}", shortened(found)));
        }
        rest = &rest[start + length..];
    }
    None
}

/// A line or a value that is the word which a program prints for a missing one.
fn nothing(summary: &str) -> Option<String> {
    summary
        .lines()
        .find(|line| {
            is_nothing(line)
                || line
                    .split_once(':')
                    .is_some_and(|(_, value)| is_nothing(value))
        })
        .map(|line| format!("says \"{}\"", shortened(line.trim())))
}

/// Lines and marks of a dialogue: what the model was told, not what it was to tell.
fn echo(summary: &str) -> Option<String> {
    const SPEAKERS: [&str; 5] = [
        "instruction:",
        "instructions:",
        "user:",
        "assistant:",
        "system:",
    ];
    const MARKS: [&str; 6] = [
        "<|",
        "[INST]",
        "{conversation_",
        "listed rules",
        "extracted from session",
        "content removed",
    ];
    let spoken = summary.lines().find(|line| {
        let line = line
            .trim_start_matches(['*', '#', '-', ' ', '>'])
            .replace("**", "")
            .to_lowercase();
        SPEAKERS.iter().any(|speaker| line.starts_with(speaker))
    });
    let mark = MARKS.into_iter().find(|mark| summary.contains(mark));
    spoken
        .or(mark)
        .map(|found| format!("echoes \"{}\"", shortened(found.trim())))
}

/// The same three words in the same order so often that the model was stuck. Longer loops hold shorter ones.
fn looped(summary: &str) -> Option<String> {
    const WINDOW: usize = 3;
    const STUCK: usize = 10;
    let lower = summary.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let mut seen: HashMap<&[&str], usize> = HashMap::new();
    words.windows(WINDOW).find_map(|window| {
        let count = seen.entry(window).or_default();
        *count += 1;
        (*count == STUCK).then(|| format!("repeats \"{}\" {STUCK} times or more", window.join(" ")))
    })
}

/// A control character, a replacement character, or UTF-8 that was read as Latin-1 or Windows-1252.
fn broken_character(summary: &str) -> Option<String> {
    let is_broken = |it: char| {
        (it.is_control() && !matches!(it, '\n' | '\r' | '\t')) || it == char::REPLACEMENT_CHARACTER
    };
    if let Some(broken) = summary.chars().find(|it| is_broken(*it)) {
        return Some(format!("has the character U+{:04X}", u32::from(broken)));
    }
    summary
        .split_whitespace()
        .find(|word| misread(word).is_some() || word.contains("â€"))
        .map(|word| format!("has the broken word \"{}\"", shortened(word)))
}

#[cfg(test)]
mod tests;
