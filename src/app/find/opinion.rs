//! A second opinion: what Microsoft itself would suggest, beside our own order.
//!
//! Its rule knows no working hours of others, no nights and nobody who need not come; ours is not
//! changed by it. On demand the times are ordered by its score: every possible start is scored, so
//! the first is never worse by it than what Microsoft suggests of them. Where the account has no such thing, the server's words say so.

use super::super::overlay::Overlay;
use super::super::{Asked, Effect, State, safe};
use super::guests::minute;
use super::{Find, words};
use crate::domain::errand::Errand;
use crate::domain::event::Role;
use crate::domain::free_busy::Suggestions;
use crate::service::protocol::{Reply, Request};

#[derive(Debug, Clone)]
pub enum Opinion {
    Asked,
    Told(Suggestions),
    /// Why there is none.
    Refused(String),
}

pub(super) fn ask(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Overlay::Find(open)) = &mut state.overlay else {
        return;
    };
    // Once more: the times in its order, and in ours again.
    if let Some(Opinion::Told(_)) = &open.opinion {
        (open.is_by_score, open.at) = (!open.is_by_score, 0);
        return super::refresh(state);
    }
    let people: Vec<(String, Role)> = open
        .guests
        .iter()
        .filter(|guest| !guest.is_me && !guest.address.is_empty())
        .map(|guest| (guest.address.clone(), guest.role))
        .collect();
    open.opinion = Some(Opinion::Asked);
    let (from, to) = (open.from, open.to());
    let errand = Errand::MeetingTimes {
        people,
        minutes: open.minutes,
        from: state.viewer.midnight(from).max(state.now),
        to: state.viewer.midnight(to),
    };
    effects.push(state.ask(Asked::Opinion, Request::Errand(errand)));
}

pub(in crate::app) fn opinion_came(state: &mut State, reply: Reply) {
    let Some(Overlay::Find(open)) = &mut state.overlay else {
        return;
    };
    // The question is another one since.
    if !matches!(open.opinion, Some(Opinion::Asked)) {
        return;
    }
    open.opinion = match reply {
        Reply::Suggestions(suggestions) => Some(Opinion::Told(suggestions)),
        Reply::Refused { words } => Some(Opinion::Refused(safe::words(&words))),
        _ => None,
    };
}

/// Which of Microsoft's suggestions begins then, counted from 1.
pub fn place(open: &Find, start: i64) -> Option<usize> {
    let Some(Opinion::Told(told)) = &open.opinion else {
        return None;
    };
    let mut times = told.times.iter();
    let at = times.position(|time| minute(time.slot.start) == start)?;
    Some(at + 1)
}

/// How its order and ours agree.
pub(super) fn note(state: &State, open: &Find) -> Option<(String, bool)> {
    match open.opinion.as_ref()? {
        Opinion::Asked => Some(("asking Microsoft…".into(), false)),
        Opinion::Refused(words) => Some((format!("Microsoft suggests nothing: {words}"), true)),
        Opinion::Told(told) => {
            let Some(first) = told.times.first() else {
                let why = safe::line(&told.why_none);
                return Some((format!("Microsoft finds no time ({why})"), false));
            };
            let start = minute(first.slot.start);
            let mut ours = open.ranking.starts.iter();
            let here = match ours.position(|known| known.start == start) {
                Some(0) => "our first too".to_owned(),
                Some(at) => format!("our {}th", at + 1),
                None => "not possible by the rules here".to_owned(),
            };
            let when = words::moment(state, start);
            let order = match open.is_by_score {
                true => "by its score: M for ours",
                false => "M orders by its score",
            };
            let percent = first.percent;
            Some((
                format!("Microsoft’s first: {when} ({percent} %), {here}; {order}"),
                false,
            ))
        }
    }
}
