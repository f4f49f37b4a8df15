//! What is done to every input, well-formed or not: each target is one way from outside into the
//! program, and says what must hold whatever comes. Shared by `tests/fuzz.rs` (the kept corpus and
//! random bytes, with stable Rust) and `fuzz/` (libFuzzer, which looks for hours).
//!
//! A target panics when something does not hold, and for no other reason.

use jiff::civil::{Date, DateTime, date};
use jiff::{SignedDuration, Timestamp};
use kalends::app::commands::Mode;
use kalends::app::keymap::{Keymap, Meaning};
use kalends::app::{links, safe};
use kalends::config::keys::Chord;
use kalends::config::{Settings, Theme};
use kalends::domain::entry::Entry;
use kalends::domain::event::Event;
use kalends::domain::ids::CalendarId;
use kalends::domain::intent::Intent;
use kalends::domain::quick::Quick;
use kalends::domain::recurrence::{Index, Pattern, Range, Recurrence, Weekdays};
use kalends::domain::text::Untrusted;
use kalends::domain::zone::{Zone, Zones};
use kalends::graph::wire;
use kalends::ical;
use std::sync::OnceLock;

pub type Target = fn(&[u8]);

/// Each with the name of its corpus and of its libFuzzer target.
pub const ALL: [(&str, Target); 8] = [
    ("wire_json", wire_json),
    ("rule", rule),
    ("quick_add", quick_add),
    ("body", body),
    ("intent_frames", intent_frames),
    ("outbox_file", super::outbox_file::outbox_file),
    ("keymap", keymap),
    ("ics", ics),
];

fn zones() -> &'static [Zone] {
    static FOUND: OnceLock<Vec<Zone>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let zones = Zones::bundled();
        let names = [
            "UTC",
            "Europe/Berlin",
            "America/St_Johns",
            "Pacific/Apia",
            "Australia/Lord_Howe",
            "Africa/Casablanca",
        ];
        names
            .iter()
            .map(|name| zones.find(name).expect("a bundled zone"))
            .collect()
    })
}

/// Bytes read as small numbers, zeros when they have ended.
struct Dice<'a>(&'a [u8]);

impl Dice<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    fn wide(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    fn day(&mut self) -> Date {
        let (year, month) = (self.wide() % 10_000, self.byte() % 12 + 1);
        let day = self.byte() % 31 + 1;
        let year = i16::try_from(year).unwrap_or(9_999);
        Date::new(year, month.cast_signed(), day.cast_signed())
            .unwrap_or_else(|_| date(year, month.cast_signed(), 28))
    }
}

/// Answers of Graph: the first byte says which reader gets the rest.
pub fn wire_json(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else {
        return;
    };
    let calendar = CalendarId::new("c");
    match first % 10 {
        0 => {
            if let Ok(event) = wire::event::event(rest, &calendar) {
                is_usable(&event);
            }
        }
        1 => {
            if let Ok(list) = wire::event::events(rest, &calendar) {
                list.items.iter().for_each(is_usable);
            }
        }
        2 => {
            if let Ok(page) = wire::page::page(rest, &calendar) {
                assert!(page.items.len() <= rest.len());
            }
        }
        3 => drop(wire::calendar::calendars(rest)),
        4 => drop((wire::calendar::categories(rest), wire::person::people(rest))),
        5 => drop(wire::calendar::me(rest)),
        6 => drop(wire::calendar::settings(rest)),
        7 => drop(wire::body::body(rest)),
        8 => drop(wire::replies_in_batch(rest)),
        _ => drop(wire::words_of_error(rest)),
    }
}

/// What was read can be shown, stored and read again as it was.
fn is_usable(event: &Event) {
    assert!(event.start <= event.end, "{event:?}");
    let json = serde_json::to_string(event).expect("an event can be written");
    let again: Event = serde_json::from_str(&json).expect("and read again");
    assert_eq!(&again, event);
    if event.details.is_some() {
        let entry = Entry::of(event, None);
        is_clean(&safe::line(&entry.subject));
        if let Some(details) = &event.details
            && let Some(rule) = &details.recurrence
        {
            rule.check().expect("a rule that was read has a meaning");
        }
    }
}

