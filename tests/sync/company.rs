//! Two clients of one mailbox, each with its own memory and outbox, and somebody in a browser:
//! all three edit, and every fifth write takes effect without the client being told.
//!
//! At the end the server's own log is read: no second event for one creation, no second mail for
//! one answer, nothing overwritten that its author had not seen, nothing acknowledged gone, and
//! both copies show what the server shows.

#[path = "company/client.rs"]
mod client;
#[path = "company/judge.rs"]
mod judge;

use crate::chance::Chance;
use crate::server::{Body, Server, Slot, Thing, calendar, half_hours};
use crate::trace::Trace;
use client::Client;
use jiff::{SignedDuration, Timestamp};
use kalends::domain::event::Answer;
use kalends::domain::ids::{CalendarId, EventId};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub struct Company {
    chance: Chance,
    now: Timestamp,
    server: Server,
    clients: [Client; 2],
    happened: BTreeSet<String>,
    trace: Trace,
    is_calm: bool,
}

/// In how many companies something happened.
#[derive(Default)]
pub struct Seen {
    companies: u64,
    counts: BTreeMap<String, u64>,
}

/// All of these come up in at least one company of fifty.
const WANTED: [&str; 15] = [
    "answered",
    "created",
    "changed",
    "deleted",
    "edit conflict",
    "needs the person",
    "killed",
    "power cut",
    "write lost on the way",
    "answer to a write lost",
    "etag refused",
    "transaction repeated",
    "the web renamed",
    "the web deleted",
    "both wrote to one event",
];

impl Seen {
    pub fn add(&mut self, other: &Self) {
        self.companies += other.companies;
        for (name, count) in &other.counts {
            *self.counts.entry(name.clone()).or_default() += count;
        }
    }

    pub fn assert_complete(&self) {
        for name in WANTED {
            let count = self.counts.get(name).copied().unwrap_or(0);
            assert!(
                count * 50 >= self.companies,
                "{name} happened in {count} of {} companies only",
                self.companies
            );
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "coverage over {} companies:", self.companies)?;
        for (name, count) in &self.counts {
            writeln!(f, "  {name:<40} {count}")?;
        }
        Ok(())
    }
}

impl Company {
    pub fn run(seed: u64, seen: &mut Seen) -> Result<(), String> {
        Self::new(seed).finish(seen).map(drop)
    }

    /// The same with its trace's hash.
    pub fn run_hashed(seed: u64, seen: &mut Seen) -> Result<u64, String> {
        let mut company = Self::new(seed);
        company.trace = Trace::hashed();
        company.finish(seen).map(|company| company.trace.hash())
    }

