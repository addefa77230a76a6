//! Batchproof runs a batch of LLM work, keeps the evidence, and judges it against a written plan.

pub mod clock;
pub mod judge;
pub mod record;
pub mod report;
pub mod witness;
