//! Event bodies that clients send: strict reading into changed fields.
//!
//! Read-only members are ignored, unknown ones refused; names and enum members are read
//! without regard to case. Invariant: a `Draft` holds only valid values.

use serde_json::{Map, Value, json};

use super::call::Fail;
use super::markup;
use super::render::{EVENT_MEMBERS, named_location};
use crate::simulator::civil::Wall;
use crate::simulator::world::event::Attachment;
use crate::simulator::world::{Address, Attendee, Item, Reply, Stamp};
use crate::simulator::zone;

#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub subject: Option<Option<String>>,
    /// As stored: HTML.
    pub body: Option<String>,
    pub start: Option<Stamp>,
    pub end: Option<Stamp>,
    pub is_all_day: Option<bool>,
    pub categories: Option<Vec<String>>,
    pub locations: Option<Vec<Value>>,
    pub attendees: Option<Vec<Attendee>>,
    pub importance: Option<&'static str>,
    pub sensitivity: Option<&'static str>,
    pub show_as: Option<&'static str>,
    pub is_reminder_on: Option<bool>,
    pub reminder_minutes: Option<i32>,
    pub response_requested: Option<bool>,
    pub allow_new_time_proposals: Option<bool>,
    pub hide_attendees: Option<bool>,
    pub wants_online: Option<bool>,
    pub transaction: Option<String>,
    /// `Some(None)` takes the recurrence away.
    pub recurrence: Option<Option<Value>>,
    pub properties: Vec<(String, String)>,
    pub attachments: Vec<Attachment>,
}

const IMPORTANCE: [&str; 3] = ["low", "normal", "high"];
const SENSITIVITY: [&str; 4] = ["normal", "personal", "private", "confidential"];
const SHOW_AS: [&str; 6] = [
    "free",
    "tentative",
    "busy",
    "oof",
    "workingElsewhere",
    "unknown",
];
const ROLES: [&str; 3] = ["required", "optional", "resource"];
const PROVIDERS: [&str; 4] = [
    "unknown",
    "skypeForBusiness",
    "skypeForConsumer",
    "teamsForBusiness",
];
const MOST_ATTENDEES: usize = 500;

pub(crate) fn unknown_property(name: &str, type_name: &str) -> Fail {
    Fail::body_read(&format!(
        "The property '{name}' does not exist on type '{type_name}'. Make sure to only use property names that are defined by the type or mark the type as open type."
    ))
}

pub(crate) fn failed_validation() -> Fail {
    Fail::new(
        400,
        "ErrorPropertyValidationFailure",
        "At least one property failed validation.",
    )
}

impl Draft {
    pub fn read(body: &Value) -> Result<Self, Fail> {
        let fields = body
            .as_object()
            .ok_or_else(|| Fail::body_read("An event object was expected."))?;
        let mut draft = Self::default();
        let mut single_location = None;
        for (name, value) in fields {
            if name.starts_with('@') || name.contains('@') {
                continue;
            }
            let known = EVENT_MEMBERS
                .iter()
                .find(|known| known.eq_ignore_ascii_case(name));
            let known = known.ok_or_else(|| unknown_property(name, "microsoft.graph.event"))?;
            if *known == "location" {
                single_location = Some(value);
            } else {
                draft.take(known, value)?;
            }
        }
        if draft.locations.is_none()
            && let Some(value) = single_location
        {
            draft.locations = Some(if value.is_null() {
                Vec::new()
            } else {
                locations(std::slice::from_ref(value))?
            });
        }
        Ok(draft)
    }

