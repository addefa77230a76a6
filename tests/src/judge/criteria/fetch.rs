//! Whether the batch had the postings it was to have, and whether there was something in them.

use crate::{
    judge::{
        criterion::{Criterion, EVERYWHERE, Enforcement, Rule, Scaling},
        evidence::Evidence,
        reading::{Look, Reading, counted, number},
        tiers::{Bound, Tiers, Unit},
    },
    record::{PostingsFrom, RunRecord, Texts},
};

/// The plan's "50 or more postings fetched".
pub(super) const FETCHED_POSTINGS: Rule = Rule {
    criterion: Criterion {
        id: "fetched_postings",
        name: "Postings fetched",
        sentence: "The rows that `postings_staging` gained between a count before the fetch and one after the batch; \
                   where an earlier fetch had left some there, those that were promoted.",
        judged_in: EVERYWHERE,
        also: &["fetched postings", "postings staged"],
    },
    enforcement: Enforcement::Should,
    tiers: Tiers {
        unit: Unit::Count,
        target: Bound::AtLeast(50.0),
        acceptable: None,
        red: Bound::Below(50.0),
    },
    scaling: Scaling::WithBatch,
    read: read_fetched,
};

/// The plan's "average description of 2,000 or more characters".
pub(super) const DESCRIPTION_LENGTH: Rule = Rule {
    criterion: Criterion {
        id: "description_length",
        name: "Mean description length",
        sentence: "The characters of all descriptions over the batch's postings.",
        judged_in: EVERYWHERE,
        also: &[
            "description length",
            "average description length",
            "avg description length",
        ],
    },
    enforcement: Enforcement::Should,
    tiers: Tiers {
        unit: Unit::Characters,
        target: Bound::AtLeast(2000.0),
        acceptable: None,
        red: Bound::Below(2000.0),
    },
    scaling: Scaling::Fixed,
    read: read_length,
};

fn read_fetched(evidence: &Evidence<'_>) -> Reading {
    let record = evidence.record;
    if record.mode.postings == PostingsFrom::Promoted && record.fetch.is_none() {
        return Reading::cannot_show(
            "nothing was to be fetched: the database had the postings already",
        );
    }
    let Some((before, after)) = counts(record, "postings_staging") else {
        return Reading::no_data("nobody counted the rows of `postings_staging`");
    };
    let gained = after.saturating_sub(before);
    // What is promoted was staged: a fetch that found its postings in staging already has gained none.
    let promoted =
        counts(record, "postings").map_or(0, |(before, after)| after.saturating_sub(before));
    let mut note =
        format!("{before} rows before the fetch, {after} after the batch, {promoted} promoted");
    if let Some(fetch) = record.fetch.as_ref().filter(|it| it.fetched != gained) {
        note = format!(
            "{note}, although the fetch speaks of {} stored",
            fetch.fetched
        );
    }
    let fetched = usize::try_from(gained.max(promoted)).unwrap_or(usize::MAX);
    Reading::value(number(fetched), evidence.size(), note)
}

/// The rows of a table before the fetch and after the batch.
fn counts(record: &RunRecord, table: &str) -> Option<(u64, u64)> {
    let before = record.row_counts_at_start.get(table)?;
    let after = record.row_counts_at_end.as_ref()?.get(table)?;
    Some((*before, *after))
}

