//! Mailbox settings, categories and the lists of zones and languages.

use serde_json::{Value, json};

use super::call::{Answer, Call, Fail, Reply, Right};
use super::draft::unknown_property;
use super::with_context;
use crate::simulator::dice::guid;
use crate::simulator::recurrence::json::WEEKDAYS;
use crate::simulator::world::{Category, Kind, Mailbox, Settings};
use crate::simulator::zone::{self, windows};

const PARTS: [&str; 9] = [
    "timeZone",
    "workingHours",
    "dateFormat",
    "timeFormat",
    "language",
    "automaticRepliesSetting",
    "delegateMeetingMessageDeliveryOptions",
    "userPurpose",
    "archiveFolder",
];
const DELIVERY: [&str; 3] = [
    "sendToDelegateOnly",
    "sendToDelegateAndPrincipal",
    "sendToDelegateAndInformationToPrincipal",
];
const DEFAULT_WEEK: &str = "08:00:00.0000000";

pub(crate) fn working_hours(settings: &Settings) -> Value {
    let day = |number: &u8| {
        WEEKDAYS
            .get(usize::from(*number))
            .copied()
            .unwrap_or("monday")
    };
    let clock = |minutes: u32| format!("{:02}:{:02}:00.0000000", minutes / 60, minutes % 60);
    json!({
        "daysOfWeek": settings.work_days.iter().map(day).collect::<Vec<_>>(),
        "startTime": clock(settings.work_start),
        "endTime": clock(settings.work_end),
        "timeZone": {"name": settings.work_zone},
    })
}

fn purpose(mailbox: &Mailbox) -> &'static str {
    if mailbox.kind == Kind::Room {
        "room"
    } else {
        "user"
    }
}