    fn take(&mut self, name: &str, value: &Value) -> Result<(), Fail> {
        match name {
            "subject" => self.subject = Some(optional_text(value, name)?),
            "body" => self.body = Some(body(value)?),
            "start" if !value.is_null() => self.start = Some(stamp(value)?),
            "end" if !value.is_null() => self.end = Some(stamp(value)?),
            "isAllDay" => self.is_all_day = boolean(value, name)?,
            "categories" => self.categories = Some(texts(value, name)?),
            "locations" => {
                self.locations = Some(locations(value.as_array().ok_or_else(|| wrong(name))?)?)
            }
            "attendees" => {
                self.attendees = Some(attendees(value.as_array().ok_or_else(|| wrong(name))?)?)
            }
            "importance" => self.importance = member(value, &IMPORTANCE)?,
            "sensitivity" => self.sensitivity = member(value, &SENSITIVITY)?,
            "showAs" => self.show_as = member(value, &SHOW_AS)?,
            "isReminderOn" => self.is_reminder_on = boolean(value, name)?,
            "reminderMinutesBeforeStart" if !value.is_null() => {
                let minutes = value
                    .as_i64()
                    .and_then(|minutes| i32::try_from(minutes).ok());
                self.reminder_minutes = Some(minutes.ok_or_else(|| wrong(name))?);
            }
            "responseRequested" => self.response_requested = boolean(value, name)?,
            "allowNewTimeProposals" => self.allow_new_time_proposals = boolean(value, name)?,
            "hideAttendees" => self.hide_attendees = boolean(value, name)?,
            "isOnlineMeeting" => self.wants_online = boolean(value, name)?,
            "onlineMeetingProvider" => {
                member(value, &PROVIDERS)?;
            }
            "transactionId" => self.transaction = optional_text(value, name)?,
            "recurrence" => self.recurrence = Some((!value.is_null()).then(|| value.clone())),
            "singleValueExtendedProperties" => self.properties = properties(value)?,
            "attachments" => {
                for value in value.as_array().ok_or_else(|| wrong(name))? {
                    self.attachments.push(attachment(value, 0, 0)?);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Writes the given fields over an item; times and recurrence are the caller's business.
    pub fn apply(&self, item: &mut Item) {
        fn set<T: Clone>(target: &mut T, value: &Option<T>) {
            if let Some(value) = value {
                target.clone_from(value);
            }
        }
        set(&mut item.subject, &self.subject);
        set(&mut item.body, &self.body);
        set(&mut item.is_all_day, &self.is_all_day);
        set(&mut item.categories, &self.categories);
        set(&mut item.locations, &self.locations);
        set(&mut item.importance, &self.importance);
        set(&mut item.sensitivity, &self.sensitivity);
        set(&mut item.show_as, &self.show_as);
        set(&mut item.is_reminder_on, &self.is_reminder_on);
        set(&mut item.reminder_minutes, &self.reminder_minutes);
        set(&mut item.response_requested, &self.response_requested);
        set(
            &mut item.allow_new_time_proposals,
            &self.allow_new_time_proposals,
        );
        set(&mut item.hide_attendees, &self.hide_attendees);
        if self.start.is_some() {
            item.zone_label = None;
        }
        set(&mut item.start, &self.start);
        set(&mut item.end, &self.end);
        if let Some(people) = &self.attendees {
            let known = std::mem::take(&mut item.attendees);
            item.attendees = people
                .iter()
                .map(
                    |person| match known.iter().find(|old| old.who.is(&person.who.address)) {
                        Some(old) => Attendee {
                            role: person.role,
                            ..old.clone()
                        },
                        None => person.clone(),
                    },
                )
                .collect();
        }
    }
}

/// Checks what must hold for every stored event.
pub(crate) fn check_times(item: &Item) -> Result<(), Fail> {
    let (start, end) = item.span();
    if end < start {
        return Err(Fail::invalid("The end of the event is before its start."));
    }
    if item.is_all_day {
        if item.start.zone.iana != item.end.zone.iana
            && item.start.zone.stored_name() != item.end.zone.stored_name()
        {
            return Err(Fail::invalid(
                "The start and end of an all day event must be in the same time zone.",
            ));
        }
        let refuse = |message| Fail::new(400, "ErrorInvalidRequest", message);
        if end - start < crate::simulator::civil::DAY_MS {
            return Err(refuse(
                "The duration of an event marked as All day must be at least 24 hours.",
            ));
        }
        if !item.start.wall.is_midnight() || !item.end.wall.is_midnight() {
            return Err(refuse(
                "The Event.Start and Event.End of an all day event must be at midnight.",
            ));
        }
    }
    Ok(())
}

/// `dateTimeTimeZone`; a missing zone is UTC.
pub(crate) fn stamp(value: &Value) -> Result<Stamp, Fail> {
    let fields = value.as_object().ok_or_else(|| wrong("dateTimeTimeZone"))?;
    let mut found = (None, None);
    for (name, value) in fields {
        match name.to_ascii_lowercase().as_str() {
            "datetime" => found.0 = value.as_str(),
            "timezone" => found.1 = value.as_str(),
            other if other.starts_with('@') => {}
            _ => return Err(unknown_property(name, "microsoft.graph.dateTimeTimeZone")),
        }
    }
    let text = found.0.unwrap_or_default();
    let name = found.1.filter(|name| !name.is_empty()).unwrap_or("UTC");
    let zone = zone::find(name).ok_or_else(|| Fail::zone(name))?;
    if let Some(wall) = Wall::parse(text) {
        return Ok(Stamp { wall, zone });
    }
    let instant = crate::simulator::civil::parse_instant(text).ok_or_else(|| {
        Fail::body_read(&format!(
            "Cannot convert the literal '{text}' to the expected type 'Edm.DateTime'."
        ))
    })?;
    Ok(Stamp::from_instant(instant, zone))
}

pub(crate) fn address(value: &Value) -> Result<Address, Fail> {
    let fields = value.as_object().ok_or_else(|| wrong("emailAddress"))?;
    let mut found = Address::default();
    for (name, value) in fields {
        let text = value.as_str().unwrap_or_default().to_owned();
        match name.to_ascii_lowercase().as_str() {
            "address" => found.address = text,
            "name" => found.name = text,
            other if other.starts_with('@') => {}
            _ => return Err(unknown_property(name, "microsoft.graph.emailAddress")),
        }
    }
    if !found.address.contains('@') {
        return Err(Fail::new(
            400,
            "ErrorInvalidRecipients",
            "At least one recipient isn't valid.",
        ));
    }
    if found.name.is_empty() {
        found.name.clone_from(&found.address);
    }
    Ok(found)
}

pub(crate) fn attachment(value: &Value, key: u64, now: i64) -> Result<Attachment, Fail> {
    let kind = value
        .get("@odata.type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !kind.eq_ignore_ascii_case("#microsoft.graph.fileAttachment") {
        return Err(Fail::body_read("Only file attachments can be added here."));
    }
    let text = |name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    Ok(Attachment {
        key,
        name: text("name"),
        content_type: text("contentType"),
        content: text("contentBytes"),
        is_inline: value
            .get("isInline")
            .and_then(Value::as_bool)
            .unwrap_or(false),
        modified_ms: now,
    })
}

fn wrong(name: &str) -> Fail {
    Fail::body_read(&format!(
        "Cannot convert the value of '{name}' to the expected type."
    ))
}

fn optional_text(value: &Value, name: &str) -> Result<Option<String>, Fail> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        _ => Err(wrong(name)),
    }
}

fn texts(value: &Value, name: &str) -> Result<Vec<String>, Fail> {
    let list = value.as_array().ok_or_else(|| wrong(name))?;
    list.iter()
        .map(|text| text.as_str().map(str::to_owned).ok_or_else(|| wrong(name)))
        .collect()
}

fn boolean(value: &Value, name: &str) -> Result<Option<bool>, Fail> {
    match value {
        Value::Null => Ok(None),
        Value::Bool(flag) => Ok(Some(*flag)),
        _ => Err(wrong(name)),
    }
}

fn member(value: &Value, known: &'static [&'static str]) -> Result<Option<&'static str>, Fail> {
    let Some(text) = value.as_str() else {
        return Ok(None);
    };
    let found = known
        .iter()
        .find(|name| name.eq_ignore_ascii_case(text))
        .copied();
    found
        .map(Some)
        .ok_or_else(|| Fail::body_read(&format!("Requested value '{text}' was not found.")))
}