fn is_clean(shown: &str) {
    let hostile = |letter: char| letter != '\n' && letter.is_control();
    assert!(!shown.chars().any(hostile), "{shown:?}");
}

/// A rule and a start, decoded from bytes: walked within bounds, in order, inside its window.
pub fn rule(bytes: &[u8]) {
    let mut dice = Dice(bytes);
    let interval = dice.wide();
    let mut days = Weekdays::default();
    let weekdays = dice.byte();
    for n in 0..7_i8 {
        if weekdays & (1 << n) != 0
            && let Ok(day) = jiff::civil::Weekday::from_monday_zero_offset(n)
        {
            days = days.with(day);
        }
    }
    let (month, day) = (dice.byte(), dice.byte());
    let index = [
        Index::First,
        Index::Second,
        Index::Third,
        Index::Fourth,
        Index::Last,
    ][usize::from(dice.byte() % 5)];
    let pattern = match dice.byte() % 6 {
        0 => Pattern::Daily { interval },
        1 => Pattern::Weekly {
            interval,
            days,
            week_start: jiff::civil::Weekday::Monday,
        },
        2 => Pattern::AbsoluteMonthly { interval, day },
        3 => Pattern::RelativeMonthly {
            interval,
            days,
            index,
        },
        4 => Pattern::AbsoluteYearly {
            interval,
            month,
            day,
        },
        _ => Pattern::RelativeYearly {
            interval,
            month,
            days,
            index,
        },
    };
    let range = match dice.byte() % 3 {
        0 => Range::NoEnd,
        1 => Range::Until(dice.day()),
        _ => Range::Count(u32::from(dice.wide()) * u32::from(dice.byte())),
    };
    let rule = Recurrence { pattern, range };
    let zone = &zones()[usize::from(dice.byte()) % zones().len()];
    let start: DateTime = dice.day().at(
        (dice.byte() % 24).cast_signed(),
        (dice.byte() % 60).cast_signed(),
        0,
        0,
    );
    let from = zone.instant(dice.day().at(0, 0, 0, 0)).compatible();
    let window = from..from
        .saturating_add(SignedDuration::from_hours(24 * 100))
        .unwrap_or(Timestamp::MAX);
    is_clean(&rule.sentence());
    is_clean(&rule.to_rrule());
    let budget = 2_000;
    let Ok(expansion) = rule.expand(start, zone, window.clone(), budget) else {
        return;
    };
    rule.check().expect("what has no meaning is not expanded");
    assert!(expansion.starts.len() <= usize::try_from(budget).expect("small"));
    for pair in expansion.starts.windows(2) {
        assert!(
            pair[0].wall < pair[1].wall,
            "{rule:?} from {start}: {pair:?}"
        );
    }
    for one in &expansion.starts {
        assert!(window.contains(&one.instant), "{one:?} outside {window:?}");
        assert!(one.wall >= start, "{one:?} before {start}");
        if let Range::Until(last) = rule.range {
            assert!(one.wall.date() <= last, "{one:?} after {last}");
        }
    }
}

/// One line of a person: understood or refused, and what was understood is an event.
pub fn quick_add(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let today = date(2026, 11, 26);
    let Ok(quick) = Quick::read(&text, today, today) else {
        return;
    };
    assert!(!quick.subject.trim().is_empty(), "{text:?}: {quick:?}");
    assert!(quick.days >= 1 && quick.minutes >= 0, "{text:?}: {quick:?}");
    is_clean(&safe::words(&quick.sentence()));
    for zone in zones() {
        let span = quick.span(zone);
        assert!(
            span.start <= span.end,
            "{text:?} in {}: {span:?}",
            zone.name()
        );
        let create = quick.create(CalendarId::new("c"), zone);
        assert!(create.when().is_some(), "{text:?}");
    }
    if let Some(rule) = &quick.rule {
        rule.check()
            .unwrap_or_else(|error| panic!("{text:?}: {error}"));
    }
}

