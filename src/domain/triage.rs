//! What waits for me: one queue of invitations, changed and cancelled meetings, proposals of
//! new times, overlaps and acts that need me, in the order it matters.
//!
//! Refuses to answer anything: it only says what is there. Invariants: what I acted upon and is
//! on its way is no longer in the queue; a series is there once; the order depends on nothing but
//! the entries and the time.

use super::digest::digest;
use super::entry::Entry;
use super::event::{Answer, Before, Kind, Person, Slot};
use super::ids::{CalendarId, EventId};
use super::intent::{Intent, IntentId};
use super::overlap::{Busy, Overlap, Persons, Severity, overlaps};
use super::text::Untrusted;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Days ahead in which something may wait: as far as calendars are kept fresh, and more.
pub const DAYS: i64 = 460;

/// Changed or cancelled meetings that begin so soon come before everything else.
const SOON: SignedDuration = SignedDuration::from_hours(24);

/// Why something is in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// What I did was refused, or somebody changed the same: the words say which.
    Trouble { intent: IntentId, words: String },
    /// Its organizer called it off.
    Cancelled,
    /// Its organizer moved it after I had said yes.
    Changed(Before),
    /// Nobody had an answer of mine yet.
    Invitation,
    /// Somebody asks for another time of a meeting of mine.
    Proposal { by: Person, slot: Slot },
    /// Two of mine claim the same time, and both are settled.
    Overlap(Severity),
}

impl Why {
    /// For scripts and for counting.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Trouble { .. } => "trouble",
            Self::Cancelled => "cancelled",
            Self::Changed(_) => "changed",
            Self::Invitation => "invitation",
            Self::Proposal { .. } => "proposal",
            Self::Overlap(_) => "overlap",
        }
    }

    /// An answer of mine takes it out of the queue.
    pub fn wants_answer(&self) -> bool {
        matches!(self, Self::Changed(_) | Self::Invitation)
    }
}

/// An event as far as the queue names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub calendar: CalendarId,
    pub event: EventId,
    /// Its series', or its own.
    pub root: EventId,
    pub subject: Untrusted,
    /// UTC; of an all-day event only the dates mean something.
    pub start: Timestamp,
    pub end: Timestamp,
    pub all_day: bool,
}

impl Named {
    fn of(entry: &Entry) -> Self {
        Self {
            calendar: entry.calendar.clone(),
            event: entry.id.clone(),
            root: entry.root().clone(),
            subject: entry.subject.clone(),
            start: entry.start,
            end: entry.end,
            all_day: entry.all_day,
        }
    }
}

/// One thing that waits for me.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The same while the reason lasts, whatever else comes and goes.
    pub id: u64,
    pub why: Why,
    /// Of a series the next one.
    pub event: Named,
    /// What it overlaps with.
    pub other: Option<Named>,
    pub organizer: Person,
    /// How many occurrences, or meetings of two series, from now on.
    pub times: u32,
    /// The series as a whole is meant, not the one occurrence that is shown.
    pub is_series: bool,
    pub is_urgent: bool,
}

/// What the queue is made for.
pub struct Circumstances<'a> {
    pub now: Timestamp,
    pub persons: &'a Persons,
    /// When a date begins where the viewer is.
    pub start_of: &'a dyn Fn(Date) -> Timestamp,
    /// Items that the person wants to hear no more of.
    pub hushed: &'a BTreeSet<u64>,
}

/// Everything that waits, most pressing first. `troubles` are acts that need the person.
pub fn queue<'a>(
    entries: &[Entry],
    troubles: impl Iterator<Item = &'a Intent>,
    about: &Circumstances<'_>,
) -> Vec<Item> {
    let mut items: BTreeMap<u64, Item> = BTreeMap::new();
    let mut add = |item: Item| {
        if about.hushed.contains(&item.id) {
            return;
        }
        let known = items.entry(item.id).or_insert_with(|| Item {
            times: 0,
            ..item.clone()
        });
        known.times += 1;
        if item.event.start < known.event.start {
            let times = known.times;
            *known = Item { times, ..item };
        }
    };
    for intent in troubles.filter(|intent| intent.stage.needs_you()) {
        add(trouble(intent));
    }
    for entry in entries {
        if let Some(item) = not_sent(entry) {
            add(item);
        }
    }
    let is_coming = |entry: &&Entry| !is_over(entry, about);
    for entry in entries.iter().filter(is_coming) {
        for (why, is_series) in reasons(entry) {
            add(item(entry, why, is_series, about));
        }
    }
    for (first, second, severity) in clashes(entries, about) {
        add(overlap(first, second, severity));
    }
    let mut items: Vec<Item> = items.into_values().collect();
    items.sort_by_key(|item| (!item.is_urgent, item.event.start, item.id));
    items
}

