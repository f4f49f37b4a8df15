//! Things that people do, as data: scripts, control calls and the demo office use the same verbs.

use serde::Deserialize;

mod spec;

pub use spec::{EventSpec, ExceptionSpec};
use spec::{series, wall_time};

use super::event::{Address, Attendee, Event, Item, Reply, Response, Stamp};
use super::exchange::Answer;
use super::{Parcel, World};
use crate::simulator::civil::{Day, Wall};

/// One thing somebody does. Events are found by subject (or by iCalUId) in the actor's mailbox.
#[derive(Clone, Debug, Deserialize)]
#[serde(
    tag = "do",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Action {
    /// Puts an event into a calendar; with attendees it is an invitation.
    Add { by: String, event: Box<EventSpec> },
    Move {
        by: String,
        subject: String,
        start: String,
        #[serde(default)]
        minutes: Option<i64>,
        /// Original date of one occurrence.
        #[serde(default)]
        occurrence: Option<String>,
    },
    Rename {
        by: String,
        subject: String,
        to: String,
        #[serde(default)]
        occurrence: Option<String>,
    },
    /// The organizer cancels, or anybody deletes their own copy.
    Cancel {
        by: String,
        subject: String,
        #[serde(default)]
        comment: String,
        #[serde(default)]
        occurrence: Option<String>,
    },
    /// `response`: accept, tentative or decline.
    Answer {
        by: String,
        subject: String,
        response: String,
        #[serde(default)]
        comment: String,
        #[serde(default)]
        occurrence: Option<String>,
        /// A new start that is proposed with the answer; the length stays.
        #[serde(default)]
        propose: Option<String>,
    },
    /// Moves an event to another calendar of the mailbox.
    Relocate {
        by: String,
        subject: String,
        calendar: String,
    },
    /// Lets somebody into a calendar as a `calendarPermission` of this role; `none` shuts it again.
    Share {
        by: String,
        with: String,
        role: String,
        /// By name; the default calendar when absent.
        #[serde(default)]
        calendar: Option<String>,
    },
    /// The service loses the mailbox's history: delta tokens expire.
    ForgetHistory { by: String },
}

/// Why something could not happen.
#[derive(Debug, thiserror::Error)]
pub enum Mishap {
    #[error("could not act for '{0}': there is no such mailbox; name one of the people or rooms")]
    NoMailbox(String),
    #[error("could not find '{subject}' in the mailbox of {by}")]
    NoEvent { by: String, subject: String },
    #[error("could not find the calendar '{0}'; name one that the mailbox has")]
    NoCalendar(String),
    #[error(
        "could not read the time '{0}'; write it as 2026-10-05T09:00, tue+1 09:00 or day-3 09:00"
    )]
    BadTime(String),
    #[error("'{0}' is not a time zone; use a Windows or IANA name")]
    BadZone(String),
    #[error("'{value}' is not a valid {what}")]
    BadValue { what: &'static str, value: String },
    #[error("the recurrence of '{subject}' is refused: {reason}")]
    BadRecurrence { subject: String, reason: String },
}

