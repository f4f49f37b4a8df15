//! The fuzz targets without a fuzzer: everything in the kept corpus (`fuzz/corpus`), what grows
//! from it by small changes, and random bytes. The same functions run for hours under libFuzzer:
//! `cargo +nightly fuzz run TARGET`.

#![allow(clippy::unwrap_used, reason = "a test says where it broke")]

#[path = "fuzz/outbox_file.rs"]
mod outbox_file;
#[path = "fuzz/targets.rs"]
mod targets;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::fs;
use std::path::{Path, PathBuf};

/// The kept inputs of a target; there is always at least one.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(name);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{name} has no corpus");
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

fn cases(name: &str) -> u32 {
    // Each of its inputs is a file that is opened and written.
    if name == "outbox_file" { 150 } else { 1_500 }
}

fn attack(name: &str) {
    let (_, target) = targets::ALL
        .into_iter()
        .find(|(of, _)| *of == name)
        .unwrap();
    let kept = corpus(name);
    kept.iter().for_each(|input| target(input));
    let mut runner = TestRunner::new(Config {
        cases: cases(name),
        failure_persistence: None,
        ..Config::default()
    });
    runner
        .run(&vec(any::<u8>(), 0..200), |bytes| {
            target(&bytes);
            Ok(())
        })
        .unwrap();
    let wounds = vec((any::<prop::sample::Index>(), any::<u8>()), 1..6);
    runner
        .run(
            &(any::<prop::sample::Index>(), wounds),
            |(which, wounds)| {
                let mut input = which.get(&kept).clone();
                for (at, byte) in wounds {
                    if !input.is_empty() {
                        let at = at.index(input.len());
                        input[at] = byte;
                    }
                }
                target(&input);
                Ok(())
            },
        )
        .unwrap();
}

#[test]
fn answers_of_graph_are_read_or_refused() {
    attack("wire_json");
}

#[test]
fn rules_are_walked_in_order_and_within_bounds() {
    attack("rule");
}

#[test]
fn a_line_becomes_an_event_or_a_question() {
    attack("quick_add");
}

#[test]
fn bodies_are_clean_and_fit() {
    attack("body");
}

#[test]
fn stored_intents_come_back_as_they_were() {
    attack("intent_frames");
}

#[test]
fn a_damaged_outbox_is_refused_or_whole() {
    attack("outbox_file");
}

#[test]
fn keys_settings_and_themes_are_refused_in_one_line() {
    attack("keymap");
}

#[test]
fn calendar_files_are_planned_or_refused() {
    attack("ics");
}

/// A target that is added here and not there would never be run for long.
#[test]
fn every_target_has_its_fuzzer() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    for (name, _) in targets::ALL {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        assert!(folder.join(format!("fuzz_targets/{name}.rs")).exists());
    }
}
