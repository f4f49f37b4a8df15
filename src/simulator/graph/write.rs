//! Creating, changing and deleting events, with the rules Exchange enforces.
//!
//! Invariant: whatever passes here mails exactly the people the real service would mail.

use serde_json::Value;

use super::call::{Answer, Call, Fail, Reply, Right};
use super::draft::{Draft, check_times, failed_validation};
use super::events::Found;
use super::markup;
use crate::simulator::civil::{Day, Wall};
use crate::simulator::dice::{digest, guid};
use crate::simulator::recurrence::{self, Range, first_day};
use crate::simulator::world::event::Online;
use crate::simulator::world::{Address, Event, Item, Reply as Status, Series, Stamp};
use crate::simulator::zone::Zone;

impl Call<'_> {
    pub fn create_event(&mut self, calendar: Option<&str>) -> Answer {
        self.needs(Right::WriteCalendars)?;
        let folder = self.folder(calendar)?;
        if !folder.can_edit {
            return Err(Fail::denied());
        }
        let body = self
            .body
            .clone()
            .ok_or_else(|| Fail::body_read("A body is needed."))?;
        let mut draft = Draft::read(&body)?;
        if let Some(transaction) = draft.transaction.clone()
            && let Some(reply) = self.known_transaction(&transaction, &body)?
        {
            return Ok(reply);
        }
        let organizer = self
            .world
            .mailbox(folder.store)
            .ok_or_else(Fail::not_found)?
            .who();
        if let Some(people) = &mut draft.attendees {
            people.retain(|person| !person.who.is(&organizer.address));
        }
        let (Some(start), Some(end)) = (draft.start, draft.end) else {
            return Err(failed_validation());
        };
        let mut item = Item::new("", start, end);
        item.subject = None;
        item.created_ms = self.now;
        item.reply = Status::ORGANIZER;
        draft.apply(&mut item);
        if item.is_all_day && draft.show_as.is_none() {
            item.show_as = "free";
        }
        if folder.store != self.me && draft.is_reminder_on.is_none() {
            item.is_reminder_on = false;
        }
        check_times(&item)?;
        let series = match draft.recurrence.take().flatten() {
            Some(value) => Some(new_series(&value, &mut item)?),
            None => None,
        };
        let key = self.world.new_key();
        if draft.wants_online == Some(true) {
            self.go_online(folder.store, key, &mut item);
        }
        for attachment in &mut draft.attachments {
            attachment.key = self.world.new_key();
            attachment.modified_ms = self.now;
        }
        let event = Event {
            key,
            calendar: folder.store_calendar,
            moves: 0,
            uid: self.world.new_uid(),
            transaction: draft.transaction.clone(),
            organizer,
            is_organizer: true,
            item,
            series,
            attachments: draft.attachments,
            properties: draft.properties,
        };
        let people: Vec<Address> = event
            .item
            .attendees
            .iter()
            .map(|person| person.who.clone())
            .collect();
        self.world.put(folder.store, event, self.now);
        if let Some(transaction) = draft.transaction {
            let mark = (digest(&body.to_string()), folder.store, key);
            self.mailbox_mut()?.transactions.insert(transaction, mark);
        }
        self.world
            .send_requests(folder.store, key, &people, false, "invitation", self.now);
        self.created(folder.store, key)
    }

    fn created(&self, store: usize, key: u64) -> Answer {
        let event = self
            .world
            .mailbox(store)
            .and_then(|mailbox| mailbox.event(key))
            .ok_or_else(Fail::not_found)?;
        let id = self.event_id(store, event, None);
        let found = self.find_event(None, &id)?;
        let location = format!(
            "{}/users('{}')/events('{id}')",
            self.base,
            self.mailbox()?.oid
        );
        Ok(Reply {
            status: 201,
            headers: vec![("Location".to_owned(), location)],
            body: Some(self.show(&found)?),
        })
    }

    /// A repeated create is answered with what the first one made (Graph: event, transactionId).
    fn known_transaction(&self, transaction: &str, body: &Value) -> Result<Option<Reply>, Fail> {
        let Some((mark, store, key)) = self.mailbox()?.transactions.get(transaction).copied()
        else {
            return Ok(None);
        };
        let is_here = self
            .world
            .mailbox(store)
            .is_some_and(|mailbox| mailbox.event(key).is_some());
        if mark != digest(&body.to_string()) || !is_here {
            return Err(Fail::new(
                400,
                "ErrorDuplicateTransactionId",
                "Your request can't be completed. The TransactionId specified in the request has already been used to create a different event.",
            ));
        }
        self.created(store, key).map(Some)
    }

    /// Turns an item into an online meeting where the mailbox may; else nothing happens.
    fn go_online(&self, store: usize, key: u64, item: &mut Item) {
        let Some(provider) = self
            .world
            .mailbox(store)
            .and_then(|mailbox| mailbox.providers.first().copied())
        else {
            return;
        };
        if item.online.is_some() {
            return;
        }
        let meeting = guid(self.world.seed ^ 0x7ea5, key);
        let join_url = format!(
            "https://teams.example.invalid/l/meetup-join/19%3ameeting_{meeting}%40thread.v2/0"
        );
        let number: String = meeting
            .chars()
            .filter(char::is_ascii_digit)
            .take(9)
            .collect();
        let block = format!(
            "<div>________________________________________________________________________________</div>\r\n<div><a href=\"{join_url}\">Join the meeting now</a></div>\r\n<div>Meeting ID: {number}</div>"
        );
        item.body = match item.body.rfind("</body>") {
            Some(at) => {
                let (head, tail) = item.body.split_at(at);
                format!("{head}{block}\r\n{tail}")
            }
            None => markup::stored(&format!("{}{block}", item.body), true),
        };
        let ready_ms = self.now + self.join_url_lag_ms;
        item.online = Some(Online {
            provider,
            join_url,
            conference_id: number,
            ready_ms,
        });
    }

    fn check_match(&self, found: &Found) -> Result<(), Fail> {
        let Some(wanted) = &self.if_match else {
            return Ok(());
        };
        let current = format!("W/\"{}\"", self.etag(&found.event, found.day));
        if wanted == "*" || *wanted == current {
            return Ok(());
        }
        Err(Fail::new(
            412,
            "ErrorIrresolvableConflict",
            "The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.",
        ))
    }

    pub fn change_event(&mut self, found: Found) -> Answer {
        self.needs(Right::WriteCalendars)?;
        if !found.may_change() {
            return Err(Fail::denied());
        }
        self.check_match(&found)?;
        let body = self
            .body
            .clone()
            .ok_or_else(|| Fail::body_read("A body is needed."))?;
        let mut draft = Draft::read(&body)?;
        let before = found.event.clone();
        if let Some(people) = &mut draft.attendees {
            people.retain(|person| !person.who.is(&before.organizer.address));
        }
        let mut after = match found.day {
            Some(day) => self.changed_occurrence(&before, day, &draft)?,
            None => self.changed_master_or_single(&before, &draft)?,
        };
        for (id, value) in &draft.properties {
            after.properties.retain(|(known, _)| known != id);
            after.properties.push((id.clone(), value.clone()));
        }
        self.world.put(found.store, after, self.now);
        if before.is_organizer {
            self.world.organizer_changed(found.store, &before, self.now);
        }
        let event = self
            .world
            .mailbox(found.store)
            .and_then(|mailbox| mailbox.event(before.key));
        let event = (**event.ok_or_else(Fail::not_found)?).clone();
        Reply::ok(self.show(&Found { event, ..found })?)
    }

    fn changed_item(&self, store_item: &Item, key: u64, draft: &Draft, is_organizer: bool) -> Item {
        let mut item = store_item.clone();
        draft.apply(&mut item);
        if let (Some(body), Some(online)) = (&draft.body, &item.online)
            && !body.contains(&online.join_url)
        {
            // Losing the join block turns the online meeting off.
            item.online = None;
        }
        if draft.wants_online == Some(true) && is_organizer {
            self.go_online(self.owner, key, &mut item);
        }
        item
    }

    fn changed_occurrence(&self, before: &Event, day: Day, draft: &Draft) -> Result<Event, Fail> {
        if matches!(draft.recurrence, Some(Some(_))) {
            return Err(Fail::invalid(
                "The recurrence of a single occurrence cannot be set.",
            ));
        }
        let old = before.occurrence(day).ok_or_else(Fail::not_found)?;
        let item = self.changed_item(&old, before.key, draft, before.is_organizer);
        check_times(&item)?;
        let mut after = before.clone();
        let Some(series) = &mut after.series else {
            return Err(Fail::not_found());
        };
        if item.span() != old.span() {
            check_neighbours(before, day, &item)?;
        }
        series.exceptions.insert(day, item);
        Ok(after)
    }

    fn changed_master_or_single(&self, before: &Event, draft: &Draft) -> Result<Event, Fail> {
        let mut after = before.clone();
        after.item = self.changed_item(&before.item, before.key, draft, before.is_organizer);
        check_times(&after.item)?;
        let is_rescheduled = after.item.start != before.item.start
            || after.item.end != before.item.end
            || after.item.is_all_day != before.item.is_all_day;
        match (&before.series, &draft.recurrence) {
            (_, Some(Some(value))) => {
                let fresh = new_series(value, &mut after.item)?;
                let is_same = before.series.as_ref().is_some_and(|old| {
                    !is_rescheduled
                        && old.pattern == fresh.pattern
                        && old.range.start == fresh.range.start
                });
                after.series = Some(match &before.series {
                    Some(old) if is_same => Series {
                        range: fresh.range,
                        ..old.clone()
                    },
                    _ => fresh,
                });
            }
            (Some(_), Some(None)) => after.series = None,
            (Some(_), None) if is_rescheduled => return Err(failed_validation()),
            _ => {}
        }
        if let Some(series) = &mut after.series {
            for item in series.exceptions.values_mut() {
                inherit(item, &before.item, &after.item);
            }
        }
        Ok(after)
    }

    pub fn delete_event(&mut self, found: &Found) -> Answer {
        self.needs(Right::WriteCalendars)?;
        if !found.may_change() {
            return Err(Fail::denied());
        }
        self.world
            .withdraw(found.store, found.event.key, found.day, "", self.now);
        Reply::empty(204)
    }
}

