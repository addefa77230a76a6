//! The table for people: what `cargo test -p batchproof --lib bites -- --nocapture` prints. The tests that hold it print
//! it, so that it cannot say another thing than they have seen.

use comfy_table::{ContentArrangement, Table as Sheet, presets};

use super::{
    Ids,
    audits::{AUDITS, Audit},
    rows::Bite,
};
use crate::judge::{Family, Judgement, criteria::rules};

/// Columns of text.
const WIDTH: u16 = 140;

/// What each doctored record was seen to do.
pub(super) struct Doctored(Sheet, usize);

impl Doctored {
    pub(super) fn new() -> Self {
        Self(
            sheet(["Criterion", "Stands at", "Turns along with it", "Doubts"]),
            0,
        )
    }

    pub(super) fn add(&mut self, row: &Bite, judgement: &Judgement, along: &Ids, doubts: &Ids) {
        let verdict = judgement.verdict(row.criterion);
        let standing = verdict
            .map(|it| it.standing.to_string())
            .unwrap_or_default();
        let along: Ids = along
            .iter()
            .copied()
            .filter(|id| *id != row.criterion)
            .collect();
        self.0.add_row([
            row.criterion.to_owned(),
            standing,
            told(&along),
            told(doubts),
        ]);
        self.1 += 1;
    }

    pub(super) fn show(&self) {
        let families: std::collections::BTreeSet<Family> =
            rules().map(|(family, _)| family).collect();
        println!(
            "{}\n{} doctored records for {} criteria in {} families\n",
            self.0,
            self.1,
            rules().count(),
            families.len()
        );
    }
}

/// What each record that was tampered with was seen to raise.
pub(super) struct Audited(Sheet);

impl Audited {
    pub(super) fn new() -> Self {
        Self(sheet(["Tampered with", "Doubts", "Turns"]))
    }

    pub(super) fn add(&mut self, audit: &Audit, doubts: &Ids, turned: &Ids) {
        self.0
            .add_row([audit.name.to_owned(), told(doubts), told(turned)]);
    }

    pub(super) fn show(&self) {
        println!(
            "{}\n{} records that were tampered with, for {} checks\n",
            self.0,
            AUDITS.len(),
            crate::judge::validity::CHECKS
        );
    }
}

fn sheet<const N: usize>(header: [&str; N]) -> Sheet {
    let mut sheet = Sheet::new();
    sheet
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH)
        .set_header(header);
    sheet
}

fn told(ids: &Ids) -> String {
    ids.iter().copied().collect::<Vec<_>>().join(", ")
}
