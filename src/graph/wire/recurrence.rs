//! A series' rule (Graph: patternedRecurrence), the only place that knows both its
//! wire form and the domain's.
//!
//! Refuses to bend a rule: one that the domain cannot say, or that contradicts
//! itself, is no rule at all. The server expands series; nothing on screen is lost.

use super::lenient::{List, Number, Text, object};
use crate::domain::recurrence::{Index, Pattern, Range, Recurrence, Weekdays};
use jiff::civil::{Date, Weekday};

object! {
    RecurrenceWire<'a> {
        "pattern" => pattern: PatternWire<'a>,
        "range" => range: RangeWire<'a>,
    }
}

object! {
    /// Graph: recurrencePattern. Responses fill unused members with 0, "first", "sunday".
    PatternWire<'a> {
        "type" => kind: Text<'a>,
        "interval" => interval: Number,
        "month" => month: Number,
        "dayOfMonth" => day_of_month: Number,
        "daysOfWeek" => days_of_week: List<Text<'a>, 7>,
        "firstDayOfWeek" => first_day_of_week: Text<'a>,
        "index" => index: Text<'a>,
    }
}

object! {
    /// Graph: recurrenceRange. An unused end is 0001-01-01.
    RangeWire<'a> {
        "type" => kind: Text<'a>,
        "endDate" => end_date: Text<'a>,
        "recurrenceTimeZone" => zone: Text<'a>,
        "numberOfOccurrences" => occurrences: Number,
    }
}

impl RecurrenceWire<'_> {
    /// None when there is no rule, or none that can be understood.
    pub(crate) fn recurrence(&self) -> Option<Recurrence> {
        if !self.present {
            return None;
        }
        let recurrence = Recurrence {
            pattern: self.pattern.pattern()?,
            range: self.range.range()?,
        };
        recurrence.check().is_ok().then_some(recurrence)
    }
}

impl PatternWire<'_> {
    fn pattern(&self) -> Option<Pattern> {
        let interval = u16::try_from(self.interval.0.unwrap_or(1)).ok()?;
        let day = || u8::try_from(self.day_of_month.0?).ok();
        let month = || u8::try_from(self.month.0?).ok();
        let is = |kind: &str| self.kind.is(kind);
        if is("daily") {
            Some(Pattern::Daily { interval })
        } else if is("weekly") {
            Some(Pattern::Weekly {
                interval,
                days: self.days()?,
                week_start: weekday(&self.first_day_of_week).unwrap_or(Weekday::Sunday),
            })
        } else if is("absoluteMonthly") {
            Some(Pattern::AbsoluteMonthly {
                interval,
                day: day()?,
            })
        } else if is("relativeMonthly") {
            Some(Pattern::RelativeMonthly {
                interval,
                days: self.days()?,
                index: self.index()?,
            })
        } else if is("absoluteYearly") {
            Some(Pattern::AbsoluteYearly {
                interval,
                month: month()?,
                day: day()?,
            })
        } else if is("relativeYearly") {
            Some(Pattern::RelativeYearly {
                interval,
                month: month()?,
                days: self.days()?,
                index: self.index()?,
            })
        } else {
            None
        }
    }

    /// One unknown day makes the whole set unknown.
    fn days(&self) -> Option<Weekdays> {
        self.days_of_week.0.iter().map(weekday).collect()
    }

    /// Graph's default is the first.
    fn index(&self) -> Option<Index> {
        let word = &self.index;
        match word.get() {
            None => Some(Index::First),
            Some(_) if word.is("first") => Some(Index::First),
            Some(_) if word.is("second") => Some(Index::Second),
            Some(_) if word.is("third") => Some(Index::Third),
            Some(_) if word.is("fourth") => Some(Index::Fourth),
            Some(_) if word.is("last") => Some(Index::Last),
            Some(_) => None,
        }
    }
}

impl RangeWire<'_> {
    fn range(&self) -> Option<Range> {
        if self.kind.is("noEnd") {
            Some(Range::NoEnd)
        } else if self.kind.is("numbered") {
            let count = u32::try_from(self.occurrences.0?).ok()?;
            Some(Range::Count(count))
        } else if self.kind.is("endDate") {
            let date: Date = self.end_date.clipped(10).parse().ok()?;
            // Year 1 is the placeholder of "no date": taken for an end, it would
            // finish the series before it began.
            Some(if date.year() <= 1 {
                Range::NoEnd
            } else {
                Range::Until(date)
            })
        } else {
            None
        }
    }
}

