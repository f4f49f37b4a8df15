//! What the program itself did in a day: requests, bytes, how long they took.
//!
//! A day is a UTC day, whoever looks: figures of two zones could not be added up.

use super::latency::Latencies;
use jiff::civil::Date;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// HTTP exchanges begun.
    pub requests: u64,
    /// As the server's limits count them: a batch counts as its items.
    pub counted: u64,
    /// Body bytes received, after decompression.
    pub bytes: u64,
    /// Answers that asked us to slow down.
    pub throttled: u64,
    /// Tokens renewed, whether they ran out or were refused.
    pub renewals: u64,
    /// What was asked for and not given, for whatever reason.
    pub failed: u64,
    /// From asking to the whole answer, in milliseconds.
    pub answers: Latencies,
    /// From asking for a round's first page until its link was stored, in milliseconds.
    pub rounds: Latencies,
}

impl Figures {
    pub fn add(&mut self, other: &Self) {
        let Self {
            requests,
            counted,
            bytes,
            throttled,
            renewals,
            failed,
            ..
        } = other;
        let more = [requests, counted, bytes, throttled, renewals, failed];
        for (sum, more) in self.counts().into_iter().zip(more) {
            *sum = sum.saturating_add(*more);
        }
        self.answers.add(&other.answers);
        self.rounds.add(&other.rounds);
    }

    fn counts(&mut self) -> [&mut u64; 6] {
        [
            &mut self.requests,
            &mut self.counted,
            &mut self.bytes,
            &mut self.throttled,
            &mut self.renewals,
            &mut self.failed,
        ]
    }

    /// One line, as `parse` reads it.
    pub fn line(&self, day: Date) -> String {
        let mut line = day.to_string();
        let mut counts = self.clone();
        for count in counts.counts() {
            line.push_str(&format!(" {count}"));
        }
        format!("{line} {} {}", self.answers.text(), self.rounds.text())
    }

    /// None when it is not what `line` wrote.
    pub fn parse(line: &str) -> Option<(Date, Self)> {
        let mut parts = line.split(' ');
        let day = parts.next()?.parse().ok()?;
        let mut read = Self::default();
        for count in read.counts() {
            *count = parts.next()?.parse().ok()?;
        }
        read.answers = Latencies::parse(parts.next()?)?;
        read.rounds = Latencies::parse(parts.next()?)?;
        parts.next().is_none().then_some((day, read))
    }
}

/// Bytes as a person reads them.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_line_holds_a_day_and_nothing_else_is_one() {
        let mut figures = Figures {
            requests: 12,
            counted: 31,
            bytes: u64::MAX,
            throttled: 1,
            renewals: 2,
            failed: 3,
            ..Figures::default()
        };
        for ms in [3, 40, 3_000] {
            figures.answers.note(ms);
        }
        figures.rounds.note(900);
        let day = date(2026, 11, 23);
        let line = figures.line(day);
        assert_eq!(Figures::parse(&line), Some((day, figures.clone())));
        let cut = line.split_at(line.len() - 8).0;
        for other in [
            "",
            "2026-11-23",
            "2026-11-23 1 2 3",
            cut,
            &format!("{line} 1"),
        ] {
            assert_eq!(Figures::parse(other), None, "{other}");
        }
        let mut sum = figures.clone();
        sum.add(&figures);
        assert_eq!((sum.requests, sum.bytes, sum.failed), (24, u64::MAX, 6));
        assert_eq!((sum.answers.count(), sum.rounds.count()), (6, 2));
    }
}
