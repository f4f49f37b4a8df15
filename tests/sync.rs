//! Thousands of histories of one mailbox: random worlds, interleavings, faults
//! and kills between any two outputs. After quiet the replica is what the server
//! shows, the sheets are what the replica says, and no answer was lost or doubled.
//!
//! A failing history names its seed: `KALENDS_SEED=n cargo test --test sync one_history`.

#![allow(clippy::unwrap_used, reason = "a test says where it broke")]

#[path = "sync/chance.rs"]
mod chance;
#[path = "sync/company.rs"]
mod company;
#[path = "sync/coverage.rs"]
mod coverage;
#[path = "sync/disk.rs"]
mod disk;
#[path = "sync/edges.rs"]
mod edges;
#[path = "sync/history.rs"]
mod history;
#[path = "sync/memory.rs"]
mod memory;
#[path = "sync/scripted.rs"]
mod scripted;
#[path = "sync/server.rs"]
mod server;
#[path = "sync/trace.rs"]
mod trace;
#[path = "sync/writes.rs"]
mod writes;

use chance::Chance;
use company::{Company, Seen};
use coverage::Coverage;
use history::History;
use std::sync::atomic::{AtomicBool, Ordering};

const HISTORIES: u64 = 2_400;
const WORKERS: u64 = 2;

#[test]
fn replicas_converge_whatever_happens() {
    let failed = AtomicBool::new(false);
    let coverage = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|worker| {
                let failed = &failed;
                scope.spawn(move || live_through(worker, failed))
            })
            .collect();
        let mut coverage = Coverage::default();
        for worker in workers {
            coverage.add(&worker.join().unwrap().unwrap());
        }
        coverage
    });
    println!("{coverage}");
    coverage.assert_complete(histories());
}

/// Seeds of long soaks that once found a bug. 5815: a later page of a round that ran all the
/// while undid what a fetch by id had learnt in between. 21661: an event held by a fetch that was
/// asked for before a full round, and answered after it began, outlived that round's word.
/// 22857: an answer of unknown outcome was sent again after a change of the series had undone it.
/// 6008518, 6019230: a sheet into which a waiting act moves an event did not follow its record,
/// or another act on it. 6029246: a series deleted here came back while a round held it back.
const ONCE_FAILED: [u64; 9] = [
    5_815, 21_661, 22_857, 229_783, 245_308, 247_498, 6_008_518, 6_019_230, 6_029_246,
];

const COMPANIES_ONCE_FAILED: [u64; 4] = [5_001_746, 232_586, 244_501, 252_346];

#[test]
fn what_a_soak_once_found_stays_found() {
    for seed in ONCE_FAILED {
        History::run(seed, &mut Coverage::default()).unwrap();
    }
    for seed in COMPANIES_ONCE_FAILED {
        Company::run(seed, &mut Seen::default()).unwrap();
    }
}

/// Every history of one worker; stops early when another one failed.
fn live_through(worker: u64, failed: &AtomicBool) -> Result<Coverage, String> {
    let mut coverage = Coverage::default();
    for seed in (worker..histories()).step_by(usize::try_from(WORKERS).unwrap()) {
        if failed.load(Ordering::Relaxed) {
            break;
        }
        History::run(seed, &mut coverage).map_err(|words| {
            failed.store(true, Ordering::Relaxed);
            format!("history {seed}: {words}")
        })?;
    }
    Ok(coverage)
}

/// More than the usual number, for a long soak: `KALENDS_HISTORIES=1000000`.
fn histories() -> u64 {
    std::env::var("KALENDS_HISTORIES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(HISTORIES)
}

const COMPANIES: u64 = 200;

#[test]
fn two_clients_and_a_browser_agree() {
    let seen = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|worker| scope.spawn(move || company_of(worker)))
            .collect();
        let mut seen = Seen::default();
        for worker in workers {
            seen.add(&worker.join().unwrap().unwrap());
        }
        seen
    });
    println!("{seen}");
    seen.assert_complete();
}

fn company_of(worker: u64) -> Result<Seen, String> {
    let mut seen = Seen::default();
    for seed in (worker..COMPANIES).step_by(usize::try_from(WORKERS).unwrap()) {
        Company::run(seed, &mut seen).map_err(|words| format!("company {seed}: {words}"))?;
    }
    Ok(seen)
}

/// The same histories over sled and redb, killed as kill -9 kills: `KALENDS_DISKS=n` for more.
#[test]
fn real_stores_are_always_in_a_state_they_had() {
    let asked = std::env::var("KALENDS_DISKS").ok();
    let histories: u64 = asked.and_then(|text| text.parse().ok()).unwrap_or(24);
    let mut deaths = 0;
    for seed in 0..histories {
        let lived = History::on_disk(seed, &mut Coverage::default());
        deaths += lived.unwrap_or_else(|words| panic!("history {seed} on disk: {words}"));
    }
    println!("{deaths} deaths of the real stores in {histories} histories");
    assert!(deaths > histories);
}

