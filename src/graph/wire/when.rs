//! Graph's `dateTimeTimeZone`, which we always ask for in UTC, as an instant.
//!
//! Refuses another zone than UTC: converting it here would hide that the server
//! ignored the preference. Any number of fractional digits is read, as
//! nanoseconds; years 1 to 9998 are (the ends of time are placeholders).

use super::lenient::{Text, object};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

object! {
    /// Graph: dateTimeTimeZone. Old samples spell it in Pascal case.
    WhenWire<'a> {
        "dateTime" | "DateTime" => date_time: Text<'a>,
        "timeZone" | "TimeZone" => time_zone: Text<'a>,
    }
}

/// Why an element of an answer was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skip {
    /// Not an object, or broken beyond repair.
    Garbled,
    /// Without an id, or with one no server would give.
    Id,
    /// Without a legible time.
    Time,
    /// In another zone than the one asked for.
    Zone,
}

impl Skip {
    pub fn words(self) -> &'static str {
        match self {
            Self::Garbled => "something that is not what was asked for",
            Self::Id => "an element without a usable id",
            Self::Time => "an event without a legible time",
            Self::Zone => "an event in another time zone than UTC",
        }
    }
}

/// Start and end; a missing end, or one before the start, is the start.
pub(crate) fn interval(
    start: &WhenWire<'_>,
    end: &WhenWire<'_>,
) -> Result<(Timestamp, Timestamp), Skip> {
    let from = instant(start)?;
    let to = match end.date_time.get() {
        None => from,
        Some(_) => instant(end)?,
    };
    Ok((from, to.max(from)))
}

fn instant(when: &WhenWire<'_>) -> Result<Timestamp, Skip> {
    if !is_utc(&when.time_zone) {
        return Err(Skip::Zone);
    }
    parsed(when.date_time.or_empty()).ok_or(Skip::Time)
}

/// A bare instant, always in UTC (Graph: DateTimeOffset).
pub(crate) fn moment(text: &Text<'_>) -> Option<Timestamp> {
    parsed(text.or_empty())
}

/// The stretch that somebody's time is taken: both ends are there, and in order.
pub(crate) fn stretch(
    start: &WhenWire<'_>,
    end: &WhenWire<'_>,
) -> Result<(Timestamp, Timestamp), Skip> {
    let (from, to) = (instant(start)?, instant(end)?);
    if to < from {
        return Err(Skip::Time);
    }
    Ok((from, to))
}

/// Absent means UTC: that is Graph's default.
fn is_utc(zone: &Text<'_>) -> bool {
    match zone.get() {
        None | Some("UTC" | "") => true,
        Some(_) => ["UTC", "Etc/UTC", "tzone://Microsoft/Utc", "Etc/GMT"]
            .into_iter()
            .any(|name| zone.is(name)),
    }
}

/// `YYYY-MM-DDTHH:MM:SS[.f…][Z]`, read by position: this runs twice per event.
fn parsed(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let (date_time, fraction) = bytes.split_at_checked(19)?;
    let mut digits = [0_i32; 19];
    for (place, (byte, digit)) in date_time.iter().zip(&mut digits).enumerate() {
        match (place, byte) {
            (4 | 7, b'-') | (10, b'T' | b't' | b' ') | (13 | 16, b':') => {}
            (4 | 7 | 10 | 13 | 16, _) => return None,
            (_, b'0'..=b'9') => *digit = i32::from(byte - b'0'),
            _ => return None,
        }
    }
    let [
        y0,
        y1,
        y2,
        y3,
        _,
        m0,
        m1,
        _,
        d0,
        d1,
        _,
        h0,
        h1,
        _,
        i0,
        i1,
        _,
        s0,
        s1,
    ] = digits;
    let year = y0 * 1000 + y1 * 100 + y2 * 10 + y3;
    if !(1..=9998).contains(&year) {
        return None;
    }
    // A leap second is shown as the second before it.
    let second = (s0 * 10 + s1).min(if s0 * 10 + s1 == 60 { 59 } else { 99 });
    let small = |number: i32| i8::try_from(number).ok();
    let civil = DateTime::new(
        i16::try_from(year).ok()?,
        small(m0 * 10 + m1)?,
        small(d0 * 10 + d1)?,
        small(h0 * 10 + h1)?,
        small(i0 * 10 + i1)?,
        small(second)?,
        nanoseconds(fraction)?,
    )
    .ok()?;
    Offset::UTC.to_timestamp(civil).ok()
}

