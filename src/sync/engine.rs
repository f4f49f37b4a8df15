//! The engine: inputs in, outputs out. What happens to a window lives in
//! `engine/windows`, `ending` and `failing`, to intents in `engine/acts`, and what runs next in
//! `engine/pump`.
//!
//! Invariants: never more than four requests in flight; a reply is matched to
//! its request by ticket, and a ticket nobody waits for is ignored.

mod acts;
mod connection;
mod ending;
mod failing;
mod followed;
mod masters;
mod pulse;
mod pump;
mod reading;
mod windows;

use self::followed::Following;
use super::bugs::{Bug, planted};
use super::graves::Graves;
use super::intents::Intents;
use super::pace::{self, Budget, Pause};
use super::round::Round;
use crate::domain::ids::{CalendarId, EventId};
use crate::domain::intent::{Intent, IntentId};
use crate::domain::remote::{Ask, Failure, FailureKind, Told};
use crate::domain::replica::{Change, Desk, Lookup, Replica, WindowState};
use crate::domain::window::{Quarter, WindowId};
use jiff::Timestamp;
pub use pulse::{Ended, Pulse};
use std::collections::{BTreeMap, BTreeSet};

/// Requests in flight for one mailbox, ours and everybody's (Graph: MailboxConcurrency).
pub const IN_FLIGHT: usize = 4;

#[derive(Debug, Clone)]
pub struct Settings {
    /// Quarters before this one that are kept.
    pub back: i16,
    /// Quarters after this one that are kept.
    pub ahead: i16,
    /// Spreads back-off; the same salt gives the same trace.
    pub salt: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            back: 1,
            ahead: 4,
            salt: 0,
        }
    }
}

/// A request's name in this engine.
pub type Ticket = u64;

#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The first input after `Engine::new`.
    Started,
    /// Time passed: see what is due.
    Ticked,
    /// What is on screen, as instants.
    Shown { from: Timestamp, to: Timestamp },
    /// Somebody pressed a key.
    Used,
    /// A request ended.
    Told {
        ticket: Ticket,
        result: Box<Result<Told, Failure>>,
    },
    /// Make what is on screen due at once.
    SyncNow,
    /// Start a full round of every window; `Output::AllFresh` follows.
    FullSync,
    /// A durable intent to send.
    Queued(Box<Intent>),
    /// Many at once, durable together.
    QueuedAll(Vec<Intent>),
    /// It was taken out of the outbox before it left.
    Withdrawn(IntentId),
    /// The person wants it tried again.
    Retried(IntentId),
    /// The person leaves: undo delays end.
    Hurried,
    /// The person signed in again.
    SignedIn,
    /// Whose calendars are followed by their address, all of them.
    Followed(Vec<String>),

    /// The outputs before this one were performed: go on. Only made by the engine.
    Proceed(Step),
}

/// What the engine does after its earlier outputs are in the replica.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// All pages of a round are stored.
    EndRound {
        window: WindowId,
        round: u64,
        link: Option<crate::domain::remote::Link>,
    },
}

/// To be performed in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Atomically.
    Apply(Vec<Change>),
    /// Everything applied so far must survive power loss before what follows.
    Flush,
    /// Rebuild the sheet of this window, and of others its round touched, where the replica changed.
    Sheet(WindowId),
    /// Rebuild it in any case: what is laid over the replica changed.
    Redraw(WindowId),
    /// Ask the server; answer with `Input::Told`.
    Ask { ticket: Ticket, ask: Ask },
    /// Give this input back after everything before it was performed.
    Then(Step),
    /// Write down an intent's new stage.
    Keep(Box<Intent>),
    /// The intent took effect: take it out of the outbox.
    Finish(Box<Intent>),
    /// One whole sentence for the person.
    Say(Tone, String),
    /// The sync state shown in the header may have changed.
    Restate,
    /// Every window ended a round since `FullSync`, or failed and is named.
    AllFresh { troubles: Vec<String> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    News,
    Warning,
    Error,
}

/// Whether the server answers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Link {
    #[default]
    Untried,
    Up,
    Down(String),
    SignInNeeded(String),
}

#[derive(Debug)]
pub(crate) enum Job {
    Mailbox,
    View {
        calendar: CalendarId,
        from: Timestamp,
        to: Timestamp,
        started: u64,
    },
    Page {
        window: WindowId,
        round: u64,
    },
    /// A polled window's plain view, in place of a round.
    Listing {
        window: WindowId,
        round: u64,
    },
    Event {
        calendar: CalendarId,
        event: EventId,
        started: u64,
    },
    Check {
        intent: IntentId,
        started: u64,
    },
    Send {
        intent: IntentId,
        started: u64,
    },
    Confirm {
        intent: IntentId,
        started: u64,
    },
}

