//! Windows and their rounds: which there are, what is on screen, pages in. How a round
//! ends is in `ending`, and why it cannot go on in `failing`.

use super::{Engine, Link, Output, Step, Window};
use crate::domain::event::Event;
use crate::domain::remote::{Item, Page, PageEnd};
use crate::domain::replica::{Change, Lookup, Replica};
use crate::domain::window::{Quarter, WindowId};
use crate::sync::bugs::{Bug, planted};
use crate::sync::pace;
use jiff::{SignedDuration, Timestamp};

impl Engine {
    /// Makes sure that every calendar has its windows around now.
    pub(super) fn track_horizon(&mut self, now: Timestamp) {
        let Some(desk) = &self.desk else { return };
        let this = Quarter::at(now);
        let range = this.0 - self.settings.back..=this.0 + self.settings.ahead;
        for calendar in &desk.calendars {
            for quarter in range.clone() {
                let id = WindowId {
                    calendar: calendar.id.clone(),
                    quarter: Quarter(quarter),
                };
                let is_awaited = self.full_sync.is_some();
                let window = self.windows.entry(id);
                window.or_insert_with(|| Window::born(is_awaited));
            }
        }
    }

    /// The visible range: by plain view where no round has ended yet, then by rounds.
    pub(super) fn show(
        &mut self,
        from: Timestamp,
        to: Timestamp,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) {
        self.visible = Some((from, to));
        let Some(desk) = &self.desk else { return };
        let calendars: Vec<_> = desk
            .calendars
            .iter()
            .map(|calendar| calendar.id.clone())
            .collect();
        for calendar in calendars {
            let mut is_new = false;
            for quarter in Quarter::touched_by(from, to) {
                let id = WindowId {
                    calendar: calendar.clone(),
                    quarter,
                };
                let is_awaited = self.full_sync.is_some();
                let window = self.windows.entry(id);
                let window = window.or_insert_with(|| Window::born(is_awaited));
                is_new |= window.state.fresh_at.is_none();
                window.state.shown_at = Some(now);
            }
            if is_new {
                self.views.insert(calendar, (from, to));
            }
        }
        out.push(Output::Restate);
    }

    pub(super) fn hurry_visible(&mut self) {
        if self.failures <= 3 {
            self.pause.hurry();
        }
        self.desk_due = None;
        let visible = self.visible;
        for (id, window) in &mut self.windows {
            if visible.is_none_or(|(from, to)| id.quarter.touches(from, to)) {
                window.urgent = true;
                window.pause.hurry();
            }
        }
    }

    pub(super) fn start_full_sync(&mut self, out: &mut Vec<Output>) {
        self.full_sync = Some(Vec::new());
        self.desk_due = None;
        self.pause.hurry();
        // What was wrong with the line is asked anew.
        if matches!(self.link, Link::Down(_)) {
            self.link = Link::Untried;
            out.push(Output::Restate);
        }
        for window in self.windows.values_mut() {
            window.want_full = true;
            window.urgent = true;
            window.awaited = true;
            window.pause.hurry();
        }
        for fetch in self.fetches.values_mut() {
            fetch.tries = 0;
            fetch.trouble = None;
            fetch.pause.hurry();
        }
    }

    /// Tells when a full sync has ended, once the calendars themselves are known or known not to
    /// be had.
    pub(super) fn report_full_sync(&mut self, out: &mut Vec<Output>) {
        if self.full_sync.is_none() {
            return;
        }
        let mut troubles = Vec::new();
        if let Link::SignInNeeded(words) | Link::Down(words) = &self.link {
            troubles.push(words.clone());
        } else {
            if self.is_mailbox_awaited()
                || self.windows.values().any(|window| window.awaited)
                || self.fetches.values().any(|fetch| fetch.trouble.is_none())
            {
                return;
            }
            let fetches = self.fetches.values();
            let events = fetches.filter_map(|fetch| fetch.trouble.as_ref());
            let windows = self.full_sync.iter().flatten();
            for words in self.desk_trouble.iter().chain(windows).chain(events) {
                if !troubles.contains(words) {
                    troubles.push(words.clone());
                }
            }
        }
        out.push(Output::AllFresh { troubles });
        self.full_sync = None;
    }

    /// It has not answered since it was asked, and may yet.
    fn is_mailbox_awaited(&self) -> bool {
        let is_asked = self.desk_in_flight || self.desk_due.is_none();
        let is_failing = self.desk_failures > 0 || self.desk.is_none();
        is_asked || (is_failing && self.desk_trouble.is_none())
    }

    pub(super) fn is_reconciliation_due(&self, id: &WindowId, now: Timestamp) -> bool {
        let Some(full_at) = self.windows.get(id).and_then(|window| window.state.full_at) else {
            return true;
        };
        // Staggered over two hours so that not everything is compared at once.
        let spread = pace::mix(u64::from(id.quarter.0.unsigned_abs()) ^ self.settings.salt) % 7_200;
        let spread = SignedDuration::from_secs(i64::try_from(spread).unwrap_or(0));
        full_at > now || now.duration_since(full_at) > pace::RECONCILE + spread
    }

