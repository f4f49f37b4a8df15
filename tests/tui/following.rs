//! Calendars of others in the sidebar: followed, looked at, taken away, and why not.

use super::form::write;
use super::picture::screen;
use super::press::press;
use super::world::{World, entry, with};
use kalends::app::Effect;
use kalends::domain::ids::CalendarId;
use kalends::service::protocol::{Followed, Reply, Request, Ticket};

const DORA: &str = "dora@contoso.com";

fn sent(world: &World, is_it: impl Fn(&Request) -> bool) -> Option<(Ticket, Request)> {
    world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Ask { ticket, request } if is_it(request) => Some((*ticket, request.clone())),
        _ => None,
    })
}

/// Dora's calendar below my own three.
fn shared(world: &mut World, can_edit: bool) {
    world.notice(|status| {
        let mut hers = status.calendars[0].clone();
        hers.id = CalendarId::of_mailbox(DORA, "hers");
        hers.name = "Dora Lind".into();
        (hers.owner.name, hers.owner.address) = ("Dora Lind".into(), DORA.into());
        (hers.is_default, hers.can_edit) = (false, can_edit);
        status.calendars.push(hers);
        status.followed.push(Followed {
            address: DORA.into(),
            trouble: None,
        });
    });
}

#[test]
fn somebody_is_followed_by_name_and_what_is_refused_comes_back_with_the_reason() {
    let mut world = World::new(120, 40);
    press(&mut world, "\\ f");
    assert!(screen(&world).contains("Follow somebody’s calendar"));
    press(&mut world, "enter");
    assert!(screen(&world).contains("say whose calendar"));
    let known = kalends::domain::event::Attendee {
        person: super::world::person("Dora Lind"),
        ..Default::default()
    };
    world.people(vec![known]);
    write(&mut world, "who", "dor");
    assert!(
        screen(&world).contains("Dora Lind <dora@contoso.com>"),
        "{}",
        screen(&world)
    );
    write(&mut world, "who", "a@x.com, b@x.com");
    press(&mut world, "enter");
    assert!(screen(&world).contains("one at a time"));
    write(&mut world, "who", "Dora <dora@contoso.com>");
    assert!(screen(&world).contains("Enter asks for it"));
    press(&mut world, "enter");
    let is_it = |request: &Request| matches!(request, Request::Follow { .. });
    let (ticket, request) = sent(&world, is_it).unwrap();
    let address = DORA.to_owned();
    assert_eq!(request, Request::Follow { address });
    let words = "dora@contoso.com does not share a calendar with you".to_owned();
    world.reply(ticket, Reply::Refused { words });
    let shown = screen(&world);
    assert!(
        shown.contains("not saved: dora@contoso.com does not share"),
        "{shown}"
    );
}

#[test]
fn without_the_right_the_key_says_so() {
    let mut world = World::new(120, 40);
    world.notice(|status| status.rights.shared = false);
    press(&mut world, "\\ f");
    assert!(screen(&world).contains("kalends login --with shared"));
}

#[test]
fn a_followed_calendar_is_only_taken_away_here() {
    let mut world = World::new(120, 40);
    shared(&mut world, true);
    press(&mut world, "\\ j j j e");
    assert!(screen(&world).contains("only its owner can change it"));
    // Taking it away is no change of the calendar.
    world.notice(|status| status.rights.write = false);
    press(&mut world, "X");
    let shown = screen(&world);
    assert!(shown.contains("Stop following dora@contoso.com"), "{shown}");
    assert!(shown.contains("nothing changes for its owner"), "{shown}");
    press(&mut world, "enter");
    let is_it = |request: &Request| matches!(request, Request::Unfollow { .. });
    let address = DORA.to_owned();
    let (_, request) = sent(&world, is_it).unwrap();
    assert_eq!(request, Request::Unfollow { address });
}

