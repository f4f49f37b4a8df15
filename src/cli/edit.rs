//! `kalends edit` and `kalends delete`: an event that is there, changed or taken away.
//!
//! Invariant: what mails people is refused until it was said that it may (`--tell`).

use super::arguments::{Delete, Edit};
use super::entries::Known;
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
use jiff::civil::Date;
use serde::Serialize;

/// In minutes.
const DAY: i64 = 24 * 60;

pub(super) fn edit(
    invocation: &Invocation,
    wish: &Edit,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let account = invocation.account()?;
    let zone = invocation.zone()?;
    let known = stored(invocation, &account)?;
    let (entry, event) = find(&known, &wish.event, invocation.clock.now())?;
    let today = zone.wall(invocation.clock.now()).date();
    let edits = edits(wish, entry, &event, today, &zone)?;
    if edits.is_empty() {
        return Err(Trouble::usage(
            "say what to change: --subject, --place, --when, --show-as, --category, --importance or --privacy",
        ));
    }
    may_tell(&known, entry, wish.tell, "changing it")?;
    let now = is_now(&edits, &zone);
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
        &now,
        wish.json,
        output,
    )
}

/// `, now Fri 27 Nov 09:00–11:00` of what gets another time: words may be taken otherwise than
/// they were meant.
fn is_now(edits: &[edit::Edit], zone: &Zone) -> String {
    let mut times = edits.iter().map(|edit| &edit.mine);
    let time = times.find(|mine| matches!(mine, Value::When(_)));
    time.map_or_else(String::new, |time| {
        format!(", now {}", time.in_words(zone).safe_line(None))
    })
}

pub(super) fn delete(
    invocation: &Invocation,
    wish: &Delete,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let account = invocation.account()?;
    let known = stored(invocation, &account)?;
    let (entry, event) = find(&known, &wish.event, invocation.clock.now())?;
    let is_my_meeting = entry.is_organizer && entry.attendees > 0;
    let is_wanted = wish.tell || wish.message.is_some();
    may_tell(&known, entry, is_wanted, "deleting it")?;
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
        "",
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
    now: &str,
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
            writeln!(output.out, "{word} \u{201c}{subject}\u{201d}{now}")?;
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

/// The server mails the people of a meeting of mine by itself, and in somebody else's calendar
/// the people of theirs.
fn may_tell(known: &Known, entry: &Entry, is_wanted: bool, what: &str) -> Result<(), Trouble> {
    if !entry.is_organizer || entry.attendees == 0 || is_wanted {
        return Ok(());
    }
    let people = match entry.attendees {
        1 => "1 person".to_owned(),
        others => format!("{others} people"),
    };
    let owner = known.owner_of(&entry.calendar);
    let organizer = owner.map_or("you are".into(), |owner| format!("{owner} is"));
    Err(Trouble::usage(format!(
        "{organizer} the organizer and {what} mails {people}; say --tell if they may be told"
    )))
}

fn edits(
    wish: &Edit,
    entry: &Entry,
    event: &EventId,
    today: Date,
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
        let was = Span::on_clock(entry.start, entry.end, entry.all_day, zone);
        push(
            Value::When(was.clone()),
            Value::When(moved(when, &was, today, zone)?),
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

/// A time in words. What was not said stays: the day, the time, the length, being of whole days.
fn moved(words: &str, was: &Span, today: Date, zone: &Zone) -> Result<Span, Trouble> {
    let day = was.wall_start.date();
    let read = |text: &str| Quick::when(text, today, day).ok();
    // A length alone is no time; with the day it is.
    let alone = || read(&format!("{words} {day}")).filter(|_| !words.trim().is_empty());
    let mut quick = read(words).or_else(alone).ok_or_else(|| {
        Trouble::usage(
            "--when understands a day (fri, 26 nov), a time (14:30, 2pm), a length (for 45m)",
        )
    })?;
    let length = was.end.duration_since(was.start).as_mins();
    let is_all_day = quick.says_all_day || (was.all_day && quick.time.is_none());
    if is_all_day {
        if quick.says_length && !quick.says_all_day {
            let words = "it is of whole days: say a time as well, or a length in days";
            return Err(Trouble::usage(words));
        }
        quick.time = None;
        if !quick.says_length && was.all_day {
            quick.days = i32::try_from(length / DAY).unwrap_or(1);
        }
        return Ok(quick.span(zone));
    }
    quick.time = quick.time.or(Some(was.wall_start.time()));
    if !quick.says_length && !was.all_day {
        quick.minutes = length;
    }
    Ok(quick.span(zone))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    /// What the words make of this span, seen in Berlin on Thursday 26 November 2026.
    fn said(start: &str, end: &str, all_day: bool, words: &str) -> Option<String> {
        let zone = crate::domain::zone::Zones::bundled()
            .find("Europe/Berlin")
            .unwrap();
        let at = |text: &str| text.parse().unwrap();
        let was = Span::on_clock(at(start), at(end), all_day, &zone);
        let span = moved(words, &was, date(2026, 11, 26), &zone).ok()?;
        Some(Value::When(span).in_words(&zone).raw().to_owned())
    }

    #[test]
    fn what_is_not_said_of_a_time_stays() {
        // Two hours on a Tuesday a week later.
        let timed = |words| said("2026-12-01T09:00:00Z", "2026-12-01T11:00:00Z", false, words);
        for (words, expected) in [
            ("2026-11-27", "Fri 27 Nov 10:00–12:00"),
            ("27 nov", "Fri 27 Nov 10:00–12:00"),
            ("tomorrow 9:00", "Fri 27 Nov 09:00–11:00"),
            ("14:30", "Tue 1 Dec 14:30–16:30"),
            ("14:30-15:00", "Tue 1 Dec 14:30–15:00"),
            ("for 45m", "Tue 1 Dec 10:00–10:45"),
            ("27 nov for 45m", "Fri 27 Nov 10:00–10:45"),
            ("26 nov all day", "Thu 26 Nov, all day"),
            ("all day", "Tue 1 Dec, all day"),
            ("26 nov for 3 days", "Thu 26 Nov – Sat 28 Nov"),
            (
                "26 nov 9:00 for 2 days",
                "Thu 26 Nov 09:00–Sat 28 Nov 09:00",
            ),
        ] {
            assert_eq!(timed(words).as_deref(), Some(expected), "{words}");
        }
        for words in ["lunch", "", "fri @ Kitchen", "fri #red", "every fri 9:00"] {
            assert_eq!(timed(words), None, "{words}");
        }
    }

    #[test]
    fn whole_days_stay_whole_and_as_many() {
        let days = |words| said("2026-12-01T00:00:00Z", "2026-12-04T00:00:00Z", true, words);
        for (words, expected) in [
            ("27 nov", "Fri 27 Nov – Sun 29 Nov"),
            ("27 nov all day", "Fri 27 Nov – Sun 29 Nov"),
            ("27 nov for a day", "Fri 27 Nov, all day"),
            ("for 2 days", "Tue 1 Dec – Wed 2 Dec"),
            ("27 nov 9:00 for 2h", "Fri 27 Nov 09:00–11:00"),
            ("9:00", "Tue 1 Dec 09:00–09:30"),
        ] {
            assert_eq!(days(words).as_deref(), Some(expected), "{words}");
        }
        assert_eq!(days("27 nov for 45m"), None, "of no hour");
    }
}
