//! A calendar of a few events behind a data side, and the tricks its server knows.

use jiff::{SignedDuration, Timestamp, ToSpan};
use kalends::domain::answer::Respond;
use kalends::domain::calendar::{Calendar, Me};
use kalends::domain::edit::{Change, Create, Delete, Edit, Span, Value};
use kalends::domain::event::{Answer as Answered, Details, Event, Kind, Person};
use kalends::domain::ids::{CalendarId, EventId};
use kalends::domain::intent::{Act, Intent, Seen};
use kalends::domain::remote::{
    Ask, Failure, FailureKind, Item, Link, Mailbox, Page, PageEnd, Told,
};
use kalends::domain::zone::Zone;
use kalends::service::protocol::{Reply, Request, Rights, Status};
use kalends::service::server::Answer;
use kalends::service::{Clock, Connected, Handle, Incoming, Options, Server, Traffic, own};
use kalends::store::{Folder, Outbox};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::time::{Duration, Instant};

const NOW: &str = "2026-11-25T09:00:00Z";
const PATIENCE: Duration = Duration::from_secs(20);

pub fn now() -> Timestamp {
    NOW.parse().unwrap()
}

#[derive(Default)]
struct Inside {
    events: BTreeMap<EventId, Event>,
    gone: Vec<EventId>,
    version: u64,
    /// The next acts fail like this instead of taking effect.
    failing: Vec<FailureKind>,
    is_offline: bool,
    /// What is asked for one event, and acts, are held back until the gate opens.
    is_shut: bool,
    /// Acts that took effect, as words.
    log: Vec<String>,
}

#[derive(Default)]
pub struct Office {
    inside: Mutex<Inside>,
    opened: Condvar,
}

fn failure(kind: FailureKind) -> Failure {
    Failure {
        kind,
        status: 0,
        code: String::new(),
        words: format!("{kind:?}"),
        retry_after_ms: None,
    }
}

impl Office {
    fn answer(&self, ask: &Ask) -> Result<Told, Failure> {
        let mut inside = self.inside.lock().unwrap();
        if inside.is_offline {
            return Err(failure(FailureKind::Offline));
        }
        let is_of_an_event = matches!(ask, Ask::Event { .. } | Ask::EventWithNotes { .. });
        while inside.is_shut && (is_of_an_event || ask.is_act()) {
            inside = self.opened.wait(inside).unwrap();
        }
        match ask {
            Ask::Mailbox => Ok(Told::Mailbox(mailbox())),
            Ask::RoundStart { .. } | Ask::RoundNext { .. } | Ask::View { .. } => {
                let seen = inside.events.values().cloned().map(Item::Seen);
                let gone = inside.gone.iter().cloned().map(Item::Removed);
                let items = seen.chain(gone).collect();
                Ok(Told::Page(Page {
                    items,
                    end: PageEnd::Delta(Link::new(format!("link-{}", inside.version))),
                    skipped: 0,
                    fingerprint: inside.version,
                }))
            }
            Ask::Event { event, .. } | Ask::EventWithNotes { event, .. } => {
                let found = inside.events.get(event).cloned();
                found
                    .map(Told::Event)
                    .ok_or_else(|| failure(FailureKind::NotFound))
            }
            ask if ask.is_act() => {
                if !inside.failing.is_empty() {
                    let kind = inside.failing.remove(0);
                    return Err(failure(kind));
                }
                inside.perform(ask)
            }
            _ => Err(failure(FailureKind::Refused)),
        }
    }
}

impl Inside {
    fn perform(&mut self, ask: &Ask) -> Result<Told, Failure> {
        self.version += 1;
        let etag = format!("W/\"{}\"", self.version);
        match ask {
            Ask::Create {
                calendar,
                transaction,
                values,
            } => {
                let create = Create {
                    calendar: calendar.clone(),
                    transaction: transaction.clone(),
                    values: values.clone(),
                };
                let mut event = create.event().unwrap();
                event.id = EventId::new(format!("made-{}", self.version));
                event.etag = etag;
                self.log.push(format!("create {}", create.subject().raw()));
                self.events.insert(event.id.clone(), event.clone());
                Ok(Told::Event(event))
            }
            Ask::Change { event, values, .. } => {
                let event = self.events.get_mut(event).unwrap();
                let mut details = event.details.clone().unwrap();
                for value in values {
                    value.lay_over(event, &mut details);
                }
                event.details = Some(details);
                event.etag = etag;
                self.log.push(format!("change {}", event.id.as_str()));
                Ok(Told::Event(event.clone()))
            }
            Ask::Respond { event, reply, .. } => {
                let event = self.events.get_mut(event).unwrap();
                event.details.as_mut().unwrap().answer = reply.as_answer();
                event.etag = etag;
                let words = format!("{} {}", reply.past_tense(), event.id.as_str());
                self.log.push(words);
                Ok(Told::Accepted)
            }
            Ask::Delete { event, .. } => {
                self.events.remove(event);
                self.gone.push(event.clone());
                self.log.push(format!("delete {}", event.as_str()));
                Ok(Told::Accepted)
            }
            _ => Err(failure(FailureKind::Refused)),
        }
    }
}

