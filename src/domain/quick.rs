//! A new event in one line: "1:1 with Ben tomorrow 14:30 for 45m @ Room 4 every 2 weeks".
//!
//! What is understood as a time, a day, a length, a place, a rule or a category is taken out;
//! the rest is the subject. Words in double quotes are subject whatever they say. Refuses to
//! guess a day or a time that was not said at all.

mod phrases;
mod rules;

use super::edit::{Create, Span, Value};
use super::ids::CalendarId;
use super::recurrence::{Pattern, Recurrence};
use super::text::Untrusted;
use super::time::Resolved;
use super::zone::Zone;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use phrases::{Phrase, phrase};

/// How long a meeting is when nobody says.
const MINUTES: i64 = 30;

/// A line as it was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quick {
    pub subject: String,
    pub day: Date,
    /// None is the whole day.
    pub time: Option<Time>,
    /// Of a timed event.
    pub minutes: i64,
    /// Of an event of whole days.
    pub days: i32,
    /// "for 45m", "14:30-15:15", "for 3 days".
    pub says_length: bool,
    /// "all day", or a number of days without a time.
    pub says_all_day: bool,
    pub place: String,
    pub rule: Option<Recurrence>,
    pub categories: Vec<String>,
}

/// Why a line is not an event yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    #[error("say what it is: \"lunch with Ben tomorrow 12:30\"")]
    Subject,
    #[error("say when: a day (tomorrow, fri, 26 nov), a time (14:30, 2pm) or both")]
    When,
    #[error(
        "say a day and a time: 26 nov 14:30-15:15, tomorrow 9:00 for 45m, 26 nov all day, 26 nov for 3 days"
    )]
    Time,
    #[error(
        "say how often: every 2 weeks on mon and thu until 17 dec, every month on the last friday, never"
    )]
    Rule,
}

impl Quick {
    /// Reads a line. A time without a day is on `day` (where the cursor is); other days count
    /// from `today`.
    ///
    /// # Errors
    /// When there is no subject, or neither day nor time.
    pub fn read(text: &str, today: Date, day: Date) -> Result<Self, Missing> {
        let words = words(text);
        let mut quick = Self {
            subject: String::new(),
            day,
            time: None,
            minutes: MINUTES,
            days: 1,
            says_length: false,
            says_all_day: false,
            place: String::new(),
            rule: None,
            categories: Vec::new(),
        };
        let mut subject: Vec<&str> = Vec::new();
        let mut said = Said::default();
        let mut at = 0;
        while let Some(word) = words.get(at) {
            let rest = words.get(at..).unwrap_or_default();
            match phrase(rest, today).filter(|(found, _)| said.is_new(found)) {
                Some((found, taken)) => {
                    quick.take(found, &mut said);
                    at += taken;
                }
                None if word.text == "@" || word.text.starts_with('@') => {
                    at += quick.take_place(rest, today);
                }
                None => {
                    subject.push(&word.text);
                    at += 1;
                }
            }
        }
        quick.subject = subject.join(" ");
        if quick.subject.is_empty() {
            return Err(Missing::Subject);
        }
        if !said.day && !said.time && quick.rule.is_none() {
            return Err(Missing::When);
        }
        quick.settle(&said);
        Ok(quick)
    }

    /// Reads a time alone, as a form has it.
    ///
    /// # Errors
    /// [`Missing::Time`] when anything else is said, or no time at all.
    pub fn when(text: &str, today: Date, day: Date) -> Result<Self, Missing> {
        // In quotes nothing is a phrase but itself.
        let quick = Self::read(&format!("\"x\" {text}"), today, day);
        let is_time_alone = |quick: &Self| {
            let has_more = quick.rule.is_some() || !quick.place.is_empty();
            quick.subject == "x" && !has_more && quick.categories.is_empty()
        };
        quick.ok().filter(is_time_alone).ok_or(Missing::Time)
    }

