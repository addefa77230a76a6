//! Progress for people: a bar a phase on a terminal, a line a phase elsewhere.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::trial::{Observer, Phase};

const BAR: &str = "{prefix:>10} [{bar:30}] {pos}/{len}  {per_sec}  ETA {eta}  {msg}";

/// Shows a trial's progress on standard error.
#[derive(Debug)]
pub(super) struct Console {
    bars: Option<MultiProgress>,
    phases: Mutex<BTreeMap<Phase, ProgressBar>>,
}

impl Console {
    pub(super) fn new() -> Self {
        let bars = std::io::stderr().is_terminal().then(MultiProgress::new);
        Self {
            bars,
            phases: Mutex::default(),
        }
    }

    #[expect(clippy::print_stderr, reason = "progress for people")]
    fn line(&self, line: &str) {
        match &self.bars {
            // A line that cannot be shown is no reason to stop a run.
            Some(bars) => drop(bars.println(line)),
            None => eprintln!("{line}"),
        }
    }

    /// Says that the first signal was heard, and what a second would do.
    pub(super) fn stopping(&self) {
        self.line(&format!(
            "{:>10}  calls under way may end within their grace; a second signal ends all at once",
            "stopping"
        ));
    }

    fn bar(&self, phase: Phase) -> Option<ProgressBar> {
        self.phases
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&phase)
            .cloned()
    }
}

impl Observer for Console {
    fn ready(&self, what: &str) {
        self.line(&format!("{:>10}  {what}", "using"));
    }

    fn begin(&self, phase: Phase, steps: u64) {
        let Some(bars) = &self.bars else { return };
        // The template is a constant that the tests have rendered; a bar in the default style is still a bar.
        let style = ProgressStyle::with_template(BAR)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("=> ");
        let bar = bars.add(
            ProgressBar::new(steps)
                .with_style(style)
                .with_prefix(phase.as_str()),
        );
        self.phases
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(phase, bar);
    }

    fn at(&self, phase: Phase, position: u64) {
        if let Some(bar) = self.bar(phase) {
            bar.set_position(position);
        }
    }

    fn trouble(&self, phase: Phase, what: &str) {
        self.line(&format!("{:>10}  {what}", phase.as_str()));
    }

    fn end(&self, phase: Phase, outcome: &str) {
        if let Some(bar) = self.bar(phase) {
            bar.finish_and_clear();
        }
        self.line(&format!("{:>10}  {outcome}", phase.as_str()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_of_the_bar_is_valid() {
        assert!(ProgressStyle::with_template(BAR).is_ok());
    }
}
