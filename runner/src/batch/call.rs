//! Model calls: claims are rendered and handed to the feed; when it says so they are sent, and the answer is handed in.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::crew::{Crew, Note, Notes, Placed};
use super::feed::{Hatch, Unit};
use super::heartbeat::HeldClaim;
use super::pace::Moment;
use super::persist::persist;
use super::scribe::{Entry, Inbox};
use super::starts::{Begun, Standing};
use super::{Event, ExecuteError};
use crate::llm::{Answer, FailureClass, Generation, LlmError};
use crate::store::{Claim, ErrorType, Failure};
use crate::workflow::{Actor, Conversation, Inputs, Output, OutputKind, Rendered, render};

/// A model that is there is handed over within a hundredth of a second, and no load is quicker than this, in the
/// workflow's time.
const SHORTEST_LOAD: Duration = Duration::from_millis(100);

/// A claim that is ready to be sent.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) placed: Placed,
    pub(super) held: HeldClaim,
    pub(super) generation: Generation,
    /// What the interaction keeps of its question.
    pub(super) input: Value,
    limit: Duration,
    output: OutputKind,
}

/// A call on its way.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) prepared: Prepared,
    /// So much later than the others that leave with it.
    pub(super) delay: Duration,
    pub(super) begun: Begun,
}

/// Renders claims, those of one unit side by side, and hands them to the feed. They are rendered before they wait for
/// their slots, so that a slot that becomes free is refilled at once.
pub(super) async fn prepare_all(
    crew: Arc<Crew>,
    units: Vec<Vec<Placed>>,
    since: Moment,
    hatch: Hatch,
    notes: Notes,
) {
    match prepare(&crew, units, &notes).await {
        Ok(units) => {
            hatch.ready(units);
            notes.send(Note::Refilled { since });
        }
        Err(error) => notes.send(Note::Fatal(error)),
    }
}

/// Renders the claims' prompts. A prompt that cannot be rendered fails its interaction: an empty section is never
/// sent, since a model fills it with something.
async fn prepare(
    crew: &Crew,
    units: Vec<Vec<Placed>>,
    notes: &Notes,
) -> Result<Vec<Unit>, ExecuteError> {
    let claims: Vec<Claim> = units.iter().flatten().map(|p| p.claim.clone()).collect();
    let all_inputs = persist(&crew.store, crew.batch, || crew.store.inputs(&claims)).await?;
    let mut inputs = all_inputs.iter();
    let mut prepared = Vec::with_capacity(units.len());
    for placed_together in units {
        let mut unit = Unit::with_capacity(placed_together.len());
        for (placed, inputs) in placed_together.into_iter().zip(inputs.by_ref()) {
            let conversation = crew.conversation(&placed.claim)?;
            match rendered(conversation, inputs) {
                Ok(rendered) => unit.push(crew.prepare_call(placed, conversation, rendered)),
                Err(message) => {
                    let failure = Failure::new(ErrorType::Validation, message);
                    crew.fail(&placed.claim, &failure).await?;
                    notes.done(crew, &placed);
                }
            }
        }
        if !unit.is_empty() {
            prepared.push(unit);
        }
    }
    Ok(prepared)
}

fn rendered(conversation: &Conversation, inputs: &Inputs) -> Result<Rendered, String> {
    render(conversation, inputs).map_err(|error| error.to_string())
}

