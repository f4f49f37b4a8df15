//! A calendar server in values: honest about delta as Graph is (whole series
//! resent, no tombstone for a deleted occurrence, bare occurrences), and able to
//! misbehave in every documented way. Written apart from the engine.
//! misbehave in every documented way. Written apart from the engine.

#[path = "server/faults.rs"]
mod faults;
#[path = "server/rounds.rs"]
mod rounds;

pub use faults::{Form, Transport, Trick};

use crate::chance::Chance;
use crate::writes::{Deed, Written};
use jiff::{SignedDuration, Timestamp};
use kalends::domain::answer::Reply;
use kalends::domain::calendar::{Calendar, Me};
use kalends::domain::event::{Answer, Attendee, Details, Event, Kind, Person};
use kalends::domain::ids::{CalendarId, EventId};
use kalends::domain::remote::{Ask, Failure, FailureKind, Mailbox, Told};
use kalends::domain::text::Untrusted;
use rounds::{Paging, Token};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    pub subject: String,
    pub answer: Answer,
    pub all_day: bool,
    pub cancelled: bool,
    pub mine: bool,
    pub version: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    pub start: Timestamp,
    pub end: Timestamp,
    /// Its own fields, when it is an exception.
    pub own: Option<Body>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Thing {
    Single {
        start: Timestamp,
        end: Timestamp,
        body: Body,
    },
    Series {
        body: Body,
        slots: BTreeMap<u32, Slot>,
        version: u64,
    },
}

impl Thing {
    /// A new version of it and of everything in it.
    pub fn touch(&mut self, now: u64) {
        match self {
            Self::Single { body, .. } => body.version = now,
            Self::Series {
                body,
                slots,
                version,
            } => {
                body.version = now;
                *version = now;
                for own in slots.values_mut().filter_map(|slot| slot.own.as_mut()) {
                    own.version = now;
                }
            }
        }
    }
}

pub struct Server {
    pub things: BTreeMap<(CalendarId, EventId), Thing>,
    tokens: BTreeMap<String, Token>,
    pagings: BTreeMap<String, Paging>,
    names: u64,
    versions: u64,
    /// Transactions of creates, with what they made.
    pub transactions: BTreeMap<String, EventId>,
    /// Writes that took effect, in order.
    pub written: Vec<Written>,
    /// Changes and answers among them, with their labels.
    pub deeds: Vec<Deed>,
    /// Comments of answers that were carried out, in order: the mail log.
    pub mails: Vec<String>,
    pub forms: BTreeSet<Form>,
    pub tricks: BTreeSet<Trick>,
    last_delta: BTreeMap<(CalendarId, Timestamp), String>,
}

pub fn calendar(n: usize) -> CalendarId {
    CalendarId::new(format!("cal-{n}"))
}

impl Server {
    pub fn new() -> Self {
        Self {
            things: BTreeMap::new(),
            tokens: BTreeMap::new(),
            pagings: BTreeMap::new(),
            names: 0,
            versions: 0,
            transactions: BTreeMap::new(),
            written: Vec::new(),
            deeds: Vec::new(),
            mails: Vec::new(),
            forms: BTreeSet::new(),
            tricks: BTreeSet::new(),
            last_delta: BTreeMap::new(),
        }
    }

    pub fn name(&mut self) -> EventId {
        self.names += 1;
        EventId::new(format!("ev-{:05}", self.names))
    }

    pub fn version(&mut self) -> u64 {
        self.versions += 1;
        self.versions
    }

