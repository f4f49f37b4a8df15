//! What each inconvenience costs.
//!
//! A cost is a plain number without unit that is shown to the user, so the weights are whole and
//! small. Nothing here looks at times: it prices what [`super::lane`] has found out about a start.

use super::lane::{AWAY, BUSY, CLOSE, TENTATIVE, UNKNOWN};
use super::{Person, Role};

/// What each reason adds to the cost of a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weights {
    /// A required person or a room has a tentative event then.
    pub required_tentative: u32,
    /// A required person's or a room's free/busy is not known.
    pub required_unknown: u32,
    /// An optional person is busy or away. They are taken as absent: nothing else of theirs costs,
    /// and being asked outside working hours costs at most this.
    pub optional_busy: u32,
    pub optional_tentative: u32,
    pub optional_unknown: u32,
    /// Outside working hours: this times the square of the quarter hours (rounded up) that the
    /// meeting sticks out, so that two people an hour off are better than one two hours off.
    pub hours: u32,
    /// Minutes outside working hours from which it is night.
    pub night_after: u32,
    /// What a night costs, and the most that hours can cost.
    pub night: u32,
    /// Another event is less than the buffer away.
    pub too_close: u32,
    /// For each quarter hour (rounded up) from the nearest preferred start.
    pub preferred: u32,
    /// The most that the distance from a preferred start can cost.
    pub preferred_most: u32,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            required_tentative: 30,
            required_unknown: 25,
            optional_busy: 40,
            optional_tentative: 10,
            optional_unknown: 8,
            hours: 1,
            night_after: 300,
            night: 400,
            too_close: 5,
            preferred: 1,
            preferred_most: 32,
        }
    }
}

impl Weights {
    pub(super) fn is_night(&self, outside: i64) -> bool {
        outside > 0 && outside >= i64::from(self.night_after)
    }

    /// The cost of so many minutes outside working hours.
    pub(super) fn hours_cost(&self, outside: i64) -> u32 {
        if outside <= 0 {
            return 0;
        }
        if self.is_night(outside) {
            return self.night;
        }
        let quarters = quarters(outside.unsigned_abs());
        let cost = quarters
            .saturating_mul(quarters)
            .saturating_mul(u64::from(self.hours));
        u32::try_from(cost).map_or(self.night, |cost| cost.min(self.night))
    }

    /// The cost of being so many minutes from the nearest preferred start.
    pub(super) fn preferred_cost(&self, minutes: u64) -> u64 {
        quarters(minutes)
            .saturating_mul(u64::from(self.preferred))
            .min(u64::from(self.preferred_most))
    }
}

fn quarters(minutes: u64) -> u64 {
    minutes.div_ceil(15)
}

/// The price of every combination of marks, for one kind of role.
pub(super) struct Price {
    of_marks: [u64; 128],
    /// Marks with which the person is not there, so that hours do not matter.
    absent: u8,
    most_for_hours: u32,
}

impl Price {
    pub fn required(weights: &Weights) -> Self {
        let of_marks = table([
            (BUSY | AWAY, 0),
            (TENTATIVE, weights.required_tentative),
            (UNKNOWN, weights.required_unknown),
            (CLOSE, weights.too_close),
        ]);
        Self {
            of_marks,
            absent: 0,
            most_for_hours: u32::MAX,
        }
    }

    pub fn optional(weights: &Weights) -> Self {
        let mut of_marks = table([
            (BUSY | AWAY, 0),
            (TENTATIVE, weights.optional_tentative),
            (UNKNOWN, weights.optional_unknown),
            (CLOSE, weights.too_close),
        ]);
        for (marks, cost) in (0u8..).zip(&mut of_marks) {
            if marks & (BUSY | AWAY) != 0 {
                *cost = u64::from(weights.optional_busy);
            }
        }
        Self {
            of_marks,
            absent: BUSY | AWAY,
            most_for_hours: weights.optional_busy,
        }
    }

    pub fn of(&self, marks: u8, hours: u32) -> u64 {
        let flat = self.of_marks[usize::from(marks & 127)];
        if marks & self.absent != 0 {
            return flat;
        }
        flat + u64::from(hours.min(self.most_for_hours))
    }
}

fn table(costs: [(u8, u32); 4]) -> [u64; 128] {
    let mut table = [0; 128];
    for (marks, sum) in (0u8..).zip(&mut table) {
        *sum = costs
            .iter()
            .filter(|(mark, _)| marks & mark != 0)
            .map(|(_, cost)| u64::from(*cost))
            .sum();
    }
    table
}

/// The prices of a question, and what they mean for a person.
pub(super) struct Tariff {
    pub required: Price,
    pub optional: Price,
}

impl Tariff {
    pub fn new(weights: &Weights) -> Self {
        Self {
            required: Price::required(weights),
            optional: Price::optional(weights),
        }
    }

    /// What a start costs when the person is as they are and does not block it.
    pub fn own(&self, role: Role) -> &Price {
        match role {
            Role::Optional => &self.optional,
            Role::Required | Role::Room => &self.required,
        }
    }

    /// What a start that the person blocks costs once they no longer do, by the cheaper way.
    pub fn relieved(&self, marks: u8, hours: u32) -> u64 {
        let optional = self.optional.of(marks, hours);
        if marks & (BUSY | AWAY) != 0 {
            return optional;
        }
        optional.min(self.required.of(marks, hours))
    }
}

/// The marks with which a person makes a start impossible.
pub(super) fn blocking(person: &Person) -> u8 {
    if person.role == Role::Optional {
        return 0;
    }
    let hours = if person.hard_hours {
        super::lane::OUTSIDE
    } else {
        0
    };
    BUSY | AWAY | hours
}
