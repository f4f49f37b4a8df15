//! The simulator's only source of time: real, shifted, or driven by a test.
//!
//! Invariant: nothing else below `simulator` asks the machine what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A clock in milliseconds since the Unix epoch, UTC. Clones share one time.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Kind>);

#[derive(Debug)]
enum Kind {
    Running { origin_ms: i64, started: Instant },
    Manual(AtomicI64),
}

impl Clock {
    /// The machine's time.
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place where the simulator learns the time"
    )]
    pub fn real() -> Self {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self::running_from(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// Starts at `origin_ms` and runs at the machine's pace (`simulate --now`).
    pub fn running_from(origin_ms: i64) -> Self {
        Self(Arc::new(Kind::Running {
            origin_ms,
            started: Instant::now(),
        }))
    }

    /// Stands still until a test advances it.
    pub fn manual(start_ms: i64) -> Self {
        Self(Arc::new(Kind::Manual(AtomicI64::new(start_ms))))
    }

    /// Milliseconds since the Unix epoch, UTC.
    pub fn now_ms(&self) -> i64 {
        match &*self.0 {
            Kind::Running { origin_ms, started } => {
                origin_ms + i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX)
            }
            Kind::Manual(now) => now.load(Ordering::SeqCst),
        }
    }

    /// Moves a manual clock; a running one ignores it.
    pub fn advance(&self, by_ms: i64) {
        if let Kind::Manual(now) = &*self.0 {
            now.fetch_add(by_ms, Ordering::SeqCst);
        }
    }
}