/// Entries the queue could be made of, for whatever zone the viewer is in.
pub fn candidates(entries: Vec<Entry>, persons: &Persons, now: Timestamp) -> Vec<Entry> {
    let busy: Vec<Busy> = (0..)
        .zip(&entries)
        .filter(|(_, entry)| persons.owner(&entry.calendar) == 0)
        .map(|(key, entry)| {
            // A whole day begins up to a day earlier or later, depending on where one is.
            let mut busy = Busy::of(key, entry, super::window::midnight, 0);
            if busy.all_day {
                let day = SignedDuration::from_hours(24);
                busy.start = busy.start.saturating_sub(day).unwrap_or(Timestamp::MIN);
                busy.end = busy.end.saturating_add(day).unwrap_or(Timestamp::MAX);
            }
            busy
        })
        .collect();
    let pairs = overlaps(&busy);
    let clashing: BTreeSet<u32> = pairs
        .iter()
        .filter(|pair| pair.severity.matters() && pair.end > now)
        .flat_map(|pair| [pair.first, pair.second])
        .collect();
    let yesterday = now.saturating_sub(SOON).unwrap_or(now);
    (0..)
        .zip(entries)
        .filter(|(key, entry): &(u32, Entry)| {
            let waits = entry.pending.is_some() || !reasons(entry).is_empty();
            entry.end > yesterday && (waits || clashing.contains(key))
        })
        .map(|(_, entry)| entry)
        .collect()
}

fn is_over(entry: &Entry, about: &Circumstances<'_>) -> bool {
    Busy::of(0, entry, about.start_of, 0).end <= about.now
}

/// Why this event waits for me by itself, and whether that is true of its whole series.
fn reasons(entry: &Entry) -> Vec<(Why, bool)> {
    if entry.pending.is_some() {
        return Vec::new();
    }
    // An occurrence has no answer of its own: it is its series that was not answered.
    let is_series = entry.kind == Kind::Occurrence && entry.series.is_some();
    let mut reasons = Vec::new();
    if entry.is_organizer {
        // What was asked for and done is no longer asked for.
        let is_open = |slot: Slot| (slot.start, slot.end) != (entry.start, entry.end);
        let open = entry
            .proposals
            .iter()
            .filter(|proposal| is_open(proposal.slot));
        reasons.extend(open.map(|proposal| {
            let (by, slot) = (proposal.by.clone(), proposal.slot);
            (Why::Proposal { by, slot }, is_series)
        }));
    } else if entry.answer == Answer::Declined {
    } else if entry.cancelled {
        reasons.push((Why::Cancelled, is_series));
    } else if let Some(before) = entry.before {
        reasons.push((Why::Changed(before), is_series));
    } else if entry.is_unanswered() {
        reasons.push((Why::Invitation, is_series));
    }
    reasons
}

fn item(entry: &Entry, why: Why, is_series: bool, about: &Circumstances<'_>) -> Item {
    let root = if is_series { entry.root() } else { &entry.id };
    let names = [why.word(), entry.calendar.as_str(), root.as_str()];
    let id = match &why {
        // Each is answered by itself.
        Why::Proposal { by, slot } => {
            let whom = by.address.raw().to_lowercase();
            let when = slot.start.to_string();
            digest(
                names
                    .iter()
                    .copied()
                    .chain([&*whom, &*when])
                    .map(str::as_bytes),
            )
        }
        _ => digest(names.iter().map(|name| name.as_bytes())),
    };
    let is_soon = entry.start.duration_since(about.now) <= SOON;
    Item {
        id,
        is_urgent: is_soon && matches!(why, Why::Changed(_) | Why::Cancelled),
        why,
        event: Named::of(entry),
        other: None,
        organizer: entry.organizer.clone(),
        times: 1,
        is_series,
    }
}

