//! One HTTP request for Graph, and how an ask becomes one.
//!
//! Everything here is text: no connection, no token. Invariant: an id is
//! percent-encoded into its path segment or refused, so that no id a server ever
//! sent can change which resource is meant.

use super::failure::failure;
use super::link::followed;
use super::wire::write::{
    answer_body, calendar_body, cancel_body, category_body, event_body, file_body, forward_body,
    meeting_times_body, schedule_body,
};
use crate::domain::answer::Reply;
use crate::domain::errand::Errand;
use crate::domain::ids::{CalendarId, EventId};
use crate::domain::remote::{Ask, Failure, FailureKind};
use http::Method;
use jiff::Timestamp;
use url::Url;

/// Sent with every request, page and batch item: ids must stay in one form, times
/// in one zone (Graph: Prefer is not carried in page links).
const PREFER: &str =
    r#"IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="text""#;
const PREFER_DELTA: &str = r#"IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="text", odata.maxpagesize=150"#;

/// Every field of the domain's event. `isOnlineMeeting` must be asked for, or
/// `onlineMeeting` comes back empty (Graph: list calendarView).
const EVENT_FIELDS: &str = "id,type,seriesMasterId,subject,bodyPreview,start,end,isAllDay,\
showAs,isCancelled,isOrganizer,organizer,attendees,responseStatus,responseRequested,\
allowNewTimeProposals,location,isOnlineMeeting,onlineMeeting,onlineMeetingUrl,webLink,\
importance,sensitivity,categories,hasAttachments,isReminderOn,reminderMinutesBeforeStart,\
originalStartTimeZone,originalEndTimeZone,recurrence,iCalUId";

/// When an invitation came can be asked of a single event only (Graph: list calendarView); rounds
/// bring it unasked.
const CREATED: &str = ",createdDateTime";

/// What a request is for, as far as failures are judged by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Read,
    /// The first page of a round.
    DeltaStart,
    /// A page link of a round.
    DeltaLink,
    Write,
    /// When others are free: personal accounts are never told, whatever their token.
    OfOthers,
    /// Several reads in one.
    Batch,
}

#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) body: Option<String>,
    /// Only if the event still is in this version.
    pub(crate) if_match: Option<String>,
    pub(crate) purpose: Purpose,
    /// As the server's limits count it.
    pub(crate) items: u32,
}

impl Request {
    pub(crate) fn get(url: Url) -> Self {
        Self {
            method: Method::GET,
            url,
            body: None,
            if_match: None,
            purpose: Purpose::Read,
            items: 1,
        }
    }

    /// The same kind of request for a later page.
    pub(crate) fn page(&self, url: Url) -> Self {
        Self {
            url,
            ..self.clone()
        }
    }

    pub(crate) fn prefer(&self) -> &'static str {
        match self.purpose {
            Purpose::DeltaStart | Purpose::DeltaLink => PREFER_DELTA,
            _ => PREFER,
        }
    }

    pub(crate) fn is_write(&self) -> bool {
        self.purpose == Purpose::Write
    }

    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or("the server")
    }
}

