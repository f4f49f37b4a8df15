//! What the people who listen are told: words, and the state of things when it changed.

use super::Data;
use crate::service::handle::Incoming;
use crate::service::protocol::{Level, Link, Notice, Progress, Status, Vitals};
use crate::service::server::Traffic;
use crate::sync::engine;
use jiff::Timestamp;

impl Data {
    pub(in crate::service) fn say(&mut self, level: Level, words: &str) {
        tracing::info!(?level, words = %words.escape_debug(), "said");
        self.tell(&Incoming::Noticed(Notice::Said {
            level,
            words: words.to_owned(),
        }));
        if self.listeners.is_empty() {
            // Nobody listens yet: the first one will want to know.
            self.options.unheard.push((level, words.to_owned()));
        }
    }

    pub(in crate::service) fn tell(&mut self, incoming: &Incoming) {
        self.listeners.retain(|listener| listener(incoming.clone()));
    }

    pub(super) fn restate(&mut self) {
        let status = self.status();
        if self.last_status.as_ref() != Some(&status) {
            self.last_status = Some(status.clone());
            self.tell(&Incoming::Noticed(Notice::Status(Box::new(status))));
        }
    }

    pub(in crate::service) fn status(&self) -> Status {
        let now = self.options.clock.now();
        let (done, windows) = self.engine.windows_done();
        let tally = self.engine.tally();
        let progress = (self.connected.is_some() && done < windows).then(|| Progress {
            pages: tally.pages,
            events: u32::try_from(tally.added).unwrap_or(u32::MAX),
            windows_done: done,
            windows,
        });
        let desk = &self.desk.desk;
        let traffic = self.traffic();
        Status {
            account: self.options.account.clone(),
            link: self.link(now),
            fresh_at: self.engine.fresh_at(),
            progress,
            invitations: self.counts.invitations(now),
            overlaps: self.desk.overlaps,
            intents: self.engine.intents().cloned().collect(),
            hushed: self.hushed.ids().collect(),
            banners: self
                .connected
                .as_ref()
                .map(|connected| connected.banners.clone())
                .unwrap_or_default(),
            me: desk.me.clone(),
            calendars: desk.calendars.clone(),
            categories: desk.categories.clone(),
            settings: desk.settings.clone(),
            followed: self.followed_standing(),
            requests: traffic.requests,
            bytes: traffic.bytes,
            rights: self
                .connected
                .as_ref()
                .map(|connected| connected.rights)
                .unwrap_or_default(),
        }
    }

    pub(in crate::service) fn vitals(&mut self) -> Vitals {
        let now = self.options.clock.now();
        let pulse = self.engine.pulse(now);
        let today = self.figures.today(now);
        let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Vitals {
            in_flight: small(pulse.in_flight),
            slots: small(pulse.slots),
            waiting: small(pulse.waiting),
            intents: small(self.engine.intents().count()),
            budget_left: small(pulse.budget_left),
            budget: small(pulse.budget),
            wait_until: pulse.wait_until,
            round: self.last_round.clone(),
            requests: today.requests,
            bytes: today.bytes,
            failed: today.failed,
            throttled: today.throttled,
            answers: today.answers.percentiles(),
            rounds: today.rounds.percentiles(),
        }
    }

    pub(super) fn link(&self, now: Timestamp) -> Link {
        if self.connected.is_none() {
            return self
                .options
                .refused
                .clone()
                .map_or(Link::NoAccount, |words| Link::SignInNeeded { words });
        }
        if let Some(until) = self.engine.waiting_until().filter(|until| *until > now)
            && matches!(self.engine.link(), engine::Link::Up | engine::Link::Untried)
        {
            return Link::Waiting { until };
        }
        match self.engine.link() {
            engine::Link::Untried => Link::Starting,
            engine::Link::Up => Link::Live,
            engine::Link::Down(words) => Link::Offline {
                words: words.clone(),
            },
            engine::Link::SignInNeeded(words) => Link::SignInNeeded {
                words: words.clone(),
            },
        }
    }

    pub(in crate::service) fn traffic(&self) -> Traffic {
        self.connected
            .as_ref()
            .map(|connected| connected.server.traffic())
            .unwrap_or_default()
    }
}
