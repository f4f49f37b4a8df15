//! The lines of the form: what each is called, how a value is written in it, and how it is read.
//!
//! Invariant: what is written into a line reads back as the same value; a line that nobody
//! touched is not read at all.

use crate::app::safe;
use crate::app::viewer::Viewer;
use crate::domain::edit::words::{IMPORTANCE, ONLINE, PRIVACY, SHOW_AS, name_of, named};
use crate::domain::edit::{Field, Span, Value, parts, people, person_text};
use crate::domain::event::Attendee;
use crate::domain::quick::Quick;
use crate::domain::recurrence::Recurrence;
use crate::domain::text::Untrusted;
use crate::ical::Rule;
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    What,
    When,
    Zone,
    Repeat,
    Calendar,
    Place,
    People,
    Online,
    ShowAs,
    Reminder,
    Categories,
    Importance,
    Privacy,
    Notes,
    /// Words to others.
    Message,
    /// Of a calendar.
    Name,
    Color,
}

impl Slot {
    /// Those of an event.
    pub const ALL: [Self; 14] = [
        Self::What,
        Self::When,
        Self::Zone,
        Self::Repeat,
        Self::Calendar,
        Self::Place,
        Self::People,
        Self::Online,
        Self::ShowAs,
        Self::Reminder,
        Self::Categories,
        Self::Importance,
        Self::Privacy,
        Self::Notes,
    ];

    /// The line that holds a field.
    pub fn of(field: Field) -> Self {
        match field {
            Field::Subject => Self::What,
            Field::When => Self::When,
            Field::Place => Self::Place,
            Field::ShowAs => Self::ShowAs,
            Field::Importance => Self::Importance,
            Field::Sensitivity => Self::Privacy,
            Field::Categories => Self::Categories,
            Field::Reminder => Self::Reminder,
            Field::Rule => Self::Repeat,
            Field::People => Self::People,
            Field::Notes => Self::Notes,
            Field::Online => Self::Online,
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::What => "what",
            Self::When => "when",
            Self::Zone => "zone",
            Self::Repeat => "repeat",
            Self::Calendar => "calendar",
            Self::Place => "where",
            Self::People => "who",
            Self::Online => "online",
            Self::ShowAs => "show as",
            Self::Reminder => "reminder",
            Self::Categories => "categories",
            Self::Importance => "importance",
            Self::Privacy => "privacy",
            Self::Notes => "notes",
            Self::Message => "message",
            Self::Name => "name",
            Self::Color => "colour",
        }
    }

    /// What may stand here, while nothing does.
    pub fn hint(self) -> &'static str {
        match self {
            Self::What => "a title",
            Self::When => {
                "tomorrow 14:30-15:15 · fri 9:00 for 45m · 26 nov all day · 26 nov for 3 days"
            }
            Self::Zone => "the zone of these hours; yours when empty",
            Self::Repeat => {
                "never · every 2 weeks on mon and thu until 17 dec · every month on the last friday · an RRULE"
            }
            Self::Calendar => "which calendar it goes into",
            Self::Place => "a place, or a room",
            Self::People => "names or addresses, with commas; (optional) and (room) after a name",
            Self::Online => "yes makes a link to join; once made it stays",
            Self::ShowAs => "free, tentative, busy, out of office, working elsewhere",
            Self::Reminder => "15 min, 1 h, 1 day or off; the mailbox's own when empty",
            Self::Categories => "names, with commas",
            Self::Importance => "low, normal, high",
            Self::Privacy => "normal, personal, private, confidential",
            Self::Notes => "",
            Self::Message => "words to them; may be empty",
            Self::Name => "the name of the calendar",
            Self::Color => "auto, lightBlue, lightGreen, lightOrange and others",
        }
    }
}

/// `26 Nov 2026 14:30-15:15`, as [`Quick::when`] reads it.
pub fn when_text(span: &Span) -> String {
    if span.all_day {
        let day = |instant| TimeZone::UTC.to_datetime(instant).date();
        let (first, end) = (day(span.start), day(span.end));
        let first_text = first.strftime("%-d %b %Y");
        return match (end - first).get_days() {
            ..=1 => format!("{first_text} all day"),
            days => format!("{first_text} for {days} days"),
        };
    }
    let (start, end) = (span.wall_start, span.wall_end);
    let first = start.date().strftime("%-d %b %Y");
    let minutes = span.end.duration_since(span.start).as_mins();
    // To an earlier hour means the next day; longer than that says how long.
    let walls = end.duration_since(start).as_mins();
    if (1..1440).contains(&walls) && walls == minutes {
        return format!(
            "{first} {}-{}",
            start.strftime("%H:%M"),
            end.strftime("%H:%M")
        );
    }
    format!(
        "{first} {} for {} min",
        start.strftime("%H:%M"),
        minutes.max(1)
    )
}

