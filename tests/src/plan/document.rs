//! A Markdown text as blocks: headings, paragraphs, tables, lists and code, each with its place in the text.
//!
//! `CommonMark` with tables is read by a library; what is left to do is to keep what a plan is made of, and the byte range
//! of each piece, so that a finding can underline it.

use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, MetadataBlockKind, Options, Parser, Tag, TagEnd};

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
        let options = Options::ENABLE_TABLES | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS;
        let mut reader = Reader {
            text,
            document: Self {
                front_matter: None,
                blocks: Vec::new(),
            },
            trail: Vec::new(),
            inline: None,
            lists: Vec::new(),
            table: None,
            code: None,
            metadata: false,
        };
        for (event, span) in Parser::new_ext(text, options).into_offset_iter() {
            reader.take(event, span);
        }
        reader.document
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

/// Text that is being put together from inline events.
#[derive(Debug, Default)]
struct Inline {
    plain: String,
    span: Option<Range<usize>>,
}

impl Inline {
    fn push(&mut self, piece: &str, span: Range<usize>) {
        self.plain.push_str(piece);
        self.span = Some(match self.span.take() {
            None => span,
            Some(known) => known.start.min(span.start)..known.end.max(span.end),
        });
    }

    fn finish(self, otherwise: usize) -> Text {
        Text {
            plain: self.plain.trim().to_owned(),
            span: self.span.unwrap_or(otherwise..otherwise),
        }
    }
}

struct Reader<'t> {
    text: &'t str,
    document: Document,
    trail: Vec<(HeadingLevel, String)>,
    inline: Option<Inline>,
    lists: Vec<OpenList>,
    table: Option<OpenTable>,
    code: Option<CodeBlock>,
    metadata: bool,
}

/// A list whose end has not come yet: its finished items, and the one that is open.
#[derive(Default)]
struct OpenList {
    items: Vec<Item>,
    open: Option<Item>,
}

#[derive(Default)]
struct OpenTable {
    header: Option<Row>,
    rows: Vec<Row>,
    cells: Vec<Text>,
}

impl Reader<'_> {
    fn take(&mut self, event: Event<'_>, span: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, span),
            Event::End(tag) => self.end(tag, span),
            Event::Text(piece) if self.metadata => self.metadata_text(&piece, span),
            Event::Text(piece) => match &mut self.code {
                Some(block) => extend(block, self.text, &span),
                None => self.text(&piece, span),
            },
            Event::Code(piece) | Event::InlineHtml(piece) | Event::Html(piece) => {
                self.text(&piece, span);
            }
            Event::SoftBreak | Event::HardBreak => self.text(" ", span),
            _ => {}
        }
    }

    fn text(&mut self, piece: &str, span: Range<usize>) {
        if let Some(inline) = &mut self.inline {
            inline.push(piece, span);
        } else if let Some(item) = self.lists.last_mut().and_then(|list| list.open.as_mut()) {
            // A tight list has no paragraphs: its text comes right after the item's start.
            let start = if item.text.plain.is_empty() {
                span.start
            } else {
                item.text.span.start
            };
            item.text.plain.push_str(piece);
            item.text.span = start..span.end;
        }
    }

    fn metadata_text(&mut self, piece: &str, span: Range<usize>) {
        self.document.front_matter = Some(Text {
            plain: piece.to_owned(),
            span,
        });
    }

    fn start(&mut self, tag: Tag<'_>, span: Range<usize>) {
        match tag {
            Tag::MetadataBlock(MetadataBlockKind::PlusesStyle) => self.metadata = true,
            Tag::Heading { .. } | Tag::TableCell => self.inline = Some(Inline::default()),
            Tag::Paragraph if self.lists.is_empty() => self.inline = Some(Inline::default()),
            Tag::List(_) => self.lists.push(OpenList::default()),
            Tag::Item => {
                if let Some(list) = self.lists.last_mut() {
                    list.open = Some(Item {
                        text: Text {
                            plain: String::new(),
                            span: span.start..span.start,
                        },
                        children: Vec::new(),
                    });
                }
            }
            Tag::Table(_) => self.table = Some(OpenTable::default()),
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    pulldown_cmark::CodeBlockKind::Fenced(info) => {
                        info.split_whitespace().next().unwrap_or("").to_lowercase()
                    }
                    pulldown_cmark::CodeBlockKind::Indented => String::new(),
                };
                self.code = Some(CodeBlock {
                    language,
                    code: String::new(),
                    span: span.end..span.end,
                });
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd, span: Range<usize>) {
        match tag {
            TagEnd::MetadataBlock(_) => self.metadata = false,
            TagEnd::Heading(level) => self.heading(level, &span),
            TagEnd::Paragraph => {
                if let Some(inline) = self.inline.take() {
                    self.push(Block::Paragraph(inline.finish(span.start)));
                }
            }
            TagEnd::TableCell => {
                let cell = self.inline.take().unwrap_or_default().finish(span.start);
                if let Some(table) = &mut self.table {
                    table.cells.push(cell);
                }
            }
            TagEnd::TableHead | TagEnd::TableRow => {
                if let Some(table) = &mut self.table {
                    table.end_row(tag == TagEnd::TableHead);
                }
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    self.push(Block::Table(table.finish()));
                }
            }
            TagEnd::Item => self.end_item(),
            TagEnd::List(_) => self.end_list(),
            TagEnd::CodeBlock => {
                if let Some(code) = self.code.take() {
                    debug_assert_eq!(code.span.len(), code.code.len());
                    self.push(Block::Code(code));
                }
            }
            _ => {}
        }
    }

    fn heading(&mut self, level: HeadingLevel, span: &Range<usize>) {
        let text = self.inline.take().unwrap_or_default().finish(span.start);
        self.trail.retain(|(outer, _)| *outer < level);
        self.push(Block::Heading {
            level: level as u8,
            text: text.clone(),
        });
        self.trail.push((level, text.plain));
    }

    fn end_item(&mut self) {
        if let Some(list) = self.lists.last_mut()
            && let Some(mut item) = list.open.take()
        {
            item.text.plain = item.text.plain.trim().into();
            list.items.push(item);
        }
    }

    fn end_list(&mut self) {
        let Some(list) = self.lists.pop() else {
            return;
        };
        match self.lists.last_mut().and_then(|outer| outer.open.as_mut()) {
            Some(item) => item.children.extend(list.items),
            None => self.push(Block::List(List { items: list.items })),
        }
    }

    fn push(&mut self, block: Block) {
        let under = self.trail.iter().map(|(_, text)| text.clone()).collect();
        self.document.blocks.push(Placed { under, block });
    }
}

impl OpenTable {
    fn end_row(&mut self, is_header: bool) {
        let row = Row {
            cells: std::mem::take(&mut self.cells),
        };
        if is_header {
            self.header = Some(row);
        } else {
            self.rows.push(row);
        }
    }

    fn finish(self) -> Table {
        Table {
            header: self.header.unwrap_or(Row { cells: Vec::new() }),
            rows: self.rows,
        }
    }
}

/// Adds what stands at `span`: as written, for the parser writes tabs out. What it passed over keeps its length, too, so
/// that an offset in the code is one in the document.
fn extend(block: &mut CodeBlock, text: &str, span: &Range<usize>) {
    if block.code.is_empty() {
        block.span = span.start..span.start;
    }
    let start = span.start.max(block.span.end);
    let Some(written) = text.get(start..span.end) else {
        return;
    };
    let passed_over = start - block.span.end;
    block.code.extend(std::iter::repeat_n(' ', passed_over));
    block.code.push_str(written);
    block.span.end = span.end;
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
