//! Which of my events claim the same time, and how much that matters.
//!
//! [`judge`] is the rule table, for two events that are known to meet in time or nearly so;
//! [`overlaps`] finds all pairs with one sweep. Refuses to know calendars, titles or series: grouping
//! "twelve weeks of Stand-up against Review" belongs to whoever shows the pairs.
//!
//! Invariants: half-open intervals (an end that is the next start is no overlap); the answer does not
//! depend on the order of the input; each pair is reported once, the earlier start first.

use super::calendar::{Calendar, Me};
use super::entry::Entry;
use super::event::When;
use super::ids::CalendarId;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

pub use super::event::{Answer, ShowAs};

/// What the sweep needs to know of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Busy {
    /// The caller's own number for the event.
    pub key: u32,
    /// Start, as an instant; for an all-day event the start of its first date in the viewer's zone.
    pub start: Timestamp,
    /// End, exclusive.
    pub end: Timestamp,
    pub all_day: bool,
    pub show_as: ShowAs,
    pub answer: Answer,
    pub cancelled: bool,
    /// Equal for copies of one meeting in several calendars (a hash of iCalUId and start).
    pub same_meeting: Option<u64>,
    /// True when being there in person is needed (a room, an address), which clashes with working elsewhere.
    pub needs_presence: bool,
    /// Whose time it is: only events of the same person overlap. 0 is me; a shared calendar is another.
    pub person: u32,
}

impl Busy {
    /// An entry as the sweep sees it. `start_of` says when a date begins where the viewer is.
    pub fn of(key: u32, entry: &Entry, start_of: impl Fn(Date) -> Timestamp, person: u32) -> Self {
        let (start, end) = match entry.when() {
            When::Timed { start, end } => (start, end),
            When::AllDay { first, end } => (start_of(first), start_of(end)),
        };
        Self {
            key,
            start,
            end,
            all_day: entry.all_day,
            show_as: entry.show_as,
            answer: entry.shown_answer(),
            cancelled: entry.cancelled,
            same_meeting: (entry.meeting != 0).then_some(entry.meeting),
            needs_presence: !entry.place.is_empty()
                && entry.online_url.is_none()
                && entry.show_as != ShowAs::WorkingElsewhere,
            person,
        }
    }
}

/// Whose time the events of each calendar take: 0 is me, others are numbered by owner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Persons(BTreeMap<CalendarId, u32>);

impl Persons {
    pub fn of(calendars: &[Calendar], me: &Me) -> Self {
        let me = me.address.raw().to_lowercase();
        let mut owners: BTreeMap<String, u32> = BTreeMap::new();
        let theirs = calendars.iter().filter_map(|calendar| {
            let owner = calendar.owner.address.raw().to_lowercase();
            if owner.is_empty() || owner == me {
                return None;
            }
            let next = u32::try_from(owners.len() + 1).unwrap_or(u32::MAX);
            Some((calendar.id.clone(), *owners.entry(owner).or_insert(next)))
        });
        Self(theirs.collect())
    }

    /// A calendar nobody told us about is taken for mine.
    pub fn owner(&self, calendar: &CalendarId) -> u32 {
        self.0.get(calendar).copied().unwrap_or(0)
    }
}

/// How bad an overlap is, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// One ends less than the buffer before the other starts.
    Tight,
    /// I said I work elsewhere, and the other needs me in the room.
    Place,
    /// At least one of them is not certain, or both are absences.
    Soft,
    /// Two claims that cannot both be kept.
    Hard,
}

impl Severity {
    /// Worth a mark and a count; the milder ones are told where they are asked for.
    pub fn matters(self) -> bool {
        self >= Self::Soft
    }
}

/// Two events that claim the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Overlap {
    /// Key of the one that starts first (then: ends first, then the smaller key).
    pub first: u32,
    /// Key of the other.
    pub second: u32,
    pub severity: Severity,
    /// The shared time; for [`Severity::Tight`] the gap, which may be empty.
    pub start: Timestamp,
    pub end: Timestamp,
}

impl Overlap {
    /// Whole minutes of the shared time.
    pub fn minutes(&self) -> i64 {
        self.end.duration_since(self.start).as_secs() / 60
    }
}

/// All overlaps, sorted by the time they start.
pub fn overlaps(events: &[Busy]) -> Vec<Overlap> {
    overlaps_with_buffer(events, SignedDuration::ZERO)
}

/// As [`overlaps`], and also pairs with less than `buffer` between them ([`Severity::Tight`]).
///
/// O(n log n + k): the active list holds only events that still reach the sweep.
pub fn overlaps_with_buffer(events: &[Busy], buffer: SignedDuration) -> Vec<Overlap> {
    let buffer = buffer.max(SignedDuration::ZERO);
    let mut sorted: Vec<&Busy> = events.iter().filter(|event| can_overlap(event)).collect();
    sorted.sort_unstable_by_key(|event| order(event));
    let mut active: Vec<&Busy> = Vec::new();
    let mut found = Vec::new();
    for event in sorted {
        active.retain(|earlier| reach(earlier.end, buffer) > event.start);
        found.extend(
            active
                .iter()
                .filter_map(|earlier| meet(earlier, event, buffer)),
        );
        active.push(event);
    }
    found.sort_unstable_by_key(|overlap| {
        (overlap.start, overlap.end, overlap.first, overlap.second)
    });
    found
}

