//! Which entries claim the same time, by id: the rule table is the domain's.

use super::entries::Known;
use crate::domain::entry::Entry;
use crate::domain::event::{ShowAs, When};
use crate::domain::ids::EventId;
use crate::domain::overlap::{Busy, overlaps};
use crate::domain::zone::Zone;
use std::collections::BTreeMap;

/// Ids of what overlaps with each event.
pub(super) fn partners<'a>(
    known: &'a Known,
    zone: &Zone,
) -> BTreeMap<&'a EventId, Vec<&'a EventId>> {
    let busy: Vec<Busy> = (0..)
        .zip(&known.wide)
        .map(|(key, entry)| busy(known, zone, key, entry))
        .collect();
    let mut partners: BTreeMap<&EventId, Vec<&EventId>> = BTreeMap::new();
    let entry = |key: u32| usize::try_from(key).ok().and_then(|at| known.wide.get(at));
    for pair in overlaps(&busy) {
        if let (Some(first), Some(second)) = (entry(pair.first), entry(pair.second)) {
            partners.entry(&first.id).or_default().push(&second.id);
            partners.entry(&second.id).or_default().push(&first.id);
        }
    }
    for ids in partners.values_mut() {
        ids.sort();
        ids.dedup();
    }
    partners
}

fn busy(known: &Known, zone: &Zone, key: u32, entry: &Entry) -> Busy {
    let (start, end) = match entry.when() {
        When::Timed { start, end } => (start, end),
        When::AllDay { first, end } => {
            let days = zone.days(first, end);
            (days.start, days.end)
        }
    };
    Busy {
        key,
        start,
        end,
        all_day: entry.all_day,
        show_as: entry.show_as,
        answer: entry.shown_answer(),
        cancelled: entry.cancelled,
        same_meeting: (entry.meeting != 0).then_some(entry.meeting),
        needs_presence: !entry.place.is_empty()
            && entry.online_url.is_none()
            && entry.show_as != ShowAs::WorkingElsewhere,
        person: person(known, entry),
    }
}

/// 0 for my own calendars, else a number of the owner's.
fn person(known: &Known, entry: &Entry) -> u32 {
    let address = |text: &crate::domain::text::Untrusted| text.raw().to_lowercase();
    let Some(calendar) = known.calendar(&entry.calendar) else {
        return 0;
    };
    let owner = address(&calendar.owner.address);
    if owner.is_empty() || owner == address(&known.me.address) {
        return 0;
    }
    let at = known
        .calendars
        .iter()
        .position(|other| address(&other.owner.address) == owner);
    at.and_then(|at| u32::try_from(at + 1).ok()).unwrap_or(0)
}
