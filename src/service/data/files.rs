//! What others read while this process owns the calendar: sheets, the desk, and the counts
//! in it. All of it derived from the replica and the outbox, none of it missed when lost.

use super::Data;
use crate::domain::entry::{Entry, Laid};
use crate::domain::ids::{CalendarId, EventId};
use crate::domain::overlap::Persons;
use crate::domain::replica::{Desk, Replica, ReplicaError, entries_of};
use crate::domain::window::WindowId;
use crate::service::counts::overlaps_of;
use crate::service::protocol::Level;
use crate::store::desk::DeskFile;
use crate::store::folder::replace;
use crate::store::sheet;
use jiff::{Timestamp, ToSpan};
use std::collections::{BTreeMap, BTreeSet};

impl Data {
    pub(super) fn write_sheet(&mut self, window: &WindowId) -> Result<(), ReplicaError> {
        let entries = self.entries_of(window)?;
        self.counts.update(window, sheet::waiting::of(&entries));
        let Some(number) = self.replica.number(&window.calendar) else {
            return Ok(());
        };
        let is_provisional = entries.iter().any(|entry| entry.pending.is_some());
        if is_provisional {
            self.replica.sheet_is_provisional(window)?;
        }
        let bytes = sheet::build(window.quarter, entries, self.engine.generation());
        let path = self
            .folder
            .sheets()
            .join(sheet::file_name(number, window.quarter));
        match replace(&path, &bytes) {
            Ok(()) => self.replica.sheet_written(window, is_provisional)?,
            Err(error) => self.say(Level::Error, &error.to_string()),
        }
        if self.desk.numbers.len() != self.replica.numbers().len() {
            self.write_desk(self.options.clock.now())?;
        }
        self.is_changed = true;
        Ok(())
    }

    /// Sheets that a crash left older than the records.
    pub(super) fn rebuild_stale(&mut self) {
        for window in self.replica.stale() {
            if let Err(error) = self.write_sheet(&window) {
                return self.heal(&error);
            }
        }
    }

    /// An empty window has a sheet too: "nothing there" is something to know.
    pub(super) fn has_sheet(&self, window: &WindowId) -> bool {
        self.replica.number(&window.calendar).is_some_and(|number| {
            let name = sheet::file_name(number, window.quarter);
            self.folder.sheets().join(name).exists()
        })
    }

    pub(super) fn remove_sheets(&mut self) {
        if let Ok(files) = std::fs::read_dir(self.folder.sheets()) {
            for file in files.flatten() {
                let _ = std::fs::remove_file(file.path());
            }
        }
        self.desk.numbers.clear();
    }

    pub(super) fn entries_of(&self, window: &WindowId) -> Result<Vec<Entry>, ReplicaError> {
        entries_of(&self.replica, window, &self.laid_over(&window.calendar))
    }

    /// What waiting intents lay over the events of a calendar.
    pub(in crate::service) fn laid_over(&self, calendar: &CalendarId) -> BTreeMap<EventId, Laid> {
        Laid::all(self.engine.intents(), calendar)
    }

    /// Counts of what is stored, from the sheets, once at the start; a sheet that is
    /// missing, damaged or of another version is made anew.
    pub(super) fn count_stored(&mut self) {
        let desk = self.replica.desk().ok().flatten().unwrap_or_default();
        self.count_mine(&desk);
        let Ok(windows) = self.replica.windows() else {
            return;
        };
        for (window, state) in windows {
            let number = self.replica.number(&window.calendar);
            let waiting = number.and_then(|number| self.reader.waiting(number, window.quarter));
            match waiting {
                Some(waiting) => self.counts.update(&window, waiting),
                None if state.fresh_at.is_some() => {
                    if let Err(error) = self.write_sheet(&window) {
                        return self.heal(&error);
                    }
                }
                None => {}
            }
        }
    }

    fn count_mine(&mut self, desk: &Desk) {
        let persons = Persons::of(&desk.calendars, &desk.me);
        self.counts.count(&desk.calendars, &persons);
    }

    /// Over the coming fortnight, from the sheets: a few blocks of each calendar.
    pub(super) fn count_overlaps(&mut self) {
        let now = self.options.clock.now();
        let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
        let read = self
            .reader
            .range(&self.desk, today, today.saturating_add(14.days()));
        let persons = Persons::of(&self.desk.desk.calendars, &self.desk.desk.me);
        let overlaps = overlaps_of(&read.entries, &persons, now);
        self.is_restated |= overlaps != self.desk.overlaps;
        self.desk.overlaps = overlaps;
    }

    pub(super) fn write_desk(&mut self, now: Timestamp) -> Result<(), ReplicaError> {
        let desk: Desk = self.replica.desk()?.unwrap_or_default();
        self.count_mine(&desk);
        let known: BTreeSet<_> = desk
            .calendars
            .iter()
            .map(|calendar| calendar.id.clone())
            .collect();
        self.desk = DeskFile {
            numbers: self
                .replica
                .numbers()
                .into_iter()
                .filter(|(id, _)| known.contains(id))
                .collect(),
            desk,
            fresh_at: self.engine.fresh_at(),
            invitations: self.counts.invitations(now),
            overlaps: self.desk.overlaps,
        };
        if let Err(error) = self.desk.save(&self.folder) {
            self.say(Level::Error, &error.to_string());
        }
        Ok(())
    }
}
