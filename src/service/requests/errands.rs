//! Errands: done on the server at once, with a plain word when they cannot be.

use crate::domain::errand::Errand;
use crate::domain::remote::{Ask, Failure, FailureKind, Told};
use crate::service::data::{Data, Outlet};
use crate::service::handle::Incoming;
use crate::service::protocol::{Reply, Ticket};

impl Data {
    pub(super) fn run_errand(&mut self, ticket: Ticket, outlet: Outlet, errand: Errand) {
        let refuse = |words: String| {
            outlet(Incoming::Replied {
                ticket,
                reply: Reply::Refused { words },
            });
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
        tokio::spawn(async move {
            let reply = match connected.server.perform(Ask::Errand(errand)).await {
                Ok(Told::Files(files)) => Reply::Files(files),
                Ok(Told::People(people)) => Reply::People(people),
                Ok(Told::Schedules(schedules)) => Reply::Schedules(schedules),
                Ok(Told::Content(content)) => Reply::Content(content),
                Ok(_) => Reply::Done,
                Err(failure) => Reply::Refused {
                    words: words(&failure),
                },
            };
            outlet(Incoming::Replied { ticket, reply });
        });
    }
}

fn words(failure: &Failure) -> String {
    match failure.kind {
        FailureKind::Offline => format!("no connection: {}; try again online", failure.words),
        FailureKind::Unknown => format!(
            "nobody knows whether it was done ({}): look, then try again",
            failure.words
        ),
        _ => failure.words.clone(),
    }
}
