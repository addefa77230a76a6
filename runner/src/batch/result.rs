//! Results: how a usable answer, a failure and a retry are written, and what is told of them.

use super::crew::Crew;
use super::persist::persist;
use super::retry::Retry;
use super::{Event, ExecuteError};
use crate::llm::Decision;
use crate::store::{Claim, ErrorType, Failure, Finish, StoreError};
use crate::workflow::{ConversationId, Output};

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
                self.tell(finish, conversation, Event::Completed { conversation });
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
