//! The data side's loop: one thread that owns engine, replica and outbox, performs
//! what the engine puts out, in order, and answers requests.
//!
//! Invariants: outputs are performed in order; a damaged replica leads down the
//! ladder and to a new engine, never to a lost intent.

mod files;
mod news;

use super::counts::Counts;
use super::handle::{Connector, Envelope, Incoming, Options};
use super::measured::{Log, Measured};
use super::protocol::{LastRound, Level, Notice, Reply, Status, SyncReport, Ticket};
use super::server::{Connected, Traffic};
use crate::domain::intent::Intent;
use crate::domain::remote::{Ask, Failure, FailureKind, Told};
use crate::domain::replica::ReplicaError;
use crate::domain::window::WindowId;
use crate::store::desk::DeskFile;
use crate::store::folder::Ownership;
use crate::store::reading::Reader;
use crate::store::{Folder, Followed, Hushed, Outbox, Schedules, SledReplica, StoreError, ladder};
use crate::sync::engine::{self, Engine, Input, Output, Tone};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Reads of one mailbox that may share a request.
const BATCH: usize = 4;
/// Waiting acts that are a crowd, and what then happens no more often than this.
const CROWD: usize = 40;
const RESTATED_WITHIN: SignedDuration = SignedDuration::from_secs(1);
const WRITTEN_WITHIN: SignedDuration = SignedDuration::from_secs(5);
/// Changes are safe from a power cut when nothing is under way, and at least this often.
const FLUSHED_WITHIN: SignedDuration = SignedDuration::from_secs(2);

pub struct Data {
    pub(super) folder: Folder,
    pub(super) options: Options,
    _ownership: Ownership,
    pub(super) replica: SledReplica,
    pub(super) outbox: Outbox,
    pub(super) engine: Engine,
    pub(super) connected: Option<Connected>,
    pub(super) connector: Connector,
    pub(super) reader: Reader,
    pub(super) desk: DeskFile,
    pub(super) hushed: Hushed,
    pub(super) followed: Followed,
    pub(super) newcomers: Vec<super::requests::following::Newcomer>,
    pub(super) schedules: Schedules,
    pub(super) figures: Log,
    pub(super) last_round: Option<LastRound>,
    counts: Counts,
    told: mpsc::UnboundedSender<(engine::Ticket, Result<Told, Failure>)>,
    /// Asks gathered until all waiting answers were taken in, so that polls share a request.
    asks: Vec<(engine::Ticket, Ask)>,
    /// Why the intent that was to be kept last is not, so that its act stays here.
    unrecorded: Option<Failure>,
    /// What was sent and not answered yet.
    under_way: BTreeSet<engine::Ticket>,
    pub(super) is_restated: bool,
    /// Sheets to be written when the crowd of intents has thinned out, or some time passed.
    postponed: BTreeSet<WindowId>,
    written_at: Timestamp,
    restated_at: Timestamp,
    is_changed: bool,
    /// Overlaps were counted since the last change.
    is_counted: bool,
    is_flush_due: bool,
    flushed_at: Timestamp,
    pub(super) listeners: Vec<Outlet>,
    /// Everybody who waits for the full round under way.
    pub(super) full_syncs: Vec<FullSync>,
    pub(super) waiters: Vec<super::requests::Waiter>,
    pub(super) next_intent: u64,
    /// Seconds of two that were refused.
    half_done: Vec<Intent>,
    last_status: Option<Status>,
}

/// Where notices go: a screen in this process, or a connection.
pub type Outlet = Arc<dyn Fn(Incoming) -> bool + Send + Sync>;

pub(super) struct FullSync {
    pub ticket: Ticket,
    pub reply: Outlet,
    pub started: Timestamp,
    pub tally: engine::Tally,
    pub traffic: Traffic,
}

