//! Triage: everything that waits, one key each.

use super::picture::screen;
use super::press::press;
use super::world::{World, at, entry, person, with};
use kalends::app::Effect;
use kalends::domain::answer::Reply;
use kalends::domain::edit::{Delete, Value};
use kalends::domain::entry::{Entry, Proposal};
use kalends::domain::event::{Answer, Before, Kind, ShowAs, Slot};
use kalends::domain::ids::EventId;
use kalends::domain::intent::{Act, Intent, Stage};
use kalends::domain::text::Untrusted;
use kalends::service::protocol::Reply::Queued;
use kalends::service::protocol::{Request, UndoOutcome};

fn acts(world: &World) -> Vec<Act> {
    let acts = world.effects.iter().filter_map(|effect| match effect {
        Effect::Ask {
            request: Request::Queue { act, .. },
            ..
        } => Some(act.clone()),
        _ => None,
    });
    acts.collect()
}

fn answers(world: &World) -> Vec<(String, Reply)> {
    let answers = acts(world).into_iter().filter_map(|act| match act {
        Act::Respond(respond) => Some((respond.event.as_str().to_owned(), respond.reply)),
        _ => None,
    });
    answers.collect()
}

fn asked_for(world: &World, wanted: impl Fn(&Request) -> bool) -> usize {
    let is_wanted =
        |effect: &&Effect| matches!(effect, Effect::Ask { request, .. } if wanted(request));
    world.effects.iter().filter(is_wanted).count()
}

fn asked(entry: &mut Entry) {
    entry.answer = Answer::NotResponded;
    entry.show_as = ShowAs::Tentative;
}

fn invitation(id: &str, hour: u32) -> Entry {
    let (day, hour) = (27 + hour / 8, 8 + hour % 8);
    let time = |minute: u32| format!("2026-11-{day:02}T{hour:02}:{minute:02}:00Z");
    let subject = format!("Meeting {id}");
    with(entry(id, &subject, &time(0), &time(45)), asked)
}

fn of(entries: Vec<Entry>) -> World {
    World::of(entries, "Europe/Berlin", super::world::NOW, 140, 40)
}

fn left(world: &World) -> usize {
    world
        .state
        .triage
        .as_ref()
        .map_or(0, |triage| triage.items.len())
}

#[test]
fn fifty_invitations_take_fifty_keys_and_no_waiting() {
    let december = |number: u32| {
        let day = 1 + number / 2;
        let hour = 8 + 4 * (number % 2);
        let id = format!("m{number:02}");
        let time = |minute: u32| format!("2026-12-{day:02}T{hour:02}:{minute:02}:00Z");
        with(entry(&id, &id, &time(0), &time(30)), asked)
    };
    let mut world = of((0..50).map(december).collect());
    press(&mut world, "i");
    assert!(screen(&world).contains("50 invitations · 1 of 50"));
    for (number, key) in (0..50).zip(["a", "t", "d", "y", "m", "n"].iter().cycle()) {
        assert_eq!(left(&world), 50 - number, "one leaves with each key");
        press(&mut world, key);
    }
    assert!(screen(&world).contains("Nothing waits for you"));
    let answers = answers(&world);
    let expected = (0..50).map(|number| format!("m{number:02}"));
    assert!(answers.iter().map(|(event, _)| event.clone()).eq(expected));
    let six = answers.iter().take(6).map(|(_, reply)| *reply);
    use Reply::{Accept, Decline, Tentative};
    assert!(six.eq([Accept, Tentative, Decline, Accept, Tentative, Decline]));
}

#[test]
fn a_series_is_answered_whole_and_an_exception_alone() {
    let weekly = |id: &str, day: u32, kind: Kind| {
        let time = |hour: u32| format!("2026-12-{day:02}T{hour:02}:00:00Z");
        with(entry(id, "Weekly", &time(9), &time(10)), |entry| {
            asked(entry);
            (entry.series, entry.kind) = (Some(EventId::new("weekly")), kind);
        })
    };
    let mut world = of(vec![
        weekly("w1", 2, Kind::Occurrence),
        weekly("w2", 9, Kind::Occurrence),
        weekly("w3", 16, Kind::Exception),
    ]);
    press(&mut world, "i");
    assert_eq!(left(&world), 2);
    assert!(screen(&world).contains("a series, 2 in sight"));
    press(&mut world, "j d a");
    assert_eq!(
        answers(&world),
        [
            ("w3".to_owned(), Reply::Decline),
            ("weekly".to_owned(), Reply::Accept)
        ]
    );
}

