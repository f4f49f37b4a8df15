//! The real stores beside the memory of a history: sled, redb, in a folder of their own.
//!
//! Everything that is written to memory is written here too. When the process dies, the folder is
//! copied as it lies, as kill -9 leaves it, and opened again: the outbox must hold exactly what was
//! acknowledged, and the replica must be in a state that the memory was in since its last flush.
//! The history then goes on from that state.

use crate::memory::Memory;
use kalends::domain::ids::CalendarId;
use kalends::domain::intent::{Intent, IntentId};
use kalends::domain::replica::{Change, LIMBO, Replica};
use kalends::domain::window::WindowId;
use kalends::store::{Folder, Outbox, SledReplica, ladder};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

pub struct Disk {
    place: TempDir,
    replica: SledReplica,
    outbox: Outbox,
    /// How often it was opened again after a death.
    pub deaths: u64,
}

/// In memory where the system has such a folder: each commit waits for its drive.
fn place() -> TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

impl Disk {
    pub fn new() -> Self {
        Self::open(place(), 0)
    }

    fn open(place: TempDir, deaths: u64) -> Self {
        let folder = Folder::new(place.path());
        folder.create().unwrap();
        let outbox = Outbox::open(&folder).unwrap();
        let opened = ladder::open(&folder, "1").unwrap();
        assert!(!opened.is_new || deaths == 0, "{:?}", opened.healed);
        Self {
            place,
            replica: opened.replica,
            outbox,
            deaths,
        }
    }

    pub fn apply(&self, changes: &[Change]) {
        self.replica.apply(changes).unwrap();
    }

    pub fn flush(&self) {
        self.replica.flush().unwrap();
    }

    pub fn put(&self, intent: &Intent) {
        self.outbox.put(intent).unwrap();
    }

    pub fn finish(&self, intent: &Intent) {
        self.outbox.finish(intent).unwrap();
    }

    pub fn withdraw(&self, id: IntentId) {
        self.outbox.withdraw(&[id]).unwrap();
    }

    /// An empty replica in the place of a damaged one; the outbox stays open.
    pub fn lose_replica(self) -> Self {
        let Self {
            place,
            replica,
            outbox,
            deaths,
        } = self;
        drop(replica);
        let folder = Folder::new(place.path());
        let replica = ladder::start_anew(&folder, "2").unwrap().replica;
        Self {
            place,
            replica,
            outbox,
            deaths,
        }
    }

    /// Killed and opened again. Says how many batches since the last flush came through.
    pub fn die(
        self,
        memory: &Memory,
        acknowledged: &BTreeMap<IntentId, Intent>,
    ) -> Result<(Self, usize), String> {
        let after = place();
        copy(self.place.path(), after.path());
        let deaths = self.deaths + 1;
        drop(self);
        let again = Self::open(after, deaths);
        let held = again.outbox.intents().unwrap();
        if !held.iter().eq(acknowledged.values()) {
            return Err(format!("the outbox holds {held:?}, not {acknowledged:?}"));
        }
        let found = told(&again.replica);
        let survivors = (0..=memory.unflushed()).find(|survivors| {
            let mut cut = memory.clone();
            cut.cut(*survivors);
            told(&cut) == found
        });
        match survivors {
            Some(survivors) => Ok((again, survivors)),
            None => Err(format!("the replica was never like this: {found:#?}")),
        }
    }

    /// Whether both say the same.
    pub fn compare(&self, memory: &Memory) -> Result<(), String> {
        let (here, there) = (told(&self.replica), told(memory));
        if here == there {
            return Ok(());
        }
        Err(format!("the real store says {here:#?}, memory {there:#?}"))
    }
}

/// Everything a replica tells, in words.
fn told(replica: &dyn Replica) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let windows = replica.windows().unwrap();
    let mut calendars: BTreeSet<CalendarId> = BTreeSet::new();
    let desk = replica.desk().unwrap();
    words.insert(format!("{desk:?}"));
    words.insert(format!("counter {}", replica.counter().unwrap()));
    for note in replica.notes().unwrap() {
        words.insert(format!("{note:?}"));
    }
    for calendar in desk.iter().flat_map(|desk| &desk.calendars) {
        calendars.insert(calendar.id.clone());
    }
    for (window, state) in &windows {
        words.insert(format!("{window:?} {state:?}"));
        calendars.insert(window.calendar.clone());
    }
    let limbos = calendars.into_iter().map(|calendar| WindowId {
        calendar,
        quarter: LIMBO,
    });
    let all: Vec<WindowId> = windows
        .iter()
        .map(|(window, _)| window.clone())
        .chain(limbos)
        .collect();
    for window in all {
        for (root, id, mark) in replica.members(&window, None).unwrap() {
            let record = replica.record(&window.calendar, &id).unwrap();
            words.insert(format!("{window:?} {root:?} {id:?} {mark:?} {record:?}"));
        }
    }
    words
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}
