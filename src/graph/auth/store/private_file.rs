//! Files that only their owner may read: opened without following links, replaced atomically.
//!
//! Invariant: the mode and owner of what is open are checked, not of what the name pointed
//! at before; a reader sees the old file or the new one, also after a power failure.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use zeroize::Zeroizing;

/// Bytes; dozens of accounts stay below.
const LONGEST: u64 = 4 * 1024 * 1024;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error("could not {attempt} '{}': {why}", path.display())]
    Disk {
        attempt: &'static str,
        path: PathBuf,
        why: String,
    },
    #[error(
        "'{}' holds sign-in tokens but can be read by others (mode {mode:o}); run chmod {wanted:o} \
         on it, and sign in again if others use this computer", path.display()
    )]
    Open {
        path: PathBuf,
        mode: u32,
        wanted: u32,
    },
    #[error("'{}' belongs to another user; Kalends does not read or write tokens there", path.display())]
    Foreign { path: PathBuf },
    #[error("'{}' is not a plain file; move it away", path.display())]
    NotAFile { path: PathBuf },
    #[error("'{}' is damaged; move it away and sign in again", path.display())]
    Damaged { path: PathBuf },
    #[error("'{}' was written by a newer Kalends; use that one, or move the file away", path.display())]
    Newer { path: PathBuf },
}

pub(super) fn prepare_directory(path: &Path) -> Result<(), StoreError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|error| disk("make the directory", path, &error))?;
    let metadata =
        fs::metadata(path).map_err(|error| disk("look at the directory", path, &error))?;
    check_private(path, &metadata, 0o700)
}

/// The whole file, or `None` when there is none.
pub(super) fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(flags())
        .open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(disk("open", path, &error)),
    };
    check_file(path, &file)?;
    let mut text = Zeroizing::new(Vec::new());
    let read = file.take(LONGEST + 1).read_to_end(&mut text);
    read.map_err(|error| disk("read", path, &error))?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > LONGEST {
        return Err(StoreError::Damaged {
            path: path.to_owned(),
        });
    }
    Ok(Some(text))
}

/// Writes a new file beside the old one, makes it durable, and puts it in its place.
pub(super) fn replace(path: &Path, text: &[u8]) -> Result<(), StoreError> {
    let fresh = path.with_extension(format!("{:016x}.new", rand::random::<u64>()));
    let written = write_new(&fresh, text).and_then(|()| fs::rename(&fresh, path));
    if let Err(error) = written {
        // The cause is what matters; a left-over is private and has a name of its own.
        let _ = fs::remove_file(&fresh);
        return Err(disk("write", path, &error));
    }
    let parent = path.parent().unwrap_or(Path::new("."));
    let synced = File::open(parent).and_then(|directory| directory.sync_all());
    synced.map_err(|error| disk("make durable", parent, &error))
}

fn write_new(path: &Path, text: &[u8]) -> io::Result<()> {
    // `create_new` is O_CREAT | O_EXCL: never somebody else's file.
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .custom_flags(flags())
        .open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

/// Held until dropped; other processes wait.
pub(super) fn lock(path: &Path) -> Result<File, StoreError> {
    let opened = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(flags())
        .open(path);
    let file = opened.map_err(|error| disk("open", path, &error))?;
    check_file(path, &file)?;
    file.lock().map_err(|error| disk("lock", path, &error))?;
    Ok(file)
}

fn flags() -> i32 {
    // NONBLOCK so that a pipe in our place cannot hang us; plain files ignore it.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    i32::try_from(flags.bits()).unwrap_or_default()
}

fn check_file(path: &Path, file: &File) -> Result<(), StoreError> {
    let metadata = file
        .metadata()
        .map_err(|error| disk("look at", path, &error))?;
    if !metadata.is_file() {
        return Err(StoreError::NotAFile {
            path: path.to_owned(),
        });
    }
    check_private(path, &metadata, 0o600)
}

fn check_private(path: &Path, metadata: &fs::Metadata, wanted: u32) -> Result<(), StoreError> {
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(StoreError::Foreign {
            path: path.to_owned(),
        });
    }
    let mode = metadata.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(StoreError::Open {
            path: path.to_owned(),
            mode,
            wanted,
        });
    }
    Ok(())
}

fn disk(attempt: &'static str, path: &Path, error: &io::Error) -> StoreError {
    StoreError::Disk {
        attempt,
        path: path.to_owned(),
        why: error.to_string(),
    }
}
