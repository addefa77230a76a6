//! Steps without a model: decided by a pure function, a few dozen in one go.

use std::sync::Arc;

use serde_json::json;

use super::crew::{Crew, Note, Notes};
use super::persist::persist;
use super::{Event, ExecuteError};
use crate::store::{Claim, ErrorType, Failure};
use crate::workflow::{Actor, Conversation, Inputs, Output, run_script};

/// Takes claimed script interactions to their end, one after the other.
pub(super) async fn run_scripts(crew: Arc<Crew>, claims: Vec<Claim>, notes: Notes) {
    match run_all(&crew, &claims).await {
        Ok(()) => notes.send(Note::ScriptsDone),
        Err(error) => notes.send(Note::Fatal(error)),
    }
}

async fn run_all(crew: &Crew, claims: &[Claim]) -> Result<(), ExecuteError> {
    let _held: Vec<_> = claims.iter().map(|claim| crew.held.hold(claim)).collect();
    let all_inputs = persist(&crew.store, crew.batch, || crew.store.inputs(claims)).await?;
    for (claim, inputs) in claims.iter().zip(&all_inputs) {
        let conversation = crew.conversation(claim)?;
        // One by one, though one statement could begin them all: the last would then seem to take as long as all
        // before it together.
        let started = persist(&crew.store, crew.batch, || {
            let nothing = [json!({})];
            let store = &crew.store;
            async move {
                store
                    .start(&crew.runner, std::slice::from_ref(claim), &nothing)
                    .await
            }
        })
        .await?;
        if started.is_empty() {
            crew.events.tell(Event::Dropped {
                conversation: claim.conversation,
            });
            continue;
        }
        match outcome(conversation, inputs) {
            Ok(output) => crew.complete(claim, &output).await?,
            Err(message) => {
                let failure = Failure {
                    error_type: ErrorType::Validation,
                    message,
                };
                crew.fail(claim, &failure).await?;
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
