//! What an edit costs: merging it with what others made of the event meanwhile, and making it
//! durable; and what a rule costs until its occurrences are known.

use crate::report::Report;
use crate::statistics::Times;
use crate::world::{ZONE, now};
use anyhow::{Context, Result, ensure};
use chrono::{TimeZone as _, Utc};
use jiff::civil::{DateTime, Weekday, date};
use jiff::{Timestamp, ToSpan};
use kalends::domain::edit::{Change, Edit, People, Value};
use kalends::domain::event::{Answer, Attendee, Person, Role};
use kalends::domain::ids::{CalendarId, EventId};
use kalends::domain::intent::{Act, Intent, IntentId, Seen, Stage};
use kalends::domain::merge::{Merged, field};
use kalends::domain::recurrence::{CANDIDATES, Index, Pattern, Recurrence, Weekdays};
use kalends::domain::text::Untrusted;
use kalends::domain::zone::Zones;
use kalends::store::{Folder, Outbox};
use rrule::{RRule, RRuleSet, Tz, Unvalidated};
use std::hint::black_box;
use std::io::Write as _;
use std::time::Instant;

const RUNS: usize = 15;

/// A meeting of forty people with a page of notes, changed on both sides in every kind of field.
pub fn merge(report: &mut Report) -> Result<()> {
    let fields: Vec<[Value; 3]> = [
        [categories(&[]), categories(&["red"]), categories(&["blue"])],
        [people(0..40), people(2..45), people(0..38)],
        [notes(&[]), notes(&[3, 17]), notes(&[9, 30])],
        ["Plan", "Plan B", "Plan C"].map(|text| Value::Subject(text.into())),
        ["Room 1", "Room 2", "Room 1"].map(|text| Value::Place(text.into())),
        [5, 5, 10].map(|minutes| Value::Reminder(Some(minutes))),
    ]
    .into();
    let (mut ours, mut floor) = (Times::default(), Times::default());
    const EACH: u32 = 1_000;
    for _ in 0..RUNS {
        let started = Instant::now();
        let mut clashes = 0;
        for _ in 0..EACH {
            for [base, mine, theirs] in &fields {
                let merged = black_box(field(black_box(base), mine, theirs));
                clashes += u32::from(matches!(merged, Merged::Clash(_)));
            }
        }
        ours.add(started.elapsed() / EACH);
        ensure!(
            clashes == EACH,
            "{clashes} of {EACH} clash in their subject"
        );
        // Nobody merges without looking at all three sides and holding the result.
        let started = Instant::now();
        for _ in 0..EACH {
            for [base, mine, theirs] in &fields {
                black_box((black_box(base) == mine, mine == theirs, theirs.clone()));
            }
        }
        floor.add(started.elapsed() / EACH);
    }
    report.note(&format!("floor, compared and copied: {}", floor.in_words()));
    report.verdict(
        ours.median() <= 1.0,
        "an event of 40 people and 40 lines changed on both sides, merged in at most 1 ms",
        &ours.in_words(),
    );
    Ok(())
}

fn categories(names: &[&str]) -> Value {
    Value::Categories(names.iter().map(|name| Untrusted::from(*name)).collect())
}

fn people(numbers: std::ops::Range<u32>) -> Value {
    let attendee = |number| Attendee {
        person: Person {
            name: format!("Guest {number}").into(),
            address: format!("guest{number}@example.com").into(),
        },
        role: Role::Required,
        answer: Answer::None,
        proposed: None,
    };
    Value::People(People::new(numbers.map(attendee).collect()))
}

/// Forty lines, some of them rewritten.
fn notes(rewritten: &[usize]) -> Value {
    let line = |number| {
        if rewritten.contains(&number) {
            format!("{number}. what was said about it since then\n")
        } else {
            format!("{number}. what is to be said about it at the meeting\n")
        }
    };
    Value::Notes((0..40).map(line).collect::<String>().as_str().into())
}

/// From the key press to "saved", as the disk has it: beside a file that is appended to and synced.
pub fn outbox(report: &mut Report) -> Result<()> {
    const EDITS: u64 = 1_000;
    let folder = tempfile::Builder::new()
        .prefix("kalends-bench-")
        .tempdir()?;
    let account = Folder::new(folder.path());
    let _owned = account.own()?;
    let outbox = Outbox::open(&account)?;
    let mut floor_file = std::fs::File::create(folder.path().join("floor"))?;
    let (mut ours, mut floor) = (Times::default(), Times::default());
    for number in 1..=EDITS {
        let intent = renamed(number)?;
        let text = serde_json::to_string(&intent)?;
        let started = Instant::now();
        outbox.put(&intent)?;
        ours.add(started.elapsed());
        let started = Instant::now();
        floor_file.write_all(text.as_bytes())?;
        floor_file.sync_data()?;
        floor.add(started.elapsed());
    }
    ensure!(outbox.intents()?.len() as u64 == EDITS);
    let at = |times: &Times| (times.median(), times.percentile(0.99));
    let ((middle, late), (least, least_late)) = (at(&ours), at(&floor));
    report.note(&format!(
        "floor, an appended line and one fdatasync: median {least:.2} ms, p99 {least_late:.2} ms"
    ));
    report.note(&format!(
        "median {middle:.2} ms, {:.2}x the floor",
        middle / least
    ));
    report.verdict(
        late <= 20.0,
        "an edit is acknowledged, p99 of 1,000 in a growing outbox at most 20 ms",
        &format!("{late:.2} ms, {:.2}x the floor", late / least_late),
    );
    Ok(())
}

