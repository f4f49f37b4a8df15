//! Dates in words: "26", "26 nov", "2026-11-26", "tomorrow", "mon", "next friday", "+2w".

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// The day that `text` names. Days without month or year are the next such days
/// from `today` on; `+2w` and relatives count from `cursor`.
pub fn understood(text: &str, today: Date, cursor: Date) -> Option<Date> {
    let text = text.trim().to_lowercase().replace([',', '.'], " ");
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        ["today" | "now"] => Some(today),
        ["tomorrow" | "tom"] => today.tomorrow().ok(),
        ["yesterday"] => today.yesterday().ok(),
        ["next", "week"] => Some(today.saturating_add(1.week())),
        ["next", "month"] => Some(today.saturating_add(1.month())),
        ["last", "week"] => Some(today.saturating_sub(1.week())),
        ["last", "month"] => Some(today.saturating_sub(1.month())),
        ["next", name] => next_weekday(weekday(name)?, today, true),
        ["last", name] => last_weekday(weekday(name)?, today),
        ["week", number] => iso_week(number.parse().ok()?, today),
        ["in", number, unit] => shifted(today, number.parse().ok()?, unit),
        [one] => single(one, today, cursor),
        [a, b] => day_month(a, b, today),
        [a, b, year] => {
            let year = year.parse().ok().filter(|year| (1..=9999).contains(year))?;
            let (day, month) = day_and_month(a, b)?;
            Date::new(year, month, day).ok()
        }
        _ => None,
    }
}

fn single(word: &str, today: Date, cursor: Date) -> Option<Date> {
    if let Ok(day) = word.parse::<Date>() {
        return Some(day);
    }
    if let Some(rest) = word.strip_prefix(['+', '-']) {
        let sign = if word.starts_with('-') { -1 } else { 1 };
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let unit = rest.get(digits.len()..)?;
        let number: i32 = digits.parse().ok()?;
        return shifted(
            cursor,
            sign * number,
            if unit.is_empty() { "d" } else { unit },
        );
    }
    if let Ok(day) = word.parse::<i8>() {
        return day_of_month(day, today);
    }
    if let Some((day, month)) = word.split_once('/') {
        let (day, month) = (day.parse().ok()?, month.parse().ok()?);
        return in_year(day, month, today);
    }
    if let Some(weekday) = weekday(word) {
        return next_weekday(weekday, today, false);
    }
    month(word).and_then(|month| in_year(1, month, today))
}

/// The next day with this number, this month's if it is still to come.
fn day_of_month(day: i8, today: Date) -> Option<Date> {
    (0..12)
        .map(|months| today.first_of_month().saturating_add(months.months()))
        .filter_map(|first| Date::new(first.year(), first.month(), day).ok())
        .find(|date| *date >= today)
}

fn day_month(a: &str, b: &str, today: Date) -> Option<Date> {
    let (day, month) = day_and_month(a, b)?;
    in_year(day, month, today)
}

fn day_and_month(a: &str, b: &str) -> Option<(i8, i8)> {
    let number = |text: &str| {
        let digits = text.trim_end_matches(|letter: char| letter.is_alphabetic());
        digits.parse::<i8>().ok()
    };
    match (month(b), month(a)) {
        (Some(month), _) => Some((number(a)?, month)),
        (None, Some(month)) => Some((number(b)?, month)),
        (None, None) => Some((a.parse().ok()?, b.parse().ok()?)),
    }
}

/// Of this year or the next: the nearest one not more than half a year ago.
fn in_year(day: i8, month: i8, today: Date) -> Option<Date> {
    let half_ago = today.saturating_sub(6.months());
    (0..9)
        .filter_map(|years| Date::new(today.year() + years - 1, month, day).ok())
        .find(|date| *date >= half_ago)
}

fn shifted(day: Date, number: i32, unit: &str) -> Option<Date> {
    let number = i64::from(number.clamp(-9999, 9999));
    let span = match unit {
        "d" | "day" | "days" => number.days(),
        "w" | "week" | "weeks" => number.weeks(),
        "m" | "month" | "months" => number.months(),
        "y" | "year" | "years" => number.years(),
        _ => return None,
    };
    day.checked_add(span).ok()
}

fn next_weekday(weekday: Weekday, today: Date, next: bool) -> Option<Date> {
    let mut away = i32::from(weekday.since(today.weekday()));
    if next && away == 0 {
        away = 7;
    }
    today.checked_add(away.days()).ok()
}

fn last_weekday(weekday: Weekday, today: Date) -> Option<Date> {
    let away = i32::from(today.weekday().since(weekday));
    today
        .checked_sub((if away == 0 { 7 } else { away }).days())
        .ok()
}

fn iso_week(number: i8, today: Date) -> Option<Date> {
    let year = today.iso_week_date().year();
    let date = jiff::civil::ISOWeekDate::new(year, number, Weekday::Monday).ok()?;
    Some(date.date())
}

/// `mon`, `friday`: two letters at least.
pub fn weekday(name: &str) -> Option<Weekday> {
    const NAMES: [(&str, Weekday); 7] = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    let mut known = NAMES.iter();
    let found = known.find(|(known, _)| name.len() >= 2 && known.starts_with(name))?;
    Some(found.1)
}

/// `nov`, `november`: three letters at least.
pub fn month(name: &str) -> Option<i8> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    if name.chars().count() < 3 {
        return None;
    }
    let index = NAMES.iter().position(|known| known.starts_with(name))?;
    i8::try_from(index + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn dates_are_understood_as_people_say_them() {
        let today = date(2026, 11, 26); // a Thursday
        let cases = [
            ("26", date(2026, 11, 26)),
            ("25", date(2026, 12, 25)),
            ("31", date(2026, 12, 31)),
            ("26 nov", date(2026, 11, 26)),
            ("nov 26", date(2026, 11, 26)),
            ("26th november 2027", date(2027, 11, 26)),
            ("3 feb", date(2027, 2, 3)),
            ("2026-11-26", date(2026, 11, 26)),
            ("29 2", date(2028, 2, 29)),
            ("tomorrow", date(2026, 11, 27)),
            ("mon", date(2026, 11, 30)),
            ("thu", date(2026, 11, 26)),
            ("next thursday", date(2026, 12, 3)),
            ("next friday", date(2026, 11, 27)),
            ("last mon", date(2026, 11, 23)),
            ("+2w", date(2026, 12, 15)),
            ("-1m", date(2026, 11, 1)),
            ("+10", date(2026, 12, 11)),
            ("in 3 days", date(2026, 11, 29)),
            ("week 12", date(2026, 3, 16)),
        ];
        for (text, day) in cases {
            assert_eq!(
                understood(text, today, date(2026, 12, 1)),
                Some(day),
                "{text}"
            );
        }
        for text in ["", "x", "32", "99 nov", "+2q", "tu es", "👻", "30 feb 2026"] {
            assert_eq!(understood(text, today, today), None, "{text}");
        }
    }
}