impl World {
    /// Does something on behalf of a person; gives the key of the event touched.
    pub fn perform(&mut self, action: &Action, now: i64) -> Result<u64, Mishap> {
        match action {
            Action::Add { by, event } => {
                let index = self.actor(by)?;
                self.add_event(index, event, now, true)
            }
            Action::Move {
                by,
                subject,
                start,
                minutes,
                occurrence,
            } => self.move_event(by, subject, start, *minutes, occurrence.as_deref(), now),
            Action::Rename {
                by,
                subject,
                to,
                occurrence,
            } => {
                let (index, before) = self.subject(by, subject)?;
                let day = date(occurrence.as_deref(), self.today)?;
                let mut after = before.clone();
                edit(&mut after, day, |item| item.subject = Some(to.clone()));
                self.put(index, after, now);
                self.tell(index, &before, now)
            }
            Action::Cancel {
                by,
                subject,
                comment,
                occurrence,
            } => {
                let (index, event) = self.subject(by, subject)?;
                self.withdraw(
                    index,
                    event.key,
                    date(occurrence.as_deref(), self.today)?,
                    comment,
                    now,
                );
                Ok(event.key)
            }
            Action::Answer {
                by,
                subject,
                response,
                comment,
                occurrence,
                propose,
            } => {
                let (index, event) = self.subject(by, subject)?;
                let response = match response.to_ascii_lowercase().as_str() {
                    "accept" | "accepted" => Response::Accepted,
                    "tentative" | "tentativelyaccepted" => Response::Tentative,
                    "decline" | "declined" => Response::Declined,
                    _ => {
                        return Err(Mishap::BadValue {
                            what: "response",
                            value: response.clone(),
                        });
                    }
                };
                let proposed = propose
                    .as_deref()
                    .map(|start| shifted(&event.item, start, self.today))
                    .transpose()?;
                let answer = Answer {
                    response,
                    comment: comment.clone(),
                    is_sent: true,
                    proposed,
                };
                self.answer(
                    index,
                    event.key,
                    date(occurrence.as_deref(), self.today)?,
                    &answer,
                    now,
                );
                Ok(event.key)
            }
            Action::Relocate {
                by,
                subject,
                calendar,
            } => {
                let (index, mut event) = self.subject(by, subject)?;
                let target = self
                    .mailbox(index)
                    .and_then(|mailbox| mailbox.calendar_named(calendar));
                event.calendar = target.ok_or_else(|| Mishap::NoCalendar(calendar.clone()))?;
                event.moves += 1;
                let key = event.key;
                self.put(index, event, now);
                Ok(key)
            }
            Action::Share {
                by,
                with,
                role,
                calendar,
            } => self.share(by, with, role, calendar.as_deref()),
            Action::ForgetHistory { by } => {
                let index = self.actor(by)?;
                let change = self.new_change();
                if let Some(mailbox) = self.mailboxes.get_mut(index) {
                    mailbox.forget_history(change);
                }
                Ok(0)
            }
        }
    }

    /// Lets an action happen by itself at the given time (milliseconds since the epoch).
    pub fn schedule(&mut self, at_ms: i64, action: Action) {
        self.post(at_ms, Parcel::Scripted(Box::new(action)));
    }

    /// Adds an event to a mailbox; `is_sent` mails its attendees.
    pub fn add_event(
        &mut self,
        index: usize,
        spec: &EventSpec,
        now: i64,
        is_sent: bool,
    ) -> Result<u64, Mishap> {
        let mailbox = self
            .mailbox(index)
            .ok_or_else(|| Mishap::NoMailbox(index.to_string()))?;
        let calendar = match &spec.calendar {
            Some(name) => mailbox
                .calendar_named(name)
                .ok_or_else(|| Mishap::NoCalendar(name.clone()))?,
            None => mailbox.default_calendar(),
        };
        let organizer = mailbox.who();
        let mut item = spec.item(mailbox.zone, now, self.today)?;
        item.attendees = spec
            .attendees
            .iter()
            .map(|text| self.attendee(text))
            .collect();
        let mut series = match &spec.recurrence {
            Some(value) => Some(series(value, &mut item, &spec.subject)?),
            None => None,
        };
        if let Some(series) = &mut series {
            for text in &spec.without {
                series.cancelled.insert(wall_time(text, self.today)?.day());
            }
            for exception in &spec.exceptions {
                let (day, changed) = exception.item(&item, self.today)?;
                series.exceptions.insert(day, changed);
            }
        }
        let key = self.new_key();
        if spec.online {
            let meeting = crate::simulator::dice::guid(self.seed ^ 0x7ea5, key);
            item.online = Some(super::event::Online {
                provider: "teamsForBusiness",
                join_url: format!(
                    "https://teams.example.invalid/l/meetup-join/19%3ameeting_{meeting}%40thread.v2/0"
                ),
                conference_id: meeting
                    .chars()
                    .filter(char::is_ascii_digit)
                    .take(9)
                    .collect(),
                ready_ms: now,
            });
        }
        let people: Vec<Address> = item
            .attendees
            .iter()
            .map(|person| person.who.clone())
            .collect();
        let event = Event {
            key,
            calendar,
            moves: 0,
            uid: self.new_uid(),
            transaction: None,
            organizer,
            is_organizer: true,
            item,
            series,
            attachments: Vec::new(),
            properties: Vec::new(),
        };
        self.put(index, event, now);
        if is_sent {
            self.send_requests(index, key, &people, false, "invitation", now);
        }
        Ok(key)
    }

    /// An attendee from an address as scenarios write it.
    pub fn attendee(&self, text: &str) -> Attendee {
        let (address, is_optional) = text
            .strip_suffix('?')
            .map_or((text, false), |address| (address, true));
        let known = self
            .find_mailbox(address)
            .and_then(|index| self.mailbox(index));
        let who = known.map_or_else(|| Address::new(address, address), super::Mailbox::who);
        let is_room = known.is_some_and(|mailbox| mailbox.kind == super::Kind::Room);
        let role = match (is_room, is_optional) {
            (true, _) => "resource",
            (false, true) => "optional",
            (false, false) => "required",
        };
        Attendee {
            who,
            role,
            reply: Reply::NONE,
            proposed: None,
        }
    }

