//! How meetings travel: invitations, answers, updates and cancellations between mailboxes.
//!
//! Invariant: a mailbox learns of another one's change only through a parcel, and each
//! parcel addressed to a person is one mail in the log.

use super::event::{Attendee, Event, Item, Reply, Response, Series, Stamp};
use super::mailbox::Kind;
use super::{Address, Mail, Parcel, World};
use crate::simulator::civil::{DAY_MS, Day};

const CANCELED: &str = "Canceled: ";
const ROOM_THINKS_MS: i64 = 1_000;
const LONG_SLEEP_MS: i64 = 10 * 60_000;

/// What an attendee sends back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub response: Response,
    pub comment: String,
    pub is_sent: bool,
    pub proposed: Option<(Stamp, Stamp)>,
}

impl World {
    /// Lets everything happen that is due.
    pub fn tick(&mut self, now_ms: i64) {
        while let Some((due, parcel)) = self.due_parcel(now_ms) {
            if matches!(parcel, Parcel::Stir(_)) && now_ms - due > LONG_SLEEP_MS {
                // After a long sleep nobody catches up on what would have happened.
                self.post(now_ms + 1000, parcel);
                continue;
            }
            self.deliver(parcel, due);
        }
    }

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
        let Some(after) = self
            .mailbox(index)
            .and_then(|mailbox| mailbox.event(before.key))
            .cloned()
        else {
            return;
        };
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

    fn deliver(&mut self, parcel: Parcel, now: i64) {
        match parcel {
            Parcel::Request {
                to,
                copy,
                was_rescheduled,
            } => self.deliver_request(&to, *copy, was_rescheduled, now),
            Parcel::Cancellation { to, uid, day } => self.deliver_cancellation(&to, &uid, day, now),
            Parcel::Answer {
                organizer,
                from,
                uid,
                day,
                response,
                proposed,
            } => {
                self.deliver_answer(&organizer, &from, &uid, day, response, proposed, now);
            }
            Parcel::RoomDecides { room, uid } => self.room_decides(&room, &uid, now),
            Parcel::Stir(dice) => crate::simulator::office::stir(self, *dice, now),
            Parcel::Scripted(action) => {
                // A scripted happening whose event is gone meanwhile simply does not happen.
                let _ = self.perform(&action, now);
            }
        }
    }

    fn deliver_request(&mut self, to: &str, copy: Event, was_rescheduled: bool, now: i64) {
        let Some(index) = self.find_mailbox(to) else {
            return;
        };
        let Some(mailbox) = self.mailbox(index) else {
            return;
        };
        let is_room = mailbox.kind == Kind::Room;
        let uid = copy.uid.clone();
        let existing = mailbox.event_by_uid(&uid).map(|event| (**event).clone());
        if existing.as_ref().is_some_and(|event| event.is_organizer) {
            return;
        }
        let calendar = mailbox.default_calendar();
        let received = match existing {
            Some(mine) => received_again(mine, copy, was_rescheduled),
            None => {
                let key = self.new_key();
                received_first(copy, key, calendar, now)
            }
        };
        self.put(index, received, now);
        if is_room {
            self.post(
                now + ROOM_THINKS_MS,
                Parcel::RoomDecides {
                    room: to.to_owned(),
                    uid,
                },
            );
        }
    }

    fn deliver_cancellation(&mut self, to: &str, uid: &str, day: Option<Day>, now: i64) {
        let Some(index) = self.find_mailbox(to) else {
            return;
        };
        let Some(mailbox) = self.mailbox(index) else {
            return;
        };
        let is_room = mailbox.kind == Kind::Room;
        let Some(mut event) = mailbox.event_by_uid(uid).map(|event| (**event).clone()) else {
            return;
        };
        if is_room && day.is_none() {
            self.remove(index, event.key);
            return;
        }
        match day {
            None => {
                cancel_item(&mut event.item);
                if let Some(series) = &mut event.series {
                    series.exceptions.values_mut().for_each(cancel_item);
                }
            }
            Some(day) => {
                let Some(mut item) = event.occurrence(day) else {
                    return;
                };
                cancel_item(&mut item);
                if let Some(series) = &mut event.series {
                    series.exceptions.insert(day, item);
                }
            }
        }
        self.put(index, event, now);
    }

    #[allow(clippy::too_many_arguments, reason = "the fields of one parcel")]
    fn deliver_answer(
        &mut self,
        organizer: &str,
        from: &str,
        uid: &str,
        day: Option<Day>,
        response: Response,
        proposed: Option<(Stamp, Stamp)>,
        now: i64,
    ) {
        let Some(index) = self.find_mailbox(organizer) else {
            return;
        };
        let Some(mut event) = self
            .mailbox(index)
            .and_then(|mailbox| mailbox.event_by_uid(uid))
            .map(|event| (**event).clone())
        else {
            return;
        };
        let note = |item: &mut Item| {
            for person in item
                .attendees
                .iter_mut()
                .filter(|person| person.who.is(from))
            {
                person.reply = Reply {
                    response,
                    at_ms: Some(now),
                };
                person.proposed = proposed;
            }
        };
        match day {
            None => {
                note(&mut event.item);
                if let Some(series) = &mut event.series {
                    series.exceptions.values_mut().for_each(note);
                }
            }
            Some(day) => {
                let Some(mut item) = event.occurrence(day) else {
                    return;
                };
                note(&mut item);
                if let Some(series) = &mut event.series {
                    series.exceptions.insert(day, item);
                }
            }
        }
        self.put(index, event, now);
    }

