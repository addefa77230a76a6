//! Ctrl-C and SIGTERM: the first stops in good order, the second at once.

use tokio::signal::unix::{SignalKind, signal};
use wave_runner::batch::Stop;

use super::observer::Console;
use crate::trial::Observer;

/// Asks `stop` at the first signal, and says so to `console`. Answers at the second, for whoever will not wait for the
/// grace to pass.
///
/// # Errors
/// When the operating system lets us install no handler.
pub(super) async fn stop_on_signal(stop: &Stop, console: &Console) -> std::io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut next = async || {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    next().await;
    stop.ask();
    console.stopping("as the signal asked");
    next().await;
    Ok(())
}
