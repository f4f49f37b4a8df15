//! The keys file: a table of chords to command names for each mode.
//!
//! Refuses to know which commands or modes exist: names come from the caller, so
//! that this file never needs a change when a command is added. A chord is one
//! to three keys in crokey's spelling (`ctrl-k`, `g d`, `shift-tab`); an upper
//! case letter stands for itself with shift.

use super::{ConfigError, line_with, near};
use crokey::{KeyCombination, OneToThree};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// One to three keys pressed one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Chord(pub Vec<KeyCombination>);

impl Chord {
    /// # Errors
    /// The key that cannot be understood.
    pub fn parse(text: &str) -> Result<Self, String> {
        let keys: Vec<KeyCombination> = text
            .split_whitespace()
            .map(key)
            .collect::<Result<_, String>>()?;
        if keys.is_empty() || keys.len() > 3 {
            return Err(format!("\"{text}\" is not one to three keys"));
        }
        Ok(Self(keys))
    }

    pub fn starts_with(&self, typed: &[KeyCombination]) -> bool {
        self.0.starts_with(typed)
    }

    /// As a person reads it: `g d`, `Ctrl-K`, `Tab`.
    pub fn shown(&self) -> String {
        let keys: Vec<String> = self.0.iter().copied().map(shown_key).collect();
        keys.join(" ")
    }
}

/// One key of a chord.
fn key(text: &str) -> Result<KeyCombination, String> {
    let mut chars = text.chars();
    if let (Some(only), None) = (chars.next(), chars.next()) {
        if only.is_control() {
            return Err(format!("\"{}\" is not a key", only.escape_default()));
        }
        let modifiers = if only.is_uppercase() {
            KeyModifiers::SHIFT
        } else {
            KeyModifiers::NONE
        };
        return Ok(KeyCombination::one_key(KeyCode::Char(only), modifiers));
    }
    if text == "shift-tab" {
        return Ok(KeyCombination::one_key(
            KeyCode::BackTab,
            KeyModifiers::SHIFT,
        ));
    }
    crokey::parse(text)
        .map(KeyCombination::normalized)
        .ok()
        .filter(|combination| combination.is_ansi_compatible() && !has_control(*combination))
        .ok_or_else(|| format!("\"{text}\" is not a key{}", near::hint(text, KEY_NAMES)))
}

/// A control character is what a terminal sends, not what a person writes into a file.
fn has_control(combination: KeyCombination) -> bool {
    let is_control = |code: &KeyCode| matches!(code, KeyCode::Char(letter) if letter.is_control());
    combination.codes.iter().any(is_control)
}

const KEY_NAMES: [&str; 24] = [
    "esc",
    "enter",
    "left",
    "right",
    "up",
    "down",
    "home",
    "end",
    "pageup",
    "pagedown",
    "tab",
    "shift-tab",
    "backspace",
    "delete",
    "insert",
    "space",
    "hyphen",
    "f1",
    "f2",
    "f5",
    "ctrl-c",
    "ctrl-k",
    "alt-x",
    "ctrl-z",
];

/// A key press as it is looked up: shift only matters where the character does
/// not already say it (terminals disagree about `?` with or without shift).
pub fn pressed(event: KeyEvent) -> KeyCombination {
    let mut event = event;
    if let KeyCode::Char(letter) = event.code {
        if !letter.is_alphabetic() {
            event.modifiers.remove(KeyModifiers::SHIFT);
        } else if letter.is_uppercase() {
            event.modifiers.insert(KeyModifiers::SHIFT);
        }
    }
    KeyCombination::from(event)
}

fn shown_key(key: KeyCombination) -> String {
    let code = match key.codes {
        OneToThree::One(code) => code,
        OneToThree::Two(code, _) | OneToThree::Three(code, _, _) => code,
    };
    let name = match code {
        KeyCode::Char(' ') => "Space".into(),
        KeyCode::Char(letter) if key.modifiers.contains(KeyModifiers::CONTROL) => {
            letter.to_uppercase().to_string()
        }
        KeyCode::Char(letter) => letter.to_string(),
        KeyCode::BackTab => return "Shift-Tab".into(),
        KeyCode::PageUp => "PgUp".into(),
        KeyCode::PageDown => "PgDn".into(),
        KeyCode::Up => "↑".into(),
        KeyCode::Down => "↓".into(),
        KeyCode::Left => "←".into(),
        KeyCode::Right => "→".into(),
        KeyCode::F(number) => format!("F{number}"),
        other => format!("{other:?}"),
    };
    let mut shown = String::new();
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        shown.push_str("Ctrl-");
    }
    if key.modifiers.contains(KeyModifiers::ALT) {
        shown.push_str("Alt-");
    }
    if key.modifiers.contains(KeyModifiers::SHIFT) && !matches!(code, KeyCode::Char(_)) {
        shown.push_str("Shift-");
    }
    shown + &name
}

