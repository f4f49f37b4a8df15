//! Fields and what they hold, for a person to compare. Not safe to show as it is: text in it is
//! as it came.

use super::{Field, Span, Value};
use crate::domain::event::{Importance, Sensitivity, ShowAs};
use crate::domain::text::Untrusted;
use crate::domain::zone::Zone;
use jiff::ToSpan;
use jiff::tz::TimeZone;

impl Field {
    /// As a person may type it: a name, or the beginning of one.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        let mut all = Self::ALL.into_iter();
        all.find(|field| !name.is_empty() && field.name().starts_with(&name))
    }
}

impl Value {
    /// `Tue 24 Nov 10:00–11:00`, `Room 4`, `busy`; times on the clock of `zone`.
    pub fn in_words(&self, zone: &Zone) -> Untrusted {
        let nothing = |text: &str| {
            if text.is_empty() {
                "nothing".into()
            } else {
                Untrusted::new(text)
            }
        };
        match self {
            Self::Subject(text) | Self::Place(text) => nothing(text.raw()),
            Self::When(span) => span.in_words(zone).into(),
            Self::ShowAs(word) => match word {
                ShowAs::Free => "free",
                ShowAs::Tentative => "tentative",
                ShowAs::Busy => "busy",
                ShowAs::OutOfOffice => "out of office",
                ShowAs::WorkingElsewhere => "working elsewhere",
                ShowAs::Unknown => "unknown",
            }
            .into(),
            Self::Importance(word) => match word {
                Importance::Low => "low",
                Importance::Normal => "normal",
                Importance::High => "high",
            }
            .into(),
            Self::Sensitivity(word) => match word {
                Sensitivity::Normal => "normal",
                Sensitivity::Personal => "personal",
                Sensitivity::Private => "private",
                Sensitivity::Confidential => "confidential",
            }
            .into(),
            Self::Categories(names) => {
                let names: Vec<&str> = names.iter().map(Untrusted::raw).collect();
                nothing(&names.join(", "))
            }
            Self::Reminder(None) => "off".into(),
            Self::Reminder(Some(minutes)) => format!("{minutes} min before").into(),
            Self::Rule(None) => "once".into(),
            Self::People(people) => people.in_words(),
            Self::Notes(notes) => nothing(notes.raw()),
            Self::Online(true) => "online".into(),
            Self::Online(false) => "not online".into(),
            Self::Rule(Some(rule)) => rule.sentence().into(),
        }
    }
}

impl Span {
    fn in_words(&self, zone: &Zone) -> String {
        if self.all_day {
            let day = |instant| TimeZone::UTC.to_datetime(instant).date();
            let (first, last) = (day(self.start), day(self.end).saturating_sub(1.day()));
            let first = first.strftime("%a %-d %b").to_string();
            return if day(self.start) >= last {
                format!("{first}, all day")
            } else {
                format!("{first} – {}", last.strftime("%a %-d %b"))
            };
        }
        let (start, end) = (zone.wall(self.start), zone.wall(self.end));
        let until = if start.date() == end.date() {
            end.strftime("%H:%M").to_string()
        } else {
            end.strftime("%a %-d %b %H:%M").to_string()
        };
        format!("{}–{until}", start.strftime("%a %-d %b %H:%M"))
    }
}
