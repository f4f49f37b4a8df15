//! A file of ten thousand events, from its bytes until all of them are durable in the outbox.
//! How long a server then takes to accept them is the server's.

use crate::report::Report;
use crate::statistics::Times;
use crate::world::{Home, NOW, ZONE, now};
use anyhow::{Context, Result, bail, ensure};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use kalends::domain::edit::Create;
use kalends::domain::intent::Act;
use kalends::domain::zone::Zones;
use kalends::ical::{File, Plan, Setting};
use kalends::service::protocol::{Reply, Request};
use kalends::service::{Clock, Incoming, Options, own};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

const EVENTS: u32 = 10_000;
const RUNS: usize = 7;
const PATIENCE: Duration = Duration::from_secs(60);

pub fn measure(report: &mut Report) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("office.ics");
    let text = office(EVENTS);
    std::fs::write(&path, &text)?;
    let (mut whole, mut parse, mut floor) = (Times::default(), Times::default(), Times::default());
    let mut made = 0;
    for _ in 0..RUNS {
        let home = Home::with(1_000)?;
        let started = Instant::now();
        let creates = planned(&path)?;
        parse.add(started.elapsed());
        made = creates.len();
        let rest = enqueued(&home, creates)?;
        whole.add(started.elapsed().saturating_sub(rest.1));
        floor.add(least(&path, folder.path(), rest.0)?);
    }
    report.note(&format!(
        "{EVENTS} events of {} MB, as {made} new events; the clock stands at {NOW}",
        text.len() / 1_000_000
    ));
    report.note(&format!(
        "floor, the file read and as much written with one fsync: {}",
        floor.in_words()
    ));
    report.note(&format!("read and planned: {}", parse.in_words()));
    report.verdict(
        whole.median() <= 600.0,
        "import of 10k events until all are durable, at most 600 ms",
        &whole.in_words(),
    );
    Ok(())
}

fn planned(path: &Path) -> Result<Vec<Create>> {
    let bytes = std::fs::read(path)?;
    let file = File::read(&bytes)?;
    let zones = Zones::bundled();
    let viewer = zones.find(ZONE)?;
    let calendar = kalends::domain::ids::CalendarId::new("bench");
    let plan = Plan::of(
        &file,
        &Setting {
            calendar: &calendar,
            zones: &zones,
            viewer: &viewer,
            now: now()?,
            invites: false,
            me: "me@contoso.com",
        },
    );
    ensure!(plan.skipped() == 0, "{:?}", plan.remarks.first());
    Ok(plan.creates)
}

/// Bytes that were queued, and the time that opening the data side took, which is not importing.
fn enqueued(home: &Home, creates: Vec<Create>) -> Result<(usize, Duration)> {
    let opening = Instant::now();
    let bytes = serde_json::to_string(&creates)?.len();
    let (sender, incoming) = mpsc::channel();
    let outlet = Arc::new(move |news| sender.send(news).is_ok());
    let now = now()?;
    let options = Options::new(Clock::new(move || now), "bench");
    let folder = home.account();
    let handle = own(
        &folder,
        folder.own()?,
        options,
        Box::new(|| Ok(None)),
        outlet,
    )?;
    incoming
        .recv_timeout(PATIENCE)
        .context("the data side does not start")?;
    let opening = opening.elapsed();
    let acts = creates.into_iter().map(Act::Create).collect();
    let asked = handle.ticket();
    handle.post(asked, Request::QueueAll { acts });
    loop {
        match incoming
            .recv_timeout(PATIENCE)
            .context("nothing was queued")?
        {
            Incoming::Replied {
                ticket,
                reply: Reply::QueuedAll(_),
            } if ticket == asked => break,
            Incoming::Replied { ticket, reply } if ticket == asked => bail!("{reply:?}"),
            _ => {}
        }
    }
    // The rest of the data side's work does not keep anybody waiting.
    let after = Instant::now();
    drop(handle);
    while incoming.recv().is_ok() {}
    Ok((bytes, opening + after.elapsed()))
}

/// What no program can save: reading the file, looking at each byte, and one durable write.
fn least(path: &Path, folder: &Path, bytes: usize) -> Result<Duration> {
    let started = Instant::now();
    let text = std::fs::read(path)?;
    let lines = memchr::memchr_iter(b'\n', &text).count();
    let mut file = std::fs::File::create(folder.join("floor"))?;
    file.write_all(text.get(..bytes.min(text.len())).unwrap_or(&text))?;
    file.sync_all()?;
    ensure!(lines > 0);
    Ok(started.elapsed())
}

/// A busy office: every tenth event repeats, half of those with exceptions, guests everywhere.
fn office(events: u32) -> String {
    let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//office//EN\r\n");
    let first = date(2025, 1, 6);
    for number in 0..events {
        let mixed = number.wrapping_mul(2_654_435_761) >> 7;
        let day = first.saturating_add(i64::from(mixed % 1_400).days());
        event(&mut text, number, mixed, day);
    }
    text.push_str("END:VCALENDAR\r\n");
    text
}

fn event(text: &mut String, number: u32, mixed: u32, day: Date) {
    let zone = [
        "Europe/Berlin",
        "America/New_York",
        "W. Europe Standard Time",
        "Asia/Tokyo",
    ];
    let zone = zone.get(mixed as usize % 4).copied().unwrap_or("UTC");
    let day = day.strftime("%Y%m%d");
    let (hour, minute) = (8 + mixed % 9, mixed % 4 * 15);
    let mut line = |content: String| fold(text, &content);
    line("BEGIN:VEVENT".into());
    line(format!("UID:office-{number}@example.com"));
    line("DTSTAMP:20260101T000000Z".into());
    if mixed.is_multiple_of(7) {
        line(format!("DTSTART;VALUE=DATE:{day}"));
    } else {
        line(format!("DTSTART;TZID={zone}:{day}T{hour:02}{minute:02}00"));
        line(format!("DURATION:PT{}M", 15 + mixed % 5 * 15));
    }
    line(format!(
        "SUMMARY:Quarterly planning\\, part {number} – 設計レビュー 🚀"
    ));
    line("LOCATION:Tower B\\, Room 2.14".into());
    let words =
        "please review the attached document before the meeting\\n".repeat(4 + mixed as usize % 24);
    line(format!("DESCRIPTION:{words}"));
    line("CATEGORIES:Work,Customer".into());
    line("ORGANIZER;CN=\"Kiran Andersson\":mailto:kiran@example.com".into());
    for guest in 0..mixed % 9 {
        line(format!(
            "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=TRUE;CN=\"Guest {guest}\":mailto:guest{guest}@example.com"
        ));
    }
    if number.is_multiple_of(10) {
        line("RRULE:FREQ=DAILY;INTERVAL=3;COUNT=30".into());
        if number.is_multiple_of(20) {
            let hole = if mixed.is_multiple_of(7) {
                String::new()
            } else {
                format!("T{hour:02}{minute:02}00")
            };
            line(format!("EXDATE;TZID={zone}:{day}{hole}"));
        }
    }
    line("BEGIN:VALARM".into());
    line("ACTION:DISPLAY".into());
    line("TRIGGER:-PT15M".into());
    line("END:VALARM".into());
    line("END:VEVENT".into());
}

fn fold(text: &mut String, line: &str) {
    let mut room = 75;
    for letter in line.chars() {
        if letter.len_utf8() > room {
            let _ = write!(text, "\r\n ");
            room = 74;
        }
        room -= letter.len_utf8();
        text.push(letter);
    }
    text.push_str("\r\n");
}
