//! Time held for oneself: so many hours a week, in the longest stretches that are free.
//!
//! Refuses zones and words; free time comes from `availability`. Invariants: what is held lies in free
//! time and overlaps nothing; what was held before counts; the answer does not depend on the order of days.

use super::availability::{Question, free};
use super::edit::{Create, Span, Value};
use super::entry::Entry;
use super::event::{ShowAs, Slot};
use super::ids::CalendarId;
use super::intent::Act;
use super::overlap::Persons;
use super::text::Untrusted;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

/// What it is called in the calendar, and how it is known again.
pub const SUBJECT: &str = "Focus time";

/// Nothing shorter is worth being left alone for.
pub const SHORTEST: SignedDuration = SignedDuration::from_mins(45);

/// How much of a week is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    pub a_week: SignedDuration,
    /// Longer stretches are cut.
    pub longest: SignedDuration,
}

/// A part of a free stretch.
#[derive(Debug, Clone, Copy)]
struct Piece {
    day: Date,
    slot: Slot,
}

/// The blocks to hold in one week, earliest first, when so much of it is held already.
///
/// Longer ones first; of equals those on days that have less so far, then the earlier.
pub fn hold(free: &[(Date, Vec<Slot>)], held: SignedDuration, rule: &Rule) -> Vec<Slot> {
    let stretches = free
        .iter()
        .flat_map(|(day, slots)| slots.iter().map(|slot| (*day, *slot)));
    let mut pieces: Vec<Piece> = stretches
        .flat_map(|(day, slot)| cut(day, slot, rule.longest))
        .collect();
    let mut left = rule.a_week - held;
    let mut taken: Vec<Piece> = Vec::new();
    while left >= SHORTEST {
        let on = |day: Date| taken.iter().filter(|piece| piece.day == day).count();
        let key = |piece: &Piece| {
            let length = length(&piece.slot).min(left);
            (std::cmp::Reverse(length), on(piece.day), piece.slot.start)
        };
        let Some(at) = (0..pieces.len()).min_by_key(|at| pieces.get(*at).map(key)) else {
            break;
        };
        let mut piece = pieces.swap_remove(at);
        piece.slot.end = piece.slot.end.min(piece.slot.start + left);
        left -= length(&piece.slot);
        taken.push(piece);
    }
    let mut slots: Vec<Slot> = taken.into_iter().map(|piece| piece.slot).collect();
    slots.sort_unstable();
    slots
}

/// A block that was held before, whoever made it.
fn is_held(entry: &Entry) -> bool {
    entry.subject.raw() == SUBJECT && entry.attendees == 0 && !entry.all_day && !entry.cancelled
}

/// The blocks that would be held in the days of the question, and how much is held already.
pub fn blocks(
    entries: &[Entry],
    persons: &Persons,
    question: &Question<'_>,
    rule: &Rule,
) -> (Vec<Slot>, SignedDuration) {
    let days = question.from..question.to;
    let held = entries.iter().filter(|entry| {
        is_held(entry)
            && persons.owner(&entry.calendar) == 0
            && days.contains(&question.zone.date(entry.start))
    });
    let held: SignedDuration = held.map(|it| it.end.duration_since(it.start)).sum();
    (hold(&free(entries, persons, question), held, rule), held)
}

/// A block as it is made: busy, and nobody is invited.
pub fn block(calendar: CalendarId, span: Span) -> Act {
    Act::Create(Create {
        calendar,
        transaction: String::new(),
        values: vec![
            Value::Subject(Untrusted::new(SUBJECT)),
            Value::When(span),
            Value::ShowAs(ShowAs::Busy),
        ],
    })
}

fn length(slot: &Slot) -> SignedDuration {
    slot.end.duration_since(slot.start)
}

/// As many pieces of the longest kind as fit, and what remains, when that is long enough.
fn cut(day: Date, slot: Slot, longest: SignedDuration) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut start: Timestamp = slot.start;
    while slot.end.duration_since(start) >= SHORTEST {
        let end = slot.end.min(start + longest.max(SHORTEST));
        pieces.push(Piece {
            day,
            slot: Slot { start, end },
        });
        start = end;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(minutes: i64) -> Timestamp {
        let monday: Timestamp = "2026-11-30T00:00:00Z".parse().unwrap();
        monday + SignedDuration::from_mins(minutes)
    }

    fn slot(from: i64, to: i64) -> Slot {
        Slot {
            start: at(from),
            end: at(to),
        }
    }

    fn day(number: i8) -> Date {
        jiff::civil::date(2026, 12, number)
    }

    fn rule(hours: i64) -> Rule {
        Rule {
            a_week: SignedDuration::from_hours(hours),
            longest: SignedDuration::from_hours(2),
        }
    }

    #[test]
    fn the_longest_stretches_first_and_not_all_on_one_day() {
        let free = [
            (day(1), vec![slot(540, 600), slot(660, 1020)]),
            (day(2), vec![slot(1980, 2100)]),
        ];
        // Three of two hours: one on each day, then a second one on the first.
        let blocks = hold(&free, SignedDuration::ZERO, &rule(6));
        assert_eq!(blocks, [slot(660, 780), slot(780, 900), slot(1980, 2100)]);
        // Half of it is held already: one, and an hour of another.
        let blocks = hold(&free, SignedDuration::from_hours(3), &rule(6));
        assert_eq!(blocks, [slot(660, 780), slot(1980, 2040)]);
        assert_eq!(hold(&free, SignedDuration::from_hours(6), &rule(6)), []);
        assert_eq!(hold(&[], SignedDuration::ZERO, &rule(6)), []);
    }

    proptest! {
        #[test]
        fn what_is_held_is_free_and_as_much_as_there_is(
            lengths in prop::collection::vec((0i64..30, 0i64..600), 0..12),
            hours in 0i64..30,
            held in 0i64..10,
        ) {
            let mut free = Vec::new();
            for (number, (from, length)) in (1i8..).zip(&lengths) {
                let from = i64::from(number) * 1440 + from;
                free.push((day(number), vec![slot(from, from + length)]));
            }
            let wanted = rule(hours);
            let held = SignedDuration::from_hours(held);
            let blocks = hold(&free, held, &wanted);
            let mut reversed = free.clone();
            reversed.reverse();
            prop_assert_eq!(&blocks, &hold(&reversed, held, &wanted));
            let inside = |block: &Slot| free.iter().flat_map(|(_, slots)| slots).any(|slot| slot.start <= block.start && block.end <= slot.end);
            prop_assert!(blocks.iter().all(|block| inside(block) && length(block) >= SHORTEST && length(block) <= wanted.longest));
            prop_assert!(blocks.windows(2).all(|two| two[0].end <= two[1].start));
            let sum: SignedDuration = blocks.iter().map(length).sum();
            let left = (wanted.a_week - held).max(SignedDuration::ZERO);
            prop_assert!(sum <= left);
            // Either nothing more is wanted, or nothing more is there.
            let there: usize = free.iter().flat_map(|(day, slots)| slots.iter().flat_map(|slot| cut(*day, *slot, wanted.longest))).count();
            prop_assert!(left - sum < SHORTEST || blocks.len() == there);
        }
    }
}
