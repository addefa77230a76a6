//! What a plan says of itself: TOML between two lines of `+++`, or, where there is none, its own sentences.

use std::num::NonZeroU32;

use serde::Deserialize;

use super::{Block, Document, Item, PlanError, Text};

/// The run that a plan compares with.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// What people call it, such as "Run 195".
    pub name: String,
    /// How long it took for a posting.
    pub seconds_per_posting: f64,
    /// How many interactions a posting took.
    pub interactions: u32,
}

/// Where a plan wants its postings from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The careers site on Workday.
    Workday,
}

/// What a plan says of itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FrontMatter {
    pub(super) id: String,
    pub(super) workflow: u32,
    pub(super) batch_size: u32,
    pub(super) workers: Option<u32>,
    pub(super) baseline: Option<Baseline>,
    pub(super) source: Option<Source>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: Option<String>,
    workflow: Option<u32>,
    batch_size: Option<NonZeroU32>,
    workers: Option<NonZeroU32>,
    baseline: Option<Baseline>,
    source: Option<Source>,
}

impl FrontMatter {
    pub(super) fn read(text: &str, document: &Document) -> Result<Self, PlanError> {
        let (written, span) = match &document.front_matter {
            Some(front) => (written(text, front)?, front.span.clone()),
            None => (Written::default(), 0..0),
        };
        let missing = |what: &str| PlanError::new(text, span.start..span.start, what);
        let id = match written.id {
            Some(id) => Some(id),
            None => word_after(document, "test id:"),
        }
        .ok_or_else(|| missing("the plan has no id: write id = \"BATCH-50-001\" between two lines of +++ at the top, or a line \"Test ID: BATCH-50-001\""))?;
        if !is_a_name(&id) {
            return Err(missing(&format!(
                "the plan's id '{id}' also names files: write letters, digits, '-', '_' and '.' only"
            )));
        }
        Ok(Self {
            id,
            workflow: written.workflow.or_else(|| number_after(document, "workflow"))
                .ok_or_else(|| missing("the plan names no workflow: write workflow = 3001 between two lines of +++ at the top"))?,
            batch_size: written.batch_size.map(NonZeroU32::get)
                .or_else(|| number_after(document, "batch size:").filter(|size| *size > 0))
                .ok_or_else(|| missing("the plan has no batch size: write batch_size = 50 between two lines of +++ at the top, or a line \"Batch size: 50\""))?,
            workers: written.workers.map(NonZeroU32::get),
            baseline: written.baseline,
            source: written.source,
        })
    }
}

fn written(text: &str, front: &Text) -> Result<Written, PlanError> {
    let wrong = |span: std::ops::Range<usize>, what: String| {
        let start = front.span.start;
        PlanError::new(text, start + span.start..start + span.end, what)
    };
    let written: Written = toml::from_str(&front.plain)
        .map_err(|error| wrong(error.span().unwrap_or(0..0), error.message().to_owned()))?;
    match &written.baseline {
        // Also for a value that is no number at all.
        Some(baseline)
            if !(baseline.seconds_per_posting > 0.0
                && baseline.seconds_per_posting.is_finite()) =>
        {
            Err(wrong(
                0..0,
                format!(
                    "the baseline takes {} s a posting: expected a number above 0",
                    baseline.seconds_per_posting
                ),
            ))
        }
        _ => Ok(written),
    }
}

