//! The log: one private file a day, seven days kept, nothing secret in it.
//!
//! Invariants: files are 0600 in a 0700 folder; every line passes `redact` before it is
//! written, whoever wrote it; other crates may only warn, and those that see requests
//! are silent.

use super::Clock;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::{Layer, SubscriberExt};

const KEPT: usize = 7;
/// Crates that hold tokens, codes and links in their hands.
const SILENT: [&str; 6] = ["reqwest", "hyper", "hyper_util", "h2", "rustls", "oauth2"];

/// How much is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Level {
    Off,
    Error,
    Warn,
    Info,
    Debug,
}

impl Level {
    fn filter(self) -> LevelFilter {
        match self {
            Self::Off => LevelFilter::OFF,
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
        }
    }
}

/// Where today's lines go.
pub fn file(folder: &Path, clock: Clock) -> PathBuf {
    let day = clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    folder.join(format!("kalends-{day}.log"))
}

/// Starts writing. A log that cannot be written is said and does without.
///
/// # Errors
/// A sentence with the place and the cause.
pub fn start(folder: &Path, level: Level, clock: Clock) -> Result<(), String> {
    if level == Level::Off {
        return Ok(());
    }
    let path = file(folder, clock);
    let file = open(folder, &path).map_err(|error| {
        format!(
            "could not write the log {}: {error}; make the folder writable, or use --log off",
            path.display()
        )
    })?;
    forget_old(folder);
    let filter = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("kalends", level.filter())
        .with_targets(SILENT.map(|name| (name, LevelFilter::OFF)));
    let log = Log(Arc::new(Mutex::new(file)));
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_timer(Stamp(clock))
        .with_writer(move || log.clone());
    let subscriber = tracing_subscriber::registry().with(lines.with_filter(filter));
    // A second start in one process (tests) keeps the first.
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(())
}

fn open(folder: &Path, path: &Path) -> io::Result<File> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
}

/// Removes all but the newest days. Names sort by date.
fn forget_old(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let is_ours = |path: &PathBuf| {
        path.file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| {
                name.starts_with("kalends-")
                    && Path::new(name)
                        .extension()
                        .is_some_and(|ending| ending == "log")
            })
    };
    let mut days: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(is_ours)
        .collect();
    days.sort();
    let surplus = days.len().saturating_sub(KEPT);
    for path in days.into_iter().take(surplus) {
        let _ = fs::remove_file(path);
    }
}

struct Stamp(Clock);

impl FormatTime for Stamp {
    fn format_time(&self, out: &mut Writer<'_>) -> std::fmt::Result {
        write!(out, "{:.3}", self.0.now())
    }
}

#[derive(Clone)]
struct Log(Arc<Mutex<File>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = redact(&String::from_utf8_lossy(bytes));
        if let Ok(mut file) = self.0.lock() {
            file.write_all(line.as_bytes())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes out what must not be kept: subjects (in curly quotes), addresses, queries of
/// links, and every long unbroken word, which may be a token.
pub fn redact(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\u{201c}') {
        words(before, &mut out);
        out.push_str("\u{201c}***\u{201d}");
        rest = after.split_once('\u{201d}').map_or("\n", |(_, left)| left);
    }
    words(rest, &mut out);
    out
}

fn words(text: &str, out: &mut String) {
    let is_break = |letter: char| letter.is_whitespace() || "\"'<>()[]{},;".contains(letter);
    for piece in text.split_inclusive(is_break) {
        let word = piece.trim_end_matches(is_break);
        out.push_str(&word_without_secrets(word));
        out.push_str(piece.get(word.len()..).unwrap_or_default());
    }
}

fn word_without_secrets(word: &str) -> String {
    let word = match word.split_once('?') {
        Some((address, query)) if address.contains("://") && !query.is_empty() => {
            format!("{address}?***")
        }
        _ => word.to_owned(),
    };
    if word.contains('@') && !word.contains("://") {
        return "***@***".into();
    }
    for secret in ["code=", "token=", "device_code=", "id_token="] {
        if let Some((name, _)) = word.split_once(secret) {
            return format!("{name}{secret}***");
        }
    }
    let longest = word
        .split(['/', ':', '.', '=', '&'])
        .map(str::len)
        .max()
        .unwrap_or(0);
    if longest >= 40 || word.starts_with("eyJ") {
        "***".into()
    } else {
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_addresses_and_subjects_are_taken_out() {
        let line = "GET https://graph/v1.0/me?$deltatoken=abc eyJhbGciOi.J9.x said=\"accepted \u{201c}Board\u{201d}\" \
                    ana@contoso.com code=0.AAAA AAMkAGI2TGULAAAAAAENAAAAAAEOAAAAAAEPAAAAAAEQAAA= 10:00:00.123Z";
        let kept = redact(line);
        for secret in ["abc", "eyJ", "Board", "ana", "contoso", "AAAA", "AAMk"] {
            assert!(!kept.contains(secret), "{secret} in {kept}");
        }
        assert!(kept.contains("https://graph/v1.0/me?***") && kept.contains("10:00:00.123Z"));
    }

    #[test]
    fn a_torn_quote_hides_the_rest() {
        assert!(!redact("said \u{201c}Board meeting").contains("Board"));
    }

    #[test]
    fn seven_days_are_kept() {
        let home = tempfile::tempdir().unwrap();
        for day in 1..=9 {
            fs::write(home.path().join(format!("kalends-2026-11-0{day}.log")), "x").unwrap();
        }
        fs::write(home.path().join("notes.txt"), "mine").unwrap();
        forget_old(home.path());
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), KEPT + 1);
        assert!(!home.path().join("kalends-2026-11-02.log").exists());
        assert!(home.path().join("kalends-2026-11-03.log").exists());
    }
}
