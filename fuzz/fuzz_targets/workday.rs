#![no_main]

libfuzzer_sys::fuzz_target!(
    // The reader of HTML panics at times, and whoever calls it catches that: the fuzzer's hook would end the process.
    init: drop(std::panic::take_hook()),
    |bytes: &[u8]| any_input::workday::holds(bytes)
);
