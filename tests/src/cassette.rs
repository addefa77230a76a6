//! A run on tape: every exchange with the model server and the careers site, kept so that the same run can be served
//! again without either.
//!
//! In reading order:
//!
//! - [`Request`] is what decides an answer, and [`Key`] its hash; `nearest` says how a request differs from the one that
//!   comes closest. Pure.
//! - [`scrub`] takes secrets and people's contact details out. Pure.
//! - [`Recorded`] is one exchange as it is kept, [`Answers`] the exchanges as they are handed out: for one key in the order
//!   in which they were recorded. Pure.
//! - [`Manifest`] says what a cassette was made with, [`Stale`] what has changed since, by cause. Pure.
//! - `folder` writes and reads a cassette; [`Recorder`] keeps what passes a witness, [`Player`] serves it through wiremock.
//!
//! **What is scrubbed, and when.** Postings are scrubbed on their way from the careers site to the runner, so that a run
//! that is recorded never reads what its cassette must not hold, and every prompt of its replay is the recorded one to the
//! letter. Scrubbing afterwards would have to give the same result before and after a description's HTML is made text, a
//! prompt is rendered and a model has put it in other words. Whatever a model makes up itself is scrubbed when it is kept,
//! and every request before it is compared.

mod answers;
mod error;
mod folder;
mod key;
mod manifest;
mod nearest;
mod player;
mod recorded;
mod recorder;
mod request;
pub mod scrub;
mod stale;

pub use answers::{Answers, Miss};
pub use error::CassetteError;
pub use folder::{Cassette, postings_of};
pub use key::Key;
pub use manifest::{FORMAT, MadeWith, Manifest, Site, State, StepPrint};
pub use nearest::{Nearest, nearest};
pub use player::Player;
pub use recorded::{Answer, Body, Recorded};
pub use recorder::Recorder;
pub use request::{Party, Request};
pub use stale::{Present, Stale, stale};
