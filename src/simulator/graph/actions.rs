//! Actions on an event: answers, cancellation, forwarding, reminders, attachments.

use base64::Engine;
use serde_json::{Value, json};

use super::call::{Answer, Call, Fail, Reply, Right, Sight};
use super::draft::{address, attachment, stamp, unknown_property};
use super::events::Found;
use super::with_context;
use crate::simulator::civil::{instant_text, parse_instant};
use crate::simulator::ids::Thing;
use crate::simulator::world::event::Attachment;
use crate::simulator::world::exchange::Answer as Sent;
use crate::simulator::world::{Event, Response, Stamp};

impl Call<'_> {
    pub fn act(&mut self, calendar: Option<&str>, id: &str, action: &str) -> Answer {
        if self.method != "POST" {
            return Err(Fail::no_method());
        }
        match action {
            "accept" => self.reply(calendar, id, Response::Accepted),
            "decline" => self.reply(calendar, id, Response::Declined),
            "tentativelyaccept" => self.reply(calendar, id, Response::Tentative),
            "cancel" => self.cancel(calendar, id),
            "forward" => self.forward(calendar, id),
            "snoozereminder" | "dismissreminder" => self.quiet(calendar, id, action),
            "permanentdelete" => {
                let found = self.find_event(calendar, id)?;
                self.delete_event(&found)
            }
            other => Err(Fail::no_route(other)),
        }
    }

    /// The members of the action's body under folded names; unknown ones are refused.
    fn arguments(&self, known: &[&str]) -> Result<std::collections::BTreeMap<String, Value>, Fail> {
        let mut found = std::collections::BTreeMap::new();
        let Some(body) = &self.body else {
            return Ok(found);
        };
        let fields = body
            .as_object()
            .ok_or_else(|| Fail::body_read("An object was expected."))?;
        for (name, value) in fields {
            let folded = name.to_ascii_lowercase();
            if !known.contains(&folded.as_str()) {
                return Err(unknown_property(name, "Edm.Untyped"));
            }
            if !value.is_null() {
                found.insert(folded, value.clone());
            }
        }
        Ok(found)
    }

    fn reply(&mut self, calendar: Option<&str>, id: &str, response: Response) -> Answer {
        self.needs(Right::WriteCalendars)?;
        let found = self.find_event(calendar, id)?;
        // Who may only write does not act for the owner.
        if !found.may_change() || !found.folder.is_delegate {
            return Err(Fail::denied());
        }
        let known: &[&str] = if response == Response::Accepted {
            &["comment", "sendresponse"]
        } else {
            &["comment", "sendresponse", "proposednewtime"]
        };
        let arguments = self.arguments(known)?;
        if found.event.is_organizer {
            return Err(Fail::invalid(
                "You can't respond to this meeting because you're the meeting organizer.",
            ));
        }
        let is_sent = match arguments.get("sendresponse") {
            None => true,
            Some(value) => value
                .as_bool()
                .or_else(|| value.as_str()?.to_ascii_lowercase().parse().ok())
                .ok_or_else(|| Fail::body_read("Cannot convert the value of 'SendResponse'."))?,
        };
        let comment = arguments
            .get("comment")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let item = found
            .day
            .and_then(|day| found.event.occurrence(day))
            .unwrap_or_else(|| found.event.item.clone());
        if !is_sent && !comment.is_empty() {
            return Err(Fail::parameter(
                "'SendResponse' must be true when 'Comment' is not null",
            ));
        }
        let proposed = match arguments.get("proposednewtime") {
            None => None,
            Some(_) if !is_sent => {
                return Err(Fail::parameter(
                    "'SendResponse' must be true when 'ProposedNewTime' is not null",
                ));
            }
            Some(_) if !item.allow_new_time_proposals => {
                return Err(Fail::invalid(
                    "The organizer of this meeting doesn't allow new time proposals.",
                ));
            }
            Some(value) => Some(time_slot(value)?),
        };
        if is_sent && !item.response_requested {
            return Err(Fail::invalid(
                "The meeting organizer hasn't requested a response.",
            ));
        }
        let answer = Sent {
            response,
            comment,
            is_sent,
            proposed,
        };
        self.world
            .answer(found.store, found.event.key, found.day, &answer, self.now);
        Reply::empty(202)
    }

    fn cancel(&mut self, calendar: Option<&str>, id: &str) -> Answer {
        self.needs(Right::WriteCalendars)?;
        let found = self.find_event(calendar, id)?;
        let arguments = self.arguments(&["comment"])?;
        if !found.may_change() {
            return Err(Fail::denied());
        }
        if !found.event.is_organizer {
            return Err(Fail::invalid(
                "You need to be an organizer to cancel a meeting.",
            ));
        }
        let comment = arguments
            .get("comment")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        self.world
            .withdraw(found.store, found.event.key, found.day, &comment, self.now);
        Reply::empty(202)
    }

    fn forward(&mut self, calendar: Option<&str>, id: &str) -> Answer {
        self.needs(Right::ReadCalendars)?;
        let found = self.find_event(calendar, id)?;
        if self.owner != self.me && !found.may_change() {
            return Err(Fail::denied());
        }
        let arguments = self.arguments(&["comment", "torecipients"])?;
        let comment = arguments
            .get("comment")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let list = arguments
            .get("torecipients")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let mut people = Vec::new();
        for row in &list {
            let value = row.as_object().and_then(|fields| {
                fields
                    .iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case("emailAddress"))
                    .map(|(_, value)| value)
            });
            people.push(address(value.unwrap_or(&Value::Null))?);
        }
        if people.is_empty() {
            return Err(Fail::new(
                400,
                "ErrorInvalidRecipients",
                "At least one recipient is needed.",
            ));
        }
        self.world
            .forward(found.store, found.event.key, &people, &comment, self.now);
        Reply::empty(202)
    }

    fn quiet(&mut self, calendar: Option<&str>, id: &str, action: &str) -> Answer {
        self.needs(Right::WriteCalendars)?;
        let Found {
            store,
            mut event,
            day,
            ..
        } = self.find_event(calendar, id)?;
        let until = if action == "snoozereminder" {
            let arguments = self.arguments(&["newremindertime"])?;
            let value = arguments
                .get("newremindertime")
                .ok_or_else(|| Fail::parameter("The new reminder time is missing."))?;
            Some(stamp(value)?.instant())
        } else {
            None
        };
        let mut item = day
            .and_then(|day| event.occurrence(day))
            .unwrap_or_else(|| event.item.clone());
        item.snoozed_until_ms = until;
        item.reminder_dismissed = until.is_none();
        match (day, &mut event.series) {
            (Some(day), Some(series)) => {
                series.exceptions.insert(day, item);
            }
            _ => event.item = item,
        }
        self.world.put(store, event, self.now);
        Reply::empty(200)
    }

    /// `reminderView(startDateTime='…',endDateTime='…')`, by the time of the event.
    pub fn reminders(&mut self, function: &str) -> Answer {
        self.needs(Right::ReadCalendars)?;
        let argument = |name: &str| -> Result<i64, Fail> {
            let lower = function.to_ascii_lowercase();
            let from_path = lower
                .find(&format!("{}='", name.to_ascii_lowercase()))
                .and_then(|at| {
                    let rest = function.get(at + name.len() + 2..)?;
                    rest.split('\'').next().map(str::to_owned)
                });
            let text = from_path
                .or_else(|| self.query.get(name).map(str::to_owned))
                .unwrap_or_default();
            parse_instant(&text).ok_or_else(|| {
                Fail::parameter(&format!(
                    "The value '{text}' of parameter '{name}' is invalid."
                ))
            })
        };
        let (from, to) = (argument("startDateTime")?, argument("endDateTime")?);
        let mailbox = self.mailbox()?;
        let mut rows = Vec::new();
        for slot in mailbox.slots(mailbox.default_calendar(), from, to).iter() {
            let Some(event) = mailbox.event(slot.key) else {
                continue;
            };
            let Some(item) = slot
                .day
                .map_or_else(|| Some(event.item.clone()), |day| event.occurrence(day))
            else {
                continue;
            };
            if !item.is_reminder_on || item.reminder_dismissed || item.is_cancelled {
                continue;
            }
            let fires = item
                .snoozed_until_ms
                .unwrap_or(slot.start_ms - i64::from(item.reminder_minutes) * 60_000);
            let id = self.event_id(self.owner, event, slot.day);
            let fires = Stamp::from_instant(fires, crate::simulator::zone::utc());
            rows.push(json!({
                "eventId": id,
                "changeKey": self.etag(event, slot.day),
                "eventSubject": item.subject,
                "eventStartTime": self.prefer.stamp(item.start, item.is_all_day),
                "eventEndTime": self.prefer.stamp(item.end, item.is_all_day),
                "eventLocation": super::render::joined_location(&item.locations),
                "eventWebLink": format!("https://outlook.office365.com/owa/?itemid={}", id.replace('=', "%3D")),
                "reminderFireTime": self.prefer.stamp(fires, false),
            }));
        }
        Reply::ok(with_context(
            self.base,
            "Collection(microsoft.graph.reminder)",
            json!({"value": rows}),
        ))
    }

    fn attachment_json(&self, attachment: &Attachment) -> Value {
        json!({
            "@odata.type": "#microsoft.graph.fileAttachment",
            "@odata.mediaContentType": attachment.content_type,
            "id": self.id(Thing::Attachment, self.owner, attachment.key, 0, 0),
            "lastModifiedDateTime": instant_text(attachment.modified_ms),
            "name": attachment.name,
            "contentType": attachment.content_type,
            "size": attachment.content.len() * 3 / 4,
            "isInline": attachment.is_inline,
            "contentId": null,
            "contentLocation": null,
            "contentBytes": attachment.content,
        })
    }

    pub fn attachments_of(&self, event: &Event) -> Vec<Value> {
        event
            .attachments
            .iter()
            .map(|attachment| self.attachment_json(attachment))
            .collect()
    }

    pub fn attachments(
        &mut self,
        calendar: Option<&str>,
        id: &str,
        wanted: Option<&str>,
        part: Option<&str>,
    ) -> Answer {
        let Found {
            store,
            mut event,
            folder,
            ..
        } = self.find_event(calendar, id)?;
        let context = format!(
            "users('{}')/events('{id}')/attachments",
            self.mailbox()?.oid
        );
        let is_private = matches!(event.item.sensitivity, "private" | "confidential");
        match folder.sight {
            Sight::Everything => {}
            Sight::NotPrivate if !is_private => {}
            _ => return Err(Fail::denied()),
        }
        if self.method != "GET" {
            self.needs(Right::WriteCalendars)?;
            if !folder.can_edit {
                return Err(Fail::denied());
            }
        }
        let Some(wanted) = wanted else {
            return match self.method.as_str() {
                "GET" => {
                    let members = [
                        "id",
                        "lastModifiedDateTime",
                        "name",
                        "contentType",
                        "size",
                        "isInline",
                        "contentId",
                        "contentLocation",
                        "contentBytes",
                    ];
                    Reply::ok(self.collection(
                        &context,
                        self.attachments_of(&event),
                        &members,
                        1000,
                    )?)
                }
                "POST" => {
                    let body = self.body.clone().unwrap_or_default();
                    let key = self.world.new_key();
                    let added = attachment(&body, key, self.now)?;
                    let value = self.attachment_json(&added);
                    event.attachments.push(added);
                    self.world.put(store, event, self.now);
                    Reply::created(with_context(
                        self.base,
                        &format!("{context}/$entity"),
                        value,
                    ))
                }
                _ => Err(Fail::no_method()),
            };
        };
        let key = self.read_id(wanted, &[Thing::Attachment])?.0.key;
        let found = event
            .attachments
            .iter()
            .find(|known| known.key == key)
            .cloned()
            .ok_or_else(Fail::not_found)?;
        match (self.method.as_str(), part) {
            ("GET", Some("$value")) => {
                let raw = base64::engine::general_purpose::STANDARD
                    .decode(&found.content)
                    .unwrap_or_default();
                let text = String::from_utf8_lossy(&raw).into_owned();
                let headers = vec![("Content-Type".to_owned(), found.content_type)];
                Ok(Reply {
                    status: 200,
                    headers,
                    body: Some(Value::String(text)),
                })
            }
            ("GET", None) => Reply::ok(with_context(
                self.base,
                &format!("{context}/$entity"),
                self.attachment_json(&found),
            )),
            ("DELETE", None) => {
                event.attachments.retain(|known| known.key != key);
                self.world.put(store, event, self.now);
                Reply::empty(204)
            }
            _ => Err(Fail::no_method()),
        }
    }

    pub fn translate_ids(&mut self) -> Answer {
        self.needs(Right::ReadCalendars)?;
        let body = self.body.clone().unwrap_or_default();
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let form = match text("targetIdType").to_ascii_lowercase().as_str() {
            "restid" => crate::simulator::ids::Form::Default,
            "restimmutableentryid" => crate::simulator::ids::Form::Immutable,
            _ => return Err(Fail::parameter("The target id type is not supported.")),
        };
        let list = body
            .get("inputIds")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let all = [
            Thing::Event,
            Thing::Occurrence,
            Thing::Calendar,
            Thing::CalendarGroup,
        ];
        let mut rows = Vec::new();
        for source in list.iter().filter_map(Value::as_str) {
            let (mut id, _) = self.read_id(source, &all)?;
            if let Some(event) = self
                .world
                .mailbox(usize::from(id.store))
                .and_then(|store| store.event(id.key))
            {
                id.moves = event.moves;
            }
            rows.push(json!({"sourceId": source, "targetId": self.in_form(&id, form)}));
        }
        Reply::ok(with_context(
            self.base,
            "Collection(microsoft.graph.convertIdResult)",
            json!({"value": rows}),
        ))
    }
}

fn time_slot(value: &Value) -> Result<(Stamp, Stamp), Fail> {
    let fields = value
        .as_object()
        .ok_or_else(|| Fail::parameter("The proposed time is not an object."))?;
    let get = |wanted: &str| {
        fields
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value)
    };
    let part = |name: &str| stamp(get(name).unwrap_or(&Value::Null));
    let (start, end) = (part("start")?, part("end")?);
    if end.instant() <= start.instant() {
        return Err(Fail::parameter("The proposed time ends before it starts."));
    }
    Ok((start, end))
}