impl Call<'_> {
    fn setting(&self, name: &str) -> Result<Value, Fail> {
        let mailbox = self.mailbox()?;
        let settings = &mailbox.settings;
        Ok(match name {
            "timeZone" => json!(settings.zone_name),
            "workingHours" => working_hours(settings),
            "dateFormat" => json!(settings.date_format),
            "timeFormat" => json!(settings.time_format),
            "language" => {
                json!({"locale": settings.language.0, "displayName": settings.language.1})
            }
            "automaticRepliesSetting" => settings.automatic_replies.clone(),
            "delegateMeetingMessageDeliveryOptions" => json!(settings.delegate_delivery),
            "userPurpose" => json!(purpose(mailbox)),
            _ => json!(format!("AAMkAGArchive{}", mailbox.oid.replace('-', ""))),
        })
    }

    pub fn mailbox_settings(&mut self, part: Option<&str>) -> Answer {
        self.needs(Right::ReadSettings)?;
        let context = format!("users('{}')/mailboxSettings", self.mailbox()?.oid);
        match (self.method.as_str(), part) {
            ("GET", None) => {
                let mut body = json!({});
                for name in PARTS {
                    body[name] = self.setting(name)?;
                }
                Reply::ok(with_context(self.base, &context, body))
            }
            ("GET", Some(part)) => {
                let name = PARTS
                    .iter()
                    .find(|name| name.eq_ignore_ascii_case(part))
                    .ok_or_else(|| Fail::no_route(part))?;
                let value = self.setting(name)?;
                let body = if value.is_object() {
                    value
                } else {
                    json!({"value": value})
                };
                Reply::ok(with_context(self.base, &format!("{context}/{name}"), body))
            }
            ("PATCH", None) => {
                self.needs(Right::WriteSettings)?;
                let body = self.body.clone().unwrap_or_default();
                let fields = body
                    .as_object()
                    .ok_or_else(|| Fail::body_read("An object was expected."))?;
                let mut changed = json!({});
                for (name, value) in fields.iter().filter(|(name, _)| !name.starts_with('@')) {
                    let known = PARTS
                        .iter()
                        .find(|known| known.eq_ignore_ascii_case(name))
                        .ok_or_else(|| unknown_property(name, "microsoft.graph.mailboxSettings"))?;
                    self.change_setting(known, value)?;
                    changed[*known] = self.setting(known)?;
                }
                Reply::ok(with_context(self.base, &context, changed))
            }
            _ => Err(Fail::no_method()),
        }
    }

    fn change_setting(&mut self, name: &str, value: &Value) -> Result<(), Fail> {
        let text = value.as_str().map(str::to_owned);
        let needed = || {
            Fail::new(
                400,
                "InvalidArguments",
                "The argument is missing or invalid.",
            )
        };
        let settings = &mut self.mailbox_mut()?.settings;
        match name {
            "timeZone" => {
                let name = text.ok_or_else(needed)?;
                if zone::find(&name).is_none() {
                    return Err(Fail::new(
                        400,
                        "InvalidTimeZone",
                        &format!("The time zone '{name}' is not supported."),
                    ));
                }
                settings.zone_name = name;
            }
            "dateFormat" => settings.date_format = text.ok_or_else(needed)?,
            "timeFormat" => settings.time_format = text.ok_or_else(needed)?,
            "language" => {
                let locale = value
                    .get("locale")
                    .and_then(Value::as_str)
                    .ok_or_else(needed)?;
                settings.language = (locale.to_owned(), locale.to_owned());
            }
            "automaticRepliesSetting" => {
                let fields = value.as_object().ok_or_else(needed)?;
                let known = settings
                    .automatic_replies
                    .as_object()
                    .cloned()
                    .unwrap_or_default();
                for (name, value) in fields.iter().filter(|(name, _)| !name.starts_with('@')) {
                    if !known.contains_key(name) {
                        return Err(unknown_property(
                            name,
                            "microsoft.graph.automaticRepliesSetting",
                        ));
                    }
                    settings.automatic_replies[name.as_str()] = value.clone();
                }
            }
            "delegateMeetingMessageDeliveryOptions" => {
                let wanted = text.ok_or_else(needed)?;
                let known = DELIVERY
                    .iter()
                    .find(|known| known.eq_ignore_ascii_case(&wanted))
                    .ok_or_else(needed)?;
                settings.delegate_delivery = (*known).to_owned();
            }
            "workingHours" => change_hours(settings, value)?,
            _ => {}
        }
        Ok(())
    }

    pub fn categories(&mut self, id: Option<&str>) -> Answer {
        self.needs(if self.method == "GET" {
            Right::ReadSettings
        } else {
            Right::WriteSettings
        })?;
        let context = format!("users('{}')/outlook/masterCategories", self.mailbox()?.oid);
        let position = match id {
            None => None,
            Some(id) => {
                let rows = &self.mailbox()?.categories;
                Some(
                    rows.iter()
                        .position(|row| row.id.eq_ignore_ascii_case(id))
                        .ok_or_else(Fail::not_found)?,
                )
            }
        };
        let color = |body: &Value| -> Result<Option<String>, Fail> {
            let Some(text) = body.get("color").and_then(Value::as_str) else {
                return Ok(None);
            };
            let folded = text.to_ascii_lowercase();
            let number = folded
                .strip_prefix("preset")
                .and_then(|digits| digits.parse::<u8>().ok());
            let is_known = folded == "none" || number.is_some_and(|number| number <= 24);
            if is_known {
                Ok(Some(folded))
            } else {
                Err(Fail::body_read(&format!(
                    "Requested value '{text}' was not found."
                )))
            }
        };
        let body = self.body.clone().unwrap_or_default();
        match (self.method.as_str(), position) {
            ("GET", None) => {
                let items = self
                    .mailbox()?
                    .categories
                    .iter()
                    .map(category_json)
                    .collect();
                return Reply::ok(self.collection(
                    &context,
                    items,
                    &["id", "displayName", "color"],
                    1000,
                )?);
            }
            ("POST", None) => {
                let name = body
                    .get("displayName")
                    .and_then(Value::as_str)
                    .filter(|name| !name.is_empty());
                let name = name
                    .ok_or_else(|| Fail::parameter("The displayName of the category is missing."))?
                    .to_owned();
                if self
                    .mailbox()?
                    .categories
                    .iter()
                    .any(|row| row.name.eq_ignore_ascii_case(&name))
                {
                    return Err(Fail::new(
                        409,
                        "CategoryNameDuplicate",
                        "A category with the same name already exists.",
                    ));
                }
                let color = color(&body)?.unwrap_or_else(|| "none".to_owned());
                let id = guid(self.world.seed ^ 0xca7, self.world.new_key());
                let category = Category { id, name, color };
                let value = category_json(&category);
                self.mailbox_mut()?.categories.push(category);
                return Reply::created(with_context(
                    self.base,
                    &format!("{context}/$entity"),
                    value,
                ));
            }
            ("PATCH", Some(position)) => {
                if body.get("displayName").is_some() {
                    return Err(Fail::invalid(
                        "The displayName of a category cannot be changed.",
                    ));
                }
                let color = color(&body)?;
                if let (Some(color), Some(row)) =
                    (color, self.mailbox_mut()?.categories.get_mut(position))
                {
                    row.color = color;
                }
            }
            ("DELETE", Some(position)) => {
                self.mailbox_mut()?.categories.remove(position);
                return Reply::empty(204);
            }
            ("GET", Some(_)) => {}
            _ => return Err(Fail::no_method()),
        }
        let row = position
            .and_then(|position| self.mailbox().ok()?.categories.get(position))
            .ok_or_else(Fail::not_found)?;
        Reply::ok(with_context(
            self.base,
            &format!("{context}/$entity"),
            category_json(row),
        ))
    }

    pub fn supported_zones(&mut self, function: &str) -> Answer {
        self.needs(Right::ReadMe)?;
        let wants_iana = function.contains("iana");
        let rows: Vec<Value> = windows::ROWS
            .iter()
            .map(|row| json!({"alias": if wants_iana { row.iana } else { row.name }, "displayName": if wants_iana { row.iana } else { row.display }}))
            .collect();
        Reply::ok(with_context(
            self.base,
            "Collection(microsoft.graph.timeZoneInformation)",
            json!({"value": rows}),
        ))
    }

    pub fn supported_languages(&mut self) -> Answer {
        self.needs(Right::ReadMe)?;
        let languages = [
            ("en-US", "English (United States)"),
            ("de-DE", "German (Germany)"),
            ("ja-JP", "Japanese (Japan)"),
        ];
        let rows: Vec<Value> = languages
            .iter()
            .map(|(locale, name)| json!({"locale": locale, "displayName": name}))
            .collect();
        Reply::ok(with_context(
            self.base,
            "Collection(microsoft.graph.localeInfo)",
            json!({"value": rows}),
        ))
    }
}

