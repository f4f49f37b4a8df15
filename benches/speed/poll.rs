//! What a poll costs when nothing has changed.

use crate::office::Office;
use crate::report::Report;
use crate::world::now;
use anyhow::{Context, Result, bail};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};
use kalends::service::protocol::{Reply, Request, Rights};
use kalends::service::{Clock, Connected, Handle, Incoming, Options, own};
use kalends::store::Folder;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, mpsc};
use std::time::Duration;

const CALENDARS: usize = 4;
/// Seconds after which what is on screen is due, with what it may be put off.
const INTERVAL: i64 = 45;
const PATIENCE: Duration = Duration::from_secs(30);

pub fn measure(report: &mut Report) -> Result<()> {
    let place = tempfile::tempdir()?;
    let folder = Folder::new(place.path());
    let office = Office::new(|_| None).with_calendars(CALENDARS);
    let asked = office.asked.clone();
    let connected = Connected {
        server: Arc::new(office),
        rights: Rights::ALL,
        banners: Vec::new(),
    };
    let (sender, incoming) = mpsc::channel();
    let outlet = Arc::new(move |news| sender.send(news).is_ok());
    let started = now()?;
    let later = Arc::new(AtomicI64::new(0));
    let shown = Arc::clone(&later);
    let clock = Clock::new(move || started + SignedDuration::from_secs(shown.load(Relaxed)));
    let options = Options::new(clock, "bench");
    let handle = own(
        &folder,
        folder.own()?,
        options,
        Box::new(move || Ok(Some(connected.clone()))),
        outlet,
    )?;
    std::thread::sleep(Duration::from_millis(200));
    ask(&handle, &incoming, Request::FullSync)?;
    let today = started.to_zoned(TimeZone::UTC).date();
    let show = Request::Show {
        from: today,
        to: today.saturating_add(7.days()),
    };
    ask(&handle, &incoming, show.clone())?;
    std::thread::sleep(Duration::from_millis(200));
    let before = (asked.requests.load(Relaxed), asked.reads.load(Relaxed));
    // Due by time, as it is while somebody looks: what a key asks for is more than a poll.
    later.store(INTERVAL, Relaxed);
    ask(&handle, &incoming, show)?;
    std::thread::sleep(Duration::from_millis(300));
    let (requests, reads) = (
        asked.requests.load(Relaxed) - before.0,
        asked.reads.load(Relaxed) - before.1,
    );
    let measured = format!("{reads} reads in {requests} requests for {CALENDARS} hot windows");
    report.verdict(
        reads == CALENDARS as u64,
        "an unchanged poll reads each hot window once",
        &measured,
    );
    report.verdict(requests == 1, "and does so in one batch", &measured);
    Ok(())
}

fn ask(handle: &Handle, incoming: &mpsc::Receiver<Incoming>, request: Request) -> Result<Reply> {
    let asked = handle.ticket();
    if !handle.post(asked, request) {
        bail!("the data side is gone");
    }
    loop {
        match incoming.recv_timeout(PATIENCE).context("no reply")? {
            Incoming::Replied { ticket, reply } if ticket == asked => return Ok(reply),
            _ => {}
        }
    }
}
