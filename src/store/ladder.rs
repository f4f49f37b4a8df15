//! Opening the replica, whatever state a crash left it in.
//!
//! Rungs: remove a half-made snapshot; open; remove all snapshots and open again
//! (sled rebuilds them from its log); move the whole copy aside and start anew.
//! The person loses at most a synchronization, and is told in one line.

use super::keys;
use super::replica::SledReplica;
use super::{Folder, StoreError};
use crate::domain::replica::Replica;
use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

/// A damaged log can make sled search for minutes; a fresh copy is quicker.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often, and after which pause, a locked copy is tried again.
const LOCK_TRIES: u32 = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(20);
/// Damaged copies kept for a look.
const KEPT: usize = 2;
/// sled's page cache: small, because screens read sheets.
const CACHE_BYTES: u64 = 8 << 20;

pub struct Opened {
    pub replica: SledReplica,
    /// One line for the person when something had to be healed.
    pub healed: Option<String>,
    /// The copy is new and empty: everything is fetched again.
    pub is_new: bool,
}

/// Opens the replica of an owned folder. `stamp` names a copy that is moved aside.
pub fn open(folder: &Folder, stamp: &str) -> Result<Opened, StoreError> {
    let path = folder.replica();
    let mut healed = remove_half_made(&path);
    let existed = path.join("db").exists();
    match attempt(&path) {
        Ok(replica) => {
            return Ok(Opened {
                replica,
                healed,
                is_new: !existed,
            });
        }
        Err(Trouble::NoSpace(words)) => return Err(StoreError::Replica(words)),
        Err(Trouble::Damaged(_)) => {}
    }
    if remove_snapshots(&path, "snap.") > 0
        && let Ok(replica) = attempt(&path)
    {
        healed = Some(
            "the local copy was damaged by a crash and has been repaired; nothing is lost".into(),
        );
        return Ok(Opened {
            replica,
            healed,
            is_new: false,
        });
    }
    start_anew(folder, stamp)
}

/// The last rung, also for damage found later, while reading.
pub fn start_anew(folder: &Folder, stamp: &str) -> Result<Opened, StoreError> {
    let path = folder.replica();
    let aside = folder.root().join(format!("replica.bad-{stamp}"));
    if path.exists() {
        let write = |source| StoreError::Write {
            path: path.display().to_string(),
            source,
        };
        let _ = fs::remove_dir_all(&aside);
        fs::rename(&path, &aside).map_err(write)?;
    }
    forget_old_copies(folder);
    let replica = attempt(&path).map_err(|trouble| match trouble {
        Trouble::NoSpace(words) | Trouble::Damaged(words) => StoreError::Replica(words),
    })?;
    let healed = Some("the local copy was damaged; it was set aside and is being fetched again, answers that wait are safe".into());
    Ok(Opened {
        replica,
        healed,
        is_new: true,
    })
}

enum Trouble {
    NoSpace(String),
    Damaged(String),
}

/// One try, in its own thread: sled may panic on damaged pages, or not come back.
fn attempt(path: &Path) -> Result<SledReplica, Trouble> {
    let (sender, receiver) = mpsc::channel();
    let at = path.to_owned();
    let spawned = std::thread::Builder::new()
        .name("open-replica".into())
        .spawn(move || {
            let opened = std::panic::catch_unwind(|| open_checked(&at));
            let _ = sender.send(
                opened.unwrap_or_else(|_| Err(Trouble::Damaged("opening it panicked".into()))),
            );
        });
    if let Err(error) = spawned {
        return Err(Trouble::NoSpace(error.to_string()));
    }
    let db = receiver
        .recv_timeout(PATIENCE)
        .unwrap_or_else(|_| Err(Trouble::Damaged("opening it did not end".into())))?;
    SledReplica::new(db, path).map_err(|error| Trouble::Damaged(error.0))
}

fn open_checked(path: &Path) -> Result<sled::Db, Trouble> {
    let config = sled::Config::new()
        .path(path)
        .cache_capacity(CACHE_BYTES)
        .flush_every_ms(None);
    let db = open_unlocked(&config).map_err(|error| match &error {
        sled::Error::Io(io)
            if matches!(
                io.kind(),
                std::io::ErrorKind::StorageFull
                    | std::io::ErrorKind::PermissionDenied
                    | std::io::ErrorKind::ReadOnlyFilesystem
            ) || is_locked(io) =>
        {
            Trouble::NoSpace(io.to_string())
        }
        _ => Trouble::Damaged(error.to_string()),
    })?;
    let damaged = |error: sled::Error| Trouble::Damaged(error.to_string());
    // A canary: opening alone does not mean that the pages can be read.
    match db.get(keys::VERSION).map_err(damaged)? {
        Some(version) if version.as_ref() == keys::SCHEMA.to_be_bytes() => {}
        Some(_) => return Err(Trouble::Damaged("it has another version".into())),
        None if db.is_empty() => {
            db.insert(keys::VERSION, &keys::SCHEMA.to_be_bytes())
                .map_err(damaged)?;
        }
        None => return Err(Trouble::Damaged("its version is missing".into())),
    }
    for pair in db.iter().take(16) {
        pair.map_err(damaged)?;
    }
    Ok(db)
}

/// The account's own lock is ours, so nobody else has sled's for long: a last background
/// write of the owner before does.
#[allow(
    clippy::disallowed_methods,
    reason = "a thread of its own, far from any key"
)]
fn open_unlocked(config: &sled::Config) -> sled::Result<sled::Db> {
    let mut opened = config.open();
    for _ in 0..LOCK_TRIES {
        match &opened {
            Err(sled::Error::Io(io)) if is_locked(io) => std::thread::sleep(LOCK_PAUSE),
            _ => break,
        }
        opened = config.open();
    }
    opened
}

fn is_locked(error: &std::io::Error) -> bool {
    error.to_string().contains("could not acquire lock")
}

/// A snapshot that was being written when the process died makes sled refuse to open.
fn remove_half_made(path: &Path) -> Option<String> {
    let removed = remove_snapshots(path, "generating");
    (removed > 0).then(|| {
        "a half-written snapshot of the local copy was removed after a crash; nothing is lost"
            .into()
    })
}

fn remove_snapshots(path: &Path, part: &str) -> usize {
    let Ok(entries) = fs::read_dir(path) else {
        return 0;
    };
    entries
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with("snap.") && name.contains(part)
        })
        .filter(|entry| fs::remove_file(entry.path()).is_ok())
        .count()
}

fn forget_old_copies(folder: &Folder) {
    let Ok(entries) = fs::read_dir(folder.root()) else {
        return;
    };
    let mut copies: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("replica.bad-"))
        })
        .collect();
    copies.sort();
    let surplus = copies.len().saturating_sub(KEPT);
    for path in copies.into_iter().take(surplus) {
        let _ = fs::remove_dir_all(path);
    }
}

/// A full scan for idle time: reads everything once. An error means damage.
pub fn examine(replica: &SledReplica) -> Result<(), StoreError> {
    let windows = replica
        .windows()
        .map_err(|error| StoreError::Replica(error.0))?;
    for (window, _) in windows {
        for (_, id, _) in replica
            .members(&window, None)
            .map_err(|error| StoreError::Replica(error.0))?
        {
            replica
                .record(&window.calendar, &id)
                .map_err(|error| StoreError::Replica(error.0))?;
        }
    }
    Ok(())
}
