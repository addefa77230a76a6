//! What NVML says of a machine's cards, read through a library of the same interface (`fixtures::nvml`): this machine
//! need not have any.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should say where"
)]

use std::ffi::OsString;

use fixtures::nvml::{Answer, Card, NvmlStandIn};
use wave_runner::telemetry::{Cards, GpuReader, Measure, NoGpu, NvidiaCards};

const GIB: u64 = 1 << 30;

/// The card of November 2025, with one model in its memory.
fn laptop() -> Card {
    Card {
        name: "NVIDIA GeForce RTX 3050 6GB Laptop GPU".to_owned(),
        total: 6 * GIB,
        free: GIB,
        percent: 87,
        milliwatts: 58_300,
        celsius: 71,
        ..Card::default()
    }
}

fn look(init: Answer, cards: &[Card]) -> Result<Cards, NoGpu> {
    let library = NvmlStandIn::build(init, cards).expect("a C compiler, which Batchproof needs");
    NvidiaCards::through(Some(library.path().into())).look()
}

#[test]
fn a_card_is_told_by_name_driver_memory_work_power_and_temperature() {
    let seen = look(Answer::Success, &[laptop()]).expect("a card");
    assert_eq!(seen.driver, "580.95.05");
    let [card] = &seen.cards[..] else {
        panic!("expected one card, found {seen:?}")
    };
    assert_eq!(card.name, "NVIDIA GeForce RTX 3050 6GB Laptop GPU");
    let memory = card.memory.expect("its memory");
    assert_eq!((memory.total, memory.used), (6 * GIB, 5 * GIB));
    assert_eq!(card.utilisation_percent, Some(87));
    assert_eq!(card.power_milliwatts, Some(58_300));
    assert_eq!(card.temperature_celsius, Some(71));
    assert_eq!(card.untold, []);
}

#[test]
fn several_cards_are_all_seen_and_looked_at_again_and_again() {
    let other = Card {
        percent: 13,
        ..laptop()
    };
    let library = NvmlStandIn::build(Answer::Success, &[laptop(), other]).expect("a C compiler");
    let reader = NvidiaCards::through(Some(library.path().into()));
    for _ in 0..3 {
        let seen = reader.look().expect("two cards");
        let sample = seen.sample(chrono::DateTime::UNIX_EPOCH).expect("a sample");
        assert_eq!(sample.utilisation_percent, Some(50.0));
        assert_eq!(sample.memory_used, Some(10 * GIB));
        let percents: Vec<_> = sample
            .cards
            .iter()
            .map(|card| card.utilisation_percent)
            .collect();
        assert_eq!(percents, [Some(87), Some(13)]);
    }
}

#[test]
fn a_machine_without_a_driver_is_told_what_was_looked_for() {
    let nowhere = OsString::from("/nowhere/libnvidia-ml.so.1");
    let reason = NvidiaCards::through(Some(nowhere))
        .look()
        .expect_err("no driver");
    assert!(matches!(&reason, NoGpu::NoDriver(_)), "{reason:?}");
    assert!(
        reason.to_string().contains("/nowhere/libnvidia-ml.so.1"),
        "{reason}"
    );
    let unloaded = look(Answer::DriverNotLoaded, &[laptop()]);
    assert!(matches!(unloaded, Err(NoGpu::NoDriver(_))), "{unloaded:?}");
}

#[test]
fn a_library_that_is_none_is_an_absent_driver_and_no_crash() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("libnvidia-ml.so.1");
    std::fs::write(&file, "not a library").unwrap();
    let looked = NvidiaCards::through(Some(file.into())).look();
    assert!(matches!(looked, Err(NoGpu::NoDriver(_))), "{looked:?}");
}

#[test]
fn a_user_without_permission_and_a_driver_without_cards_are_told_apart() {
    let refused = look(Answer::NoPermission, &[laptop()]);
    assert!(
        matches!(refused, Err(NoGpu::NoPermission(_))),
        "{refused:?}"
    );
    let none = look(Answer::Success, &[]);
    let driver = "580.95.05".to_owned();
    assert_eq!(none, Err(NoGpu::NoCard { driver }));
}

#[test]
fn what_a_card_does_not_tell_is_absent_with_its_reason_and_the_rest_is_there() {
    let shared = Card {
        utilisation: Answer::NotSupported,
        ..laptop()
    };
    let foreign = Card {
        handle: Answer::NoPermission,
        ..laptop()
    };
    let seen = look(Answer::Success, &[shared, foreign]).expect("two cards");
    let [shared, foreign] = &seen.cards[..] else {
        panic!("expected two cards, found {seen:?}")
    };
    assert_eq!(shared.memory.map(|memory| memory.total), Some(6 * GIB));
    assert_eq!(shared.utilisation_percent, None);
    assert_eq!(shared.temperature_celsius, Some(71));
    let [untold] = &shared.untold[..] else {
        panic!("expected one, found {:?}", shared.untold)
    };
    assert_eq!(untold.what, Measure::Utilisation);
    assert!(untold.why.contains("not available"), "{}", untold.why);
    assert_eq!((foreign.memory, foreign.utilisation_percent), (None, None));
    let [untold] = &foreign.untold[..] else {
        panic!("expected one, found {:?}", foreign.untold)
    };
    assert_eq!(untold.what, Measure::Card);
    assert!(untold.why.contains("permission"), "{}", untold.why);
    let sample = seen.sample(chrono::DateTime::UNIX_EPOCH).expect("a sample");
    assert_eq!(sample.utilisation_percent, None, "nobody told");
    assert_eq!(sample.power_watts, Some(58.3));
}

#[test]
fn a_right_that_is_missing_for_one_value_costs_that_one_alone() {
    let guarded = Card {
        power: Answer::NoPermission,
        temperature: Answer::NotSupported,
        ..laptop()
    };
    let seen = look(Answer::Success, &[guarded]).expect("a card");
    let [card] = &seen.cards[..] else {
        panic!("expected one card, found {seen:?}")
    };
    assert_eq!(
        (card.power_milliwatts, card.temperature_celsius),
        (None, None)
    );
    assert_eq!(card.utilisation_percent, Some(87));
    let told: Vec<Measure> = card.untold.iter().map(|untold| untold.what).collect();
    assert_eq!(told, [Measure::Power, Measure::Temperature]);
}
