//! Results: how a usable answer, a failure and a retry are written, and what is told of them.

use super::crew::Crew;
use super::persist::persist;
use super::retry::Retry;
use super::scribe::Entry;
use super::{Event, ExecuteError};
use crate::llm::Decision;
use crate::store::{Claim, ErrorType, Failure, Finish, StoreError};
use crate::workflow::ConversationId;

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
                    self.tell(finish, conversation, Event::Completed { conversation });
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
                let error_type = ErrorType::Database;
                let failure = Failure {
                    error_type,
                    message,
                };
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
        self.tell(
            finish,
            conversation,
            Event::Failed {
                conversation,
                why: failure.message.clone(),
            },
        );
        Ok(())
    }

    /// Follows up a failed attempt: again, never again, or not before the set-up is put right.
    pub(super) async fn after_failure(
        &self,
        claim: &Claim,
        failure: &Failure,
        decision: Decision,
    ) -> Result<(), ExecuteError> {
        let attempt = u32::try_from(claim.attempt).unwrap_or(u32::MAX);
        match self.settings.retry.decide(decision, attempt) {
            Retry::After(wait) => {
                let finish = persist(&self.store, self.batch, || {
                    self.store.retry(&self.runner, claim, failure, wait)
                })
                .await?;
                let conversation = claim.conversation;
                let why = failure.message.clone();
                self.tell(finish, conversation, Event::Retried { conversation, why });
                Ok(())
            }
            Retry::Never => Ok(self.fail(claim, failure).await?),
            // The interaction is left as it is; the loop releases it with the others.
            Retry::StopTheBatch => Err(ExecuteError::SetUp {
                why: failure.message.clone(),
            }),
        }
    }

    fn tell(&self, finish: Finish, conversation: ConversationId, event: Event) {
        match finish {
            Finish::NoLongerMine => self.events.tell(Event::Dropped { conversation }),
            Finish::Written { run_ended } => {
                self.events.tell(event);
                if run_ended {
                    self.events.tell(Event::RunEnded);
                }
            }
        }
    }
}
