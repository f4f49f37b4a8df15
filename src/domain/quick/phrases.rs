//! The phrases a line of quick add may hold, each recognised by its words alone.

use super::Word;
use super::rules::{self, is_weekday};
use crate::domain::date_words::{month, understood};
use crate::domain::recurrence::{Range, Recurrence};
use jiff::civil::{Date, Time};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Phrase {
    Day(Date),
    /// From, and to when it was said.
    Time(Time, Option<Time>),
    Minutes(i64),
    Days(i32),
    AllDay,
    Rule(Recurrence),
    /// Of a rule that was said before.
    End(Range),
    Category(String),
}

/// Longest length that is taken for one: a month.
const MINUTES_AT_MOST: i64 = 31 * 24 * 60;

/// The phrase at the beginning of `rest`, and how many words it has.
pub(super) fn phrase(rest: &[Word], today: Date) -> Option<(Phrase, usize)> {
    let words: Vec<String> = rest
        .iter()
        .take(16)
        .take_while(|word| !word.is_quoted)
        .map(|word| word.text.to_lowercase())
        .collect();
    let words: Vec<&str> = words
        .iter()
        .map(|word| word.trim_end_matches(','))
        .collect();
    let first = *words.first()?;
    if let Some(name) = first.strip_prefix('#').filter(|name| !name.is_empty()) {
        // As it was typed: a category's name has its case.
        let typed = rest
            .first()
            .map_or(name, |word| word.text.trim_start_matches('#'));
        return Some((Phrase::Category(typed.to_owned()), 1));
    }
    if first == "all" && words.get(1) == Some(&"day") {
        return Some((Phrase::AllDay, 2));
    }
    rule(&words)
        .or_else(|| end(&words, today))
        .or_else(|| length(&words))
        .or_else(|| time(&words))
        .or_else(|| day(&words, today))
}

/// "for 45m", "for 1h30", "for 2 hours", "for 3 days", "for an hour".
fn length(words: &[&str]) -> Option<(Phrase, usize)> {
    if *words.first()? != "for" {
        return None;
    }
    let amount = *words.get(1)?;
    if matches!(amount, "a" | "an" | "half") {
        let unit = words.get(if amount == "half" { 3 } else { 2 });
        return match (amount, unit) {
            ("half", Some(&"hour")) => Some((Phrase::Minutes(30), 4)),
            ("an" | "a", Some(&"hour")) => Some((Phrase::Minutes(60), 3)),
            ("a", Some(&"day")) => Some((Phrase::Days(1), 3)),
            ("a", Some(&"week")) => Some((Phrase::Days(7), 3)),
            _ => None,
        };
    }
    if let Some(minutes) = compact(amount) {
        return Some((Phrase::Minutes(minutes), 2));
    }
    if let Some(days) = amount.strip_suffix('d').and_then(|days| days.parse().ok()) {
        return days_of(days, 2);
    }
    let number: i64 = amount.parse().ok()?;
    match *words.get(2)? {
        "m" | "min" | "mins" | "minute" | "minutes" => minutes_of(number, 3),
        "h" | "hour" | "hours" => minutes_of(number.checked_mul(60)?, 3),
        "d" | "day" | "days" => days_of(number, 3),
        "w" | "week" | "weeks" => days_of(number.checked_mul(7)?, 3),
        _ => None,
    }
}

fn minutes_of(minutes: i64, taken: usize) -> Option<(Phrase, usize)> {
    (1..=MINUTES_AT_MOST)
        .contains(&minutes)
        .then_some((Phrase::Minutes(minutes), taken))
}

fn days_of(days: i64, taken: usize) -> Option<(Phrase, usize)> {
    let days = i32::try_from(days).ok()?;
    (1..=366)
        .contains(&days)
        .then_some((Phrase::Days(days), taken))
}

/// "45m", "90min", "1h", "1h30", "1h30m", "1.5h".
fn compact(text: &str) -> Option<i64> {
    let minutes = if let Some((hours, rest)) = text.split_once('h') {
        let rest = rest.trim_end_matches("our").trim_end_matches("ours");
        let rest = rest.trim_end_matches("min").trim_end_matches('m');
        let more: i64 = if rest.is_empty() {
            0
        } else {
            rest.parse().ok()?
        };
        match hours.split_once('.') {
            Some((whole, "5")) => whole.parse::<i64>().ok()?.checked_mul(60)? + 30,
            Some(_) => return None,
            None => hours
                .parse::<i64>()
                .ok()?
                .checked_mul(60)?
                .checked_add(more)?,
        }
    } else {
        let digits = text
            .strip_suffix("min")
            .or_else(|| text.strip_suffix('m'))?;
        digits.parse().ok()?
    };
    (1..=MINUTES_AT_MOST).contains(&minutes).then_some(minutes)
}

