//! Fields of an event as they are written (Graph: create and update event).
//!
//! Invariants: only fields that were changed are in the body; start and end go together, each
//! with its zone (a missing zone would be read as UTC); a rule goes with the time it begins at.

use super::AddressBody;
use crate::domain::edit::{People, Span, Value};
use crate::domain::event::{Attendee, Importance, Role, Sensitivity, ShowAs};
use crate::domain::recurrence::{Index, Pattern, Range, Recurrence, Weekdays};
use jiff::civil::{Date, DateTime, Weekday};
use serde::Serialize;

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct EventBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<WhenBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<WhenBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_all_day: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<LocationBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    show_as: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    importance: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sensitivity: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    categories: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_reminder_on: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reminder_minutes_before_start: Option<i32>,
    /// `Some(None)` takes the rule away.
    #[serde(skip_serializing_if = "Option::is_none")]
    recurrence: Option<Option<RecurrenceBody>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attendees: Option<Vec<AttendeeBody<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<NotesBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_online_meeting: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AttendeeBody<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    email_address: AddressBody<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NotesBody<'a> {
    content_type: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WhenBody<'a> {
    date_time: String,
    time_zone: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LocationBody<'a> {
    display_name: &'a str,
    /// Of a room that is invited: the room is then booked (Graph: location).
    #[serde(skip_serializing_if = "Option::is_none")]
    location_email_address: Option<&'a str>,
}

#[derive(Serialize)]
struct RecurrenceBody {
    pattern: PatternBody,
    range: RangeBody,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct PatternBody {
    #[serde(rename = "type")]
    kind: &'static str,
    interval: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    month: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    day_of_month: Option<u8>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    days_of_week: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_day_of_week: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<&'static str>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct RangeBody {
    #[serde(rename = "type")]
    kind: &'static str,
    start_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number_of_occurrences: Option<u32>,
}

/// The body of a POST (with its transaction) or a PATCH.
pub(crate) fn event_body(values: &[Value], transaction: Option<&str>) -> String {
    let mut body = EventBody {
        transaction_id: transaction,
        ..EventBody::default()
    };
    let span = values.iter().find_map(|value| match value {
        Value::When(span) => Some(span),
        _ => None,
    });
    let people = values.iter().find_map(|value| match value {
        Value::People(people) => Some(people),
        _ => None,
    });
    for value in values {
        match value {
            Value::Subject(subject) => body.subject = Some(subject.raw()),
            Value::When(span) => {
                body.start = Some(when(span.wall_start, span));
                body.end = Some(when(span.wall_end, span));
                body.is_all_day = Some(span.all_day);
            }
            Value::Place(place) => {
                body.location = Some(LocationBody {
                    display_name: place.raw(),
                    location_email_address: people.and_then(|people| room(people, place.raw())),
                });
            }
            Value::ShowAs(word) => body.show_as = Some(show_as(*word)),
            Value::Importance(word) => body.importance = Some(importance(*word)),
            Value::Sensitivity(word) => body.sensitivity = Some(sensitivity(*word)),
            Value::Categories(names) => {
                body.categories = Some(names.iter().map(|name| name.raw()).collect());
            }
            Value::Reminder(minutes) => {
                body.is_reminder_on = Some(minutes.is_some());
                body.reminder_minutes_before_start = *minutes;
            }
            Value::People(people) => {
                body.attendees = Some(people.all().iter().map(attendee).collect());
            }
            Value::Notes(notes) => {
                body.body = Some(NotesBody {
                    content_type: "text",
                    content: notes.raw(),
                });
            }
            Value::Online(is_online) => body.is_online_meeting = Some(*is_online),
            Value::Rule(None) => body.recurrence = Some(None),
            Value::Rule(Some(rule)) => {
                body.recurrence = span.map(|span| Some(recurrence(rule, span.wall_start.date())));
            }
        }
    }
    serde_json::to_string(&body).unwrap_or_default()
}

fn attendee(attendee: &Attendee) -> AttendeeBody<'_> {
    AttendeeBody {
        kind: match attendee.role {
            Role::Required => "required",
            Role::Optional => "optional",
            Role::Resource => "resource",
        },
        email_address: AddressBody::of(&attendee.person),
    }
}

/// The address of the invited room that the place names.
fn room<'a>(people: &'a People, place: &str) -> Option<&'a str> {
    let mut rooms = people
        .all()
        .iter()
        .filter(|attendee| attendee.role == Role::Resource);
    let room = rooms.find(|attendee| attendee.person.shown().raw() == place)?;
    Some(room.person.address.raw())
}

fn when(wall: DateTime, span: &Span) -> WhenBody<'_> {
    WhenBody {
        date_time: wall.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
        time_zone: span.zone.raw(),
    }
}

