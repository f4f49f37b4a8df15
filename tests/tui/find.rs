//! Find a time: who is asked, what is offered and why, and what Enter does.

use super::picture::screen;
use super::press::press;
use super::world::{NOW, World, at, entry, with};
use jiff::civil::Time;
use kalends::app::Effect;
use kalends::domain::answer::Reply;
use kalends::domain::calendar::MailboxSettings;
use kalends::domain::edit::Value;
use kalends::domain::entry::Entry;
use kalends::domain::errand::Errand;
use kalends::domain::event::{Answer, ShowAs, Slot};
use kalends::domain::free_busy::{Heard, Schedule, Suggestion, Suggestions, Taken};
use kalends::domain::intent::Act;
use kalends::domain::text::Untrusted;
use kalends::service::protocol::Request;

pub fn acts(world: &World) -> Vec<Act> {
    let acts = world.effects.iter().filter_map(|effect| match effect {
        Effect::Ask {
            request: Request::Queue { act, .. },
            ..
        } => Some(act.clone()),
        _ => None,
    });
    acts.collect()
}

pub fn busy(from: &str, to: &str) -> Taken {
    Taken {
        slot: Slot {
            start: at(from),
            end: at(to),
        },
        show_as: ShowAs::Busy,
    }
}

pub fn schedule(name: &str, zone: &str, taken: Vec<Taken>) -> Schedule {
    Schedule {
        address: Untrusted::new(format!("{name}@contoso.com")),
        taken,
        hours: Some(MailboxSettings {
            working_from: Time::constant(9, 0, 0, 0),
            working_to: Time::constant(17, 0, 0, 0),
            working_zone: Some(Untrusted::new(zone)),
            ..MailboxSettings::default()
        }),
        trouble: None,
    }
}

/// Kenji, Pat and Room 2 come to everything in this world (`detail_of`); Berlin is at +1.
pub fn office() -> Vec<Schedule> {
    vec![
        schedule("ben", "Europe/Berlin", Vec::new()),
        schedule(
            "kenji",
            "W. Europe Standard Time",
            vec![busy("2026-11-27T08:00:00Z", "2026-11-27T12:00:00Z")],
        ),
        schedule("pat", "Europe/Berlin", Vec::new()),
        schedule("room", "Europe/Berlin", Vec::new()),
    ]
}

pub fn meeting(change: impl FnOnce(&mut Entry)) -> Entry {
    let review = entry(
        "review",
        "Review",
        "2026-11-27T10:00:00Z",
        "2026-11-27T11:00:00Z",
    );
    with(review, change)
}

pub fn asked(entry: &mut Entry) {
    entry.answer = Answer::NotResponded;
    entry.show_as = ShowAs::Tentative;
}

pub fn mine(entry: &mut Entry) {
    entry.is_organizer = true;
    entry.answer = Answer::Organizer;
}

pub fn of(entries: Vec<Entry>, schedules: Option<Vec<Schedule>>) -> World {
    let mut world = World::of(entries, "Europe/Berlin", NOW, 150, 36);
    world.schedules = schedules;
    press(&mut world, "tab");
    world
}

#[test]
fn an_organizer_is_asked_for_the_best_other_time() {
    let mut world = of(vec![meeting(asked)], Some(office()));
    press(&mut world, "i p");
    let picture = screen(&world);
    // Kenji is busy until 13:00 and wants a break; 13:15 is the nearest to what it was.
    assert!(picture.contains("▸ Fri 27 Nov 13:15 "), "{picture}");
    assert!(
        picture.contains("Enter asks Ben Okafor for it"),
        "{picture}"
    );
    press(&mut world, "enter");
    let [Act::Respond(respond)] = &acts(&world)[..] else {
        panic!("{:?}", acts(&world));
    };
    assert_eq!(respond.reply, Reply::Tentative);
    assert!(respond.tell_organizer);
    let slot = respond.proposed.unwrap();
    assert_eq!(
        (slot.start, slot.end),
        (at("2026-11-27T12:15:00Z"), at("2026-11-27T13:15:00Z"))
    );
}

