//! How meetings travel: invitations, answers, updates and cancellations between mailboxes.
//!
//! Invariant: a mailbox learns of another one's change only through a parcel, and each
//! parcel addressed to a person is one mail in the log.

use super::event::{Attendee, Event, Item, Reply, Response, Stamp};
use super::{Address, Mail, Parcel, World};
use crate::simulator::civil::Day;

mod copies;
mod delivery;

use copies::{forget_replies, times_of};

/// What an attendee sends back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub response: Response,
    pub comment: String,
    pub is_sent: bool,
    pub proposed: Option<(Stamp, Stamp)>,
}

impl World {
    /// Mails the organizer's copy to the given people.
    pub fn send_requests(
        &mut self,
        index: usize,
        key: u64,
        to: &[Address],
        was_rescheduled: bool,
        kind: &str,
        now: i64,
    ) {
        let Some(event) = self
            .mailbox(index)
            .and_then(|mailbox| mailbox.event(key))
            .cloned()
        else {
            return;
        };
        for person in to {
            self.mail(
                &event.organizer.address,
                &person.address,
                kind,
                &event,
                "",
                now,
            );
            let copy = Box::new((*event).clone());
            let parcel = Parcel::Request {
                to: person.address.clone(),
                copy,
                was_rescheduled,
            };
            self.post(now + self.mail_delay_ms, parcel);
        }
    }

    /// After the organizer changed a meeting: mails whoever has to know (Graph: event update).
    pub fn organizer_changed(&mut self, index: usize, before: &Event, now: i64) {
        let Some(mut after) = self
            .mailbox(index)
            .and_then(|mailbox| mailbox.event(before.key))
            .map(|event| (**event).clone())
        else {
            return;
        };
        if ask_anew(before, &mut after) {
            self.put(index, after.clone(), now);
        }
        let was_invited = |person: &Attendee| {
            before
                .item
                .attendees
                .iter()
                .any(|old| old.who.is(&person.who.address))
        };
        let is_invited = |person: &Attendee| {
            after
                .item
                .attendees
                .iter()
                .any(|new| new.who.is(&person.who.address))
        };
        let added: Vec<Address> = after
            .item
            .attendees
            .iter()
            .filter(|person| !was_invited(person))
            .map(|person| person.who.clone())
            .collect();
        let kept: Vec<Address> = after
            .item
            .attendees
            .iter()
            .filter(|person| was_invited(person))
            .map(|person| person.who.clone())
            .collect();
        let removed: Vec<Address> = before
            .item
            .attendees
            .iter()
            .filter(|person| !is_invited(person))
            .map(|person| person.who.clone())
            .collect();
        let is_only_about_people = !concerns_everybody(before, &after);
        self.send_requests(index, before.key, &added, false, "invitation", now);
        self.send_cancellations(before, &removed, None, "", now);
        if !is_only_about_people {
            let was_rescheduled = times(before) != times(&after);
            self.send_requests(index, before.key, &kept, was_rescheduled, "update", now);
        }
    }

    pub fn send_cancellations(
        &mut self,
        event: &Event,
        to: &[Address],
        day: Option<Day>,
        comment: &str,
        now: i64,
    ) {
        for person in to {
            self.mail(
                &event.organizer.address,
                &person.address,
                "cancellation",
                event,
                comment,
                now,
            );
            let parcel = Parcel::Cancellation {
                to: person.address.clone(),
                uid: event.uid.clone(),
                day,
            };
            self.post(now + self.mail_delay_ms, parcel);
        }
    }

    /// Removes a meeting or one of its occurrences and, for an organizer, tells the attendees.
    pub fn withdraw(&mut self, index: usize, key: u64, day: Option<Day>, comment: &str, now: i64) {
        let Some(event) = self
            .mailbox(index)
            .and_then(|mailbox| mailbox.event(key))
            .map(|event| (**event).clone())
        else {
            return;
        };
        let instance = day.and_then(|day| event.occurrence(day));
        match (day, event.series.clone()) {
            (Some(day), Some(mut series)) => {
                series.exceptions.remove(&day);
                series.cancelled.insert(day);
                self.put(
                    index,
                    Event {
                        series: Some(series),
                        ..event.clone()
                    },
                    now,
                );
            }
            _ => {
                self.remove(index, key);
            }
        }
        if event.is_organizer {
            let item = instance.as_ref().unwrap_or(&event.item);
            let people: Vec<Address> = item
                .attendees
                .iter()
                .map(|person| person.who.clone())
                .collect();
            self.send_cancellations(&event, &people, day, comment, now);
        }
    }

    /// Records my answer and sends it to the organizer (Graph: accept, decline, tentativelyAccept).
    pub fn answer(&mut self, index: usize, key: u64, day: Option<Day>, answer: &Answer, now: i64) {
        let Some(event) = self
            .mailbox(index)
            .and_then(|mailbox| mailbox.event(key))
            .map(|event| (**event).clone())
        else {
            return;
        };
        let Some(mailbox) = self.mailbox(index) else {
            return;
        };
        let (me, from) = (mailbox.address.clone(), mailbox.address.clone());
        if answer.is_sent {
            let kind = match (answer.proposed.is_some(), answer.response) {
                (true, _) => "proposal",
                (_, Response::Accepted) => "accepted",
                (_, Response::Declined) => "declined",
                _ => "tentative",
            };
            self.mail(
                &me,
                &event.organizer.address,
                kind,
                &event,
                &answer.comment,
                now,
            );
            let parcel = Parcel::Answer {
                organizer: event.organizer.address.clone(),
                from,
                uid: event.uid.clone(),
                day,
                response: answer.response,
                proposed: answer.proposed,
            };
            self.post(now + self.mail_delay_ms, parcel);
        }
        if answer.response == Response::Declined {
            self.decline_here(index, event, day, now);
        } else {
            self.keep_answer(index, event, day, answer.response, now);
        }
    }

