use super::*;
use crate::workflow::sample::{SUMMARY, inputs};
use crate::workflow::{ConversationId, Workflow};

fn check(script: Script, inputs: &Inputs) -> Outcome {
    let workflow = Workflow::builtin();
    let output = run_script(script, inputs, &workflow.conversations[0]).unwrap();
    output.outcome().unwrap()
}

fn save(inputs: &Inputs) -> Result<Output, Malformed> {
    let workflow = Workflow::builtin();
    let conversation = workflow.conversation(ConversationId(9168)).unwrap();
    run_script(Script::SaveSummary, inputs, conversation)
}

#[test]
fn a_posting_that_is_what_was_staged_is_verified() {
    assert_eq!(
        check(Script::VerifyStagedDetail, &inputs()),
        Outcome::Verified
    );
}

#[test]
fn a_posting_that_differs_in_any_copied_value_is_altered() {
    let edits: [fn(&mut PostingFacts); 5] = [
        |posting| posting.job_title.push('!'),
        |posting| posting.external_id.push('1'),
        |posting| posting.job_description.push(' '),
        |posting| posting.location_city = None,
        |posting| posting.staged_content_hash = "0".repeat(64),
    ];
    for edit in edits {
        let mut inputs = inputs();
        edit(&mut inputs.posting);
        assert_eq!(check(Script::VerifyStagedDetail, &inputs), Outcome::Altered);
    }
}

#[test]
fn a_description_counts_from_a_hundred_characters_on() {
    for (text, found) in [
        ("", Outcome::NoDescription),
        (" \n ", Outcome::NoDescription),
        (&"ü".repeat(99), Outcome::TooShort),
        (&"ü".repeat(100), Outcome::Valid),
    ] {
        let mut inputs = inputs();
        inputs.posting.job_description = text.to_owned();
        assert_eq!(check(Script::CheckDescription, &inputs), found, "{text:?}");
    }
}

#[test]
fn what_the_posting_has_is_skipped_and_what_it_lacks_is_run() {
    let mut inputs = inputs();
    assert_eq!(check(Script::CheckSummary, &inputs), Outcome::Run);
    assert_eq!(check(Script::CheckSkills, &inputs), Outcome::Run);
    inputs.posting.extracted_summary = Some(SUMMARY.to_owned());
    assert_eq!(check(Script::CheckSummary, &inputs), Outcome::Skip);
    assert_eq!(check(Script::CheckSkills, &inputs), Outcome::Run);
    inputs.posting.skill_keywords = Some(vec!["SQL".to_owned()]);
    assert_eq!(check(Script::CheckSkills, &inputs), Outcome::Skip);
}

#[test]
fn the_formatted_summary_is_saved_and_not_the_extract() {
    let mut inputs = inputs();
    let other = SUMMARY.replace("Fluent German", "Good German");
    inputs
        .outputs
        .insert(ConversationId(3335), Output::Summary { text: other });
    assert!(
        save(&inputs)
            .unwrap_err()
            .to_string()
            .contains("output.3341")
    );
    inputs.outputs.insert(
        ConversationId(3341),
        Output::Summary {
            text: SUMMARY.to_owned(),
        },
    );
    let saved = save(&inputs).unwrap();
    assert_eq!(
        saved,
        Output::SavedSummary {
            text: SUMMARY.to_owned()
        }
    );
    assert_eq!(saved.outcome(), Some(Outcome::Saved));
    assert_eq!(
        saved.column(PostingColumn::ExtractedSummary),
        Some(SUMMARY.into())
    );
}

#[test]
fn a_text_that_is_no_summary_is_not_saved() {
    let mut inputs = inputs();
    inputs.outputs.insert(
        ConversationId(3341),
        Output::Summary {
            text: "None".to_owned(),
        },
    );
    assert!(save(&inputs).is_err());
}
