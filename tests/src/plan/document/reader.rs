//! From the events of the Markdown library to blocks.

use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, MetadataBlockKind, Options, Parser, Tag, TagEnd};

use super::{Block, CodeBlock, Document, Item, List, Placed, Row, Table, Text};

pub(super) fn read(text: &str) -> Document {
    let options = Options::ENABLE_TABLES | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS;
    let mut reader = Reader {
        text,
        document: Document {
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
