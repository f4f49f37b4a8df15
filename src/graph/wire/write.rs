//! Bodies that we send. Names as in the service's metadata (Graph: event actions;
//! their case is not significant to the service).

mod event;

pub(crate) use event::event_body;

use crate::domain::event::{Person, Role, Slot};
use base64::Engine;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

#[derive(Serialize)]
struct AnswerBody<'a> {
    #[serde(rename = "Comment", skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
    #[serde(rename = "SendResponse")]
    send_response: bool,
    #[serde(rename = "ProposedNewTime", skip_serializing_if = "Option::is_none")]
    proposed: Option<SlotBody>,
}

#[derive(Serialize)]
struct SlotBody {
    start: WhenBody,
    end: WhenBody,
}

/// Graph: dateTimeTimeZone, always in UTC.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WhenBody {
    date_time: String,
    time_zone: &'static str,
}

impl WhenBody {
    fn of(instant: Timestamp) -> Self {
        let wall = instant.to_zoned(TimeZone::UTC).datetime();
        Self {
            date_time: wall.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
            time_zone: "UTC",
        }
    }
}

/// The body of accept, tentativelyAccept and decline. Without telling the organizer
/// a comment and another time are refused by the service, so they are left out.
pub(crate) fn answer_body(
    comment: Option<&str>,
    tell_organizer: bool,
    proposed: Option<Slot>,
) -> String {
    let body = AnswerBody {
        comment: comment.filter(|comment| tell_organizer && !comment.trim().is_empty()),
        send_response: tell_organizer,
        proposed: proposed.filter(|_| tell_organizer).map(|slot| SlotBody {
            start: WhenBody::of(slot.start),
            end: WhenBody::of(slot.end),
        }),
    };
    serde_json::to_string(&body).unwrap_or_default()
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ScheduleBody<'a> {
    schedules: &'a [String],
    start_time: WhenBody,
    end_time: WhenBody,
    availability_view_interval: u16,
}

/// The body of getSchedule. The view is not read: items say more.
pub(crate) fn schedule_body(addresses: &[String], from: Timestamp, to: Timestamp) -> String {
    let body = ScheduleBody {
        schedules: addresses,
        start_time: WhenBody::of(from),
        end_time: WhenBody::of(to),
        availability_view_interval: 60,
    };
    serde_json::to_string(&body).unwrap_or_default()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MeetingTimesBody<'a> {
    attendees: Vec<GuestBody<'a>>,
    time_constraint: ConstraintBody,
    meeting_duration: String,
    max_candidates: u8,
    minimum_attendee_percentage: u8,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GuestBody<'a> {
    r#type: &'static str,
    email_address: AddressOnly<'a>,
}

#[derive(Serialize)]
struct AddressOnly<'a> {
    address: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConstraintBody {
    activity_domain: &'static str,
    time_slots: [WhenSlotBody; 1],
}

#[derive(Serialize)]
struct WhenSlotBody {
    start: WhenBody,
    end: WhenBody,
}

/// The body of findMeetingTimes: so many minutes, wholly inside a stretch of time.
pub(crate) fn meeting_times_body(
    people: &[(String, Role)],
    minutes: u32,
    (from, to): (Timestamp, Timestamp),
) -> String {
    let body = MeetingTimesBody {
        attendees: people
            .iter()
            .map(|(address, role)| GuestBody {
                r#type: match role {
                    Role::Required => "required",
                    Role::Optional => "optional",
                    Role::Resource => "resource",
                },
                email_address: AddressOnly { address },
            })
            .collect(),
        time_constraint: ConstraintBody {
            activity_domain: "work",
            time_slots: [WhenSlotBody {
                start: WhenBody::of(from),
                end: WhenBody::of(to),
            }],
        },
        meeting_duration: format!("PT{minutes}M"),
        max_candidates: 20,
        // What does not fit everybody is told too, with its chance.
        minimum_attendee_percentage: 0,
    };
    serde_json::to_string(&body).unwrap_or_default()
}

#[derive(Serialize)]
struct CancelBody<'a> {
    #[serde(rename = "Comment")]
    comment: &'a str,
}

/// The body of cancel.
pub(crate) fn cancel_body(message: &str) -> String {
    serde_json::to_string(&CancelBody { comment: message }).unwrap_or_default()
}

#[derive(Serialize)]
struct ForwardBody<'a> {
    #[serde(rename = "ToRecipients")]
    to: Vec<RecipientBody<'a>>,
    #[serde(rename = "Comment")]
    comment: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RecipientBody<'a> {
    email_address: AddressBody<'a>,
}

#[derive(Serialize)]
struct AddressBody<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    address: &'a str,
}

impl<'a> AddressBody<'a> {
    fn of(person: &'a Person) -> Self {
        Self {
            name: person.name.raw(),
            address: person.address.raw(),
        }
    }
}

/// The body of forward.
pub(crate) fn forward_body(to: &[Person], comment: &str) -> String {
    let to = to.iter().map(|person| RecipientBody {
        email_address: AddressBody::of(person),
    });
    let body = ForwardBody {
        to: to.collect(),
        comment,
    };
    serde_json::to_string(&body).unwrap_or_default()
}

#[derive(Serialize)]
struct CalendarBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    color: Option<&'a str>,
}

/// The body of a new or changed calendar.
pub(crate) fn calendar_body(name: Option<&str>, color: Option<&str>) -> String {
    serde_json::to_string(&CalendarBody { name, color }).unwrap_or_default()
}

#[derive(Serialize)]
struct CategoryBody<'a> {
    #[serde(rename = "displayName", skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    color: String,
}

/// The body of a new category, or of one whose colour changes.
pub(crate) fn category_body(name: Option<&str>, preset: Option<u8>) -> String {
    let color = preset.map_or_else(|| "none".into(), |number| format!("preset{number}"));
    serde_json::to_string(&CategoryBody { name, color }).unwrap_or_default()
}

#[derive(Serialize)]
struct FileBody<'a> {
    #[serde(rename = "@odata.type")]
    kind: &'static str,
    name: &'a str,
    #[serde(rename = "contentBytes")]
    content: String,
}

/// The body of a file that is attached in one piece.
pub(crate) fn file_body(name: &str, content: &[u8]) -> String {
    let body = FileBody {
        kind: "#microsoft.graph.fileAttachment",
        name,
        content: base64::engine::general_purpose::STANDARD.encode(content),
    };
    serde_json::to_string(&body).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_travels_only_when_the_organizer_is_told() {
        assert_eq!(
            answer_body(Some("late \"by\" 5"), true, None),
            r#"{"Comment":"late \"by\" 5","SendResponse":true}"#
        );
        assert_eq!(
            answer_body(Some("x"), false, None),
            r#"{"SendResponse":false}"#
        );
        assert_eq!(
            answer_body(Some("  "), true, None),
            r#"{"SendResponse":true}"#
        );
        assert_eq!(answer_body(None, true, None), r#"{"SendResponse":true}"#);
        let slot = Slot {
            start: "2026-11-26T14:30:00Z".parse().unwrap(),
            end: "2026-11-26T15:00:00Z".parse().unwrap(),
        };
        assert_eq!(
            answer_body(None, true, Some(slot)),
            r#"{"SendResponse":true,"ProposedNewTime":{"start":{"dateTime":"2026-11-26T14:30:00","timeZone":"UTC"},"end":{"dateTime":"2026-11-26T15:00:00","timeZone":"UTC"}}}"#
        );
        assert_eq!(
            answer_body(None, false, Some(slot)),
            r#"{"SendResponse":false}"#
        );
    }
}
