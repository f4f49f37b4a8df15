//! What runs next: four slots, the person's own doings first, then what is on
//! screen, then the rest of the horizon.

use super::{Engine, Fetch, IN_FLIGHT, Job, Output, Window};
use crate::domain::remote::Ask;
use crate::domain::window::{Quarter, WindowId};
use crate::sync::bugs::{Bug, planted};
use crate::sync::engine::Link;
use crate::sync::intents::Wish;
use crate::sync::pace::{self, Pause};
use crate::sync::round::Round;
use jiff::{SignedDuration, Timestamp};

impl Engine {
    /// Fills free slots.
    pub(super) fn pump(&mut self, now: Timestamp, out: &mut Vec<Output>) {
        if matches!(self.link, Link::SignInNeeded(_)) {
            return;
        }
        if !self.pause.is_over(now) {
            return;
        }
        self.pause = Pause::default();
        self.track_horizon(now);
        while self.jobs.len() < self.slots() {
            let Some((job, ask)) = self.next_job(now, out) else {
                break;
            };
            self.tickets += 1;
            self.budget.spend(now);
            self.jobs.insert(self.tickets, job);
            out.push(Output::Ask {
                ticket: self.tickets,
                ask,
            });
        }
    }

    /// Offline, one request finds out whether the line is back.
    fn slots(&self) -> usize {
        if matches!(self.link, Link::Down(_)) {
            1
        } else {
            IN_FLIGHT
        }
    }

    fn next_job(&mut self, now: Timestamp, out: &mut Vec<Output>) -> Option<(Job, Ask)> {
        self.next_intent(now, out)
            .or_else(|| self.next_mailbox(now))
            .or_else(|| self.next_view())
            .or_else(|| self.next_fetch(now))
            .or_else(|| self.next_page(now))
    }

    fn next_intent(&mut self, now: Timestamp, out: &mut Vec<Output>) -> Option<(Job, Ask)> {
        let wish = self.intents.wish(now)?;
        let started = self.tick_counter();
        Some(match wish {
            Wish::Check(intent, ask) => (Job::Check { intent, started }, ask),
            Wish::Send(intent, ask) => {
                // Written down as being sent before it leaves: from here on it can no longer
                // be taken back as if nobody had heard of it.
                let sending = self.intents.get(intent).cloned();
                let sending = sending.filter(|_| !planted(Bug::SendingNotWrittenDown));
                out.extend(sending.map(|intent| Output::Keep(Box::new(intent))));
                (Job::Send { intent, started }, ask)
            }
            Wish::Confirm(intent, ask) => (Job::Confirm { intent, started }, ask),
        })
    }

    fn next_mailbox(&mut self, now: Timestamp) -> Option<(Job, Ask)> {
        let is_due = !self.desk_in_flight
            && self.desk_pause.is_over(now)
            && self
                .desk_due
                .is_none_or(|due| due <= now || due.duration_since(now) > pace::COLD);
        if !is_due {
            return None;
        }
        self.desk_in_flight = true;
        self.desk_due = Some(now + pace::COLD);
        let followed = self.following.addresses();
        Some((Job::Mailbox, Ask::Mailbox { followed }))
    }

    fn next_view(&mut self) -> Option<(Job, Ask)> {
        let calendar = self
            .views
            .keys()
            .find(|id| !self.views_in_flight.contains(*id))
            .cloned()?;
        let (from, to) = self.views.remove(&calendar)?;
        self.views_in_flight.insert(calendar.clone());
        let started = self.tick_counter();
        Some((
            Job::View {
                calendar: calendar.clone(),
                from,
                to,
                started,
            },
            Ask::View { calendar, from, to },
        ))
    }

    fn next_fetch(&mut self, now: Timestamp) -> Option<(Job, Ask)> {
        let is_ready = |fetch: &Fetch| !fetch.in_flight && fetch.pause.is_over(now);
        let (key, _) = self.fetches.iter().find(|(_, fetch)| is_ready(fetch))?;
        let (calendar, event) = key.clone();
        let started = self.tick_counter();
        if let Some(fetch) = self.fetches.get_mut(&(calendar.clone(), event.clone())) {
            fetch.in_flight = true;
        }
        let ask = Ask::Event {
            calendar: calendar.clone(),
            event: event.clone(),
        };
        Some((
            Job::Event {
                calendar,
                event,
                started,
            },
            ask,
        ))
    }

    fn next_page(&mut self, now: Timestamp) -> Option<(Job, Ask)> {
        let this = Quarter::at(now);
        let best = self
            .windows
            .iter()
            .filter(|(id, window)| self.is_due(id, window, now))
            .min_by_key(|(id, _)| (self.rank(id, this), (*id).clone()))
            .map(|(id, _)| id.clone())?;
        Some(self.page_job(best, now))
    }

