//! How busy the engine is, for whoever looks. Nothing here changes what it does.

use super::{Engine, IN_FLIGHT};
use crate::domain::window::WindowId;
use crate::sync::pace;
use crate::sync::round::Round;
use jiff::Timestamp;

/// A round whose link is among the outputs of the last input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    pub window: WindowId,
    /// When its first page was asked for.
    pub began: Timestamp,
    pub pages: u32,
    /// It compared the whole window.
    pub full: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pulse {
    pub in_flight: usize,
    /// What would be asked now if there were room.
    pub waiting: usize,
    pub slots: usize,
    /// Of the requests of ten minutes.
    pub budget_left: usize,
    pub budget: usize,
    /// The server asked us to wait until then.
    pub wait_until: Option<Timestamp>,
}

impl Engine {
    pub fn pulse(&mut self, now: Timestamp) -> Pulse {
        let fetches = self.fetches.values().filter(|fetch| !fetch.in_flight);
        let windows = self.windows.iter();
        let due = windows.filter(|(id, window)| self.is_due(id, window, now));
        let waiting = fetches.count() + due.count() + self.views.len();
        Pulse {
            in_flight: self.jobs.len(),
            waiting,
            slots: IN_FLIGHT,
            budget_left: self.budget.left(now),
            budget: pace::BUDGET,
            wait_until: self.pause.end().filter(|until| *until > now),
        }
    }

    /// The round that ended with the last input, once: its outputs have to be performed first.
    pub fn take_ended(&mut self) -> Option<Ended> {
        self.ended.take()
    }

    pub(super) fn note_ended(&mut self, window: &WindowId, round: &Round) {
        self.ended = Some(Ended {
            window: window.clone(),
            began: round.began,
            pages: round.pages.max(1),
            full: round.full,
        });
    }
}
