//! What lies on disk, and who holds it.

use super::super::invocation::Invocation;
use super::finding::{Finding, size};
use crate::domain::intent::{Intent, Stage};
use crate::runtime::data_side::Outlet;
use crate::service::protocol::{Link, Notice, Request, Status};
use crate::service::{Incoming, Peek, attach};
use crate::store::{Folder, Outbox};
use jiff::ToSpan;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(3);
const RETRY: Duration = Duration::from_millis(50);
/// How long one that has just begun may take to hear of its server.
const BEGINNING: Duration = Duration::from_secs(2);

/// Who holds the account's files now.
#[derive(Default)]
pub(super) struct Owner {
    pub findings: Vec<Finding>,
    /// What the running owner says.
    pub status: Option<Status>,
    /// Somebody holds the lock and does not answer.
    pub is_mute: bool,
}

pub(super) fn owner(folder: &Folder, _invocation: &Invocation) -> Owner {
    let Some(pid) = holder(folder) else {
        return Owner {
            findings: vec![Finding::good("owner", "nobody else is running")],
            ..Owner::default()
        };
    };
    match status(folder, &pid) {
        Some(status) => Owner {
            findings: vec![Finding::good(
                "owner",
                format!("process {pid} runs and answers"),
            )],
            status: Some(status),
            is_mute: false,
        },
        None => Owner {
            findings: vec![Finding::broken(
                "owner",
                format!(
                    "process {pid} holds {} and does not answer",
                    folder.lock().display()
                ),
                format!("wait, or end it (kill {pid}); nothing that was acknowledged is lost"),
            )],
            status: None,
            is_mute: true,
        },
    }
}

/// The process that holds the lock, looked at without touching anything.
fn holder(folder: &Folder) -> Option<String> {
    let lock = File::open(folder.lock()).ok()?;
    match lock.try_lock_shared() {
        Err(TryLockError::WouldBlock) => {
            let pid = std::fs::read_to_string(folder.lock()).unwrap_or_default();
            Some(
                pid.trim()
                    .chars()
                    .filter(char::is_ascii_digit)
                    .take(10)
                    .collect(),
            )
        }
        _ => None,
    }
}

fn status(folder: &Folder, pid: &str) -> Option<Status> {
    let (sender, incoming) = channel();
    let outlet: Outlet = Arc::new(move |news| sender.send(news).is_ok());
    let mut until = Instant::now() + PATIENCE;
    // One that has just begun does not listen for a moment.
    let handle = loop {
        match attach(folder, pid, Arc::clone(&outlet)) {
            Ok(handle) => break handle,
            Err(_) if Instant::now() < until => std::thread::park_timeout(RETRY),
            Err(_) => return None,
        }
    };
    drop(outlet);
    handle.post(handle.ticket(), Request::Status);
    let mut known: Option<Status> = None;
    loop {
        match incoming.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(Incoming::Noticed(Notice::Status(status))) => {
                if !matches!(status.link, Link::Starting | Link::NoAccount) {
                    return Some(*status);
                }
                if known.replace(*status).is_none() {
                    until = Instant::now() + BEGINNING;
                }
            }
            Ok(Incoming::Noticed(Notice::Gone { .. })) => return None,
            Ok(_) => {}
            Err(_) => return known,
        }
    }
}

pub(super) fn health(folder: &Folder, owner: &Owner, invocation: &Invocation) -> Vec<Finding> {
    let mut findings = vec![Finding::good(
        "replica",
        format!(
            "{} ({})",
            folder.replica().display(),
            size(bytes_below(&folder.replica()))
        ),
    )];
    findings.push(sheets(folder, invocation));
    findings.push(outbox(folder, owner));
    findings
}

fn sheets(folder: &Folder, invocation: &Invocation) -> Finding {
    let peek = match Peek::open(folder) {
        Ok(peek) if peek.is_empty => {
            return Finding::note("sheets", "nothing is stored yet", "run kalends sync");
        }
        Ok(peek) => peek,
        Err(error) => {
            return Finding::broken(
                "sheets",
                error.to_string(),
                "make it readable; it is rebuilt otherwise",
            );
        }
    };
    let today = invocation
        .clock
        .now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    let read = peek.range(today, today.saturating_add(90.days()));
    let bytes = size(bytes_below(&folder.sheets()));
    let calendars = peek.desk.numbers.len();
    let fresh = peek
        .desk
        .fresh_at
        .map_or_else(String::new, |at| format!(", as of {at:.0}"));
    if read.missing.is_empty() {
        Finding::good("sheets", format!("{calendars} calendars, {bytes}{fresh}"))
    } else {
        let words = format!(
            "{} of the next quarter are missing or damaged",
            read.missing.len()
        );
        Finding::note(
            "sheets",
            words,
            "run kalends sync; they are written anew from the replica",
        )
    }
}

fn outbox(folder: &Folder, owner: &Owner) -> Finding {
    let path = folder.outbox();
    if let Some(status) = &owner.status {
        return waiting(&status.intents, &path);
    }
    if owner.is_mute || !path.exists() {
        return Finding::good(
            "outbox",
            format!("{} ({})", path.display(), size(bytes_below(&path))),
        );
    }
    let opened = folder
        .own()
        .map_err(|error| error.to_string())
        .and_then(|ownership| {
            let intents = Outbox::open(folder)
                .and_then(|outbox| outbox.intents())
                .map_err(|error| error.to_string());
            drop(ownership);
            intents
        });
    match opened {
        Ok(intents) => waiting(&intents, &path),
        Err(words) => Finding::broken(
            "outbox",
            words,
            "make room and make it writable; it is never thrown away",
        ),
    }
}

fn waiting(intents: &[Intent], path: &Path) -> Finding {
    // What the server took already waits for its own picture of it only.
    let count = intents
        .iter()
        .filter(|intent| intent.stage != Stage::Sent)
        .count();
    if count == 0 {
        return Finding::good("outbox", format!("{}: empty", path.display()));
    }
    let words = format!("{count} answers wait to be sent, in {}", path.display());
    Finding::note(
        "outbox",
        words,
        "they are sent when the server is reached; kalends shows those that need you",
    )
}

fn bytes_below(path: &Path) -> u64 {
    let Ok(metadata) = std::fs::symlink_metadata(path) else {
        return 0;
    };
    if !metadata.is_dir() {
        return metadata.len();
    }
    let Ok(entries) = std::fs::read_dir(path) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| bytes_below(&entry.path()))
        .sum()
}
