//! The fixed world of the screen's tests: one week of Ana's, around Thursday 26 November 2026, in Berlin.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZoneDatabase;
use kalends::app::keymap::Keymap;
use kalends::app::viewer::Viewer;
use kalends::app::{Effect, Message, Setup, State, start, update};
use kalends::config::Settings;
use kalends::domain::calendar::{Calendar, Category, Me};
use kalends::domain::entry::Entry;
use kalends::domain::errand::Errand;
use kalends::domain::event::{
    Answer, Attendee, Details, Event, Importance, Kind, Person, Role, Sensitivity, ShowAs,
};
use kalends::domain::free_busy::{Heard, Schedule, Suggestions};
use kalends::domain::ids::{CalendarId, EventId};
use kalends::domain::recurrence::{Pattern, Recurrence, Weekdays};
use kalends::domain::text::Untrusted;
use kalends::service::protocol::{
    Detail, Link, Notice, Reply, Request, Rights, Status, Ticket, Vitals,
};

pub const NOW: &str = "2026-11-26T09:42:00Z";

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn person(name: &str) -> Person {
    let address = format!(
        "{}@contoso.com",
        name.split(' ').next().unwrap_or(name).to_lowercase()
    );
    Person {
        name: Untrusted::new(name),
        address: Untrusted::new(address),
    }
}

/// An accepted meeting of Ben's in the work calendar; `from` and `to` are UTC.
pub fn entry(id: &str, subject: &str, from: &str, to: &str) -> Entry {
    Entry {
        calendar: CalendarId::new("work"),
        id: EventId::new(id),
        series: None,
        kind: Kind::Single,
        start: at(from),
        end: at(to),
        all_day: false,
        subject: Untrusted::new(subject),
        place: Untrusted::default(),
        online_url: None,
        organizer: person("Ben Okafor"),
        is_organizer: false,
        answer: Answer::Accepted,
        answered_after: None,
        pending: None,
        show_as: ShowAs::Busy,
        cancelled: false,
        response_requested: true,
        importance: Importance::Normal,
        sensitivity: Sensitivity::Normal,
        categories: Vec::new(),
        has_attachments: false,
        allow_proposals: true,
        before: None,
        proposals: Vec::new(),
        attendees: 3,
        meeting: 0,
    }
}

/// What a change to an entry is written as.
pub fn with(mut entry: Entry, change: impl FnOnce(&mut Entry)) -> Entry {
    change(&mut entry);
    entry
}

pub fn all_day(id: &str, subject: &str, first: &str, end: &str) -> Entry {
    with(
        entry(
            id,
            subject,
            &format!("{first}T00:00:00Z"),
            &format!("{end}T00:00:00Z"),
        ),
        |entry| {
            entry.all_day = true;
            entry.is_organizer = true;
            entry.answer = Answer::Organizer;
            entry.attendees = 0;
        },
    )
}

fn mine(entry: &mut Entry) {
    entry.is_organizer = true;
    entry.answer = Answer::Organizer;
    entry.organizer = person("Ana Silva");
}

fn asked(entry: &mut Entry) {
    entry.answer = Answer::NotResponded;
    entry.show_as = ShowAs::Tentative;
}

fn placed(place: &str) -> impl FnOnce(&mut Entry) + '_ {
    move |entry| entry.place = Untrusted::new(place)
}

