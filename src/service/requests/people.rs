//! Whom the person meets: for completing names, from events around now.
//!
//! Bounded by what is looked at, not by what is stored.

use crate::domain::event::{Attendee, Role};
use crate::domain::ids::CalendarId;
use crate::domain::replica::Replica;
use crate::domain::window::{Quarter, WindowId};
use crate::service::data::Data;
use std::collections::{BTreeMap, BTreeSet};

/// Events that are looked at, and people that are named.
const EVENTS: usize = 3_000;
const PEOPLE: usize = 1_000;

impl Data {
    /// People and rooms of this quarter's events and its neighbours', most often met first.
    pub(super) fn people(&self) -> Vec<Attendee> {
        let mut met: BTreeMap<String, (usize, Attendee)> = BTreeMap::new();
        let this = Quarter::at(self.options.clock.now());
        let calendars = self
            .desk
            .numbers
            .iter()
            .map(|(calendar, _)| calendar.clone());
        let calendars: Vec<CalendarId> = calendars.collect();
        let mut looked = BTreeSet::new();
        for quarter in [this, Quarter(this.0 - 1), Quarter(this.0 + 1)] {
            for calendar in &calendars {
                let window = WindowId {
                    calendar: calendar.clone(),
                    quarter,
                };
                let members = self.replica.members(&window, None).unwrap_or_default();
                for (_, id, _) in members {
                    if looked.len() >= EVENTS || !looked.insert(id.clone()) {
                        continue;
                    }
                    let record = self.replica.record(calendar, &id).ok().flatten();
                    let Some(details) = record.and_then(|record| record.event.details) else {
                        continue;
                    };
                    let organizer = Attendee {
                        person: details.organizer,
                        ..Attendee::default()
                    };
                    for attendee in details.attendees.into_iter().chain([organizer]) {
                        count(&mut met, attendee);
                    }
                }
            }
        }
        met.remove(&self.desk.desk.me.address.raw().to_lowercase());
        let mut met: Vec<(usize, Attendee)> = met.into_values().collect();
        met.sort_by_key(|(times, _)| std::cmp::Reverse(*times));
        met.truncate(PEOPLE);
        met.into_iter().map(|(_, attendee)| attendee).collect()
    }
}

fn count(met: &mut BTreeMap<String, (usize, Attendee)>, attendee: Attendee) {
    let address = attendee.person.address.raw().to_lowercase();
    if !address.contains('@') {
        return;
    }
    let (times, known) = met.entry(address).or_insert_with(|| (0, attendee.clone()));
    *times += 1;
    if known.person.name.raw().is_empty() {
        known.person.name = attendee.person.name;
    }
    if attendee.role == Role::Resource {
        known.role = Role::Resource;
    }
}