impl Data {
    /// Opens what an owned folder holds. Slow: never before the first frame.
    pub fn open(
        folder: Folder,
        ownership: Ownership,
        options: Options,
        connector: Connector,
    ) -> Result<(Self, Told2), StoreError> {
        let now = options.clock.now();
        let outbox = Outbox::open(&folder)?;
        let opened = ladder::open(&folder, &now.as_second().to_string())?;
        let intents = outbox.intents()?;
        let next_intent = outbox.next_id()?.0;
        let settings = engine::Settings {
            salt: options.salt,
            ..engine::Settings::default()
        };
        let engine = Engine::new(settings, &opened.replica, intents)
            .map_err(|error| StoreError::Replica(error.0))?;
        let reader = Reader::new(folder.clone());
        let desk = reader.desk()?.unwrap_or_default();
        let (told, told_receiver) = mpsc::unbounded_channel();
        let hushed = Hushed::open(&folder);
        let followed = Followed::open(&folder);
        let schedules = Schedules::open(&folder);
        let figures = Log::open(&folder, now);
        let mut data = Self {
            folder,
            options,
            _ownership: ownership,
            replica: opened.replica,
            outbox,
            engine,
            connected: None,
            connector,
            reader,
            desk,
            hushed,
            followed,
            newcomers: Vec::new(),
            schedules,
            figures,
            last_round: None,
            counts: Counts::default(),
            told,
            asks: Vec::new(),
            unrecorded: None,
            under_way: BTreeSet::new(),
            is_restated: true,
            postponed: BTreeSet::new(),
            written_at: now,
            restated_at: now,
            is_changed: false,
            is_counted: false,
            is_flush_due: false,
            flushed_at: now,
            listeners: Vec::new(),
            full_syncs: Vec::new(),
            waiters: Vec::new(),
            next_intent,
            half_done: Vec::new(),
            last_status: None,
        };
        if opened.is_new {
            data.remove_sheets();
        }
        if let Some(words) = opened.healed {
            data.say(Level::Warning, &words);
        }
        data.count_stored();
        Ok((data, told_receiver))
    }

    /// Runs until every handle is gone.
    pub async fn run(mut self, mut requests: mpsc::UnboundedReceiver<Envelope>, mut told: Told2) {
        self.rebuild_stale();
        self.ask_followed();
        self.step(Input::Started);
        self.settle();
        loop {
            let now = self.options.clock.now();
            let wait = self.wait(now);
            tokio::select! {
                biased;
                envelope = requests.recv() => {
                    let Some(envelope) = envelope else { break };
                    self.serve(envelope);
                }
                answer = told.recv() => {
                    if let Some((ticket, result)) = answer {
                        self.take(ticket, result);
                    }
                    // Everything that has arrived is taken in before anything new is asked.
                    while let Ok((ticket, result)) = told.try_recv() {
                        self.take(ticket, result);
                    }
                }
                () = tokio::time::sleep(wait) => {
                    if self.connected.is_some() {
                        self.step(Input::Ticked);
                    }
                }
            }
            self.settle();
        }
        for window in std::mem::take(&mut self.postponed) {
            let _ = self.write_sheet(&window);
        }
        self.figures.rest(self.options.clock.now(), true);
        let _ = self.replica.flush();
        // While the lock is still ours: the next owner's socket has the same name.
        let _ = std::fs::remove_file(self.folder.socket());
    }

    pub(super) fn connect(&mut self, mut connected: Connected) {
        let (clock, log) = (self.options.clock.clone(), self.figures.clone());
        connected.server = Arc::new(Measured::of(connected.server, clock, log));
        self.connected = Some(connected);
        self.is_restated = true;
        self.ask_followed();
        self.step(Input::SignedIn);
    }

    fn take(&mut self, ticket: engine::Ticket, result: Result<Told, Failure>) {
        self.under_way.remove(&ticket);
        if let Err(failure) = &result {
            tracing::info!(kind = ?failure.kind, status = failure.status, code = %failure.code.escape_debug(), "a request failed");
        }
        self.step(Input::Told {
            ticket,
            result: Box::new(result),
        });
    }

