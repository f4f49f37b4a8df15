//! Prompts at the lower edge: answering an invitation, and leaving.

use super::brush::Brush;
use super::safe;
use crate::app::State;
use crate::app::commands::{Command, Mode};
use crate::app::deleting::Delete;
use crate::app::leave::Leave;
use crate::app::respond::{Respond, Scope, Step};
use crate::app::sentence;
use crate::app::triage::Settle;
use crate::app::which::{self, Which};
use crate::config::Role;
use crate::domain::answer::Reply;
use crate::domain::entry::Deed;
use ratatui::layout::Rect;

/// A row of the prompt: a key, then words.
struct Row {
    key: String,
    words: String,
    role: Role,
    /// The cursor stands at its end.
    typed: bool,
}

impl Row {
    fn new(words: impl Into<String>, role: Role) -> Self {
        Self {
            key: String::new(),
            words: words.into(),
            role,
            typed: false,
        }
    }

    fn keyed(key: String, words: impl Into<String>, role: Role) -> Self {
        Self {
            key,
            ..Self::new(words, role)
        }
    }
}

fn place(rows: usize, area: Rect) -> Rect {
    let width = area.width.saturating_sub(2).clamp(10, 86).min(area.width);
    let wanted = u16::try_from(rows).unwrap_or(12) + 2;
    let height = wanted
        .min(area.height.saturating_sub(1))
        .max(3)
        .min(area.height);
    // The last two lines stay in sight where there is room: the event and the keys.
    let below = if area.height > height + 4 { 2 } else { 1 };
    let y = area.bottom().saturating_sub(height + below).max(area.y);
    Rect::new(area.x + (area.width - width) / 2, y, width, height)
}

/// A row that is longer than its line goes on below, under its own words.
fn broken(rows: Vec<Row>, width: u16) -> Vec<Row> {
    let mut lines = Vec::new();
    for row in rows {
        let indent = if row.key.is_empty() {
            0
        } else {
            safe::width(&row.key) + 2
        };
        let room = usize::from(width).saturating_sub(indent).max(8);
        for (index, words) in safe::wrapped(&row.words, room)
            .into_iter()
            .take(4)
            .enumerate()
        {
            let key = if index == 0 {
                row.key.clone()
            } else {
                " ".repeat(indent.saturating_sub(2))
            };
            lines.push(Row {
                key,
                words,
                role: row.role,
                typed: row.typed,
            });
        }
    }
    lines
}

fn inner_width(area: Rect) -> u16 {
    place(1, area).width.saturating_sub(4)
}

pub(super) fn respond(state: &State, open: &Respond, brush: &mut Brush, area: Rect) {
    let rows = broken(rows(state, open), inner_width(area));
    let place = place(rows.len(), area);
    let room = usize::from(place.width.saturating_sub(16));
    let what = if open.step == Step::Trouble {
        "Not sent:"
    } else {
        "Answer"
    };
    let subject = safe::cut(&safe::line(&open.entry.subject), room);
    let title = format!("{what} “{subject}”");
    let inner = brush.panel(place, &title);
    draw_rows(&rows, brush, inner);
}

/// How an overlap is about to be settled.
pub(super) fn settle(state: &State, open: &Settle, brush: &mut Brush, area: Rect) {
    let mut rows: Vec<Row> = open
        .lines
        .iter()
        .map(|line| Row::new(line.clone(), Role::Panel))
        .collect();
    for (command, words) in [(Command::SettleClash, "do it"), (Command::Back, "not now")] {
        let key = state.keymap.shown(Mode::Settle, command);
        rows.push(Row::keyed(key.unwrap_or_default(), words, Role::PanelQuiet));
    }
    let rows = broken(rows, inner_width(area));
    let inner = brush.panel(place(rows.len(), area), &open.title);
    draw_rows(&rows, brush, inner);
}

