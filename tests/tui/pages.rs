//! What the pages must not do: lose what was typed, or mean another day or event than they show.

use super::picture::screen;
use super::press::press;
use super::world::{NOW, World, at, detail_of, week, with};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use kalends::app::form::Form;
use kalends::app::known::Key;
use kalends::app::overlay::Overlay;
use kalends::app::{Effect, Message};
use kalends::domain::edit::Create;
use kalends::domain::entry::Entry;
use kalends::domain::errand::Errand;
use kalends::domain::event::Kind;
use kalends::domain::intent::{Act, Intent, IntentId, Stage};
use kalends::service::protocol::{Notice, Reply, Request, Ticket};

/// What was queued, oldest first, and how its reply is addressed.
fn queued(world: &World) -> Vec<(Ticket, Vec<Act>)> {
    let asks = world.effects.iter().filter_map(|effect| match effect {
        Effect::Ask { ticket, request } => match request {
            Request::Queue { act, .. } => Some((*ticket, vec![act.clone()])),
            Request::QueueTogether { acts, .. } => Some((*ticket, acts.clone())),
            _ => None,
        },
        _ => None,
    });
    asks.collect()
}

fn created(world: &World) -> Create {
    let acts = queued(world).pop().map(|(_, acts)| acts);
    match acts.as_deref() {
        Some([Act::Create(create), ..]) => create.clone(),
        other => panic!("{other:?}"),
    }
}

/// Where the newest change moves its event to.
fn moved_to(world: &World) -> Timestamp {
    let acts = queued(world).pop().map(|(_, acts)| acts);
    match acts.as_deref() {
        Some([Act::Change(change)]) => change.moved_to().unwrap().start,
        other => panic!("{other:?}"),
    }
}

fn form(world: &World) -> &Form {
    match &world.state.overlay {
        Some(Overlay::Form(form)) => form,
        other => panic!("{other:?}"),
    }
}

fn type_in(world: &mut World, text: &str) {
    for letter in text.chars() {
        let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE);
        world.send(Message::Key(key));
    }
}

/// Goes to a line by its label and writes over it.
fn write(world: &mut World, label: &str, text: &str) {
    for _ in 0..20 {
        if form(world).line().unwrap().slot.label() == label {
            break;
        }
        press(world, "down");
    }
    press(world, "ctrl-u");
    type_in(world, text);
}

fn select(world: &mut World, id: &str) {
    let mut entries = world.state.known.entries.iter();
    let entry = entries.find(|entry| entry.id.as_str() == id).unwrap();
    let (key, day) = (Key::of(entry), world.state.viewer.day(entry.start));
    world.state.selected = Some(key);
    world.state.cursor = day;
}

/// The server has these entries otherwise now.
fn change(world: &mut World, is_meant: impl Fn(&Entry) -> bool, change: impl Fn(&mut Entry)) {
    for entry in world.entries.iter_mut().filter(|entry| is_meant(entry)) {
        *entry = with(entry.clone(), &change);
    }
    world.send(Message::Noticed(Notice::Changed));
}

/// The stand-up is mine.
fn mine() -> World {
    let mut world = World::new(120, 40);
    let is_series = |entry: &Entry| entry.series.is_some();
    change(&mut world, is_series, |entry| entry.is_organizer = true);
    world
}

/// A time alone is on the day that the page shows, not on the day of the occurrence it was
/// opened at, nor on the day of another clock.
#[test]
fn a_time_without_a_day_is_on_the_day_that_the_page_shows() {
    let mut world = mine();
    select(&mut world, "standup-4");
    press(&mut world, "e W");
    // The series is made in Shanghai and begins on 5 January.
    write(&mut world, "when", "17:00-17:15");
    press(&mut world, "enter");
    assert_eq!(moved_to(&world), at("2026-01-05T09:00:00Z"));
    let mut world = mine();
    // Friday night in Berlin is Saturday morning in Shanghai.
    select(&mut world, "deploy");
    press(&mut world, "e");
    write(&mut world, "when", "07:00-09:30");
    press(&mut world, "enter");
    assert_eq!(moved_to(&world), at("2026-11-27T23:00:00Z"));
}