/// `chord = "command"` in one mode; an empty command takes the chord away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    pub mode: String,
    pub chord: Chord,
    pub command: String,
    /// File and line, for messages.
    pub place: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyFile {
    pub bindings: Vec<Binding>,
}

impl KeyFile {
    /// Reads the file against the known names of modes and commands.
    ///
    /// # Errors
    /// One sentence with the place and the near miss.
    pub fn parse(
        file: &str,
        text: &str,
        modes: &[&str],
        commands: &[&str],
    ) -> Result<Self, ConfigError> {
        let table: toml::Table =
            toml::from_str(text).map_err(|error| ConfigError::from_toml(file, text, &error))?;
        let mut bindings = Vec::new();
        for (mode, value) in &table {
            let place = format!("{file}, line {}", line_with(text, mode));
            if !modes.contains(&mode.as_str()) {
                let hint = near::hint(mode, modes.iter().copied());
                let words = format!("there is no mode \"{mode}\"{hint}");
                return Err(ConfigError::new(place, words));
            }
            let Some(keys) = value.as_table() else {
                let words = format!("\"{mode}\" must be a table of keys, [{mode}]");
                return Err(ConfigError::new(place, words));
            };
            for (keys, command) in keys {
                bindings.push(binding(file, text, mode, keys, command, commands)?);
            }
        }
        Ok(Self { bindings })
    }
}

fn binding(
    file: &str,
    text: &str,
    mode: &str,
    keys: &str,
    command: &toml::Value,
    commands: &[&str],
) -> Result<Binding, ConfigError> {
    let place = format!("{file}, line {}", line_with(text, keys));
    let chord = Chord::parse(keys).map_err(|words| ConfigError::new(place.clone(), words))?;
    let Some(command) = command.as_str() else {
        let words = format!("\"{keys}\" must name a command in quotes");
        return Err(ConfigError::new(place, words));
    };
    if !command.is_empty() && !commands.contains(&command) {
        let hint = near::hint(command, commands.iter().copied());
        let words = format!("there is no command \"{command}\"{hint}");
        return Err(ConfigError::new(place, words));
    }
    Ok(Binding {
        mode: mode.to_owned(),
        chord,
        command: command.to_owned(),
        place,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chords_are_read_and_shown_alike() {
        for (text, shown) in [
            ("g d", "g d"),
            ("ctrl-k", "Ctrl-K"),
            ("G", "G"),
            ("shift-tab", "Shift-Tab"),
            ("\\", "\\"),
            ("pagedown", "PgDn"),
            ("-", "-"),
        ] {
            assert_eq!(Chord::parse(text).unwrap().shown(), shown);
        }
    }

    #[test]
    fn a_pressed_key_matches_what_the_file_says() {
        let typed = |code, modifiers| pressed(KeyEvent::new(code, modifiers));
        let question = typed(KeyCode::Char('?'), KeyModifiers::SHIFT);
        assert_eq!(Chord::parse("?").unwrap().0, vec![question]);
        let capital = typed(KeyCode::Char('G'), KeyModifiers::SHIFT);
        assert_eq!(Chord::parse("G").unwrap().0, vec![capital]);
        let back = typed(KeyCode::BackTab, KeyModifiers::SHIFT);
        assert_eq!(Chord::parse("shift-tab").unwrap().0, vec![back]);
        let control = typed(KeyCode::Char('k'), KeyModifiers::CONTROL);
        assert_eq!(Chord::parse("ctrl-k").unwrap().0, vec![control]);
    }

    #[test]
    fn mistakes_name_place_and_near_miss() {
        let read = |text| KeyFile::parse("keys.toml", text, &["calendar"], &["today"]);
        let error = read("[calendar]\n\"t\" = \"tody\"\n").unwrap_err();
        let words = "keys.toml, line 2: there is no command \"tody\", did you mean \"today\"?";
        assert_eq!(error.to_string(), words);
        let error = read("[calender]\n").unwrap_err();
        assert!(error.to_string().contains("did you mean \"calendar\"?"));
        let error = read("[calendar]\n\"pagdown\" = \"today\"\n").unwrap_err();
        assert!(error.to_string().contains("did you mean \"pagedown\"?"));
    }
}
