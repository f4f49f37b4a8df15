//! Errands: done on the server at once, with a plain word when they cannot be.

use crate::domain::errand::Errand;
use crate::domain::free_busy::{Heard, Schedule};
use crate::domain::remote::{Ask, Failure, FailureKind, Told};
use crate::service::data::{Data, Outlet};
use crate::service::handle::Incoming;
use crate::service::protocol::{Reply, Ticket};
use crate::store::Schedules;
use jiff::Timestamp;

impl Data {
    pub(super) fn run_errand(&mut self, ticket: Ticket, outlet: Outlet, errand: Errand) {
        let schedules = self.schedules.clone();
        let question = errand.clone();
        let refuse = |words: String| {
            let reply = refused(&schedules, &question, words);
            outlet(Incoming::Replied { ticket, reply });
        };
        let Some(connected) = self.connected.clone() else {
            let offline =
                "this needs the server, and there is no connection to it; try again online";
            return refuse(
                self.options
                    .refused
                    .clone()
                    .unwrap_or_else(|| offline.into()),
            );
        };
        if errand.is_write() && !errand.is_of_categories() && !connected.rights.write {
            let words =
                "you signed in read-only; run kalends login without --read-only to change anything";
            return refuse(words.into());
        }
        let missing = if errand.is_of_categories() && !connected.rights.categories {
            Some(("categories", "change categories"))
        } else if errand == Errand::People && !connected.rights.people {
            Some(("people", "ask for people"))
        } else {
            None
        };
        if let Some((right, what)) = missing {
            return refuse(format!(
                "you signed in without the right to {what}; run kalends login --with {right}"
            ));
        }
        let clock = self.options.clock.clone();
        tokio::spawn(async move {
            let reply = match connected.server.perform(Ask::Errand(errand)).await {
                Ok(Told::Files(files)) => Reply::Files(files),
                Ok(Told::People(people)) => Reply::People(people),
                Ok(Told::Schedules(told)) => {
                    keep(&schedules, &question, &told, clock.now());
                    Reply::Schedules(told)
                }
                Ok(Told::Suggestions(suggestions)) => Reply::Suggestions(suggestions),
                Ok(Told::Content(content)) => Reply::Content(content),
                Ok(_) => Reply::Done,
                Err(failure) => refused(&schedules, &question, words(&failure, &question)),
            };
            outlet(Incoming::Replied { ticket, reply });
        });
    }
}

/// With what was told before, where that is of use.
fn refused(schedules: &Schedules, question: &Errand, words: String) -> Reply {
    match question {
        Errand::Schedules {
            addresses,
            from,
            to,
        } => Reply::SchedulesBefore {
            heard: schedules.of(addresses, *from, *to),
            words,
        },
        _ => Reply::Refused { words },
    }
}

/// For a time without a connection. That it cannot be kept takes nothing from the answer.
fn keep(schedules: &Schedules, question: &Errand, told: &[Schedule], at: Timestamp) {
    let Errand::Schedules { from, to, .. } = question else {
        return;
    };
    let heard = |schedule: &Schedule| Heard {
        schedule: schedule.clone(),
        at,
        from: *from,
        to: *to,
    };
    if let Err(error) = schedules.keep(told.iter().map(heard).collect()) {
        tracing::warn!(%error, "free/busy could not be kept");
    }
}

fn words(failure: &Failure, question: &Errand) -> String {
    let said = &failure.words;
    match (failure.kind, question) {
        (FailureKind::Offline, _) => format!("no connection: {said}; try again online"),
        (FailureKind::Unknown, _) => {
            format!("nobody knows whether it was done ({said}): look, then try again")
        }
        // Graph gives free/busy and suggestions to work and school accounts alone. What a 401 says
        // is about a token, which is not why.
        (FailureKind::Forbidden, Errand::Schedules { .. }) => {
            let said = match failure.status {
                401 => String::new(),
                _ => format!(" ({said})"),
            };
            format!(
                "Microsoft does not tell this account when others are free{said}; personal accounts are never told"
            )
        }
        (FailureKind::Forbidden, Errand::MeetingTimes { .. }) => {
            let said = match failure.status {
                401 => "Microsoft suggests no times to this account",
                _ => said,
            };
            format!("{said}; it needs a work account and kalends login --with shared")
        }
        _ => said.clone(),
    }
}
