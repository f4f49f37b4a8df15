//! What lies on disk after bad days: every rung of the ladder leads to a usable
//! calendar and one clear line, and the outbox keeps what it promised.

#![allow(clippy::unwrap_used, reason = "a test says where it broke")]

use jiff::{SignedDuration, Timestamp};
use kalends::domain::answer::{Reply, Respond};
use kalends::domain::event::{Answer, Details, Event, Kind};
use kalends::domain::ids::{CalendarId, EventId};
use kalends::domain::intent::{Act, Intent, IntentId, Seen, Stage};
use kalends::domain::replica::{Change, Mark, Record, Replica, WindowState};
use kalends::domain::text::Untrusted;
use kalends::domain::window::{Quarter, WindowId};
use kalends::store::{Folder, Outbox, StoreError, ladder};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

const EVENTS: usize = 300;

fn window() -> WindowId {
    WindowId {
        calendar: CalendarId::new("cal"),
        quarter: Quarter(8107),
    }
}

fn event(n: usize) -> Event {
    let start: Timestamp = "2026-11-26T09:00:00Z".parse().unwrap();
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
            subject: Untrusted::new(format!("Event {n}")),
            ..Details::default()
        }),
    }
}

/// A folder whose replica was filled, closed and opened once more, so that a snapshot lies there.
fn filled() -> (tempfile::TempDir, Folder) {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::new(place.path());
    folder.create().unwrap();
    let opened = ladder::open(&folder, "0").unwrap();
    assert!(opened.is_new && opened.healed.is_none());
    for n in 0..EVENTS {
        let event = event(n);
        let mark = Change::Mark {
            window: window(),
            root: event.id.clone(),
            id: event.id.clone(),
            mark: Mark::Reported(1),
        };
        let record = Record {
            event,
            quarters: vec![window().quarter],
            learnt: 1,
            round: 1,
        };
        opened
            .replica
            .apply(&[mark, Change::Put(Box::new(record))])
            .unwrap();
    }
    let state = Change::PutWindow {
        window: window(),
        state: WindowState::default(),
    };
    opened.replica.apply(&[state]).unwrap();
    opened.replica.flush().unwrap();
    drop(opened);
    drop(ladder::open(&folder, "0").unwrap());
    (place, folder)
}

fn held(folder: &Folder) -> (usize, Option<String>, bool) {
    let opened = ladder::open(folder, "1").unwrap();
    let members = opened.replica.members(&window(), None).unwrap();
    for (_, id, _) in &members {
        assert!(
            opened
                .replica
                .record(&window().calendar, id)
                .unwrap()
                .is_some()
        );
    }
    (members.len(), opened.healed, opened.is_new)
}

fn snapshots(folder: &Folder) -> Vec<PathBuf> {
    let files = fs::read_dir(folder.replica())
        .unwrap()
        .flatten()
        .map(|file| file.path());
    files
        .filter(|path| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("snap.")
        })
        .collect()
}

#[test]
fn a_healthy_copy_opens_without_a_word() {
    let (_place, folder) = filled();
    assert_eq!(held(&folder), (EVENTS, None, false));
}

#[test]
fn a_half_made_snapshot_is_removed_and_nothing_is_lost() {
    let (_place, folder) = filled();
    fs::write(
        folder.replica().join("snap.FFFFFFFFFFFFFFFF.generating"),
        b"",
    )
    .unwrap();
    let (events, healed, is_new) = held(&folder);
    assert_eq!((events, is_new), (EVENTS, false));
    assert!(healed.unwrap().contains("nothing is lost"));
}

#[test]
fn a_truncated_snapshot_is_rebuilt_from_the_log() {
    let (_place, folder) = filled();
    let snapshots = snapshots(&folder);
    assert!(!snapshots.is_empty());
    for snapshot in snapshots {
        let length = fs::metadata(&snapshot).unwrap().len();
        fs::OpenOptions::new()
            .write(true)
            .open(&snapshot)
            .unwrap()
            .set_len(length / 2)
            .unwrap();
    }
    let (events, healed, is_new) = held(&folder);
    assert_eq!((events, is_new), (EVENTS, false));
    assert!(healed.unwrap().contains("repaired"));
}

#[test]
fn a_garbage_file_is_set_aside_and_the_outbox_stays() {
    let (_place, folder) = filled();
    let outbox = Outbox::open(&folder).unwrap();
    outbox.put(&intent(1)).unwrap();
    drop(outbox);
    for file in fs::read_dir(folder.replica()).unwrap().flatten() {
        if file.path().is_file() {
            fs::write(file.path(), vec![0xa5; 70_000]).unwrap();
        }
    }
    let (events, healed, is_new) = held(&folder);
    assert_eq!((events, is_new), (0, true));
    let words = healed.unwrap();
    assert!(
        words.contains("fetched again") && !words.contains('\n'),
        "{words}"
    );
    assert!(folder.root().join("replica.bad-1").exists());
    assert_eq!(
        Outbox::open(&folder).unwrap().intents().unwrap(),
        vec![intent(1)]
    );
}

#[test]
fn only_two_damaged_copies_are_kept() {
    let (_place, folder) = filled();
    for stamp in ["1", "2", "3", "4"] {
        drop(ladder::start_anew(&folder, stamp).unwrap());
    }
    let aside = fs::read_dir(folder.root()).unwrap().flatten();
    let kept = aside.filter(|file| {
        file.file_name()
            .to_string_lossy()
            .starts_with("replica.bad-")
    });
    assert_eq!(kept.count(), 2);
}

fn intent(n: u64) -> Intent {
    let at: Timestamp = "2026-11-26T09:00:00Z".parse().unwrap();
    Intent {
        id: IntentId(n),
        act: Act::Respond(Respond {
            calendar: CalendarId::new("cal"),
            event: EventId::new("event-1"),
            root: EventId::new("event-1"),
            reply: Reply::Accept,
            comment: Some("gern".into()),
            tell_organizer: true,
            proposed: None,
            seen: Seen {
                start: at,
                end: at,
                all_day: false,
                subject: Untrusted::new("Event 1"),
                answer: Answer::NotResponded,
                shape: Some(7),
            },
        }),
        made_at: at,
        due_at: at,
        stage: Stage::Waiting,
        tries: 0,
        follows: None,
        doubt: None,
        replaces: Vec::new(),
    }
}

#[test]
fn the_outbox_keeps_order_and_remembers_what_left() {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::new(place.path());
    folder.create().unwrap();
    let outbox = Outbox::open(&folder).unwrap();
    for n in 1..=3 {
        outbox.put(&intent(n)).unwrap();
    }
    outbox.withdraw(&[IntentId(2)]).unwrap();
    outbox.finish(&intent(1)).unwrap();
    drop(outbox);
    let outbox = Outbox::open(&folder).unwrap();
    assert_eq!(outbox.intents().unwrap(), vec![intent(3)]);
    assert_eq!(outbox.left().unwrap(), vec![intent(1)]);
    assert_eq!(outbox.next_id().unwrap(), IntentId(4));
    let mode = fs::metadata(folder.outbox()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn there_is_one_owner_and_the_second_learns_who() {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::new(place.path());
    let owner = folder.own().unwrap();
    match folder.own() {
        Err(StoreError::Owned { pid, .. }) => assert_eq!(pid, std::process::id().to_string()),
        other => panic!("{other:?}"),
    }
    drop(owner);
    folder.own().unwrap();
}
