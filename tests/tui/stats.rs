//! Meeting load: which weeks are asked for, and what is said of them.

use super::picture::{buffer, letters, screen};
use super::press::press;
use super::world::{World, entry, with};
use jiff::civil::{Date, date};
use kalends::app::{Effect, Message, update};
use kalends::config::Theme;
use kalends::domain::text::Untrusted;
use kalends::service::protocol::{Notice, Reply, Request};

fn asked(world: &World) -> Vec<(Date, Date)> {
    let reach = |effect: &Effect| match effect {
        Effect::Ask {
            request: Request::Reach { from, to },
            ..
        } => Some((*from, *to)),
        _ => None,
    };
    world.effects.iter().filter_map(reach).collect()
}

fn is_reach(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Ask {
            request: Request::Reach { .. },
            ..
        }
    )
}

/// The week of the tests, and some of the weeks around it.
fn weeks(cols: u16, rows: u16) -> World {
    let mut entries = super::world::week();
    for (day, hours) in [(12, 2), (18, 5), (19, 1), (30, 3)] {
        let from = format!("2026-11-{day}T09:00:00Z");
        let meeting = entry(&format!("m{day}"), "Planning", &from, &from);
        entries.push(with(meeting, |entry| {
            entry.end = entry.start + jiff::SignedDuration::from_hours(hours);
            entry.answered_after = (hours > 1).then_some(hours as u32 * 600);
            entry.attendees = if day == 19 { 1 } else { 12 };
            entry.categories = vec![Untrusted::new(if day < 20 { "Red" } else { "Launch" })];
        }));
    }
    let mut world = World::of(entries, "Europe/Berlin", super::world::NOW, cols, rows);
    world.notice(|status| (status.requests, status.bytes) = (132, 4_250_000));
    world
}

#[test]
fn four_weeks_around_the_cursor_and_the_four_before_and_after() {
    let mut world = weeks(120, 40);
    press(&mut world, "g l");
    let picture = screen(&world);
    assert!(
        picture.contains("Meeting load · 9 Nov – 6 Dec 2026"),
        "{picture}"
    );
    assert!(picture.contains("in meetings this week"), "{picture}");
    assert!(picture.contains("132 requests, 4.2 MB"), "{picture}");
    press(&mut world, "[");
    let picture = screen(&world);
    assert!(picture.contains("no meetings in week 44"), "{picture}");
    press(&mut world, "] ]");
    assert!(screen(&world).contains("in week 52"));
    let day = |month, day| date(2026, month, day);
    assert_eq!(
        asked(&world),
        [
            (day(11, 9), day(12, 7)),
            (day(10, 12), day(11, 9)),
            (day(11, 9), day(12, 7)),
            (day(12, 7), date(2027, 1, 4)),
        ]
    );
    press(&mut world, "esc");
    assert!(world.state.overlay.is_none());
    assert_eq!(
        world.state.cursor,
        day(11, 26),
        "the calendar stays where it was"
    );
}

#[test]
fn how_long_invitations_waited_is_said_in_words() {
    for (cols, rows) in [(80, 24), (120, 40)] {
        let mut world = weeks(cols, rows);
        press(&mut world, "g l");
        let picture = screen(&world);
        let line = "answered in 1 d 6 h at the median, 2 d 2 h";
        assert!(picture.contains(line), "{picture}");
        // The next four weeks have nothing to answer.
        press(&mut world, "] ]");
        let picture = screen(&world);
        assert!(picture.contains("no invitations to answer"), "{picture}");
    }
    // Where names take all the room there is, air goes first.
    let mut world = weeks(80, 24);
    let names = ["Kenji Mori", "Pat Doyle", "Ida Berg", "Ola Nordmann"];
    for (name, id) in names.iter().zip(["m12", "m18", "m19", "m30"]) {
        let meeting = world.entries.iter_mut();
        let meeting = meeting.into_iter().find(|entry| entry.id.as_str() == id);
        meeting.unwrap().organizer = super::world::person(name);
    }
    press(&mut world, "g l");
    let picture = screen(&world);
    assert!(picture.contains("others"), "{picture}");
    assert!(picture.contains("answered in 1 d 6 h"), "{picture}");
    let mut entries = super::world::week();
    entries.retain(|entry| entry.answer != kalends::domain::event::Answer::NotResponded);
    let mut world = World::of(entries, "Europe/Berlin", super::world::NOW, 120, 40);
    press(&mut world, "g l");
    let picture = screen(&world);
    let words = "how long answers took is not known: ";
    assert!(picture.contains(words), "{picture}");
}

#[test]
fn what_changes_elsewhere_is_counted_anew_and_offline_says_so() {
    let mut world = weeks(120, 40);
    press(&mut world, "g l");
    let before = screen(&world);
    world.entries.retain(|entry| entry.id.as_str() != "launch");
    world.send(Message::Noticed(Notice::Changed));
    assert_ne!(screen(&world), before);
    let notice = Message::Noticed(Notice::Changed);
    let effects = update(&mut world.state, notice);
    let ticket = effects.iter().find_map(|effect| match effect {
        Effect::Ask {
            ticket,
            request: Request::Reach { .. },
        } => Some(*ticket),
        _ => None,
    });
    let words = "there is no connection".to_owned();
    let entries = Vec::new();
    world.reply(ticket.unwrap(), Reply::EntriesOffline { entries, words });
    let picture = screen(&world);
    assert!(picture.contains("there is no connection"), "{picture}");
    assert!(picture.contains("no meetings this week"), "{picture}");
    let effects = update(&mut world.state, Message::Noticed(Notice::Changed));
    let again = update(&mut world.state, Message::Noticed(Notice::Changed));
    let asks = |effects: &[Effect]| effects.iter().filter(|effect| is_reach(effect)).count();
    assert_eq!(
        (asks(&effects), asks(&again)),
        (1, 0),
        "one question at a time"
    );
    press(&mut world, "q");
    assert!(world.state.overlay.is_none());
}

#[test]
fn load_at_three_sizes() {
    for (cols, rows) in [(160, 45), (80, 24), (48, 20)] {
        let mut world = weeks(cols, rows);
        press(&mut world, "g l");
        insta::assert_snapshot!(format!("load_{cols}x{rows}"), screen(&world));
    }
}

#[test]
fn bars_are_letters_where_only_those_may_be_used() {
    let mut world = weeks(80, 24);
    press(&mut world, "g l");
    let picture = letters(&buffer(&world, &Theme::builtin("ascii").unwrap()));
    let is_drawn = |letter: char| !letter.is_ascii() && !letter.is_alphabetic();
    assert!(!picture.contains(is_drawn), "{picture}");
    assert!(picture.contains("####"), "{picture}");
}
