//! Which chord does what, mode by mode: the registry's keys with the person's laid over them.
//!
//! Invariant: in one mode no chord has two commands, and none is the beginning of another.

use super::commands::{COMMANDS, Command, Mode, named};
use crate::config::keys::{Chord, KeyFile};
use crate::config::{Binding, ConfigError};
use crokey::KeyCombination;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    pub mode: Mode,
    pub chord: Chord,
    pub command: Command,
}

#[derive(Debug, Clone, Default)]
pub struct Keymap {
    pub bound: Vec<Bound>,
}

/// What the keys typed so far mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    Does(Command),
    /// The beginning of at least one chord.
    Begins,
    Nothing,
}

impl Keymap {
    /// The registry's own keys.
    pub fn standard() -> Self {
        let mut bound = Vec::with_capacity(192);
        for spec in COMMANDS {
            for (modes, keys) in spec.keys {
                for (mode, key) in modes
                    .iter()
                    .flat_map(|mode| keys.iter().map(move |key| (mode, key)))
                {
                    // A chord of the registry that cannot be read fails a test below.
                    if let Ok(chord) = Chord::parse(key) {
                        bound.push(Bound {
                            mode: *mode,
                            chord,
                            command: spec.command,
                        });
                    }
                }
            }
        }
        Self { bound }
    }

    /// The standard keys with a file's laid over them.
    ///
    /// # Errors
    /// Unknown names, or two commands for one chord, with the place.
    pub fn with_file(file: &str, text: &str) -> Result<Self, ConfigError> {
        let names: Vec<&str> = COMMANDS.iter().map(|spec| spec.name).collect();
        let read = KeyFile::parse(file, text, &Mode::NAMES, &names)?;
        let mut keymap = Self::standard();
        for binding in &read.bindings {
            keymap.lay(binding)?;
        }
        Ok(keymap)
    }

    fn lay(&mut self, binding: &Binding) -> Result<(), ConfigError> {
        let Some(mode) = Mode::named(&binding.mode) else {
            return Ok(());
        };
        self.bound
            .retain(|bound| bound.mode != mode || bound.chord != binding.chord);
        let Some(spec) = named(&binding.command) else {
            return Ok(());
        };
        let blocked = self.bound.iter().find(|bound| {
            bound.mode == mode
                && (bound.chord.starts_with(&binding.chord.0)
                    || binding.chord.starts_with(&bound.chord.0))
        });
        if let Some(blocked) = blocked {
            let words = format!(
                "\"{}\" cannot be told from \"{}\"; set that one to \"\" first",
                binding.chord.shown(),
                blocked.chord.shown()
            );
            return Err(ConfigError::new(binding.place.clone(), words));
        }
        self.bound.push(Bound {
            mode,
            chord: binding.chord.clone(),
            command: spec.command,
        });
        Ok(())
    }

    pub fn meaning(&self, mode: Mode, typed: &[KeyCombination]) -> Meaning {
        let mut begins = false;
        for bound in self.bound.iter().filter(|bound| bound.mode == mode) {
            if bound.chord.0 == typed {
                return Meaning::Does(bound.command);
            }
            begins |= bound.chord.starts_with(typed);
        }
        if begins {
            Meaning::Begins
        } else {
            Meaning::Nothing
        }
    }

    /// The first key of a command in a mode, as shown to the person.
    pub fn shown(&self, mode: Mode, command: Command) -> Option<String> {
        self.bound
            .iter()
            .find(|bound| bound.mode == mode && bound.command == command)
            .map(|bound| bound.chord.shown())
    }

    /// All keys of a command in a mode, `h ←`.
    pub fn all_shown(&self, mode: Mode, command: Command) -> String {
        let shown: Vec<String> = self
            .bound
            .iter()
            .filter(|bound| bound.mode == mode && bound.command == command)
            .map(|bound| bound.chord.shown())
            .collect();
        shown.join("  ")
    }

