//! A written test plan, read from its Markdown: from text to typed demands, and what is wrong with it.
//!
//! `document` gives the text a structure and keeps where everything stands; `cell` reads its figures. Nothing here knows a run.

mod cell;
mod document;
pub mod lint;

pub use cell::{Cell, CellError, Figure, figures};
pub use document::{Block, CodeBlock, Document, Item, List, Placed, Row, Table, Text};
