//! The page for everything about an event: what is typed, what it means, what is sent.

use super::picture::screen;
use super::press::press;
use super::world::{World, at, with};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use kalends::app::{Effect, Message};
use kalends::domain::edit::{Change, Create, Field, Value};
use kalends::domain::errand::Errand;
use kalends::domain::event::{Attendee, Person, Role};
use kalends::domain::intent::Act;
use kalends::domain::recurrence::Range;
use kalends::service::protocol::{Reply, Request, Ticket};

/// What was queued, oldest first.
fn queued(world: &World) -> Vec<Act> {
    let asks = world.effects.iter().filter_map(|effect| match effect {
        Effect::Ask { request, .. } => match request {
            Request::Queue { act, .. } => Some(vec![act.clone()]),
            Request::QueueTogether { acts, .. } => Some(acts.clone()),
            _ => None,
        },
        _ => None,
    });
    asks.flatten().collect()
}

fn created(world: &World) -> Create {
    match queued(world).pop() {
        Some(Act::Create(create)) => create,
        other => panic!("{other:?}"),
    }
}

fn changed(world: &World) -> Change {
    match queued(world).pop() {
        Some(Act::Change(change)) => change,
        other => panic!("{other:?}"),
    }
}

fn value(create: &Create, field: Field) -> Option<String> {
    let value = create.values.iter().find(|value| value.field() == field)?;
    let zone = kalends::domain::zone::Zones::bundled().find("Europe/Berlin");
    Some(value.in_words(&zone.unwrap()).raw().to_owned())
}

/// Goes to a line by its label and writes over it.
pub fn write(world: &mut World, label: &str, text: &str) {
    for _ in 0..20 {
        let form = form(world);
        if form.line().unwrap().slot.label() == label {
            break;
        }
        press(world, "down");
    }
    press(world, "ctrl-u");
    for letter in text.chars() {
        let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE);
        world.send(Message::Key(key));
    }
}

fn form(world: &World) -> &kalends::app::form::Form {
    match &world.state.overlay {
        Some(kalends::app::overlay::Overlay::Form(form)) => form,
        other => panic!("{other:?}"),
    }
}

fn select(world: &mut World, id: &str) {
    let entries = &world.state.known.entries;
    let entry = entries
        .iter()
        .find(|entry| entry.id.as_str() == id)
        .unwrap();
    let (key, day) = (
        kalends::app::known::Key::of(entry),
        world.state.viewer.day(entry.start),
    );
    world.state.selected = Some(key);
    world.state.cursor = day;
}

#[test]
fn everything_about_an_event_is_said_on_one_page() {
    let mut world = World::new(120, 40);
    press(&mut world, "c");
    // The cursor is on Thursday 26 November, 10:42: the next half hour.
    assert!(screen(&world).contains("26 Nov 2026 11:00-11:30"));
    write(&mut world, "what", "Budget talk");
    write(&mut world, "when", "fri 14:00-15:30");
    assert!(screen(&world).contains("Fri 27 Nov 14:00–15:30"));
    write(&mut world, "zone", "Asia/Tokyo");
    assert!(screen(&world).contains("Fri 27 Nov 06:00–07:30 on your clock"));
    write(&mut world, "repeat", "every 2 weeks on friday until 29 jan");
    write(&mut world, "where", "Room 2");
    write(
        &mut world,
        "who",
        "chi@contoso.com (optional), \"Doe, Pat\" <pat@contoso.com>",
    );
    assert!(screen(&world).contains("Enter saves it and invites 2 people"));
    write(&mut world, "online", "yes");
    write(&mut world, "show as", "out");
    write(&mut world, "reminder", "1h");
    write(&mut world, "categories", "Money, Board");
    write(&mut world, "importance", "high");
    write(&mut world, "privacy", "conf");
    press(&mut world, "ctrl-o");
    assert!(matches!(world.effects.last(), Some(Effect::EditText(text)) if text.is_empty()));
    world.send(Message::Edited(
        Ok("bring figures  \r\nand cake\n\n".into()),
    ));
    assert!(screen(&world).contains("bring figures (and 1 more line)"));
    press(&mut world, "enter");
    let create = created(&world);
    let of = |field| value(&create, field).unwrap();
    assert_eq!(create.when().unwrap().zone.raw(), "Asia/Tokyo");
    assert_eq!(create.when().unwrap().start, at("2026-11-27T05:00:00Z"));
    assert_eq!(
        of(Field::Rule),
        "every 2 weeks on Friday until 29 January 2027"
    );
    assert_eq!(of(Field::People), "chi@contoso.com (optional), Doe, Pat");
    assert_eq!(of(Field::ShowAs), "out of office");
    assert_eq!(of(Field::Reminder), "60 min before");
    assert_eq!(of(Field::Categories), "Money, Board");
    assert_eq!(
        (of(Field::Importance), of(Field::Sensitivity)),
        ("high".into(), "confidential".into())
    );
    assert_eq!(of(Field::Online), "online");
    assert_eq!(of(Field::Notes), "bring figures\nand cake");
    assert_eq!(of(Field::Place), "Room 2");
    assert!(screen(&world).contains("Budget talk"));
}

