//! Things done on the server at once or not at all: calendars, and files of an event. They mail
//! nobody, can be seen to have happened, and are not queued.

use super::ids::{CalendarId, EventId};
use super::text::Untrusted;
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
        !matches!(self, Self::Files { .. } | Self::Fetch { .. })
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
