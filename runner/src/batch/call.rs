//! Model calls: claims are rendered, begun at the same moment, sent, and their answers written.

use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;

use super::crew::{Crew, Note, Notes, Placed};
use super::heartbeat::HeldClaim;
use super::persist::persist;
use super::slots::Seat;
use super::{Event, ExecuteError};
use crate::llm::{FailureClass, Generation, LlmError, ModelServer};
use crate::store::{Claim, ErrorType, Failure, StoreError};
use crate::workflow::{Actor, Conversation, Inputs, Output, Rendered, render};

/// A claim that is ready to be sent.
struct Prepared<'a> {
    placed: Placed,
    held: HeldClaim,
    /// Its place at the model; taken before it begins.
    slot: Option<OwnedSemaphorePermit>,
    conversation: &'a Conversation,
    generation: Generation,
    input: Value,
}

/// Takes claims of one dispatch from claimed to written. Siblings begin in one statement and are sent together.
///
/// They are rendered before they wait for their slots, so that a slot that becomes free is refilled at once: between
/// two calls lies one statement. Every claim sends [`Note::Answered`] when its slot is free again and
/// [`Note::Settled`] when its result is written, which goes on while the slot is in use again.
pub(super) async fn call_together(crew: Arc<Crew>, placed: Vec<Placed>, notes: Notes) {
    let mut prepared = match prepare(&crew, &placed, &notes).await {
        Ok(prepared) => prepared,
        Err(error) => return notes.send(Note::Fatal(error)),
    };
    let seats: Vec<Seat> = prepared.iter().map(|p| crew.seat(&p.placed)).collect();
    let slots = tokio::select! {
        slots = crew.slots.take(&seats) => slots,
        // Nothing was begun; the loop releases the claims.
        () = crew.abandon.cancelled() => return,
    };
    for (prepared, slot) in prepared.iter_mut().zip(slots) {
        prepared.slot = slot;
    }
    let (started, late) = match start(&crew, prepared).await {
        Ok(sorted) => sorted,
        Err(error) => return notes.send(Note::Fatal(error.into())),
    };
    for placed in late {
        crew.events.tell(Event::Dropped {
            conversation: placed.claim.conversation,
        });
        notes.done(&crew, &placed);
    }
    join_all(
        started
            .into_iter()
            .map(|prepared| call_one(&crew, prepared, &notes)),
    )
    .await;
}

/// Renders the claims' prompts. A prompt that cannot be rendered fails its interaction: an empty section is never
/// sent, since a model fills it with something.
async fn prepare<'a>(
    crew: &'a Crew,
    placed: &[Placed],
    notes: &Notes,
) -> Result<Vec<Prepared<'a>>, ExecuteError> {
    let claims: Vec<Claim> = placed.iter().map(|p| p.claim.clone()).collect();
    let all_inputs = persist(&crew.store, crew.batch, || crew.store.inputs(&claims)).await?;
    let mut prepared = Vec::with_capacity(claims.len());
    for (placed, inputs) in placed.iter().zip(&all_inputs) {
        let conversation = crew.conversation(&placed.claim)?;
        match rendered(conversation, inputs) {
            Ok(rendered) => prepared.push(crew.prepare_call(placed, conversation, rendered)),
            Err(message) => {
                let failure = Failure {
                    error_type: ErrorType::Validation,
                    message,
                };
                crew.fail(&placed.claim, &failure).await?;
                notes.done(crew, placed);
            }
        }
    }
    Ok(prepared)
}

fn rendered(conversation: &Conversation, inputs: &Inputs) -> Result<Rendered, String> {
    render(conversation, inputs).map_err(|error| error.to_string())
}

/// Begins all of `prepared` in one statement; answers those that are running now, and the claims that no longer are
/// ours.
async fn start<'a>(
    crew: &Crew,
    prepared: Vec<Prepared<'a>>,
) -> Result<(Vec<Prepared<'a>>, Vec<Placed>), StoreError> {
    let claims: Vec<Claim> = prepared.iter().map(|p| p.placed.claim.clone()).collect();
    let inputs: Vec<Value> = prepared.iter().map(|p| p.input.clone()).collect();
    let begun = persist(&crew.store, crew.batch, || {
        crew.store.start(&crew.runner, &claims, &inputs)
    })
    .await?;
    let (started, late): (Vec<_>, Vec<_>) = prepared
        .into_iter()
        .partition(|p| begun.contains(&p.placed.claim.interaction_id));
    Ok((started, late.into_iter().map(|p| p.placed).collect()))
}