fn body(value: &Value) -> Result<String, Fail> {
    let Some(fields) = value.as_object() else {
        return Ok(String::new());
    };
    let get = |wanted: &str| {
        fields
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value)
    };
    let kind = get("contentType").and_then(Value::as_str).unwrap_or("text");
    let is_html = match kind.to_ascii_lowercase().as_str() {
        "html" => true,
        "text" => false,
        _ => {
            return Err(Fail::body_read(&format!(
                "Requested value '{kind}' was not found."
            )));
        }
    };
    Ok(markup::stored(
        get("content").and_then(Value::as_str).unwrap_or_default(),
        is_html,
    ))
}

fn attendees(list: &[Value]) -> Result<Vec<Attendee>, Fail> {
    if list.len() > MOST_ATTENDEES {
        return Err(Fail::invalid("The maximum number of attendees is 500."));
    }
    let mut people: Vec<Attendee> = Vec::new();
    for value in list {
        let fields: &Map<String, Value> = value.as_object().ok_or_else(|| wrong("attendees"))?;
        let get = |wanted: &str| {
            fields
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
                .map(|(_, value)| value)
        };
        let who = address(get("emailAddress").unwrap_or(&Value::Null))?;
        let role = get("type")
            .map(|kind| member(kind, &ROLES))
            .transpose()?
            .flatten()
            .unwrap_or("required");
        if !people.iter().any(|person| person.who.is(&who.address)) {
            people.push(Attendee {
                who,
                role,
                reply: Reply::NONE,
                proposed: None,
            });
        }
    }
    Ok(people)
}

