//! Files of events, into the person's own folder.
//!
//! Invariant: nothing that is there is written over, and no name leaves the folder.

use crate::app::Message;
use crate::service::Home;
use crate::service::protocol::Level;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

pub(super) fn save(name: &str, content: &[u8]) -> Message {
    let Some(folder) = Home::downloads() else {
        return Message::Said {
            level: Level::Error,
            words: "no folder for downloads is known; kalends attachments ID --save DIR takes one"
                .into(),
        };
    };
    match write(&folder, name, content) {
        Ok(path) => Message::Said {
            level: Level::News,
            words: format!("saved {}", path.display()),
        },
        Err(error) => Message::Said {
            level: Level::Error,
            words: format!("could not save {name} in {}: {error}", folder.display()),
        },
    }
}

/// Writes under `name`, or the next free name like it. The name must be one part of a path.
///
/// # Errors
/// What the system says.
pub fn write(folder: &Path, name: &str, content: &[u8]) -> std::io::Result<PathBuf> {
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    for number in 1..1000 {
        let name = match number {
            1 => name.to_owned(),
            number => format!("{stem} ({number}){extension}"),
        };
        let path = folder.join(name);
        match OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
        {
            Ok(mut file) => {
                file.write_all(content)?;
                return Ok(path);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}
