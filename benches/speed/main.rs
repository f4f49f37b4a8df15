//! How fast Kalends is, each figure beside its floor measured in the same run.
//!
//! `cargo bench --profile dist --bench speed -- [--strict] [name …]` runs all measurements or those
//! named; see docs/performance.md. Invariants: runs of what is compared are interleaved; only
//! ratios, bytes and memory are judged, never bare milliseconds; nothing outside a temporary
//! folder is touched. The exit code is 0 even when a goal is missed, except with `--strict`.

#![allow(
    clippy::disallowed_methods,
    reason = "a measurement reads the machine's clock and waits for real programs"
)]
#![recursion_limit = "256"]

mod commands;
mod decode;
mod edits;
mod frame;
mod import;
mod keys;
mod memory;
mod office;
mod poll;
mod process;
mod report;
mod scheduling;
mod screen;
mod search;
mod size;
mod statistics;
mod sync;
mod world;

use anyhow::{Result, bail};
use report::Report;
use std::process::ExitCode;

type Measure = fn(&mut Report) -> Result<()>;

const ALL: [(&str, Measure); 15] = [
    ("frame", frame::measure),
    ("keys", keys::measure),
    ("commands", commands::measure),
    ("decode", decode::measure),
    ("poll", poll::measure),
    ("search", search::measure),
    ("import", import::measure),
    ("merge", edits::merge),
    ("outbox", edits::outbox),
    ("expansion", edits::expansion),
    ("overlaps", scheduling::overlap),
    ("schedule", scheduling::find_a_time),
    ("size", size::measure),
    ("sync", sync::measure),
    ("memory", memory::measure),
];

fn main() -> ExitCode {
    let mut report = Report::default();
    match run(&mut report) {
        Ok(is_strict) if is_strict && report.has_misses() => ExitCode::FAILURE,
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            report.note(&format!("stopped: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(report: &mut Report) -> Result<bool> {
    let mut is_strict = false;
    let mut named = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            // cargo's own.
            "--bench" => {}
            "--strict" => is_strict = true,
            name => match ALL.iter().find(|(known, _)| *known == name) {
                Some(found) => named.push(*found),
                None => bail!(
                    "there is no measurement {name}; there are {}",
                    ALL.map(|(name, _)| name).join(", ")
                ),
            },
        }
    }
    if named.is_empty() {
        named = ALL.to_vec();
    }
    for (name, measure) in named {
        report.section(name);
        measure(report)?;
    }
    Ok(is_strict)
}
