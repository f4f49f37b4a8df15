//! One history: a server, a client that may be killed, a person who answers, a
//! network that fails, and a judge who reads both sides at the end.

use crate::chance::Chance;
use crate::memory::Memory;
use crate::server::{Body, Form, Server, Slot, Thing, Transport, Trick, calendar, half_hours};
use crate::writes::{Written, later};
use jiff::{SignedDuration, Timestamp};
use kalends::domain::answer::{Reply, Respond, shape_of};
use kalends::domain::edit::{Change, Create, Delete, Edit, Span, Value};
use kalends::domain::entry::{Entry, Laid};
use kalends::domain::event::{Answer, Event, Kind};
use kalends::domain::ids::{CalendarId, EventId};
use kalends::domain::intent::{Act, Intent, IntentId, Seen, Stage};
use kalends::domain::remote::{Ask, Failure, Told};
use kalends::domain::replica::{LIMBO, Replica as _, entries_of};
use kalends::domain::text::Untrusted;
use kalends::domain::window::{Quarter, WindowId};
use kalends::sync::engine::{Engine, Input, Output, Settings};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

/// Around two quarter edges and both clock changes of Berlin.
const STARTS: [&str; 6] = [
    "2026-11-26T09:00:00Z",
    "2026-12-31T22:30:00Z",
    "2027-01-01T00:10:00Z",
    "2026-03-28T22:00:00Z",
    "2026-10-24T23:00:00Z",
    "2026-06-30T12:00:00Z",
];

#[derive(Default)]
pub struct Coverage {
    seen: BTreeMap<String, u64>,
    histories: u64,
}

impl Coverage {
    fn count(&mut self, what: &BTreeSet<String>) {
        self.histories += 1;
        for name in what {
            *self.seen.entry(name.clone()).or_default() += 1;
        }
    }

    pub fn add(&mut self, other: &Coverage) {
        self.histories += other.histories;
        for (name, count) in &other.seen {
            *self.seen.entry(name.clone()).or_default() += count;
        }
    }

    /// Everything documented happens in at least one history of a hundred.
    pub fn assert_complete(&self, histories: u64) {
        let mut wanted: Vec<String> = Vec::new();
        wanted.extend(Trick::ALL.iter().map(|trick| format!("{trick:?}")));
        wanted.extend(Transport::ALL.iter().map(|fault| format!("{fault:?}")));
        let forms = [
            Form::Single,
            Form::Exception,
            Form::Master,
            Form::BareOccurrence,
            Form::Removed,
            Form::SeriesResent,
            Form::OccurrenceDeletedWithoutTombstone,
            Form::SeriesDeleted,
            Form::OccurrenceBecameException,
            Form::MovedOutOfWindow,
            Form::SeenTwice,
        ];
        wanted.extend(forms.iter().map(|form| format!("{form:?}")));
        wanted.extend(
            [
                "killed",
                "power cut",
                "clock jump",
                "quarter edge",
                "two windows",
                "hot to cold",
                "clock change week",
                "declined",
                "answered",
                "created",
                "changed",
                "deleted",
                "edit conflict",
                "withdrawn",
                "mass deletion",
                "moved between calendars",
            ]
            .map(str::to_owned),
        );
        for name in wanted {
            let seen = self.seen.get(&name).copied().unwrap_or(0);
            assert!(
                seen * 100 >= histories,
                "{name} happened in {seen} of {histories} histories only"
            );
        }
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "coverage over {} histories:", self.histories)?;
        for (name, count) in &self.seen {
            writeln!(f, "  {name:<40} {count}")?;
        }
        Ok(())
    }
}

struct Flight {
    ticket: u64,
    ask: Ask,
    /// Filled when the server has carried it out.
    result: Option<Result<Told, Failure>>,
}

