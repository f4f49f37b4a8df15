//! Entries of a range of days, as a verb needs them: from sheets when they are there,
//! else through the data side, and in any case what is known.

use super::exit::{Exit, Trouble};
use super::invocation::Invocation;
use super::talk::Talk;
use crate::domain::calendar::{Calendar, Me};
use crate::domain::entry::Entry;
use crate::domain::ids::CalendarId;
use crate::domain::overlap::Persons;
use crate::domain::zone::Zone;
use crate::runtime::Account;
use crate::service::Peek;
use crate::service::protocol::{Reply, Request};
use crate::store::reading::touches;
use jiff::civil::Date;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

/// What is known of a range, and what stood in the way of knowing more.
#[derive(Default)]
pub(super) struct Known {
    /// A day wider than asked for on both sides, so that overlaps are complete.
    pub wide: Vec<Entry>,
    pub calendars: Vec<Calendar>,
    pub me: Me,
    pub trouble: Option<Trouble>,
}

impl Known {
    /// From the sheets alone; whether they hold the whole range.
    pub fn peek(account: &Account, from: Date, to: Date) -> Result<(Self, bool), Trouble> {
        let peek = Peek::open(&account.folder)?;
        let read = peek.range(from, to);
        let is_whole = !peek.is_empty && !peek.desk.numbers.is_empty() && read.missing.is_empty();
        let desk = peek.desk.desk;
        Ok((
            Self {
                wide: read.entries,
                calendars: desk.calendars,
                me: desk.me,
                trouble: None,
            },
            is_whole,
        ))
    }

    /// From the sheets, or from the server for what they do not hold.
    pub fn reach(
        invocation: &Invocation,
        account: &Account,
        from: Date,
        to: Date,
    ) -> Result<Self, Trouble> {
        let (mut known, is_whole) = Self::peek(account, from, to)?;
        if is_whole {
            return Ok(known);
        }
        let has_nothing = known.calendars.is_empty();
        if account.signed_in.is_none() && has_nothing {
            return Err(Trouble::sign_in(
                "nobody is signed in, and nothing is stored",
            ));
        }
        match known.ask(invocation, account, from, to) {
            Ok(()) => Ok(known),
            Err(trouble) if has_nothing => Err(trouble),
            Err(mut trouble) => {
                if account.signed_in.is_none() {
                    trouble.exit = Exit::Offline;
                }
                known.trouble = Some(trouble);
                Ok(known)
            }
        }
    }

    fn ask(
        &mut self,
        invocation: &Invocation,
        account: &Account,
        from: Date,
        to: Date,
    ) -> Result<(), Trouble> {
        let mut talk = Talk::start(invocation, account)?;
        let reply = talk.ask(Request::Reach { from, to }, PATIENCE)?;
        let (entries, words) = match reply {
            Reply::Entries(entries) => (entries, None),
            Reply::EntriesOffline { entries, words } => (entries, Some(words)),
            Reply::Refused { words } => return Err(Trouble::error(words)),
            _ => {
                return Err(Trouble::error(
                    "the data side gave an answer that makes no sense; update both programs",
                ));
            }
        };
        let status = match talk.ask(Request::Status, PATIENCE)? {
            Reply::Status(status) => *status,
            _ => talk.status.clone(),
        };
        talk.status = status;
        self.wide = entries;
        if !talk.status.calendars.is_empty() {
            self.calendars.clone_from(&talk.status.calendars);
            self.me = talk.status.me.clone();
        }
        let trouble = words.map(|words| talk.trouble(words));
        talk.leave();
        trouble.map_or(Ok(()), Err)
    }

    /// What touches the dates `[from, to)` in this zone, in the order of the day.
    pub fn within(&self, zone: &Zone, from: Date, to: Date) -> Vec<&Entry> {
        let (begins, ends) = (zone.start_of(from), zone.start_of(to));
        let mut entries: Vec<&Entry> = self
            .wide
            .iter()
            .filter(|entry| touches(entry, from, to, begins, ends))
            .collect();
        entries.sort_by(|a, b| {
            (a.start, !a.all_day, b.end, &a.id).cmp(&(b.start, !b.all_day, a.end, &b.id))
        });
        entries
    }

    /// Who owns somebody else's calendar; None: it is mine.
    pub fn owner_of(&self, calendar: &CalendarId) -> Option<String> {
        let owner = &self.calendar(calendar)?.owner;
        let is_mine = Persons::of(&self.calendars, &self.me).owner(calendar) == 0;
        (!is_mine).then(|| owner.shown().safe_line(Some(40)).into_string())
    }

    pub fn calendar(&self, id: &CalendarId) -> Option<&Calendar> {
        self.calendars.iter().find(|calendar| calendar.id == *id)
    }
}
