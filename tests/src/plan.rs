//! A written test plan, read from its Markdown: from text to typed demands, and what is wrong with it.
//!
//! `document` gives the text a structure and keeps where everything stands. Nothing here knows a run.

mod document;
pub mod lint;

pub use document::{Block, CodeBlock, Document, Item, List, Placed, Row, Table, Text};