    /// A room accepts what does not collide in the coming year, and declines the rest.
    fn room_decides(&mut self, room: &str, uid: &str, now: i64) {
        let Some(index) = self.find_mailbox(room) else {
            return;
        };
        let Some(mailbox) = self.mailbox(index) else {
            return;
        };
        let Some(event) = mailbox.event_by_uid(uid) else {
            return;
        };
        let (key, until) = (event.key, now + 366 * DAY_MS);
        let from = event.item.span().0.min(now);
        let mine = event.slots(from, until);
        let taken = mailbox.slots(event.calendar, from, until);
        let is_booked = |other: u64| {
            mailbox.event(other).is_some_and(|event| {
                !event.item.is_cancelled
                    && matches!(
                        event.item.reply.response,
                        Response::Accepted | Response::Organizer
                    )
            })
        };
        let collides = mine.iter().any(|slot| {
            taken.iter().any(|other| {
                other.key != key
                    && other.start_ms < slot.end_ms
                    && slot.start_ms < other.end_ms
                    && is_booked(other.key)
            })
        });
        let response = if collides {
            Response::Declined
        } else {
            Response::Accepted
        };
        let comment = if collides {
            "Your request was declined because there are conflicts."
        } else {
            ""
        };
        let answer = Answer {
            response,
            comment: comment.to_owned(),
            is_sent: true,
            proposed: None,
        };
        self.answer(index, key, None, &answer, now);
    }
}

fn received_first(copy: Event, key: u64, calendar: u64, now: i64) -> Event {
    let adopt = |item: &mut Item| {
        item.categories.clear();
        item.reply = Reply::UNANSWERED;
        item.show_as = if item.show_as == "free" {
            "free"
        } else {
            "tentative"
        };
        item.created_ms = now;
        item.is_reminder_on = true;
        item.reminder_minutes = 15;
        forget_replies(item);
    };
    let mut event = Event {
        key,
        calendar,
        moves: 0,
        transaction: None,
        is_organizer: false,
        properties: Vec::new(),
        ..copy
    };
    adopt(&mut event.item);
    if let Some(series) = &mut event.series {
        series.exceptions.values_mut().for_each(adopt);
    }
    event
}

fn received_again(mine: Event, copy: Event, was_rescheduled: bool) -> Event {
    let adopt = |mine: &Item, theirs: Item, keeps_reply: bool| {
        let mut item = theirs;
        forget_replies(&mut item);
        item.categories.clone_from(&mine.categories);
        item.is_reminder_on = mine.is_reminder_on;
        item.reminder_minutes = mine.reminder_minutes;
        item.created_ms = mine.created_ms;
        if keeps_reply {
            item.reply = mine.reply;
            item.show_as = mine.show_as;
        } else {
            item.reply = Reply::UNANSWERED;
            item.show_as = if item.show_as == "free" {
                "free"
            } else {
                "tentative"
            };
        }
        item
    };
    let old = mine.series.clone();
    let series = copy.series.clone().map(|theirs| {
        let mine_at = |day: &Day| mine.occurrence(*day);
        let mut exceptions: std::collections::BTreeMap<Day, Item> = theirs
            .exceptions
            .iter()
            .map(|(day, item)| {
                let local = mine_at(day);
                let keeps = local
                    .as_ref()
                    .is_some_and(|local| times_of(local) == times_of(item));
                (
                    *day,
                    adopt(
                        local.as_ref().unwrap_or(&mine.item),
                        item.clone(),
                        keeps && !was_rescheduled,
                    ),
                )
            })
            .collect();
        let mut cancelled = old
            .as_ref()
            .map(|old| old.cancelled.clone())
            .unwrap_or_default();
        if old
            .as_ref()
            .is_some_and(|old| (&old.pattern, &old.range) != (&theirs.pattern, &theirs.range))
        {
            cancelled.clear();
        }
        for day in &theirs.cancelled {
            if cancelled.contains(day) {
                continue;
            }
            // The organizer took this date out: it stays visible here, marked as cancelled.
            let known = old
                .as_ref()
                .and_then(|old| old.exceptions.get(day).cloned());
            match known.or_else(|| mine.occurrence(*day)) {
                Some(mut item) => {
                    cancel_item(&mut item);
                    exceptions.insert(*day, item);
                }
                None => {
                    cancelled.insert(*day);
                }
            }
        }
        if let Some(old) = &old
            && !was_rescheduled
        {
            // Answers I gave to single dates live in my copy only.
            for (day, item) in &old.exceptions {
                exceptions.entry(*day).or_insert_with(|| item.clone());
            }
        }
        Series {
            exceptions,
            cancelled,
            ..theirs
        }
    });
    Event {
        item: adopt(&mine.item, copy.item, !was_rescheduled),
        series,
        attachments: copy.attachments,
        ..mine
    }
}

fn forget_replies(item: &mut Item) {
    for person in &mut item.attendees {
        person.reply = Reply::NONE;
        person.proposed = None;
    }
}

fn cancel_item(item: &mut Item) {
    item.is_cancelled = true;
    item.show_as = "free";
    let subject = item.subject.clone().unwrap_or_default();
    if !subject.starts_with(CANCELED) {
        item.subject = Some(format!("{CANCELED}{subject}"));
    }
}

fn times_of(item: &Item) -> (i64, i64, bool) {
    (item.span().0, item.span().1, item.is_all_day)
}

fn times(event: &Event) -> impl PartialEq {
    let series = event.series.as_ref().map(|series| {
        let moved: Vec<_> = series
            .exceptions
            .iter()
            .map(|(day, item)| (*day, times_of(item)))
            .collect();
        (series.pattern.clone(), series.range, moved)
    });
    (times_of(&event.item), series)
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
