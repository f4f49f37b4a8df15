//! A server that does what the test says: it refuses, keeps answers back, loses them, and knows
//! what it did.

use kalends::domain::calendar::{Calendar, Me};
use kalends::domain::edit::{Create, Value};
use kalends::domain::errand::Errand;
use kalends::domain::event::{Event, Person};
use kalends::domain::free_busy::Schedule;
use kalends::domain::ids::{CalendarId, EventId};
use kalends::domain::remote::{
    Ask, Failure, FailureKind, Followed, Item, Link, Mailbox, Page, PageEnd, Told,
};
use kalends::domain::text::Untrusted;
use kalends::service::server::Answer;
use kalends::service::{Server, Traffic};
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

/// What becomes of the next act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trick {
    /// It does not take effect, and this is the answer.
    Fail(FailureKind),
    /// It takes effect, and its answer is lost.
    Lose,
    /// It takes effect as always.
    Let,
}

impl Trick {
    /// Says nothing about the act itself.
    fn is_passing(self) -> bool {
        matches!(
            self,
            Self::Lose
                | Self::Let
                | Self::Fail(FailureKind::Unknown | FailureKind::Throttled | FailureKind::Offline)
        )
    }
}

/// An act that took effect.
#[derive(Debug, Clone)]
pub struct Effect {
    /// Whatever it did, in words that only the same act has.
    pub print: String,
    pub event: EventId,
    /// Nobody heard that it was done.
    pub is_lost: bool,
}

#[derive(Default)]
pub struct Inside {
    pub events: BTreeMap<EventId, Event>,
    gone: Vec<EventId>,
    version: u64,
    /// One for each of the next acts.
    pub tricks: VecDeque<Trick>,
    pub is_offline: bool,
    /// What is asked for one event, and acts, are held back until the gate opens.
    is_shut: bool,
    /// Grows when a process ends: what it asked for and waits at the gate is settled then.
    life: u64,
    /// What waited at the gate when the process ended never arrives.
    is_drowned: bool,
    /// Requests that nobody has answered or given up.
    crossing: u32,
    /// Transactions of new events, with what they made: remembered when that is gone, too.
    made: BTreeMap<String, EventId>,
    /// Acts that took effect, as words.
    pub log: Vec<String>,
    pub effects: Vec<Effect>,
    /// Acts that did not, while nobody could know.
    pub spurned: Vec<String>,
    /// What is told of somebody's calendar, by their address; nobody else shares one.
    pub shared: BTreeMap<String, Result<Calendar, Failure>>,
    /// More calendars in my own list.
    pub listed: Vec<Calendar>,
    /// What calendars hold beyond the horizon, or why they cannot be read.
    pub views: BTreeMap<CalendarId, Result<Vec<Event>, Failure>>,
}

#[derive(Default)]
pub struct Office {
    inside: Mutex<Inside>,
    changed: Condvar,
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
    pub fn of(events: &[Event]) -> Arc<Self> {
        let office = Self::default();
        let all = events.iter().map(|event| (event.id.clone(), event.clone()));
        office.inside().events.extend(all);
        Arc::new(office)
    }

    pub fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap()
    }

    pub fn shut(&self, is_shut: bool) {
        self.inside().is_shut = is_shut;
        self.changed.notify_all();
    }

    pub fn is_shut(&self) -> bool {
        self.inside().is_shut
    }

    /// The process that asked has ended: what is still on its way arrives now, or never.
    pub fn asker_died(&self, is_drowned: bool) {
        let mut inside = self.inside();
        inside.life += 1;
        inside.is_drowned = is_drowned;
        self.changed.notify_all();
        while inside.crossing > 0 {
            inside = self.changed.wait(inside).unwrap();
        }
    }

    /// Somebody else renames it, or deletes it. What is gone stays gone.
    pub fn meddle(&self, id: &EventId, name: Option<&str>) {
        let mut inside = self.inside();
        let etag = inside.next_etag();
        match (inside.events.get_mut(id), name) {
            (Some(event), Some(name)) => {
                event.details.as_mut().unwrap().subject = name.into();
                event.etag = etag;
            }
            (Some(_), None) => inside.take_away(id),
            (None, _) => {}
        }
    }

    fn answer(&self, ask: &Ask, life: u64) -> Result<Told, Failure> {
        let mut inside = self.inside();
        if inside.is_offline {
            return Err(failure(FailureKind::Offline));
        }
        let is_of_an_event = matches!(ask, Ask::Event { .. } | Ask::EventWithNotes { .. });
        while inside.is_shut && inside.life == life && (is_of_an_event || ask.is_act()) {
            inside = self.changed.wait(inside).unwrap();
        }
        if inside.life != life && inside.is_drowned {
            inside.spurned.push(print(ask));
            return Err(failure(FailureKind::Offline));
        }
        match ask {
            Ask::Mailbox { followed } => {
                let mut mailbox = mailbox();
                mailbox.calendars.extend(inside.listed.iter().cloned());
                let nobody = || Err(failure(FailureKind::Forbidden));
                let told = followed.iter().map(|address| Followed {
                    address: address.clone(),
                    calendar: inside.shared.get(address).cloned().unwrap_or_else(nobody),
                });
                mailbox.followed = told.collect();
                Ok(Told::Mailbox(mailbox))
            }
            Ask::RoundStart { calendar, .. } | Ask::RoundNext { calendar, .. }
                if calendar.as_str() != "work" =>
            {
                Ok(Told::Page(Page {
                    items: Vec::new(),
                    end: PageEnd::Delta(Link::new("empty")),
                    skipped: 0,
                    fingerprint: 0,
                }))
            }
            Ask::View { calendar, .. } if inside.views.contains_key(calendar) => {
                inside.views[calendar].clone().map(Told::Events)
            }
            Ask::Errand(Errand::Schedules { addresses, .. }) => {
                Ok(Told::Schedules(addresses.iter().map(schedule).collect()))
            }
            Ask::RoundStart { .. } | Ask::RoundNext { .. } | Ask::View { .. } => {
                Ok(Told::Page(inside.page()))
            }
            Ask::Event { event, .. } | Ask::EventWithNotes { event, .. } => {
                inside.known(event).map(Told::Event)
            }
            ask if ask.is_act() => {
                let is_lost = inside.life != life;
                inside.act(ask, is_lost)
            }
            _ => Err(failure(FailureKind::Refused)),
        }
    }
}

