//! Rules in words: "every 2 weeks on mon and thu", "every month on the last friday",
//! "every year on 3 march". Whatever [`Recurrence::sentence`] says is read back as the same rule.

use crate::domain::date_words::{month, weekday};
use crate::domain::recurrence::{Index, Pattern, Weekdays};
use jiff::civil::Weekday;

/// The pattern at the beginning of `words` (in lower case, without commas at their ends), and how
/// many words it has. Days that were not said are left open: 0, or no weekday.
pub(super) fn pattern(words: &[&str]) -> Option<(Pattern, usize)> {
    match *words.first()? {
        "daily" => Some((Pattern::Daily { interval: 1 }, 1)),
        "weekly" => Some((weekly(1, Weekdays::default()), 1)),
        "monthly" => Some((monthly(1, 0), 1)),
        "yearly" => Some((yearly(1, 0, 0), 1)),
        "every" => every(words),
        _ => None,
    }
}

fn every(words: &[&str]) -> Option<(Pattern, usize)> {
    let (interval, lead) = match *words.get(1)? {
        "other" | "second" => (2, 2),
        number => number.parse().map_or((1, 1), |number: u16| (number, 2)),
    };
    if !(1..=99).contains(&interval) {
        return None;
    }
    let rest = words.get(lead + 1..).unwrap_or_default();
    let (pattern, taken) = match *words.get(lead)? {
        "day" | "days" => (Pattern::Daily { interval }, 0),
        "weekday" | "workday" => (weekly(interval, Weekdays::WORKDAYS), 0),
        "week" | "weeks" => match weekdays_after_on(rest) {
            Some((days, taken)) => (weekly(interval, days), taken),
            None => (weekly(interval, Weekdays::default()), 0),
        },
        "month" | "months" => of_month(interval, rest).unwrap_or((monthly(interval, 0), 0)),
        "year" | "years" => of_year(interval, rest).unwrap_or((yearly(interval, 0, 0), 0)),
        _ => {
            let (days, taken) = names(words.get(lead..)?)?;
            return Some((weekly(interval, days), lead + taken));
        }
    };
    Some((pattern, lead + 1 + taken))
}

fn weekly(interval: u16, days: Weekdays) -> Pattern {
    Pattern::Weekly {
        interval,
        days,
        week_start: Weekday::Monday,
    }
}

fn monthly(interval: u16, day: u8) -> Pattern {
    Pattern::AbsoluteMonthly { interval, day }
}

fn yearly(interval: u16, month: u8, day: u8) -> Pattern {
    Pattern::AbsoluteYearly {
        interval,
        month,
        day,
    }
}

/// "on monday and thursday", "on weekdays", "on all days".
fn weekdays_after_on(words: &[&str]) -> Option<(Weekdays, usize)> {
    match words {
        ["on", "weekdays", ..] => Some((Weekdays::WORKDAYS, 2)),
        ["on", "all", "days", ..] => Some((Weekdays::ALL, 3)),
        ["on", rest @ ..] => names(rest).map(|(days, taken)| (days, taken + 1)),
        _ => None,
    }
}

/// "on day 15", "on the 15th", "on the last day", "on the second tuesday".
fn of_month(interval: u16, words: &[&str]) -> Option<(Pattern, usize)> {
    match words {
        ["on", "day", number, ..] => Some((monthly(interval, day_number(number)?), 3)),
        ["on", "the", "last", "day", ..] => Some((monthly(interval, 31), 4)),
        ["on", "the", rest @ ..] => {
            if let Some((index, days, taken)) = ranked(rest) {
                let pattern = Pattern::RelativeMonthly {
                    interval,
                    days,
                    index,
                };
                return Some((pattern, taken + 2));
            }
            Some((monthly(interval, day_number(rest.first()?)?), 3))
        }
        _ => None,
    }
}

/// "on 3 march", "on march 3", "on the last friday of may".
fn of_year(interval: u16, words: &[&str]) -> Option<(Pattern, usize)> {
    let month = |word: &str| month(word).map(i8::unsigned_abs);
    match words {
        ["on", "the", rest @ ..] => {
            let (index, days, taken) = ranked(rest)?;
            let ["of", name, ..] = rest.get(taken..)? else {
                return None;
            };
            let pattern = Pattern::RelativeYearly {
                interval,
                month: month(name)?,
                days,
                index,
            };
            Some((pattern, taken + 4))
        }
        ["on", a, b, ..] => {
            let (day, month) = match (month(b), month(a)) {
                (Some(month), _) => (day_number(a)?, month),
                (None, Some(month)) => (day_number(b)?, month),
                (None, None) => return None,
            };
            Some((yearly(interval, month, day), 3))
        }
        _ => None,
    }
}

/// "last friday", "first weekday", "second monday or tuesday".
fn ranked(words: &[&str]) -> Option<(Index, Weekdays, usize)> {
    let index = match *words.first()? {
        "first" | "1st" => Index::First,
        "second" | "2nd" => Index::Second,
        "third" | "3rd" => Index::Third,
        "fourth" | "4th" => Index::Fourth,
        "last" => Index::Last,
        _ => return None,
    };
    let rest = words.get(1..)?;
    let (days, taken) = match rest {
        ["day", ..] => (Weekdays::ALL, 1),
        ["weekday" | "workday", ..] => (Weekdays::WORKDAYS, 1),
        ["weekend", "day", ..] => (Weekdays::WEEKEND, 2),
        _ => names(rest)?,
    };
    Some((index, days, taken + 1))
}

/// "mon", "mon and wed", "mon, wed, fri", "mon or tue".
fn names(words: &[&str]) -> Option<(Weekdays, usize)> {
    let mut days = Weekdays::default();
    let mut taken = 0;
    while let Some(word) = words.get(taken) {
        let is_joined = matches!(*word, "and" | "or" | "&") && !days.is_empty();
        if is_joined && words.get(taken + 1).is_some_and(|next| is_weekday(next)) {
            taken += 1;
            continue;
        }
        let parts: Vec<Option<Weekday>> = word
            .split(',')
            .map(|part| weekday(part).filter(|_| is_weekday(part)))
            .collect();
        if parts.iter().any(Option::is_none) {
            break;
        }
        days = parts.into_iter().flatten().fold(days, Weekdays::with);
        taken += 1;
    }
    (!days.is_empty()).then_some((days, taken))
}

/// Three letters at least: "mo" and "we" are words of a subject as well.
pub(super) fn is_weekday(word: &str) -> bool {
    word.len() >= 3 && weekday(word).is_some()
}

/// "15", "15th".
fn day_number(text: &str) -> Option<u8> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
    digits.parse().ok().filter(|day| (1..=31).contains(day))
}
