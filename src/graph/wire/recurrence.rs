//! A series' rule (Graph: patternedRecurrence), the only place that knows both its
//! wire form and the domain's.

use super::lenient::{List, Number, Text, object};
use crate::domain::recurrence::Recurrence;

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
        "startDate" => start_date: Text<'a>,
        "endDate" => end_date: Text<'a>,
        "recurrenceTimeZone" => zone: Text<'a>,
        "numberOfOccurrences" => occurrences: Number,
    }
}

impl RecurrenceWire<'_> {
    /// None when there is no rule.
    pub(crate) fn recurrence(&self) -> Option<Recurrence> {
        (self.pattern.present && self.range.present).then_some(Recurrence {})
    }
}
