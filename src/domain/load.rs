//! How much of my time meetings take: by week, by category, organizer and size, and what they leave.
//!
//! A meeting is a timed event with other people in a calendar of mine that I did not decline, that
//! was not called off and does not show me as free; copies of one meeting are one. Refuses advice:
//! it only counts. Invariants: times are half open and real minutes, so a day on which clocks change
//! is right; in sums a minute counts once however many meetings claim it, in breakdowns once for
//! each of them; the order of the entries never matters.

#[cfg(test)]
mod tests;
mod waited;
mod words;

pub use waited::Waited;
pub use words::{cells, hours, meetings};

use super::calendar::MailboxSettings;
use super::entry::Entry;
use super::event::{Answer, ShowAs, When};
use super::overlap::Persons;
use super::schedule::{Span, merged};
use super::text::Untrusted;
use super::zone::Zone;
use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Meetings with less between them are one run.
const PAUSE: i64 = 5;
/// Runs of fewer meetings are not counted.
const RUN: u32 = 3;
/// The fewest other people of each size.
const SIZES: [(u16, &str); 4] = [(0, "1:1"), (2, "2-4"), (5, "5-9"), (10, "10+")];

/// What is looked at.
pub struct About<'a> {
    pub zone: &'a Zone,
    /// `[from, to)` in dates of the zone.
    pub from: Date,
    pub to: Date,
    /// Taken as hours on the zone's clock.
    pub hours: &'a MailboxSettings,
    pub persons: &'a Persons,
    /// Lines of a breakdown; the rest is summed up in one more.
    pub most: usize,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Load {
    /// ISO weeks by their Monday; the first and the last may be cut by the range.
    pub weeks: Vec<(Date, Sums)>,
    pub total: Sums,
    /// A meeting counts in each of its categories.
    pub categories: Vec<Share>,
    pub organizers: Vec<Share>,
    /// By how many other people there are, always the same four.
    pub sizes: Vec<Share>,
    pub runs: Runs,
    pub answers: Answers,
    pub waited: Waited,
}

/// Minutes of a week, or of all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    /// Those that begin here.
    pub meetings: u32,
    pub minutes: i64,
    /// The part of them within working hours.
    pub in_hours: i64,
    /// In appointments of my own that no meeting takes.
    pub focus: i64,
    /// Working minutes that nothing claims.
    pub free: i64,
    /// Stretches of them of at least one and two hours.
    pub one_hour: u32,
    pub two_hours: u32,
    /// The first of the longest.
    pub longest: Option<Span>,
}

/// A part of the meetings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    pub label: Label,
    pub meetings: u32,
    pub minutes: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Label {
    Named(Untrusted),
    /// I invited.
    Me,
    /// Of meetings without a category.
    Without,
    Size(&'static str),
    /// So many that are not named.
    Rest(usize),
}

/// Meetings one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Runs {
    pub count: u32,
    /// Of the longest, from its first minute to its last.
    pub minutes: i64,
    pub meetings: u32,
}

/// What I said to invitations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    pub accepted: u32,
    pub tentative: u32,
    /// As far as they are still in the calendar.
    pub declined: u32,
    pub unanswered: u32,
}

/// An event of mine and its minutes within the range.
type Mine<'a> = (Span, &'a Entry);

pub fn load(entries: &[Entry], about: &About<'_>) -> Load {
    let mine = mine(entries, about);
    let meetings = once(&mine, is_meeting);
    let invitations = once(&mine, is_invitation);
    let whole = range(about);
    let spent = Spent::of(&mine, about);
    let weeks = mondays(about).map(|monday| {
        let week = dates(about.zone, monday, monday.saturating_add(7.days()));
        (monday, spent.within(week.cut(whole), &meetings))
    });
    Load {
        weeks: weeks.collect(),
        total: spent.within(whole, &meetings),
        categories: shares(meetings.iter().flat_map(by_category), about.most),
        organizers: shares(meetings.iter().map(by_organizer), about.most),
        sizes: sizes(&meetings),
        runs: runs(&meetings),
        answers: answers(&invitations),
        waited: Waited::of(&invitations),
    }
}

/// What my time went into: sorted spans with gaps between them.
struct Spent {
    met: Vec<Span>,
    focus: Vec<Span>,
    working: Vec<Span>,
    free: Vec<Span>,
}

