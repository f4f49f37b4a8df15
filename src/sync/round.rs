//! One round of one window: what its pages mean for the replica, and what leaves
//! the window when it ends.
//!
//! Invariants: a page applied twice changes nothing; removals wait for the end of
//! the round, because an item may come again on a later page (last one wins);
//! memory grows with what was removed or resent, never with the window.

use super::bugs::{Bug, planted};
use super::graves::Graves;
use crate::domain::event::{Event, Kind};
use crate::domain::ids::EventId;
use crate::domain::remote::{Item, Link, Page};
use crate::domain::replica::{Change, LIMBO, Lookup, Mark, Record, Replica};
use crate::domain::window::{Quarter, WindowId};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{Hash, Hasher};

/// More pages than this in one round is a server gone wrong (200 items each).
const PAGES_AT_MOST: u32 = 2_000;
/// Pages in a row that bring nothing new before the round is given up.
const IDLE_PAGES_AT_MOST: u32 = 60;

#[derive(Debug)]
pub struct Round {
    /// The engine's counter when the round started.
    pub number: u64,
    /// Started without a link: what it does not report is not there.
    pub full: bool,
    /// Started to decide a mass removal.
    pub confirming: bool,
    /// When its first page was asked for.
    pub began: Timestamp,
    pub pages: u32,
    pub events: u32,
    pub skipped: u32,
    removed: BTreeSet<EventId>,
    masters: BTreeSet<EventId>,
    /// Series whose stubs came while their master is not known.
    orphans: BTreeSet<EventId>,
    /// Came in a version that may be older than what is known: ask by id.
    doubtful: BTreeSet<EventId>,
    links: HashSet<u64>,
    contents: HashSet<u64>,
    idle: u32,
}

/// Records of a page before and after it. Boxed: they are moved about a lot.
type Staged = BTreeMap<EventId, (Option<Box<Record>>, Box<Record>)>;

/// What a page amounted to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Applied {
    pub changes: Vec<Change>,
    pub added: u32,
    pub changed: u32,
}

/// What leaves a window at the end of a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaving {
    pub root: EventId,
    pub id: EventId,
    /// A deleted occurrence: its master came without it. No tombstone, no doubt.
    pub pruned: bool,
}

#[derive(Debug, Default)]
pub struct Ending {
    pub leaving: Vec<Leaving>,
    /// Provisional members that this round should have reported and did not.
    pub questioned: Vec<EventId>,
    /// Members learnt after this round began: the next one decides about them.
    pub undecided: bool,
    /// Series whose master was removed here: other windows that hold them are due.
    pub fallen: BTreeSet<EventId>,
    /// To be fetched by id: masters of orphaned stubs and doubtful versions.
    pub fetch: BTreeSet<EventId>,
}

/// Why a round cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Endless {
    #[error("the server repeats a page link")]
    RepeatedLink,
    #[error("the server sends the same page again and again")]
    RepeatedContent,
    #[error("the server sends page after page without an end")]
    TooManyPages,
}

impl Round {
    pub fn new(number: u64, full: bool, confirming: bool, began: Timestamp) -> Self {
        Self {
            number,
            full,
            confirming,
            began,
            pages: 0,
            events: 0,
            skipped: 0,
            removed: BTreeSet::new(),
            masters: BTreeSet::new(),
            orphans: BTreeSet::new(),
            doubtful: BTreeSet::new(),
            links: HashSet::new(),
            contents: HashSet::new(),
            idle: 0,
        }
    }

    /// Whether the next page may be fetched, or the server runs in circles.
    pub fn check_progress(&mut self, page: &Page, next: &Link) -> Result<(), Endless> {
        if !self.links.insert(hash_of(next.as_str())) {
            return Err(Endless::RepeatedLink);
        }
        let is_new = !page.items.is_empty() && self.contents.insert(page.fingerprint);
        self.idle = if is_new { 0 } else { self.idle + 1 };
        if self.idle > IDLE_PAGES_AT_MOST {
            return Err(Endless::RepeatedContent);
        }
        if self.pages > PAGES_AT_MOST {
            Err(Endless::TooManyPages)
        } else {
            Ok(())
        }
    }

    /// What a page changes. `learnt` is the counter at this moment.
    pub fn apply(
        &mut self,
        window: &WindowId,
        items: Vec<Item>,
        learnt: u64,
        graves: &Graves,
        replica: &dyn Replica,
    ) -> Lookup<Applied> {
        self.pages += 1;
        let mut staged: Staged = BTreeMap::new();
        for item in items {
            match item {
                Item::Removed(id) => {
                    if !planted(Bug::RemovedIgnored) {
                        self.removed.insert(id);
                    }
                }
                Item::Seen(event) => {
                    self.events += 1;
                    if let Some(id) = graves.hold(&event, self.number) {
                        self.doubtful.insert(id.clone());
                        continue;
                    }
                    self.note(&event, window, replica)?;
                    let id = event.id.clone();
                    let (old, known) = match staged.remove(&id) {
                        Some((old, new)) => (old, Some(new)),
                        None => {
                            let old = replica.record(&window.calendar, &id)?.map(Box::new);
                            (old.clone(), old)
                        }
                    };
                    let new = self.merge(known, event, window.quarter, learnt);
                    staged.insert(id, (old, new));
                }
            }
        }
        Ok(self.changes(window, staged))
    }

