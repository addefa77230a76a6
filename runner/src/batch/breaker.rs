//! Circuit breakers: where a server or a model fails again and again, no more postings are spent on it.
//!
//! `Breaker` is a pure state machine that is handed the time. [`Breakers`] keeps one a server and one a seat.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::slots::Seat;
use crate::clock::instant;
use crate::llm::{Decision, FailureClass, Reach};
use crate::wave::ServerId;

/// Failures in a row that open a breaker.
const ENOUGH: u32 = 3;

/// Times are since the run's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Breaker {
    /// Calls go through.
    Closed { failures: u32 },
    /// No call goes through before `until`; from then on one at a time, as a probe.
    Open { until: Duration, openings: u32 },
}

impl Default for Breaker {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

impl Breaker {
    /// How many more calls may be sent while `in_flight` are under way.
    fn admits(self, now: Duration, in_flight: usize) -> usize {
        match self {
            Self::Closed { .. } => usize::MAX,
            Self::Open { until, .. } if now < until => 0,
            Self::Open { .. } => 1_usize.saturating_sub(in_flight),
        }
    }

    /// After a failure of its own kind. What was sent before the opening says nothing new.
    fn failed(self, now: Duration, waits: &Waits) -> Self {
        let open = |openings: u32| Self::Open {
            until: now + waits.after(openings),
            openings,
        };
        match self {
            Self::Closed { failures } if failures + 1 < ENOUGH => Self::Closed {
                failures: failures + 1,
            },
            Self::Closed { .. } => open(1),
            Self::Open { until, .. } if now < until => self,
            Self::Open { openings, .. } => open(openings.saturating_add(1)),
        }
    }
}

/// How long a breaker stays open: the first time, and at most; each further time doubles.
#[derive(Debug, Clone, Copy)]
struct Waits {
    first: Duration,
    longest: Duration,
}

impl Waits {
    fn after(&self, openings: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(openings.saturating_sub(1));
        self.first.saturating_mul(doubled).min(self.longest)
    }
}

#[derive(Debug, Default)]
struct Board {
    servers: BTreeMap<ServerId, Breaker>,
    seats: BTreeMap<Seat, Breaker>,
    /// Seats that can never serve until a person changes the set-up.
    unfit: BTreeSet<Seat>,
    /// The first failure of a server since the last answer, and the last one: time in which no call was made says nothing.
    away: Option<(Duration, Duration)>,
}

impl Board {
    fn learn(&mut self, now: Duration, seat: &Seat, failure: Option<FailureClass>, waits: &Waits) {
        let reach = failure.map_or(Reach::Answer, |class| class.row().reach);
        if reach == Reach::Answer {
            self.servers.remove(&seat.0);
            self.seats.remove(seat);
            self.away = None;
            return;
        }
        if failure.is_some_and(|class| class.row().decision == Decision::FixSetup) {
            self.unfit.insert(seat.clone());
            return;
        }
        let (since, _) = self.away.unwrap_or((now, now));
        self.away = Some((since, now));
        let breaker = if reach == Reach::Server {
            self.servers.entry(seat.0).or_default()
        } else {
            self.seats.entry(seat.clone()).or_default()
        };
        *breaker = breaker.failed(now, waits);
    }

    fn admits(&self, now: Duration, seat: &Seat, at_seat: usize, at_server: usize) -> usize {
        if self.unfit.contains(seat) {
            return 0;
        }
        let of = |breaker: Option<&Breaker>| breaker.copied().unwrap_or_default();
        let server = of(self.servers.get(&seat.0)).admits(now, at_server);
        server.min(of(self.seats.get(seat)).admits(now, at_seat))
    }
}

/// The breakers of one run.
#[derive(Debug)]
pub(super) struct Breakers {
    start: Instant,
    waits: Waits,
    servers: usize,
    board: Mutex<Board>,
}

impl Breakers {
    /// Closed breakers for so many servers.
    pub(super) fn new(servers: usize, first_wait: Duration, longest_wait: Duration) -> Self {
        Self {
            start: instant(),
            waits: Waits {
                first: first_wait,
                longest: longest_wait,
            },
            servers,
            board: Mutex::default(),
        }
    }

    /// Takes note of how a call at the seat ended; `None`: with an answer.
    pub(super) fn learn(&self, seat: &Seat, failure: Option<FailureClass>) {
        let now = self.now();
        self.board().learn(now, seat, failure, &self.waits);
    }

    /// How many more calls may be sent to the seat while so many are under way.
    pub(super) fn admits(&self, seat: &Seat, in_flight: &BTreeMap<Seat, usize>) -> usize {
        let at_seat = in_flight.get(seat).copied().unwrap_or(0);
        let at_server = in_flight
            .iter()
            .filter(|((server, _), _)| *server == seat.0)
            .map(|(_, calls)| calls)
            .sum();
        self.board().admits(self.now(), seat, at_seat, at_server)
    }

    /// Whether any server is fit for the model.
    pub(super) fn is_served(&self, model: &str) -> bool {
        let board = self.board();
        (0..self.servers).any(|server| !board.unfit.contains(&(ServerId(server), model.to_owned())))
    }

