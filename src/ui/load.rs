//! Meeting load: weeks as bars, what the meetings are, and what they leave.

use super::brush::Brush;
use super::safe;
use crate::app::State;
use crate::app::load::{AT, Page};
use crate::app::scene::Scene;
use crate::config::Role;
use crate::config::theme::Glyphs;
use crate::domain::figures::size;
use crate::domain::load::{Load, Share, Sums, cells, hours, meetings};
use jiff::civil::Date;
use ratatui::layout::Rect;

/// Where the breakdowns stand beside the weeks, and where beside each other.
const WIDE: u16 = 110;
const MIDDLE: u16 = 72;
/// Rows of a screen on which bars have air between them.
const TALL: u16 = 40;

struct Bar {
    label: String,
    minutes: i64,
    /// The part of them outside working hours.
    outside: i64,
    aside: String,
    is_here: bool,
}

pub(super) fn draw(state: &State, page: &Page, brush: &mut Brush, scene: &Scene) {
    let top = scene.header.bottom();
    let bottom = scene.about.y.min(scene.footer.y);
    let height = bottom.saturating_sub(top);
    let whole = Rect::new(scene.header.x, top, scene.header.width, height);
    brush.clear(whole, brush.style(Role::Text));
    let mut area = Rect {
        x: whole.x + 1,
        width: whole.width.saturating_sub(2),
        ..whole
    };
    let last = page.to().yesterday().unwrap_or(page.from);
    let (from, to) = (day(page.from), last.strftime("%-d %b %Y"));
    let title = format!("Meeting load · {from} – {to}");
    words(brush, &mut area, &title, Role::Strong);
    if area.height > 1 {
        let y = area.bottom() - 1;
        let own = own_figures(state);
        brush.put(area.x, y, &own, brush.style(Role::Quiet), area.width);
        area.height -= 1;
    }
    if let Some(trouble) = &page.trouble {
        words(brush, &mut area, trouble, Role::Warning);
    }
    match &page.load {
        Some(load) => counted(state, load, brush, area),
        None if page.trouble.is_some() => {}
        None => words(brush, &mut area, "Counting…", Role::Quiet),
    }
}

fn day(day: Date) -> String {
    day.strftime("%-d %b").to_string()
}

/// What asking for all this cost so far.
fn own_figures(state: &State) -> String {
    let (requests, size) = (state.status.requests, size(state.status.bytes));
    format!("Kalends itself: {requests} requests, {size} received")
}

fn counted(state: &State, load: &Load, brush: &mut Brush, mut area: Rect) {
    let zone = state.viewer.as_zone();
    let sentence = load.sentence(AT, state.today(), &zone);
    words(brush, &mut area, &sentence, Role::Text);
    let weeks = weeks(load, area.width);
    let [categories, organizers, sizes] =
        [&load.categories, &load.organizers, &load.sizes].map(|shares| parts(shares));
    let breakdowns = [
        ("by category", categories),
        ("by organizer", organizers),
        ("by other people", sizes),
    ];
    let (solid, light) = glyphs(brush);
    let legend = format!("{solid} in working hours  {light} outside");
    if area.width >= WIDE {
        let half = area.width / 2;
        let mut right = Rect {
            x: area.x + half,
            width: area.width - half,
            ..area
        };
        area.width = half - 3;
        bars(brush, &mut area, &legend, &weeks);
        blank(&mut area);
        facts(load, brush, &mut area);
        for (title, rows) in &breakdowns {
            bars(brush, &mut right, title, rows);
            blank(&mut right);
        }
        return;
    }
    bars(brush, &mut area, &legend, &weeks);
    if area.width < MIDDLE {
        for (title, rows) in &breakdowns {
            bars(brush, &mut area, title, rows);
        }
        return facts(load, brush, &mut area);
    }
    // Air is the first to go: what is said below is worth more.
    let below = lines(load, area.width);
    let most = breakdowns.iter().map(|(_, rows)| 1 + rows.len()).max();
    if usize::from(area.height) > most.unwrap_or(0) + below {
        blank(&mut area);
    }
    let width = area.width / 3;
    let mut y = area.y;
    for (place, (title, rows)) in (0..).zip(&breakdowns) {
        let mut column = Rect {
            x: area.x + place * width,
            width: width - 2,
            ..area
        };
        bars(brush, &mut column, title, rows);
        y = y.max(column.y);
    }
    area = Rect {
        y,
        height: area.bottom().saturating_sub(y),
        ..area
    };
    if usize::from(area.height) > below {
        blank(&mut area);
    }
    facts(load, brush, &mut area);
}

