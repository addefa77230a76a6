use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::wave::{Front, Graph, ModelState, Node, Phase, ServerState};

const GIB: u64 = 1 << 30;
const SIZES: [(&str, u64); 3] = [
    ("gemma2", 6 * GIB),
    ("llama3.2", 3 * GIB),
    ("qwen2.5", 5 * GIB),
];

/// The model steps of workflow 3001.
fn graph() -> Arc<Graph> {
    let node = |(id, model, needs, conditional): (i32, &str, &[i32], bool)| Node {
        conversation: ConversationId(id),
        model: Some(model.to_owned()),
        needs: needs.iter().copied().map(ConversationId).collect(),
        conditional,
        together: [3336, 3337].contains(&id).then(|| "grades".to_owned()),
    };
    let steps: [(i32, &str, &[i32], bool); 11] = [
        (3335, "llama3.2", &[], false),
        (3336, "gemma2", &[3335], false),
        (3337, "qwen2.5", &[3335], false),
        (3338, "qwen2.5", &[3336, 3337], true),
        (3339, "qwen2.5", &[3338], true),
        (3340, "qwen2.5", &[3339], true),
        (3341, "gemma2", &[3336, 3337, 3339, 3340], false),
        (3350, "qwen2.5", &[3341], false),
        (9161, "qwen2.5", &[], false),
        (9162, "gemma2", &[9161], false),
        (9163, "qwen2.5", &[9161, 9162], false),
    ];
    Arc::new(Graph::new(&steps.map(node)).expect("eleven steps"))
}

/// Servers with so much memory, the three models at each, and nothing to do.
fn idle_servers(memories: &[Option<u64>]) -> State {
    let server = |memory: &Option<u64>| ServerState {
        memory: *memory,
        models: SIZES
            .iter()
            .map(|(name, _)| ((*name).to_owned(), ModelState::default()))
            .collect(),
        idle: Duration::ZERO,
    };
    State {
        graph: graph(),
        sizes: SIZES
            .iter()
            .map(|(name, size)| ((*name).to_owned(), *size))
            .collect(),
        servers: memories.iter().map(server).collect(),
        slots: 1,
        in_flight_cap: usize::MAX,
        ..State::default()
    }
}

fn idle_server(memory: Option<u64>) -> State {
    idle_servers(&[memory])
}

/// So many runs with these conversations open.
fn with(mut state: State, steps: &[(i32, Phase)], runs: usize) -> State {
    state.fronts.push(Front {
        steps: steps
            .iter()
            .map(|(id, phase)| (ConversationId(*id), *phase))
            .collect(),
        runs,
    });
    state
}

fn with_ready(state: State, steps: &[i32], runs: usize) -> State {
    let steps: Vec<(i32, Phase)> = steps.iter().map(|id| (*id, Phase::Ready)).collect();
    with(state, &steps, runs)
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
    let state = with_ready(idle_server(Some(16 * GIB)), &[3335, 9161], 50);
    assert_eq!(
        plan(&state).dispatches,
        [
            singles("llama3.2", &[3335], 1),
            singles("qwen2.5", &[9161], 1)
        ]
    );
}

#[test]
fn behind_the_extracts_one_resident_model_is_gemma2_although_more_is_ready_for_qwen() {
    let state = loaded(idle_server(Some(6 * GIB)), &["llama3.2"]);
    let plan = plan(&with_ready(state, &[3336, 3337, 9161], 50));
    assert_eq!(plan.unload, [(ServerId(0), "llama3.2".to_owned())]);
    assert_eq!(plan.dispatches, [singles("gemma2", &[3336], 1)]);
}

#[test]
fn a_model_is_drained_before_it_is_given_up() {
    let state = loaded(idle_server(Some(6 * GIB)), &["qwen2.5"]);
    let state = with_ready(with_ready(state, &[3338], 1), &[3341], 49);
    let plan = plan(&state);
    assert_eq!(plan.unload, []);
    assert_eq!(plan.dispatches, [singles("qwen2.5", &[3338], 1)]);
}

#[test]
fn a_drained_model_is_unloaded_for_one_that_has_work() {
    let state = loaded(idle_server(Some(6 * GIB)), &["qwen2.5"]);
    let plan = plan(&with_ready(state, &[3341], 50));
    assert_eq!(plan.unload, [(ServerId(0), "qwen2.5".to_owned())]);
    assert_eq!(plan.dispatches, [singles("gemma2", &[3341], 1)]);
}

#[test]
fn nothing_is_unloaded_while_its_last_call_is_in_flight_or_unsettled() {
    let in_flight = busy(idle_server(Some(6 * GIB)), "qwen2.5");
    let in_flight = with(
        with_ready(in_flight, &[3341], 49),
        &[(3338, Phase::Ours)],
        1,
    );
    assert_eq!(plan(&in_flight), WavePlan::default());

    let mut unsettled = loaded(idle_server(Some(6 * GIB)), &["qwen2.5"]);
    unsettled.unsettled = true;
    assert_eq!(
        plan(&with_ready(unsettled, &[3341], 50)),
        WavePlan::default()
    );
}

