//! Requests, one by one: what each asks of the store, the engine and the server.

mod errands;
pub(super) mod following;
mod many;
mod people;
mod queueing;
mod reaching;
mod undoing;

use super::data::{Data, FullSync, Outlet};
use super::handle::{Envelope, Incoming};
use super::protocol::{Detail, Reply, Request, Ticket};
use crate::domain::edit::is_draft;
use crate::domain::entry::Entry;
use crate::domain::event::{Event, Kind};
use crate::domain::ids::{CalendarId, EventId};
use crate::domain::intent::{IntentId, Stage};
use crate::domain::overlap::Persons;
use crate::domain::remote::{Ask, Told};
use crate::domain::replica::Replica;
use crate::domain::triage;
use crate::domain::window::midnight;
use crate::sync::engine::Input;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::time::Duration;

/// How long leaving the program may take.
const DRAIN: SignedDuration = SignedDuration::from_secs(5);
/// How long an inspector waits for a body before it shows what is known.
const BODY: Duration = Duration::from_secs(4);

/// Somebody who waits for intents to leave.
pub struct Waiter {
    ticket: Ticket,
    reply: Outlet,
    until: Timestamp,
    /// One intent, or all of them.
    intent: Option<IntentId>,
}

impl Waiter {
    pub fn deadline(&self) -> Option<Timestamp> {
        Some(self.until)
    }
}

impl Data {
    pub(super) fn serve(&mut self, envelope: Envelope) {
        let (ticket, outlet) = (envelope.ticket, envelope.outlet);
        let answer = |reply| {
            outlet(Incoming::Replied { ticket, reply });
        };
        match envelope.request {
            super::handle::Order::Listen => self.listen(outlet),
            super::handle::Order::Connect(connected) => answer(match connected {
                Ok(Some(connected)) => {
                    self.connect(connected);
                    Reply::Done
                }
                Ok(None) => {
                    self.refuse(None);
                    Reply::Done
                }
                Err(words) => {
                    self.refuse(Some(words.clone()));
                    Reply::Refused { words }
                }
            }),
            super::handle::Order::Request(request) => match request {
                Request::Show { from, to } => {
                    let read = self.reader.range(&self.desk, from, to);
                    answer(Reply::Entries(read.entries));
                    let (from, to) = around(from, to);
                    self.step(Input::Shown { from, to });
                }
                Request::Reach { from, to } => self.reach(ticket, outlet, from, to),
                Request::Detail { calendar, event } => {
                    self.detail(ticket, outlet, &calendar, &event)
                }
                Request::Known { calendar, event } => answer(self.known(&calendar, &event)),
                Request::Follow { address } => self.follow(ticket, outlet, &address),
                Request::Unfollow { address } => answer(self.unfollow(&address)),
                Request::Errand(errand) => self.run_errand(ticket, outlet, errand),
                Request::People => answer(Reply::People(self.people())),
                Request::QueueTogether { acts, delay_ms } => {
                    answer(self.queue_together(acts, delay_ms))
                }
                Request::Search { text, limit } => {
                    let today = self.today();
                    let found = self.reader.search(&self.desk, &text, today, limit as usize);
                    answer(Reply::Entries(found));
                }
                Request::Waiting => answer(Reply::Entries(self.waiting())),
                Request::Hush { id, is_hushed } => answer(self.hush(id, is_hushed)),
                Request::Queue { act, delay_ms } => answer(self.queue(act, delay_ms)),
                Request::QueueAll { acts } => answer(self.queue_all(acts)),
                Request::Standing { intents } => answer(self.standing(&intents)),
                Request::Stored { calendar } => answer(self.stored(&calendar)),
                Request::Undo => answer(Reply::Undone(self.undo())),
                Request::Redo => answer(self.redo()),
                Request::Settle { intent, choice } => answer(self.settle_intent(intent, choice)),
                Request::Resolve { intent, sides } => answer(self.resolve(intent, &sides)),
                Request::Await {
                    intent,
                    patience_ms,
                } => {
                    let patience =
                        SignedDuration::from_millis(i64::try_from(patience_ms).unwrap_or(i64::MAX));
                    let until = self
                        .options
                        .clock
                        .now()
                        .saturating_add(patience)
                        .unwrap_or(Timestamp::MAX);
                    self.waiters.push(Waiter {
                        ticket,
                        reply: outlet,
                        until,
                        intent: Some(intent),
                    });
                }
                Request::SyncNow => {
                    self.step(Input::SyncNow);
                    answer(Reply::Done);
                }
                Request::FullSync => self.full_sync(ticket, outlet),
                Request::SignedIn => self.connector.start(ticket, outlet),
                Request::Status => answer(Reply::Status(Box::new(self.status()))),
                Request::Vitals => answer(Reply::Vitals(Box::new(self.vitals()))),
                Request::Drain => {
                    self.step(Input::Hurried);
                    let until = self.options.clock.now() + DRAIN;
                    self.waiters.push(Waiter {
                        ticket,
                        reply: outlet,
                        until,
                        intent: None,
                    });
                }
            },
        }
    }

