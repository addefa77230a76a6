//! How much is told on standard error, and in which form.

use clap::{Args, ValueEnum};

/// What is told on standard error, and how.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct TellingArguments {
    /// More messages on standard error: -v what happens, -vv every decision.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// No progress and no warnings on standard error; verdicts and errors stay.
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Form of progress and messages on standard error: lines for people, or a JSON object a line.
    #[arg(long, value_name = "FORM", value_enum, default_value_t, global = true)]
    pub log_format: LogFormat,
}

/// A form of what is told on standard error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines, and bars on a terminal.
    #[default]
    Text,
    /// One JSON object a line, progress included.
    Json,
}

impl TellingArguments {
    /// As they stand in a command line that cannot be read.
    pub fn of_unreadable(line: impl IntoIterator<Item = String>) -> Self {
        let line: Vec<String> = line.into_iter().collect();
        let is_json = line.iter().any(|word| word == "--log-format=json")
            || line.windows(2).any(|pair| pair == ["--log-format", "json"]);
        Self {
            log_format: if is_json {
                LogFormat::Json
            } else {
                LogFormat::Text
            },
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_messages_is_known_of_a_line_that_cannot_be_read() {
        let form = |line: &str| {
            let words = line.split_whitespace().map(str::to_owned);
            TellingArguments::of_unreadable(words).log_format
        };
        assert_eq!(form("run --bogus --log-format json"), LogFormat::Json);
        assert_eq!(form("run --log-format=json --bogus"), LogFormat::Json);
        assert_eq!(form("run --record --log-format text json"), LogFormat::Text);
    }
}
