//! A day and the axis of hours, with the hours that a clock change skips or repeats.
//!
//! Invariant: an instant's position on the axis is where its own wall clock
//! stands. A repeated stretch gets rows of its own (labelled as such in the
//! gutter); a skipped one keeps its rows, void on the day that skips it.

use super::viewer::Viewer;
use jiff::Timestamp;
use jiff::civil::Date;

/// A repeated stretch of one day: wall minutes `from..to` happen twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Repeat {
    from: i32,
    to: i32,
    /// From this instant on the clock shows them for the second time.
    since: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    pub date: Date,
    pub start: Timestamp,
    pub end: Timestamp,
    /// Wall minutes `from..to` that do not exist on this day.
    pub skipped: Vec<(i32, i32)>,
    repeats: Vec<Repeat>,
}

impl Day {
    pub fn new(viewer: &Viewer, date: Date) -> Self {
        let start = viewer.midnight(date);
        let end = date
            .tomorrow()
            .map_or(Timestamp::MAX, |next| viewer.midnight(next));
        let mut day = Self {
            date,
            start,
            end,
            skipped: Vec::new(),
            repeats: Vec::new(),
        };
        // A transition exactly at midnight belongs to the day it skips into.
        let before = start.saturating_sub(jiff::SignedDuration::from_secs(1));
        let before = before.unwrap_or(start);
        let changes: Vec<Timestamp> = viewer
            .zone
            .following(before)
            .take_while(|change| change.timestamp() < end)
            .take(4)
            .map(|change| change.timestamp())
            .collect();
        for change in changes {
            day.note(viewer, change);
        }
        day
    }

    fn note(&mut self, viewer: &Viewer, change: Timestamp) {
        let earlier = change - jiff::SignedDuration::from_secs(1);
        let old = viewer.zone.to_offset(earlier).seconds();
        let new = viewer.zone.to_offset(change).seconds();
        let after = minutes_from(self.date, viewer, change);
        let moved = (new - old) / 60;
        if moved > 0 {
            self.skipped.push(((after - moved).max(0), after));
        } else if moved < 0 {
            self.repeats.push(Repeat {
                from: after,
                to: after - moved,
                since: change,
            });
        }
    }

    /// Length in real minutes: 1440, or 1380 and 1500 on the usual clock changes.
    pub fn minutes(&self) -> i64 {
        self.end.duration_since(self.start).as_secs() / 60
    }

    pub fn contains(&self, instant: Timestamp) -> bool {
        self.start <= instant && instant < self.end
    }

    /// Whether `[start, end)` has a part on this day; a point counts where it stands.
    pub fn touches(&self, start: Timestamp, end: Timestamp) -> bool {
        start < self.end && (end > self.start || (start == end && start >= self.start))
    }
}

/// Wall minutes since midnight of `date`; negative before and above 1440 after it.
fn minutes_from(date: Date, viewer: &Viewer, instant: Timestamp) -> i32 {
    let wall = viewer.wall(instant);
    let days = (wall.date() - date).get_days();
    days * 1440 + i32::from(wall.hour()) * 60 + i32::from(wall.minute())
}

/// A label beside the grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Minutes on the axis.
    pub at: i32,
    /// Wall minutes since midnight.
    pub wall: i32,
    /// The clock shows this for the second time.
    pub repeated: bool,
}

/// The hours that the days on screen share.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Axis {
    /// `(at, length, from)`: after wall minute `at`, `length` minutes from wall minute `from` come again.
    inserted: Vec<(i32, i32, i32)>,
}

impl Axis {
    pub fn new(days: &[Day]) -> Self {
        let mut inserted: Vec<(i32, i32, i32)> = days
            .iter()
            .flat_map(|day| &day.repeats)
            .map(|repeat| (repeat.to, repeat.to - repeat.from, repeat.from))
            .collect();
        inserted.sort_unstable();
        inserted.dedup();
        Self { inserted }
    }

    /// Rows' worth of minutes from top to bottom.
    pub fn minutes(&self) -> i32 {
        1440 + self
            .inserted
            .iter()
            .map(|(_, length, _)| length)
            .sum::<i32>()
    }

    /// Where a wall minute stands when it is shown for the first time.
    pub fn of_wall(&self, wall: i32) -> i32 {
        let added = self.inserted.iter().filter(|(at, ..)| *at <= wall);
        wall + added.map(|(_, length, _)| length).sum::<i32>()
    }

    /// Where an instant of `day` stands.
    pub fn position(&self, viewer: &Viewer, day: &Day, instant: Timestamp) -> i32 {
        if instant >= day.end {
            return self.minutes();
        }
        let wall = minutes_from(day.date, viewer, instant.max(day.start)).clamp(0, 1440);
        let again = day
            .repeats
            .iter()
            .find(|repeat| instant >= repeat.since && (repeat.from..repeat.to).contains(&wall));
        match again {
            None => self.of_wall(wall),
            Some(repeat) => self.of_wall(wall) + (repeat.to - repeat.from),
        }
    }