    fn listen(&mut self, outlet: Outlet) {
        outlet(Incoming::Noticed(super::protocol::Notice::Status(
            Box::new(self.status()),
        )));
        for (level, words) in std::mem::take(&mut self.options.unheard) {
            outlet(Incoming::Noticed(super::protocol::Notice::Said {
                level,
                words,
            }));
        }
        self.listeners.push(outlet);
    }

    fn refuse(&mut self, words: Option<String>) {
        self.options.refused = words;
        let status = self.status();
        self.tell(&Incoming::Noticed(super::protocol::Notice::Status(
            Box::new(status),
        )));
    }

    fn today(&self) -> Date {
        self.options
            .clock
            .now()
            .to_zoned(jiff::tz::TimeZone::UTC)
            .date()
    }

    /// What the queue is made of, from the sheets.
    fn waiting(&self) -> Vec<Entry> {
        let now = self.options.clock.now();
        let today = self.today();
        let from = today.saturating_sub(1.day());
        let read = self
            .reader
            .range(&self.desk, from, today.saturating_add(triage::DAYS.days()));
        let desk = &self.desk.desk;
        let persons = Persons::of(&desk.calendars, &desk.me);
        triage::candidates(read.entries, &persons, now)
    }

    fn hush(&mut self, id: u64, is_hushed: bool) -> Reply {
        if let Err(error) = self.hushed.set(id, is_hushed) {
            let words = error.to_string();
            return Reply::Refused { words };
        }
        self.is_restated = true;
        Reply::Done
    }

    fn full_sync(&mut self, ticket: Ticket, reply: Outlet) {
        if self.connected.is_none() {
            let words = self
                .options
                .refused
                .clone()
                .unwrap_or_else(|| "nobody is signed in; run kalends login".into());
            reply(Incoming::Replied {
                ticket,
                reply: Reply::Refused { words },
            });
            return;
        }
        // A second asker makes the round begin again, and both are answered when it ends.
        self.full_syncs.push(FullSync {
            ticket,
            reply,
            started: self.options.clock.now(),
            tally: self.engine.tally(),
            traffic: self.traffic(),
        });
        self.step(Input::FullSync);
    }

    /// One event as the replica and the outbox have it.
    fn known(&self, calendar: &CalendarId, id: &EventId) -> Reply {
        let laid = self.laid_over(calendar);
        let draft = laid.get(id).and_then(|laid| laid.draft.clone());
        let is_draft = draft.is_some();
        let Some((event, master)) = self
            .completed(calendar, id)
            .or_else(|| draft.map(|draft| (draft, None)))
        else {
            return Reply::Refused {
                words: "this event is no longer in the calendar".into(),
            };
        };
        let entry = Entry::of(&event, master.as_ref());
        // Nobody but me knows the text of a draft.
        let body = event
            .details
            .as_ref()
            .and_then(|details| details.notes.clone());
        Reply::Detail(Box::new(Detail {
            entry: match laid.get(id).or_else(|| laid.get(event.root())) {
                Some(laid) => entry.with(laid),
                None => entry,
            },
            event,
            master,
            body: if is_draft {
                Some(body.unwrap_or_default())
            } else {
                None
            },
            fetched_at: None,
        }))
    }

