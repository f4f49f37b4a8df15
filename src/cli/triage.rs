//! `kalends triage`: the queue of what waits for the person, for eyes and for scripts.
//!
//! From sheets alone, as the screen's queue is made of. The shape of the JSON is stable.

use super::agenda::{harmless, response_word};
use super::arguments::Triage;
use super::day_words::{self, rfc3339};
use super::exit::{Exit, Trouble};
use super::invocation::Invocation;
use super::output::Output;
use crate::domain::event::{Slot, When};
use crate::domain::overlap::{Persons, Severity};
use crate::domain::text::Safe;
use crate::domain::triage::{Circumstances, DAYS, Item, Named, Tally, Why, queue};
use crate::domain::zone::Zone;
use crate::service::Peek;
use jiff::ToSpan;
use serde::Serialize;

#[derive(Serialize)]
struct Row<'a> {
    kind: &'static str,
    urgent: bool,
    /// To name it in `kalends respond`: of a series the series'.
    id: &'a str,
    subject: &'a str,
    start: String,
    end: String,
    all_day: bool,
    organizer: Who<'a>,
    series: bool,
    times: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    was: Option<Was>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proposed: Option<Proposed<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    overlaps: Option<Other<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<NotSent<'a>>,
}

#[derive(Serialize)]
struct Who<'a> {
    name: &'a str,
    address: &'a str,
}

#[derive(Serialize)]
struct Was {
    start: String,
    end: String,
    response: &'static str,
}

#[derive(Serialize)]
struct Proposed<'a> {
    by: Who<'a>,
    start: String,
    end: String,
}

#[derive(Serialize)]
struct Other<'a> {
    id: &'a str,
    subject: &'a str,
    start: String,
    end: String,
    severity: &'static str,
}

#[derive(Serialize)]
struct NotSent<'a> {
    /// For `kalends resolve`.
    intent: u64,
    words: &'a str,
}

pub(super) fn triage(
    invocation: &Invocation,
    wish: &Triage,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let zone = invocation.zone()?;
    let now = invocation.clock.now();
    let account = invocation.account()?;
    let peek = Peek::open(&account.folder)?;
    if peek.is_empty {
        let words = "nothing is stored yet; run kalends sync";
        return Err(Trouble::new(Exit::Offline, words));
    }
    let today = zone.date(now);
    let from = today.saturating_sub(1.day());
    let read = peek.range(from, today.saturating_add(DAYS.days()));
    let desk = &peek.desk.desk;
    let about = Circumstances {
        now,
        persons: &Persons::of(&desk.calendars, &desk.me),
        start_of: &|day| zone.start_of(day),
        hushed: &peek.hushed(),
    };
    // What was not sent is laid over the entries.
    let items = queue(&read.entries, std::iter::empty(), &about);
    if wish.json {
        for (number, item) in items.iter().enumerate() {
            let row = serde_json::to_string(&row(item, &zone)).map_err(std::io::Error::from)?;
            let separator = if number == 0 { "[\n" } else { ",\n" };
            write!(output.out, "{separator}{}", harmless(&row))?;
        }
        let end = if items.is_empty() { "[]" } else { "\n]" };
        writeln!(output.out, "{end}")?;
    } else {
        writeln!(output.out, "{}", Tally::of(&items).words())?;
        for item in &items {
            line(item, &zone, output)?;
        }
    }
    Ok(Exit::Fine)
}

fn times(named: &Named, zone: &Zone) -> (String, String) {
    match When::new(named.start, named.end, named.all_day) {
        When::Timed { start, end } => (rfc3339(zone, start), rfc3339(zone, end)),
        When::AllDay { first, end } => (first.to_string(), end.to_string()),
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Hard => "hard",
        Severity::Soft => "soft",
        Severity::Place => "place",
        Severity::Tight => "tight",
    }
}

fn row<'a>(item: &'a Item, zone: &Zone) -> Row<'a> {
    let (start, end) = times(&item.event, zone);
    let slot = |slot: Slot| (rfc3339(zone, slot.start), rfc3339(zone, slot.end));
    let was = match &item.why {
        Why::Changed(before) => {
            let (start, end) = slot(before.slot);
            let response = response_word(before.answer);
            Some(Was {
                start,
                end,
                response,
            })
        }
        _ => None,
    };
    let proposed = match &item.why {
        Why::Proposal { by, slot: asked } => {
            let (start, end) = slot(*asked);
            let by = Who {
                name: by.name.raw(),
                address: by.address.raw(),
            };
            Some(Proposed { by, start, end })
        }
        _ => None,
    };
    let overlaps = match (&item.why, &item.other) {
        (Why::Overlap(how), Some(other)) => {
            let (start, end) = times(other, zone);
            Some(Other {
                id: other.event.as_str(),
                subject: other.subject.raw(),
                start,
                end,
                severity: severity(*how),
            })
        }
        _ => None,
    };
    let trouble = match &item.why {
        Why::Trouble { intent, words } => Some(NotSent {
            intent: intent.0,
            words,
        }),
        _ => None,
    };
    let is_whole = item.is_series && item.why.wants_answer();
    let id = if is_whole {
        &item.event.root
    } else {
        &item.event.event
    };
    Row {
        kind: item.why.word(),
        urgent: item.is_urgent,
        id: id.as_str(),
        subject: item.event.subject.raw(),
        start,
        end,
        all_day: item.event.all_day,
        organizer: Who {
            name: item.organizer.name.raw(),
            address: item.organizer.address.raw(),
        },
        series: item.is_series,
        times: item.times,
        was,
        proposed,
        overlaps,
        trouble,
    }
}

/// `! Thu 26 Nov 10:30  changed      Vendor call, was Wed 25 Nov 10:00`.
fn line(item: &Item, zone: &Zone, output: &mut Output<'_>) -> Result<(), Trouble> {
    let moment = |instant| {
        let day = day_words::short(zone.date(instant));
        format!("{day} {}", day_words::time(zone, instant))
    };
    let when = if item.event.all_day {
        day_words::short(jiff::tz::TimeZone::UTC.to_datetime(item.event.start).date())
    } else {
        moment(item.event.start)
    };
    let who = item.organizer.name.safe_line(Some(40));
    let why = match &item.why {
        Why::Trouble { intent, words } => {
            format!("not sent ({}): {}", intent.0, Safe::line(words, None))
        }
        Why::Cancelled => format!("cancelled by {who}"),
        Why::Changed(before) => format!("moved by {who}, was {}", moment(before.slot.start)),
        Why::Invitation if item.is_series => format!("a series from {who}"),
        Why::Invitation => format!("from {who}"),
        Why::Proposal { by, slot } => {
            let by = by.name.safe_line(Some(40));
            format!("{by} asks for {}", moment(slot.start))
        }
        Why::Overlap(how) => {
            let other = item.other.as_ref().map(|other| &other.subject);
            let other = other.map(|subject| subject.safe_line(Some(40)).into_string());
            let times = match item.times {
                1 => String::new(),
                times => format!(", {times} times"),
            };
            format!(
                "{} with {}{times}",
                severity(*how),
                other.unwrap_or_default()
            )
        }
    };
    let mark = if item.is_urgent { '!' } else { ' ' };
    let subject = item.event.subject.safe_line(Some(60));
    writeln!(
        output.out,
        "{mark} {when:<17}  {:<10}  {subject} ({why})",
        item.why.word()
    )?;
    Ok(())
}