/// Reads a recurrence and moves the item to its first fitting date.
pub(crate) fn new_series(value: &Value, item: &mut Item) -> Result<Series, Fail> {
    let (pattern, range, zone) =
        recurrence::json::read(value, item.start.wall.day()).map_err(|refusal| match refusal {
            recurrence::json::Refusal::Invalid(_) => failed_validation(),
            other => Fail::body_read(&other.to_string()),
        })?;
    if let Some(name) = zone {
        let named = crate::simulator::zone::find(&name).ok_or_else(|| Fail::zone(&name))?;
        if !is_same_zone(named, item.start.zone) {
            return Err(failed_validation());
        }
    }
    if range.start != item.start.wall.day() {
        return Err(failed_validation());
    }
    let first = first_day(&pattern, &range).ok_or_else(failed_validation)?;
    *item = item.at(Wall::at(first, item.start.wall.ms_of_day()));
    let range = Range {
        start: first,
        ..range
    };
    let empty = (
        std::collections::BTreeMap::new(),
        std::collections::BTreeSet::new(),
    );
    Ok(Series {
        pattern,
        range,
        zone: item.start.zone,
        exceptions: empty.0,
        cancelled: empty.1,
    })
}

fn is_same_zone(a: &Zone, b: &Zone) -> bool {
    a.iana == b.iana || a.stored_name() == b.stored_name()
}

