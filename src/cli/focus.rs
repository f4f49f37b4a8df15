//! `kalends focus`: free blocks of a week, held for myself.
//!
//! Invariant: nothing is made without `--apply`, and what is held already is not held twice.

use super::add::choose;
use super::arguments::Focus;
use super::day_words::rfc3339;
use super::entries::Known;
use super::exit::{Exit, Trouble};
use super::find::stored;
use super::invocation::Invocation;
use super::output::Output;
use super::send::{Sent, send};
use crate::domain::availability::{Question, text};
use crate::domain::edit::Span;
use crate::domain::event::Slot;
use crate::domain::focus::{Rule, SHORTEST, block, blocks};
use crate::domain::overlap::Persons;
use crate::runtime::settings;
use crate::service::Peek;
use jiff::{SignedDuration, ToSpan};
use serde::Serialize;

#[derive(Serialize)]
struct Row {
    start: String,
    end: String,
    minutes: i64,
    held: bool,
}

pub(super) fn run(
    invocation: &Invocation,
    wish: &Focus,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let zone = invocation.zone()?;
    let now = invocation.clock.now();
    let chosen = settings::load(&invocation.home)?;
    let day = wish.week.unwrap_or_else(|| zone.date(now));
    let from = day.saturating_sub(day.weekday().to_monday_zero_offset().days());
    let to = from.saturating_add(7.days());
    let account = invocation.account()?;
    let known = Known::reach(invocation, &account, from, to)?;
    if let Some(trouble) = known.trouble {
        return Err(trouble);
    }
    let hours = Peek::open(&account.folder)?
        .desk
        .desk
        .settings
        .unwrap_or_default();
    let question = Question {
        from,
        to,
        zone: &zone,
        now,
        hours: &hours,
        least: SHORTEST,
    };
    let rule = Rule {
        a_week: SignedDuration::from_hours(i64::from(wish.hours.unwrap_or(chosen.focus_hours))),
        longest: SignedDuration::from_mins(i64::from(chosen.focus_minutes)),
    };
    let persons = Persons::of(&known.calendars, &known.me);
    let (slots, held) = blocks(&known.wide, &persons, &question, &rule);
    if wish.apply && !slots.is_empty() {
        let stored = stored(invocation, &account)?;
        let calendar = choose(&stored, None)?.id.clone();
        for slot in &slots {
            let span = Span::on_clock(slot.start, slot.end, false, &zone);
            match send(invocation, &account, block(calendar.clone(), span))? {
                Sent::Accepted => {}
                Sent::Refused(words) => {
                    return Err(Trouble::error(format!("not everything was held: {words}")));
                }
                Sent::Queued(waits) => return Err(waits.after("a block of focus time")),
            }
        }
    }
    if wish.json {
        let row = |slot: &Slot| Row {
            start: rfc3339(&zone, slot.start),
            end: rfc3339(&zone, slot.end),
            minutes: slot.end.duration_since(slot.start).as_mins(),
            held: wish.apply,
        };
        let rows: Vec<Row> = slots.iter().map(row).collect();
        let json = serde_json::to_string(&rows).map_err(std::io::Error::from)?;
        writeln!(output.out, "{json}")?;
        return Ok(Exit::Fine);
    }
    let words = match (slots.is_empty(), wish.apply) {
        (true, _) => format!(
            "nothing more to hold: {} h are held in that week",
            held.as_hours()
        ),
        (false, true) => "held for yourself:".to_owned(),
        (false, false) => "would be held for yourself; --apply does it:".to_owned(),
    };
    writeln!(output.out, "{words}")?;
    if !slots.is_empty() {
        let days: Vec<_> = slots
            .iter()
            .map(|slot| (zone.date(slot.start), vec![*slot]))
            .collect();
        writeln!(output.out, "{}", text(&days, &zone, &[]))?;
    }
    Ok(Exit::Fine)
}
