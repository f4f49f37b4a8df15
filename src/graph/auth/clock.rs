//! What signing in needs of time. The shell brings the real one, tests bring their own.

use std::pin::Pin;
use std::time::Duration;

/// Reads the time and waits.
pub trait Clock: Send + Sync {
    /// Milliseconds since the Unix epoch, UTC.
    fn now_ms(&self) -> i64;

    /// Completes after the duration has passed on this clock.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}
