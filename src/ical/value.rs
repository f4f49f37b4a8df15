//! Values (RFC 5545 3.3): text, dates, times, durations, offsets from UTC. All pure and total:
//! what is no such value is None.

use super::event::Moment;
use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

/// TEXT without its escapes.
pub(super) fn text(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let mut letters = after.chars();
        match letters.next() {
            Some('n' | 'N') => plain.push('\n'),
            Some(other) => plain.push(other),
            None => plain.push('\\'),
        }
        rest = letters.as_str();
    }
    plain.push_str(rest);
    plain
}

/// A list of TEXT: commas divide, unless they are escaped.
pub(super) fn texts(value: &str) -> impl Iterator<Item = String> {
    let mut is_escaped = false;
    let parts = value.split(move |letter| {
        let divides = letter == ',' && !is_escaped;
        is_escaped = letter == '\\' && !is_escaped;
        divides
    });
    parts
        .map(|part| text(part.trim()))
        .filter(|part| !part.is_empty())
}

/// DATE or DATE-TIME, told apart by its shape: not everybody writes VALUE=DATE.
pub(super) fn moment(value: &str, zone: Option<&str>) -> Option<Moment> {
    let value = value.trim();
    let Some((day, clock)) = value.split_once(['T', 't']) else {
        return date(value).map(Moment::Date);
    };
    let is_utc = clock.ends_with(['Z', 'z']);
    let wall = date(day)?.to_datetime(time(clock.trim_end_matches(['Z', 'z']))?);
    if is_utc {
        return TimeZone::UTC.to_timestamp(wall).ok().map(Moment::Utc);
    }
    Some(match zone.map(str::trim).filter(|zone| !zone.is_empty()) {
        Some(zone) => Moment::Zoned(wall, zone.into()),
        None => Moment::Floating(wall),
    })
}

/// As the Windows clock and every calendar service can hold them.
const YEARS: std::ops::RangeInclusive<i16> = 1601..=4500;

fn date(value: &str) -> Option<Date> {
    if value.len() != 8 || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u32 = value.parse().ok()?;
    let year = i16::try_from(number / 10_000).ok()?;
    let month = i8::try_from(number / 100 % 100).ok()?;
    let day = i8::try_from(number % 100).ok()?;
    Date::new(year, month, day)
        .ok()
        .filter(|_| YEARS.contains(&year))
}

fn time(value: &str) -> Option<Time> {
    if value.len() != 6 || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u32 = value.parse().ok()?;
    let part = |number: u32| i8::try_from(number).ok();
    // A leap second is the second before it.
    let second = (number % 100).min(if number % 100 == 60 { 59 } else { 99 });
    Time::new(
        part(number / 10_000)?,
        part(number / 100 % 100)?,
        part(second)?,
        0,
    )
    .ok()
}

/// The floating or UTC wall time of a moment as written, for what has no zone of its own.
pub(super) fn wall(value: &str) -> Option<DateTime> {
    match moment(value, None)? {
        Moment::Date(date) => Some(date.to_datetime(Time::midnight())),
        Moment::Floating(wall) | Moment::Zoned(wall, _) => Some(wall),
        Moment::Utc(instant) => Some(TimeZone::UTC.to_datetime(instant)),
    }
}

/// DURATION: `-PT15M`, `P1DT2H`, `P2W`. A day has 24 hours here.
pub(super) fn duration(value: &str) -> Option<SignedDuration> {
    let value = value.trim();
    let (sign, rest) = match value.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, value.strip_prefix('+').unwrap_or(value)),
    };
    let rest = rest.strip_prefix(['P', 'p'])?;
    let mut seconds: i64 = 0;
    let mut number: Option<i64> = None;
    let mut has_unit = false;
    for letter in rest.chars() {
        if let Some(digit) = letter.to_digit(10) {
            let so_far = number.unwrap_or(0).checked_mul(10)?;
            number = Some(so_far.checked_add(digit.into())?);
            continue;
        }
        let unit = match letter.to_ascii_uppercase() {
            'T' if number.is_none() => continue,
            'W' => 7 * 86_400,
            'D' => 86_400,
            'H' => 3_600,
            'M' => 60,
            'S' => 1,
            _ => return None,
        };
        seconds = seconds.checked_add(number.take()?.checked_mul(unit)?)?;
        has_unit = true;
    }
    // A thousand years are nobody's meeting.
    let is_sane = has_unit && number.is_none() && seconds <= 1_000 * 366 * 86_400;
    is_sane.then(|| SignedDuration::from_secs(sign * seconds))
}