struct Line(Arc<Office>);

impl Server for Line {
    fn perform(&self, ask: Ask) -> Answer<Result<Told, Failure>> {
        let office = Arc::clone(&self.0);
        Box::pin(async move {
            // A held back answer must not hold back the data side.
            let answered = tokio::task::spawn_blocking(move || office.answer(&ask));
            answered.await.unwrap()
        })
    }

    fn perform_batch(&self, asks: Vec<Ask>) -> Answer<Vec<Result<Told, Failure>>> {
        let office = Arc::clone(&self.0);
        Box::pin(async move { asks.iter().map(|ask| office.answer(ask)).collect() })
    }

    fn traffic(&self) -> Traffic {
        Traffic::default()
    }
}

fn mailbox() -> Mailbox {
    let me = Person {
        name: "Ana Vidal".into(),
        address: "ana@contoso.com".into(),
    };
    let calendar = |id: &str| Calendar {
        id: CalendarId::new(id),
        name: id.into(),
        hex_color: None,
        color: "auto".into(),
        owner: me.clone(),
        can_edit: true,
        is_default: id == "work",
    };
    Mailbox {
        calendars: vec![calendar("work")],
        me: Me {
            name: me.name.clone(),
            address: me.address.clone(),
        },
        settings: None,
        categories: None,
    }
}

/// An event of an hour, `hours` from now.
pub fn event(id: &str, hours: i64, is_mine: bool) -> Event {
    let start = now() + hours.hours();
    Event {
        calendar: CalendarId::new("work"),
        id: EventId::new(id),
        kind: Kind::Single,
        series: None,
        etag: "W/\"0\"".into(),
        before: None,
        start,
        end: start + 1.hour(),
        details: Some(Details {
            subject: id.into(),
            is_organizer: is_mine,
            answer: if is_mine {
                Answered::Organizer
            } else {
                Answered::NotResponded
            },
            response_requested: !is_mine,
            ..Details::default()
        }),
    }
}

pub fn seen(event: &Event) -> Seen {
    let details = event.details.as_ref().unwrap();
    Seen {
        start: event.start,
        end: event.end,
        all_day: false,
        subject: details.subject.clone(),
        answer: details.answer,
        shape: None,
    }
}

pub fn create(subject: &str, hours: i64) -> Act {
    let start = now() + hours.hours();
    Act::Create(Create {
        calendar: CalendarId::new("work"),
        transaction: format!("transaction-{subject}-{hours}"),
        values: vec![
            Value::Subject(subject.into()),
            Value::When(Span::on_clock(start, start + 1.hour(), false, &Zone::utc())),
        ],
    })
}

pub fn rename(event: &Event, to: &str) -> Act {
    let was = event.details.as_ref().unwrap().subject.clone();
    Act::Change(Change {
        calendar: event.calendar.clone(),
        event: event.id.clone(),
        root: event.id.clone(),
        edits: vec![Edit {
            base: Value::Subject(was),
            mine: Value::Subject(to.into()),
        }],
        seen: seen(event),
    })
}

pub fn delete(event: &Event) -> Act {
    Act::Delete(Delete {
        calendar: event.calendar.clone(),
        event: event.id.clone(),
        root: event.id.clone(),
        message: None,
        is_my_meeting: false,
        seen: seen(event),
    })
}

pub fn answer(event: &Event, reply: kalends::domain::answer::Reply) -> Act {
    Act::Respond(Respond {
        calendar: event.calendar.clone(),
        event: event.id.clone(),
        root: event.id.clone(),
        reply,
        comment: None,
        tell_organizer: true,
        proposed: None,
        seen: seen(event),
    })
}

pub struct Desk {
    handle: Handle,
    incoming: mpsc::Receiver<Incoming>,
    office: Arc<Office>,
    clock: Arc<AtomicI64>,
    folder: tempfile::TempDir,
}

