//! `kalends stats`: what meetings take of my time, as bars for eyes and as JSON for scripts.
//!
//! From sheets alone. Bars are ASCII: no terminal draws those wider than one cell. The shape of the
//! JSON is stable; it names everybody, the text only those with most.

mod client;

use super::agenda::harmless;
use super::arguments::Stats;
use super::day_words::{self, rfc3339};
use super::exit::{Exit, Trouble};
use super::invocation::Invocation;
use super::output::Output;
use crate::domain::load::{About, Label, Load, Share, Sums, cells, hours, load, meetings};
use crate::domain::overlap::Persons;
use crate::domain::text::{pad, pad_left};
use crate::domain::zone::Zone;
use crate::service::Peek;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

/// Names of a breakdown in the text.
const MOST: usize = 5;
/// Cells of names, bars and hours: 80 with what stands between and after them.
const NAME: usize = 24;
const BAR: usize = 28;
const HOURS: usize = 9;

pub(super) fn stats(
    invocation: &Invocation,
    wish: &Stats,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    if wish.client {
        return client::client(invocation, wish, output);
    }
    let zone = invocation.zone()?;
    let today = zone.date(invocation.clock.now());
    let account = invocation.account()?;
    let peek = Peek::open(&account.folder)?;
    if peek.is_empty {
        let words = "nothing is stored yet; run kalends sync";
        return Err(Trouble::new(Exit::Offline, words));
    }
    let weeks = i64::from(wish.weeks);
    let first = wish
        .from
        .unwrap_or_else(|| today.saturating_sub((weeks - 1).weeks()));
    let from = first.saturating_sub(first.weekday().to_monday_zero_offset().days());
    let to = from.saturating_add(weeks.weeks());
    let read = peek.range(from, to);
    let desk = &peek.desk.desk;
    let persons = Persons::of(&desk.calendars, &desk.me);
    let about = About {
        zone: &zone,
        from,
        to,
        hours: &desk.settings.clone().unwrap_or_default(),
        persons: &persons,
        most: if wish.json { usize::MAX } else { MOST },
    };
    let load = load(&read.entries, &about);
    let mut missing = read.missing.iter();
    let is_whole = !missing.any(|(calendar, _)| persons.owner(calendar) == 0);
    if wish.json {
        let me = desk.me.name.raw();
        let json = value(&load, &about, (me, is_whole)).to_string();
        writeln!(output.out, "{}", harmless(&json))?;
    } else {
        text(&load, today, &zone, output)?;
    }
    output.out.flush()?;
    if is_whole {
        return Ok(Exit::Fine);
    }
    let words = "not all of these weeks are stored on this computer, and what is not was not counted; \
        ask for weeks nearer to now";
    Err(Trouble::new(Exit::Offline, words))
}

fn text(load: &Load, today: Date, zone: &Zone, output: &mut Output<'_>) -> Result<(), Trouble> {
    let last = load.weeks.len().saturating_sub(1);
    let this = load.weeks.iter().rposition(|(monday, _)| *monday <= today);
    writeln!(
        output.out,
        "{}",
        load.sentence(this.unwrap_or(last), today, zone)
    )?;
    let label = |monday: &Date| {
        let number = monday.iso_week_date().week();
        format!("week {number}, {}", day_words::short(*monday))
    };
    let weeks: Vec<(String, i64, u32)> = load
        .weeks
        .iter()
        .map(|(monday, week)| (label(monday), week.minutes, week.meetings))
        .collect();
    bars("weeks", &weeks, output)?;
    for (title, shares) in breakdowns(load) {
        let told = |share: &Share| (share.label.words(), share.minutes, share.meetings);
        let shares: Vec<(String, i64, u32)> = shares.iter().map(told).collect();
        bars(title, &shares, output)?;
    }
    writeln!(output.out)?;
    for fact in load.facts() {
        writeln!(output.out, "{fact}")?;
    }
    Ok(())
}

fn breakdowns(load: &Load) -> [(&'static str, &[Share]); 3] {
    [
        ("categories", &load.categories),
        ("organizers", &load.organizers),
        ("other people", &load.sizes),
    ]
}

fn bars(title: &str, rows: &[(String, i64, u32)], output: &mut Output<'_>) -> Result<(), Trouble> {
    let title = output.styled("1", title);
    writeln!(output.out, "\n{title}")?;
    let most = rows.iter().map(|(_, minutes, _)| *minutes).max();
    for (name, minutes, count) in rows {
        let bar = "#".repeat(cells(*minutes, most.unwrap_or(0), BAR));
        let (name, hours) = (pad(name, NAME), pad_left(&hours(*minutes), HOURS));
        let meetings = meetings(*count);
        writeln!(output.out, "  {name} {bar:<BAR$} {hours}  {meetings}")?;
    }
    Ok(())
}

fn value(load: &Load, about: &About<'_>, (me, is_whole): (&str, bool)) -> Value {
    let weeks = load.weeks.iter().map(|(monday, week)| {
        let mut value = sums(week, about.zone);
        let iso = monday.iso_week_date();
        value["week"] = json!(format!("{}-W{:02}", iso.year(), iso.week()));
        value["monday"] = json!(monday.to_string());
        value
    });
    let shares = |shares: &[Share]| -> Value {
        let told = |share: &Share| {
            let name = match &share.label {
                Label::Named(name) => Some(name.raw()),
                Label::Me => Some(me),
                Label::Size(name) => Some(*name),
                Label::Without | Label::Rest(_) => None,
            };
            json!({ "name": name, "meetings": share.meetings, "minutes": share.minutes })
        };
        shares.iter().map(told).collect()
    };
    json!({
        "from": about.from.to_string(),
        "to": about.to.to_string(),
        "zone": about.zone.name(),
        "complete": is_whole,
        "weeks": weeks.collect::<Value>(),
        "total": sums(&load.total, about.zone),
        "categories": shares(&load.categories),
        "organizers": shares(&load.organizers),
        "sizes": shares(&load.sizes),
        "runs": {
            "count": load.runs.count,
            "longest_minutes": load.runs.minutes,
            "longest_meetings": load.runs.meetings,
        },
        "answers": {
            "accepted": load.answers.accepted,
            "tentative": load.answers.tentative,
            "declined": load.answers.declined,
            "not_responded": load.answers.unanswered,
        },
        "response_time": {
            "answered": load.waited.minutes.len(),
            "median_minutes": load.waited.percentile(50),
            "p90_minutes": load.waited.percentile(90),
            "unknown": load.waited.unknown,
            "not_answered": load.waited.unanswered,
        },
    })
}

fn sums(sums: &Sums, zone: &Zone) -> Value {
    let at = |minute: i64| {
        let instant = Timestamp::from_second(minute.saturating_mul(60));
        instant.ok().map(|instant| rfc3339(zone, instant))
    };
    let longest = sums.longest;
    json!({
        "meetings": sums.meetings,
        "minutes": sums.minutes,
        "in_hours_minutes": sums.in_hours,
        "focus_minutes": sums.focus,
        "free_minutes": sums.free,
        "free_stretches_1h": sums.one_hour,
        "free_stretches_2h": sums.two_hours,
        "longest_free": longest.map(|span| json!({ "start": at(span.start), "end": at(span.end) })),
    })
}
