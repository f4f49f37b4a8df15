//! An answer to a question of a window that was given up and made anew.

use super::play::{Play, healthy, is_next, is_start, last_page, mailbox, mins, one, single};
use kalends::domain::ids::{CalendarId, EventId};
use kalends::domain::remote::{Ask, Failure, FailureKind, Followed, Item, Told};
use kalends::domain::replica::Replica as _;
use kalends::sync::engine::Input;

const BEN: &str = "ben@contoso.com";

fn bens() -> CalendarId {
    CalendarId::of_mailbox(BEN, "main")
}

fn with_ben(ask: &Ask) -> Result<Told, Failure> {
    match ask {
        Ask::Mailbox { followed } => {
            let mut told = mailbox();
            told.calendars[0].is_default = false;
            told.calendars[0].owner = Default::default();
            told.followed = followed
                .iter()
                .map(|address| Followed {
                    address: address.clone(),
                    calendar: Ok(one(bens())),
                })
                .collect();
            Ok(Told::Mailbox(told))
        }
        Ask::RoundStart { calendar, .. } if *calendar == bens() => {
            Ok(last_page(vec![Item::Seen(single(bens(), "event"))]))
        }
        _ => healthy(ask),
    }
}

/// A poll hangs while its calendar is unfollowed and followed again. What it brings at last says
/// nothing of the full round that runs by then, nor does its failure.
#[test]
fn an_answer_to_an_earlier_round_does_not_end_this_one() {
    let gone = Failure {
        words: "late".into(),
        ..super::play::failure(FailureKind::ResyncRequired, 410)
    };
    for late in [Ok(last_page(Vec::new())), Err(gone)] {
        let of_ben = |ask: &Ask| match ask {
            Ask::RoundStart { calendar, .. } | Ask::RoundNext { calendar, .. } => {
                *calendar == bens()
            }
            _ => false,
        };
        let mut play = Play::new();
        play.feed(Input::Followed(vec![BEN.into()]));
        play.run(mins(1), |ask, _| Some(with_ben(ask)));
        // The poll, which hangs.
        play.feed(Input::SyncNow);
        play.run(mins(1), |ask, _| (!of_ben(ask)).then(|| with_ben(ask)));
        let polls = |ask: &Ask| of_ben(ask) && is_next(ask);
        let poll = play.flights.iter().find(|(_, ask)| polls(ask)).unwrap().0;
        play.feed(Input::Followed(Vec::new()));
        play.feed(Input::Followed(vec![BEN.into()]));
        play.run(mins(1), |ask, _| (!of_ben(ask)).then(|| with_ben(ask)));
        let starts = |ask: &Ask| of_ben(ask) && is_start(ask);
        let start = play.flights.iter().find(|(_, ask)| starts(ask)).unwrap();
        let (start, ask) = start.clone();
        let before = play.asked.len();
        play.tell(poll, late);
        assert_eq!(play.asked.len(), before);
        assert!(
            play.engine.fresh_at().is_none(),
            "the full round still runs"
        );
        play.tell(start, with_ben(&ask));
        let event = play.memory.record(&bens(), &EventId::new("event"));
        assert!(event.unwrap().is_some());
        assert!(play.engine.fresh_at().is_some());
    }
}