/// The single request behind `ask`; for `View` that of the first page, for
/// `Mailbox` that of the signed-in person.
pub(crate) fn request(base: &Url, ask: &Ask) -> Result<Request, Failure> {
    match ask {
        Ask::Mailbox { .. } => Ok(mailbox(base)?.me),
        Ask::View { calendar, from, to } => {
            let path = format!("{}/calendarView", calendar_path(calendar)?);
            let range = range(*from, *to);
            get(
                base,
                &format!("{path}?{range}&$top=250&$orderby=start/dateTime&$select={EVENT_FIELDS}"),
            )
        }
        Ask::RoundStart { calendar, from, to } => {
            let path = format!("{}/calendarView/delta", calendar_path(calendar)?);
            Ok(Request {
                purpose: Purpose::DeltaStart,
                ..get(base, &format!("{path}?{}", range(*from, *to)))?
            })
        }
        Ask::RoundNext { link, .. } => Ok(Request {
            purpose: Purpose::DeltaLink,
            ..Request::get(followed(base, link)?)
        }),
        Ask::Event { calendar, event } => {
            let path = event_path(calendar, event)?;
            get(base, &format!("{path}?$select={EVENT_FIELDS}{CREATED}"))
        }
        Ask::EventWithNotes { calendar, event } => {
            let path = event_path(calendar, event)?;
            get(
                base,
                &format!("{path}?$select={EVENT_FIELDS}{CREATED},body"),
            )
        }
        Ask::Body { calendar, event } => {
            let path = event_path(calendar, event)?;
            get(base, &format!("{path}?$select=body"))
        }
        Ask::Respond {
            calendar,
            event,
            reply,
            comment,
            tell_organizer,
            proposed,
        } => {
            let action = match reply {
                Reply::Accept => "accept",
                Reply::Tentative => "tentativelyAccept",
                Reply::Decline => "decline",
            };
            let path = format!("{}/{action}", action_path(calendar, event)?);
            let proposed = proposed.filter(|_| *reply != Reply::Accept);
            let body = answer_body(comment.as_deref(), *tell_organizer, proposed);
            write(base, Method::POST, &path, Some(body))
        }
        Ask::Create {
            calendar,
            transaction,
            values,
        } => {
            let path = format!("{}/events", calendar_path(calendar)?);
            let body = event_body(values, Some(transaction));
            write(base, Method::POST, &path, Some(body))
        }
        Ask::Change {
            calendar,
            event,
            etag,
            values,
        } => {
            let path = event_path(calendar, event)?;
            Ok(Request {
                if_match: Some(etag.clone()).filter(|etag| !etag.is_empty()),
                ..write(base, Method::PATCH, &path, Some(event_body(values, None)))?
            })
        }
        Ask::Delete { calendar, event } => {
            let path = event_path(calendar, event)?;
            write(base, Method::DELETE, &path, None)
        }
        Ask::Forward {
            calendar,
            event,
            to,
            message,
        } => {
            let path = format!("{}/forward", action_path(calendar, event)?);
            write(base, Method::POST, &path, Some(forward_body(to, message)))
        }
        Ask::Errand(errand) => errand_request(base, errand),
        Ask::Cancel {
            calendar,
            event,
            message,
        } => {
            let path = format!("{}/cancel", action_path(calendar, event)?);
            write(base, Method::POST, &path, Some(cancel_body(message)))
        }
    }
}

const CATEGORIES: &str = "/me/outlook/masterCategories";

fn errand_request(base: &Url, errand: &Errand) -> Result<Request, Failure> {
    // Its name and colour are its owner's, for everybody; so is whether there is one.
    let own_path = |calendar: &CalendarId| match calendar.mailbox() {
        None => calendar_path(calendar),
        Some(_) => Err(failure(
            FailureKind::Refused,
            0,
            "a calendar that is followed can only be changed by its owner",
        )),
    };
    let files = |calendar: &CalendarId, event: &EventId| -> Result<String, Failure> {
        let path = event_path(calendar, event)?;
        Ok(format!("{path}/attachments"))
    };
    match errand {
        Errand::MakeCalendar { name, color } => {
            let body = calendar_body(Some(name), Some(color));
            write(base, Method::POST, "/me/calendars", Some(body))
        }
        Errand::EditCalendar {
            calendar,
            name,
            color,
        } => {
            let body = calendar_body(name.as_deref(), color.as_deref());
            write(base, Method::PATCH, &own_path(calendar)?, Some(body))
        }
        Errand::RemoveCalendar { calendar } => {
            write(base, Method::DELETE, &own_path(calendar)?, None)
        }
        Errand::MakeCategory { name, preset } => {
            let body = category_body(Some(name), *preset);
            write(base, Method::POST, CATEGORIES, Some(body))
        }
        Errand::ColorCategory { id, preset } => {
            let path = format!("{CATEGORIES}/{}", segment(id)?);
            write(
                base,
                Method::PATCH,
                &path,
                Some(category_body(None, *preset)),
            )
        }
        Errand::RemoveCategory { id } => {
            let path = format!("{CATEGORIES}/{}", segment(id)?);
            write(base, Method::DELETE, &path, None)
        }
        Errand::People => get(
            base,
            "/me/people?$top=200&$select=displayName,scoredEmailAddresses,personType",
        ),
        Errand::Schedules {
            addresses,
            from,
            to,
        } => {
            let body = schedule_body(addresses, *from, *to);
            question(base, "/me/calendar/getSchedule", body)
        }
        Errand::MeetingTimes {
            people,
            minutes,
            from,
            to,
        } => {
            let body = meeting_times_body(people, *minutes, (*from, *to));
            question(base, "/me/findMeetingTimes", body)
        }
        // Without a selection every file would come whole.
        Errand::Files { calendar, event } => {
            let path = files(calendar, event)?;
            get(base, &format!("{path}?$select=id,name,size,isInline"))
        }
        Errand::Fetch {
            calendar,
            event,
            file,
        } => get(
            base,
            &format!("{}/{}", files(calendar, event)?, segment(file)?),
        ),
        Errand::Attach {
            calendar,
            event,
            name,
            content,
        } => {
            let body = file_body(name, content);
            write(base, Method::POST, &files(calendar, event)?, Some(body))
        }
    }
}

