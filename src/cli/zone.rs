//! The viewer's time zone: what was asked for, else what the system says.
//!
//! An unknown name is never replaced silently when a person wrote it.

use super::exit::Trouble;
use crate::domain::text::Safe;
use crate::domain::zone::{Source, Zone, Zones};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use std::path::PathBuf;

/// The newer of the bundled rules and the system's.
pub(super) fn database() -> Zones {
    let directory = std::env::var_os("TZDIR")
        .filter(|value| !value.is_empty())
        .map(PathBuf::from);
    Zones::newest(Some(
        &directory.unwrap_or_else(|| "/usr/share/zoneinfo".into()),
    ))
}

/// `--tz`, else `TZ`, else the system's setting, else UTC.
pub(super) fn choose(zones: &Zones, asked: Option<&str>) -> Result<Zone, Trouble> {
    if let Some(name) = asked {
        return named(zones, name, "--tz");
    }
    if let Some(name) = std::env::var("TZ")
        .ok()
        .as_deref()
        .and_then(name_in_variable)
    {
        return named(zones, &name, "TZ");
    }
    let system = iana_time_zone::get_timezone().ok();
    Ok(system
        .and_then(|name| zones.find(&name).ok())
        .unwrap_or_else(Zone::utc))
}

/// The rules behind a zone, from the same database, as the screen takes them.
pub(super) fn rules(zones: &Zones, zone: &Zone) -> TimeZone {
    let system = match zones.source() {
        Source::System(folder) => std::fs::read(folder.join(zone.name())).ok(),
        Source::Bundled => None,
    };
    let rules = system.and_then(|bytes| TimeZone::tzif(zone.name(), &bytes).ok());
    rules
        .or_else(|| TimeZoneDatabase::bundled().get(zone.name()).ok())
        .unwrap_or(TimeZone::UTC)
}

/// `Europe/Berlin`, `:Europe/Berlin` or a path that ends in a name (POSIX TZ). A rule
/// such as `CET-1CEST` names no zone and is passed over.
fn name_in_variable(value: &str) -> Option<String> {
    let name = value.strip_prefix(':').unwrap_or(value);
    let name = name.split_once("zoneinfo/").map_or(name, |(_, tail)| tail);
    let is_rule = name.contains(',')
        || (!name.contains('/') && name.contains(|letter: char| letter.is_ascii_digit()));
    (!name.is_empty() && !is_rule && !name.starts_with('/')).then(|| name.to_owned())
}

fn named(zones: &Zones, name: &str, place: &str) -> Result<Zone, Trouble> {
    zones.find(name).map_err(|_| {
        let shown = Safe::line(name, Some(60));
        let hint = match nearest(&zones.names(), name) {
            Some(near) => format!("did you mean {near}?"),
            None => "write an IANA name such as Europe/Berlin".to_owned(),
        };
        Trouble::usage(format!(
            "{place} names no time zone that is known: \"{shown}\"; {hint}"
        ))
    })
}

/// The zone of that city, else the one with the fewest differing letters.
fn nearest<'a>(names: &'a [String], wrong: &str) -> Option<&'a str> {
    let wrong = wrong.to_lowercase().replace(' ', "_");
    let tail = |name: &str| name.rsplit('/').next().unwrap_or_default().to_lowercase();
    if let Some(city) = names.iter().find(|name| tail(name) == wrong) {
        return Some(city);
    }
    let distance = |name: &&String| {
        let whole = edits(&name.to_lowercase(), &wrong);
        if wrong.contains('/') {
            whole
        } else {
            whole.min(edits(&tail(name), &wrong))
        }
    };
    let best = names.iter().min_by_key(distance)?;
    (distance(&best) <= 3 && wrong.len() > 2).then_some(best)
}

/// Levenshtein's distance.
fn edits(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut next = vec![at + 1];
        for (column, known) in other.iter().enumerate() {
            let above = row.get(column + 1).copied().unwrap_or(usize::MAX - 1);
            let diagonal = row.get(column).copied().unwrap_or(usize::MAX - 1);
            let left = next.last().copied().unwrap_or(usize::MAX - 1);
            next.push(
                (diagonal + usize::from(letter != *known))
                    .min(above + 1)
                    .min(left + 1),
            );
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_variable_is_read() {
        for (value, name) in [
            ("Europe/Berlin", Some("Europe/Berlin")),
            (":America/New_York", Some("America/New_York")),
            ("/usr/share/zoneinfo/Asia/Tokyo", Some("Asia/Tokyo")),
            ("UTC", Some("UTC")),
            ("CET-1CEST,M3.5.0,M10.5.0/3", None),
            ("", None),
            ("/etc/localtime", None),
        ] {
            assert_eq!(name_in_variable(value).as_deref(), name, "{value}");
        }
    }

    #[test]
    fn an_unknown_zone_is_said_with_its_near_miss() {
        let zones = Zones::bundled();
        for (wrong, near) in [
            ("Berlin", "Europe/Berlin"),
            ("Europe/Berln", "Europe/Berlin"),
            ("new york", "America/New_York"),
        ] {
            let words = choose(&zones, Some(wrong)).unwrap_err().words;
            assert!(words.contains(near), "{words}");
        }
        let words = choose(&zones, Some("\u{1b}[2Jxxxxxxxxxxxxxxxx"))
            .unwrap_err()
            .words;
        assert!(
            !words.contains('\u{1b}') && words.contains("Europe/Berlin"),
            "{words}"
        );
    }

    #[test]
    fn windows_names_are_taken_too() {
        assert_eq!(
            choose(&Zones::bundled(), Some("W. Europe Standard Time"))
                .unwrap()
                .name(),
            "Europe/Berlin"
        );
    }
}
