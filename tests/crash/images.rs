//! Surgery on files that a real run left behind: cut, flipped, zeroed, mixed with older ones,
//! taken away.
//!
//! Whatever was done, opening ends in bounded time and without a panic that anybody sees; the
//! outbox holds exactly what was acknowledged or is refused in one line with its file untouched;
//! the replica climbs the ladder and is usable; a damaged sheet counts as missing.

use super::chance::Chance;
use jiff::{SignedDuration, Timestamp};
use kalends::domain::answer::{Reply, Respond};
use kalends::domain::calendar::Calendar;
use kalends::domain::entry::Entry;
use kalends::domain::event::{Answer, Details, Event, Kind};
use kalends::domain::ids::{CalendarId, EventId};
use kalends::domain::intent::{Act, Intent, IntentId, Seen, Stage};
use kalends::domain::replica::{Change, Desk, Mark, Record, Replica, WindowState, entries_of};
use kalends::domain::text::Untrusted;
use kalends::domain::window::{Quarter, WindowId};
use kalends::store::desk::DeskFile;
use kalends::store::folder::replace;
use kalends::store::reading::Reader;
use kalends::store::{Folder, Outbox, ladder, sheet};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const EVENTS: usize = 120;
/// The ladder gives sled ten seconds on each of three rungs.
const BOUND: Duration = Duration::from_secs(35);

fn window() -> WindowId {
    WindowId {
        calendar: CalendarId::new("cal"),
        quarter: Quarter(8107),
    }
}

fn began() -> Timestamp {
    "2026-11-02T09:00:00Z".parse().unwrap()
}

fn event(n: usize) -> Event {
    let start = began() + SignedDuration::from_hours(i64::try_from(n).unwrap() * 7);
    Event {
        calendar: CalendarId::new("cal"),
        id: EventId::new(format!("event-{n}")),
        kind: Kind::Single,
        series: None,
        etag: format!("v{n}"),
        before: None,
        start,
        end: start + SignedDuration::from_mins(30),
        details: Some(Details {
            subject: Untrusted::new(format!("Event {n} {}", "words ".repeat(20))),
            ..Details::default()
        }),
    }
}

fn intent(n: u64) -> Intent {
    Intent {
        id: IntentId(n),
        act: Act::Respond(Respond {
            calendar: CalendarId::new("cal"),
            event: EventId::new(format!("event-{n}")),
            root: EventId::new(format!("event-{n}")),
            reply: Reply::Accept,
            comment: Some(format!("gladly {n}")),
            tell_organizer: true,
            proposed: None,
            seen: Seen {
                start: began(),
                end: began(),
                all_day: false,
                subject: Untrusted::new("Event"),
                answer: Answer::NotResponded,
                shape: Some(n),
            },
        }),
        made_at: began(),
        due_at: began(),
        stage: Stage::Waiting,
        tries: 0,
        follows: None,
        doubt: None,
        replaces: Vec::new(),
    }
}

/// What a good run left, at two moments.
struct Image {
    place: tempfile::TempDir,
    /// The same folder earlier: half of the events, other intents.
    older: tempfile::TempDir,
    intents: Vec<Intent>,
    left: Vec<Intent>,
}

fn learn(folder: &Folder, events: std::ops::Range<usize>) {
    let opened = ladder::open(folder, "0").unwrap();
    for n in events {
        let event = event(n);
        let mark = Change::Mark {
            window: window(),
            root: event.id.clone(),
            id: event.id.clone(),
            mark: Mark::Reported(1),
        };
        let record = Change::Put(Box::new(Record {
            event,
            quarters: vec![window().quarter],
            learnt: 1,
            round: 1,
        }));
        opened.replica.apply(&[mark, record]).unwrap();
    }
    let state = Change::PutWindow {
        window: window(),
        state: WindowState::default(),
    };
    let desk = Desk {
        calendars: vec![Calendar {
            id: CalendarId::new("cal"),
            name: Untrusted::new("Calendar"),
            hex_color: None,
            color: "auto".into(),
            owner: kalends::domain::event::Person::default(),
            can_edit: true,
            is_default: true,
        }],
        ..Desk::default()
    };
    let desk = Change::PutDesk(Box::new(desk));
    opened.replica.apply(&[state, desk]).unwrap();
    opened.replica.flush().unwrap();
    let entries = entries_of(&opened.replica, &window(), &BTreeMap::new()).unwrap();
    let number = opened.replica.number(&window().calendar).unwrap();
    let bytes = sheet::build(window().quarter, entries, 1);
    let name = sheet::file_name(number, window().quarter);
    replace(&folder.sheets().join(name), &bytes).unwrap();
    let desk = DeskFile {
        numbers: opened.replica.numbers().into_iter().collect(),
        desk: opened.replica.desk().unwrap().unwrap(),
        ..DeskFile::default()
    };
    desk.save(folder).unwrap();
}