/// The rule table: how bad it is when these two share time. None when both can be kept.
/// Looks at what the events are, not at when they are.
pub fn judge(one: &Busy, other: &Busy) -> Option<Severity> {
    let is_one_meeting = one.same_meeting.is_some() && one.same_meeting == other.same_meeting;
    if is_one_meeting || one.person != other.person || !can_overlap(one) || !can_overlap(other) {
        return None;
    }
    use Claim::{Absent, Certain, Elsewhere, Free, Uncertain};
    match (claim(one), claim(other)) {
        (Free, _) | (_, Free) => None,
        (Elsewhere, Certain) => other.needs_presence.then_some(Severity::Place),
        (Certain, Elsewhere) => one.needs_presence.then_some(Severity::Place),
        (Elsewhere, _) | (_, Elsewhere) => None,
        (Uncertain, Uncertain | Certain) | (Certain, Uncertain) => Some(Severity::Soft),
        (Absent, Absent) => Some(Severity::Soft),
        (Certain, Certain) | (Absent, _) | (_, Absent) => Some(Severity::Hard),
    }
}

/// What an event claims of my time, rows and columns of the table.
#[derive(Clone, Copy)]
enum Claim {
    Free,
    Elsewhere,
    Uncertain,
    Certain,
    Absent,
}

fn claim(event: &Busy) -> Claim {
    let is_undecided = matches!(event.answer, Answer::Tentative | Answer::NotResponded);
    match event.show_as {
        ShowAs::Free => Claim::Free,
        ShowAs::WorkingElsewhere => Claim::Elsewhere,
        ShowAs::Tentative => Claim::Uncertain,
        ShowAs::Busy | ShowAs::OutOfOffice | ShowAs::Unknown if is_undecided => Claim::Uncertain,
        // A value this program does not know yet is taken as seriously as the usual one.
        ShowAs::Busy | ShowAs::Unknown => Claim::Certain,
        ShowAs::OutOfOffice => Claim::Absent,
    }
}

/// Cancelled, declined, free and zero-length events never overlap; all-day ones only when they say
/// busy or out of office (a birthday is no appointment).
fn can_overlap(event: &Busy) -> bool {
    let takes_the_day = matches!(event.show_as, ShowAs::Busy | ShowAs::OutOfOffice);
    !event.cancelled
        && event.answer != Answer::Declined
        && event.show_as != ShowAs::Free
        && event.start < event.end
        && (!event.all_day || takes_the_day)
}

/// `earlier` comes first in [`order`].
fn meet(earlier: &Busy, later: &Busy, buffer: SignedDuration) -> Option<Overlap> {
    let severity = judge(earlier, later)?;
    let (first, second) = (earlier.key, later.key);
    if later.start < earlier.end {
        let end = earlier.end.min(later.end);
        return Some(Overlap {
            first,
            second,
            severity,
            start: later.start,
            end,
        });
    }
    // Midnight to midnight says nothing about the minutes around it.
    let is_tight = !earlier.all_day && !later.all_day && reach(earlier.end, buffer) > later.start;
    let severity = Severity::Tight;
    is_tight.then_some(Overlap {
        first,
        second,
        severity,
        start: earlier.end,
        end: later.start,
    })
}

fn order(event: &Busy) -> (Timestamp, Timestamp, u32) {
    (event.start, event.end, event.key)
}

