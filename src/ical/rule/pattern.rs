//! Which of the six patterns of Microsoft 365 says exactly what a rule says, if one does.
//!
//! Refuses near misses: "every 31st" is the last day of a month to Microsoft 365 and no day at
//! all of a short one to RFC 5545, so there is no pattern for it.

use super::{Frequency, Rule};
use crate::domain::recurrence::{Index, Pattern, Weekdays};
use jiff::civil::Date;

/// Graph: recurrencePattern, interval.
const INTERVAL_AT_MOST: u16 = 99;

impl Rule {
    /// For a series whose first day is `first`.
    pub(in crate::ical) fn pattern(&self, first: Date) -> Option<Pattern> {
        if self.interval > INTERVAL_AT_MOST {
            return None;
        }
        match self.frequency {
            Frequency::Daily => self.daily(),
            Frequency::Weekly => self.weekly(first),
            Frequency::Monthly => self.monthly(first),
            Frequency::Yearly => self.yearly(first),
        }
    }

    fn daily(&self) -> Option<Pattern> {
        let is_plain = self.by_month.is_empty() && self.by_month_day.is_empty();
        if !is_plain || !self.by_position.is_empty() {
            return None;
        }
        if self.by_day.is_empty() {
            return Some(Pattern::Daily {
                interval: self.interval,
            });
        }
        // "Every day that is a weekday" is every week on those days.
        (self.interval == 1).then(|| self.on(self.days()))
    }

    fn weekly(&self, first: Date) -> Option<Pattern> {
        let is_plain = self.by_month.is_empty() && self.by_month_day.is_empty();
        if !is_plain || !self.by_position.is_empty() {
            return None;
        }
        let days = self.days();
        Some(self.on(if days.is_empty() {
            days.with(first.weekday())
        } else {
            days
        }))
    }

    fn on(&self, days: Weekdays) -> Pattern {
        Pattern::Weekly {
            interval: self.interval,
            days,
            week_start: self.week_start,
        }
    }

    fn monthly(&self, first: Date) -> Option<Pattern> {
        if !self.by_month.is_empty() {
            return None;
        }
        let interval = self.interval;
        if self.by_day.is_empty() {
            let day = self.day_of_month(first)?;
            return Some(Pattern::AbsoluteMonthly { interval, day });
        }
        if let Some((days, index)) = self.ranked() {
            return Some(Pattern::RelativeMonthly {
                interval,
                days,
                index,
            });
        }
        // Every Monday of every month is every Monday.
        let is_every = self.interval == 1
            && self.by_month_day.is_empty()
            && self.by_position.is_empty()
            && self.by_day.iter().all(|by| by.nth.is_none());
        is_every.then(|| self.on(self.days()))
    }

    fn yearly(&self, first: Date) -> Option<Pattern> {
        let interval = self.interval;
        let month = match self.by_month.as_slice() {
            [] if self.by_day.is_empty() && self.by_month_day.is_empty() => first.month(),
            [month] => *month,
            _ => return None,
        };
        let month = month.unsigned_abs();
        if self.by_day.is_empty() {
            let day = self.day_of_month(first)?;
            // The last of a month, as Microsoft 365 writes it for this month.
            let day = match (day, month) {
                (31, 2) => 29,
                (31, 4 | 6 | 9 | 11) => 30,
                _ => day,
            };
            return Some(Pattern::AbsoluteYearly {
                interval,
                month,
                day,
            });
        }
        let (days, index) = self.ranked()?;
        Some(Pattern::RelativeYearly {
            interval,
            month,
            days,
            index,
        })
    }

    /// 1 to 28, or what Microsoft 365 means by 29 to 31: that day, or the last of a shorter month.
    fn day_of_month(&self, first: Date) -> Option<u8> {
        let mut days = self.by_month_day.clone();
        days.sort_unstable();
        let day = match (days.as_slice(), self.by_position.as_slice()) {
            ([], []) => first.day(),
            ([day], []) if *day > 0 => *day,
            ([-1], [] | [1 | -1]) => return Some(31),
            ([28, 29], [-1]) => return Some(29),
            ([28, 29, 30], [-1]) => return Some(30),
            ([28, 29, 30, 31], [-1]) => return Some(31),
            _ => return None,
        };
        let is_in_each_month = day <= 28
            || (self.frequency == Frequency::Yearly
                && is_in_each(self.by_month.first(), first, day));
        is_in_each_month.then_some(day.unsigned_abs())
    }

    /// Days of the week with one place among them in a month.
    fn ranked(&self) -> Option<(Weekdays, Index)> {
        if !self.by_month_day.is_empty() {
            return self.ranked_by_days();
        }
        let nth = match (self.by_day.as_slice(), self.by_position.as_slice()) {
            ([one], []) => one.nth?,
            (all, [position]) if all.iter().all(|by| by.nth.is_none()) => *position,
            _ => return None,
        };
        Some((self.days(), index(nth)?))
    }

    /// "A Tuesday from the 8th to the 14th" is the second Tuesday.
    fn ranked_by_days(&self) -> Option<(Weekdays, Index)> {
        let ([by], []) = (self.by_day.as_slice(), self.by_position.as_slice()) else {
            return None;
        };
        let mut days = self.by_month_day.clone();
        days.sort_unstable();
        let week = |from: i8| (from..from + 7).collect::<Vec<i8>>();
        let nth = (1..=4).find(|nth| days == week((nth - 1) * 7 + 1));
        let nth = nth.or_else(|| (days == week(-7)).then_some(-1))?;
        (by.nth.is_none()).then_some((self.days(), index(nth.into())?))
    }

    fn days(&self) -> Weekdays {
        self.by_day.iter().map(|by| by.day).collect::<Weekdays>()
    }
}

fn index(nth: i16) -> Option<Index> {
    Some(match nth {
        1 => Index::First,
        2 => Index::Second,
        3 => Index::Third,
        4 => Index::Fourth,
        -1 => Index::Last,
        _ => return None,
    })
}

/// Whether a month has this day in every year.
fn is_in_each(month: Option<&i8>, first: Date, day: i8) -> bool {
    match month.copied().unwrap_or(first.month()) {
        2 => day <= 28,
        4 | 6 | 9 | 11 => day <= 30,
        _ => true,
    }
}
