use super::*;
use crate::wave::{ModelState, ServerState};

const GIB: u64 = 1 << 30;

/// The three models of workflow 3001 with the sizes of the original run, in GiB.
fn idle_server(memory: Option<u64>) -> State {
    let sizes = [
        ("gemma2", 6 * GIB),
        ("llama3.2", 3 * GIB),
        ("qwen2.5", 5 * GIB),
    ];
    let server = ServerState {
        memory,
        models: sizes
            .iter()
            .map(|(name, _)| ((*name).to_owned(), ModelState::default()))
            .collect(),
    };
    State {
        sizes: sizes
            .iter()
            .map(|(name, size)| ((*name).to_owned(), *size))
            .collect(),
        servers: vec![server],
        slots: 1,
        in_flight_cap: usize::MAX,
        ..State::default()
    }
}

fn with_ready(mut state: State, ready: &[(i32, &str, usize)]) -> State {
    state.ready = ready
        .iter()
        .map(|(id, model, count)| Ready {
            conversation: ConversationId(*id),
            model: (*model).to_owned(),
            count: *count,
        })
        .collect();
    state
}

fn with_grade_pairs(state: State, runs: usize) -> State {
    let mut state = with_ready(state, &[(3336, "gemma2", runs), (3337, "qwen2.5", runs)]);
    state.siblings = vec![Siblings {
        members: vec![
            (ConversationId(3336), "gemma2".to_owned()),
            (ConversationId(3337), "qwen2.5".to_owned()),
        ],
        runs,
    }];
    state
}

fn loaded(mut state: State, models: &[&str]) -> State {
    for model in models {
        state.servers[0]
            .models
            .get_mut(*model)
            .expect("a model of the three")
            .resident = true;
    }
    state
}

fn busy(mut state: State, model: &str) -> State {
    let model = state.servers[0]
        .models
        .get_mut(model)
        .expect("a model of the three");
    model.resident = true;
    model.in_flight = 1;
    state
}

fn singles(model: &str, conversations: &[i32], limit: usize) -> Dispatch {
    Dispatch::Singles {
        server: ServerId(0),
        model: model.to_owned(),
        conversations: conversations.iter().map(|id| ConversationId(*id)).collect(),
        limit,
    }
}

fn grade_pair() -> Dispatch {
    let place = |id| Placement {
        server: ServerId(0),
        conversation: ConversationId(id),
    };
    Dispatch::Together(vec![place(3336), place(3337)])
}

#[test]
fn every_model_that_fits_is_fed_at_once() {
    let state = with_ready(
        idle_server(Some(16 * GIB)),
        &[(3335, "llama3.2", 50), (9161, "qwen2.5", 50)],
    );
    assert_eq!(
        plan(&state).dispatches,
        [
            singles("llama3.2", &[3335], 1),
            singles("qwen2.5", &[9161], 1)
        ]
    );
}

#[test]
fn a_model_is_drained_before_it_is_given_up() {
    let state = with_ready(
        loaded(idle_server(Some(6 * GIB)), &["qwen2.5"]),
        &[(9161, "qwen2.5", 1), (3336, "gemma2", 50)],
    );
    let plan = plan(&state);
    assert_eq!(plan.unload, []);
    assert_eq!(plan.dispatches, [singles("qwen2.5", &[9161], 1)]);
}

#[test]
fn a_drained_model_is_unloaded_for_one_that_has_work() {
    let state = with_ready(
        loaded(idle_server(Some(6 * GIB)), &["qwen2.5"]),
        &[(3336, "gemma2", 50)],
    );
    let plan = plan(&state);
    assert_eq!(plan.unload, [(ServerId(0), "qwen2.5".to_owned())]);
    assert_eq!(plan.dispatches, [singles("gemma2", &[3336], 1)]);
}