async fn call_one(crew: &Crew, prepared: Prepared<'_>, notes: &Notes) {
    let Prepared {
        placed,
        held,
        slot,
        conversation,
        generation,
        ..
    } = prepared;
    let client = &crew.servers[placed.server.0].client;
    let attempt = ask(
        crew,
        client.as_ref(),
        conversation,
        &generation,
        &held.taken_away,
    )
    .await;
    drop(slot);
    let seat = crew.seat(&placed);
    match &attempt {
        Attempt::Usable(_) => crew.breakers.learn(&seat, None),
        Attempt::Failed { class, .. } => crew.breakers.learn(&seat, Some(*class)),
        Attempt::Abandoned => {}
    }
    notes.send(Note::Answered { seat });
    let claim = placed.claim;
    let written = match attempt {
        Attempt::Usable(output) => crew.complete(&claim, &output).await,
        Attempt::Failed { failure, class } => crew.after_failure(&claim, &failure, class).await,
        // Released by the loop, or taken over by someone else: there is nothing to write.
        Attempt::Abandoned => Ok(()),
    };
    match written {
        Ok(()) => notes.send(Note::Settled),
        Err(error) => notes.send(Note::Fatal(error)),
    }
}

/// What came of a call.
enum Attempt {
    Usable(Output),
    Failed {
        failure: Failure,
        class: FailureClass,
    },
    Abandoned,
}

async fn ask(
    crew: &Crew,
    client: &dyn ModelServer,
    conversation: &Conversation,
    generation: &Generation,
    taken_away: &CancellationToken,
) -> Attempt {
    let limit = crew.settings.limit(conversation.timeout);
    let answer = tokio::select! {
        answer = client.generate(generation, limit) => answer,
        () = taken_away.cancelled() => return Attempt::Abandoned,
        () = crew.abandon.cancelled() => return Attempt::Abandoned,
    };
    match answer {
        Err(error) => Attempt::Failed {
            failure: Failure {
                error_type: ErrorType::Model,
                message: told(&error),
            },
            class: error.class(),
        },
        Ok(answer) => match conversation.output.parse(&answer.text) {
            Ok(output) => Attempt::Usable(output),
            Err(malformed) => Attempt::Failed {
                failure: Failure {
                    error_type: ErrorType::Validation,
                    message: malformed.to_string(),
                },
                class: FailureClass::Malformed,
            },
        },
    }
}

/// A call cut by our own limit is a stuck interaction as much as one that the watchdog ends, and is counted as one:
/// the message has to say which it was.
fn told(error: &LlmError) -> String {
    match error {
        LlmError::TimedOut { .. } => format!("cut by our own total limit: {error}"),
        other => other.to_string(),
    }
}

impl Crew {
    fn prepare_call<'a>(
        &self,
        placed: &Placed,
        conversation: &'a Conversation,
        rendered: Rendered,
    ) -> Prepared<'a> {
        let options = &conversation.options;
        let model = match &conversation.actor {
            Actor::Model { name } => name.clone(),
            Actor::Script(_) => String::new(),
        };
        // With temperature 0 the same seed would bring the same malformed answer again.
        let seed =
            options.seed + u64::try_from(placed.claim.attempt.saturating_sub(1)).unwrap_or(0);
        let digest = self
            .settings
            .models
            .get(&model)
            .map(|installed| installed.digest.clone());
        let input = json!({
            "model": model,
            "model_digest": digest,
            "prompt": rendered.prompt,
            "prompt_sha256": rendered.sha256,
            "num_ctx": options.num_ctx,
            "num_predict": options.num_predict,
            "temperature": options.temperature,
            "seed": seed,
        });
        let generation = Generation {
            model,
            prompt: rendered.prompt,
            format: conversation.output.json_schema(),
            num_ctx: options.num_ctx,
            num_predict: options.num_predict,
            temperature: options.temperature,
            seed,
        };
        Prepared {
            placed: placed.clone(),
            held: self.held.hold(&placed.claim),
            slot: None,
            conversation,
            generation,
            input,
        }
    }
}
