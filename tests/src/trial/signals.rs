//! Ctrl-C and SIGTERM: the first stops in good order, the second at once. SIGHUP, a terminal that was closed, stops nothing:
//! a run of a night goes on without its terminal, and its record is a file.

use tokio::signal::unix::{SignalKind, signal};
use wave_runner::batch::Stop;

use super::{Observer, Phase};

/// Asks `stop` at the first signal, and says so to `observer`. Answers at the second, for whoever will not wait for the
/// grace to pass. A SIGHUP is only told; the process never ends by one from here on.
///
/// # Errors
/// When the operating system lets us install no handler.
pub(crate) async fn stop_on_signal(stop: &Stop, observer: &dyn Observer) -> std::io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut next = async || {
        loop {
            tokio::select! {
                _ = interrupt.recv() => return,
                _ = terminate.recv() => return,
                _ = hangup.recv() => observer.trouble(
                    Phase::Execute,
                    "the terminal was closed (SIGHUP); the run goes on without it",
                ),
            }
        }
    };
    next().await;
    stop.ask();
    observer.stopping("as the signal asked");
    next().await;
    Ok(())
}
