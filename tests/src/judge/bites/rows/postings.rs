//! Whether the postings were fit to be worked on, the work does not show.

use super::{Bite, Lands};
use crate::record::{PostingsFrom, RunRecord, Texts};

fn count(record: &mut RunRecord, table: &str, rows: u64) {
    let counts = record.row_counts_at_end.get_or_insert_default();
    counts.insert(table.to_owned(), rows);
}

/// Cuts all descriptions to so many characters.
fn describe(record: &mut RunRecord, characters: usize) {
    for posting in &mut record.postings {
        posting.description = posting.description.chars().take(characters).collect();
        let length = posting.description.chars().count();
        posting.description_chars = u64::try_from(length).unwrap();
    }
}

pub(super) const ROWS: &[Bite] = &[
    Bite {
        criterion: "fetched_postings",
        lands: Lands::Red,
        along: &[],
        doubts: &[],
        spoil: |record| {
            for table in ["postings", "postings_staging"] {
                count(record, table, 49);
            }
        },
    },
    Bite {
        criterion: "fetched_postings",
        lands: Lands::NoData,
        along: &[],
        doubts: &[],
        spoil: |record| record.row_counts_at_end = None,
    },
    Bite {
        criterion: "fetched_postings",
        lands: Lands::NotJudgeable,
        along: &[],
        doubts: &[],
        spoil: |record| record.mode.postings = PostingsFrom::Promoted,
    },
    Bite {
        criterion: "description_length",
        lands: Lands::Red,
        along: &[],
        doubts: &[],
        spoil: |record| describe(record, 1_999),
    },
    Bite {
        criterion: "description_length",
        lands: Lands::NoData,
        along: &[],
        doubts: &[],
        spoil: |record| describe(record, 0),
    },
    Bite {
        criterion: "description_length",
        lands: Lands::NotJudgeable,
        along: &[
            "saved_data_is_its_own",
            "skills_from_posting",
            "summary_about_posting",
            "summary_form",
        ],
        doubts: &[],
        spoil: |record| record.texts = Texts::Unknown,
    },
];
