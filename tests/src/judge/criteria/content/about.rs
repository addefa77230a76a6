//! Whether each summary is about the posting that it stands under: title, id and location.

mod body;
mod ids;

use std::collections::BTreeSet;

use self::{
    body::Bodies,
    ids::{Id, Ids},
};
use super::{Completed, shortened, without_texts};
use crate::{
    judge::{
        criterion::{Criterion, EVERYWHERE, Enforcement, Rule, Scaling},
        evidence::Evidence,
        reading::{Look, Reading},
        tiers::{Bound, Tiers, percent},
        words::{repaired, words},
    },
    record::Posting,
};

/// One system gave 1,722 of 1,740 postings the summary of another, and every column was filled.
pub(in crate::judge::criteria) const SUMMARY_ABOUT_POSTING: Rule = Rule {
    criterion: Criterion {
        id: "summary_about_posting",
        name: "Summary is about its posting",
        sentence: "The saved summary of each completed posting names that posting's title, id and location, and \
                   neither has another posting's id nor says what another's description says.",
        judged_in: EVERYWHERE,
        also: &["summaries are about their postings"],
    },
    enforcement: Enforcement::Must,
    tiers: Tiers::share(Bound::AtLeast(98.0), 95.0),
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
    let ids = Ids::of(evidence);
    let bodies = Bodies::of(&completed.postings);
    let mut faults: Vec<(i64, String)> = completed
        .postings
        .iter()
        .enumerate()
        .filter_map(|(place, posting)| {
            let fault = fault(posting, &ids).or_else(|| bodies.foreign_at(place));
            Some((posting.posting_id, fault?))
        })
        .collect();
    let lost = |id: &i64| (*id, "is not in the record".to_owned());
    faults.extend(completed.lost.iter().map(lost));
    let about = completed.count() - faults.len();
    let mut note = format!(
        "{about} of {} summaries name title, id and location of their posting",
        completed.count()
    );
    if let Some((id, fault)) = faults.first() {
        note = format!("{note}; that of posting {id} {fault}");
    }
    let reading = Reading::value(percent(about, completed.count()), completed.count(), note)
        .look(faults.into_iter().map(|(id, _)| Look::Posting(id)));
    evidence.unless_runs_missing(reading)
}

/// What shows that a summary is not about its posting; the strongest evidence first. Another posting's id convicts,
/// whatever else the summary says.
fn fault(posting: &Posting, ids: &Ids<'_>) -> Option<String> {
    let Some(summary) = posting.extracted_summary.as_deref() else {
        return Some("is missing".to_owned());
    };
    let summary = repaired(summary);
    ids.foreign_in(&summary, posting)
        .or_else(|| other_role(posting, &summary))
        .or_else(|| {
            let own = Id::of(&posting.external_id);
            (!own.stands_in(&summary)).then(|| format!("does not name {}", posting.external_id))
        })
        .or_else(|| other_place(posting, &summary))
}

/// Words of titles that tell rank, contract or sex, and words that tell nothing: summaries leave them out, and two
/// titles that share them are no more alike.
const UNTELLING: [&str; 45] = [
    "all",
    "am",
    "and",
    "as",
    "associate",
    "at",
    "avp",
    "das",
    "der",
    "des",
    "die",
    "director",
    "div",
    "evp",
    "for",
    "fur",
    "gn",
    "im",
    "in",
    "junior",
    "lead",
    "mit",
    "nct",
    "of",
    "on",
    "or",
    "president",
    "principal",
    "senior",
    "svp",
    "team",
    "the",
    "to",
    "und",
    "vice",
    "von",
    "vp",
    "with",
    "zum",
    "zur",
    "bei",
    "den",
    "oder",
    "into",
    "by",
];

/// As many words of the title as a summary's role must share with it, where the title has so many.
const SHARED: usize = 2;

fn other_role(posting: &Posting, summary: &str) -> Option<String> {
    let title = significant(&posting.title);
    let role = labelled(summary, &ROLE_LABELS);
    let named: BTreeSet<String> = words(role.unwrap_or(summary)).into_iter().collect();
    if title.intersection(&named).count() >= SHARED.min(title.len()) {
        return None;
    }
    Some(match role {
        Some(role) => format!(
            "calls the role \"{}\", not \"{}\"",
            shortened(role),
            shortened(&posting.title)
        ),
        None => format!("does not name the role \"{}\"", shortened(&posting.title)),
    })
}

/// The words of a title that tell it from others; all of them where none does.
fn significant(title: &str) -> BTreeSet<String> {
    let all = words(title);
    let telling = |word: &&String| word.len() > 1 && !UNTELLING.contains(&word.as_str());
    let significant: BTreeSet<String> = all.iter().filter(telling).cloned().collect();
    if significant.is_empty() {
        all.into_iter().collect()
    } else {
        significant
    }
}

/// What summaries call their line with the role.
const ROLE_LABELS: [&str; 7] = [
    "role",
    "job title",
    "title",
    "position",
    "rolle",
    "stelle",
    "jobtitel",
];

/// What stands behind the first of these labels that begins a line, whatever Markdown is around it.
fn labelled<'t>(text: &'t str, labels: &[&str]) -> Option<&'t str> {
    let decoration: &[char] = &['*', '#', '-', ' ', '_', '>'];
    text.lines().find_map(|line| {
        let (label, rest) = line.split_once(':')?;
        let label = label.trim_matches(decoration).to_lowercase();
        let rest = rest.trim_matches(decoration);
        (labels.contains(&label.as_str()) && !rest.is_empty()).then_some(rest)
    })
}

/// Words of places that are no place, such as those of "2 Locations" and of addresses.
const NO_PLACE: [&str; 27] = [
    "bad",
    "building",
    "business",
    "center",
    "centre",
    "city",
    "floor",
    "house",
    "item",
    "les",
    "locations",
    "location",
    "multiple",
    "new",
    "office",
    "park",
    "parkway",
    "platz",
    "remote",
    "road",
    "san",
    "strasse",
    "street",
    "tech",
    "the",
    "tower",
    "way",
];

fn other_place(posting: &Posting, summary: &str) -> Option<String> {
    // The country stands in for a place that nobody gave, not for "2 Locations".
    let place = posting.location.as_ref().or(posting.country.as_ref())?;
    if summary.contains(place.as_str()) {
        return None;
    }
    let names = place_names(place);
    if names.is_empty() {
        return None;
    }
    let text = words(summary).join(" ");
    if names.iter().any(|name| text.contains(name.as_str())) {
        return None;
    }
    let said = labelled(summary, &["location", "standort", "ort"]);
    let instead = said.map_or_else(String::new, |said| format!(" but \"{}\"", shortened(said)));
    Some(format!("does not name {place}{instead}"))
}

fn place_names(place: &str) -> Vec<String> {
    let is_name = |word: &String| {
        word.chars().count() >= 3
            && !word.contains(|it: char| it.is_ascii_digit())
            && !NO_PLACE.contains(&word.as_str())
    };
    words(&repaired(place))
        .into_iter()
        .filter(is_name)
        .collect()
}

#[cfg(test)]
mod tests;
