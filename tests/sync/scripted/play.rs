//! One engine with its memory and a clock, and a server that is whatever a scenario answers.

use crate::memory::Memory;
use crate::server::calendar;
use jiff::{SignedDuration, Timestamp};
use kalends::domain::calendar::{Calendar, Me};
use kalends::domain::event::{Details, Event, Kind, Person};
use kalends::domain::ids::{CalendarId, EventId};
use kalends::domain::remote::{
    Ask, Failure, FailureKind, Item, Link, Mailbox, Page, PageEnd, Told,
};
use kalends::domain::replica::Replica as _;
use kalends::domain::text::Untrusted;
use kalends::sync::engine::{Engine, Input, Output, Settings};
use std::collections::VecDeque;

/// None: not yet.
pub type Answer = Option<Result<Told, Failure>>;

pub struct Play {
    pub engine: Engine,
    pub memory: Memory,
    pub now: Timestamp,
    /// Requests on their way, oldest first.
    pub flights: Vec<(u64, Ask)>,
    /// Everything that was ever asked, and when.
    pub asked: Vec<(Timestamp, Ask)>,
    pub said: Vec<String>,
    /// Troubles of each full sync that ended.
    pub ended: Vec<Vec<String>>,
    /// How often the clock alone woke the engine.
    pub wakes: u32,
}

impl Play {
    /// Calendars have one window each: this quarter.
    pub fn new() -> Self {
        let memory = Memory::default();
        let settings = Settings {
            back: 0,
            ahead: 0,
            salt: 0,
        };
        let mut play = Self {
            engine: Engine::new(settings, &memory, Vec::new()).unwrap(),
            memory,
            now: began(),
            flights: Vec::new(),
            asked: Vec::new(),
            said: Vec::new(),
            ended: Vec::new(),
            wakes: 0,
        };
        play.feed(Input::Started);
        play
    }

    pub fn feed(&mut self, input: Input) {
        let mut queue: VecDeque<Output> = self.handle(input);
        while let Some(output) = queue.pop_front() {
            match output {
                Output::Apply(changes) => self.memory.apply(changes),
                Output::Ask { ticket, ask } => {
                    self.asked.push((self.now, ask.clone()));
                    self.flights.push((ticket, ask));
                }
                Output::Then(step) => queue.extend(self.handle(Input::Proceed(step))),
                Output::Say(_, words) => self.said.push(words),
                Output::AllFresh { troubles } => self.ended.push(troubles),
                _ => {}
            }
        }
    }

    fn handle(&mut self, input: Input) -> VecDeque<Output> {
        let outputs = self.engine.handle(&self.memory, input, self.now);
        outputs.unwrap().into()
    }

    /// An answer to one of those on their way.
    pub fn tell(&mut self, ticket: u64, result: Result<Told, Failure>) {
        self.flights.retain(|(flying, _)| *flying != ticket);
        let result = Box::new(result);
        self.feed(Input::Told { ticket, result });
    }

    /// Time goes on; every answer takes the same moment.
    pub fn run(&mut self, span: SignedDuration, mut answer: impl FnMut(&Ask, Timestamp) -> Answer) {
        let end = self.now + span;
        while self.now < end {
            let answers = self.flights.iter().map(|(ticket, ask)| (*ticket, ask));
            let answered = answers
                .filter_map(|(ticket, ask)| Some((ticket, answer(ask, self.now)?)))
                .next();
            if let Some((ticket, result)) = answered {
                self.now += SignedDuration::from_millis(20);
                self.tell(ticket, result);
                continue;
            }
            self.now = match self.engine.next_due(self.now) {
                Some(due) if due > self.now => due.min(end),
                Some(_) => self.now + SignedDuration::from_millis(5),
                None => end,
            };
            self.wakes += 1;
            self.feed(Input::Ticked);
        }
    }

    /// How often this was asked, and when.
    pub fn times(&self, wanted: fn(&Ask) -> bool) -> Vec<Timestamp> {
        let asked = self.asked.iter().filter(|(_, ask)| wanted(ask));
        asked.map(|(at, _)| *at).collect()
    }

    pub fn has(&self, id: &str) -> bool {
        let record = self.memory.record(&calendar(0), &EventId::new(id));
        record.unwrap().is_some()
    }
}

pub fn began() -> Timestamp {
    "2026-11-26T09:00:00Z".parse().unwrap()
}

pub fn mins(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

pub fn is_start(ask: &Ask) -> bool {
    matches!(ask, Ask::RoundStart { .. })
}

pub fn is_next(ask: &Ask) -> bool {
    matches!(ask, Ask::RoundNext { .. })
}

pub fn is_view(ask: &Ask) -> bool {
    matches!(ask, Ask::View { .. })
}

pub fn is_mailbox(ask: &Ask) -> bool {
    matches!(ask, Ask::Mailbox { .. })
}

pub fn is_event(ask: &Ask) -> bool {
    matches!(ask, Ask::Event { .. })
}

/// One calendar, empty and in good health.
pub fn healthy(ask: &Ask) -> Result<Told, Failure> {
    match ask {
        Ask::Mailbox { .. } => Ok(Told::Mailbox(mailbox())),
        Ask::View { .. } => Ok(Told::Events(Vec::new())),
        Ask::RoundStart { .. } | Ask::RoundNext { .. } => Ok(last_page(Vec::new())),
        _ => Err(failure(FailureKind::NotFound, 404)),
    }
}

pub fn failure(kind: FailureKind, status: u16) -> Failure {
    Failure {
        kind,
        status,
        code: String::new(),
        words: format!("the server answered {status}"),
        retry_after_ms: None,
    }
}

/// With `Retry-After`.
pub fn wait(kind: FailureKind, status: u16, seconds: u64) -> Failure {
    Failure {
        retry_after_ms: Some(seconds * 1_000),
        ..failure(kind, status)
    }
}

pub fn mailbox() -> Mailbox {
    Mailbox {
        me: Me::default(),
        calendars: vec![one(calendar(0))],
        followed: Vec::new(),
        settings: None,
        categories: None,
    }
}

pub fn one(id: CalendarId) -> Calendar {
    Calendar {
        id,
        name: Untrusted::new("Calendar"),
        hex_color: None,
        color: "auto".into(),
        owner: Person {
            name: "Ben".into(),
            address: "ben@contoso.com".into(),
        },
        can_edit: true,
        is_default: true,
    }
}

pub fn next_page(items: Vec<Item>, next: &str) -> Told {
    page(items, PageEnd::Next(Link::new(next)))
}

pub fn last_page(items: Vec<Item>) -> Told {
    page(items, PageEnd::Delta(Link::new("delta")))
}

fn page(items: Vec<Item>, end: PageEnd) -> Told {
    Told::Page(Page {
        items,
        end,
        skipped: 0,
        fingerprint: 1,
    })
}

/// A quarter of an hour, now.
pub fn single(of: CalendarId, id: &str) -> Event {
    Event {
        calendar: of,
        id: EventId::new(id),
        kind: Kind::Single,
        series: None,
        etag: "v1".into(),
        before: None,
        start: began(),
        end: began() + mins(15),
        details: Some(Details {
            subject: Untrusted::new("Stand-up"),
            ..Details::default()
        }),
    }
}

/// An occurrence without anything but its time, whose master nobody has.
pub fn orphan() -> Event {
    Event {
        kind: Kind::Occurrence,
        series: Some(EventId::new("master")),
        details: None,
        ..single(calendar(0), "orphan")
    }
}
