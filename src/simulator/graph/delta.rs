//! Change tracking: rounds of pages over one window of one calendar.
//!
//! Tokens carry everything (mailbox, calendar, window, watermarks, position), so the service
//! keeps no sessions. Invariants: a series is never split over pages; whatever changed after
//! the watermark of a round comes in the next one; a single deleted occurrence has no tombstone.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::call::{Answer, Call, Fail, Folder, Reply};
use super::query::encode;
use super::with_context;
use crate::simulator::dice::{digest, scramble};
use crate::simulator::ids::{Id, Thing};
use crate::simulator::world::Event;

const DEFAULT_PAGE: usize = 50;
const FORBIDDEN: [&str; 6] = ["$filter", "$orderby", "$search", "$expand", "$top", "$skip"];

/// What a token remembers.
#[derive(Clone, Debug, PartialEq)]
struct Token {
    owner: usize,
    calendar: u64,
    /// `None` for `events/delta`, which has no end.
    window: Option<(i64, i64)>,
    /// Changes up to this one are known to the client.
    since: u64,
    /// The watermark of the round under way.
    until: u64,
    /// Groups up to this key were sent in the round under way.
    after: u64,
    /// Pages sent in the round, empty ones included.
    pages: u64,
    is_first_round: bool,
}

impl Token {
    fn write(&self, seed: u64) -> String {
        let window = self
            .window
            .map_or_else(|| "-".to_owned(), |(from, to)| format!("{from}:{to}"));
        let clear = format!(
            "{}|{}|{window}|{}|{}|{}|{}|{}",
            self.owner,
            self.calendar,
            self.since,
            self.until,
            self.after,
            self.pages,
            u8::from(self.is_first_round)
        );
        let check = digest(&format!("{seed}{clear}"));
        let mut state = check ^ seed;
        let masked = clear.bytes().map(|byte| {
            state = scramble(state.wrapping_add(1));
            byte ^ state.to_be_bytes()[0]
        });
        let mut bytes = check.to_be_bytes().to_vec();
        bytes.extend(masked);
        format!("R0us{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    fn read(text: &str, seed: u64) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix("R0us")?).ok()?;
        let check = u64::from_be_bytes(bytes.get(..8)?.try_into().ok()?);
        let mut state = check ^ seed;
        let clear: Vec<u8> = bytes
            .get(8..)?
            .iter()
            .map(|byte| {
                state = scramble(state.wrapping_add(1));
                byte ^ state.to_be_bytes()[0]
            })
            .collect();
        let clear = String::from_utf8(clear).ok()?;
        if digest(&format!("{seed}{clear}")) != check {
            return None;
        }
        let mut parts = clear.split('|');
        let mut next = || parts.next();
        let owner = next()?.parse().ok()?;
        let calendar = next()?.parse().ok()?;
        let window = match next()? {
            "-" => None,
            text => {
                let (from, to) = text.split_once(':')?;
                Some((from.parse().ok()?, to.parse().ok()?))
            }
        };
        Some(Self {
            owner,
            calendar,
            window,
            since: next()?.parse().ok()?,
            until: next()?.parse().ok()?,
            after: next()?.parse().ok()?,
            pages: next()?.parse().ok()?,
            is_first_round: next()? == "1",
        })
    }
}

impl Call<'_> {
    pub fn view_delta(&mut self, calendar: Option<&str>) -> Answer {
        self.delta(calendar, true)
    }

    pub fn events_delta(&mut self, calendar: Option<&str>) -> Answer {
        self.delta(calendar, false)
    }