/// About others; reads, though it is put like a change.
fn question(base: &Url, path: &str, body: String) -> Result<Request, Failure> {
    Ok(Request {
        purpose: Purpose::OfOthers,
        ..write(base, Method::POST, path, Some(body))?
    })
}

/// The four lists that describe a mailbox.
pub(crate) struct MailboxRequests {
    pub(crate) me: Request,
    pub(crate) calendars: Request,
    pub(crate) settings: Request,
    pub(crate) categories: Request,
}

pub(crate) fn mailbox(base: &Url) -> Result<MailboxRequests, Failure> {
    Ok(MailboxRequests {
        me: get(base, "/me?$select=id,displayName,mail,userPrincipalName")?,
        calendars: get(base, "/me/calendars?$top=100")?,
        settings: get(base, "/me/mailboxSettings")?,
        categories: get(base, CATEGORIES)?,
    })
}

pub(crate) fn get(base: &Url, path: &str) -> Result<Request, Failure> {
    let text = format!("{}{path}", base.as_str().trim_end_matches('/'));
    Url::parse(&text)
        .map(Request::get)
        .map_err(|_| failure(FailureKind::Refused, 0, "the request has no valid address"))
}

fn write(base: &Url, method: Method, path: &str, body: Option<String>) -> Result<Request, Failure> {
    Ok(Request {
        method,
        body,
        purpose: Purpose::Write,
        ..get(base, path)?
    })
}

/// The main calendar of somebody else (Graph: get calendar).
pub(crate) fn followed_calendar(base: &Url, address: &str) -> Result<Request, Failure> {
    get(base, &format!("/users/{}/calendar", segment(address)?))
}

/// Whose mailbox it is: ids of one mean nothing in another.
fn mailbox_path(calendar: &CalendarId) -> Result<String, Failure> {
    match calendar.mailbox() {
        None => Ok("/me".into()),
        Some(address) => Ok(format!("/users/{}", segment(address)?)),
    }
}

fn calendar_path(calendar: &CalendarId) -> Result<String, Failure> {
    let id = segment(calendar.graph_id())?;
    Ok(format!("{}/calendars/{id}", mailbox_path(calendar)?))
}

fn event_path(calendar: &CalendarId, event: &EventId) -> Result<String, Failure> {
    let id = segment(event.as_str())?;
    Ok(format!("{}/events/{id}", calendar_path(calendar)?))
}

/// Answers, cancellations and forwardings do not name the calendar.
fn action_path(calendar: &CalendarId, event: &EventId) -> Result<String, Failure> {
    let id = segment(event.as_str())?;
    Ok(format!("{}/events/{id}", mailbox_path(calendar)?))
}

fn range(from: Timestamp, to: Timestamp) -> String {
    format!("startDateTime={from}&endDateTime={to}")
}

