//! A first round of 10k events: pages of JSON through decoder, engine, replica and sheets, beside
//! serde_json's own typed parse of the same bytes.

use crate::office::{Bytes, Office};
use crate::report::Report;
use crate::statistics::Times;
use crate::world::{fill, now};
use anyhow::{Context, Result, bail};
use jiff::tz::TimeZone;
use kalends::domain::ids::CalendarId;
use kalends::domain::window::Quarter;
use kalends::graph::wire::page::page;
use kalends::simulator::generator::generate;
use kalends::simulator::graph::{Grant, GraphSide, Request};
use kalends::simulator::server::StaticTokens;
use kalends::simulator::world::{Kind, World};
use kalends::simulator::zone;
use kalends::store::Folder;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

const EVENTS: usize = 10_000;
const RUNS: usize = 15;
const USER: &str = "ana@contoso.com";
const BASE: &str = "http://graph.test/v1.0";

pub fn measure(report: &mut Report) -> Result<()> {
    let pages = Arc::new(rendered()?);
    let bytes: usize = pages.values().map(|page| page.len()).sum();
    let calendar = CalendarId::new("calendar");
    let (mut floor, mut decoded, mut stored) =
        (Times::default(), Times::default(), Times::default());
    let (mut parsed, mut understood) = (0, 0);
    let (mut decoder_ratios, mut whole_ratios) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let before = parse(&pages)?;
        parsed = before.1;
        let started = Instant::now();
        understood = 0;
        for bytes in pages.values() {
            let Ok(page) = page(bytes, &calendar) else {
                bail!("a page that is no list")
            };
            understood += std::hint::black_box(&page).items.len();
        }
        let decoder = started.elapsed();
        let place = tempfile::tempdir()?;
        let known = Arc::clone(&pages);
        let office = Office::new(move |link| known.get(link).cloned());
        let whole = fill(&Folder::new(place.path()), office)?;
        // The machine's pace changes within a turn: the floor is taken on both sides of it.
        let beside = (before.0 + parse(&pages)?.0) / 2;
        floor.add(beside);
        decoded.add(decoder);
        stored.add(whole);
        decoder_ratios.push(decoder.as_secs_f64() / beside.as_secs_f64());
        whole_ratios.push(whole.as_secs_f64() / beside.as_secs_f64());
    }
    if understood != parsed {
        bail!("{parsed} items were parsed, but {understood} understood");
    }
    report.note(&format!(
        "{EVENTS} events, {parsed} items in {} pages, {} KB",
        pages.len(),
        bytes / 1_000
    ));
    report.note(&format!("typed parse by serde_json: {}", floor.in_words()));
    report.note(&format!(
        "decoder alone: {:.2}x, {}",
        middle(&mut decoder_ratios),
        decoded.in_words()
    ));
    let ratio = middle(&mut whole_ratios);
    let measured = format!("{ratio:.2}x, {}", stored.in_words());
    report.verdict(
        ratio <= 5.0,
        "decode, engine, replica and sheets, at most 5x the typed parse",
        &measured,
    );
    Ok(())
}

/// The floor: how long, and how many items.
fn parse(pages: &HashMap<String, Bytes>) -> Result<(Duration, usize)> {
    let started = Instant::now();
    let mut parsed = 0;
    for bytes in pages.values() {
        let list: TypedPage = serde_json::from_slice(bytes)?;
        parsed += std::hint::black_box(&list).value.len();
    }
    Ok((started.elapsed(), parsed))
}

fn middle(ratios: &mut [f64]) -> f64 {
    ratios.sort_by(f64::total_cmp);
    ratios.get(ratios.len() / 2).copied().unwrap_or(f64::NAN)
}

/// All pages of all windows, as the simulator sends them, by their links.
fn rendered() -> Result<HashMap<String, Bytes>> {
    let now = now()?;
    let mut world = World::new(1);
    let berlin = zone::find("Europe/Berlin").context("Berlin")?;
    let ana = world.add_mailbox(USER, "Ana Vidal", Kind::Person, berlin);
    generate(&mut world, ana, EVENTS, now.as_millisecond());
    let mut side = GraphSide::new(world, BASE);
    let mut pages = HashMap::new();
    let this = Quarter::at(now).0;
    for quarter in (this - 1..=this + 4).map(Quarter) {
        let (from, to) = quarter.requested();
        let mut link = format!(
            "https://graph.example/from/{}/0",
            from.to_zoned(TimeZone::UTC).date()
        );
        let mut path = format!("/v1.0/me/calendarView/delta?startDateTime={from}&endDateTime={to}");
        loop {
            let request = Request::new("GET", &path, grant()).header(
                "Prefer",
                "odata.maxpagesize=200, outlook.timezone=\"UTC\", IdType=\"ImmutableId\"",
            );
            let response = side.respond(&request, now.as_millisecond());
            let links: Links = serde_json::from_slice(&response.body)?;
            pages.insert(link, response.body.into());
            let Some(next) = links.next else { break };
            path = format!(
                "/v1.0{}",
                next.strip_prefix(BASE).context("a link elsewhere")?
            );
            link = next;
        }
    }
    if pages.len() < EVENTS / 200 {
        bail!("only {} pages", pages.len());
    }
    Ok(pages)
}

fn grant() -> Grant {
    let scopes = StaticTokens::ALL_SCOPES
        .iter()
        .map(|scope| (*scope).to_owned())
        .collect();
    Grant {
        user_principal_name: USER.to_owned(),
        scopes,
    }
}

#[derive(Deserialize)]
struct Links {
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

/// What anybody would write to read these pages with serde: the fields Kalends keeps, as
/// derived code reads them.
#[derive(Deserialize)]
struct TypedPage {
    value: Vec<TypedEvent>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "only read into")]
struct TypedEvent {
    id: String,
    #[serde(rename = "@odata.etag")]
    etag: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    series_master_id: Option<String>,
    start: Option<TypedWhen>,
    end: Option<TypedWhen>,
    subject: Option<String>,
    body_preview: Option<String>,
    location: Option<TypedPlace>,
    #[serde(default)]
    attendees: Vec<TypedAttendee>,
    organizer: Option<TypedRecipient>,
    is_organizer: Option<bool>,
    is_all_day: Option<bool>,
    is_cancelled: Option<bool>,
    show_as: Option<String>,
    response_status: Option<TypedResponse>,
    response_requested: Option<bool>,
    allow_new_time_proposals: Option<bool>,
    importance: Option<String>,
    sensitivity: Option<String>,
    #[serde(default)]
    categories: Vec<String>,
    has_attachments: Option<bool>,
    is_reminder_on: Option<bool>,
    reminder_minutes_before_start: Option<i32>,
    original_start_time_zone: Option<String>,
    original_end_time_zone: Option<String>,
    #[serde(rename = "iCalUId")]
    uid: Option<String>,
    web_link: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "only read into")]
struct TypedWhen {
    date_time: String,
    time_zone: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "only read into")]
struct TypedPlace {
    display_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "only read into")]
struct TypedRecipient {
    email_address: TypedAddress,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "only read into")]
struct TypedAddress {
    name: Option<String>,
    address: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "only read into")]
struct TypedAttendee {
    #[serde(rename = "type")]
    kind: Option<String>,
    email_address: TypedAddress,
    status: Option<TypedResponse>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "only read into")]
struct TypedResponse {
    response: Option<String>,
    time: Option<String>,
}