impl Job {
    fn intent(&self) -> Option<IntentId> {
        match self {
            Self::Check { intent, .. }
            | Self::Send { intent, .. }
            | Self::Confirm { intent, .. } => Some(*intent),
            _ => None,
        }
    }

    fn is_of_an_act(&self) -> bool {
        matches!(
            self,
            Self::Check { .. } | Self::Send { .. } | Self::Confirm { .. }
        )
    }
}

/// A window's work; only what must survive a restart is in `state`.
#[derive(Debug, Default)]
pub(crate) struct Window {
    pub state: WindowState,
    pub round: Option<Round>,
    /// The link of the page to fetch next, while a round is under way.
    pub next: Option<crate::domain::remote::Link>,
    pub in_flight: bool,
    /// Due at once, whatever its interval says.
    pub urgent: bool,
    pub want_full: bool,
    /// The next full round decides a mass removal.
    pub confirm: bool,
    /// Of the request at hand, in a row.
    pub failures: u32,
    /// Rounds that were given up since one ended.
    pub broken: u32,
    pub pause: Pause,
    /// A provisional member may wait for its confirmation.
    pub questionable: bool,
    /// Waited for by a full sync.
    pub awaited: bool,
}

impl Window {
    fn born(awaited: bool) -> Self {
        Self {
            awaited,
            ..Self::default()
        }
    }
}

/// A by-id fetch that waits for a free slot.
#[derive(Debug, Default, Clone)]
pub(crate) struct Fetch {
    pub tries: u32,
    /// Why, when it failed so often that a full sync no longer waits for it.
    pub trouble: Option<String>,
    pub pause: Pause,
    pub in_flight: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    pub added: u64,
    pub changed: u64,
    pub removed: u64,
    pub pages: u32,
}

pub struct Engine {
    settings: Settings,
    pub(crate) counter: u64,
    tickets: Ticket,
    pub(crate) jobs: BTreeMap<Ticket, Job>,
    pub(crate) desk: Option<Desk>,
    /// None: at once, and once more where it is on its way already.
    desk_due: Option<Timestamp>,
    desk_failures: u32,
    /// Why the mailbox cannot be asked, once that is no passing matter; said when it changes.
    desk_trouble: Option<String>,
    desk_pause: Pause,
    desk_in_flight: bool,
    following: Following,
    pub(crate) windows: BTreeMap<WindowId, Window>,
    visible: Option<(Timestamp, Timestamp)>,
    views: BTreeMap<CalendarId, (Timestamp, Timestamp)>,
    views_in_flight: BTreeSet<CalendarId>,
    pub(crate) fetches: BTreeMap<(CalendarId, EventId), Fetch>,
    pub(crate) intents: Intents,
    graves: Graves,
    /// The whole mailbox waits.
    pause: Pause,
    failures: u32,
    link: Link,
    budget: Budget,
    used_at: Option<Timestamp>,
    tally: Tally,
    ended: Option<Ended>,
    full_sync: Option<Vec<String>>,
}

impl Engine {
    /// Picks up where the replica and the outbox left off.
    pub fn new(settings: Settings, replica: &dyn Replica, intents: Vec<Intent>) -> Lookup<Self> {
        let mut engine = Self {
            settings,
            counter: replica.counter()?,
            tickets: 0,
            jobs: BTreeMap::new(),
            desk: replica.desk()?,
            desk_due: None,
            desk_failures: 0,
            desk_trouble: None,
            desk_pause: Pause::default(),
            desk_in_flight: false,
            following: Following::default(),
            windows: BTreeMap::new(),
            visible: None,
            views: BTreeMap::new(),
            views_in_flight: BTreeSet::new(),
            fetches: BTreeMap::new(),
            intents: Intents::default(),
            graves: Graves::default(),
            pause: Pause::default(),
            failures: 0,
            link: Link::Untried,
            budget: Budget::default(),
            used_at: None,
            tally: Tally::default(),
            ended: None,
            full_sync: None,
        };
        for (id, state) in replica.windows()? {
            let questionable = state.provisional;
            for event in &state.open {
                engine
                    .fetches
                    .entry((id.calendar.clone(), event.clone()))
                    .or_default();
            }
            engine.windows.insert(
                id,
                Window {
                    state,
                    questionable,
                    ..Window::default()
                },
            );
        }
        engine.remember_limbo(replica)?;
        for intent in intents {
            engine.intents.add(intent);
        }
        Ok(engine)
    }