fn draw_rows(rows: &[Row], brush: &mut Brush, inner: Rect) {
    let panel = brush.style(Role::Panel);
    // What is typed, and what was refused, stand last and are never cut off.
    let first = rows.len().saturating_sub(usize::from(inner.height));
    let first = if rows.iter().any(|row| row.typed) {
        first
    } else {
        0
    };
    for (row, y) in rows.iter().skip(first).zip(inner.top()..inner.bottom()) {
        let mut x = inner.x;
        if !row.key.is_empty() {
            let style = panel.patch(brush.style(Role::Key));
            x += brush.put(x, y, &row.key, style, inner.width) + 2;
        }
        let style = panel.patch(brush.style(row.role));
        brush.put(x, y, &row.words, style, inner.right().saturating_sub(x));
    }
}

fn rows(state: &State, open: &Respond) -> Vec<Row> {
    let mut rows = vec![Row::new(heading(state, open), Role::PanelQuiet)];
    for clash in open.clashes.iter().take(3) {
        let severity = if clash.hard { "hard" } else { "soft" };
        let words = format!(
            "! overlaps {} by {} min ({severity})",
            clash.subject, clash.minutes
        );
        rows.push(Row::new(
            words,
            if clash.hard {
                Role::Danger
            } else {
                Role::Warning
            },
        ));
    }
    if open.clashes.len() > 3 {
        rows.push(Row::new(
            format!("! and {} more", open.clashes.len() - 3),
            Role::Warning,
        ));
    }
    match open.step {
        Step::Trouble => trouble(state, open, &mut rows),
        Step::Scope => scope(state, open, &mut rows),
        Step::Choose | Step::Options | Step::Comment => choices(state, open, &mut rows),
    }
    if let Some(refusal) = &open.refusal {
        rows.push(Row::new(refusal.clone(), Role::Warning));
    }
    rows
}

fn heading(state: &State, open: &Respond) -> String {
    let day = crate::app::grid::dates(&state.viewer, &open.entry).0;
    format!(
        "{} {} · from {} · {}",
        sentence::short_day(day, state.today()),
        sentence::times(&state.viewer, &open.entry),
        safe::line(&open.entry.organizer.name),
        state.answer_words(&open.entry)
    )
}

fn choices(state: &State, open: &Respond, rows: &mut Vec<Row>) {
    let mode = if open.step == Step::Comment {
        Mode::Options
    } else {
        open.mode()
    };
    let whose = state.behalf(&open.entry.calendar);
    if let Some(who) = &whose {
        rows.push(Row::new(
            format!("{who}’s calendar: the answer goes out in {who}’s name"),
            Role::Warning,
        ));
    }
    for (command, title, reply) in [
        (Command::Accept, "accept   ", Reply::Accept),
        (Command::Tentative, "tentative", Reply::Tentative),
        (Command::Decline, "decline  ", Reply::Decline),
    ] {
        let keys = state.keymap.all_shown(mode, command);
        let words = format!("{title}  {}", open.consequence(reply, whose.as_deref()));
        rows.push(Row::keyed(keys, words, Role::Panel));
    }
    let calendar = whose.map_or("your calendar".into(), |who| format!("{who}’s calendar"));
    let words =
        format!("declining removes it from {calendar} and cannot be undone after it is sent");
    rows.push(Row::new(words, Role::Warning));
    if open.step == Step::Choose {
        if !open.entry.response_requested {
            rows.push(Row::new(
                "the organizer asked for no answers: silent unless you choose (,)",
                Role::PanelQuiet,
            ));
        }
        return;
    }
    let key = |command| {
        state
            .keymap
            .shown(Mode::Options, command)
            .unwrap_or_default()
    };
    let note = open.comment.value();
    let typing = open.step == Step::Comment;
    let words = match (typing, note.is_empty()) {
        (false, true) => "note: none".to_owned(),
        _ => format!("note: {note}"),
    };
    let role = if typing {
        Role::PanelTitle
    } else {
        Role::Panel
    };
    rows.push(Row {
        typed: typing,
        ..Row::keyed(key(Command::Comment), words, role)
    });
    let who = safe::line(&open.entry.organizer.name);
    let words = if open.tell {
        format!("tells {who}")
    } else {
        "silent: tells nobody".to_owned()
    };
    rows.push(Row::keyed(key(Command::Tell), words, Role::Panel));
    if open.is_of_series() {
        let words = match open.scope {
            None => "one or all: asked when you answer",
            Some(Scope::This) => "only this one",
            Some(Scope::Series) => "the whole series",
        };
        let keys = format!("{} {}", key(Command::OnlyThis), key(Command::WholeSeries));
        rows.push(Row::keyed(keys, words, Role::Panel));
    }
}

