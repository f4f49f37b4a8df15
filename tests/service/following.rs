//! Somebody's calendar by their address: kept when it is there, kept through bad moments, gone
//! with the right to it, and back with it.

use super::desk::Desk;
use kalends::domain::calendar::Calendar;
use kalends::domain::event::Person;
use kalends::domain::ids::CalendarId;
use kalends::domain::remote::{Failure, FailureKind};
use kalends::service::protocol::{Notice, Reply, Request};

const DORA: &str = "dora@contoso.com";

fn calendar(address: &str, id: &str) -> Calendar {
    Calendar {
        id: CalendarId::of_mailbox(address, id),
        name: "Dora Lind".into(),
        hex_color: None,
        color: "auto".into(),
        owner: Person {
            name: "Dora Lind".into(),
            address: DORA.into(),
        },
        can_edit: true,
        is_default: false,
    }
}

fn failed(kind: FailureKind, code: &str) -> Result<Calendar, Failure> {
    Err(Failure {
        kind,
        status: 0,
        code: code.into(),
        words: "as the server says it".into(),
        retry_after_ms: None,
    })
}

impl Desk {
    fn answers(&self, address: &str, answer: Result<Calendar, Failure>) {
        self.office.inside().shared.insert(address.into(), answer);
    }

    fn follow(&self, address: &str) -> Result<(), String> {
        let address = address.into();
        match self.ask(Request::Follow { address }) {
            Reply::Done => Ok(()),
            Reply::Refused { words } => Err(words),
            other => panic!("{other:?}"),
        }
    }

    /// Addresses whose calendars are shown.
    fn shown(&self) -> Vec<String> {
        let calendars = self.status().calendars;
        let followed = calendars.iter().filter_map(|one| one.id.mailbox());
        followed.map(str::to_owned).collect()
    }

    fn trouble(&self) -> Option<String> {
        let mut followed = self.status().followed.into_iter();
        followed
            .find(|one| one.address == DORA)
            .and_then(|one| one.trouble)
    }

    fn following() -> Self {
        let desk = Self::with(&[]);
        desk.answers(DORA, Ok(calendar(DORA, "hers")));
        assert_eq!(desk.follow(" Dora@Contoso.com "), Ok(()));
        assert_eq!(desk.shown(), [DORA]);
        desk
    }
}

#[test]
fn only_what_is_there_is_followed() {
    let desk = Desk::with(&[]);
    let words = desk.follow(DORA).unwrap_err();
    assert!(
        words.contains("does not share a calendar with you"),
        "{words}"
    );
    for (kind, code, expected) in [
        (
            FailureKind::Forbidden,
            "ErrorInvalidUser",
            "there is no mailbox",
        ),
        (FailureKind::NotFound, "ErrorItemNotFound", "does not share"),
        (
            FailureKind::Unknown,
            "ErrorInternalServerTransientError",
            "share it again",
        ),
        (FailureKind::Unknown, "", "as the server says it"),
    ] {
        desk.answers(DORA, failed(kind, code));
        let words = desk.follow(DORA).unwrap_err();
        assert!(words.contains(expected), "{words}");
        assert!(desk.shown().is_empty() && desk.status().followed.is_empty());
    }
    desk.answers(DORA, Ok(calendar(DORA, "hers")));
    assert!(
        desk.follow("ana@contoso.com")
            .unwrap_err()
            .contains("your own address")
    );
    assert!(
        desk.follow("dora at contoso")
            .unwrap_err()
            .contains("is not an address")
    );
    assert_eq!(desk.follow(DORA), Ok(()));
    assert!(
        desk.follow("DORA@contoso.com")
            .unwrap_err()
            .contains("followed already")
    );
    // The same mailbox under another address would show everything twice.
    let alias = "d.lind@contoso.com";
    desk.answers(alias, Ok(calendar(alias, "hers")));
    assert!(desk.follow(alias).unwrap_err().contains("already"));
    desk.offline(true);
    assert!(
        desk.follow("eve@contoso.com")
            .unwrap_err()
            .contains("nothing is followed yet")
    );
}

#[test]
fn what_my_own_list_has_is_not_followed_as_well() {
    let desk = Desk::with(&[]);
    let mut entry = calendar(DORA, "");
    entry.id = CalendarId::new("entry-of-my-own");
    let mut team = entry.clone();
    (team.id, team.name) = (CalendarId::new("team"), "Team roster".into());
    desk.office.inside().listed = vec![team.clone()];
    desk.answers(DORA, Ok(calendar(DORA, "hers")));
    assert_eq!(
        desk.follow(DORA),
        Ok(()),
        "another calendar of hers is no hindrance"
    );
    desk.ask(Request::Unfollow {
        address: DORA.into(),
    });
    desk.office.inside().listed = vec![team, entry];
    let words = desk.follow(DORA).unwrap_err();
    assert!(
        words.contains("in your own list of calendars already"),
        "{words}"
    );
}

#[test]
fn a_bad_moment_drops_nothing_and_a_lost_right_does() {
    let mut desk = Desk::following();
    desk.restart(false);
    desk.until("the connection", |desk| desk.shown() == [DORA]);
    for kind in [
        FailureKind::Unknown,
        FailureKind::Throttled,
        FailureKind::Offline,
    ] {
        desk.answers(DORA, failed(kind, ""));
        desk.rest();
        assert_eq!(
            (desk.shown(), desk.trouble()),
            (vec![DORA.to_owned()], None),
            "{kind:?}"
        );
    }
    desk.offline(true);
    desk.rest();
    assert_eq!(desk.shown(), [DORA]);
    desk.offline(false);
    desk.answers(DORA, failed(FailureKind::Forbidden, "ErrorAccessDenied"));
    let mut heard = Vec::new();
    for _ in 0..20 {
        desk.pass(jiff::SignedDuration::from_secs(90));
        heard.extend(desk.hear(Request::SyncNow).0);
        heard.extend(desk.hear_out());
    }
    heard.extend(desk.hear(Request::Status).0);
    let said = heard.iter().filter(
        |notice| matches!(notice, Notice::Said { words, .. } if words.contains("or no longer")),
    );
    assert_eq!(said.count(), 1, "{heard:#?}");
    assert!(desk.shown().is_empty());
    assert!(desk.trouble().unwrap().contains("ask its owner"));
    desk.answers(DORA, Ok(calendar(DORA, "hers")));
    desk.until("the sharing", |desk| desk.shown() == [DORA]);
    assert_eq!(desk.trouble(), None);
}

#[test]
fn who_is_followed_no_more_is_gone_at_once_and_stays_so() {
    let mut desk = Desk::following();
    desk.offline(true);
    let address = || DORA.to_owned();
    assert_eq!(
        desk.ask(Request::Unfollow { address: address() }),
        Reply::Done
    );
    assert!(desk.shown().is_empty());
    let refused = desk.ask(Request::Unfollow { address: address() });
    assert!(matches!(refused, Reply::Refused { .. }));
    desk.offline(false);
    desk.restart(false);
    desk.until("the connection", Desk::is_connected);
    desk.rest();
    assert!(desk.shown().is_empty() && desk.status().followed.is_empty());
}
