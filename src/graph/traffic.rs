//! Counters of one client, for the status line and the request budget.

use std::sync::atomic::{AtomicU64, Ordering};

/// A snapshot; all values only grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// HTTP exchanges begun.
    pub requests: u64,
    /// Requests as the server's limits count them: a batch counts as its items.
    pub counted: u64,
    /// Body bytes received, after decompression.
    pub bytes_received: u64,
    /// Answers that asked us to slow down, items of batches included.
    pub throttled: u64,
    /// Tokens renewed after a 401.
    pub renewals: u64,
    /// Elements of answers that could not be understood.
    pub skipped: u64,
}

#[derive(Default)]
pub(crate) struct Counters {
    requests: AtomicU64,
    counted: AtomicU64,
    bytes_received: AtomicU64,
    throttled: AtomicU64,
    renewals: AtomicU64,
    skipped: AtomicU64,
}

impl Counters {
    pub(crate) fn sent(&self, items: u32) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.counted.fetch_add(u64::from(items), Ordering::Relaxed);
    }

    pub(crate) fn received(&self, bytes: usize) {
        self.bytes_received
            .fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn throttled(&self) {
        self.throttled.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn renewed(&self) {
        self.renewals.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn skipped(&self, items: u32) {
        self.skipped.fetch_add(u64::from(items), Ordering::Relaxed);
    }

    pub(crate) fn snapshot(&self) -> Traffic {
        Traffic {
            requests: self.requests.load(Ordering::Relaxed),
            counted: self.counted.load(Ordering::Relaxed),
            bytes_received: self.bytes_received.load(Ordering::Relaxed),
            throttled: self.throttled.load(Ordering::Relaxed),
            renewals: self.renewals.load(Ordering::Relaxed),
            skipped: self.skipped.load(Ordering::Relaxed),
        }
    }
}
