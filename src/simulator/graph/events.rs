//! Reading events: by id, as lists, as windows, as instances of a series.

use serde_json::{Value, json};

use super::call::{Answer, Call, Fail, Folder, Reply, Right, Sight};
use super::query::project;
use super::render::EVENT_MEMBERS;
use super::with_context;
use crate::simulator::civil::{DAY_MS, Day, date_text, parse_instant};
use crate::simulator::ids::{Form, Thing};
use crate::simulator::world::Event;
use crate::simulator::world::event::Slot;

const LONGEST_DAYS: i64 = 1825;

/// An event as a path addressed it.
pub(crate) struct Found {
    pub store: usize,
    pub event: Event,
    pub day: Option<Day>,
    pub folder: Folder,
}

impl Found {
    /// What is private is neither seen nor changed by those whom its owner does not let.
    pub fn may_change(&self) -> bool {
        let is_private = matches!(self.event.item.sensitivity, "private" | "confidential");
        self.folder.can_edit && (self.folder.sight == Sight::Everything || !is_private)
    }
}

impl Call<'_> {
    /// The event of an id; it may be in any calendar of the mailbox (only a calendar named in
    /// the path narrows it down).
    pub fn find_event(&self, calendar: Option<&str>, id: &str) -> Result<Found, Fail> {
        let named = calendar.map(|id| self.folder(Some(id))).transpose()?;
        let (id, form) = self.read_id(id, &[Thing::Event, Thing::Occurrence])?;
        let store = usize::from(id.store);
        let mailbox = self.world.mailbox(store).ok_or_else(Fail::not_found)?;
        let event = mailbox.event(id.key).ok_or_else(Fail::not_found)?;
        if form == Form::Default && event.moves != id.moves {
            return Err(Fail::not_found());
        }
        let folder = self.folder_holding(store, event.calendar)?;
        if named.is_some_and(|named| named.key != folder.key) {
            return Err(Fail::not_found());
        }
        let day = (id.thing == Thing::Occurrence).then_some(id.day);
        if day.is_some_and(|day| event.occurrence(day).is_none()) {
            return Err(Fail::not_found());
        }
        Ok(Found {
            store,
            event: (**event).clone(),
            day,
            folder,
        })
    }

    /// My view of the calendar that holds an event.
    fn folder_holding(&self, store: usize, calendar: u64) -> Result<Folder, Fail> {
        let mailbox = self.mailbox()?;
        let entry = mailbox
            .calendars
            .iter()
            .find(|entry| entry.shared_from.unwrap_or((self.owner, entry.key)) == (store, calendar))
            .ok_or_else(Fail::not_found)?;
        self.folder(Some(&self.id(Thing::Calendar, self.owner, entry.key, 0, 0)))
    }

    pub fn show(&self, found: &Found) -> Result<Value, Fail> {
        let mut value = self
            .event_json(found.store, &found.event, found.day)
            .ok_or_else(Fail::not_found)?;
        let wanted = self.query.select();
        let expand = self
            .query
            .get("$expand")
            .unwrap_or_default()
            .to_ascii_lowercase();
        let is_wanted = |name: &str| {
            wanted
                .as_ref()
                .is_some_and(|names| names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name)))
        };
        if let Some(select) = &wanted {
            project(&mut value, select, EVENT_MEMBERS)?;
        }
        if let Some(fields) = value.as_object_mut() {
            if let (Some(series), None) = (&found.event.series, found.day) {
                if is_wanted("cancelledOccurrences") {
                    let master = self.event_id(found.store, &found.event, None);
                    let list: Vec<String> = series
                        .cancelled
                        .iter()
                        .map(|day| format!("OID.{master}.{}", date_text(*day)))
                        .collect();
                    fields.insert("cancelledOccurrences".to_owned(), json!(list));
                }
                if expand.contains("exceptionoccurrences") {
                    fields.insert(
                        "exceptionOccurrences".to_owned(),
                        json!(self.exceptions_of(found)),
                    );
                }
            }
            if expand.contains("singlevalueextendedproperties") {
                let asked = self.query.get("$expand").unwrap_or_default();
                let rows: Vec<Value> = found
                    .event
                    .properties
                    .iter()
                    .filter(|(id, _)| asked.contains(id.as_str()))
                    .map(|(id, value)| json!({"id": id, "value": value}))
                    .collect();
                if !rows.is_empty() {
                    fields.insert("singleValueExtendedProperties".to_owned(), json!(rows));
                }
            }
            if expand.contains("attachments") {
                fields.insert(
                    "attachments".to_owned(),
                    json!(self.attachments_of(&found.event)),
                );
            }
        }
        let context = format!("users('{}')/events/$entity", self.mailbox()?.oid);
        Ok(with_context(self.base, &context, value))
    }

    fn exceptions_of(&self, found: &Found) -> Vec<Value> {
        let days = found
            .event
            .series
            .iter()
            .flat_map(|series| series.exceptions.keys());
        days.filter_map(|day| self.event_json(found.store, &found.event, Some(*day)))
            .collect()
    }

    pub fn exceptions(&mut self, calendar: Option<&str>, id: &str) -> Answer {
        let found = self.find_event(calendar, id)?;
        let items = self.exceptions_of(&found);
        let context = format!(
            "users('{}')/events('{id}')/exceptionOccurrences",
            self.mailbox()?.oid
        );
        Reply::ok(self.collection(&context, items, EVENT_MEMBERS, 10)?)
    }

    pub fn event(&mut self, calendar: Option<&str>, id: &str) -> Answer {
        let found = self.find_event(calendar, id)?;
        match self.method.as_str() {
            "GET" => Reply::ok(self.show(&found)?),
            "PATCH" => self.change_event(found),
            "DELETE" => self.delete_event(&found),
            _ => Err(Fail::no_method()),
        }
    }

    pub fn calendar_of(&mut self, calendar: Option<&str>, id: &str) -> Answer {
        let found = self.find_event(calendar, id)?;
        let id = self.id(Thing::Calendar, self.owner, found.folder.key, 0, 0);
        self.calendar(Some(&id))
    }

    /// Masters and single events; occurrences and exceptions are not listed (Graph: list events).
    pub fn events(&mut self, calendar: Option<&str>) -> Answer {
        if self.method == "POST" {
            return self.create_event(calendar);
        }
        if self.method != "GET" {
            return Err(Fail::no_method());
        }
        let folder = self.folder(calendar)?;
        let context = format!("users('{}')/events", self.mailbox()?.oid);
        let store = self
            .world
            .mailbox(folder.store)
            .ok_or_else(Fail::not_found)?;
        let mut events: Vec<_> = store
            .events()
            .filter(|event| event.calendar == folder.store_calendar)
            .collect();
        let is_plain = self.query.get("$filter").is_none() && self.query.get("$orderby").is_none();
        let skip = self.query.number("$skip")?.unwrap_or(0);
        let top = self.top(10)?;
        let count = events.len();
        if let Some(text) = self.query.get("$filter")
            && text
                .to_ascii_lowercase()
                .starts_with("singlevalueextendedproperties/any")
        {
            let matches = |event: &Event| {
                event.properties.iter().any(|(id, value)| {
                    text.contains(&format!("'{id}'")) && text.contains(&format!("'{value}'"))
                })
            };
            let found = events.iter().filter(|event| matches(event));
            let items: Vec<Value> = found
                .filter_map(|event| self.event_json(folder.store, event, None))
                .collect();
            return Reply::ok(with_context(self.base, &context, json!({"value": items})));
        }
        if !is_plain {
            let items = events
                .iter()
                .filter_map(|event| self.event_json(folder.store, event, None))
                .collect();
            return Reply::ok(self.collection(&context, items, EVENT_MEMBERS, 10)?);
        }
        // Newest first, which is what the service tends to do.
        events.reverse();
        let page = events.iter().skip(skip).take(top);
        let items: Vec<Value> = page
            .filter_map(|event| self.event_json(folder.store, event, None))
            .collect();
        Reply::ok(self.page(&context, items, skip + top, count)?)
    }

    fn page(
        &self,
        context: &str,
        mut items: Vec<Value>,
        next: usize,
        count: usize,
    ) -> Result<Value, Fail> {
        if let Some(select) = self.query.select() {
            for item in &mut items {
                project(item, &select, EVENT_MEMBERS)?;
            }
        }
        let mut body = json!({"value": items});
        if let Some(fields) = body.as_object_mut() {
            if self.query.is_counting() {
                fields.insert("@odata.count".to_owned(), json!(count));
            }
            if next < count {
                fields.insert("@odata.nextLink".to_owned(), json!(self.next_link(next)));
            }
        }
        Ok(with_context(self.base, context, body))
    }

    pub fn view(&mut self, calendar: Option<&str>) -> Answer {
        if self.method != "GET" {
            return Err(Fail::no_method());
        }
        let folder = self.folder(calendar)?;
        let (from, to) = self.window()?;
        let context = format!("users('{}')/calendarView", self.mailbox()?.oid);
        let store = self
            .world
            .mailbox(folder.store)
            .ok_or_else(Fail::not_found)?;
        let slots = store.slots(folder.store_calendar, from, to);
        let order = self
            .query
            .get("$orderby")
            .unwrap_or("start/dateTime")
            .to_ascii_lowercase();
        let is_simple = self.query.get("$filter").is_none() && order.starts_with("start/datetime");
        let show = |slot: &Slot| {
            let event = store.event(slot.key)?;
            self.event_json(folder.store, event, slot.day)
        };
        if !is_simple {
            let items = slots.iter().filter_map(show).collect();
            return Reply::ok(self.collection(&context, items, EVENT_MEMBERS, 10)?);
        }
        let skip = self.query.number("$skip")?.unwrap_or(0);
        let top = self.top(10)?;
        let items: Vec<Value> = if order.ends_with(" desc") {
            slots
                .iter()
                .rev()
                .skip(skip)
                .take(top)
                .filter_map(show)
                .collect()
        } else {
            slots.iter().skip(skip).take(top).filter_map(show).collect()
        };
        let mut body = self.page(&context, items, skip + top, slots.len())?;
        self.hide_unasked_join_urls(&mut body);
        Reply::ok(body)
    }

    /// `onlineMeeting` is only filled on a view when `isOnlineMeeting` is selected too.
    fn hide_unasked_join_urls(&self, body: &mut Value) {
        let Some(select) = self.query.select() else {
            return;
        };
        let has = |name: &str| {
            select
                .iter()
                .any(|wanted| wanted.eq_ignore_ascii_case(name))
        };
        if !has("onlineMeeting") || has("isOnlineMeeting") {
            return;
        }
        for item in body
            .get_mut("value")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            if let Some(fields) = item.as_object_mut() {
                fields.insert("onlineMeeting".to_owned(), Value::Null);
            }
        }
    }

    pub fn instances(&mut self, calendar: Option<&str>, id: &str) -> Answer {
        self.needs(Right::ReadCalendars)?;
        let found = self.find_event(calendar, id)?;
        let (from, to) = self.window()?;
        if found.event.series.is_none() || found.day.is_some() {
            return Err(Fail::invalid("The event is not a series master."));
        }
        let mut slots = found.event.slots(from, to);
        slots.sort_unstable();
        let items = slots
            .iter()
            .filter_map(|slot| self.event_json(found.store, &found.event, slot.day))
            .collect();
        let context = format!("users('{}')/events('{id}')/instances", self.mailbox()?.oid);
        Reply::ok(self.collection(&context, items, EVENT_MEMBERS, 10)?)
    }

    /// `startDateTime` and `endDateTime` in milliseconds since the epoch.
    pub fn window(&self) -> Result<(i64, i64), Fail> {
        let read = |name: &str| -> Result<i64, Fail> {
            let text = self.query.get(name).ok_or_else(|| {
                Fail::parameter("This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.")
            })?;
            let shown = if name == "startDateTime" {
                "StartDateTime"
            } else {
                "EndDateTime"
            };
            parse_instant(text).ok_or_else(|| {
                Fail::parameter(&format!(
                    "The value '{text}' of parameter '{shown}' is invalid."
                ))
            })
        };
        let (from, to) = (read("startDateTime")?, read("endDateTime")?);
        if to - from > LONGEST_DAYS * DAY_MS {
            return Err(Fail::invalid(
                "The range between the start and end dates is greater than the allowed range. Maximum number of days: 1825",
            ));
        }
        if to < from {
            return Err(Fail::parameter(
                "The value of parameter 'EndDateTime' is before 'StartDateTime'.",
            ));
        }
        // Documented edges are loose; the habit shows it.
        let slack = i64::from(self.habits.loose_edges);
        Ok((from - slack, to + slack))
    }
}
