//! The file of the outbox with bytes changed: it is refused with one message, or everything in it
//! is what was acknowledged.

use jiff::Timestamp;
use kalends::domain::answer::{Reply, Respond};
use kalends::domain::event::Answer;
use kalends::domain::ids::{CalendarId, EventId};
use kalends::domain::intent::{Act, Intent, IntentId, Seen, Stage};
use kalends::store::{Folder, Outbox};
use std::fs;
use std::sync::OnceLock;

/// A good file with what is in it: waiting, and left.
struct Image {
    bytes: Vec<u8>,
    seal: Vec<u8>,
    intents: Vec<Intent>,
    left: Vec<Intent>,
}

pub fn intent(n: u64) -> Intent {
    let at = Timestamp::from_second(1_795_000_000).expect("a year we live in");
    Intent {
        id: IntentId(n),
        act: Act::Respond(Respond {
            calendar: CalendarId::new("cal"),
            event: EventId::new(format!("event-{n}")),
            root: EventId::new(format!("event-{n}")),
            reply: Reply::Accept,
            comment: Some(format!("gladly, number {n}")),
            tell_organizer: true,
            proposed: None,
            seen: Seen {
                start: at,
                end: at,
                all_day: false,
                subject: "Stand-up".into(),
                answer: Answer::NotResponded,
                shape: Some(n),
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

fn image() -> &'static Image {
    static MADE: OnceLock<Image> = OnceLock::new();
    MADE.get_or_init(|| {
        let place = place();
        let folder = Folder::new(place.path());
        folder.create().expect("a folder");
        let outbox = Outbox::open(&folder).expect("a new outbox");
        for n in 1..=6 {
            outbox.put(&intent(n)).expect("room for it");
        }
        outbox.withdraw(&[IntentId(2)]).expect("it is there");
        outbox.finish(&intent(1)).expect("it is there");
        let (intents, left) = (
            outbox.intents().expect("good"),
            outbox.left().expect("good"),
        );
        drop(outbox);
        Image {
            bytes: fs::read(folder.outbox()).expect("a file"),
            seal: fs::read(folder.outbox_seal()).expect("a seal"),
            intents,
            left,
        }
    })
}

/// In memory where the system has such a folder: a commit waits for its drive.
fn place() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().expect("a folder"))
}

/// The input is a list of wounds: five bytes each say where, how and what.
pub fn outbox_file(bytes: &[u8]) {
    let good = image();
    let mut damaged = good.bytes.clone();
    for wound in bytes.chunks(5) {
        let [how, a, b, c, what] = wound else { break };
        let at = usize::from_le_bytes([*a, *b, *c, 0, 0, 0, 0, 0]) % damaged.len().max(1);
        match how % 4 {
            0 | 1 => damaged[at] ^= what,
            2 => {
                let end = (at + 8 * usize::from(*what)).min(damaged.len());
                damaged[at..end].fill(0);
            }
            _ => damaged.truncate(at),
        }
        if damaged.is_empty() {
            break;
        }
    }
    let place = place();
    let folder = Folder::new(place.path());
    folder.create().expect("a folder");
    fs::write(folder.outbox(), &damaged).expect("room for it");
    fs::write(folder.outbox_seal(), &good.seal).expect("room for it");
    let read = Outbox::open(&folder).and_then(|outbox| Ok((outbox.intents()?, outbox.left()?)));
    match read {
        Ok((intents, left)) => {
            assert_eq!(intents, good.intents);
            assert_eq!(left, good.left);
        }
        Err(error) => {
            assert!(!error.to_string().contains('\n'), "{error}");
            let kept = fs::read(folder.outbox()).expect("it is still there");
            assert!(kept == damaged, "it was refused and changed: {error}");
        }
    }
}
