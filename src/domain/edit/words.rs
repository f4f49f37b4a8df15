//! Fields and what they hold, for a person to compare. Not safe to show as it is: text in it is
//! as it came.

use super::{Field, Span, Value};
use crate::domain::event::{Importance, Sensitivity, ShowAs};
use crate::domain::text::Untrusted;
use crate::domain::zone::Zone;
use jiff::ToSpan;
use jiff::tz::TimeZone;

/// What can be chosen, as a person says it.
pub const SHOW_AS: [(&str, ShowAs); 5] = [
    ("busy", ShowAs::Busy),
    ("free", ShowAs::Free),
    ("tentative", ShowAs::Tentative),
    ("out of office", ShowAs::OutOfOffice),
    ("working elsewhere", ShowAs::WorkingElsewhere),
];
pub const IMPORTANCE: [(&str, Importance); 3] = [
    ("normal", Importance::Normal),
    ("high", Importance::High),
    ("low", Importance::Low),
];
pub const PRIVACY: [(&str, Sensitivity); 4] = [
    ("normal", Sensitivity::Normal),
    ("personal", Sensitivity::Personal),
    ("private", Sensitivity::Private),
    ("confidential", Sensitivity::Confidential),
];
pub const ONLINE: [(&str, bool); 2] = [("no", false), ("yes", true)];

/// The value that `text` names or begins.
pub fn named<T: Copy>(table: &[(&str, T)], text: &str) -> Option<T> {
    let text = text.trim().to_lowercase();
    let begins = |(name, _): &&(&str, T)| !text.is_empty() && name.starts_with(&text);
    table.iter().find(begins).map(|(_, value)| *value)
}

/// What a value is called.
pub fn name_of<T: PartialEq>(table: &[(&'static str, T)], value: &T) -> &'static str {
    let found = table.iter().find(|(_, known)| known == value);
    found.map_or("", |(name, _)| name)
}

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
            Self::ShowAs(word) => name_of(&SHOW_AS, word).into(),
            Self::Importance(word) => name_of(&IMPORTANCE, word).into(),
            Self::Sensitivity(word) => name_of(&PRIVACY, word).into(),
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
