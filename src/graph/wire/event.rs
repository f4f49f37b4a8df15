//! An event as it travels, and as the domain knows it (Graph: event resource).
//!
//! Refuses events without an id or a legible time in UTC. Invariant: fields that
//! did not come are never invented: an occurrence stub has no details at all, so
//! that it cannot overwrite what is known.

use super::attendee::{AttendeeWire, MyResponseWire, RecipientWire};
use super::collection::{Collection, Element, NotAList, collection, text_of};
use super::lenient::{Flag, List, Number, Presence, Seen, Text, object};
use super::recurrence::RecurrenceWire;
use super::surrogate::mended;
use super::when::{Skip, WhenWire, interval};
use crate::domain::event::{Details, Event, Importance, Kind, Sensitivity, ShowAs};
use crate::domain::ids::{CalendarId, EventId};
use crate::domain::text::Untrusted;
use url::Url;

const SUBJECT: usize = 4096;
const PREVIEW: usize = 2048;
const PLACE: usize = 2048;
const LINK: usize = 2048;
const ZONE: usize = 256;
const UID: usize = 1024;
const ETAG: usize = 1024;
const CATEGORY: usize = 255;
const ATTENDEES: usize = 1000;
const CATEGORIES: usize = 100;

object! {
    /// Graph: event, as much of it as Kalends shows.
    EventWire<'a> {
        "id" => id: Text<'a>,
        "type" => kind: Text<'a>,
        "start" => start: WhenWire<'a>,
        "end" => end: WhenWire<'a>,
        "@odata.etag" => etag: Text<'a>,
        "seriesMasterId" => series: Text<'a>,
        "@removed" => removed: Presence,
        "changeKey" => change_key: Text<'a>,
        "subject" | "Subject" => subject: Seen<Text<'a>>,
        "bodyPreview" => preview: Text<'a>,
        "location" => location: LocationWire<'a>,
        "attendees" => attendees: List<AttendeeWire<'a>, ATTENDEES>,
        "organizer" => organizer: RecipientWire<'a>,
        "isOrganizer" => is_organizer: Flag,
        "isAllDay" => is_all_day: Flag,
        "isCancelled" => is_cancelled: Flag,
        "showAs" => show_as: Seen<Text<'a>>,
        "responseStatus" => response: MyResponseWire<'a>,
        "createdDateTime" => created: Text<'a>,
        "responseRequested" => response_requested: Flag,
        "allowNewTimeProposals" => allow_proposals: Flag,
        "importance" => importance: Text<'a>,
        "sensitivity" => sensitivity: Text<'a>,
        "categories" => categories: List<Text<'a>, CATEGORIES>,
        "hasAttachments" => has_attachments: Flag,
        "isReminderOn" => is_reminder_on: Flag,
        "reminderMinutesBeforeStart" => reminder_minutes: Number,
        "originalStartTimeZone" => start_zone: Text<'a>,
        "originalEndTimeZone" => end_zone: Text<'a>,
        "recurrence" => recurrence: RecurrenceWire<'a>,
        "iCalUId" => uid: Text<'a>,
        "onlineMeeting" => online_meeting: OnlineMeetingWire<'a>,
        "onlineMeetingUrl" => online_meeting_url: Text<'a>,
        "webLink" => web_link: Text<'a>,
    }
}

object! { LocationWire<'a> { "displayName" => name: Text<'a>, } }
object! { OnlineMeetingWire<'a> { "joinUrl" => join_url: Text<'a>, } }

/// Reads one event of `calendar`.
pub fn event(bytes: &[u8], calendar: &CalendarId) -> Result<Event, Skip> {
    let text = text_of(bytes);
    match serde_json::from_str::<EventWire<'_>>(&text) {
        Ok(wire) => wire.event(calendar),
        Err(_) => serde_json::from_str::<EventWire<'_>>(&mended(&text))
            .map_err(|_| Skip::Garbled)?
            .event(calendar),
    }
}

/// Reads one page of a plain view of `calendar`.
pub fn events(bytes: &[u8], calendar: &CalendarId) -> Result<Collection<Event>, NotAList> {
    collection(bytes, calendar)
}

impl Element for Event {
    type Wire<'a> = EventWire<'a>;
    type Context = CalendarId;

    fn convert(wire: EventWire<'_>, calendar: &CalendarId) -> Result<Self, Skip> {
        wire.event(calendar)
    }
}

