//! A set of weekdays.

use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

/// Days of the week, as one byte: bit 0 is Monday, bit 6 Sunday.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Weekdays(u8);

impl Weekdays {
    /// Monday to Friday.
    pub const WORKDAYS: Self = Self(0b001_1111);
    /// Saturday and Sunday.
    pub const WEEKEND: Self = Self(0b110_0000);
    /// All seven.
    pub const ALL: Self = Self(0b111_1111);

    /// The same set with one day more.
    #[must_use]
    pub fn with(self, day: Weekday) -> Self {
        Self(self.0 | bit(day))
    }

    pub fn contains(self, day: Weekday) -> bool {
        self.0 & bit(day) != 0
    }

    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    pub fn len(self) -> usize {
        (self.0 & Self::ALL.0).count_ones() as usize
    }

    /// The days in it, Monday first.
    pub fn iter(self) -> impl Iterator<Item = Weekday> {
        Weekday::Monday
            .cycle_forward()
            .take(7)
            .filter(move |day| self.contains(*day))
    }
}

impl FromIterator<Weekday> for Weekdays {
    fn from_iter<I: IntoIterator<Item = Weekday>>(days: I) -> Self {
        days.into_iter().fold(Self::default(), Self::with)
    }
}

fn bit(day: Weekday) -> u8 {
    1 << day.to_monday_zero_offset()
}

/// Stores a weekday as its English name, as Graph does.
pub(super) mod as_word {
    use jiff::civil::Weekday;
    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::domain::recurrence::sentence::weekday;

    pub(in crate::domain::recurrence) fn serialize<S: Serializer>(
        day: &Weekday,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        out.serialize_str(weekday(*day))
    }

    pub(in crate::domain::recurrence) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Weekday, D::Error> {
        let word = String::deserialize(from)?;
        Weekday::Monday
            .cycle_forward()
            .take(7)
            .find(|day| weekday(*day).eq_ignore_ascii_case(&word))
            .ok_or_else(|| de::Error::custom("not the name of a weekday"))
    }
}