pub struct History {
    chance: Chance,
    now: Timestamp,
    server: Server,
    memory: Memory,
    engine: Engine,
    outbox: BTreeMap<IntentId, Intent>,
    flights: Vec<Flight>,
    sheets: BTreeMap<WindowId, Vec<Entry>>,
    happened: BTreeSet<String>,
    trace: Option<Vec<String>>,
    is_calm: bool,
    /// A server that lies about content is believed until the daily comparison.
    has_lied: bool,
    /// One history in eight has such a server.
    may_lie: bool,
    /// In every other history the person does more than answer.
    edits: bool,
    next_intent: u64,
    /// The person's acts that were acknowledged, with what became of them.
    ledger: BTreeMap<IntentId, (Act, Promise)>,
    /// A change that was done and could not be seen.
    hidden: Option<String>,
    /// Deleted by the person since the last restart: never to be seen again.
    deleted: BTreeSet<EventId>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Promise {
    Owed,
    Withdrawn,
    Stuck,
    Done,
}

impl History {
    pub fn run(seed: u64, coverage: &mut Coverage) -> Result<(), String> {
        let mut history = Self::new(seed);
        history.live()?;
        let verdict = history.judge();
        let mut happened = history.happened;
        happened.extend(history.server.forms.iter().map(|form| format!("{form:?}")));
        happened.extend(
            history
                .server
                .tricks
                .iter()
                .map(|trick| format!("{trick:?}")),
        );
        coverage.count(&happened);
        verdict
    }

