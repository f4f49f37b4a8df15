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