/// Berlin is at +1 in November.
pub fn week() -> Vec<Entry> {
    let mut entries = Vec::new();
    for (day, date) in (23..=27).enumerate() {
        entries.push(with(
            entry(
                &format!("standup-{day}"),
                "Stand-up",
                &format!("2026-11-{date}T08:00:00Z"),
                &format!("2026-11-{date}T08:15:00Z"),
            ),
            |entry| {
                entry.kind = Kind::Occurrence;
                entry.series = Some(EventId::new("standup"));
            },
        ));
        entries.push(with(
            entry(
                &format!("lunch-{day}"),
                "Lunch",
                &format!("2026-11-{date}T11:00:00Z"),
                &format!("2026-11-{date}T12:00:00Z"),
            ),
            |entry| {
                mine(entry);
                entry.attendees = 0;
                entry.show_as = ShowAs::Free;
                entry.calendar = CalendarId::new("home");
            },
        ));
    }
    entries.extend([
        with(
            all_day("offsite", "Offsite Lisbon", "2026-11-23", "2026-11-26"),
            |entry| entry.place = Untrusted::new("Lisbon"),
        ),
        with(
            all_day("leave", "Ben on leave", "2026-11-26", "2026-11-28"),
            |entry| {
                entry.show_as = ShowAs::Free;
                entry.calendar = CalendarId::new("team");
            },
        ),
        with(
            all_day("market", "Advent market", "2026-11-28", "2026-11-30"),
            |entry| entry.calendar = CalendarId::new("home"),
        ),
        with(
            all_day("birthday", "Zoë's birthday", "2026-11-26", "2026-11-27"),
            |entry| {
                entry.calendar = CalendarId::new("home");
                entry.show_as = ShowAs::Free;
            },
        ),
        with(
            entry(
                "kenji",
                "1:1 Kenji",
                "2026-11-23T09:00:00Z",
                "2026-11-23T09:45:00Z",
            ),
            mine,
        ),
        with(
            entry(
                "review",
                "Design review",
                "2026-11-24T08:30:00Z",
                "2026-11-24T10:00:00Z",
            ),
            placed("Room 4.12"),
        ),
        with(
            entry(
                "budget",
                "Budget Q1",
                "2026-11-25T09:00:00Z",
                "2026-11-25T10:30:00Z",
            ),
            |entry| {
                asked(entry);
                entry.organizer = person("Zoë Laurent");
                entry.place = Untrusted::new("Room 7");
            },
        ),
        with(
            entry(
                "launch",
                "Launch plan",
                "2026-11-26T09:00:00Z",
                "2026-11-26T10:30:00Z",
            ),
            |entry| {
                mine(entry);
                entry.place = Untrusted::new("Room 2");
                entry.attendees = 6;
            },
        ),
        with(
            entry(
                "vendor",
                "Vendor call",
                "2026-11-26T09:30:00Z",
                "2026-11-26T10:00:00Z",
            ),
            |entry| {
                asked(entry);
                entry.organizer = person("Liu Wei");
                entry.online_url = Some(Untrusted::new("https://teams.example.com/l/meetup/42"));
                entry.place = Untrusted::new("Teams");
            },
        ),
        with(
            entry(
                "crit",
                "Design crit",
                "2026-11-26T14:00:00Z",
                "2026-11-26T14:45:00Z",
            ),
            |entry| {
                entry.answer = Answer::Tentative;
                entry.show_as = ShowAs::Tentative;
            },
        ),
        with(
            entry(
                "dentist",
                "Dentist",
                "2026-11-24T13:15:00Z",
                "2026-11-24T14:00:00Z",
            ),
            |entry| {
                mine(entry);
                entry.attendees = 0;
                entry.calendar = CalendarId::new("home");
            },
        ),
        with(
            entry(
                "board",
                "Board prep",
                "2026-11-24T13:30:00Z",
                "2026-11-24T15:00:00Z",
            ),
            placed("Room 1"),
        ),
        with(
            entry(
                "cancelled",
                "Roadmap sync",
                "2026-11-25T13:00:00Z",
                "2026-11-25T14:00:00Z",
            ),
            |entry| entry.cancelled = true,
        ),
        with(
            entry(
                "tokyo",
                "東京チームと定例会議 🗼",
                "2026-11-27T07:00:00Z",
                "2026-11-27T08:00:00Z",
            ),
            placed("オンライン"),
        ),
        with(
            entry(
                "interview",
                "Interview: Kim Park",
                "2026-11-27T14:00:00Z",
                "2026-11-27T15:15:00Z",
            ),
            asked,
        ),
        with(
            entry(
                "deploy",
                "Night deploy",
                "2026-11-27T22:00:00Z",
                "2026-11-28T00:30:00Z",
            ),
            |entry| {
                mine(entry);
                entry.calendar = CalendarId::new("team");
            },
        ),
        with(
            entry(
                "run",
                "Run with Pat",
                "2026-11-29T08:30:00Z",
                "2026-11-29T09:45:00Z",
            ),
            |entry| {
                mine(entry);
                entry.calendar = CalendarId::new("home");
            },
        ),
    ]);
    entries
}

fn calendar(id: &str, name: &str, color: &str) -> Calendar {
    Calendar {
        id: CalendarId::new(id),
        name: Untrusted::new(name),
        hex_color: None,
        color: color.into(),
        owner: person("Ana Silva"),
        can_edit: true,
        is_default: id == "work",
    }
}

fn category(id: &str, name: &str, preset: Option<u8>) -> Category {
    Category {
        id: id.into(),
        name: Untrusted::new(name),
        preset,
    }
}