    /// Book-keeping for the end of the round.
    fn note(&mut self, event: &Event, window: &WindowId, replica: &dyn Replica) -> Lookup<()> {
        self.removed.remove(&event.id);
        if event.kind == Kind::Master {
            self.masters.insert(event.id.clone());
            self.orphans.remove(&event.id);
        } else if let (true, Some(series)) = (event.is_stub(), &event.series)
            && !self.masters.contains(series)
            && !self.orphans.contains(series)
            && replica.record(&window.calendar, series)?.is_none()
        {
            self.orphans.insert(series.clone());
        }
        Ok(())
    }

    /// The record after this version of the event was seen.
    fn merge(
        &mut self,
        known: Option<Box<Record>>,
        seen: Event,
        quarter: Quarter,
        learnt: u64,
    ) -> Box<Record> {
        let Some(mut record) = known else {
            return Box::new(Record {
                event: seen,
                quarters: vec![quarter],
                learnt,
                round: self.number,
            });
        };
        add_quarter(&mut record.quarters, quarter);
        if planted(Bug::FirstVersionWins) && record.round == self.number {
            return record;
        }
        if same_version(&record.event, &seen) {
            return record;
        }
        let is_current = record.round == self.number
            || self.number > record.learnt
            || planted(Bug::OlderRoundOverwritesMyWrite);
        if !is_current {
            // Known from a request that began after this round did: which of the
            // two versions is newer cannot be told, so a fetch decides.
            self.doubtful.insert(seen.id.clone());
            return record;
        }
        record.event = overlay(record.event, seen);
        record.learnt = learnt;
        record.round = self.number;
        record
    }

    fn changes(&self, window: &WindowId, staged: Staged) -> Applied {
        let mut applied = Applied::default();
        for (id, (old, mut new)) in staged {
            let root = new.event.root().clone();
            if new.quarters.contains(&LIMBO) {
                // Its fate is decided: this window has it.
                new.quarters.retain(|quarter| *quarter != LIMBO);
                let limbo = WindowId {
                    calendar: window.calendar.clone(),
                    quarter: LIMBO,
                };
                let before = old.as_ref().map_or(&root, |old| old.event.root()).clone();
                applied.changes.push(Change::Unmark {
                    window: limbo,
                    root: before,
                    id: id.clone(),
                });
            }
            applied.changes.push(Change::Mark {
                window: window.clone(),
                root: root.clone(),
                id: id.clone(),
                mark: Mark::Reported(self.number),
            });
            match old {
                None => applied.added += 1,
                Some(old) if old == new => continue,
                Some(old) => {
                    if old.event != new.event {
                        applied.changed += 1;
                    }
                    applied.changes.extend(moved_marks(window, &old, &new));
                }
            }
            applied.changes.push(Change::Put(new));
        }
        applied
    }

    /// What leaves now that the last page is in the replica. `questionable` names the last round that ended when some members are in doubt.
    pub fn finish(
        &mut self,
        window: &WindowId,
        questionable: Option<u64>,
        replica: &dyn Replica,
    ) -> Lookup<Ending> {
        let mut ending = Ending::default();
        let mut gone: BTreeMap<EventId, Leaving> = BTreeMap::new();
        for id in &self.removed {
            self.follow_removal(window, id, replica, &mut ending, &mut gone)?;
        }
        if !planted(Bug::NoPruning) {
            for master in &self.masters {
                self.prune(window, master, replica, &mut gone)?;
            }
        }
        if self.full && !planted(Bug::FullRoundWithoutDifference) {
            for (root, id, mark) in replica.members(window, None)? {
                ending.undecided |= mark.is_open(self.number);
                if mark.is_older_than(self.number) {
                    gone.entry(id.clone()).or_insert(Leaving {
                        root,
                        id,
                        pruned: false,
                    });
                }
            }
        } else if let Some(done) = questionable
            && !planted(Bug::ProvisionalNeverQuestioned)
        {
            for (_, id, mark) in replica.members(window, None)? {
                ending.undecided |= mark.is_open(self.number);
                let is_doubtful = match mark {
                    Mark::Provisional(learnt) | Mark::Found(learnt) => learnt < self.number,
                    Mark::Reported(round) => round > done && round != self.number,
                    Mark::Held(_) => false,
                };
                if is_doubtful && !gone.contains_key(&id) {
                    ending.questioned.push(id);
                }
            }
        }
        ending.fetch.extend(self.doubtful.iter().cloned());
        for series in &self.orphans {
            if replica.record(&window.calendar, series)?.is_none() {
                ending.fetch.insert(series.clone());
            }
        }
        ending.leaving = gone.into_values().collect();
        Ok(ending)
    }