fn renamed(number: u64) -> Result<Intent> {
    let start = now()?;
    let change = Change {
        calendar: CalendarId::new("bench"),
        event: EventId::new(format!("event-{number}")),
        root: EventId::new(format!("event-{number}")),
        edits: vec![Edit {
            base: Value::Subject("Sprint review".into()),
            mine: Value::Subject(format!("Sprint review {number}").as_str().into()),
        }],
        seen: Seen {
            start,
            end: start + 1.hour(),
            all_day: false,
            subject: "Sprint review".into(),
            answer: Answer::Organizer,
            shape: Some(number),
        },
    };
    Ok(Intent {
        id: IntentId(number),
        act: Act::Change(change),
        made_at: start,
        due_at: start,
        stage: Stage::Waiting,
        tries: 0,
        follows: None,
        doubt: None,
        replaces: Vec::new(),
    })
}

/// Ten thousand series that began up to ten years ago, over one year, beside the rrule crate
/// left to itself with the same rules in the same zone.
pub fn expansion(report: &mut Report) -> Result<()> {
    const SERIES: u32 = 10_000;
    let zones = Zones::bundled();
    let zone = zones.find(ZONE)?;
    let from: Timestamp = "2026-01-01T00:00:00Z".parse()?;
    let until: Timestamp = "2027-01-01T00:00:00Z".parse()?;
    let series: Vec<(Recurrence, DateTime)> = (0..SERIES).map(rule).collect();
    let (mut ours, mut floor) = (Times::default(), Times::default());
    let mut found = [0, 0];
    for _ in 0..3 {
        let started = Instant::now();
        found[0] = 0;
        for (rule, start) in &series {
            let expansion = rule.expand(*start, &zone, from..until, CANDIDATES)?;
            found[0] += expansion.starts.len();
        }
        ours.add(started.elapsed());
        let started = Instant::now();
        found[1] = 0;
        for (rule, start) in &series {
            found[1] += by_the_crate(rule, *start, from, until)?;
        }
        floor.add(started.elapsed());
    }
    ensure!(found[0] == found[1], "{found:?} occurrences");
    report.note(&format!("the rrule crate alone: {}", floor.in_words()));
    report.verdict(
        ours.median() <= floor.median(),
        &format!("{SERIES} series over a year, no slower than the rrule crate alone"),
        &format!(
            "{}, {:.2}x, {} occurrences",
            ours.in_words(),
            ours.median() / floor.median(),
            found[0]
        ),
    );
    Ok(())
}

/// Every pattern, on days that every month has: elsewhere Graph and RFC 5545 differ.
fn rule(number: u32) -> (Recurrence, DateTime) {
    let mixed = number.wrapping_mul(2_654_435_761) >> 7;
    let start = date(2016, 1, 4)
        .saturating_add(i64::from(mixed % 3_650).days())
        .at((8 + mixed % 9) as i8, 30, 0, 0);
    let interval = 1 + (mixed % 3) as u16;
    let day = 1 + (mixed % 28) as u8;
    let month = 1 + (mixed % 12) as u8;
    let workdays: Weekdays = [Weekday::Monday, Weekday::Thursday].into_iter().collect();
    let pattern = match number % 8 {
        0 => Pattern::Daily { interval },
        1 => Pattern::AbsoluteMonthly { interval, day },
        2 => Pattern::RelativeMonthly {
            interval,
            days: workdays,
            index: Index::Second,
        },
        3 => Pattern::AbsoluteYearly {
            interval: 1,
            month,
            day,
        },
        4 => Pattern::RelativeYearly {
            interval: 1,
            month,
            days: workdays,
            index: Index::Last,
        },
        _ => Pattern::Weekly {
            interval,
            days: workdays,
            week_start: Weekday::Monday,
        },
    };
    (Recurrence::forever(pattern), start)
}

fn by_the_crate(
    rule: &Recurrence,
    start: DateTime,
    from: Timestamp,
    until: Timestamp,
) -> Result<usize> {
    let zone: Tz = ZONE.parse::<chrono_tz::Tz>()?.into();
    let part = |number: i8| u32::try_from(number).unwrap_or_default();
    let first = zone
        .with_ymd_and_hms(
            start.year().into(),
            part(start.month()),
            part(start.day()),
            part(start.hour()),
            part(start.minute()),
            0,
        )
        .single()
        .context("a start that is there once")?;
    let rule: RRule<Unvalidated> = rule.to_rrule().parse()?;
    let set: RRuleSet = rule.build(first)?;
    let instant = |at: Timestamp| -> Result<_> {
        let at = Utc.timestamp_opt(at.as_second(), 0).single();
        Ok(at.context("an instant")?.with_timezone(&Tz::UTC))
    };
    // The crate's bounds are inclusive; ours ends before `until`.
    let last = until.checked_sub(1.second())?;
    let set = set.after(instant(from)?).before(instant(last)?);
    Ok(set.all(u16::MAX).dates.len())
}
