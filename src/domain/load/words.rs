//! What was counted, in words for the screen and the command line.

use super::{Label, Load, Sums};
use crate::domain::zone::Zone;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

/// `17 h 30`, `3 h`, `45 min`.
pub fn hours(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) if minutes > 0 => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes:02}"),
    }
}

/// How many of `room` cells these minutes take beside the most there are; something is seen of any.
pub fn cells(minutes: i64, most: i64, room: usize) -> usize {
    if minutes <= 0 {
        return 0;
    }
    let cells = i128::from(minutes) * room as i128 / i128::from(most.max(minutes));
    usize::try_from(cells).unwrap_or(0).max(1).min(room)
}

/// `1 meeting`, `9 meetings`.
pub fn meetings(count: u32) -> String {
    match count {
        1 => "1 meeting".into(),
        count => format!("{count} meetings"),
    }
}

impl Label {
    /// One harmless line.
    pub fn words(&self) -> String {
        match self {
            Self::Named(name) => name.safe_line(Some(60)).trim().to_owned(),
            Self::Me => "you".into(),
            Self::Without => "no category".into(),
            Self::Size(name) => (*name).into(),
            Self::Rest(1) => "1 other".into(),
            Self::Rest(others) => format!("{others} others"),
        }
    }
}

impl Load {
    /// The one that matters, of one week: how much, how much more than before, and the longest
    /// stretch that is free.
    pub fn sentence(&self, at: usize, today: Date, zone: &Zone) -> String {
        let Some((monday, week)) = self.weeks.get(at) else {
            return String::new();
        };
        let called = if (*monday..monday.saturating_add(7.days())).contains(&today) {
            "this week".to_owned()
        } else {
            format!("in week {}", monday.iso_week_date().week())
        };
        let amount = match week.minutes {
            0 => "no meetings".into(),
            minutes => format!("{} in meetings", hours(minutes)),
        };
        let before = at.checked_sub(1).and_then(|at| self.weeks.get(at));
        let change = match before.map(|(_, before)| week.minutes - before.minutes) {
            None => String::new(),
            Some(0) => ", as much as the week before".into(),
            Some(more @ 1..) => format!(", {} more than the week before", hours(more)),
            Some(less) => format!(", {} less than the week before", hours(-less)),
        };
        format!("{amount} {called}{change}; {}", longest(week, zone))
    }

    /// What is not shown as a bar.
    pub fn facts(&self) -> [String; 5] {
        let (total, runs, answers) = (&self.total, &self.runs, &self.answers);
        let runs = match runs.count {
            0 => "no three meetings without a pause".to_owned(),
            count => format!(
                "{count} {} of three meetings or more without a pause, the longest {} in {}",
                if count == 1 { "run" } else { "runs" },
                runs.meetings,
                hours(runs.minutes)
            ),
        };
        [
            format!(
                "{} free in working hours: {} stretches of 1 h or more, {} of 2 h or more",
                hours(total.free),
                total.one_hour,
                total.two_hours
            ),
            runs,
            format!(
                "{} of meetings outside working hours; {} in appointments of your own",
                hours(total.minutes - total.in_hours),
                hours(total.focus)
            ),
            format!(
                "invitations: {} accepted, {} tentative, {} declined, {} not answered",
                answers.accepted, answers.tentative, answers.declined, answers.unanswered
            ),
            self.waited.words(),
        ]
    }
}

fn longest(week: &Sums, zone: &Zone) -> String {
    let Some(span) = week.longest else {
        return "nothing is free in working hours".into();
    };
    let wall = |minute: i64| {
        let instant = Timestamp::from_second(minute.saturating_mul(60));
        zone.wall(instant.unwrap_or(Timestamp::UNIX_EPOCH))
    };
    let (start, end) = (wall(span.start), wall(span.end));
    format!(
        "longest free stretch {}–{}",
        start.strftime("%a %H:%M"),
        end.strftime("%H:%M")
    )
}
