//! The arithmetic expansion against a walk over every single day.

use kalends::simulator::civil::{Day, Wall, date_of, date_text, day_of, month_length, weekday};
use kalends::simulator::dice::Dice;
use kalends::simulator::recurrence::json::expand_json;
use serde_json::{Value, json};

const NAMES: [&str; 7] = [
    "sunday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
];
const INDEXES: [&str; 5] = ["first", "second", "third", "fourth", "last"];

fn number(value: &Value) -> i32 {
    i32::try_from(value.as_i64().unwrap_or(0)).unwrap()
}

/// Whether a date belongs to a pattern that began in the period of `start`.
fn fits(pattern: &Value, start: Day, day: Day) -> bool {
    let interval = number(&pattern["interval"]);
    let (year, month, date) = date_of(day);
    let (first_year, first_month, _) = date_of(start);
    let position = |name: &Value| NAMES.iter().position(|known| name == known).unwrap();
    let days: Vec<usize> = pattern["daysOfWeek"]
        .as_array()
        .into_iter()
        .flatten()
        .map(position)
        .collect();
    let has_weekday = days.contains(&usize::from(weekday(day)));
    let months = (year - first_year) * 12 + i32::try_from(month).unwrap()
        - i32::try_from(first_month).unwrap();
    let is_clamped = |wanted: i32| {
        u32::try_from(wanted)
            .unwrap()
            .min(month_length(year, month))
            == date
    };
    let is_indexed = || {
        let first = day_of(year, month, 1).unwrap();
        let all: Vec<Day> = (first..first + i32::try_from(month_length(year, month)).unwrap())
            .filter(|day| days.contains(&usize::from(weekday(*day))))
            .collect();
        let index = INDEXES
            .iter()
            .position(|known| pattern["index"] == *known)
            .unwrap();
        let wanted = if index == 4 {
            all.last()
        } else {
            all.get(index)
        };
        wanted == Some(&day)
    };
    let in_year = (year - first_year) % interval == 0
        && number(&pattern["month"]) == i32::try_from(month).unwrap();
    match pattern["type"].as_str().unwrap() {
        "daily" => (day - start) % interval == 0,
        "weekly" => {
            let first_day = i32::try_from(position(&pattern["firstDayOfWeek"])).unwrap();
            let week = |day: Day| (day + 4 - first_day).div_euclid(7);
            has_weekday && (week(day) - week(start)) % interval == 0
        }
        "absoluteMonthly" => months % interval == 0 && is_clamped(number(&pattern["dayOfMonth"])),
        "relativeMonthly" => months % interval == 0 && is_indexed(),
        "absoluteYearly" => in_year && is_clamped(number(&pattern["dayOfMonth"])),
        _ => in_year && is_indexed(),
    }
}

fn some_pattern(dice: &mut Dice) -> Value {
    let kinds = [
        "daily",
        "weekly",
        "absoluteMonthly",
        "relativeMonthly",
        "absoluteYearly",
        "relativeYearly",
    ];
    let mut days: Vec<&str> = NAMES.iter().copied().filter(|_| dice.chance(35)).collect();
    if days.is_empty() {
        days.push("friday");
    }
    json!({
        "type": dice.pick(&kinds).unwrap(),
        "interval": dice.between(1, 4),
        "daysOfWeek": days,
        "firstDayOfWeek": dice.pick(&NAMES).unwrap(),
        "index": dice.pick(&INDEXES).unwrap(),
        "dayOfMonth": dice.between(1, 31),
        "month": dice.between(1, 12),
    })
}

#[test]
fn arithmetic_and_walking_agree() {
    let mut dice = Dice::new(41);
    for round in 0..1_500 {
        let pattern = some_pattern(&mut dice);
        let start = i32::try_from(dice.between(19_000, 21_500)).unwrap();
        let last = start + i32::try_from(dice.between(1, 3_000)).unwrap();
        let count = dice.between(1, 40);
        let range = match dice.below(3) {
            0 => json!({"type": "noEnd", "startDate": date_text(start)}),
            1 => {
                json!({"type": "endDate", "startDate": date_text(start), "endDate": date_text(last)})
            }
            _ => {
                json!({"type": "numbered", "startDate": date_text(start), "numberOfOccurrences": count})
            }
        };
        // The series begins at its first fitting date, which anchors intervals from then on.
        let first = (start..start + 4_000).find(|day| fits(&pattern, start, *day));
        let horizon = start + 4_000;
        let mut walked: Vec<Day> = first.map_or_else(Vec::new, |first| {
            (first..horizon)
                .filter(|day| fits(&pattern, first, *day))
                .collect()
        });
        match range["type"].as_str().unwrap() {
            "endDate" => walked.retain(|day| *day <= last),
            "numbered" => walked.truncate(usize::try_from(count).unwrap()),
            _ => {}
        }
        let from = start + i32::try_from(dice.between(0, 2_000)).unwrap();
        let to = from + i32::try_from(dice.between(1, 1_900)).unwrap();
        walked.retain(|day| *day >= from && *day < to);
        let recurrence = json!({"pattern": pattern, "range": range});
        let at = |day: Day| Wall::at(day, 0);
        let found = expand_json(
            &recurrence,
            Wall::at(start, 9 * 3_600_000),
            at(from),
            at(to),
        )
        .unwrap();
        let found: Vec<Day> = found.into_iter().map(Wall::day).collect();
        assert_eq!(found, walked, "round {round}: {recurrence}");
    }
}

#[test]
fn mistakes_are_refused_in_the_words_of_the_service() {
    let wall = Wall::at(20_000, 0);
    let refuse = |pattern: Value, range: Value| {
        expand_json(
            &json!({"pattern": pattern, "range": range}),
            wall,
            wall,
            wall,
        )
        .unwrap_err()
        .to_string()
    };
    let daily = json!({"type": "daily", "interval": 1});
    let message = refuse(
        daily.clone(),
        json!({"type": "noEnd", "startDate": "2026-10-05T09:00:00"}),
    );
    assert_eq!(
        message,
        "Cannot convert the literal '2026-10-05T09:00:00' to the expected type 'Edm.Date'."
    );
    assert!(
        refuse(
            json!({"type": "daily", "interval": 0}),
            json!({"type": "noEnd"})
        )
        .contains("interval")
    );
    assert!(refuse(daily.clone(), json!({"type": "numbered"})).contains("number of occurrences"));
    assert!(refuse(json!({"type": "hourly"}), json!({"type": "noEnd"})).contains("hourly"));
    assert!(refuse(daily, json!({"type": "noEnd", "until": "x"})).contains("until"));
}
