//! Finding a time never claims what is not known, never loses what was typed, and mails nobody who
//! was not named.

use super::find::{
    FRIDAY, MONDAY, WEDNESDAY, acts, alone, asked, busy, crowded, full_week, meeting, mine, of,
    office, schedule, together,
};
use super::picture::screen;
use super::press::press;
use super::world::{NOW, World, at, entry, with};
use jiff::ToSpan;
use jiff::civil::Date;
use kalends::app::overlay::Overlay;
use kalends::domain::entry::Entry;
use kalends::domain::event::{Kind, Slot};
use kalends::domain::free_busy::{Suggestion, Suggestions};
use kalends::domain::ids::EventId;
use kalends::domain::intent::Act;
use kalends::domain::text::Untrusted;
use kalends::service::protocol::{Notice, Request};

fn lasting(from: &str, to: &str) -> Entry {
    with(entry("review", "Review", from, to), mine)
}

fn moved_to(world: &World) -> Slot {
    let [Act::Change(change)] = &acts(world)[..] else {
        panic!("{:?}", acts(world));
    };
    let span = change.moved_to().unwrap();
    Slot {
        start: span.start,
        end: span.end,
    }
}

/// The days of the times that are offered.
fn days(world: &World) -> Vec<Date> {
    let Some(Overlay::Find(open)) = &world.state.overlay else {
        panic!("{}", screen(world));
    };
    let starts = open.ranking.starts.iter().map(|start| start.start * 60);
    let day = |second| {
        let at = jiff::Timestamp::from_second(second).unwrap();
        world.state.viewer.day(at)
    };
    let mut days: Vec<Date> = starts.map(day).collect();
    days.sort_unstable();
    days.dedup();
    days
}

#[test]
fn a_meeting_keeps_its_length() {
    for (from, to, minutes) in [
        ("2026-11-27T10:00:00Z", "2026-11-27T10:10:00Z", 10),
        ("2026-11-27T06:30:00Z", "2026-11-27T16:30:00Z", 600),
    ] {
        let mut world = of(vec![lasting(from, to)], Some(office()));
        // At any time: it is longer than the working day.
        press(&mut world, "S w enter");
        let slot = moved_to(&world);
        assert_eq!(slot.end.duration_since(slot.start).as_mins(), minutes);
    }
    let mut world = of(
        vec![lasting("2026-11-27T10:00:00Z", "2026-11-27T10:10:00Z")],
        Some(office()),
    );
    press(&mut world, "S + enter");
    let slot = moved_to(&world);
    assert_eq!(slot.end.duration_since(slot.start).as_mins(), 15);
}

#[test]
fn of_days_that_are_not_known_i_am_not_free() {
    let mut world = of(vec![meeting(mine)], Some(office()));
    world.missing = Some("these days are not here, and there is no connection");
    press(&mut world, "S");
    let picture = screen(&world);
    assert!(picture.contains("your own time is not known"), "{picture}");
    assert!(picture.contains("you unknown"), "{picture}");
    assert!(!picture.contains("everybody is free"), "{picture}");
    press(&mut world, "r");
    assert!(
        screen(&world).contains("not all known"),
        "{}",
        screen(&world)
    );
}

#[test]
fn what_i_have_in_one_week_says_nothing_of_the_next() {
    let mut world = of(vec![meeting(mine)], Some(office()));
    press(&mut world, "S");
    assert!(screen(&world).contains("everybody is free"));
    world.is_slow = true;
    for key in ["]", "R"] {
        press(&mut world, key);
        let picture = screen(&world);
        assert!(picture.contains("you unknown"), "{picture}");
        press(&mut world, "enter r");
        assert_eq!((acts(&world), together(&world)), (Vec::new(), Vec::new()));
        assert!(
            screen(&world).contains("still being asked"),
            "{}",
            screen(&world)
        );
    }
    let ticket = world.last_asked(|request| matches!(request, Request::Reach { .. }));
    world.reply(ticket, world.reached());
    assert!(screen(&world).contains("everybody is free"));
    press(&mut world, "enter");
    assert_eq!(acts(&world).len(), 1);
}