    pub fn perform(
        &mut self,
        ask: &Ask,
        trick: Option<Trick>,
        chance: &mut Chance,
    ) -> Result<Told, Failure> {
        match ask {
            Ask::Mailbox { .. } => Ok(Told::Mailbox(self.mailbox())),
            Ask::View { calendar, from, to } => Ok(Told::Events(self.view(calendar, *from, *to))),
            Ask::Event { calendar, event } | Ask::EventWithNotes { calendar, event } => self
                .by_id(calendar, event)
                .map(Told::Event)
                .ok_or_else(gone),
            Ask::Forward {
                calendar,
                event,
                message,
                ..
            } => {
                self.by_id(calendar, event).ok_or_else(gone)?;
                self.mails.push(message.clone());
                Ok(Told::Accepted)
            }
            Ask::Errand(_) => Ok(Told::Accepted),
            Ask::Body { .. } => Ok(Told::Body(Untrusted::from(String::from("notes")))),
            Ask::Respond {
                calendar,
                event,
                reply,
                comment,
                ..
            } => self.respond(calendar, event, *reply, comment.as_deref()),
            Ask::Create {
                calendar,
                transaction,
                values,
            } => self.create(calendar, transaction, values),
            Ask::Change {
                calendar,
                event,
                etag,
                values,
            } => self.change(calendar, event, etag, values),
            Ask::Delete { calendar, event }
            | Ask::Cancel {
                calendar, event, ..
            } => self.delete(calendar, event),
            Ask::RoundStart { calendar, from, to } => Ok(Told::Page(self.first_page(
                calendar,
                (*from, *to),
                trick,
                chance,
            ))),
            Ask::RoundNext { calendar, link } => {
                self.next_page(calendar, link.as_str(), trick, chance)
            }
        }
    }

    fn mailbox(&self) -> Mailbox {
        let calendars = (0..2)
            .map(|n| Calendar {
                id: calendar(n),
                name: Untrusted::from(format!("Calendar {n}")),
                hex_color: None,
                color: "auto".into(),
                owner: Person::default(),
                can_edit: true,
                is_default: n == 0,
            })
            .collect();
        Mailbox {
            me: Me::default(),
            calendars,
            followed: Vec::new(),
            settings: None,
            categories: None,
        }
    }

    fn details(body: &Body, is_series: bool) -> Details {
        Details {
            subject: Untrusted::from(body.subject.clone()),
            all_day: body.all_day,
            answer: body.answer,
            is_organizer: body.mine,
            cancelled: body.cancelled,
            response_requested: true,
            attendees: vec![Attendee {
                person: Person {
                    name: "Ben".into(),
                    address: "ben@contoso.com".into(),
                },
                ..Attendee::default()
            }],
            uid: is_series.then(|| "series".to_owned()),
            ..Details::default()
        }
    }

    pub fn occurrence_id(root: &EventId, n: u32) -> EventId {
        EventId::new(format!("{}.{n:03}", root.as_str()))
    }

    fn occurrence(
        calendar: &CalendarId,
        root: &EventId,
        n: u32,
        slot: &Slot,
        body: &Body,
        version: u64,
    ) -> Event {
        let kind = if slot.own.is_some() {
            Kind::Exception
        } else {
            Kind::Occurrence
        };
        let fields = slot.own.as_ref().unwrap_or(body);
        Event {
            calendar: calendar.clone(),
            id: Self::occurrence_id(root, n),
            kind,
            series: Some(root.clone()),
            etag: format!("v{}", slot.own.as_ref().map_or(version, |own| own.version)),
            before: None,
            start: slot.start,
            end: slot.end,
            details: Some(Self::details(fields, true)),
        }
    }

    fn master(
        calendar: &CalendarId,
        root: &EventId,
        body: &Body,
        slots: &BTreeMap<u32, Slot>,
        version: u64,
    ) -> Event {
        let first = slots.values().map(|slot| (slot.start, slot.end)).min();
        let (start, end) = first.unwrap_or((Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH));
        Event {
            calendar: calendar.clone(),
            id: root.clone(),
            kind: Kind::Master,
            series: None,
            etag: format!("v{version}"),
            before: None,
            start,
            end,
            details: Some(Self::details(body, true)),
        }
    }

    fn single(
        calendar: &CalendarId,
        id: &EventId,
        start: Timestamp,
        end: Timestamp,
        body: &Body,
    ) -> Event {
        Event {
            calendar: calendar.clone(),
            id: id.clone(),
            kind: Kind::Single,
            series: None,
            etag: format!("v{}", body.version),
            before: None,
            start,
            end,
            details: Some(Self::details(body, false)),
        }
    }

