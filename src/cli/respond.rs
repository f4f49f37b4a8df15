//! `kalends respond`: answers an invitation without a screen and without an undo delay.
//!
//! Invariant: an answer that was queued is never lost, whatever the exit code says.

use super::arguments::{Answer, Respond};
use super::exit::{Exit, Trouble};
use super::find::{find, stored};
use super::invocation::Invocation;
use super::output::Output;
use super::send::{Sent, send};
use crate::domain::answer;
use crate::domain::entry::Entry;
use crate::domain::ids::EventId;
use crate::domain::intent::{Act, Seen};

pub(super) fn respond(
    invocation: &Invocation,
    wish: &Respond,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let account = invocation.account()?;
    let known = stored(invocation, &account)?;
    let (entry, event) = find(&known.wide, &wish.event, invocation.clock.now())?;
    let subject = entry.subject.safe_line(Some(80)).into_string();
    let respond = intent(entry, event, wish);
    let reply = respond.reply;
    match send(invocation, &account, Act::Respond(respond))? {
        Sent::Accepted => {
            writeln!(
                output.out,
                "{} \u{201c}{subject}\u{201d}",
                reply.past_tense()
            )?;
            Ok(Exit::Fine)
        }
        Sent::Refused(words) => Err(Trouble::error(format!(
            "\u{201c}{subject}\u{201d} was not answered: {words}"
        ))),
        Sent::Queued(trouble) => {
            Err(trouble.after(&format!("the answer to \u{201c}{subject}\u{201d}")))
        }
    }
}

fn intent(entry: &Entry, event: EventId, wish: &Respond) -> answer::Respond {
    answer::Respond {
        calendar: entry.calendar.clone(),
        root: entry.root().clone(),
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
        proposed: None,
        seen: Seen::of(entry),
    }
}
