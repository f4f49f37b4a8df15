//! `patternedRecurrence` as JSON: strict reading, complete writing.
//!
//! Graph validates the members a pattern does not use too, and always answers with all of them.

use serde_json::{Map, Value, json};

use super::{End, Index, Pattern, Range, expand, first_day};
use crate::simulator::civil::{Day, Wall, date_of, date_text, parse_date, weekday};

pub const WEEKDAYS: [&str; 7] = [
    "sunday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
];
const INDEXES: [(&str, Index); 5] = [
    ("first", Index::First),
    ("second", Index::Second),
    ("third", Index::Third),
    ("fourth", Index::Fourth),
    ("last", Index::Last),
];

/// What is wrong with a recurrence, in the service's manner of speaking.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("Cannot convert the literal '{0}' to the expected type 'Edm.Date'.")]
    NotADate(String),
    #[error("Requested value '{0}' was not found.")]
    UnknownMember(String),
    #[error(
        "The property '{0}' does not exist on type '{1}'. Make sure to only use property names that are defined by the type."
    )]
    UnknownProperty(String, &'static str),
    #[error("{0}")]
    Invalid(&'static str),
}

/// Reads `{pattern, range}`; the third part is `recurrenceTimeZone` as sent. A missing start
/// date is that of the event.
pub fn read(value: &Value, event_day: Day) -> Result<(Pattern, Range, Option<String>), Refusal> {
    let whole = members(
        value,
        &["pattern", "range"],
        "microsoft.graph.patternedRecurrence",
    )?;
    let pattern = whole
        .get("pattern")
        .ok_or(Refusal::Invalid("The recurrence pattern is missing."))?;
    let range = whole
        .get("range")
        .ok_or(Refusal::Invalid("The recurrence range is missing."))?;
    let (range, zone) = read_range(range, event_day)?;
    Ok((read_pattern(pattern, range.start)?, range, zone))
}

fn read_pattern(value: &Value, start: Day) -> Result<Pattern, Refusal> {
    let known = [
        "type",
        "interval",
        "daysofweek",
        "firstdayofweek",
        "dayofmonth",
        "month",
        "index",
    ];
    let fields = members(value, &known, "microsoft.graph.recurrencePattern")?;
    let interval = number(fields.get("interval"))?.unwrap_or(1);
    if interval < 1 {
        return Err(Refusal::Invalid(
            "The interval of a recurrence must be at least 1.",
        ));
    }
    let (_, start_month, start_day) = date_of(start);
    let days = days_of_week(fields.get("daysofweek"))?;
    let days_or_start = |days: Vec<u8>| {
        if days.is_empty() {
            vec![weekday(start)]
        } else {
            days
        }
    };
    let first_day = match fields.get("firstdayofweek").and_then(|day| day.as_str()) {
        Some(text) => weekday_number(text)?,
        None => 0,
    };
    let index = match fields.get("index").and_then(|index| index.as_str()) {
        Some(text) => INDEXES
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(text))
            .map(|(_, index)| *index)
            .ok_or_else(|| Refusal::UnknownMember(text.to_owned()))?,
        None => Index::First,
    };
    let day = match number(fields.get("dayofmonth"))?.unwrap_or(0) {
        0 => start_day,
        day if day <= 31 => day,
        _ => {
            return Err(Refusal::Invalid(
                "The day of the month must be between 1 and 31.",
            ));
        }
    };
    let month = match number(fields.get("month"))?.unwrap_or(0) {
        0 => start_month,
        month if month <= 12 => month,
        _ => return Err(Refusal::Invalid("The month must be between 1 and 12.")),
    };
    let kind = fields
        .get("type")
        .and_then(|kind| kind.as_str())
        .unwrap_or("daily");
    Ok(match kind.to_ascii_lowercase().as_str() {
        "daily" => Pattern::Daily { interval },
        "weekly" => Pattern::Weekly {
            interval,
            days: days_or_start(days),
            first_day,
        },
        "absolutemonthly" => Pattern::AbsoluteMonthly { interval, day },
        "relativemonthly" => Pattern::RelativeMonthly {
            interval,
            days: days_or_start(days),
            index,
        },
        "absoluteyearly" => Pattern::AbsoluteYearly {
            interval,
            month,
            day,
        },
        "relativeyearly" => Pattern::RelativeYearly {
            interval,
            month,
            days: days_or_start(days),
            index,
        },
        _ => return Err(Refusal::UnknownMember(kind.to_owned())),
    })
}

fn read_range(value: &Value, event_day: Day) -> Result<(Range, Option<String>), Refusal> {
    let known = [
        "type",
        "startdate",
        "enddate",
        "numberofoccurrences",
        "recurrencetimezone",
    ];
    let fields = members(value, &known, "microsoft.graph.recurrenceRange")?;
    let start = date(fields.get("startdate"))?.unwrap_or(event_day);
    let kind = fields
        .get("type")
        .and_then(|kind| kind.as_str())
        .unwrap_or("endDate");
    let end = match kind.to_ascii_lowercase().as_str() {
        "noend" => End::Never,
        "enddate" => {
            let last =
                date(fields.get("enddate"))?.ok_or(Refusal::Invalid("The end date is missing."))?;
            if last < start {
                return Err(Refusal::Invalid("The end date is before the start date."));
            }
            End::On(last)
        }
        "numbered" => match number(fields.get("numberofoccurrences"))?.unwrap_or(0) {
            0 => {
                return Err(Refusal::Invalid(
                    "The number of occurrences must be at least 1.",
                ));
            }
            count => End::After(count),
        },
        _ => return Err(Refusal::UnknownMember(kind.to_owned())),
    };
    let zone = fields
        .get("recurrencetimezone")
        .and_then(|zone| zone.as_str())
        .filter(|zone| !zone.is_empty());
    Ok((Range { start, end }, zone.map(str::to_owned)))
}

