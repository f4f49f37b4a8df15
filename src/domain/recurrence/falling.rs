//! Whether a rule falls on a date, asked of one date at a time: plain to read, and light enough
//! for the program to carry. The rrule crate is its judge in the tests.

use super::{Index, Pattern};
use jiff::ToSpan;
use jiff::civil::Date;

/// Days that are looked at when occurrences are counted: about a hundred years.
const DAYS_AT_MOST: usize = 36_600;

impl Pattern {
    /// How many occurrences a series that begins on `first` has before `cut`.
    pub(super) fn count_before(&self, first: Date, cut: Date) -> usize {
        first
            .series(1.day())
            .take_while(|day| *day < cut)
            .take(DAYS_AT_MOST)
            .filter(|day| self.falls_on(first, *day))
            .count()
    }

    /// `day` is not before `first`, which fixes where intervals are counted from.
    pub(crate) fn falls_on(&self, first: Date, day: Date) -> bool {
        let every = i32::from(self.interval().max(1));
        let months = |first: Date, day: Date| {
            let of = |date: Date| i32::from(date.year()) * 12 + i32::from(date.month());
            of(day) - of(first)
        };
        let years = i32::from(day.year()) - i32::from(first.year());
        let is_month = |month: u8| day.month().unsigned_abs() == month;
        match *self {
            Self::Daily { .. } => (day - first).get_days() % every == 0,
            Self::Weekly {
                days, week_start, ..
            } => {
                let week = |date: Date| {
                    let into = date.weekday().since(week_start);
                    date.saturating_sub(i64::from(into).days())
                };
                let weeks = (week(day) - week(first)).get_days() / 7;
                days.contains(day.weekday()) && weeks % every == 0
            }
            Self::AbsoluteMonthly { day: number, .. } => {
                months(first, day) % every == 0 && is_day(number, day)
            }
            Self::RelativeMonthly { days, index, .. } => {
                let fits = |date: Date| days.contains(date.weekday());
                months(first, day) % every == 0 && is_ranked(day, index, fits)
            }
            Self::AbsoluteYearly {
                month, day: number, ..
            } => years % every == 0 && is_month(month) && is_day(number, day),
            Self::RelativeYearly {
                month, days, index, ..
            } => {
                let fits = |date: Date| days.contains(date.weekday());
                years % every == 0 && is_month(month) && is_ranked(day, index, fits)
            }
        }
    }
}

/// `number` of a rule falls on this date: itself, or the last of a shorter month.
pub(super) fn is_day(number: u8, date: Date) -> bool {
    let last = date.days_in_month().unsigned_abs();
    number.min(last) == date.day().unsigned_abs()
}

/// Of the fitting dates of its month, it is the one at `index`.
fn is_ranked(date: Date, index: Index, fits: impl Fn(Date) -> bool) -> bool {
    if !fits(date) {
        return false;
    }
    let month = date.first_of_month().series(1.day());
    let month = month.take_while(|other| other.month() == date.month());
    let fitting: Vec<Date> = month.filter(|other| fits(*other)).collect();
    let wanted = match index {
        Index::First => fitting.first(),
        Index::Second => fitting.get(1),
        Index::Third => fitting.get(2),
        Index::Fourth => fitting.get(3),
        Index::Last => fitting.last(),
    };
    wanted == Some(&date)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recurrence::{CANDIDATES, Recurrence, Weekdays};
    use crate::domain::zone::Zone;
    use jiff::civil::{Weekday, date};
    use proptest::prelude::*;

    fn patterns() -> impl Strategy<Value = Pattern> {
        let index = prop_oneof![
            Just(Index::First),
            Just(Index::Second),
            Just(Index::Third),
            Just(Index::Fourth),
            Just(Index::Last),
        ];
        (
            0..6,
            1_u16..5,
            1_u8..128,
            1_u8..13,
            1_u8..32,
            index,
            0_i8..7,
        )
            .prop_map(|(kind, interval, bits, month, day, index, start)| {
                let days: Weekdays = (0..7)
                    .filter(|bit| bits & (1 << bit) != 0)
                    .map(|bit| Weekday::from_monday_zero_offset(bit).unwrap())
                    .collect();
                let week_start = Weekday::from_monday_zero_offset(start).unwrap();
                match kind {
                    0 => Pattern::Daily { interval },
                    1 => Pattern::Weekly {
                        interval,
                        days,
                        week_start,
                    },
                    2 => Pattern::AbsoluteMonthly { interval, day },
                    3 => Pattern::RelativeMonthly {
                        interval,
                        days,
                        index,
                    },
                    4 => Pattern::AbsoluteYearly {
                        interval,
                        month,
                        day,
                    },
                    _ => Pattern::RelativeYearly {
                        interval,
                        month,
                        days,
                        index,
                    },
                }
            })
    }

    proptest! {
        #[test]
        fn day_by_day_is_what_the_rrule_crate_says(pattern in patterns(), away in 0_i64..800) {
            let first = date(2026, 1, 1).saturating_add(away.days());
            // Where the first day does not fit, the two count its interval differently.
            prop_assume!(pattern.falls_on(first, first));
            let end = first.saturating_add(900.days());
            let plain: Vec<Date> = first
                .series(1.day())
                .take_while(|day| *day < end)
                .filter(|day| pattern.falls_on(first, *day))
                .collect();
            let zone = Zone::utc();
            let at = |day: Date| zone.instant(day.at(0, 0, 0, 0)).earlier();
            let rule = Recurrence::forever(pattern.clone());
            let expanded = rule.expand(first.at(0, 0, 0, 0), &zone, at(first)..at(end), CANDIDATES);
            let theirs: Vec<Date> = expanded.unwrap().starts.iter().map(|one| one.wall.date()).collect();
            prop_assert_eq!(pattern.count_before(first, end), plain.len());
            prop_assert_eq!(plain, theirs, "{:?} from {}", pattern, first);
        }
    }
}
