//! Calendars and events as Graph shows them.
//!
//! Invariant: everything time-dependent comes from the stored wall time and zone; `Prefer`
//! decides the zone shown, never what is stored.

use serde_json::{Value, json};

use super::call::{Call, Sight};
use super::markup;
use crate::simulator::civil::{Day, date_of, instant_short, instant_text};
use crate::simulator::ids::{Form, Thing, change_key};
use crate::simulator::recurrence;
use crate::simulator::world::event::Online;
use crate::simulator::world::{
    Address, Attendee, Calendar, Event, Group, Item, Kind, Reply, Response, Stamp,
};

pub(crate) const EVENT_MEMBERS: &[&str] = &[
    "id",
    "createdDateTime",
    "lastModifiedDateTime",
    "changeKey",
    "categories",
    "transactionId",
    "originalStartTimeZone",
    "originalEndTimeZone",
    "iCalUId",
    "reminderMinutesBeforeStart",
    "isReminderOn",
    "hasAttachments",
    "subject",
    "bodyPreview",
    "importance",
    "sensitivity",
    "isAllDay",
    "isCancelled",
    "isOrganizer",
    "responseRequested",
    "seriesMasterId",
    "showAs",
    "type",
    "webLink",
    "onlineMeetingUrl",
    "isOnlineMeeting",
    "onlineMeetingProvider",
    "allowNewTimeProposals",
    "isDraft",
    "hideAttendees",
    "responseStatus",
    "body",
    "start",
    "end",
    "location",
    "locations",
    "recurrence",
    "attendees",
    "organizer",
    "onlineMeeting",
    "originalStart",
    "exceptionOccurrences",
    "cancelledOccurrences",
    "occurrenceId",
    "calendar",
    "attachments",
    "instances",
    "singleValueExtendedProperties",
    "extensions",
];

pub(crate) const CALENDAR_MEMBERS: &[&str] = &[
    "id",
    "name",
    "color",
    "hexColor",
    "isDefaultCalendar",
    "changeKey",
    "canShare",
    "canViewPrivateItems",
    "canEdit",
    "allowedOnlineMeetingProviders",
    "defaultOnlineMeetingProvider",
    "isTallyingResponses",
    "isRemovable",
    "owner",
];

pub(crate) const NO_TIME: &str = "0001-01-01T00:00:00Z";