    /// Where something that ends at `instant` ends: the last minute before it, and one.
    pub fn end_position(&self, viewer: &Viewer, day: &Day, instant: Timestamp) -> i32 {
        if instant >= day.end {
            return self.minutes();
        }
        let last = instant - jiff::SignedDuration::from_secs(1);
        self.position(viewer, day, last) + 1
    }

    /// Stretches of the axis that do not exist on `day`.
    pub fn voids(&self, day: &Day) -> Vec<(i32, i32)> {
        let mut voids: Vec<(i32, i32)> = day
            .skipped
            .iter()
            .map(|(from, to)| (self.of_wall(*from), self.of_wall(*from) + (to - from)))
            .collect();
        for (at, length, from) in &self.inserted {
            let own = day
                .repeats
                .iter()
                .any(|repeat| repeat.to == *at && repeat.from == *from);
            if !own {
                let start = self.of_wall(*at) - length;
                voids.push((start, start + length));
            }
        }
        voids
    }

    /// Whole hours from top to bottom, and the start of each repeated stretch.
    pub fn marks(&self) -> Vec<Mark> {
        let mut marks: Vec<Mark> = (0..24)
            .map(|hour| Mark {
                at: self.of_wall(hour * 60),
                wall: hour * 60,
                repeated: false,
            })
            .collect();
        for (at, length, from) in &self.inserted {
            marks.push(Mark {
                at: self.of_wall(*at) - length,
                wall: *from,
                repeated: true,
            });
        }
        marks.sort_by_key(|mark| mark.at);
        marks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use jiff::tz::TimeZoneDatabase;

    fn viewer(name: &str) -> Viewer {
        Viewer::find(&TimeZoneDatabase::bundled(), name).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn spring_in_berlin_skips_the_hour_after_two() {
        let viewer = viewer("Europe/Berlin");
        let day = Day::new(&viewer, date(2026, 3, 29));
        let axis = Axis::new(std::slice::from_ref(&day));
        assert_eq!(day.minutes(), 23 * 60);
        assert_eq!(axis.voids(&day), vec![(120, 180)]);
        assert_eq!(axis.position(&viewer, &day, at("2026-03-29T00:30:00Z")), 90);
        assert_eq!(
            axis.position(&viewer, &day, at("2026-03-29T01:00:00Z")),
            180
        );
        assert_eq!(
            axis.end_position(&viewer, &day, at("2026-03-29T01:00:00Z")),
            120
        );
    }

    #[test]
    fn autumn_in_berlin_has_the_hour_after_two_twice() {
        let viewer = viewer("Europe/Berlin");
        let day = Day::new(&viewer, date(2026, 10, 25));
        let other = Day::new(&viewer, date(2026, 10, 24));
        let axis = Axis::new(&[other.clone(), day.clone()]);
        assert_eq!(day.minutes(), 25 * 60);
        assert_eq!(axis.minutes(), 25 * 60);
        let place = |text| axis.position(&viewer, &day, at(text));
        assert_eq!(place("2026-10-25T00:30:00Z"), 150);
        assert_eq!(place("2026-10-25T01:30:00Z"), 210);
        assert_eq!(place("2026-10-25T02:00:00Z"), 240);
        assert_eq!(
            axis.end_position(&viewer, &day, at("2026-10-25T01:00:00Z")),
            180
        );
        assert_eq!(axis.voids(&day), vec![]);
        assert_eq!(axis.voids(&other), vec![(180, 240)]);
        let again: Vec<i32> = axis
            .marks()
            .iter()
            .filter(|mark| mark.repeated)
            .map(|mark| mark.at)
            .collect();
        assert_eq!(again, vec![180]);
        // On a plain day the same wall times stand on the same rows.
        let plain = axis.position(&viewer, &other, at("2026-10-24T01:00:00Z"));
        assert_eq!(plain, 240);
    }

    #[test]
    fn lord_howe_moves_by_half_an_hour() {
        let viewer = viewer("Australia/Lord_Howe");
        let day = Day::new(&viewer, date(2026, 4, 5));
        let axis = Axis::new(std::slice::from_ref(&day));
        assert_eq!(day.minutes(), 24 * 60 + 30);
        assert_eq!(axis.minutes(), 24 * 60 + 30);
        assert_eq!(
            axis.position(&viewer, &day, at("2026-04-04T15:00:00Z")),
            120
        );
        let spring = Day::new(&viewer, date(2026, 10, 4));
        assert_eq!(spring.skipped, vec![(120, 150)]);
    }

    #[test]
    fn a_day_without_midnight_starts_at_one() {
        let viewer = viewer("Asia/Beirut");
        let day = Day::new(&viewer, date(2026, 3, 29));
        assert_eq!(day.skipped, vec![(0, 60)]);
        assert_eq!(day.minutes(), 23 * 60);
        let before = Day::new(&viewer, date(2026, 3, 28));
        assert_eq!(before.skipped, vec![]);
    }
}
