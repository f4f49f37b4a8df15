//! Making, moving and deleting events with keys: what is shown, what is sent, what is asked.

use super::picture::screen;
use super::press::press;
use super::world::{World, at};
use kalends::app::Effect;
use kalends::domain::edit::{Change, Create, Delete, Field, Side, Value, is_draft};
use kalends::domain::intent::{Act, IntentId};
use kalends::service::protocol::{Reply, Request, Ticket};

fn queued(world: &World) -> Vec<(Ticket, Act)> {
    let asks = world.effects.iter().filter_map(|effect| match effect {
        Effect::Ask {
            ticket,
            request: Request::Queue { act, .. },
        } => Some((*ticket, act.clone())),
        _ => None,
    });
    asks.collect()
}

fn created(world: &World) -> Create {
    match queued(world).pop() {
        Some((_, Act::Create(create))) => create,
        other => panic!("{other:?}"),
    }
}

fn changed(world: &World) -> Change {
    match queued(world).pop() {
        Some((_, Act::Change(change))) => change,
        other => panic!("{other:?}"),
    }
}

fn deleted(world: &World) -> Delete {
    match queued(world).pop() {
        Some((_, Act::Delete(delete))) => delete,
        other => panic!("{other:?}"),
    }
}

fn type_line(world: &mut World, text: &str) {
    for letter in text.chars() {
        let key = if letter == ' ' {
            "space".to_owned()
        } else {
            letter.to_string()
        };
        press(world, &key);
    }
}

#[test]
fn a_line_of_words_is_an_event_at_once() {
    let mut world = World::new(120, 40);
    press(&mut world, "+");
    assert!(screen(&world).contains("New event"));
    type_line(&mut world, "Tea with Zoë friday 16:00 for 45m @ Kitchen");
    let picture = screen(&world);
    assert!(picture.contains("“Tea with Zoë” · Fri 27 Nov 2026 16:00–16:45 · Kitchen"));
    assert!(picture.contains("nobody is invited"));
    assert!(queued(&world).is_empty());
    press(&mut world, "enter");
    let create = created(&world);
    assert_eq!(create.calendar.as_str(), "work");
    assert_eq!(create.when().unwrap().start, at("2026-11-27T15:00:00Z"));
    assert_eq!(create.when().unwrap().zone.raw(), "Europe/Berlin");
    // Shown before anybody confirmed it, and selected.
    let picture = screen(&world);
    assert!(picture.contains("Tea with Zoë"));
    assert!(picture.contains("sent in 5 s"));
    let (_, entry) = world.state.selected_entry().unwrap();
    assert!(is_draft(&entry.id) && entry.pending.is_some());
    // The server names it anew; the selection goes with it.
    let mut named = entry.clone();
    named.id = kalends::domain::ids::EventId::new("AAMk-1");
    named.pending = None;
    world.entries.push(named);
    let (ticket, _) = queued(&world).remove(0);
    world.reply(ticket, Reply::Queued(IntentId(1)));
    world.send(kalends::app::Message::Noticed(
        kalends::service::protocol::Notice::Changed,
    ));
    assert_eq!(
        world.state.selected_entry().unwrap().1.id.as_str(),
        "AAMk-1"
    );
}

#[test]
fn a_line_without_a_time_says_what_is_missing() {
    let mut world = World::new(120, 40);
    press(&mut world, "+");
    type_line(&mut world, "Lunch");
    assert!(screen(&world).contains("say when"));
    press(&mut world, "enter");
    assert!(queued(&world).is_empty());
    press(&mut world, "esc");
    assert!(world.state.overlay.is_none());
}

#[test]
fn a_refused_event_goes_away_with_the_reason() {
    let mut world = World::new(120, 40);
    press(&mut world, "+");
    type_line(&mut world, "Tea 16:00");
    press(&mut world, "enter");
    let (ticket, _) = queued(&world).remove(0);
    let words = "the disk is full".to_owned();
    world.reply(ticket, Reply::Refused { words });
    assert!(screen(&world).contains("the disk is full"));
    assert!(
        !world
            .state
            .known
            .entries
            .iter()
            .any(|entry| is_draft(&entry.id))
    );
}

#[test]
fn what_is_nobody_elses_is_deleted_without_a_question() {
    let mut world = World::new(120, 40);
    select(&mut world, "dentist");
    press(&mut world, "x");
    let delete = deleted(&world);
    assert_eq!(delete.event.as_str(), "dentist");
    assert!(!delete.is_my_meeting);
    assert!(screen(&world).contains("deleted “Dentist”"));
}