fn scope(state: &State, open: &Respond, rows: &mut Vec<Row>) {
    let word = open.chosen.map_or("answered", Reply::past_tense);
    rows.push(Row::new(
        format!("this is one of a series. What is {word}?"),
        Role::PanelTitle,
    ));
    let key = |command| state.keymap.shown(Mode::Scope, command).unwrap_or_default();
    let day = crate::app::grid::dates(&state.viewer, &open.entry).0;
    rows.push(Row::keyed(
        key(Command::OnlyThis),
        format!("only this one, {}", sentence::short_day(day, state.today())),
        Role::Panel,
    ));
    rows.push(Row::keyed(
        key(Command::WholeSeries),
        "the whole series, past and future",
        Role::Panel,
    ));
    rows.push(Row::keyed(
        key(Command::Back),
        "neither: nothing is sent",
        Role::PanelQuiet,
    ));
}

fn trouble(state: &State, open: &Respond, rows: &mut Vec<Row>) {
    let words = open
        .entry
        .pending
        .as_ref()
        .and_then(|pending| pending.trouble.clone())
        .unwrap_or_default();
    for line in safe::wrapped(&format!("not sent: {}", safe::words(&words)), 78)
        .into_iter()
        .take(4)
    {
        rows.push(Row::new(line, Role::Danger));
    }
    let is_change = open
        .entry
        .pending
        .as_ref()
        .is_some_and(|pending| pending.deed == Deed::Change);
    let copy = (
        Command::KeepCopy,
        "keep what you changed as an event of its own",
    );
    for (command, words) in [
        (Command::Retry, "try again as it stands"),
        (
            Command::Drop,
            "drop it: it is forgotten, nobody hears of it",
        ),
    ]
    .into_iter()
    .chain(is_change.then_some(copy))
    .chain([(Command::Back, "later: it stays here and in the header")])
    {
        let key = state.keymap.shown(Mode::Trouble, command);
        rows.push(Row::keyed(key.unwrap_or_default(), words, Role::Panel));
    }
}

/// What deleting means, before it is done.
pub(super) fn delete(state: &State, open: &Delete, brush: &mut Brush, area: Rect) {
    let entry = &open.entry;
    let day = crate::app::grid::dates(&state.viewer, entry).0;
    let day = sentence::short_day(day, state.today());
    let key = |command| {
        state
            .keymap
            .shown(Mode::Delete, command)
            .unwrap_or_default()
    };
    let mut rows = vec![
        Row::new(
            format!("{day} {}", sentence::times(&state.viewer, entry)),
            Role::PanelQuiet,
        ),
        Row::new(open.consequence(state), Role::Warning),
    ];
    let (this, all) = (Command::DeleteThis, Command::DeleteSeries);
    if open.is_of_series() {
        rows.push(Row::keyed(
            key(this),
            format!("only this one, {day}"),
            Role::Panel,
        ));
        if entry.is_organizer {
            let words = format!("{day} and all that follow");
            rows.push(Row::keyed(
                key(Command::DeleteFollowing),
                words,
                Role::Panel,
            ));
        }
        rows.push(Row::keyed(
            key(all),
            "the whole series, past and future",
            Role::Panel,
        ));
    } else {
        rows.push(Row::keyed(key(this), "delete it", Role::Panel));
    }
    if entry.is_organizer && entry.attendees > 0 {
        let words = "this one, with words to everybody";
        rows.push(Row::keyed(
            key(Command::DeleteWithWords),
            words,
            Role::Panel,
        ));
    }
    rows.push(Row::keyed(key(Command::Back), "keep it", Role::PanelQuiet));
    let rows = broken(rows, inner_width(area));
    let place = place(rows.len(), area);
    let room = usize::from(place.width.saturating_sub(16));
    let title = format!("Delete “{}”", safe::cut(&safe::line(&entry.subject), room));
    let inner = brush.panel(place, &title);
    draw_rows(&rows, brush, inner);
}