/// A posting that the batch owes and that the record lacks has no characters to show.
fn read_length(evidence: &Evidence<'_>) -> Reading {
    if evidence.record.texts == Texts::Unknown {
        return Reading::cannot_show("the descriptions were not published");
    }
    let known: Vec<(u64, i64)> = evidence
        .postings()
        .map(|posting| (posting.description_chars, posting.posting_id))
        .collect();
    let characters = known.iter().fold(0_u64, |sum, (characters, _)| {
        sum.saturating_add(*characters)
    });
    // The database refuses an empty description: so many of them only mean that nobody knew.
    if characters == 0 {
        return Reading::no_data("no description is known");
    }
    let postings = evidence.size().max(known.len());
    let shortest = known.iter().min();
    let mut note = format!("over {}", counted(postings, "posting"));
    if let Some((characters, _)) = shortest {
        note = format!("{note}; the shortest has {characters}");
    }
    let missing = postings - known.len();
    if missing > 0 {
        note = format!("{note}, and {missing} are not in the record");
    }
    let mean = number(usize::try_from(characters).unwrap_or(usize::MAX)) / number(postings);
    Reading::value(mean, postings, note).look(shortest.map(|(_, id)| Look::Posting(*id)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        judge::{Standing, Verdict, doctored},
        record::FetchReport,
    };

    fn count(record: &mut RunRecord, table: &str, before: u64, after: u64) {
        record.row_counts_at_start.insert(table.to_owned(), before);
        record
            .row_counts_at_end
            .get_or_insert_default()
            .insert(table.to_owned(), after);
    }

    /// A batch of `size` whose fetch found this many rows and left that many, with nothing promoted from them.
    fn fetched(size: usize, before: u64, after: u64) -> RunRecord {
        let mut record = doctored::healthy_of(size);
        count(&mut record, "postings_staging", before, after);
        count(&mut record, "postings", 0, 0);
        record
    }

    fn verdict(record: &RunRecord) -> Verdict {
        doctored::verdict(record, "fetched_postings")
    }

    #[test]
    fn every_posting_of_the_batch_has_to_have_been_fetched() {
        for (size, before, after, standing) in [
            (50, 0, 50, Standing::Target),
            (50, 0, 49, Standing::Red),
            (50, 1_000, 1_060, Standing::Target),
            (50, 1_000, 1_000, Standing::Red),
            (50, 1_000, 900, Standing::Red),
            (12, 0, 12, Standing::Target),
            (12, 0, 11, Standing::Red),
        ] {
            let verdict = verdict(&fetched(size, before, after));
            assert_eq!(verdict.standing, standing, "{}", verdict.note);
        }
    }

    #[test]
    fn postings_that_an_earlier_fetch_left_in_staging_count_when_they_are_promoted() {
        for (promoted, standing) in [(50, Standing::Target), (49, Standing::Red)] {
            let mut record = fetched(50, 1_000, 1_003);
            count(&mut record, "postings", 900, 900 + promoted);
            assert_eq!(verdict(&record).standing, standing, "{promoted}");
        }
    }

    fn report(fetched: u64) -> FetchReport {
        FetchReport {
            wanted: 50,
            listed: Some(80),
            fetched,
            promoted: 50,
            refused: BTreeMap::new(),
            withdrawn: 0,
            duplicates: 0,
            average_description_chars: Some(2_220),
            duration_seconds: 1.0,
        }
    }

    #[test]
    fn the_fetchs_own_word_changes_nothing_but_the_note() {
        let mut record = fetched(50, 0, 30);
        record.fetch = Some(report(50));
        let boasted = verdict(&record);
        assert_eq!(boasted.standing, Standing::Red);
        assert!(boasted.note.contains("speaks of 50"), "{}", boasted.note);
        record.fetch = Some(report(30));
        assert!(!verdict(&record).note.contains("speaks of"));
    }

    #[test]
    fn postings_that_were_there_already_had_not_to_be_fetched() {
        let mut record = fetched(50, 50, 50);
        record.mode.postings = PostingsFrom::Promoted;
        assert!(matches!(
            verdict(&record).standing,
            Standing::NotJudgeable { .. }
        ));
    }

    #[test]
    fn rows_that_nobody_counted_are_no_data() {
        let mut record = doctored::healthy();
        record.row_counts_at_end = Some(BTreeMap::new());
        assert_eq!(verdict(&record).standing, Standing::NoData);
        record.row_counts_at_end = None;
        assert_eq!(verdict(&record).standing, Standing::NoData);
    }

    fn with_characters(characters: u64) -> RunRecord {
        let mut record = doctored::healthy();
        for posting in &mut record.postings {
            posting.description_chars = characters;
        }
        record
    }

    #[test]
    fn two_thousand_characters_are_enough() {
        for (characters, standing) in [
            (2_000, Standing::Target),
            (1_999, Standing::Red),
            (0, Standing::NoData),
        ] {
            let verdict = doctored::verdict(&with_characters(characters), "description_length");
            assert_eq!(verdict.standing, standing, "{characters}");
        }
    }

    #[test]
    fn a_short_description_that_is_left_out_of_the_record_counts_all_the_same() {
        let mut record = with_characters(2_000);
        record.postings[9].description_chars = 1_000;
        let short = doctored::verdict(&record, "description_length");
        assert_eq!(short.standing, Standing::Red);
        assert_eq!(short.look, [Look::Posting(110)]);
        record.postings.remove(9);
        let left_out = doctored::verdict(&record, "description_length");
        assert_eq!(left_out.standing, Standing::Red, "{}", left_out.note);
    }
}
