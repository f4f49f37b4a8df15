//! Settings: what `config.toml` may say, and what holds when it says nothing.
//!
//! Invariant: a value that parsed is usable; ranges are enforced here, once.

use super::{ConfigError, line_with, near};
use serde::{Deserialize, Serialize};

/// The embedded reference: every setting with its default and its meaning.
pub const REFERENCE: &str = include_str!("../../assets/config.toml");

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StartView {
    Week,
    Workweek,
    Day,
    Agenda,
    Month,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WeekStart {
    Monday,
    Saturday,
    Sunday,
}

impl WeekStart {
    pub fn weekday(self) -> jiff::civil::Weekday {
        match self {
            Self::Monday => jiff::civil::Weekday::Monday,
            Self::Saturday => jiff::civil::Weekday::Saturday,
            Self::Sunday => jiff::civil::Weekday::Sunday,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// A theme's name, or `auto`: dark or light by the terminal's own ground.
    pub theme: String,
    pub view: StartView,
    pub week_starts: WeekStart,
    /// IANA name of the second gutter's zone; empty for none.
    pub second_zone: String,
    /// Seconds an answer waits before it is sent; 0 sends at once.
    pub undo_seconds: u32,
    /// Rows of an hour in the grid: 1, 2, 3, 4 or 6.
    pub rows_per_hour: u16,
    /// Most rows the all-day band may take.
    pub all_day_rows: u16,
    pub agenda_days: u16,
    pub sidebar: bool,
    pub show_declined: bool,
    pub mouse: bool,
    /// Names of calendars that are not shown.
    pub hidden_calendars: Vec<String>,
    /// What is often written to organizers.
    pub phrases: Vec<String>,
    /// Hours of a week that are held for oneself, and the longest block in minutes.
    pub focus_hours: u16,
    pub focus_minutes: u16,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: "auto".into(),
            view: StartView::Week,
            week_starts: WeekStart::Monday,
            second_zone: String::new(),
            undo_seconds: 5,
            rows_per_hour: 2,
            all_day_rows: 3,
            agenda_days: 14,
            sidebar: false,
            show_declined: false,
            mouse: true,
            hidden_calendars: Vec::new(),
            phrases: [
                "Looking forward to it.",
                "I may be a few minutes late.",
                "I can only stay for the first half.",
                "Please go on without me and send me the notes.",
            ]
            .map(str::to_owned)
            .into(),
            focus_hours: 6,
            focus_minutes: 120,
        }
    }
}

const NAMES: [&str; 15] = [
    "theme",
    "view",
    "week_starts",
    "second_zone",
    "undo_seconds",
    "rows_per_hour",
    "all_day_rows",
    "agenda_days",
    "sidebar",
    "show_declined",
    "mouse",
    "hidden_calendars",
    "phrases",
    "focus_hours",
    "focus_minutes",
];

impl Settings {
    /// Reads `text`; `file` only names the place in messages.
    ///
    /// # Errors
    /// One sentence with the line and the near miss.
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        let table: toml::Table =
            toml::from_str(text).map_err(|error| ConfigError::from_toml(file, text, &error))?;
        if let Some(key) = table.keys().find(|key| !NAMES.contains(&key.as_str())) {
            let hint = near::hint(key, NAMES);
            return Err(ConfigError::new(
                format!("{file}, line {}", line_with(text, key)),
                format!("there is no setting \"{key}\"{hint}"),
            ));
        }
        let settings: Self =
            toml::from_str(text).map_err(|error| ConfigError::from_toml(file, text, &error))?;
        settings.checked(file, text)
    }

    fn checked(self, file: &str, text: &str) -> Result<Self, ConfigError> {
        let wrong = |name: &str, words: &str| {
            let place = format!("{file}, line {}", line_with(text, name));
            Err(ConfigError::new(place, format!("{name} {words}")))
        };
        if ![1, 2, 3, 4, 6].contains(&self.rows_per_hour) {
            return wrong("rows_per_hour", "must be 1, 2, 3, 4 or 6");
        }
        if self.undo_seconds > 120 {
            return wrong("undo_seconds", "may be at most 120");
        }
        if !(1..=12).contains(&self.all_day_rows) {
            return wrong("all_day_rows", "must be between 1 and 12");
        }
        if !(1..=92).contains(&self.agenda_days) {
            return wrong("agenda_days", "must be between 1 and 92");
        }
        if !(1..=40).contains(&self.focus_hours) {
            return wrong("focus_hours", "must be between 1 and 40");
        }
        if !(45..=480).contains(&self.focus_minutes) {
            return wrong("focus_minutes", "must be between 45 and 480");
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_says_the_defaults() {
        let read = Settings::parse("config.toml", REFERENCE).unwrap();
        assert_eq!(read, Settings::default());
        for name in NAMES {
            assert!(REFERENCE.contains(name), "{name} is not in the reference");
        }
    }

    #[test]
    fn a_typo_is_named_with_its_line_and_near_miss() {
        let error = Settings::parse("config.toml", "mouse = true\nthme = \"x\"\n").unwrap_err();
        let words = "config.toml, line 2: there is no setting \"thme\", did you mean \"theme\"?";
        assert_eq!(error.to_string(), words);
    }

    #[test]
    fn a_wrong_value_is_named_with_its_line() {
        let error = Settings::parse("config.toml", "mouse = true\nrows_per_hour = 5\n");
        assert!(error.unwrap_err().to_string().contains("line 2"));
        assert!(Settings::parse("config.toml", "mouse = 3").is_err());
    }
}
