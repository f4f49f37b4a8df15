//! Key scripts: keys with spaces between them, in the spelling of the keys file;
//! `"text"` types letters.

use super::world::World;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use kalends::app::Message;
use kalends::config::keys::Chord;

pub fn press(world: &mut World, script: &str) {
    for (index, part) in script.split('"').enumerate() {
        if index % 2 == 1 {
            for letter in part.chars() {
                key(
                    world,
                    KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE),
                );
            }
            continue;
        }
        for name in part.split_whitespace() {
            let chord = Chord::parse(name).unwrap_or_else(|words| panic!("{words}"));
            let combination = chord.0[0];
            let crokey::OneToThree::One(code) = combination.codes else {
                panic!("{name} is more than one key");
            };
            key(world, KeyEvent::new(code, combination.modifiers));
        }
    }
}

fn key(world: &mut World, event: KeyEvent) {
    world.send(Message::Key(event));
}
