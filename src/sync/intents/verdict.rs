//! What the server's copy of an event means for an act that is about to be sent, or was.

use crate::domain::answer::{Reply, Respond, shape_of};
use crate::domain::edit::{Change, Delete, Field, Forward, Value};
use crate::domain::event::{Details, Event};
use crate::domain::intent::{Act, Intent, Seen};
use crate::domain::merge::{Outcome, merge};
use crate::domain::remote::{Ask, Failure, FailureKind};
use crate::sync::bugs::{Bug, planted};

pub(super) enum Verdict {
    /// An earlier try took effect after all, or somebody else did the same.
    Done,
    /// The person decides. `theirs` is what clashes.
    Stop {
        words: String,
        theirs: Vec<Value>,
    },
    Send(Ask),
}

fn stop(words: impl Into<String>) -> Verdict {
    Verdict::Stop {
        words: words.into(),
        theirs: Vec::new(),
    }
}

/// What is to be done now that the event was read.
pub(super) fn before_sending(intent: &Intent, event: &Event) -> Verdict {
    let details = event.details.clone().unwrap_or_default();
    match &intent.act {
        Act::Respond(respond) => answer(respond, intent, event, &details),
        Act::Change(change) => patch(change, event),
        Act::Delete(delete) => removal(delete, event, &details),
        Act::Forward(forward) => onward(forward, intent, event),
        // Never read: it has no id yet.
        Act::Create(_) => stop("a new event cannot be read before it is made"),
    }
}

/// Why it was refused. Of a calendar of somebody else the server only says that access is denied.
pub(super) fn refused(act: &Act, failure: &Failure) -> String {
    let words = &failure.words;
    let owner = act.calendar().mailbox();
    match owner.filter(|_| failure.kind == FailureKind::Forbidden) {
        Some(owner) if matches!(act, Act::Respond(_)) => {
            format!("only a delegate of {owner} may answer for them; ask to be made one ({words})")
        }
        Some(owner) => format!("{owner} does not let you do this; ask them to ({words})"),
        None => words.clone(),
    }
}

fn answer(respond: &Respond, intent: &Intent, event: &Event, details: &Details) -> Verdict {
    let is_careful = !planted(Bug::AnswerSentAgain);
    if is_careful && intent.tries > 0 && details.answer == respond.reply.as_answer() {
        return Verdict::Done;
    }
    let doubt = intent.doubt.as_ref().filter(|_| is_careful);
    if doubt.is_some_and(|sent_to| *sent_to != event.etag) {
        // Whoever changed it may have undone the answer with it: sending again could be a
        // second mail.
        return stop(
            "the answer may have gone out, and the meeting was changed just after; look again and answer anew",
        );
    }
    if details.cancelled {
        return stop("the organizer cancelled this meeting meanwhile");
    }
    if details.is_organizer {
        return stop("you are the organizer of this meeting");
    }
    if let Some(words) = difference(&respond.seen, event, "look again and answer anew") {
        return stop(words);
    }
    // The server's copy may want no mail, whatever the person chose.
    let tell_organizer = respond.tell_organizer && details.response_requested;
    if respond.proposed.is_some() && !(tell_organizer && details.allow_proposals) {
        return stop(
            "the organizer takes no other times for this meeting; answer it without one, or write to them",
        );
    }
    Verdict::Send(Ask::Respond {
        calendar: respond.calendar.clone(),
        event: respond.event.clone(),
        reply: respond.reply,
        comment: respond.comment.clone().filter(|_| tell_organizer),
        tell_organizer,
        proposed: respond.proposed,
    })
}

fn patch(change: &Change, event: &Event) -> Verdict {
    let mut merged = merge(&change.edits, event);
    complete_series(change, event, &mut merged);
    if planted(Bug::ClashOverwritten) && !merged.clashes.is_empty() {
        let mine = change.edits.iter().map(|edit| edit.mine.clone());
        return Verdict::Send(Ask::Change {
            calendar: change.calendar.clone(),
            event: change.event.clone(),
            etag: event.etag.clone(),
            values: mine.collect(),
        });
    }
    if !merged.clashes.is_empty() {
        let names: Vec<&str> = merged
            .clashes
            .iter()
            .map(|value| value.field().name())
            .collect();
        return Verdict::Stop {
            words: format!(
                "somebody else changed the {} meanwhile; choose which holds",
                names.join(" and the ")
            ),
            theirs: merged.clashes,
        };
    }
    if merged.send.is_empty() {
        return Verdict::Done;
    }
    Verdict::Send(Ask::Change {
        calendar: change.calendar.clone(),
        event: change.event.clone(),
        etag: event.etag.clone(),
        values: merged.send,
    })
}

