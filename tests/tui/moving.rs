//! Keys that move, look and find.

use super::picture::screen;
use super::press::press;
use super::world::World;
use jiff::civil::date;
use kalends::app::view::View;
use kalends::app::{Effect, Message};
use kalends::service::protocol::{Notice, Reply, Request, Ticket};

fn selected(world: &World) -> &str {
    world
        .state
        .selected
        .as_ref()
        .map_or("", |key| key.event.as_str())
}

#[test]
fn tab_goes_through_overlaps_and_days() {
    let mut world = World::new(120, 40);
    assert_eq!(selected(&world), "launch");
    press(&mut world, "tab");
    assert_eq!(selected(&world), "vendor");
    press(&mut world, "tab tab tab tab");
    assert_eq!(world.state.cursor, date(2026, 11, 27));
    press(&mut world, "shift-tab shift-tab");
    assert_eq!(world.state.cursor, date(2026, 11, 26));
}

#[test]
fn letters_move_between_lanes_and_days() {
    let mut world = World::new(120, 40);
    press(&mut world, "l");
    assert_eq!(selected(&world), "vendor");
    press(&mut world, "h");
    assert_eq!(selected(&world), "launch");
    press(&mut world, "h");
    assert_eq!(selected(&world), "budget");
    press(&mut world, "j");
    assert_eq!(selected(&world), "lunch-2");
    press(&mut world, "' 3 l");
    assert_eq!(world.state.cursor, date(2026, 11, 28));
}

#[test]
fn periods_views_and_today() {
    let mut world = World::new(120, 40);
    press(&mut world, "]");
    assert_eq!(world.state.cursor, date(2026, 12, 3));
    press(&mut world, "[ [ 3");
    assert_eq!(world.state.view, View::Days(3));
    press(&mut world, "t");
    assert_eq!(world.state.cursor, date(2026, 11, 26));
    press(&mut world, "W");
    assert_eq!(world.state.scene.grid().unwrap().columns.len(), 5);
    press(&mut world, "m ]");
    assert_eq!(world.state.cursor, date(2026, 12, 26));
    assert!(screen(&world).contains("December 2026"));
}

#[test]
fn a_view_change_keeps_the_day_and_the_event() {
    let mut world = World::new(120, 40);
    press(&mut world, "tab");
    for view in ["a", "m", "1", "w", "a"] {
        press(&mut world, view);
        assert_eq!(selected(&world), "vendor", "{view}");
        assert_eq!(world.state.cursor, date(2026, 11, 26), "{view}");
    }
}

#[test]
fn a_date_in_words_is_gone_to() {
    let mut world = World::new(120, 40);
    press(&mut world, "g d \"24 dec\"");
    assert!(screen(&world).contains("Thursday 24 December 2026"));
    press(&mut world, "enter");
    assert_eq!(world.state.cursor, date(2026, 12, 24));
    press(&mut world, "g d \"nonsense\" enter esc");
    assert_eq!(world.state.cursor, date(2026, 12, 24));
}

#[test]
fn search_finds_and_walks() {
    let mut world = World::new(120, 40);
    press(&mut world, "/ \"design\" enter");
    assert_eq!(selected(&world), "review");
    press(&mut world, "n");
    assert_eq!(selected(&world), "crit");
    press(&mut world, "N");
    assert_eq!(selected(&world), "review");
}

#[test]
fn a_label_jumps() {
    let mut world = World::new(120, 40);
    press(&mut world, "f");
    let label = match &world.state.overlay {
        Some(kalends::app::overlay::Overlay::Jump(jump)) => {
            let known = &world.state.known.entries;
            let mut labels = jump.labels.iter();
            let found = labels.find(|(_, entry, _)| known[*entry].id.as_str() == "run");
            found.unwrap().0.clone()
        }
        other => panic!("{other:?}"),
    };
    press(&mut world, &format!("\"{label}\""));
    assert_eq!(selected(&world), "run");
}

#[test]
fn calendars_are_switched_off_and_on() {
    let mut world = World::new(120, 40);
    assert!(screen(&world).contains("Run with Pat"));
    press(&mut world, "\\ j space");
    assert!(!screen(&world).contains("Run with Pat"));
    let saved = world.effects.iter().any(|effect| {
        matches!(effect, Effect::SaveSettings(settings) if settings.hidden_calendars == ["Home"])
    });
    assert!(saved);
    press(&mut world, "space \\");
    assert!(screen(&world).contains("Run with Pat"));
}

#[test]
fn a_disabled_command_says_why() {
    let mut world = World::new(120, 40);
    press(&mut world, "r");
    assert!(screen(&world).contains("this is your own meeting"));
    press(&mut world, "o");
    assert!(screen(&world).contains("no online meeting"));
    press(&mut world, "n");
    assert!(screen(&world).contains("nothing was searched for"));
}

#[test]
fn joining_opens_the_address() {
    let mut world = World::new(120, 40);
    press(&mut world, "tab o");
    let url = "https://teams.example.com/l/meetup/42".to_owned();
    assert!(world.effects.contains(&Effect::OpenUrl(url)));
    press(&mut world, "enter 2");
    let url = "https://docs.example.com/offer/numbers".to_owned();
    assert!(world.effects.contains(&Effect::OpenUrl(url)));
}

