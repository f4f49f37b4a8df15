//! Calendars of any size that look alike where somebody looks: the weeks around the measured
//! "now" hold six events a day in every world, all others lie elsewhere inside the horizon.

use crate::office::{Bytes, CALENDAR, Office};
use anyhow::{Context, Result, bail};
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use kalends::domain::window::Quarter;
use kalends::service::protocol::{Reply, Request, Rights};
use kalends::service::{Clock, Connected, Incoming, Options, own};
use kalends::store::Folder;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::Duration;

/// When every measured program believes to be started: a Wednesday morning.
pub const NOW: &str = "2026-11-25T09:00:00Z";
/// The zone it believes to be in.
pub const ZONE: &str = "Europe/Berlin";
pub const SIZES: [u32; 3] = [1_000, 10_000, 100_000];

const PAGE: u32 = 200;
/// The horizon of `NOW`: the quarter before, four ahead.
const HORIZON: (Date, Date) = (date(2026, 7, 1), date(2028, 1, 1));
const CALM: (Date, Date) = (date(2026, 10, 26), date(2027, 2, 22));
const CALM_A_DAY: u32 = 6;
const PATIENCE: Duration = Duration::from_secs(600);
const SUBJECTS: [&str; 12] = [
    "Sprint review",
    "Kubernetes migration",
    "1:1 with Mina",
    "設計レビュー",
    "Budget 2027",
    "🚀 Launch check",
    "Hiring sync",
    "Vendor call",
    "מפגש צוות",
    "Architecture forum",
    "Quarterly planning",
    "Support hand-over",
];

pub fn now() -> Result<Timestamp> {
    NOW.parse().context("the measured now")
}

/// A home with this many events in its store, as a first synchronization leaves it.
pub struct Home {
    folder: tempfile::TempDir,
    pub events: u32,
}

impl Home {
    pub fn with(events: u32) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("kalends-bench-")
            .tempdir()?;
        let home = Self { folder, events };
        fill(&home.account(), Office::new(move |link| page(link, events)))?;
        Ok(home)
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The files of its only account.
    pub fn account(&self) -> Folder {
        Folder::new(self.folder.path().join("data/accounts/bench"))
    }

    pub fn label(&self) -> String {
        format!("{}k stored", self.events / 1_000)
    }

    /// A file of the program under measurement, beside the benchmark's own.
    pub fn program(name: &str) -> Result<PathBuf> {
        let kalends = PathBuf::from(env!("CARGO_BIN_EXE_kalends"));
        if name == "kalends" {
            return Ok(kalends);
        }
        let path = kalends.with_file_name("examples").join(name);
        if !path.exists() {
            bail!(
                "{} is missing; run cargo build --profile dist --examples first",
                path.display()
            );
        }
        Ok(path)
    }
}

/// Runs the data side on this folder until a full sync has ended.
pub fn fill(folder: &Folder, office: Office) -> Result<Duration> {
    let (sender, incoming) = mpsc::channel();
    let now = now()?;
    let connected = Connected {
        server: Arc::new(office),
        rights: Rights::ALL,
        banners: Vec::new(),
    };
    let (settled, is_settled) = mpsc::channel();
    let connect = Box::new(move || {
        let _ = settled.send(());
        Ok(Some(connected.clone()))
    });
    let outlet = Arc::new(move |news| sender.send(news).is_ok());
    let options = Options::new(Clock::new(move || now), "bench");
    let handle = own(folder, folder.own()?, options, connect, outlet)?;
    is_settled
        .recv_timeout(PATIENCE)
        .context("the data side did not start")?;
    // The answer to `connect` is queued a moment after the word that it was made.
    std::thread::sleep(Duration::from_millis(50));
    let started = std::time::Instant::now();
    let asked = handle.ticket();
    handle.post(asked, Request::FullSync);
    let took = loop {
        match incoming
            .recv_timeout(PATIENCE)
            .context("the full sync did not end")?
        {
            Incoming::Replied {
                ticket,
                reply: Reply::Synced(report),
            } if ticket == asked => {
                if let Some(trouble) = report.troubles.first() {
                    bail!("{trouble}");
                }
                break started.elapsed();
            }
            Incoming::Replied { ticket, reply } if ticket == asked => {
                bail!("no full sync: {reply:?}")
            }
            _ => {}
        }
    };
    drop(handle);
    // Ends when the files are closed.
    while incoming.recv().is_ok() {}
    Ok(took)
}

/// The page behind a link `from/<date>/<number>`; a round begins at number 0.
fn page(link: &str, events: u32) -> Option<Bytes> {
    let mut parts = link.rsplit('/');
    let number: u32 = parts.next()?.parse().ok()?;
    let first: Date = parts.next()?.parse().ok()?;
    let quarter = Quarter::of(first.saturating_add(2.days()));
    let mut ordinal = 0;
    let mut value = Vec::new();
    let mut day = first;
    while day <= quarter.end_day() {
        let on_day = count(day, events);
        for place in 0..on_day {
            if ordinal / PAGE == number {
                value.push(event(day, place));
            }
            ordinal += 1;
        }
        day = day.tomorrow().ok()?;
    }
    let mut page = json!({ "value": value });
    let base = link.strip_suffix(&number.to_string())?;
    if (number + 1) * PAGE < ordinal {
        page["@odata.nextLink"] = format!("{base}{}", number + 1).into();
    } else {
        page["@odata.deltaLink"] = format!("{base}done").into();
    }
    Some(page.to_string().into_bytes().into())
}

