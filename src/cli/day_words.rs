//! Days, times and durations as the command line writes them. English, 24 hours.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::domain::zone::Zone;

/// `Thursday 26 November 2026`.
pub(super) fn long(day: Date) -> String {
    day.strftime("%A %-d %B %Y").to_string()
}

/// `Thu 26 Nov`.
pub(super) fn short(day: Date) -> String {
    day.strftime("%a %-d %b").to_string()
}

/// "today", "tomorrow" or nothing.
pub(super) fn relation(day: Date, today: Date) -> &'static str {
    match (day - today).get_days() {
        0 => "today",
        1 => "tomorrow",
        -1 => "yesterday",
        _ => "",
    }
}

/// `09:30` on the zone's clock.
pub(super) fn time(zone: &Zone, instant: Timestamp) -> String {
    zone.wall(instant).strftime("%H:%M").to_string()
}

/// RFC 3339 with the zone's offset, to the second.
pub(super) fn rfc3339(zone: &Zone, instant: Timestamp) -> String {
    format!(
        "{}{}",
        zone.wall(instant).strftime("%Y-%m-%dT%H:%M:%S"),
        zone.offset_label(instant)
    )
}

/// `3 min`, `2 h`, `1 h 30`, `4 days`; never negative.
pub(super) fn length(duration: SignedDuration) -> String {
    let minutes = (duration.as_secs().max(0) + 59) / 60;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) if hours < 48 => format!("{hours} h"),
        (hours, minutes) if hours < 24 => format!("{hours} h {minutes:02}"),
        (hours, _) if hours < 48 => format!("{hours} h"),
        (hours, _) => format!("{} days", hours / 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::zone::Zones;

    #[test]
    fn instants_carry_the_offset_of_their_day() {
        let berlin = Zones::bundled().find("Europe/Berlin").unwrap();
        let at = |text: &str| rfc3339(&berlin, text.parse().unwrap());
        assert_eq!(at("2026-10-25T00:30:00Z"), "2026-10-25T02:30:00+02:00");
        assert_eq!(at("2026-10-25T01:30:00Z"), "2026-10-25T02:30:00+01:00");
    }

    #[test]
    fn lengths_are_short() {
        for (seconds, words) in [
            (30, "1 min"),
            (-5, "0 min"),
            (3600, "1 h"),
            (5400, "1 h 30"),
            (200_000, "2 days"),
        ] {
            assert_eq!(length(SignedDuration::from_secs(seconds)), words);
        }
    }
}