/// Sends a call and hands its answer in. Its slot is free again before anything is written: [`Note::Answered`]
/// says so to the loop, and [`Note::Settled`] follows when the result is written.
pub(super) async fn call(
    crew: Arc<Crew>,
    mut outgoing: Outgoing,
    hatch: Hatch,
    inbox: Inbox,
    notes: Notes,
) {
    let seat = crew.seat(&outgoing.prepared.placed);
    let answer = send(&crew, &mut outgoing).await;
    hatch.free(seat.clone());
    let Outgoing {
        prepared,
        mut begun,
        ..
    } = outgoing;
    let surprising = is_surprising(&crew, &prepared, answer.as_ref());
    let attempt = judge(prepared.output, answer);
    match &attempt {
        Attempt::Usable(_) => crew.breakers.learn(&seat, None),
        Attempt::Failed { class, .. } => crew.breakers.learn(&seat, Some(*class)),
        Attempt::Abandoned => {}
    }
    notes.send(Note::Answered { seat, surprising });
    let Prepared { placed, held, .. } = prepared;
    let claim = placed.claim;
    // Asked now: it may be ours again by the time the start is written, and what was broken off has to go back all the same.
    let orphaned = !crew.custody.holds(placed.server);
    // An answer may be here before its call is put down.
    match begun.standing().await {
        Standing::Ours => {}
        Standing::NotOurs => {
            let conversation = claim.conversation;
            crew.events.tell(Event::Dropped { conversation });
            return notes.send(Note::Settled);
        }
        // The run ends, and the loop releases the claim.
        Standing::Unknown => return notes.send(Note::Settled),
    }
    // What is not handed in is written on the heap: it is rare, and every call would carry its weight from the beginning.
    let written = match attempt {
        Attempt::Usable(output) => {
            return inbox.hand_in(Entry {
                claim,
                output,
                held,
            });
        }
        Attempt::Failed { failure, class } => {
            Box::pin(crew.after_failure(&claim, &failure, class)).await
        }
        Attempt::Abandoned if orphaned => {
            Box::pin(crew.put_back(std::slice::from_ref(&claim))).await
        }
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

/// The answer; none when the call was given up.
async fn send(crew: &Crew, outgoing: &mut Outgoing) -> Option<Result<Answer, LlmError>> {
    let Outgoing {
        prepared,
        delay,
        begun,
    } = outgoing;
    let server = prepared.placed.server;
    let client = &crew.servers[server.0].client;
    let answer = async {
        if !delay.is_zero() {
            tokio::time::sleep(*delay).await;
        }
        client.generate(&prepared.generation, prepared.limit).await
    };
    tokio::select! {
        () = crew.custody.lost(server).cancelled_owned() => None,
        answer = answer => Some(answer),
        () = prepared.held.taken_away.cancelled() => None,
        () = begun.refused() => None,
        () = crew.abandon.cancelled() => None,
    }
}

/// Whether a call tells that something else is loaded than we believe: it waited for a load that was not expected, or it
/// failed, and with it perhaps its server.
fn is_surprising(
    crew: &Crew,
    prepared: &Prepared,
    answer: Option<&Result<Answer, LlmError>>,
) -> bool {
    let waited = |answer: &Answer| answer.load_duration >= crew.settings.limit(SHORTEST_LOAD);
    match answer {
        Some(Ok(answer)) => waited(answer) && !prepared.placed.loads,
        Some(Err(_)) => true,
        None => prepared.placed.loads,
    }
}

fn judge(output: OutputKind, answer: Option<Result<Answer, LlmError>>) -> Attempt {
    match answer {
        None => Attempt::Abandoned,
        Some(Err(error)) => Attempt::Failed {
            failure: Failure::of_call(ErrorType::Model, error.class(), told(&error)),
            class: error.class(),
        },
        Some(Ok(answer)) => match output.parse(&answer.text) {
            Ok(output) => Attempt::Usable(output),
            Err(malformed) => Attempt::Failed {
                failure: Failure::of_call(
                    ErrorType::Validation,
                    FailureClass::Malformed,
                    malformed.to_string(),
                ),
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
    fn prepare_call(
        &self,
        placed: Placed,
        conversation: &Conversation,
        rendered: Rendered,
    ) -> Prepared {
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
            held: self.held.hold(&placed.claim),
            placed,
            generation,
            input,
            limit: self.settings.limit(conversation.timeout),
            output: conversation.output,
        }
    }
}
