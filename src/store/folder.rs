//! The folder of one account: who owns it, and what lies where.

use super::StoreError;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Paths of one account's files. Making it touches nothing.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// sled's directory: rebuildable.
    pub fn replica(&self) -> PathBuf {
        self.root.join("replica")
    }

    pub fn sheets(&self) -> PathBuf {
        self.root.join("sheets")
    }

    /// Calendar names, colours and habits: what a first frame needs beside sheets.
    pub fn desk(&self) -> PathBuf {
        self.root.join("desk")
    }

    /// What the person wants to hear no more of.
    pub fn days(&self) -> PathBuf {
        self.root.join("days")
    }

    pub fn hushed(&self) -> PathBuf {
        self.root.join("hushed")
    }

    /// Whose calendars are followed by their address.
    pub fn followed(&self) -> PathBuf {
        self.root.join("followed")
    }

    /// What was told of other people's time.
    pub fn schedules(&self) -> PathBuf {
        self.root.join("schedules")
    }

    /// Precious.
    pub fn outbox(&self) -> PathBuf {
        self.root.join("outbox.redb")
    }

    /// How many commits the outbox had.
    pub fn outbox_seal(&self) -> PathBuf {
        self.root.join("outbox.seal")
    }

    pub fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// Where the owner listens.
    pub fn socket(&self) -> PathBuf {
        self.root.join("socket")
    }

    /// Makes the directories, readable by nobody else.
    pub fn create(&self) -> Result<(), StoreError> {
        for path in [self.root.clone(), self.sheets()] {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&path)
                .map_err(|source| StoreError::Write {
                    path: path.display().to_string(),
                    source,
                })?;
        }
        Ok(())
    }

    /// Becomes the one owner for as long as the answer lives. The lock is the
    /// kernel's: it dies with the process, so there are no stale ones.
    pub fn own(&self) -> Result<Ownership, StoreError> {
        self.create()?;
        let path = self.lock();
        let error = |source| StoreError::Write {
            path: path.display().to_string(),
            source,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(error)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                let _ = file.read_to_string(&mut pid);
                return Err(StoreError::Owned {
                    path: path.display().to_string(),
                    pid: pid.trim().to_owned(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(error(source)),
        }
        file.set_len(0).map_err(error)?;
        file.seek(SeekFrom::Start(0)).map_err(error)?;
        write!(file, "{}", std::process::id()).map_err(error)?;
        Ok(Ownership { _lock: file })
    }
}

/// Held by the owner; dropping it lets the next one in.
#[derive(Debug)]
pub struct Ownership {
    _lock: File,
}

/// Writes a whole file so that a reader, or a crash, sees the old or the new one.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let error = |source| StoreError::Write {
        path: path.display().to_string(),
        source,
    };
    let temporary = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)
        .map_err(error)?;
    file.write_all(bytes).map_err(error)?;
    drop(file);
    fs::rename(&temporary, path).map_err(error)
}
