//! A Markdown text as blocks: headings, paragraphs, tables, lists and code, each with its place in the text.
//!
//! `CommonMark` with tables is read by a library; what is left to do is to keep what a plan is made of, and the byte range
//! of each piece, so that a finding can underline it.

mod reader;

use std::ops::Range;

/// A plan's text in blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What stands between two lines of `+++` at the very top: TOML.
    pub front_matter: Option<Text>,
    /// Everything else, in order.
    pub blocks: Vec<Placed>,
}

/// A block and the headings above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// From the outermost heading to the nearest.
    pub under: Vec<String>,
    /// The block.
    pub block: Block,
}

/// A block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading; level 1 is the outermost.
    Heading {
        /// 1 to 6.
        level: u8,
        /// Its text.
        text: Text,
    },
    /// A paragraph.
    Paragraph(Text),
    /// A table.
    Table(Table),
    /// A list, numbered or not.
    List(List),
    /// A fenced or indented code block.
    Code(CodeBlock),
}

/// Text without its markup, and where it stands with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Without emphasis, code marks and links; line breaks are spaces; trimmed.
    pub plain: String,
    /// Byte range in the document, trimmed as well.
    pub span: Range<usize>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The first row.
    pub header: Row,
    /// All others.
    pub rows: Vec<Row>,
}

/// A row of a table; short rows are filled up with empty cells by the rule of `CommonMark`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// From left to right.
    pub cells: Vec<Text>,
}

/// A list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// In order.
    pub items: Vec<Item>,
}

/// An item of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its own text, without that of the lists in it.
    pub text: Text,
    /// The items of the lists in it.
    pub children: Vec<Item>,
}

/// A code block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeBlock {
    /// The first word after the fence, in lower case; empty without one.
    pub language: String,
    /// The code as it stands in the document, with blanks for what belongs to the blocks around it (the marks of a
    /// quotation, the indentation of an item) and for the carriage returns of some systems.
    pub code: String,
    /// Byte range of the code in the document, so that an offset in one is an offset in the other.
    pub span: Range<usize>,
}

impl Document {
    /// Reads a text. Every text is a document: Markdown knows no errors.
    pub fn parse(text: &str) -> Self {
        reader::read(text)
    }

    /// All tables with the headings above them.
    pub fn tables(&self) -> impl Iterator<Item = (&Placed, &Table)> {
        self.blocks.iter().filter_map(|placed| match &placed.block {
            Block::Table(table) => Some((placed, table)),
            _ => None,
        })
    }

    /// All lists with the headings above them.
    pub fn lists(&self) -> impl Iterator<Item = (&Placed, &List)> {
        self.blocks.iter().filter_map(|placed| match &placed.block {
            Block::List(list) => Some((placed, list)),
            _ => None,
        })
    }

    /// All code blocks with the headings above them.
    pub fn code_blocks(&self) -> impl Iterator<Item = (&Placed, &CodeBlock)> {
        self.blocks.iter().filter_map(|placed| match &placed.block {
            Block::Code(code) => Some((placed, code)),
            _ => None,
        })
    }
}

impl Placed {
    /// Whether a heading above it contains these words, in whatever case.
    pub fn is_under(&self, words: &str) -> bool {
        let words = words.to_lowercase();
        self.under
            .iter()
            .any(|heading| heading.to_lowercase().contains(&words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = "\
+++
id = \"X\"
+++

# Plan

## Criteria

Some *words*
over two lines.

| Metric | Target |
|---|---|
| **Total duration** | ≤ 3.6 `hours` |

1. ✅ **All data populated:**
   - `ihl_score` IS NOT NULL
   - another
2. second

```SQL
SELECT 1;
SELECT 2;
```
";

    fn plain(text: &Text) -> &str {
        &text.plain
    }

    #[test]
    fn every_piece_knows_where_it_stands() {
        let document = Document::parse(PLAN);
        assert_eq!(
            plain(document.front_matter.as_ref().unwrap()).trim(),
            "id = \"X\""
        );
        let (placed, table) = document.tables().next().unwrap();
        assert_eq!(placed.under, ["Plan", "Criteria"]);
        let cell = &table.rows[0].cells[1];
        assert_eq!(plain(cell), "≤ 3.6 hours");
        assert_eq!(&PLAN[cell.span.clone()], "≤ 3.6 `hours`");
        let (_, code) = document.code_blocks().next().unwrap();
        assert_eq!(
            (code.language.as_str(), &PLAN[code.span.clone()]),
            ("sql", code.code.as_str())
        );
        assert_eq!(code.code.lines().count(), 2);
    }

    #[test]
    fn an_offset_in_the_code_is_one_in_the_document_also_in_a_quotation_an_item_and_with_carriage_returns()
     {
        for text in [
            "> ```sql\n> SELECT a,\n> needle\n> ```\n",
            "- item\n\n  ```sql\n  SELECT a,\n  needle\n  ```\n",
            "- item\n\n\t```sql\n\tSELECT a,\n\tneedle\n\t```\n",
            "```sql\r\nSELECT a,\r\nneedle\r\n```\r\n",
        ] {
            let document = Document::parse(text);
            let (_, block) = document.code_blocks().next().unwrap();
            let within = block.code.find("needle").unwrap();
            assert!(
                text[block.span.start + within..].starts_with("needle"),
                "{text:?}"
            );
            assert!(!block.code.contains('>'), "{:?}", block.code);
        }
    }

    #[test]
    fn items_keep_the_lists_in_them_apart() {
        let document = Document::parse(PLAN);
        let (_, list) = document.lists().next().unwrap();
        let texts: Vec<&str> = list.items.iter().map(|item| plain(&item.text)).collect();
        assert_eq!(texts, ["✅ All data populated:", "second"]);
        let children: Vec<&str> = list.items[0]
            .children
            .iter()
            .map(|item| plain(&item.text))
            .collect();
        assert_eq!(children, ["ihl_score IS NOT NULL", "another"]);
    }

    #[test]
    fn a_paragraph_is_one_line_of_text() {
        let document = Document::parse(PLAN);
        assert!(document.blocks.iter().any(|placed| matches!(
            &placed.block,
            Block::Paragraph(text) if text.plain == "Some words over two lines."
        )));
    }
}
