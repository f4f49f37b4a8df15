//! Requests, one by one: what each asks of the store, the engine and the server.

use super::data::{Data, FullSync, Outlet};
use super::handle::{Envelope, Incoming};
use super::protocol::{Detail, Reply, Request, Settle, Ticket, UndoOutcome};
use crate::domain::answer::{self, Intent, IntentId, Respond, Stage};
use crate::domain::entry::Entry;
use crate::domain::event::{Answer, Event, Kind};
use crate::domain::ids::{CalendarId, EventId};
use crate::domain::remote::{Ask, Failure, Told};
use crate::domain::replica::Replica;
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
            super::handle::Order::Connect(connected) => match connected {
                Ok(Some(connected)) => self.connect(connected),
                Ok(None) => self.refuse(None),
                Err(words) => self.refuse(Some(words)),
            },
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
                Request::Search { text, limit } => {
                    let today = self.today();
                    let found = self.reader.search(&self.desk, &text, today, limit as usize);
                    answer(Reply::Entries(found));
                }
                Request::Respond { respond, delay_ms } => answer(self.respond(respond, delay_ms)),
                Request::Undo => answer(Reply::Undone(self.undo())),
                Request::Settle { intent, choice } => answer(self.settle_intent(intent, choice)),
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
                Request::Status => answer(Reply::Status(Box::new(self.status()))),
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
        self.full_sync = Some(FullSync {
            ticket,
            reply,
            started: self.options.clock.now(),
            tally: self.engine.tally(),
            traffic: self.traffic(),
        });
        self.step(Input::FullSync);
    }

    /// A range that may lie outside the horizon: from the sheets when all are
    /// there, else by plain view, once.
    fn reach(&mut self, ticket: Ticket, outlet: Outlet, from: Date, to: Date) {
        let read = self.reader.range(&self.desk, from, to);
        let missing: Vec<CalendarId> = {
            let mut missing: Vec<_> = read
                .missing
                .iter()
                .map(|(calendar, _)| calendar.clone())
                .collect();
            missing.sort();
            missing.dedup();
            missing
        };
        let has_calendars = !self.desk.numbers.is_empty();
        if missing.is_empty() && has_calendars {
            outlet(Incoming::Replied {
                ticket,
                reply: Reply::Entries(read.entries),
            });
            return;
        }
        let Some(connected) = self.connected.clone() else {
            let words = self
                .options
                .refused
                .clone()
                .unwrap_or_else(|| "nobody is signed in; run kalends login".into());
            outlet(Incoming::Replied {
                ticket,
                reply: Reply::EntriesOffline {
                    entries: read.entries,
                    words,
                },
            });
            return;
        };
        let (begin, end) = around(from, to);
        let mut entries = read.entries;
        tokio::spawn(async move {
            let calendars = match missing_or_all(&connected, missing, has_calendars).await {
                Ok(calendars) => calendars,
                Err(failure) => {
                    let reply = Reply::EntriesOffline {
                        entries,
                        words: failure.words,
                    };
                    outlet(Incoming::Replied { ticket, reply });
                    return;
                }
            };
            for calendar in calendars {
                let ask = Ask::View {
                    calendar: calendar.clone(),
                    from: begin,
                    to: end,
                };
                match connected.server.perform(ask).await {
                    Ok(Told::Events(events)) => {
                        entries.retain(|entry| entry.calendar != calendar);
                        entries.extend(events.iter().map(|event| Entry::of(event, None, None)));
                    }
                    Ok(_) => {}
                    Err(failure) => {
                        let reply = Reply::EntriesOffline {
                            entries,
                            words: failure.words,
                        };
                        outlet(Incoming::Replied { ticket, reply });
                        return;
                    }
                }
            }
            outlet(Incoming::Replied {
                ticket,
                reply: Reply::Entries(entries),
            });
        });
    }

    fn detail(&mut self, ticket: Ticket, outlet: Outlet, calendar: &CalendarId, id: &EventId) {
        let Some((event, master)) = self.completed(calendar, id) else {
            let words = "this event is no longer in the calendar".into();
            outlet(Incoming::Replied {
                ticket,
                reply: Reply::Refused { words },
            });
            return;
        };
        let pending = self.pending(calendar);
        let laid_over = pending
            .get(id)
            .or_else(|| pending.get(event.root()))
            .cloned();
        let mut detail = Detail {
            entry: Entry::of(&event, master.as_ref(), laid_over),
            event,
            master,
            body: None,
            fetched_at: None,
        };
        let Some(connected) = self.connected.clone() else {
            outlet(Incoming::Replied {
                ticket,
                reply: Reply::Detail(Box::new(detail)),
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
                reply: Reply::Detail(Box::new(detail)),
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

    /// Writes the answer down, durably, before saying so.
    fn respond(&mut self, mut respond: Respond, delay_ms: u64) -> Reply {
        if let Some(words) = self.objection(&respond) {
            return Reply::Refused { words };
        }
        self.sharpen(&mut respond);
        let now = self.options.clock.now();
        let delay = SignedDuration::from_millis(i64::try_from(delay_ms).unwrap_or(0));
        let intent = Intent {
            id: IntentId(self.next_intent),
            respond,
            made_at: now,
            due_at: now + delay,
            stage: Stage::Waiting,
            tries: 0,
        };
        if let Err(error) = self.outbox.put(&intent) {
            return Reply::Refused {
                words: error.to_string(),
            };
        }
        self.next_intent += 1;
        self.replace_older(&intent);
        let id = intent.id;
        self.step(Input::Queued(Box::new(intent)));
        Reply::Queued(id)
    }

    /// Known beforehand: no request is needed to learn that it will be refused.
    fn objection(&self, respond: &Respond) -> Option<String> {
        let connected = self.connected.as_ref();
        if connected.is_some_and(|connected| !connected.can_write) {
            return Some(
                "you signed in read-only; run kalends login without --read-only to answer".into(),
            );
        }
        let Some((event, _)) = self.completed(&respond.calendar, &respond.event) else {
            return Some(
                "this event is no longer in the calendar; the organizer must invite you again"
                    .into(),
            );
        };
        let details = event.details.unwrap_or_default();
        if details.is_organizer {
            return Some(
                "you are the organizer of this meeting; organizers cannot answer themselves".into(),
            );
        }
        if details.cancelled {
            return Some("the organizer cancelled this meeting; there is nothing to answer".into());
        }
        if respond.comment.is_some() && !respond.tell_organizer {
            return Some(
                "a comment can only go out with an answer that tells the organizer".into(),
            );
        }
        None
    }

    /// What was seen, as far as the replica knows more than the screen.
    fn sharpen(&self, respond: &mut Respond) {
        if let Some((event, master)) = self.completed(&respond.calendar, &respond.event) {
            respond.root = event.root().clone();
            respond.seen.shape = if event.is_stub() && master.is_none() {
                None
            } else {
                shape(&event)
            };
        }
    }

    /// A newer answer to the same event replaces those that have not left.
    fn replace_older(&mut self, newer: &Intent) {
        let older: Vec<IntentId> = self
            .engine
            .intents()
            .filter(|intent| {
                intent.respond.event == newer.respond.event
                    && intent.respond.calendar == newer.respond.calendar
                    && (matches!(intent.stage, Stage::NeedsYou { .. })
                        || (intent.stage == Stage::Waiting && intent.tries == 0))
            })
            .map(|intent| intent.id)
            .collect();
        for id in older {
            if self.outbox.withdraw(id).is_ok() {
                self.step(Input::Withdrawn(id));
            }
        }
    }

    fn settle_intent(&mut self, intent: IntentId, choice: Settle) -> Reply {
        match choice {
            Settle::Retry => self.step(Input::Retried(intent)),
            Settle::Drop => {
                if let Err(error) = self.outbox.withdraw(intent) {
                    return Reply::Refused {
                        words: error.to_string(),
                    };
                }
                self.step(Input::Withdrawn(intent));
            }
        }
        Reply::Done
    }

    /// Takes back the newest answer, or says what holds instead.
    fn undo(&mut self) -> UndoOutcome {
        let newest_waiting = self
            .engine
            .intents()
            .filter(|intent| intent.stage == Stage::Waiting && intent.tries == 0)
            .max_by_key(|intent| intent.id)
            .cloned();
        if let Some(intent) = newest_waiting {
            if let Err(error) = self.outbox.withdraw(intent.id) {
                return UndoOutcome::Final {
                    words: error.to_string(),
                };
            }
            self.step(Input::Withdrawn(intent.id));
            return UndoOutcome::Withdrawn(intent);
        }
        let on_its_way = self
            .engine
            .intents()
            .filter(|intent| intent.stage == Stage::Sent)
            .max_by_key(|intent| intent.id);
        let left = self.outbox.left().unwrap_or_default();
        let Some(intent) = on_its_way.cloned().or_else(|| left.last().cloned()) else {
            return UndoOutcome::Nothing;
        };
        self.compensate(&intent)
    }

    fn compensate(&mut self, intent: &Intent) -> UndoOutcome {
        let subject = intent.respond.seen.subject.safe_line(None).to_string();
        if intent.respond.reply.is_final() {
            return UndoOutcome::Final {
                words: format!(
                    "declining \u{201c}{subject}\u{201d} was sent and removed it from your calendar; ask the organizer to invite you again"
                ),
            };
        }
        let back = match intent.respond.seen.answer {
            Answer::Accepted => answer::Reply::Accept,
            Answer::Tentative => answer::Reply::Tentative,
            _ => {
                return UndoOutcome::Final {
                    words: format!(
                        "\u{201c}{subject}\u{201d} was not answered before, and an answer cannot be unsaid; r answers anew"
                    ),
                };
            }
        };
        let mut respond = intent.respond.clone();
        respond.reply = back;
        respond.comment = None;
        respond.seen.answer = intent.respond.reply.as_answer();
        let tells = if respond.tell_organizer {
            "this mails the organizer again"
        } else {
            "nobody is told"
        };
        let words = format!(
            "\u{201c}{subject}\u{201d} is {} again; {tells}",
            back.past_tense()
        );
        match self.respond(respond, 0) {
            Reply::Queued(id) => {
                let _ = self.outbox.forget_left(intent.id);
                UndoOutcome::Compensating { intent: id, words }
            }
            Reply::Refused { words } => UndoOutcome::Final { words },
            _ => UndoOutcome::Nothing,
        }
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
            Stage::NeedsYou { words } => Some(Reply::Refused {
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

/// What the server will show of it when it is looked at before sending: an occurrence has
/// its master's people, and no rule of its own.
fn shape(event: &Event) -> Option<u64> {
    if event.kind != Kind::Occurrence {
        return answer::shape_of(event);
    }
    let mut event = event.clone();
    if let Some(details) = &mut event.details {
        details.recurrence = None;
    }
    answer::shape_of(&event)
}

/// The dates `[from, to)` as instants, a day wider on both sides: any zone fits.
fn around(from: Date, to: Date) -> (Timestamp, Timestamp) {
    (
        midnight(from.saturating_sub(1.day())),
        midnight(to.saturating_add(1.day())),
    )
}

/// Calendars to ask: those whose sheets are missing, or all when none is known yet.
async fn missing_or_all(
    connected: &super::server::Connected,
    missing: Vec<CalendarId>,
    has_calendars: bool,
) -> Result<Vec<CalendarId>, Failure> {
    if has_calendars {
        return Ok(missing);
    }
    match connected.server.perform(Ask::Mailbox).await? {
        Told::Mailbox(mailbox) => Ok(mailbox
            .calendars
            .into_iter()
            .map(|calendar| calendar.id)
            .collect()),
        _ => Ok(Vec::new()),
    }
}
