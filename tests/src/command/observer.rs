//! Progress: bars on a terminal, a line a phase elsewhere, an object a line for programs, or none.

mod bar;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use indicatif::ProgressBar;

use super::logging::{self, OUTCOME, PROGRESS};
use super::standard_error::{StandardError, is_terminal};
use super::telling::{LogFormat, TellingArguments};
use crate::judge::CertainRed;
use crate::trial::{Observer, Phase};

/// What a second signal would do.
const SECOND_SIGNAL: &str =
    "calls under way may end within their grace; a second signal ends all at once";
/// For programs a phase of many steps is told in so many parts.
const PARTS: u64 = 10;

/// Tells a command's progress, and at last why it failed, on standard error.
pub struct Console {
    form: Form,
    telling: TellingArguments,
    out: StandardError,
    phases: Mutex<BTreeMap<Phase, Told>>,
}

/// In which form progress is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Not at all.
    Quiet,
    /// For people: with bars where standard error has them.
    People,
    /// For programs.
    Objects,
}

/// What was told of a phase that goes on.
struct Told {
    steps: u64,
    parts: u64,
    bar: Option<ProgressBar>,
}

impl Console {
    /// The one of this process.
    pub fn new(telling: TellingArguments) -> Self {
        let may_move = !telling.quiet && telling.log_format == LogFormat::Text;
        Self::on(telling, StandardError::of_process(may_move))
    }

    fn on(telling: TellingArguments, out: StandardError) -> Self {
        let form = match (telling.quiet, telling.log_format) {
            (true, _) => Form::Quiet,
            (false, LogFormat::Text) => Form::People,
            (false, LogFormat::Json) => Form::Objects,
        };
        Self {
            form,
            telling,
            out,
            phases: Mutex::default(),
        }
    }

    /// Lets the messages of the parts be heard here as well, for the rest of the process.
    pub fn listen(&self) {
        logging::listen(self.telling, &self.out);
    }

    /// Says why the command failed, however quiet it was to be.
    pub fn last_word(&self, why: &str) {
        self.end_bars();
        match self.telling.log_format {
            LogFormat::Text => self.out.line(&format!("batchproof: {why}")),
            LogFormat::Json => tracing::error!(target: OUTCOME, "{why}"),
        }
    }

    /// Says what clap has to say of a command line that cannot be carried out.
    pub fn usage(&self, error: &clap::Error) {
        let told = error.render();
        match self.telling.log_format {
            LogFormat::Text if is_terminal() => self.out.line(told.ansi().to_string().trim_end()),
            LogFormat::Text => self.out.line(told.to_string().trim_end()),
            LogFormat::Json => tracing::error!(target: OUTCOME, "{}", told.to_string().trim_end()),
        }
    }

    /// Takes away the bars of phases that will come to no end.
    fn end_bars(&self) {
        let mut phases = self.phases.lock().unwrap_or_else(PoisonError::into_inner);
        for bar in phases.values().filter_map(|told| told.bar.as_ref()) {
            bar.finish_and_clear();
        }
        phases.clear();
    }

    fn people(&self, what: &str, text: &str) {
        self.out.line(&format!("{what:>10}  {text}"));
    }

    /// Does something with what was told of a phase that goes on.
    fn with<T>(&self, phase: Phase, change: impl FnOnce(&mut Told) -> T) -> Option<T> {
        let mut phases = self.phases.lock().unwrap_or_else(PoisonError::into_inner);
        phases.get_mut(&phase).map(change)
    }
}

impl Observer for Console {
    fn ready(&self, what: &str) {
        match self.form {
            Form::Quiet => {}
            Form::People => self.people("using", what),
            Form::Objects => tracing::info!(target: PROGRESS, kind = "using", "{what}"),
        }
    }

    fn begin(&self, phase: Phase, steps: u64) {
        if self.form == Form::Objects {
            let phase = phase.as_str();
            tracing::info!(target: PROGRESS, kind = "begin", phase, steps, "{phase} begins");
        }
        let told = Told {
            steps,
            parts: 0,
            bar: self.out.bars().map(|bars| bar::add(bars, phase, steps)),
        };
        let mut phases = self.phases.lock().unwrap_or_else(PoisonError::into_inner);
        phases.insert(phase, told);
    }

    fn at(&self, phase: Phase, position: u64) {
        let new_part = self.with(phase, |told| {
            if let Some(bar) = &told.bar {
                bar.set_position(position);
            }
            let parts = (position * PARTS).checked_div(told.steps).unwrap_or(0);
            let steps = (parts > told.parts).then_some(told.steps);
            told.parts = told.parts.max(parts);
            steps
        });
        if let (Form::Objects, Some(Some(steps))) = (self.form, new_part) {
            let phase = phase.as_str();
            tracing::info!(
                target: PROGRESS, kind = "at", phase, position, steps, "{phase} at {position} of {steps}"
            );
        }
    }

    fn note(&self, phase: Phase, what: &str) {
        self.with(phase, |told| {
            if let Some(bar) = &told.bar {
                bar.set_message(what.to_owned());
            }
        });
    }

    fn certain_red(&self, red: &CertainRed) {
        let CertainRed {
            criterion,
            enforcement,
            why,
        } = red;
        match self.form {
            Form::Quiet => {}
            Form::People => self.people("RED", why),
            Form::Objects => tracing::warn!(
                target: PROGRESS, kind = "red", criterion = criterion.id, %enforcement, "{why}"
            ),
        }
    }

    fn stopping(&self, why: &str) {
        match self.form {
            Form::Quiet => {}
            Form::People => self.people("stopping", &format!("{why}; {SECOND_SIGNAL}")),
            Form::Objects => tracing::warn!(target: PROGRESS, kind = "stopping", "{why}"),
        }
    }

    fn trouble(&self, phase: Phase, what: &str) {
        match self.form {
            Form::Quiet => {}
            Form::People => self.people(phase.as_str(), what),
            Form::Objects => {
                let phase = phase.as_str();
                tracing::warn!(target: PROGRESS, kind = "trouble", phase, "{what}");
            }
        }
    }

    fn end(&self, phase: Phase, outcome: &str) {
        let mut phases = self.phases.lock().unwrap_or_else(PoisonError::into_inner);
        let told = phases.remove(&phase);
        drop(phases);
        if let Some(bar) = told.and_then(|told| told.bar) {
            bar.finish_and_clear();
        }
        match self.form {
            Form::Quiet => {}
            Form::People => self.people(phase.as_str(), outcome),
            Form::Objects => {
                let phase = phase.as_str();
                tracing::info!(target: PROGRESS, kind = "end", phase, "{outcome}");
            }
        }
    }
}