#[test]
fn several_are_answered_with_one_key_and_taken_back_with_one() {
    let mut world = of((0..5).map(|n| invitation(&format!("i{n}"), n)).collect());
    press(&mut world, "i space j space a");
    let answered: Vec<String> = answers(&world)
        .into_iter()
        .map(|(event, _)| event)
        .collect();
    assert_eq!(answered, ["i0", "i2"]);
    assert_eq!(left(&world), 3);
    assert!(screen(&world).contains("accepted 2 invitations"));
    press(&mut world, "u");
    assert_eq!(asked_for(&world, |request| *request == Request::Undo), 2);
}

#[test]
fn what_was_taken_back_is_there_again_and_looked_at() {
    let mut world = of((0..4).map(|n| invitation(&format!("i{n}"), n)).collect());
    press(&mut world, "i j a");
    assert_eq!(left(&world), 3);
    press(&mut world, "j u");
    let undo = world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Ask {
            ticket,
            request: Request::Undo,
        } => Some(*ticket),
        _ => None,
    });
    let act = acts(&world).remove(0);
    let outcome = UndoOutcome::Withdrawn(waiting(act, Stage::Waiting));
    world.reply(
        undo.unwrap(),
        kalends::service::protocol::Reply::Undone(outcome),
    );
    let triage = world.state.triage.as_ref().unwrap();
    assert_eq!(triage.items.len(), 4);
    assert_eq!(triage.item().unwrap().event.event, EventId::new("i1"));
}

fn waiting(act: Act, stage: Stage) -> Intent {
    Intent {
        id: kalends::domain::intent::IntentId(7),
        act,
        made_at: at(super::world::NOW),
        due_at: at(super::world::NOW),
        stage,
        tries: 0,
        follows: None,
        doubt: None,
        replaces: Vec::new(),
    }
}

/// Ben's and Zoë's meetings meet for half an hour; both are accepted.
fn two() -> Vec<Entry> {
    vec![
        entry(
            "ben",
            "Ben's",
            "2026-11-27T09:00:00Z",
            "2026-11-27T10:00:00Z",
        ),
        with(
            entry(
                "zoe",
                "Zoë's",
                "2026-11-27T09:30:00Z",
                "2026-11-27T10:30:00Z",
            ),
            |entry| entry.organizer = person("Zoë Laurent"),
        ),
    ]
}

#[test]
fn of_two_that_overlap_one_is_kept_after_it_was_shown_what_that_means() {
    let mut world = of(two());
    press(&mut world, "i");
    assert!(screen(&world).contains("overlaps Zoë's (hard)"));
    press(&mut world, "a");
    assert!(
        screen(&world).contains("declined: “Zoë's”: tells Zoë Laurent; it leaves your calendar")
    );
    assert_eq!(acts(&world), []);
    press(&mut world, "esc tab a enter");
    assert_eq!(answers(&world), [("ben".to_owned(), Reply::Decline)]);
    assert_eq!(left(&world), 0);
}

#[test]
fn my_own_meeting_is_declined_by_nobody_and_the_ways_out_are_said() {
    let mut entries = two();
    entries[1].is_organizer = true;
    entries[1].answer = Answer::Organizer;
    let mut world = of(entries);
    press(&mut world, "i a");
    assert!(
        screen(&world).contains("“Zoë's” is yours"),
        "{}",
        screen(&world)
    );
    press(&mut world, "tab b");
    // The end of Zoë's is free, and as long as its beginning is not.
    assert!(screen(&world).contains("11:00–11:30: 3 people are told"));
    press(&mut world, "enter");
    let [Act::Change(change)] = &acts(&world)[..] else {
        panic!("{:?}", acts(&world));
    };
    let to = change.moved_to().unwrap();
    assert_eq!(
        (to.start, to.end),
        (at("2026-11-27T10:00:00Z"), at("2026-11-27T10:30:00Z"))
    );
    assert_eq!(left(&world), 0, "it no longer overlaps");
}

