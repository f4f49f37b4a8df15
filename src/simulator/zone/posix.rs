//! The footer of a TZif file: a POSIX `TZ` rule for all years after the last transition.
//!
//! Understands the forms that RFC 9636 3.3.1 allows, hours from -167 to 167 included.

use super::{nth_weekday, year_of};
use crate::simulator::civil::day_of;

#[derive(Debug)]
pub(super) struct Footer {
    standard: i32,
    summer: Option<Summer>,
}

#[derive(Debug)]
struct Summer {
    offset: i32,
    begins: Change,
    ends: Change,
}

#[derive(Debug)]
struct Change {
    day: Rule,
    /// Seconds after local midnight.
    time: i64,
}

#[derive(Debug)]
enum Rule {
    /// `Mm.w.d`
    Weekday { month: u32, week: u32, day: u8 },
    /// `Jn`: 1–365, 29 February is never counted.
    Julian(i32),
    /// `n`: 0–365, 29 February is counted.
    Zero(i32),
}

impl Footer {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader(text);
        reader.name()?;
        let standard = -reader.clock()?;
        if reader.0.is_empty() {
            return Some(Self {
                standard: i32::try_from(standard).ok()?,
                summer: None,
            });
        }
        reader.name()?;
        let offset = if reader.0.starts_with(',') {
            standard + 3600
        } else {
            -reader.clock()?
        };
        let begins = reader.change()?;
        let ends = reader.change()?;
        let summer = Some(Summer {
            offset: i32::try_from(offset).ok()?,
            begins,
            ends,
        });
        Some(Self {
            standard: i32::try_from(standard).ok()?,
            summer,
        })
    }

    pub(super) fn offset_at(&self, utc: i64) -> i32 {
        let Some(summer) = &self.summer else {
            return self.standard;
        };
        let year = year_of(utc + i64::from(self.standard));
        let begins = summer.begins.seconds(year) - i64::from(self.standard);
        let ends = summer.ends.seconds(year) - i64::from(summer.offset);
        let is_summer = if begins < ends {
            (begins..ends).contains(&utc)
        } else {
            !(ends..begins).contains(&utc)
        };
        if is_summer {
            summer.offset
        } else {
            self.standard
        }
    }
}

impl Change {
    /// Seconds since the epoch on the local clock in force before the change.
    fn seconds(&self, year: i32) -> i64 {
        let new_year = day_of(year, 1, 1).unwrap_or(0);
        let day = match self.day {
            Rule::Weekday { month, week, day } => {
                nth_weekday(year, month, week, day).unwrap_or(new_year)
            }
            Rule::Julian(number) => {
                let is_leap = day_of(year, 2, 29).is_some();
                new_year + number - 1 + i32::from(is_leap && number >= 60)
            }
            Rule::Zero(number) => new_year + number,
        };
        i64::from(day) * 86_400 + self.time
    }
}

struct Reader<'a>(&'a str);

impl Reader<'_> {
    fn name(&mut self) -> Option<()> {
        let end = if self.0.starts_with('<') {
            self.0.find('>')? + 1
        } else {
            self.0
                .find(|c: char| !c.is_ascii_alphabetic())
                .unwrap_or(self.0.len())
        };
        self.0 = self.0.get(end..)?;
        (end > 0).then_some(())
    }

    fn number(&mut self) -> Option<i64> {
        let end = self
            .0
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(self.0.len());
        let value = self.0.get(..end)?.parse().ok()?;
        self.0 = self.0.get(end..)?;
        Some(value)
    }

    fn take(&mut self, mark: char) -> bool {
        match self.0.strip_prefix(mark) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    fn clock(&mut self) -> Option<i64> {
        let is_negative = self.take('-');
        if !is_negative {
            self.take('+');
        }
        let mut seconds = self.number()? * 3600;
        if self.take(':') {
            seconds += self.number()? * 60;
            if self.take(':') {
                seconds += self.number()?;
            }
        }
        Some(if is_negative { -seconds } else { seconds })
    }

    fn change(&mut self) -> Option<Change> {
        if !self.take(',') {
            return None;
        }
        let day = if self.take('M') {
            let month = u32::try_from(self.number()?).ok()?;
            self.take('.');
            let week = u32::try_from(self.number()?).ok()?;
            self.take('.');
            Rule::Weekday {
                month,
                week,
                day: u8::try_from(self.number()?).ok()?,
            }
        } else if self.take('J') {
            Rule::Julian(i32::try_from(self.number()?).ok()?)
        } else {
            Rule::Zero(i32::try_from(self.number()?).ok()?)
        };
        let time = if self.take('/') { self.clock()? } else { 7200 };
        Some(Change { day, time })
    }
}