#[test]
fn where_the_organizer_takes_no_other_times_the_key_says_so() {
    let mut world = of(
        vec![meeting(|entry| {
            asked(entry);
            entry.allow_proposals = false;
        })],
        Some(office()),
    );
    press(&mut world, "i p");
    assert!(screen(&world).contains("its organizer takes no other times"));
    press(&mut world, "esc r p");
    assert!(screen(&world).contains("its organizer takes no other times"));
}

#[test]
fn a_meeting_of_mine_moves_and_says_whom_that_mails() {
    let clash = entry("c", "Clash", "2026-11-27T12:00:00Z", "2026-11-27T13:00:00Z");
    let mut world = of(vec![meeting(mine), clash], Some(office()));
    press(&mut world, "S");
    let picture = screen(&world);
    assert!(picture.contains("mails 3 people"), "{picture}");
    assert!(
        picture.contains("▸ Fri 27 Nov 14:"),
        "my own time counts: {picture}"
    );
    press(&mut world, "j enter");
    let [Act::Change(change)] = &acts(&world)[..] else {
        panic!("{:?}", acts(&world));
    };
    let to = change.moved_to().unwrap();
    assert_eq!(to.end.duration_since(to.start).as_mins(), 60);
    assert!(to.start >= at("2026-11-27T13:00:00Z"));
}

#[test]
fn somebody_whose_time_is_not_known_is_not_told_free() {
    let mut schedules = office();
    schedules[1].trouble = Some(Untrusted::new("Proxy web request failed."));
    schedules[1].taken.clear();
    let mut world = of(vec![meeting(mine)], Some(schedules));
    press(&mut world, "S");
    let picture = screen(&world);
    assert!(picture.contains("Kenji unknown"), "{picture}");
    assert!(
        picture.contains("Kenji Mori: Proxy web request failed"),
        "{picture}"
    );
    assert!(picture.contains("????"), "{picture}");
    assert!(!picture.contains("everybody is free"), "{picture}");
}

#[test]
fn offline_what_was_told_before_holds_and_says_its_age() {
    let mut world = of(vec![meeting(mine)], Some(office()));
    press(&mut world, "S");
    assert!(screen(&world).contains("free/busy asked just now"));
    press(&mut world, "esc");
    world.tick(600);
    world.schedules = None;
    press(&mut world, "S");
    let picture = screen(&world);
    assert!(picture.contains("free/busy 10 min old"), "{picture}");
    assert!(picture.contains("there is no connection"), "{picture}");
    assert!(picture.contains("everybody is free"), "{picture}");
    // Of days that were never asked about nothing is known.
    press(&mut world, "]");
    assert!(screen(&world).contains("unknown"));
}

#[test]
fn when_nothing_fits_the_least_to_give_up_is_named_and_one_key_does() {
    let mut schedules = office();
    schedules[1].taken = vec![busy("2026-11-20T00:00:00Z", "2026-12-10T00:00:00Z")];
    let mut world = of(vec![meeting(mine)], Some(schedules));
    press(&mut world, "S");
    let picture = screen(&world);
    assert!(picture.contains("no time fits"), "{picture}");
    assert!(picture.contains("Kenji (3)"), "{picture}");
    press(&mut world, "enter");
    assert_eq!(acts(&world), []);
    press(&mut world, "3");
    let picture = screen(&world);
    assert!(picture.contains("without Kenji"), "{picture}");
    assert!(picture.contains("▸ Fri 27 Nov"), "{picture}");
}

#[test]
fn nights_elsewhere_cost_and_are_named() {
    let mut schedules = office();
    schedules[1] = schedule("kenji", "Tokyo Standard Time", Vec::new());
    let mut world = of(vec![meeting(mine)], Some(schedules));
    press(&mut world, "S");
    let picture = screen(&world);
    // 09:00 in Berlin is 17:00 in Tokyo, where work ends: the earliest is the least late.
    assert!(picture.contains("Kenji 1"), "{picture}");
    assert!(picture.contains("Tokyo"), "{picture}");
    press(&mut world, "h");
    let picture = screen(&world);
    assert!(picture.contains("everybody's hours"), "{picture}");
    assert!(picture.contains("no time fits"), "{picture}");
    assert!(picture.contains("Kenji’s hours (h)"), "{picture}");
}

