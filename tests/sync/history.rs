//! One history: a server, a client that may be killed, a person who answers, a
//! network that fails, and a judge who reads both sides at the end.

#[path = "history/along.rs"]
mod along;
#[path = "history/judge.rs"]
pub mod judge;
#[path = "history/mailbox.rs"]
mod mailbox;
#[path = "history/person.rs"]
pub mod person;

use crate::chance::Chance;
use crate::coverage::Coverage;
use crate::disk::Disk;
use crate::memory::Memory;
use crate::server::{Server, Transport, Trick, calendar};
use crate::trace::Trace;
use crate::writes::calendar_of;
use along::Watch;
use jiff::{SignedDuration, Timestamp};
use kalends::domain::edit::Value;
use kalends::domain::entry::{Entry, Laid};
use kalends::domain::event::Event;
use kalends::domain::ids::{CalendarId, EventId};
use kalends::domain::intent::{Act, Intent, IntentId, Stage};
use kalends::domain::remote::{Ask, Failure, Told};
use kalends::domain::replica::{Replica as _, entries_of};
use kalends::domain::window::WindowId;
use kalends::sync::engine::{Engine, Input, Output, Settings};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Around two quarter edges and both clock changes of Berlin.
const STARTS: [&str; 6] = [
    "2026-11-26T09:00:00Z",
    "2026-12-31T22:30:00Z",
    "2027-01-01T00:10:00Z",
    "2026-03-28T22:00:00Z",
    "2026-10-24T23:00:00Z",
    "2026-06-30T12:00:00Z",
];

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
    trace: Trace,
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
    /// Deleted by the person since the last restart: never to be seen there again.
    deleted: BTreeSet<(CalendarId, EventId)>,
    /// A calendar of which the server gives nothing but failures, in one history of twelve.
    poisoned: Option<CalendarId>,
    /// Writes to one of the stores so far, and the one before which the process dies.
    writes: u64,
    dies_before: Option<u64>,
    watch: Watch,
    /// The real stores, in a few histories.
    disk: Option<Disk>,
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
        Self::new(seed).finish(coverage).map(drop)
    }

    /// The same with its trace's hash: one number that says whether two runs went alike.
    pub fn run_hashed(seed: u64, coverage: &mut Coverage) -> Result<u64, String> {
        let mut history = Self::new(seed);
        history.trace = Trace::hashed();
        history.finish(coverage).map(|history| history.trace.hash())
    }

    /// With a process that dies before the write `at` to one of its stores, too. Says how many
    /// writes there were.
    pub fn dying(seed: u64, at: Option<u64>, coverage: &mut Coverage) -> Result<u64, String> {
        let mut history = Self::new(seed);
        history.dies_before = at;
        history.finish(coverage).map(|history| history.writes)
    }

    /// With the real stores beside the memory. Says how often they were killed.
    pub fn on_disk(seed: u64, coverage: &mut Coverage) -> Result<u64, String> {
        let mut history = Self::new(seed);
        history.disk = Some(Disk::new());
        let history = history.finish(coverage)?;
        let Some(disk) = &history.disk else {
            return Err("the disk is gone".to_owned());
        };
        disk.compare(&history.memory)?;
        Ok(disk.deaths)
    }

    fn finish(mut self, coverage: &mut Coverage) -> Result<Self, String> {
        self.live()?;
        let verdict = self.judge();
        let mut happened = std::mem::take(&mut self.happened);
        happened.extend(self.server.forms.iter().map(|form| format!("{form:?}")));
        happened.extend(self.server.tricks.iter().map(|trick| format!("{trick:?}")));
        coverage.count(&happened);
        verdict.map(|()| self)
    }

    /// Prints what happened, lines with `part` only, and panics with the verdict.
    #[allow(
        clippy::print_stdout,
        reason = "asked for by a person who looks for a fault"
    )]
    pub fn tell(seed: u64, part: &str) {
        let mut history = Self::new(seed);
        history.trace = Trace::told();
        let lived = history.live();
        for line in history.trace.lines().filter(|line| line.contains(part)) {
            println!("{line}");
        }
        lived.and_then(|()| history.judge()).unwrap();
    }

    pub fn trace(seed: u64) -> Vec<String> {
        let mut history = Self::new(seed);
        history.trace = Trace::told();
        let _ = history.live();
        history.trace.lines().cloned().collect()
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
            trace: Trace::default(),
            is_calm: false,
            has_lied: false,
            may_lie: false,
            edits: seed.is_multiple_of(2),
            next_intent: 1,
            ledger: BTreeMap::new(),
            hidden: None,
            deleted: BTreeSet::new(),
            poisoned: None,
            writes: 0,
            dies_before: None,
            watch: Watch::default(),
            disk: None,
        };
        history.may_lie = history.chance.one_in(8);
        if history.chance.one_in(12) {
            history.poisoned = Some(calendar(1));
        }
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
            self.check_along()?;
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
            18 if self.chance.one_in(20) => self.lose_replica(),
            19 if self.chance.one_in(10) => {
                self.server.forget_tokens();
            }
            _ => self.feed(Input::SyncNow),
        }
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
        self.trace.add(format_args!(
            "{} told {} {:?}",
            self.now, flight.ticket, flight.result
        ));
        self.feed(Input::Told {
            ticket: flight.ticket,
            result: Box::new(flight.result.unwrap()),
        });
    }

    fn carry_out(&mut self, ask: &Ask) -> Result<Told, Failure> {
        self.watch_ask(ask);
        if self.poisoned.is_some() && self.poisoned.as_ref() == calendar_of(ask) {
            self.happened.insert("poisoned calendar".into());
            return Err(Transport::Unavailable.failure(&mut self.chance));
        }
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
        if let Some(trick) = trick {
            self.trace
                .add(format_args!("{} trick {trick:?}: {ask:?}", self.now));
        }
        self.server.perform(ask, trick, &mut self.chance)
    }

    // ---- the client ----

    fn feed(&mut self, input: Input) {
        self.watch.new_input();
        let outputs = self.engine.handle(&self.memory, input, self.now).unwrap();
        let mut queue: VecDeque<Output> = outputs.into();
        while let Some(output) = queue.pop_front() {
            // A kill between any two outputs: what follows never happens.
            let dies = !self.is_calm && self.chance.one_in(400);
            if dies || (is_write(&output) && self.dies_now()) {
                self.happened.insert("killed".into());
                return self.restart();
            }
            self.trace.add(format_args!("{} {output:?}", self.now));
            self.watch_output(&output);
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
            Output::Apply(changes) => {
                if let Some(disk) = &self.disk {
                    disk.apply(&changes);
                }
                self.memory.apply(changes);
            }
            Output::Flush => {
                if let Some(disk) = &self.disk {
                    disk.flush();
                }
                self.memory.flush();
            }
            Output::Sheet(window) => {
                self.draw_stale();
                // An empty window has a sheet too.
                if !self.sheets.contains_key(&window) {
                    self.draw(&window);
                }
            }
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
                if let Some(disk) = &self.disk {
                    disk.put(&intent);
                }
                self.outbox.insert(intent.id, *intent);
            }
            Output::Finish(intent) => {
                self.note_if_hidden(&intent.act);
                if let Act::Delete(delete) = &intent.act {
                    self.deleted
                        .insert((delete.calendar.clone(), delete.event.clone()));
                }
                if let Some(disk) = &self.disk {
                    disk.finish(&intent);
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
        let ghost = entries.iter().find(|entry| {
            self.deleted
                .contains(&(entry.calendar.clone(), entry.id.clone()))
        });
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

    /// Whether the process dies before this write, as the history was told.
    fn dies_now(&mut self) -> bool {
        self.writes += 1;
        self.dies_before == Some(self.writes)
    }

    /// The last rung of the ladder: the copy is damaged, and an empty one takes its place while
    /// requests are under way. The outbox stays.
    fn lose_replica(&mut self) {
        self.happened.insert("replica lost".into());
        self.trace.add(format_args!("{} replica lost", self.now));
        self.deleted.clear();
        self.sheets.clear();
        self.memory = Memory::default();
        self.disk = self.disk.take().map(Disk::lose_replica);
        self.engine.start_over(&self.memory).unwrap();
        self.watch.new_engine(self.flights.len());
        self.begin();
    }

    fn settings(&self) -> Settings {
        Settings {
            salt: self.next_intent,
            back: 1,
            ahead: 2,
        }
    }

    /// The process dies; sometimes the power goes with it.
    fn restart(&mut self) {
        self.trace
            .add(format_args!("{} the process dies", self.now));
        self.deleted.clear();
        if let Some(disk) = self.disk.take() {
            match disk.die(&self.memory, &self.outbox) {
                Ok((disk, survivors)) => {
                    self.memory.cut(survivors);
                    self.disk = Some(disk);
                }
                Err(words) => self.watch.note(|| words),
            }
        } else if self.chance.one_in(2) {
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
        let intents = self.outbox.values().cloned().collect();
        self.engine = Engine::new(self.settings(), &self.memory, intents).unwrap();
        self.watch.new_engine(0);
        let stale: Vec<WindowId> = self.memory.stale.iter().cloned().collect();
        for window in stale {
            self.draw(&window);
        }
        self.begin();
    }

    fn begin(&mut self) {
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
        self.trace.add(format_args!(
            "{} quiet, after {:?}; the server lied: {}",
            self.now, self.happened, self.has_lied
        ));
        self.show();
        // Cold windows are polled every three hours. What a server lied about is only seen by the
        // first poll after a day and the two hours over which comparisons are spread.
        let mut hours = if self.has_lied { 24 + 2 + 3 + 1 } else { 4 };
        if self.happened.contains("clock jump") {
            // All of this is counted from before a clock was set back.
            hours += 7;
        }
        let end = self.now + SignedDuration::from_hours(hours);
        // A calendar that always fails is tried every minute or so, for all of these hours.
        let most = if self.poisoned.is_some() {
            60_000
        } else {
            12_000
        };
        let mut steps = 0;
        while self.now < end {
            steps += 1;
            if steps > most {
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
        self.check_along()
    }
}

/// What changes a file: between any two of these the process may end.
fn is_write(output: &Output) -> bool {
    matches!(
        output,
        Output::Apply(_)
            | Output::Flush
            | Output::Keep(_)
            | Output::Finish(_)
            | Output::Sheet(_)
            | Output::Redraw(_)
    )
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
