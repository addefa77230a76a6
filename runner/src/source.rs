//! Where postings come from: a Workday careers site, or a folder of that site's answers.
//!
//! Both give the same thing, [`Fetched`]: postings ready for staging, each with the reasons, if any, why it
//! must not be promoted. Neither knows the database.
//!
//! The parts without I/O, in reading order:
//!
//! - [`json`], [`mojibake`] and [`text`]: what the site sends, made readable
//! - [`posting`]: one posting as it lies in staging, its refusals and its hash
//! - [`detail`]: a detail answer read into a posting
//! - [`identity`]: which two list entries are the same posting
//! - [`listing`]: when the list has been read to its end
//! - [`backoff`]: how long to wait before asking again
//! - [`reply`]: what an HTTP answer means
//!
//! [`workday`] asks the site (its calls are in `client`), [`folder`] reads files, [`fetched`] says what came.

pub mod backoff;
mod client;
pub mod detail;
pub mod error;
pub mod fetched;
pub mod folder;
mod gather;
pub mod identity;
pub mod json;
pub mod listing;
pub mod mojibake;
pub mod posting;
pub mod reply;
mod tangle;
pub mod text;
pub mod workday;

pub use backoff::Backoff;
pub use error::{ShapeError, SourceError};
pub use fetched::Fetched;
pub use folder::Folder;
pub use posting::{Refusal, StagedPosting};
pub use workday::{Workday, WorkdaySettings};
