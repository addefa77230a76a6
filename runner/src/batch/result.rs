//! Results: how a usable answer, a failure and a retry are written, and what is told of them.

use std::time::Duration;

use super::crew::Crew;
use super::persist::persist;
use super::retry::Retry;
use super::scribe::Entry;
use super::{Event, ExecuteError};
use crate::llm::FailureClass;
use crate::store::{Claim, ErrorType, Failure, Finish, StoreError};
use crate::workflow::Actor;

impl Crew {
    /// Writes usable answers, in one transaction. A value that the schema refuses fails its interaction as a database
    /// error: it passed our own validation, so one of the two is wrong. Which one it is in a group is found by halving,
    /// so that the others are written.
    pub(super) async fn complete_all(&self, group: &[Entry]) -> Result<(), ExecuteError> {
        let results: Vec<_> = group.iter().map(|e| (&e.claim, &e.output)).collect();
        let written = persist(&self.store, self.batch, || async {
            if let Some(barrier) = &self.barrier {
                barrier.settle().await.map_err(StoreError::NotDurable)?;
            }
            self.store
                .complete_all(&self.workflow, &self.runner, &results)
                .await
        })
        .await;
        match (written, group) {
            (Ok(finishes), _) => {
                for (entry, finish) in group.iter().zip(finishes) {
                    let conversation = entry.claim.conversation;
                    self.tell(finish, &entry.claim, Event::Completed { conversation })
                        .await;
                }
                Ok(())
            }
            (
                Err(StoreError::Refused {
                    constraint,
                    message,
                }),
                [entry],
            ) => {
                let message = format!("the schema refuses the result ({constraint}): {message}");
                let failure = Failure::new(ErrorType::Database, message);
                Ok(self.fail(&entry.claim, &failure).await?)
            }
            (Err(StoreError::Refused { .. }), several) => {
                let (first, second) = several.split_at(several.len() / 2);
                Box::pin(self.complete_all(first)).await?;
                Box::pin(self.complete_all(second)).await
            }
            (Err(error), _) => Err(error.into()),
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
        Ok(())
    }

    /// Puts claims back into the queue: the server that was to answer them is another worker's now.
    pub(super) async fn put_back(&self, claims: &[Claim]) -> Result<(), ExecuteError> {
        persist(&self.store, self.batch, || {
            self.store.put_back(&self.runner, claims)
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