/// An id as one path segment. Graph's ids are base64url with `=`; anything else is
/// encoded byte by byte, and what URLs treat as "here" or "up" is refused.
fn segment(id: &str) -> Result<String, Failure> {
    if id.is_empty() || id.chars().all(|letter| letter == '.') {
        return Err(failure(
            FailureKind::Refused,
            0,
            "an id in the request is empty or not an id",
        ));
    }
    let mut encoded = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.=".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    Ok(encoded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::remote::Link;

    fn base() -> Url {
        "https://graph.microsoft.com/v1.0".parse().unwrap()
    }

    fn calendar() -> CalendarId {
        CalendarId::new("AAk-1_a=")
    }

    #[test]
    fn a_round_starts_with_nothing_but_its_range() {
        let ask = Ask::RoundStart {
            calendar: calendar(),
            from: "2026-09-30T00:00:00Z".parse().unwrap(),
            to: "2027-01-02T00:00:00Z".parse().unwrap(),
        };
        let request = request(&base(), &ask).unwrap();
        assert_eq!(
            request.url.as_str(),
            "https://graph.microsoft.com/v1.0/me/calendars/AAk-1_a=/calendarView/delta\
             ?startDateTime=2026-09-30T00:00:00Z&endDateTime=2027-01-02T00:00:00Z"
        );
        assert!(request.prefer().contains("odata.maxpagesize=150"));
    }

    #[test]
    fn a_link_is_followed_verbatim() {
        let text = "https://graph.microsoft.com/v1.0/me/calendarView/delta?$skiptoken=R0usm_-%2B";
        let ask = Ask::RoundNext {
            calendar: calendar(),
            link: Link::new(text),
        };
        assert_eq!(request(&base(), &ask).unwrap().url.as_str(), text);
    }

    #[test]
    fn a_followed_calendar_is_asked_for_in_its_owners_mailbox() {
        let path = |ask: &Ask| request(&base(), ask).map(|request| request.url.path().to_owned());
        let of = |address: &str| CalendarId::of_mailbox(address, "AAk-1_a=");
        let delete = |calendar| Ask::Delete {
            calendar,
            event: EventId::new("E1"),
        };
        // No address can leave its place either.
        assert_eq!(
            path(&delete(of("o'a+n@contoso.com/../me"))).unwrap(),
            "/v1.0/users/o%27a%2Bn%40contoso.com%2F..%2Fme/calendars/AAk-1_a=/events/E1"
        );
        assert_eq!(
            path(&delete(of(".."))).unwrap_err().kind,
            FailureKind::Refused
        );
        let cancel = Ask::Cancel {
            calendar: of("anna@contoso.com"),
            event: EventId::new("E1"),
            message: String::new(),
        };
        assert_eq!(
            path(&cancel).unwrap(),
            "/v1.0/users/anna%40contoso.com/events/E1/cancel"
        );
        let remove = Ask::Errand(Errand::RemoveCalendar {
            calendar: of("anna@contoso.com"),
        });
        assert_eq!(path(&remove).unwrap_err().kind, FailureKind::Refused);
    }

    #[test]
    fn no_id_can_leave_its_place_in_the_path() {
        let at = |id: &str| {
            let ask = Ask::Event {
                calendar: calendar(),
                event: EventId::new(id),
            };
            request(&base(), &ask).map(|request| request.url.path().to_owned())
        };
        let prefix = "/v1.0/me/calendars/AAk-1_a=/events/";
        assert_eq!(
            at("a/../b?x#y").unwrap(),
            format!("{prefix}a%2F..%2Fb%3Fx%23y")
        );
        assert_eq!(at("a+b/é").unwrap(), format!("{prefix}a%2Bb%2F%C3%A9"));
        assert_eq!(at("%2e%2e").unwrap(), format!("{prefix}%252e%252e"));
        for refused in ["", ".", "..", "..."] {
            assert_eq!(at(refused).unwrap_err().kind, FailureKind::Refused);
        }
    }
}