#[test]
fn a_page_is_filled_and_nothing_typed_is_lost() {
    let mut world = of(vec![meeting(mine)], Some(office()));
    press(
        &mut world,
        "c \"Retro\" down ctrl-u \"27 nov 10:00 for 45m\"",
    );
    press(
        &mut world,
        "down down down down down \"kenji@contoso.com\" ctrl-f",
    );
    let picture = screen(&world);
    assert!(picture.contains("Find a time · Retro · 45m"), "{picture}");
    assert!(picture.contains("Enter puts it into the page"), "{picture}");
    press(&mut world, "enter");
    let picture = screen(&world);
    assert!(picture.contains("27 Nov 2026 13:15-14:00"), "{picture}");
    assert!(picture.contains("kenji@contoso.com"), "{picture}");
    press(&mut world, "ctrl-f esc");
    assert!(
        screen(&world).contains("Retro"),
        "Esc goes back to the page"
    );
}

#[test]
fn many_people_are_asked_about_twenty_at_a_time() {
    let mut world = of(vec![meeting(mine)], Some(office()));
    let people: Vec<String> = (0..45).map(|n| format!("p{n}@contoso.com")).collect();
    press(&mut world, "c \"All\" down ctrl-u \"27 nov 10:00 for 45m\"");
    press(&mut world, "down down down down down");
    world.send(kalends::app::Message::Paste(people.join(", ")));
    press(&mut world, "ctrl-f");
    let asked: Vec<usize> = world
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Ask {
                request: Request::Errand(Errand::Schedules { addresses, .. }),
                ..
            } => Some(addresses.len()),
            _ => None,
        })
        .collect();
    assert_eq!(asked, [20, 20, 5]);
    assert!(screen(&world).contains("more people"));
}

#[test]
fn times_at_three_sizes() {
    for (cols, rows) in [(150, 30), (80, 24), (48, 20)] {
        let mut world = World::new(cols, rows);
        world.schedules = Some(office());
        press(&mut world, "tab S");
        insta::assert_snapshot!(format!("find_{cols}x{rows}"), screen(&world));
    }
}

/// What was sent as one.
pub fn together(world: &World) -> Vec<Act> {
    let mut all = world
        .effects
        .iter()
        .rev()
        .filter_map(|effect| match effect {
            Effect::Ask {
                request: Request::QueueTogether { acts, .. },
                ..
            } => Some(acts.clone()),
            _ => None,
        });
    all.next().unwrap_or_default()
}

/// Working hours of the days of the picture, Friday to Thursday, are all taken but for what is given.
pub fn full_week(free: &[(&str, &str)]) -> Vec<Entry> {
    let mut entries = Vec::new();
    for day in [
        "2026-11-27",
        "2026-11-30",
        "2026-12-01",
        "2026-12-02",
        "2026-12-03",
        "2026-12-04",
    ] {
        let mut from = format!("{day}T07:00:00Z");
        let open = free.iter().filter(|(start, _)| start.starts_with(day));
        let ends = format!("{day}T16:00:00Z");
        for (start, end) in open.copied().chain([(ends.as_str(), "")]) {
            if from.as_str() < start {
                entries.push(entry(&format!("taken-{from}"), "Taken", &from, start));
            }
            from = end.to_owned();
        }
    }
    entries
}

pub fn alone(entry: &mut Entry) {
    mine(entry);
    entry.attendees = 0;
}

pub const MONDAY: (&str, &str) = ("2026-11-30T09:00:00Z", "2026-11-30T10:00:00Z");
pub const WEDNESDAY: (&str, &str) = ("2026-12-02T10:00:00Z", "2026-12-02T11:00:00Z");
pub const FRIDAY: (&str, &str) = ("2026-11-27T10:00:00Z", "2026-11-27T11:00:00Z");