/// The text of an event, from the answer to lines on screen and links to open.
pub fn body(bytes: &[u8]) {
    let text = match wire::body::body(bytes) {
        Ok(text) => text,
        Err(_) => Untrusted::from_bytes(bytes),
    };
    let shown = safe::lines(&text);
    is_clean(&shown);
    assert_eq!(safe::lines(&Untrusted::new(&shown)), shown, "clean twice");
    let width = 3 + usize::from(bytes.first().copied().unwrap_or(0) % 80);
    for line in safe::wrapped(&shown, width) {
        // One cluster that is wider than the column cannot be broken.
        let is_one_cluster = safe::clipped(&line, width).is_empty();
        let fits = safe::width(&line) <= width || is_one_cluster;
        assert!(fits, "{line:?} in {width} cells");
    }
    for link in links::found(&shown) {
        assert!(link.starts_with("http://") || link.starts_with("https://"));
        assert!(!link.contains(char::is_whitespace));
    }
    let line = safe::line(&text);
    is_clean(&line);
    assert!(!line.contains('\n'));
    assert!(safe::width(&safe::cut(&line, width)) <= width);
}

/// An intent as the outbox stores it: what can be read is written again as it was.
pub fn intent_frames(bytes: &[u8]) {
    let Ok(intent) = serde_json::from_slice::<Intent>(bytes) else {
        return;
    };
    let json = serde_json::to_string(&intent).expect("an intent can be written");
    let again: Intent = serde_json::from_str(&json).expect("and read again");
    assert_eq!(again, intent);
    let _ = (intent.act.root(), intent.act.start(), intent.act.subject());
    let _ = (intent.act.past_tense(), intent.act.noun());
}

/// The keys file, and with it settings and themes: refused in one line, or obeyed in full.
pub fn keymap(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    is_one_line(Settings::parse("config.toml", &text).map(drop));
    is_one_line(Theme::find("own", &[("own".to_owned(), text.clone().into_owned())]).map(drop));
    if let Ok(chord) = Chord::parse(&text) {
        is_clean(&chord.shown());
    }
    let keymap = Keymap::with_file("keys.toml", &text);
    let Ok(keymap) = keymap else {
        return is_one_line(keymap.map(drop));
    };
    for mode in Mode::NAMES.iter().filter_map(|name| Mode::named(name)) {
        for bound in keymap.bound.iter().filter(|bound| bound.mode == mode) {
            let meaning = keymap.meaning(mode, &bound.chord.0);
            assert_eq!(meaning, Meaning::Does(bound.command), "{bound:?}");
        }
    }
}

fn is_one_line(read: Result<(), kalends::config::ConfigError>) {
    if let Err(error) = read {
        is_clean(&error.to_string());
        assert!(!error.to_string().contains('\n'), "{error}");
    }
}

/// A calendar file, and a rule by itself: read and planned within bounds, whatever it says.
pub fn ics(bytes: &[u8]) {
    static ZONES: OnceLock<Zones> = OnceLock::new();
    let text = String::from_utf8_lossy(bytes);
    if let Err(words) = ical::Rule::read(&text) {
        assert!(words.len() < 10_000);
    }
    let Ok(file) = ical::File::read(bytes) else {
        return;
    };
    let calendar = CalendarId::new("c");
    let setting = ical::Setting {
        calendar: &calendar,
        zones: ZONES.get_or_init(Zones::bundled),
        viewer: &zones()[1],
        now: Timestamp::from_second(1_795_000_000).expect("a year we live in"),
        invites: bytes.len().is_multiple_of(2),
        me: "ana@contoso.com",
    };
    let plan = ical::Plan::of(&file, &setting);
    assert!(plan.events + plan.skipped() <= plan.remarks.len() + file.events.len());
    for create in &plan.creates {
        let span = create.when().expect("an import says when");
        assert!(span.start <= span.end, "{create:?}");
        assert!(!create.transaction.is_empty(), "{create:?}");
    }
}