#[test]
fn nothing_is_unloaded_while_its_last_call_is_in_flight_or_unsettled() {
    let wanted = [(3336, "gemma2", 50)];
    let in_flight = with_ready(busy(idle_server(Some(6 * GIB)), "qwen2.5"), &wanted);
    assert_eq!(plan(&in_flight), WavePlan::default());

    let mut unsettled = with_ready(loaded(idle_server(Some(6 * GIB)), &["qwen2.5"]), &wanted);
    unsettled.unsettled = true;
    assert_eq!(plan(&unsettled), WavePlan::default());
}

#[test]
fn with_unknown_memory_one_model_is_used_at_a_time() {
    let state = with_ready(
        idle_server(None),
        &[(3335, "llama3.2", 50), (9161, "qwen2.5", 50)],
    );
    assert_eq!(plan(&state).dispatches, [singles("llama3.2", &[3335], 1)]);
}

#[test]
fn a_model_larger_than_the_memory_is_loaded_when_nothing_else_is() {
    let state = with_ready(idle_server(Some(4 * GIB)), &[(3336, "gemma2", 1)]);
    assert_eq!(plan(&state).dispatches, [singles("gemma2", &[3336], 1)]);
}

#[test]
fn the_model_with_the_most_ready_work_is_loaded_first() {
    let state = with_ready(
        idle_server(Some(6 * GIB)),
        &[(3336, "gemma2", 49), (3337, "qwen2.5", 50)],
    );
    assert_eq!(plan(&state).dispatches, [singles("qwen2.5", &[3337], 1)]);
}

#[test]
fn siblings_go_together_where_both_models_have_a_free_slot() {
    let state = with_grade_pairs(idle_server(Some(16 * GIB)), 3);
    assert_eq!(plan(&state).dispatches, [grade_pair()]);
}

#[test]
fn two_slots_take_two_pairs() {
    let mut state = with_grade_pairs(idle_server(Some(16 * GIB)), 3);
    state.slots = 2;
    assert_eq!(plan(&state).dispatches, [grade_pair(), grade_pair()]);
}

#[test]
fn while_a_pair_waits_for_one_model_the_other_takes_nothing_else() {
    let mut state = with_grade_pairs(
        loaded(busy(idle_server(Some(16 * GIB)), "gemma2"), &["qwen2.5"]),
        2,
    );
    state.ready.push(Ready {
        conversation: ConversationId(9161),
        model: "qwen2.5".to_owned(),
        count: 9,
    });
    assert_eq!(plan(&state), WavePlan::default());
}

#[test]
fn other_models_are_fed_while_a_pair_waits() {
    let mut state = with_grade_pairs(busy(idle_server(Some(16 * GIB)), "gemma2"), 2);
    state.ready.push(Ready {
        conversation: ConversationId(3335),
        model: "llama3.2".to_owned(),
        count: 9,
    });
    assert_eq!(plan(&state).dispatches, [singles("llama3.2", &[3335], 1)]);
}

#[test]
fn siblings_that_cannot_be_resident_together_go_one_by_one() {
    let state = with_grade_pairs(loaded(idle_server(Some(6 * GIB)), &["gemma2"]), 2);
    assert_eq!(plan(&state).dispatches, [singles("gemma2", &[3336], 1)]);
}

#[test]
fn siblings_go_one_by_one_under_a_cap_that_is_smaller_than_they_are() {
    let mut state = with_grade_pairs(idle_server(Some(16 * GIB)), 2);
    state.in_flight_cap = 1;
    assert_eq!(plan(&state).dispatches, [singles("gemma2", &[3336], 1)]);
}

#[test]
fn a_lone_sibling_goes_by_itself_once_no_whole_pair_is_ready() {
    let mut state = with_grade_pairs(idle_server(Some(16 * GIB)), 0);
    state.ready = vec![Ready {
        conversation: ConversationId(3337),
        model: "qwen2.5".to_owned(),
        count: 1,
    }];
    assert_eq!(plan(&state).dispatches, [singles("qwen2.5", &[3337], 1)]);
}

#[test]
fn a_full_model_gets_nothing_more() {
    let state = with_ready(
        busy(idle_server(Some(16 * GIB)), "qwen2.5"),
        &[(9161, "qwen2.5", 5)],
    );
    assert_eq!(plan(&state), WavePlan::default());
}
