//! `batchproof`: the only binary of the workspace.

use std::process::ExitCode;

use batchproof::command::{Arguments, Console, TellingArguments, carry_out};

/// Exit code of a command line that cannot be read. Clap's own 2 means "not judgeable" here.
const USAGE: u8 = 4;
/// Exit code of a machine on which nothing can run.
const ENVIRONMENT: u8 = 5;

fn main() -> ExitCode {
    let arguments = match Arguments::of_process() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    let console = Console::new(arguments.telling);
    console.listen();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            console.last_word(&format!("the runtime cannot start: {error}"));
            return ExitCode::from(ENVIRONMENT);
        }
    };
    match runtime.block_on(carry_out(arguments, &console)) {
        Ok(code) => code,
        Err(error) => {
            console.last_word(&error.story());
            error.code()
        }
    }
}

/// Prints what clap has to say; asking for help is no mistake.
fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // Nothing is left to do when even this cannot be printed.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let words = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
    let console = Console::new(TellingArguments::of_unreadable(words));
    console.listen();
    console.usage(error);
    ExitCode::from(USAGE)
}
