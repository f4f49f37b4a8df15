//! A replica in memory that can lose what was not flushed, as a power cut does:
//! some prefix of the batches survives.

use kalends::domain::ids::{CalendarId, EventId};
use kalends::domain::replica::{
    Change, Desk, Lookup, Mark, Note, Record, Replica, ReplicaError, WindowState,
};
use kalends::domain::window::WindowId;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Default)]
struct Tables {
    records: BTreeMap<(CalendarId, EventId), Record>,
    marks: BTreeMap<(WindowId, EventId, EventId), Mark>,
    windows: BTreeMap<WindowId, WindowState>,
    notes: BTreeMap<(CalendarId, EventId), Note>,
    desk: Option<Desk>,
    counter: u64,
}

#[derive(Clone, Default)]
pub struct Memory {
    tables: Tables,
    durable: Tables,
    unflushed: Vec<Vec<Change>>,
    pub stale: BTreeSet<WindowId>,
    stale_durable: BTreeSet<WindowId>,
    /// The next look at a record finds damage.
    pub damaged: Cell<bool>,
}

impl Memory {
    pub fn apply(&mut self, changes: Vec<Change>) {
        for change in &changes {
            self.stale.extend(touched(change));
            self.stale.extend(self.holders(change));
            self.tables.apply(change);
        }
        self.unflushed.push(changes);
    }

    /// Windows that show occurrences of a master.
    fn holders(&self, change: &Change) -> BTreeSet<WindowId> {
        let (calendar, master) = match change {
            Change::Put(record) => (&record.event.calendar, &record.event.id),
            Change::Delete { calendar, id } => (calendar, id),
            _ => return BTreeSet::new(),
        };
        let marks = self.tables.marks.keys();
        marks
            .filter(|(window, root, _)| {
                window.calendar == *calendar
                    && root == master
                    && window.quarter != kalends::domain::replica::LIMBO
            })
            .map(|(window, _, _)| window.clone())
            .collect()
    }

    pub fn flush(&mut self) {
        for change in std::mem::take(&mut self.unflushed).iter().flatten() {
            self.durable.apply(change);
        }
        self.stale_durable = self.stale.clone();
    }

    /// What is left after a power cut that let `survivors` unflushed batches through.
    pub fn cut(&mut self, survivors: usize) {
        let mut tables = self.durable.clone();
        let mut stale = self.stale_durable.clone();
        for change in self.unflushed.iter().take(survivors).flatten() {
            stale.extend(touched(change));
            tables.apply(change);
        }
        self.durable = tables.clone();
        self.tables = tables;
        // A sheet that was written for a state that is lost must be rebuilt too.
        stale.extend(self.stale.iter().cloned());
        stale.extend(self.unflushed.iter().flatten().flat_map(touched));
        stale.extend(
            self.unflushed
                .iter()
                .flatten()
                .flat_map(|change| self.holders(change)),
        );
        self.unflushed.clear();
        self.stale_durable.clone_from(&stale);
        self.stale = stale;
    }

    pub fn unflushed(&self) -> usize {
        self.unflushed.len()
    }

    pub fn window_ids(&self) -> Vec<WindowId> {
        self.tables.windows.keys().cloned().collect()
    }

    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.tables.records.values()
    }

    /// Every mark has its record and the other way round.
    pub fn check_marks(&self) -> Result<(), String> {
        for (window, root, id) in self.tables.marks.keys() {
            let record = self
                .tables
                .records
                .get(&(window.calendar.clone(), id.clone()));
            let Some(record) = record else {
                return Err(format!("mark of {id:?} in {window:?} without a record"));
            };
            if !record.quarters.contains(&window.quarter) || record.event.root() != root {
                return Err(format!(
                    "{id:?} is marked in {window:?} under {root:?}, its record says {:?}",
                    record.quarters
                ));
            }
        }
        for ((calendar, id), record) in &self.tables.records {
            for quarter in &record.quarters {
                let window = WindowId {
                    calendar: calendar.clone(),
                    quarter: *quarter,
                };
                let key = (window, record.event.root().clone(), id.clone());
                if !self.tables.marks.contains_key(&key) {
                    return Err(format!("{id:?} says {quarter:?} but has no mark there"));
                }
            }
        }
        Ok(())
    }
}