/// What a line shows of a value. `When` and `Rule` are written by who knows the zone.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::Subject(text) | Value::Place(text) => safe::line(text),
        Value::When(span) => when_text(span),
        Value::ShowAs(word) => name_of(&SHOW_AS, word).to_owned(),
        Value::Importance(word) => name_of(&IMPORTANCE, word).to_owned(),
        Value::Sensitivity(word) => name_of(&PRIVACY, word).to_owned(),
        Value::Categories(names) => {
            let names: Vec<String> = names.iter().map(safe::line).collect();
            names.join(", ")
        }
        Value::Reminder(None) => "off".into(),
        Value::Reminder(Some(minutes)) => reminder_text(*minutes),
        Value::Rule(rule) => rule.as_ref().map_or("never".into(), |rule| rule.sentence()),
        Value::People(people) => {
            let all: Vec<String> = people.all().iter().map(person_text).collect();
            all.join(", ")
        }
        Value::Notes(notes) => notes.raw().to_owned(),
        Value::Online(is_online) => name_of(&ONLINE, is_online).to_owned(),
    }
}

fn reminder_text(minutes: i32) -> String {
    match minutes {
        0 => "0 min".into(),
        minutes if minutes % 1440 == 0 => format!("{} day", minutes / 1440),
        minutes if minutes % 60 == 0 => format!("{} h", minutes / 60),
        minutes => format!("{minutes} min"),
    }
}

/// "15", "15 min before", "1h", "2 days", "off".
pub fn reminder(text: &str) -> Option<Option<i32>> {
    let text = text.trim().to_lowercase().replace("before", "");
    let text = text.trim();
    if matches!(text, "off" | "none" | "no") {
        return Some(None);
    }
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let number: i32 = digits.parse().ok()?;
    let unit = match text.get(digits.len()..)?.trim() {
        "" | "m" | "min" | "mins" | "minute" | "minutes" => 1,
        "h" | "hour" | "hours" => 60,
        "d" | "day" | "days" => 1440,
        "w" | "week" | "weeks" => 10_080,
        _ => return None,
    };
    // Outlook's own longest is four weeks.
    let minutes = number.checked_mul(unit)?;
    (0..=40_320).contains(&minutes).then_some(Some(minutes))
}

/// What reading a line needs to know.
pub struct Context<'a> {
    pub today: Date,
    /// Where the cursor is: a time without a day is on it.
    pub day: Date,
    pub viewer: &'a Viewer,
    pub zones: &'a TimeZoneDatabase,
    pub known: &'a [Attendee],
}

/// The clock that the zone line names.
///
/// # Errors
/// In words for the person.
pub fn zone(text: &str, context: &Context<'_>) -> Result<Viewer, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(context.viewer.clone());
    }
    Viewer::find(context.zones, &text.replace(' ', "_"))
        .ok_or_else(|| format!("no time zone is called “{}”", safe::words(text)))
}

/// A line on its own; the zone, the rule and the calendar need more than that.
///
/// # Errors
/// In words for the person.
pub fn read(slot: Slot, text: &str, context: &Context<'_>) -> Result<Value, String> {
    let one_of = || format!("say one of: {}", slot.hint());
    match slot {
        Slot::What => Ok(Value::Subject(Untrusted::new(text.trim()))),
        Slot::Place => Ok(Value::Place(Untrusted::new(text.trim()))),
        Slot::ShowAs => named(&SHOW_AS, text).map(Value::ShowAs).ok_or_else(one_of),
        Slot::Importance => named(&IMPORTANCE, text)
            .map(Value::Importance)
            .ok_or_else(one_of),
        Slot::Privacy => named(&PRIVACY, text)
            .map(Value::Sensitivity)
            .ok_or_else(one_of),
        Slot::Online => named(&ONLINE, text)
            .map(Value::Online)
            .ok_or_else(|| "say yes or no".into()),
        Slot::Reminder => reminder(text)
            .map(Value::Reminder)
            .ok_or_else(|| "say 15 min, 1 h, 1 day or off".into()),
        Slot::Categories => {
            let names = parts(text).into_iter().filter(|name| !name.is_empty());
            Ok(Value::Categories(names.map(Untrusted::new).collect()))
        }
        Slot::People => people(text, context.known).map(Value::People),
        Slot::When => Quick::when(text, context.today, context.day)
            .map(|quick| Value::When(quick.span(&context.viewer.as_zone())))
            .map_err(|missing| missing.to_string()),
        Slot::Repeat => match rrule(text, context) {
            Some(rule) => rule.map(|rule| Value::Rule(Some(rule))),
            None => Quick::rule(text, context.today, context.day)
                .map(Value::Rule)
                .map_err(|missing| missing.to_string()),
        },
        Slot::Notes | Slot::Zone | Slot::Calendar | Slot::Message | Slot::Name | Slot::Color => {
            Err("this line is read with others".into())
        }
    }
}

