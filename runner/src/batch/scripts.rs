//! Steps without a model: decided by a pure function, a few dozen in one go.

use std::sync::Arc;

use serde_json::{Value, json};

use super::crew::{Crew, Note, Notes};
use super::persist::persist;
use super::scribe::{Entry, Inbox};
use super::{Event, ExecuteError};
use crate::store::{Claim, ErrorType, Failure};
use crate::workflow::{Actor, Conversation, Inputs, Output, run_script};

/// Takes claimed script interactions to their results and hands these in. A [`Note::Settled`] follows for each.
pub(super) async fn run_scripts(crew: Arc<Crew>, claims: Vec<Claim>, inbox: Inbox, notes: Notes) {
    match run_all(&crew, claims, &inbox, &notes).await {
        Ok(()) => notes.send(Note::ScriptsDone),
        Err(error) => notes.send(Note::Fatal(error)),
    }
}

/// They begin in one statement, are run, and are written in one: each lasted from the one to the other, and between the
/// two lies nothing but their own work, which takes microseconds. The rejected alternative, one by one, takes two round
/// trips and a wait for the disk each.
async fn run_all(
    crew: &Crew,
    claims: Vec<Claim>,
    inbox: &Inbox,
    notes: &Notes,
) -> Result<(), ExecuteError> {
    let held: Vec<_> = claims.iter().map(|claim| crew.held.hold(claim)).collect();
    let all_inputs = persist(&crew.store, crew.batch, || crew.store.inputs(&claims)).await?;
    let nothing: Vec<Value> = claims.iter().map(|_| json!({})).collect();
    let begun = persist(&crew.store, crew.batch, || {
        crew.store
            .start(&crew.workflow, &crew.runner, &claims, &nothing)
    })
    .await?;
    for ((claim, held), inputs) in claims.into_iter().zip(held).zip(&all_inputs) {
        let conversation = crew.conversation(&claim)?;
        if !begun.contains(&claim.interaction_id) {
            let conversation = claim.conversation;
            crew.events.tell(Event::Dropped { conversation });
            notes.send(Note::Settled);
            continue;
        }
        match outcome(conversation, inputs) {
            Ok(output) => inbox.hand_in(Entry {
                claim,
                output,
                held,
            }),
            Err(message) => {
                let failure = Failure::new(ErrorType::Validation, message);
                crew.fail(&claim, &failure).await?;
                notes.send(Note::Settled);
            }
        }
    }
    Ok(())
}

fn outcome(conversation: &Conversation, inputs: &Inputs) -> Result<Output, String> {
    let Actor::Script(script) = conversation.actor else {
        return Err(format!("conversation {} is not a script", conversation.id));
    };
    let output =
        run_script(script, inputs, conversation).map_err(|malformed| malformed.to_string())?;
    match output
        .outcome()
        .filter(|outcome| conversation.fails_on.contains(outcome))
    {
        Some(outcome) => Err(format!(
            "{} ends the run with {outcome} for posting {} ({})",
            conversation.name, inputs.posting.posting_id, inputs.posting.external_id
        )),
        None => Ok(output),
    }
}
