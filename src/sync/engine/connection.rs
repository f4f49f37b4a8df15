//! The mailbox as a whole: whether it answers, whether it asks us to wait, and what it says
//! about itself.

use super::{Engine, Link, Output};
use crate::domain::ids::CalendarId;
use crate::domain::remote::{Failure, FailureKind, Mailbox, Told};
use crate::domain::replica::{Change, Desk};
use crate::sync::pace;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

impl Engine {
    /// What a result says about the connection as a whole.
    pub(super) fn feel_link(
        &mut self,
        result: &Result<Told, Failure>,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) {
        let before = self.link.clone();
        match result {
            Ok(_) => {
                self.failures = 0;
                self.link = Link::Up;
            }
            Err(failure) => match failure.kind {
                FailureKind::Offline => {
                    self.failures += 1;
                    let wait = pace::back_off(
                        self.failures,
                        SignedDuration::from_secs(60),
                        self.settings.salt,
                    );
                    self.wait_until = Some(now + wait);
                    self.link = Link::Down(failure.words.clone());
                }
                FailureKind::Throttled => {
                    self.failures += 1;
                    let wait = failure
                        .retry_after_ms
                        .and_then(|ms| i64::try_from(ms).ok())
                        .map_or_else(
                            || {
                                pace::back_off(
                                    self.failures,
                                    SignedDuration::from_secs(60),
                                    self.settings.salt,
                                )
                            },
                            SignedDuration::from_millis,
                        );
                    let until = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
                    self.wait_until =
                        Some(self.wait_until.map_or(until, |earlier| earlier.max(until)));
                }
                FailureKind::SignIn => self.link = Link::SignInNeeded(failure.words.clone()),
                _ => {}
            },
        }
        if before != self.link {
            out.push(Output::Restate);
        }
    }

    pub(super) fn signed_in(&mut self, out: &mut Vec<Output>) {
        self.link = Link::Untried;
        self.wait_until = None;
        self.desk_due = None;
        out.push(Output::Restate);
    }

    pub(super) fn mailbox_told(&mut self, mailbox: Mailbox, now: Timestamp, out: &mut Vec<Output>) {
        self.desk_failures = 0;
        self.desk_due = Some(now + pace::COLD);
        let known: BTreeSet<CalendarId> = mailbox
            .calendars
            .iter()
            .map(|calendar| calendar.id.clone())
            .collect();
        let lost: BTreeSet<CalendarId> = self
            .windows
            .keys()
            .map(|window| &window.calendar)
            .filter(|id| !known.contains(id))
            .cloned()
            .collect();
        let desk = Desk {
            me: mailbox.me,
            calendars: mailbox.calendars,
            settings: mailbox.settings,
            categories: mailbox.categories.unwrap_or_default(),
        };
        let mut changes: Vec<Change> = Vec::new();
        for calendar in lost {
            self.windows.retain(|window, _| window.calendar != calendar);
            self.fetches.retain(|(of, _), _| *of != calendar);
            changes.push(Change::ForgetCalendar(calendar));
        }
        if self.desk.as_ref() != Some(&desk) {
            changes.push(Change::PutDesk(Box::new(desk.clone())));
        }
        self.desk = Some(desk);
        self.track_horizon(now);
        if let Some((from, to)) = self.visible {
            self.show(from, to, now, out);
        }
        if !changes.is_empty() {
            out.push(Output::Apply(changes));
        }
        out.push(Output::Restate);
    }
}