fn trouble(intent: &Intent) -> Item {
    let act = &intent.act;
    let words = match &intent.stage {
        super::intent::Stage::NeedsYou { words, .. } => words.clone(),
        _ => String::new(),
    };
    let event = Named {
        calendar: act.calendar().clone(),
        event: act.event(),
        root: act.root(),
        subject: act.subject(),
        start: act.start(),
        end: act.start(),
        all_day: false,
    };
    stuck(intent.id, words, event)
}

/// What is laid over the entry needs the person, as far as a sheet tells.
fn not_sent(entry: &Entry) -> Option<Item> {
    let pending = entry.pending.as_ref()?;
    let words = pending.trouble.clone()?;
    Some(stuck(pending.intent, words, Named::of(entry)))
}

fn stuck(intent: IntentId, words: String, event: Named) -> Item {
    Item {
        id: digest([b"trouble".as_slice(), &intent.0.to_be_bytes()]),
        why: Why::Trouble { intent, words },
        event,
        other: None,
        organizer: Person::default(),
        times: 1,
        is_series: false,
        is_urgent: false,
    }
}

/// Pairs of mine that matter and are not over. What still waits for an answer is left out: its own
/// item says what it collides with.
fn clashes<'a>(
    entries: &'a [Entry],
    about: &Circumstances<'_>,
) -> Vec<(&'a Entry, &'a Entry, Severity)> {
    let is_settled = |entry: &Entry| {
        about.persons.owner(&entry.calendar) == 0
            && !entry.is_unanswered()
            && entry.before.is_none()
    };
    let busy: Vec<Busy> = (0..)
        .zip(entries)
        .filter(|(_, entry)| is_settled(entry))
        .map(|(key, entry)| Busy::of(key, entry, about.start_of, 0))
        .collect();
    let of = |key: u32| usize::try_from(key).ok().and_then(|at| entries.get(at));
    let pair = |pair: &Overlap| {
        let matters = pair.severity.matters() && pair.end > about.now;
        Some((of(pair.first)?, of(pair.second)?, pair.severity)).filter(|_| matters)
    };
    overlaps(&busy).iter().filter_map(pair).collect()
}

fn overlap(first: &Entry, second: &Entry, severity: Severity) -> Item {
    Item {
        id: overlap_id(first.root(), second.root()),
        why: Why::Overlap(severity),
        event: Named::of(first),
        other: Some(Named::of(second)),
        organizer: first.organizer.clone(),
        times: 1,
        is_series: first.series.is_some() || second.series.is_some(),
        is_urgent: false,
    }
}

/// Of two series, or two events: the same for all their occurrences, whichever comes first.
fn overlap_id(one: &EventId, other: &EventId) -> u64 {
    let (first, second) = if one <= other {
        (one, other)
    } else {
        (other, one)
    };
    digest(["overlap", first.as_str(), second.as_str()].map(str::as_bytes))
}

/// How many of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub invitations: usize,
    pub changed: usize,
    pub cancelled: usize,
    pub proposals: usize,
    pub overlaps: usize,
    pub troubles: usize,
}

impl Tally {
    pub fn of(items: &[Item]) -> Self {
        let mut tally = Self::default();
        for item in items {
            *match item.why {
                Why::Invitation => &mut tally.invitations,
                Why::Changed(_) => &mut tally.changed,
                Why::Cancelled => &mut tally.cancelled,
                Why::Proposal { .. } => &mut tally.proposals,
                Why::Overlap(_) => &mut tally.overlaps,
                Why::Trouble { .. } => &mut tally.troubles,
            } += 1;
        }
        tally
    }

    /// "3 invitations · 1 proposal · 2 overlaps".
    pub fn words(self) -> String {
        let count = |count: usize, one: &str, many: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            more => Some(format!("{more} {many}")),
        };
        let parts: Vec<String> = [
            count(self.troubles, "not sent", "not sent"),
            count(self.changed, "changed", "changed"),
            count(self.cancelled, "cancelled", "cancelled"),
            count(self.invitations, "invitation", "invitations"),
            count(self.proposals, "proposal", "proposals"),
            count(self.overlaps, "overlap", "overlaps"),
        ]
        .into_iter()
        .flatten()
        .collect();
        if parts.is_empty() {
            return "nothing waits".into();
        }
        parts.join(" · ")
    }
}

#[cfg(test)]
mod tests;
