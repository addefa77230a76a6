//! What a plan says in words.

use crate::plan::{Block, Document, Item, Text};

/// Headings, paragraphs, items and cells, in order.
pub(super) fn texts(document: &Document) -> Vec<&Text> {
    let mut texts = Vec::new();
    for placed in &document.blocks {
        match &placed.block {
            Block::Heading { text, .. } | Block::Paragraph(text) => texts.push(text),
            Block::List(list) => list.items.iter().for_each(|item| add(item, &mut texts)),
            Block::Table(table) => {
                let rows = std::iter::once(&table.header).chain(&table.rows);
                texts.extend(rows.flat_map(|row| &row.cells));
            }
            Block::Code(_) => {}
        }
    }
    texts
}

fn add<'d>(item: &'d Item, texts: &mut Vec<&'d Text>) {
    texts.push(&item.text);
    item.children.iter().for_each(|child| add(child, texts));
}

/// Whether these words stand in a text, as whole words and next to each other.
pub(super) fn has_words(text: &str, words: &str) -> bool {
    let split = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect()
    };
    let (text, words) = (split(text), split(words));
    !words.is_empty() && text.windows(words.len()).any(|part| part == words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole() {
        assert!(has_words("All have an IHL score.", "ihl score"));
        assert!(!has_words("Good IHL scores", "ihl score"));
        assert!(!has_words("anything", ""));
    }

    #[test]
    fn every_text_is_seen_but_code() {
        let text = "# H\n\nP\n\n- I\n  - J\n\n| A |\n|---|\n| B |\n\n```\nC\n```\n";
        let document = Document::parse(text);
        let plain: Vec<&str> = texts(&document)
            .iter()
            .map(|text| text.plain.as_str())
            .collect();
        assert_eq!(plain, ["H", "P", "I", "J", "A", "B"]);
    }
}