    /// What a person would see: occurrences, exceptions and singles in the range.
    pub fn view(&self, calendar: &CalendarId, from: Timestamp, to: Timestamp) -> Vec<Event> {
        let inside = |start: Timestamp, end: Timestamp| {
            start < to && (end > from || (start == end && start >= from))
        };
        let mut events = Vec::new();
        for ((of, id), thing) in self.things.iter().filter(|((of, _), _)| of == calendar) {
            match thing {
                Thing::Single { start, end, body } if inside(*start, *end) => {
                    events.push(Self::single(of, id, *start, *end, body));
                }
                Thing::Single { .. } => {}
                Thing::Series {
                    body,
                    slots,
                    version,
                } => {
                    for (n, slot) in slots
                        .iter()
                        .filter(|(_, slot)| inside(slot.start, slot.end))
                    {
                        events.push(Self::occurrence(of, id, *n, slot, body, *version));
                    }
                }
            }
        }
        events
    }

    pub fn by_id(&self, calendar: &CalendarId, id: &EventId) -> Option<Event> {
        for ((of, root), thing) in self.things.iter().filter(|((of, _), _)| of == calendar) {
            match thing {
                Thing::Single { start, end, body } if root == id => {
                    return Some(Self::single(of, root, *start, *end, body));
                }
                Thing::Series {
                    body,
                    slots,
                    version,
                } => {
                    if root == id {
                        return Some(Self::master(of, root, body, slots, *version));
                    }
                    for (n, slot) in slots {
                        if Self::occurrence_id(root, *n) == *id {
                            return Some(Self::occurrence(of, root, *n, slot, body, *version));
                        }
                    }
                }
                Thing::Single { .. } => {}
            }
        }
        None
    }

    fn respond(
        &mut self,
        calendar: &CalendarId,
        id: &EventId,
        reply: Reply,
        comment: Option<&str>,
    ) -> Result<Told, Failure> {
        let known = self.by_id(calendar, id).ok_or_else(gone)?;
        let version = self.version();
        let mut found = false;
        let mut emptied = None;
        for ((_, root), thing) in self.things.iter_mut().filter(|((of, _), _)| of == calendar) {
            match thing {
                Thing::Single { body, .. } if root == id => {
                    body.answer = reply.as_answer();
                    body.version = version;
                    found = true;
                    emptied = (reply == Reply::Decline).then(|| root.clone());
                }
                Thing::Series {
                    body,
                    slots,
                    version: of_series,
                } => {
                    if root == id {
                        body.answer = reply.as_answer();
                        *of_series = version;
                        found = true;
                        emptied = (reply == Reply::Decline).then(|| root.clone());
                    }
                    let hit = slots
                        .keys()
                        .copied()
                        .find(|n| Self::occurrence_id(root, *n) == *id);
                    if let Some(n) = hit {
                        found = true;
                        *of_series = version;
                        if reply == Reply::Decline {
                            slots.remove(&n);
                        } else if let Some(slot) = slots.get_mut(&n) {
                            let mut own = slot.own.clone().unwrap_or_else(|| body.clone());
                            own.answer = reply.as_answer();
                            own.version = version;
                            slot.own = Some(own);
                        }
                    }
                }
                Thing::Single { .. } => {}
            }
        }
        if let Some(root) = emptied {
            self.things.remove(&(calendar.clone(), root));
        }
        if !found {
            return Err(gone());
        }
        self.mails.push(comment.unwrap_or("").to_owned());
        self.deeds.push(Deed {
            label: comment.unwrap_or("").to_owned(),
            root: known.root().clone(),
            was: None,
        });
        Ok(Told::Accepted)
    }
}

pub fn gone() -> Failure {
    failure(
        FailureKind::NotFound,
        "the specified object was not found in the store",
    )
}

fn failure(kind: FailureKind, words: &str) -> Failure {
    Failure {
        kind,
        status: 0,
        code: String::new(),
        words: words.into(),
        retry_after_ms: None,
    }
}

/// Half hours of a day long gone, so that all times in a world are told apart.
pub fn half_hours(n: i64) -> SignedDuration {
    SignedDuration::from_mins(30 * n)
}