    fn detail(&mut self, ticket: Ticket, outlet: Outlet, calendar: &CalendarId, id: &EventId) {
        let mut detail = match self.known(calendar, id) {
            Reply::Detail(detail) => detail,
            reply => {
                outlet(Incoming::Replied { ticket, reply });
                return;
            }
        };
        let connected = self.connected.clone().filter(|_| !is_draft(id));
        let Some(connected) = connected else {
            outlet(Incoming::Replied {
                ticket,
                reply: Reply::Detail(detail),
            });
            return;
        };
        let ask = Ask::Body {
            calendar: calendar.clone(),
            event: id.clone(),
        };
        let now = self.options.clock.now();
        tokio::spawn(async move {
            if let Ok(Ok(Told::Body(body))) =
                tokio::time::timeout(BODY, connected.server.perform(ask)).await
            {
                detail.body = Some(body);
                detail.fetched_at = Some(now);
            }
            outlet(Incoming::Replied {
                ticket,
                reply: Reply::Detail(detail),
            });
        });
    }

    /// The stored event with its master's fields where it has none, and the master.
    fn completed(&self, calendar: &CalendarId, id: &EventId) -> Option<(Event, Option<Event>)> {
        let mut event = self.replica.record(calendar, id).ok()??.event;
        let master = event
            .series
            .as_ref()
            .and_then(|series| self.replica.record(calendar, series).ok().flatten())
            .map(|record| record.event);
        if event.kind == Kind::Occurrence
            && let Some(details) = master.as_ref().and_then(|master| master.details.clone())
        {
            event.details = Some(details);
        }
        Some((event, master))
    }

    /// Replies to whoever waits for intents that have now left, or ran out of patience.
    pub(super) fn wake_waiters(&mut self) {
        let now = self.options.clock.now();
        let waiters = std::mem::take(&mut self.waiters);
        for waiter in waiters {
            match self.verdict(&waiter, now) {
                Some(reply) => {
                    (waiter.reply)(Incoming::Replied {
                        ticket: waiter.ticket,
                        reply,
                    });
                }
                None => self.waiters.push(waiter),
            }
        }
    }

    fn verdict(&self, waiter: &Waiter, now: Timestamp) -> Option<Reply> {
        let is_late = now >= waiter.until;
        let Some(id) = waiter.intent else {
            let left = self.engine.unsent();
            let hopeless = self.connected.is_none()
                || !matches!(self.engine.link(), crate::sync::engine::Link::Up);
            return (left == 0 || is_late || hopeless).then(|| Reply::Drained {
                left: u32::try_from(left).unwrap_or(u32::MAX),
            });
        };
        let Some(intent) = self.engine.intents().find(|intent| intent.id == id) else {
            return Some(Reply::Accepted);
        };
        match &intent.stage {
            Stage::Sent => Some(Reply::Accepted),
            Stage::NeedsYou { words, .. } => Some(Reply::Refused {
                words: words.clone(),
            }),
            _ => {
                let words = match self.engine.link() {
                    crate::sync::engine::Link::Down(words)
                    | crate::sync::engine::Link::SignInNeeded(words) => Some(words.clone()),
                    _ if self.connected.is_none() => Some("nobody is signed in".into()),
                    _ if is_late => Some("the server has not answered yet".into()),
                    _ => None,
                };
                words.map(|words| Reply::Waiting { words })
            }
        }
    }
}

/// The dates `[from, to)` as instants, a day wider on both sides: any zone fits.
fn around(from: Date, to: Date) -> (Timestamp, Timestamp) {
    (
        midnight(from.saturating_sub(1.day())),
        midnight(to.saturating_add(1.day())),
    )
}
