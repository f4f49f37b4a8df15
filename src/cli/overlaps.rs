//! Which entries claim the same time, by id: the rule table is the domain's.

use super::entries::Known;
use crate::domain::ids::EventId;
use crate::domain::overlap::{Busy, Overlap, Persons, overlaps};
use crate::domain::zone::Zone;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// How many pairs of mine matter and are not over.
pub(super) fn count(known: &Known, zone: &Zone, now: Timestamp) -> usize {
    let persons = Persons::of(&known.calendars, &known.me);
    let start_of = |day| zone.start_of(day);
    let busy: Vec<Busy> = (0..)
        .zip(&known.wide)
        .filter(|(_, entry)| persons.owner(&entry.calendar) == 0)
        .map(|(key, entry)| Busy::of(key, entry, start_of, 0))
        .collect();
    let pairs = overlaps(&busy);
    let counts = |pair: &&Overlap| pair.severity.matters() && pair.end > now;
    pairs.iter().filter(counts).count()
}

/// Ids of what overlaps with each event.
pub(super) fn partners<'a>(
    known: &'a Known,
    zone: &Zone,
) -> BTreeMap<&'a EventId, Vec<&'a EventId>> {
    let persons = Persons::of(&known.calendars, &known.me);
    let start_of = |day| zone.start_of(day);
    let busy: Vec<Busy> = (0..)
        .zip(&known.wide)
        .map(|(key, entry)| Busy::of(key, entry, start_of, persons.owner(&entry.calendar)))
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
