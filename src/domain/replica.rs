//! The replica as the engine sees it: lookups it may make, changes it may ask for.
//! `store` implements it over sled, tests over a map.

use crate::domain::calendar::{Calendar, Category, MailboxSettings, Me};
use crate::domain::edit::Value;
use crate::domain::entry::{Entry, Laid};
use crate::domain::event::{Event, Kind};
use crate::domain::ids::{CalendarId, EventId};
use crate::domain::remote::Link;
use crate::domain::window::{Quarter, WindowId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A record that no window reports any more and whose fate a fetch by id decides
/// is a member of this pseudo-window, so that a restart finds it again.
pub const LIMBO: Quarter = Quarter(i16::MIN);

/// One stored event and the windows that hold it. Calendar and id name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub event: Event,
    /// Sorted; equal to the marks kept for this record.
    pub quarters: Vec<Quarter>,
    /// The engine's counter when this version was learnt. Content of a request that
    /// started earlier must not overwrite it: an older round never undoes my write.
    pub learnt: u64,
    /// The round that reported it last; within one round the last version wins.
    pub round: u64,
}

/// Why a record is a member of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mark {
    /// A round with this number reported it.
    Reported(u64),
    /// Learnt outside a round (visible range, echo) when the counter stood here;
    /// a round started later confirms or questions it.
    Provisional(u64),
    /// Questioned twice, yet there when fetched by id, asked for when the counter stood
    /// here: only a full round decides.
    Held(u64),
    /// Questioned once, and there when it was fetched. It may have left since, before any round
    /// saw it, and then none will ever say so: the next round that does not report it asks again.
    Found(u64),
}

impl Mark {
    pub fn counter(self) -> u64 {
        match self {
            Self::Reported(counter)
            | Self::Provisional(counter)
            | Self::Held(counter)
            | Self::Found(counter) => counter,
        }
    }

    /// No round has said yet whether it is so; one that began when the counter stood higher can.
    pub fn is_open(self, round: u64) -> bool {
        matches!(self, Self::Provisional(counter) | Self::Found(counter) if counter >= round)
    }

    /// Whether a full round with this number, which did not report the record, may drop it.
    pub fn is_older_than(self, round: u64) -> bool {
        self.counter() < round
    }
}

/// What is kept of a window between rounds. `Debug` never shows the link.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WindowState {
    pub link: Option<Link>,
    /// When the last round ended, UTC.
    pub fresh_at: Option<Timestamp>,
    /// When the last full round ended, UTC.
    pub full_at: Option<Timestamp>,
    /// Some members are provisional, or were reported by a round that may not have
    /// ended: the next round looks for them, after a restart too.
    pub provisional: bool,
    /// The last round that ended. What a later, broken off round reported is as
    /// good as provisional: no tombstone will ever come for it.
    pub done: u64,
    /// Fetches by id that were still open when the link was written; a restart asks again.
    pub open: Vec<EventId>,
    /// Delta is refused here (delegated calendars, endless pages): poll the plain view.
    pub polled: bool,
    /// When the window was last on screen; windows outside the horizon are forgotten by it.
    pub shown_at: Option<Timestamp>,
}

/// A meeting I declined: the server stopped reporting it and its id died.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub event: Event,
    pub declined_at: Timestamp,
}

/// What the mailbox said about itself, kept for the first frame.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Desk {
    pub me: Me,
    pub calendars: Vec<Calendar>,
    pub settings: Option<MailboxSettings>,
    pub categories: Vec<Category>,
}

/// A change to the replica. A list of them is applied atomically.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Store the record; `Mark` and `Unmark` of the same list keep its windows in step.
    Put(Box<Record>),
    Delete {
        calendar: CalendarId,
        id: EventId,
    },
    Mark {
        window: WindowId,
        root: EventId,
        id: EventId,
        mark: Mark,
    },
    Unmark {
        window: WindowId,
        root: EventId,
        id: EventId,
    },
    PutWindow {
        window: WindowId,
        state: WindowState,
    },
    /// The window's state and marks; records were dealt with before.
    ForgetWindow(WindowId),
    /// Everything of a calendar that is gone.
    ForgetCalendar(CalendarId),
    PutNote(Box<Note>),
    DropNote {
        calendar: CalendarId,
        id: EventId,
    },
    PutDesk(Box<Desk>),
    /// The engine's counter; never goes back.
    Counter(u64),
}