#[test]
fn a_line_that_cannot_be_read_is_shown_and_nothing_is_sent() {
    let mut world = World::new(120, 40);
    press(&mut world, "c");
    press(&mut world, "enter");
    assert!(screen(&world).contains("say what it is"));
    write(&mut world, "what", "Talk");
    for (label, text, words) in [
        ("when", "lunch", "say a day and a time"),
        ("zone", "Mars", "no time zone is called"),
        ("repeat", "sometimes", "say how often"),
        ("who", "ben", "who is “ben”"),
        ("reminder", "soon", "say 15 min"),
        ("calendar", "nowhere", "there are Calendar, Home, Team"),
    ] {
        let before = {
            let form = form(&world);
            let line = form.lines.iter().find(|line| line.slot.label() == label);
            line.unwrap().input.value().to_owned()
        };
        write(&mut world, label, text);
        press(&mut world, "up enter");
        assert_eq!(form(&world).line().unwrap().slot.label(), label);
        assert!(
            screen(&world).contains(words),
            "{words}\n{}",
            screen(&world)
        );
        write(&mut world, label, &before);
    }
    assert!(queued(&world).is_empty());
    press(&mut world, "enter");
    assert_eq!(queued(&world).len(), 1);
}

#[test]
fn esc_puts_what_was_typed_aside_and_c_brings_it_back() {
    let mut world = World::new(120, 40);
    press(&mut world, "c");
    press(&mut world, "esc");
    assert!(world.state.shelved.is_empty(), "there was nothing to keep");
    press(&mut world, "c \"Half\" esc");
    assert!(screen(&world).contains("put aside"));
    press(&mut world, "c");
    assert_eq!(form(&world).lines[0].input.value(), "Half");
    assert!(queued(&world).is_empty());
}

#[test]
fn only_what_was_touched_is_changed() {
    let mut world = World::new(120, 40);
    select(&mut world, "vendor");
    press(&mut world, "e");
    // The data side's text of it comes by itself.
    assert!(screen(&world).contains("Hi Ana"));
    assert!(screen(&world).contains("nothing is changed yet"));
    press(&mut world, "enter");
    assert!(queued(&world).is_empty());
    press(&mut world, "e");
    write(&mut world, "where", "Room 9");
    write(&mut world, "who", "Kenji Mori <kenji.mori@contoso.com>");
    assert!(
        screen(&world).contains("only your copy changes"),
        "it is somebody else's meeting"
    );
    press(&mut world, "enter");
    let change = changed(&world);
    let fields: Vec<Field> = change.edits.iter().map(|edit| edit.mine.field()).collect();
    assert_eq!(fields, [Field::Place, Field::People]);
}

#[test]
fn a_series_is_asked_about_first_and_esc_changes_nothing() {
    let mut world = World::new(120, 40);
    select(&mut world, "standup-4");
    press(&mut world, "e");
    let picture = screen(&world);
    assert!(picture.contains("only this one") && picture.contains("the whole series"));
    press(&mut world, "esc");
    assert!(world.state.overlay.is_none());
    press(&mut world, "e o");
    // One occurrence has no rule of its own.
    assert!(
        form(&world)
            .lines
            .iter()
            .all(|line| line.slot.label() != "repeat")
    );
}