fn weekday(name: &Text<'_>) -> Option<Weekday> {
    let days = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    days.into_iter()
        .find_map(|(word, day)| name.is(word).then_some(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(pattern: &str, range: &str) -> Option<Recurrence> {
        let json = format!(r#"{{"pattern":{{{pattern}}},"range":{{{range}}}}}"#);
        let wire: RecurrenceWire<'_> = serde_json::from_str(&json).unwrap();
        wire.recurrence()
    }

    const FOREVER: &str = r#""type":"noEnd","startDate":"2026-06-01","endDate":"0001-01-01""#;

    #[test]
    fn the_six_patterns_with_all_their_unused_members() {
        let rest = |used: &str| {
            format!(
                r#""interval":2,"month":0,"dayOfMonth":0,"firstDayOfWeek":"sunday","index":"first",{used}"#
            )
        };
        let days = Weekdays::default()
            .with(Weekday::Monday)
            .with(Weekday::Thursday);
        let interval = 2;
        let (month, day) = (11, 15);
        for (used, expected) in [
            (r#""type":"daily""#, Pattern::Daily { interval }),
            (
                r#""type":"weekly","daysOfWeek":["Monday","thursday"]"#,
                Pattern::Weekly {
                    interval,
                    days,
                    week_start: Weekday::Sunday,
                },
            ),
            (
                r#""type":"absoluteMonthly","dayOfMonth":15"#,
                Pattern::AbsoluteMonthly { interval, day },
            ),
            (
                r#""type":"relativeMonthly","daysOfWeek":["monday","thursday"],"index":"last""#,
                Pattern::RelativeMonthly {
                    interval,
                    days,
                    index: Index::Last,
                },
            ),
            (
                r#""type":"absoluteYearly","dayOfMonth":15,"month":11"#,
                Pattern::AbsoluteYearly {
                    interval,
                    month,
                    day,
                },
            ),
            (
                r#""type":"RelativeYearly","daysOfWeek":["monday","thursday"],"month":"11""#,
                Pattern::RelativeYearly {
                    interval,
                    month,
                    days,
                    index: Index::First,
                },
            ),
        ] {
            let found = rule(&rest(used), FOREVER).map(|rule| rule.pattern);
            assert_eq!(found, Some(expected), "{used}");
        }
    }

    #[test]
    fn ranges_end_or_do_not() {
        let range =
            |text: &str| rule(r#""type":"daily","interval":1"#, text).map(|rule| rule.range);
        assert_eq!(range(FOREVER), Some(Range::NoEnd));
        let until = r#""type":"endDate","endDate":"2026-07-31","numberOfOccurrences":0"#;
        assert_eq!(
            range(until),
            Some(Range::Until(Date::constant(2026, 7, 31)))
        );
        let placeholder = r#""type":"endDate","endDate":"0001-01-01""#;
        assert_eq!(range(placeholder), Some(Range::NoEnd));
        let numbered = r#""type":"numbered","numberOfOccurrences":10"#;
        assert_eq!(range(numbered), Some(Range::Count(10)));
    }

    #[test]
    fn a_rule_that_contradicts_itself_is_none() {
        for (pattern, range) in [
            (r#""type":"hourly","interval":1"#, FOREVER),
            (r#""type":"daily","interval":0"#, FOREVER),
            (r#""type":"daily","interval":-1"#, FOREVER),
            (r#""type":"daily","interval":99999"#, FOREVER),
            (r#""type":"weekly","interval":1"#, FOREVER),
            (
                r#""type":"weekly","daysOfWeek":["monday","noday"]"#,
                FOREVER,
            ),
            (r#""type":"absoluteMonthly","dayOfMonth":32"#, FOREVER),
            (
                r#""type":"absoluteYearly","dayOfMonth":1,"month":13"#,
                FOREVER,
            ),
            (
                r#""type":"relativeMonthly","daysOfWeek":["monday"],"index":"sixth""#,
                FOREVER,
            ),
            (
                r#""type":"daily""#,
                r#""type":"numbered","numberOfOccurrences":0"#,
            ),
            (
                r#""type":"daily""#,
                r#""type":"endDate","endDate":"someday""#,
            ),
            (r#""type":"daily""#, r#""type":"sometimes""#),
        ] {
            assert_eq!(rule(pattern, range), None, "{pattern} {range}");
        }
    }
}