#[test]
fn a_stale_reply_changes_nothing() {
    let mut world = World::new(120, 40);
    let before = (screen(&world), world.state.generation());
    world.reply(Ticket(9999), Reply::Entries(Vec::new()));
    assert_eq!((screen(&world), world.state.generation()), before);
}

#[test]
fn news_asks_again_and_the_screen_never_goes_blank() {
    let mut world = World::new(120, 40);
    world.entries.retain(|entry| entry.id.as_str() != "review");
    world.send(Message::Noticed(Notice::Changed));
    let picture = screen(&world);
    assert!(!picture.contains("Design review") && picture.contains("Launch"));
}

#[test]
fn a_tick_within_the_minute_changes_nothing() {
    let mut world = World::new(120, 40);
    let before = world.state.generation();
    world.tick(10);
    assert_eq!(world.state.generation(), before);
    world.tick(60);
    assert!(world.state.generation() > before);
}

#[test]
fn the_next_week_is_here_before_it_is_asked_for() {
    let mut world = World::new(120, 40);
    let asked = world.effects.iter().find_map(|effect| match effect {
        Effect::Ask {
            request: Request::Show { from, to },
            ..
        } => Some((*from, *to)),
        _ => None,
    });
    assert_eq!(asked, Some((date(2026, 11, 16), date(2026, 12, 7))));
    press(&mut world, "]");
    assert!(!screen(&world).contains("asking"));
}

#[test]
fn empty_unknown_and_signed_out_say_so() {
    let world = World::of(Vec::new(), "Europe/Berlin", super::world::NOW, 120, 40);
    assert!(screen(&world).contains("nothing on these days"));
    let mut world = World::new(120, 40);
    world.notice(|status| {
        status.link = kalends::service::protocol::Link::SignInNeeded {
            words: "the sign-in expired".into(),
        };
    });
    assert!(screen(&world).contains("kalends login"));
    world.notice(|status| {
        status.link = kalends::service::protocol::Link::Offline {
            words: "no route".into(),
        }
    });
    assert!(screen(&world).contains("offline"));
}

#[test]
fn hostile_titles_are_harmless() {
    let entries = vec![super::world::entry(
        "evil",
        "\u{1b}]0;pwned\u{7}\u{202e}gnp.exe",
        "2026-11-26T09:00:00Z",
        "2026-11-26T10:00:00Z",
    )];
    let mut world = World::of(entries, "Europe/Berlin", super::world::NOW, 120, 40);
    press(&mut world, "enter");
    for letter in screen(&world).chars() {
        assert!(letter == '\n' || !letter.is_control());
        assert!(letter != '\u{202e}');
    }
}

#[test]
fn when_the_selected_event_leaves_its_neighbour_is_selected() {
    let mut world = World::new(120, 40);
    press(&mut world, "tab");
    world.entries.retain(|entry| entry.id.as_str() != "vendor");
    world.send(Message::Noticed(Notice::Changed));
    assert!(world.state.selected_entry().is_some());
    assert_eq!(world.state.cursor, date(2026, 11, 26));
}

#[test]
fn the_first_sync_shows_its_progress_and_banners_stay_small() {
    let mut world = World::new(120, 40);
    world.notice(|status| {
        status.progress = Some(kalends::service::protocol::Progress {
            pages: 7,
            events: 1240,
            windows_done: 2,
            windows: 9,
        });
        status.banners = vec!["tokens are stored in a plain file".into()];
    });
    let picture = screen(&world);
    assert!(picture.contains("syncing 2/9 · 1240 events"), "{picture}");
    assert!(picture.contains("tokens are stored"), "{picture}");
}

#[test]
fn the_inspector_tells_rule_zones_people_and_links() {
    let mut world = World::new(120, 40);
    press(&mut world, "k enter");
    let picture = screen(&world);
    for words in [
        "one of a series: every",
        "Shanghai (the organi",
        "+ Kenji Mori",
        "~ Pat Doyle",
        "x Room 2",
        "[2]",
    ] {
        assert!(picture.contains(words), "{words} in {picture}");
    }
}

#[test]
fn counters_nobody_sees_repaint_nothing() {
    let mut world = World::new(120, 40);
    let before = world.state.generation();
    world.notice(|status| status.requests += 1);
    assert_eq!(world.state.generation(), before);
    world.notice(|status| status.invitations += 1);
    assert!(world.state.generation() > before);
}

#[test]
fn a_read_only_sign_in_says_so() {
    let mut world = World::new(120, 40);
    world.notice(|status| status.rights.write = false);
    press(&mut world, "tab r");
    assert!(screen(&world).contains("reading only"));
}

#[test]
fn the_mouse_selects_and_opens() {
    use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
    let mut world = World::new(120, 40);
    let known = &world.state.known.entries;
    let grid = world.state.scene.grid().unwrap();
    let mut blocks = grid.blocks.iter();
    let block = blocks
        .find(|block| known[block.entry].id.as_str() == "review")
        .unwrap();
    let row = grid.hours.y + u16::try_from(block.top / 2).unwrap() - world.state.scroll;
    let click = MouseEvent {
        kind: MouseEventKind::Down(MouseButton::Left),
        column: block.x + 1,
        row,
        modifiers: KeyModifiers::NONE,
    };
    world.send(Message::Mouse(click));
    assert_eq!(selected(&world), "review");
    assert!(world.state.inspector.is_none());
    world.send(Message::Mouse(click));
    assert!(world.state.inspector.is_some());
}
