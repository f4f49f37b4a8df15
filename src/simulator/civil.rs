//! Calendar arithmetic without zones: day numbers and wall-clock times.
//!
//! Refuses zones and instants of its own; a `Wall` becomes an instant only in `zone`.
//! Invariant: a `Day` counts days since 1970-01-01 in the proleptic Gregorian calendar.

/// Days since 1970-01-01.
pub type Day = i32;

pub const DAY_MS: i64 = 86_400_000;

/// A wall-clock time: milliseconds since 1970-01-01T00:00 on some clock, zone unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wall(pub i64);

impl Wall {
    pub fn at(day: Day, ms_of_day: i64) -> Self {
        Self(i64::from(day) * DAY_MS + ms_of_day)
    }

    pub fn day(self) -> Day {
        Day::try_from(self.0.div_euclid(DAY_MS)).unwrap_or(0)
    }

    pub fn ms_of_day(self) -> i64 {
        self.0.rem_euclid(DAY_MS)
    }

    pub fn is_midnight(self) -> bool {
        self.ms_of_day() == 0
    }

    /// `YYYY-MM-DDTHH:MM:SS[.f…]` or a bare date; anything behind it is refused.
    pub fn parse(text: &str) -> Option<Self> {
        let (wall, rest) = parse_prefix(text)?;
        rest.is_empty().then_some(wall)
    }

    /// Seven fractional digits and no offset, as Graph writes `dateTimeTimeZone.dateTime`.
    pub fn text(self) -> String {
        let (year, month, day) = date_of(self.day());
        let ms = self.ms_of_day();
        let seconds = ms / 1000;
        format!(
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}0000",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60,
            ms % 1000
        )
    }
}

/// Milliseconds since the epoch of an RFC 3339 time; without an offset it is read as UTC
/// (Graph: calendarView, startDateTime).
pub fn parse_instant(text: &str) -> Option<i64> {
    let (wall, rest) = parse_prefix(text.trim())?;
    let offset_minutes = match rest {
        "" | "Z" | "z" => 0,
        _ => {
            let sign = match rest.chars().next()? {
                '+' | ' ' => 1,
                '-' => -1,
                _ => return None,
            };
            let digits: String = rest.chars().skip(1).filter(|c| *c != ':').collect();
            let value: i64 = digits.parse().ok()?;
            match digits.len() {
                2 => sign * value * 60,
                4 => sign * (value / 100 * 60 + value % 100),
                _ => return None,
            }
        }
    };
    Some(wall.0 - offset_minutes * 60_000)
}

/// An instant as `YYYY-MM-DDTHH:MM:SS.fffffffZ`.
pub fn instant_text(ms: i64) -> String {
    let mut text = Wall(ms).text();
    text.push('Z');
    text
}

/// An instant as `YYYY-MM-DDTHH:MM:SSZ`, the form of `responseStatus.time`.
pub fn instant_short(ms: i64) -> String {
    let text = Wall(ms).text();
    let mut short: String = text.chars().take(19).collect();
    short.push('Z');
    short
}

pub fn date_text(day: Day) -> String {
    let (year, month, day) = date_of(day);
    format!("{year:04}-{month:02}-{day:02}")
}

pub fn parse_date(text: &str) -> Option<Day> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 || month.len() != 2 || day.len() != 2 {
        return None;
    }
    day_of(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// `None` for dates that do not exist.
pub fn day_of(year: i32, month: u32, day: u32) -> Option<Day> {
    if !(1..=12).contains(&month) || day < 1 || day > month_length(year, month) {
        return None;
    }
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let month_index = i32::try_from((month + 9) % 12).ok()?;
    let day_of_year = (153 * month_index + 2) / 5 + i32::try_from(day).ok()? - 1;
    Some(
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year
            - 719_468,
    )
}

/// Year, month (1–12) and day of month.
pub fn date_of(day: Day) -> (i32, u32, u32) {
    let shifted = i64::from(day) + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 {
        month_index + 3
    } else {
        month_index - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (
        i32::try_from(year).unwrap_or(0),
        u32::try_from(month).unwrap_or(1),
        u32::try_from(day_of_month).unwrap_or(1),
    )
}

/// 0 is Sunday.
pub fn weekday(day: Day) -> u8 {
    u8::try_from((i64::from(day) + 4).rem_euclid(7)).unwrap_or(0)
}

pub fn month_length(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

fn parse_prefix(text: &str) -> Option<(Wall, &str)> {
    let day = parse_date(text.get(..10)?)?;
    let rest = text.get(10..)?;
    let Some(clock) = rest.strip_prefix(['T', 't']) else {
        return Some((Wall::at(day, 0), rest));
    };
    let number = |range: std::ops::Range<usize>| clock.get(range)?.parse::<i64>().ok();
    if clock.get(2..3)? != ":" {
        return None;
    }
    let (hour, minute) = (number(0..2)?, number(3..5)?);
    let mut rest = clock.get(5..)?;
    let mut ms = 0;
    if let Some(after) = rest.strip_prefix(':') {
        ms = after.get(..2)?.parse::<i64>().ok()? * 1000;
        rest = after.get(2..)?;
        if let Some(fraction) = rest.strip_prefix('.') {
            let digits = fraction.chars().take_while(char::is_ascii_digit).count();
            let padded: String = fraction
                .chars()
                .take(digits.min(3))
                .chain("000".chars())
                .take(3)
                .collect();
            ms += padded.parse::<i64>().ok()?;
            rest = fraction.get(digits..)?;
        }
    }
    if hour > 23 || minute > 59 || ms >= 60_000 || hour < 0 || minute < 0 {
        return None;
    }
    Some((Wall::at(day, hour * 3_600_000 + minute * 60_000 + ms), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_four_centuries_survives_the_round_trip() {
        let first = day_of(1899, 12, 31).unwrap();
        for day in first..first + 146_100 {
            let (year, month, date) = date_of(day);
            assert_eq!(day_of(year, month, date), Some(day));
        }
        assert_eq!(day_of(1970, 1, 1), Some(0));
        assert_eq!(weekday(0), 4);
        assert_eq!(day_of(2026, 2, 29), None);
    }

    #[test]
    fn times_are_read_with_any_number_of_digits() {
        let eight = Wall::parse("2026-10-05T08:00:00").unwrap();
        assert_eq!(Wall::parse("2026-10-05T08:00:00.0000000"), Some(eight));
        assert_eq!(Wall::parse("2026-10-05T08:00"), Some(eight));
        assert_eq!(eight.text(), "2026-10-05T08:00:00.0000000");
        assert_eq!(Wall::parse("2026-10-05T25:00:00"), None);
        assert_eq!(
            parse_instant("2026-10-05T10:00:00+02:00"),
            parse_instant("2026-10-05T08:00:00Z")
        );
    }
}
