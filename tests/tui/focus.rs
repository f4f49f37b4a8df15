//! Focus time: what would be held is shown, and made as one.

use super::picture::screen;
use super::press::press;
use super::world::{NOW, World, entry, with};
use kalends::app::Effect;
use kalends::domain::edit::Create;
use kalends::domain::event::{Answer, ShowAs};
use kalends::domain::focus::SUBJECT;
use kalends::domain::intent::Act;
use kalends::service::protocol::Request;

fn made(world: &World) -> Vec<Create> {
    let made = world.effects.iter().filter_map(|effect| match effect {
        Effect::Ask {
            request:
                Request::Queue {
                    act: Act::Create(create),
                    ..
                },
            ..
        } => Some(create.clone()),
        _ => None,
    });
    made.collect()
}

#[test]
fn the_longest_free_stretches_of_the_week_are_held() {
    let mut world = World::of(Vec::new(), "Europe/Berlin", NOW, 120, 36);
    // Thursday 10:42: nothing before it is free any more.
    press(&mut world, "g h");
    let picture = screen(&world);
    assert!(
        picture.contains("Hold for yourself in the week of Mon 23 Nov"),
        "{picture}"
    );
    assert!(picture.contains("Thu 26 Nov 10:45–12:45"), "{picture}");
    assert!(picture.contains("Fri 27 Nov 08:00–10:00"), "{picture}");
    assert_eq!(made(&world), []);
    press(&mut world, "esc");
    assert_eq!(made(&world), [], "Esc makes nothing");
    press(&mut world, "g h enter");
    let blocks = made(&world);
    assert_eq!(blocks.len(), 3);
    for block in &blocks {
        assert!(!block.invites());
        assert_eq!(block.subject().raw(), SUBJECT);
    }
}

#[test]
fn what_is_held_already_counts() {
    let held = |id: &str, from: &str, to: &str| {
        with(entry(id, SUBJECT, from, to), |entry| {
            entry.is_organizer = true;
            entry.answer = Answer::Organizer;
            entry.attendees = 0;
            entry.show_as = ShowAs::Busy;
        })
    };
    let mut entries = vec![
        held("1", "2026-11-24T08:00:00Z", "2026-11-24T10:00:00Z"),
        held("2", "2026-11-26T12:00:00Z", "2026-11-26T14:00:00Z"),
    ];
    let mut world = World::of(entries.clone(), "Europe/Berlin", NOW, 120, 36);
    press(&mut world, "g h enter");
    assert_eq!(made(&world).len(), 1, "two hours are left to hold");
    entries.push(held("3", "2026-11-27T12:00:00Z", "2026-11-27T14:00:00Z"));
    let mut world = World::of(entries, "Europe/Berlin", NOW, 120, 36);
    press(&mut world, "g h");
    assert!(screen(&world).contains("6 h are held in this week already"));
    let mut world = World::of(Vec::new(), "Europe/Berlin", "2026-11-28T09:00:00Z", 120, 36);
    press(&mut world, "g h");
    assert!(screen(&world).contains("nothing of an hour is free in this week"));
}
