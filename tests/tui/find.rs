//! Find a time: who is asked, what is offered and why, and what Enter does.

use super::picture::screen;
use super::press::press;
use super::world::{NOW, World, at, entry, with};
use jiff::civil::Time;
use kalends::app::Effect;
use kalends::domain::answer::Reply;
use kalends::domain::calendar::MailboxSettings;
use kalends::domain::entry::Entry;
use kalends::domain::errand::Errand;
use kalends::domain::event::{Answer, ShowAs, Slot};
use kalends::domain::free_busy::{Schedule, Taken};
use kalends::domain::intent::Act;
use kalends::domain::text::Untrusted;
use kalends::service::protocol::Request;

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

fn busy(from: &str, to: &str) -> Taken {
    Taken {
        slot: Slot {
            start: at(from),
            end: at(to),
        },
        show_as: ShowAs::Busy,
    }
}

fn schedule(name: &str, zone: &str, taken: Vec<Taken>) -> Schedule {
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
fn office() -> Vec<Schedule> {
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

fn meeting(change: impl FnOnce(&mut Entry)) -> Entry {
    let review = entry(
        "review",
        "Review",
        "2026-11-27T10:00:00Z",
        "2026-11-27T11:00:00Z",
    );
    with(review, change)
}

fn asked(entry: &mut Entry) {
    entry.answer = Answer::NotResponded;
    entry.show_as = ShowAs::Tentative;
}

fn mine(entry: &mut Entry) {
    entry.is_organizer = true;
    entry.answer = Answer::Organizer;
}

fn of(entries: Vec<Entry>, schedules: Option<Vec<Schedule>>) -> World {
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
