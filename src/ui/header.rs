//! The header: what is shown, where and when now is, who, how fresh, what waits.

use super::brush::Brush;
use super::safe;
use crate::app::State;
use crate::app::scene::Main;
use crate::app::sentence;
use crate::app::triage::Triage;
use crate::config::Role;
use crate::domain::triage::Tally;
use crate::service::protocol::Link;
use jiff::civil::Date;
use ratatui::layout::Rect;

pub(super) fn draw(state: &State, brush: &mut Brush, area: Rect) {
    if area.height == 0 {
        return;
    }
    let ground = brush.style(Role::Header);
    brush.fill(area, ground);
    let mut right = area.right().saturating_sub(1);
    let title = title(state);
    let title_wide = u16::try_from(safe::width(&title)).unwrap_or(0) + 2;
    for part in parts(state, brush) {
        let wide = u16::try_from(safe::width(&part.text)).unwrap_or(0);
        if right < area.x + title_wide.min(area.width / 2) + wide + part.gap {
            continue;
        }
        let style = ground.patch(brush.style(part.role));
        right = brush.put_right(right, area.y, &part.text, style);
        right = right.saturating_sub(part.gap);
    }
    let strong = ground.patch(brush.style(Role::HeaderStrong));
    brush.put(
        area.x + 1,
        area.y,
        &title,
        strong,
        right.saturating_sub(area.x + 1),
    );
}

struct Part {
    text: String,
    role: Role,
    /// Cells left free before it.
    gap: u16,
}

/// From right to left, most important first; what has no room is left out.
fn parts(state: &State, brush: &Brush) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut part = |text: String, role, gap| {
        if !text.is_empty() {
            parts.push(Part { text, role, gap });
        }
    };
    let waiting = state.waiting();
    let needs = state
        .status
        .intents
        .iter()
        .filter(|intent| intent.stage.needs_you());
    let needs = needs.count();
    let marks = brush.marks;
    // Signs are the grid's own; where there is room they are spelled out.
    let spelled = state.size.0 >= 110;
    let numbered = |mark: &str, count: usize, words: &str| match (count, spelled) {
        (0, _) => String::new(),
        (_, true) => format!("{mark} {count} {words}"),
        (_, false) => format!("{mark} {count}"),
    };
    part(numbered(marks.trouble, needs, "not sent"), Role::Danger, 2);
    part(
        numbered(marks.pending, waiting - needs.min(waiting), "waiting"),
        Role::Pending,
        2,
    );
    part(
        numbered(
            marks.overlap,
            usize::try_from(state.status.overlaps).unwrap_or(0),
            "overlaps",
        ),
        Role::Conflict,
        2,
    );
    part(
        numbered(
            marks.unanswered,
            usize::try_from(state.status.invitations).unwrap_or(0),
            "to answer",
        ),
        Role::Warning,
        3,
    );
    let (words, role) = link(state, brush);
    part(words, role, 2);
    if let Some(count) = state.count {
        part(format!("' {}", count.0), Role::Warning, 2);
    }
    part(clock(state), Role::HeaderQuiet, 3);
    part(safe::words(&state.status.account), Role::HeaderQuiet, 3);
    parts
}

fn clock(state: &State) -> String {
    let here = state.viewer.wall(state.now);
    let mut text = format!("{} {}", state.viewer.place(), here.strftime("%H:%M"));
    if let Some(second) = &state.second {
        let there = second.wall(state.now);
        text.push_str(&format!(
            " · {} {}",
            second.place(),
            there.strftime("%H:%M")
        ));
    }
    text
}

/// The state of the link and the age of what is shown.
fn link(state: &State, brush: &Brush) -> (String, Role) {
    if state.gone.is_some() {
        return (format!("{} stopped", brush.marks.offline), Role::Danger);
    }
    let age = state
        .status
        .fresh_at
        .map(|fresh| age(state.now.duration_since(fresh).as_secs()));
    let aged = age.clone().map(|age| format!(" {age}")).unwrap_or_default();
    let progress = state.status.progress.map(|progress| {
        format!(
            " syncing {}/{} · {} events",
            progress.windows_done, progress.windows, progress.events
        )
    });
    match &state.status.link {
        Link::Starting if progress.is_none() => (
            format!("{} starting", brush.marks.offline),
            Role::HeaderQuiet,
        ),
        Link::Starting | Link::Live => {
            let words = progress.unwrap_or_else(|| {
                if aged.is_empty() || aged == " now" {
                    " live".into()
                } else {
                    format!(" live{aged}")
                }
            });
            (format!("{}{words}", brush.marks.live), Role::Good)
        }
        Link::Offline { .. } => (
            format!("{} offline{aged}", brush.marks.offline),
            Role::Warning,
        ),
        Link::Waiting { until } => {
            let wall = state.viewer.wall(*until);
            let words = format!(
                "{} waits until {}",
                brush.marks.offline,
                wall.strftime("%H:%M")
            );
            (words, Role::Warning)
        }
        Link::SignInNeeded { .. } => (
            format!("{} sign in: kalends login", brush.marks.trouble),
            Role::Danger,
        ),
        Link::NoAccount => (format!("{} no account", brush.marks.offline), Role::Warning),
    }
}

/// `now`, `3 min`, `2 h`, `4 d`: by the minute, so that a quiet screen stays quiet.
fn age(seconds: i64) -> String {
    match seconds {
        ..60 => "now".into(),
        60..3600 => format!("{} min", seconds / 60),
        3600..86400 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86400),
    }
}

fn title(state: &State) -> String {
    if let Some(triage) = &state.triage {
        return queue_title(triage);
    }
    let (from, to) = state.scene.days(state.cursor);
    let last = to.yesterday().unwrap_or(from);
    match &state.scene.main {
        Main::Month(_) => state.cursor.strftime("%B %Y").to_string(),
        Main::Agenda(_) if state.size.0 < 50 => {
            format!(
                "{} · {}",
                sentence::short_day(state.cursor, state.today()),
                state.viewer.wall(state.now).strftime("%H:%M")
            )
        }
        Main::Agenda(_) => format!("Agenda · {}", range(from, last)),
        Main::Grid(_) if from == last => {
            format!(
                "{} · week {}",
                from.strftime("%A %-d %B %Y"),
                from.iso_week_date().week()
            )
        }
        Main::Grid(_) => format!(
            "Week {} · {}",
            state.cursor.iso_week_date().week(),
            range(from, last)
        ),
    }
}

/// `Triage · 3 invitations · 1 proposal · 1 of 4`.
fn queue_title(triage: &Triage) -> String {
    if !triage.is_known {
        return "Triage".into();
    }
    let words = Tally::of(&triage.items).words();
    match triage.items.len() {
        0 => format!("Triage · {words}"),
        count => format!("Triage · {words} · {} of {count}", triage.at + 1),
    }
}

/// `23–29 November 2026`, `30 November – 6 December 2026`.
fn range(from: Date, last: Date) -> String {
    if from.year() != last.year() {
        format!(
            "{} – {}",
            from.strftime("%-d %B %Y"),
            last.strftime("%-d %B %Y")
        )
    } else if from.month() != last.month() {
        format!(
            "{} – {}",
            from.strftime("%-d %B"),
            last.strftime("%-d %B %Y")
        )
    } else {
        format!("{}–{}", from.day(), last.strftime("%-d %B %Y"))
    }
}
