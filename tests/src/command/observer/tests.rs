//! What a run tells, in each form.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use indicatif::{MultiProgress, ProgressDrawTarget, TermLike};
use serde_json::Value;

use super::*;
use crate::judge::{Requirements, certain_reds, doctored};
use crate::record::SoFar;

/// What came out.
#[derive(Debug, Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Kept {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A terminal, as wide as they come, on which nothing is ever erased.
impl TermLike for Kept {
    fn width(&self) -> u16 {
        200
    }
    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn write_line(&self, text: &str) -> io::Result<()> {
        writeln!(self.clone(), "{text}")
    }
    fn write_str(&self, text: &str) -> io::Result<()> {
        write!(self.clone(), "{text}")
    }
    fn clear_line(&self) -> io::Result<()> {
        Ok(())
    }
    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

fn telling(quiet: bool, log_format: LogFormat) -> TellingArguments {
    TellingArguments {
        quiet,
        verbose: 0,
        log_format,
    }
}

fn on(telling: TellingArguments, kept: &Kept, bars: Option<MultiProgress>) -> Console {
    let lines: Arc<Mutex<dyn Write + Send>> = Arc::new(Mutex::new(kept.clone()));
    Console::on(telling, StandardError::into(lines, bars))
}

/// A run of six postings of which one fails, as the trial tells it.
fn tell_a_run(console: &Console) {
    console
        .ready("PostgreSQL 17 (given, postgres://teller:hunter2@db/ledger), throw-away database");
    console.begin(Phase::Fetch, 6);
    (1..=6).for_each(|read| console.at(Phase::Fetch, read));
    console.end(Phase::Fetch, "6 postings read");
    console.begin(Phase::Execute, 78);
    console.note(Phase::Execute, "0 of 6 postings over");
    console.at(Phase::Execute, 20);
    console.trouble(
        Phase::Execute,
        "3335 is tried again: http://teller:hunter2@gpu does not answer",
    );
    console.at(Phase::Execute, 21);
    let mut record = doctored::healthy_of(6);
    doctored::fail(&mut record, 1);
    for red in certain_reds(&SoFar::of(&record), &Requirements::none())
        .iter()
        .take(2)
    {
        console.certain_red(red);
    }
    console.stopping("a red flag is certain");
    console.end(
        Phase::Execute,
        "0 runs completed, 1 failed, 5 open; 21 interactions",
    );
    console.last_word("nothing to be done about postgres://teller:hunter2@db/ledger");
}

#[test]
fn elsewhere_than_on_a_terminal_each_phase_is_a_line_and_no_password_is_told() {
    let kept = Kept::default();
    tell_a_run(&on(telling(false, LogFormat::Text), &kept, None));
    insta::assert_snapshot!(kept.text());
}

#[test]
fn a_quiet_run_tells_nothing_but_why_it_failed() {
    let kept = Kept::default();
    tell_a_run(&on(telling(true, LogFormat::Text), &kept, None));
    assert_eq!(
        kept.text(),
        "batchproof: nothing to be done about postgres://teller:***@db/ledger\n"
    );
}

#[test]
fn for_programs_every_line_is_an_object_and_no_password_is_in_it() {
    let kept = Kept::default();
    let console = on(telling(false, LogFormat::Json), &kept, None);
    // What the environment wants to hear changes nothing of it.
    let filter = logging::filter(console.telling, Some("off"));
    let subscriber = logging::json(filter, console.out.clone());
    tracing::subscriber::with_default(subscriber, || tell_a_run(&console));
    let mut told = String::new();
    for line in kept.text().lines() {
        let mut object: Value = serde_json::from_str(line).expect(line);
        let at = object.as_object_mut().unwrap().remove("timestamp");
        assert!(at.is_some_and(|at| at.is_string()), "{line}");
        writeln!(told, "{object}").unwrap();
    }
    insta::assert_snapshot!(told);
}

#[test]
fn on_a_terminal_trouble_stands_above_the_bar_which_tells_how_fast_it_goes() {
    let kept = Kept::default();
    let target = ProgressDrawTarget::term_like(Box::new(kept.clone()));
    let bars = MultiProgress::with_draw_target(target);
    let console = on(telling(false, LogFormat::Text), &kept, Some(bars));
    console.begin(Phase::Execute, 78);
    console.at(Phase::Execute, 20);
    console.note(Phase::Execute, "0 of 6 postings over");
    let before = kept.text();
    assert!(before.contains("execute [=="), "{before}");
    assert!(
        before.contains("20/78") && before.contains("ETA"),
        "{before}"
    );
    console.trouble(Phase::Execute, "3335 is tried again");
    let drawn = kept.text()[before.len()..].to_owned();
    let (trouble, bar) = (drawn.find("3335 is tried again"), drawn.rfind("20/78"));
    assert!(trouble.is_some() && trouble < bar, "{drawn}");
    assert!(drawn.contains("0 of 6 postings over"), "{drawn}");
    console.end(Phase::Execute, "6 runs completed");
    assert!(
        kept.text().contains("   execute  6 runs completed"),
        "{}",
        kept.text()
    );
}

#[test]
fn the_log_goes_through_the_same_door() {
    let kept = Kept::default();
    let target = ProgressDrawTarget::term_like(Box::new(kept.clone()));
    let bars = MultiProgress::with_draw_target(target);
    let mut out = on(telling(false, LogFormat::Text), &kept, Some(bars)).out;
    let log = b"WARN no answer from http://teller:hunter2@gpu\n";
    assert_eq!(out.write(log).unwrap(), log.len());
    let shown = kept.text();
    assert!(shown.contains("http://teller:***@gpu"), "{shown}");
}
