//! A rule that moves with its first day, and one that is cut in two ("this and following").

use super::falling::is_day;
use super::{Index, Pattern, Range, Recurrence, Weekdays};
use jiff::ToSpan;
use jiff::civil::Date;

impl Recurrence {
    /// The same rhythm, of a series whose first day moved from `from` to `to`: weekdays move by as
    /// many days, and a day of the month or year is the new first day's.
    #[must_use]
    pub fn moved(&self, from: Date, to: Date) -> Self {
        let away = (to - from).get_days();
        let shift = |days: Weekdays| {
            days.iter()
                .map(|day| day.wrapping_add(away.rem_euclid(7)))
                .collect::<Weekdays>()
        };
        let (month, day) = (to.month().unsigned_abs(), to.day().unsigned_abs());
        let pattern = match self.pattern.clone() {
            Pattern::Weekly {
                interval,
                days,
                week_start,
            } => Pattern::Weekly {
                interval,
                days: shift(days),
                week_start,
            },
            // A last day stays one only while the first day is one.
            Pattern::AbsoluteMonthly {
                interval,
                day: known,
            } if !is_day(known, from) || !is_day(known, to) => {
                Pattern::AbsoluteMonthly { interval, day }
            }
            Pattern::AbsoluteYearly { interval, .. } if away != 0 => Pattern::AbsoluteYearly {
                interval,
                month,
                day,
            },
            Pattern::RelativeMonthly { interval, days, .. } if away != 0 => {
                Pattern::RelativeMonthly {
                    interval,
                    days: one_of(shift(days), to),
                    index: rank(to),
                }
            }
            Pattern::RelativeYearly { interval, days, .. } if away != 0 => {
                Pattern::RelativeYearly {
                    interval,
                    month,
                    days: one_of(shift(days), to),
                    index: rank(to),
                }
            }
            same => same,
        };
        Self {
            pattern,
            range: self.range,
        }
    }

    /// The rule of what comes before `cut`.
    #[must_use]
    pub fn before(&self, cut: Date) -> Self {
        Self {
            pattern: self.pattern.clone(),
            range: Range::Until(cut.saturating_sub(1.day())),
        }
    }

    /// The rule of what comes from `cut` on, of a series that begins on `first`. A count is what is
    /// left of it; None when nothing is.
    pub fn rest(&self, first: Date, cut: Date) -> Option<Self> {
        let range = match self.range {
            Range::Count(count) => {
                let past = u32::try_from(self.pattern.count_before(first, cut)).ok()?;
                Range::Count(count.checked_sub(past).filter(|left| *left > 0)?)
            }
            range => range,
        };
        Some(Self {
            pattern: self.pattern.clone(),
            range,
        })
    }
}

/// Weekdays that still hold the first day, or the first day's alone.
fn one_of(days: Weekdays, first: Date) -> Weekdays {
    if days.contains(first.weekday()) {
        days
    } else {
        Weekdays::default().with(first.weekday())
    }
}

/// Which such weekday of its month it is; a fifth is the last.
fn rank(date: Date) -> Index {
    match (date.day() - 1) / 7 {
        0 => Index::First,
        1 => Index::Second,
        2 => Index::Third,
        3 => Index::Fourth,
        _ => Index::Last,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recurrence::CANDIDATES;
    use crate::domain::zone::Zones;
    use jiff::civil::{Weekday, date};
    use proptest::prelude::*;

    fn weekly(days: &[Weekday]) -> Recurrence {
        Recurrence::forever(Pattern::Weekly {
            interval: 1,
            days: days.iter().copied().collect(),
            week_start: Weekday::Monday,
        })
    }

    #[test]
    fn weekdays_move_with_the_first_day() {
        let rule = weekly(&[Weekday::Sunday, Weekday::Tuesday]);
        let moved = rule.moved(date(2026, 11, 24), date(2026, 11, 25));
        assert_eq!(moved, weekly(&[Weekday::Monday, Weekday::Wednesday]));
        let back = moved.moved(date(2026, 11, 25), date(2026, 11, 24));
        assert_eq!(back, rule);
    }

    #[test]
    fn the_day_of_the_month_is_the_new_first_days() {
        let rule = |day| Recurrence::forever(Pattern::AbsoluteMonthly { interval: 1, day });
        let moved = |rule: Recurrence, to| rule.moved(date(2026, 11, 30), to);
        assert_eq!(moved(rule(30), date(2026, 12, 2)), rule(2));
        // The last day of November to the last of December: still the last.
        assert_eq!(moved(rule(31), date(2026, 12, 31)), rule(31));
        assert_eq!(moved(rule(31), date(2026, 12, 30)), rule(30));
    }

    proptest! {
        /// Cut anywhere, the two parts are the whole.
        #[test]
        fn a_rule_cut_in_two_is_the_same_series(
            interval in 1_u16..4, bits in 1_u8..128, count in 1_u32..40, cut in 0_i32..120, kind in 0..3,
        ) {
            let zone = Zones::bundled().find("Europe/Berlin").unwrap();
            let days: Weekdays = (0..7)
                .filter(|bit| bits & (1 << bit) != 0)
                .map(|bit| Weekday::from_monday_zero_offset(bit).unwrap())
                .collect();
            let first = date(2026, 9, 14);
            let range = match kind {
                0 => Range::NoEnd,
                1 => Range::Count(count),
                _ => Range::Until(first.saturating_add(i64::from(count).days())),
            };
            let rule = Recurrence {
                pattern: Pattern::Weekly { interval: 1, days: days.with(first.weekday()), week_start: Weekday::Monday },
                range,
            };
            let rule = if interval > 2 { Recurrence { pattern: Pattern::Daily { interval }, range } } else { rule };
            let start = first.at(9, 0, 0, 0);
            let window = zone.instant(start).earlier()..zone.instant(start.saturating_add(200.days())).earlier();
            let starts = |rule: &Recurrence, start| {
                rule.expand(start, &zone, window.clone(), CANDIDATES).unwrap().starts
            };
            let whole = starts(&rule, start);
            // A cut is where an occurrence is.
            let Some(at) = whole.iter().find(|at| at.wall.date() >= first.saturating_add(cut.days())) else {
                return Ok(());
            };
            let mut both = Vec::new();
            if at.wall.date() > first {
                both = starts(&rule.before(at.wall.date()), start);
            }
            let rest = rule.rest(first, at.wall.date()).unwrap();
            both.extend(starts(&rest, at.wall));
            prop_assert_eq!(both, whole);
        }
    }
}
