//! The days a rule falls on, one after the other.
//!
//! Invariant: each step looks at the days of one period (a day, week, month or year) and takes
//! them from the budget before it does; without budget there are no more days.

use super::{ByDay, Frequency, Rule};
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::VecDeque;

/// Days that may still be looked at.
#[derive(Debug)]
pub(in crate::ical) struct Budget {
    /// For one rule; filled again by [`Budget::next_rule`].
    rule: u32,
    file: u32,
}

impl Budget {
    pub fn new() -> Self {
        Self {
            rule: crate::ical::DAYS_OF_A_RULE,
            file: crate::ical::DAYS_OF_A_FILE,
        }
    }

    pub fn next_rule(&mut self) {
        self.rule = crate::ical::DAYS_OF_A_RULE;
    }

    fn take(&mut self, days: u32) -> bool {
        let has_enough = self.rule >= days && self.file >= days;
        if has_enough {
            self.rule -= days;
            self.file -= days;
        } else {
            self.rule = 0;
        }
        has_enough
    }

    /// Work that no rule asks for, from what the whole file has.
    pub fn take_of_file(&mut self, steps: usize) -> bool {
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        let left = self.file.checked_sub(steps);
        self.file = left.unwrap_or_default();
        left.is_some()
    }

    /// The last rule was not looked at to its end.
    pub fn is_spent(&self) -> bool {
        self.rule == 0
    }
}

/// In order, beginning with the first that is not before the start. UNTIL is not looked at: it
/// is an instant, and needs a clock.
#[derive(Debug)]
pub(in crate::ical) struct Dates<'r> {
    rule: &'r Rule,
    start: Date,
    /// The first day of the next period.
    period: Option<Date>,
    ready: VecDeque<Date>,
    given: u32,
}

impl Rule {
    pub(in crate::ical) fn dates(&self, start: Date) -> Dates<'_> {
        let period = match self.frequency {
            Frequency::Daily => start,
            Frequency::Weekly => {
                let back = start.weekday().since(self.week_start);
                start.saturating_sub(i64::from(back).days())
            }
            Frequency::Monthly => start.first_of_month(),
            Frequency::Yearly => start.first_of_year(),
        };
        Dates {
            rule: self,
            start,
            period: Some(period),
            ready: VecDeque::new(),
            given: 0,
        }
    }
}

impl Dates<'_> {
    /// The next day; None at the end of the rule, of time, or of the budget.
    pub fn next(&mut self, budget: &mut Budget) -> Option<Date> {
        if self.rule.count.is_some_and(|count| self.given >= count) {
            return None;
        }
        while self.ready.is_empty() {
            let first = self.period?;
            if !budget.take(self.days_of_a_period()) {
                return None;
            }
            let step = i64::from(self.rule.interval);
            let (next, end) = match self.rule.frequency {
                Frequency::Daily => (step.days(), 1.day()),
                Frequency::Weekly => (step.weeks(), 1.week()),
                Frequency::Monthly => (step.months(), 1.month()),
                // No calendar has more years than a year has digits.
                Frequency::Yearly => (step.min(9_999).years(), 1.year()),
            };
            self.period = first.checked_add(next).ok();
            let end = first.checked_add(end).ok()?;
            self.fill(first, end);
        }
        self.given += 1;
        self.ready.pop_front()
    }

    fn days_of_a_period(&self) -> u32 {
        match self.rule.frequency {
            Frequency::Daily => 1,
            Frequency::Weekly => 7,
            Frequency::Monthly => 31,
            Frequency::Yearly => 366,
        }
    }

    /// All fitting days of the period `[first, end)`.
    fn fill(&mut self, first: Date, end: Date) {
        let mut days: Vec<Date> = Vec::new();
        let mut day = first;
        while day < end {
            if self.fits(day) {
                days.push(day);
            }
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
        if !self.rule.by_position.is_empty() {
            days = chosen(&days, &self.rule.by_position);
        }
        let start = self.start;
        self.ready
            .extend(days.into_iter().filter(|day| *day >= start));
    }

    fn fits(&self, day: Date) -> bool {
        let rule = self.rule;
        let by_month = rule.by_month.is_empty() || rule.by_month.contains(&day.month());
        let by_month_day = rule.by_month_day.is_empty()
            || rule.by_month_day.contains(&day.day())
            || rule
                .by_month_day
                .contains(&(day.day() - day.days_in_month() - 1));
        let by_day = rule.by_day.is_empty() || rule.by_day.iter().any(|by| self.is_day(*by, day));
        by_month && by_month_day && by_day && self.is_the_start_s(day)
    }

    /// What the rule leaves open is the start's (RFC 5545 3.3.10, before the table).
    fn is_the_start_s(&self, day: Date) -> bool {
        let rule = self.rule;
        if !rule.by_day.is_empty() || !rule.by_month_day.is_empty() {
            return true;
        }
        match rule.frequency {
            Frequency::Daily => true,
            Frequency::Weekly => day.weekday() == self.start.weekday(),
            Frequency::Monthly => day.day() == self.start.day(),
            Frequency::Yearly if rule.by_month.is_empty() => {
                (day.month(), day.day()) == (self.start.month(), self.start.day())
            }
            Frequency::Yearly => day.day() == self.start.day(),
        }
    }

    fn is_day(&self, by: ByDay, day: Date) -> bool {
        if by.day != day.weekday() {
            return false;
        }
        let Some(nth) = by.nth else { return true };
        let is_of_year = self.rule.frequency == Frequency::Yearly && self.rule.by_month.is_empty();
        let (passed, length) = if is_of_year {
            (day.day_of_year(), day.days_in_year())
        } else {
            (day.day().into(), day.days_in_month().into())
        };
        if nth > 0 {
            (passed - 1) / 7 + 1 == nth
        } else {
            (length - passed) / 7 + 1 == -nth
        }
    }
}

/// BYSETPOS: positions in the set of one period, from 1, or from the end when negative.
fn chosen(days: &[Date], positions: &[i16]) -> Vec<Date> {
    let length = i64::try_from(days.len()).unwrap_or(0);
    let is_chosen = |index: usize| {
        let at = i64::try_from(index).unwrap_or(0) + 1;
        positions
            .iter()
            .any(|position| i64::from(*position) == at || i64::from(*position) == at - length - 1)
    };
    let all = days.iter().enumerate();
    all.filter(|(index, _)| is_chosen(*index))
        .map(|(_, day)| *day)
        .collect()
}
