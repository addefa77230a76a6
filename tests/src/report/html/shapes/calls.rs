//! Every piece of work that there was, each once, with the time that it took on the timeline.

use std::collections::{BTreeMap, BTreeSet};

use super::span::{Origin, Span};
use crate::judge::bounds::servers::Servers;
use crate::judge::calls::clocks;
use crate::judge::evidence::Evidence;
use crate::judge::residency::tagged;
use crate::judge::window::{SHORTEST_LOAD, Window};
use crate::record::{ActorType, Exchange, Interaction, Status};

/// A call of a model, or a script's work.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    /// The position of the server, where it is known; scripts have none.
    pub(crate) server: Option<usize>,
    /// The model or the script.
    pub(crate) actor: String,
    pub(crate) actor_type: ActorType,
    /// The step; absent where no row tells of the call.
    pub(crate) conversation: Option<i32>,
    pub(crate) run: Option<i64>,
    /// When it was worked on: computed by the server where that was witnessed, else as the books have it.
    pub(crate) span: Span,
    /// From sending until the server began, where that was witnessed.
    pub(crate) waited: i64,
    /// When it waited for its model to be loaded, where it did.
    pub(crate) load: Option<Span>,
    pub(crate) attempt: Option<i32>,
    pub(crate) end: End,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    /// With an answer that was taken.
    Well,
    /// Otherwise: failed, broken off, or given up for another attempt.
    Badly,
    /// Not as far as anybody knows; it is drawn until the last thing that is known to have happened.
    Unknown,
}

/// All work of a batch by its start, and where the timeline begins.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Calls {
    pub(crate) origin: Origin,
    pub(crate) all: Vec<Call>,
    /// The servers' names, by position.
    pub(crate) servers: Vec<String>,
    /// When the last of it ended.
    pub(crate) end: i64,
}

impl Calls {
    /// Nothing where nothing was begun.
    pub(crate) fn of(evidence: &Evidence<'_>) -> Option<Self> {
        let record = evidence.record;
        let clock = clocks(evidence);
        let sent = record
            .exchanges
            .iter()
            .filter(|it| it.prompt_sha256.is_some());
        let begun = record.interactions.iter().filter_map(|it| it.started_at);
        let at = sent.map(|it| it.sent_at + clock).chain(begun).min()?;
        let origin = Origin {
            at,
            scale: record.mode.time_scale,
        };
        let servers = Servers::of(record);
        let last = last_sign(evidence, origin);
        let witnessed = Witnessed {
            evidence,
            origin,
            servers: &servers,
        };
        let mut all = witnessed.calls();
        let seen: BTreeSet<i64> = evidence
            .interactions()
            .filter(|row| evidence.exchange_of(row).is_some())
            .map(|row| row.interaction_id)
            .collect();
        let unseen = evidence
            .interactions()
            .filter(|row| !seen.contains(&row.interaction_id));
        all.extend(unseen.filter_map(|row| by_the_books(row, origin, &servers, last)));
        all.sort_by_key(|call| (call.span, call.run, call.conversation));
        let end = all.iter().map(|call| call.span.end).max()?;
        Some(Self {
            origin,
            all,
            servers: (0..servers.count())
                .filter_map(|it| servers.name(it))
                .map(str::to_owned)
                .collect(),
            end,
        })
    }
}

fn last_sign(evidence: &Evidence<'_>, origin: Origin) -> i64 {
    let rows = evidence
        .interactions()
        .flat_map(|row| [row.started_at, row.completed_at])
        .flatten();
    rows.max().map_or(0, |at| origin.until(at))
}

/// What the books say of a row that nobody witnessed.
fn by_the_books(
    row: &Interaction,
    origin: Origin,
    servers: &Servers<'_>,
    last: i64,
) -> Option<Call> {
    let start = origin.until(row.started_at?);
    let end = row.completed_at.map(|at| origin.until(at));
    Some(Call {
        server: match row.actor_type {
            ActorType::AiModel => servers.position(None),
            ActorType::Script => None,
        },
        actor: row.actor.clone(),
        actor_type: row.actor_type,
        conversation: Some(row.conversation_id),
        run: Some(row.workflow_run_id),
        span: Span {
            start,
            end: end.unwrap_or(last).max(start),
        },
        waited: 0,
        load: None,
        attempt: Some(row.attempt),
        end: match (row.status, end) {
            (Status::Completed, Some(_)) => End::Well,
            (_, Some(_)) => End::Badly,
            (_, None) => End::Unknown,
        },
    })
}

/// The exchanges, each with the row that it belongs to.
struct Witnessed<'e, 'r> {
    evidence: &'e Evidence<'r>,
    origin: Origin,
    servers: &'e Servers<'r>,
}

