//! The loop: what was seen, keys and the passing of time come in, frames go out.

use std::io;
use std::panic::resume_unwind;
use std::time::Duration;

use chrono::{DateTime, Utc};
use ratatui::Terminal;
use ratatui::backend::Backend;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};

use super::Printable;
use super::drawing::{Screen, draw};
use super::reading::{Reader, ReadingError};
use super::snapshot::Snapshot;
use super::view::View;
use crate::judge::Requirements;

/// How often the screen is drawn anew without anything having come: what is away gets older.
const REDRAWN_EVERY: Duration = Duration::from_secs(1);
/// How long a key may wait to be read once the screen is left: the thread that reads keys looks up so often.
const LOOKS_UP_EVERY: Duration = Duration::from_millis(100);

/// What a look brought.
type Seen = Result<Snapshot, ReadingError>;

/// What a person at the terminal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Quit,
    Redraw,
}

/// Watches a batch on this terminal until somebody quits. The terminal is put back however that ends, also by a panic.
/// `now` is the clock that says how long nothing was seen.
///
/// # Errors
/// When the terminal cannot be used.
pub async fn watch(
    reader: Reader,
    plan: &Requirements,
    every: Duration,
    now: impl Fn() -> DateTime<Utc>,
) -> io::Result<()> {
    let (wishes, asked) = channel(16);
    stop_on_signals(&wishes)?;
    let mut terminal = ratatui::try_init()?;
    let (seen, looks) = channel(1);
    let looking = tokio::spawn(look_again_and_again(reader, every, seen));
    let keys = spawn_blocking(move || read_keys(&wishes));
    let watched = show(&mut terminal, looks, asked, plan, now).await;
    let restored = ratatui::try_restore();
    // It looks up and finds that nobody listens.
    let _ = keys.await;
    looking.abort();
    if let Err(ended) = looking.await
        && ended.is_panic()
    {
        resume_unwind(ended.into_panic());
    }
    watched.and(restored)
}

/// Draws what comes until somebody quits, or nobody can any longer.
async fn show<B: Backend>(
    terminal: &mut Terminal<B>,
    mut looks: Receiver<Seen>,
    mut wishes: Receiver<Wish>,
    plan: &Requirements,
    now: impl Fn() -> DateTime<Utc>,
) -> Result<(), B::Error> {
    let mut watched = Watched::default();
    let mut redrawn = interval(REDRAWN_EVERY);
    redrawn.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            wish = wishes.recv() => match wish {
                Some(Wish::Redraw) => {}
                Some(Wish::Quit) | None => return Ok(()),
            },
            seen = looks.recv() => match seen {
                Some(seen) => watched.take(seen, plan, now()),
                None => return Ok(()),
            },
            _ = redrawn.tick() => {}
        }
        let screen = watched.screen(now());
        terminal.draw(|frame| draw(frame, &screen))?;
    }
}

/// The last that was seen, and since when nothing is.
#[derive(Debug, Default)]
struct Watched {
    view: Option<View>,
    first_connections: Option<u32>,
    trouble: Option<(DateTime<Utc>, Printable)>,
}

impl Watched {
    fn take(&mut self, seen: Seen, plan: &Requirements, now: DateTime<Utc>) {
        match seen {
            Ok(snapshot) => {
                let first = self
                    .first_connections
                    .get_or_insert(snapshot.connections.total);
                self.view = Some(View::of(&snapshot, plan, *first));
                self.trouble = None;
            }
            Err(error) => {
                let since = self.trouble.as_ref().map_or(now, |(since, _)| *since);
                self.trouble = Some((since, error.to_string().into()));
            }
        }
    }

    fn screen(&self, now: DateTime<Utc>) -> Screen<'_> {
        Screen {
            view: self.view.as_ref(),
            trouble: self.trouble.as_ref().map(|(since, why)| (*since, why)),
            now,
        }
    }
}

/// Looks until nobody wants to know any longer.
async fn look_again_and_again(mut reader: Reader, every: Duration, seen: Sender<Seen>) {
    let mut ticker = interval(every);
    ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticker.tick().await;
        if seen.send(reader.look().await).await.is_err() {
            reader.close().await;
            return;
        }
    }
}