    /// Chords of a mode that go on after `typed`: what the footer offers then.
    pub fn continuations(&self, mode: Mode, typed: &[KeyCombination]) -> Vec<&Bound> {
        self.bound
            .iter()
            .filter(|bound| bound.mode == mode && bound.chord.starts_with(typed))
            .collect()
    }
}

/// The key table of the documentation.
pub fn key_table_markdown() -> String {
    let keymap = Keymap::standard();
    let mut table = String::from("| keys | where | command | what it does |\n|---|---|---|---|\n");
    for spec in COMMANDS {
        for (modes, _) in spec.keys {
            let Some(mode) = modes.first() else { continue };
            let keys = keymap.all_shown(*mode, spec.command);
            let keys = keys.replace('|', "\\|");
            let places: Vec<&str> = modes.iter().map(|mode| mode.name()).collect();
            let places = places.join(", ");
            table.push_str(&format!(
                "| `{keys}` | {places} | {} | {} |\n",
                spec.name, spec.help
            ));
        }
    }
    table
}

/// The reference keys file, `assets/keys.toml`.
pub fn key_file() -> String {
    let mut text = String::from(
        "# Keys of Kalends, mode by mode: these are the defaults. In your own file write\n\
         # only what you want to change; \"\" takes a key away. Keys are written as in\n\
         # ctrl-k, shift-tab, pagedown, G; a chord is its keys with spaces, \"g d\".\n",
    );
    for mode in Mode::ALL {
        text.push_str(&format!("\n[{}]\n", mode.name()));
        for spec in COMMANDS {
            for (_, keys) in spec.keys.iter().filter(|(modes, _)| modes.contains(&mode)) {
                for key in *keys {
                    let quote = if key.contains('\\') { '\'' } else { '"' };
                    text.push_str(&format!("{quote}{key}{quote} = \"{}\"\n", spec.name));
                }
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_has_two_commands_in_one_mode() {
        for spec in COMMANDS {
            for (_, keys) in spec.keys {
                for key in *keys {
                    assert!(Chord::parse(key).is_ok(), "{key} of {}", spec.name);
                }
            }
        }
        let keymap = Keymap::standard();
        for (index, bound) in keymap.bound.iter().enumerate() {
            for other in keymap.bound.iter().skip(index + 1) {
                let meet = bound.mode == other.mode
                    && (bound.chord.starts_with(&other.chord.0)
                        || other.chord.starts_with(&bound.chord.0));
                assert!(!meet, "{:?} and {:?}", bound, other);
            }
        }
    }

    #[test]
    fn names_are_unique_and_every_command_has_a_key() {
        for (index, spec) in COMMANDS.iter().enumerate() {
            assert!(!spec.keys.is_empty(), "{}", spec.name);
            for other in COMMANDS.iter().skip(index + 1) {
                assert_ne!(spec.name, other.name);
                assert_ne!(spec.command, other.command);
            }
        }
    }

    #[test]
    fn the_reference_file_says_the_standard_keys() {
        let reference = include_str!("../../assets/keys.toml");
        assert_eq!(
            reference,
            key_file(),
            "write key_file() to assets/keys.toml"
        );
        let read = Keymap::with_file("keys.toml", reference).unwrap();
        assert_eq!(read.bound.len(), Keymap::standard().bound.len());
    }

    #[test]
    fn a_file_moves_and_removes_keys() {
        let text = "[calendar]\n\"t\" = \"\"\n\"T\" = \"today\"\n";
        let keymap = Keymap::with_file("keys.toml", text).unwrap();
        let typed = |key: &str| Chord::parse(key).unwrap().0;
        assert_eq!(
            keymap.meaning(Mode::Calendar, &typed("t")),
            Meaning::Nothing
        );
        let meaning = keymap.meaning(Mode::Calendar, &typed("T"));
        assert_eq!(meaning, Meaning::Does(Command::Today));
        let error = Keymap::with_file("keys.toml", "[calendar]\n\"g\" = \"today\"\n");
        assert!(
            error
                .unwrap_err()
                .to_string()
                .contains("cannot be told from")
        );
    }
}