#[test]
fn the_note_of_an_answer_goes_with_the_proposal_or_stays() {
    let mut world = of(vec![meeting(asked)], Some(office()));
    press(&mut world, "r , c \"I land only at 11\" enter p");
    assert!(
        screen(&world).contains("with your note"),
        "{}",
        screen(&world)
    );
    press(&mut world, "esc");
    let picture = screen(&world);
    assert!(picture.contains("I land only at 11"), "{picture}");
    press(&mut world, "p enter");
    let [Act::Respond(respond)] = &acts(&world)[..] else {
        panic!("{:?}", acts(&world));
    };
    assert_eq!(respond.comment.as_deref(), Some("I land only at 11"));
    assert!(respond.tell_organizer && respond.proposed.is_some());
}

#[test]
fn a_late_answer_opens_nothing_over_another_event() {
    let other = with(
        entry(
            "b",
            "Budget",
            "2026-11-27T12:00:00Z",
            "2026-11-27T13:00:00Z",
        ),
        asked,
    );
    let mut world = of(vec![meeting(asked), other], Some(office()));
    world.is_slow = true;
    press(&mut world, "S");
    let ticket = world.last_asked(|request| matches!(request, Request::Known { .. }));
    press(&mut world, "tab r");
    let detail = super::world::detail_of(&world.entries[0]);
    world.reply(
        ticket,
        kalends::service::protocol::Reply::Detail(Box::new(detail)),
    );
    assert!(
        matches!(world.state.overlay, Some(Overlay::Respond(_))),
        "{}",
        screen(&world)
    );
}

#[test]
fn room_is_made_with_everybody_named_and_nothing_hidden() {
    let mut world = crowded(alone);
    press(&mut world, "r");
    let picture = screen(&world);
    assert!(picture.contains("“Review”: 3 people are"), "{picture}");
    // However low the window is, what Enter does stands there, and that there is more.
    for rows in [12, 14, 18, 24] {
        world.send(kalends::app::Message::Resized { cols: 80, rows });
        let picture = screen(&world);
        assert!(picture.contains("Enter moves 1 meeting"), "{picture}");
        let is_whole = picture.contains("“Writing” →");
        assert!(is_whole || picture.contains("more: j"), "{picture}");
    }
    world.send(kalends::app::Message::Resized { cols: 80, rows: 12 });
    press(&mut world, "j");
    assert!(screen(&world).contains("“Writing” →"), "{}", screen(&world));
}

#[test]
fn an_occurrence_stays_between_its_neighbours() {
    let daily = |day: i32| {
        let id = format!("stand-up-{day}");
        let from =
            at("2026-11-27T10:00:00Z") + jiff::SignedDuration::from_hours(24 * i64::from(day));
        with(entry(&id, "Stand-up", FRIDAY.0, FRIDAY.1), |entry| {
            mine(entry);
            entry.start = from;
            entry.end = from + jiff::SignedDuration::from_mins(30);
            entry.kind = Kind::Occurrence;
            entry.series = Some(EventId::new("stand-ups"));
        })
    };
    let friday: Date = "2026-11-27".parse().unwrap();
    // Friday and Monday of it: the days between are free for it, and Friday itself.
    let mut world = of(vec![daily(0), daily(3)], Some(office()));
    press(&mut world, "S w");
    assert_eq!(days(&world), [0, 1, 2].map(|day| friday + day.days()));
    // Beyond the next one nothing is.
    press(&mut world, "]");
    let picture = screen(&world);
    assert!(picture.contains("an occurrence stays between"), "{picture}");
    press(&mut world, "[");
    assert_eq!(days(&world).len(), 3);
}

#[test]
fn who_is_in_the_meeting_that_moves_is_not_in_its_way() {
    // Kenji comes to what I write: his calendar shows it, and the room’s too.
    let mut entries = full_week(&[FRIDAY, MONDAY, WEDNESDAY]);
    entries.push(meeting(mine));
    entries.push(with(entry("writing", "Writing", MONDAY.0, MONDAY.1), mine));
    let mut schedules = office();
    for schedule in &mut schedules {
        schedule.taken = vec![busy(MONDAY.0, MONDAY.1), busy(FRIDAY.0, FRIDAY.1)];
    }
    let mut world = World::of(entries, "Europe/Berlin", NOW, 150, 36);
    world.schedules = Some(schedules);
    press(
        &mut world,
        "c \"Retro\" down ctrl-u \"30 nov 10:00 for 60m\"",
    );
    press(
        &mut world,
        "down down down down down \"kenji@contoso.com\" ctrl-f r",
    );
    let picture = screen(&world);
    assert!(picture.contains("“Writing” → Wed 2 Dec"), "{picture}");
}