/// Everything is taken; only what I write alone on Monday could be on Wednesday, where Kenji is busy.
pub fn crowded(writing: impl FnOnce(&mut Entry)) -> World {
    let mut entries = full_week(&[FRIDAY, MONDAY, WEDNESDAY]);
    entries.push(meeting(mine));
    entries.push(with(
        entry("writing", "Writing", MONDAY.0, MONDAY.1),
        writing,
    ));
    let mut schedules = office();
    schedules[1].taken = vec![busy(WEDNESDAY.0, WEDNESDAY.1), busy(FRIDAY.0, FRIDAY.1)];
    let mut world = World::of(entries, "Europe/Berlin", NOW, 150, 36);
    world.schedules = Some(schedules);
    for _ in 0..60 {
        let selected = world.state.selected_entry();
        if selected.is_some_and(|(_, entry)| entry.id.as_str() == "review") {
            break;
        }
        press(&mut world, "tab");
    }
    press(&mut world, "S");
    world
}

#[test]
fn a_meeting_of_mine_makes_room_and_both_moves_are_one() {
    let mut world = crowded(alone);
    assert!(
        screen(&world).contains("no time fits"),
        "{}",
        screen(&world)
    );
    press(&mut world, "r");
    let picture = screen(&world);
    assert!(
        picture.contains("+ Mon 30 Nov 10:00–11:00 “Review”"),
        "{picture}"
    );
    assert!(
        picture.contains("Mon 30 Nov 10:00–11:00 “Writing” → Wed 2 Dec"),
        "{picture}"
    );
    assert!(picture.contains("nobody is told"), "{picture}");
    assert!(
        picture.contains("1 meeting moves; no plan move"),
        "{picture}"
    );
    assert_eq!(
        (together(&world), acts(&world)),
        (Vec::new(), Vec::new()),
        "only shown"
    );
    press(&mut world, "enter");
    let [Act::Change(first), Act::Change(second)] = &together(&world)[..] else {
        panic!("{:?}", together(&world));
    };
    assert_eq!(
        (first.event.as_str(), second.event.as_str()),
        ("writing", "review")
    );
    assert_eq!(first.moved_to().unwrap().start, at(WEDNESDAY.0));
    assert_eq!(second.moved_to().unwrap().start, at(MONDAY.0));
}

#[test]
fn who_comes_to_a_meeting_that_would_move_decides_whether_it_can() {
    // Kenji comes to it too, and is busy on Wednesday.
    let mut world = crowded(mine);
    press(&mut world, "r");
    let picture = screen(&world);
    assert!(picture.contains("makes no room"), "{picture}");
    assert!(
        picture.contains("no other place for “Writing”"),
        "{picture}"
    );
    press(&mut world, "enter");
    assert!(screen(&world).contains("there is no plan to carry out"));
    press(&mut world, "esc");
    assert!(
        screen(&world).contains("no time fits"),
        "Esc goes back to the times"
    );
}

#[test]
fn of_whom_nothing_is_known_nobody_is_told_free() {
    let mut entries = full_week(&[MONDAY, WEDNESDAY]);
    entries.push(with(entry("writing", "Writing", MONDAY.0, MONDAY.1), mine));
    let mut schedules = office();
    schedules[1].trouble = Some(Untrusted::new("not shared"));
    let mut world = World::of(entries, "Europe/Berlin", NOW, 150, 36);
    world.schedules = Some(schedules);
    press(
        &mut world,
        "c \"Retro\" down ctrl-u \"30 nov 10:00 for 60m\"",
    );
    press(
        &mut world,
        "down down down down down \"pat@contoso.com\" ctrl-f r",
    );
    let picture = screen(&world);
    assert!(
        picture.contains("something stands"),
        "Kenji comes to Writing: {picture}"
    );
    world.schedules.as_mut().unwrap()[1].trouble = None;
    press(&mut world, "esc R r");
    assert!(
        screen(&world).contains("3 people are told"),
        "{}",
        screen(&world)
    );
}

