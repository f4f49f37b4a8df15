//! One thing that was looked at.

use crate::domain::text::{Safe, Untrusted};
use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Health {
    Good,
    /// Not wrong, but worth knowing.
    Note,
    Broken,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Finding {
    pub about: &'static str,
    pub health: Health,
    pub words: String,
    pub way_out: Option<String>,
}

impl Finding {
    pub fn good(about: &'static str, words: impl Into<String>) -> Self {
        Self {
            about,
            health: Health::Good,
            words: words.into(),
            way_out: None,
        }
    }

    pub fn note(about: &'static str, words: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self {
            about,
            health: Health::Note,
            words: words.into(),
            way_out: Some(way_out.into()),
        }
    }

    pub fn broken(
        about: &'static str,
        words: impl Into<String>,
        way_out: impl Into<String>,
    ) -> Self {
        Self {
            about,
            health: Health::Broken,
            words: words.into(),
            way_out: Some(way_out.into()),
        }
    }

    /// The words, safe on a terminal.
    pub fn shown(&self) -> Safe {
        Untrusted::from(self.words.as_str()).safe_line(None)
    }
}

/// Bytes as people read them.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} KB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
