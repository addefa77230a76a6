use crate::{
    judge::{
        Standing,
        doctored::{self, texts},
    },
    record::{RunRecord, Texts},
};

const CRITERION: &str = "skills_from_posting";

/// Gives the first so many postings the skills of the posting `further` on.
fn mixed_up(count: usize, size: usize, further: i64) -> RunRecord {
    let mut record = doctored::healthy_of(size);
    for (posting, run) in record.postings.iter_mut().take(count).zip(1_i64..) {
        posting.skill_keywords = Some(texts::skills(run + further));
    }
    record
}

fn note(record: &RunRecord) -> String {
    doctored::verdict(record, CRITERION).note
}

fn with_skills(skills: &[&str]) -> RunRecord {
    let mut record = doctored::healthy();
    let skills = skills.iter().map(|skill| (*skill).to_owned()).collect();
    record.postings[0].skill_keywords = Some(skills);
    record
}

#[test]
fn postings_with_the_skills_of_another_lower_the_share_through_all_tiers() {
    for (mixed, size, standing) in [
        (0, 50, Standing::Target),
        (1, 50, Standing::Acceptable),
        (2, 50, Standing::Gap),
        (3, 50, Standing::Red),
        (50, 50, Standing::Red),
    ] {
        let verdict = doctored::verdict(&mixed_up(mixed, size, 3), CRITERION);
        assert_eq!(
            verdict.standing, standing,
            "{mixed} of {size}: {}",
            verdict.note
        );
    }
}

#[test]
fn the_note_says_whose_they_are() {
    let note = note(&mixed_up(1, 40, 3));
    assert!(
        note.contains("that of posting 101 is word for word that of posting 104"),
        "{note}"
    );
}

#[test]
fn skills_that_went_round_the_whole_batch_are_found_although_no_two_sets_are_the_same() {
    let mut record = doctored::healthy_of(40);
    let skills: Vec<_> = record
        .postings
        .iter()
        .map(|it| it.skill_keywords.clone())
        .collect();
    for (posting, skills) in record
        .postings
        .iter_mut()
        .zip(skills.into_iter().cycle().skip(5))
    {
        posting.skill_keywords = skills;
        posting.skill_keywords.as_mut().unwrap().pop();
    }
    let verdict = doctored::verdict(&record, CRITERION);
    assert_eq!(verdict.standing, Standing::Red, "{}", verdict.note);
    assert!(
        verdict
            .note
            .contains("that of posting 101 fits posting 106"),
        "{}",
        verdict.note
    );
}

#[test]
fn one_set_under_all_postings_is_red() {
    let mut record = doctored::healthy();
    for posting in &mut record.postings {
        posting.skill_keywords = Some(texts::skills(9));
    }
    assert_eq!(
        doctored::verdict(&record, CRITERION).standing,
        Standing::Red
    );
}

#[test]
fn skills_in_other_words_than_the_postings_convict_nobody() {
    for skills in [
        &["Communication", "Teamwork", "Empathy", "Grit"][..],
        &["Analyse", "Risikomanagement", "Englisch"],
        // Single skills of other postings are known to many.
        &["Communication", "Teamwork", "Python"],
        &["C++"],
        &["…"],
    ] {
        let record = with_skills(skills);
        let verdict = doctored::verdict(&record, CRITERION);
        assert_eq!(
            verdict.standing,
            Standing::Target,
            "{skills:?}: {}",
            verdict.note
        );
    }
}

#[test]
fn the_same_skills_under_two_offers_of_one_job_convict_nobody() {
    let mut record = doctored::healthy();
    let description = format!("{} Also in Bonn.", record.postings[4].description);
    record.postings[5].description = description;
    record.postings[5].skill_keywords = record.postings[4].skill_keywords.clone();
    assert_eq!(
        doctored::verdict(&record, CRITERION).standing,
        Standing::Target
    );
}

#[test]
fn a_description_that_holds_everything_is_nobodys_better_home() {
    let mut record = with_skills(&[
        "Kafka", "Angular", "Payroll", "Mandarin", "Cobol", "Sampling",
    ]);
    assert_eq!(
        doctored::verdict(&record, CRITERION).standing,
        Standing::Target
    );
    let everything: Vec<String> = (1..=50).flat_map(texts::skills).collect();
    record.postings[30].description = everything.join(" ");
    assert_eq!(
        doctored::verdict(&record, CRITERION).standing,
        Standing::Target,
        "{}",
        note(&record)
    );
}

#[test]
fn a_lost_posting_is_no_pass() {
    let mut record = doctored::healthy();
    record.postings.remove(3);
    assert_eq!(
        doctored::verdict(&record, CRITERION).standing,
        Standing::NoData
    );
}

#[test]
fn without_texts_it_cannot_be_judged_and_without_skills_there_is_no_data() {
    let mut record = doctored::healthy();
    for posting in &mut record.postings {
        posting.skill_keywords = Some(Vec::new());
    }
    assert_eq!(
        doctored::verdict(&record, CRITERION).standing,
        Standing::NoData
    );
    record.texts = Texts::Redacted;
    let verdict = doctored::verdict(&record, CRITERION);
    assert!(matches!(verdict.standing, Standing::NotJudgeable { .. }));
}