/// A terminal that is asked to end is put back before.
fn stop_on_signals(wishes: &Sender<Wish>) -> io::Result<()> {
    for kind in [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ] {
        let mut heard = signal(kind)?;
        let wishes = wishes.clone();
        // It ends with the process, if nothing is heard.
        drop(tokio::spawn(async move {
            heard.recv().await;
            let _ = wishes.send(Wish::Quit).await;
        }));
    }
    Ok(())
}

/// Reads keys until nobody listens. A terminal that cannot be read from is one that nobody is at.
fn read_keys(wishes: &Sender<Wish>) {
    while !wishes.is_closed() {
        let event = match event::poll(LOOKS_UP_EVERY) {
            Ok(false) => continue,
            Ok(true) => event::read(),
            Err(error) => Err(error),
        };
        let Some(wish) = event.map_or(Some(Wish::Quit), |event| wish_of(&event)) else {
            continue;
        };
        if wishes.blocking_send(wish).is_err() {
            return;
        }
    }
}

fn wish_of(event: &Event) -> Option<Wish> {
    match event {
        Event::Resize(..) => Some(Wish::Redraw),
        Event::Key(KeyEvent {
            code,
            modifiers,
            kind,
            ..
        }) if *kind != KeyEventKind::Release => {
            let is_ctrl_c =
                *code == KeyCode::Char('c') && modifiers.contains(KeyModifiers::CONTROL);
            let quits = is_ctrl_c || matches!(code, KeyCode::Esc | KeyCode::Char('q' | 'Q'));
            quits.then_some(Wish::Quit)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::monitor::scenes;

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Option<Wish> {
        wish_of(&Event::Key(KeyEvent::new(code, modifiers)))
    }

    #[test]
    fn q_escape_and_ctrl_c_quit_and_other_keys_do_not() {
        for code in [KeyCode::Char('q'), KeyCode::Esc] {
            assert_eq!(key(code, KeyModifiers::NONE), Some(Wish::Quit));
        }
        assert_eq!(
            key(KeyCode::Char('c'), KeyModifiers::CONTROL),
            Some(Wish::Quit)
        );
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::NONE), None);
        assert_eq!(key(KeyCode::Enter, KeyModifiers::NONE), None);
        assert_eq!(wish_of(&Event::Resize(80, 24)), Some(Wish::Redraw));
    }

    /// What is on the screen after these looks.
    async fn shown(looks: Vec<Seen>) -> String {
        let (seen, receiver) = channel(1);
        let (wishes, asked) = channel(1);
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        let plan = Requirements::none();
        let tell = async move {
            for look in looks {
                seen.send(look).await.unwrap();
            }
            // Taken, once there is room for another.
            let _ = seen.reserve().await;
            wishes.send(Wish::Quit).await.unwrap();
        };
        let showing = show(&mut terminal, receiver, asked, &plan, || scenes::START);
        let (shown, ()) = tokio::join!(showing, tell);
        shown.unwrap();
        terminal.backend().to_string()
    }

    #[tokio::test(start_paused = true)]
    async fn a_database_that_blinks_is_told_and_forgotten_when_it_is_back() {
        let away = shown(vec![Ok(scenes::middle()), Err(ReadingError::NoAnswer)]).await;
        assert!(
            away.contains("NOTHING SEEN") && away.contains("grade_a"),
            "{away}"
        );
        let back = shown(vec![Err(ReadingError::NoAnswer), Ok(scenes::middle())]).await;
        assert!(
            !back.contains("NOTHING SEEN") && back.contains("grade_a"),
            "{back}"
        );
    }

    #[test]
    fn it_has_been_away_since_the_first_look_that_failed() {
        let mut watched = Watched::default();
        let later = |seconds| scenes::START + chrono::TimeDelta::seconds(seconds);
        for seconds in [0, 2, 4] {
            watched.take(
                Err(ReadingError::NoAnswer),
                &Requirements::none(),
                later(seconds),
            );
        }
        assert_eq!(watched.screen(later(9)).trouble.unwrap().0, later(0));
    }

    #[test]
    fn connections_are_counted_from_the_first_look_where_nobody_sampled_them() {
        let mut watched = Watched::default();
        for connections in [4, 9] {
            let mut snapshot = scenes::beginning();
            snapshot.connections.total = connections;
            watched.take(Ok(snapshot), &Requirements::none(), scenes::START);
        }
        assert_eq!(watched.view.unwrap().connections.grown_by, 5);
    }
}