pub fn status() -> Status {
    Status {
        account: "ana@contoso.com".into(),
        link: Link::Live,
        fresh_at: Some(at(NOW)),
        invitations: 3,
        overlaps: 2,
        calendars: vec![
            calendar("work", "Calendar", "lightBlue"),
            calendar("home", "Home", "lightGreen"),
            calendar("team", "Team", "lightOrange"),
        ],
        categories: vec![
            category("1", "Customer", Some(7)),
            category("2", "Later", None),
        ],
        rights: Rights::ALL,
        me: Me {
            name: Untrusted::new("Ana Silva"),
            address: Untrusted::new("ana@contoso.com"),
        },
        ..Status::default()
    }
}

pub fn detail_of(entry: &Entry) -> Detail {
    let attendee = |name: &str, answer, role| Attendee {
        person: person(name),
        role,
        answer,
        proposed: None,
    };
    let body = "Hi Ana,\n\ncan we go through the offer before the launch? The draft is at \
                https://docs.example.com/offer/draft-7 and the numbers are in \
                <https://docs.example.com/offer/numbers>.\n\nThanks,\nLiu";
    // What I have alone has no guests, at the most a room.
    let is_alone = entry.is_organizer && entry.attendees == 0;
    let has_room = !entry.place.raw().is_empty();
    let comes = |one: &Attendee| !is_alone || (one.role == Role::Resource && has_room);
    let attendees = vec![
        attendee("Ana Silva", Answer::NotResponded, Role::Required),
        attendee("Kenji Mori", Answer::Accepted, Role::Required),
        attendee("Pat Doyle", Answer::Tentative, Role::Optional),
        attendee("Room 2", Answer::Declined, Role::Resource),
    ];
    let details = Details {
        subject: entry.subject.clone(),
        organizer: entry.organizer.clone(),
        all_day: entry.all_day,
        attendees: attendees.into_iter().filter(comes).collect(),
        start_zone: Some(Untrusted::new("China Standard Time")),
        ..Details::default()
    };
    let event = Event {
        calendar: entry.calendar.clone(),
        id: entry.id.clone(),
        kind: entry.kind,
        series: entry.series.clone(),
        etag: "1".into(),
        before: None,
        start: entry.start,
        end: entry.end,
        details: Some(details),
    };
    let mut series = event.clone();
    if let Some(details) = &mut series.details {
        let workdays = [
            Weekday::Monday,
            Weekday::Tuesday,
            Weekday::Wednesday,
            Weekday::Thursday,
            Weekday::Friday,
        ];
        let days = workdays
            .into_iter()
            .fold(Weekdays::default(), Weekdays::with);
        details.recurrence = Some(Recurrence::forever(Pattern::Weekly {
            interval: 1,
            days,
            week_start: Weekday::Monday,
        }));
    }
    let master = entry.series.clone().map(|id| Event {
        id,
        kind: Kind::Master,
        series: None,
        start: at("2026-01-05T08:00:00Z"),
        end: at("2026-01-05T08:15:00Z"),
        ..series
    });
    Detail {
        entry: entry.clone(),
        event,
        master,
        body: Some(Untrusted::new(body)),
        fetched_at: Some(at(NOW)),
    }
}

/// The program with a data side that answers at once from `entries`.
pub struct World {
    pub state: State,
    pub entries: Vec<Entry>,
    pub status: Status,
    /// Everything that was asked and done, in order.
    pub effects: Vec<Effect>,
    /// Events are not answered by themselves: a test does that when it is time.
    pub is_slow: bool,
    /// Why not all of the days that are asked for are known.
    pub missing: Option<&'static str>,
    /// Other people's time; None while the server cannot be reached.
    pub schedules: Option<Vec<Schedule>>,
    /// What was told of it before, for when the server cannot be reached.
    pub before: Vec<Heard>,
    /// What Microsoft would suggest; None where it has no such thing.
    pub suggestions: Option<Suggestions>,
    /// What the data side says of itself; None while it does not answer.
    pub vitals: Option<Vitals>,
}

impl World {
    pub fn new(cols: u16, rows: u16) -> Self {
        Self::of(week(), "Europe/Berlin", NOW, cols, rows)
    }

    pub fn of(entries: Vec<Entry>, zone: &str, now: &str, cols: u16, rows: u16) -> Self {
        let zones = TimeZoneDatabase::bundled();
        let setup = Setup {
            now: at(now),
            viewer: Viewer::find(&zones, zone).unwrap(),
            zones,
            settings: Settings::default(),
            keymap: Keymap::standard(),
            size: (cols, rows),
        };
        let mut world = Self {
            state: State::new(setup),
            entries,
            status: status(),
            effects: Vec::new(),
            is_slow: false,
            missing: None,
            schedules: Some(Vec::new()),
            before: Vec::new(),
            suggestions: None,
            vitals: None,
        };
        let effects = start(&mut world.state);
        world.perform(effects);
        world
    }

