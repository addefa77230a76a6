//! The closing table: what was broken, and what turned.

use std::collections::BTreeMap;
use std::sync::Mutex;

use comfy_table::{ContentArrangement, Table as Sheet, presets};

use crate::every_row;

/// Columns of text: wide enough for four of sentences.
const WIDTH: u16 = 160;

/// What turned in each row that ran, by its name.
#[derive(Default)]
pub(crate) struct Table(Mutex<BTreeMap<&'static str, Vec<String>>>);

impl Table {
    pub(crate) fn note(&self, row: &'static str, turned: Vec<String>) {
        self.0.lock().unwrap().insert(row, turned);
    }

    #[expect(
        clippy::print_stdout,
        reason = "a green list says nothing of what the judge saw"
    )]
    pub(crate) fn show(&self) {
        let turned = self.0.lock().unwrap();
        if turned.is_empty() {
            return;
        }
        let mut sheet = Sheet::new();
        sheet
            .load_preset(presets::UTF8_HORIZONTAL_ONLY)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(WIDTH)
            .set_header([
                "Sabotage",
                "What happened then",
                "Stopped by",
                "What turned",
            ]);
        for row in every_row() {
            if let Some(turned) = turned.get(row.name) {
                let turned = if turned.is_empty() {
                    "nothing".to_owned()
                } else {
                    turned.join(", ")
                };
                sheet.add_row([
                    row.name.replace('_', " "),
                    row.history.to_owned(),
                    row.guard.told(),
                    turned,
                ]);
            }
        }
        let bitten = turned.values().filter(|turned| !turned.is_empty()).count();
        println!(
            "{sheet}\n{} of {} batches ran, and in {bitten} of them something turned",
            turned.len(),
            every_row().count()
        );
    }
}
