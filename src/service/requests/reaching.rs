//! Entries of dates that may lie outside the horizon: from the sheets, else by plain view.
//!
//! Invariant: one calendar that cannot be read takes nothing from the others; what is missing is
//! said beside what is there.

use super::around;
use crate::domain::calendar::Calendar;
use crate::domain::entry::Entry;
use crate::domain::ids::CalendarId;
use crate::domain::remote::{Ask, Failure, FailureKind, Told};
use crate::service::data::{Data, Outlet};
use crate::service::handle::Incoming;
use crate::service::protocol::{Reply, Ticket};
use crate::service::server::Connected;
use jiff::Timestamp;
use jiff::civil::Date;

impl Data {
    /// A range that may lie outside the horizon: from the sheets when all are
    /// there, else by plain view, once.
    pub(super) fn reach(&mut self, ticket: Ticket, outlet: Outlet, from: Date, to: Date) {
        let read = self.reader.range(&self.desk, from, to);
        let mut missing: Vec<CalendarId> = read
            .missing
            .into_iter()
            .map(|(calendar, _)| calendar)
            .collect();
        missing.sort();
        missing.dedup();
        let mut entries = read.entries;
        let answer = move |reply| {
            outlet(Incoming::Replied { ticket, reply });
        };
        let has_calendars = !self.desk.numbers.is_empty();
        if missing.is_empty() && has_calendars {
            return answer(Reply::Entries(entries));
        }
        let Some(connected) = self.connected.clone() else {
            let words = self.options.refused.clone();
            let words = words.unwrap_or_else(|| "nobody is signed in; run kalends login".into());
            return answer(Reply::EntriesOffline { entries, words });
        };
        let known = self.desk.desk.calendars.clone();
        let days = around(from, to);
        tokio::spawn(async move {
            let unread = match missing_or_all(&connected, missing, has_calendars).await {
                Ok(calendars) => view_all(&connected, calendars, days, &mut entries).await,
                Err(failure) => vec![(None, failure)],
            };
            answer(if unread.is_empty() {
                Reply::Entries(entries)
            } else {
                let words = words(&unread, &known);
                Reply::EntriesOffline { entries, words }
            });
        });
    }
}

/// Why something is missing, and of which calendar when it is not all of them.
type Unread = Vec<(Option<CalendarId>, Failure)>;

/// Puts what each calendar has on these days in the place of what was known of it.
async fn view_all(
    connected: &Connected,
    calendars: Vec<CalendarId>,
    (from, to): (Timestamp, Timestamp),
    entries: &mut Vec<Entry>,
) -> Unread {
    let mut unread = Vec::new();
    for calendar in calendars {
        let ask = Ask::View {
            calendar: calendar.clone(),
            from,
            to,
        };
        match connected.server.perform(ask).await {
            Ok(Told::Events(events)) => {
                entries.retain(|entry| entry.calendar != calendar);
                entries.extend(events.iter().map(|event| Entry::of(event, None)));
            }
            Ok(_) => {}
            Err(failure) if is_of_all(&failure) => {
                unread.push((None, failure));
                break;
            }
            Err(failure) => unread.push((Some(calendar), failure)),
        }
    }
    unread
}

/// The next calendar would fare no better, and be waited for as long.
fn is_of_all(failure: &Failure) -> bool {
    matches!(
        failure.kind,
        FailureKind::Offline | FailureKind::SignIn | FailureKind::Throttled
    )
}

/// Each reason once, with the names of the calendars it holds for.
fn words(unread: &Unread, known: &[Calendar]) -> String {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for (calendar, failure) in unread {
        let known = known.iter().find(|one| Some(&one.id) == calendar.as_ref());
        let name = known.map(|one| one.name.safe_line(Some(40)).into_string());
        match reasons.iter_mut().find(|(said, _)| *said == failure.words) {
            Some((_, names)) => names.extend(name),
            None => reasons.push((&failure.words, name.into_iter().collect())),
        }
    }
    let sentence = |(said, names): (&str, Vec<String>)| match names.as_slice() {
        [] => said.to_owned(),
        names => format!("{}: {said}", names.join(", ")),
    };
    let sentences: Vec<String> = reasons.into_iter().map(sentence).collect();
    sentences.join("; ")
}

/// Calendars to ask: those whose sheets are missing, or all when none is known yet.
async fn missing_or_all(
    connected: &Connected,
    missing: Vec<CalendarId>,
    has_calendars: bool,
) -> Result<Vec<CalendarId>, Failure> {
    if has_calendars {
        return Ok(missing);
    }
    let mailbox = Ask::Mailbox {
        followed: Vec::new(),
    };
    match connected.server.perform(mailbox).await? {
        Told::Mailbox(mailbox) => Ok(mailbox
            .calendars
            .into_iter()
            .map(|calendar| calendar.id)
            .collect()),
        _ => Ok(Vec::new()),
    }
}
