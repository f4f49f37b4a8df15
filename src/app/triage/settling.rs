//! Settling what is no plain invitation: overlaps and proposals.
//!
//! Invariant: what touches two events, or somebody else's, is shown before it is done.

use super::super::moving::moved;
use super::super::overlay::Overlay;
use super::super::{Effect, State, availability, safe, sentence};
use super::done;
use crate::domain::answer::{Reply, Respond};
use crate::domain::edit::{Change, Edit, Value};
use crate::domain::entry::Entry;
use crate::domain::event::{Kind, ShowAs, Slot};
use crate::domain::intent::{Act, Seen};
use crate::domain::triage::{Item, Why};
use crate::service::protocol::Level;

/// What is about to be done, in words.
#[derive(Debug, Clone)]
pub struct Settle {
    pub title: String,
    pub lines: Vec<String>,
    acts: Vec<Act>,
    done: String,
}

/// The two of an overlap: the one that is looked at, and the other.
fn two(state: &State) -> Option<(&Entry, &Entry)> {
    let triage = state.triage.as_ref()?;
    let item = triage.item()?;
    let first = triage.entry(&item.event)?;
    let second = triage.entry(item.other.as_ref()?)?;
    Some(if triage.is_turned {
        (second, first)
    } else {
        (first, second)
    })
}

fn named(entry: &Entry) -> String {
    format!("“{}”", safe::cut(&safe::line(&entry.subject), 40))
}

fn respond(entry: &Entry, reply: Reply) -> Act {
    Act::Respond(Respond {
        calendar: entry.calendar.clone(),
        event: entry.id.clone(),
        root: entry.root().clone(),
        reply,
        comment: None,
        tell_organizer: entry.response_requested,
        proposed: None,
        seen: Seen::of(entry),
    })
}

fn tells(entry: &Entry) -> String {
    let who = safe::line(&entry.organizer.name);
    match (entry.response_requested, who.is_empty()) {
        (false, _) => "nobody is told".into(),
        (true, true) => "tells the organizer".into(),
        (true, false) => format!("tells {who}"),
    }
}

/// Accepting one of two declines the other; the other answers are for this one alone.
pub(super) fn by_answer(state: &mut State, reply: Reply) {
    let Some((this, other)) = two(state) else {
        return;
    };
    let mut acts = Vec::new();
    let mut lines = Vec::new();
    let mut add = |entry: &Entry, reply: Reply| {
        let leaves = if reply.is_final() {
            "; it leaves your calendar for good"
        } else {
            ""
        };
        let verb = reply.past_tense();
        lines.push(format!(
            "{verb}: {}: {}{leaves}",
            named(entry),
            tells(entry)
        ));
        acts.push(respond(entry, reply));
    };
    let is_new = this.answer != reply.as_answer();
    let can_answer = |entry: &Entry| availability::why_no_answer(state, entry).is_none();
    let mut refusal = None;
    if reply == Reply::Accept && !can_answer(other) {
        let other = named(other);
        refusal = Some(format!(
            "{other} is yours: nobody can decline it for you. Tab looks at it, then v moves it, 0 marks it free, x cancels it"
        ));
    } else if can_answer(this) && is_new {
        add(this, reply);
    } else if reply != Reply::Accept {
        refusal = availability::why_no_answer(state, this).or_else(|| {
            let verb = reply.past_tense();
            Some(format!("already {verb}: nothing to send"))
        });
    }
    if reply == Reply::Accept && refusal.is_none() {
        add(other, Reply::Decline);
    }
    let title = format!("{} and {}", named(this), named(other));
    let done = match &acts[..] {
        [_, _] => format!("kept {}", named(this)),
        [only] => format!("{} “{}”", only.past_tense(), safe::line(&only.subject())),
        _ => String::new(),
    };
    match refusal {
        Some(words) => state.say(Level::Warning, words),
        None => preview(state, title, lines, acts, done),
    }
}

/// What is about to be done is shown; Enter does it.
pub(in crate::app) fn preview(
    state: &mut State,
    title: String,
    lines: Vec<String>,
    acts: Vec<Act>,
    done: String,
) {
    state.overlay = Some(Overlay::Settle(Box::new(Settle {
        title,
        lines,
        acts,
        done,
    })));
}