#[test]
fn a_series_moves_with_its_rule_and_on_its_own_clock() {
    let mut world = mine();
    select(&mut world, "standup-4");
    press(&mut world, "e W");
    write(&mut world, "when", "6 jan 2026 17:00-17:15");
    assert!(screen(&world).contains("occurrences come back"));
    press(&mut world, "enter");
    let change = changed(&world);
    assert_eq!(change.event.as_str(), "standup");
    let [when, rule] = &change.edits[..] else {
        panic!("{:?}", change.edits);
    };
    let (Value::When(was), Value::When(is)) = (&when.base, &when.mine) else {
        panic!("{when:?}");
    };
    // Made in China: the hours are Shanghai's, whoever looks.
    assert_eq!(
        (was.zone.raw(), is.zone.raw()),
        ("Asia/Shanghai", "Asia/Shanghai")
    );
    assert_eq!(is.start, at("2026-01-06T09:00:00Z"));
    // Monday to Friday, a day later.
    let zone = kalends::domain::zone::Zone::utc();
    let said = rule.mine.in_words(&zone);
    assert_eq!(
        said.raw(),
        "every week on Tuesday, Wednesday, Thursday, Friday and Saturday"
    );
}

#[test]
fn this_and_following_is_two_acts_that_belong_together() {
    let mut world = mine();
    select(&mut world, "standup-4");
    press(&mut world, "e F");
    write(&mut world, "where", "Kitchen");
    assert!(screen(&world).contains("ends the old series and begins a new one"));
    press(&mut world, "enter");
    let acts = queued(&world);
    let [Act::Change(old), Act::Create(new)] = &acts[..] else {
        panic!("{acts:?}");
    };
    let ends = old.edits.iter().find_map(|edit| match &edit.mine {
        Value::Rule(Some(rule)) => Some(rule.range),
        _ => None,
    });
    assert_eq!(ends, Some(Range::Until(jiff::civil::date(2026, 11, 26))));
    assert!(
        old.edits
            .iter()
            .any(|edit| edit.mine.field() == Field::When),
        "time and rule go together"
    );
    assert_eq!(new.when().unwrap().start, at("2026-11-27T08:00:00Z"));
    assert_eq!(new.when().unwrap().zone.raw(), "Asia/Shanghai");
    assert_eq!(value(new, Field::Place).unwrap(), "Kitchen");
    assert_eq!(value(new, Field::Rule).unwrap(), "every weekday");
    // Nobody is lost on the way.
    assert!(
        value(new, Field::People)
            .unwrap()
            .contains("Pat Doyle (optional)")
    );
    assert!(value(new, Field::Notes).unwrap().contains("offer"));
}

/// The stand-up is mine.
fn mine() -> World {
    let mut world = World::new(120, 40);
    for entry in &mut world.entries {
        if entry.series.is_some() {
            *entry = with(entry.clone(), |entry| entry.is_organizer = true);
        }
    }
    world.send(Message::Noticed(
        kalends::service::protocol::Notice::Changed,
    ));
    world
}

#[test]
fn others_cannot_cut_a_series() {
    let mut world = World::new(120, 40);
    for entry in &mut world.entries {
        entry.is_organizer = false;
    }
    world.send(Message::Noticed(
        kalends::service::protocol::Notice::Changed,
    ));
    select(&mut world, "standup-4");
    press(&mut world, "e");
    assert!(screen(&world).contains("only the organizer"));
    press(&mut world, "F");
    assert!(matches!(
        world.state.overlay,
        Some(kalends::app::overlay::Overlay::Which(_))
    ));
}

#[test]
fn a_copy_invites_nobody_and_names_who_was_invited() {
    let mut world = World::new(120, 40);
    select(&mut world, "vendor");
    press(&mut world, "y l p");
    let create = created(&world);
    assert_eq!(value(&create, Field::People), None);
    let notes = value(&create, Field::Notes).unwrap();
    assert!(
        notes.contains("Copied from a meeting of") && notes.contains("Pat Doyle"),
        "{notes}"
    );
    // The same hours on the next day.
    let (was, is) = (&world.entries, create.when().unwrap());
    let was = was
        .iter()
        .find(|entry| entry.id.as_str() == "vendor")
        .unwrap();
    assert_eq!(is.start.duration_since(was.start).as_hours(), 24);
    assert_eq!(
        is.end.duration_since(is.start),
        was.end.duration_since(was.start)
    );
}

#[test]
fn a_duplicate_is_a_page_to_change_first() {
    let mut world = World::new(120, 40);
    select(&mut world, "vendor");
    press(&mut world, "D");
    assert!(queued(&world).is_empty());
    assert_eq!(form(&world).lines[0].input.value(), "Vendor call");
    press(&mut world, "enter");
    let create = created(&world);
    assert_eq!(create.subject().raw(), "Vendor call");
    assert_eq!(value(&create, Field::People), None);
}