    fn wait(&mut self, now: Timestamp) -> Duration {
        let idle = Duration::from_secs(60);
        let mut wait = match self.engine.next_due(now) {
            Some(due) if self.connected.is_some() => Duration::try_from(due.duration_since(now))
                .unwrap_or(Duration::ZERO)
                .min(idle),
            _ => idle,
        };
        if let Some(deadline) = self
            .waiters
            .iter()
            .filter_map(super::requests::Waiter::deadline)
            .min()
        {
            wait = wait
                .min(Duration::try_from(deadline.duration_since(now)).unwrap_or(Duration::ZERO));
        }
        let newcomers = self.newcomers.iter();
        if let Some(until) = newcomers.map(|one| one.deadline()).min() {
            let left = Duration::try_from(until.duration_since(now)).unwrap_or(Duration::ZERO);
            wait = wait.min(left);
        }
        if !self.postponed.is_empty() {
            let soon = Duration::try_from(WRITTEN_WITHIN).unwrap_or_default();
            wait = wait.min(soon);
        }
        // A due moment that a busy slot delays must not spin.
        wait.max(Duration::from_millis(5))
    }

    /// Hands one input to the engine and performs what comes of it.
    pub(super) fn step(&mut self, input: Input) {
        let now = self.options.clock.now();
        let mut queue: VecDeque<Output> = match self.engine.handle(&self.replica, input, now) {
            Ok(outputs) => outputs.into(),
            Err(error) => return self.heal(&error),
        };
        while let Some(output) = queue.pop_front() {
            match self.perform(output, now) {
                Ok(Some(step)) => {
                    match self.engine.handle(&self.replica, Input::Proceed(step), now) {
                        Ok(outputs) => queue.extend(outputs),
                        Err(error) => return self.heal(&error),
                    }
                }
                Ok(None) => {}
                Err(error) => return self.heal(&error),
            }
        }
        self.note_round();
    }

    /// A round that ended is measured when everything of it is stored.
    fn note_round(&mut self) {
        let Some(ended) = self.engine.take_ended() else {
            return;
        };
        let now = self.options.clock.now();
        self.last_round = Some(LastRound {
            calendar: ended.window.calendar,
            ended: now,
            took_ms: self.figures.round_ended(ended.began, now),
            pages: ended.pages,
            full: ended.full,
        });
    }

    fn perform(
        &mut self,
        output: Output,
        now: Timestamp,
    ) -> Result<Option<engine::Step>, ReplicaError> {
        match output {
            Output::Apply(changes) => {
                self.replica.apply(&changes)?;
                if changes
                    .iter()
                    .any(|change| matches!(change, crate::domain::replica::Change::PutDesk(_)))
                {
                    self.write_desk(now)?;
                    self.is_changed = true;
                }
            }
            // The replica keeps changes in order, so a link never outlives what it stands
            // for; when it is safe from a power cut may wait a moment.
            Output::Flush => self.is_flush_due = true,
            Output::Sheet(window) | Output::Redraw(window) if self.is_crowded() => {
                self.postponed.insert(window);
            }
            Output::Sheet(window) => {
                // A master learnt in one window shows in the others that hold it. Those
                // that are being read get theirs when their round ends.
                for stale in self.replica.stale() {
                    if stale == window || !self.engine.is_reading(&stale) {
                        self.write_sheet(&stale)?;
                    }
                }
                if !self.has_sheet(&window) {
                    self.write_sheet(&window)?;
                }
            }
            Output::Redraw(window) => self.write_sheet(&window)?,
            Output::Ask { ticket, ask } => match self.unrecorded.take_if(|_| ask.is_act()) {
                Some(failure) => drop(self.told.send((ticket, Err(failure)))),
                None => self.asks.push((ticket, ask)),
            },
            Output::Then(step) => return Ok(Some(step)),
            Output::Keep(intent) => self.keep(&intent),
            Output::Finish(intent) => self.finish(&intent),
            Output::Say(tone, words) => self.say(level(tone), &words),
            Output::Restate => self.is_restated = true,
            Output::AllFresh { troubles } => self.all_fresh(troubles, now)?,
        }
        Ok(None)
    }

