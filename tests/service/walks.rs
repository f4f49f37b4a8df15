//! Random walks: one person does this and that to a small calendar, takes it back, does it again,
//! while the line, the server and the process come and go. What was acknowledged is done once,
//! taken back, or waits for the person; nothing else.
//!
//! The data side runs in threads of its own, so a seed names what is asked and not in which moment
//! it is answered: a rule must hold for every interleaving, and a seed may need a few runs to fail
//! again. That is why a failure tells the whole walk. `KALENDS_WALK=n cargo test --test service one_walk -- --nocapture` tells one.

#[path = "walks/ledger.rs"]
mod ledger;
#[path = "walks/person.rs"]
mod person;
#[path = "walks/screen.rs"]
mod screen;

use crate::chance::Chance;
use crate::desk::{Desk, event};
use crate::office::Trick;
use jiff::SignedDuration;
use jiff::civil::date;
use kalends::domain::entry::Entry;
use kalends::domain::ids::EventId;
use kalends::domain::intent::Intent;
use kalends::domain::remote::FailureKind;
use kalends::service::Incoming;
use kalends::service::protocol::{Link, Notice, Reply, Request, UndoOutcome};
use ledger::{Fate, Ledger, print};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const WALKS: u64 = 60;
const WORKERS: u64 = 2;
/// Nothing that happens at all takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// More than the usual number: `KALENDS_WALKS=2000`.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn what_was_acknowledged_is_done_once_or_taken_back() {
    let failed = AtomicBool::new(false);
    let happened = std::thread::scope(|scope| {
        let failed = &failed;
        let workers = (0..WORKERS).map(|worker| scope.spawn(move || walk_all(worker, failed)));
        let workers: Vec<_> = workers.collect();
        let mut happened = BTreeMap::new();
        for worker in workers {
            let walked = worker.join().unwrap();
            for (what, times) in walked.unwrap_or_else(|words| panic!("{words}")) {
                *happened.entry(what).or_default() += times;
            }
        }
        happened
    });
    println!("on so many walks: {happened:?}");
    assert_told(&happened);
}

/// The walks of one worker; stops early when another one failed.
fn walk_all(worker: u64, failed: &AtomicBool) -> Result<BTreeMap<&'static str, u64>, String> {
    let mut happened = BTreeMap::new();
    let walks = number("KALENDS_WALKS").unwrap_or(WALKS);
    let first = number("KALENDS_WALKS_FROM").unwrap_or(0);
    for seed in (first + worker..first + walks).step_by(usize::try_from(WORKERS).unwrap()) {
        if failed.load(Ordering::Relaxed) {
            break;
        }
        let walk = Walk::run(seed, false).map_err(|words| {
            failed.store(true, Ordering::Relaxed);
            format!("walk {seed}: {words}")
        })?;
        for what in walk {
            *happened.entry(what).or_default() += 1;
        }
    }
    Ok(happened)
}

/// Walks on which nothing happens prove nothing. Each of these comes up several times as often.
fn assert_told(happened: &BTreeMap<&'static str, u64>) {
    let walks = number("KALENDS_WALKS").unwrap_or(WALKS);
    for what in [
        "withdrawn",
        "compensated",
        "done again",
        "there and back",
        "half taken back",
        "replaced",
        "an answer lost",
        "needs you",
        "dropped",
        "tried again",
        "a conflict settled",
        "a draft changed",
        "restarted",
        "both of two done",
    ] {
        let times = happened.get(what).copied().unwrap_or(0);
        assert!(
            times * 60 >= walks,
            "{what}: on {times} of {walks} walks only: {happened:?}"
        );
    }
}

#[test]
fn one_walk() {
    if let Some(seed) = number("KALENDS_WALK") {
        Walk::run(seed, true).unwrap_or_else(|words| panic!("walk {seed}: {words}"));
    }
}

struct Walk {
    chance: Chance,
    desk: Desk,
    ledger: Ledger,
    is_told: bool,
    /// What happened so far: a walk that failed may not fail again.
    lines: RefCell<Vec<String>>,
    is_offline: bool,
    is_shut: bool,
    /// Names given so far: each is given once.
    names: u32,
    happened: BTreeSet<&'static str>,
}

