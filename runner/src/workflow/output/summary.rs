//! A summary: seven headings, in order, each with something under it.

use super::{Malformed, text};

/// The headings, in the order in which they must stand.
const HEADINGS: [&str; 7] = [
    "Role",
    "Company",
    "Location",
    "Job ID",
    "Key Responsibilities",
    "Requirements",
    "Details",
];
/// Shorter ones were, when it happened, refusals and questions to the user.
const SHORTEST: usize = 100;

/// The summary in its standard form: plain headings, whatever decoration the model gave them.
pub(super) fn parse(answer: &str) -> Result<String, Malformed> {
    let text = text::free_text(answer, &expected("nothing else"))?;
    let sections = sections(text)?;
    let summary = sections
        .iter()
        .map(Section::render)
        .collect::<Vec<_>>()
        .join("\n");
    if summary.chars().count() < SHORTEST {
        return Err(Malformed::new(
            expected(&format!("{SHORTEST} characters or more")),
            text,
        ));
    }
    if summary.contains("```") {
        return Err(Malformed::new(expected("no code fence"), text));
    }
    if let Some(placeholder) = text::unfilled_placeholder(&summary) {
        return Err(Malformed::new(
            expected("no unfilled placeholder"),
            placeholder,
        ));
    }
    Ok(summary)
}

fn expected(more: &str) -> String {
    format!(
        "a summary with the headings {}, in this order, and {more}",
        HEADINGS.join(", ")
    )
}

struct Section<'a> {
    heading: &'static str,
    /// What stands on the heading's own line.
    first: &'a str,
    lines: Vec<&'a str>,
}

impl Section<'_> {
    fn render(&self) -> String {
        let head = format!("{}: {}", self.heading, self.first);
        let lines = std::iter::once(head.trim_end()).chain(self.lines.iter().copied());
        lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
    }

    fn says_something(&self) -> bool {
        let mut lines = std::iter::once(&self.first).chain(&self.lines);
        let words = |line: &str| {
            line.trim_start_matches(['-', '*', '•', ' '])
                .trim()
                .to_owned()
        };
        let filled = lines.clone().any(|line| !words(line).is_empty());
        filled && !lines.any(|line| text::says_nothing(&words(line)))
    }
}

/// The text by headings. A heading that is missing, doubled, out of order or followed by nothing is
/// named.
fn sections(text: &str) -> Result<Vec<Section<'_>>, Malformed> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for line in text.lines() {
        match (heading_of(line), sections.last_mut()) {
            (Some((heading, first)), _) => {
                sections.push(Section {
                    heading,
                    first,
                    lines: Vec::new(),
                });
            }
            (None, Some(section)) => section.lines.push(line.trim_end()),
            (None, None) => return Err(Malformed::new(expected("nothing before the first"), line)),
        }
    }
    let found: Vec<_> = sections.iter().map(|section| section.heading).collect();
    if found != HEADINGS {
        return Err(Malformed::new(expected("each once"), &found.join(", ")));
    }
    match sections.iter().find(|section| !section.says_something()) {
        Some(section) => Err(Malformed::new(
            expected("text under each"),
            &section.render(),
        )),
        None => Ok(sections),
    }
}

/// The heading a line starts with, and the rest of the line. `**Role:**` and `## Role:` count as
/// `Role:`.
fn heading_of(line: &str) -> Option<(&'static str, &str)> {
    let plain = line.trim_start_matches('#').trim_start();
    let plain = plain.strip_prefix("**").unwrap_or(plain);
    HEADINGS.into_iter().find_map(|heading| {
        let rest = plain.strip_prefix(heading)?;
        let rest = rest.strip_prefix("**").unwrap_or(rest).strip_prefix(':')?;
        Some((heading, rest.strip_prefix("**").unwrap_or(rest).trim()))
    })
}