#[test]
fn what_is_not_mine_and_what_begins_soon_is_never_moved() {
    let mut world = crowded(|_| {});
    press(&mut world, "r");
    assert!(
        screen(&world).contains("makes no room"),
        "{}",
        screen(&world)
    );
    // Mine, but it would begin within twenty hours.
    let soon = entry(
        "soon",
        "Soon",
        "2026-11-26T14:00:00Z",
        "2026-11-26T15:00:00Z",
    );
    let mut entries = full_week(&[WEDNESDAY]);
    entries.push(with(soon, alone));
    entries.push(entry(
        "rest",
        "Rest",
        "2026-11-26T07:00:00Z",
        "2026-11-26T14:00:00Z",
    ));
    entries.push(entry(
        "rest2",
        "Rest",
        "2026-11-26T15:00:00Z",
        "2026-11-26T16:00:00Z",
    ));
    let mut world = World::of(entries, "Europe/Berlin", NOW, 150, 36);
    let mut schedules = office();
    schedules[1].taken = vec![busy(WEDNESDAY.0, WEDNESDAY.1)];
    world.schedules = Some(schedules);
    press(
        &mut world,
        "c \"Retro\" down ctrl-u \"26 nov 15:00 for 60m\"",
    );
    press(
        &mut world,
        "down down down down down \"kenji@contoso.com\" ctrl-f r",
    );
    assert!(
        screen(&world).contains("makes no room"),
        "{}",
        screen(&world)
    );
}

#[test]
fn a_page_gets_exactly_the_time_that_was_wished() {
    let mut entries = full_week(&[MONDAY, WEDNESDAY]);
    entries.push(with(entry("writing", "Writing", MONDAY.0, MONDAY.1), alone));
    let mut world = World::of(entries, "Europe/Berlin", NOW, 150, 36);
    world.schedules = Some(office());
    press(
        &mut world,
        "c \"Retro\" down ctrl-u \"30 nov 10:00 for 60m\"",
    );
    press(
        &mut world,
        "down down down down down \"pat@contoso.com\" ctrl-f",
    );
    let picture = screen(&world);
    assert!(picture.contains("▸ Wed 2 Dec 11:00"), "{picture}");
    press(&mut world, "r");
    let picture = screen(&world);
    assert!(
        picture.contains("+ Mon 30 Nov 10:00–11:00 “Retro”"),
        "{picture}"
    );
    press(&mut world, "w");
    assert!(
        screen(&world).contains("nothing has to move"),
        "{}",
        screen(&world)
    );
    press(&mut world, "w enter");
    let picture = screen(&world);
    assert!(picture.contains("30 Nov 2026 10:00-11:00"), "{picture}");
    assert!(picture.contains("pat@contoso.com"), "{picture}");
    let [Act::Change(change)] = &acts(&world)[..] else {
        panic!("{:?}", acts(&world));
    };
    assert_eq!(change.event.as_str(), "writing");
}

/// A page for a series of three zones: Berlin, Tokyo and New York.
fn over_three_zones() -> World {
    let mut world = of(Vec::new(), None);
    world.schedules = Some(vec![
        schedule("kenji", "Tokyo Standard Time", Vec::new()),
        schedule("pat", "Eastern Standard Time", Vec::new()),
    ]);
    press(
        &mut world,
        "c \"Guild\" down ctrl-u \"27 nov 15:00 for 60m\"",
    );
    press(
        &mut world,
        "down down down down down \"kenji@contoso.com, pat@contoso.com\" ctrl-f",
    );
    world
}