    /// Reads a rule alone, of an event that begins on `first`. "never" and nothing are none.
    ///
    /// # Errors
    /// [`Missing::Rule`] when it is not understood whole.
    pub fn rule(text: &str, today: Date, first: Date) -> Result<Option<Recurrence>, Missing> {
        // What a sentence says in brackets only explains.
        let text = text.split('(').next().unwrap_or_default().to_owned()
            + text
                .split_once(')')
                .map_or("", |(_, rest)| rest.trim_start_matches(','));
        let text = text.trim().to_lowercase();
        if matches!(text.as_str(), "" | "never" | "no" | "once") {
            return Ok(None);
        }
        let words = words(&text);
        let (found, taken) = phrase(&words, today).ok_or(Missing::Rule)?;
        let Phrase::Rule(mut rule) = found else {
            return Err(Missing::Rule);
        };
        begin(&mut rule.pattern, first);
        let rest = words.get(taken..).unwrap_or_default();
        if !rest.is_empty() {
            match phrase(rest, today) {
                Some((Phrase::End(range), count)) if count == rest.len() => rule.range = range,
                _ => return Err(Missing::Rule),
            }
        }
        rule.check().map_err(|_| Missing::Rule)?;
        Ok(Some(rule))
    }

    fn take(&mut self, found: Phrase, said: &mut Said) {
        match found {
            Phrase::Day(day) => {
                self.day = day;
                said.day = true;
            }
            Phrase::Time(time, until) => {
                self.time = Some(time);
                said.time = true;
                if let Some(until) = until {
                    let minutes = until.duration_since(time).as_mins();
                    // To an earlier hour means past midnight.
                    self.minutes = if minutes <= 0 {
                        minutes + 1440
                    } else {
                        minutes
                    };
                    said.length = true;
                }
            }
            Phrase::Minutes(minutes) => {
                self.minutes = minutes;
                said.length = true;
            }
            Phrase::Days(days) => {
                self.days = days;
                said.length = true;
                said.days = true;
            }
            Phrase::AllDay => said.all_day = true,
            Phrase::Rule(rule) => {
                self.rule = Some(rule);
                said.rule = true;
            }
            Phrase::End(range) => {
                if let Some(rule) = &mut self.rule {
                    rule.range = range;
                }
                said.end = true;
            }
            Phrase::Category(name) => self.categories.push(name),
        }
    }

    /// The place goes on until something else is said.
    fn take_place(&mut self, rest: &[Word], today: Date) -> usize {
        let mut place: Vec<&str> = Vec::new();
        let mut taken = 0;
        for (index, word) in rest.iter().enumerate() {
            let ahead = rest.get(index..).unwrap_or_default();
            if index > 0 && !place.is_empty() && phrase(ahead, today).is_some() {
                break;
            }
            let text = if index == 0 {
                word.text.strip_prefix('@').unwrap_or(&word.text)
            } else {
                &word.text
            };
            if !text.is_empty() {
                place.push(text);
            }
            taken = index + 1;
        }
        self.place = place.join(" ");
        taken
    }

    fn settle(&mut self, said: &Said) {
        if said.all_day {
            self.time = None;
        }
        if said.days && said.time && !said.all_day {
            self.minutes = i64::from(self.days) * 1440;
        }
        self.says_length = said.length;
        self.says_all_day = said.all_day || (said.days && !said.time);
        if let Some(rule) = &mut self.rule {
            if !said.day {
                self.day = first_day(&rule.pattern, self.day);
            }
            begin(&mut rule.pattern, self.day);
        }
    }

    /// When it is, on the clock of `zone`. A time that the clock skips is the one after; one
    /// that comes twice is the first.
    pub fn span(&self, zone: &Zone) -> Span {
        let Some(time) = self.time else {
            let last = self.day.saturating_add(self.days.max(1).days());
            let midnight = |day: Date| day.to_datetime(Time::midnight());
            let instant = |day: Date| {
                TimeZone::UTC
                    .to_timestamp(midnight(day))
                    // Only the last days of the last year have no instant.
                    .unwrap_or(Timestamp::MAX)
            };
            return Span {
                start: instant(self.day),
                end: instant(last),
                all_day: true,
                wall_start: midnight(self.day),
                wall_end: midnight(last),
                zone: zone.name().into(),
            };
        };
        let start = Resolved::compatible(zone.instant(self.day.to_datetime(time)));
        let end = start
            .checked_add(SignedDuration::from_mins(self.minutes))
            .unwrap_or(start);
        Span {
            start,
            end,
            all_day: false,
            wall_start: zone.wall(start),
            wall_end: zone.wall(end),
            zone: zone.name().into(),
        }
    }

