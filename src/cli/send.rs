//! One act from a verb to the server: queued durably, waited for, and said how it went.

use super::exit::{Exit, Trouble};
use super::invocation::Invocation;
use super::talk::Talk;
use crate::domain::intent::Act;
use crate::runtime::Account;
use crate::service::protocol::{Link, Reply, Request};
use std::time::Duration;

/// How long the server may take before the act counts as queued.
const PATIENCE_MS: u64 = 20_000;
const WAIT: Duration = Duration::from_secs(30);

pub(super) enum Sent {
    /// The server took it.
    Accepted,
    /// Nothing was done; the words say why.
    Refused(String),
    /// It is safe in the outbox and goes out later.
    Queued(Waits),
}

/// Why something is still in the outbox.
pub(super) struct Waits {
    exit: Exit,
    words: String,
}

impl Waits {
    /// As a sentence about `what`.
    pub fn after(&self, what: &str) -> Trouble {
        Trouble::new(self.exit, format!("{what} {}", self.words))
    }
}

pub(super) const NONSENSE: &str =
    "the data side gave an answer that makes no sense; update both programs";

pub(super) fn send(invocation: &Invocation, account: &Account, act: Act) -> Result<Sent, Trouble> {
    let mut talk = Talk::start(invocation, account)?;
    let request = Request::Queue { act, delay_ms: 0 };
    let queued = match talk.ask(request, WAIT)? {
        Reply::Queued(id) => id,
        // Of a new event that had not left: it never was.
        Reply::Done => {
            talk.leave();
            return Ok(Sent::Accepted);
        }
        Reply::Refused { words } => {
            talk.leave();
            return Err(Trouble::error(words));
        }
        _ => return Err(Trouble::error(NONSENSE)),
    };
    let verdict = talk.ask(
        Request::Await {
            intent: queued,
            patience_ms: PATIENCE_MS,
        },
        WAIT,
    );
    if let Ok(Reply::Status(status)) = talk.ask(Request::Status, WAIT) {
        talk.status = *status;
    }
    let needs_person = matches!(
        talk.status.link,
        Link::SignInNeeded { .. } | Link::NoAccount
    );
    talk.leave();
    let waits = |exit, words| Ok(Sent::Queued(Waits { exit, words }));
    match verdict {
        Ok(Reply::Accepted) => Ok(Sent::Accepted),
        Ok(Reply::Refused { words }) => Ok(Sent::Refused(words)),
        Ok(Reply::Waiting { words }) if needs_person => {
            waits(Exit::SignInNeeded, format!("is queued and safe: {words}"))
        }
        Ok(Reply::Waiting { words }) => waits(
            Exit::Offline,
            format!("is queued and will be sent later: {words}"),
        ),
        Ok(_) => Err(Trouble::error(NONSENSE)),
        Err(trouble) => waits(Exit::Offline, format!("is queued: {}", trouble.words)),
    }
}
