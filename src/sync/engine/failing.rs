//! Why a round cannot go on, and when it is tried again: the same link, a new round, the
//! plain view, or never.

use super::{Engine, Output, Tone, is_passing};
use crate::domain::remote::{Failure, FailureKind};
use crate::domain::replica::Change;
use crate::domain::window::WindowId;
use crate::sync::pace;
use jiff::{SignedDuration, Timestamp};

impl Engine {
    pub(super) fn window_failed(
        &mut self,
        id: &WindowId,
        failure: Option<&Failure>,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) {
        let salt = u64::from(id.quarter.0.unsigned_abs());
        let Some(window) = self.windows.get_mut(id) else {
            return;
        };
        window.in_flight = false;
        window.failures += 1;
        let wait = pace::back_off(window.failures, SignedDuration::from_mins(5), salt);
        match failure.map(|failure| (failure.kind, failure)) {
            Some((FailureKind::ResyncRequired, _)) => {
                window.round = None;
                window.next = None;
                window.state.link = None;
                window.want_full = true;
                // The first time at once; a server that keeps saying so must wait.
                window.not_before = (window.failures > 1).then(|| now + wait);
                let state = window.state.clone();
                out.push(Output::Apply(vec![Change::PutWindow {
                    window: id.clone(),
                    state,
                }]));
            }
            Some((FailureKind::Throttled | FailureKind::Offline | FailureKind::SignIn, _)) => {
                // The whole mailbox waits; then the same link again.
                window.failures -= 1;
                if window.next.is_none() {
                    window.urgent = true;
                }
            }
            Some((FailureKind::Forbidden | FailureKind::NotFound, failure)) => {
                let on_later_page = window.round.as_ref().is_some_and(|round| round.pages > 0);
                window.round = None;
                window.next = None;
                // Page two refused (delegated calendars), or rights revoked: look at
                // the calendars again before anything is dropped.
                if on_later_page || window.failures > 1 {
                    window.state.polled = true;
                    window.state.full_at = Some(now);
                }
                window.not_before = Some(now + wait);
                window.urgent = true;
                self.desk_due = Some(now);
                if window.failures == 2 {
                    out.push(Output::Say(
                        Tone::Warning,
                        format!("a calendar could not be read: {}", failure.words),
                    ));
                }
                if window.failures > 3 {
                    self.give_up_on(id, failure);
                }
            }
            Some((FailureKind::ForeignLink, failure)) => {
                let words = failure.words.clone();
                self.round_stuck(id, &words, now, out);
            }
            Some((_, failure)) => {
                // A 5xx on one link can last: after a while start over, smaller.
                let passing = is_passing(failure);
                if !passing || window.failures > 4 {
                    window.round = None;
                    window.next = None;
                    window.state.link = None;
                    window.want_full = true;
                }
                window.urgent = true;
                window.not_before = Some(now + wait);
                if window.failures > 8 {
                    self.give_up_on(id, failure);
                }
            }
            None => {
                window.round = None;
                window.next = None;
                window.urgent = true;
                window.not_before = Some(now + wait);
            }
        }
        out.push(Output::Restate);
    }

    /// A round that cannot end: give it up, show it, and poll the plain view
    /// until tomorrow's comparison.
    pub(super) fn round_stuck(
        &mut self,
        id: &WindowId,
        words: &str,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) {
        out.push(Output::Say(
            Tone::Warning,
            format!("synchronizing a calendar was stopped: {words}"),
        ));
        let Some(window) = self.windows.get_mut(id) else {
            return;
        };
        window.in_flight = false;
        window.next = None;
        window.round = None;
        window.failures += 1;
        if window.failures >= 3 {
            window.state.polled = true;
            window.state.full_at = Some(now);
        }
        window.state.link = None;
        window.want_full = true;
        let wait = pace::back_off(
            window.failures,
            SignedDuration::from_mins(5),
            u64::from(id.quarter.0.unsigned_abs()),
        );
        window.not_before = Some(now + wait);
        let state = window.state.clone();
        out.push(Output::Apply(vec![Change::PutWindow {
            window: id.clone(),
            state,
        }]));
    }

    /// A full sync does not wait for ever for one window.
    pub(super) fn give_up_on(&mut self, id: &WindowId, failure: &Failure) {
        let Some(window) = self.windows.get_mut(id) else {
            return;
        };
        if std::mem::take(&mut window.awaited)
            && let Some(troubles) = &mut self.full_sync
        {
            troubles.push(failure.words.clone());
        }
    }
}
