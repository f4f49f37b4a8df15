//! Rounds that cannot end because of what comes after their first page.

use super::play::{
    Answer, Play, failure, healthy, is_next, is_start, is_view, last_page, mins, next_page, wait,
};
use jiff::Timestamp;
use kalends::domain::remote::{Ask, Failure, FailureKind, Told};
use kalends::sync::engine::Input;

/// The first page is fine and points to a second one, which is this.
fn second(ask: &Ask, page: &Result<Told, Failure>) -> Answer {
    Some(match ask {
        Ask::RoundStart { .. } => Ok(next_page(Vec::new(), "second")),
        Ask::RoundNext { .. } => page.clone(),
        _ => healthy(ask),
    })
}

fn second_pages() -> Vec<Result<Told, Failure>> {
    vec![
        Ok(next_page(Vec::new(), "second")),
        Err(failure(FailureKind::ResyncRequired, 410)),
        Err(failure(FailureKind::ForeignLink, 0)),
        Err(failure(FailureKind::Unknown, 500)),
        Err(failure(FailureKind::Unknown, 504)),
        Err(failure(FailureKind::Unknown, 503)),
        Err(failure(FailureKind::Refused, 400)),
        Err(failure(FailureKind::Forbidden, 403)),
    ]
}

/// Three rounds at most, each later than the one before; then the plain view is read instead.
#[test]
fn a_round_that_never_gets_past_a_later_page_is_read_by_plain_view() {
    for page in second_pages() {
        let mut play = Play::new();
        play.run(mins(120), |ask, _| second(ask, &page));
        let starts = play.times(is_start);
        assert!(starts.len() <= 3, "{page:?}: {}", starts.len());
        assert!(play.times(is_next).len() <= 40, "{page:?}");
        assert!(play.said.len() <= 3, "{page:?}: {:?}", play.said);
        // Idle: every five minutes.
        assert!(play.times(is_view).len() > 10, "{page:?}");
        assert!(play.engine.fresh_at().is_some(), "{page:?}");
        // The daily comparison tries rounds again, and a server that was mended is believed.
        play.run(mins(60 * 27), |ask, _| Some(healthy(ask)));
        let late = |ask: &Ask| is_view(ask) || is_start(ask);
        assert!(is_next(&play.asked.last().unwrap().1), "{page:?}");
        assert!(play.asked.iter().any(|(_, ask)| late(ask)));
    }
}

#[test]
fn a_full_sync_outlives_a_later_page_that_never_comes() {
    for page in second_pages() {
        let mut play = Play::new();
        play.feed(Input::FullSync);
        play.run(mins(60), |ask, _| second(ask, &page));
        assert_eq!(play.ended.len(), 1, "{page:?}");
        // While the service is away its links are not given up so soon.
        let is_away = page.as_ref().is_err_and(|failure| failure.status == 503);
        assert_eq!(play.ended[0].is_empty(), !is_away, "{page:?}");
        // Neither by rounds nor by plain view: it is named.
        let mut play = Play::new();
        play.feed(Input::FullSync);
        play.run(mins(90), |ask, _| match ask {
            Ask::View { .. } => Some(Err(failure(FailureKind::Unknown, 500))),
            _ => second(ask, &page),
        });
        assert_eq!(play.ended.len(), 1, "{page:?}");
        assert_eq!(play.ended[0].len(), 1, "{page:?}");
    }
}

/// A server that says 410 to everything is not asked without end either.
#[test]
fn links_that_die_at_once_are_given_up() {
    let mut play = Play::new();
    play.feed(Input::FullSync);
    let dead = |ask: &Ask, _: Timestamp| {
        Some(match ask {
            Ask::Mailbox { .. } => healthy(ask),
            _ => Err(failure(FailureKind::ResyncRequired, 410)),
        })
    };
    play.run(mins(30), dead);
    assert_eq!(play.ended, [["the server answered 410"]]);
    assert!(play.asked.len() < 20, "{}", play.asked.len());
}

/// The service is away for a while: the same link is asked for again, and the round is not lost.
#[test]
fn a_link_outlives_a_service_that_is_away() {
    for failure in [
        failure(FailureKind::Unknown, 503),
        wait(FailureKind::Unknown, 503, 120),
    ] {
        let mut play = Play::new();
        play.run(mins(1), |ask, _| Some(healthy(ask)));
        assert_eq!(play.times(is_start).len(), 1);
        let mut left = 14;
        play.run(mins(180), |ask, _| {
            if is_next(ask) && left > 0 {
                left -= 1;
                return Some(Err(failure.clone()));
            }
            Some(match ask {
                Ask::RoundNext { link, .. } if link.as_str() == "delta" => Ok(last_page(vec![])),
                _ => healthy(ask),
            })
        });
        assert_eq!(left, 0);
        assert_eq!(play.times(is_start).len(), 1, "{failure:?}");
        assert!(play.times(is_view).is_empty(), "{failure:?}");
    }
}
