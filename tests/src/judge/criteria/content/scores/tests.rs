use crate::{
    judge::{Standing, doctored},
    record::{RunRecord, Texts},
};

fn scored(size: usize, scores: &[i32]) -> RunRecord {
    let mut record = doctored::healthy_of(size);
    for (posting, score) in record.postings.iter_mut().zip(scores.iter().cycle()) {
        posting.ihl_score = Some(*score);
    }
    record
}

fn spread(scores: &[i32]) -> Standing {
    doctored::verdict(&scored(50, scores), "ihl_score_spread").standing
}

fn mean(scores: &[i32]) -> Standing {
    doctored::verdict(&scored(50, scores), "ihl_score_mean").standing
}

#[test]
fn three_different_scores_are_a_spread_two_will_do_and_one_is_a_constant() {
    assert_eq!(spread(&[4, 5, 6]), Standing::Target);
    assert_eq!(spread(&[5, 6]), Standing::Acceptable);
    assert_eq!(spread(&[5]), Standing::Red);
}

#[test]
fn the_mean_lies_from_1_to_8_with_both_ends() {
    assert_eq!(mean(&[1]), Standing::Target);
    assert_eq!(mean(&[8]), Standing::Target);
    assert_eq!(mean(&[0, 1]), Standing::Red);
    assert_eq!(mean(&[8, 9]), Standing::Red);
}

#[test]
fn the_note_tells_mean_deviation_and_how_often_each_score_was_given() {
    let verdict = doctored::verdict(&scored(50, &[2, 4]), "ihl_score_mean");
    assert_eq!(
        verdict.note,
        "mean 3.0, standard deviation 1.0; 25 × 2, 25 × 4"
    );
}

#[test]
fn a_handful_of_postings_shows_no_spread_but_a_batch_that_lost_its_scores_is_not_excused() {
    for criterion in ["ihl_score_spread", "ihl_score_mean"] {
        let few = doctored::verdict(&scored(4, &[5]), criterion);
        assert!(matches!(few.standing, Standing::NotJudgeable { .. }));
        let enough = doctored::verdict(&scored(5, &[5, 6, 7]), criterion);
        assert_eq!(enough.standing, Standing::Target);
    }
    let mut record = scored(50, &[5]);
    for posting in record.postings.iter_mut().skip(4) {
        posting.ihl_score = None;
    }
    let verdict = doctored::verdict(&record, "ihl_score_spread");
    assert_eq!((verdict.standing, verdict.n), (Standing::Red, 4));
}

#[test]
fn without_scores_there_is_no_data_and_a_lost_posting_is_no_pass() {
    for criterion in ["ihl_score_spread", "ihl_score_mean"] {
        let mut record = doctored::healthy();
        record.postings.remove(7);
        assert_eq!(
            doctored::verdict(&record, criterion).standing,
            Standing::NoData
        );
        for posting in &mut record.postings {
            posting.ihl_score = None;
        }
        assert_eq!(
            doctored::verdict(&record, criterion).standing,
            Standing::NoData
        );
    }
}

#[test]
fn scores_are_no_texts_and_can_be_judged_without_them() {
    let mut record = doctored::healthy();
    record.texts = Texts::Redacted;
    let verdict = doctored::verdict(&record, "ihl_score_spread");
    assert_eq!(verdict.standing, Standing::Target);
}