/// A rule as RFC 5545 writes it, as other programs show and copy it.
fn rrule(text: &str, context: &Context<'_>) -> Option<Result<Recurrence, String>> {
    let text = text.trim().to_ascii_uppercase();
    let is_rule = text.starts_with("RRULE:") || text.starts_with("FREQ=");
    is_rule.then(|| {
        let rule = Rule::read(text.trim_start_matches("RRULE:"))?;
        rule.recurrence(context.day, &context.viewer.as_zone())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn viewer() -> Viewer {
        let zone = TimeZoneDatabase::bundled().get("Europe/Berlin").unwrap();
        Viewer::new("Europe/Berlin", zone)
    }

    fn reread(slot: Slot, value: &Value) -> Result<Value, String> {
        let zones = TimeZoneDatabase::bundled();
        let viewer = viewer();
        let context = Context {
            today: date(2026, 11, 26),
            day: date(2026, 11, 26),
            viewer: &viewer,
            zones: &zones,
            known: &[],
        };
        read(slot, &text_of(value), &context)
    }

    proptest! {
        #[test]
        fn a_time_reads_back(minute in 0_i64..60 * 24 * 400, length in 1_i64..4000) {
            let start = Timestamp::from_second(1_780_000_020 / 60 * 60 + minute * 60).unwrap();
            let end = Timestamp::from_second(start.as_second() + length * 60).unwrap();
            // Of the hour that comes twice in autumn the clock's second one cannot be said in words.
            let zone = viewer().as_zone();
            let wall = zone.wall(start);
            prop_assume!(zone.instant(wall).compatible() == start);
            let value = Value::When(Span::on_clock(start, end, false, &zone));
            prop_assert_eq!(reread(Slot::When, &value), Ok(value));
        }

        #[test]
        fn whole_days_read_back(day in 0_i64..400, days in 1_i64..60) {
            let start = Timestamp::from_second((20_000 + day) * 86_400).unwrap();
            let end = Timestamp::from_second(start.as_second() + days * 86_400).unwrap();
            let value = Value::When(Span::on_clock(start, end, true, &viewer().as_zone()));
            prop_assert_eq!(reread(Slot::When, &value), Ok(value));
        }

        #[test]
        fn a_reminder_reads_back(minutes in proptest::option::of(0_i32..40_320)) {
            let value = Value::Reminder(minutes);
            prop_assert_eq!(reread(Slot::Reminder, &value), Ok(value));
        }

        #[test]
        fn a_rule_of_other_programs_reads_as_its_sentence(
            interval in 1_u16..60, kind in 0..4, day in 1_u8..=31, month in 1_u8..=12, index in 0..5_usize, end in 0..3_usize,
        ) {
            use crate::domain::recurrence::{Index, Pattern, Range, Weekdays};
            let index = [Index::First, Index::Second, Index::Third, Index::Fourth, Index::Last][index];
            let days: Weekdays = [jiff::civil::Weekday::Tuesday].into_iter().collect();
            let pattern = match kind {
                0 => Pattern::Daily { interval },
                1 => Pattern::Weekly { interval, days, week_start: jiff::civil::Weekday::Sunday },
                2 => Pattern::AbsoluteMonthly { interval, day },
                _ => Pattern::RelativeYearly { interval: 1, month, days, index },
            };
            let range = [Range::NoEnd, Range::Count(7), Range::Until(date(2027, 3, 4))][end];
            let rule = Recurrence { pattern, range };
            let zone = viewer().as_zone();
            for text in [rule.to_rrule(), rule.to_rrule_in(&zone, jiff::civil::time(23, 30, 0, 0))] {
                let zones = TimeZoneDatabase::bundled();
                let viewer = viewer();
                let context = Context { today: date(2026, 11, 26), day: date(2026, 11, 26), viewer: &viewer, zones: &zones, known: &[] };
                for text in [format!("RRULE:{text}"), text.to_lowercase()] {
                    prop_assert_eq!(read(Slot::Repeat, &text, &context), Ok(Value::Rule(Some(rule.clone()))), "{}", text);
                }
            }
        }

        #[test]
        fn no_line_is_too_strange(text in ".{0,60}") {
            let zones = TimeZoneDatabase::bundled();
            let viewer = viewer();
            let context = Context { today: date(2026, 11, 26), day: date(2026, 11, 26), viewer: &viewer, zones: &zones, known: &[] };
            for slot in Slot::ALL {
                let _ = read(slot, &text, &context);
            }
        }
    }
}