impl Spent {
    fn of(mine: &[Mine<'_>], about: &About<'_>) -> Self {
        let spans = |counts: &dyn Fn(&Entry) -> bool| {
            let counted = mine.iter().filter(|(_, entry)| counts(entry));
            merged(counted.map(|(span, _)| *span))
        };
        let met = spans(&is_meeting);
        let working = working(about);
        let taken = spans(&|entry| claims(entry) || is_meeting(entry));
        Self {
            focus: without(&spans(&is_own), &met),
            free: without(&working, &taken),
            working,
            met,
        }
    }

    fn within(&self, within: Span, meetings: &[Mine<'_>]) -> Sums {
        let cut = |spans: &[Span]| -> Vec<Span> {
            let cut = spans.iter().map(|span| span.cut(within));
            cut.filter(|span| !span.is_empty()).collect()
        };
        let (met, free) = (cut(&self.met), cut(&self.free));
        let begins = |meeting: &&Mine<'_>| (within.start..within.end).contains(&meeting.0.start);
        let of = |minutes| count(free.iter().filter(|span| span.minutes() >= minutes));
        Sums {
            meetings: count(meetings.iter().filter(begins)),
            minutes: sum(&met),
            in_hours: sum(&met) - sum(&without(&met, &self.working)),
            focus: sum(&cut(&self.focus)),
            free: sum(&free),
            one_hour: of(60),
            two_hours: of(120),
            longest: free
                .iter()
                .min_by_key(|span| (Reverse(span.minutes()), span.start))
                .copied(),
        }
    }
}

/// What is in my calendars within the range, in an order that the input has no say in.
fn mine<'a>(entries: &'a [Entry], about: &About<'_>) -> Vec<Mine<'a>> {
    let whole = range(about);
    let is_mine = |entry: &&Entry| about.persons.owner(&entry.calendar) == 0;
    let spans = entries.iter().filter(is_mine).map(|entry| {
        let span = match entry.when() {
            // What ends within a minute takes all of it.
            When::Timed { start, end } => {
                Span::new(minute(start), -(-end.as_second()).div_euclid(60))
            }
            When::AllDay { first, end } => dates(about.zone, first, end),
        };
        (span.cut(whole), entry)
    });
    let mut mine: Vec<Mine<'_>> = spans.filter(|(span, _)| !span.is_empty()).collect();
    mine.sort_by_key(|(span, entry)| (*span, &entry.calendar, &entry.id));
    mine
}

/// Those that count, without further copies of one meeting.
fn once<'a>(mine: &[Mine<'a>], counts: fn(&Entry) -> bool) -> Vec<Mine<'a>> {
    let mut known = BTreeSet::new();
    let mut is_new = |entry: &Entry| entry.meeting == 0 || known.insert(entry.meeting);
    let counted = mine.iter().filter(|(_, entry)| counts(entry));
    counted
        .filter(|(_, entry)| is_new(entry))
        .copied()
        .collect()
}

fn is_kept(entry: &Entry) -> bool {
    !entry.cancelled && entry.shown_answer() != Answer::Declined && entry.show_as != ShowAs::Free
}

fn has_people(entry: &Entry) -> bool {
    entry.attendees > 0 || !entry.is_organizer
}

fn is_meeting(entry: &Entry) -> bool {
    !entry.all_day && has_people(entry) && is_kept(entry)
}

fn is_invitation(entry: &Entry) -> bool {
    !entry.all_day && !entry.cancelled && entry.is_invitation()
}

/// Nobody is free then; a birthday takes no day.
fn claims(entry: &Entry) -> bool {
    let takes_the_day = matches!(entry.show_as, ShowAs::Busy | ShowAs::OutOfOffice);
    is_kept(entry) && entry.show_as != ShowAs::WorkingElsewhere && (!entry.all_day || takes_the_day)
}

fn is_own(entry: &Entry) -> bool {
    !entry.all_day && !has_people(entry) && claims(entry)
}

fn minute(instant: Timestamp) -> i64 {
    instant.as_second().div_euclid(60)
}

fn dates(zone: &Zone, from: Date, to: Date) -> Span {
    let days = zone.days(from, to);
    Span::new(minute(days.start), minute(days.end))
}

fn range(about: &About<'_>) -> Span {
    dates(about.zone, about.from, about.to)
}

fn mondays(about: &About<'_>) -> impl Iterator<Item = Date> {
    let into_week = about.from.weekday().to_monday_zero_offset();
    let first = about.from.saturating_sub(into_week.days());
    let to = about.to;
    first
        .series(7.days())
        .take_while(move |monday| *monday < to)
}

fn working(about: &About<'_>) -> Vec<Span> {
    let hours = about.hours;
    let at = |day: Date, time: Time| minute(about.zone.instant(day.to_datetime(time)).compatible());
    let days = about.from.series(1.day()).take_while(|day| *day < about.to);
    let works = |day: &Date| {
        let number = day.weekday().to_monday_one_offset();
        hours.working_days.contains(&number)
    };
    let days = days.filter(works);
    merged(days.map(|day| Span::new(at(day, hours.working_from), at(day, hours.working_to))))
}