#[test]
fn a_meeting_of_mine_asks_and_says_who_is_told() {
    let mut world = World::new(120, 40);
    select(&mut world, "launch");
    press(&mut world, "x");
    assert!(queued(&world).is_empty());
    assert!(screen(&world).contains("6 people are told that it is cancelled"));
    press(&mut world, "esc");
    assert!(queued(&world).is_empty() && world.state.overlay.is_none());
    press(&mut world, "x y");
    assert!(deleted(&world).is_my_meeting);
}

#[test]
fn one_of_a_series_asks_which() {
    let mut world = World::new(120, 40);
    select(&mut world, "standup-3");
    press(&mut world, "x");
    let picture = screen(&world);
    assert!(picture.contains("only this one") && picture.contains("the whole series"));
    press(&mut world, "W");
    assert_eq!(deleted(&world).event.as_str(), "standup");
    let gone = world.state.known.entries.iter();
    assert_eq!(gone.filter(|entry| entry.pending.is_some()).count(), 5);
}

#[test]
fn an_event_moves_by_keys_and_is_sent_with_enter() {
    let mut world = World::new(120, 40);
    select(&mut world, "dentist");
    press(&mut world, "v j j l J");
    assert!(queued(&world).is_empty());
    // 14:15–15:00 on Tuesday, half an hour later, a day later, a quarter longer.
    let picture = screen(&world);
    assert!(picture.contains("moving “Dentist” to Wed 25 Nov 14:45–15:45"));
    press(&mut world, "enter");
    let change = changed(&world);
    let Value::When(to) = &change.edits[0].mine else {
        panic!("{change:?}")
    };
    assert_eq!(
        (to.start, to.end),
        (at("2026-11-25T13:45:00Z"), at("2026-11-25T14:45:00Z"))
    );
    let Value::When(from) = &change.edits[0].base else {
        panic!("{change:?}")
    };
    assert_eq!(from.start, at("2026-11-24T13:15:00Z"));
    let (ticket, _) = queued(&world).remove(0);
    world.reply(ticket, Reply::Queued(IntentId(4)));
}

#[test]
fn esc_puts_a_moved_event_back() {
    let mut world = World::new(120, 40);
    select(&mut world, "launch");
    press(&mut world, "v l");
    assert!(screen(&world).contains("Enter mails 6 people"));
    press(&mut world, "esc");
    assert!(queued(&world).is_empty() && world.state.overlay.is_none());
    let (_, entry) = world.state.selected_entry().unwrap();
    assert_eq!(entry.start, at("2026-11-26T09:00:00Z"));
    // Nowhere else is nothing to send.
    press(&mut world, "v j k enter");
    assert!(queued(&world).is_empty());
}

#[test]
fn a_move_across_the_clock_change_keeps_the_time_of_day() {
    let mut world = World::new(120, 40);
    for entry in &mut world.entries {
        if entry.id.as_str() == "dentist" {
            entry.start = at("2026-10-24T13:00:00Z");
            entry.end = at("2026-10-24T14:00:00Z");
        }
    }
    press(&mut world, "g d");
    type_line(&mut world, "2026-10-24");
    press(&mut world, "enter");
    select(&mut world, "dentist");
    press(&mut world, "v l enter");
    let change = changed(&world);
    // 15:00 on both sides of the night in which the clocks go back.
    assert_eq!(change.moved_to().unwrap().start, at("2026-10-25T14:00:00Z"));
    assert_eq!(change.moved_to().unwrap().wall_start.hour(), 15);
}

#[test]
fn reading_only_says_why_nothing_can_be_changed() {
    let mut world = World::new(120, 40);
    world.state.status.rights.write = false;
    select(&mut world, "dentist");
    for key in ["x", "v", "+"] {
        press(&mut world, key);
        assert!(
            screen(&world).contains("the sign-in allows reading only"),
            "{key}"
        );
        assert!(world.state.overlay.is_none());
    }
}

fn select(world: &mut World, id: &str) {
    let entries = &world.state.known.entries;
    let entry = entries.iter().find(|entry| entry.id.as_str() == id);
    let key = kalends::app::known::Key::of(entry.unwrap());
    let day = world.state.viewer.day(entry.unwrap().start);
    world.state.selected = Some(key);
    world.state.cursor = day;
}