    /// Prints what happened, lines with `part` only, and panics with the verdict.
    #[allow(
        clippy::print_stdout,
        reason = "asked for by a person who looks for a fault"
    )]
    pub fn tell(seed: u64, part: &str) {
        let mut history = Self::new(seed);
        history.trace = Some(Vec::new());
        let lived = history.live();
        for line in history
            .trace
            .iter()
            .flatten()
            .filter(|line| line.contains(part))
        {
            println!("{line}");
        }
        lived.and_then(|()| history.judge()).unwrap();
    }

    pub fn trace(seed: u64) -> Vec<String> {
        let mut history = Self::new(seed);
        history.trace = Some(Vec::new());
        let _ = history.live();
        history.trace.unwrap_or_default()
    }

    fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let memory = Memory::default();
        let engine = Engine::new(
            Settings {
                salt: seed,
                back: 1,
                ahead: 2,
            },
            &memory,
            Vec::new(),
        )
        .unwrap();
        let now: Timestamp = chance.pick(&STARTS).parse().unwrap();
        let mut history = Self {
            chance,
            now,
            server: Server::new(),
            memory,
            engine,
            outbox: BTreeMap::new(),
            flights: Vec::new(),
            sheets: BTreeMap::new(),
            happened: BTreeSet::new(),
            trace: None,
            is_calm: false,
            has_lied: false,
            may_lie: false,
            edits: seed.is_multiple_of(2),
            next_intent: 1,
            ledger: BTreeMap::new(),
            hidden: None,
            deleted: BTreeSet::new(),
        };
        history.may_lie = history.chance.one_in(8);
        let things = 2 + history.chance.below(8);
        for _ in 0..things {
            history.create();
        }
        if history.chance.one_in(12) {
            for _ in 0..30 {
                history.create_single();
            }
        }
        history
    }

    fn live(&mut self) -> Result<(), String> {
        self.show();
        let steps = 40 + self.chance.below(120);
        for _ in 0..steps {
            self.step();
            self.memory.check_marks()?;
        }
        self.quiet()
    }

    fn step(&mut self) {
        match self.chance.below(20) {
            0..=8 => self.advance_flight(),
            9..=11 => self.change_server(),
            12 | 13 => {
                let by = *self.chance.pick(&[1, 5, 31, 31, 61, 400, 11_000]);
                self.now += SignedDuration::from_secs(by);
                self.feed(Input::Ticked);
            }
            14 => self.show(),
            15 if self.edits && self.chance.one_in(2) => self.edit_mine(),
            15 => self.answer(),
            16 => self.withdraw(),
            17 if self.chance.one_in(3) => {
                self.happened.insert("killed".into());
                self.restart();
            }
            18 if self.chance.one_in(12) => {
                // Clocks are wrong now and then; order never depends on them.
                let by = self.chance.range(-400, 400);
                self.happened.insert("clock jump".into());
                self.now += SignedDuration::from_mins(by);
            }
            19 if self.chance.one_in(10) => {
                self.server.forget_tokens();
            }
            _ => self.feed(Input::SyncNow),
        }
    }

    // ---- the server's side ----

    fn body(&mut self, subject: &str) -> Body {
        let mine = self.chance.one_in(3);
        let answer = if mine {
            Answer::Organizer
        } else {
            Answer::NotResponded
        };
        let version = self.server.version();
        Body {
            subject: format!("{subject} {version}"),
            answer,
            all_day: false,
            cancelled: false,
            mine,
            version,
        }
    }

    /// Somewhere around now, often at a quarter's edge.
    fn somewhen(&mut self) -> Timestamp {
        let near = self.now + half_hours(self.chance.range(-2_000, 5_000));
        if !self.chance.one_in(3) {
            return near;
        }
        self.happened.insert("quarter edge".into());
        let edge = Quarter::at(near).end_day();
        kalends::domain::window::midnight(edge) + half_hours(self.chance.range(-60, 60))
    }

    fn create(&mut self) {
        if self.chance.one_in(2) {
            self.create_series()
        } else {
            self.create_single()
        }
    }

    fn create_single(&mut self) {
        let id = self.server.name();
        let mut body = self.body("single");
        let mut start = self.somewhen();
        let mut end = start + half_hours(self.chance.range(0, 6));
        if self.chance.one_in(5) {
            // All-day: midnights, one to forty days.
            body.all_day = true;
            start =
                kalends::domain::window::midnight(start.to_zoned(jiff::tz::TimeZone::UTC).date());
            end = start + SignedDuration::from_hours(24 * self.chance.range(1, 40));
        }
        if Quarter::touched_by(start, end).len() > 1 {
            self.happened.insert("two windows".into());
        }
        self.note_clock_change(start);
        let of = calendar(self.chance.below(2));
        self.server
            .things
            .insert((of, id), Thing::Single { start, end, body });
    }

    fn note_clock_change(&mut self, start: Timestamp) {
        let date = start.to_zoned(jiff::tz::TimeZone::UTC).date();
        if [(3, 22..=31), (10, 19..=31)]
            .iter()
            .any(|(month, days)| date.month() == *month && days.contains(&date.day()))
        {
            self.happened.insert("clock change week".into());
        }
    }

    fn create_series(&mut self) {
        let id = self.server.name();
        let body = self.body("series");
        let start = self.somewhen();
        let every = SignedDuration::from_hours(24 * *self.chance.pick(&[1, 7, 14]));
        let count = u32::try_from(self.chance.range(1, 16)).unwrap();
        let length = half_hours(self.chance.range(1, 5));
        let slots = (0..count)
            .map(|n| {
                let at = start + every * i32::try_from(n).unwrap();
                (
                    n,
                    Slot {
                        start: at,
                        end: at + length,
                        own: None,
                    },
                )
            })
            .collect();
        let version = body.version;
        let of = calendar(self.chance.below(2));
        self.server.things.insert(
            (of, id),
            Thing::Series {
                body,
                slots,
                version,
            },
        );
    }

    fn change_server(&mut self) {
        let keys: Vec<_> = self.server.things.keys().cloned().collect();
        if keys.is_empty() || self.chance.one_in(5) {
            return self.create();
        }
        let key = self.chance.pick(&keys).clone();
        match self.chance.below(12) {
            0 => {
                self.server.things.remove(&key);
            }
            1 => {
                // An immutable id moves to the other calendar with its event.
                self.happened.insert("moved between calendars".into());
                let version = self.server.version();
                if let Some(mut thing) = self.server.things.remove(&key) {
                    // Arriving is a change: there and back is not nothing.
                    thing.touch(version);
                    let other = calendar(usize::from(key.0 == calendar(0)));
                    self.server.things.insert((other, key.1), thing);
                }
            }
            2 if self.chance.one_in(3) && keys.len() > 25 => {
                self.happened.insert("mass deletion".into());
                for key in keys.iter().skip(2) {
                    self.server.things.remove(key);
                }
            }
            _ => self.edit(&key),
        }
    }

    fn edit(&mut self, key: &(kalends::domain::ids::CalendarId, EventId)) {
        let version = self.server.version();
        let to = self.somewhen();
        let choice = self.chance.below(6);
        let shift = half_hours(self.chance.range(-40, 40));
        let Some(thing) = self.server.things.get_mut(key) else {
            return;
        };
        match thing {
            Thing::Single { start, end, body } => {
                body.version = version;
                match choice {
                    0..=2 => {
                        let length = end.duration_since(*start);
                        if body.all_day {
                            return;
                        }
                        let was = Quarter::at(*start);
                        *start = to;
                        *end = to + length;
                        if Quarter::at(to) != was {
                            self.happened.insert("hot to cold".into());
                        }
                    }
                    3 => body.cancelled = !body.mine,
                    _ => body.subject = format!("renamed {version}"),
                }
            }
            Thing::Series {
                body,
                slots,
                version: of_series,
            } => {
                *of_series = version;
                let numbers: Vec<u32> = slots.keys().copied().collect();
                let Some(n) = numbers.get(usize::try_from(version).unwrap() % numbers.len().max(1))
                else {
                    return;
                };
                match choice {
                    0 => {
                        slots.remove(n);
                    }
                    1 | 2 => {
                        if let Some(slot) = slots.get_mut(n) {
                            let mut own = slot.own.clone().unwrap_or_else(|| body.clone());
                            own.version = version;
                            own.subject = format!("exception {version}");
                            slot.own = Some(own);
                            let length = slot.end.duration_since(slot.start);
                            slot.start += shift;
                            slot.end = slot.start + length;
                        }
                    }
                    3 => {
                        for slot in slots.values_mut() {
                            slot.start += shift;
                            slot.end += shift;
                            slot.own = None;
                        }
                    }
                    _ => body.subject = format!("renamed {version}"),
                }
            }
        }
    }

    // ---- the person ----

    fn show(&mut self) {
        let days = self.chance.range(-20, 100);
        let from = if self.is_calm {
            self.now
        } else {
            self.now + SignedDuration::from_hours(24 * days)
        };
        self.feed(Input::Shown {
            from,
            to: from + SignedDuration::from_hours(24 * 7),
        });
    }

    fn answer(&mut self) {
        let candidates: Vec<Event> = self
            .memory
            .records()
            .filter(|record| !record.quarters.is_empty() && record.quarters != [LIMBO])
            .map(|record| record.event.clone())
            .filter(|event| {
                event
                    .details
                    .as_ref()
                    .is_some_and(|details| !details.is_organizer && !details.cancelled)
            })
            .collect();
        if candidates.is_empty() {
            return;
        }
        let event = self.chance.pick(&candidates).clone();
        let reply = *self
            .chance
            .pick(&[Reply::Accept, Reply::Tentative, Reply::Decline]);
        let comment = self.label();
        self.happened.insert("answered".into());
        if reply == Reply::Decline {
            self.happened.insert("declined".into());
        }
        self.queue(Act::Respond(Respond {
            calendar: event.calendar.clone(),
            event: event.id.clone(),
            root: event.root().clone(),
            reply,
            comment: Some(comment),
            tell_organizer: true,
            seen: seen(&event),
        }));
    }

    /// Names the next act wherever it leaves a trace.
    fn label(&self) -> String {
        format!("intent {}", self.next_intent)
    }

    fn queue(&mut self, act: Act) {
        let id = IntentId(self.next_intent);
        self.next_intent += 1;
        let intent = Intent {
            id,
            act: act.clone(),
            made_at: self.now,
            due_at: self.now + SignedDuration::from_secs(5),
            stage: Stage::Waiting,
            tries: 0,
            follows: None,
            doubt: None,
        };
        self.outbox.insert(id, intent.clone());
        self.ledger.insert(id, (act, Promise::Owed));
        self.feed(Input::Queued(Box::new(intent)));
    }

    fn edit_mine(&mut self) {
        let subject = Untrusted::from(self.label());
        let at = self.somewhen();
        let span = span(at, later(at, self.chance.range(1, 5)));
        let candidates: Vec<Event> = self
            .memory
            .records()
            .filter(|record| !record.quarters.is_empty() && record.quarters != [LIMBO])
            .map(|record| record.event.clone())
            .filter(|event| event.details.is_some())
            .collect();
        if candidates.is_empty() || self.chance.one_in(3) {
            self.happened.insert("created".into());
            let transaction = self.label();
            let calendar = calendar(self.chance.below(2));
            return self.queue(Act::Create(Create {
                calendar,
                transaction,
                values: vec![Value::Subject(subject), Value::When(span)],
            }));
        }
        let event = self.chance.pick(&candidates).clone();
        let details = event.details.clone().unwrap_or_default();
        let (calendar, root) = (event.calendar.clone(), event.root().clone());
        // Nobody deletes what is shown as deleted, and the judge tells deletions by the event.
        let is_deleted =
            |(act, _): &(Act, Promise)| matches!(act, Act::Delete(_)) && act.event() == event.id;
        if self.chance.one_in(3) && !self.ledger.values().any(is_deleted) {
            self.happened.insert("deleted".into());
            return self.queue(Act::Delete(Delete {
                calendar,
                event: event.id.clone(),
                root,
                message: None,
                is_my_meeting: details.is_organizer,
                seen: seen(&event),
            }));
        }
        self.happened.insert("changed".into());
        let mut mine = vec![Value::Subject(subject)];
        if event.kind != Kind::Master && !details.all_day && self.chance.one_in(2) {
            mine.push(Value::When(span));
        }
        let edit = |mine: Value| Edit {
            base: Value::of(mine.field(), &event, &details),
            mine,
        };
        let edits = mine.into_iter().map(edit).collect();
        self.queue(Act::Change(Change {
            calendar,
            event: event.id.clone(),
            root,
            edits,
            seen: seen(&event),
        }));
    }

    fn withdraw(&mut self) {
        let newest = self
            .outbox
            .values()
            .rev()
            .find(|intent| intent.stage == Stage::Waiting && intent.tries == 0);
        let Some(intent) = newest.cloned() else {
            return;
        };
        self.happened.insert("withdrawn".into());
        self.outbox.remove(&intent.id);
        self.promise(intent.id, Promise::Withdrawn);
        self.feed(Input::Withdrawn(intent.id));
    }

    // ---- the network ----

    /// The server carries something out, or an answer arrives.
    fn advance_flight(&mut self) {
        if self.flights.is_empty() {
            self.now += SignedDuration::from_millis(700);
            return self.feed(Input::Ticked);
        }
        let at = self.chance.below(self.flights.len());
        if self.flights[at].result.is_none() {
            let ask = self.flights[at].ask.clone();
            let result = self.carry_out(&ask);
            self.flights[at].result = Some(result);
            if self.chance.one_in(2) {
                return;
            }
        }
        self.now += SignedDuration::from_millis(50);
        let flight = self.flights.swap_remove(at);
        if let Some(trace) = &mut self.trace {
            trace.push(format!(
                "{} told {} {:?}",
                self.now, flight.ticket, flight.result
            ));
        }
        self.feed(Input::Told {
            ticket: flight.ticket,
            result: Box::new(flight.result.unwrap()),
        });
    }

    fn carry_out(&mut self, ask: &Ask) -> Result<Told, Failure> {
        let fault =
            (!self.is_calm && self.chance.one_in(8)).then(|| *self.chance.pick(&Transport::ALL));
        if let Some(fault) = fault {
            self.happened.insert(format!("{fault:?}"));
            if fault.takes_effect() {
                let _ = self.server.perform(ask, None, &mut self.chance);
            }
            return Err(fault.failure(&mut self.chance));
        }
        let trick =
            (!self.is_calm && self.chance.one_in(4)).then(|| *self.chance.pick(&Trick::ALL));
        let trick = trick.filter(|trick| self.may_lie || !is_lie(*trick));
        if matches!(trick, Some(Trick::MovedMidRound)) {
            self.server.tricks.insert(Trick::MovedMidRound);
            self.change_server();
        }
        self.has_lied |= trick.is_some_and(is_lie);
        self.server.perform(ask, trick, &mut self.chance)
    }

    // ---- the client ----

    fn feed(&mut self, input: Input) {
        let outputs = self.engine.handle(&self.memory, input, self.now).unwrap();
        let mut queue: VecDeque<Output> = outputs.into();
        while let Some(output) = queue.pop_front() {
            // A kill between any two outputs: what follows never happens.
            if !self.is_calm && self.chance.one_in(400) {
                self.happened.insert("killed".into());
                return self.restart();
            }
            if let Some(trace) = &mut self.trace {
                trace.push(format!("{} {output:?}", self.now));
            }
            if let Some(more) = self.perform(output) {
                queue.extend(more);
            }
        }
        if self.engine.is_idle() {
            self.draw_stale();
        }
    }

    fn draw_stale(&mut self) {
        let stale: Vec<WindowId> = self.memory.stale.iter().cloned().collect();
        for window in stale {
            self.draw(&window);
        }
    }

    fn perform(&mut self, output: Output) -> Option<Vec<Output>> {
        match output {
            Output::Apply(changes) => self.memory.apply(changes),
            Output::Flush => self.memory.flush(),
            Output::Sheet(_) => self.draw_stale(),
            Output::Redraw(window) => self.draw(&window),
            Output::Ask { ticket, ask } => self.flights.push(Flight {
                ticket,
                ask,
                result: None,
            }),
            Output::Then(step) => {
                return Some(
                    self.engine
                        .handle(&self.memory, Input::Proceed(step), self.now)
                        .unwrap(),
                );
            }
            Output::Keep(intent) => {
                if let Stage::NeedsYou { theirs, .. } = &intent.stage {
                    if !theirs.is_empty() {
                        self.happened.insert("edit conflict".into());
                    }
                    self.promise(intent.id, Promise::Stuck);
                }
                self.outbox.insert(intent.id, *intent);
            }
            Output::Finish(intent) => {
                self.note_if_hidden(&intent.act);
                if let Act::Delete(delete) = &intent.act {
                    self.deleted.insert(delete.event.clone());
                }
                self.promise(intent.id, Promise::Done);
                self.outbox.remove(&intent.id);
            }
            Output::Say(..) | Output::Restate | Output::AllFresh { .. } => {}
        }
        None
    }

    /// What is no longer laid over the replica must be in it, or the screen shows for a while
    /// what was before the change.
    fn note_if_hidden(&mut self, act: &Act) {
        let Act::Change(change) = act else { return };
        let name = change.edits.iter().find_map(|edit| match &edit.mine {
            Value::Subject(subject) => Some(subject.clone()),
            _ => None,
        });
        let here = self.memory.record(&change.calendar, &change.event);
        let server = self.server.by_id(&change.calendar, &change.event);
        let of = |event: Option<Event>| Some(event?.details?.subject);
        let (Some(name), Some(here), Some(server)) = (
            name,
            of(here.unwrap().map(|record| record.event)),
            of(server),
        ) else {
            return;
        };
        if server == name && here != name {
            self.hidden = Some(format!("{name:?} was sent and is not shown"));
        }
    }

    fn draw(&mut self, window: &WindowId) {
        let pending = self.laid_over(&window.calendar);
        let entries = entries_of(&self.memory, window, &pending).unwrap();
        let ghost = entries
            .iter()
            .find(|entry| self.deleted.contains(&entry.id));
        if let Some(ghost) = ghost
            && self.server.by_id(&ghost.calendar, &ghost.id).is_none()
        {
            self.hidden = Some(format!("{:?} was deleted and is shown", ghost.id));
        }
        // A sheet with answers laid over must be looked at again after a crash.
        if entries.iter().any(|entry| entry.pending.is_some()) {
            self.memory.stale.insert(window.clone());
        } else {
            self.memory.stale.remove(window);
        }
        self.sheets.insert(window.clone(), entries);
    }

    fn laid_over(&self, calendar: &CalendarId) -> BTreeMap<EventId, Laid> {
        Laid::all(self.engine.intents(), calendar)
    }

    fn promise(&mut self, id: IntentId, promise: Promise) {
        if let Some((_, kept)) = self.ledger.get_mut(&id) {
            *kept = promise;
        }
    }

    /// The process dies; sometimes the power goes with it.
    fn restart(&mut self) {
        self.deleted.clear();
        if self.chance.one_in(2) {
            self.happened.insert("power cut".into());
            let survivors = self.chance.below(self.memory.unflushed() + 1);
            self.memory.cut(survivors);
        }
        // Requests that left are carried out whether or not anybody listens.
        for flight in std::mem::take(&mut self.flights) {
            if flight.result.is_none() && self.chance.one_in(2) {
                let _ = self.server.perform(&flight.ask, None, &mut self.chance);
            }
        }
        let settings = Settings {
            salt: self.next_intent,
            back: 1,
            ahead: 2,
        };
        let intents = self.outbox.values().cloned().collect();
        self.engine = Engine::new(settings, &self.memory, intents).unwrap();
        let stale: Vec<WindowId> = self.memory.stale.iter().cloned().collect();
        for window in stale {
            self.draw(&window);
        }
        self.feed(Input::Started);
        let from = self.now;
        self.feed(Input::Shown {
            from,
            to: from + SignedDuration::from_hours(24 * 7),
        });
    }

    // ---- the end ----

    /// Faults stop, nobody edits, time goes on.
    fn quiet(&mut self) -> Result<(), String> {
        self.is_calm = true;
        self.show();
        let hours = if self.has_lied { 27 } else { 4 };
        let end = self.now + SignedDuration::from_hours(hours);
        let mut steps = 0;
        while self.now < end {
            steps += 1;
            if steps > 12_000 {
                return Err(format!("no quiet after {steps} steps"));
            }
            if !self.flights.is_empty() {
                self.advance_flight();
                continue;
            }
            match self.engine.next_due(self.now) {
                Some(due) if due > self.now => self.now = due.min(end),
                Some(_) => self.now += SignedDuration::from_millis(5),
                None => self.now = end,
            }
            self.feed(Input::Ticked);
        }
        while !self.flights.is_empty() {
            self.advance_flight();
        }
        self.memory.check_marks()
    }

    fn judge(&mut self) -> Result<(), String> {
        if let Some(words) = self.hidden.take()
            && !self.has_lied
        {
            return Err(words);
        }
        self.judge_replica()?;
        self.judge_sheets()?;
        self.judge_acts()
    }

    fn judge_replica(&self) -> Result<(), String> {
        // Nothing stays between the windows for ever.
        if let Some(record) = self
            .memory
            .records()
            .find(|record| record.quarters == [LIMBO])
        {
            return Err(format!("{:?} was left in limbo", record.event.id));
        }
        let windows = self.memory.window_ids();
        if windows.is_empty() {
            return Err("no window was ever synchronized".into());
        }
        for window in windows {
            let (from, to) = window.quarter.requested();
            let expected: BTreeMap<_, _> = self
                .server
                .view(&window.calendar, from, to)
                .iter()
                .map(|event| shown(&Entry::of(event, None)))
                .collect();
            let entries = entries_of(&self.memory, &window, &BTreeMap::new()).unwrap();
            let held: BTreeMap<_, _> = entries.iter().map(shown).collect();
            if expected != held {
                let missing: Vec<_> = expected
                    .iter()
                    .filter(|(id, what)| held.get(*id) != Some(*what))
                    .collect();
                let extra: Vec<_> = held
                    .iter()
                    .filter(|(id, what)| expected.get(*id) != Some(*what))
                    .collect();
                return Err(format!(
                    "{window:?}\n  on the server: {missing:#?}\n  here: {extra:#?}"
                ));
            }
        }
        Ok(())
    }

    fn judge_sheets(&self) -> Result<(), String> {
        for window in self.memory.window_ids() {
            let pending = self.laid_over(&window.calendar);
            let fresh = entries_of(&self.memory, &window, &pending).unwrap();
            let sheet = self.sheets.get(&window).cloned().unwrap_or_default();
            if fresh != sheet {
                let wrong: Vec<_> = sheet
                    .iter()
                    .filter(|entry| !fresh.contains(entry))
                    .map(|entry| (&entry.id, &entry.pending))
                    .collect();
                let right: Vec<_> = fresh
                    .iter()
                    .filter(|entry| !sheet.contains(entry))
                    .map(|entry| (&entry.id, &entry.pending))
                    .collect();
                return Err(format!(
                    "the sheet of {window:?} says {wrong:?}, the replica {right:?}"
                ));
            }
        }
        Ok(())
    }

    /// Nothing acknowledged is lost, nothing takes effect twice.
    fn judge_acts(&self) -> Result<(), String> {
        let waits_for_person: BTreeSet<EventId> = self
            .outbox
            .values()
            .filter(|intent| intent.stage.needs_you())
            .map(|intent| intent.act.root())
            .collect();
        for (id, (act, promise)) in &self.ledger {
            let times = self.times_carried_out(act);
            if times > 1 {
                return Err(format!("{id:?} took effect {times} times: {act:?}"));
            }
            if *promise == Promise::Withdrawn && times > 0 {
                return Err(format!("{id:?} was withdrawn and yet sent: {act:?}"));
            }
            if *promise == Promise::Done && times == 0 && matches!(act, Act::Create(_)) {
                return Err(format!("{id:?} is done, and there is no event: {act:?}"));
            }
            let behind_stuck = waits_for_person.contains(&act.root());
            if *promise == Promise::Owed && !behind_stuck {
                return Err(format!("{id:?} is still owed: {:?}", self.outbox.get(id)));
            }
            if *promise == Promise::Stuck && !self.outbox.contains_key(id) {
                return Err(format!("{id:?} needed the person and is gone"));
            }
        }
        Ok(())
    }

    /// How often the server did what this act asks for.
    fn times_carried_out(&self, act: &Act) -> usize {
        let written = |wanted: &Written| {
            let log = &self.server.written;
            log.iter().filter(|one| *one == wanted).count()
        };
        let text = |subject: Untrusted| subject.raw().to_owned();
        match act {
            Act::Respond(respond) => {
                let mails = &self.server.mails;
                let mine = |mail: &&String| Some(*mail) == respond.comment.as_ref();
                mails.iter().filter(mine).count()
            }
            Act::Create(create) => written(&Written::Created(text(create.subject()))),
            Act::Change(change) => {
                let names = change.edits.iter().filter_map(|edit| match &edit.mine {
                    Value::Subject(subject) => {
                        Some(written(&Written::Renamed(text(subject.clone()))))
                    }
                    _ => None,
                });
                names.max().unwrap_or(0)
            }
            Act::Forward(forward) => {
                let mails = &self.server.mails;
                mails
                    .iter()
                    .filter(|mail| **mail == forward.message)
                    .count()
            }
            // Ids are never used again, so an event cannot be deleted twice.
            Act::Delete(delete) => written(&Written::Deleted(delete.event.clone())),
        }
    }
}

fn seen(event: &Event) -> Seen {
    Seen {
        start: event.start,
        end: event.end,
        subject: Untrusted::default(),
        answer: Answer::NotResponded,
        shape: shape_of(event),
    }
}

fn span(start: Timestamp, end: Timestamp) -> Span {
    let wall = |instant| jiff::tz::TimeZone::UTC.to_datetime(instant);
    Span {
        start,
        end,
        all_day: false,
        wall_start: wall(start),
        wall_end: wall(end),
        zone: "UTC".into(),
    }
}

/// What must be equal on both sides.
fn shown(entry: &Entry) -> (EventId, (Timestamp, Timestamp, String, Answer, bool, bool)) {
    let what = (
        entry.start,
        entry.end,
        entry.subject.raw().to_owned(),
        entry.answer,
        entry.all_day,
        entry.cancelled,
    );
    (entry.id.clone(), what)
}

/// Content that no client can see through before it compares everything. (Two
/// versions of one item are none: the last one counts.)
fn is_lie(trick: Trick) -> bool {
    use Trick::{DeltaLinkRepeated, OldToken, ReorderedPages, SpuriousRemoval};
    matches!(
        trick,
        ReorderedPages | OldToken | DeltaLinkRepeated | SpuriousRemoval
    )
}
