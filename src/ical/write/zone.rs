//! A zone's rules as a VTIMEZONE (RFC 5545 3.6.5).
//!
//! Changes of the clock are written one by one, and those that come every year on the same
//! weekday of a month as one observance with a rule, so that a series without an end has rules
//! for ever. Where the changes follow no such rule they are written for ten years ahead.

use super::lines::Lines;
use super::written;
use crate::domain::zone::Zone;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::{SignedDuration, Timestamp};

const AHEAD: i16 = 10;
/// Years in which a rule must hold to be believed.
const PROOF: usize = 5;

/// One change of the clock.
#[derive(Clone)]
struct Change {
    /// As the clock shows it that goes.
    wall: DateTime,
    from: i32,
    to: i32,
    name: String,
}

/// The `nth` weekday of a month, from the end when negative, at a time.
#[derive(PartialEq, Clone, Copy)]
struct Yearly {
    month: i8,
    nth: i8,
    day: Weekday,
    time: Time,
    from: i32,
    to: i32,
}

pub(super) fn write(lines: &mut Lines, zone: &Zone, from: i16, to: i16) {
    lines.raw("BEGIN", "VTIMEZONE");
    lines.raw("TZID", zone.name());
    lines.raw("X-LIC-LOCATION", zone.name());
    let begin = Date::new(from, 1, 1)
        .unwrap_or(Date::MIN)
        .to_datetime(Time::midnight());
    let begin = zone.instant(begin).earlier();
    let offset = zone.offset(begin).seconds();
    let first = Change {
        wall: zone.wall(begin),
        from: offset,
        to: offset,
        name: zone.abbreviation(begin),
    };
    observance(lines, &first, None);
    let last = to.saturating_add(AHEAD);
    let mut changes = changes(zone, begin, last);
    let mut rules = Vec::new();
    while let Some((at, rule)) = take_rule(&mut changes, last) {
        rules.push((at, rule));
    }
    for change in &changes {
        observance(lines, change, None);
    }
    for (change, rule) in &rules {
        observance(lines, change, Some(rule));
    }
    lines.raw("END", "VTIMEZONE");
}

fn changes(zone: &Zone, begin: Timestamp, last: i16) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut at = begin;
    while let Some(next) = zone.next_change(at) {
        let before = next.saturating_sub(SignedDuration::from_secs(1));
        let from = zone.offset(before.unwrap_or(at));
        let wall = from.to_datetime(next);
        if wall.year() > last {
            break;
        }
        changes.push(Change {
            wall,
            from: from.seconds(),
            to: zone.offset(next).seconds(),
            name: zone.abbreviation(next),
        });
        at = next;
    }
    changes
}

/// Takes the changes out that a rule says, if it still holds in the last year.
fn take_rule(changes: &mut Vec<Change>, last: i16) -> Option<(Change, Yearly)> {
    let newest = changes.last().filter(|change| change.wall.year() == last)?;
    let year = newest.wall.year();
    for rule in rules_of(newest) {
        // Backwards, a year at a time, as long as the rule names a change.
        let mut taken = Vec::new();
        for (index, change) in changes.iter().enumerate().rev() {
            let expected = year - i16::try_from(taken.len()).unwrap_or(i16::MAX);
            if change.wall.year() == expected && rules_of(change).contains(&rule) {
                taken.push(index);
            }
        }
        if taken.len() < PROOF {
            continue;
        }
        let first = taken
            .last()
            .and_then(|index| changes.get(*index))
            .cloned()?;
        for index in taken {
            changes.remove(index);
        }
        return Some((first, rule));
    }
    None
}

/// "The last Sunday" is tried before "the fourth".
fn rules_of(change: &Change) -> Vec<Yearly> {
    let date = change.wall.date();
    let rule = |nth| Yearly {
        month: date.month(),
        nth,
        day: date.weekday(),
        time: change.wall.time(),
        from: change.from,
        to: change.to,
    };
    let is_last = date.day() + 7 > date.days_in_month();
    let nth = (date.day() - 1) / 7 + 1;
    let mut rules = Vec::new();
    if is_last {
        rules.push(rule(-1));
    }
    if nth < 5 {
        rules.push(rule(nth));
    }
    rules
}

fn observance(lines: &mut Lines, change: &Change, rule: Option<&Yearly>) {
    let kind = if change.to > change.from {
        "DAYLIGHT"
    } else {
        "STANDARD"
    };
    lines.raw("BEGIN", kind);
    lines.raw("DTSTART", &written(change.wall));
    lines.raw("TZOFFSETFROM", &offset(change.from));
    lines.raw("TZOFFSETTO", &offset(change.to));
    lines.text("TZNAME", &change.name);
    if let Some(rule) = rule {
        let day = match rule.day {
            Weekday::Monday => "MO",
            Weekday::Tuesday => "TU",
            Weekday::Wednesday => "WE",
            Weekday::Thursday => "TH",
            Weekday::Friday => "FR",
            Weekday::Saturday => "SA",
            Weekday::Sunday => "SU",
        };
        let (month, nth) = (rule.month, rule.nth);
        lines.raw(
            "RRULE",
            &format!("FREQ=YEARLY;BYMONTH={month};BYDAY={nth}{day}"),
        );
    }
    lines.raw("END", kind);
}

fn offset(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let size = seconds.unsigned_abs();
    let (hours, minutes, rest) = (size / 3600, size / 60 % 60, size % 60);
    match rest {
        0 => format!("{sign}{hours:02}{minutes:02}"),
        rest => format!("{sign}{hours:02}{minutes:02}{rest:02}"),
    }
}