    fn follow_removal(
        &self,
        window: &WindowId,
        id: &EventId,
        replica: &dyn Replica,
        ending: &mut Ending,
        gone: &mut BTreeMap<EventId, Leaving>,
    ) -> Lookup<()> {
        let record = replica.record(&window.calendar, id)?;
        if let Some(record) = &record
            && record.quarters.contains(&window.quarter)
        {
            let root = record.event.root().clone();
            gone.insert(
                id.clone(),
                Leaving {
                    root,
                    id: id.clone(),
                    pruned: false,
                },
            );
        }
        let is_single = record
            .as_ref()
            .is_some_and(|record| record.event.kind != Kind::Master);
        if is_single || planted(Bug::RemovedMasterKeepsOccurrences) {
            return Ok(());
        }
        // A removed master takes its occurrences along, whether or not it was known.
        for (root, member, _) in replica.members(window, Some(id))? {
            ending.fallen.insert(id.clone());
            gone.entry(member.clone()).or_insert(Leaving {
                root,
                id: member,
                pruned: false,
            });
        }
        Ok(())
    }

    /// A series comes whole or not at all, and a deleted occurrence has no
    /// tombstone (Graph: delta of a calendar view): what did not come is gone.
    fn prune(
        &self,
        window: &WindowId,
        master: &EventId,
        replica: &dyn Replica,
        gone: &mut BTreeMap<EventId, Leaving>,
    ) -> Lookup<()> {
        for (root, id, mark) in replica.members(window, Some(master))? {
            if id != *master && mark.is_older_than(self.number) {
                gone.entry(id.clone()).or_insert(Leaving {
                    root,
                    id,
                    pruned: true,
                });
            }
        }
        Ok(())
    }
}

/// The stored event after a newer version arrived. A stub brings its time only;
/// what is known of it otherwise stays.
pub fn overlay(known: Event, seen: Event) -> Event {
    let mut seen = seen.after(&known);
    if seen.details.is_none() && !planted(Bug::StubOverwrites) {
        seen.details = known.details;
    }
    seen
}

/// Nothing to learn from `seen`.
pub fn same_version(known: &Event, seen: &Event) -> bool {
    known.etag == seen.etag
        && known.kind == seen.kind
        && known.series == seen.series
        && known.start == seen.start
        && known.end == seen.end
        && (seen.details.is_none() || adds_nothing(known, seen))
}

/// A plain view does not tell how fast I answered, which is no other version for that.
fn adds_nothing(known: &Event, seen: &Event) -> bool {
    known.details == seen.details || known.details == seen.clone().after(known).details
}

/// When an event changes its series root, its marks move with it.
pub fn moved_marks(except: &WindowId, old: &Record, new: &Record) -> Vec<Change> {
    let (from, to) = (old.event.root(), new.event.root());
    if from == to {
        return Vec::new();
    }
    let mut changes = Vec::new();
    for quarter in old.quarters.iter().filter(|quarter| **quarter != LIMBO) {
        let window = WindowId {
            calendar: old.event.calendar.clone(),
            quarter: *quarter,
        };
        changes.push(Change::Unmark {
            window: window.clone(),
            root: from.clone(),
            id: old.event.id.clone(),
        });
        if window != *except {
            let mark = Mark::Provisional(old.learnt);
            changes.push(Change::Mark {
                window,
                root: to.clone(),
                id: old.event.id.clone(),
                mark,
            });
        }
    }
    changes
}

pub fn add_quarter(quarters: &mut Vec<Quarter>, quarter: Quarter) {
    if let Err(place) = quarters.binary_search(&quarter) {
        quarters.insert(place, quarter);
    }
}

fn hash_of(text: &str) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::{Answer, Details};
    use crate::domain::ids::CalendarId;

    #[test]
    fn a_view_that_does_not_tell_how_fast_i_answered_is_no_other_version() {
        let told = |answer, answered_after| Event {
            calendar: CalendarId::new("work"),
            id: EventId::new("m"),
            kind: Kind::Single,
            series: None,
            etag: "1".into(),
            start: jiff::Timestamp::UNIX_EPOCH,
            end: jiff::Timestamp::UNIX_EPOCH,
            details: Some(Details {
                answer,
                answered_after,
                ..Details::default()
            }),
            before: None,
        };
        let round = told(Answer::Accepted, Some(60));
        let view = told(Answer::Accepted, None);
        assert!(same_version(&round, &view));
        assert!(!same_version(&view, &round), "there is something to learn");
        assert_eq!(overlay(round.clone(), view), round);
        assert!(!same_version(&round, &told(Answer::Declined, None)));
        assert!(!same_version(&round, &told(Answer::Accepted, Some(61))));
    }
}
