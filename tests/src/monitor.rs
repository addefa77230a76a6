//! A batch while it is under way, for whoever watches it: from this machine or another.
//!
//! In reading order:
//!
//! - `reading`: one look at the database, the model servers and this machine. Its SQL is its own, and it writes nothing.
//! - [`snapshot`]: what such a look brings, as plain facts.
//! - [`view`]: what is told of it: progress, the time that is left, loads against the least that would do. Pure.
//! - `panels`: a view in lines of text with colours.
//! - [`plain()`]: those lines without escape codes.
//! - `drawing`: a view on a terminal of any size. Pure, too: a frame comes in.
//! - `watching`: the loop of looks, keys and frames.
//!
//! Everything a posting or a model server had a hand in is [`Printable`]: nothing of it reaches a terminal
//! that could move its cursor or turn its text around.

mod drawing;
mod panels;
mod plain;
mod printable;
mod reading;
#[cfg(test)]
mod scenes;
pub mod snapshot;
pub mod view;
mod watching;

pub use plain::plain;
pub use printable::Printable;
pub use reading::{Reader, ReadingError};
pub use snapshot::Snapshot;
pub use view::View;
pub use watching::watch;
