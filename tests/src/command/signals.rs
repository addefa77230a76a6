//! Ctrl-C and SIGTERM: the first stops in good order, the second at once.

use tokio::signal::unix::{SignalKind, signal};
use wave_runner::batch::Stop;

/// Asks `stop` at the first signal. Answers at the second, for whoever will not wait for the grace to pass.
///
/// # Errors
/// When the operating system lets us install no handler.
pub(super) async fn stop_on_signal(stop: Stop) -> std::io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    for _ in 0..2 {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        stop.ask();
    }
    Ok(())
}