#[test]
fn a_room_that_is_booked_for_me_alone_has_to_be_free_too() {
    let with_room = |entry: &mut Entry| {
        alone(entry);
        entry.place = Untrusted::new("Room 2");
    };
    let mut world = crowded(with_room);
    press(&mut world, "r");
    let picture = screen(&world);
    assert!(picture.contains("its room is"), "{picture}");
    press(&mut world, "esc");
    let mut schedules = world.schedules.take().unwrap();
    schedules[3].taken = vec![busy(WEDNESDAY.0, WEDNESDAY.1), busy(FRIDAY.0, FRIDAY.1)];
    world.schedules = Some(schedules);
    press(&mut world, "R r");
    let picture = screen(&world);
    assert!(
        picture.contains("no other place for “Writing”"),
        "{picture}"
    );
}

#[test]
fn turns_begin_with_the_rule_and_end_with_it() {
    let mut world = of(Vec::new(), None);
    world.schedules = Some(vec![schedule("kenji", "Tokyo Standard Time", Vec::new())]);
    press(
        &mut world,
        "c \"Guild\" down ctrl-u \"27 nov 15:00 for 60m\" down down",
    );
    press(
        &mut world,
        "ctrl-u \"every week on thursday until 17 december 2026\"",
    );
    press(&mut world, "down down down \"kenji@contoso.com\" ctrl-f f");
    let picture = screen(&world);
    // 3, 10 and 17 December.
    assert!(picture.contains("3 times, in turns"), "{picture}");
    assert!(picture.contains("3 Dec"), "{picture}");
    press(&mut world, "esc ] f");
    let picture = screen(&world);
    assert!(picture.contains("the series begins on 3 Dec"), "{picture}");
}

#[test]
fn a_series_never_begins_in_the_past() {
    let now = "2026-11-27T15:30:00Z";
    let mut world = World::of(Vec::new(), "Europe/Berlin", now, 150, 36);
    world.schedules = Some(office());
    press(
        &mut world,
        "c \"Guild\" down ctrl-u \"27 nov 17:00 for 30m\"",
    );
    press(
        &mut world,
        "down down down down down \"kenji@contoso.com\" ctrl-f f enter",
    );
    let picture = screen(&world);
    assert!(
        picture.contains("27 Nov 2026 16:30") || picture.contains("27 Nov 2026 17:"),
        "{picture}"
    );
}

#[test]
fn what_changes_meanwhile_changes_what_is_offered() {
    let mut world = of(vec![meeting(mine)], Some(office()));
    press(&mut world, "S");
    let offered = at("2026-11-27T12:15:00Z");
    assert!(
        screen(&world).contains("▸ Fri 27 Nov 13:15"),
        "{}",
        screen(&world)
    );
    let end = offered + jiff::SignedDuration::from_hours(3);
    let (from, to) = (offered.to_string(), end.to_string());
    world.entries.push(entry("new", "New", &from, &to));
    world.send(kalends::app::Message::Noticed(Notice::Changed));
    let picture = screen(&world);
    assert!(!picture.contains("▸ Fri 27 Nov 13:15"), "{picture}");
    // And what has begun is gone.
    world.tick(2 * 24 * 3600);
    assert!(days(&world).iter().all(|day| *day >= world.state.today()));
}

#[test]
fn a_plan_is_made_from_where_things_stand_now() {
    let mut world = crowded(alone);
    press(&mut world, "r");
    assert!(screen(&world).contains("Mon 30 Nov 10:00–11:00 “Writing” →"));
    // It is called off meanwhile: Monday is free by itself.
    world.entries.retain(|entry| entry.id.as_str() != "writing");
    world.send(kalends::app::Message::Noticed(Notice::Changed));
    let picture = screen(&world);
    assert!(picture.contains("nothing has to move"), "{picture}");
    assert!(!picture.contains("“Writing”"), "{picture}");
    // Another one stands there now, and it is that one’s time that counts.
    let other = with(entry("writing", "Writing", WEDNESDAY.0, WEDNESDAY.1), alone);
    world.entries.push(other);
    world.send(kalends::app::Message::Noticed(Notice::Changed));
    let picture = screen(&world);
    assert!(picture.contains("nothing has to move"), "{picture}");
}