impl Walk {
    fn run(seed: u64, is_told: bool) -> Result<BTreeSet<&'static str>, String> {
        let mut events = Vec::new();
        for (number, is_mine) in [true, true, true, false, false].into_iter().enumerate() {
            let hours = 2 + i64::try_from(number).unwrap() * 2;
            events.push(event(&format!("event-{number}"), hours, is_mine));
        }
        let mut walk = Self {
            chance: Chance::new(seed),
            desk: Desk::with(&events),
            ledger: Ledger::default(),
            is_told,
            lines: RefCell::default(),
            is_offline: false,
            is_shut: false,
            names: 0,
            happened: BTreeSet::new(),
        };
        match walk.live() {
            Ok(()) => Ok(walk.happened),
            Err(words) => Err(format!("{words}\n{}", walk.lines.borrow().join("\n"))),
        }
    }

    fn live(&mut self) -> Result<(), String> {
        for _ in 0..20 + self.chance.below(41) {
            self.step()?;
        }
        self.calm_down()?;
        self.judge()
    }

    fn step(&mut self) -> Result<(), String> {
        match self.chance.below(32) {
            0..=8 => self.act(),
            9..=11 => self.act_together(),
            12..=14 => {
                self.undo()?;
                // What came back with it is as durable as what is new.
                if self.chance.one_in(5) {
                    self.restart()?;
                }
                Ok(())
            }
            15..=16 => self.redo().map(drop),
            17 => self.there_and_back(),
            18..=20 => self.settle(),
            21 => self.be_offline(!self.is_offline),
            22 => self.shut(!self.is_shut),
            23..=24 => self.play_tricks(),
            25 => self.meddle(),
            26 => self.restart(),
            27..=28 => self.wait(),
            _ => self.pass(),
        }
    }

    #[allow(
        clippy::print_stdout,
        reason = "asked for by a person who looks for a fault"
    )]
    fn tell(&self, words: std::fmt::Arguments<'_>) {
        if self.is_told {
            println!("{words}");
        }
        self.lines.borrow_mut().push(words.to_string());
    }

    // ---- what the data side says ----

    /// Asks, and takes in everything that was said meanwhile.
    fn ask(&mut self, request: Request) -> Result<Reply, String> {
        let (heard, reply) = self.desk.hear(request);
        for notice in heard {
            self.take_in(&notice)?;
        }
        Ok(reply)
    }

    fn take_in(&mut self, notice: &Notice) -> Result<(), String> {
        match notice {
            Notice::Status(status) => self.see(&status.intents),
            Notice::Said { words, .. } => {
                self.tell(format_args!("    said: {words}"));
                if words.starts_with("not done: ") {
                    self.happened.insert("half taken back");
                    self.ledger.half_done();
                }
                Ok(())
            }
            Notice::Gone { words } => Err(format!("the data side ended: {words}")),
            Notice::Changed => Ok(()),
        }
    }

    fn see(&mut self, intents: &[Intent]) -> Result<(), String> {
        let effects = self.desk.office.inside().effects.clone();
        self.ledger.see(intents, &effects)?;
        if intents.iter().any(|intent| !intent.replaces.is_empty()) {
            self.happened.insert("replaced");
        }
        if intents.iter().any(|intent| intent.stage.needs_you()) {
            self.happened.insert("needs you");
        }
        Ok(())
    }

    /// Everything that was said until now is taken in.
    fn listen(&mut self) -> Result<Vec<Intent>, String> {
        match self.ask(Request::Status)? {
            Reply::Status(status) => {
                self.see(&status.intents)?;
                Ok(status.intents)
            }
            other => Err(format!("{other:?} is no state of things")),
        }
    }

    fn entries(&mut self) -> Result<Vec<Entry>, String> {
        let (from, to) = (date(2026, 11, 20), date(2026, 12, 5));
        match self.ask(Request::Show { from, to })? {
            Reply::Entries(entries) => Ok(entries),
            other => Err(format!("{other:?} is no calendar")),
        }
    }

    // ---- taking back ----

    fn undo(&mut self) -> Result<UndoOutcome, String> {
        let reply = self.ask(Request::Undo)?;
        let Reply::Undone(outcome) = reply else {
            return Err(format!("{reply:?} to undo"));
        };
        self.tell(format_args!("undo: {}", in_words(&outcome)));
        match &outcome {
            UndoOutcome::Withdrawn(_) => self.happened.insert("withdrawn"),
            UndoOutcome::Compensating { .. } => self.happened.insert("compensated"),
            _ => false,
        };
        self.ledger.undone(&outcome)?;
        self.listen()?;
        Ok(outcome)
    }

    fn redo(&mut self) -> Result<bool, String> {
        let reply = self.ask(Request::Redo)?;
        self.tell(format_args!("redo: {reply:?}"));
        let is_queued = matches!(reply, Reply::Queued(_));
        if is_queued {
            self.happened.insert("done again");
            self.ledger.expect();
        }
        self.listen()?;
        Ok(is_queued)
    }

    /// Undo and redo with nothing between them change nothing.
    fn there_and_back(&mut self) -> Result<(), String> {
        let was_offline = self.is_offline;
        self.be_offline(true)?;
        self.listen()?;
        let (halves, deeds) = (self.ledger.halves_ever, self.ledger.deeds.len());
        let waiting = self.ledger.waiting();
        if matches!(self.undo()?, UndoOutcome::Withdrawn(_)) {
            let is_queued = self.redo()?;
            if self.ledger.halves_ever == halves {
                self.happened.insert("there and back");
                self.same_as_before(waiting, deeds, is_queued)?;
            }
        }
        self.be_offline(was_offline)
    }

    fn same_as_before(
        &self,
        before: Vec<String>,
        deeds: usize,
        is_queued: bool,
    ) -> Result<(), String> {
        if !is_queued {
            return Err("what was just taken back cannot be done again".into());
        }
        // What ended meanwhile was on its way already. What is done again replaces what may be
        // replaced now, as anything new does.
        let ended = self.ledger.deeds[..deeds].iter();
        let ended = ended.filter(|deed| matches!(deed.fate, Fate::Done | Fate::Replaced));
        let ended: Vec<String> = ended.map(|deed| print(&deed.intent.act)).collect();
        let after = self.ledger.waiting();
        let is_kept = |print: &&String| !ended.contains(print);
        let before: Vec<&String> = before.iter().filter(is_kept).collect();
        let after: Vec<&String> = after.iter().filter(is_kept).collect();
        if before == after {
            return Ok(());
        }
        Err(format!("undo and redo make {after:?} of {before:?}"))
    }

    // ---- the world ----

    fn be_offline(&mut self, is_offline: bool) -> Result<(), String> {
        self.tell(format_args!("offline: {is_offline}"));
        self.is_offline = is_offline;
        self.desk.offline(is_offline);
        Ok(())
    }

    fn shut(&mut self, is_shut: bool) -> Result<(), String> {
        self.tell(format_args!("shut: {is_shut}"));
        self.is_shut = is_shut;
        self.desk.shut(is_shut);
        Ok(())
    }

    fn play_tricks(&mut self) -> Result<(), String> {
        for _ in 0..1 + self.chance.below(3) {
            let trick = *self.chance.pick(&[
                Trick::Lose,
                Trick::Lose,
                Trick::Fail(FailureKind::Refused),
                Trick::Fail(FailureKind::Refused),
                Trick::Fail(FailureKind::Unknown),
                Trick::Fail(FailureKind::Throttled),
                Trick::Fail(FailureKind::Conflict),
                Trick::Fail(FailureKind::Forbidden),
                Trick::Fail(FailureKind::NotFound),
            ]);
            self.play([trick]);
        }
        Ok(())
    }

    fn play<const N: usize>(&mut self, tricks: [Trick; N]) {
        self.tell(format_args!("tricks: {tricks:?}"));
        self.desk.office.inside().tricks.extend(tricks);
    }

    /// Somebody else renames or deletes something.
    fn meddle(&mut self) -> Result<(), String> {
        let ids: Vec<EventId> = self.desk.office.inside().events.keys().cloned().collect();
        if ids.is_empty() {
            return Ok(());
        }
        let id = self.chance.pick(&ids).clone();
        let is_deletion = self.chance.one_in(4);
        self.meddle_with(&id, is_deletion);
        Ok(())
    }

    fn meddle_with(&mut self, id: &EventId, is_deletion: bool) {
        let name = self.name("theirs");
        self.tell(format_args!(
            "meddle: {} {name}, deletes: {is_deletion}",
            id.as_str()
        ));
        let name = (!is_deletion).then_some(name.as_str());
        self.desk.office.meddle(id, name);
    }

    fn restart(&mut self) -> Result<(), String> {
        let is_drowned = self.chance.one_in(2);
        self.tell(format_args!("restart, drowned: {is_drowned}"));
        self.happened.insert("restarted");
        for incoming in self.desk.restart(is_drowned) {
            if let Incoming::Noticed(notice) = incoming {
                self.take_in(&notice)?;
            }
        }
        self.ledger.outlive();
        let limit = Instant::now() + PATIENCE;
        loop {
            match self.ask(Request::Status)? {
                Reply::Status(status) if status.link != Link::NoAccount => break,
                _ if Instant::now() > limit => return Err("no connection".into()),
                _ => std::thread::park_timeout(Duration::from_millis(1)),
            }
        }
        self.listen().map(drop)
    }

    fn pass(&mut self) -> Result<(), String> {
        let time = SignedDuration::from_secs(self.chance.range(1, 90));
        self.tell(format_args!("pass {time:?}"));
        self.desk.pass(time);
        self.ask(Request::SyncNow)?;
        self.listen().map(drop)
    }

    /// Time for what is on its way.
    fn wait(&mut self) -> Result<(), String> {
        self.tell(format_args!("wait"));
        for _ in 0..8 {
            self.breathe(SignedDuration::from_secs(5))?;
        }
        Ok(())
    }

    fn breathe(&mut self, time: SignedDuration) -> Result<Vec<Intent>, String> {
        self.desk.pass(time);
        self.ask(Request::SyncNow)?;
        std::thread::park_timeout(Duration::from_millis(2));
        self.listen()
    }

    // ---- the end ----

    fn calm_down(&mut self) -> Result<(), String> {
        self.tell(format_args!("calm"));
        self.desk.office.inside().tricks.clear();
        self.be_offline(false)?;
        self.shut(false)?;
        let limit = Instant::now() + PATIENCE;
        let mut calm = 0;
        while calm < 3 {
            let intents = self.breathe(SignedDuration::from_secs(30))?;
            calm = if self.ledger.is_settled() {
                calm + 1
            } else {
                0
            };
            if Instant::now() > limit {
                return Err(format!("no rest: {intents:?}"));
            }
        }
        Ok(())
    }

    fn judge(&mut self) -> Result<(), String> {
        for effect in &self.desk.office.inside().effects {
            self.tell(format_args!(
                "    server: {} ({})",
                effect.print,
                effect.event.as_str()
            ));
        }
        self.ledger.judge(&self.desk.office.inside())?;
        if self
            .desk
            .office
            .inside()
            .effects
            .iter()
            .any(|effect| effect.is_lost)
        {
            self.happened.insert("an answer lost");
        }
        let is_done = |deed: &&ledger::Deed| deed.fate == Fate::Done;
        if self
            .ledger
            .deeds
            .iter()
            .filter(is_done)
            .any(|deed| deed.follows.is_some())
        {
            self.happened.insert("both of two done");
        }
        self.judge_screen()
    }

    fn name(&mut self, kind: &str) -> String {
        self.names += 1;
        format!("{kind}-{}", self.names)
    }
}

fn in_words(outcome: &UndoOutcome) -> String {
    match outcome {
        UndoOutcome::Withdrawn(intent) => {
            format!("withdrawn {:?} {}", intent.id, print(&intent.act))
        }
        other => format!("{other:?}"),
    }
}
