//! `kalends free`: when I am free, as text to send or JSON to use.

use super::arguments::Free;
use super::day_words::rfc3339;
use super::entries::Known;
use super::exit::{Exit, Trouble};
use super::invocation::Invocation;
use super::output::Output;
use crate::domain::availability::{Question, free, text};
use crate::domain::overlap::Persons;
use crate::domain::zone::Zone;
use crate::service::Peek;
use jiff::{SignedDuration, ToSpan};
use serde::Serialize;

const DAYS: u16 = 7;

#[derive(Serialize)]
struct Row {
    start: String,
    end: String,
    minutes: i64,
}

pub(super) fn run(
    invocation: &Invocation,
    wish: &Free,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let zone = invocation.zone()?;
    let now = invocation.clock.now();
    let from = wish.from.unwrap_or_else(|| zone.date(now));
    let to = from.saturating_add(i64::from(wish.days.unwrap_or(DAYS)).days());
    let others = wish
        .zone
        .iter()
        .map(|name| invocation.zone_named(name))
        .collect::<Result<Vec<Zone>, _>>()?;
    let account = invocation.account()?;
    let known = Known::reach(invocation, &account, from, to)?;
    // As the mailbox says them.
    let settings = Peek::open(&account.folder)?.desk.desk.settings;
    let hours = settings.unwrap_or_default();
    let question = Question {
        from,
        to,
        zone: &zone,
        now,
        hours: &hours,
        least: SignedDuration::from_mins(i64::from(wish.min)),
    };
    let persons = Persons::of(&known.calendars, &known.me);
    let days = free(&known.wide, &persons, &question);
    if wish.json {
        let slots = days.iter().flat_map(|(_, slots)| slots);
        let rows: Vec<Row> = slots
            .map(|slot| Row {
                start: rfc3339(&zone, slot.start),
                end: rfc3339(&zone, slot.end),
                minutes: slot.end.duration_since(slot.start).as_mins(),
            })
            .collect();
        let json = serde_json::to_string(&rows).map_err(std::io::Error::from)?;
        writeln!(output.out, "{json}")?;
    } else {
        writeln!(output.out, "{}", text(&days, &zone, &others))?;
    }
    match known.trouble {
        Some(trouble) => Err(trouble),
        None => Ok(Exit::Fine),
    }
}