fn weeks(load: &Load, width: u16) -> Vec<Bar> {
    let bar = |(at, (monday, week)): (usize, &(Date, Sums))| {
        let aside = if width < MIDDLE {
            hours(week.minutes)
        } else {
            format!(
                "{} · {} · {} free",
                hours(week.minutes),
                meetings(week.meetings),
                hours(week.free)
            )
        };
        Bar {
            label: format!("week {} {}", monday.iso_week_date().week(), day(*monday)),
            minutes: week.minutes,
            outside: week.minutes - week.in_hours,
            aside,
            is_here: at == AT,
        }
    };
    load.weeks.iter().enumerate().map(bar).collect()
}

fn parts(shares: &[Share]) -> Vec<Bar> {
    let bar = |share: &Share| Bar {
        label: share.label.words(),
        minutes: share.minutes,
        outside: 0,
        aside: hours(share.minutes),
        is_here: false,
    };
    shares.iter().map(bar).collect()
}

fn facts(load: &Load, brush: &mut Brush, area: &mut Rect) {
    for fact in load.facts() {
        words(brush, area, &fact, Role::Text);
    }
}

fn lines(load: &Load, width: u16) -> usize {
    let lines = |fact: &String| safe::wrapped(fact, usize::from(width)).len();
    load.facts().iter().map(lines).sum()
}

/// As many lines as they need; the area is what is left below.
fn words(brush: &mut Brush, area: &mut Rect, text: &str, role: Role) {
    for line in safe::wrapped(text, usize::from(area.width)) {
        if area.height > 0 {
            brush.put(area.x, area.y, &line, brush.style(role), area.width);
        }
        blank(area);
    }
}

fn blank(area: &mut Rect) {
    if area.height > 0 {
        area.y += 1;
        area.height -= 1;
    }
}

fn glyphs(brush: &Brush) -> (&'static str, &'static str) {
    match brush.theme.glyphs {
        Glyphs::Unicode => ("█", "▒"),
        Glyphs::Ascii => ("#", "+"),
    }
}

/// A title and a line each: name, bar, hours.
fn bars(brush: &mut Brush, area: &mut Rect, title: &str, rows: &[Bar]) {
    words(brush, area, title, Role::Quiet);
    let wide = |text: &str| u16::try_from(safe::width(text)).unwrap_or(0);
    let label = rows.iter().map(|row| wide(&row.label)).max().unwrap_or(0);
    let label = label.min((area.width / 2).saturating_sub(2));
    let aside = rows.iter().map(|row| wide(&row.aside)).max().unwrap_or(0);
    let indent = if rows.iter().any(|row| row.is_here) {
        2
    } else {
        0
    };
    let room = area.width.saturating_sub(indent + label + aside + 2);
    let most = rows.iter().map(|row| row.minutes).max().unwrap_or(0);
    let (solid, light) = glyphs(brush);
    for row in rows {
        if area.height == 0 {
            return;
        }
        let (x, y) = (area.x, area.y);
        let role = if row.is_here {
            Role::Strong
        } else {
            Role::Text
        };
        let style = brush.style(role);
        if row.is_here {
            brush.put(x, y, brush.marks.choice, style, 1);
        }
        let name = safe::cut(&row.label, usize::from(label));
        let x = x + indent;
        brush.put(x, y, &name, style, label);
        let filled = cells(row.minutes, most, usize::from(room));
        let outside = cells(row.outside, row.minutes, filled);
        let bar = solid.repeat(filled - outside);
        let used = brush.put(x + label + 1, y, &bar, brush.style(Role::Strong), room);
        let bar = light.repeat(outside);
        let warning = brush.style(Role::Warning);
        brush.put(x + label + 1 + used, y, &bar, warning, room - used);
        brush.put_right(area.right(), y, &row.aside, style);
        blank(area);
        if brush.area().height >= TALL {
            blank(area);
        }
    }
}