impl Image {
    fn make() -> Self {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path());
        folder.create().unwrap();
        learn(&folder, 0..EVENTS / 2);
        let outbox = Outbox::open(&folder).unwrap();
        for n in 1..=4 {
            outbox.put(&intent(n)).unwrap();
        }
        drop(outbox);
        let older = tempfile::tempdir().unwrap();
        copy(place.path(), older.path());
        learn(&folder, EVENTS / 2..EVENTS);
        let outbox = Outbox::open(&folder).unwrap();
        for n in 5..=7 {
            outbox.put(&intent(n)).unwrap();
        }
        outbox.withdraw(&[IntentId(2)]).unwrap();
        outbox.finish(&intent(1)).unwrap();
        let (intents, left) = (outbox.intents().unwrap(), outbox.left().unwrap());
        drop(outbox);
        Self {
            place,
            older,
            intents,
            left,
        }
    }

    fn copy(&self) -> (tempfile::TempDir, Folder) {
        let place = tempfile::tempdir().unwrap();
        copy(self.place.path(), place.path());
        let folder = Folder::new(place.path());
        (place, folder)
    }

    /// Opens everything, and judges what was found.
    fn open(&self, folder: &Folder, wound: &str, found: &mut Found) {
        let began = Instant::now();
        let before = fs::read(folder.outbox()).ok();
        match Outbox::open(folder).and_then(|outbox| Ok((outbox.intents()?, outbox.left()?))) {
            Ok((intents, left)) => {
                assert_eq!(intents, self.intents, "{wound}");
                assert_eq!(left, self.left, "{wound}");
                found.outbox_whole += 1;
            }
            Err(error) => {
                assert!(!error.to_string().contains('\n'), "{wound}: {error}");
                let after = fs::read(folder.outbox()).ok();
                assert!(
                    before == after,
                    "{wound}: it was refused and changed: {error}"
                );
                found.outbox_refused += 1;
            }
        }
        let opened = ladder::open(folder, "9").unwrap_or_else(|error| panic!("{wound}: {error}"));
        let words = opened.healed.clone().unwrap_or_default();
        assert!(!words.contains('\n'), "{wound}: {words}");
        // Usable: all of it can be read, or the last rung makes an empty one that can.
        let mut replica = opened.replica;
        let mut is_new = opened.is_new;
        // Damage that is met while reading is an error, never a panic.
        let check = |replica: &kalends::store::SledReplica| ladder::examine(replica).is_ok();
        if !check(&replica) {
            drop(replica);
            replica = ladder::start_anew(folder, "10").unwrap().replica;
            is_new = true;
            found.damage_met_later += 1;
        }
        assert!(check(&replica), "{wound}: the new copy cannot be read");
        for (_, id, _) in replica.members(&window(), None).unwrap() {
            let held = replica.record(&window().calendar, &id).unwrap();
            let known = held.as_ref().is_some_and(|held| {
                (0..EVENTS).any(|n| event(n).id == held.event.id && event(n) == held.event)
            });
            assert!(known, "{wound}: {id:?} is {held:?}");
        }
        match (is_new, words.is_empty()) {
            (true, _) => found.fetched_anew += 1,
            (false, false) => found.repaired += 1,
            (false, true) => found.unhurt += 1,
        }
        let put = Change::Put(Box::new(Record {
            event: event(999),
            quarters: Vec::new(),
            learnt: 9,
            round: 9,
        }));
        replica.apply(&[put]).unwrap();
        let held = replica
            .record(&window().calendar, &EventId::new("event-999"))
            .unwrap();
        assert!(held.is_some(), "{wound}: nothing can be learnt");
        drop(replica);
        self.look(folder, wound, found);
        let took = began.elapsed();
        assert!(took < BOUND, "{wound}: it took {took:?}");
        found.images += 1;
    }

    /// Sheets show what the replica said when they were written, or nothing.
    fn look(&self, folder: &Folder, wound: &str, found: &mut Found) {
        let reader = Reader::new(folder.clone());
        let Ok(Some(desk)) = reader.desk() else {
            found.sheets_missing += 1;
            return;
        };
        let day = began().to_zoned(jiff::tz::TimeZone::UTC).date();
        let to = day.saturating_add(jiff::ToSpan::days(40));
        let read = reader.range(&desk, day, to);
        let known: BTreeMap<EventId, Entry> = (0..EVENTS)
            .map(|n| (event(n).id, Entry::of(&event(n), None)))
            .collect();
        for entry in &read.entries {
            let entry_known = known.get(&entry.id);
            assert!(
                entry_known.is_some_and(
                    |known| known.subject == entry.subject && known.start == entry.start
                ),
                "{wound}: a sheet shows {entry:?}"
            );
        }
        if read.missing.is_empty() {
            found.sheets_whole += 1;
        } else {
            found.sheets_missing += 1;
        }
        drop(reader.search(&desk, "event", day, 10));
    }
}

