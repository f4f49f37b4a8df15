//! Medians and their relatives. Every list is sorted where it is asked.

use std::time::Duration;

/// A series of times.
#[derive(Debug, Default, Clone)]
pub struct Times(Vec<Duration>);

impl Times {
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// Milliseconds below which this share (0 to 1) of the series lies.
    pub fn percentile(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let last = sorted.len().saturating_sub(1);
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss
        )]
        let place = (share * last as f64).round() as usize;
        sorted
            .get(place)
            .map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    }

    pub fn median(&self) -> f64 {
        self.percentile(0.5)
    }

    pub fn in_words(&self) -> String {
        let (low, middle, high) = (self.percentile(0.0), self.median(), self.percentile(0.9));
        format!(
            "median {middle:.2} ms (least {low:.2}, p90 {high:.2}, n={})",
            self.0.len()
        )
    }
}

pub fn median(values: &[u64]) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or(0)
}