impl Inside {
    fn next_etag(&mut self) -> String {
        self.version += 1;
        format!("W/\"{}\"", self.version)
    }

    fn known(&self, event: &EventId) -> Result<Event, Failure> {
        let found = self.events.get(event).cloned();
        found.ok_or_else(|| failure(FailureKind::NotFound))
    }

    fn take_away(&mut self, event: &EventId) {
        self.events.remove(event);
        self.gone.push(event.clone());
    }

    fn page(&self) -> Page {
        let seen = self.events.values().cloned().map(Item::Seen);
        let gone = self.gone.iter().cloned().map(Item::Removed);
        Page {
            items: seen.chain(gone).collect(),
            end: PageEnd::Delta(Link::new(format!("link-{}", self.version))),
            skipped: 0,
            fingerprint: self.version,
        }
    }

    fn act(&mut self, ask: &Ask, is_lost: bool) -> Result<Told, Failure> {
        let trick = self.tricks.pop_front();
        match trick.filter(|trick| !self.is_made(ask) || trick.is_passing()) {
            Some(Trick::Fail(kind)) => {
                if kind == FailureKind::Unknown {
                    self.spurned.push(print(ask));
                }
                // What is gone is done, for these two: it would not be true.
                let is_done_when_gone = matches!(ask, Ask::Delete { .. } | Ask::Respond { .. });
                Err(failure(match kind {
                    FailureKind::NotFound if is_done_when_gone => FailureKind::Refused,
                    kind => kind,
                }))
            }
            Some(Trick::Lose) => {
                let told = self.perform(ask, true);
                told.and(Err(failure(FailureKind::Unknown)))
            }
            Some(Trick::Let) | None => self.perform(ask, is_lost),
        }
    }

    /// A new event that is there is not refused when it is asked for again.
    fn is_made(&self, ask: &Ask) -> bool {
        matches!(ask, Ask::Create { transaction, .. } if self.made.contains_key(transaction))
    }

    fn perform(&mut self, ask: &Ask, is_lost: bool) -> Result<Told, Failure> {
        let etag = self.next_etag();
        let (event, told, words) = match ask {
            Ask::Create {
                transaction,
                values,
                ..
            } => {
                if let Some(made) = self.made.get(transaction) {
                    let again = self.events.get(made).cloned().map(Told::Event);
                    return again.ok_or_else(|| failure(FailureKind::Refused));
                }
                let event = self.create(ask, etag);
                self.made.insert(transaction.clone(), event.id.clone());
                let subject = subject_of(values).unwrap_or_default();
                let words = format!("create {subject}");
                (event.id.clone(), Told::Event(event), words)
            }
            Ask::Change {
                event,
                etag: known,
                values,
                ..
            } => {
                let mut new = self.known(event)?;
                if new.etag != *known {
                    return Err(failure(FailureKind::Conflict));
                }
                let mut details = new.details.clone().unwrap();
                for value in values {
                    value.lay_over(&mut new, &mut details);
                }
                new.details = Some(details);
                new.etag = etag;
                self.events.insert(event.clone(), new.clone());
                let words = format!("change {}", event.as_str());
                (event.clone(), Told::Event(new), words)
            }
            Ask::Respond { event, reply, .. } => {
                let mut new = self.known(event)?;
                new.details.as_mut().unwrap().answer = reply.as_answer();
                new.etag = etag;
                self.events.insert(event.clone(), new);
                if reply.is_final() {
                    self.take_away(event);
                }
                let words = format!("{} {}", reply.past_tense(), event.as_str());
                (event.clone(), Told::Accepted, words)
            }
            Ask::Delete { event, .. } => {
                self.known(event)?;
                self.take_away(event);
                let words = format!("delete {}", event.as_str());
                (event.clone(), Told::Accepted, words)
            }
            Ask::Forward { event, .. } => {
                self.known(event)?;
                let words = format!("forward {}", event.as_str());
                (event.clone(), Told::Accepted, words)
            }
            _ => return Err(failure(FailureKind::Refused)),
        };
        self.log.push(words);
        self.effects.push(Effect {
            print: print(ask),
            event,
            is_lost,
        });
        Ok(told)
    }

