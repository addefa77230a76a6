//! How long the loop waits where it has nothing to do, and when it asks to be told of new work.

use std::time::Duration;

use super::Dispatcher;
use crate::batch::execute::ExecuteError;
use crate::batch::persist::persist;

/// A worker that is told of new work looks for itself so many times less often: what it is told is only a hint.
const TOLD: u32 = 16;

impl Dispatcher {
    /// How long to wait for a note; `None`: not at all, since this worker has just asked to be told of new work, and what
    /// became ready before that was told to nobody.
    pub(super) async fn pause(
        &mut self,
        without_work: bool,
        next_available_in: Option<Duration>,
    ) -> Result<Option<Duration>, ExecuteError> {
        let crew = &self.crew;
        let mut pause = crew.settings.idle_poll;
        // Work is of no use to a worker without a server, and telling it would cost the others at every commit. That a
        // server is free it is told in any case.
        let has_server = crew.custody.count() > 0;
        if without_work && has_server && !self.waits_to_be_told {
            let granted = persist(&crew.store, crew.batch, || {
                crew.store.ask_to_be_told(&crew.worker)
            })
            .await?;
            if granted {
                self.waits_to_be_told = true;
                crew.custody.waits_to_be_told(true);
                return Ok(None);
            }
        }
        if !without_work {
            self.waits_to_be_told = false;
            self.has_waited = false;
            crew.custody.waits_to_be_told(false);
        } else if (self.waits_to_be_told && self.has_waited || !has_server) && self.told.is_live() {
            pause *= TOLD;
        } else {
            // A creator that looked for listeners before this one's wish was committed, and commits after the look that
            // followed it, tells nobody. So the first wait is a short one.
            self.has_waited = self.waits_to_be_told;
        }
        Ok(Some(
            next_available_in.map_or(pause, |wait| wait.min(pause)),
        ))
    }
}