    fn keep(&mut self, intent: &Intent) {
        if intent.stage.needs_you() && intent.follows.is_some() {
            self.half_done.push(intent.clone());
        }
        // An act whose sending is not written down must not be sent: after a crash nobody
        // would know of it, and it would be sent again.
        self.unrecorded = self.outbox.put(intent).err().map(|error| Failure {
            kind: FailureKind::NotRecorded,
            status: 0,
            code: String::new(),
            words: error.to_string(),
            retry_after_ms: None,
        });
        if let Some(failure) = &self.unrecorded {
            self.say(Level::Error, &failure.words.clone());
        }
        self.is_restated = true;
    }

    fn finish(&mut self, intent: &Intent) {
        if let Err(error) = self.outbox.finish(intent) {
            self.say(Level::Error, &error.to_string());
        }
        self.is_restated = true;
    }

    /// What a batch of steps leads to: requests out, notices out, waiters woken.
    fn settle(&mut self) {
        for second in std::mem::take(&mut self.half_done) {
            self.make_whole(&second);
        }
        self.welcome();
        self.dispatch();
        self.write_postponed();
        if self.engine.is_idle() {
            // Pages of a broken off round, for one, leave a sheet behind.
            self.rebuild_stale();
        }
        self.wake_waiters();
        if std::mem::take(&mut self.is_changed) {
            self.is_counted = false;
            self.tell(&Incoming::Noticed(Notice::Changed));
        }
        self.rest();
        let now = self.options.clock.now();
        self.figures.rest(now, false);
        let is_soon = now.duration_since(self.restated_at).abs() < RESTATED_WITHIN;
        if self.is_restated && !(is_soon && self.is_crowded()) {
            self.is_restated = false;
            self.restated_at = now;
            self.restate();
        }
    }

    /// So many acts wait that telling of each would cost more than doing it.
    fn is_crowded(&self) -> bool {
        self.engine.intents().nth(CROWD).is_some()
    }

    /// Each sheet once for all that happened meanwhile. What is not written when the program
    /// ends is stale, and written by the next one.
    fn write_postponed(&mut self) {
        let now = self.options.clock.now();
        let is_soon = now.duration_since(self.written_at).abs() < WRITTEN_WITHIN;
        if self.postponed.is_empty() || (is_soon && self.is_crowded()) {
            return;
        }
        for window in std::mem::take(&mut self.postponed) {
            if let Err(error) = self.write_sheet(&window) {
                return self.heal(&error);
            }
        }
        self.written_at = now;
    }

    /// What need not be done after every page of a first synchronization.
    fn rest(&mut self) {
        let now = self.options.clock.now();
        let is_idle = self.engine.is_idle();
        let is_long_ago = now.duration_since(self.flushed_at) > FLUSHED_WITHIN;
        let mut rested = Ok(());
        if self.is_flush_due && (is_idle || is_long_ago) {
            self.is_flush_due = false;
            self.flushed_at = now;
            rested = self.replica.flush();
        }
        if !self.is_counted && is_idle {
            self.is_counted = true;
            self.count_overlaps();
            rested = rested.and_then(|()| self.replica.rest());
        }
        if let Err(error) = rested {
            self.heal(&error);
        }
    }

