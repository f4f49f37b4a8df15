//! Following somebody's calendar by their address: asked for first, kept when it is there.
//!
//! Invariant: what is kept in the file was answered for at least once, and nothing is kept that
//! the person was told is not followed.

use crate::domain::edit::is_address;
use crate::service::data::{Data, Outlet};
use crate::service::handle::Incoming;
use crate::service::protocol::{Followed, Reply, Ticket};
use crate::store::followed::MOST;
use crate::sync::engine::{Input, Link};
use jiff::{SignedDuration, Timestamp};

/// How long an answer is waited for before nothing is followed.
const PATIENCE: SignedDuration = SignedDuration::from_secs(20);

const NO_RIGHT: &str =
    "you signed in without the right to others' calendars; run kalends login --with shared";

/// Somebody who is followed once the server said that they share their calendar.
pub struct Newcomer {
    ticket: Ticket,
    reply: Outlet,
    address: String,
    until: Timestamp,
}

impl Newcomer {
    pub fn deadline(&self) -> Timestamp {
        self.until
    }
}

impl Data {
    pub(super) fn follow(&mut self, ticket: Ticket, reply: Outlet, address: &str) {
        let address = address.trim().to_lowercase();
        if let Some(words) = self.objection_to_following(&address) {
            let reply_words = Reply::Refused { words };
            reply(Incoming::Replied {
                ticket,
                reply: reply_words,
            });
            return;
        }
        let until = self.options.clock.now() + PATIENCE;
        self.newcomers.push(Newcomer {
            ticket,
            reply,
            address,
            until,
        });
        self.ask_followed();
    }

    fn objection_to_following(&self, address: &str) -> Option<String> {
        let words = |words: &str| Some(words.to_owned());
        let Some(connected) = &self.connected else {
            return words("following needs the server, and there is no connection to it");
        };
        if !connected.rights.shared {
            return words(NO_RIGHT);
        }
        if !is_address(address) {
            return Some(format!(
                "\u{201c}{}\u{201d} is not an address",
                crate::domain::text::Safe::line(address, Some(60))
            ));
        }
        if address.eq_ignore_ascii_case(self.desk.desk.me.address.raw()) {
            return words("this is your own address: your calendars are there already");
        }
        let known = self.followed.addresses();
        let is_new = self.newcomers.iter().all(|one| one.address != *address);
        if known.iter().any(|one| one == address) || !is_new {
            return Some(format!("{address} is followed already"));
        }
        (known.len() + self.newcomers.len() >= MOST)
            .then(|| format!("{MOST} calendars are followed already: stop following one first"))
    }

    pub(super) fn unfollow(&mut self, address: &str) -> Reply {
        let address = address.trim().to_lowercase();
        let known = self.followed.addresses();
        if !known.contains(&address) {
            let names = match known {
                [] => "nobody is followed".to_owned(),
                known => format!("there are {}", known.join(", ")),
            };
            return Reply::Refused { words: names };
        }
        let is_of_it = |intent: &crate::domain::intent::Intent| {
            intent.act.calendar().mailbox() == Some(&*address)
        };
        if self.engine.intents().any(is_of_it) {
            let words =
                "something waits to be sent into this calendar: let it go out, or drop it first";
            return Reply::Refused {
                words: words.into(),
            };
        }
        let left = known.iter().filter(|one| **one != address).cloned();
        let left = left.collect();
        if let Err(error) = self.followed.keep(left) {
            let words = error.to_string();
            return Reply::Refused { words };
        }
        self.ask_followed();
        self.is_restated = true;
        Reply::Done
    }

    /// Tells the engine whose calendars are asked for with the mailbox.
    pub(in crate::service) fn ask_followed(&mut self) {
        let connected = self.connected.as_ref();
        let may = connected.is_none_or(|connected| connected.rights.shared);
        let mut addresses: Vec<String> = Vec::new();
        if may {
            addresses.extend_from_slice(self.followed.addresses());
            addresses.extend(self.newcomers.iter().map(|one| one.address.clone()));
        }
        self.step(Input::Followed(addresses));
    }

    /// Answers those whose calendar was asked for: it is kept, or nothing is followed.
    pub(in crate::service) fn welcome(&mut self) {
        if self.newcomers.is_empty() {
            return;
        }
        let now = self.options.clock.now();
        let mut is_changed = false;
        for newcomer in std::mem::take(&mut self.newcomers) {
            let verdict = match self.engine.followed(&newcomer.address) {
                Some(Ok(())) => self.keep_followed(&newcomer.address),
                Some(Err(words)) => Err(words.to_owned()),
                None => match self.engine.link() {
                    Link::Down(words) | Link::SignInNeeded(words) => {
                        Err(format!("nothing is followed yet: {words}"))
                    }
                    _ if now >= newcomer.until => {
                        Err("nothing is followed yet: the server has not answered".into())
                    }
                    _ => {
                        self.newcomers.push(newcomer);
                        continue;
                    }
                },
            };
            is_changed |= verdict.is_err();
            let reply = match verdict {
                Ok(()) => Reply::Done,
                Err(words) => Reply::Refused { words },
            };
            self.is_restated = true;
            (newcomer.reply)(Incoming::Replied {
                ticket: newcomer.ticket,
                reply,
            });
        }
        if is_changed {
            self.ask_followed();
        }
    }

    fn keep_followed(&mut self, address: &str) -> Result<(), String> {
        let mut all = self.followed.addresses().to_vec();
        all.push(address.to_owned());
        self.followed.keep(all).map_err(|error| error.to_string())
    }

    /// Whom the person follows, and why one's calendar is not there.
    pub(in crate::service) fn followed_standing(&self) -> Vec<Followed> {
        let connected = self.connected.as_ref();
        let is_without = connected.is_some_and(|connected| !connected.rights.shared);
        let trouble = |address: &String| match self.engine.followed(address) {
            _ if is_without => Some(NO_RIGHT.to_owned()),
            Some(Err(words)) => Some(words.to_owned()),
            _ => None,
        };
        let all = self.followed.addresses().iter();
        all.map(|address| Followed {
            address: address.clone(),
            trouble: trouble(address),
        })
        .collect()
    }
}
