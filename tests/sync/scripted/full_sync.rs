//! A full sync ends, whatever the server does, and says what could not be had.

use super::play::{Play, failure, healthy, is_mailbox, last_page, mins, one, orphan, single};
use crate::server::calendar;
use jiff::SignedDuration;
use kalends::domain::remote::{Ask, Failure, FailureKind, Item, Told};
use kalends::sync::engine::{Input, Link};

const NO_MAILBOX: &str = "the mailbox is not enabled for this";

fn no_mailbox() -> Failure {
    Failure {
        code: "MailboxNotEnabledForRESTAPI".into(),
        words: NO_MAILBOX.into(),
        ..failure(FailureKind::Forbidden, 404)
    }
}

#[test]
fn a_calendar_that_can_never_be_read_does_not_hold_it_up() {
    let mut play = Play::new();
    play.feed(Input::FullSync);
    play.run(mins(10), |ask, _| {
        Some(match ask {
            Ask::Mailbox { .. } => healthy(ask),
            _ => Err(failure(FailureKind::Forbidden, 403)),
        })
    });
    assert_eq!(play.ended, [["the server answered 403"]]);
}

/// A window that appears while it runs was never read: it is waited for.
#[test]
fn a_calendar_that_appears_meanwhile_is_waited_for() {
    let mut play = Play::new();
    play.run(mins(1), |ask, _| Some(healthy(ask)));
    play.feed(Input::FullSync);
    play.run(mins(1), |ask, _| match ask {
        Ask::Mailbox { .. } => {
            let mut two = super::play::mailbox();
            two.calendars.push(one(calendar(1)));
            Some(Ok(Told::Mailbox(two)))
        }
        Ask::RoundStart { calendar: of, .. } if *of == calendar(1) => None,
        _ => Some(healthy(ask)),
    });
    assert!(play.ended.is_empty());
    play.run(mins(1), |ask, _| Some(healthy(ask)));
    assert_eq!(play.ended, [Vec::<String>::new()]);
}

#[test]
fn an_event_that_can_never_be_read_does_not_hold_it_up() {
    let mut play = Play::new();
    let poisoned = |ask: &Ask| match ask {
        Ask::RoundStart { .. } => Ok(last_page(vec![Item::Seen(orphan())])),
        Ask::Event { .. } => Err(failure(FailureKind::Unknown, 500)),
        _ => healthy(ask),
    };
    play.feed(Input::FullSync);
    play.run(mins(10), |ask, _| Some(poisoned(ask)));
    assert_eq!(play.ended.len(), 1);
    assert_eq!(play.ended[0].len(), 1, "{:?}", play.ended);
    assert!(play.ended[0][0].contains("event"), "{:?}", play.ended);
    // The next one tries it again.
    play.feed(Input::FullSync);
    play.run(mins(5), |ask, _| match ask {
        Ask::Event { calendar, .. } => Some(Ok(Told::Event(single(calendar.clone(), "master")))),
        _ => Some(poisoned(ask)),
    });
    assert_eq!(play.ended.len(), 2);
    assert!(play.ended[1].is_empty(), "{:?}", play.ended);
}

#[test]
fn what_was_wrong_before_it_is_not_what_it_says() {
    let mut play = Play::new();
    play.run(mins(5), |_, _| Some(Err(failure(FailureKind::Offline, 0))));
    assert!(matches!(play.engine.link(), Link::Down(_)));
    play.feed(Input::FullSync);
    assert!(play.ended.is_empty(), "nobody was asked yet");
    play.run(mins(1), |ask, _| Some(healthy(ask)));
    assert_eq!(play.ended, [Vec::<String>::new()]);
    // Still without a line: it says so at once.
    play.run(mins(5), |_, _| Some(Err(failure(FailureKind::Offline, 0))));
    play.feed(Input::FullSync);
    play.run(SignedDuration::from_secs(2), |_, _| {
        Some(Err(failure(FailureKind::Offline, 0)))
    });
    assert_eq!(play.ended.len(), 2);
    assert_eq!(play.ended[1], ["the server answered 0"]);
}

/// An account without a mailbox: nothing is ever known, and the person is told why, once.
#[test]
fn a_mailbox_that_is_not_there_is_said_and_ends_it() {
    let mut play = Play::new();
    play.feed(Input::FullSync);
    play.run(mins(60), |_, _| Some(Err(no_mailbox())));
    assert_eq!(play.ended.len(), 1);
    assert!(play.ended[0][0].contains(NO_MAILBOX), "{:?}", play.ended);
    assert_eq!(play.said.len(), 1, "{:?}", play.said);
    assert!(play.said[0].contains(NO_MAILBOX), "{:?}", play.said);
    assert!(play.times(is_mailbox).len() < 25);
    // Another reason is another message; the same again is none.
    play.run(mins(60), |_, _| {
        Some(Err(failure(FailureKind::Refused, 400)))
    });
    assert_eq!(play.said.len(), 2, "{:?}", play.said);
    // It was there for a while.
    play.run(mins(10), |ask, _| Some(healthy(ask)));
    play.feed(Input::FullSync);
    play.run(mins(10), |_, _| Some(Err(no_mailbox())));
    assert_eq!(play.said.len(), 4, "{:?}", play.said);
}

/// What is known stands, and the rest of a full sync is done.
#[test]
fn a_mailbox_that_does_not_answer_is_named() {
    for trouble in [no_mailbox(), failure(FailureKind::Unknown, 503)] {
        let mut play = Play::new();
        play.run(mins(1), |ask, _| Some(healthy(ask)));
        play.feed(Input::FullSync);
        play.run(mins(10), |ask, _| {
            Some(match ask {
                Ask::Mailbox { .. } => Err(trouble.clone()),
                _ => healthy(ask),
            })
        });
        assert_eq!(play.ended.len(), 1, "{trouble:?}");
        assert_eq!(play.ended[0].len(), 1, "{trouble:?}");
        assert!(play.ended[0][0].contains(&trouble.words), "{trouble:?}");
    }
    // A failure that passes is not named.
    let mut play = Play::new();
    let mut left = 3;
    play.feed(Input::FullSync);
    play.run(mins(10), |ask, _| {
        if is_mailbox(ask) && left > 0 {
            left -= 1;
            return Some(Err(failure(FailureKind::Unknown, 503)));
        }
        Some(healthy(ask))
    });
    assert_eq!(play.ended, [Vec::<String>::new()]);
    assert!(play.said.is_empty(), "{:?}", play.said);
}