/// An occurrence may not reach the calendar day of its neighbours.
fn check_neighbours(event: &Event, day: Day, item: &Item) -> Result<(), Fail> {
    const REACH_MS: i64 = 800 * crate::simulator::civil::DAY_MS;
    let Some(series) = &event.series else {
        return Ok(());
    };
    let zone = series.zone;
    let local_day = |stamp: Stamp| zone.wall_of(stamp.instant()).day();
    let wanted = if item.is_all_day {
        item.start.wall.day()
    } else {
        local_day(item.start)
    };
    let around = Wall::at(day, 0).0;
    let mut members: Vec<(Day, Day)> = event
        .slots(around - REACH_MS, around + REACH_MS)
        .into_iter()
        .filter_map(|slot| slot.day)
        .filter_map(|original| {
            let item = event.occurrence(original)?;
            Some((
                original,
                if item.is_all_day {
                    item.start.wall.day()
                } else {
                    local_day(item.start)
                },
            ))
        })
        .collect();
    members.sort_unstable();
    let position = members.iter().position(|(original, _)| *original == day);
    let Some(position) = position else {
        return Ok(());
    };
    let previous = position.checked_sub(1).and_then(|index| members.get(index));
    let next = members.get(position + 1);
    let crosses = previous.is_some_and(|(_, shown)| wanted <= *shown)
        || next.is_some_and(|(_, shown)| wanted >= *shown);
    if crosses {
        return Err(Fail::new(
            400,
            "ErrorOccurrenceCrossingBoundary",
            "Modified occurrence is crossing or overlapping adjacent occurrence.",
        ));
    }
    Ok(())
}

/// Lets an exception follow its master where it did not differ from it.
fn inherit(exception: &mut Item, old: &Item, new: &Item) {
    macro_rules! follow {
        ($($field:ident),+) => {
            $(if exception.$field == old.$field { exception.$field.clone_from(&new.$field); })+
        };
    }
    follow!(
        subject,
        body,
        categories,
        locations,
        attendees,
        importance,
        sensitivity,
        show_as,
        is_reminder_on,
        reminder_minutes,
        response_requested,
        allow_new_time_proposals,
        hide_attendees,
        online
    );
}
