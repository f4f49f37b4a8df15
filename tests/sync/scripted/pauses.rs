//! What the server asks us to wait is waited, whoever presses what.

use super::play::{
    Play, began, failure, healthy, is_event, is_mailbox, is_next, last_page, mins, orphan, single,
    wait,
};
use crate::server::calendar;
use jiff::{SignedDuration, Timestamp};
use kalends::domain::edit::Delete;
use kalends::domain::event::Answer;
use kalends::domain::ids::EventId;
use kalends::domain::intent::{Act, Intent, IntentId, Seen, Stage};
use kalends::domain::remote::{Ask, FailureKind, Item, Told};
use kalends::domain::text::Untrusted;
use kalends::sync::engine::Input;

#[test]
fn no_key_shortens_a_wait_that_the_server_asked_for() {
    let mut play = Play::new();
    let (ticket, _) = play.flights[0].clone();
    play.tell(ticket, Err(wait(FailureKind::Throttled, 429, 600)));
    let before = play.asked.len();
    let keys = [
        Input::SyncNow,
        Input::FullSync,
        Input::SignedIn,
        Input::Hurried,
    ];
    for key in keys {
        play.feed(key.clone());
        assert_eq!(play.asked.len(), before, "{key:?}");
        assert!(play.engine.waiting_until() >= Some(began() + mins(10)));
    }
    play.run(mins(9), |ask, _| Some(healthy(ask)));
    assert_eq!(play.asked.len(), before);
    play.run(mins(2), |ask, _| Some(healthy(ask)));
    assert!(play.asked.len() > before);
    assert_eq!(play.ended, [Vec::<String>::new()]);
}

/// One is told to wait, another finds no line: the longer wait holds.
#[test]
fn a_lost_line_does_not_shorten_it_either() {
    let mut play = two_under_way();
    let tickets: Vec<u64> = play.flights.iter().map(|(ticket, _)| *ticket).collect();
    play.tell(tickets[0], Err(wait(FailureKind::Throttled, 429, 600)));
    let until = play.now + mins(10);
    play.tell(tickets[1], Err(failure(FailureKind::Offline, 0)));
    let before = play.asked.len();
    play.run(mins(20), |ask, _| Some(healthy(ask)));
    assert!(play.asked.len() > before);
    assert!(play.asked[before].0 >= until, "{}", play.asked[before].0);
}

/// A round and the mailbox.
fn two_under_way() -> Play {
    let mut play = Play::new();
    play.run(mins(1), |ask, _| Some(healthy(ask)));
    play.feed(Input::SyncNow);
    assert_eq!(play.flights.len(), 2);
    play
}

/// An act whose event was read while another request was told to wait leaves after the wait.
#[test]
fn an_act_waits_too() {
    let mut play = Play::new();
    let event = single(calendar(0), "event");
    let answer = |ask: &Ask, _: Timestamp| {
        Some(match ask {
            Ask::RoundStart { .. } => Ok(last_page(vec![Item::Seen(event.clone())])),
            Ask::Event { .. } => Ok(Told::Event(event.clone())),
            Ask::Delete { .. } => Ok(Told::Accepted),
            _ => healthy(ask),
        })
    };
    play.run(mins(1), answer);
    play.feed(Input::SyncNow);
    let asked = play.flights[0].0;
    play.feed(Input::Queued(Box::new(deletion(play.now))));
    let (check, _) = play.flights.iter().find(|(_, ask)| is_event(ask)).unwrap();
    let check = *check;
    play.tell(asked, Err(wait(FailureKind::Throttled, 429, 600)));
    let until = play.now + mins(10);
    play.tell(check, Ok(Told::Event(event.clone())));
    let is_delete = |ask: &Ask| matches!(ask, Ask::Delete { .. });
    assert!(play.times(is_delete).is_empty());
    play.run(mins(20), answer);
    let sent = play.times(is_delete);
    assert_eq!(sent.len(), 1);
    assert!(sent[0] >= until);
    assert_eq!(play.engine.unsent(), 0);
}

fn deletion(now: Timestamp) -> Intent {
    let event = single(calendar(0), "event");
    let act = Act::Delete(Delete {
        calendar: event.calendar.clone(),
        event: event.id.clone(),
        root: EventId::new("event"),
        message: None,
        is_my_meeting: false,
        seen: Seen {
            start: event.start,
            end: event.end,
            all_day: false,
            subject: Untrusted::new("Stand-up"),
            answer: Answer::default(),
            shape: None,
        },
    });
    Intent {
        id: IntentId(1),
        act,
        made_at: now,
        due_at: now,
        stage: Stage::Waiting,
        tries: 0,
        follows: None,
        doubt: None,
        replaces: Vec::new(),
    }
}

/// 503 with `Retry-After`: whatever was asked for is not asked for sooner.
#[test]
fn a_service_that_is_away_says_for_how_long() {
    for wanted in [is_next as fn(&Ask) -> bool, is_event, is_mailbox] {
        let mut play = Play::new();
        let mut moments: Vec<Timestamp> = Vec::new();
        for minute in 0..12 {
            if minute % 3 == 2 {
                play.feed(Input::SyncNow);
                play.feed(Input::FullSync);
            }
            play.run(mins(1), |ask, now| {
                if wanted(ask) {
                    moments.push(now);
                    return Some(Err(wait(FailureKind::Unknown, 503, 240)));
                }
                Some(match ask {
                    Ask::RoundStart { .. } => Ok(last_page(vec![Item::Seen(orphan())])),
                    _ => healthy(ask),
                })
            });
        }
        assert!(moments.len() > 1, "{moments:?}");
        for pair in moments.windows(2) {
            let between = pair[1].duration_since(pair[0]);
            assert!(between >= SignedDuration::from_secs(240), "{moments:?}");
        }
    }
}