/// `unknown` cannot be written; it is only ever a base.
fn show_as(word: ShowAs) -> &'static str {
    match word {
        ShowAs::Free => "free",
        ShowAs::Tentative => "tentative",
        ShowAs::Busy | ShowAs::Unknown => "busy",
        ShowAs::OutOfOffice => "oof",
        ShowAs::WorkingElsewhere => "workingElsewhere",
    }
}

fn importance(word: Importance) -> &'static str {
    match word {
        Importance::Low => "low",
        Importance::Normal => "normal",
        Importance::High => "high",
    }
}

fn sensitivity(word: Sensitivity) -> &'static str {
    match word {
        Sensitivity::Normal => "normal",
        Sensitivity::Personal => "personal",
        Sensitivity::Private => "private",
        Sensitivity::Confidential => "confidential",
    }
}

fn recurrence(rule: &Recurrence, first: Date) -> RecurrenceBody {
    RecurrenceBody {
        pattern: pattern(&rule.pattern),
        range: range(rule.range, first),
    }
}

fn pattern(pattern: &Pattern) -> PatternBody {
    let interval = pattern.interval();
    let body = |kind| PatternBody {
        kind,
        interval,
        ..PatternBody::default()
    };
    match *pattern {
        Pattern::Daily { .. } => body("daily"),
        Pattern::Weekly {
            days, week_start, ..
        } => PatternBody {
            days_of_week: words(days),
            first_day_of_week: Some(word(week_start)),
            ..body("weekly")
        },
        Pattern::AbsoluteMonthly { day, .. } => PatternBody {
            day_of_month: Some(day),
            ..body("absoluteMonthly")
        },
        Pattern::RelativeMonthly { days, index, .. } => PatternBody {
            days_of_week: words(days),
            index: Some(index_word(index)),
            ..body("relativeMonthly")
        },
        Pattern::AbsoluteYearly { month, day, .. } => PatternBody {
            month: Some(month),
            day_of_month: Some(day),
            ..body("absoluteYearly")
        },
        Pattern::RelativeYearly {
            month, days, index, ..
        } => PatternBody {
            month: Some(month),
            days_of_week: words(days),
            index: Some(index_word(index)),
            ..body("relativeYearly")
        },
    }
}

fn range(range: Range, first: Date) -> RangeBody {
    let body = |kind| RangeBody {
        kind,
        start_date: first.to_string(),
        ..RangeBody::default()
    };
    match range {
        Range::NoEnd => body("noEnd"),
        Range::Until(last) => RangeBody {
            end_date: Some(last.to_string()),
            ..body("endDate")
        },
        Range::Count(count) => RangeBody {
            number_of_occurrences: Some(count),
            ..body("numbered")
        },
    }
}

fn words(days: Weekdays) -> Vec<&'static str> {
    days.iter().map(word).collect()
}

fn word(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "monday",
        Weekday::Tuesday => "tuesday",
        Weekday::Wednesday => "wednesday",
        Weekday::Thursday => "thursday",
        Weekday::Friday => "friday",
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
    }
}

fn index_word(index: Index) -> &'static str {
    match index {
        Index::First => "first",
        Index::Second => "second",
        Index::Third => "third",
        Index::Fourth => "fourth",
        Index::Last => "last",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn span() -> Span {
        let wall = date(2026, 11, 30).at(14, 30, 0, 0);
        Span {
            start: "2026-11-30T13:30:00Z".parse().unwrap(),
            end: "2026-11-30T14:15:00Z".parse().unwrap(),
            all_day: false,
            wall_start: wall,
            wall_end: date(2026, 11, 30).at(15, 15, 0, 0),
            zone: "Europe/Berlin".into(),
        }
    }

    #[test]
    fn only_what_changed_is_written() {
        let body = event_body(&[Value::Subject("a \"b\"".into())], None);
        assert_eq!(body, r#"{"subject":"a \"b\""}"#);
        assert_eq!(
            event_body(&[Value::Reminder(None)], None),
            r#"{"isReminderOn":false}"#
        );
    }

    #[test]
    fn a_time_has_its_zone_and_a_rule_its_first_day() {
        let rule = Recurrence {
            pattern: Pattern::Weekly {
                interval: 2,
                days: Weekdays::from_iter([Weekday::Monday]),
                week_start: Weekday::Monday,
            },
            range: Range::Count(5),
        };
        let body = event_body(&[Value::When(span()), Value::Rule(Some(rule))], Some("t-1"));
        assert_eq!(
            body,
            r#"{"start":{"dateTime":"2026-11-30T14:30:00","timeZone":"Europe/Berlin"},"end":{"dateTime":"2026-11-30T15:15:00","timeZone":"Europe/Berlin"},"isAllDay":false,"recurrence":{"pattern":{"type":"weekly","interval":2,"daysOfWeek":["monday"],"firstDayOfWeek":"monday"},"range":{"type":"numbered","startDate":"2026-11-30","numberOfOccurrences":5}},"transactionId":"t-1"}"#
        );
    }
}