/// One, these, or all: before a page is opened.
pub(super) fn which(state: &State, open: &Which, brush: &mut Brush, area: Rect) {
    let day = crate::app::grid::dates(&state.viewer, &open.entry).0;
    let day = sentence::short_day(day, state.today());
    let key = |command| state.keymap.shown(Mode::Which, command).unwrap_or_default();
    let mut rows = vec![Row::new(
        "this is one of a series. What is changed?",
        Role::PanelQuiet,
    )];
    let (one, following) = (
        format!("only this one, {day}"),
        format!("{day} and all that follow: the series is cut in two"),
    );
    rows.push(Row::keyed(key(Command::OnlyThis), one, Role::Panel));
    match which::why_not_following(&open.entry) {
        Some(reason) => rows.push(Row::keyed(key(Command::Following), reason, Role::Disabled)),
        None => rows.push(Row::keyed(key(Command::Following), following, Role::Panel)),
    }
    rows.push(Row::keyed(
        key(Command::WholeSeries),
        "the whole series, past and future",
        Role::Panel,
    ));
    rows.push(Row::keyed(key(Command::Back), "nothing", Role::PanelQuiet));
    let rows = broken(rows, inner_width(area));
    let place = place(rows.len(), area);
    let room = usize::from(place.width.saturating_sub(16));
    let title = format!(
        "Edit “{}”",
        safe::cut(&safe::line(&open.entry.subject), room)
    );
    let inner = brush.panel(place, &title);
    draw_rows(&rows, brush, inner);
}

pub(super) fn leave(state: &State, leave: &Leave, brush: &mut Brush, area: Rect) {
    let answers = if leave.waiting == 1 {
        "1 change waits".to_owned()
    } else {
        format!("{} changes wait", leave.waiting)
    };
    let mut rows = Vec::new();
    let key = |command| state.keymap.shown(Mode::Leave, command).unwrap_or_default();
    match leave.until {
        Some(until) => {
            let left = until.duration_since(state.now).as_secs().max(0);
            rows.push(Row::new(
                format!("sending: {answers} · at most {left} s"),
                Role::Pending,
            ));
            rows.push(Row::keyed(
                key(Command::StayHere),
                "leave now: they stay queued and go out next time",
                Role::Panel,
            ));
        }
        None => {
            rows.push(Row::new(format!("{answers} to be sent"), Role::Warning));
            for (command, words) in [
                (Command::SendAndLeave, "send now and leave"),
                (
                    Command::LeaveQueued,
                    "leave at once: they stay queued and go out next time",
                ),
                (Command::StayHere, "stay"),
            ] {
                rows.push(Row::keyed(key(command), words, Role::Panel));
            }
        }
    }
    let rows = broken(rows, inner_width(area));
    let place = place(rows.len(), area);
    let inner = brush.panel(place, "Leaving");
    draw_rows(&rows, brush, inner);
}

/// Where the note is typed.
pub(super) fn cursor(state: &State, open: &Respond, area: Rect) -> Option<(u16, u16)> {
    if open.step != Step::Comment {
        return None;
    }
    let rows = broken(rows(state, open), inner_width(area));
    let place = place(rows.len(), area);
    let first = rows
        .len()
        .saturating_sub(usize::from(place.height.saturating_sub(2)));
    let at = rows.iter().rposition(|row| row.typed)?;
    let row = rows.get(at)?;
    let cells = safe::width(&row.key) + 2 + safe::width(&row.words);
    let x = place.x + 2 + u16::try_from(cells).unwrap_or(0);
    let y = place.y + 1 + u16::try_from(at.checked_sub(first)?).unwrap_or(0);
    let inside = x < place.right() - 1 && y < place.bottom() - 1;
    inside.then_some((x, y))
}