/// The complete object, unused members filled as the service fills them.
pub fn write(pattern: &Pattern, range: &Range, zone: &str) -> Value {
    let (kind, interval, month, day, days, index, first_day) = match pattern {
        Pattern::Daily { interval } => ("daily", interval, 0, 0, None, Index::First, 0),
        Pattern::Weekly {
            interval,
            days,
            first_day,
        } => (
            "weekly",
            interval,
            0,
            0,
            Some(days),
            Index::First,
            *first_day,
        ),
        Pattern::AbsoluteMonthly { interval, day } => {
            ("absoluteMonthly", interval, 0, *day, None, Index::First, 0)
        }
        Pattern::RelativeMonthly {
            interval,
            days,
            index,
        } => ("relativeMonthly", interval, 0, 0, Some(days), *index, 0),
        Pattern::AbsoluteYearly {
            interval,
            month,
            day,
        } => (
            "absoluteYearly",
            interval,
            *month,
            *day,
            None,
            Index::First,
            0,
        ),
        Pattern::RelativeYearly {
            interval,
            month,
            days,
            index,
        } => ("relativeYearly", interval, *month, 0, Some(days), *index, 0),
    };
    let weekday_name = |day: &u8| WEEKDAYS.get(usize::from(*day)).copied().unwrap_or("sunday");
    let index_name = INDEXES
        .iter()
        .find(|(_, known)| *known == index)
        .map_or("first", |(name, _)| name);
    let (range_kind, end_date, count) = match range.end {
        End::Never => ("noEnd", "0001-01-01".to_owned(), 0),
        End::On(last) => ("endDate", date_text(last), 0),
        End::After(count) => ("numbered", "0001-01-01".to_owned(), count),
    };
    let mut pattern_json = json!({
        "type": kind,
        "interval": interval,
        "month": month,
        "dayOfMonth": day,
        "firstDayOfWeek": weekday_name(&first_day),
        "index": index_name,
    });
    if let Some(fields) = pattern_json.as_object_mut() {
        let mut days = days.cloned().unwrap_or_default();
        days.sort_unstable();
        fields.insert(
            "daysOfWeek".to_owned(),
            days.iter().map(weekday_name).collect(),
        );
    }
    json!({
        "pattern": pattern_json,
        "range": {
            "type": range_kind,
            "startDate": date_text(range.start),
            "endDate": end_date,
            "recurrenceTimeZone": zone,
            "numberOfOccurrences": count,
        },
    })
}

/// JSON in, dates out: lets a referee compare this expansion with another one. `start` is the
/// wall start of the event; results are the wall starts in `from..to`.
pub fn expand_json(
    recurrence: &Value,
    start: Wall,
    from: Wall,
    to: Wall,
) -> Result<Vec<Wall>, Refusal> {
    let (pattern, range, _) = read(recurrence, start.day())?;
    let range = Range {
        start: first_day(&pattern, &range).unwrap_or(range.start),
        ..range
    };
    Ok(expand(&pattern, &range, start, from, to))
}

fn members<'a>(
    value: &'a Value,
    known: &[&str],
    type_name: &'static str,
) -> Result<std::collections::BTreeMap<String, &'a Value>, Refusal> {
    let object: &Map<String, Value> = value
        .as_object()
        .ok_or(Refusal::Invalid("An object was expected."))?;
    let mut found = std::collections::BTreeMap::new();
    for (name, value) in object {
        let folded = name.to_ascii_lowercase();
        if name.starts_with('@') {
            continue;
        }
        if !known.contains(&folded.as_str()) {
            return Err(Refusal::UnknownProperty(name.clone(), type_name));
        }
        if !value.is_null() {
            found.insert(folded, value);
        }
    }
    Ok(found)
}

fn number(value: Option<&&Value>) -> Result<Option<u32>, Refusal> {
    match value {
        None => Ok(None),
        Some(value) => value
            .as_u64()
            .and_then(|number| u32::try_from(number).ok())
            .map(Some)
            .ok_or(Refusal::Invalid("A whole number was expected.")),
    }
}

fn date(value: Option<&&Value>) -> Result<Option<Day>, Refusal> {
    let Some(value) = value else { return Ok(None) };
    let text = value.as_str().unwrap_or_default();
    if text == "0001-01-01" {
        return Ok(None);
    }
    parse_date(text)
        .map(Some)
        .ok_or_else(|| Refusal::NotADate(text.to_owned()))
}

fn days_of_week(value: Option<&&Value>) -> Result<Vec<u8>, Refusal> {
    let Some(list) = value.and_then(|value| value.as_array()) else {
        return Ok(Vec::new());
    };
    let mut days = Vec::new();
    for day in list {
        let number = weekday_number(day.as_str().unwrap_or_default())?;
        if !days.contains(&number) {
            days.push(number);
        }
    }
    Ok(days)
}

fn weekday_number(text: &str) -> Result<u8, Refusal> {
    WEEKDAYS
        .iter()
        .position(|name| name.eq_ignore_ascii_case(text))
        .and_then(|index| u8::try_from(index).ok())
        .ok_or_else(|| Refusal::UnknownMember(text.to_owned()))
}