impl Call<'_> {
    pub fn calendar_json(&self, calendar: &Calendar) -> Value {
        let Some(mailbox) = self.world.mailbox(self.owner) else {
            return Value::Null;
        };
        let owner = calendar
            .shared_from
            .and_then(|(store, _)| self.world.mailbox(store))
            .unwrap_or(mailbox);
        let is_mine = calendar.shared_from.is_none() && self.owner == self.me;
        let providers = if is_mine {
            owner.providers.clone()
        } else {
            Vec::new()
        };
        let key = self.id(Thing::Calendar, self.owner, calendar.key, 0, 0);
        let folder = self.folder(Some(&key)).ok();
        let sees_private = folder.is_some_and(|folder| folder.sight == Sight::Everything);
        json!({
            "id": key,
            "name": calendar.name,
            "color": calendar.color,
            "hexColor": "",
            "changeKey": change_key(self.world.seed, calendar.key, calendar.change),
            "canShare": is_mine && calendar.can_edit,
            "canViewPrivateItems": sees_private,
            "canEdit": folder.is_some_and(|folder| folder.can_edit),
            "isDefaultCalendar": calendar.key == mailbox.default_calendar(),
            "isRemovable": calendar.is_removable,
            "isTallyingResponses": calendar.key == mailbox.default_calendar(),
            "allowedOnlineMeetingProviders": providers,
            "defaultOnlineMeetingProvider": providers.first().copied().unwrap_or("unknown"),
            "owner": address_json(&owner.who()),
        })
    }

    pub fn group_json(&self, group: &Group) -> Value {
        json!({
            "id": self.id(Thing::CalendarGroup, self.owner, group.key, 0, 0),
            "name": group.name,
            "classId": group.class_id,
            "changeKey": change_key(self.world.seed, group.key, group.change),
        })
    }

    pub fn event_id(&self, store: usize, event: &Event, day: Option<Day>) -> String {
        let thing = if day.is_some() {
            Thing::Occurrence
        } else {
            Thing::Event
        };
        self.id(thing, store, event.key, day.unwrap_or(0), event.moves)
    }

    pub fn etag(&self, event: &Event, day: Option<Day>) -> String {
        let key = day.map_or(event.key, |day| {
            event.key ^ (u64::from(day.unsigned_abs()) << 32)
        });
        change_key(self.world.seed, key, event.item.change)
    }

    fn kind(event: &Event, day: Option<Day>) -> &'static str {
        match day {
            Some(day) if event.is_exception(day) => "exception",
            Some(_) => "occurrence",
            None if event.series.is_some() => "seriesMaster",
            None => "singleInstance",
        }
    }

    /// The reduced form in which delta reports occurrences.
    pub fn occurrence_stub(&self, store: usize, event: &Event, day: Day, item: &Item) -> Value {
        json!({
            "@odata.type": "#microsoft.graph.event",
            "@odata.etag": format!("W/\"{}\"", self.etag(event, Some(day))),
            "id": self.event_id(store, event, Some(day)),
            "seriesMasterId": self.event_id(store, event, None),
            "type": "occurrence",
            "start": self.prefer.stamp(item.start, item.is_all_day),
            "end": self.prefer.stamp(item.end, item.is_all_day),
        })
    }

    /// The complete entity; `None` where the series has no such date.
    pub fn event_json(&self, store: usize, event: &Event, day: Option<Day>) -> Option<Value> {
        let instance;
        let item = match day {
            Some(day) => {
                instance = event.occurrence(day)?;
                &instance
            }
            None => &event.item,
        };
        let is_private = matches!(item.sensitivity, "private" | "confidential");
        Some(match self.sight(store, event.calendar) {
            Sight::Nothing => return None,
            Sight::Times => {
                let shown = match item.show_as {
                    "free" => "Free",
                    "tentative" => "Tentative",
                    "oof" => "Away",
                    "workingElsewhere" => "Working elsewhere",
                    _ => "Busy",
                };
                let veiled = veiled(shown, item, "normal");
                let shell = Event {
                    organizer: Address::default(),
                    attachments: Vec::new(),
                    ..event.clone()
                };
                self.whole_json(store, &shell, day, &veiled)
            }
            Sight::Titles | Sight::NotPrivate if is_private => {
                self.private_json(store, event, day, item)
            }
            Sight::Titles => {
                let title = item.subject.as_deref().unwrap_or_default();
                let mut veiled = veiled(title, item, item.sensitivity);
                veiled.locations.clone_from(&item.locations);
                let shell = Event {
                    attachments: Vec::new(),
                    ..event.clone()
                };
                self.whole_json(store, &shell, day, &veiled)
            }
            Sight::NotPrivate | Sight::Everything => self.whole_json(store, event, day, item),
        })
    }

    fn whole_json(&self, store: usize, event: &Event, day: Option<Day>, item: &Item) -> Value {
        let change = self.etag(event, day);
        let id = self.event_id(store, event, day);
        let is_ready = item
            .online
            .as_ref()
            .is_some_and(|online| online.ready_ms <= self.now);
        let recurrence = match (&event.series, day) {
            (Some(series), None) => {
                recurrence::json::write(&series.pattern, &series.range, series.zone.stored_name())
            }
            _ => Value::Null,
        };
        let content = if self.prefer.is_text {
            markup::text(&item.body)
        } else {
            item.body.clone()
        };
        let mut value = json!({
            "@odata.etag": format!("W/\"{change}\""),
            "id": id,
            "createdDateTime": instant_text(item.created_ms),
            "lastModifiedDateTime": instant_text(item.modified_ms.max(event.item.modified_ms)),
            "changeKey": change,
            "categories": item.categories,
            "transactionId": event.transaction,
            "originalStartTimeZone": item.zone_label.as_deref().unwrap_or(item.start.zone.stored_name()),
            "originalEndTimeZone": item.zone_label.as_deref().unwrap_or(item.end.zone.stored_name()),
            "iCalUId": uid_of(event, day),
            "reminderMinutesBeforeStart": item.reminder_minutes,
            "isReminderOn": item.is_reminder_on,
            "hasAttachments": event.attachments.iter().any(|attachment| !attachment.is_inline),
            "subject": item.subject,
            "bodyPreview": markup::preview(&item.body),
            "importance": item.importance,
            "sensitivity": item.sensitivity,
            "isAllDay": item.is_all_day,
            "isCancelled": item.is_cancelled,
            "isOrganizer": event.is_organizer,
            "responseRequested": item.response_requested,
            "seriesMasterId": day.map(|_| self.event_id(store, event, None)),
            "showAs": item.show_as,
            "type": Self::kind(event, day),
            "webLink": self.web_link(store, &id),
            "onlineMeetingUrl": null,
            "isOnlineMeeting": item.online.is_some(),
            "onlineMeetingProvider": item.online.as_ref().map_or("unknown", |online| online.provider),
        });
        let more = json!({
            "allowNewTimeProposals": item.allow_new_time_proposals,
            "isDraft": false,
            "hideAttendees": item.hide_attendees,
            "responseStatus": reply_json(item.reply),
            "body": {"contentType": if self.prefer.is_text { "text" } else { "html" }, "content": content},
            "start": self.prefer.stamp(item.start, item.is_all_day),
            "end": self.prefer.stamp(item.end, item.is_all_day),
            "location": joined_location(&item.locations),
            "locations": item.locations,
            "recurrence": recurrence,
            "attendees": self.attendees_json(event, item),
            "organizer": {"emailAddress": address_json(&event.organizer)},
            "onlineMeeting": item.online.as_ref().filter(|_| is_ready).map(online_json),
        });
        if let (Some(fields), Value::Object(more)) = (value.as_object_mut(), more) {
            fields.extend(more);
            if let Some(day) = day {
                fields.insert(
                    "originalStart".to_owned(),
                    json!(instant_text(original_start(event, day))),
                );
            }
        }
        value
    }

    fn attendees_json(&self, event: &Event, item: &Item) -> Vec<Value> {
        let me = self
            .world
            .mailbox(self.me)
            .map(|mailbox| mailbox.address.clone())
            .unwrap_or_default();
        let is_hidden = item.hide_attendees && !event.is_organizer;
        let shown = item
            .attendees
            .iter()
            .filter(|person| !is_hidden || person.who.is(&me));
        shown
            .map(|person| attendee_json(person, |stamp| self.prefer.stamp(stamp, false)))
            .collect()
    }

    /// What somebody without the right to see private items gets.
    fn private_json(&self, store: usize, event: &Event, day: Option<Day>, item: &Item) -> Value {
        let veiled = veiled("Private Appointment", item, item.sensitivity);
        let shell = Event {
            attachments: Vec::new(),
            ..event.clone()
        };
        self.whole_json(store, &shell, day, &veiled)
    }

    fn web_link(&self, store: usize, id: &str) -> String {
        let is_personal = self
            .world
            .mailbox(store)
            .is_some_and(|mailbox| mailbox.kind == Kind::Personal);
        let host = if is_personal {
            "outlook.live.com"
        } else {
            "outlook.office365.com"
        };
        format!(
            "https://{host}/owa/?itemid={}&exvsurl=1&path=/calendar/item",
            id.replace('=', "%3D")
        )
    }

    /// The id in the other form too, for `translateExchangeIds`.
    pub fn in_form(&self, id: &crate::simulator::ids::Id, form: Form) -> String {
        id.write(self.world.seed, form)
    }
}

