//! A calendar of a few events behind a data side.

use super::office::{Line, Office, Trick};
use jiff::{SignedDuration, Timestamp, ToSpan};
use kalends::domain::answer::Respond;
use kalends::domain::edit::{Change, Create, Delete, Edit, Span, Value};
use kalends::domain::event::{Answer as Answered, Details, Event, Kind};
use kalends::domain::ids::{CalendarId, EventId};
use kalends::domain::intent::{Act, Intent, Seen};
use kalends::domain::remote::FailureKind;
use kalends::domain::zone::Zone;
use kalends::service::protocol::{Notice, Reply, Request, Rights, Status};
use kalends::service::{Clock, Connected, Handle, Incoming, Options, own};
use kalends::store::{Folder, Outbox};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

const NOW: &str = "2026-11-25T09:00:00Z";
const PATIENCE: Duration = Duration::from_secs(20);

pub fn now() -> Timestamp {
    NOW.parse().unwrap()
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
    /// None while one process has ended and the next has not begun.
    handle: Option<Handle>,
    incoming: mpsc::Receiver<Incoming>,
    pub office: Arc<Office>,
    clock: Arc<AtomicI64>,
    folder: tempfile::TempDir,
}

/// Starts a data side in this folder.
fn begin(
    folder: &Folder,
    office: &Arc<Office>,
    clock: &Arc<AtomicI64>,
) -> (Handle, mpsc::Receiver<Incoming>) {
    let shown = Arc::clone(clock);
    let time =
        Clock::new(move || Timestamp::from_millisecond(shown.load(Ordering::SeqCst)).unwrap());
    let (sender, incoming) = mpsc::channel();
    let connected = Connected {
        server: Arc::new(Line::new(office)),
        rights: Rights::ALL,
        banners: Vec::new(),
    };
    let handle = own(
        folder,
        folder.own().unwrap(),
        Options::new(time, "ana@contoso.com"),
        Box::new(move || Ok(Some(connected.clone()))),
        Arc::new(move |news| sender.send(news).is_ok()),
    );
    (handle.unwrap(), incoming)
}

impl Desk {
    /// Everything of the office is known here.
    pub fn with(events: &[Event]) -> Self {
        let office = Office::of(events);
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(AtomicI64::new(now().as_millisecond()));
        let (handle, incoming) = begin(&Folder::new(folder.path()), &office, &clock);
        let desk = Self {
            handle: Some(handle),
            incoming,
            office,
            clock,
            folder,
        };
        desk.until("the connection", Self::is_connected);
        let synced = desk.ask(Request::FullSync);
        assert!(matches!(synced, Reply::Synced(_)), "{synced:?}");
        desk
    }

    /// The process ends and another one begins in the same folder. What was on its way to the
    /// server arrives all the same, unless it is drowned. The last that the old process said.
    pub fn restart(&mut self, is_drowned: bool) -> Vec<Incoming> {
        let folder = Folder::new(self.folder.path());
        drop(self.handle.take());
        let last = self.incoming.iter().collect();
        self.office.asker_died(is_drowned);
        let (handle, incoming) = begin(&folder, &self.office, &self.clock);
        (self.handle, self.incoming) = (Some(handle), incoming);
        last
    }

    pub fn is_connected(&self) -> bool {
        self.status().link != kalends::service::protocol::Link::NoAccount
    }

    pub fn post(&self, request: Request) -> kalends::service::protocol::Ticket {
        let handle = self.handle.as_ref().unwrap();
        let ticket = handle.ticket();
        assert!(handle.post(ticket, request));
        ticket
    }

    pub fn ask(&self, request: Request) -> Reply {
        self.hear(request).1
    }

    /// The reply, and what was said until then.
    pub fn hear(&self, request: Request) -> (Vec<Notice>, Reply) {
        let asked = self.post(request);
        let mut heard = Vec::new();
        loop {
            match self.incoming.recv_timeout(PATIENCE).expect("a reply") {
                Incoming::Noticed(notice) => heard.push(notice),
                Incoming::Replied { ticket, reply } if ticket == asked => return (heard, reply),
                Incoming::Replied { .. } => {}
            }
        }
    }

    /// The replies to all of these, in their order.
    pub fn replies(&self, asked: &[kalends::service::protocol::Ticket]) -> Vec<Reply> {
        let mut found: Vec<Option<Reply>> = vec![None; asked.len()];
        while found.contains(&None) {
            let heard = self.incoming.recv_timeout(PATIENCE).expect("a reply");
            if let Incoming::Replied { ticket, reply } = heard
                && let Some(place) = asked.iter().position(|asked| *asked == ticket)
            {
                found[place] = Some(reply);
            }
        }
        found.into_iter().flatten().collect()
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
            self.hear_out();
        }
    }

    /// Waits until the server has answered everything that was asked, while time stands still.
    /// What was said until then. Behind a shut gate nobody answers.
    #[track_caller]
    pub fn hear_out(&self) -> Vec<Notice> {
        let limit = Instant::now() + PATIENCE;
        let mut heard = Vec::new();
        while !self.office.is_shut() {
            let (said, reply) = self.hear(Request::Vitals);
            heard.extend(said);
            let Reply::Vitals(vitals) = reply else {
                panic!("{reply:?}")
            };
            if vitals.in_flight == 0 {
                return heard;
            }
            assert!(
                Instant::now() < limit,
                "{} requests are not answered",
                vitals.in_flight
            );
            std::thread::park_timeout(Duration::from_millis(1));
        }
        // Time for what does not wait at the gate.
        std::thread::park_timeout(Duration::from_millis(5));
        heard
    }

    pub fn pass(&self, time: SignedDuration) {
        let ms = i64::try_from(time.as_millis()).unwrap();
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    /// What took effect on the server, oldest first.
    pub fn log(&self) -> Vec<String> {
        self.office.inside().log.clone()
    }

    pub fn on_server(&self, id: &str) -> Option<Event> {
        self.office.inside().events.get(&EventId::new(id)).cloned()
    }

    /// The next acts fail like this instead of taking effect.
    pub fn fail(&self, kinds: &[FailureKind]) {
        let tricks = kinds.iter().map(|kind| Trick::Fail(*kind));
        self.office.inside().tricks.extend(tricks);
    }

    pub fn offline(&self, is_offline: bool) {
        self.office.inside().is_offline = is_offline;
    }

    /// Acts, and reads of one event, wait at the server's door.
    pub fn shut(&self, is_shut: bool) {
        self.office.shut(is_shut);
    }

    /// Somebody else renames it.
    pub fn renamed_there(&self, id: &str, to: &str) {
        self.office.meddle(&EventId::new(id), Some(to));
    }

    pub fn account(&self) -> Folder {
        Folder::new(self.folder.path())
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
