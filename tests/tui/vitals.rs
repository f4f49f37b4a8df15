//! The box about Kalends itself: it takes no keys, and looking at it is no reason to draw.

use super::picture::screen;
use super::press::press;
use super::world::{World, at};
use jiff::SignedDuration;
use kalends::app::vitals::Frame;
use kalends::app::{Effect, Message};
use kalends::domain::ids::CalendarId;
use kalends::domain::latency::Percentiles;
use kalends::service::protocol::{LastRound, Reply, Request, Vitals};

fn vitals() -> Vitals {
    let percentiles = |p50, p95, p99| Percentiles {
        count: 40,
        p50,
        p95,
        p99,
        most: p99,
    };
    Vitals {
        in_flight: 1,
        slots: 4,
        waiting: 3,
        intents: 2,
        budget_left: 4_868,
        budget: 5_000,
        wait_until: Some(at("2026-11-26T09:43:30Z")),
        round: Some(LastRound {
            calendar: CalendarId::new("team"),
            ended: at("2026-11-26T09:41:12Z"),
            took_ms: 412,
            pages: 3,
            full: true,
        }),
        requests: 132,
        bytes: 4_250_000,
        failed: 1,
        throttled: 0,
        answers: percentiles(118, 288, 905),
        rounds: percentiles(412, 1_205, 3_120),
    }
}

fn measured(world: &mut World, draw_us: u32) {
    world.send(Message::Measured(Frame {
        update_us: 420,
        draw_us,
        taken: 1,
    }));
}

fn opened(cols: u16, rows: u16) -> World {
    let mut world = World::new(cols, rows);
    world.vitals = Some(vitals());
    for draw_us in [1_130, 980, 2_400] {
        measured(&mut world, draw_us);
    }
    press(&mut world, "g p");
    world
}

fn asked(world: &World) -> usize {
    let is_vitals = |effect: &&Effect| {
        matches!(
            effect,
            Effect::Ask {
                request: Request::Vitals,
                ..
            }
        )
    };
    world.effects.iter().filter(is_vitals).count()
}

fn pass(world: &mut World, ms: i64) {
    let now = world.state.now + SignedDuration::from_millis(ms);
    world.send(Message::Ticked(now));
}

#[test]
fn it_opens_work_goes_on_below_and_it_leaves() {
    let mut world = opened(120, 40);
    let picture = screen(&world);
    for said in ["Kalends itself", "132 requests", "4.2 MB", "Team", "412 ms"] {
        assert!(picture.contains(said), "{said}: {picture}");
    }
    let cursor = world.state.cursor;
    press(&mut world, "]");
    assert_ne!(world.state.cursor, cursor, "keys go to what is below");
    press(&mut world, "[");
    press(&mut world, "tab enter");
    assert!(world.state.inspector.is_some());
    assert!(screen(&world).contains("Kalends itself"));
    press(&mut world, "esc");
    assert!(world.state.inspector.is_none() && world.state.vitals.is_some());
    press(&mut world, "esc");
    assert!(
        world.state.vitals.is_none(),
        "the nearest thing left is the box"
    );
    assert!(!screen(&world).contains("Kalends itself"));
    press(&mut world, "a g p");
    assert!(screen(&world).contains("Kalends itself"), "over the agenda");
    press(&mut world, "g p");
    assert!(world.state.vitals.is_none() && world.state.overlay.is_none());
}

#[test]
fn nothing_is_asked_for_while_it_is_closed_and_one_thing_a_second_while_it_is_open() {
    let mut world = World::new(120, 40);
    world.vitals = Some(vitals());
    (0..20).for_each(|_| pass(&mut world, 250));
    assert_eq!(asked(&world), 0);
    press(&mut world, "g p");
    assert_eq!(asked(&world), 1);
    (0..40).for_each(|_| pass(&mut world, 250));
    assert_eq!(asked(&world), 11, "ten seconds");
    press(&mut world, "g p");
    (0..40).for_each(|_| pass(&mut world, 250));
    assert_eq!(asked(&world), 11);
}