fn touched(change: &Change) -> Vec<WindowId> {
    match change {
        Change::Put(record) => record
            .quarters
            .iter()
            .filter(|quarter| **quarter != kalends::domain::replica::LIMBO)
            .map(|quarter| WindowId {
                calendar: record.event.calendar.clone(),
                quarter: *quarter,
            })
            .collect(),
        Change::Unmark { window, .. } if window.quarter != kalends::domain::replica::LIMBO => {
            vec![window.clone()]
        }
        _ => Vec::new(),
    }
}

impl Tables {
    fn apply(&mut self, change: &Change) {
        match change.clone() {
            Change::Put(record) => {
                self.records.insert(
                    (record.event.calendar.clone(), record.event.id.clone()),
                    *record,
                );
            }
            Change::Delete { calendar, id } => {
                self.records.remove(&(calendar, id));
            }
            Change::Mark {
                window,
                root,
                id,
                mark,
            } => {
                self.marks.insert((window, root, id), mark);
            }
            Change::Unmark { window, root, id } => {
                self.marks.remove(&(window, root, id));
            }
            Change::PutWindow { window, state } => {
                self.windows.insert(window, state);
            }
            Change::ForgetWindow(window) => {
                self.windows.remove(&window);
                self.marks.retain(|(of, _, _), _| *of != window);
            }
            Change::ForgetCalendar(calendar) => {
                self.windows.retain(|window, _| window.calendar != calendar);
                self.marks
                    .retain(|(window, _, _), _| window.calendar != calendar);
                self.records.retain(|(of, _), _| *of != calendar);
            }
            Change::PutNote(note) => {
                self.notes
                    .insert((note.event.calendar.clone(), note.event.id.clone()), *note);
            }
            Change::DropNote { calendar, id } => {
                self.notes.remove(&(calendar, id));
            }
            Change::PutDesk(desk) => self.desk = Some(*desk),
            Change::Counter(counter) => self.counter = self.counter.max(counter),
        }
    }
}

impl Replica for Memory {
    fn record(&self, calendar: &CalendarId, id: &EventId) -> Lookup<Option<Record>> {
        if self.damaged.take() {
            return Err(ReplicaError("damaged".into()));
        }
        Ok(self
            .tables
            .records
            .get(&(calendar.clone(), id.clone()))
            .cloned())
    }

    fn members(
        &self,
        window: &WindowId,
        root: Option<&EventId>,
    ) -> Lookup<Vec<(EventId, EventId, Mark)>> {
        let first = (
            window.clone(),
            root.cloned().unwrap_or_default(),
            EventId::default(),
        );
        Ok(self
            .tables
            .marks
            .range(first..)
            .take_while(|((of, under, _), _)| of == window && root.is_none_or(|root| root == under))
            .map(|((_, root, id), mark)| (root.clone(), id.clone(), *mark))
            .collect())
    }

    fn mark(&self, window: &WindowId, root: &EventId, id: &EventId) -> Lookup<Option<Mark>> {
        Ok(self
            .tables
            .marks
            .get(&(window.clone(), root.clone(), id.clone()))
            .copied())
    }

    fn count(&self, window: &WindowId) -> Lookup<usize> {
        Ok(self.members(window, None)?.len())
    }

    fn windows(&self) -> Lookup<Vec<(WindowId, WindowState)>> {
        Ok(self
            .tables
            .windows
            .iter()
            .map(|(id, state)| (id.clone(), state.clone()))
            .collect())
    }

    fn notes(&self) -> Lookup<Vec<Note>> {
        Ok(self.tables.notes.values().cloned().collect())
    }

    fn desk(&self) -> Lookup<Option<Desk>> {
        Ok(self.tables.desk.clone())
    }

    fn counter(&self) -> Lookup<u64> {
        Ok(self.tables.counter)
    }
}