    /// Sends what was asked for; polls of several windows share one request.
    fn dispatch(&mut self) {
        // What is asked before there is a server waits for it: the engine counts on an answer.
        let Some(connected) = &self.connected else {
            return;
        };
        let asks = std::mem::take(&mut self.asks);
        self.under_way
            .extend(asks.iter().map(|(ticket, _)| *ticket));
        let (polls, others): (Vec<_>, Vec<_>) = asks
            .into_iter()
            .partition(|(_, ask)| matches!(ask, Ask::RoundNext { .. }));
        for (ticket, ask) in others {
            let answer = connected.server.perform(ask);
            let told = self.told.clone();
            tokio::spawn(async move { told.send((ticket, answer.await)) });
        }
        for group in polls.chunks(BATCH) {
            let told = self.told.clone();
            if let [(ticket, ask)] = group {
                let (ticket, answer) = (*ticket, connected.server.perform(ask.clone()));
                tokio::spawn(async move { told.send((ticket, answer.await)) });
                continue;
            }
            let tickets: Vec<_> = group.iter().map(|(ticket, _)| *ticket).collect();
            let answers = connected
                .server
                .perform_batch(group.iter().map(|(_, ask)| ask.clone()).collect());
            tokio::spawn(async move {
                for (ticket, result) in tickets.into_iter().zip(answers.await) {
                    let _ = told.send((ticket, result));
                }
            });
        }
    }

    /// The last rungs: a damaged copy is set aside and everything is fetched anew.
    fn heal(&mut self, error: &ReplicaError) {
        tracing::error!(%error, "the replica is damaged");
        let stamp = self.options.clock.now().as_second().to_string();
        let opened = match ladder::start_anew(&self.folder, &stamp) {
            Ok(opened) => opened,
            Err(error) => return self.say(Level::Error, &error.to_string()),
        };
        self.replica = opened.replica;
        self.remove_sheets();
        if let Err(error) = self.engine.start_over(&self.replica) {
            return self.say(Level::Error, &error.0);
        }
        if let Some(words) = opened.healed {
            self.say(Level::Warning, &words);
        }
        self.is_changed = true;
        self.is_restated = true;
        self.read_back_lost();
    }

    /// Requests of acts that the engine waits for and that never left, because what it had put
    /// out was dropped with the replica: nobody knows what became of them, so they are read back.
    fn read_back_lost(&mut self) {
        let waits: BTreeSet<engine::Ticket> = self.engine.acts_under_way().collect();
        let left = |ticket: &engine::Ticket| {
            self.under_way.contains(ticket) || self.asks.iter().any(|(asked, _)| asked == ticket)
        };
        let lost: Vec<engine::Ticket> = waits.into_iter().filter(|ticket| !left(ticket)).collect();
        for ticket in lost {
            self.step(Input::Told {
                ticket,
                result: Box::new(Err(Failure {
                    kind: FailureKind::Unknown,
                    status: 0,
                    code: String::new(),
                    words: "it was not sent, as the local copy was damaged".into(),
                    retry_after_ms: None,
                })),
            });
        }
    }

    fn all_fresh(&mut self, troubles: Vec<String>, now: Timestamp) -> Result<(), ReplicaError> {
        self.write_desk(now)?;
        // Who asked for it may rely on it.
        self.replica.flush()?;
        self.is_flush_due = false;
        let (tally, traffic) = (self.engine.tally(), self.traffic());
        for sync in std::mem::take(&mut self.full_syncs) {
            let took = now.duration_since(sync.started).as_millis();
            let report = SyncReport {
                added: tally.added - sync.tally.added,
                changed: tally.changed - sync.tally.changed,
                removed: tally.removed - sync.tally.removed,
                // A new sign-in meanwhile counts from nothing.
                requests: traffic.requests.saturating_sub(sync.traffic.requests),
                bytes: traffic.bytes.saturating_sub(sync.traffic.bytes),
                elapsed_ms: u64::try_from(took).unwrap_or(0),
                troubles: troubles.clone(),
            };
            (sync.reply)(Incoming::Replied {
                ticket: sync.ticket,
                reply: Reply::Synced(report),
            });
        }
        Ok(())
    }
}

pub type Told2 = mpsc::UnboundedReceiver<(engine::Ticket, Result<Told, Failure>)>;

fn level(tone: Tone) -> Level {
    match tone {
        Tone::News => Level::News,
        Tone::Warning => Level::Warning,
        Tone::Error => Level::Error,
    }
}