    fn share(
        &mut self,
        by: &str,
        with: &str,
        role: &str,
        calendar: Option<&str>,
    ) -> Result<u64, Mishap> {
        let (index, guest) = (self.actor(by)?, self.actor(with)?);
        let bad_role = || Mishap::BadValue {
            what: "role",
            value: role.to_owned(),
        };
        let role = crate::simulator::graph::role_named(role).ok_or_else(bad_role)?;
        let key = self.new_key();
        let guest = self.mailbox(guest).map(super::Mailbox::who);
        let (Some(guest), Some(mailbox)) = (guest, self.mailboxes.get_mut(index)) else {
            return Err(Mishap::NoMailbox(with.to_owned()));
        };
        let calendar = match calendar {
            None => mailbox.default_calendar(),
            Some(name) => mailbox
                .calendar_named(name)
                .ok_or_else(|| Mishap::NoCalendar(name.to_owned()))?,
        };
        let mut calendars = mailbox.calendars.iter_mut();
        if let Some(calendar) = calendars.find(|known| known.key == calendar) {
            let rows = &mut calendar.permissions;
            rows.retain(|row| !row.who.is(&guest.address));
            if role != "none" {
                rows.push(super::mailbox::Permission {
                    key,
                    who: guest,
                    role: role.to_owned(),
                    is_inside: true,
                });
            }
        }
        Ok(0)
    }

    fn actor(&self, by: &str) -> Result<usize, Mishap> {
        self.find_mailbox(by)
            .ok_or_else(|| Mishap::NoMailbox(by.to_owned()))
    }

    fn subject(&self, by: &str, subject: &str) -> Result<(usize, Event), Mishap> {
        let index = self.actor(by)?;
        let found = self.mailbox(index).and_then(|mailbox| {
            let by_name = || {
                mailbox
                    .events()
                    .find(|event| event.item.subject.as_deref() == Some(subject))
            };
            mailbox.event_by_uid(subject).or_else(by_name)
        });
        let event = found.ok_or_else(|| Mishap::NoEvent {
            by: by.to_owned(),
            subject: subject.to_owned(),
        })?;
        Ok((index, (**event).clone()))
    }

    fn move_event(
        &mut self,
        by: &str,
        subject: &str,
        start: &str,
        minutes: Option<i64>,
        occurrence: Option<&str>,
        now: i64,
    ) -> Result<u64, Mishap> {
        let (index, before) = self.subject(by, subject)?;
        let day = date(occurrence, self.today)?;
        let wall = wall_time(start, self.today)?;
        let mut after = before.clone();
        edit(&mut after, day, |item| {
            *item = item.at(wall);
            if let Some(minutes) = minutes {
                item.end.wall = Wall(wall.0 + minutes * 60_000);
            }
        });
        if day.is_none()
            && let Some(series) = &mut after.series
        {
            let moved = i64::from(wall.day()) - i64::from(before.item.start.wall.day());
            series.range.start += i32::try_from(moved).unwrap_or(0);
            series.exceptions.clear();
            series.cancelled.clear();
        }
        self.put(index, after, now);
        self.tell(index, &before, now)
    }

    fn tell(&mut self, index: usize, before: &Event, now: i64) -> Result<u64, Mishap> {
        if before.is_organizer {
            self.organizer_changed(index, before, now);
        }
        Ok(before.key)
    }
}

fn date(text: Option<&str>, today: Day) -> Result<Option<Day>, Mishap> {
    text.map(|text| wall_time(text, today).map(Wall::day))
        .transpose()
}

fn shifted(item: &Item, start: &str, today: Day) -> Result<(Stamp, Stamp), Mishap> {
    let wall = wall_time(start, today)?;
    let moved = item.at(wall);
    Ok((moved.start, moved.end))
}

fn edit(event: &mut Event, day: Option<Day>, change: impl Fn(&mut Item)) {
    match day {
        Some(day) => {
            let Some(mut item) = event.occurrence(day) else {
                return;
            };
            change(&mut item);
            if let Some(series) = &mut event.series {
                series.exceptions.insert(day, item);
            }
        }
        None => change(&mut event.item),
    }
}
