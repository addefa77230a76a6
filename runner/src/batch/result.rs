//! Results: how a usable answer, a failure and a retry are written, and what is told of them.

use std::time::Duration;

use super::crew::Crew;
use super::persist::persist;
use super::retry::Retry;
use super::{Event, ExecuteError};
use crate::llm::FailureClass;
use crate::store::{Claim, ErrorType, Failure, Finish, StoreError};
use crate::workflow::{Actor, Output};

impl Crew {
    /// Writes a usable answer. A value that the schema refuses fails the interaction as a database error: it passed
    /// our own validation, so one of the two is wrong.
    pub(super) async fn complete(
        &self,
        claim: &Claim,
        output: &Output,
    ) -> Result<(), ExecuteError> {
        let written = persist(&self.store, self.batch, || {
            self.store
                .complete(&self.workflow, &self.runner, claim, output)
        })
        .await;
        match written {
            Ok(finish) => {
                let conversation = claim.conversation;
                self.tell(finish, claim, Event::Completed { conversation })
                    .await;
                Ok(())
            }
            Err(StoreError::Refused {
                constraint,
                message,
            }) => {
                let message = format!("the schema refuses the result ({constraint}): {message}");
                self.fail(
                    claim,
                    &Failure {
                        error_type: ErrorType::Database,
                        message,
                    },
                )
                .await?;
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Fails an interaction for good.
    pub(super) async fn fail(&self, claim: &Claim, failure: &Failure) -> Result<(), StoreError> {
        let finish = persist(&self.store, self.batch, || {
            self.store
                .fail(&self.workflow, &self.runner, claim, failure)
        })
        .await?;
        let conversation = claim.conversation;
        let why = failure.message.clone();
        self.tell(finish, claim, Event::Failed { conversation, why })
            .await;
        Ok(())
    }

    /// Follows up a failed attempt: again, never again, or not before the set-up is put right.
    pub(super) async fn after_failure(
        &self,
        claim: &Claim,
        failure: &Failure,
        class: FailureClass,
    ) -> Result<(), ExecuteError> {
        let earlier = persist(&self.store, self.batch, || {
            self.store.earlier_failures(claim.interaction_id)
        })
        .await?;
        let seed = u64::try_from(claim.interaction_id).unwrap_or(0);
        let retry = match self.settings.retry.decide(class, &earlier, seed) {
            // What is wrong with this server's set-up need not be with another's: its breaker bars the seat.
            Retry::StopTheBatch if self.is_served_elsewhere(claim) => Retry::After(Duration::ZERO),
            decided => decided,
        };
        match retry {
            Retry::After(wait) => {
                let finish = persist(&self.store, self.batch, || {
                    self.store.retry(&self.runner, claim, failure, wait)
                })
                .await?;
                let conversation = claim.conversation;
                let why = failure.message.clone();
                self.tell(finish, claim, Event::Retried { conversation, why })
                    .await;
            }
            Retry::Never => self.fail(claim, failure).await?,
            // The interaction is left as it is; the loop releases it with the others.
            Retry::StopTheBatch => {
                return Err(ExecuteError::SetUp {
                    why: failure.message.clone(),
                });
            }
        }
        persist(&self.store, self.batch, || {
            self.store.classify(claim, class)
        })
        .await?;
        Ok(())
    }

    fn is_served_elsewhere(&self, claim: &Claim) -> bool {
        let conversation = self.workflow.conversation(claim.conversation);
        match conversation.map(|c| &c.actor) {
            Some(Actor::Model { name }) => self.breakers.is_served(name),
            _ => false,
        }
    }

    async fn tell(&self, finish: Finish, claim: &Claim, event: Event) {
        match finish {
            Finish::NoLongerMine => self.came_late(claim).await,
            Finish::Written { run_ended } => {
                self.events.tell(event);
                if run_ended {
                    self.events.tell(Event::RunEnded);
                }
            }
        }
    }

    /// Counts a result that the fence dropped, in the database and in the events.
    pub(super) async fn came_late(&self, claim: &Claim) {
        let noted = persist(&self.store, self.batch, || {
            self.store.note_late_result(&self.runner, claim)
        });
        if let Err(error) = noted.await {
            tracing::error!(%error, ?claim, "a late result was dropped and could not be counted");
        }
        self.events.tell(Event::Dropped {
            conversation: claim.conversation,
        });
    }
}
