//! The scene: everything that was laid out for the size and entries there are.
//! A frame only reads it.

use super::State;
use super::agenda::{self, Agenda};
use super::grid::{Grid, Plan};
use super::month::{self, Month};
use super::view::{Fitted, Room, View, fitted};
use super::vitals;
use crate::config::Settings;
use crate::domain::calendar::MailboxSettings;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use ratatui::layout::Rect;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Main {
    Grid(Grid),
    Agenda(Agenda),
    Month(Month),
}

impl Default for Main {
    fn default() -> Self {
        Self::Agenda(Agenda::default())
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scene {
    pub header: Rect,
    pub sidebar: Option<Rect>,
    /// What waits for the person.
    pub queue: Option<Rect>,
    pub main_area: Rect,
    pub inspector: Option<Rect>,
    /// The line about the selected event; height 0 when there is no room.
    pub about: Rect,
    pub footer: Rect,
    /// Kalends itself, over the view.
    pub vitals: Option<Rect>,
    pub main: Main,
}

impl Scene {
    pub fn grid(&self) -> Option<&Grid> {
        match &self.main {
            Main::Grid(grid) => Some(grid),
            _ => None,
        }
    }

    /// Days the main view shows, `[from, to)`.
    pub fn days(&self, cursor: Date) -> (Date, Date) {
        let next = |day: Date| day.saturating_add(1.day());
        match &self.main {
            Main::Grid(grid) => {
                let first = grid
                    .columns
                    .first()
                    .map_or(cursor, |column| column.day.date);
                let last = grid.columns.last().map_or(cursor, |column| column.day.date);
                (first, next(last))
            }
            Main::Agenda(agenda) => {
                let first = agenda.from.unwrap_or(cursor);
                (
                    first,
                    first.saturating_add(i32::from(agenda.days.max(1)).days()),
                )
            }
            Main::Month(month) => {
                let first = month.cells.first().map_or(cursor, |cell| cell.date);
                let last = month.cells.last().map_or(cursor, |cell| cell.date);
                (first, next(last))
            }
        }
    }
}

/// Width of the inspector where it stands beside the view.
const INSPECTOR: u16 = 42;
const SIDEBAR: u16 = 24;

/// Everything a scene is made from: where nothing of this changed, nothing moves.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Basis {
    size: (u16, u16),
    view: View,
    cursor: Date,
    anchor: Date,
    agenda_more: u16,
    rows_per_hour: u16,
    panels: [bool; 4],
    has_second: bool,
    zone: String,
    minute: Timestamp,
    entries: u64,
    mailbox: Option<MailboxSettings>,
    settings: Settings,
}

impl Basis {
    pub(super) fn of(state: &State) -> Self {
        Self {
            size: state.size,
            view: state.view,
            cursor: state.cursor,
            anchor: state.anchor,
            agenda_more: state.agenda_more,
            rows_per_hour: state.rows_per_hour,
            panels: [
                state.sidebar.is_some(),
                state.inspector.is_some(),
                state.triage.is_some(),
                state.vitals.is_some(),
            ],
            has_second: state.second.is_some(),
            zone: state.viewer.name.clone(),
            minute: minute(state.now),
            entries: state.known.version,
            mailbox: state.status.settings.clone(),
            settings: state.settings.clone(),
        }
    }
}

/// Nothing that is laid out moves within a minute.
fn minute(now: Timestamp) -> Timestamp {
    Timestamp::from_second(now.as_second().div_euclid(60) * 60).unwrap_or(now)
}

/// Lays everything out again.
pub fn compose(state: &State) -> Scene {
    let mut scene = regions(state);
    let area = scene.main_area;
    let is_open = state.vitals.is_some();
    scene.vitals = vitals::area(area).filter(|_| is_open);
    let room = Room {
        terminal: state.size.0,
        rows: state.size.1,
        main: area.width,
        gutter: gutter(state),
    };
    let working_days = working_days(state);
    if state.triage.is_some() {
        scene.main = if scene.inspector == Some(area) {
            // There is no room for the day: what is seen of it is the queue and the event.
            Main::Agenda(Agenda {
                from: Some(state.cursor),
                days: 1,
                ..Agenda::default()
            })
        } else {
            Main::Grid(grid(state, area, &[state.cursor], &working_days))
        };
        return scene;
    }
    let fitted = fitted(
        state.view,
        state.cursor,
        state.anchor,
        room,
        &state.settings,
        &working_days,
    );
    scene.main = match fitted {
        Fitted::Grid(days) => Main::Grid(grid(state, area, &days, &working_days)),
        Fitted::Agenda { from, days } => Main::Agenda(agenda::compose(
            &state.viewer,
            &state.known,
            from,
            days + state.agenda_more,
            state.cursor,
            minute(state.now),
            state.size.1 >= 24 && state.size.0 >= 50,
        )),
        Fitted::Month { first, weeks } => Main::Month(month::compose(
            &state.viewer,
            &state.known,
            first,
            weeks,
            state.cursor,
            area,
        )),
    };
    scene
}

pub fn working_days(state: &State) -> Vec<i8> {
    state.status.settings.as_ref().map_or_else(
        || vec![1, 2, 3, 4, 5],
        |settings| settings.working_days.clone(),
    )
}

fn gutter(state: &State) -> u16 {
    if state.second.is_some() && state.size.0 >= 60 {
        12
    } else {
        6
    }
}

fn grid(state: &State, area: Rect, days: &[Date], working_days: &[i8]) -> Grid {
    let minutes = |time: jiff::civil::Time| i32::from(time.hour()) * 60 + i32::from(time.minute());
    let working = state
        .status
        .settings
        .as_ref()
        .map_or((480, 1020), |settings| {
            (minutes(settings.working_from), minutes(settings.working_to))
        });
    Plan {
        viewer: &state.viewer,
        known: &state.known,
        days,
        now: minute(state.now),
        area,
        gutter: gutter(state),
        rows_per_hour: state.rows_per_hour,
        band_cap: state.settings.all_day_rows,
        working,
        working_days,
    }
    .compose()
}

fn regions(state: &State) -> Scene {
    let (columns, rows) = state.size;
    let header = Rect::new(0, 0, columns, rows.min(1));
    let footer_rows = u16::from(rows >= 3);
    let about_rows = u16::from(rows >= 10);
    let body_rows = rows.saturating_sub(1 + footer_rows + about_rows);
    let mut body = Rect::new(0, header.height, columns, body_rows);
    let about = Rect::new(0, body.y + body.height, columns, about_rows);
    let footer = Rect::new(0, about.y + about_rows, columns, footer_rows);
    let mut scene = Scene {
        header,
        about,
        footer,
        ..Scene::default()
    };
    if state.triage.is_some() {
        triage_regions(&mut scene, body);
        return scene;
    }
    if state.sidebar.is_some() && columns >= 76 {
        scene.sidebar = Some(Rect {
            width: SIDEBAR,
            ..body
        });
        body.x += SIDEBAR;
        body.width -= SIDEBAR;
    }
    if state.inspector.is_some() {
        scene.inspector = Some(inspector_area(&mut body));
    }
    scene.main_area = body;
    scene
}

/// The queue, the day and the event beside each other; where that is too narrow the day is left
/// out, and where two do not fit beside each other the queue is above.
fn triage_regions(scene: &mut Scene, body: Rect) {
    let (queue, rest) = if body.width >= 76 {
        let width = (body.width / 3).clamp(34, 48);
        let queue = Rect { width, ..body };
        let rest = Rect {
            x: body.x + width,
            width: body.width - width,
            ..body
        };
        (queue, rest)
    } else {
        let height = body.height / 2;
        let queue = Rect { height, ..body };
        let rest = Rect {
            y: body.y + height,
            height: body.height - height,
            ..body
        };
        (queue, rest)
    };
    let inspector = if rest.width >= INSPECTOR + 26 {
        let width = INSPECTOR.max(rest.width / 2);
        Rect {
            x: rest.right() - width,
            width,
            ..rest
        }
    } else {
        rest
    };
    scene.queue = Some(queue);
    scene.inspector = Some(inspector);
    scene.main_area = if inspector == rest {
        rest
    } else {
        Rect {
            width: rest.width - inspector.width,
            ..rest
        }
    };
}

/// Beside the view where both fit, below it where the screen is high, else in its place.
fn inspector_area(body: &mut Rect) -> Rect {
    if body.width >= INSPECTOR + 50 {
        let width = INSPECTOR.max(body.width / 4).min(64);
        body.width -= width;
        Rect {
            x: body.x + body.width,
            width,
            ..*body
        }
    } else if body.height >= 30 {
        let height = body.height * 2 / 5;
        body.height -= height;
        Rect {
            y: body.y + body.height,
            height,
            ..*body
        }
    } else {
        *body
    }
}
