//! Full rounds that somebody asked for.

use super::desk::{Desk, event};
use kalends::service::protocol::{Reply, Request};

/// As two commands beside an open screen do: who came first does not wait for ever.
#[test]
fn two_who_ask_for_a_full_sync_are_both_answered() {
    let desk = Desk::with(&[event("mine", 2, true)]);
    // While the server is held no round ends, and the second comes before the end of the first.
    let held = desk.office.inside();
    let asked = [desk.post(Request::FullSync), desk.post(Request::FullSync)];
    drop(held);
    let replies = desk.replies(&asked);
    let [Reply::Synced(first), Reply::Synced(second)] = &replies[..] else {
        panic!("{replies:?}")
    };
    for report in [first, second] {
        assert!(
            report.troubles.is_empty() && report.requests > 0,
            "{report:?}"
        );
    }
}