#[test]
fn a_conflict_is_settled_field_by_field_or_whole_or_kept_as_a_copy() {
    use kalends::domain::entry::{Deed, Pending};
    use kalends::domain::intent::{Intent, Stage};
    let mut world = World::new(120, 40);
    select(&mut world, "dentist");
    press(&mut world, "v j enter");
    let change = changed(&world);
    let mut theirs = change.edits[0].base.clone();
    if let Value::When(span) = &mut theirs {
        span.start = at("2026-11-24T07:00:00Z");
        span.end = at("2026-11-24T08:00:00Z");
    }
    let words = "somebody else changed the time meanwhile".to_owned();
    world.state.status.intents = vec![Intent {
        id: IntentId(9),
        act: Act::Change(change),
        made_at: world.state.now,
        due_at: world.state.now,
        stage: Stage::NeedsYou {
            words: words.clone(),
            theirs: vec![theirs],
        },
        tries: 1,
        follows: None,
        doubt: None,
        replaces: Vec::new(),
    }];
    for entry in &mut world.entries {
        if entry.id.as_str() == "dentist" {
            entry.pending = Some(Pending {
                intent: IntentId(9),
                deed: Deed::Change,
                trouble: Some(words.clone()),
            });
        }
    }
    let (ticket, _) = queued(&world).remove(0);
    world.reply(ticket, Reply::Queued(IntentId(9)));
    world.send(kalends::app::Message::Noticed(
        kalends::service::protocol::Notice::Changed,
    ));
    select(&mut world, "dentist");
    press(&mut world, "r");
    let picture = screen(&world);
    for words in [
        "before",
        "Tue 24 Nov 14:30–15:15",
        "Tue 24 Nov 08:00–09:00",
        "choose",
    ] {
        assert!(picture.contains(words), "{words}\n{picture}");
    }
    // Nothing goes out undecided, and a time cannot be two times.
    press(&mut world, "enter");
    assert!(screen(&world).contains("choose first"));
    press(&mut world, "3");
    assert!(screen(&world).contains("only lists and notes"));
    press(&mut world, "2");
    assert!(screen(&world).contains("[theirs] Tue 24 Nov"));
    press(&mut world, "M 1");
    assert!(screen(&world).contains("[yours] Tue 24 Nov"));
    press(&mut world, "enter");
    let decided = world.effects.iter().find_map(|effect| match effect {
        Effect::Ask {
            request: Request::Resolve { sides, .. },
            ..
        } => Some(sides.clone()),
        _ => None,
    });
    assert_eq!(decided, Some(vec![(Field::When, Side::Mine)]));
    // Esc decides nothing; a copy invites nobody and lets theirs stand.
    press(&mut world, "r esc");
    assert!(world.state.overlay.is_none());
    press(&mut world, "g c K");
    let copy = created(&world);
    assert_eq!(copy.when().unwrap().start, at("2026-11-24T13:30:00Z"));
    assert!(
        copy.values
            .iter()
            .all(|value| value.field() != Field::People)
    );
    let drops = |effect: &Effect| {
        matches!(effect, Effect::Ask { request: Request::Settle { choice, .. }, .. }
            if *choice == kalends::service::protocol::Settle::Drop)
    };
    // Dropped only once the copy is durable.
    assert!(!world.effects.iter().any(drops));
    let (ticket, _) = queued(&world).pop().unwrap();
    world.reply(ticket, Reply::Queued(IntentId(10)));
    assert!(world.effects.iter().any(drops));
}

#[test]
fn what_waits_is_tried_again_or_dropped_in_its_list_after_asking() {
    use kalends::domain::intent::{Intent, Stage};
    use kalends::service::protocol::Settle;
    let mut world = World::new(120, 40);
    press(&mut world, "+");
    type_line(&mut world, "Tea 16:00");
    press(&mut world, "enter");
    let act = Act::Create(created(&world));
    let intent = |id, stage| Intent {
        id: IntentId(id),
        act: act.clone(),
        made_at: world.state.now,
        due_at: world.state.now,
        stage,
        tries: 1,
        follows: None,
        doubt: None,
        replaces: Vec::new(),
    };
    let words = "the mailbox is full".to_owned();
    let theirs = Vec::new();
    let intents = vec![
        intent(1, Stage::NeedsYou { words, theirs }),
        intent(2, Stage::Sending),
    ];
    world.notice(|status| status.intents = intents);
    let settled = |world: &World| -> Vec<(IntentId, Settle)> {
        let asks = world.effects.iter().filter_map(|effect| match effect {
            Effect::Ask {
                request: Request::Settle { intent, choice },
                ..
            } => Some((*intent, *choice)),
            _ => None,
        });
        asks.collect()
    };
    press(&mut world, "g w");
    let picture = screen(&world);
    assert!(picture.contains("the mailbox is full") && picture.contains("is being sent"));
    press(&mut world, "r");
    assert_eq!(settled(&world), [(IntentId(1), Settle::Retry)]);
    press(&mut world, "X");
    assert!(screen(&world).contains("X again drops it"));
    // Moving away takes the readiness back.
    press(&mut world, "j k X");
    assert_eq!(settled(&world).len(), 1);
    press(&mut world, "X");
    assert_eq!(settled(&world)[1], (IntentId(1), Settle::Drop));
    // What may have been heard of is not dropped blindly.
    press(&mut world, "j X");
    assert!(screen(&world).contains("read back first"));
    press(&mut world, "X");
    assert_eq!(settled(&world).len(), 2);
}
