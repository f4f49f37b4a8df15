//! A terminal that nobody uses, and an engine that has nothing to do but wait.

use super::play::{Play, began, failure, healthy, is_next, mailbox, mins};
use jiff::SignedDuration;
use kalends::domain::remote::{Ask, FailureKind, Followed, Told};
use kalends::sync::engine::Input;

fn look(play: &mut Play, days: i64) {
    let from = began() + SignedDuration::from_hours(24 * days);
    let to = from + SignedDuration::from_hours(48);
    play.feed(Input::Shown { from, to });
}

/// The mailbox is asked every five minutes while somebody's calendar is missing: that is nobody
/// who uses the terminal.
#[test]
fn a_terminal_becomes_idle_whatever_the_mailbox_says() {
    let mut play = Play::new();
    play.feed(Input::Followed(vec!["ben@contoso.com".into()]));
    look(&mut play, 0);
    let missing = |ask: &Ask| match ask {
        Ask::Mailbox { followed } => {
            let mut told = mailbox();
            told.followed = followed
                .iter()
                .map(|address| Followed {
                    address: address.clone(),
                    calendar: Err(failure(FailureKind::Forbidden, 403)),
                })
                .collect();
            Ok(Told::Mailbox(told))
        }
        _ => healthy(ask),
    };
    play.run(mins(11), |ask, _| Some(missing(ask)));
    let polls = |play: &Play| play.times(is_next).len();
    let before = polls(&play);
    assert!(before > 15, "while it is used: {before}");
    play.run(mins(60), |ask, _| Some(missing(ask)));
    let idle = polls(&play) - before;
    assert!((11..=14).contains(&idle), "{idle} polls in an hour");
    play.feed(Input::Used);
    play.run(mins(9), |ask, _| Some(missing(ask)));
    assert!(polls(&play) - before - idle > 15);
}

#[test]
fn a_request_that_hangs_wakes_nobody() {
    // Without a line one request finds out whether it is back.
    let mut play = Play::new();
    play.run(mins(1), |ask, _| Some(healthy(ask)));
    play.feed(Input::SyncNow);
    play.run(mins(1), |_, _| Some(Err(failure(FailureKind::Offline, 0))));
    play.feed(Input::SyncNow);
    play.wakes = 0;
    play.run(mins(5), |_, _| None);
    assert_eq!(play.flights.len(), 1);
    assert!(play.wakes < 10, "{} times in five minutes", play.wakes);
    // A range is on its way, and another one was looked at since.
    let mut play = Play::new();
    play.run(mins(1), |ask, _| Some(healthy(ask)));
    look(&mut play, 400);
    look(&mut play, 800);
    play.wakes = 0;
    let is_view = |ask: &Ask| matches!(ask, Ask::View { .. });
    play.run(mins(5), |ask, _| (!is_view(ask)).then(|| healthy(ask)));
    let views = play.flights.iter().filter(|(_, ask)| is_view(ask));
    assert_eq!(views.count(), 1);
    assert!(play.wakes < 100, "{} times in five minutes", play.wakes);
    assert!(play.times(is_view).len() == 1);
    // Once it is answered the other one leaves at once.
    play.run(SignedDuration::from_secs(1), |ask, _| Some(healthy(ask)));
    assert!(play.times(is_view).len() == 2);
}