    pub fn send(&mut self, message: Message) {
        let effects = update(&mut self.state, message);
        self.perform(effects);
    }

    pub fn notice(&mut self, change: impl FnOnce(&mut Status)) {
        change(&mut self.status);
        self.send(Message::Noticed(Notice::Status(Box::new(
            self.status.clone(),
        ))));
    }

    pub fn tick(&mut self, seconds: i64) {
        let now = self.state.now + jiff::SignedDuration::from_secs(seconds);
        self.send(Message::Ticked(now));
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.effects.push(effect.clone());
            if let Effect::Ask { ticket, request } = effect
                && let Some(reply) = self.answer(&request)
            {
                self.reply(ticket, reply);
            }
        }
    }

    pub fn reply(&mut self, ticket: Ticket, reply: Reply) {
        self.send(Message::Replied { ticket, reply });
    }

    /// The answer to whom the person has met.
    pub fn people(&mut self, met: Vec<kalends::domain::event::Attendee>) {
        let asked = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Ask {
                ticket,
                request: Request::People,
            } => Some(*ticket),
            _ => None,
        });
        self.reply(asked.unwrap(), Reply::People(met));
    }

    fn schedules_of(&self, addresses: &[String]) -> Reply {
        let Some(schedules) = &self.schedules else {
            let words = "this needs the server, and there is no connection to it".into();
            let heard = self.before.clone();
            return Reply::SchedulesBefore { heard, words };
        };
        let asked =
            |schedule: &&Schedule| addresses.iter().any(|one| *one == schedule.address.raw());
        Reply::Schedules(schedules.iter().filter(asked).cloned().collect())
    }

    /// All there is, as far as it is known.
    pub fn reached(&self) -> Reply {
        let entries = self.entries.clone();
        match self.missing {
            None => Reply::Entries(entries),
            Some(words) => Reply::EntriesOffline {
                entries,
                words: words.into(),
            },
        }
    }

    /// The ticket of the last question of this kind.
    pub fn last_asked(&self, is_it: impl Fn(&Request) -> bool) -> Ticket {
        let asked = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Ask { ticket, request } if is_it(request) => Some(*ticket),
            _ => None,
        });
        asked.unwrap()
    }

    fn answer(&self, request: &Request) -> Option<Reply> {
        match request {
            Request::Known { .. } | Request::Detail { .. } | Request::Reach { .. }
                if self.is_slow =>
            {
                None
            }
            Request::Show { from, to } => {
                let (from, to) = (format!("{from}T00:00:00Z"), format!("{to}T00:00:00Z"));
                let (from, to) = (at(&from), at(&to));
                let within = |entry: &&Entry| entry.end > from && entry.start < to;
                Some(Reply::Entries(
                    self.entries.iter().filter(within).cloned().collect(),
                ))
            }
            Request::Waiting => Some(Reply::Entries(self.entries.clone())),
            Request::Reach { .. } => Some(self.reached()),
            Request::Errand(Errand::Schedules { addresses, .. }) => {
                Some(self.schedules_of(addresses))
            }
            Request::Errand(Errand::MeetingTimes { .. }) => Some(match &self.suggestions {
                Some(suggestions) => Reply::Suggestions(suggestions.clone()),
                None => Reply::Refused {
                    words: "this account cannot be asked for meeting times".into(),
                },
            }),
            Request::Vitals => self
                .vitals
                .clone()
                .map(|told| Reply::Vitals(Box::new(told))),
            Request::Status => Some(Reply::Status(Box::new(self.status.clone()))),
            Request::Known { event, .. } => {
                let entry = self.entries.iter().find(|entry| entry.id == *event)?;
                let body = None;
                Some(Reply::Detail(Box::new(Detail {
                    body,
                    ..detail_of(entry)
                })))
            }
            // Of a series the same as of its occurrences.
            Request::Detail { event, .. } => {
                let is_it = |entry: &&Entry| entry.id == *event || entry.root() == event;
                let entry = self.entries.iter().find(is_it)?;
                Some(Reply::Detail(Box::new(detail_of(entry))))
            }
            Request::Search { text, .. } => {
                let text = text.to_lowercase();
                let found = self.entries.iter().filter(|entry| {
                    entry.subject.raw().to_lowercase().contains(&text)
                        || entry.place.raw().to_lowercase().contains(&text)
                });
                Some(Reply::Entries(found.cloned().collect()))
            }
            _ => None,
        }
    }
}