    fn delta(&mut self, calendar: Option<&str>, is_view: bool) -> Answer {
        if self.method != "GET" {
            return Err(Fail::no_method());
        }
        if let Some(name) = FORBIDDEN.iter().find(|name| self.query.get(name).is_some()) {
            let message = format!(
                "The following parameters are not supported with change tracking over the 'CalendarView' resource: '{name}'."
            );
            return Err(Fail::new(400, "ErrorInvalidUrlQuery", &message));
        }
        let folder = self.folder(calendar).map_err(|fail| {
            if fail.status == 404 {
                Fail::new(
                    404,
                    "ErrorSyncFolderNotFound",
                    "The folder for the specified sync state was not found.",
                )
            } else {
                fail
            }
        })?;
        let seed = self.world.seed;
        let given = self
            .query
            .get("$skiptoken")
            .or_else(|| self.query.get("$deltatoken"))
            .map(str::to_owned);
        let token = match given.as_deref() {
            Some(text) if !text.is_empty() => {
                let token = Token::read(text, seed).ok_or_else(|| self.gone(None))?;
                let is_here = token.owner == self.owner && token.calendar == folder.key;
                if !is_here || token.window.is_some() != is_view {
                    return Err(self.gone(None));
                }
                if self.query.get("$deltatoken").is_some() {
                    Token {
                        since: token.until,
                        until: self.world.last_change(),
                        after: 0,
                        pages: 0,
                        is_first_round: false,
                        ..token
                    }
                } else {
                    token
                }
            }
            _ => {
                let until = self.world.last_change();
                let window = if is_view { Some(self.window()?) } else { None };
                Token {
                    owner: self.owner,
                    calendar: folder.key,
                    window,
                    since: 0,
                    until,
                    after: 0,
                    pages: 0,
                    is_first_round: true,
                }
            }
        };
        if self.habits.refuses_shared_pages && token.pages > 0 && folder.store != self.me {
            return Err(Fail::denied());
        }
        let store = self
            .world
            .mailbox(folder.store)
            .ok_or_else(Fail::not_found)?;
        if !token.is_first_round && !store.remembers(token.since) {
            return Err(self.gone(token.window));
        }
        let mut reply = self.delta_page(&folder, &token)?;
        let applied = ["odata.track-changes".to_owned(), self.prefer.applied()];
        let applied: Vec<String> = applied
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        reply
            .headers
            .push(("Preference-Applied".to_owned(), applied.join(", ")));
        Ok(reply)
    }

    fn gone(&self, window: Option<(i64, i64)>) -> Fail {
        let message = format!(
            "The sync state generation is not found; generation=1;[highest={}].",
            self.world.last_change()
        );
        let mut fail = Fail::new(410, "SyncStateNotFound", &message);
        let range = window.map_or_else(String::new, |(from, to)| {
            let text = |ms| encode(&crate::simulator::civil::instant_short(ms));
            format!("startDateTime={}&endDateTime={}&", text(from), text(to))
        });
        fail.headers.push((
            "Location".to_owned(),
            format!("{}{}?{range}$deltatoken=", self.base, self.path),
        ));
        fail
    }

    fn delta_page(&self, folder: &Folder, token: &Token) -> Answer {
        let size = self
            .prefer
            .page_size
            .or(self.habits.page_size)
            .unwrap_or(DEFAULT_PAGE);
        if token.pages < u64::from(self.habits.empty_pages) {
            let next = Token {
                pages: token.pages + 1,
                ..token.clone()
            };
            return Reply::ok(self.delta_body(Vec::new(), "nextLink", "$skiptoken", &next));
        }
        let mut items = Vec::new();
        let mut last = token.after;
        let mut is_done = true;
        for (key, before) in self.candidates(folder, token, size) {
            if items.len() >= size {
                is_done = false;
                break;
            }
            self.push_group(folder, token, key, before.as_deref(), &mut items);
            last = key;
        }
        if let Some(select) = self.query.select() {
            for item in items
                .iter_mut()
                .filter(|item| item.get("@removed").is_none())
            {
                super::query::project(item, &select, super::render::EVENT_MEMBERS)?;
            }
        }
        let next = Token {
            after: last,
            pages: token.pages + 1,
            ..token.clone()
        };
        if is_done {
            if self.habits.spurious_removals {
                items.push(self.spurious_removal(folder, token));
            }
            return Reply::ok(self.delta_body(items, "deltaLink", "$deltatoken", &next));
        }
        Reply::ok(self.delta_body(items, "nextLink", "$skiptoken", &next))
    }

    fn delta_body(&self, items: Vec<Value>, link: &str, parameter: &str, token: &Token) -> Value {
        let mut url = format!(
            "{}{}?{parameter}={}",
            self.base,
            self.path,
            token.write(self.world.seed)
        );
        if let Some(select) = self.query.get("$select") {
            url.push_str("&$select=");
            url.push_str(&encode(select));
        }
        let mut body = json!({"value": items});
        if let Some(fields) = body.as_object_mut() {
            fields.insert(format!("@odata.{link}"), json!(url));
        }
        with_context(self.base, "Collection(event)", body)
    }

