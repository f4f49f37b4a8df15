//! `kalends add`: a new event from one line of words.

use super::arguments::Add;
use super::entries::Known;
use super::exit::{Exit, Trouble};
use super::find::stored;
use super::invocation::Invocation;
use super::output::Output;
use super::send::{Sent, send};
use crate::domain::calendar::Calendar;
use crate::domain::edit::Span;
use crate::domain::intent::Act;
use crate::domain::quick::Quick;
use crate::domain::text::Safe;
use crate::domain::zone::Zone;
use jiff::Timestamp;
use serde::Serialize;

#[derive(Serialize)]
struct Added<'a> {
    subject: &'a str,
    start: String,
    end: String,
    all_day: bool,
    calendar: String,
}

pub(super) fn add(
    invocation: &Invocation,
    wish: &Add,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let account = invocation.account()?;
    let zone = invocation.zone()?;
    let today = zone.date(invocation.clock.now());
    let quick = Quick::read(&wish.words.join(" "), today, today)
        .map_err(|missing| Trouble::usage(missing.to_string()))?;
    let known = stored(invocation, &account)?;
    let calendar = choose(&known, wish.calendar.as_deref())?;
    let create = quick.create(calendar.id.clone(), &zone);
    let subject = Safe::line(&quick.subject, Some(80));
    match send(invocation, &account, Act::Create(create))? {
        Sent::Accepted if wish.json => {
            let span = quick.span(&zone);
            let added = Added {
                subject: &quick.subject,
                start: written(span.start, &span, &zone),
                end: written(span.end, &span, &zone),
                all_day: span.all_day,
                calendar: calendar.name.raw().to_owned(),
            };
            let json = serde_json::to_string(&added).map_err(std::io::Error::from)?;
            writeln!(output.out, "{json}")?;
            Ok(Exit::Fine)
        }
        Sent::Accepted => {
            let sentence = quick.sentence();
            let sentence = Safe::line(&sentence, None);
            writeln!(output.out, "added \u{201c}{subject}\u{201d}: {sentence}")?;
            Ok(Exit::Fine)
        }
        Sent::Refused(words) => Err(Trouble::error(format!(
            "\u{201c}{subject}\u{201d} was not added: {words}"
        ))),
        Sent::Queued(waits) => Err(waits.after(&format!("\u{201c}{subject}\u{201d}"))),
    }
}

/// As `kalends agenda --json` writes it.
fn written(instant: Timestamp, span: &Span, zone: &Zone) -> String {
    if span.all_day {
        return instant.to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
    }
    instant
        .display_with_offset(zone.offset(instant))
        .to_string()
}

/// The calendar of this name, or of a name that begins like it; else the default one.
pub(super) fn choose<'a>(known: &'a Known, wanted: Option<&str>) -> Result<&'a Calendar, Trouble> {
    let mut writable: Vec<&Calendar> = known
        .calendars
        .iter()
        .filter(|calendar| calendar.can_edit)
        .collect();
    writable.sort_by_key(|calendar| !calendar.is_default);
    let names = || {
        let names: Vec<String> = writable
            .iter()
            .map(|calendar| calendar.name.safe_line(Some(40)).into_string())
            .collect();
        names.join(", ")
    };
    let Some(wanted) = wanted else {
        let first = writable.first().copied();
        return first.ok_or_else(|| Trouble::error("none of your calendars can be written to"));
    };
    let folded = wanted.to_lowercase();
    let mut hits = writable
        .iter()
        .filter(|calendar| calendar.name.raw().to_lowercase().starts_with(&folded));
    match (hits.next(), hits.next()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => Err(Trouble::usage(format!(
            "several calendars are called like that; there are: {}",
            names()
        ))),
        (None, _) => Err(Trouble::usage(format!(
            "no calendar you can write to is called \"{}\"; there are: {}",
            Safe::line(wanted, Some(60)),
            names()
        ))),
    }
}
