//! The table for people: what `cargo test -p batchproof --lib bites -- --nocapture` prints. The tests that hold it print
//! it, so that it cannot say another thing than they have seen.

use comfy_table::{ContentArrangement, Table as Sheet, presets};

use super::{
    Ids,
    audits::{Audit, audits},
    doubts,
    rows::Bite,
    turned,
};
use crate::judge::{Judgement, criteria::rules, validity};

/// Columns of text.
const WIDTH: u16 = 140;

/// What each doctored record was seen to do.
pub(super) struct Doctored(Sheet);

impl Doctored {
    pub(super) fn new() -> Self {
        Self(sheet([
            "Criterion",
            "Stands at",
            "Turns along with it",
            "Doubts",
        ]))
    }

    pub(super) fn add(&mut self, row: &Bite, judgement: &Judgement) {
        let verdict = judgement.verdict(row.criterion).unwrap();
        let mut along = turned(judgement);
        along.remove(row.criterion);
        self.0.add_row([
            row.criterion.to_owned(),
            verdict.standing.to_string(),
            told(&along),
            told(&doubts(judgement)),
        ]);
    }

    pub(super) fn show(&self) {
        println!(
            "\n{}\n\n{} doctored records for {} criteria",
            self.0,
            self.0.row_count(),
            rules().count()
        );
    }
}

/// What each record that was tampered with was seen to raise.
pub(super) struct Audited(Sheet);

impl Audited {
    pub(super) fn new() -> Self {
        Self(sheet(["Tampered with", "Doubts", "Turns"]))
    }

    pub(super) fn add(&mut self, audit: &Audit, judgement: &Judgement) {
        self.0.add_row([
            audit.name.to_owned(),
            told(&doubts(judgement)),
            told(&turned(judgement)),
        ]);
    }

    pub(super) fn show(&self) {
        println!(
            "\n{}\n\n{} records that were tampered with, for {} checks",
            self.0,
            audits().count(),
            validity::CHECKS
        );
    }
}

fn sheet<const N: usize>(header: [&str; N]) -> Sheet {
    let mut sheet = Sheet::new();
    sheet
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH)
        .set_header(header);
    sheet
}

fn told(ids: &Ids) -> String {
    ids.iter().copied().collect::<Vec<_>>().join(", ")
}
