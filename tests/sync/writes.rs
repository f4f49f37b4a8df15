//! What the server does when it is written to: events made once by their transaction,
//! changed under their etag, deleted. Every write that took effect is logged by what the
//! person's act put into it.

use crate::server::{Body, Server, Thing, gone};
use jiff::{SignedDuration, Timestamp};
use kalends::domain::edit::Value;
use kalends::domain::event::{Answer, Event};
use kalends::domain::ids::{CalendarId, EventId};
use kalends::domain::remote::{Ask, Failure, FailureKind, Told};

/// What was written, as far as the judge needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// An event was made with this subject.
    Created(String),
    /// An event got this subject.
    Renamed(String),
    Deleted(EventId),
}

/// One act as it took effect, named by the label the person's act put into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    pub label: String,
    pub root: EventId,
    /// The subject before, when it was changed.
    pub was: Option<String>,
}

impl Server {
    pub fn create(
        &mut self,
        calendar: &CalendarId,
        transaction: &str,
        values: &[Value],
    ) -> Result<Told, Failure> {
        if let Some(id) = self.transactions.get(transaction).cloned() {
            let made = self.by_id(calendar, &id);
            // Deleted since: the service still remembers the transaction.
            return made.map(Told::Event).ok_or_else(|| Failure {
                kind: FailureKind::Refused,
                code: "ErrorDuplicateTransactionId".into(),
                ..gone()
            });
        }
        let version = self.version();
        let mut body = Body {
            subject: String::new(),
            answer: Answer::Organizer,
            all_day: false,
            cancelled: false,
            mine: true,
            version,
        };
        let (mut start, mut end) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
        write(values, &mut start, &mut end, &mut body);
        let id = self.name();
        self.transactions.insert(transaction.to_owned(), id.clone());
        self.written.push(Written::Created(body.subject.clone()));
        self.things.insert(
            (calendar.clone(), id.clone()),
            Thing::Single { start, end, body },
        );
        self.by_id(calendar, &id).map(Told::Event).ok_or_else(gone)
    }

    pub fn change(
        &mut self,
        calendar: &CalendarId,
        id: &EventId,
        etag: &str,
        values: &[Value],
    ) -> Result<Told, Failure> {
        let known = self.by_id(calendar, id).ok_or_else(gone)?;
        if known.etag != etag {
            return Err(Failure {
                kind: FailureKind::Conflict,
                ..gone()
            });
        }
        let version = self.version();
        let root = known.root().clone();
        let Some(thing) = self.things.get_mut(&(calendar.clone(), root.clone())) else {
            return Err(gone());
        };
        match thing {
            Thing::Single { start, end, body } => {
                body.version = version;
                write(values, start, end, body);
            }
            Thing::Series {
                body,
                slots,
                version: of_series,
            } => {
                *of_series = version;
                if root == *id {
                    let (mut start, mut end) = (known.start, known.end);
                    write(values, &mut start, &mut end, body);
                } else if let Some(slot) = slot_of(slots, &root, id) {
                    let mut own = slot.own.clone().unwrap_or_else(|| body.clone());
                    own.version = version;
                    write(values, &mut slot.start, &mut slot.end, &mut own);
                    slot.own = Some(own);
                }
            }
        }
        let was = known
            .details
            .map(|details| details.subject.raw().to_owned());
        self.log_name(values, &root, was);
        self.by_id(calendar, id).map(Told::Event).ok_or_else(gone)
    }

    fn log_name(&mut self, values: &[Value], root: &EventId, was: Option<String>) {
        for value in values {
            if let Value::Subject(subject) = value {
                self.deeds.push(Deed {
                    label: subject.raw().to_owned(),
                    root: root.clone(),
                    was: was.clone(),
                });
                let renamed = Written::Renamed(subject.raw().to_owned());
                // Whoever moves a series takes back what its occurrences were given. Writing it once
                // more, after that was read, is no second effect.
                let was_undone = was.as_deref() != Some(subject.raw());
                if !(was_undone && self.written.contains(&renamed)) {
                    self.written.push(renamed);
                }
            }
        }
    }

    pub fn delete(&mut self, calendar: &CalendarId, id: &EventId) -> Result<Told, Failure> {
        let known: Event = self.by_id(calendar, id).ok_or_else(gone)?;
        let version = self.version();
        let root = known.root().clone();
        let key = (calendar.clone(), root.clone());
        if root == *id {
            self.things.remove(&key);
        } else if let Some(Thing::Series {
            slots,
            version: of_series,
            ..
        }) = self.things.get_mut(&key)
        {
            *of_series = version;
            slots.retain(|n, _| Self::occurrence_id(&root, *n) != *id);
        }
        self.written.push(Written::Deleted(id.clone()));
        Ok(Told::Accepted)
    }
}

fn slot_of<'a>(
    slots: &'a mut std::collections::BTreeMap<u32, crate::server::Slot>,
    root: &EventId,
    id: &EventId,
) -> Option<&'a mut crate::server::Slot> {
    slots
        .iter_mut()
        .find(|(n, _)| Server::occurrence_id(root, **n) == *id)
        .map(|(_, slot)| slot)
}

fn write(values: &[Value], start: &mut Timestamp, end: &mut Timestamp, body: &mut Body) {
    for value in values {
        match value {
            Value::Subject(subject) => body.subject = subject.raw().to_owned(),
            Value::When(span) => {
                (*start, *end) = (span.start, span.end.max(span.start));
                body.all_day = span.all_day;
            }
            _ => {}
        }
    }
}

/// Half an hour later, or so many.
pub fn later(at: Timestamp, half_hours: i64) -> Timestamp {
    at + SignedDuration::from_mins(30 * half_hours)
}

/// The calendar that is asked about.
pub fn calendar_of(ask: &Ask) -> Option<&CalendarId> {
    match ask {
        Ask::Mailbox { .. } | Ask::Errand(_) => None,
        Ask::View { calendar, .. }
        | Ask::Event { calendar, .. }
        | Ask::EventWithNotes { calendar, .. }
        | Ask::Body { calendar, .. }
        | Ask::Forward { calendar, .. }
        | Ask::Respond { calendar, .. }
        | Ask::Create { calendar, .. }
        | Ask::Change { calendar, .. }
        | Ask::Delete { calendar, .. }
        | Ask::Cancel { calendar, .. }
        | Ask::RoundStart { calendar, .. }
        | Ask::RoundNext { calendar, .. } => Some(calendar),
    }
}
