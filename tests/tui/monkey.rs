//! Thousands of keys at every size: no panic, no blank screen.

use super::picture::{buffer, letters};
use super::world::World;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use kalends::app::Message;
use kalends::app::overlay::Overlay;
use kalends::config::Theme;

/// A small generator of its own: the same keys in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

const KEYS: &str = "hjklhjkl[]tgdGfwWam123456789+-zF\\/nNrtyamdn,cso: ?u'W0qQX\u{65e5}é";

fn key(dice: &mut Dice) -> Message {
    let special = [
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::Backspace,
        KeyCode::Delete,
    ];
    let letters: Vec<char> = KEYS.chars().collect();
    match dice.roll(10) {
        0..=1 => {
            let code = special[dice.roll(special.len() as u64) as usize];
            Message::Key(KeyEvent::new(code, KeyModifiers::NONE))
        }
        2 => Message::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE)),
        3 => {
            let letter = ['k', 'd', 'u', 'n', 'p', 'c', 'z'][dice.roll(7) as usize];
            Message::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL))
        }
        4 => Message::Mouse(MouseEvent {
            kind: [
                MouseEventKind::Down(MouseButton::Left),
                MouseEventKind::ScrollDown,
                MouseEventKind::ScrollUp,
            ][dice.roll(3) as usize],
            column: dice.roll(520) as u16,
            row: dice.roll(210) as u16,
            modifiers: KeyModifiers::NONE,
        }),
        _ => {
            let letter = letters[dice.roll(letters.len() as u64) as usize];
            Message::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE))
        }
    }
}

fn assert_not_blank(world: &World, theme: &Theme) {
    let picture = letters(&buffer(world, theme));
    let signs = picture
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .count();
    assert!(
        signs > 4,
        "blank at {:?} in {:?}:\n{picture}",
        world.state.size,
        world.state.view
    );
}

#[test]
fn no_keys_at_no_size_break_the_screen() {
    let theme = Theme::builtin("kalends-dark").unwrap();
    let sizes = [
        (20, 6),
        (31, 9),
        (40, 15),
        (48, 20),
        (60, 12),
        (80, 24),
        (97, 33),
        (120, 40),
        (200, 60),
        (500, 200),
    ];
    let mut dice = Dice(0x5eed_cafe_f00d);
    for (cols, rows) in sizes {
        let mut world = World::new(cols, rows);
        assert_not_blank(&world, &theme);
        for step in 0..400 {
            world.send(key(&mut dice));
            if step % 23 == 0 {
                let (cols, rows) = sizes[dice.roll(sizes.len() as u64) as usize];
                world.send(Message::Resized { cols, rows });
            }
            if step % 31 == 0 {
                world.tick(7);
            }
            if step % 4 == 0 {
                assert_not_blank(&world, &theme);
            }
            if world.effects.len() > 2000 {
                world.effects.clear();
            }
        }
    }
}

#[test]
fn every_size_shows_the_day() {
    let theme = Theme::builtin("monochrome").unwrap();
    for cols in (20..=180).step_by(7).chain([500]) {
        for rows in (6..=60).step_by(5).chain([200]) {
            let mut world = World::new(cols, rows);
            for key in ["", "a", "m", "1", "enter", "?", "esc", ":"] {
                super::press::press(&mut world, key);
                assert_not_blank(&world, &theme);
                if let Some(Overlay::Leave(_)) = world.state.overlay {
                    world.state.overlay = None;
                }
            }
        }
    }
}

#[test]
fn the_smallest_and_absurd_sizes_do_not_panic() {
    let theme = Theme::builtin("kalends-dark").unwrap();
    for (cols, rows) in [(1, 1), (2, 1), (1, 30), (5, 3), (300, 1), (19, 5)] {
        let mut world = World::new(cols, rows);
        for key in [
            "a", "m", "w", "enter", "?", "esc", ":", "esc", "r", "esc", "\\", "f",
        ] {
            super::press::press(&mut world, key);
            let _ = buffer(&world, &theme);
        }
    }
}
