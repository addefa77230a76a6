//! What a run can be told.

use std::collections::BTreeMap;
use std::time::Duration;

use super::RetryPolicy;

/// Settings of an [`Executor`](super::Executor). Times are wall times of this machine.
#[derive(Debug, Clone)]
pub struct ExecuteSettings {
    /// Calls that one model computes at a time (`OLLAMA_NUM_PARALLEL`; Ollama does not report it).
    pub slots: usize,
    /// Model servers that this worker takes while others may want some, too; `None`: as many as are free. What lay free
    /// for a whole lease it takes beyond that.
    pub most_servers: Option<usize>,
    /// How often a worker without work looks for some by itself; while it is told of new work, a sixteenth as often.
    pub idle_poll: Duration,
    /// Calls in flight altogether; `None`: as many as the slots take.
    pub max_in_flight: Option<usize>,
    /// Size in bytes and digest of each installed model, by name.
    pub models: BTreeMap<String, InstalledModel>,
    /// How long a claim holds without a heartbeat.
    pub lease: Duration,
    /// How long running calls may go on after a stop was asked for.
    pub grace: Duration,
    /// How long an interaction may run before the watchdog ends it: 15 minutes in the plan.
    pub watchdog_limit: Duration,
    /// How long no model server may answer before the run gives up, to be taken up again.
    pub away_limit: Duration,
    /// What to do with failed attempts.
    pub retry: RetryPolicy,
    /// How much faster than reality the model server lives: its limits shrink with it. 1 for a real server.
    pub time_scale: f64,
    /// Limits shrink with the time scale by no more than this: at 1000:1 a pause of this machine would otherwise pass
    /// for a hung server. All by the same factor, so that a call's own limit stays under the watchdog's.
    pub most_shrink: f64,
}

/// A model as the server has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledModel {
    /// Bytes.
    pub size: u64,
    /// The digest that identifies the weights.
    pub digest: String,
}

impl Default for ExecuteSettings {
    fn default() -> Self {
        Self {
            slots: 1,
            most_servers: None,
            idle_poll: Duration::from_millis(500),
            max_in_flight: None,
            models: BTreeMap::new(),
            lease: Duration::from_mins(1),
            grace: Duration::from_secs(10),
            watchdog_limit: Duration::from_mins(15),
            away_limit: Duration::from_mins(30),
            retry: RetryPolicy::default(),
            time_scale: 1.0,
            most_shrink: 120.0,
        }
    }
}

impl ExecuteSettings {
    /// A limit given in the workflow's time, in this machine's.
    pub fn limit(&self, in_workflow_time: Duration) -> Duration {
        in_workflow_time.div_f64(self.time_scale.min(self.most_shrink))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL_STEP: Duration = Duration::from_mins(10);

    fn at(time_scale: f64) -> ExecuteSettings {
        ExecuteSettings {
            time_scale,
            ..ExecuteSettings::default()
        }
    }

    #[test]
    fn a_limit_stays_as_it_is_on_a_real_server() {
        assert_eq!(at(1.0).limit(MODEL_STEP), MODEL_STEP);
    }

    #[test]
    fn a_limit_shrinks_with_the_time_scale_but_not_beyond_reason() {
        assert_eq!(at(10.0).limit(MODEL_STEP), Duration::from_mins(1));
        assert_eq!(at(1000.0).limit(MODEL_STEP), Duration::from_secs(5));
    }

    #[test]
    fn a_call_is_cut_by_its_own_limit_before_the_watchdog_at_any_scale() {
        for time_scale in [1.0, 10.0, 1000.0, 100_000.0] {
            let settings = at(time_scale);
            assert!(settings.limit(MODEL_STEP) < settings.limit(settings.watchdog_limit));
        }
    }
}