#[test]
fn who_is_followed_in_vain_stands_below_with_the_reason() {
    let mut world = World::new(120, 40);
    world.notice(|status| {
        status.followed.push(Followed {
            address: DORA.into(),
            trouble: Some("dora@contoso.com does not share a calendar with you".into()),
        });
    });
    press(&mut world, "\\");
    assert!(
        screen(&world).contains("! dora@contoso.com"),
        "{}",
        screen(&world)
    );
    press(&mut world, "j j j space");
    assert!(screen(&world).contains("does not share a calendar with you"));
    press(&mut world, "j e");
    assert!(
        screen(&world).contains("Colour of “Customer”"),
        "categories come after it"
    );
    press(&mut world, "esc k X enter");
    let is_it = |request: &Request| matches!(request, Request::Unfollow { .. });
    assert!(sent(&world, is_it).is_some());
}

/// One event of Dora's, selected.
fn at_hers(can_edit: bool, change: impl FnOnce(&mut kalends::domain::entry::Entry)) -> World {
    let hers = entry(
        "board",
        "Board",
        "2026-11-26T10:00:00Z",
        "2026-11-26T11:00:00Z",
    );
    let hers = with(hers, |entry| {
        entry.calendar = CalendarId::of_mailbox(DORA, "hers");
        entry.organizer.name = "Dora Lind".into();
        entry.is_organizer = true;
        entry.attendees = 2;
        change(entry);
    });
    let mut world = World::of(vec![hers], "Europe/Berlin", super::world::NOW, 120, 40);
    shared(&mut world, can_edit);
    press(&mut world, "tab");
    world
}

#[test]
fn what_goes_out_goes_out_in_the_owners_name() {
    let mut world = at_hers(true, |_| {});
    assert!(!screen(&world).contains("you: yours"));
    press(&mut world, "x");
    let shown = screen(&world);
    assert!(
        shown.contains("Dora Lind is the organizer: 2 people are told"),
        "{shown}"
    );
    press(&mut world, "esc v j");
    let shown = screen(&world);
    assert!(
        shown.contains("Enter mails 2 people · in Dora Lind’s calendar and name"),
        "{shown}"
    );
    press(&mut world, "esc r");
    assert!(screen(&world).contains("this is Dora Lind’s own meeting"));
    press(&mut world, "S");
    assert!(screen(&world).contains("this is in Dora Lind’s calendar"));
    let mut world = at_hers(true, |entry| {
        entry.is_organizer = false;
        entry.organizer.name = "Cora Main".into();
        entry.answer = kalends::domain::event::Answer::NotResponded;
    });
    press(&mut world, "r");
    let shown = screen(&world);
    assert!(
        shown.contains("the answer goes out in Dora Lind’s name"),
        "{shown}"
    );
    assert!(
        shown.contains("it stays in Dora Lind’s calendar as busy"),
        "{shown}"
    );
}

#[test]
fn what_may_only_be_read_says_so() {
    let mut world = at_hers(false, |entry| {
        entry.is_organizer = false;
        entry.answer = kalends::domain::event::Answer::NotResponded;
    });
    for key in ["e", "x", "v", "r", "g f"] {
        press(&mut world, key);
        let shown = screen(&world);
        assert!(
            shown.contains("“Dora Lind” is shared with you for reading only"),
            "{key}: {shown}"
        );
    }
    press(&mut world, "c");
    write(&mut world, "calendar", "Dora");
    write(&mut world, "what", "Lunch");
    press(&mut world, "enter");
    assert!(screen(&world).contains("there are Calendar, Home, Team"));
}

#[test]
fn a_new_event_in_anothers_calendar_says_whose_it_is() {
    let mut world = at_hers(true, |_| {});
    press(&mut world, "c");
    write(&mut world, "calendar", "Dora");
    let shown = screen(&world);
    assert!(
        shown.contains("nobody is invited · in Dora Lind’s calendar and name"),
        "{shown}"
    );
}
