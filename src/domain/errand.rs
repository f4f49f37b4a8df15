//! Things done on the server at once or not at all: calendars, categories, files of an event, and
//! asking for people. They mail nobody, can be seen to have happened, and are not queued.

use super::event::Role;
use super::ids::{CalendarId, EventId};
use super::text::Untrusted;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Largest file that is sent in one piece (Graph: attach a file under 3 MB).
pub const LARGEST: usize = 3 * 1024 * 1024 - 1;

/// Graph's `calendarColor` names that can be chosen.
pub const COLORS: [&str; 10] = [
    "auto",
    "lightBlue",
    "lightGreen",
    "lightOrange",
    "lightGray",
    "lightYellow",
    "lightTeal",
    "lightPink",
    "lightBrown",
    "lightRed",
];

/// Outlook's names for `preset0` to `preset24` of a category (Graph: categoryColor).
pub const PRESETS: [&str; 25] = [
    "red",
    "orange",
    "brown",
    "yellow",
    "green",
    "teal",
    "olive",
    "blue",
    "purple",
    "cranberry",
    "steel",
    "darkSteel",
    "gray",
    "darkGray",
    "black",
    "darkRed",
    "darkOrange",
    "darkBrown",
    "darkYellow",
    "darkGreen",
    "darkTeal",
    "darkOlive",
    "darkBlue",
    "darkPurple",
    "darkCranberry",
];

/// Of a category without a colour.
pub const NO_COLOR: &str = "none";

pub fn preset_name(preset: Option<u8>) -> &'static str {
    let name = preset.and_then(|preset| PRESETS.get(usize::from(preset)));
    name.copied().unwrap_or(NO_COLOR)
}

/// The preset of a name, whatever its case; None when it is no name of a colour.
pub fn preset(name: &str) -> Option<Option<u8>> {
    let name = name.trim();
    if name.eq_ignore_ascii_case(NO_COLOR) {
        return Some(None);
    }
    let mut names = (0..).zip(PRESETS);
    let found = names.find(|(_, known)| known.eq_ignore_ascii_case(name));
    found.map(|(preset, _)| Some(preset))
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Errand {
    MakeCalendar {
        name: String,
        color: String,
    },
    EditCalendar {
        calendar: CalendarId,
        name: Option<String>,
        color: Option<String>,
    },
    /// With everything in it.
    RemoveCalendar {
        calendar: CalendarId,
    },
    MakeCategory {
        name: String,
        /// A place in [`PRESETS`]; None is no colour.
        preset: Option<u8>,
    },
    /// The name of a category never changes (Graph: displayName is immutable).
    ColorCategory {
        id: String,
        preset: Option<u8>,
    },
    /// Events keep its name, without a colour.
    RemoveCategory {
        id: String,
    },
    /// Whom the person works with, most relevant first (Graph: /me/people).
    People,
    /// When these people and rooms can come, at most [`super::free_busy::AT_ONCE`] of them (Graph: getSchedule).
    Schedules {
        addresses: Vec<String>,
        from: Timestamp,
        to: Timestamp,
    },
    /// Microsoft's own suggestions for a meeting (Graph: findMeetingTimes).
    MeetingTimes {
        people: Vec<(String, Role)>,
        minutes: u32,
        from: Timestamp,
        to: Timestamp,
    },
    /// The files of an event, without their content.
    Files {
        calendar: CalendarId,
        event: EventId,
    },
    /// One file's content.
    Fetch {
        calendar: CalendarId,
        event: EventId,
        file: String,
    },
    Attach {
        calendar: CalendarId,
        event: EventId,
        name: String,
        /// At most [`LARGEST`] bytes.
        content: Vec<u8>,
    },
}

impl Errand {
    pub fn is_write(&self) -> bool {
        !matches!(
            self,
            Self::Files { .. }
                | Self::Fetch { .. }
                | Self::People
                | Self::Schedules { .. }
                | Self::MeetingTimes { .. }
        )
    }

    pub fn is_of_categories(&self) -> bool {
        matches!(
            self,
            Self::MakeCategory { .. } | Self::ColorCategory { .. } | Self::RemoveCategory { .. }
        )
    }
}

/// A file of an event (Graph: attachment).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    pub id: String,
    pub name: Untrusted,
    /// Bytes, as the server counts them.
    pub size: u64,
    /// A picture inside the text.
    pub is_inline: bool,
    /// A link or a message, which has no content to save.
    pub is_elsewhere: bool,
}

impl File {
    /// A name for a folder of one's own: one part, without anything that could mean more.
    pub fn safe_name(&self) -> String {
        let cleaned = self.name.safe_line(Some(120)).into_string();
        let kept: String = cleaned
            .chars()
            .map(|letter| match letter {
                '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
                letter if letter.is_control() => '_',
                letter => letter,
            })
            .collect();
        let kept = kept.trim().trim_start_matches('.').trim();
        if kept.is_empty() {
            "attachment".into()
        } else {
            kept.to_owned()
        }
    }

    /// `12 KB`.
    pub fn size_text(&self) -> String {
        match self.size {
            bytes if bytes < 1024 => format!("{bytes} bytes"),
            bytes if bytes < 1024 * 1024 => format!("{} KB", bytes.div_ceil(1024)),
            bytes => format!(
                "{}.{} MB",
                bytes / 1_048_576,
                bytes % 1_048_576 * 10 / 1_048_576
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_its_folder() {
        let named = |name: &str| {
            let file = File {
                id: "1".into(),
                name: name.into(),
                size: 0,
                is_inline: false,
                is_elsewhere: false,
            };
            file.safe_name()
        };
        assert_eq!(named("offer v2.pdf"), "offer v2.pdf");
        assert_eq!(
            named("../../.ssh/authorized_keys"),
            "_.._.ssh_authorized_keys"
        );
        assert_eq!(
            named("..\\x\u{1b}[2J"),
            named("..\\x\u{1b}[2J").replace(['/', '\u{1b}'], "")
        );
        for name in ["", "..", ".", " . "] {
            assert_eq!(named(name), "attachment", "{name}");
        }
    }
}
