//! Random questions, with a taste for the places where calendars go wrong.

use jiff::civil::date;
use jiff::{Timestamp, ToSpan};
use kalends::domain::zone::{Zone, Zones};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::expander::Case;

const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
const RANKS: [&str; 5] = ["first", "second", "third", "fourth", "last"];

/// `n` series in zones of all kinds.
pub fn rules(n: usize, seed: u64, zones: &Zones) -> Vec<Case> {
    let mut dice = StdRng::seed_from_u64(seed);
    let names = zones.names();
    (0..n).map(|_| rule(&mut dice, zones, &names)).collect()
}

fn rule(dice: &mut StdRng, zones: &Zones, names: &[String]) -> Case {
    let zone = zones
        .find(&names[dice.random_range(0..names.len())])
        .unwrap();
    let first = date(1990, 1, 1)
        .checked_add(dice.random_range(0..15_000i64).days())
        .unwrap();
    // Clocks change in the small hours.
    let hour = if dice.random_bool(0.4) {
        dice.random_range(0..4)
    } else {
        dice.random_range(0..24)
    };
    let start = first.at(hour, dice.random_range(0..4i8) * 15, 0, 0);
    let later = if dice.random_bool(0.5) {
        0
    } else {
        dice.random_range(0..1_500i64)
    };
    let long = dice.random_range(20..500i64);
    let from = zone.start_of(first.checked_add(later.days()).unwrap());
    let to = from.checked_add((long * 24).hours()).unwrap();
    Case {
        start: start.to_string(),
        zone: zone.name().to_owned(),
        recurrence: json!({ "pattern": pattern(dice), "range": range(dice, first) }),
        window: (from.as_second(), to.as_second()),
    }
}

fn pattern(dice: &mut StdRng) -> Value {
    let kinds = [
        "daily",
        "weekly",
        "absoluteMonthly",
        "relativeMonthly",
        "absoluteYearly",
        "relativeYearly",
    ];
    let kind = kinds[dice.random_range(0..kinds.len())];
    let most = if kind.ends_with("Yearly") { 3 } else { 9 };
    let mut days: Vec<&str> = DAYS
        .into_iter()
        .filter(|_| dice.random_bool(0.35))
        .collect();
    if days.is_empty() {
        days.push(DAYS[dice.random_range(0..7)]);
    }
    let day = if dice.random_bool(0.5) {
        dice.random_range(28..32)
    } else {
        dice.random_range(1..32)
    };
    json!({
        "type": kind,
        "interval": dice.random_range(1..=most),
        "daysOfWeek": days,
        "firstDayOfWeek": DAYS[dice.random_range(0..7)],
        "index": RANKS[dice.random_range(0..RANKS.len())],
        "dayOfMonth": day,
        "month": dice.random_range(1..13),
    })
}

fn range(dice: &mut StdRng, first: jiff::civil::Date) -> Value {
    match dice.random_range(0..3) {
        0 => json!({ "type": "noEnd", "startDate": first.to_string() }),
        1 => {
            let last = first
                .checked_add(dice.random_range(0..2_500i64).days())
                .unwrap();
            json!({ "type": "endDate", "startDate": first.to_string(), "endDate": last.to_string() })
        }
        _ => json!({
            "type": "numbered", "startDate": first.to_string(), "numberOfOccurrences": dice.random_range(1..400),
        }),
    }
}

/// For one zone: instants around its changes of offset and elsewhere, and wall times around them.
pub fn conversions(zone: &Zone, seed: u64) -> (Vec<Timestamp>, Vec<jiff::civil::DateTime>) {
    let mut dice = StdRng::seed_from_u64(seed);
    let mut instants: Vec<Timestamp> = (0..40)
        .map(|_| Timestamp::from_second(dice.random_range(0..2_145_000_000)).unwrap())
        .collect();
    let end: Timestamp = "2037-12-01T00:00:00Z".parse().unwrap();
    let mut change = zone.next_change("1990-01-01T00:00:00Z".parse().unwrap());
    while let Some(at) = change.filter(|at| *at < end) {
        for minutes in [-90, -30, 0, 30, 90] {
            instants.push(at.checked_add(jiff::Span::new().minutes(minutes)).unwrap());
        }
        change = zone.next_change(at);
    }
    let walls = instants.iter().map(|instant| {
        zone.wall(instant.checked_add(17.minutes()).unwrap())
            .with()
            .second(0)
            .build()
            .unwrap()
    });
    // Inside a gap no instant shows the wall time, so it must be made on purpose.
    let jumped = instants
        .iter()
        .map(|instant| zone.wall(*instant).checked_add(45.minutes()).unwrap());
    let walls = walls.chain(jumped).collect();
    (instants, walls)
}