impl Desk {
    /// Everything of the office is known here.
    pub fn with(events: &[Event]) -> Self {
        let office = Arc::new(Office::default());
        for event in events {
            let mut inside = office.inside.lock().unwrap();
            inside.events.insert(event.id.clone(), event.clone());
        }
        let folder = tempfile::tempdir().unwrap();
        let account = Folder::new(folder.path());
        let clock = Arc::new(AtomicI64::new(now().as_millisecond()));
        let shown = Arc::clone(&clock);
        let time =
            Clock::new(move || Timestamp::from_millisecond(shown.load(Ordering::SeqCst)).unwrap());
        let (sender, incoming) = mpsc::channel();
        let connected = Connected {
            server: Arc::new(Line(Arc::clone(&office))),
            rights: Rights::ALL,
            banners: Vec::new(),
        };
        let handle = own(
            &account,
            account.own().unwrap(),
            Options::new(time, "ana@contoso.com"),
            Box::new(move || Ok(Some(connected))),
            Arc::new(move |news| sender.send(news).is_ok()),
        )
        .unwrap();
        let desk = Self {
            handle,
            incoming,
            office,
            clock,
            folder,
        };
        desk.until("the connection", |desk| {
            desk.status().link != kalends::service::protocol::Link::NoAccount
        });
        let synced = desk.ask(Request::FullSync);
        assert!(matches!(synced, Reply::Synced(_)), "{synced:?}");
        desk
    }

    pub fn post(&self, request: Request) -> kalends::service::protocol::Ticket {
        let ticket = self.handle.ticket();
        assert!(self.handle.post(ticket, request));
        ticket
    }

    pub fn ask(&self, request: Request) -> Reply {
        let asked = self.post(request);
        loop {
            if let Incoming::Replied { ticket, reply } =
                self.incoming.recv_timeout(PATIENCE).expect("a reply")
                && ticket == asked
            {
                return reply;
            }
        }
    }

    /// Queued without an undo delay.
    pub fn queue(&self, act: Act) -> Reply {
        let reply = self.ask(Request::Queue { act, delay_ms: 0 });
        assert!(matches!(reply, Reply::Queued(_) | Reply::Done), "{reply:?}");
        reply
    }

    pub fn together(&self, acts: Vec<Act>) -> Reply {
        let reply = self.ask(Request::QueueTogether { acts, delay_ms: 0 });
        assert!(matches!(reply, Reply::Queued(_)), "{reply:?}");
        reply
    }

    pub fn intents(&self) -> Vec<Intent> {
        self.status().intents
    }

    pub fn status(&self) -> Status {
        match self.ask(Request::Status) {
            Reply::Status(status) => *status,
            other => panic!("{other:?}"),
        }
    }

    /// Waits for it while time goes on.
    #[track_caller]
    pub fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let limit = Instant::now() + PATIENCE;
        while !is_so(self) {
            assert!(
                Instant::now() < limit,
                "{what} did not happen: {:?}, {:?}",
                self.log(),
                self.intents()
            );
            self.pass(SignedDuration::from_millis(500));
            self.ask(Request::SyncNow);
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    /// Nothing is under way, and nothing will be by itself.
    pub fn rest(&self) {
        for _ in 0..20 {
            self.pass(SignedDuration::from_secs(2));
            self.ask(Request::SyncNow);
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    pub fn pass(&self, time: SignedDuration) {
        let ms = i64::try_from(time.as_millis()).unwrap();
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    /// What took effect on the server, oldest first.
    pub fn log(&self) -> Vec<String> {
        self.office.inside.lock().unwrap().log.clone()
    }

    pub fn on_server(&self, id: &str) -> Option<Event> {
        let inside = self.office.inside.lock().unwrap();
        inside.events.get(&EventId::new(id)).cloned()
    }

    pub fn fail(&self, kinds: &[FailureKind]) {
        self.office.inside.lock().unwrap().failing.extend(kinds);
    }

    pub fn offline(&self, is_offline: bool) {
        self.office.inside.lock().unwrap().is_offline = is_offline;
    }

    /// Acts, and reads of one event, wait at the server's door.
    pub fn shut(&self, is_shut: bool) {
        self.office.inside.lock().unwrap().is_shut = is_shut;
        self.office.opened.notify_all();
    }

    /// Somebody else renames it.
    pub fn renamed_there(&self, id: &str, to: &str) {
        let mut inside = self.office.inside.lock().unwrap();
        inside.version += 1;
        let etag = format!("W/\"{}\"", inside.version);
        let event = inside.events.get_mut(&EventId::new(id)).unwrap();
        event.details.as_mut().unwrap().subject = to.into();
        event.etag = etag;
    }

    /// The program ends; what its outbox holds then.
    pub fn leave(self) -> Vec<Intent> {
        let account = Folder::new(self.folder.path());
        drop(self.handle);
        while self.incoming.recv().is_ok() {}
        let _owned = account.own().unwrap();
        Outbox::open(&account).unwrap().intents().unwrap()
    }

    pub fn needs_you(&self) -> Option<Intent> {
        self.intents()
            .into_iter()
            .find(|intent| intent.stage.needs_you())
    }
}