/// An all-day event begins at a UTC midnight, which is the evening before in New York.
#[test]
fn whole_days_stay_where_they_are_west_of_greenwich() {
    let mut world = World::of(week(), "America/New_York", NOW, 120, 40);
    select(&mut world, "offsite");
    press(&mut world, "D enter");
    let span = created(&world).when().unwrap().clone();
    assert_eq!(
        (span.start, span.end),
        (at("2026-11-23T00:00:00Z"), at("2026-11-26T00:00:00Z"))
    );
    select(&mut world, "market");
    press(&mut world, "g m \"team\" enter");
    let moved = created(&world);
    assert_eq!(moved.calendar.as_str(), "team");
    assert_eq!(moved.when().unwrap().start, at("2026-11-28T00:00:00Z"));
    // Going to what waits goes to its own day.
    let waits = intent(1, Act::Create(moved));
    world.notice(|status| status.intents = vec![waits]);
    press(&mut world, "g w");
    assert!(screen(&world).contains("Sat 28 Nov"));
    press(&mut world, "enter");
    assert_eq!(world.state.cursor, jiff::civil::date(2026, 11, 28));
}

/// One that waits to be sent.
fn intent(id: u64, act: Act) -> Intent {
    Intent {
        id: IntentId(id),
        act,
        made_at: at(NOW),
        due_at: at(NOW),
        stage: Stage::Waiting,
        tries: 0,
        follows: None,
        doubt: None,
        replaces: Vec::new(),
    }
}

/// Several pages may wait, each comes back by its own keys.
#[test]
fn every_page_that_is_left_comes_back_by_its_own_key() {
    let mut world = mine();
    press(&mut world, "c \"One\" esc");
    select(&mut world, "vendor");
    press(&mut world, "e");
    write(&mut world, "where", "Two");
    press(&mut world, "esc g f");
    write(&mut world, "message", "Three");
    press(&mut world, "esc");
    assert!(screen(&world).contains("g f brings it back"));
    select(&mut world, "standup-4");
    press(&mut world, "x m");
    write(&mut world, "message", "Four");
    press(&mut world, "esc");
    assert!(screen(&world).contains("x m brings it back"));
    // Leaving asks once.
    press(&mut world, "q");
    assert!(screen(&world).contains("a page that was put aside would be lost: q again leaves"));
    let has_left = |world: &World| world.effects.contains(&Effect::Quit);
    assert!(!has_left(&world));
    for (id, keys, label, text) in [
        ("vendor", "e", "where", "Two"),
        ("vendor", "c", "what", "One"),
        ("standup-4", "x m", "message", "Four"),
        ("vendor", "g f", "message", "Three"),
    ] {
        select(&mut world, id);
        press(&mut world, keys);
        let mut lines = form(&world).lines.iter();
        let line = lines.find(|line| line.slot.label() == label).unwrap();
        assert_eq!(line.input.value(), text, "{keys}");
        world.state.overlay = None;
    }
    assert!(world.state.shelved.is_empty());
    press(&mut world, "c \"Five\" esc q");
    assert!(!has_left(&world), "it is another page");
    press(&mut world, "q");
    assert!(has_left(&world));
}

#[test]
fn the_oldest_of_too_many_pages_goes_and_that_is_said() {
    let mut world = World::new(120, 40);
    select(&mut world, "vendor");
    for number in 0..9 {
        press(&mut world, "D");
        write(&mut world, "what", &format!("Page {number}"));
        assert!(!screen(&world).contains("the oldest is gone"));
        press(&mut world, "esc");
    }
    assert!(screen(&world).contains("only 8 pages are kept, the oldest is gone"));
    for number in (1..9).rev() {
        press(&mut world, "c");
        assert_eq!(
            form(&world).lines[0].input.value(),
            format!("Page {number}")
        );
        world.state.overlay = None;
    }
    press(&mut world, "c");
    assert_eq!(form(&world).lines[0].input.value(), "");
}

/// The text that did not come is said to be missing, and asked for again.
#[test]
fn a_page_that_comes_back_without_its_text_asks_for_it_again() {
    let mut world = World::new(120, 40);
    select(&mut world, "vendor");
    let asked = |world: &World| newest(world, |request| matches!(request, Request::Detail { .. }));
    let mut detail = detail_of(world.state.selected_entry().unwrap().1);
    press(&mut world, "e");
    assert!(screen(&world).contains("Hi Ana"));
    press(&mut world, "esc");
    // The data side knows the event, and takes its time with the text.
    world.is_slow = true;
    press(&mut world, "e");
    let known = newest(&world, |request| matches!(request, Request::Known { .. })).unwrap();
    let body = detail.body.take();
    world.reply(known, Reply::Detail(Box::new(detail.clone())));
    let first = asked(&world).unwrap();
    write(&mut world, "where", "Attic");
    world.reply(first, Reply::Detail(Box::new(detail.clone())));
    press(&mut world, "up ctrl-o");
    assert!(screen(&world).contains("the text could not be read: Esc and e ask again"));
    press(&mut world, "esc e");
    let again = asked(&world).unwrap();
    assert!(first != again, "it is asked for again");
    detail.body = body;
    world.reply(again, Reply::Detail(Box::new(detail)));
    assert!(screen(&world).contains("Hi Ana"));
    assert!(screen(&world).contains("Attic"));
}

