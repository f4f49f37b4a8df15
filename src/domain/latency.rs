//! How long things took: a histogram of fixed size that keeps percentiles and adds up.
//!
//! Whole units up to five have a bucket of their own, above that each bucket is a fifth wider than
//! the one before. What a percentile says is the middle of a bucket, so it is wrong by less than a
//! tenth; the longest is exact. Invariant: adding two histograms is the same as noting everything
//! in one.

use serde::{Deserialize, Serialize};

/// In milliseconds they reach to three minutes; what took longer is told as the longest.
pub const BUCKETS: usize = 66;

/// The least value of each bucket.
static FLOORS: [u32; BUCKETS] = floors();

const fn floors() -> [u32; BUCKETS] {
    let mut floors = [0; BUCKETS];
    let mut at = 1;
    while at < BUCKETS {
        let last = floors[at - 1];
        let wider = last / 5;
        floors[at] = last + if wider > 0 { wider } else { 1 };
        at += 1;
    }
    floors
}

/// Durations in one unit, usually milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latencies {
    counts: [u32; BUCKETS],
    most: u32,
}

impl Default for Latencies {
    fn default() -> Self {
        Self {
            counts: [0; BUCKETS],
            most: 0,
        }
    }
}

/// What is said of them: nearest ranks, in their unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Percentiles {
    pub count: u64,
    pub p50: u32,
    pub p95: u32,
    pub p99: u32,
    /// Exact.
    pub most: u32,
}

impl Latencies {
    pub fn note(&mut self, value: u32) {
        let after = FLOORS.partition_point(|floor| *floor <= value);
        if let Some(count) = self.counts.get_mut(after.saturating_sub(1)) {
            *count = count.saturating_add(1);
        }
        self.most = self.most.max(value);
    }

    pub fn add(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count = count.saturating_add(*more);
        }
        self.most = self.most.max(other.most);
    }

    pub fn count(&self) -> u64 {
        self.counts.iter().map(|count| u64::from(*count)).sum()
    }

    /// The least value that `percent` of them do not exceed, within a tenth; 0 of none.
    pub fn percentile(&self, percent: u8) -> u32 {
        let rank = (self.count() * u64::from(percent)).div_ceil(100).max(1);
        let mut passed = 0;
        for (at, count) in self.counts.iter().enumerate() {
            passed += u64::from(*count);
            if passed >= rank {
                return self.middle(at);
            }
        }
        self.most
    }

    pub fn percentiles(&self) -> Percentiles {
        Percentiles {
            count: self.count(),
            p50: self.percentile(50),
            p95: self.percentile(95),
            p99: self.percentile(99),
            most: self.most,
        }
    }

    /// The value that is off by the same share from both ends of a bucket.
    fn middle(&self, at: usize) -> u32 {
        let floor = FLOORS.get(at).copied().unwrap_or(0);
        let Some(next) = FLOORS.get(at + 1) else {
            return self.most;
        };
        let last = (next - 1).min(self.most).max(floor);
        let (low, high) = (u64::from(floor), u64::from(last));
        let sum = low + high;
        let middle = (2 * low * high + sum / 2).checked_div(sum);
        middle
            .and_then(|middle| u32::try_from(middle).ok())
            .unwrap_or(floor)
            .max(floor)
    }

    /// As `parse` reads it: the longest, then each bucket that is not empty.
    pub fn text(&self) -> String {
        let mut text = self.most.to_string();
        for (at, count) in self.counts.iter().enumerate().filter(|(_, n)| **n > 0) {
            text.push_str(&format!(",{at}:{count}"));
        }
        text
    }

    /// None when it is not what `text` wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(',');
        let mut read = Self {
            most: parts.next()?.parse().ok()?,
            ..Self::default()
        };
        for part in parts {
            let (at, count) = part.split_once(':')?;
            *read.counts.get_mut(at.parse::<usize>().ok()?)? = count.parse().ok()?;
        }
        Some(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[u32]) -> Latencies {
        let mut latencies = Latencies::default();
        values.iter().for_each(|value| latencies.note(*value));
        latencies
    }

    /// The nearest rank, from the values themselves.
    fn exact(values: &[u32], percent: usize) -> u32 {
        let mut sorted = values.to_vec();
        sorted.sort_unstable();
        sorted[(values.len() * percent).div_ceil(100).max(1) - 1]
    }

    #[test]
    fn few_and_small_values_are_exact() {
        assert_eq!(
            Latencies::default().percentiles(),
            Percentiles::default(),
            "nothing was noted"
        );
        let latencies = of(&[0, 1, 2, 3, 4, 5, 5, 5, 5, 9]);
        let said = latencies.percentiles();
        assert_eq!((said.p50, said.p95, said.most), (4, 9, 9));
        assert_eq!(latencies.percentile(0), 0);
        assert_eq!(
            of(&[1_000_000]).percentile(50),
            1_000_000,
            "beyond the last"
        );
    }

    #[test]
    fn buckets_grow_by_a_fifth_and_reach_minutes() {
        for pair in FLOORS.windows(2) {
            assert!(pair[0] < pair[1] && pair[1] <= (pair[0] * 6 / 5).max(pair[0] + 1));
        }
        assert!(FLOORS[BUCKETS - 1] > 180_000, "{}", FLOORS[BUCKETS - 1]);
    }

    #[test]
    fn what_is_not_a_histogram_is_none() {
        for text in ["", "x", "5,", "5,66:1", "5,3", "5,3:x", "5,3:1:2", "-1"] {
            assert_eq!(Latencies::parse(text), None, "{text}");
        }
    }

    fn value() -> impl Strategy<Value = u32> {
        prop_oneof![0..12_u32, 0..400_u32, 0..180_000_u32]
    }

    proptest! {
        #[test]
        fn a_percentile_is_within_a_tenth_of_the_exact_one(
            values in proptest::collection::vec(value(), 1..400),
        ) {
            let latencies = of(&values);
            for percent in [50, 95, 99] {
                let (said, exact) = (latencies.percentile(percent), exact(&values, percent.into()));
                let error = f64::from(said.abs_diff(exact));
                prop_assert!(error <= 0.1 * f64::from(exact), "p{percent}: {said} for {exact}");
            }
            prop_assert_eq!(latencies.percentiles().most, *values.iter().max().unwrap());
        }

        #[test]
        fn two_added_are_the_same_as_one_and_text_loses_nothing(
            values in proptest::collection::vec(value(), 0..200),
            cut in 0..200_usize,
        ) {
            let (one, other) = values.split_at(cut.min(values.len()));
            let mut sum = of(one);
            sum.add(&of(other));
            prop_assert_eq!(&sum, &of(&values));
            prop_assert_eq!(Latencies::parse(&sum.text()), Some(sum));
        }
    }
}
