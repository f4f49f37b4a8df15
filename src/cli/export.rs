//! `kalends export`: what is stored, as iCalendar or JSON. Works without a network.
//!
//! Invariant: a series that touches the days asked for is written whole, with the exceptions
//! that are known; nothing is asked of the server.

use super::agenda::write_json;
use super::arguments::Export;
use super::entries::Known;
use super::exit::{Exit, Trouble};
use super::invocation::Invocation;
use super::output::Output;
use super::send::NONSENSE;
use super::talk::Talk;
use crate::domain::calendar::Calendar;
use crate::domain::event::{Event, Kind, When};
use crate::domain::ids::EventId;
use crate::domain::text::Safe;
use crate::domain::zone::Zone;
use crate::ical::write::{self, Stored};
use crate::runtime::Account;
use crate::service::protocol::{Reply, Request};
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn export(
    invocation: &Invocation,
    wish: &Export,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let account = invocation.account()?;
    let zone = invocation.zone()?;
    if let (Some(from), Some(to)) = (wish.from, wish.to)
        && to <= from
    {
        return Err(Trouble::usage(format!(
            "--to {to} is not after {from}; it is the day after the last one exported"
        )));
    }
    let today = zone.date(invocation.clock.now());
    let (known, _) = Known::peek(&account, today, today)?;
    if known.calendars.is_empty() {
        return Err(Trouble::new(
            Exit::Offline,
            "nothing is stored yet; run kalends sync first",
        ));
    }
    let calendars = chosen(&known, wish.calendar.as_deref())?;
    let all = fetch(invocation, &account, &calendars)?;
    if wish.json {
        return json(&account, wish, &all, &calendars, &zone, output);
    }
    let kept: Vec<Stored> = all
        .into_iter()
        .map(|stored| within(stored, wish, &zone))
        .collect();
    let zones = invocation.zones();
    let text = write::calendar(
        &kept,
        &write::Setting {
            zones: &zones,
            now: invocation.clock.now(),
            name: match calendars.as_slice() {
                [one] => Some(one.name.raw()),
                _ => None,
            },
        },
    );
    output.out.write_all(text.as_bytes())?;
    output.out.flush()?;
    Ok(Exit::Fine)
}

/// All, or those whose name begins like this.
fn chosen<'k>(known: &'k Known, wanted: Option<&str>) -> Result<Vec<&'k Calendar>, Trouble> {
    let folded = wanted.unwrap_or_default().to_lowercase();
    let is_meant = |calendar: &&Calendar| calendar.name.raw().to_lowercase().starts_with(&folded);
    let chosen: Vec<&Calendar> = known.calendars.iter().filter(is_meant).collect();
    let exact = chosen
        .iter()
        .find(|calendar| calendar.name.raw().to_lowercase() == folded);
    match (wanted, exact) {
        (Some(_), Some(exact)) => Ok(vec![exact]),
        (Some(wanted), None) if chosen.is_empty() => Err(Trouble::usage(format!(
            "no calendar is called \"{}\"",
            Safe::line(wanted, Some(60))
        ))),
        _ => Ok(chosen),
    }
}

fn fetch(
    invocation: &Invocation,
    account: &Account,
    calendars: &[&Calendar],
) -> Result<Vec<Stored>, Trouble> {
    let mut talk = Talk::start(invocation, account)?;
    let mut all = Vec::new();
    for calendar in calendars {
        let request = Request::Stored {
            calendar: calendar.id.clone(),
        };
        let (events, covered) = match talk.ask(request, PATIENCE)? {
            Reply::Stored { events, covered } => (events, covered),
            Reply::Refused { words } => return Err(Trouble::error(words)),
            _ => return Err(Trouble::error(NONSENSE)),
        };
        let utc = Zone::utc();
        let covered = covered.into_iter();
        all.push(Stored {
            events,
            covered: covered.map(|(from, to)| utc.days(from, to)).collect(),
        });
    }
    talk.leave();
    Ok(all)
}

/// Singles that touch the days asked for, and series of which an occurrence does.
fn within(stored: Stored, wish: &Export, zone: &Zone) -> Stored {
    if wish.from.is_none() && wish.to.is_none() {
        return stored;
    }
    let (from, to) = (wish.from.unwrap_or(Date::MIN), wish.to.unwrap_or(Date::MAX));
    // An occurrence may come without anything but its time: the rest is its master's.
    let is_all_day = |event: &Event| {
        event
            .details
            .as_ref()
            .is_some_and(|details| details.all_day)
    };
    let whole_days: BTreeSet<EventId> = stored
        .events
        .iter()
        .filter(|event| is_all_day(event))
        .map(|event| event.id.clone())
        .collect();
    let touches = |event: &Event| {
        let all_day = whole_days.contains(&event.id)
            || (event.is_stub() && whole_days.contains(event.root()));
        touches(event, all_day, from, to, zone)
    };
    let touching: BTreeSet<EventId> = stored
        .events
        .iter()
        .filter(|event| event.kind != Kind::Master && touches(event))
        .map(|event| event.root().clone())
        .collect();
    let events = stored.events.into_iter();
    Stored {
        events: events
            .filter(|event| touching.contains(event.root()))
            .collect(),
        covered: stored.covered,
    }
}

fn touches(event: &Event, all_day: bool, from: Date, to: Date, zone: &Zone) -> bool {
    match When::new(event.start, event.end, all_day) {
        When::AllDay { first, end } => first < to && end > from,
        When::Timed { start, end } => zone.date(start) < to && zone.date(end) >= from,
    }
}

/// The same objects as `kalends agenda --json`, of the days asked for or all that are stored.
fn json(
    account: &Account,
    wish: &Export,
    all: &[Stored],
    calendars: &[&Calendar],
    zone: &Zone,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let utc = Zone::utc();
    let covered = || all.iter().flat_map(|stored| &stored.covered);
    let from = wish
        .from
        .or_else(|| covered().map(|range| utc.date(range.start)).min());
    let to = wish
        .to
        .or_else(|| covered().map(|range| utc.date(range.end)).max());
    let (Some(from), Some(to)) = (from, to) else {
        return Err(Trouble::new(
            Exit::Offline,
            "nothing is stored yet; run kalends sync first",
        ));
    };
    let (mut known, _) = Known::peek(account, from, to)?;
    known.wide.retain(|entry| {
        calendars
            .iter()
            .any(|calendar| calendar.id == entry.calendar)
    });
    let entries = known.within(zone, from, to);
    write_json(&known, &entries, zone, output)?;
    output.out.flush()?;
    Ok(Exit::Fine)
}
