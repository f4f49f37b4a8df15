//! What the person may set: settings, themes and keys, read from text.
//!
//! Refuses: files and environment (the shell reads them and hands the text in),
//! and knowledge of commands or screens. Every mistake becomes one sentence
//! with the place and, where there is one, the near miss.

pub mod color;
pub mod keys;
pub mod near;
pub mod role;
pub mod settings;
pub mod theme;
pub mod themes;

pub use keys::{Binding, KeyFile};
pub use settings::Settings;
pub use theme::{Role, Theme};

use crate::domain::text::Untrusted;

/// Of the words of a message; more is a mistake in itself.
const CELLS_AT_MOST: usize = 400;

/// One clear message about a file the person wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {words}")]
pub struct ConfigError {
    /// File name and line, e.g. `keys.toml, line 12`.
    pub place: String,
    pub words: String,
}

impl ConfigError {
    pub fn new(place: impl Into<String>, words: impl Into<String>) -> Self {
        Self {
            place: shown(place.into()),
            words: shown(words.into()),
        }
    }

    /// From a TOML error: its first line and the line number, without the excerpt.
    pub(crate) fn from_toml(file: &str, text: &str, error: &toml::de::Error) -> Self {
        let place = match error.span() {
            Some(span) => format!("{file}, line {}", line_of(text, span.start)),
            None => file.to_owned(),
        };
        let words = error.message().lines().next().unwrap_or("cannot be read");
        Self::new(place, words)
    }
}

/// What a file says may be quoted in a message, whatever it is: one line, of bounded length.
fn shown(text: String) -> String {
    Untrusted::from(text)
        .safe_line(Some(CELLS_AT_MOST))
        .into_string()
}

/// 1-based line of a byte offset.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().iter().take(offset);
    1 + before.filter(|byte| **byte == b'\n').count()
}

/// 1-based line on which `needle` first stands as a key or a table; 1 when it is not found.
pub(crate) fn line_with(text: &str, needle: &str) -> usize {
    let is_it = |line: &str| {
        let line = line.trim_start().trim_start_matches(['[']);
        let line = line.strip_prefix(['"', '\'']).unwrap_or(line);
        line.strip_prefix(needle).is_some_and(|rest| {
            rest.chars()
                .next()
                .is_none_or(|next| "\"'=] \t".contains(next))
        })
    };
    text.lines().position(is_it).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_says_is_quoted_as_one_clean_line() {
        let error = ConfigError::new("a\tb.toml", format!("no \u{1b}[2J \n{}", "x".repeat(9_999)));
        let words = error.to_string();
        assert!(
            !words.contains(char::is_control) && words.len() < 1_000,
            "{words:?}"
        );
    }

    #[test]
    fn a_key_is_found_on_its_own_line() {
        let text = "[calendar]\n\"tab\" = \"x\"\n\"t\" = \"y\"\n'\\' = \"z\"\n";
        assert_eq!(line_with(text, "t"), 3);
        assert_eq!(line_with(text, "calendar"), 1);
        assert_eq!(line_with(text, "\\"), 4);
        assert_eq!(line_with(text, "none"), 1);
    }
}