/// A process that dies before a write to one of its stores: in a few histories before some of
/// their writes, or, asked for by `KALENDS_DYING=n`, before every single write of `n` histories.
#[test]
fn a_death_before_any_write_loses_nothing() {
    let asked = std::env::var("KALENDS_DYING").ok();
    let whole: Option<u64> = asked.and_then(|text| text.parse().ok());
    let deaths: u64 = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|worker| {
                scope.spawn(move || {
                    let seeds = worker..whole.unwrap_or(DYING);
                    seeds
                        .step_by(usize::try_from(WORKERS).unwrap())
                        .map(|seed| die_in(seed, whole.is_none().then_some(DEATHS)))
                        .sum::<u64>()
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap())
            .sum()
    });
    println!("{deaths} deaths");
    assert!(deaths >= whole.map_or(DYING * DEATHS, |histories| histories * 100));
}

const DYING: u64 = 12;
const DEATHS: u64 = 12;

/// Dies before `most` writes of a history, spread over it, or before each.
fn die_in(seed: u64, most: Option<u64>) -> u64 {
    let mut coverage = Coverage::default();
    let writes = History::dying(seed, None, &mut coverage).unwrap();
    let every = most.map_or(1, |most| (writes / most).max(1));
    let mut deaths = 0;
    for at in (1 + seed % every..=writes).step_by(usize::try_from(every).unwrap()) {
        let lived = History::dying(seed, Some(at), &mut coverage);
        lived.unwrap_or_else(|words| panic!("history {seed}, dying before write {at}: {words}"));
        deaths += 1;
    }
    deaths
}

#[test]
fn one_company() {
    let Ok(seed) = std::env::var("KALENDS_COMPANY") else {
        return;
    };
    Company::tell(
        seed.parse().unwrap(),
        &std::env::var("KALENDS_GREP").unwrap_or_default(),
    );
}

#[test]
fn one_history() {
    let Ok(seed) = std::env::var("KALENDS_SEED") else {
        return;
    };
    History::tell(
        seed.parse().unwrap(),
        &std::env::var("KALENDS_GREP").unwrap_or_default(),
    );
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    for seed in [1, 7, 42, 1_000_003] {
        let first = History::trace(seed);
        assert_eq!(first, History::trace(seed), "seed {seed}");
        assert_ne!(first, History::trace(seed + 1));
        let hash = |seed| History::run_hashed(seed, &mut Coverage::default()).unwrap();
        assert_eq!(hash(seed), hash(seed), "seed {seed}");
        assert_ne!(hash(seed), hash(seed + 1));
        let hash = |seed| Company::run_hashed(seed, &mut Seen::default()).unwrap();
        assert_eq!(hash(seed), hash(seed), "company {seed}");
        assert_ne!(hash(seed), hash(seed + 1));
    }
}

/// All of them, or the one that `KALENDS_BUG` names.
#[cfg(feature = "planted-bugs")]
fn asked() -> Vec<kalends::sync::bugs::Bug> {
    let name = std::env::var("KALENDS_BUG").ok();
    let all = kalends::sync::bugs::Bug::ALL.into_iter();
    all.filter(|bug| name.as_ref().is_none_or(|name| *name == format!("{bug:?}")))
        .collect()
}

/// Each deliberate bug must be caught, or the properties prove nothing.
#[cfg(feature = "planted-bugs")]
#[test]
fn every_planted_bug_is_caught() {
    use kalends::sync::bugs::plant;
    let mut missed = Vec::new();
    for bug in asked() {
        plant(Some(bug));
        let wrong = |life: &dyn Fn() -> Result<(), String>| {
            let lived = std::panic::AssertUnwindSafe(|| life().is_err());
            std::panic::catch_unwind(lived).unwrap_or(true)
        };
        // What goes wrong between several authors shows sooner where there are several.
        let is_caught = |seed: &u64| {
            let company = bug.is_of_an_act() && *seed < COMPANIES;
            wrong(&|| History::run(*seed, &mut Coverage::default()))
                || (company && wrong(&|| Company::run(*seed, &mut Seen::default())))
        };
        let caught = if scripted::titles_survive_bare_occurrences().is_err() {
            Some(0)
        } else {
            (0..HISTORIES).find(is_caught)
        };
        plant(None);
        match caught {
            Some(seed) => println!("{bug:?} caught by history {seed}"),
            None => missed.push(bug),
        }
    }
    assert!(missed.is_empty(), "not caught: {missed:?}");
}

#[test]
fn titles_survive_bare_occurrences() {
    scripted::titles_survive_bare_occurrences().unwrap();
}

#[test]
fn chance_is_even_enough() {
    let mut chance = Chance::new(3);
    let hits = (0..10_000).filter(|_| chance.one_in(10)).count();
    assert!((800..1_200).contains(&hits), "{hits}");
}

#[test]
fn an_answer_that_meets_damage_is_not_forgotten() {
    scripted::an_answer_that_meets_damage_is_not_forgotten();
}

#[test]
fn a_full_sync_asks_after_it_was_asked_for() {
    scripted::a_full_sync_asks_after_it_was_asked_for();
}