    /// Whether anything is kept back, so that waiting is no standstill.
    pub(super) fn keep_back(&self) -> bool {
        let board = self.board();
        let open = |breaker: &Breaker| matches!(breaker, Breaker::Open { .. });
        board.servers.values().chain(board.seats.values()).any(open)
    }

    /// For how long no server has answered although calls were made.
    pub(super) fn away_for(&self) -> Option<Duration> {
        let (since, until) = self.board().away?;
        Some(until.saturating_sub(since))
    }

    fn now(&self) -> Duration {
        instant().duration_since(self.start)
    }

    fn board(&self) -> std::sync::MutexGuard<'_, Board> {
        // The board is whole after any panic: no change of it can panic half-way.
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat(server: usize, model: &str) -> Seat {
        (ServerId(server), model.to_owned())
    }

    fn breakers(servers: usize) -> Breakers {
        Breakers::new(servers, Duration::from_secs(2), Duration::from_secs(5))
    }

    fn fail(breakers: &Breakers, seat: &Seat, class: FailureClass, times: u32) {
        for _ in 0..times {
            breakers.learn(seat, Some(class));
        }
    }

    fn admits(breakers: &Breakers, seat: &Seat, in_flight: usize) -> usize {
        breakers.admits(seat, &BTreeMap::from([(seat.clone(), in_flight)]))
    }

    #[tokio::test(start_paused = true)]
    async fn three_failures_in_a_row_open_it_and_two_with_an_answer_between_do_not() {
        let (board, qwen) = (breakers(1), seat(0, "qwen"));
        fail(&board, &qwen, FailureClass::Crashed, 2);
        board.learn(&qwen, None);
        fail(&board, &qwen, FailureClass::Crashed, 2);
        assert_eq!(admits(&board, &qwen, 0), usize::MAX);
        fail(&board, &qwen, FailureClass::Crashed, 1);
        assert_eq!(admits(&board, &qwen, 0), 0);
        assert_eq!(admits(&board, &seat(0, "gemma"), 0), usize::MAX);
    }

    #[tokio::test(start_paused = true)]
    async fn after_its_wait_it_lets_one_probe_through_whose_answer_closes_it() {
        let (board, qwen) = (breakers(1), seat(0, "qwen"));
        fail(&board, &qwen, FailureClass::Busy, 3);
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(admits(&board, &qwen, 0), 1);
        assert_eq!(admits(&board, &qwen, 1), 0);
        board.learn(&qwen, None);
        assert_eq!(admits(&board, &qwen, 1), usize::MAX);
        assert_eq!(board.away_for(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_fails_makes_the_wait_longer_up_to_a_bound() {
        let (board, qwen) = (breakers(1), seat(0, "qwen"));
        fail(&board, &qwen, FailureClass::Busy, 3);
        for wait in [2, 4, 5, 5] {
            tokio::time::advance(Duration::from_secs(wait - 1)).await;
            assert_eq!(admits(&board, &qwen, 0), 0, "within {wait} s");
            tokio::time::advance(Duration::from_secs(1)).await;
            assert_eq!(admits(&board, &qwen, 0), 1, "after {wait} s");
            fail(&board, &qwen, FailureClass::Busy, 1);
        }
        assert_eq!(board.away_for(), Some(Duration::from_secs(16)));
        tokio::time::advance(Duration::from_hours(1)).await;
        let away = board.away_for();
        assert_eq!(away, Some(Duration::from_secs(16)), "nobody asked since");
    }

    #[tokio::test(start_paused = true)]
    async fn calls_sent_before_it_opened_do_not_make_the_wait_longer() {
        let (board, qwen) = (breakers(1), seat(0, "qwen"));
        fail(&board, &qwen, FailureClass::Busy, 9);
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(admits(&board, &qwen, 0), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_cannot_be_reached_is_barred_for_all_its_models_and_no_other_is() {
        let (board, qwen) = (breakers(2), seat(0, "qwen"));
        fail(&board, &qwen, FailureClass::Unreachable, 3);
        assert_eq!(admits(&board, &seat(0, "gemma"), 0), 0);
        assert_eq!(admits(&board, &seat(1, "qwen"), 0), usize::MAX);
    }

    #[tokio::test(start_paused = true)]
    async fn bad_answers_are_not_the_servers_failure_however_many() {
        let (board, qwen) = (breakers(1), seat(0, "qwen"));
        for class in [
            FailureClass::Malformed,
            FailureClass::Garbage,
            FailureClass::TooSlow,
        ] {
            fail(&board, &qwen, class, 9);
            assert_eq!(admits(&board, &qwen, 0), usize::MAX);
        }
        assert_eq!(board.away_for(), None);
    }

    #[test]
    fn a_model_that_one_server_lacks_is_served_by_the_other() {
        let board = breakers(2);
        board.learn(&seat(0, "qwen"), Some(FailureClass::ModelMissing));
        assert_eq!(admits(&board, &seat(0, "qwen"), 0), 0);
        assert!(board.is_served("qwen"));
        board.learn(&seat(1, "qwen"), Some(FailureClass::ModelMissing));
        assert!(!board.is_served("qwen"));
    }
}