/// A series takes its time and its rule together, in one zone, or not at all (Graph: update
/// event). What I did not touch of the two goes as I saw it, and if somebody else changed that,
/// the two changes are for a person to bring together.
fn complete_series(change: &Change, event: &Event, merged: &mut Outcome) {
    let is_sent = |field: Field| merged.send.iter().any(|value| value.field() == field);
    let missing = match (is_sent(Field::When), is_sent(Field::Rule)) {
        (true, false) => Field::Rule,
        (false, true) => Field::When,
        _ => return,
    };
    let Some(seen) = change
        .edits
        .iter()
        .find(|edit| edit.mine.field() == missing)
    else {
        return;
    };
    let details = event.details.clone().unwrap_or_default();
    let theirs = Value::of(missing, event, &details);
    if theirs == seen.base || theirs == seen.mine {
        merged.send.push(seen.mine.clone());
    } else {
        merged.clashes.push(theirs);
    }
}

fn removal(delete: &Delete, event: &Event, details: &Details) -> Verdict {
    let way_out = "look again and delete anew";
    if let Some(words) = difference(&delete.seen, event, way_out) {
        return stop(words);
    }
    let has_others = details.is_organizer && !details.attendees.is_empty();
    if has_others && !delete.is_my_meeting {
        return stop("people were invited to it since you looked; look again and delete anew");
    }
    let (calendar, event) = (delete.calendar.clone(), delete.event.clone());
    Verdict::Send(match &delete.message {
        Some(message) if has_others => Ask::Cancel {
            calendar,
            event,
            message: message.clone(),
        },
        _ => Ask::Delete { calendar, event },
    })
}

/// Nothing on the server shows that it was forwarded, so it is never repeated by itself.
fn onward(forward: &Forward, intent: &Intent, event: &Event) -> Verdict {
    if intent.doubt.is_some() {
        return stop(
            "it may have been forwarded already: ask whom you sent it to, then try again or drop it",
        );
    }
    if let Some(words) = difference(&forward.seen, event, "look again and forward anew") {
        return stop(words);
    }
    Verdict::Send(Ask::Forward {
        calendar: forward.calendar.clone(),
        event: forward.event.clone(),
        to: forward.to.clone(),
        message: forward.message.clone(),
    })
}

/// What is no longer as the person saw it.
fn difference(seen: &Seen, event: &Event, way_out: &str) -> Option<String> {
    if (event.start, event.end) != (seen.start, seen.end) {
        return Some(format!("it was moved since you looked; {way_out}"));
    }
    match (seen.shape, shape_of(event)) {
        (Some(seen), Some(now)) if seen != now => Some(format!(
            "its people or its rule changed since you looked; {way_out}"
        )),
        _ => None,
    }
}

/// Whether the server's copy shows what was sent.
pub(super) fn is_shown(act: &Act, event: &Event) -> bool {
    match act {
        Act::Respond(respond) => event
            .details
            .as_ref()
            .is_some_and(|details| details.answer == respond.reply.as_answer()),
        Act::Change(change) => {
            let merged = merge(&change.edits, event);
            merged.send.is_empty() && merged.clashes.is_empty()
        }
        Act::Create(_) | Act::Delete(_) | Act::Forward(_) => false,
    }
}

/// An event that is gone is what these acts were for.
pub(super) fn is_done_when_gone(act: &Act) -> bool {
    match act {
        Act::Respond(respond) => respond.reply == Reply::Decline,
        Act::Delete(_) => true,
        Act::Change(_) | Act::Create(_) | Act::Forward(_) => false,
    }
}

pub(super) fn gone_words(act: &Act) -> &'static str {
    match act {
        Act::Respond(_) => {
            "this meeting is no longer in your calendar; the organizer must invite you again"
        }
        Act::Change(_) => {
            "this event was deleted meanwhile; your change waits here until you drop it"
        }
        Act::Create(_) => "the calendar it was made for is gone; copy what you need and drop it",
        Act::Delete(_) => "it is gone",
        Act::Forward(_) => "the event is gone: there is nothing to forward",
    }
}
