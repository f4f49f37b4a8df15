//! Which event is meant: by its id, by the beginning of one, or "next".

use super::entries::Known;
use super::exit::{Exit, Trouble};
use super::invocation::Invocation;
use crate::domain::entry::Entry;
use crate::domain::ids::EventId;
use crate::domain::overlap::Persons;
use crate::domain::text::Safe;
use crate::runtime::Account;
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeMap;

/// Days around today in which an event is looked for.
const BACK: i64 = 92;
const AHEAD: i64 = 500;

/// What is stored around today; without anything there is nothing to look in.
pub(super) fn stored(invocation: &Invocation, account: &Account) -> Result<Known, Trouble> {
    let now = invocation.clock.now();
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let (known, _) = Known::peek(
        account,
        today.saturating_sub(BACK.days()),
        today.saturating_add(AHEAD.days()),
    )?;
    if known.calendars.is_empty() {
        let words =
            "nothing is stored yet; run kalends sync, then kalends agenda --json names the events";
        return Err(Trouble::new(Exit::Offline, words));
    }
    Ok(known)
}

/// The entry that is meant, and the id that was named: its own, or its series'.
pub(super) fn find<'a>(
    known: &'a Known,
    wanted: &str,
    now: Timestamp,
) -> Result<(&'a Entry, EventId), Trouble> {
    let entries = &known.wide;
    if wanted == "next" {
        let persons = Persons::of(&known.calendars, &known.me);
        let mut coming: Vec<&Entry> = entries
            .iter()
            .filter(|entry| persons.owner(&entry.calendar) == 0)
            .filter(|entry| entry.end > now && entry.is_invitation() && !entry.cancelled)
            .collect();
        coming.sort_by_key(|entry| (!entry.is_unanswered(), entry.start));
        let entry = coming.first().copied();
        let entry = entry.ok_or_else(|| {
            Trouble::error("there is no invitation to answer; kalends agenda shows what is")
        })?;
        return Ok((entry, entry.id.clone()));
    }
    let mut hits: BTreeMap<&EventId, &Entry> = BTreeMap::new();
    for entry in entries {
        for id in std::iter::once(&entry.id).chain(&entry.series) {
            if !wanted.is_empty() && id.as_str().starts_with(wanted) {
                // Of a series the next occurrence stands for all.
                let hit = hits.entry(id).or_insert(entry);
                if hit.end <= now && entry.end > now {
                    *hit = entry;
                }
            }
        }
    }
    let shown = Safe::line(wanted, Some(60));
    let exact = hits.iter().find(|(id, _)| id.as_str() == wanted);
    match (exact, hits.len()) {
        (Some((id, entry)), _) => Ok((entry, (*id).clone())),
        (None, 0) => Err(Trouble::error(format!(
            "no event's id begins with \"{shown}\"; kalends agenda --json names them, kalends sync brings new ones"
        ))),
        (None, 1) => hits
            .iter()
            .next()
            .map(|(id, entry)| (*entry, (*id).clone()))
            .ok_or_else(|| Trouble::error("no such event")),
        (None, several) => Err(Trouble::usage(format!(
            "{several} ids begin with \"{shown}\"; write more of it"
        ))),
    }
}