    /// The event to make. Its transaction is the data side's to choose.
    pub fn create(&self, calendar: CalendarId, zone: &Zone) -> Create {
        let mut values = vec![
            Value::Subject(Untrusted::new(&self.subject)),
            Value::When(self.span(zone)),
        ];
        if !self.place.is_empty() {
            values.push(Value::Place(Untrusted::new(&self.place)));
        }
        if !self.categories.is_empty() {
            let names = self.categories.iter().map(Untrusted::new);
            values.push(Value::Categories(names.collect()));
        }
        if self.rule.is_some() {
            values.push(Value::Rule(self.rule.clone()));
        }
        Create {
            calendar,
            transaction: String::new(),
            values,
        }
    }

    /// `Mon 30 Nov 14:30–15:15 · Room 4 · every 2 weeks on Monday`.
    pub fn sentence(&self) -> String {
        let mut parts = Vec::new();
        let day = self.day.strftime("%a %-d %b %Y");
        parts.push(match self.time {
            Some(time) => {
                let minutes = i64::from(time.hour()) * 60 + i64::from(time.minute()) + self.minutes;
                let (later, minutes) = (minutes / 1440, minutes % 1440);
                let end = format!("{:02}:{:02}", minutes / 60, minutes % 60);
                let later = match later {
                    0 => String::new(),
                    later => format!(" (+{later} d)"),
                };
                format!("{day} {}–{end}{later}", time.strftime("%H:%M"))
            }
            None if self.days > 1 => format!("{day}, {} days", self.days),
            None => format!("{day}, all day"),
        });
        if !self.place.is_empty() {
            parts.push(self.place.clone());
        }
        if let Some(rule) = &self.rule {
            parts.push(rule.sentence());
        }
        for name in &self.categories {
            parts.push(format!("#{name}"));
        }
        parts.join(" · ")
    }
}

/// The first day from `from` on that a rule by weekdays may begin.
fn first_day(pattern: &Pattern, from: Date) -> Date {
    let Pattern::Weekly { days, .. } = pattern else {
        return from;
    };
    let week = (0..7).map(|away: i32| from.saturating_add(away.days()));
    let mut fitting = week.filter(|day| days.contains(day.weekday()));
    fitting.next().unwrap_or(from)
}

/// What the words of a rule left open is the first day's.
fn begin(pattern: &mut Pattern, first: Date) {
    match pattern {
        Pattern::Weekly { days, .. } if days.is_empty() => *days = days.with(first.weekday()),
        Pattern::AbsoluteMonthly { day, .. } if *day == 0 => *day = first.day().unsigned_abs(),
        Pattern::AbsoluteYearly { month, day, .. } if *day == 0 => {
            *month = first.month().unsigned_abs();
            *day = first.day().unsigned_abs();
        }
        _ => {}
    }
}

/// What was said already: a second day or time is subject again.
#[derive(Default)]
struct Said {
    day: bool,
    time: bool,
    length: bool,
    /// A length in days.
    days: bool,
    all_day: bool,
    rule: bool,
    end: bool,
}

impl Said {
    fn is_new(&self, found: &Phrase) -> bool {
        match found {
            Phrase::Day(_) => !self.day,
            Phrase::Time(..) => !self.time,
            Phrase::Minutes(_) | Phrase::Days(_) => !self.length,
            Phrase::AllDay => !self.all_day,
            Phrase::Rule(_) => !self.rule,
            Phrase::End(_) => self.rule && !self.end,
            Phrase::Category(_) => true,
        }
    }
}

/// One word of the line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    text: String,
    /// In quotes: never more than itself.
    is_quoted: bool,
}

/// Words at blanks; what stands in double quotes is one word.
fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    for (index, part) in text.split('"').enumerate() {
        let is_quoted = index % 2 == 1;
        if is_quoted {
            let text = part.trim().to_owned();
            words.extend((!text.is_empty()).then_some(Word { text, is_quoted }));
        } else {
            words.extend(part.split_whitespace().map(|word| Word {
                text: word.to_owned(),
                is_quoted,
            }));
        }
    }
    words
}

#[cfg(test)]
mod tests;