fn nanoseconds(fraction: &[u8]) -> Option<i32> {
    let fraction = fraction.strip_suffix(b"Z").unwrap_or(fraction);
    let Some(digits) = fraction.strip_prefix(b".") else {
        return fraction.is_empty().then_some(0);
    };
    let mut nanoseconds = 0;
    for place in 0..9 {
        let digit = match digits.get(place) {
            Some(byte @ b'0'..=b'9') => i32::from(byte - b'0'),
            Some(_) => return None,
            None => 0,
        };
        nanoseconds = nanoseconds * 10 + digit;
    }
    digits
        .iter()
        .skip(9)
        .all(u8::is_ascii_digit)
        .then_some(nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<String> {
        parsed(text).map(|instant| instant.to_string())
    }

    #[test]
    fn any_number_of_fractional_digits_is_read() {
        let plain = Some("2026-10-05T07:00:00Z".to_owned());
        for text in [
            "2026-10-05T07:00:00",
            "2026-10-05T07:00:00Z",
            "2026-10-05T07:00:00.0000000",
            "2026-10-05T07:00:00.",
            "2026-10-05T07:00:00.0000000000000000",
        ] {
            assert_eq!(at(text), plain, "{text}");
        }
        assert_eq!(
            at("2026-10-05T07:00:00.1234567").as_deref(),
            Some("2026-10-05T07:00:00.1234567Z")
        );
        assert_eq!(
            at("2026-12-31T23:59:60").as_deref(),
            Some("2026-12-31T23:59:59Z")
        );
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "NaN",
            "0000-01-01T00:00:00",
            "9999-12-31T00:00:00",
            "2026-02-30T00:00:00",
            "2026-10-05T24:00:00",
            "2026-10-05T07:60:00",
            "2026-10-05",
            "2026-10-05T07:00",
            "2026-10-05T07:00:00+02:00",
            "2026-10-05T07:00:00.12x",
            "+026-10-05T07:00:00",
            "२०२६-10-05T07:00:00",
        ] {
            assert_eq!(at(text), None, "{text}");
        }
    }

    fn wire(date_time: &str, zone: &str) -> String {
        format!(r#"{{"dateTime":"{date_time}","timeZone":"{zone}"}}"#)
    }

    fn read(start: &str, end: &str) -> Result<(Timestamp, Timestamp), Skip> {
        interval(
            &serde_json::from_str(start).unwrap(),
            &serde_json::from_str(end).unwrap(),
        )
    }

    #[test]
    fn an_end_before_its_start_is_the_start() {
        let (start, end) = read(
            &wire("2026-10-05T07:00:00", "UTC"),
            &wire("2026-10-05T06:00:00", "tzone://Microsoft/Utc"),
        )
        .unwrap();
        assert_eq!(start, end);
    }

    #[test]
    fn another_zone_is_not_guessed() {
        let utc = wire("2026-10-05T07:00:00", "UTC");
        let pacific = wire("2026-10-05T07:00:00", "Pacific Standard Time");
        assert_eq!(read(&pacific, &utc), Err(Skip::Zone));
        assert_eq!(read(&utc, &pacific), Err(Skip::Zone));
        assert_eq!(read("null", &utc), Err(Skip::Time));
        assert!(read(&utc, "null").is_ok());
    }
}
