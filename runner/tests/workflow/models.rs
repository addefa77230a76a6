//! Models that are asked in a way that costs loads, or time.

use std::time::Duration;

use wave_runner::workflow::Actor;
use wave_runner::workflow::Rule::{
    MixedContext, TimeoutBeyondWatchdog, TogetherNotSiblings, TogetherSharesModel, UnboundedAnswer,
};

use crate::{finds, ids, with};

#[test]
fn limits_that_do_not_limit() {
    for tokens in [0, 8192] {
        let workflow = with(3335, |extract| extract.options.num_predict = tokens);
        finds(&workflow, &[(3335, UnboundedAnswer)]);
    }
    for seconds in [0, 900] {
        let timeout = Duration::from_secs(seconds);
        let workflow = with(3341, |format| format.timeout = timeout);
        finds(&workflow, &[(3341, TimeoutBeyondWatchdog)]);
    }
    finds(
        &with(3341, |format| format.timeout = Duration::from_secs(899)),
        &[],
    );
}

#[test]
fn one_model_with_two_context_sizes() {
    let workflow = with(9162, |skeptic| skeptic.options.num_ctx = 4096);
    finds(&workflow, &[(9162, MixedContext)]);
    finds(&with(3335, |extract| extract.options.num_ctx = 4096), &[]);
}

#[test]
fn a_pair_that_cannot_be_sent_together() {
    let workflow = with(3337, |grade| grade.needs = ids(&[3335, 9184]));
    finds(&workflow, &[(3337, TogetherNotSiblings)]);
    let workflow = with(3337, |grade| grade.together = None);
    finds(&workflow, &[(3336, TogetherNotSiblings)]);
    let same = Actor::Model {
        name: "gemma2:latest".to_owned(),
    };
    let workflow = with(3337, |grade| grade.actor = same);
    finds(&workflow, &[(3337, TogetherSharesModel)]);
}