/// How many events begin on a day of a world with this many.
fn count(day: Date, events: u32) -> u32 {
    let length = |(from, to): (Date, Date)| u32::try_from((to - from).get_days()).unwrap_or(0);
    if day < HORIZON.0 || day >= HORIZON.1 {
        return 0;
    }
    if (CALM.0..CALM.1).contains(&day) {
        return CALM_A_DAY;
    }
    let (calm, all) = (length(CALM), length(HORIZON));
    let place = if day < CALM.0 {
        length((HORIZON.0, day))
    } else {
        length((HORIZON.0, day)) - calm
    };
    let rest = u64::from(events.saturating_sub(calm * CALM_A_DAY));
    let until = |place: u32| rest * u64::from(place) / u64::from(all - calm);
    u32::try_from(until(place + 1) - until(place)).unwrap_or(0)
}

/// An event as Graph sends it, with everything it sends.
fn event(day: Date, place: u32) -> serde_json::Value {
    let mixed = place * 7 + u32::from(day.day().unsigned_abs()) * 3;
    let subject = SUBJECTS
        .get(mixed as usize % SUBJECTS.len())
        .copied()
        .unwrap_or_default();
    let is_all_day = place % 12 == 5;
    let minute = 7 * 60 + (place % CALM_A_DAY) * 95 + mixed % 4 * 15;
    let length = 30 + mixed % 3 * 15;
    let at = |minute: u32| format!("{day}T{:02}:{:02}:00.0000000", minute / 60, minute % 60);
    let (start, end) = if is_all_day {
        let next = day.saturating_add(1.day());
        (
            format!("{day}T00:00:00.0000000"),
            format!("{next}T00:00:00.0000000"),
        )
    } else {
        (at(minute), at(minute + length))
    };
    let id = format!(
        "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A{:0>12}{place:0>6}AAA=",
        day.to_string().replace('-', "")
    );
    let person = |number: u32| {
        let address = format!("person{number}@contoso.com");
        json!({"emailAddress": {"name": format!("Person Number {number}"), "address": address}})
    };
    let attendee = |number: u32| {
        let mut attendee = person(number);
        attendee["type"] = "required".into();
        attendee["status"] = json!({"response": "none", "time": "0001-01-01T00:00:00Z"});
        attendee
    };
    let answer = [
        "accepted",
        "accepted",
        "notResponded",
        "tentativelyAccepted",
    ][mixed as usize % 4];
    json!({
        "@odata.etag": format!("W/\"{id}\""), "id": id, "type": "singleInstance",
        "createdDateTime": "2026-06-01T08:00:00Z", "lastModifiedDateTime": "2026-06-02T08:00:00Z",
        "changeKey": "abcdefabcdef", "categories": [], "transactionId": null,
        "originalStartTimeZone": "W. Europe Standard Time", "originalEndTimeZone": "W. Europe Standard Time",
        "iCalUId": format!("040000008200E00074C5B7101A82E008{id}"), "reminderMinutesBeforeStart": 15,
        "isReminderOn": true, "hasAttachments": false, "subject": subject,
        "bodyPreview": "Please look at the agenda before the meeting and add what you would like to talk about.",
        "body": {"contentType": "html", "content": "<html><body><p>Please look at the agenda.</p></body></html>".repeat(6)},
        "importance": "normal", "sensitivity": "normal", "isAllDay": is_all_day, "isCancelled": false,
        "isOrganizer": false, "responseRequested": true, "seriesMasterId": null, "showAs": "busy",
        "webLink": format!("https://outlook.office365.com/owa/?itemid={id}&exvsurl=1&path=/calendar/item"),
        "onlineMeetingUrl": null, "isOnlineMeeting": false, "onlineMeetingProvider": "unknown",
        "allowNewTimeProposals": true, "isDraft": false, "hideAttendees": false, "recurrence": null, "onlineMeeting": null,
        "responseStatus": {"response": answer, "time": "2026-06-02T08:00:00Z"},
        "start": {"dateTime": start, "timeZone": "UTC"}, "end": {"dateTime": end, "timeZone": "UTC"},
        "location": {"displayName": "Room Isar", "locationType": "default", "uniqueId": "Room Isar", "uniqueIdType": "private"},
        "locations": [{"displayName": "Room Isar", "locationType": "default", "uniqueId": "Room Isar"}],
        "attendees": [attendee(mixed % 40), attendee(mixed % 37 + 40), attendee(mixed % 31 + 80)],
        "organizer": person(mixed % 40), "calendar@odata.navigationLink": format!("https://graph.microsoft.com/v1.0/me/calendars('{CALENDAR}')"),
    })
}