fn category_json(category: &Category) -> Value {
    json!({"id": category.id, "displayName": category.name, "color": category.color})
}

fn change_hours(settings: &mut Settings, value: &Value) -> Result<(), Fail> {
    let minutes = |name: &str, current: u32| -> Result<u32, Fail> {
        let Some(text) = value.get(name).and_then(Value::as_str) else {
            return Ok(current);
        };
        let mut parts = text
            .split(':')
            .map(|part| part.split('.').next().unwrap_or(part).parse::<u32>().ok());
        let found = parts
            .next()
            .flatten()
            .zip(parts.next().flatten())
            .filter(|(hour, minute)| *hour < 24 && *minute < 60);
        let (hour, minute) = found.ok_or_else(|| {
            Fail::body_read(&format!("Cannot convert the literal '{text}' to the expected type 'Edm.TimeOfDay' ({DEFAULT_WEEK})."))
        })?;
        Ok(hour * 60 + minute)
    };
    let (start, end) = (
        minutes("startTime", settings.work_start)?,
        minutes("endTime", settings.work_end)?,
    );
    if end <= start {
        return Err(Fail::new(
            400,
            "ErrorInvalidTimeSettings",
            "Start Time should occur before End Time.",
        ));
    }
    if let Some(list) = value.get("daysOfWeek").and_then(Value::as_array) {
        let mut days = Vec::new();
        for day in list.iter().filter_map(Value::as_str) {
            let number = WEEKDAYS
                .iter()
                .position(|name| name.eq_ignore_ascii_case(day));
            let number = number.ok_or_else(|| {
                Fail::body_read(&format!("Requested value '{day}' was not found."))
            })?;
            days.push(u8::try_from(number).unwrap_or(0));
        }
        settings.work_days = days;
    }
    if let Some(name) = value.pointer("/timeZone/name").and_then(Value::as_str) {
        if zone::find(name).is_none() && name != "Customized Time Zone" {
            return Err(Fail::new(
                400,
                "InvalidTimeZone",
                &format!("The time zone '{name}' is not supported."),
            ));
        }
        settings.work_zone = name.to_owned();
    }
    settings.work_start = start;
    settings.work_end = end;
    Ok(())
}