#[test]
fn names_are_completed_and_a_room_is_invited_with_its_place() {
    let mut world = World::new(120, 40);
    press(&mut world, "c");
    let met = |name: &str, role| Attendee {
        person: super::world::person(name),
        role,
        ..Attendee::default()
    };
    world.people(vec![
        met("Kenji Mori", Role::Required),
        met("Room 4", Role::Resource),
    ]);
    write(&mut world, "who", "kenj");
    assert!(screen(&world).contains("Kenji Mori <"));
    press(&mut world, "tab");
    write(&mut world, "where", "room");
    press(&mut world, "ctrl-n enter");
    let place = form(&world)
        .lines
        .iter()
        .find(|line| line.slot.label() == "where");
    assert_eq!(place.unwrap().input.value(), "Room 4");
    write(&mut world, "what", "Talk");
    press(&mut world, "enter");
    let people = value(&created(&world), Field::People).unwrap();
    assert_eq!(people, "Kenji Mori, Room 4 (room)");
}

#[test]
fn an_editor_that_fails_changes_nothing() {
    let mut world = World::new(120, 40);
    press(&mut world, "c \"Talk\" ctrl-o");
    world.send(Message::Edited(Err("the editor (vi) failed".into())));
    assert!(screen(&world).contains("the editor (vi) failed"));
    press(&mut world, "enter");
    assert_eq!(value(&created(&world), Field::Notes), None);
}

#[test]
fn the_page_fits_every_terminal() {
    for (cols, rows) in [(160, 45), (80, 24), (40, 15), (20, 6)] {
        let mut world = World::new(cols, rows);
        press(&mut world, "c");
        for _ in 0..14 {
            press(&mut world, "down");
            let _ = screen(&world);
        }
        if cols >= 40 {
            write(&mut world, "what", "Here");
            assert!(
                screen(&world).contains("Here"),
                "{cols}x{rows}\n{}",
                screen(&world)
            );
        }
    }
}

fn errand(world: &World) -> Option<Errand> {
    world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Ask {
            request: Request::Errand(errand),
            ..
        } if *errand != Errand::People => Some(errand.clone()),
        _ => None,
    })
}

#[test]
fn forwarding_says_who_hears_of_it() {
    let mut world = World::new(120, 40);
    select(&mut world, "vendor");
    press(&mut world, "g f");
    press(&mut world, "enter");
    assert!(screen(&world).contains("say to whom"));
    write(&mut world, "who", "pat@contoso.com");
    assert!(screen(&world).contains("Enter mails it to 1 person, and"));
    write(&mut world, "message", "have a look");
    press(&mut world, "enter");
    let Some(Act::Forward(forward)) = queued(&world).pop() else {
        panic!("nothing was forwarded");
    };
    assert_eq!(forward.message, "have a look");
    assert_eq!(forward.to[0].address.raw(), "pat@contoso.com");
}

#[test]
fn a_meeting_of_mine_is_cancelled_with_words() {
    let mut world = mine();
    select(&mut world, "standup-4");
    press(&mut world, "x m");
    write(&mut world, "message", "see you in spring");
    assert!(screen(&world).contains("mails"));
    press(&mut world, "enter");
    let Some(Act::Delete(delete)) = queued(&world).pop() else {
        panic!("nothing was cancelled");
    };
    assert_eq!(delete.message.as_deref(), Some("see you in spring"));
    assert_eq!(delete.event.as_str(), "standup-4");
}

#[test]
fn this_and_following_are_deleted_by_ending_the_series() {
    let mut world = mine();
    select(&mut world, "standup-4");
    press(&mut world, "x F");
    let change = changed(&world);
    assert_eq!(change.event.as_str(), "standup");
    let ends = change.edits.iter().find_map(|edit| match &edit.mine {
        Value::Rule(Some(rule)) => Some(rule.range),
        _ => None,
    });
    assert_eq!(ends, Some(Range::Until(jiff::civil::date(2026, 11, 26))));
}

#[test]
fn an_event_moves_into_another_calendar_as_one_and_a_meeting_does_not() {
    let mut world = World::new(120, 40);
    select(&mut world, "vendor");
    press(&mut world, "g m");
    assert!(screen(&world).contains("a meeting stays in its calendar"));
    for entry in &mut world.entries {
        if entry.id.as_str() == "dentist" {
            (entry.attendees, entry.is_organizer) = (0, true);
            entry.answer = kalends::domain::event::Answer::Organizer;
        }
    }
    world.send(Message::Noticed(
        kalends::service::protocol::Notice::Changed,
    ));
    select(&mut world, "dentist");
    let from = world.state.selected_entry().unwrap().1.calendar.clone();
    press(&mut world, "g m \"team\" enter");
    let acts = queued(&world);
    let [Act::Create(copy), Act::Delete(gone)] = &acts[..] else {
        panic!("{acts:?}");
    };
    assert_eq!((copy.calendar.as_str(), &gone.calendar), ("team", &from));
    assert!(value(copy, Field::Notes).unwrap().contains("offer"));
}