/// The ticket of the newest such question.
fn newest(world: &World, is_it: impl Fn(&Request) -> bool) -> Option<Ticket> {
    world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Ask { ticket, request } => is_it(request).then_some(*ticket),
        _ => None,
    })
}

/// What was typed is not thrown away before the data side took it.
#[test]
fn a_page_that_is_refused_is_there_again() {
    let mut world = World::new(120, 40);
    press(&mut world, "c");
    write(&mut world, "what", "Talk");
    write(&mut world, "where", "Attic");
    press(&mut world, "enter");
    assert!(world.state.overlay.is_none());
    let refuse = |world: &mut World| {
        let (ticket, _) = queued(world).pop().unwrap();
        let words = "it is just being sent".to_owned();
        world.reply(ticket, Reply::Refused { words });
    };
    refuse(&mut world);
    let picture = screen(&world);
    assert!(picture.contains("not saved: it is just being sent"));
    assert!(picture.contains("Talk") && picture.contains("Attic"));
    // It does not come over what is open by then.
    press(&mut world, "enter ?");
    refuse(&mut world);
    assert!(matches!(world.state.overlay, Some(Overlay::Help { .. })));
    press(&mut world, "esc");
    assert!(screen(&world).contains("c brings it back"));
    press(&mut world, "c");
    assert!(screen(&world).contains("Attic"));
    // What was taken does not come back.
    press(&mut world, "enter");
    let (ticket, _) = queued(&world).pop().unwrap();
    world.reply(ticket, Reply::Queued(IntentId(1)));
    press(&mut world, "c");
    assert!(!screen(&world).contains("Attic"));
    // Pages of calendars come back as well.
    press(&mut world, "esc \\ n");
    write(&mut world, "name", "Garden");
    press(&mut world, "enter");
    let asked = newest(&world, |request| {
        matches!(request, Request::Errand(Errand::MakeCalendar { .. }))
    });
    let words = "no answer".to_owned();
    world.reply(asked.unwrap(), Reply::Refused { words });
    assert!(screen(&world).contains("not saved: no answer"));
    assert_eq!(form(&world).lines[0].input.value(), "Garden");
}

/// A new event changes its id when the server names it. Pages about it go with it.
#[test]
fn a_page_about_a_new_event_goes_with_it_when_the_server_names_it() {
    let changed = |world: &World| match queued(world).pop().as_ref().map(|(_, acts)| &acts[..]) {
        Some([Act::Change(change)]) => change.event.as_str().to_owned(),
        other => panic!("{other:?}"),
    };
    let is_tea = |entry: &Entry| entry.subject.raw() == "Tea";
    for is_sent_before in [false, true] {
        let mut world = World::new(120, 40);
        press(&mut world, "+ \"Tea\" space \"16:00\" enter");
        let draft = world.state.selected_entry().unwrap().1.clone();
        let other = with(draft.clone(), |entry| entry.id = "another".into());
        world.entries.extend([draft.clone(), other]);
        let (ticket, _) = queued(&world).pop().unwrap();
        world.reply(ticket, Reply::Queued(IntentId(1)));
        select(&mut world, draft.id.as_str());
        press(&mut world, "e");
        write(&mut world, "where", "Attic");
        if is_sent_before {
            press(&mut world, "enter");
            assert_eq!(changed(&world), draft.id.as_str());
        }
        let is_draft = |entry: &Entry| is_tea(entry) && entry.id == draft.id;
        change(&mut world, is_draft, |entry| entry.id = "AAMk-1".into());
        if is_sent_before {
            let (ticket, _) = queued(&world).pop().unwrap();
            let words = "it is just being sent".to_owned();
            world.reply(ticket, Reply::Refused { words });
            assert!(screen(&world).contains("it is just being sent"));
        }
        press(&mut world, "enter");
        assert_eq!(changed(&world), "AAMk-1");
    }
}

