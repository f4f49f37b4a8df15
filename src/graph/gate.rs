//! Closed for as long as the server asked to wait, for everything of this mailbox: who asks on
//! meanwhile is throttled for longer (Graph: throttling guidance).
//!
//! Invariant: a request that meets a closed gate never left.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Timers fire a little early or late; what is this close to its end is over.
const SLACK: Duration = Duration::from_millis(50);

#[derive(Default)]
pub(crate) struct Gate(Mutex<Option<Instant>>);

impl Gate {
    /// For so many milliseconds from now; never opens earlier than was said before.
    pub(crate) fn close(&self, ms: u64) {
        let until = Instant::now() + Duration::from_millis(ms);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some(known.map_or(until, |known| known.max(until)));
    }

    /// Milliseconds until it opens; None while it is open.
    pub(crate) fn closed_for(&self) -> Option<u64> {
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = known?.saturating_duration_since(Instant::now());
        (left > SLACK).then(|| u64::try_from(left.as_millis()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_longest_wait_holds() {
        let gate = Gate::default();
        assert_eq!(gate.closed_for(), None);
        gate.close(3_000);
        gate.close(1_000);
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(gate.closed_for(), Some(1_000));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(gate.closed_for(), None);
    }
}