fn is_a_name(id: &str) -> bool {
    !id.is_empty()
        && !id.starts_with('.')
        && id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// The word after a mark in lower case, anywhere in the plan's prose.
fn word_after(document: &Document, mark: &str) -> Option<String> {
    prose(document).iter().find_map(|plain| {
        let rest = after(plain, mark)?;
        let word = rest.split_whitespace().next()?;
        Some(word.trim_end_matches([',', ';', '.']).to_owned())
    })
}

fn number_after(document: &Document, mark: &str) -> Option<u32> {
    prose(document).iter().find_map(|plain| {
        let mut rest = plain.as_str();
        // "Workflow pipeline … Workflow 3001": the first that a number follows.
        while let Some(next) = after(rest, mark) {
            rest = next;
            let digits = rest.trim_start();
            let end = digits
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(digits.len());
            if let Ok(number) = digits[..end].parse() {
                return Some(number);
            }
        }
        None
    })
}

fn after<'t>(text: &'t str, mark: &str) -> Option<&'t str> {
    text.char_indices().find_map(|(at, _)| {
        let head = text.get(at..at + mark.len())?;
        head.eq_ignore_ascii_case(mark)
            .then(|| &text[at + mark.len()..])
    })
}

/// Headings, paragraphs and items, in order.
fn prose(document: &Document) -> Vec<String> {
    let mut prose = Vec::new();
    for placed in &document.blocks {
        match &placed.block {
            Block::Heading { text, .. } | Block::Paragraph(text) => prose.push(text.plain.clone()),
            Block::List(list) => list.items.iter().for_each(|item| add(item, &mut prose)),
            Block::Table(_) | Block::Code(_) => {}
        }
    }
    prose
}

fn add(item: &Item, prose: &mut Vec<String>) {
    prose.push(item.text.plain.clone());
    item.children.iter().for_each(|child| add(child, prose));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<FrontMatter, PlanError> {
        FrontMatter::read(text, &Document::parse(text))
    }

    fn refusal(text: &str) -> String {
        read(text).expect_err(text).to_string()
    }

    const WHOLE: &str = "+++\nid = \"A-1\"\nworkflow = 3001\nbatch_size = 50\nworkers = 5\nsource = \"workday\"\n\n\
                         [baseline]\nname = \"Run 195\"\nseconds_per_posting = 291.9\ninteractions = 13\n+++\n\n# Plan\n";

    #[test]
    fn the_front_matter_says_it_all() {
        let front = read(WHOLE).unwrap();
        assert_eq!(
            (front.id.as_str(), front.workflow, front.batch_size),
            ("A-1", 3001, 50)
        );
        assert_eq!(front.workers, Some(5));
        assert_eq!(front.source, Some(Source::Workday));
        assert_eq!(front.baseline.unwrap().interactions, 13);
    }

    #[test]
    fn without_it_the_plans_own_sentences_do() {
        let front = read(
            "**Date:** today  \n**Test ID:** B-7, final  \n**Author:** someone\n\n\
             Validate complete Workflow 3001 pipeline.\n\n- **Batch size:** 20 jobs minimum\n",
        )
        .unwrap();
        assert_eq!(
            (front.id.as_str(), front.workflow, front.batch_size),
            ("B-7", 3001, 20)
        );
        assert_eq!((front.baseline, front.source), (None, None));
    }

    #[test]
    fn what_is_missing_is_named_with_what_to_write() {
        assert!(refusal("# Plan").contains("write id = "));
        assert!(refusal("Test ID: A\n\nBatch size: 5").contains("write workflow = "));
        assert!(refusal("Test ID: A\n\nWorkflow 3001").contains("write batch_size = "));
    }

    #[test]
    fn a_key_that_is_not_known_is_shown_with_its_place() {
        let text = WHOLE.replace("batch_size", "batchsize");
        let message = refusal(&text);
        assert!(message.starts_with("line 4, column 1: "), "{message}");
        assert!(message.contains("`batchsize`"), "{message}");
        assert!(message.contains("`batch_size`"), "{message}");
    }

    #[test]
    fn values_that_cannot_be_are_refused() {
        assert!(refusal(&WHOLE.replace("= 50", "= 0")).starts_with("line 4, column 14: "));
        assert!(refusal(&WHOLE.replace("291.9", "0")).contains("above 0"));
        assert!(refusal(&WHOLE.replace("A-1", "../A")).contains("'../A'"));
        assert!(refusal(&WHOLE.replace("\"workday\"", "\"fax\"")).contains("`workday`"));
    }
}