    /// On screen, then this quarter, then by distance.
    fn rank(&self, window: &WindowId, this: Quarter) -> (u8, u16) {
        let distance = window.quarter.0.abs_diff(this.0);
        let class = if self.is_on_screen(window) {
            0
        } else {
            1 + u8::from(distance > 0)
        };
        (class, distance)
    }

    fn page_job(&mut self, id: WindowId, now: Timestamp) -> (Job, Ask) {
        let overdue = self.is_reconciliation_due(&id, now);
        let number = self.tick_counter();
        let (from, to) = id.quarter.requested();
        let calendar = id.calendar.clone();
        let window = self.windows.entry(id.clone()).or_default();
        window.in_flight = true;
        // What a broken off round brought is in doubt; its own pages are not.
        if window.next.is_none() {
            window.questionable |= window.state.provisional;
        }
        window.state.polled &= !overdue;
        if window.state.polled {
            window.urgent = false;
            window.round = Some(Round::new(number, true, window.confirm, now));
            let job = Job::Listing {
                window: id,
                round: number,
            };
            return (job, Ask::View { calendar, from, to });
        }
        if let (Some(round), Some(link)) = (&window.round, window.next.clone()) {
            let job = Job::Page {
                window: id,
                round: round.number,
            };
            return (job, Ask::RoundNext { calendar, link });
        }
        let link = window
            .state
            .link
            .clone()
            .filter(|_| !window.want_full && !overdue);
        window.urgent = false;
        window.round = Some(Round::new(number, link.is_none(), window.confirm, now));
        window.next.clone_from(&link);
        let job = Job::Page {
            window: id,
            round: number,
        };
        match link {
            Some(link) => (job, Ask::RoundNext { calendar, link }),
            None => (job, Ask::RoundStart { calendar, from, to }),
        }
    }

    pub(super) fn is_due(&self, id: &WindowId, window: &Window, now: Timestamp) -> bool {
        if window.in_flight || !window.pause.is_over(now) {
            return false;
        }
        if window.urgent || window.want_full || window.next.is_some() {
            return true;
        }
        self.due_at(id, window, now) <= now
    }

    fn due_at(&self, id: &WindowId, window: &Window, now: Timestamp) -> Timestamp {
        let Some(fresh) = window.state.fresh_at else {
            return Timestamp::MIN;
        };
        if fresh > now {
            // The clock was set back: nobody knows how old this is.
            return now;
        }
        let interval = self.interval(id, now);
        fresh.saturating_add(interval).unwrap_or(Timestamp::MAX)
    }

    /// Hot: on screen, or this quarter.
    fn interval(&self, id: &WindowId, now: Timestamp) -> SignedDuration {
        let is_hot = self.is_on_screen(id) || id.quarter == Quarter::at(now);
        let is_idle = self
            .used_at
            .is_none_or(|used| now.duration_since(used) > pace::IDLE_AFTER);
        match (is_hot, is_idle) {
            (true, false) => pace::HOT,
            (true, true) => pace::IDLE,
            (false, _) => pace::COLD,
        }
    }

    /// When to call `handle(Ticked)` next at the latest; None: nothing will be due by itself.
    pub fn next_due(&mut self, now: Timestamp) -> Option<Timestamp> {
        if matches!(self.link, Link::SignInNeeded(_)) {
            return None;
        }
        if let Some(until) = self.pause.until(now) {
            return Some(until);
        }
        if self.jobs.len() >= self.slots() {
            return None;
        }
        let mut soonest = self.intents.next_due(now);
        let mut consider = |at: Option<Timestamp>| {
            if let Some(at) = at {
                soonest = Some(soonest.map_or(at, |known: Timestamp| known.min(at)));
            }
        };
        if !self.desk_in_flight {
            consider(self.desk_pause.until(now).max(self.desk_due.or(Some(now))));
        }
        for fetch in self.fetches.values().filter(|fetch| !fetch.in_flight) {
            consider(Some(fetch.pause.until(now).unwrap_or(now)));
        }
        for (id, window) in self.windows.iter().filter(|(_, window)| !window.in_flight) {
            let hurried = window.urgent || window.want_full || window.next.is_some();
            let due = if hurried {
                now
            } else {
                self.due_at(id, window, now)
            };
            consider(window.pause.until(now).max(Some(due)));
        }
        let mut views = self.views.keys();
        if views.any(|calendar| !self.views_in_flight.contains(calendar)) {
            consider(Some(now));
        }
        let soonest = soonest?;
        // Under a shrinking budget everything comes a little later.
        let wait = soonest.duration_since(now);
        if wait.is_positive() {
            let stretched = self.budget.stretch(wait, now);
            return now.saturating_add(stretched).ok();
        }
        Some(if self.budget.left(now) == 0 {
            now + SignedDuration::from_secs(10)
        } else {
            soonest.max(now)
        })
    }
}
