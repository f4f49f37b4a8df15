//! Why a round cannot go on, and when it is tried again: the same link, a new round, the
//! plain view, or never.
//!
//! Two counts decide: how often the request at hand failed, and how many rounds were given up
//! since one ended. The second outlives first pages, which come in good health before a later
//! page that never does.

use super::{Engine, Output, Tone, is_passing};
use crate::domain::remote::{Failure, FailureKind, Link};
use crate::domain::replica::Change;
use crate::domain::window::WindowId;
use crate::sync::pace::{self, Pause};
use jiff::{SignedDuration, Timestamp};

/// After so many rounds that were given up the plain view is read, until the daily comparison.
const ROUNDS_AT_MOST: u32 = 3;
/// A request that fails this often ends its round: to start over may be what helps.
const TRIES_AT_MOST: u32 = 4;
/// The same when the service is away (503): the link is as good as ever.
const TRIES_WHILE_AWAY: u32 = 10;
/// A full sync waits for so many failures of one window.
const FAILURES_AT_MOST: u32 = 8;

impl Engine {
    pub(super) fn window_failed(
        &mut self,
        id: &WindowId,
        failure: Option<&Failure>,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) {
        let Some(window) = self.windows.get_mut(id) else {
            return;
        };
        out.push(Output::Restate);
        window.in_flight = false;
        let Some(failure) = failure else {
            let words = "the server answered something else than a page";
            return self.round_stuck(id, words, now, out);
        };
        if matches!(
            failure.kind,
            FailureKind::Throttled | FailureKind::Offline | FailureKind::SignIn
        ) {
            // The whole mailbox waits; then the same link again.
            window.urgent |= window.next.is_none();
            return;
        }
        window.failures += 1;
        let on_later_page = window.round.as_ref().is_some_and(|round| round.pages > 0);
        match failure.kind {
            FailureKind::ResyncRequired => self.break_off(id, None, now, out),
            FailureKind::Forbidden | FailureKind::NotFound => {
                window.round = None;
                window.next = None;
                window.urgent = true;
                // Page two refused (delegated calendars), or rights revoked: look at
                // the calendars again before anything is dropped.
                if on_later_page || window.failures > 1 {
                    window.state.polled = true;
                    window.state.full_at = Some(now);
                }
                self.desk_due = Some(now);
                if window.failures == 2 {
                    out.push(Output::Say(
                        Tone::Warning,
                        format!("a calendar could not be read: {}", failure.words),
                    ));
                }
                if window.failures > 3 {
                    self.give_up_on(id, &failure.words);
                }
            }
            FailureKind::ForeignLink => return self.round_stuck(id, &failure.words, now, out),
            _ if !is_passing(failure) => self.break_off(id, None, now, out),
            _ => {
                window.urgent = true;
                let is_away = failure.status == 503;
                let link = window.state.link.clone().filter(|_| is_away);
                let most = if is_away {
                    TRIES_WHILE_AWAY
                } else {
                    TRIES_AT_MOST
                };
                if window.failures > most && on_later_page {
                    self.break_off(id, link, now, out);
                } else if window.failures > most && !is_away {
                    // Not one page came: that may be the whole service, and is no reason to poll.
                    window.round = None;
                    window.next = None;
                    window.state.link = None;
                    window.want_full = true;
                }
            }
        }
        self.wait_longer(id, &failure.words, failure.retry_after_ms, now);
        if failure.kind == FailureKind::ResyncRequired
            && let Some(window) = self.windows.get_mut(id)
            && window.broken == 1
        {
            // The first time at once; a server that keeps saying so must wait.
            window.pause.hurry();
        }
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
        let Some(window) = self.windows.get_mut(id) else {
            return;
        };
        window.in_flight = false;
        if window.broken < ROUNDS_AT_MOST {
            out.push(Output::Say(
                Tone::Warning,
                format!("synchronizing a calendar was stopped: {words}"),
            ));
        }
        self.break_off(id, None, now, out);
        self.wait_longer(id, words, None, now);
    }

    /// Ends a round without its end. The next one starts at `link`, or compares everything.
    fn break_off(
        &mut self,
        id: &WindowId,
        link: Option<Link>,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) {
        let Some(window) = self.windows.get_mut(id) else {
            return;
        };
        window.round = None;
        window.next = None;
        window.urgent = true;
        window.broken += 1;
        if window.broken >= ROUNDS_AT_MOST {
            window.state.polled = true;
            window.state.full_at = Some(now);
        }
        window.want_full |= link.is_none();
        window.state.link = link;
        let state = window.state.clone();
        out.push(Output::Apply(vec![Change::PutWindow {
            window: id.clone(),
            state,
        }]));
    }

    /// Each time twice as long; at last a full sync waits for it no more.
    fn wait_longer(&mut self, id: &WindowId, words: &str, asked_ms: Option<u64>, now: Timestamp) {
        let Some(window) = self.windows.get_mut(id) else {
            return;
        };
        let salt = u64::from(id.quarter.0.unsigned_abs());
        let tries = window.failures.max(window.broken);
        let wait = pace::back_off(tries, SignedDuration::from_mins(5), salt);
        window.pause = Pause::new(wait, asked_ms, now);
        if window.failures > FAILURES_AT_MOST || window.broken > ROUNDS_AT_MOST {
            self.give_up_on(id, words);
        }
    }

    /// A full sync does not wait for ever for one window.
    fn give_up_on(&mut self, id: &WindowId, words: &str) {
        let Some(window) = self.windows.get_mut(id) else {
            return;
        };
        if std::mem::take(&mut window.awaited)
            && let Some(troubles) = &mut self.full_sync
        {
            troubles.push(words.to_owned());
        }
    }
}