#[test]
fn everybody_can_be_looked_at() {
    let mut world = of(Vec::new(), Some(office()));
    let people: Vec<String> = (0..30).map(|n| format!("p{n}@contoso.com")).collect();
    press(&mut world, "c \"All\" down ctrl-u \"27 nov 10:00 for 45m\"");
    press(&mut world, "down down down down down");
    world.send(kalends::app::Message::Paste(people.join(", ")));
    press(&mut world, "ctrl-f");
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..10 {
        let picture = screen(&world);
        assert!(picture.contains("all who must come"), "{picture}");
        seen.extend((0..30).filter(|n| picture.contains(&format!("p{n}@contoso"))));
        press(&mut world, "J");
    }
    assert_eq!(seen.len(), 30);
    // The digit is of the row that stands there.
    let Some(Overlay::Find(open)) = &world.state.overlay else {
        panic!("{}", screen(&world));
    };
    let first = open.first_row;
    assert_eq!(open.digit(first), Some(1));
    press(&mut world, "1");
    let Some(Overlay::Find(open)) = &world.state.overlay else {
        panic!("{}", screen(&world));
    };
    let role = open.guests[first].role;
    assert_eq!(role, kalends::domain::event::Role::Optional);
}

#[test]
fn by_microsofts_score_our_first_is_never_worse() {
    // Pat need not come and is busy whenever the others are at work; Microsoft would have him.
    let mut schedules = office();
    schedules[2].taken = vec![busy("2026-11-27T06:00:00Z", "2026-12-04T11:00:00Z")];
    let mut world = of(vec![meeting(mine)], Some(schedules));
    let start = at("2026-11-27T17:00:00Z");
    world.suggestions = Some(Suggestions {
        times: vec![Suggestion {
            slot: Slot {
                start,
                end: start + jiff::SignedDuration::from_hours(1),
            },
            percent: 75,
        }],
        why_none: Untrusted::default(),
    });
    let score = |world: &World| {
        let Some(Overlay::Find(open)) = &world.state.overlay else {
            panic!("{}", screen(world));
        };
        let first = open.ranking.starts[0].start;
        let score = |start| kalends::domain::schedule::microsoft_score(&open.question, start);
        let starts = open.ranking.starts.iter().map(|start| score(start.start));
        (score(first), starts.fold(0.0, f64::max))
    };
    press(&mut world, "S w M M");
    let (first, best) = score(&world);
    assert!((first - best).abs() < 1e-9, "{first} {best}");
    assert!(
        screen(&world).contains("by its score"),
        "{}",
        screen(&world)
    );
    press(&mut world, "M");
    assert!(score(&world).0 < best, "ours weighs who must come");
}

#[test]
fn hours_stand_where_the_clock_shows_them() {
    // On 29 March clocks go forward in Berlin: 09:00 is 07:00 UTC, and eight hours after midnight.
    let now = "2026-03-27T08:00:00Z";
    let taken = entry("t", "Taken", "2026-03-29T07:00:00Z", "2026-03-29T08:00:00Z");
    let review = lasting("2026-03-28T10:00:00Z", "2026-03-28T11:00:00Z");
    let mut world = World::of(vec![taken, review], "Europe/Berlin", now, 200, 36);
    world.schedules = Some(office());
    while world
        .state
        .selected_entry()
        .is_none_or(|(_, entry)| entry.id.as_str() != "review")
    {
        press(&mut world, "tab");
    }
    press(&mut world, "S");
    let picture = screen(&world);
    let lines: Vec<Vec<char>> = picture.lines().map(|line| line.chars().collect()).collect();
    let hours = lines.iter().position(|line| {
        let line: String = line.iter().collect();
        line.contains("7   9   11")
    });
    let hours = hours.unwrap_or_else(|| panic!("{picture}"));
    let me = lines[hours + 2].clone();
    let block = me.iter().position(|cell| *cell == '█');
    let block = block.unwrap_or_else(|| panic!("{picture}"));
    assert_eq!(lines[hours][block], '9', "{picture}");
}

#[test]
fn what_comes_for_the_page_behind_reaches_it() {
    let mut world = of(vec![meeting(mine)], Some(office()));
    press(
        &mut world,
        "c \"Retro\" down ctrl-u \"27 nov 10:00 for 45m\"",
    );
    press(&mut world, "ctrl-f");
    let colleague = kalends::domain::event::Attendee {
        person: super::world::person("Zoe Quist"),
        ..Default::default()
    };
    world.people(vec![colleague]);
    press(&mut world, "esc down down down down down \"zoe\"");
    assert!(screen(&world).contains("Zoe Quist"), "{}", screen(&world));
}
