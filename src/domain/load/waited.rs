//! How long invitations waited for my answer, as far as the server tells it.
//!
//! Invariants: a series counts once, by what its master says; nothing is counted of an answer that
//! is still on its way, nor guessed where the server gives no times.

use super::Mine;
use super::words::hours;
use crate::domain::entry::Entry;
use crate::domain::event::{Answer, Kind, answered};
use std::collections::BTreeMap;

/// Of fewer, the longest says more than the one in ten.
const MANY: usize = 10;
const DAY: u32 = 24 * 60;

/// From when an invitation came until my answer as it stands, in whole minutes. An answer that was
/// given again, after a move or a change of mind, counts from the first invitation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waited {
    /// Shortest first.
    pub minutes: Vec<u32>,
    /// Answered, and nobody knows how fast.
    pub unknown: u32,
    pub unanswered: u32,
}

impl Waited {
    pub(super) fn of(invitations: &[Mine<'_>]) -> Self {
        let mut each: BTreeMap<_, &Entry> = BTreeMap::new();
        for &(_, entry) in invitations {
            let known = each.entry((&entry.calendar, entry.root())).or_insert(entry);
            // A single date may have been answered by itself, which is not the series.
            if known.kind == Kind::Exception && entry.kind != Kind::Exception {
                *known = entry;
            }
        }
        let mut waited = Self::default();
        for entry in each.into_values() {
            match (entry.shown_answer(), entry.answered_after) {
                (Answer::NotResponded, _) => waited.unanswered += 1,
                (answer, Some(minutes)) if answered(answer) && entry.pending.is_none() => {
                    waited.minutes.push(minutes);
                }
                (answer, _) if answered(answer) => waited.unknown += 1,
                _ => {}
            }
        }
        waited.minutes.sort_unstable();
        waited
    }

    /// So many of a hundred took no longer, by the nearest rank.
    pub fn percentile(&self, percent: usize) -> Option<u32> {
        let rank = (self.minutes.len() * percent).div_ceil(100);
        self.minutes.get(rank.saturating_sub(1)).copied()
    }

    pub fn words(&self) -> String {
        let took = match (&self.minutes[..], self.percentile(50), self.percentile(90)) {
            ([only], ..) => format!("answered in {}", lasted(*only)),
            (all, Some(median), Some(most)) => format!(
                "answered in {} at the median, {} {}",
                lasted(median),
                lasted(most),
                if all.len() < MANY {
                    "at the longest"
                } else {
                    "for one in ten"
                }
            ),
            _ if self.unknown > 0 => "how long answers took is not known".into(),
            _ if self.unanswered > 0 => "no invitation was answered yet".into(),
            _ => return "no invitations to answer".into(),
        };
        let answers = match self.minutes.len() {
            0 => String::new(),
            1 => "1 answer".into(),
            answers => format!("{answers} answers"),
        };
        let more = |count: u32, words: &str| match count {
            0 => String::new(),
            count => format!("{count} {words}"),
        };
        let mut counts = vec![
            answers,
            more(self.unknown, "untimed"),
            more(self.unanswered, "missing"),
        ];
        counts.retain(|count| !count.is_empty());
        format!("{took}: {}", counts.join(", "))
    }
}

/// `3 h 20`, and `2 d 5 h` from a day on; what is longer than ten days is told in days.
fn lasted(minutes: u32) -> String {
    let (days, rest) = (minutes / DAY, minutes % DAY / 60);
    match (days, rest) {
        (0, _) if minutes == 0 => "less than a minute".into(),
        (0, _) => hours(i64::from(minutes)),
        (1..10, 1..) => format!("{days} d {rest} h"),
        _ => format!("{days} d"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waited(minutes: &[u32], unknown: u32, unanswered: u32) -> String {
        let minutes = minutes.to_vec();
        let waited = Waited {
            minutes,
            unknown,
            unanswered,
        };
        waited.words()
    }

    #[test]
    fn what_is_known_is_said_and_what_is_not() {
        let many: Vec<u32> = (1..=20).map(|number| number * 60).collect();
        for (told, words) in [
            (waited(&[], 0, 0), "no invitations to answer"),
            (
                waited(&[], 0, 2),
                "no invitation was answered yet: 2 missing",
            ),
            (
                waited(&[], 4, 1),
                "how long answers took is not known: 4 untimed, 1 missing",
            ),
            (
                waited(&[0], 0, 0),
                "answered in less than a minute: 1 answer",
            ),
            (
                waited(&[5, 200, 3 * DAY + 61], 1, 0),
                "answered in 3 h 20 at the median, 3 d 1 h at the longest: 3 answers, 1 untimed",
            ),
            (
                waited(&many, 0, 3),
                "answered in 10 h at the median, 18 h for one in ten: 20 answers, 3 missing",
            ),
        ] {
            assert_eq!(told, words);
        }
        assert_eq!(lasted(2 * DAY + 59), "2 d");
        assert_eq!(lasted(12 * DAY + 300), "12 d");
    }

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let of = |minutes: Vec<u32>| Waited {
            minutes,
            ..Waited::default()
        };
        assert_eq!(of(Vec::new()).percentile(50), None);
        for count in 1..=30_u32 {
            let all = of((1..=count).collect());
            for percent in [50, 90, 100] {
                let rank = all.percentile(percent).unwrap();
                let below = |most: u32| most as usize * 100 >= count as usize * percent;
                assert!(
                    below(rank) && !below(rank - 1),
                    "{percent} of {count}: {rank}"
                );
            }
        }
    }
}