impl EventWire<'_> {
    pub(crate) fn event(&self, calendar: &CalendarId) -> Result<Event, Skip> {
        if !self.present {
            return Err(Skip::Garbled);
        }
        let id = self.id()?;
        let (start, end) = interval(&self.start, &self.end)?;
        let kind = self.kind();
        Ok(Event {
            calendar: calendar.clone(),
            id,
            kind,
            series: self.series(kind),
            etag: self.etag(),
            start,
            end,
            details: self.is_detailed(kind).then(|| self.details()),
            before: None,
        })
    }

    /// An unknown or missing type is told from what else is there.
    fn kind(&self) -> Kind {
        let kind = &self.kind;
        if kind.is("singleInstance") {
            Kind::Single
        } else if kind.is("occurrence") {
            Kind::Occurrence
        } else if kind.is("exception") {
            Kind::Exception
        } else if kind.is("seriesMaster") || self.recurrence.present {
            Kind::Master
        } else if self.series.or_empty().is_empty() {
            Kind::Single
        } else if self.subject.seen {
            Kind::Exception
        } else {
            Kind::Occurrence
        }
    }

    fn series(&self, kind: Kind) -> Option<EventId> {
        if matches!(kind, Kind::Single | Kind::Master) {
            return None;
        }
        self.series
            .get()
            .filter(|id| !id.is_empty() && id.len() <= 1024)
            .map(EventId::new)
    }

    fn etag(&self) -> String {
        match (self.etag.get(), self.change_key.get()) {
            (Some(_), _) => self.etag.clipped(ETAG).to_owned(),
            (None, Some(_)) => format!("W/\"{}\"", self.change_key.clipped(ETAG)),
            (None, None) => String::new(),
        }
    }

    /// Occurrences of a delta answer carry only identity and time, perhaps with a
    /// stray field; a real one always has the key of its subject.
    fn is_detailed(&self, kind: Kind) -> bool {
        let has_anything = self.subject.seen || self.show_as.seen || self.organizer.present;
        match kind {
            Kind::Occurrence => self.subject.seen,
            _ => has_anything || self.response.present || self.uid.get().is_some(),
        }
    }

    fn details(&self) -> Details {
        Details {
            subject: Untrusted::from(self.subject.value.clipped(SUBJECT)),
            preview: Untrusted::from(self.preview.clipped(PREVIEW)),
            place: Untrusted::from(self.location.name.clipped(PLACE)),
            online_url: link(&self.online_meeting.join_url, true)
                .or_else(|| link(&self.online_meeting_url, true)),
            web_link: link(&self.web_link, false),
            organizer: self.organizer.address.person(),
            is_organizer: self.is_organizer.or(false),
            attendees: self
                .attendees
                .0
                .iter()
                .map(AttendeeWire::attendee)
                .collect(),
            all_day: self.is_all_day.or(false),
            show_as: show_as(&self.show_as.value),
            answer: self.response.answer(),
            answered_after: self.answered_after(),
            response_requested: self.response_requested.or(true),
            allow_proposals: self.allow_proposals.or(true),
            cancelled: self.is_cancelled.or(false),
            importance: importance(&self.importance),
            sensitivity: sensitivity(&self.sensitivity),
            categories: self.categories(),
            has_attachments: self.has_attachments.or(false),
            reminder: self.reminder(),
            start_zone: zone(&self.start_zone).or_else(|| zone(&self.recurrence.range.zone)),
            end_zone: zone(&self.end_zone),
            recurrence: self.recurrence.recurrence(),
            notes: None,
            uid: self.uid.get().map(|_| self.uid.clipped(UID).to_owned()),
        }
    }

    /// My own copy was created when the invitation came.
    fn answered_after(&self) -> Option<u32> {
        let is_invitation = !self.is_organizer.or(false);
        is_invitation
            .then(|| self.response.minutes_since(&self.created))
            .flatten()
    }

    fn categories(&self) -> Vec<Untrusted> {
        self.categories
            .0
            .iter()
            .filter(|name| !name.or_empty().is_empty())
            .map(|name| Untrusted::from(name.clipped(CATEGORY)))
            .collect()
    }

    fn reminder(&self) -> Option<i32> {
        if !self.is_reminder_on.or(false) {
            return None;
        }
        // Graph's own default, for a reminder that is on and does not say when.
        Some(self.reminder_minutes.0.map_or(15, |minutes| {
            i32::try_from(minutes).unwrap_or(if minutes < 0 { i32::MIN } else { i32::MAX })
        }))
    }
}

fn zone(name: &Text<'_>) -> Option<Untrusted> {
    name.get()
        .filter(|name| !name.is_empty())
        .map(|_| Untrusted::from(name.clipped(ZONE)))
}

/// A link worth offering: it parses, and its scheme opens a browser or a meeting.
fn link(text: &Text<'_>, meeting: bool) -> Option<Untrusted> {
    let text = text.get().filter(|text| text.len() < LINK)?;
    let url = Url::parse(text).ok()?;
    let is_welcome = match url.scheme() {
        "https" | "http" => url.has_host(),
        "msteams" => meeting,
        _ => false,
    };
    is_welcome.then(|| Untrusted::from(text))
}

pub(crate) fn show_as(word: &Text<'_>) -> ShowAs {
    if word.get().is_none() || word.is("busy") {
        ShowAs::Busy
    } else if word.is("free") {
        ShowAs::Free
    } else if word.is("tentative") {
        ShowAs::Tentative
    } else if word.is("oof") {
        ShowAs::OutOfOffice
    } else if word.is("workingElsewhere") {
        ShowAs::WorkingElsewhere
    } else {
        ShowAs::Unknown
    }
}

fn importance(word: &Text<'_>) -> Importance {
    if word.is("high") {
        Importance::High
    } else if word.is("low") {
        Importance::Low
    } else {
        Importance::Normal
    }
}

/// An unknown word hides rather than shows.
fn sensitivity(word: &Text<'_>) -> Sensitivity {
    if word.get().is_none() || word.is("normal") || word.is("") {
        Sensitivity::Normal
    } else if word.is("personal") {
        Sensitivity::Personal
    } else if word.is("confidential") {
        Sensitivity::Confidential
    } else {
        Sensitivity::Private
    }
}