/// Completes each location as the service does when only a name was sent.
fn locations(list: &[Value]) -> Result<Vec<Value>, Fail> {
    const MEMBERS: [&str; 8] = [
        "displayName",
        "locationType",
        "locationUri",
        "locationEmailAddress",
        "uniqueId",
        "uniqueIdType",
        "address",
        "coordinates",
    ];
    let mut complete = Vec::new();
    for value in list {
        let fields = value.as_object().ok_or_else(|| wrong("location"))?;
        let mut place = json!({"locationType": "default", "uniqueIdType": "unknown"});
        let name = fields
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("displayName"))
            .and_then(|(_, value)| value.as_str());
        let name = name.unwrap_or_default();
        if name.is_empty() && fields.len() <= 1 {
            continue;
        }
        if !name.is_empty() {
            place = named_location(name);
        }
        for (given, value) in fields {
            let known = MEMBERS
                .iter()
                .find(|known| known.eq_ignore_ascii_case(given));
            match known {
                // Read-only: what the API creates is always "default".
                Some(&"locationType" | &"uniqueId" | &"uniqueIdType") => {}
                Some(known) if !value.is_null() => place[*known] = value.clone(),
                Some(_) => {}
                None if given.starts_with('@') => {}
                None => return Err(unknown_property(given, "microsoft.graph.location")),
            }
        }
        complete.push(place);
    }
    Ok(complete)
}

fn properties(value: &Value) -> Result<Vec<(String, String)>, Fail> {
    let list = value
        .as_array()
        .ok_or_else(|| wrong("singleValueExtendedProperties"))?;
    let text = |row: &Value, name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
    list.iter()
        .map(|row| {
            text(row, "id")
                .zip(text(row, "value"))
                .ok_or_else(|| wrong("singleValueExtendedProperties"))
        })
        .collect()
}