    /// Prints what happened, lines with `part` only, and panics with the verdict.
    #[allow(
        clippy::print_stdout,
        reason = "asked for by a person who looks for a fault"
    )]
    pub fn tell(seed: u64, part: &str) {
        let mut company = Self::new(seed);
        company.trace = Trace::told();
        let lived = company.live();
        for line in company.trace.lines().filter(|line| line.contains(part)) {
            println!("{line}");
        }
        lived.and_then(|()| company.judge()).unwrap();
    }

    fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed ^ 0x00c0_ffee);
        let starts = ["2026-11-26T09:00:00Z", "2026-12-31T22:30:00Z"];
        let now: Timestamp = chance.pick(&starts).parse().unwrap();
        let mut company = Self {
            clients: [Client::new(0, seed), Client::new(1, seed + 1)],
            chance,
            now,
            server: Server::new(),
            happened: BTreeSet::new(),
            trace: Trace::default(),
            is_calm: false,
        };
        for _ in 0..2 + company.chance.below(4) {
            company.put();
        }
        company
    }

    fn finish(mut self, seen: &mut Seen) -> Result<Self, String> {
        self.live()?;
        let verdict = self.judge();
        seen.companies += 1;
        for name in &self.happened {
            *seen.counts.entry(name.clone()).or_default() += 1;
        }
        verdict.map(|()| self)
    }

    fn live(&mut self) -> Result<(), String> {
        for which in 0..2 {
            self.begin(which);
        }
        for _ in 0..80 + self.chance.below(160) {
            let which = self.chance.below(2);
            match self.chance.below(24) {
                0..=11 => self.advance(which),
                12..=14 => self.surf(),
                15 | 16 => {
                    let by = *self.chance.pick(&[1, 6, 31, 61, 400]);
                    self.now += SignedDuration::from_secs(by);
                    self.tick(which);
                }
                17..=20 => self.edit(which),
                21 => self.look(which),
                22 if self.chance.one_in(3) => self.restart(which),
                22 if self.chance.one_in(4) => self.server.forget_tokens(),
                _ => self.hurry(which),
            }
            self.check_along()?;
        }
        self.quiet()
    }

    /// Faults stop, nobody edits, time goes on.
    fn quiet(&mut self) -> Result<(), String> {
        self.is_calm = true;
        let end = self.now + SignedDuration::from_hours(4);
        for which in 0..2 {
            self.look(which);
        }
        let mut steps = 0;
        while self.now < end || self.clients.iter().any(Client::is_waiting) {
            steps += 1;
            if steps > 20_000 {
                return Err(format!("no quiet after {steps} steps"));
            }
            if let Some(which) = (0..2).find(|which| self.clients[*which].is_waiting()) {
                self.advance(which);
                continue;
            }
            let now = self.now;
            let due = self.clients.iter_mut().filter_map(|one| one.due(now));
            self.now = match due.min() {
                Some(due) if due > self.now => due.min(end),
                Some(_) => self.now + SignedDuration::from_millis(5),
                None => end,
            };
            for which in 0..2 {
                self.tick(which);
            }
        }
        self.check_along()
    }

    // ---- the browser ----

    fn body(&mut self, subject: &str) -> Body {
        let version = self.server.version();
        let mine = self.chance.one_in(3);
        Body {
            subject: format!("{subject} {version}"),
            answer: if mine {
                Answer::Organizer
            } else {
                Answer::NotResponded
            },
            all_day: false,
            cancelled: false,
            mine,
            version,
        }
    }

    fn soon(&mut self) -> Timestamp {
        self.now + half_hours(self.chance.range(-200, 700))
    }

    fn put(&mut self) {
        let id = self.server.name();
        let start = self.soon();
        let length = half_hours(self.chance.range(1, 6));
        let of = calendar(self.chance.below(2));
        let thing = if self.chance.one_in(3) {
            let body = self.body("series");
            let version = body.version;
            let slots = (0..5_u32)
                .map(|n| {
                    let at = start + SignedDuration::from_hours(24 * 7 * i64::from(n));
                    let slot = Slot {
                        start: at,
                        end: at + length,
                        own: None,
                    };
                    (n, slot)
                })
                .collect();
            Thing::Series {
                body,
                slots,
                version,
            }
        } else {
            let body = self.body("single");
            Thing::Single {
                start,
                end: start + length,
                body,
            }
        };
        self.server.things.insert((of, id), thing);
    }

    /// The web user does something, without a word to the clients.
    fn surf(&mut self) {
        let keys: Vec<(CalendarId, EventId)> = self.server.things.keys().cloned().collect();
        if keys.is_empty() || self.chance.one_in(6) {
            return self.put();
        }
        let key = self.chance.pick(&keys).clone();
        let choice = self.chance.below(8);
        if choice == 0 {
            self.happened.insert("the web deleted".into());
            self.server.things.remove(&key);
            return;
        }
        let version = self.server.version();
        let to = self.soon();
        let Some(thing) = self.server.things.get_mut(&key) else {
            return;
        };
        thing.touch(version);
        match thing {
            Thing::Single { start, end, .. } if choice < 3 => {
                let length = end.duration_since(*start);
                (*start, *end) = (to, to + length);
            }
            Thing::Series { slots, .. } if choice < 3 => {
                slots.pop_last();
            }
            Thing::Single { body, .. } | Thing::Series { body, .. } => {
                self.happened.insert("the web renamed".into());
                body.subject = format!("renamed {version}");
            }
        }
    }
}