#[test]
fn bad_hours_of_a_series_go_around() {
    let mut world = over_three_zones();
    press(&mut world, "f");
    let picture = screen(&world);
    assert!(picture.contains("12 times, in turns"), "{picture}");
    assert!(picture.contains("no plan is fairer"), "{picture}");
    assert!(picture.contains("at one time"), "{picture}");
    insta::assert_snapshot!("fair_150x36", picture);
    press(&mut world, "- -");
    assert!(screen(&world).contains("10 times, in turns"));
    press(&mut world, "+ + enter");
    let made = acts(&world);
    assert!(made.len() > 1, "{made:?}");
    let mut times = 0;
    let mut starts = Vec::new();
    for act in &made {
        let Act::Create(create) = act else {
            panic!("{act:?}");
        };
        assert!(create.invites());
        starts.push(create.when().unwrap().start);
        times += create
            .values
            .iter()
            .find_map(|value| match value {
                Value::Rule(Some(rule)) => match rule.range {
                    kalends::domain::recurrence::Range::Count(count) => Some(count),
                    _ => None,
                },
                _ => None,
            })
            .unwrap();
    }
    assert_eq!(times, 12);
    assert!(starts.windows(2).all(|two| two[0] < two[1]), "{starts:?}");
    // One key takes all of them back.
    press(&mut world, "u");
    let undone = world.effects.iter().filter(|effect| {
        matches!(
            effect,
            Effect::Ask {
                request: Request::Undo,
                ..
            }
        )
    });
    assert_eq!(undone.count(), made.len());
}

#[test]
fn where_one_time_is_good_for_all_the_page_gets_it_with_the_rule() {
    let mut world = of(Vec::new(), Some(office()));
    press(
        &mut world,
        "c \"Guild\" down ctrl-u \"27 nov 15:00 for 60m\"",
    );
    press(
        &mut world,
        "down down down down down \"kenji@contoso.com\" ctrl-f f",
    );
    let picture = screen(&world);
    assert!(
        picture.contains("one time is good for everybody"),
        "{picture}"
    );
    press(&mut world, "enter");
    let picture = screen(&world);
    assert!(picture.contains("12 times"), "{picture}");
    assert!(picture.contains("kenji@contoso.com"), "{picture}");
    assert_eq!(acts(&world), []);
}

#[test]
fn fair_times_need_a_new_series() {
    let mut world = of(vec![meeting(mine)], Some(office()));
    press(&mut world, "S f");
    assert!(screen(&world).contains("fair times are for a new series"));
}

#[test]
fn microsoft_is_asked_for_a_second_opinion() {
    let mut world = of(vec![meeting(mine)], Some(office()));
    press(&mut world, "S M");
    let picture = screen(&world);
    assert!(picture.contains("be asked for meeting times"), "{picture}");
    let start = at("2026-11-27T12:15:00Z");
    let time = |start, percent| Suggestion {
        slot: Slot {
            start,
            end: start + jiff::SignedDuration::from_hours(1),
        },
        percent,
    };
    world.suggestions = Some(Suggestions {
        times: vec![time(at("2026-11-30T08:00:00Z"), 100), time(start, 67)],
        why_none: Untrusted::default(),
    });
    press(&mut world, "M");
    let picture = screen(&world);
    assert!(
        picture.contains("Microsoft’s first: Mon 30 Nov 09:00 (100 %)"),
        "{picture}"
    );
    assert!(picture.contains("M2 "), "{picture}");
    // Of another question it says nothing.
    press(&mut world, "+");
    assert!(!screen(&world).contains("Microsoft’s first"));
    world.suggestions = Some(Suggestions {
        times: Vec::new(),
        why_none: Untrusted::new("AttendeesUnavailable"),
    });
    press(&mut world, "M");
    assert!(screen(&world).contains("Microsoft finds no time"));
}

#[test]
fn what_was_told_before_a_restart_holds_with_its_age() {
    let mut world = of(vec![meeting(mine)], None);
    let heard = |schedule| Heard {
        schedule,
        at: at("2026-11-26T06:42:00Z"),
        from: at("2026-11-26T00:00:00Z"),
        to: at("2026-12-10T00:00:00Z"),
    };
    world.before = office().into_iter().map(heard).collect();
    press(&mut world, "S");
    let picture = screen(&world);
    assert!(picture.contains("free/busy 3 h old"), "{picture}");
    assert!(picture.contains("there is no connection"), "{picture}");
    assert!(picture.contains("everybody is free"), "{picture}");
}
