//! The target `body` of tests/fuzz/targets.rs under libFuzzer.
#![no_main]

#[path = "../../tests/fuzz/outbox_file.rs"]
mod outbox_file;
#[path = "runner.rs"]
mod runner;
#[path = "../../tests/fuzz/targets.rs"]
#[allow(dead_code)]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| runner::run("body", bytes));