#[test]
fn calendars_are_made_renamed_and_removed_by_name() {
    let mut world = World::new(120, 40);
    press(&mut world, "\\ n");
    write(&mut world, "name", "home");
    press(&mut world, "enter");
    assert!(screen(&world).contains("there is a calendar of that name"));
    write(&mut world, "name", "Garden");
    write(&mut world, "colour", "lightgreen");
    press(&mut world, "enter");
    let made = Errand::MakeCalendar {
        name: "Garden".into(),
        color: "lightGreen".into(),
    };
    assert_eq!(errand(&world), Some(made));
    press(&mut world, "j e");
    write(&mut world, "name", "House");
    press(&mut world, "enter");
    let renamed = Errand::EditCalendar {
        calendar: kalends::domain::ids::CalendarId::new("home"),
        name: Some("House".into()),
        color: None,
    };
    assert_eq!(errand(&world), Some(renamed.clone()));
    // Removing takes the name, and the main calendar stays.
    press(&mut world, "X");
    write(&mut world, "name", "Hom");
    press(&mut world, "enter");
    assert!(screen(&world).contains("type “Home” to remove it"));
    assert_eq!(errand(&world), Some(renamed));
    write(&mut world, "name", "Home");
    press(&mut world, "enter");
    assert!(matches!(
        errand(&world),
        Some(Errand::RemoveCalendar { .. })
    ));
    press(&mut world, "k X");
    assert!(screen(&world).contains("the main calendar cannot be removed"));
}

#[test]
fn categories_are_made_coloured_and_removed_by_name() {
    let mut world = World::new(120, 40);
    press(&mut world, "\\ j j j e");
    assert!(screen(&world).contains("Colour of “Customer”"));
    assert!(screen(&world).contains("red, orange, darkBlue and others"));
    write(&mut world, "colour", "pitch");
    press(&mut world, "enter");
    assert!(screen(&world).contains("colours are red"));
    write(&mut world, "colour", "darkblue");
    press(&mut world, "enter");
    let colored = |preset| Errand::ColorCategory {
        id: "1".into(),
        preset,
    };
    assert_eq!(errand(&world), Some(colored(Some(22))));
    press(&mut world, "n");
    write(&mut world, "name", "customer");
    press(&mut world, "enter");
    assert!(screen(&world).contains("there is a category of that name"));
    write(&mut world, "name", "Garden");
    write(&mut world, "colour", "none");
    press(&mut world, "enter");
    let made = Errand::MakeCategory {
        name: "Garden".into(),
        preset: None,
    };
    assert_eq!(errand(&world), Some(made));
    press(&mut world, "j X");
    write(&mut world, "name", "Later");
    press(&mut world, "enter");
    assert_eq!(
        errand(&world),
        Some(Errand::RemoveCategory { id: "2".into() })
    );
    // Without the right to, the keys say so.
    world.notice(|status| status.rights.categories = false);
    press(&mut world, "n");
    assert!(screen(&world).contains("kalends login --with categories"));
}

/// Whom no event names is asked for once, and completed after those who were met.
#[test]
fn people_are_completed_from_the_server_as_well() {
    let mut world = World::new(120, 40);
    press(&mut world, "c");
    let asked = |world: &World| -> Vec<Ticket> {
        let asks = world.effects.iter().filter_map(|effect| match effect {
            Effect::Ask { ticket, request } => {
                (*request == Request::Errand(Errand::People)).then_some(*ticket)
            }
            _ => None,
        });
        asks.collect()
    };
    let [ticket] = asked(&world)[..] else {
        panic!("asked for once");
    };
    world.people(Vec::new());
    let colleague = Attendee {
        person: Person {
            name: "Xenia Quist".into(),
            address: "xenia@contoso.com".into(),
        },
        ..Attendee::default()
    };
    world.reply(ticket, Reply::People(vec![colleague]));
    write(&mut world, "people", "xen");
    assert!(screen(&world).contains("Xenia Quist"));
    press(&mut world, "esc");
    // The next page knows them already.
    press(&mut world, "c");
    assert_eq!(asked(&world), [ticket]);
}
