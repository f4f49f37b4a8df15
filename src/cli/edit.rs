//! `kalends edit` and `kalends delete`: an event that is there, changed or taken away.
//!
//! Invariant: what mails people is refused until it was said that it may (`--tell`).

use super::arguments::{Delete, Edit};
use super::exit::{Exit, Trouble};
use super::find::{find, stored};
use super::invocation::Invocation;
use super::output::Output;
use super::send::{Sent, send};
use crate::domain::edit::words::{IMPORTANCE, PRIVACY, SHOW_AS, named};
use crate::domain::edit::{self, Change, Span, Value};
use crate::domain::entry::Entry;
use crate::domain::ids::EventId;
use crate::domain::intent::{Act, Seen};
use crate::domain::quick::Quick;
use crate::domain::text::Untrusted;
use crate::domain::zone::Zone;
use serde::Serialize;

pub(super) fn edit(
    invocation: &Invocation,
    wish: &Edit,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let account = invocation.account()?;
    let zone = invocation.zone()?;
    let known = stored(invocation, &account)?;
    let (entry, event) = find(&known.wide, &wish.event, invocation.clock.now())?;
    let edits = edits(wish, entry, &event, &zone)?;
    if edits.is_empty() {
        return Err(Trouble::usage(
            "say what to change: --subject, --place, --when, --show-as, --category, --importance or --privacy",
        ));
    }
    may_tell(entry, wish.tell, "changing it")?;
    let act = Act::Change(Change {
        calendar: entry.calendar.clone(),
        event,
        root: entry.root().clone(),
        edits,
        seen: Seen::of(entry),
    });
    said(
        send(invocation, &account, act)?,
        entry,
        "changed",
        wish.json,
        output,
    )
}

pub(super) fn delete(
    invocation: &Invocation,
    wish: &Delete,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let account = invocation.account()?;
    let known = stored(invocation, &account)?;
    let (entry, event) = find(&known.wide, &wish.event, invocation.clock.now())?;
    let is_my_meeting = entry.is_organizer && entry.attendees > 0;
    may_tell(entry, wish.tell || wish.message.is_some(), "deleting it")?;
    let act = Act::Delete(edit::Delete {
        calendar: entry.calendar.clone(),
        event,
        root: entry.root().clone(),
        message: wish.message.clone().filter(|_| is_my_meeting),
        is_my_meeting,
        seen: Seen::of(entry),
    });
    let word = if is_my_meeting {
        "cancelled"
    } else {
        "deleted"
    };
    said(
        send(invocation, &account, act)?,
        entry,
        word,
        wish.json,
        output,
    )
}

#[derive(Serialize)]
struct Done<'a> {
    id: &'a str,
    subject: &'a str,
    done: &'a str,
}

fn said(
    sent: Sent,
    entry: &Entry,
    word: &str,
    json: bool,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let subject = entry.subject.safe_line(Some(80));
    match sent {
        Sent::Accepted if json => {
            let done = Done {
                id: entry.id.as_str(),
                subject: entry.subject.raw(),
                done: word,
            };
            let text = serde_json::to_string(&done).map_err(std::io::Error::from)?;
            writeln!(output.out, "{text}")?;
            Ok(Exit::Fine)
        }
        Sent::Accepted => {
            writeln!(output.out, "{word} \u{201c}{subject}\u{201d}")?;
            Ok(Exit::Fine)
        }
        Sent::Refused(words) => Err(Trouble::error(format!(
            "\u{201c}{subject}\u{201d} was not {word}: {words}"
        ))),
        Sent::Queued(waits) => {
            Err(waits.after(&format!("that \u{201c}{subject}\u{201d} is {word}")))
        }
    }
}

/// The server mails the people of a meeting of mine by itself.
fn may_tell(entry: &Entry, is_wanted: bool, what: &str) -> Result<(), Trouble> {
    if !entry.is_organizer || entry.attendees == 0 || is_wanted {
        return Ok(());
    }
    let people = match entry.attendees {
        1 => "1 person".to_owned(),
        others => format!("{others} people"),
    };
    Err(Trouble::usage(format!(
        "you are the organizer and {what} mails {people}; say --tell if they may be told"
    )))
}

fn edits(
    wish: &Edit,
    entry: &Entry,
    event: &EventId,
    zone: &Zone,
) -> Result<Vec<edit::Edit>, Trouble> {
    let mut edits = Vec::new();
    let mut push = |base: Value, mine: Value| {
        if base != mine {
            edits.push(edit::Edit { base, mine });
        }
    };
    if let Some(subject) = &wish.subject {
        push(
            Value::Subject(entry.subject.clone()),
            Value::Subject(Untrusted::new(subject)),
        );
    }
    if let Some(place) = &wish.place {
        push(
            Value::Place(entry.place.clone()),
            Value::Place(Untrusted::new(place)),
        );
    }
    if let Some(word) = &wish.show_as {
        let mine = one_of(&SHOW_AS, word)?;
        push(Value::ShowAs(entry.show_as), Value::ShowAs(mine));
    }
    if let Some(word) = &wish.importance {
        let mine = one_of(&IMPORTANCE, word)?;
        push(Value::Importance(entry.importance), Value::Importance(mine));
    }
    if let Some(word) = &wish.privacy {
        let mine = one_of(&PRIVACY, word)?;
        push(
            Value::Sensitivity(entry.sensitivity),
            Value::Sensitivity(mine),
        );
    }
    if !wish.category.is_empty() {
        let names = wish.category.iter().filter(|name| !name.is_empty());
        let mine = names.map(Untrusted::new).collect();
        push(
            Value::Categories(entry.categories.clone()),
            Value::Categories(mine),
        );
    }
    if let Some(when) = &wish.when {
        if entry.series.as_ref() == Some(event) {
            return Err(Trouble::usage(
                "a whole series cannot be moved from here; name one of its events",
            ));
        }
        push(
            Value::When(Span::on_clock(entry.start, entry.end, entry.all_day, zone)),
            Value::When(moved(when, entry, zone)?),
        );
    }
    Ok(edits)
}

fn one_of<T: Copy>(table: &[(&str, T)], word: &str) -> Result<T, Trouble> {
    named(table, word).ok_or_else(|| {
        let names: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
        Trouble::usage(format!("say one of: {}", names.join(", ")))
    })
}

/// A time in words. What was not said stays: the day, the time, the length.
fn moved(words: &str, entry: &Entry, zone: &Zone) -> Result<Span, Trouble> {
    let was = Span::on_clock(entry.start, entry.end, entry.all_day, zone);
    let day = was.wall_start.date();
    let mut quick = Quick::read(&format!("x {words}"), day, day)
        .ok()
        .filter(|quick| quick.subject == "x" && quick.rule.is_none())
        .ok_or_else(|| {
            Trouble::usage(
                "--when understands a day (fri, 26 nov), a time (14:30, 2pm), a length (for 45m)",
            )
        })?;
    let says_length = words.contains("for ") || words.contains('-') || words.contains(" to ");
    if !entry.all_day {
        quick.time = quick.time.or(Some(was.wall_start.time()));
        if !says_length {
            quick.minutes = entry.end.duration_since(entry.start).as_mins();
        }
    }
    Ok(quick.span(zone))
}
