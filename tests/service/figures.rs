//! The program's own figures: counted where the answers come in, kept over a restart, by day.

use super::desk::{Desk, create, event, now, rename};
use jiff::SignedDuration;
use jiff::civil::date;
use kalends::domain::remote::FailureKind;
use kalends::service::protocol::{Reply, Request, Vitals};
use kalends::service::{Incoming, Peek, attach};
use std::sync::{Arc, mpsc};
use std::time::Duration;

fn vitals(desk: &Desk) -> Vitals {
    match desk.ask(Request::Vitals) {
        Reply::Vitals(vitals) => *vitals,
        other => panic!("{other:?}"),
    }
}

#[test]
fn figures_survive_a_restart_and_two_days_are_two() {
    let mut desk = Desk::with(&[event("mine", 2, true)]);
    let first = vitals(&desk);
    assert!(
        first.requests > 0 && first.bytes > first.requests,
        "{first:?}"
    );
    // The next may be under way already.
    let answers = first.answers.count;
    assert!(answers > 5 && answers <= first.requests, "{first:?}");
    assert!(first.rounds.count > 5, "a round a window: {first:?}");
    assert_eq!((first.slots, first.budget), (4, 5_000));
    assert!(first.budget_left < first.budget);
    let round = first.round.expect("the last round");
    assert_eq!((round.calendar.as_str(), round.pages), ("work", 1));
    desk.restart(false);
    let again = vitals(&desk);
    assert!(again.requests >= first.requests && again.rounds.count >= first.rounds.count);
    desk.pass(SignedDuration::from_hours(24));
    desk.until("a round of the next day", |desk| {
        vitals(desk).rounds.count > 0
    });
    let next = vitals(&desk);
    assert!(next.requests < first.requests + 10, "{next:?} began anew");
    let folder = desk.account();
    desk.restart(false);
    let (days, until) = Peek::figures(&folder);
    let keys: Vec<_> = days.keys().copied().collect();
    assert_eq!(keys, [date(2026, 11, 25), date(2026, 11, 26)]);
    assert!(until.unwrap() > now() + SignedDuration::from_hours(24));
    let counts: Vec<u64> = days.values().map(|day| day.requests).collect();
    assert!(
        counts[0] >= again.requests && counts[1] >= next.requests,
        "{counts:?}"
    );
    for day in days.values() {
        assert!(
            day.counted >= day.requests && day.answers.count() > 0,
            "{day:?}"
        );
    }
}

#[test]
fn failures_are_counted_and_the_file_is_written_while_the_program_runs() {
    let desk = Desk::with(&[event("mine", 2, true)]);
    let before = vitals(&desk).failed;
    desk.offline(true);
    desk.queue(create("dentist", 4));
    desk.until("a failure", |desk| vitals(desk).failed > before);
    desk.offline(false);
    desk.until("the new event", |desk| desk.intents().is_empty());
    let folder = desk.account();
    desk.pass(SignedDuration::from_mins(4));
    desk.until("the file", |_| Peek::figures(&folder).1.is_some());
    let (days, _) = Peek::figures(&folder);
    assert!(days.values().next().unwrap().failed > before);
}

#[test]
fn what_is_under_way_is_seen_while_it_is() {
    let mine = event("mine", 2, true);
    let desk = Desk::with(std::slice::from_ref(&mine));
    assert_eq!(vitals(&desk).intents, 0);
    desk.shut(true);
    desk.queue(rename(&mine, "later"));
    desk.until("a request that waits", |desk| {
        let seen = vitals(desk);
        seen.in_flight > 0 && seen.intents == 1
    });
    desk.shut(false);
    desk.until("the change", |desk| desk.intents().is_empty());
    assert_eq!(vitals(&desk).wait_until, None);
    desk.fail(&[FailureKind::Throttled]);
    desk.queue(create("dentist", 4));
    // Time stands still, so that the wait does not end.
    let is_waiting = (0..4_000).any(|_| {
        std::thread::park_timeout(Duration::from_millis(5));
        vitals(&desk).wait_until.is_some()
    });
    assert!(is_waiting, "{:?}", desk.log());
    desk.until("the new event", |desk| desk.intents().is_empty());
}

#[test]
fn somebody_else_s_screen_sees_the_owner_s_figures() {
    let desk = Desk::with(&[event("mine", 2, true)]);
    let (sender, incoming) = mpsc::channel();
    let outlet = Arc::new(move |news| sender.send(news).is_ok());
    let other = attach(&desk.account(), "", outlet).unwrap();
    let ticket = other.ticket();
    assert!(other.post(ticket, Request::Vitals));
    let patience = Duration::from_secs(20);
    let told =
        std::iter::from_fn(|| incoming.recv_timeout(patience).ok()).find_map(|news| match news {
            Incoming::Replied {
                reply: Reply::Vitals(told),
                ..
            } => Some(*told),
            _ => None,
        });
    let (told, own) = (told.expect("an answer"), vitals(&desk));
    assert_eq!((told.slots, told.round), (own.slots, own.round));
    assert!(told.requests > 0 && told.answers.count <= own.answers.count);
}

#[test]
fn a_file_that_cannot_be_read_or_written_is_nobodys_trouble() {
    let mut desk = Desk::with(&[event("mine", 2, true)]);
    let folder = desk.account();
    desk.restart(false);
    std::fs::write(folder.days(), b"\xff\x00 figures").unwrap();
    desk.restart(false);
    assert!(vitals(&desk).requests < 100);
    // Nothing can be renamed onto a folder with something in it.
    drop(desk.restart(false));
    let _ = std::fs::remove_file(folder.days());
    std::fs::create_dir_all(folder.days().join("in the way")).unwrap();
    let (heard, _) = desk.hear(Request::SyncNow);
    desk.pass(SignedDuration::from_mins(4));
    let (more, reply) = desk.hear(Request::SyncNow);
    assert_eq!(reply, Reply::Done);
    let is_said = |notice: &_| matches!(notice, kalends::service::protocol::Notice::Said { .. });
    assert!(
        !heard.iter().chain(&more).any(is_said),
        "{heard:?} {more:?}"
    );
    let last = desk.restart(false);
    assert!(!format!("{last:?}").contains("days"), "{last:?}");
}
