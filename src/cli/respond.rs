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
use crate::domain::event::Slot;
use crate::domain::ids::EventId;
use crate::domain::intent::{Act, Seen};
use crate::domain::text::Safe;
use crate::domain::zone::Zone;
use jiff::Timestamp;
use jiff::civil::{DateTime, Time};

pub(super) fn respond(
    invocation: &Invocation,
    wish: &Respond,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let account = invocation.account()?;
    let known = stored(invocation, &account)?;
    let (entry, event) = find(&known, &wish.event, invocation.clock.now())?;
    let subject = entry.subject.safe_line(Some(80)).into_string();
    let proposed = match &wish.propose {
        Some(text) => Some(proposed(text, wish, &invocation.zone()?, entry)?),
        None => None,
    };
    let respond = answer::Respond {
        proposed,
        ..intent(entry, event, wish)
    };
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

/// `START/END`, each an instant or a time on the zone's clock; END may be a time of START's day.
fn proposed(text: &str, wish: &Respond, zone: &Zone, entry: &Entry) -> Result<Slot, Trouble> {
    if wish.answer == Answer::Accept {
        return Err(Trouble::usage(
            "another time goes with tentative or decline, not with accept",
        ));
    }
    if !entry.allow_proposals {
        return Err(Trouble::usage(
            "the organizer takes no other times for this meeting; answer with --comment",
        ));
    }
    let bad = || {
        let shown = Safe::line(text, Some(60));
        Trouble::usage(format!(
            "\"{shown}\" is no time to propose; write 2026-11-27T15:00/15:30, or two instants"
        ))
    };
    let (start, end) = text.split_once('/').ok_or_else(bad)?;
    let on_clock = |wall| zone.instant(wall).compatible();
    let instant = |text: &str| {
        let exact = text.trim().parse::<Timestamp>().ok();
        exact.or_else(|| text.trim().parse::<DateTime>().ok().map(on_clock))
    };
    let start = instant(start).ok_or_else(bad)?;
    let of_its_day = || {
        let time = end.trim().parse::<Time>().ok()?;
        Some(on_clock(zone.date(start).to_datetime(time)))
    };
    let end = instant(end).or_else(of_its_day).ok_or_else(bad)?;
    if end <= start {
        return Err(Trouble::usage("the proposed time ends before it begins"));
    }
    Ok(Slot { start, end })
}
