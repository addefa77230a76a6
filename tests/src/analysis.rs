//! Where the time of a batch went, what a faster model would save there, and what failed: the plan's analyses, as pure
//! functions of a record. A database is read into a record first, so that there is one way to each figure.

mod bottlenecks;
mod failures;
mod performance;
mod seconds;

pub use bottlenecks::{Bottlenecks, LongInteraction, StepBottleneck, bottlenecks};
pub use failures::{Failures, Kind, failures};
pub use performance::{Performance, StepTime, performance};
pub(crate) use seconds::{mean, quantile, seconds_by_step};
