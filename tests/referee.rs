//! Independent referees for time: python-dateutil for rules, zoneinfo with PyPI's tzdata for zones.
//!
//! Runs where it is asked for:
//! `KALENDS_REFEREES=1 KALENDS_PYTHON=…/bin/python cargo test --test referee` with a virtual environment
//! that has `python-dateutil` and `tzdata`. Elsewhere each test says that it was skipped.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "referee/cases.rs"]
mod cases;
#[path = "referee/expander.rs"]
mod expander;
#[path = "referee/judge.rs"]
mod judge;

use expander::{Domain, Expander};
use jiff::Timestamp;
use jiff::civil::DateTime;
use kalends::domain::time::Resolved;
use kalends::domain::zone::Zones;
use serde::Deserialize;
use serde_json::{Value, json};

const RULES: usize = 10_000;

#[test]
fn rules_expand_as_dateutil_expands_them() {
    judge_expander(&Domain(Zones::bundled()), 1);
}

/// Compares an expander with the judge on random rules.
fn judge_expander(expander: &dyn Expander, seed: u64) {
    if !judge::is_wanted() {
        println!("skipped: KALENDS_REFEREES is not 1");
        return;
    }
    let cases = cases::rules(RULES, seed, &Zones::bundled());
    let questions: Vec<Value> = cases.iter().map(expander::Case::to_json).collect();
    let (release, opinions) = judge::opinions::<Vec<i64>>(&questions);
    let (mut judged, mut starts, mut wrong) = (0, 0, Vec::new());
    for (case, opinion) in cases.iter().zip(opinions) {
        let Some(expected) = opinion else { continue };
        judged += 1;
        starts += expected.len();
        let got = expander.expand(case);
        if got != expected {
            wrong.push(format!(
                "{}\n  expected {}\n  got      {}",
                case.to_json(),
                shown(&expected),
                shown(&got)
            ));
        }
    }
    println!(
        "{}: {judged} rules, {starts} starts, tzdata {release}, {} differ",
        expander.name(),
        wrong.len()
    );
    assert!(
        wrong.is_empty(),
        "{}",
        wrong[..wrong.len().min(5)].join("\n")
    );
    assert!(
        judged > RULES * 9 / 10 && starts > RULES,
        "too little was compared"
    );
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