#[test]
fn a_question_that_is_not_answered_is_asked_again_much_later() {
    let mut world = World::new(120, 40);
    press(&mut world, "g p");
    assert!(screen(&world).contains("asking…"));
    (0..90).for_each(|_| pass(&mut world, 100));
    assert_eq!(asked(&world), 1);
    (0..20).for_each(|_| pass(&mut world, 100));
    assert_eq!(asked(&world), 2);
}

#[test]
fn idle_stays_idle() {
    let mut world = opened(120, 40);
    let drawn = world.state.generation();
    let effects = world.effects.len();
    // What the loop does after each frame.
    for _ in 0..100 {
        measured(&mut world, 1_000);
    }
    assert_eq!(world.state.generation(), drawn);
    assert_eq!(world.effects.len(), effects, "nor is anything wished for");
    // The minute of the clock does not end in between.
    for _ in 0..50 {
        pass(&mut world, 1_000);
    }
    assert_eq!(asked(&world), 51);
    assert_eq!(world.state.generation(), drawn, "the same figures");
    world.vitals = Some(Vitals {
        requests: 133,
        ..vitals()
    });
    pass(&mut world, 1_000);
    assert_eq!(world.state.generation(), drawn + 1, "others");
    let picture = screen(&world);
    assert!(picture.contains("133 requests"), "{picture}");
    assert!(
        picture.contains("103 drawn"),
        "the frames came along: {picture}"
    );
}

#[test]
fn a_data_side_that_ended_is_told_in_the_box_and_not_every_second() {
    let mut world = World::new(120, 40);
    press(&mut world, "g p");
    let drawn = world.state.generation();
    for second in 0..3 {
        let ticket = world.effects.iter().rev().find_map(|effect| match effect {
            Effect::Ask {
                ticket,
                request: Request::Vitals,
            } => Some(*ticket),
            _ => None,
        });
        let words = "the data side is not running".to_owned();
        world.reply(ticket.unwrap(), Reply::Refused { words });
        assert_eq!(world.state.generation(), drawn + 1, "second {second}");
        pass(&mut world, 1_000);
    }
    assert!(world.state.said.is_none());
    assert!(screen(&world).contains("the data side is not running"));
}

#[test]
fn it_says_less_where_there_is_less_room_and_never_fails() {
    let mut world = opened(130, 45);
    let sizes = (1..131).step_by(7);
    for (cols, rows) in sizes.flat_map(|cols| (1..46).step_by(4).map(move |rows| (cols, rows))) {
        world.send(Message::Resized { cols, rows });
        let picture = screen(&world);
        let is_shown = picture.contains("Kalends itself");
        assert_eq!(is_shown, world.state.scene.vitals.is_some(), "{picture}");
    }
    world.send(Message::Resized { cols: 40, rows: 12 });
    let picture = screen(&world);
    assert!(picture.contains("update") && !picture.contains("rounds"));
    let mut small = World::new(24, 8);
    press(&mut small, "g p");
    assert!(small.state.vitals.is_none());
    let said = small.state.said.as_ref().map(|said| said.words.as_str());
    assert_eq!(
        said,
        Some("there is no room for it here: make the window larger")
    );
}

#[test]
fn a_click_on_it_is_not_one_on_what_it_hides() {
    let mut world = opened(120, 40);
    let area = world.state.scene.vitals.unwrap();
    let before = (world.state.cursor, world.state.selected.clone());
    let click = |x, y| {
        Message::Mouse(crossterm::event::MouseEvent {
            kind: crossterm::event::MouseEventKind::Down(crossterm::event::MouseButton::Left),
            column: x,
            row: y,
            modifiers: crossterm::event::KeyModifiers::NONE,
        })
    };
    world.send(click(area.right() - 2, area.y + 3));
    assert_eq!((world.state.cursor, world.state.selected.clone()), before);
    world.send(click(area.right() - 2, area.bottom() + 1));
    assert_ne!(world.state.cursor, before.0);
}

#[test]
fn vitals_at_two_sizes() {
    for (cols, rows) in [(120, 40), (80, 24)] {
        let world = opened(cols, rows);
        insta::assert_snapshot!(format!("vitals_{cols}x{rows}"), screen(&world));
    }
}
