//! The stable JSON of an agenda: one object an event, one event a line.
//!
//! Strings are the raw text, so that scripts can compare; whatever could harm a terminal
//! is written as `\u` escapes.

use super::super::day_words::rfc3339;
use super::super::entries::Known;
use super::super::output::Output;
use super::super::overlaps::partners;
use crate::domain::entry::Entry;
use crate::domain::event::{Answer, ShowAs, When};
use crate::domain::text::is_hostile;
use crate::domain::zone::Zone;
use serde::Serialize;
use std::io;

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    calendar: &'a str,
    subject: &'a str,
    start: String,
    end: String,
    all_day: bool,
    show_as: &'static str,
    response: &'static str,
    organizer: Organizer<'a>,
    location: &'a str,
    online_url: Option<&'a str>,
    series: &'static str,
    overlaps: Vec<&'a str>,
}

#[derive(Serialize)]
struct Organizer<'a> {
    name: &'a str,
    address: &'a str,
}

pub(in super::super) fn write(
    known: &Known,
    entries: &[&Entry],
    zone: &Zone,
    output: &mut Output<'_>,
) -> io::Result<()> {
    let partners = partners(known, zone);
    output.out.write_all(b"[")?;
    for (number, entry) in entries.iter().enumerate() {
        let overlaps = partners
            .get(&entry.id)
            .map(|ids| ids.iter().map(|id| id.as_str()).collect())
            .unwrap_or_default();
        let row = row(known, entry, zone, overlaps);
        let text = serde_json::to_string(&row).map_err(io::Error::other)?;
        let separator = if number == 0 { "\n" } else { ",\n" };
        write!(output.out, "{separator}{}", harmless(&text))?;
    }
    output
        .out
        .write_all(if entries.is_empty() { b"]\n" } else { b"\n]\n" })
}

fn row<'a>(known: &'a Known, entry: &'a Entry, zone: &Zone, overlaps: Vec<&'a str>) -> Row<'a> {
    let (start, end) = match entry.when() {
        When::Timed { start, end } => (rfc3339(zone, start), rfc3339(zone, end)),
        When::AllDay { first, end } => (first.to_string(), end.to_string()),
    };
    Row {
        id: entry.id.as_str(),
        calendar: known
            .calendar(&entry.calendar)
            .map_or("", |calendar| calendar.name.raw()),
        subject: entry.subject.raw(),
        start,
        end,
        all_day: entry.all_day,
        show_as: show_as(entry.show_as),
        response: response(entry.shown_answer()),
        organizer: Organizer {
            name: entry.organizer.name.raw(),
            address: entry.organizer.address.raw(),
        },
        location: entry.place.raw(),
        online_url: entry
            .online_url
            .as_ref()
            .map(crate::domain::text::Untrusted::raw),
        series: entry.series_word(),
        overlaps,
    }
}

fn show_as(value: ShowAs) -> &'static str {
    match value {
        ShowAs::Free => "free",
        ShowAs::Tentative => "tentative",
        ShowAs::Busy => "busy",
        ShowAs::OutOfOffice => "out_of_office",
        ShowAs::WorkingElsewhere => "working_elsewhere",
        ShowAs::Unknown => "unknown",
    }
}

pub(in super::super) fn response(answer: Answer) -> &'static str {
    match answer {
        Answer::None => "none",
        Answer::Organizer => "organizer",
        Answer::Tentative => "tentative",
        Answer::Accepted => "accepted",
        Answer::Declined => "declined",
        Answer::NotResponded => "not_responded",
    }
}

/// JSON text with everything that could harm a terminal as `\u` escapes. C0 controls are
/// escaped by every JSON writer; what is left of them is layout.
pub(in super::super) fn harmless(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter >= ' ' && (letter == '\u{7f}' || is_hostile(letter)) {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_letters_are_escaped_and_read_back_the_same() {
        let text = "a\u{9b}31m\u{202e}\u{7f}\u{e0041}\u{1b}]52;c;eA==\u{7}é日本\u{fffe}";
        let json = harmless(&serde_json::to_string(text).unwrap());
        assert!(
            !json
                .chars()
                .any(|letter| letter < ' ' || letter == '\u{7f}' || is_hostile(letter)),
            "{json}"
        );
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        assert!(json.contains("é日本"));
    }
}