    fn create(&mut self, ask: &Ask, etag: String) -> Event {
        let Ask::Create {
            calendar,
            transaction,
            values,
        } = ask
        else {
            panic!("{ask:?}")
        };
        let create = Create {
            calendar: calendar.clone(),
            transaction: transaction.clone(),
            values: values.clone(),
        };
        let mut event = create.event().unwrap();
        event.id = EventId::new(format!("made-{}", self.version));
        event.etag = etag;
        self.events.insert(event.id.clone(), event.clone());
        event
    }
}

fn subject_of(values: &[Value]) -> Option<&str> {
    values.iter().find_map(|value| match value {
        Value::Subject(subject) => Some(subject.raw()),
        _ => None,
    })
}

fn place_of(values: &[Value]) -> Option<&str> {
    values.iter().find_map(|value| match value {
        Value::Place(place) => Some(place.raw()),
        _ => None,
    })
}

/// What an act does, as a line of the ledger: tests give each a name of its own.
pub fn print(ask: &Ask) -> String {
    match ask {
        Ask::Create {
            transaction,
            values,
            ..
        } => made(transaction, values),
        Ask::Change { event, values, .. } => changed(event, values),
        Ask::Respond {
            event,
            reply,
            comment,
            ..
        } => answered(event, reply.past_tense(), comment.as_deref()),
        Ask::Delete { event, .. } => format!("delete {}", event.as_str()),
        Ask::Forward { event, message, .. } => format!("forward {} {message}", event.as_str()),
        other => format!("{other:?}"),
    }
}

pub fn made(transaction: &str, values: &[Value]) -> String {
    let (subject, place) = (subject_of(values), place_of(values));
    format!("create {transaction} {subject:?} {place:?}")
}

pub fn changed(event: &EventId, values: &[Value]) -> String {
    let subject = subject_of(values).unwrap_or_default();
    format!("change {} to {subject}", event.as_str())
}

pub fn answered(event: &EventId, reply: &str, comment: Option<&str>) -> String {
    format!("{reply} {} {}", event.as_str(), comment.unwrap_or_default())
}

/// A way to the office, of one process.
pub struct Line {
    office: Arc<Office>,
    life: u64,
    requests: AtomicU64,
    counted: AtomicU64,
}

impl Line {
    pub fn new(office: &Arc<Office>) -> Self {
        let life = office.inside().life;
        Self {
            office: Arc::clone(office),
            life,
            requests: AtomicU64::new(0),
            counted: AtomicU64::new(0),
        }
    }
}

impl Line {
    fn count(&self, items: usize) {
        self.requests.fetch_add(1, Ordering::SeqCst);
        self.counted.fetch_add(items as u64, Ordering::SeqCst);
    }
}

/// A request that may still take effect.
struct Crossing {
    office: Arc<Office>,
    life: u64,
}

impl Crossing {
    fn new(line: &Line) -> Self {
        line.office.inside().crossing += 1;
        Self {
            office: Arc::clone(&line.office),
            life: line.life,
        }
    }

    fn answer(&self, ask: &Ask) -> Result<Told, Failure> {
        self.office.answer(ask, self.life)
    }
}

impl Drop for Crossing {
    fn drop(&mut self) {
        self.office.inside().crossing -= 1;
        self.office.changed.notify_all();
    }
}

impl Server for Line {
    fn perform(&self, ask: Ask) -> Answer<Result<Told, Failure>> {
        self.count(1);
        let crossing = Crossing::new(self);
        Box::pin(async move {
            // A held back answer must not hold back the data side.
            let answered = tokio::task::spawn_blocking(move || crossing.answer(&ask));
            answered.await.unwrap()
        })
    }

    fn perform_batch(&self, asks: Vec<Ask>) -> Answer<Vec<Result<Told, Failure>>> {
        self.count(asks.len());
        let crossing = Crossing::new(self);
        Box::pin(async move { asks.iter().map(|ask| crossing.answer(ask)).collect() })
    }

    fn traffic(&self) -> Traffic {
        let requests = self.requests.load(Ordering::SeqCst);
        Traffic {
            requests,
            counted: self.counted.load(Ordering::SeqCst),
            bytes: 1_000 * requests,
            ..Traffic::default()
        }
    }
}

/// Busy with nothing, in working hours that are not known.
fn schedule(address: &String) -> Schedule {
    Schedule {
        address: Untrusted::new(address),
        taken: Vec::new(),
        hours: None,
        trouble: None,
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
        followed: Vec::new(),
        settings: None,
        categories: None,
    }
}
