//! The one place that reads the machine's time.
//!
//! `KALENDS_NOW=2026-11-23T09:00:00Z` makes the program believe that it was started at
//! that instant (RFC 3339); its clock runs on from there at the machine's pace. Demos
//! and tests use it together with `simulate --now`.
//!
//! Invariant: everybody else is handed a clock, or an instant.

use jiff::{SignedDuration, Timestamp};
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

/// The variable that moves the clock.
pub const VARIABLE: &str = "KALENDS_NOW";

/// For what takes microseconds: runs evenly, whatever the clock is set to.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Microseconds since the start, or since the last lap.
    pub fn lap(&mut self) -> u32 {
        let now = Instant::now();
        let passed = now.duration_since(std::mem::replace(&mut self.0, now));
        u32::try_from(passed.as_micros()).unwrap_or(u32::MAX)
    }
}

/// A running clock. Copies show the same time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock {
    /// None follows the machine, also across its sleep.
    shifted: Option<(Timestamp, Instant)>,
}

impl Clock {
    /// The machine's clock, or the one that `KALENDS_NOW` asks for.
    ///
    /// # Errors
    /// A sentence when the variable holds no instant.
    pub fn from_environment() -> Result<Self, String> {
        match std::env::var(VARIABLE) {
            Ok(text) if !text.is_empty() => text.parse().map(Self::running_from).map_err(|_| {
                format!("{VARIABLE} must be an instant such as 2026-11-23T09:00:00Z; unset it for the real time")
            }),
            _ => Ok(Self::default()),
        }
    }

    /// Shows `origin` now and runs on.
    pub fn running_from(origin: Timestamp) -> Self {
        Self {
            shifted: Some((origin, Instant::now())),
        }
    }

    /// Whether the time is the machine's.
    pub fn is_real(self) -> bool {
        self.shifted.is_none()
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "the one place where the program learns the time"
    )]
    pub fn now(self) -> Timestamp {
        match self.shifted {
            None => Timestamp::now(),
            Some((origin, started)) => {
                let passed = SignedDuration::try_from(started.elapsed()).unwrap_or_default();
                origin.saturating_add(passed).unwrap_or(Timestamp::MAX)
            }
        }
    }

    /// The same clock in the data side's clothes.
    pub fn for_service(self) -> crate::service::Clock {
        crate::service::Clock::new(move || self.now())
    }
}

impl crate::graph::auth::Clock for Clock {
    fn now_ms(&self) -> i64 {
        self.now().as_millisecond()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(duration))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shifted_clock_starts_where_it_was_told_and_runs() {
        let origin: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let clock = Clock::running_from(origin);
        let first = clock.now();
        assert!(first >= origin && first < origin + SignedDuration::from_secs(60));
        assert!(clock.now() >= first);
        assert!(!clock.is_real() && Clock::default().is_real());
    }
}
