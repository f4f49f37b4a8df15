//! How often and how fast: intervals of hot and cold windows, back-off, and the
//! request budget. Pure arithmetic over times that are handed in.

use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;

/// Windows on screen and of this quarter, while the terminal is used.
pub const HOT: SignedDuration = SignedDuration::from_secs(30);
/// The same, when nobody pressed a key for a while.
pub const IDLE: SignedDuration = SignedDuration::from_mins(5);
/// All other windows of the horizon.
pub const COLD: SignedDuration = SignedDuration::from_hours(3);
/// Every window is compared whole once a day.
pub const RECONCILE: SignedDuration = SignedDuration::from_hours(24);
/// Without a key press for this long the terminal counts as idle.
pub const IDLE_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// The service allows 10,000 requests in 10 minutes for one app and mailbox
/// (Graph: Outlook service limits); we stay under half of it.
pub const BUDGET: usize = 5_000;
const BUDGET_SPAN: SignedDuration = SignedDuration::from_mins(10);

/// 1 s, 2 s, 4 s … capped, with a spread of up to a quarter that depends on `salt`
/// so that many windows do not come back in the same instant.
pub fn back_off(failures: u32, cap: SignedDuration, salt: u64) -> SignedDuration {
    let base = 1_000_i64 << failures.saturating_sub(1).min(20);
    let capped = i128::from(base).min(cap.as_millis());
    let capped = i64::try_from(capped).unwrap_or(i64::MAX);
    let spread = i64::try_from(mix(salt ^ u64::from(failures)) % 256).unwrap_or(0);
    SignedDuration::from_millis(capped + capped / 4 * spread / 256)
}

/// No wait of ours is longer than this; a longer one means that the clock was set back.
pub const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(75);

/// The moment `at`, unless the clock was set back since it was chosen: then now.
pub fn not_absurd(at: Timestamp, now: Timestamp) -> Timestamp {
    if at.duration_since(now) > LONGEST_WAIT {
        now
    } else {
        at
    }
}

/// When something may be tried again. A key may end our own back-off, and nothing but time what
/// the server asked for.
#[derive(Debug, Default, Clone, Copy)]
pub struct Pause {
    ours: Option<Timestamp>,
    asked: Option<Timestamp>,
}

impl Pause {
    /// A back-off of ours, and the milliseconds of a `Retry-After`.
    pub fn new(ours: SignedDuration, asked_ms: Option<u64>, now: Timestamp) -> Self {
        let mut pause = Self::default();
        pause.back_off(ours, now);
        if let Some(ms) = asked_ms {
            pause.obey(milliseconds(ms), now);
        }
        pause
    }

    pub fn back_off(&mut self, wait: SignedDuration, now: Timestamp) {
        self.ours = Some(now.saturating_add(wait).unwrap_or(Timestamp::MAX));
    }

    /// A longer wait that was asked for before stands.
    pub fn obey(&mut self, wait: SignedDuration, now: Timestamp) {
        let until = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        let earlier = self.asked.filter(|at| not_absurd(*at, now) == *at);
        self.asked = earlier.max(Some(until));
    }

    /// Somebody does not want to wait longer than must be.
    pub fn hurry(&mut self) {
        self.ours = None;
    }

    /// None when it is over.
    pub fn until(&self, now: Timestamp) -> Option<Timestamp> {
        let parts = [self.ours, self.asked].into_iter().flatten();
        parts.filter(|at| not_absurd(*at, now) > now).max()
    }

    pub fn is_over(&self, now: Timestamp) -> bool {
        self.until(now).is_none()
    }

    /// Whether or not it is over.
    pub fn end(&self) -> Option<Timestamp> {
        self.ours.max(self.asked)
    }
}

fn milliseconds(ms: u64) -> SignedDuration {
    SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))
}

/// A fixed scramble (SplitMix64's finaliser): same input, same spread, same trace.
pub fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Requests of the last ten minutes.
#[derive(Debug, Default)]
pub struct Budget {
    spent: VecDeque<Timestamp>,
}

impl Budget {
    pub fn spend(&mut self, now: Timestamp) {
        self.spent.push_back(now);
        self.forget(now);
    }

    /// Requests that may still be made now.
    pub fn left(&mut self, now: Timestamp) -> usize {
        self.forget(now);
        BUDGET.saturating_sub(self.spent.len())
    }

    /// Intervals grow as the budget shrinks: twice as long at half, four times at a tenth.
    pub fn stretch(&mut self, interval: SignedDuration, now: Timestamp) -> SignedDuration {
        match self.left(now) {
            left if left > BUDGET / 2 => interval,
            left if left > BUDGET / 10 => interval * 2,
            _ => interval * 4,
        }
    }

    fn forget(&mut self, now: Timestamp) {
        while self
            .spent
            .front()
            .is_some_and(|first| now.duration_since(*first) > BUDGET_SPAN)
        {
            self.spent.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_grows_and_stays_under_its_cap_and_a_quarter() {
        let cap = SignedDuration::from_secs(60);
        let mut last = SignedDuration::ZERO;
        for failures in 1..40 {
            let wait = back_off(failures, cap, 7);
            assert!(wait <= cap + cap / 4);
            assert!(failures > 6 || wait > last);
            last = wait;
        }
    }

    #[test]
    fn nothing_but_time_ends_a_wait_that_was_asked_for() {
        let now: Timestamp = "2026-11-26T09:00:00Z".parse().unwrap();
        let later = |minutes| now + SignedDuration::from_mins(minutes);
        let mut pause = Pause::new(SignedDuration::from_secs(1), Some(600_000), now);
        pause.obey(SignedDuration::from_mins(2), now);
        pause.hurry();
        assert_eq!(pause.until(now), Some(later(10)));
        pause.back_off(SignedDuration::from_mins(20), now);
        assert_eq!(pause.until(now), Some(later(20)));
        pause.hurry();
        assert!(!pause.is_over(later(9)) && pause.is_over(later(10)));
        // The clock was set back: nobody waits for hours, and a new wait counts.
        assert!(pause.is_over(later(-200)));
        pause.obey(SignedDuration::from_mins(1), later(-200));
        assert_eq!(pause.until(later(-200)), Some(later(-199)));
    }

    #[test]
    fn the_budget_stretches_intervals_and_recovers() {
        let mut budget = Budget::default();
        let start: Timestamp = "2026-11-26T09:00:00Z".parse().unwrap();
        for _ in 0..4_600 {
            budget.spend(start);
        }
        assert_eq!(budget.stretch(HOT, start), HOT * 4);
        let later = start + SignedDuration::from_mins(11);
        assert_eq!(budget.stretch(HOT, later), HOT);
    }
}