/// What is left of `spans`. Both are sorted and do not touch.
fn without(spans: &[Span], taken: &[Span]) -> Vec<Span> {
    let mut left = Vec::new();
    for span in spans {
        let mut start = span.start;
        let first = taken.partition_point(|other| other.end <= span.start);
        for other in taken.iter().skip(first) {
            if other.start >= span.end {
                break;
            }
            left.push(Span::new(start, other.start));
            start = other.end;
        }
        left.push(Span::new(start, span.end));
    }
    left.retain(|span| !span.is_empty());
    left
}

fn sum(spans: &[Span]) -> i64 {
    spans.iter().map(|span| span.minutes()).sum()
}

fn count<T>(things: impl Iterator<Item = T>) -> u32 {
    u32::try_from(things.count()).unwrap_or(u32::MAX)
}

/// What tells a share from the others, what it is called, and minutes of it.
type Part = (String, Label, i64);

fn by_category((span, entry): &Mine<'_>) -> Vec<Part> {
    let named = |name: &Untrusted| {
        (
            name.raw().to_owned(),
            Label::Named(name.clone()),
            span.minutes(),
        )
    };
    let named: BTreeMap<&str, Part> = entry
        .categories
        .iter()
        .map(|name| (name.raw(), named(name)))
        .collect();
    if named.is_empty() {
        return vec![(String::new(), Label::Without, span.minutes())];
    }
    named.into_values().collect()
}

fn by_organizer((span, entry): &Mine<'_>) -> Part {
    if entry.is_organizer {
        return (String::new(), Label::Me, span.minutes());
    }
    let who = &entry.organizer;
    let name = if who.name.is_empty() {
        &who.address
    } else {
        &who.name
    };
    let key = if who.address.is_empty() {
        name
    } else {
        &who.address
    };
    (
        format!("@{}", key.raw().to_lowercase()),
        Label::Named(name.clone()),
        span.minutes(),
    )
}

/// Most minutes first.
fn shares(parts: impl Iterator<Item = Part>, most: usize) -> Vec<Share> {
    let mut known: BTreeMap<String, Share> = BTreeMap::new();
    for (key, label, minutes) in parts {
        let share = known.entry(key).or_insert(Share {
            label,
            meetings: 0,
            minutes: 0,
        });
        share.meetings += 1;
        share.minutes += minutes;
    }
    let mut shares: Vec<Share> = known.into_values().collect();
    shares.sort_by_key(|share| Reverse(share.minutes));
    let rest = shares.split_off(most.min(shares.len()));
    if !rest.is_empty() {
        shares.push(Share {
            label: Label::Rest(rest.len()),
            meetings: rest.iter().map(|share| share.meetings).sum(),
            minutes: rest.iter().map(|share| share.minutes).sum(),
        });
    }
    shares
}

fn sizes(meetings: &[Mine<'_>]) -> Vec<Share> {
    let of = |entry: &Entry| {
        SIZES
            .iter()
            .rposition(|(people, _)| *people <= entry.attendees)
    };
    let share = |(at, (_, name)): (usize, &(u16, &'static str))| {
        let same = meetings.iter().filter(|(_, entry)| of(entry) == Some(at));
        Share {
            label: Label::Size(name),
            meetings: count(same.clone()),
            minutes: same.map(|(span, _)| span.minutes()).sum(),
        }
    };
    SIZES.iter().enumerate().map(share).collect()
}

fn runs(meetings: &[Mine<'_>]) -> Runs {
    let mut all: Vec<(Span, u32)> = Vec::new();
    for (span, _) in meetings {
        match all.last_mut() {
            Some((run, meetings)) if span.start < run.end + PAUSE => {
                run.end = run.end.max(span.end);
                *meetings += 1;
            }
            _ => all.push((*span, 1)),
        }
    }
    all.retain(|(_, meetings)| *meetings >= RUN);
    let longest = all.iter().map(|(run, meetings)| (run.minutes(), *meetings));
    let (minutes, meetings) = longest.max().unwrap_or_default();
    Runs {
        count: count(all.iter()),
        minutes,
        meetings,
    }
}

fn answers(invitations: &[Mine<'_>]) -> Answers {
    let of = |answer| {
        count(
            invitations
                .iter()
                .filter(|(_, entry)| entry.shown_answer() == answer),
        )
    };
    Answers {
        accepted: of(Answer::Accepted),
        tentative: of(Answer::Tentative),
        declined: of(Answer::Declined),
        unanswered: of(Answer::NotResponded),
    }
}
