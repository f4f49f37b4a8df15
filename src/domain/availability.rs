//! When I am free, as times to tell somebody.
//!
//! Refuses zones other than the one it is given and knows no words. Invariants: half-open; what is
//! tentative or not answered yet is not free; the answer does not depend on the order of entries.

use super::calendar::MailboxSettings;
use super::entry::Entry;
use super::event::Slot;
use super::overlap::{Answer, Busy, Persons, ShowAs};
use super::time::Resolved;
use super::zone::Zone;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

/// What is asked: dates `[from, to)` on this clock.
pub struct Question<'a> {
    pub from: Date,
    pub to: Date,
    pub zone: &'a Zone,
    /// Nothing before it is free any more.
    pub now: Timestamp,
    pub hours: &'a MailboxSettings,
    /// Shorter stretches are no use.
    pub least: SignedDuration,
}

/// Free stretches within working hours, day by day; days without any are left out.
pub fn free(
    entries: &[Entry],
    persons: &Persons,
    question: &Question<'_>,
) -> Vec<(Date, Vec<Slot>)> {
    let mut taken: Vec<Slot> = entries
        .iter()
        .filter(|entry| persons.owner(&entry.calendar) == 0)
        .filter_map(|entry| claim(entry, question.zone))
        .collect();
    taken.sort_unstable();
    let mut days = Vec::new();
    let mut day = question.from;
    while day < question.to {
        let slots = of_day(day, &taken, question);
        if !slots.is_empty() {
            days.push((day, slots));
        }
        let Ok(next) = day.tomorrow() else { break };
        day = next;
    }
    days
}

fn claim(entry: &Entry, zone: &Zone) -> Option<Slot> {
    let busy = Busy::of(0, entry, |day| zone.start_of(day), 0);
    let is_claim = !busy.cancelled
        && busy.answer != Answer::Declined
        && !matches!(busy.show_as, ShowAs::Free | ShowAs::WorkingElsewhere)
        && busy.start < busy.end;
    is_claim.then_some(Slot {
        start: busy.start,
        end: busy.end,
    })
}

/// `taken` is sorted by start.
fn of_day(day: Date, taken: &[Slot], question: &Question<'_>) -> Vec<Slot> {
    let hours = question.hours;
    let weekday = day.weekday().to_monday_one_offset();
    if !hours.working_days.contains(&weekday) {
        return Vec::new();
    }
    let at = |time| Resolved::compatible(question.zone.instant(day.to_datetime(time)));
    let (opens, closes) = (at(hours.working_from), at(hours.working_to));
    let mut free = Vec::new();
    let mut from = next_quarter(question.now).max(opens);
    let mut add = |start: Timestamp, end: Timestamp| {
        if start < end && end.duration_since(start) >= question.least {
            free.push(Slot { start, end });
        }
    };
    for slot in taken
        .iter()
        .filter(|slot| slot.end > opens && slot.start < closes)
    {
        add(from, slot.start.min(closes));
        from = from.max(slot.end);
    }
    add(from, closes);
    free
}

/// Nobody says "from 10:37".
fn next_quarter(now: Timestamp) -> Timestamp {
    const QUARTER: i64 = 15 * 60;
    let second = (now.as_second() + QUARTER - 1).div_euclid(QUARTER) * QUARTER;
    Timestamp::from_second(second).unwrap_or(now)
}

/// Readable lines in one zone, with the same times in the others behind each.
pub fn text(days: &[(Date, Vec<Slot>)], zone: &Zone, others: &[Zone]) -> String {
    let mut lines = Vec::new();
    for (day, slots) in days {
        let times: Vec<String> = slots.iter().map(|slot| stretch(slot, zone, *day)).collect();
        lines.push(format!(
            "{}: {}",
            day.strftime("%a %-d %b"),
            times.join(", ")
        ));
        for other in others {
            let times: Vec<String> = slots
                .iter()
                .map(|slot| stretch(slot, other, *day))
                .collect();
            lines.push(format!("    {}: {}", other.city(), times.join(", ")));
        }
    }
    if lines.is_empty() {
        return "no free time".into();
    }
    lines.push(format!("(times in {})", zone.city()));
    lines.join("\n")
}

/// `10:00–12:30`, with the day where it is another one there.
fn stretch(slot: &Slot, zone: &Zone, day: Date) -> String {
    let (start, end) = (zone.wall(slot.start), zone.wall(slot.end));
    let other = |date: Date| match date == day {
        true => String::new(),
        false => date.strftime("%a ").to_string(),
    };
    let until = if end.date() == start.date() {
        String::new()
    } else {
        other(end.date())
    };
    format!(
        "{}{}–{until}{}",
        other(start.date()),
        start.strftime("%H:%M"),
        end.strftime("%H:%M")
    )
}

#[cfg(test)]
mod tests;
