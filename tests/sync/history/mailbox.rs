//! What others do in the mailbox: new events and series, moves, renames, deletions.

use super::History;
use crate::server::{Body, Slot, Thing, calendar, half_hours};
use jiff::{SignedDuration, Timestamp};
use kalends::domain::event::Answer;
use kalends::domain::ids::EventId;
use kalends::domain::window::Quarter;

impl History {
    pub(super) fn body(&mut self, subject: &str) -> Body {
        let mine = self.chance.one_in(3);
        let answer = if mine {
            Answer::Organizer
        } else {
            Answer::NotResponded
        };
        let version = self.server.version();
        Body {
            subject: format!("{subject} {version}"),
            answer,
            all_day: false,
            cancelled: false,
            mine,
            version,
        }
    }

    /// Somewhere around now, often at a quarter's edge.
    pub(super) fn somewhen(&mut self) -> Timestamp {
        let near = self.now + half_hours(self.chance.range(-2_000, 5_000));
        if !self.chance.one_in(3) {
            return near;
        }
        self.happened.insert("quarter edge".into());
        let edge = Quarter::at(near).end_day();
        kalends::domain::window::midnight(edge) + half_hours(self.chance.range(-60, 60))
    }

    pub(super) fn create(&mut self) {
        if self.chance.one_in(2) {
            self.create_series()
        } else {
            self.create_single()
        }
    }

    pub(super) fn create_single(&mut self) {
        let id = self.server.name();
        let mut body = self.body("single");
        let mut start = self.somewhen();
        let mut end = start + half_hours(self.chance.range(0, 6));
        if self.chance.one_in(5) {
            // All-day: midnights, one to forty days.
            body.all_day = true;
            start =
                kalends::domain::window::midnight(start.to_zoned(jiff::tz::TimeZone::UTC).date());
            end = start + SignedDuration::from_hours(24 * self.chance.range(1, 40));
        }
        if Quarter::touched_by(start, end).len() > 1 {
            self.happened.insert("two windows".into());
        }
        self.note_clock_change(start);
        let of = calendar(self.chance.below(2));
        self.server
            .things
            .insert((of, id), Thing::Single { start, end, body });
    }

    pub(super) fn note_clock_change(&mut self, start: Timestamp) {
        let date = start.to_zoned(jiff::tz::TimeZone::UTC).date();
        if [(3, 22..=31), (10, 19..=31)]
            .iter()
            .any(|(month, days)| date.month() == *month && days.contains(&date.day()))
        {
            self.happened.insert("clock change week".into());
        }
    }

    pub(super) fn create_series(&mut self) {
        let id = self.server.name();
        let body = self.body("series");
        let start = self.somewhen();
        let every = SignedDuration::from_hours(24 * *self.chance.pick(&[1, 7, 14]));
        let count = u32::try_from(self.chance.range(1, 16)).unwrap();
        let length = half_hours(self.chance.range(1, 5));
        let slots = (0..count)
            .map(|n| {
                let at = start + every * i32::try_from(n).unwrap();
                (
                    n,
                    Slot {
                        start: at,
                        end: at + length,
                        own: None,
                    },
                )
            })
            .collect();
        let version = body.version;
        let of = calendar(self.chance.below(2));
        self.server.things.insert(
            (of, id),
            Thing::Series {
                body,
                slots,
                version,
            },
        );
    }

    pub(super) fn change_server(&mut self) {
        let before = self.trace.is_told().then(|| self.server.things.clone());
        self.change_something();
        for (key, before) in before.iter().flatten() {
            if self.server.things.get(key) != Some(before) {
                let now = self.server.things.get(key);
                self.trace.add(format_args!(
                    "the server: {key:?} was {before:?}, is {now:?}"
                ));
            }
        }
        for (key, now) in &self.server.things {
            if before
                .as_ref()
                .is_some_and(|before| !before.contains_key(key))
            {
                self.trace
                    .add(format_args!("the server: {key:?} is new, {now:?}"));
            }
        }
    }

    fn change_something(&mut self) {
        let keys: Vec<_> = self.server.things.keys().cloned().collect();
        if keys.is_empty() || self.chance.one_in(5) {
            return self.create();
        }
        let key = self.chance.pick(&keys).clone();
        match self.chance.below(12) {
            0 => {
                self.server.things.remove(&key);
            }
            1 => {
                // An immutable id moves to the other calendar with its event.
                self.happened.insert("moved between calendars".into());
                let version = self.server.version();
                if let Some(mut thing) = self.server.things.remove(&key) {
                    // Arriving is a change: there and back is not nothing.
                    thing.touch(version);
                    let other = calendar(usize::from(key.0 == calendar(0)));
                    self.server.things.insert((other, key.1), thing);
                }
            }
            2 if self.chance.one_in(3) && keys.len() > 25 => {
                self.happened.insert("mass deletion".into());
                for key in keys.iter().skip(2) {
                    self.server.things.remove(key);
                }
            }
            _ => self.edit(&key),
        }
    }

    pub(super) fn edit(&mut self, key: &(kalends::domain::ids::CalendarId, EventId)) {
        let version = self.server.version();
        let to = self.somewhen();
        let choice = self.chance.below(6);
        let shift = half_hours(self.chance.range(-40, 40));
        let Some(thing) = self.server.things.get_mut(key) else {
            return;
        };
        match thing {
            Thing::Single { start, end, body } => {
                body.version = version;
                match choice {
                    0..=2 => {
                        let length = end.duration_since(*start);
                        if body.all_day {
                            return;
                        }
                        let was = Quarter::at(*start);
                        *start = to;
                        *end = to + length;
                        if Quarter::at(to) != was {
                            self.happened.insert("hot to cold".into());
                        }
                    }
                    3 => body.cancelled = !body.mine,
                    _ => body.subject = format!("renamed {version}"),
                }
            }
            Thing::Series {
                body,
                slots,
                version: of_series,
            } => {
                *of_series = version;
                let numbers: Vec<u32> = slots.keys().copied().collect();
                let Some(n) = numbers.get(usize::try_from(version).unwrap() % numbers.len().max(1))
                else {
                    return;
                };
                match choice {
                    0 => {
                        slots.remove(n);
                    }
                    1 | 2 => {
                        if let Some(slot) = slots.get_mut(n) {
                            let mut own = slot.own.clone().unwrap_or_else(|| body.clone());
                            own.version = version;
                            own.subject = format!("exception {version}");
                            slot.own = Some(own);
                            let length = slot.end.duration_since(slot.start);
                            slot.start += shift;
                            slot.end = slot.start + length;
                        }
                    }
                    3 => {
                        for slot in slots.values_mut() {
                            slot.start += shift;
                            slot.end += shift;
                            slot.own = None;
                        }
                    }
                    _ => body.subject = format!("renamed {version}"),
                }
            }
        }
    }
}
