//! Histories of the deterministic simulation, as many as there is time for.
//!
//! ```text
//! cargo run --release --example soak -- --histories 1000000 --seed 5000
//! ```
//!
//! `--histories N` (100,000) and `--seed S` (0) choose the seeds S to S + N; `--kind` what is lived
//! through with each: `mailbox` (one client, every fault), `company` (two clients and a browser),
//! `death` (one client that dies before every single write of its history) or `all`, the first two.
//! `--workers W` is how many threads share the work. A failure is printed with the command that
//! tells its history; the hash at the end is the same for the same seeds and the same program.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program for the developer's own terminal"
)]

#[path = "../tests/sync/chance.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod chance;
#[path = "../tests/sync/company.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod company;
#[path = "../tests/sync/coverage.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod coverage;
#[path = "../tests/sync/disk.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod disk;
#[path = "../tests/sync/history.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod history;
#[path = "../tests/sync/memory.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod memory;
#[path = "../tests/sync/server.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod server;
#[path = "../tests/sync/trace.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod trace;
#[path = "../tests/sync/writes.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod writes;

use clap::{Parser, ValueEnum};
use company::{Company, Seen};
use coverage::Coverage;
use history::History;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// After so many failures there is enough to look at.
const FAILURES: u64 = 20;

#[derive(Parser, Clone)]
struct Arguments {
    #[arg(long, default_value_t = 100_000)]
    histories: u64,
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[arg(long, value_enum, default_value_t = Kind::All)]
    kind: Kind,
    #[arg(long)]
    workers: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Mailbox,
    Company,
    Death,
    All,
}

/// What one worker, or all of them, saw.
#[derive(Default)]
struct Sum {
    hash: u64,
    deaths: u64,
    coverage: Coverage,
    seen: Seen,
}

#[derive(Default)]
struct Progress {
    done: AtomicU64,
    failures: AtomicU64,
    running: AtomicU64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let available = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = arguments.workers.unwrap_or(available as u64).max(1);
    let progress = Progress::default();
    progress.running.store(workers, Ordering::SeqCst);
    let began = Instant::now();
    let sum = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers)
            .map(|worker| {
                let (arguments, progress) = (&arguments, &progress);
                scope.spawn(move || work(arguments, worker, workers, progress))
            })
            .collect();
        scope.spawn(|| report(&arguments, &progress, began));
        let mut sum = Sum::default();
        for thread in threads {
            let part = thread.join().unwrap();
            sum.hash ^= part.hash;
            sum.deaths += part.deaths;
            sum.coverage.add(&part.coverage);
            sum.seen.add(&part.seen);
        }
        sum
    });
    println!("{}\n{}", sum.coverage, sum.seen);
    let failures = progress.failures.load(Ordering::SeqCst);
    println!(
        "{} seeds from {}, {} deaths, {failures} failures, {} s, trace hash {:016x}",
        progress.done.load(Ordering::SeqCst),
        arguments.seed,
        sum.deaths,
        began.elapsed().as_secs(),
        sum.hash
    );
    ExitCode::from(u8::from(failures > 0))
}

fn report(arguments: &Arguments, progress: &Progress, began: Instant) {
    let mut said = Instant::now();
    while progress.running.load(Ordering::SeqCst) > 0 {
        std::thread::park_timeout(Duration::from_millis(200));
        if said.elapsed() > Duration::from_secs(30) {
            said = Instant::now();
            let done = progress.done.load(Ordering::SeqCst);
            let failures = progress.failures.load(Ordering::SeqCst);
            let seconds = began.elapsed().as_secs();
            println!(
                "{seconds} s: {done} of {} seeds, {failures} failures",
                arguments.histories
            );
        }
    }
}

/// Every `workers`th seed.
fn work(arguments: &Arguments, worker: u64, workers: u64, progress: &Progress) -> Sum {
    let mut sum = Sum::default();
    let seeds = arguments.seed + worker..arguments.seed + arguments.histories;
    for seed in seeds.step_by(usize::try_from(workers).unwrap()) {
        if progress.failures.load(Ordering::Relaxed) >= FAILURES {
            break;
        }
        for (name, variable, lived) in live(arguments.kind, seed, &mut sum) {
            if let Err(words) = lived {
                progress.failures.fetch_add(1, Ordering::SeqCst);
                println!(
                    "{name} {seed}: {words}\n  tell it: {variable}={seed} cargo test --test sync one_ -- --nocapture"
                );
            }
        }
        progress.done.fetch_add(1, Ordering::Relaxed);
    }
    progress.running.fetch_sub(1, Ordering::SeqCst);
    sum
}

type Lived = (&'static str, &'static str, Result<(), String>);

fn live(kind: Kind, seed: u64, sum: &mut Sum) -> Vec<Lived> {
    let mut lived = Vec::new();
    if matches!(kind, Kind::Mailbox | Kind::All) {
        let result = caught(|| History::run_hashed(seed, &mut sum.coverage));
        lived.push(("history", "KALENDS_SEED", fold(&mut sum.hash, seed, result)));
    }
    if matches!(kind, Kind::Company | Kind::All) {
        let result = caught(|| Company::run_hashed(seed, &mut sum.seen));
        lived.push((
            "company",
            "KALENDS_COMPANY",
            fold(&mut sum.hash, !seed, result),
        ));
    }
    if kind == Kind::Death {
        let result = caught(|| {
            let writes = History::dying(seed, None, &mut sum.coverage)?;
            for at in 1..=writes {
                History::dying(seed, Some(at), &mut sum.coverage)
                    .map_err(|words| format!("dying before write {at}: {words}"))?;
            }
            Ok(writes)
        });
        sum.deaths += result.as_ref().copied().unwrap_or(0);
        lived.push(("history", "KALENDS_SEED", fold(&mut sum.hash, seed, result)));
    }
    lived
}

fn caught(live: impl FnOnce() -> Result<u64, String>) -> Result<u64, String> {
    catch_unwind(AssertUnwindSafe(live)).unwrap_or_else(|_| Err("it panicked".to_owned()))
}

/// In any order of the workers the sum is the same.
fn fold(hash: &mut u64, seed: u64, result: Result<u64, String>) -> Result<(), String> {
    let trace = result?;
    let mixed = (trace ^ seed.rotate_left(17)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    *hash ^= mixed ^ (mixed >> 29);
    Ok(())
}