    /// Goes on with an empty replica after the old one was lost. Acts go on where they are: a
    /// request of theirs may be under way, and sending it again could be a second mail. Everything
    /// else is asked for anew, and what comes of the old requests is ignored.
    pub fn start_over(&mut self, replica: &dyn Replica) -> Lookup<()> {
        let fresh = Self::new(self.settings.clone(), replica, Vec::new())?;
        let given_up = std::mem::replace(self, fresh);
        self.counter = self.counter.max(given_up.counter);
        if !planted(Bug::TicketsGivenOutAgain) {
            self.tickets = given_up.tickets;
        }
        self.intents = given_up.intents;
        self.graves = given_up.graves;
        self.jobs = given_up.jobs;
        self.jobs.retain(|_, job| job.is_of_an_act());
        // The answer that met the damage was taken from the jobs, and its act was left half way.
        let busy = self.jobs.values().filter_map(Job::intent).collect();
        self.intents.orphaned(&busy);
        self.following = given_up.following;
        self.visible = given_up.visible;
        self.used_at = given_up.used_at;
        self.pause = given_up.pause;
        self.failures = given_up.failures;
        self.link = given_up.link;
        self.budget = given_up.budget;
        self.tally = given_up.tally;
        self.full_sync = given_up.full_sync;
        Ok(())
    }

    /// Requests of acts that wait for an answer.
    pub fn acts_under_way(&self) -> impl Iterator<Item = Ticket> {
        let acts = self.jobs.iter().filter(|(_, job)| job.is_of_an_act());
        acts.map(|(ticket, _)| *ticket)
    }

    /// The one way in. Errors mean that the replica is damaged.
    pub fn handle(
        &mut self,
        replica: &dyn Replica,
        input: Input,
        now: Timestamp,
    ) -> Lookup<Vec<Output>> {
        let mut out = Vec::new();
        match input {
            Input::Started => self.redraw_all(replica, &mut out)?,
            Input::Ticked => {}
            Input::Used => self.used_at = Some(now),
            Input::Shown { from, to } => {
                self.used_at = Some(now);
                self.show(from, to, now, &mut out);
            }
            Input::SyncNow => self.hurry_visible(),
            Input::FullSync => self.start_full_sync(&mut out),
            Input::Queued(intent) => self.queue(replica, *intent, &mut out)?,
            Input::QueuedAll(intents) => self.queue_all(replica, intents, &mut out)?,
            Input::Withdrawn(id) => self.withdraw(replica, id, &mut out)?,
            Input::Retried(id) => self.retry(replica, id, now, &mut out)?,
            Input::Hurried => self.intents.hurry(now),
            Input::SignedIn => self.signed_in(&mut out),
            Input::Followed(addresses) => self.follow(addresses, &mut out),
            Input::Told { ticket, result } => self.told(replica, ticket, *result, now, &mut out)?,
            Input::Proceed(Step::EndRound {
                window,
                round,
                link,
            }) => {
                if self.is_of_this_round(&window, round) {
                    self.end_round(replica, window, link, now, &mut out)?;
                }
            }
        }
        self.redraw_moved(&mut out);
        self.pump(now, &mut out);
        self.report_full_sync(&mut out);
        Ok(out)
    }