    fn decline_here(&mut self, index: usize, mut event: Event, day: Option<Day>, now: i64) {
        match (day, &mut event.series) {
            (Some(day), Some(series)) => {
                series.exceptions.remove(&day);
                series.cancelled.insert(day);
                self.put(index, event, now);
            }
            _ => {
                self.remove(index, event.key);
            }
        }
    }

    fn keep_answer(
        &mut self,
        index: usize,
        mut event: Event,
        day: Option<Day>,
        response: Response,
        now: i64,
    ) {
        let settle = |item: &mut Item| {
            item.reply = Reply {
                response,
                at_ms: Some(now),
            };
            item.show_as = match (response, item.show_as) {
                (Response::Accepted, "tentative") => "busy",
                (Response::Tentative, "busy") => "tentative",
                (_, other) => other,
            };
            item.modified_ms = now;
        };
        if let Some(day) = day {
            let Some(mut item) = event.occurrence(day) else {
                return;
            };
            settle(&mut item);
            if let Some(series) = &mut event.series {
                series.exceptions.insert(day, item);
            }
        } else {
            settle(&mut event.item);
            if let Some(series) = &mut event.series {
                series.exceptions.values_mut().for_each(settle);
            }
        }
        self.put(index, event, now);
    }

    /// Mails an invitation onwards; the organizer hears of it (Graph: event forward).
    pub fn forward(&mut self, index: usize, key: u64, to: &[Address], comment: &str, now: i64) {
        let Some(mailbox) = self.mailbox(index) else {
            return;
        };
        let from = mailbox.address.clone();
        let Some(event) = mailbox.event(key).map(|event| (**event).clone()) else {
            return;
        };
        for person in to {
            self.mail(&from, &person.address, "forward", &event, comment, now);
            let copy = Box::new(event.clone());
            let parcel = Parcel::Request {
                to: person.address.clone(),
                copy,
                was_rescheduled: false,
            };
            self.post(now + self.mail_delay_ms, parcel);
        }
        if !event.is_organizer {
            self.mail(
                &from,
                &event.organizer.address.clone(),
                "forwardNotice",
                &event,
                "",
                now,
            );
        }
    }

    pub(crate) fn mail(
        &mut self,
        from: &str,
        to: &str,
        kind: &str,
        event: &Event,
        comment: &str,
        at_ms: i64,
    ) {
        self.mails.push(Mail {
            from: from.to_owned(),
            to: to.to_owned(),
            kind: kind.to_owned(),
            subject: event.item.subject.clone().unwrap_or_default(),
            comment: comment.to_owned(),
            uid: event.uid.clone(),
            at_ms,
        });
    }
}

/// Nobody has answered for a time that is new, nor proposes another one instead of it: the
/// organizer's copy forgets both (Graph: event; replies are reset by a reschedule).
fn ask_anew(before: &Event, after: &mut Event) -> bool {
    let was_rescheduled = times(before) != times(after);
    let mut is_changed = false;
    let mut forget = |item: &mut Item| {
        let people = item.attendees.clone();
        forget_replies(item);
        is_changed |= people != item.attendees;
    };
    if was_rescheduled {
        forget(&mut after.item);
    }
    for (day, item) in after
        .series
        .iter_mut()
        .flat_map(|series| &mut series.exceptions)
    {
        let old = before.occurrence(*day);
        let is_where_it_was = old.is_some_and(|old| times_of(&old) == times_of(item));
        if was_rescheduled || !is_where_it_was {
            forget(item);
        }
    }
    is_changed
}

/// What makes everybody be asked again; single moved dates are asked about one by one.
fn times(event: &Event) -> impl PartialEq {
    let series = event.series.as_ref();
    (
        times_of(&event.item),
        series.map(|series| (series.pattern.clone(), series.range)),
    )
}

/// Whether a change is about more than who is invited and what only I see.
fn concerns_everybody(before: &Event, after: &Event) -> bool {
    let shared = |item: &Item| {
        let mut item = item.clone();
        item.attendees.clear();
        item.categories.clear();
        item.is_reminder_on = false;
        item.reminder_minutes = 0;
        item.show_as = "busy";
        item.reply = Reply::NONE;
        item.change = 0;
        item.modified_ms = 0;
        item.reminder_dismissed = false;
        item.snoozed_until_ms = None;
        item.online = None;
        item
    };
    let series = |event: &Event| {
        event.series.clone().map(|mut series| {
            series.exceptions = series
                .exceptions
                .iter()
                .map(|(day, item)| (*day, shared(item)))
                .collect();
            series
        })
    };
    shared(&before.item) != shared(&after.item) || series(before) != series(after)
}
