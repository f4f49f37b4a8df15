//! `kalends next`: one line for a status bar, from sheets alone.
//!
//! A timed event comes before one that lasts all day; of several that run, the one that
//! began last. Only my own calendars count. Declined, cancelled and free all-day events are passed over.

use super::arguments::Next;
use super::day_words;
use super::entries::Known;
use super::exit::{Exit, Trouble};
use super::invocation::Invocation;
use super::output::Output;
use super::overlaps;
use crate::domain::entry::Entry;
use crate::domain::event::{Answer, ShowAs, When};
use crate::domain::overlap::Persons;
use crate::domain::zone::Zone;
use crate::service::Peek;
use jiff::{Timestamp, ToSpan};

pub(super) const DEFAULT: &str = "{start} {subject} ({in})";
pub(super) const PLACEHOLDERS: &str = "\
What to print, with placeholders:
  {subject}      what it is about            {location}     where
  {start} {end}  times of day                {organizer}    who invites
  {day}          the day, such as Thu 26 Nov {url}          where to join online
  {in}           until it begins, or how long it still runs
  {calendar}     the calendar's name         {response}     my answer
  {invitations}  how many wait for an answer
  {overlaps}     how many claim the same time, within two weeks
{{ and }} print braces. Nothing is printed when nothing comes within two weeks.";

const NAMES: [&str; 12] = [
    "subject",
    "start",
    "end",
    "day",
    "in",
    "location",
    "organizer",
    "url",
    "calendar",
    "response",
    "invitations",
    "overlaps",
];
/// How far ahead is looked.
const DAYS: i64 = 14;

pub(super) fn next(
    invocation: &Invocation,
    wish: &Next,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let template = parse(&wish.format)?;
    let zone = invocation.zone()?;
    let now = invocation.clock.now();
    let account = invocation.account()?;
    let today = zone.date(now);
    let peek = Peek::open(&account.folder)?;
    if peek.is_empty {
        return Err(Trouble::new(
            Exit::Offline,
            "nothing is stored yet; run kalends sync",
        ));
    }
    let read = peek.range(today, today.saturating_add(DAYS.days()));
    let invitations = peek.desk.invitations;
    let desk = peek.desk.desk;
    let persons = Persons::of(&desk.calendars, &desk.me);
    let mine = read.entries.into_iter();
    let mine = mine.filter(|entry| persons.owner(&entry.calendar) == 0);
    let known = Known {
        wide: mine.collect(),
        calendars: desk.calendars,
        me: desk.me,
        trouble: None,
    };
    let Some(entry) = choose(&known.wide, &zone, now) else {
        return Ok(Exit::Fine);
    };
    let view = View {
        entry,
        known: &known,
        zone: &zone,
        now,
        invitations,
    };
    let line: String = template.iter().map(|piece| view.fill(piece)).collect();
    writeln!(output.out, "{line}")?;
    Ok(Exit::Fine)
}

/// The event that runs, or the next one.
pub(super) fn choose<'a>(entries: &'a [Entry], zone: &Zone, now: Timestamp) -> Option<&'a Entry> {
    let counts = |entry: &&Entry| {
        !entry.cancelled
            && entry.shown_answer() != Answer::Declined
            && !(entry.all_day && entry.show_as == ShowAs::Free)
            && span(entry, zone).1 > now
    };
    let candidates: Vec<&Entry> = entries.iter().filter(counts).collect();
    let of = |all_day: bool| {
        let kind = || {
            candidates
                .iter()
                .filter(move |entry| entry.all_day == all_day)
                .copied()
        };
        let running = kind()
            .filter(|entry| span(entry, zone).0 <= now)
            .max_by_key(|entry| span(entry, zone).0);
        running.or_else(|| kind().min_by_key(|entry| (span(entry, zone).0, entry.id.clone())))
    };
    let timed = of(false);
    let is_today = |entry: &&Entry| zone.date(span(entry, zone).0) <= zone.date(now);
    timed
        .filter(is_today)
        .or_else(|| of(true).filter(is_today))
        .or(timed)
        .or_else(|| of(true))
}

fn span(entry: &Entry, zone: &Zone) -> (Timestamp, Timestamp) {
    match entry.when() {
        When::Timed { start, end } => (start, end),
        When::AllDay { first, end } => {
            let days = zone.days(first, end);
            (days.start, days.end)
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Name(&'static str),
}

fn parse(template: &str) -> Result<Vec<Piece>, Trouble> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut letters = template.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '{' | '}' if letters.peek() == Some(&letter) => {
                letters.next();
                text.push(letter);
            }
            '{' => {
                let name: String = letters
                    .by_ref()
                    .take_while(|letter| *letter != '}')
                    .collect();
                let known = NAMES.iter().find(|known| **known == name).ok_or_else(|| {
                    let all = NAMES.map(|name| format!("{{{name}}}")).join(" ");
                    Trouble::usage(format!("--format knows no {{{name}}}; it knows {all}"))
                })?;
                pieces.push(Piece::Text(std::mem::take(&mut text)));
                pieces.push(Piece::Name(known));
            }
            other => text.push(other),
        }
    }
    pieces.push(Piece::Text(text));
    Ok(pieces)
}

struct View<'a> {
    entry: &'a Entry,
    known: &'a Known,
    zone: &'a Zone,
    now: Timestamp,
    invitations: u32,
}

impl View<'_> {
    fn fill(&self, piece: &Piece) -> String {
        let entry = self.entry;
        let name = match piece {
            Piece::Text(text) => return text.clone(),
            Piece::Name(name) => *name,
        };
        let (start, end) = span(entry, self.zone);
        match name {
            "subject" => entry.subject.safe_line(None).into_string(),
            "start" if entry.all_day => "all day".into(),
            "start" => day_words::time(self.zone, start),
            "end" if entry.all_day => String::new(),
            "end" => day_words::time(self.zone, end),
            "day" => day_words::short(self.zone.date(start.max(self.now))),
            "in" if start > self.now => {
                format!("in {}", day_words::length(start.duration_since(self.now)))
            }
            "in" => format!("{} left", day_words::length(end.duration_since(self.now))),
            "location" => entry.place.safe_line(None).into_string(),
            "organizer" => entry.organizer.name.safe_line(None).into_string(),
            "url" => entry
                .online_url
                .as_ref()
                .map(|url| url.safe_line(None).into_string())
                .unwrap_or_default(),
            "calendar" => {
                let calendar = self.known.calendar(&entry.calendar);
                calendar
                    .map(|calendar| calendar.name.safe_line(None).into_string())
                    .unwrap_or_default()
            }
            "response" => super::agenda::response_word(entry.shown_answer()).replace('_', " "),
            "overlaps" => overlaps::count(self.known, self.zone, self.now).to_string(),
            _ => self.invitations.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_read_and_mistakes_named() {
        let pieces = parse("a{{{subject}}}b").unwrap();
        let text = |text: &str| Piece::Text(text.into());
        assert_eq!(pieces, [text("a{"), Piece::Name("subject"), text("}b")]);
        let trouble = parse("{titel}").unwrap_err();
        assert!(trouble.words.contains("{titel}") && trouble.words.contains("{subject}"));
        assert!(parse(DEFAULT).is_ok());
        for name in NAMES {
            assert!(
                PLACEHOLDERS.contains(&format!("{{{name}}}")),
                "{name} is not documented"
            );
        }
    }
}
