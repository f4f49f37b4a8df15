//! The mailbox as a whole: whether it answers, whether it asks us to wait, and what it says
//! about itself.

use super::{Engine, Link, Output, Tone, is_passing};
use crate::domain::remote::{Failure, FailureKind, Mailbox, Told};
use crate::domain::replica::{Change, Desk};
use crate::sync::pace::{self, Pause};
use jiff::{SignedDuration, Timestamp};

/// A mailbox that fails this often in a row is a trouble, whatever the reason.
const TRIES_AT_MOST: u32 = 5;

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
                    self.pause.back_off(wait, now);
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
                    self.pause.obey(wait, now);
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
        self.pause.hurry();
        self.desk_due = None;
        out.push(Output::Restate);
    }

    /// The mailbox itself could not be asked. What does not pass by itself, or lasts, is said
    /// once: without its calendars nothing is ever shown.
    pub(super) fn mailbox_failed(
        &mut self,
        failure: &Failure,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) {
        // That the whole line is down, or waits, says nothing of this question.
        self.desk_failures = match failure.kind {
            FailureKind::Offline | FailureKind::Throttled => self.desk_failures.max(1),
            _ => self.desk_failures + 1,
        };
        let cap = SignedDuration::from_mins(5);
        let wait = pace::back_off(self.desk_failures, cap, self.settings.salt);
        self.desk_pause = Pause::new(wait, failure.retry_after_ms, now);
        // A key makes it due at once; the pause still holds for what the server asked.
        self.desk_due = self.desk_pause.until(now);
        self.desk_pause.hurry();
        let lasts = failure.kind == FailureKind::Unknown && self.desk_failures > TRIES_AT_MOST;
        if is_passing(failure) && !lasts {
            return;
        }
        let words = format!("your calendars could not be listed: {}", failure.words);
        if self.desk_trouble.as_ref() != Some(&words) {
            out.push(Output::Say(Tone::Error, words.clone()));
            self.desk_trouble = Some(words);
        }
        out.push(Output::Restate);
    }

    pub(super) fn mailbox_told(&mut self, mailbox: Mailbox, now: Timestamp, out: &mut Vec<Output>) {
        self.desk_failures = 0;
        self.desk_trouble = None;
        let told: Vec<String> = mailbox
            .followed
            .iter()
            .map(|one| one.address.clone())
            .collect();
        let (own, me) = (mailbox.calendars, &mailbox.me);
        let calendars = self.with_followed(me, own, mailbox.followed, out);
        // Asked for again while this was on its way: what it told may be older than that wish.
        let wished = self.desk_due;
        let due = self.desk_due_after(&told, now);
        self.desk_due = wished.and_then(|wished| due.map(|due| due.min(wished)));
        let desk = Desk {
            me: mailbox.me,
            calendars,
            settings: mailbox.settings,
            categories: mailbox.categories.unwrap_or_default(),
        };
        let mut changes = self.forget_lost(&desk.calendars);
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