/// What of a DURATION is hours, minutes and seconds.
pub(super) fn exact_part(value: &str) -> SignedDuration {
    let value = value.trim();
    let time = value.split_once(['T', 't']).map(|(_, time)| time);
    let length = time.and_then(|time| duration(&format!("PT{time}")));
    let length = length.unwrap_or_default();
    if value.starts_with('-') {
        -length
    } else {
        length
    }
}

/// UTC-OFFSET in seconds, east positive: `+0100`, `-033000`.
pub(super) fn offset(value: &str) -> Option<i32> {
    let value = value.trim();
    let (sign, digits) = match value.split_at_checked(1)? {
        ("-", digits) => (-1, digits),
        ("+", digits) => (1, digits),
        _ => (1, value),
    };
    if !matches!(digits.len(), 4 | 6) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i32 = digits.parse().ok()?;
    let number = if digits.len() == 4 {
        number * 100
    } else {
        number
    };
    let seconds = number / 10_000 * 3_600 + number / 100 % 100 * 60 + number % 100;
    (seconds <= 26 * 3_600).then_some(sign * seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date as day;

    #[test]
    fn text_loses_its_escapes() {
        assert_eq!(text(r"a\, b\; c\\n\nd\Ne\x\"), "a, b; c\\n\nd\nex\\");
        let list: Vec<_> = texts(r"Work,Red\, blue,, x ").collect();
        assert_eq!(list, ["Work", "Red, blue", "x"]);
    }

    #[test]
    fn moments_are_told_by_their_shape() {
        let wall = day(2026, 3, 29).at(2, 30, 0, 0);
        assert_eq!(
            moment("20260329", Some("x")),
            Some(Moment::Date(day(2026, 3, 29)))
        );
        assert_eq!(
            moment("20260329T023000", None),
            Some(Moment::Floating(wall))
        );
        let zoned = Moment::Zoned(wall, "Europe/Berlin".into());
        assert_eq!(
            moment("20260329T023000", Some("Europe/Berlin")),
            Some(zoned)
        );
        let utc = "2026-03-29T02:30:00Z".parse().unwrap();
        assert_eq!(
            moment(" 20260329T023000Z", Some("x")),
            Some(Moment::Utc(utc))
        );
        for wrong in [
            "",
            "T",
            "20260230",
            "20260101T250000",
            "2026-01-01",
            "00010101",
            "99990101T000000Z",
            "20260101T1",
            "２0260101",
        ] {
            assert_eq!(moment(wrong, None), None, "{wrong}");
        }
        assert!(moment("20161231T235960Z", None).is_some());
    }

    #[test]
    fn durations_and_offsets() {
        let minutes = |value| duration(value).map(|length| length.as_secs() / 60);
        assert_eq!(minutes("-PT15M"), Some(-15));
        assert_eq!(minutes("P1DT2H5M"), Some(1565));
        assert_eq!(minutes("+P2W"), Some(20_160));
        for wrong in [
            "",
            "P",
            "PT",
            "15M",
            "P1",
            "P99999999999999999999D",
            "P9999999W",
            "PT1X",
        ] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
        let exact = |value| exact_part(value).as_mins();
        assert_eq!(
            ["P1DT2H5M", "PT24H", "P1D", "-PT15M", "x"].map(exact),
            [125, 1_440, 0, -15, 0]
        );
        assert_eq!(offset("+0530"), Some(19_800));
        assert_eq!(offset("-033015"), Some(-12_615));
        assert_eq!(offset("0100"), Some(3_600));
        assert_eq!(offset("+9900"), None);
        assert_eq!(offset("é100"), None);
    }
}
