//! An agenda to read: days as headers, one line an event.
//!
//! ```text
//! Thursday 26 November 2026 · today
//!   all day      Ben: leave
//!   09:00–09:15  Stand-up · Room 4.12
//!   10:30–11:00  Vendor call · Teams · Liu Wei  ? !
//! ```
//!
//! `?` waits for my answer, `~` tentative, `x` declined or cancelled, `!` overlaps.

use super::super::day_words;
use super::super::entries::Known;
use super::super::output::Output;
use super::super::overlaps::partners;
use crate::domain::entry::Entry;
use crate::domain::event::{Answer, When};
use crate::domain::text::{cut_marked, pad, width};
use crate::domain::zone::Zone;
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::io;

/// Cells of the column with the time.
const TIME: usize = 11;

pub(super) struct Page<'a> {
    pub known: &'a Known,
    pub zone: &'a Zone,
    pub today: Date,
    pub from: Date,
    pub to: Date,
}

impl Page<'_> {
    pub(super) fn write(&self, entries: &[&Entry], output: &mut Output<'_>) -> io::Result<()> {
        if entries.is_empty() {
            let last = self.to.yesterday().unwrap_or(self.from);
            return writeln!(
                output.out,
                "nothing from {} to {}",
                day_words::short(self.from),
                day_words::short(last)
            );
        }
        let partners = partners(self.known, self.zone);
        let clashing: BTreeSet<&str> = partners.keys().map(|id| id.as_str()).collect();
        let mut day = self.from;
        let mut is_first = true;
        while day < self.to {
            let of_day: Vec<&&Entry> = entries
                .iter()
                .filter(|entry| self.is_on(entry, day))
                .collect();
            if !of_day.is_empty() {
                if !std::mem::take(&mut is_first) {
                    writeln!(output.out)?;
                }
                self.header(day, output)?;
                for entry in of_day {
                    let is_clashing = clashing.contains(entry.id.as_str());
                    self.line(entry, day, is_clashing, output)?;
                }
            }
            day = day.saturating_add(1.day());
        }
        Ok(())
    }

    fn is_on(&self, entry: &Entry, day: Date) -> bool {
        let instants = self.zone.day(day);
        let after = day.saturating_add(1.day());
        crate::store::reading::touches(entry, day, after, instants.start, instants.end)
    }

    fn header(&self, day: Date, output: &mut Output<'_>) -> io::Result<()> {
        let style = if day == self.today { "1;4" } else { "1" };
        let title = output.styled(style, &day_words::long(day));
        let relation = day_words::relation(day, self.today);
        let relation = if relation.is_empty() {
            String::new()
        } else {
            output.styled("2", &format!(" · {relation}"))
        };
        writeln!(output.out, "{title}{relation}")
    }

    fn line(
        &self,
        entry: &Entry,
        day: Date,
        is_clashing: bool,
        output: &mut Output<'_>,
    ) -> io::Result<()> {
        let mut marks = String::new();
        for mark in [answer_mark(entry), if is_clashing { "!" } else { "" }] {
            if !mark.is_empty() {
                marks.push(' ');
                marks.push_str(mark);
            }
        }
        let mut subject = entry.subject.safe_line(None).into_string();
        if subject.trim().is_empty() {
            subject = "(no subject)".into();
        }
        let mut rest = String::new();
        for piece in [&entry.place, &entry.organizer.name] {
            let is_me = std::ptr::eq(piece, &raw const entry.organizer.name) && entry.is_organizer;
            if !piece.is_empty() && !is_me {
                rest.push_str(" · ");
                rest.push_str(&piece.safe_line(Some(60)));
            }
        }
        if let Some(cells) = output.width {
            let left =
                cells.saturating_sub(4 + TIME + 2 + width(&marks) + usize::from(!marks.is_empty()));
            subject = cut_marked(&subject, left.max(8), "…").0.into_owned();
            rest = cut_marked(&rest, left.saturating_sub(width(&subject)), "…")
                .0
                .into_owned();
        }
        let is_off = entry.cancelled || entry.shown_answer() == Answer::Declined;
        let subject = if is_off {
            output.styled("9;2", &subject)
        } else {
            subject
        };
        let marks = if marks.is_empty() {
            marks
        } else {
            format!(" {}", output.styled("33;1", &marks))
        };
        let time = pad(&self.time(entry, day), TIME);
        let bar = self.bar(entry, output);
        writeln!(
            output.out,
            "  {bar}{time}  {subject}{}{marks}",
            output.styled("2", &rest)
        )
    }

    /// A bar in the calendar's colour, where colours are wanted.
    fn bar(&self, entry: &Entry, output: &Output<'_>) -> String {
        let hex = self
            .known
            .calendar(&entry.calendar)
            .and_then(|calendar| calendar.hex_color.as_deref());
        let parts = hex.and_then(|hex| {
            let digits = hex.strip_prefix('#')?;
            let part = |range| u8::from_str_radix(digits.get(range)?, 16).ok();
            Some((part(0..2)?, part(2..4)?, part(4..6)?))
        });
        match (output.colour, parts) {
            (false, _) => String::new(),
            (true, Some((red, green, blue))) => {
                output.styled(&format!("38;2;{red};{green};{blue}"), "▌")
            }
            (true, None) => output.styled("36", "▌"),
        }
    }

    /// The event's time as it is on this day.
    fn time(&self, entry: &Entry, day: Date) -> String {
        let When::Timed { start, end } = entry.when() else {
            return "all day".into();
        };
        let instants = self.zone.day(day);
        let (begins_before, ends_after) = (start < instants.start, end > instants.end);
        let (from, to) = (
            day_words::time(self.zone, start),
            day_words::time(self.zone, end),
        );
        match (begins_before, ends_after) {
            (true, true) => "… all day …".into(),
            (true, false) => format!("…    –{to}"),
            (false, true) => format!("{from}–    …"),
            (false, false) => format!("{from}–{to}"),
        }
    }
}

fn answer_mark(entry: &Entry) -> &'static str {
    if entry.cancelled {
        return "x";
    }
    match entry.shown_answer() {
        Answer::NotResponded if entry.is_unanswered() => "?",
        Answer::Tentative => "~",
        Answer::Declined => "x",
        _ => "",
    }
}
