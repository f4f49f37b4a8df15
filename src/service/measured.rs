//! A server whose answers are timed and counted, and the figures of the days that come of it.
//!
//! Refuses to change an ask or an answer. An answer that nobody waited for any more is not timed. Invariant: everything that goes to the server goes through
//! here, so nothing is counted twice or not at all.

use super::clock::Clock;
use super::server::{Answer, Server, Traffic};
use crate::domain::figures::Figures;
use crate::domain::remote::{Ask, Failure, Told};
use crate::store::Folder;
use crate::store::days::Days;
use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The file is written no more often than this, and when the data side ends.
const WRITTEN_WITHIN: SignedDuration = SignedDuration::from_mins(3);
/// What seems to take longer did not: the clock was set, or the machine slept.
const BELIEVED: SignedDuration = SignedDuration::from_hours(1);

/// The figures of the days, shared by everybody who adds to them.
#[derive(Clone)]
pub(super) struct Log(Arc<Mutex<Inside>>);

struct Inside {
    days: Days,
    is_changed: bool,
    written_at: Timestamp,
}

impl Log {
    pub fn open(folder: &Folder, now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Inside {
            days: Days::open(folder),
            is_changed: false,
            written_at: now,
        })))
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        // Numbers are whole whatever happened to who held them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, now: Timestamp, change: impl FnOnce(&mut Figures)) {
        let mut inside = self.inside();
        inside.is_changed = true;
        change(inside.days.at(now));
    }

    /// A round that began then ended now, and its link is stored.
    pub fn round_ended(&self, began: Timestamp, now: Timestamp) -> u64 {
        let took = took(began, now);
        self.note(now, |day| {
            if let Some(ms) = took {
                day.rounds.note(ms);
            }
        });
        took.unwrap_or(0).into()
    }

    pub fn today(&self, now: Timestamp) -> Figures {
        self.inside().days.at(now).clone()
    }

    /// Writes what changed when it is time, or at once because it is the last time.
    pub fn rest(&self, now: Timestamp, is_last: bool) {
        let mut inside = self.inside();
        let is_soon = now.duration_since(inside.written_at).abs() < WRITTEN_WITHIN;
        if !inside.is_changed || (is_soon && !is_last) {
            return;
        }
        // Also when it cannot be written: a full disk is not asked again and again.
        inside.written_at = now;
        match inside.days.write(now) {
            Ok(()) => inside.is_changed = false,
            Err(error) => tracing::debug!(%error, "the figures of the day were not written"),
        }
    }
}

/// Whole milliseconds; None when that cannot be.
fn took(began: Timestamp, ended: Timestamp) -> Option<u32> {
    let took = ended.duration_since(began);
    let is_sane = !took.is_negative() && took < BELIEVED;
    u32::try_from(took.as_millis()).ok().filter(|_| is_sane)
}

/// What came of some asks.
#[derive(Default)]
struct Met {
    failed: u64,
    /// At least one of them left: what the server asked to wait with is no answer of its.
    is_asked: bool,
}

impl Met {
    fn of<'a>(answers: impl Iterator<Item = &'a Result<Told, Failure>>) -> Self {
        let asked = answers.filter(|answer| !matches!(answer, Err(failure) if failure.is_unsent()));
        asked.fold(Self::default(), |met, answer| Self {
            failed: met.failed + u64::from(answer.is_err()),
            is_asked: true,
        })
    }
}

pub(super) struct Measured(Arc<Line>);

struct Line {
    server: Arc<dyn Server>,
    clock: Clock,
    log: Log,
    /// How far this server's counters are in the log already.
    seen: Mutex<Traffic>,
}

impl Measured {
    pub fn of(server: Arc<dyn Server>, clock: Clock, log: Log) -> Self {
        let seen = Mutex::new(server.traffic());
        Self(Arc::new(Line {
            server,
            clock,
            log,
            seen,
        }))
    }

    fn timed<T: Send + 'static>(
        &self,
        (began, answer): (Timestamp, Answer<T>),
        count: impl FnOnce(&T) -> Met + Send + 'static,
    ) -> Answer<T> {
        let line = Arc::clone(&self.0);
        Box::pin(async move {
            let answer = answer.await;
            let met = count(&answer);
            if met.is_asked {
                line.ended(began, met.failed);
            }
            answer
        })
    }
}

impl Line {
    fn ended(&self, began: Timestamp, failed: u64) {
        let now = self.clock.now();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let traffic = self.server.traffic();
        let last = std::mem::replace(&mut *seen, traffic);
        self.log.note(now, |day| {
            day.requests += traffic.requests.saturating_sub(last.requests);
            day.counted += traffic.counted.saturating_sub(last.counted);
            day.bytes += traffic.bytes.saturating_sub(last.bytes);
            day.throttled += traffic.throttled.saturating_sub(last.throttled);
            day.renewals += traffic.renewals.saturating_sub(last.renewals);
            day.failed += failed;
            if let Some(ms) = took(began, now) {
                day.answers.note(ms);
            }
        });
    }
}

impl Server for Measured {
    fn perform(&self, ask: Ask) -> Answer<Result<Told, Failure>> {
        let began = self.0.clock.now();
        let answer = self.0.server.perform(ask);
        self.timed((began, answer), |answer| Met::of(std::iter::once(answer)))
    }

    fn perform_batch(&self, asks: Vec<Ask>) -> Answer<Vec<Result<Told, Failure>>> {
        let began = self.0.clock.now();
        let answers = self.0.server.perform_batch(asks);
        self.timed((began, answers), |answers| Met::of(answers.iter()))
    }

    fn traffic(&self) -> Traffic {
        self.0.server.traffic()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

    #[test]
    fn the_file_is_written_seldom_and_at_the_end() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path());
        folder.create().unwrap();
        let start: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        let log = Log::open(&folder, start);
        let written = || Days::open(&folder).written_at;
        log.rest(start + 1.hour(), true);
        assert_eq!(written(), None, "nothing was counted");
        for second in 0..170 {
            let now = start + second.seconds();
            log.round_ended(start, now);
            log.rest(now, false);
        }
        assert_eq!(written(), None, "not at every answer");
        let later = start + 3.minutes();
        log.rest(later, false);
        assert_eq!(written(), Some(later));
        log.rest(later + 1.hour(), false);
        assert_eq!(written(), Some(later), "nothing changed");
        log.round_ended(later, later + 1.second());
        log.rest(later + 1.second(), true);
        assert_eq!(written(), Some(later + 1.second()), "the last time");
    }

    #[test]
    fn a_clock_that_was_set_measures_nothing() {
        let start: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        assert_eq!(took(start, start + 1_500.milliseconds()), Some(1_500));
        assert_eq!(took(start, start), Some(0));
        assert_eq!(took(start, start - 1.second()), None);
        assert_eq!(took(start, start + 2.hours()), None);
    }
}