/// Enter: what was shown is done.
pub(in crate::app) fn settle(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Overlay::Settle(open)) = state.overlay.take() else {
        return;
    };
    let was_at = state.triage.as_ref().and_then(|triage| triage.item());
    let was_at = was_at.map(|item| item.id);
    done(state, open.acts, open.done, was_at, effects);
}

fn change(entry: &Entry, base: Value, mine: Value) -> Act {
    Act::Change(Change {
        calendar: entry.calendar.clone(),
        event: entry.id.clone(),
        root: entry.root().clone(),
        edits: vec![Edit { base, mine }],
        seen: Seen::of(entry),
    })
}

/// Who hears of a change to its time.
pub(in crate::app) fn hears(entry: &Entry) -> String {
    match entry.attendees {
        1 if entry.is_organizer => "1 person is told".into(),
        people @ 2.. if entry.is_organizer => format!("{people} people are told"),
        _ if entry.is_invitation() => "only your copy changes, nobody is told".into(),
        _ => "nobody is told".into(),
    }
}

/// `Tue 1 Dec 10:00–11:00`.
pub(in crate::app) fn at(state: &State, slot: Slot) -> String {
    let (start, end) = (state.viewer.wall(slot.start), state.viewer.wall(slot.end));
    let day = sentence::short_day(start.date(), state.today());
    format!(
        "{day} {}–{}",
        start.strftime("%H:%M"),
        end.strftime("%H:%M")
    )
}

/// The longer part of `this` that `other` leaves free.
fn free_part(this: &Entry, other: &Entry) -> Option<Slot> {
    let before = Slot {
        start: this.start,
        end: other.start.min(this.end),
    };
    let after = Slot {
        start: other.end.max(this.start),
        end: this.end,
    };
    let length = |slot: &Slot| slot.end.duration_since(slot.start);
    let longer = if length(&after) > length(&before) {
        after
    } else {
        before
    };
    (longer.start < longer.end).then_some(longer)
}

/// Shortens the one that is looked at to the part that is free.
pub(in crate::app) fn cut_short(state: &mut State) {
    let Some((this, other)) = two(state) else {
        return;
    };
    if this.all_day || other.all_day {
        return state.say(Level::Warning, "a whole day has no part to cut off");
    }
    let Some(slot) = free_part(this, other) else {
        let words = format!("{} covers all of it: v moves it", named(other));
        return state.say(Level::Warning, words);
    };
    let title = format!("Shorten {}", named(this));
    let line = format!("to {}: {}", at(state, slot), hears(this));
    let acts = vec![moved(state, this, slot)];
    let done = format!("shortened {}", named(this));
    preview(state, title, vec![line], acts, done);
}

/// My time counts as free while it lasts.
pub(in crate::app) fn mark_free(state: &mut State) {
    let Some((this, _)) = two(state) else { return };
    let (base, mine) = (Value::ShowAs(this.show_as), Value::ShowAs(ShowAs::Free));
    let title = format!("Mark {} free", named(this));
    let line = format!("it no longer claims your time: {}", hears(this));
    let acts = vec![change(this, base, mine)];
    let done = format!("marked {} free", named(this));
    preview(state, title, vec![line], acts, done);
}

/// A proposal is applied with one key. There is no message that refuses one.
pub(super) fn proposal(state: &mut State, reply: Reply, effects: &mut Vec<Effect>) {
    let Some(triage) = &state.triage else { return };
    let Some(Item {
        id,
        why: Why::Proposal { by, slot },
        event,
        ..
    }) = triage.item()
    else {
        return;
    };
    let (id, slot, who) = (*id, *slot, safe::line(&by.name));
    let Some(entry) = triage.entry(event).cloned() else {
        return;
    };
    let words = match (reply, entry.kind) {
        (Reply::Accept, Kind::Occurrence) => {
            "it is asked for the whole series: e opens its page, where the rule can follow".into()
        }
        (Reply::Accept, _) => {
            let act = moved(state, &entry, slot);
            let words = format!(
                "moved {} to {}: {}",
                named(&entry),
                at(state, slot),
                hears(&entry)
            );
            return done(state, vec![act], words, Some(id), effects);
        }
        _ => format!(
            "Microsoft has no answer that refuses another time: K leaves it out of the queue here, and {who} is not told"
        ),
    };
    state.say(Level::Warning, words);
}
