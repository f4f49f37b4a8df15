//! What a failed fetch by id means for the event here.

use super::play::{Play, failure, healthy, is_event, last_page, mins, single};
use crate::server::calendar;
use kalends::domain::ids::EventId;
use kalends::domain::remote::{Ask, Failure, FailureKind, Item, Told};
use kalends::sync::engine::Input;

/// An event of which a round says that it left, and the fetch by id ends like this.
fn after(answer: &Failure) -> Play {
    let mut play = Play::new();
    let event = single(calendar(0), "event");
    play.run(mins(1), |ask, _| {
        Some(match ask {
            Ask::RoundStart { .. } => Ok(last_page(vec![Item::Seen(event.clone())])),
            _ => healthy(ask),
        })
    });
    assert!(play.has("event"));
    play.feed(Input::SyncNow);
    play.run(mins(1), |ask, _| {
        Some(match ask {
            Ask::RoundNext { .. } => Ok(last_page(vec![Item::Removed(EventId::new("event"))])),
            Ask::Event { .. } => Err(answer.clone()),
            _ => healthy(ask),
        })
    });
    assert!(!play.times(is_event).is_empty());
    play
}

#[test]
fn only_a_server_that_says_so_makes_an_event_gone() {
    let coded = |code: &str, status| Failure {
        code: code.into(),
        ..failure(FailureKind::Refused, status)
    };
    assert!(!after(&failure(FailureKind::NotFound, 404)).has("event"));
    assert!(!after(&coded("ErrorInvalidIdMalformed", 400)).has("event"));
    for refused in [
        coded("ErrorQuotaExceeded", 507),
        coded("BadRequest", 400),
        coded("", 405),
        coded("", 422),
    ] {
        let mut play = after(&refused);
        assert!(play.has("event"), "{refused:?}");
        // It is asked for again, and not in a hurry.
        let tries = play.times(is_event).len();
        assert!((2..10).contains(&tries), "{refused:?}: {tries}");
        play.run(mins(10), |ask, _| {
            Some(match ask {
                Ask::Event { .. } => Ok(Told::Event(single(calendar(0), "event"))),
                _ => healthy(ask),
            })
        });
        assert!(play.has("event"), "{refused:?}");
        assert!(play.engine.is_quiet(play.now), "{refused:?}");
    }
}