#[test]
fn my_time_can_be_shown_as_free() {
    let mut world = of(two());
    press(&mut world, "i 0 enter");
    let [Act::Change(change)] = &acts(&world)[..] else {
        panic!("{:?}", acts(&world));
    };
    assert_eq!(change.edits[0].mine, Value::ShowAs(ShowAs::Free));
    assert_eq!(left(&world), 0);
}

#[test]
fn what_is_kept_is_said_no_more_and_u_asks_again() {
    let mut world = of(two());
    press(&mut world, "i K");
    assert_eq!(left(&world), 0);
    let is_hush = |on: bool| move |request: &Request| matches!(request, Request::Hush { is_hushed, .. } if *is_hushed == on);
    assert_eq!(asked_for(&world, is_hush(true)), 1);
    press(&mut world, "u");
    assert_eq!(left(&world), 1);
    assert_eq!(asked_for(&world, is_hush(false)), 1);
    assert_eq!(asked_for(&world, |request| *request == Request::Undo), 0);
}

#[test]
fn a_proposal_is_applied_with_one_key() {
    let slot = Slot {
        start: at("2026-11-27T14:00:00Z"),
        end: at("2026-11-27T15:00:00Z"),
    };
    let mut entries = two();
    entries.truncate(1);
    entries[0].is_organizer = true;
    entries[0].answer = Answer::Organizer;
    entries[0].proposals = vec![Proposal {
        by: person("Kenji Mori"),
        slot,
    }];
    let mut world = of(entries);
    press(&mut world, "i d");
    assert!(screen(&world).contains("no answer that refuses another time"));
    assert!(screen(&world).contains("Kenji Mori asks for Fri 27 Nov 15:00"));
    press(&mut world, "a");
    let [Act::Change(change)] = &acts(&world)[..] else {
        panic!("{:?}", acts(&world));
    };
    let to = change.moved_to().unwrap();
    assert_eq!((to.start, to.end), (slot.start, slot.end));
    assert_eq!(left(&world), 0);
}

#[test]
fn what_was_called_off_goes_with_one_key_and_cannot_be_answered() {
    let mut entries = two();
    entries[0].cancelled = true;
    entries[0].show_as = ShowAs::Free;
    let mut world = of(entries);
    press(&mut world, "i a");
    assert!(screen(&world).contains("x takes it out of your calendar"));
    press(&mut world, "x");
    let [Act::Delete(Delete { event, message, .. })] = &acts(&world)[..] else {
        panic!("{:?}", acts(&world));
    };
    assert_eq!((event.as_str(), message), ("ben", &None));
}

#[test]
fn what_was_moved_says_what_it_was_and_comes_first_when_it_is_soon() {
    let mut entries = vec![invitation("first", 0)];
    let moved = entry(
        "moved",
        "Moved",
        "2026-11-27T08:30:00Z",
        "2026-11-27T08:45:00Z",
    );
    entries.push(with(moved, |entry| {
        asked(entry);
        entry.before = Some(Before {
            slot: Slot {
                start: at("2026-11-26T16:00:00Z"),
                end: at("2026-11-26T16:15:00Z"),
            },
            answer: Answer::Tentative,
        });
    }));
    let mut world = of(entries);
    press(&mut world, "i");
    let picture = screen(&world);
    assert!(picture.contains("! Moved"), "{picture}");
    assert!(picture.contains("moved, was Thu 26 Nov 17:00"), "{picture}");
    assert!(
        picture.contains("you had accepted tentatively"),
        "{picture}"
    );
}

#[test]
fn what_was_not_sent_opens_with_its_ways_out() {
    let mut world = of(vec![invitation("i0", 0)]);
    press(&mut world, "i a");
    let stuck = Stage::NeedsYou {
        words: "it was moved since you looked".into(),
        theirs: Vec::new(),
    };
    let intent = waiting(acts(&world).remove(0), stuck);
    world.entries[0].pending = Some(kalends::domain::entry::Pending::of(&intent));
    world.notice(|status| status.intents = vec![intent]);
    assert!(screen(&world).contains("not sent: it was moved since you looked"));
    let queued = world.effects.iter().find_map(|effect| match effect {
        Effect::Ask {
            ticket,
            request: Request::Queue { .. },
        } => Some(*ticket),
        _ => None,
    });
    let id = kalends::domain::intent::IntentId(7);
    world.reply(queued.unwrap(), Queued(id));
    world.send(kalends::app::Message::Noticed(
        kalends::service::protocol::Notice::Changed,
    ));
    press(&mut world, "enter");
    assert!(screen(&world).contains("try again"), "{}", screen(&world));
}