fn reach(end: Timestamp, buffer: SignedDuration) -> Timestamp {
    end.checked_add(buffer).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn busy(key: u32, start: i64, end: i64) -> Busy {
        Busy {
            key,
            start: Timestamp::from_second(start * 60).unwrap(),
            end: Timestamp::from_second(end * 60).unwrap(),
            all_day: false,
            show_as: ShowAs::Busy,
            answer: Answer::Accepted,
            cancelled: false,
            same_meeting: None,
            needs_presence: false,
            person: 0,
        }
    }

    #[test]
    fn the_table_row_by_row() {
        let kinds = [
            (ShowAs::Free, Answer::Accepted),
            (ShowAs::WorkingElsewhere, Answer::Accepted),
            (ShowAs::Tentative, Answer::Tentative),
            (ShowAs::Busy, Answer::Accepted),
            (ShowAs::OutOfOffice, Answer::None),
        ];
        let (none, soft, hard, place) = (
            None,
            Some(Severity::Soft),
            Some(Severity::Hard),
            Some(Severity::Place),
        );
        let table = [
            [none, none, none, none, none],
            [none, none, none, place, none],
            [none, none, soft, soft, hard],
            [none, place, soft, hard, hard],
            [none, none, hard, hard, soft],
        ];
        for (row, mine) in kinds.iter().enumerate() {
            for (column, other) in kinds.iter().enumerate() {
                let make = |key, kind: &(ShowAs, Answer)| Busy {
                    show_as: kind.0,
                    answer: kind.1,
                    needs_presence: true,
                    ..busy(key, 0, 60)
                };
                assert_eq!(
                    judge(&make(1, mine), &make(2, other)),
                    table[row][column],
                    "{mine:?} {other:?}"
                );
            }
        }
    }

    #[test]
    fn what_never_overlaps() {
        let one = busy(1, 0, 60);
        let not = |other: Busy| assert_eq!(overlaps(&[one.clone(), other]), []);
        not(busy(2, 60, 90));
        not(busy(2, 30, 30));
        not(Busy {
            cancelled: true,
            ..busy(2, 30, 90)
        });
        not(Busy {
            answer: Answer::Declined,
            ..busy(2, 30, 90)
        });
        not(Busy {
            person: 7,
            ..busy(2, 30, 90)
        });
        not(Busy {
            all_day: true,
            show_as: ShowAs::Tentative,
            ..busy(2, 0, 1440)
        });
        let copy = |key| Busy {
            same_meeting: Some(9),
            ..busy(key, 0, 60)
        };
        assert_eq!(overlaps(&[copy(1), copy(2)]), []);
    }

    #[test]
    fn an_unanswered_invitation_is_soft() {
        let asked = Busy {
            answer: Answer::NotResponded,
            ..busy(2, 30, 90)
        };
        let found = overlaps(&[asked, busy(1, 0, 60)]);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].first, found[0].second, found[0].severity),
            (1, 2, Severity::Soft)
        );
        assert_eq!(
            found[0].end.duration_since(found[0].start),
            SignedDuration::from_mins(30)
        );
    }

    #[test]
    fn a_buffer_finds_tight_pairs() {
        let events = [busy(1, 0, 60), busy(2, 65, 90), busy(3, 100, 120)];
        let found = overlaps_with_buffer(&events, SignedDuration::from_mins(10));
        assert_eq!(
            found
                .iter()
                .map(|o| (o.first, o.second, o.severity))
                .collect::<Vec<_>>(),
            [(1, 2, Severity::Tight)]
        );
    }

    fn events() -> impl Strategy<Value = Vec<Busy>> {
        let show = prop::sample::select(vec![
            ShowAs::Free,
            ShowAs::Tentative,
            ShowAs::Busy,
            ShowAs::OutOfOffice,
            ShowAs::WorkingElsewhere,
            ShowAs::Unknown,
        ]);
        let answer = prop::sample::select(vec![
            Answer::None,
            Answer::Organizer,
            Answer::Tentative,
            Answer::Accepted,
            Answer::Declined,
            Answer::NotResponded,
        ]);
        let one = (
            0i64..200,
            0i64..40,
            show,
            answer,
            any::<(bool, bool)>(),
            0u8..20,
            prop::option::of(0u64..5),
            0u32..2,
        );
        prop::collection::vec(one, 0..40).prop_map(|all| {
            let make = |(
                key,
                (
                    start,
                    long,
                    show_as,
                    answer,
                    (all_day, needs_presence),
                    odds,
                    same_meeting,
                    person,
                ),
            )| Busy {
                all_day: all_day && odds < 8,
                cancelled: odds == 0,
                show_as,
                answer,
                same_meeting,
                needs_presence,
                person,
                ..busy(key, start, start + long)
            };
            (0u32..).zip(all).map(make).collect()
        })
    }

    /// Every pair, tried one by one.
    fn naive(events: &[Busy], buffer: SignedDuration) -> Vec<Overlap> {
        let mut found = Vec::new();
        for (at, one) in events.iter().enumerate() {
            for other in events.iter().skip(at + 1) {
                let Some(severity) = judge(one, other) else {
                    continue;
                };
                let start = one.start.max(other.start);
                let end = one.end.min(other.end);
                let (a, b) = if order(one) < order(other) {
                    (one, other)
                } else {
                    (other, one)
                };
                if start < end {
                    found.push(Overlap {
                        first: a.key,
                        second: b.key,
                        severity,
                        start,
                        end,
                    });
                } else if start.duration_since(end) < buffer && !one.all_day && !other.all_day {
                    found.push(Overlap {
                        first: a.key,
                        second: b.key,
                        severity: Severity::Tight,
                        start: end,
                        end: start,
                    });
                }
            }
        }
        found.sort_unstable_by_key(|o| (o.start, o.end, o.first, o.second));
        found
    }

    proptest! {
        #[test]
        fn the_sweep_equals_trying_every_pair(events in events(), minutes in 0i64..20) {
            let buffer = SignedDuration::from_mins(minutes);
            prop_assert_eq!(overlaps_with_buffer(&events, buffer), naive(&events, buffer));
        }

        #[test]
        fn order_does_not_matter(events in events()) {
            let mut turned = events.clone();
            turned.reverse();
            prop_assert_eq!(overlaps(&events), overlaps(&turned));
            for one in &events {
                for other in &events {
                    prop_assert_eq!(judge(one, other), judge(other, one));
                }
            }
        }
    }
}
