//! Who has to come, and when each of them can.

use super::super::viewer::Viewer;
use super::super::{State, safe};
use crate::domain::calendar::MailboxSettings;
use crate::domain::edit::People;
use crate::domain::entry::Entry;
use crate::domain::event::{Answer, Attendee, Details, Role, ShowAs, When};
use crate::domain::free_busy::Schedule;
use crate::domain::overlap::Persons;
use crate::domain::schedule::{Block, Claim, Span};
use jiff::Timestamp;
use jiff::tz::TimeZoneDatabase;

/// Somebody, or a room, to be asked.
#[derive(Debug, Clone)]
pub struct Guest {
    pub name: String,
    pub address: String,
    pub role: Role,
    pub is_me: bool,
    /// What claims their time; None while nothing is known.
    pub blocks: Option<Vec<Block>>,
    /// What claims it is not all that may.
    pub is_partly_known: bool,
    pub hours: Option<MailboxSettings>,
    /// Where their working hours are.
    pub clock: Option<Viewer>,
    /// Why nothing is known.
    pub trouble: Option<String>,
}

impl Guest {
    pub(super) fn new(attendee: &Attendee) -> Self {
        let (name, address) = (
            safe::line(&attendee.person.name),
            attendee.person.address.raw().to_owned(),
        );
        Self {
            name: if name.is_empty() {
                safe::line(&attendee.person.address)
            } else {
                name
            },
            address,
            role: attendee.role,
            is_me: false,
            blocks: None,
            is_partly_known: false,
            hours: None,
            clock: None,
            trouble: None,
        }
    }

    /// What the server said of them, or that it said nothing yet.
    pub(super) fn learn(&mut self, schedule: Option<&Schedule>, zones: &TimeZoneDatabase) {
        let Some(schedule) = schedule else {
            (self.blocks, self.trouble) = (None, None);
            return;
        };
        self.trouble = schedule.trouble.as_ref().map(safe::line);
        self.hours.clone_from(&schedule.hours);
        let zone = self
            .hours
            .as_ref()
            .and_then(|hours| hours.working_zone.as_ref());
        self.clock = zone.and_then(|zone| Viewer::find(zones, zone.raw()));
        let block = |taken: &crate::domain::free_busy::Taken| {
            block(taken.slot.start, taken.slot.end, taken.show_as, false)
        };
        let is_known = schedule.trouble.is_none();
        self.blocks = is_known.then(|| schedule.taken.iter().filter_map(block).collect());
    }
}

/// Minutes since 1970 in UTC, down to the minute it is in.
pub(super) fn minute(instant: Timestamp) -> i64 {
    instant.as_second().div_euclid(60)
}

fn block(start: Timestamp, end: Timestamp, show_as: ShowAs, is_uncertain: bool) -> Option<Block> {
    let claim = match show_as {
        ShowAs::Free => return None,
        ShowAs::WorkingElsewhere => Claim::Elsewhere,
        ShowAs::Tentative => Claim::Tentative,
        _ if is_uncertain => Claim::Tentative,
        ShowAs::Busy | ShowAs::Unknown => Claim::Busy,
        ShowAs::OutOfOffice => Claim::Away,
    };
    // A meeting that ends within a minute claims all of it.
    let end = minute(end) + i64::from(end.as_second().rem_euclid(60) > 0);
    let span = Span::new(minute(start), end);
    Some(Block { span, claim })
}

/// Me first, then the organizer, then everybody else once.
pub(super) fn of_event(state: &State, details: &Details) -> Vec<Guest> {
    let organizer = Attendee {
        person: details.organizer.clone(),
        ..Attendee::default()
    };
    let all = std::iter::once(&organizer).chain(&details.attendees);
    gathered(state, all)
}

pub(super) fn of_people(state: &State, people: &People) -> Vec<Guest> {
    gathered(state, people.all().iter())
}

fn gathered<'a>(state: &State, people: impl Iterator<Item = &'a Attendee>) -> Vec<Guest> {
    let me = &state.status.me;
    let mine = me.address.raw().to_lowercase();
    let mut guests = vec![Guest {
        name: "you".into(),
        is_me: true,
        hours: Some(state.status.settings.clone().unwrap_or_default()),
        clock: Some(state.viewer.clone()),
        ..Guest::new(&Attendee {
            person: crate::domain::event::Person {
                name: me.name.clone(),
                address: me.address.clone(),
            },
            ..Attendee::default()
        })
    }];
    for attendee in people {
        let address = attendee.person.address.raw().to_lowercase();
        let is_known = |guest: &Guest| guest.address.to_lowercase() == address;
        if address.is_empty() || address == mine || guests.iter().any(is_known) {
            continue;
        }
        guests.push(Guest::new(attendee));
    }
    guests
}

/// What my own calendars say, as far as they are mine.
pub(super) fn own_time(state: &State, entries: &[Entry], except: Option<&Entry>) -> Vec<Block> {
    let persons = Persons::of(&state.status.calendars, &state.status.me);
    let claims = |entry: &Entry| {
        let is_it = |moving: &Entry| moving.id == entry.id || is_copy(moving, entry);
        let is_mine = persons.owner(&entry.calendar) == 0 && !except.is_some_and(is_it);
        let answer = entry.shown_answer();
        if !is_mine || entry.cancelled || answer == Answer::Declined {
            return None;
        }
        let (start, end) = match entry.when() {
            When::Timed { start, end } => (start, end),
            When::AllDay { first, end } => {
                (state.viewer.midnight(first), state.viewer.midnight(end))
            }
        };
        let is_uncertain = matches!(answer, Answer::Tentative | Answer::NotResponded);
        block(start, end, entry.show_as, is_uncertain)
    };
    entries.iter().filter_map(claims).collect()
}

/// One meeting in two calendars.
fn is_copy(one: &Entry, other: &Entry) -> bool {
    one.meeting != 0 && one.meeting == other.meeting
}