#[test]
fn nothing_is_loaded_ahead_of_what_scripts_are_about_to_bring() {
    // The analysts are ready; the extracts, with which five loads begin, wait for a script.
    let mut state = with_ready(idle_server(Some(6 * GIB)), &[9161], 4);
    state = with(state, &[(9161, Phase::Ready), (3335, Phase::Waiting)], 1);
    state.unsettled = true;
    assert_eq!(plan(&state), WavePlan::default());
    state.unsettled = false;
    assert_eq!(plan(&state).dispatches, [singles("qwen2.5", &[9161], 1)]);
}

#[test]
fn a_model_that_no_run_asks_again_goes_while_others_compute() {
    let state = loaded(busy(idle_server(Some(13 * GIB)), "qwen2.5"), &["llama3.2"]);
    let state = with(state, &[(9161, Phase::Ours), (3341, Phase::Ready)], 9);
    let plan = plan(&state);
    assert_eq!(plan.unload, [(ServerId(0), "llama3.2".to_owned())]);
    assert_eq!(plan.dispatches, [singles("gemma2", &[3341], 1)]);
}

#[test]
fn a_retry_is_waited_for_as_long_as_a_load_takes() {
    let mut state = loaded(idle_server(Some(6 * GIB)), &["llama3.2"]);
    state.load_time = BTreeMap::from([("gemma2".to_owned(), Duration::from_secs(3))]);
    let mut state = with_ready(state, &[3336, 3337, 9161], 49);
    state = with(state, &[(3335, Phase::Waiting)], 1);
    assert_eq!(plan(&state), WavePlan::default());
    state.servers[0].idle = Duration::from_secs(3);
    assert_eq!(plan(&state).dispatches, [singles("gemma2", &[3336], 1)]);
}

#[test]
fn work_that_another_worker_has_in_hand_is_waited_for_no_longer_than_a_load_takes() {
    let mut state = loaded(idle_server(Some(6 * GIB)), &["gemma2"]);
    state.load_time = BTreeMap::from([("qwen2.5".to_owned(), Duration::from_secs(3))]);
    let mut state = with_ready(state, &[3337, 9161], 49);
    state = with(state, &[(3335, Phase::Theirs)], 1);
    assert_eq!(plan(&state), WavePlan::default());
    state.servers[0].idle = Duration::from_secs(3);
    let sent = plan(&state);
    assert_eq!(sent.dispatches, [singles("qwen2.5", &[3337, 9161], 1)]);
}

#[test]
fn with_unknown_memory_one_model_is_used_at_a_time() {
    let state = with_ready(idle_server(None), &[3335, 9161], 50);
    assert_eq!(plan(&state).dispatches.len(), 1);
}

#[test]
fn a_model_larger_than_the_memory_is_loaded_when_nothing_else_is() {
    let state = with_ready(idle_server(Some(4 * GIB)), &[3341], 1);
    assert_eq!(plan(&state).dispatches, [singles("gemma2", &[3341], 1)]);
}

#[test]
fn siblings_go_together_where_both_models_have_a_free_slot() {
    let state = with_ready(idle_server(Some(16 * GIB)), &[3336, 3337], 3);
    assert_eq!(plan(&state).dispatches, [grade_pair()]);
}

#[test]
fn two_slots_take_two_pairs() {
    let mut state = with_ready(idle_server(Some(16 * GIB)), &[3336, 3337], 3);
    state.slots = 2;
    assert_eq!(plan(&state).dispatches, [grade_pair(), grade_pair()]);
}

#[test]
fn while_a_pair_waits_for_one_model_the_other_takes_nothing_else() {
    let state = loaded(busy(idle_server(Some(16 * GIB)), "gemma2"), &["qwen2.5"]);
    let state = with_ready(with_ready(state, &[3336, 3337], 2), &[9161], 9);
    assert_eq!(plan(&state), WavePlan::default());
}

#[test]
fn other_models_are_fed_while_a_pair_waits() {
    let state = busy(idle_server(Some(16 * GIB)), "gemma2");
    let state = with_ready(with_ready(state, &[3336, 3337], 2), &[3335], 9);
    assert_eq!(plan(&state).dispatches, [singles("llama3.2", &[3335], 1)]);
}

#[test]
fn siblings_that_cannot_be_resident_together_go_one_by_one() {
    let state = loaded(idle_server(Some(6 * GIB)), &["gemma2"]);
    let state = with_ready(state, &[3336, 3337], 2);
    assert_eq!(plan(&state).dispatches, [singles("gemma2", &[3336], 1)]);
}

/// Room for gemma2 and then qwen2.5, and not the other way round.
const IN_ONE_ORDER: Option<u64> = Some(49 * GIB / 4);

#[test]
fn siblings_whose_models_fit_in_one_order_alone_are_sent_in_that_order() {
    let state = with_ready(idle_server(IN_ONE_ORDER), &[3336, 3337], 2);
    let plan = plan(&state);
    assert_eq!(plan.dispatches, [grade_pair()]);
    let loads: Vec<String> = plan.loads(&state).into_iter().map(|l| l.1).collect();
    assert_eq!(loads, ["gemma2", "qwen2.5"]);
}