/// The replica is damaged or gone: the caller rebuilds it and makes a new engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("could not read the local copy: {0}")]
pub struct ReplicaError(pub String);

pub type Lookup<T> = Result<T, ReplicaError>;

/// What the engine may ask of the local copy. Answers reflect all changes it
/// has already put out.
pub trait Replica {
    fn record(&self, calendar: &CalendarId, id: &EventId) -> Lookup<Option<Record>>;
    /// Members of a window; of one series root only when given. Sorted by root, then id.
    fn members(
        &self,
        window: &WindowId,
        root: Option<&EventId>,
    ) -> Lookup<Vec<(EventId, EventId, Mark)>>;
    fn mark(&self, window: &WindowId, root: &EventId, id: &EventId) -> Lookup<Option<Mark>>;
    fn count(&self, window: &WindowId) -> Lookup<usize>;
    fn windows(&self) -> Lookup<Vec<(WindowId, WindowState)>>;
    fn notes(&self) -> Lookup<Vec<Note>>;
    fn desk(&self) -> Lookup<Option<Desk>>;
    fn counter(&self) -> Lookup<u64>;
}

/// Everything a screen shows of one window: occurrences completed from their masters, masters
/// left out, waiting intents of this calendar laid over. `laid` is keyed by the event that is
/// changed, which for a whole series is its master.
pub fn entries_of(
    replica: &dyn Replica,
    window: &WindowId,
    laid: &BTreeMap<EventId, Laid>,
) -> Lookup<Vec<Entry>> {
    // Members come sorted by root, so one master at a time is enough.
    let mut master: Option<(EventId, Option<Event>)> = None;
    let members = replica.members(window, None)?;
    let mut entries = Vec::with_capacity(members.len());
    let mut moved_in: BTreeSet<&EventId> = laid.keys().collect();
    for (root, id, _) in members {
        let Some(record) = replica.record(&window.calendar, &id)? else {
            continue;
        };
        moved_in.remove(&id);
        if record.event.kind == Kind::Master {
            continue;
        }
        if record.event.kind == Kind::Occurrence
            && master.as_ref().is_none_or(|(of, _)| *of != root)
        {
            let found = replica.record(&window.calendar, &root)?;
            master = Some((root.clone(), found.map(|record| record.event)));
        }
        let known = master
            .as_ref()
            .filter(|(of, _)| *of == root)
            .and_then(|(_, event)| event.as_ref());
        let entry = Entry::of(&record.event, known);
        entries.push(match laid.get(&id).or_else(|| laid.get(&root)) {
            Some(laid) => entry.with(laid),
            None => entry,
        });
    }
    for id in moved_in {
        entries.extend(moved_in_entry(replica, window, id, laid)?);
    }
    Ok(entries)
}

/// An event that is only here, or in this window, as far as my waiting intents go.
fn moved_in_entry(
    replica: &dyn Replica,
    window: &WindowId,
    id: &EventId,
    laid: &BTreeMap<EventId, Laid>,
) -> Lookup<Option<Entry>> {
    let Some(laid) = laid.get(id) else {
        return Ok(None);
    };
    let entry = if let Some(draft) = &laid.draft {
        Entry::of(draft, None)
    } else {
        let is_moved = laid
            .values
            .iter()
            .any(|value| matches!(value, Value::When(_)));
        let Some(record) = replica.record(&window.calendar, id)?.filter(|_| is_moved) else {
            return Ok(None);
        };
        if record.event.kind == Kind::Master {
            return Ok(None);
        }
        let master = match &record.event.series {
            Some(series) => replica.record(&window.calendar, series)?,
            None => None,
        };
        Entry::of(&record.event, master.as_ref().map(|master| &master.event))
    };
    let entry = entry.with(laid);
    let is_here = window
        .quarter
        .touches(entry.start, entry.end.max(entry.start));
    Ok(is_here.then_some(entry))
}
