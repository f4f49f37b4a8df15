//! The person's files: settings, keys and themes, read; and what was chosen on the
//! screen, kept.
//!
//! Invariant: a file that cannot be read or understood is one clear sentence, and is
//! never overwritten. What the screen remembers lies in a file of its own.

use crate::app::keymap::Keymap;
use crate::config::{ConfigError, Settings, Theme, themes};
use crate::service::Home;
use crate::store::folder::replace;
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("could not read {path}: {why}; make it readable, or move it away to use the defaults")]
    Read { path: String, why: String },
    #[error("{0}; correct it, or move the file away to use the defaults")]
    Wrong(ConfigError),
    #[error("{0}")]
    Theme(ConfigError),
}

/// What was chosen on the screen. Wins over the settings file, which it never changes.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Chosen {
    hidden_calendars: Option<Vec<String>>,
    second_zone: Option<String>,
}

/// # Errors
/// The place and the mistake.
pub fn load(home: &Home) -> Result<Settings, SettingsError> {
    let mut settings = match text(&home.config_file())? {
        Some(text) => Settings::parse(&home.config_file().display().to_string(), &text)
            .map_err(SettingsError::Wrong)?,
        None => Settings::default(),
    };
    // Ours alone: when it is damaged, what was chosen is forgotten.
    let chosen = text(&chosen_file(home)).ok().flatten();
    let chosen: Chosen = chosen
        .and_then(|text| toml::from_str(&text).ok())
        .unwrap_or_default();
    if let Some(names) = chosen.hidden_calendars {
        settings.hidden_calendars = names;
    }
    if let Some(zone) = chosen.second_zone {
        settings.second_zone = zone;
    }
    Ok(settings)
}

/// # Errors
/// The place and the mistake.
pub fn keymap(home: &Home) -> Result<Keymap, SettingsError> {
    match text(&home.keys_file())? {
        Some(text) => Keymap::with_file(&home.keys_file().display().to_string(), &text)
            .map_err(SettingsError::Wrong),
        None => Ok(Keymap::standard()),
    }
}

/// The theme of that name; `auto` looks at what the terminal says of itself.
///
/// # Errors
/// No such theme, with the near miss, or a mistake in its file.
pub fn theme(home: &Home, name: &str) -> Result<Theme, SettingsError> {
    let own = own_themes(&home.themes())?;
    let name = if name == "auto" { automatic() } else { name };
    Theme::find(name, &own).map_err(SettingsError::Theme)
}

fn automatic() -> &'static str {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let no_colour = !variable("NO_COLOR").is_empty() || variable("TERM") == "dumb";
    let colours = variable("COLORTERM");
    let true_colour = colours.contains("truecolor")
        || colours.contains("24bit")
        || variable("TERM").contains("direct");
    // rxvt's habit: "foreground;background", 7 and 9 to 15 are light grounds.
    let ground = variable("COLORFGBG");
    let light = ground
        .rsplit(';')
        .next()
        .and_then(|ground| ground.parse::<u8>().ok());
    themes::automatic(
        no_colour,
        true_colour,
        light.is_some_and(|ground| ground == 7 || ground > 8),
    )
}

fn own_themes(folder: &Path) -> Result<Vec<(String, String)>, SettingsError> {
    let Ok(files) = std::fs::read_dir(folder) else {
        return Ok(Vec::new());
    };
    let mut own = Vec::new();
    for path in files.flatten().map(|file| file.path()) {
        let is_theme = path.extension().is_some_and(|ending| ending == "toml");
        if let (true, Some(name)) = (is_theme, path.file_stem().and_then(|name| name.to_str()))
            && let Some(text) = text(&path)?
        {
            own.push((name.to_owned(), text));
        }
    }
    Ok(own)
}

fn text(path: &Path) -> Result<Option<String>, SettingsError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(SettingsError::Read {
            path: path.display().to_string(),
            why: error.to_string(),
        }),
    }
}

fn chosen_file(home: &Home) -> PathBuf {
    home.state.join("screen.toml")
}

/// Remembers what was chosen on the screen.
///
/// # Errors
/// A sentence with the place.
pub fn save(home: &Home, settings: &Settings) -> Result<(), String> {
    use std::os::unix::fs::DirBuilderExt;
    let chosen = Chosen {
        hidden_calendars: Some(settings.hidden_calendars.clone()),
        second_zone: Some(settings.second_zone.clone()),
    };
    let text = toml::to_string(&chosen)
        .map_err(|error| format!("could not write down what was chosen: {error}"))?;
    let made = std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&home.state);
    made.map_err(|error| format!("could not make {}: {error}", home.state.display()))?;
    replace(&chosen_file(home), text.as_bytes()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_comes_back_and_the_settings_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        std::fs::create_dir_all(&home.config).unwrap();
        std::fs::write(home.config_file(), "# mine\nundo_seconds = 9\n").unwrap();
        let mut settings = load(&home).unwrap();
        assert_eq!(settings.undo_seconds, 9);
        settings.hidden_calendars = vec!["Birthdays".into()];
        settings.second_zone = "Asia/Tokyo".into();
        save(&home, &settings).unwrap();
        assert_eq!(load(&home).unwrap(), settings);
        assert_eq!(
            std::fs::read_to_string(home.config_file()).unwrap(),
            "# mine\nundo_seconds = 9\n"
        );
    }

    #[test]
    fn mistakes_name_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        std::fs::create_dir_all(&home.config).unwrap();
        std::fs::write(home.config_file(), "undo_second = 9\n").unwrap();
        let words = load(&home).unwrap_err().to_string();
        assert!(
            words.contains("config.toml, line 1") && words.contains("undo_seconds"),
            "{words}"
        );
        std::fs::write(home.keys_file(), "[calendar]\n\"pagedwn\" = \"today\"\n").unwrap();
        let words = keymap(&home).unwrap_err().to_string();
        assert!(
            words.contains("keys.toml, line 2") && words.contains("pagedown"),
            "{words}"
        );
        assert!(
            theme(&home, "kalends-drak")
                .unwrap_err()
                .to_string()
                .contains("kalends-dark")
        );
    }
}