    pub(super) fn page_told(
        &mut self,
        replica: &dyn Replica,
        id: WindowId,
        page: Page,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) -> Lookup<()> {
        let learnt = self.tick_counter();
        let Some(window) = self.windows.get_mut(&id) else {
            return Ok(());
        };
        let Some(round) = window.round.as_mut() else {
            return Ok(());
        };
        let number = round.number;
        let progress = match &page.end {
            PageEnd::Next(next) => round
                .check_progress(&page, next)
                .map_err(|endless| endless.to_string()),
            PageEnd::Delta(_) => Ok(()),
            PageEnd::Broken => {
                Err("the server ended a page without telling how to go on".to_owned())
            }
        };
        round.skipped += page.skipped;
        let applied = round.apply(&id, page.items, learnt, &self.graves, replica)?;
        self.tally.added += u64::from(applied.added);
        self.tally.changed += u64::from(applied.changed);
        self.tally.pages += 1;
        if planted(Bug::LinkBeforeData)
            && let PageEnd::Delta(link) = &page.end
        {
            let state = super::WindowState {
                link: Some(link.clone()),
                ..window.state.clone()
            };
            out.push(Output::Apply(vec![Change::PutWindow {
                window: id.clone(),
                state,
            }]));
        }
        let mut changes = applied.changes;
        changes.extend(self.doubt(&id, !changes.is_empty()));
        changes.push(Change::Counter(learnt));
        out.push(Output::Apply(changes));
        out.push(Output::Restate);
        match (progress, page.end) {
            (Err(words), _) => self.round_stuck(&id, &words, now, out),
            (Ok(()), PageEnd::Next(next)) => {
                if let Some(window) = self.windows.get_mut(&id) {
                    window.in_flight = false;
                    window.failures = 0;
                    window.next = Some(next);
                }
            }
            (Ok(()), PageEnd::Delta(link)) => out.push(Output::Then(Step::EndRound {
                window: id,
                round: number,
                link: Some(link),
            })),
            (Ok(()), PageEnd::Broken) => {}
        }
        Ok(())
    }

    /// Until the round ends, what its pages brought is in doubt; written together
    /// with the first page that brought something.
    fn doubt(&mut self, id: &WindowId, brought: bool) -> Option<Change> {
        let window = self.windows.get_mut(id)?;
        if !brought || window.state.provisional {
            return None;
        }
        window.state.provisional = true;
        Some(Change::PutWindow {
            window: id.clone(),
            state: window.state.clone(),
        })
    }

    /// A polled window: its plain view stands for a full round.
    pub(super) fn listing_told(
        &mut self,
        replica: &dyn Replica,
        id: WindowId,
        events: Vec<Event>,
        out: &mut Vec<Output>,
    ) -> Lookup<()> {
        let learnt = self.tick_counter();
        let Some(round) = self
            .windows
            .get_mut(&id)
            .and_then(|window| window.round.as_mut())
        else {
            return Ok(());
        };
        let number = round.number;
        // Edges are loose: what ends where the window begins is not a member.
        let (from, to) = id.quarter.requested();
        let inside = events
            .into_iter()
            .filter(|event| event.start < to && (event.end > from || event.start >= from));
        let items = inside.map(Item::Seen).collect();
        let applied = round.apply(&id, items, learnt, &self.graves, replica)?;
        self.tally.added += u64::from(applied.added);
        self.tally.changed += u64::from(applied.changed);
        let mut changes = applied.changes;
        changes.extend(self.doubt(&id, !changes.is_empty()));
        changes.push(Change::Counter(learnt));
        out.push(Output::Apply(changes));
        out.push(Output::Then(Step::EndRound {
            window: id,
            round: number,
            link: None,
        }));
        Ok(())
    }

    /// Learnt outside a round: a member of every tracked window its time touches.
    pub(super) fn provisional_windows(&self, event: &Event) -> Vec<WindowId> {
        Quarter::touched_by(event.start, event.end)
            .into_iter()
            .filter(|quarter| self.is_tracked(&event.calendar, *quarter))
            .map(|quarter| WindowId {
                calendar: event.calendar.clone(),
                quarter,
            })
            .collect()
    }

    pub(super) fn expect_confirmation(
        &mut self,
        id: &WindowId,
        urgent: bool,
        out: &mut Vec<Output>,
    ) {
        let window: &mut Window = self.windows.entry(id.clone()).or_default();
        window.urgent |= urgent;
        window.questionable = true;
        if !window.state.provisional {
            window.state.provisional = true;
            let state = window.state.clone();
            out.push(Output::Apply(vec![Change::PutWindow {
                window: id.clone(),
                state,
            }]));
        }
    }
}