/// An event of which little more than its times may be seen.
fn veiled(title: &str, item: &Item, sensitivity: &'static str) -> Item {
    let mut veiled = Item::new(title, item.start, item.end);
    veiled.is_all_day = item.is_all_day;
    veiled.show_as = item.show_as;
    veiled.sensitivity = sensitivity;
    veiled.reply = item.reply;
    veiled.created_ms = item.created_ms;
    veiled.modified_ms = item.modified_ms;
    // It still is another version than before.
    veiled.change = item.change;
    veiled
}

/// Occurrences embed their date in the GlobalObjectId.
pub(crate) fn uid_of(event: &Event, day: Option<Day>) -> String {
    let Some(day) = day else {
        return event.uid.clone();
    };
    let (year, month, date) = date_of(day);
    let stamp = format!("{year:04X}{month:02X}{date:02X}");
    match (event.uid.get(..32), event.uid.get(40..)) {
        (Some(head), Some(tail)) => format!("{head}{stamp}{tail}"),
        _ => event.uid.clone(),
    }
}

/// The slot of the original, in UTC milliseconds; all-day slots are UTC midnights.
pub(crate) fn original_start(event: &Event, day: Day) -> i64 {
    let wall = crate::simulator::civil::Wall::at(day, event.item.start.wall.ms_of_day());
    if event.item.is_all_day {
        wall.0
    } else {
        event.item.start.zone.instant_of(wall)
    }
}

pub(crate) fn address_json(address: &Address) -> Value {
    json!({"name": address.name, "address": address.address})
}

pub(crate) fn reply_json(reply: Reply) -> Value {
    let time = reply
        .at_ms
        .map_or_else(|| NO_TIME.to_owned(), instant_short);
    json!({"response": reply.response.text(), "time": time})
}

fn attendee_json(person: &Attendee, stamp: impl Fn(Stamp) -> Value) -> Value {
    let reply = if person.reply.response == Response::Organizer {
        Reply::NONE
    } else {
        person.reply
    };
    let mut value = json!({
        "type": person.role,
        "status": reply_json(reply),
        "emailAddress": address_json(&person.who),
    });
    if let (Some((start, end)), Some(fields)) = (person.proposed, value.as_object_mut()) {
        fields.insert(
            "proposedNewTime".to_owned(),
            json!({"start": stamp(start), "end": stamp(end)}),
        );
    }
    value
}

fn online_json(online: &Online) -> Value {
    json!({
        "joinUrl": online.join_url,
        "conferenceId": online.conference_id,
        "tollNumber": "+49 69 5550100",
        "quickDial": format!("tel:+49695550100,,{}#", online.conference_id),
    })
}

/// The mirror of the list in the single `location`.
pub(crate) fn joined_location(locations: &[Value]) -> Value {
    match locations {
        [] => json!({
            "displayName": "", "locationType": "default", "uniqueIdType": "unknown", "address": {}, "coordinates": {},
        }),
        [only] => only.clone(),
        many => {
            let names: Vec<&str> = many
                .iter()
                .filter_map(|place| place.get("displayName")?.as_str())
                .collect();
            let joined = names.join("; ");
            json!({
                "displayName": joined, "locationType": "default", "uniqueId": joined, "uniqueIdType": "private",
            })
        }
    }
}

/// A complete location made of a name.
pub(crate) fn named_location(name: &str) -> Value {
    json!({"displayName": name, "locationType": "default", "uniqueId": name, "uniqueIdType": "private"})
}
