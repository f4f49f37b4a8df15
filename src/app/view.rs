//! Views and the days they show.
//!
//! Invariant: the cursor's day is always among the days shown, at every size.

use crate::config::settings::{Settings, StartView};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum View {
    /// This many days, from the anchor.
    Days(u8),
    Week,
    WorkWeek,
    Agenda,
    Month,
}

/// What a view becomes at the size there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fitted {
    Grid(Vec<Date>),
    Agenda { from: Date, days: u16 },
    Month { first: Date, weeks: u16 },
}

impl View {
    pub fn first(settings: &Settings) -> Self {
        match settings.view {
            StartView::Week => Self::Week,
            StartView::Workweek => Self::WorkWeek,
            StartView::Day => Self::Days(1),
            StartView::Agenda => Self::Agenda,
            StartView::Month => Self::Month,
        }
    }

    pub fn is_grid(self) -> bool {
        matches!(self, Self::Days(_) | Self::Week | Self::WorkWeek)
    }

    /// How far `[` and `]` go.
    pub fn stepped(self, day: Date, steps: i32) -> Date {
        let span = match self {
            Self::Days(count) => (steps * i32::from(count)).days(),
            Self::Week | Self::WorkWeek | Self::Agenda => steps.weeks(),
            Self::Month => steps.months(),
        };
        day.saturating_add(span)
    }
}

/// What decides how many days fit.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Columns of the whole terminal.
    pub terminal: u16,
    pub rows: u16,
    /// Columns of the main region.
    pub main: u16,
    /// Columns of the gutters.
    pub gutter: u16,
}

impl Room {
    /// Most days a grid may have here: never under ten columns a day, and by the
    /// terminal's width seven from 110, five from 76, three from 50.
    fn days(self) -> u16 {
        let by_terminal = match self.terminal {
            110.. => 9,
            76.. => 5,
            50.. => 3,
            _ => 0,
        };
        let by_main = self.main.saturating_sub(self.gutter) / 10;
        if self.rows < 12 {
            return 0;
        }
        by_terminal.min(by_main)
    }
}

/// The days of `view` around `cursor`; `anchor` is where rolling days begin.
pub fn fitted(
    view: View,
    cursor: Date,
    anchor: Date,
    room: Room,
    settings: &Settings,
    working_days: &[i8],
) -> Fitted {
    let most = room.days();
    match view {
        View::Agenda => Fitted::Agenda {
            from: anchor.min(cursor),
            days: settings.agenda_days,
        },
        View::Month if room.terminal >= 50 && room.rows >= 12 => {
            let first = week_of(cursor.first_of_month(), settings.week_starts.weekday());
            let last = cursor.last_of_month();
            let weeks = u16::try_from((last - first).get_days() / 7 + 1).unwrap_or(6);
            Fitted::Month { first, weeks }
        }
        View::Month => Fitted::Agenda {
            from: cursor,
            days: settings.agenda_days,
        },
        _ if most == 0 => Fitted::Agenda {
            from: cursor,
            days: settings.agenda_days,
        },
        View::Week => Fitted::Grid(windowed(&week(cursor, settings), cursor, most)),
        View::WorkWeek => {
            let days: Vec<Date> = week(cursor, settings)
                .into_iter()
                .filter(|day| {
                    *day == cursor || working_days.contains(&day.weekday().to_monday_one_offset())
                })
                .collect();
            Fitted::Grid(windowed(&days, cursor, most))
        }
        View::Days(count) => {
            let days: Vec<Date> = (0..i32::from(count.max(1)))
                .map(|offset| anchor.saturating_add(offset.days()))
                .collect();
            Fitted::Grid(windowed(&days, cursor, most))
        }
    }
}

/// First day of the week that `day` is in.
pub fn week_of(day: Date, starts: Weekday) -> Date {
    let back = day.weekday().since(starts);
    day.saturating_sub(i32::from(back).days())
}

fn week(cursor: Date, settings: &Settings) -> Vec<Date> {
    let first = week_of(cursor, settings.week_starts.weekday());
    (0..7)
        .map(|offset| first.saturating_add(offset.days()))
        .collect()
}

/// At most `most` of `days`, in steps, so that moving the cursor rarely moves the window.
fn windowed(days: &[Date], cursor: Date, most: u16) -> Vec<Date> {
    let most = usize::from(most).max(1);
    if days.len() <= most {
        return days.to_vec();
    }
    let index = days.iter().position(|day| *day == cursor).unwrap_or(0);
    let start = (index / most * most).min(days.len() - most);
    days.iter().skip(start).take(most).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn days(view: View, cursor: Date, terminal: u16) -> Fitted {
        let room = Room {
            terminal,
            rows: 40,
            main: terminal,
            gutter: 6,
        };
        fitted(
            view,
            cursor,
            cursor,
            room,
            &Settings::default(),
            &[1, 2, 3, 4, 5],
        )
    }

    #[test]
    fn the_cursor_is_always_among_the_days() {
        for terminal in [50, 60, 80, 120, 200] {
            for offset in 0..14i32 {
                let cursor = date(2026, 11, 20).saturating_add(offset.days());
                for view in [View::Week, View::WorkWeek, View::Days(9), View::Days(1)] {
                    let Fitted::Grid(shown) = days(view, cursor, terminal) else {
                        panic!("no grid at {terminal}");
                    };
                    assert!(shown.contains(&cursor), "{view:?} at {terminal}");
                }
            }
        }
    }

    #[test]
    fn widths_decide_the_days() {
        let count = |terminal| match days(View::Week, date(2026, 11, 26), terminal) {
            Fitted::Grid(days) => days.len(),
            _ => 0,
        };
        assert_eq!([count(120), count(80), count(60), count(48)], [7, 5, 3, 0]);
    }
}
