//! What was told of other people's time is known after a restart, with its age.

use super::desk::{Desk, now};
use jiff::ToSpan;
use kalends::domain::errand::Errand;
use kalends::service::protocol::{Reply, Request};

#[test]
fn without_a_connection_what_was_told_before_is_told_again() {
    let mut desk = Desk::with(&[]);
    let ask = |name: &str, days: i64| {
        Request::Errand(Errand::Schedules {
            addresses: vec![format!("{name}@contoso.com")],
            from: now(),
            to: now() + (24 * days).hours(),
        })
    };
    let told = desk.ask(ask("Ben", 7));
    assert!(
        matches!(&told, Reply::Schedules(all) if all.len() == 1),
        "{told:?}"
    );
    desk.restart(false);
    desk.office.inside().is_offline = true;
    let Reply::SchedulesBefore { heard, words } = desk.ask(ask("ben", 5)) else {
        panic!("not what was told before");
    };
    let [ben] = &heard[..] else {
        panic!("{heard:?}");
    };
    assert_eq!(ben.from, now());
    assert!(ben.at.duration_since(now()).as_secs() < 60, "{}", ben.at);
    assert!(words.contains("no connection"), "{words}");
    // Nothing is said of other days and other people.
    for request in [ask("ben", 8), ask("eva", 5)] {
        let reply = desk.ask(request);
        assert!(
            matches!(&reply, Reply::SchedulesBefore { heard, .. } if heard.is_empty()),
            "{reply:?}"
        );
    }
}