/// The series would end where the occurrence is now, with it still inside.
#[test]
fn a_series_is_not_cut_at_one_that_was_moved_off_its_day() {
    let mut world = mine();
    let is_friday = |entry: &Entry| entry.id.as_str() == "standup-4";
    change(&mut world, is_friday, |entry| {
        entry.kind = Kind::Exception;
        (entry.start, entry.end) = (at("2026-11-28T08:00:00Z"), at("2026-11-28T08:15:00Z"));
    });
    for keys in ["x F", "e F"] {
        select(&mut world, "standup-4");
        world.state.said = None;
        press(&mut world, keys);
        let words = "this one was moved off its day: cut at the one before or after it";
        assert!(screen(&world).contains(words), "{keys}");
        assert!(world.state.overlay.is_none());
    }
    assert!(queued(&world).is_empty());
    // Another hour of its own day is no harm.
    change(&mut world, is_friday, |entry| {
        (entry.start, entry.end) = (at("2026-11-27T10:00:00Z"), at("2026-11-27T10:15:00Z"));
    });
    press(&mut world, "x F");
    assert_eq!(queued(&world).len(), 1);
}

/// Part of a paste could end inside an address.
#[test]
fn a_paste_is_taken_whole_or_not_at_all() {
    let mut world = World::new(120, 40);
    press(&mut world, "c");
    write(&mut world, "who", "");
    let people = |count: usize| -> String {
        let all = (0..count).map(|one| format!("person{one:03}@contoso.com"));
        all.collect::<Vec<_>>().join(", ")
    };
    world.send(Message::Paste(people(160)));
    let shown = |world: &World| form(world).line().unwrap().input.value().to_owned();
    assert_eq!(shown(&world), people(160));
    press(&mut world, "ctrl-u");
    let too_long = [people(200), "é".repeat(3000), "\u{1b}".repeat(3000)];
    for text in too_long {
        world.send(Message::Paste(text));
        assert_eq!(shown(&world), "");
        assert!(screen(&world).contains("too long to paste here: nothing was pasted"));
        press(&mut world, "up down");
    }
    press(&mut world, "esc +");
    world.state.said = None;
    world.send(Message::Paste(people(200)));
    assert!(screen(&world).contains("too long to paste here"));
}

/// The data side may take seconds, and the person goes on.
#[test]
fn a_late_page_does_not_come_over_what_was_opened_since() {
    let mut world = World::new(120, 40);
    world.is_slow = true;
    select(&mut world, "vendor");
    let detail = Box::new(detail_of(world.state.selected_entry().unwrap().1));
    for keys in ["D", "e"] {
        press(&mut world, keys);
        let asked = newest(&world, |request| {
            matches!(request, Request::Detail { .. } | Request::Known { .. })
        });
        press(&mut world, "c");
        write(&mut world, "what", "Mine");
        world.reply(asked.unwrap(), Reply::Detail(detail.clone()));
        assert_eq!(form(&world).lines[0].input.value(), "Mine");
        let said = world.state.said.take().unwrap().words;
        assert_eq!(said, "the page was not opened: something else is open now");
        world.state.overlay = None;
    }
}

#[test]
fn what_was_copied_before_is_not_pasted_for_what_is_being_copied() {
    let mut world = World::new(120, 40);
    press(&mut world, "p");
    assert!(screen(&world).contains("nothing was copied yet"));
    select(&mut world, "vendor");
    press(&mut world, "y");
    world.is_slow = true;
    select(&mut world, "dentist");
    let detail = Box::new(detail_of(world.state.selected_entry().unwrap().1));
    press(&mut world, "y p");
    assert!(screen(&world).contains("it is still being read: p again in a moment"));
    assert!(queued(&world).is_empty());
    let asked = newest(&world, |request| matches!(request, Request::Detail { .. }));
    world.reply(asked.unwrap(), Reply::Detail(detail));
    press(&mut world, "p");
    assert_eq!(created(&world).subject().raw(), "Dentist");
}

/// The selection may go elsewhere while the list is open: its event may leave.
#[test]
fn a_list_of_calendars_is_about_the_event_it_was_opened_for() {
    let mut world = World::new(120, 40);
    select(&mut world, "dentist");
    press(&mut world, "g m \"team\"");
    assert!(screen(&world).contains("Enter copies “Dentist” there"));
    select(&mut world, "market");
    press(&mut world, "enter");
    assert_eq!(created(&world).subject().raw(), "Dentist");
    select(&mut world, "market");
    press(&mut world, "g m");
    world.entries.retain(|entry| entry.id.as_str() != "market");
    world.send(Message::Noticed(Notice::Changed));
    press(&mut world, "enter");
    let words = "the event is not here any more: nothing is moved";
    assert!(screen(&world).contains(words), "{}", screen(&world));
    assert_eq!(queued(&world).len(), 1);
}