/// What became of the images.
#[derive(Debug, Default)]
struct Found {
    images: usize,
    outbox_whole: usize,
    outbox_refused: usize,
    unhurt: usize,
    repaired: usize,
    fetched_anew: usize,
    damage_met_later: usize,
    sheets_whole: usize,
    sheets_missing: usize,
}

fn copy(from: &Path, to: &Path) {
    for path in files(from) {
        let inside = path.strip_prefix(from).unwrap();
        fs::create_dir_all(to.join(inside).parent().unwrap()).unwrap();
        fs::copy(&path, to.join(inside)).unwrap();
    }
}

fn files(below: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![below.to_owned()];
    while let Some(next) = open.pop() {
        for path in fs::read_dir(next)
            .unwrap()
            .flatten()
            .map(|file| file.path())
        {
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// More of everything: `KALENDS_IMAGES=20`.
fn times() -> usize {
    let asked = std::env::var("KALENDS_IMAGES").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(1)
}

#[test]
fn no_damage_to_a_file_loses_anything_silently() {
    let image = Image::make();
    let mut chance = Chance::new(77);
    let mut found = Found::default();
    let (_place, folder) = image.copy();
    image.open(&folder, "nothing was done", &mut found);
    assert_eq!(
        (found.outbox_whole, found.unhurt, found.sheets_whole),
        (1, 1, 1)
    );
    let names: Vec<PathBuf> = files(image.place.path())
        .into_iter()
        .map(|path| path.strip_prefix(image.place.path()).unwrap().to_owned())
        .collect();
    for name in &names {
        for turn in 0..wounds(name) * times() {
            let (_place, folder) = image.copy();
            let wound = hurt(&folder.root().join(name), turn, &mut chance);
            if name.ends_with("db") && turn % 4 > 1 {
                // Its log is all there is.
                remove_snapshots(&folder);
            }
            image.open(&folder, &format!("{}: {wound}", name.display()), &mut found);
        }
        let (_place, folder) = image.copy();
        fs::remove_file(folder.root().join(name)).unwrap();
        image.open(
            &folder,
            &format!("{} was taken away", name.display()),
            &mut found,
        );
        // An older one in its place, while the others are newer.
        let earlier = image.older.path().join(name);
        if earlier.exists() {
            let (_place, folder) = image.copy();
            fs::copy(earlier, folder.root().join(name)).unwrap();
            image.open(
                &folder,
                &format!("{} is an older one", name.display()),
                &mut found,
            );
        }
    }
    // The older replica as a whole is a state it had, and is brought up to date by its links.
    let (_place, folder) = image.copy();
    fs::remove_dir_all(folder.replica()).unwrap();
    copy(&image.older.path().join("replica"), &folder.replica());
    image.open(&folder, "an older replica", &mut found);
    println!("{found:?}");
    assert!(found.outbox_refused > 0 && found.outbox_whole > found.outbox_refused);
    assert!(found.fetched_anew > 0 && found.sheets_missing > 0);
}

fn remove_snapshots(folder: &Folder) {
    for path in files(&folder.replica()) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("snap.") {
            fs::remove_file(path).unwrap();
        }
    }
}

/// The precious one is looked at most closely.
fn wounds(name: &Path) -> usize {
    match name.file_name().and_then(|name| name.to_str()) {
        Some("outbox.redb") => 90,
        Some("db") => 30,
        Some("lock") => 0,
        _ => 8,
    }
}

/// Damages a file, and says how.
fn hurt(path: &Path, turn: usize, chance: &mut Chance) -> String {
    let mut bytes = fs::read(path).unwrap();
    if bytes.is_empty() {
        bytes.push(0xa5);
        fs::write(path, bytes).unwrap();
        return "a byte was added".into();
    }
    let at = chance.below(bytes.len());
    let words = match turn % 6 {
        0 => {
            bytes.truncate(at);
            format!("cut at {at}")
        }
        1 => {
            let least = bytes.len().saturating_sub(1 + chance.below(600));
            bytes.truncate(least);
            format!("its end is cut at {least}")
        }
        2 => {
            // Where something is: most of a database file is empty.
            let full: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
            let at = full.get(chance.below(full.len())).copied().unwrap_or(at);
            bytes[at] ^= 1 << chance.below(8);
            format!("a bit of {at} flipped")
        }
        3 => {
            let from = at / 4096 * 4096;
            let end = (from + 4096).min(bytes.len());
            bytes[from..end].fill(0);
            format!("the page at {from} zeroed")
        }
        4 => {
            let end = (at + 512).min(bytes.len());
            bytes[at..end].fill(0xa5);
            format!("garbage at {at}")
        }
        _ => {
            let at = chance.below(bytes.len().min(200));
            bytes[at] ^= 0xff;
            format!("byte {at} of its head turned over")
        }
    };
    fs::write(path, bytes).unwrap();
    words
}
