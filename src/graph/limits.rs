//! How much a server may cost us. A hostile or broken one meets these bounds,
//! then gets a visible failure; no well-behaved mailbox comes near them.

use std::time::Duration;

/// Bounds of one client. The defaults are the product's; tests use smaller ones.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of one response body, after decompression.
    pub body: usize,
    /// Pages of one `View` or list before it counts as never ending.
    pub pages: usize,
    /// Events of one `View`.
    pub events: usize,
    /// From sending a read to the last byte of its answer.
    pub read: Duration,
    /// The same for a write. Longer: giving up leaves its outcome unknown.
    pub write: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 64 * 1024 * 1024,
            pages: 200,
            events: 100_000,
            read: Duration::from_secs(60),
            write: Duration::from_secs(90),
        }
    }
}

/// Requests in flight for one mailbox (Graph: throttling, MailboxConcurrency).
pub(crate) const IN_FLIGHT: u32 = 4;

/// Items of one `$batch`: more than run in parallel for one mailbox only get 429.
pub(crate) const BATCH: usize = 4;

/// Elements of one collection answer.
pub(crate) const ITEMS: usize = 20_000;

/// Bytes of one page link.
pub(crate) const LINK: usize = 32 * 1024;

/// Longest wait a `Retry-After` may impose, in milliseconds.
pub(crate) const RETRY_AFTER_MS: u64 = 3_600_000;
