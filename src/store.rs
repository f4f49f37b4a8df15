//! On disk: the replica in sled, the sheets derived from it, and the outbox.
//! The only place that names a database.
//!
//! Invariants: the replica and the sheets can always be rebuilt; the outbox is
//! precious and acknowledged only after a real fsync; whoever holds `lock` is the
//! one owner, everybody else reads sheets.

pub mod days;
pub mod desk;
mod encoding;
pub mod folder;
pub mod followed;
mod hushed;
pub mod keys;
pub mod ladder;
mod leaves;
pub mod outbox;
pub mod reading;
pub mod replica;
mod schedules;
pub mod sheet;

pub use folder::Folder;
pub use followed::Followed;
pub use hushed::Hushed;
pub use outbox::Outbox;
pub use replica::SledReplica;
pub use schedules::Schedules;

/// What went wrong on disk, named after the attempt.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("could not write {path}: {source}; free space or make the folder writable")]
    Write {
        path: String,
        source: std::io::Error,
    },
    #[error("could not read {path}: {source}")]
    Read {
        path: String,
        source: std::io::Error,
    },
    #[error("could not use the local copy: {0}")]
    Replica(String),
    #[error(
        "could not use the outbox at {path}: {words}; it is kept as it is, move it aside to start a new one"
    )]
    Outbox { path: String, words: String },
    #[error(
        "the outbox {path} is missing, and {waiting} acts waited in it; put it back, or remove {seal} to go on without them"
    )]
    OutboxMissing {
        path: String,
        waiting: u64,
        seal: String,
    },
    #[error("another kalends owns {path} (process {pid})")]
    Owned { path: String, pid: String },
    #[error("{path} was written by a newer kalends; use that version, or another --home")]
    TooNew { path: String },
}
