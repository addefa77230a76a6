//! A posting through all eleven model steps, whatever its grades: every prompt rendered, every answer parsed.

use std::collections::BTreeMap;

use fixtures::ollama::{OllamaSettings, answer};
use fixtures::postings::{SyntheticPosting, postings};
use wave_runner::source::detail::{Origin, read};
use wave_runner::workflow::{
    Conversation, ConversationId, Inputs, Output, PostingFacts, Workflow, render,
};

/// The seed of the posting.
pub const SEED: u64 = 42;
/// The step whose answer the posting's summary is.
const FORMAT: ConversationId = ConversationId(3341);

/// One step on the way.
#[derive(Debug, Clone)]
pub struct Step {
    /// The step.
    pub conversation: Conversation,
    /// What its prompt is made from.
    pub inputs: Inputs,
    /// The prompt.
    pub prompt: String,
    /// The stand-in's answer to it.
    pub answer: String,
}

/// The first of the synthetic postings that a site would show and a batch would take.
pub fn posting() -> SyntheticPosting {
    let mut postings = postings(SEED, 10).into_iter();
    postings.find(SyntheticPosting::is_acceptable).unwrap()
}

/// The model steps of the built-in workflow, in its order.
pub fn steps() -> Vec<Step> {
    let mut inputs = Inputs {
        posting: facts(&posting()),
        outputs: BTreeMap::new(),
    };
    let workflow = Workflow::builtin();
    let with_model = workflow
        .conversations
        .iter()
        .filter(|it| it.prompt.is_some());
    with_model.map(|it| step(it, &mut inputs)).collect()
}

fn step(conversation: &Conversation, inputs: &mut Inputs) -> Step {
    let before = inputs.clone();
    let prompt = render(conversation, inputs).unwrap().prompt;
    let format = conversation.output.json_schema();
    let answer = answer(&prompt, format.as_ref(), &OllamaSettings::default());
    let output: Output = conversation.output.parse(&answer).unwrap();
    if conversation.id == FORMAT {
        inputs.posting.extracted_summary = Some(output.as_text());
    }
    inputs.outputs.insert(conversation.id, output);
    Step {
        conversation: conversation.clone(),
        inputs: before,
        prompt,
        answer,
    }
}

fn facts(posting: &SyntheticPosting) -> PostingFacts {
    let staged = read(posting.detail.clone(), Origin::Listed(&posting.external_id)).unwrap();
    PostingFacts {
        posting_id: 1,
        job_title: staged.job_title.clone().unwrap(),
        location_city: staged.location.clone(),
        location_country: staged.country.clone(),
        external_id: staged.external_id.clone(),
        staged_content_hash: staged.content_hash.clone(),
        job_description: staged.description().unwrap().to_owned(),
        extracted_summary: None,
        skill_keywords: None,
        ihl_score: None,
        ihl_category: None,
    }
}