#[test]
fn a_model_that_leaves_no_room_for_a_larger_one_goes_and_comes_back_behind_it() {
    let state = loaded(idle_server(IN_ONE_ORDER), &["qwen2.5"]);
    let state = with_ready(state, &[3336, 3337], 2);
    let plan = plan(&state);
    assert_eq!(plan.unload, [(ServerId(0), "qwen2.5".to_owned())]);
    assert_eq!(plan.dispatches, [grade_pair()]);
    assert_eq!(plan.loads(&state).len(), 2);
}

#[test]
fn a_smaller_model_is_not_loaded_where_the_larger_one_is_about_to_come_first() {
    // The analysts' work is ready for qwen2.5, and the extracts will make gemma2's.
    let state = busy(idle_server(IN_ONE_ORDER), "llama3.2");
    let state = with(state, &[(3335, Phase::Ours), (9161, Phase::Ready)], 9);
    assert_eq!(plan(&state), WavePlan::default());
}

#[test]
fn where_all_fit_in_any_order_what_is_ready_is_loaded_whatever_its_size() {
    let state = busy(idle_server(Some(16 * GIB)), "llama3.2");
    let state = with(state, &[(3335, Phase::Ours), (9161, Phase::Ready)], 9);
    assert_eq!(plan(&state).dispatches, [singles("qwen2.5", &[9161], 1)]);
}

#[test]
fn siblings_whose_models_add_up_and_are_kept_apart_by_the_servers_rule_go_one_by_one() {
    let state = loaded(idle_server(Some(12 * GIB)), &["gemma2"]);
    let state = with_ready(state, &[3336, 3337], 2);
    assert_eq!(plan(&state).dispatches, [singles("gemma2", &[3336], 1)]);
}

#[test]
fn siblings_go_one_by_one_under_a_cap_that_is_smaller_than_they_are() {
    let mut state = with_ready(idle_server(Some(16 * GIB)), &[3336, 3337], 2);
    state.in_flight_cap = 1;
    assert_eq!(plan(&state).dispatches, [singles("gemma2", &[3336], 1)]);
}

#[test]
fn a_lone_sibling_goes_by_itself_once_no_whole_pair_is_ready() {
    let state = with_ready(idle_server(Some(16 * GIB)), &[3337], 1);
    assert_eq!(plan(&state).dispatches, [singles("qwen2.5", &[3337], 1)]);
}

#[test]
fn a_full_model_gets_nothing_more() {
    let state = busy(idle_server(Some(16 * GIB)), "qwen2.5");
    let state = with(with_ready(state, &[9161], 5), &[(9161, Phase::Ours)], 1);
    assert_eq!(plan(&state), WavePlan::default());
}

#[test]
fn a_pair_whose_models_live_on_two_servers_goes_together_across_them() {
    let mut state = idle_servers(&[Some(6 * GIB), Some(6 * GIB)]);
    state = with_ready(state, &[3336, 3337], 2);
    let place = |server, id| Placement {
        server: ServerId(server),
        conversation: ConversationId(id),
    };
    let together = vec![place(0, 3336), place(1, 3337)];
    assert_eq!(plan(&state).dispatches, [Dispatch::Together(together)]);
}

#[test]
fn a_second_server_takes_a_copy_of_what_has_the_most_work() {
    let mut state = idle_servers(&[Some(6 * GIB); 3]);
    state.servers[0]
        .models
        .get_mut("qwen2.5")
        .expect("one of three")
        .resident = true;
    state.servers[1]
        .models
        .get_mut("gemma2")
        .expect("one of three")
        .resident = true;
    let loads = plan(&with_ready(state, &[3341], 100)).loads(&idle_servers(&[None; 3]));
    assert_eq!(
        loads,
        [
            (ServerId(1), "gemma2".to_owned()),
            (ServerId(2), "gemma2".to_owned())
        ]
    );
}

#[test]
fn a_barred_model_takes_nothing_and_the_rest_goes_on() {
    let mut state = with_ready(idle_server(Some(16 * GIB)), &[3336, 3337, 9161], 2);
    state.servers[0]
        .models
        .get_mut("gemma2")
        .expect("one of three")
        .barred = true;
    assert_eq!(
        plan(&state).dispatches,
        [singles("qwen2.5", &[3337, 9161], 1)]
    );
}

#[test]
fn a_model_that_was_passed_over_too_often_is_loaded_next() {
    let state = with_ready(idle_server(Some(6 * GIB)), &[3336, 3337, 9161], 50);
    let mut state = with_ready(state, &[3335, 9161], 1);
    let first = plan(&state).loads(&state);
    assert_eq!(first, [(ServerId(0), "llama3.2".to_owned())]);
    state.passed_over = BTreeMap::from([("qwen2.5".to_owned(), 14)]);
    let overdue = plan(&state).loads(&state);
    assert_eq!(overdue, [(ServerId(0), "qwen2.5".to_owned())]);
}
