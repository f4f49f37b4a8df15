//! Independent referees: python-dateutil for rules, zoneinfo with PyPI's tzdata for zones, PyPI's
//! icalendar for files of other calendars.
//!
//! Runs where it is asked for:
//! `KALENDS_REFEREES=1 KALENDS_PYTHON=…/bin/python cargo test --test referee` with a virtual environment
//! that has `python-dateutil`, `tzdata` and `icalendar`. Elsewhere each test says that it was skipped.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![allow(
    clippy::print_stdout,
    reason = "says what was compared, or that it was not"
)]

#[path = "referee/cases.rs"]
mod cases;
#[path = "referee/expander.rs"]
mod expander;
#[path = "referee/files.rs"]
mod files;
#[path = "referee/judge.rs"]
mod judge;
#[path = "ical/world.rs"]
mod world;

use expander::{Domain, Expander, RepeatsInUtc, Simulated};
use jiff::Timestamp;
use jiff::civil::DateTime;
use kalends::domain::time::Resolved;
use kalends::domain::zone::Zones;
use serde::Deserialize;
use serde_json::{Value, json};

const RULES: usize = 10_000;

#[test]
fn rules_expand_as_dateutil_expands_them() {
    let Some(wrong) = differences(&Domain(Zones::bundled()), RULES, 1) else {
        return;
    };
    assert!(
        wrong.is_empty(),
        "{}",
        wrong[..wrong.len().min(5)].join("\n")
    );
}

#[test]
fn the_simulator_expands_as_dateutil_expands() {
    let Some(wrong) = differences(&Simulated, RULES, 3) else {
        return;
    };
    assert!(
        wrong.is_empty(),
        "{} differ\n{}",
        wrong.len(),
        wrong[..wrong.len().min(5)].join("\n")
    );
}

/// A referee that never whistles proves nothing: the usual mistake must be seen.
#[test]
fn repeating_in_utc_is_noticed() {
    let Some(wrong) = differences(&RepeatsInUtc(Zones::bundled()), 1_000, 2) else {
        return;
    };
    assert!(wrong.len() > 50, "only {} rules differ", wrong.len());
}

/// Where an expander and the judge differ on random rules; none when no referee was asked for.
fn differences(expander: &dyn Expander, rules: usize, seed: u64) -> Option<Vec<String>> {
    if !judge::is_wanted() {
        println!("skipped: KALENDS_REFEREES is not 1");
        return None;
    }
    let cases = cases::rules(rules, seed, &Zones::bundled());
    let questions: Vec<Value> = cases.iter().map(expander::Case::to_json).collect();
    let (release, opinions) = judge::opinions::<Vec<i64>>(&questions);
    let (mut judged, mut starts, mut wrong) = (0, 0, Vec::new());
    for (case, opinion) in cases.iter().zip(opinions) {
        let Some(expected) = opinion else { continue };
        judged += 1;
        starts += expected.len();
        let got = expander.expand(case);
        if got != expected {
            let (expected, got) = (shown(&expected), shown(&got));
            wrong.push(format!(
                "{}\n  expected {expected}\n  got      {got}",
                case.to_json()
            ));
        }
    }
    let name = expander.name();
    println!(
        "{name}: {judged} rules, {starts} starts, tzdata {release}, {} differ",
        wrong.len()
    );
    assert!(
        judged > rules * 9 / 10 && starts > rules,
        "too little was compared"
    );
    Some(wrong)
}

/// The RFC 5545 form is what other calendars read: they must see the same dates.
#[test]
fn written_rules_mean_the_same_to_dateutil() {
    if !judge::is_wanted() {
        println!("skipped: KALENDS_REFEREES is not 1");
        return;
    }
    let cases = cases::rules(RULES / 2, 3, &Zones::bundled());
    let as_text = |case: &expander::Case| {
        let mut question = case.to_json();
        question["rrule"] = expander::rrule(case).into();
        question
    };
    let texts: Vec<Value> = cases.iter().map(as_text).collect();
    let patterns: Vec<Value> = cases.iter().map(expander::Case::to_json).collect();
    let (_, by_text) = judge::opinions::<Vec<i64>>(&texts);
    let (_, by_pattern) = judge::opinions::<Vec<i64>>(&patterns);
    for ((text, one), other) in texts.iter().zip(by_text).zip(by_pattern) {
        assert_eq!(one, other, "{text}");
    }
}

#[derive(Deserialize)]
struct Conversion {
    walls: Vec<DateTime>,
    readings: Vec<[i64; 2]>,
}

#[test]
fn every_zone_converts_as_zoneinfo_does() {
    if !judge::is_wanted() {
        println!("skipped: KALENDS_REFEREES is not 1");
        return;
    }
    let zones = Zones::bundled();
    let names = zones.names();
    let asked: Vec<_> = (0..)
        .zip(&names)
        .map(|(seed, name)| cases::conversions(&zones.find(name).unwrap(), seed))
        .collect();
    let questions: Vec<Value> = names
        .iter()
        .zip(&asked)
        .map(|(name, (instants, walls))| {
            let instants: Vec<i64> = instants.iter().map(|instant| instant.as_second()).collect();
            json!({ "timeZone": name, "instants": instants, "walls": walls })
        })
        .collect();
    let (release, opinions) = judge::opinions::<Conversion>(&questions);
    let (mut compared, mut wrong) = (0, Vec::new());
    for ((name, (instants, walls)), opinion) in names.iter().zip(&asked).zip(opinions) {
        let Some(opinion) = opinion else { continue };
        let zone = zones.find(name).unwrap();
        for (instant, expected) in instants.iter().zip(opinion.walls) {
            compared += 1;
            if zone.wall(*instant) != expected {
                wrong.push(format!(
                    "{name}: {instant} is {expected} there, not {}",
                    zone.wall(*instant)
                ));
            }
        }
        for (wall, expected) in walls.iter().zip(opinion.readings) {
            compared += 1;
            let got = readings(zone.instant(*wall));
            if got != expected {
                wrong.push(format!(
                    "{name}: {wall} reads {}, not {}",
                    shown(&expected),
                    shown(&got)
                ));
            }
        }
    }
    println!(
        "{} zones, {compared} conversions, tzdata {release} against {}, {} differ",
        names.len(),
        zones.version(),
        wrong.len()
    );
    assert!(
        wrong.is_empty(),
        "{}",
        wrong[..wrong.len().min(20)].join("\n")
    );
    assert!(compared > 50_000, "too little was compared");
}

/// Both readings as PEP 495 has them: fold 0 is the offset before a change, fold 1 the one after.
fn readings(resolved: Resolved) -> [i64; 2] {
    let pair = match resolved {
        Resolved::Single(instant) => [instant, instant],
        Resolved::Gap { before, after, .. } => [after, before],
        Resolved::Fold { first, second } => [first, second],
    };
    pair.map(|instant| instant.as_second())
}

fn shown(seconds: &[i64]) -> String {
    let shown: Vec<String> = seconds
        .iter()
        .map(|second| Timestamp::from_second(*second).unwrap().to_string())
        .collect();
    format!("{} [{}]", shown.len(), shown.join(" "))
}
