//! Alarms (RFC 5545 3.6.6): a DISPLAY is a reminder, everything else is left where it is. No
//! sound is played, no mail sent and nothing run because a file says so.

use super::lines::Line;
use super::value;
use jiff::{SignedDuration, Timestamp};

/// When an alarm goes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// This long after the start, mostly negative.
    Start(SignedDuration),
    /// This long after the end.
    End(SignedDuration),
    At(Timestamp),
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Alarm {
    /// In upper case; empty when it was not said.
    pub action: String,
    pub trigger: Option<Trigger>,
}

impl Alarm {
    pub(super) fn take(&mut self, line: &Line<'_>) {
        if line.is("ACTION") {
            self.action = line.value().trim().to_ascii_uppercase();
            self.action.truncate(self.action.floor_char_boundary(20));
        } else if line.is("TRIGGER") {
            self.trigger = trigger(line);
        }
    }

    /// Minutes before the start, for an alarm that shows something.
    pub fn minutes(&self, start: Timestamp, end: Timestamp) -> Option<i32> {
        if self.action != "DISPLAY" {
            return None;
        }
        let at = match self.trigger? {
            Trigger::Start(after) => start.checked_add(after).ok()?,
            Trigger::End(after) => end.checked_add(after).ok()?,
            Trigger::At(at) => at,
        };
        let minutes = i32::try_from(start.duration_since(at).as_mins()).ok()?;
        // Graph: reminderMinutesBeforeStart. A reminder after the start reminds of nothing.
        (0..=527_040).contains(&minutes).then_some(minutes)
    }
}

fn trigger(line: &Line<'_>) -> Option<Trigger> {
    if let Some(after) = value::duration(line.value()) {
        let is_end = line
            .parameter("RELATED")
            .is_some_and(|related| related.eq_ignore_ascii_case("END"));
        return Some(if is_end {
            Trigger::End(after)
        } else {
            Trigger::Start(after)
        });
    }
    match value::moment(line.value(), None)? {
        super::Moment::Utc(instant) => Some(Trigger::At(instant)),
        _ => None,
    }
}
