//! What a mailbox does with a parcel that arrives.
//!
//! Invariant: a parcel for a mailbox or meeting that is gone changes nothing.

use super::Answer;
use super::copies::{cancel_item, received_again, received_first};
use crate::simulator::civil::{DAY_MS, Day};
use crate::simulator::world::event::{Event, Item, Reply, Response, Stamp};
use crate::simulator::world::{Kind, Parcel, World};

const ROOM_THINKS_MS: i64 = 1_000;
const LONG_SLEEP_MS: i64 = 10 * 60_000;

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