/// "14:30", "14:30-15:15", "at 14", "2pm", "from 14 to 15:30", "14:30 to 15:15", "noon".
fn time(words: &[&str]) -> Option<(Phrase, usize)> {
    let (first, lead) = match *words.first()? {
        "at" | "from" => (*words.get(1)?, 1),
        word => (word, 0),
    };
    // A bare number is a time only after "at" or "from".
    let is_led = lead > 0;
    if let Some((from, to)) = first.split_once(['-', '–']) {
        let from_time = clock(from, is_led || to.contains(':') || is_half_day(to))?;
        let to_time = clock(to, true)?;
        let from_time = same_half(from, from_time, to);
        return Some((Phrase::Time(from_time, Some(to_time)), lead + 1));
    }
    let from = clock(first, is_led)?;
    let is_to = matches!(
        words.get(lead + 1),
        Some(&("to" | "until" | "till" | "-" | "–"))
    );
    let to = words
        .get(lead + 2)
        .filter(|_| is_to)
        .and_then(|to| clock(to, true));
    Some(match to {
        Some(to) => (Phrase::Time(from, Some(to)), lead + 3),
        None => (Phrase::Time(from, None), lead + 1),
    })
}

fn is_half_day(text: &str) -> bool {
    text.ends_with("am") || text.ends_with("pm")
}

/// "2-3pm" is two in the afternoon as well.
fn same_half(from: &str, time: Time, to: &str) -> Time {
    let is_plain = !is_half_day(from) && time.hour() < 12;
    if is_plain && to.ends_with("pm") && !to.starts_with("12") {
        return Time::new(time.hour() + 12, time.minute(), 0, 0).unwrap_or(time);
    }
    time
}

/// One time of day. `bare` allows an hour alone.
fn clock(text: &str, bare: bool) -> Option<Time> {
    match text {
        "noon" => return Some(Time::constant(12, 0, 0, 0)),
        "midnight" => return Some(Time::midnight()),
        _ => {}
    }
    let half = text
        .strip_suffix("am")
        .map(|digits| (digits, false))
        .or_else(|| text.strip_suffix("pm").map(|digits| (digits, true)));
    let digits = half.map_or(text, |(digits, _)| digits);
    let (hour, minute) = match digits.split_once([':', 'h']) {
        Some((hour, minute)) if minute.len() == 2 => (hour, minute.parse::<i8>().ok()?),
        Some(_) => return None,
        None if bare || half.is_some() => (digits, 0),
        None => return None,
    };
    if hour.is_empty() || hour.len() > 2 {
        return None;
    }
    let hour: i8 = hour.parse().ok()?;
    let hour = match half {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some((_, is_afternoon)) => hour % 12 + if is_afternoon { 12 } else { 0 },
    };
    Time::new(hour, minute, 0, 0).ok()
}

/// "tomorrow", "fri", "on friday", "next mon", "26 nov", "nov 26", "2026-11-26", "in 3 days".
fn day(words: &[&str], today: Date) -> Option<(Phrase, usize)> {
    let lead = usize::from(*words.first()? == "on");
    let said = |count: usize| {
        let words = words.get(lead..lead + count)?;
        is_day(words).then(|| understood(&words.join(" "), today, today))?
    };
    (1..=3)
        .rev()
        .find_map(|count| said(count).map(|day| (Phrase::Day(day), lead + count)))
}

/// Stricter than where only a date can be meant: "may", "march", "4" and "sun" alone are
/// words of a subject as well, so a month has its day and a weekday its name.
fn is_day(words: &[&str]) -> bool {
    let is_number = |word: &str| {
        let digits = word.trim_end_matches(|letter: char| letter.is_alphabetic());
        !digits.is_empty() && digits.len() <= 2 && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_month = |word: &str| word.len() >= 3 && month(word).is_some();
    match words {
        ["today" | "tomorrow" | "yesterday"] => true,
        [one] => is_weekday(one) || (one.len() == 10 && one.parse::<Date>().is_ok()),
        ["next", "week" | "month"] => true,
        ["next" | "last", name] => is_weekday(name),
        ["in", number, unit] => {
            is_number(number)
                && matches!(
                    *unit,
                    "day" | "days" | "week" | "weeks" | "month" | "months"
                )
        }
        [a, b] => (is_number(a) && is_month(b)) || (is_month(a) && is_number(b)),
        [a, b, year] => {
            year.len() == 4
                && year.bytes().all(|byte| byte.is_ascii_digit())
                && ((is_number(a) && is_month(b)) || (is_month(a) && is_number(b)))
        }
        _ => false,
    }
}

/// "every day", "every 2 weeks on mon and thu", "daily".
fn rule(words: &[&str]) -> Option<(Phrase, usize)> {
    let (pattern, taken) = rules::pattern(words)?;
    Some((Phrase::Rule(Recurrence::forever(pattern)), taken))
}

/// "until 24 dec", "5 times", "once".
fn end(words: &[&str], today: Date) -> Option<(Phrase, usize)> {
    if matches!(words, ["until" | "till", ..]) {
        let (Phrase::Day(last), count) = day(words.get(1..)?, today)? else {
            return None;
        };
        return Some((Phrase::End(Range::Until(last)), count + 1));
    }
    if *words.first()? == "once" {
        return Some((Phrase::End(Range::Count(1)), 1));
    }
    let count = words.first()?.parse().ok()?;
    let is_count = words.get(1) == Some(&"times") && (1..=999).contains(&count);
    is_count.then_some((Phrase::End(Range::Count(count)), 2))
}
