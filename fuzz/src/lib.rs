//! What must hold of whatever comes in from outside, one module a kind of input; each is a fuzz target.
//!
//! A module's `holds` takes any bytes and panics where they break a promise of the code, beside the panics and hangs of
//! the code itself. The suite includes this file and replays `seeds/` through it, so that what a fuzzer found once stays
//! mended where nobody has a fuzzer.

pub mod answer;
pub mod judgement;
pub mod plan;
pub mod record;
mod shown;
pub mod stream;
pub mod workday;
