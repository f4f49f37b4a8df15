//! Calendars that are followed by their owner's address: which, and why one is not there.
//!
//! Each stands by itself: one that is refused never stops the rest. What is known of one is
//! dropped when its server says that the right to it is gone, and never for a passing failure.

use super::{Engine, Output, Tone};
use crate::domain::calendar::{Calendar, Me};
use crate::domain::ids::CalendarId;
use crate::domain::remote::{Failure, FailureKind, Followed};
use crate::domain::replica::{Change, Desk};
use crate::sync::pace;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The addresses, and what was answered for each.
#[derive(Debug, Default)]
pub(crate) struct Following {
    addresses: Vec<String>,
    /// None inside: it is there. Not in it: nothing was answered yet.
    answers: BTreeMap<String, Option<String>>,
}

impl Following {
    pub(super) fn addresses(&self) -> Vec<String> {
        self.addresses.clone()
    }

    /// Looked after again sooner than the mailbox is: sharing comes back by itself.
    fn waits(&self) -> bool {
        self.answers.values().any(Option::is_some)
    }
}

impl Engine {
    /// Why somebody's calendar is not there; Ok when it is, None when nobody answered yet.
    pub fn followed(&self, address: &str) -> Option<Result<(), &str>> {
        let answer = self.following.answers.get(address)?;
        Some(match answer {
            Some(words) => Err(words),
            None => Ok(()),
        })
    }

    /// From now on these, and no others; what is followed no more leaves at once.
    pub(super) fn follow(&mut self, addresses: Vec<String>, out: &mut Vec<Output>) {
        if self.following.addresses == addresses {
            return;
        }
        let is_new = |address: &String| !self.following.addresses.contains(address);
        if addresses.iter().any(is_new) {
            self.desk_due = None;
        }
        let answers = &mut self.following.answers;
        answers.retain(|address, _| addresses.contains(address));
        self.following.addresses = addresses;
        let Some(desk) = &self.desk else { return };
        let addresses = &self.following.addresses;
        let is_kept = |calendar: &Calendar| {
            let mailbox = calendar.id.mailbox();
            mailbox.is_none_or(|mailbox| addresses.iter().any(|known| known == mailbox))
        };
        let kept: Vec<Calendar> = desk
            .calendars
            .iter()
            .filter(|c| is_kept(c))
            .cloned()
            .collect();
        if kept.len() == desk.calendars.len() {
            return;
        }
        let desk = Desk {
            calendars: kept,
            ..desk.clone()
        };
        let mut changes = self.forget_lost(&desk.calendars);
        changes.push(Change::PutDesk(Box::new(desk.clone())));
        self.desk = Some(desk);
        out.push(Output::Apply(changes));
        out.push(Output::Restate);
    }

    /// Windows and fetches of calendars that are not among these go.
    pub(super) fn forget_lost(&mut self, calendars: &[Calendar]) -> Vec<Change> {
        let is_known = |id: &CalendarId| calendars.iter().any(|calendar| calendar.id == *id);
        let mut lost: Vec<_> = self.windows.keys().map(|window| &window.calendar).collect();
        lost.dedup();
        let lost: Vec<CalendarId> = lost
            .into_iter()
            .filter(|id| !is_known(id))
            .cloned()
            .collect();
        for calendar in &lost {
            self.windows
                .retain(|window, _| window.calendar != *calendar);
            self.fetches.retain(|(of, _), _| of != calendar);
            self.views.remove(calendar);
        }
        lost.into_iter().map(Change::ForgetCalendar).collect()
    }

    /// My own calendars and those that are followed, as they were told.
    pub(super) fn with_followed(
        &mut self,
        me: &Me,
        mut calendars: Vec<Calendar>,
        told: Vec<Followed>,
        out: &mut Vec<Output>,
    ) -> Vec<Calendar> {
        let addresses = self.following.addresses();
        for address in &addresses {
            let known = self.known_of(address);
            let Some(answer) = told.iter().find(|answer| answer.address == *address) else {
                // Followed since the mailbox was asked.
                calendars.extend(known);
                continue;
            };
            let was_there = known.is_some();
            let (calendar, trouble) = judged(answer, known, me, &calendars);
            calendars.extend(calendar);
            let answers = &mut self.following.answers;
            let before = answers.insert(address.clone(), trouble.clone());
            // Of one that was never there whoever asks for it is told.
            let is_news = before.as_ref() != Some(&trouble) && (was_there || before.is_some());
            match trouble {
                Some(words) if is_news => out.push(Output::Say(Tone::Warning, words)),
                None if matches!(before, Some(Some(_))) => out.push(Output::Say(
                    Tone::News,
                    format!("the calendar of {address} can be read again"),
                )),
                _ => {}
            }
        }
        calendars
    }

    /// When the mailbox is to be asked again.
    pub(super) fn desk_due_after(&self, told: &[String], now: Timestamp) -> Option<Timestamp> {
        let addresses = &self.following.addresses;
        if addresses.iter().any(|address| !told.contains(address)) {
            return None;
        }
        let is_waiting = self.following.waits();
        Some(now + if is_waiting { pace::IDLE } else { pace::COLD })
    }

    fn known_of(&self, address: &str) -> Option<Calendar> {
        let mut calendars = self.desk.iter().flat_map(|desk| &desk.calendars);
        let known = calendars.find(|calendar| calendar.id.mailbox() == Some(address));
        known.cloned()
    }
}

/// The calendar to be shown, and why it is not there or not in order.
fn judged(
    answer: &Followed,
    known: Option<Calendar>,
    me: &Me,
    shown: &[Calendar],
) -> (Option<Calendar>, Option<String>) {
    let address = &answer.address;
    let calendar = match &answer.calendar {
        Ok(calendar) => calendar,
        Err(failure) => {
            let is_kept = !matches!(failure.kind, FailureKind::Forbidden | FailureKind::NotFound);
            let is_odd = failure.code.eq_ignore_ascii_case(OLD_SHARING);
            let words = words(address, failure);
            let is_said = known.is_none() || !is_kept || is_odd;
            return (known.filter(|_| is_kept), is_said.then_some(words));
        }
    };
    let owner = calendar.owner.address.raw();
    if owner.eq_ignore_ascii_case(me.address.raw()) {
        return (None, Some(format!("{address} is your own mailbox")));
    }
    if shown.iter().any(|other| other.is_main_of(calendar)) {
        let words = format!("the calendar of {address} is in your own list of calendars already");
        return (None, Some(words));
    }
    (Some(calendar.clone()), None)
}

/// What Exchange answers for calendars that were shared the way it was done before
/// (Graph: known issues, calendar sharing).
const OLD_SHARING: &str = "ErrorInternalServerTransientError";

fn words(address: &str, failure: &Failure) -> String {
    let is = |code: &str| failure.code.eq_ignore_ascii_case(code);
    if is("ErrorInvalidUser") {
        return format!("there is no mailbox {address}: look at the address");
    }
    if is(OLD_SHARING) {
        return format!(
            "the calendar of {address} is shared in an old way that cannot be read here: \
             ask its owner to take the sharing back and share it again"
        );
    }
    match failure.kind {
        FailureKind::Forbidden | FailureKind::NotFound if !is("MailboxNotEnabledForRESTAPI") => {
            format!(
                "{address} does not share a calendar with you, or no longer: ask its owner to share it"
            )
        }
        _ => format!(
            "the calendar of {address} could not be read: {}",
            failure.words
        ),
    }
}