impl<'r> Witnessed<'_, 'r> {
    fn calls(&self) -> Vec<Call> {
        let behind: BTreeMap<u64, &Interaction> = self
            .evidence
            .interactions()
            .filter_map(|row| Some((self.evidence.exchange_of(row)?.id, row)))
            .collect();
        let asked = self.by_question();
        let exchanges = self.evidence.record.exchanges.iter();
        let calls = exchanges.filter_map(|exchange| {
            let prompt = exchange.prompt_sha256.as_deref()?;
            let last = behind.get(&exchange.id).copied();
            let row = last.or_else(|| asked.get(&(exchange.model.as_str(), prompt)).copied());
            Some(self.call(exchange, row, last.is_some()))
        });
        calls.collect()
    }

    /// Earlier attempts asked the same as the last one, but stand behind no row.
    fn by_question(&self) -> BTreeMap<(&'r str, &'r str), &'r Interaction> {
        self.evidence
            .interactions()
            .filter_map(|row| {
                let input = row.input.as_ref()?;
                Some(((input.model.as_str(), input.prompt_sha256.as_str()), row))
            })
            .collect()
    }

    fn call(&self, exchange: &Exchange, row: Option<&Interaction>, is_last: bool) -> Call {
        let clock = clocks(self.evidence);
        let ours = |window: Window| {
            self.origin.span(Window {
                start: window.start + clock,
                end: window.end + clock,
            })
        };
        let whole = ours(Window {
            start: exchange.sent_at,
            end: exchange.ended_at,
        });
        let span = Window::of_compute(exchange).map_or(whole, ours);
        let waiting = Window::of_waiting(exchange)
            .filter(|wait| wait.length().as_seconds_f64() * self.origin.scale >= SHORTEST_LOAD);
        let ended_well = is_last && row.is_some_and(|row| row.status == Status::Completed);
        Call {
            server: self.servers.position(Some(&exchange.server)),
            actor: tagged(&exchange.model),
            actor_type: ActorType::AiModel,
            conversation: row.map(|row| row.conversation_id),
            run: row.map(|row| row.workflow_run_id),
            span,
            waited: (span.start - whole.start).max(0),
            load: waiting.map(ours),
            attempt: row.filter(|_| is_last).map(|row| row.attempt),
            end: if ended_well { End::Well } else { End::Badly },
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::judge::conversations::{EXTRACT, GRADE_A};
    use crate::judge::doctored::{self, PLAIN_RUN};
    use crate::record::{ExchangeEnd, RunRecord};

    fn calls(record: &RunRecord) -> Vec<Call> {
        Calls::of(&Evidence::of(record)).unwrap().all
    }

    fn of_step(record: &RunRecord, conversation: i32) -> Vec<Call> {
        let ours =
            |call: &Call| call.run == Some(PLAIN_RUN) && call.conversation == Some(conversation);
        calls(record).into_iter().filter(ours).collect()
    }

    #[test]
    fn every_interaction_is_there_once_in_the_plans_time() {
        let record = doctored::healthy();
        assert_eq!(calls(&record).len(), record.interactions.len());
        let grade = &of_step(&record, GRADE_A)[0];
        // 3,000 ms of wall time at ten times the speed, as the server says that it computed.
        assert!(
            (25_000..=30_000).contains(&grade.span.length()),
            "{grade:?}"
        );
        assert_eq!(grade.end, End::Well);
    }

    #[test]
    fn an_earlier_attempt_is_a_call_of_its_step_that_ended_badly() {
        let mut record = doctored::healthy();
        let mut first = doctored::exchange(&mut record, PLAIN_RUN, EXTRACT).clone();
        first.id = 9_000;
        first.ended = ExchangeEnd::UpstreamFailed;
        (first.last_byte_at, first.final_line) = (None, None);
        for at in [&mut first.sent_at, &mut first.ended_at] {
            *at -= TimeDelta::seconds(90);
        }
        record.exchanges.push(first);
        let ends: Vec<End> = of_step(&record, EXTRACT)
            .iter()
            .map(|call| call.end)
            .collect();
        assert_eq!(ends, [End::Badly, End::Well]);
    }

    #[test]
    fn what_nobody_witnessed_is_drawn_as_the_books_have_it() {
        let mut record = doctored::healthy();
        record.exchanges.clear();
        assert_eq!(calls(&record).len(), record.interactions.len());
        let grade = &of_step(&record, GRADE_A)[0];
        assert_eq!((grade.span.length(), grade.waited), (30_050, 0));
    }

    #[test]
    fn what_has_not_ended_goes_on_to_the_last_sign_and_what_has_not_begun_is_not_drawn() {
        let mut record = doctored::healthy();
        let all = calls(&record).len();
        record.exchanges.clear();
        let row = doctored::interaction(&mut record, PLAIN_RUN, GRADE_A);
        (row.status, row.completed_at) = (Status::Running, None);
        let extract = doctored::interaction(&mut record, PLAIN_RUN, EXTRACT);
        (extract.status, extract.started_at, extract.completed_at) = (Status::Pending, None, None);
        let drawn = calls(&record);
        assert_eq!(drawn.len(), all - 1);
        let open = drawn.iter().find(|call| call.end == End::Unknown).unwrap();
        assert_eq!(
            open.span.end,
            drawn.iter().map(|call| call.span.end).max().unwrap()
        );
    }

    #[test]
    fn a_call_that_waited_for_its_model_says_when() {
        let mut record = doctored::healthy();
        doctored::reload(&mut record, PLAIN_RUN);
        let extract = &of_step(&record, EXTRACT)[0];
        assert_eq!(extract.load.unwrap().length(), 500);
        assert_eq!(of_step(&record, GRADE_A)[0].load, None);
    }

    #[test]
    fn of_a_batch_that_never_began_there_is_nothing() {
        assert_eq!(Calls::of(&Evidence::of(&doctored::empty())), None);
    }
}
