//! `kalends respond`: answers an invitation without a screen and without an undo delay.
//!
//! Invariant: an answer that was queued is never lost, whatever the exit code says.

use super::arguments::{Answer, Respond};
use super::entries::Known;
use super::exit::{Exit, Trouble};
use super::invocation::Invocation;
use super::output::Output;
use super::talk::Talk;
use crate::domain::answer;
use crate::domain::entry::Entry;
use crate::domain::ids::EventId;
use crate::domain::intent::{Act, Seen};
use crate::domain::text::Safe;
use crate::service::protocol::{Link, Reply, Request};
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeMap;
use std::time::Duration;

/// How long the server may take before the answer counts as queued.
const PATIENCE_MS: u64 = 20_000;
const WAIT: Duration = Duration::from_secs(30);
/// Days around today in which an event is looked for.
const BACK: i64 = 92;
const AHEAD: i64 = 500;

pub(super) fn respond(
    invocation: &Invocation,
    wish: &Respond,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let account = invocation.account()?;
    let now = invocation.clock.now();
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let (known, _) = Known::peek(
        &account,
        today.saturating_sub(BACK.days()),
        today.saturating_add(AHEAD.days()),
    )?;
    if known.calendars.is_empty() {
        let words =
            "nothing is stored yet; run kalends sync, then kalends agenda --json names the events";
        return Err(Trouble::new(Exit::Offline, words));
    }
    let (entry, event) = find(&known.wide, &wish.event, now)?;
    let subject = entry.subject.safe_line(Some(80)).into_string();
    let respond = intent(entry, event, wish);
    let reply = respond.reply;
    let mut talk = Talk::start(invocation, &account)?;
    let queued = match talk.ask(
        Request::Queue {
            act: Act::Respond(respond),
            delay_ms: 0,
        },
        WAIT,
    )? {
        Reply::Queued(id) => id,
        Reply::Refused { words } => {
            talk.leave();
            return Err(Trouble::error(words));
        }
        _ => {
            return Err(Trouble::error(
                "the data side gave an answer that makes no sense; update both programs",
            ));
        }
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
    match verdict {
        Ok(Reply::Accepted) => {
            writeln!(
                output.out,
                "{} \u{201c}{subject}\u{201d}",
                reply.past_tense()
            )?;
            Ok(Exit::Fine)
        }
        Ok(Reply::Refused { words }) => Err(Trouble::error(format!(
            "\u{201c}{subject}\u{201d} was not answered: {words}"
        ))),
        Ok(Reply::Waiting { words }) if needs_person => Err(Trouble::sign_in(format!(
            "the answer to \u{201c}{subject}\u{201d} is queued and safe: {words}"
        ))),
        Ok(Reply::Waiting { words }) => {
            let words = format!(
                "the answer to \u{201c}{subject}\u{201d} is queued and will be sent later: {words}"
            );
            Err(Trouble::new(Exit::Offline, words))
        }
        Ok(_) => Err(Trouble::error(
            "the data side gave an answer that makes no sense; update both programs",
        )),
        Err(trouble) => {
            let words = format!(
                "the answer to \u{201c}{subject}\u{201d} is queued: {}",
                trouble.words
            );
            Err(Trouble::new(Exit::Offline, words))
        }
    }
}

/// The entry that is meant, and the id to answer: its own, or its series'.
fn find<'a>(
    entries: &'a [Entry],
    wanted: &str,
    now: Timestamp,
) -> Result<(&'a Entry, EventId), Trouble> {
    if wanted == "next" {
        let mut coming: Vec<&Entry> = entries
            .iter()
            .filter(|entry| entry.end > now && entry.is_invitation() && !entry.cancelled)
            .collect();
        coming.sort_by_key(|entry| (!entry.is_unanswered(), entry.start));
        let entry = coming.first().copied();
        let entry = entry.ok_or_else(|| {
            Trouble::error("there is no invitation to answer; kalends agenda shows what is")
        })?;
        return Ok((entry, entry.id.clone()));
    }
    let mut hits: BTreeMap<&EventId, &Entry> = BTreeMap::new();
    for entry in entries {
        for id in std::iter::once(&entry.id).chain(&entry.series) {
            if !wanted.is_empty() && id.as_str().starts_with(wanted) {
                // Of a series the next occurrence stands for all.
                let known = hits.entry(id).or_insert(entry);
                if known.end <= now && entry.end > now {
                    *known = entry;
                }
            }
        }
    }
    let shown = Safe::line(wanted, Some(60));
    let exact = hits.iter().find(|(id, _)| id.as_str() == wanted);
    match (exact, hits.len()) {
        (Some((id, entry)), _) => Ok((entry, (*id).clone())),
        (None, 0) => Err(Trouble::error(format!(
            "no event's id begins with \"{shown}\"; kalends agenda --json names them, kalends sync brings new ones"
        ))),
        (None, 1) => hits
            .iter()
            .next()
            .map(|(id, entry)| (*entry, (*id).clone()))
            .ok_or_else(|| Trouble::error("no such event")),
        (None, several) => Err(Trouble::usage(format!(
            "{several} ids begin with \"{shown}\"; write more of it"
        ))),
    }
}

fn intent(entry: &Entry, event: EventId, wish: &Respond) -> answer::Respond {
    answer::Respond {
        calendar: entry.calendar.clone(),
        root: entry.series.clone().unwrap_or_else(|| entry.id.clone()),
        event,
        reply: match wish.answer {
            Answer::Accept => answer::Reply::Accept,
            Answer::Tentative => answer::Reply::Tentative,
            Answer::Decline => answer::Reply::Decline,
        },
        comment: wish
            .comment
            .clone()
            .filter(|comment| !comment.trim().is_empty()),
        tell_organizer: !wish.silent,
        seen: Seen {
            start: entry.start,
            end: entry.end,
            subject: entry.subject.clone(),
            answer: entry.answer,
            shape: None,
        },
    }
}