#[test]
fn a_note_goes_with_the_answer_from_the_options() {
    let mut world = of(vec![invitation("i0", 0), invitation("i1", 3)]);
    press(&mut world, "i , c \"late by ten\" enter t");
    let [Act::Respond(respond)] = &acts(&world)[..] else {
        panic!("{:?}", acts(&world));
    };
    assert_eq!(respond.comment.as_deref(), Some("late by ten"));
    assert_eq!(left(&world), 1, "and the next one is looked at");
}

#[test]
fn leaving_goes_back_to_where_one_was() {
    let mut world = World::new(140, 40);
    press(&mut world, "tab");
    let before = screen(&world);
    press(&mut world, "i j j j esc");
    assert_eq!(screen(&world), before);
}

#[test]
fn what_cannot_be_written_says_why() {
    let mut world = of(vec![invitation("i0", 0)]);
    world.notice(|status| status.rights.write = false);
    press(&mut world, "i a");
    assert_eq!(acts(&world), []);
    assert!(screen(&world).contains("the sign-in allows reading only"));
}

#[test]
fn hostile_names_stay_in_their_line() {
    let mut hostile = invitation("i0", 0);
    hostile.subject = Untrusted::new("a\u{1b}[2Jb\u{202e}c\nd");
    hostile.organizer.name = Untrusted::new("\u{9b}31mEve");
    let mut world = of(vec![hostile]);
    press(&mut world, "i");
    let picture = screen(&world);
    assert!(!picture.contains('\u{1b}') && !picture.contains('\u{202e}'));
}

#[test]
fn the_queue_at_three_sizes() {
    for (cols, rows) in [(120, 36), (80, 24), (48, 20)] {
        let mut world = World::new(cols, rows);
        press(&mut world, "i j");
        insta::assert_snapshot!(format!("triage_{cols}x{rows}"), screen(&world));
    }
}

#[test]
fn free_times_are_copied_as_text() {
    let mut world = of(two());
    press(&mut world, "s");
    let copied = world.effects.iter().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.clone()),
        _ => None,
    });
    let copied = copied.unwrap();
    // Now is Thursday 10:42; on Friday two meetings take 10:00 to 11:30.
    assert!(
        copied.starts_with("Thu 26 Nov: 10:45–17:00\nFri 27 Nov: 08:00–10:00, 11:30–17:00\n"),
        "{copied}"
    );
    assert!(screen(&world).contains("copied 3 free times of 2 days"));
}

#[test]
fn phrases_stand_ready_and_what_was_typed_is_kept() {
    let mut world = of(vec![invitation("i0", 0)]);
    press(&mut world, "i , c \"own words\" down");
    assert!(screen(&world).contains("Looking forward to it."));
    press(&mut world, "up");
    assert!(screen(&world).contains("own words"));
    press(&mut world, "down down enter a");
    let [Act::Respond(respond)] = &acts(&world)[..] else {
        panic!("{:?}", acts(&world));
    };
    assert_eq!(
        respond.comment.as_deref(),
        Some("I may be a few minutes late.")
    );
}

#[test]
fn what_was_done_to_an_event_that_is_gone_is_found_in_the_list_of_what_waits() {
    let mut world = of(vec![invitation("i0", 0)]);
    press(&mut world, "i a");
    let act = acts(&world).remove(0);
    let words = "this meeting is no longer in your calendar".to_owned();
    let stage = Stage::NeedsYou {
        words,
        theirs: Vec::new(),
    };
    world.entries.clear();
    world.send(kalends::app::Message::Noticed(
        kalends::service::protocol::Notice::Changed,
    ));
    world.notice(|status| status.intents = vec![waiting(act, stage)]);
    assert!(screen(&world).contains("not sent: this meeting is no longer"));
    press(&mut world, "enter");
    assert!(
        screen(&world).contains("Waiting to be sent"),
        "{}",
        screen(&world)
    );
}