    fn told(
        &mut self,
        replica: &dyn Replica,
        ticket: Ticket,
        result: Result<Told, Failure>,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) -> Lookup<()> {
        let Some(job) = self.jobs.remove(&ticket) else {
            return Ok(());
        };
        self.feel_link(&result, now, out);
        // A window may have been given up and made anew, with a round of its own, meanwhile.
        if let Job::Page { window, round } | Job::Listing { window, round } = &job
            && !self.is_of_this_round(window, *round)
        {
            return Ok(());
        }
        match job {
            Job::Mailbox => {
                self.desk_in_flight = false;
                match result {
                    Ok(Told::Mailbox(mailbox)) => self.mailbox_told(mailbox, now, out),
                    Ok(_) => self.desk_due = Some(now + pace::HOT),
                    Err(failure) => self.mailbox_failed(&failure, now, out),
                }
            }
            Job::View {
                calendar,
                from,
                to,
                started,
            } => {
                self.views_in_flight.remove(&calendar);
                match result {
                    Ok(Told::Events(events)) => {
                        self.view_told(replica, &calendar, events, started, out)?
                    }
                    // The rounds bring it anyway; a view is only for speed. After these the
                    // whole mailbox waits; after others one calendar would be asked without end.
                    Err(failure)
                        if is_passing(&failure) && failure.kind != FailureKind::Unknown =>
                    {
                        self.views.entry(calendar).or_insert((from, to));
                    }
                    _ => {}
                }
            }
            Job::Page { window, .. } => match result {
                Ok(Told::Page(page)) => self.page_told(replica, window, page, now, out)?,
                Ok(_) => self.window_failed(&window, None, now, out),
                Err(failure) => self.window_failed(&window, Some(&failure), now, out),
            },
            Job::Listing { window, .. } => match result {
                Ok(Told::Events(events)) => self.listing_told(replica, window, events, out)?,
                Ok(_) => self.window_failed(&window, None, now, out),
                Err(failure) => self.window_failed(&window, Some(&failure), now, out),
            },
            Job::Event {
                calendar,
                event,
                started,
            } => {
                self.event_told(replica, (calendar, event), started, result, now, out)?;
            }
            Job::Check { intent, started } => {
                self.checked(replica, intent, started, result, now, out)?;
            }
            Job::Send { intent, started } => {
                self.sent(replica, intent, started, result, now, out)?;
            }
            Job::Confirm { intent, started } => {
                self.confirmed(replica, intent, started, result, now, out)?
            }
        }
        Ok(())
    }

    pub fn link(&self) -> &Link {
        &self.link
    }

    /// The server asked us to wait until then.
    pub fn waiting_until(&self) -> Option<Timestamp> {
        self.pause.end()
    }

    /// Grows with everything learnt; names a state of the replica.
    pub fn generation(&self) -> u64 {
        self.counter
    }

    pub fn tally(&self) -> Tally {
        self.tally
    }

    pub fn intents(&self) -> impl Iterator<Item = &Intent> {
        self.intents.all()
    }

    pub fn unsent(&self) -> usize {
        self.intents.unsent()
    }

    /// The oldest "as of" of the windows on screen, or of all when nothing is shown (a
    /// command); None when one was never fetched.
    pub fn fresh_at(&self) -> Option<Timestamp> {
        let mut oldest: Option<Timestamp> = None;
        let counts = |id: &WindowId| self.visible.is_none() || self.is_on_screen(id);
        for (_, window) in self.windows.iter().filter(|(id, _)| counts(id)) {
            let fresh = window.state.fresh_at?;
            oldest = Some(oldest.map_or(fresh, |known| known.min(fresh)));
        }
        oldest
    }

    /// Windows that have ended a round, and all of them; for the progress of a first sync.
    pub fn windows_done(&self) -> (u32, u32) {
        let done = self
            .windows
            .values()
            .filter(|window| window.state.fresh_at.is_some())
            .count();
        (
            u32::try_from(done).unwrap_or(u32::MAX),
            u32::try_from(self.windows.len()).unwrap_or(u32::MAX),
        )
    }

    /// A round of the window is under way.
    pub fn is_reading(&self, window: &WindowId) -> bool {
        self.windows
            .get(window)
            .is_some_and(|window| window.round.is_some())
    }

    fn is_of_this_round(&self, window: &WindowId, number: u64) -> bool {
        let window = self.windows.get(window);
        let round = window.and_then(|window| window.round.as_ref());
        round.is_some_and(|round| round.number == number)
    }

    /// No request is under way.
    pub fn is_idle(&self) -> bool {
        self.jobs.is_empty()
    }

    /// Nothing is under way, waits or is due at `now`.
    pub fn is_quiet(&self, now: Timestamp) -> bool {
        self.jobs.is_empty()
            && self.fetches.is_empty()
            && self.views.is_empty()
            && self.intents.next_due(now).is_none()
            && self
                .windows
                .iter()
                .all(|(id, window)| !self.is_due(id, window, now) && window.round.is_none())
    }

    pub(crate) fn tick_counter(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    pub(crate) fn is_on_screen(&self, window: &WindowId) -> bool {
        self.visible
            .is_some_and(|(from, to)| window.quarter.touches(from, to))
    }

    pub(crate) fn is_tracked(&self, calendar: &CalendarId, quarter: Quarter) -> bool {
        self.windows.contains_key(&WindowId {
            calendar: calendar.clone(),
            quarter,
        })
    }
}

/// Worth trying the same again later.
pub(crate) fn is_passing(failure: &Failure) -> bool {
    matches!(
        failure.kind,
        FailureKind::Offline
            | FailureKind::NotRecorded
            | FailureKind::Unknown
            | FailureKind::Throttled
            | FailureKind::SignIn
    )
}
