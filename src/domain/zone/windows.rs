//! Windows zone names to IANA names and back, by CLDR's table as ICU ships it.
//!
//! Where ICU keeps only the first zone of a territory, a small table has the others.
//!
//! Refuses to guess: a name CLDR does not list has no answer here. One Windows name stands for many
//! IANA zones; the way to IANA takes the table's default territory ("001"), the way back finds the
//! Windows name of any territory that lists the zone.

use std::collections::HashMap;
use std::sync::OnceLock;

use icu_time::zone::iana::IanaParserExtended;
use icu_time::zone::{IanaParser, WindowsParser};

use super::windows_names::{FURTHER_ZONES, WINDOWS_NAMES};

/// The IANA name that a Windows name stands for when no territory is known.
pub(super) fn iana_of(windows: &str) -> Option<&'static str> {
    let listed = listed(windows)?;
    let id = WindowsParser::new().parse(listed, None)?;
    canonical_names().get(id.as_str()).copied()
}

/// The spelling in the table of a Windows name written in any case.
pub(super) fn listed(windows: &str) -> Option<&'static str> {
    if let Ok(at) = WINDOWS_NAMES.binary_search(&windows) {
        return WINDOWS_NAMES.get(at).copied();
    }
    WINDOWS_NAMES
        .iter()
        .find(|name| name.eq_ignore_ascii_case(windows))
        .copied()
}

/// The Windows name whose territories list this IANA zone (or an alias of it).
pub(super) fn windows_of(iana: &str) -> Option<&'static str> {
    let id = IanaParser::new().parse(iana);
    if id.is_unknown() {
        return None;
    }
    reverse().get(id.as_str()).copied()
}

/// All Windows names with the IANA zone of their default territory.
pub(super) fn defaults() -> impl Iterator<Item = (&'static str, &'static str)> {
    WINDOWS_NAMES
        .iter()
        .filter_map(|name| iana_of(name).map(|iana| (*name, iana)))
}

fn canonical_names() -> &'static HashMap<String, &'static str> {
    static NAMES: OnceLock<HashMap<String, &'static str>> = OnceLock::new();
    NAMES.get_or_init(|| {
        IanaParserExtended::new()
            .iter()
            .map(|zone| (zone.time_zone.as_str().to_owned(), zone.canonical))
            .collect()
    })
}

/// Built on the first question only: it asks the table for each name in each two-letter territory.
fn reverse() -> &'static HashMap<String, &'static str> {
    static MAP: OnceLock<HashMap<String, &'static str>> = OnceLock::new();
    MAP.get_or_init(|| {
        let parser = WindowsParser::new();
        let mut map = HashMap::new();
        for name in WINDOWS_NAMES {
            if let Some(id) = parser.parse(name, None) {
                map.insert(id.as_str().to_owned(), *name);
            }
        }
        for (iana, name) in FURTHER_ZONES {
            let id = IanaParser::new().parse(iana);
            map.entry(id.as_str().to_owned()).or_insert(*name);
        }
        for name in WINDOWS_NAMES {
            for territory in territories() {
                let Ok(region) = territory.parse() else {
                    continue;
                };
                if let Some(id) = parser.parse(name, Some(region)) {
                    map.entry(id.as_str().to_owned()).or_insert(name);
                }
            }
        }
        map
    })
}

/// All codes of the form AA to ZZ; most name no territory and find nothing.
fn territories() -> impl Iterator<Item = String> {
    ('A'..='Z').flat_map(|first| ('A'..='Z').map(move |second| format!("{first}{second}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_name_has_a_zone() {
        assert!(WINDOWS_NAMES.is_sorted());
        let missing: Vec<_> = WINDOWS_NAMES
            .iter()
            .filter(|name| iana_of(name).is_none())
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn common_names_both_ways() {
        for (windows, iana) in [
            ("W. Europe Standard Time", "Europe/Berlin"),
            ("India Standard Time", "Asia/Kolkata"),
            ("Pacific Standard Time", "America/Los_Angeles"),
            ("British Columbia Standard Time", "America/Vancouver"),
            ("GMT Standard Time", "Europe/London"),
            ("Line Islands Standard Time", "Pacific/Kiritimati"),
        ] {
            assert_eq!(iana_of(windows), Some(iana));
            assert_eq!(windows_of(iana), Some(windows));
        }
        assert_eq!(iana_of("w. europe standard time"), Some("Europe/Berlin"));
        assert_eq!(windows_of("Asia/Calcutta"), Some("India Standard Time"));
        assert_eq!(windows_of("Europe/Vienna"), Some("W. Europe Standard Time"));
        assert_eq!(
            windows_of("America/Monterrey"),
            Some("Central Standard Time (Mexico)")
        );
        assert_eq!(windows_of("GMT"), Some("UTC"));
        assert!(
            FURTHER_ZONES
                .iter()
                .all(|(_, name)| listed(name) == Some(*name))
        );
        assert_eq!(iana_of("Customized Time Zone"), None);
        assert_eq!(windows_of("Mars/Olympus"), None);
    }
}
