//! The person's own editor, for text of more than a line.
//!
//! Invariants: the text lies in a file that only this person can read, for as long as the editor
//! is open; what no editor was left with properly is not taken.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Longest text that comes back.
const LONGEST: u64 = 512 * 1024;

/// `$VISUAL`, then `$EDITOR`; where neither is set, what nearly every system has.
fn command() -> String {
    let named = |name| {
        std::env::var(name)
            .ok()
            .filter(|text| !text.trim().is_empty())
    };
    named("VISUAL")
        .or_else(|| named("EDITOR"))
        .unwrap_or_else(|| "vi".into())
}

/// Opens the editor on `text` and waits for it. The terminal must be the person's own meanwhile.
///
/// # Errors
/// In words for the person; the text is then as it was.
pub(super) fn edit(text: &str, folder: &Path) -> Result<String, String> {
    let file = Written::new(text, folder)?;
    let editor = command();
    // Like other programs: the variable may hold options, so a shell reads it.
    let status = Command::new("sh")
        .arg("-c")
        .arg(format!("{editor} \"$1\""))
        .arg("kalends")
        .arg(&file.path)
        .status()
        .map_err(|error| format!("the editor ({editor}) could not be started: {error}"))?;
    if !status.success() {
        return Err(format!(
            "the editor ({editor}) failed; the text is as it was. $EDITOR names another"
        ));
    }
    let size = fs::metadata(&file.path).map_or(0, |known| known.len());
    if size > LONGEST {
        return Err("this is more text than an event holds (512 KiB); it is as it was".into());
    }
    let bytes = fs::read(&file.path)
        .map_err(|error| format!("the text could not be read back: {error}"))?;
    let now = String::from_utf8(bytes)
        .map_err(|_| "the editor wrote something that is not UTF-8; the text is as it was")?;
    // What was not touched comes back to the byte, whatever was hidden in it.
    Ok(if now == file.shown {
        text.to_owned()
    } else {
        now
    })
}

/// A file that goes when this does.
struct Written {
    path: PathBuf,
    shown: String,
}

impl Written {
    fn new(text: &str, folder: &Path) -> Result<Self, String> {
        // Text of others: an editor may pass controls on to the terminal.
        let is_plain = |letter: &char| !letter.is_control() || matches!(letter, '\n' | '\t');
        let mut shown: String = text.chars().filter(is_plain).collect();
        shown.push('\n');
        let path = folder.join(format!("notes-{}.txt", uuid::Uuid::new_v4()));
        let write = || -> std::io::Result<()> {
            fs::create_dir_all(folder)?;
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path)?;
            file.write_all(shown.as_bytes())
        };
        write().map_err(|error| format!("no file for the editor: {error}"))?;
        Ok(Self { path, shown })
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