    /// Keys of singles and series that the round has to look at, ascending, after the position.
    /// Each comes with what it was at the last watermark.
    fn candidates(
        &self,
        folder: &Folder,
        token: &Token,
        size: usize,
    ) -> BTreeMap<u64, Option<Arc<Event>>> {
        let Some(store) = self.world.mailbox(folder.store) else {
            return BTreeMap::new();
        };
        let is_inside = |event: &Arc<Event>| event.calendar == folder.store_calendar;
        if token.is_first_round {
            let keys: Arc<Vec<u64>> = match token.window {
                Some((from, to)) => store.keys(folder.store_calendar, from, to),
                None => Arc::new(
                    store
                        .events()
                        .filter(|event| is_inside(event))
                        .map(|event| event.key)
                        .collect(),
                ),
            };
            let first = keys.partition_point(|key| *key <= token.after);
            // One page never needs more groups than it has items, and one more tells that it ended.
            let page = keys.iter().skip(first).take(size + 1);
            return page.map(|key| (*key, None)).collect();
        }
        let mut found: BTreeMap<u64, Option<Arc<Event>>> = store
            .changed_since(token.since)
            .into_iter()
            .filter(|(key, _)| *key > token.after)
            .map(|(key, before)| (key, before.filter(is_inside)))
            .collect();
        if self.habits.replays > 0
            && let Some((from, to)) = token.window
        {
            let slots = store.slots(folder.store_calendar, from, to);
            let count = usize::try_from(self.habits.replays).unwrap_or(0);
            for slot in slots
                .iter()
                .filter(|slot| slot.key > token.after)
                .take(count)
            {
                found.entry(slot.key).or_default();
            }
        }
        found
    }

    fn push_group(
        &self,
        folder: &Folder,
        token: &Token,
        key: u64,
        before: Option<&Event>,
        items: &mut Vec<Value>,
    ) {
        let Some(store) = self.world.mailbox(folder.store) else {
            return;
        };
        let now = store
            .event(key)
            .filter(|event| event.calendar == folder.store_calendar);
        let Some((from, to)) = token.window else {
            match now {
                Some(event) => {
                    let mut item = self.typed(self.event_json(folder.store, event, None));
                    if let Some(fields) = item.as_mut().and_then(Value::as_object_mut) {
                        let kept = ["id", "type", "start", "end"];
                        fields.retain(|name, _| {
                            name.starts_with('@') || kept.contains(&name.as_str())
                        });
                    }
                    items.extend(item);
                }
                None => items.extend(before.map(|event| self.tombstone(folder, event, None))),
            }
            return;
        };
        let slots = now.map(|event| event.slots(from, to)).unwrap_or_default();
        match now {
            Some(event) if !slots.is_empty() => {
                if let Some(old) = before.filter(|old| old.moves != event.moves) {
                    items.push(self.tombstone(folder, old, None));
                }
                if let Some(old) =
                    before.filter(|old| old.series.is_some() != event.series.is_some())
                {
                    // A series that became a single event (or the other way round) leaves first.
                    let old_days = old.slots(from, to).into_iter().filter_map(|slot| slot.day);
                    items.extend(old_days.map(|day| self.tombstone(folder, old, Some(day))));
                }
                if event.series.is_none() {
                    items.extend(self.typed(self.event_json(folder.store, event, None)));
                    return;
                }
                items.extend(self.typed(self.event_json(folder.store, event, None)));
                for day in slots.iter().filter_map(|slot| slot.day) {
                    if event.is_exception(day) {
                        items.extend(self.typed(self.event_json(folder.store, event, Some(day))));
                    } else if let Some(item) = event.occurrence(day) {
                        items.push(self.occurrence_stub(folder.store, event, day, &item));
                    }
                }
            }
            _ => {
                let Some(old) = before else { return };
                let old_slots = old.slots(from, to);
                if old_slots.is_empty() {
                    return;
                }
                items.push(self.tombstone(folder, old, None));
                if self.habits.removes_occurrences {
                    let days = old_slots.into_iter().filter_map(|slot| slot.day);
                    items.extend(days.map(|day| self.tombstone(folder, old, Some(day))));
                }
            }
        }
    }

    fn typed(&self, value: Option<Value>) -> Option<Value> {
        let mut value = value?;
        value
            .as_object_mut()?
            .insert("@odata.type".to_owned(), json!("#microsoft.graph.event"));
        Some(value)
    }

    fn tombstone(&self, folder: &Folder, event: &Event, day: Option<i32>) -> Value {
        let is_alive = self
            .world
            .mailbox(folder.store)
            .is_some_and(|store| store.event(event.key).is_some());
        let reason = if is_alive || self.habits.says_changed {
            "changed"
        } else {
            "deleted"
        };
        json!({
            "@odata.type": "#microsoft.graph.event",
            "id": self.event_id(folder.store, event, day),
            "@removed": {"reason": reason},
        })
    }

    fn spurious_removal(&self, folder: &Folder, token: &Token) -> Value {
        let viewer = u16::try_from(self.owner).unwrap_or(0);
        let store = u16::try_from(folder.store).unwrap_or(0);
        let key = u64::MAX - scramble(token.until) % 1000;
        let id = Id {
            thing: Thing::Event,
            viewer,
            store,
            key,
            day: 0,
            moves: 0,
        };
        json!({"id": self.in_form(&id, self.form()), "@removed": {"reason": "deleted"}})
    }
}
