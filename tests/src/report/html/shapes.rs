//! What is drawn and listed, as plain data: geometry, grouping, order. Pure; the markup is `page`'s alone.

pub(super) mod axis;
pub(super) mod by_posting;
pub(super) mod calls;
pub(super) mod durations;
pub(super) mod failures;
pub(super) mod fields;
pub(super) mod gpu;
pub(super) mod november;
pub(super) mod outside;
pub(super) mod quartiles;
pub(super) mod scores;
pub(super) mod slowest;
pub(super) mod span;
pub(super) mod steps;
pub(super) mod tier_bar;
pub(super) mod timeline;
