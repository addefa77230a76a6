//! Another client of the same server: the runner is not alone in the world.

use std::collections::BTreeMap;

use fixtures::ollama::{Step, Timing};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::plant::Plant;

/// A model that the workflow does not use.
pub(crate) const STRANGERS_MODEL: &str = "mistral:latest";

/// The step that the stranger's prompts name where a mishap is to hit them. Postings come to it last, if at all.
pub(crate) const STRANGERS_TASK: &str = "Task: ticket";

/// November's durations, with a stranger's task that takes so many seconds of that time.
pub(crate) fn long_tasks(seconds: f64) -> BTreeMap<Step, Timing> {
    let mut timings = Timing::november();
    let timing = Timing {
        mean: seconds,
        min: seconds * 0.9,
        max: seconds * 1.1,
        calls: 50,
    };
    timings.insert(Step::Ticket, timing);
    timings
}

impl Plant {
    /// Sends a stranger's request and answers at once.
    pub(crate) fn stranger_asks(&self, body: &Value) -> JoinHandle<reqwest::Result<Response>> {
        let url = self.server.url().join("api/generate").unwrap();
        tokio::spawn(Client::new().post(url).json(body).send())
    }

    /// A stranger's request that has its model, and keeps it until it is aborted. A mishap must make it hang.
    pub(crate) async fn stranger_stays(&self) -> JoinHandle<reqwest::Result<Response>> {
        let body = json!({"model": STRANGERS_MODEL, "prompt": STRANGERS_TASK});
        let stays = self.stranger_asks(&body);
        self.until(|server| server.log().iter().any(|call| call.started.is_some()))
            .await;
        stays
    }
}
