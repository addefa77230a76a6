//! Calls over HTTP, against stand-ins that answer at once.

use std::time::Duration;

use benches::journey::{SEED, steps};
use benches::plant::{GPU_MEMORY, server_at_once};
use benches::site::client;
use criterion::Criterion;
use fixtures::postings::postings;
use fixtures::workday::WorkdayStandIn;
use tokio::runtime::Runtime;
use wave_runner::llm::{Generation, Limits, Ollama};

/// Postings on a page of the list.
const PAGE: usize = 20;
const LIMIT: Duration = Duration::from_mins(1);

/// A page of the list and the detail of each posting on it, four at a time.
pub(crate) fn of_the_site(criterion: &mut Criterion, runtime: &Runtime) {
    let acceptable = postings(SEED, 2 * PAGE).into_iter();
    let acceptable = acceptable.filter(fixtures::postings::SyntheticPosting::is_acceptable);
    let stand_in = runtime.block_on(WorkdayStandIn::start(acceptable.take(PAGE).collect()));
    let site = client(&stand_in);
    criterion.bench_function("fetch_page", |bencher| {
        bencher.to_async(runtime).iter(async || {
            let fetched = site.fetch(PAGE, &|_| ()).await.unwrap();
            assert_eq!(fetched.acceptable(), PAGE);
        });
    });
}

/// The first model step's prompt sent, and its streamed answer read to the end.
pub(crate) fn of_a_model(criterion: &mut Criterion, runtime: &Runtime) {
    let server = runtime.block_on(server_at_once(GPU_MEMORY));
    let client = Ollama::new(server.url(), Limits::default()).unwrap();
    let step = steps().remove(0);
    let options = &step.conversation.options;
    let generation = Generation {
        model: step.conversation.actor.name().to_owned(),
        prompt: step.prompt,
        format: step.conversation.output.json_schema(),
        num_ctx: options.num_ctx,
        num_predict: options.num_predict,
        temperature: options.temperature,
        seed: options.seed,
    };
    criterion.bench_function("model_round_trip", |bencher| {
        bencher.to_async(runtime).iter(async || {
            client.generate(&generation, LIMIT).await.unwrap();
        });
    });
}
