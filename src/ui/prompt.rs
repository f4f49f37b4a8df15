//! Prompts at the lower edge: answering an invitation, and leaving.

use super::brush::Brush;
use super::safe;
use crate::app::State;
use crate::app::commands::{Command, Mode};
use crate::app::leave::Leave;
use crate::app::respond::{Respond, Scope, Step};
use crate::app::sentence;
use crate::config::Role;
use crate::domain::answer::Reply;
use ratatui::layout::Rect;

/// A row of the prompt: a key, then words.
struct Row {
    key: String,
    words: String,
    role: Role,
}

impl Row {
    fn new(words: impl Into<String>, role: Role) -> Self {
        Self { key: String::new(), words: words.into(), role }
    }
}

fn place(rows: usize, area: Rect) -> Rect {
    let width = area.width.saturating_sub(2).min(86).max(10).min(area.width);
    let wanted = u16::try_from(rows).unwrap_or(12) + 2;
    let height = wanted.min(area.height.saturating_sub(1)).max(3).min(area.height);
    let y = area.bottom().saturating_sub(height + 1).max(area.y);
    Rect::new(area.x + (area.width - width) / 2, y, width, height)
}

pub(super) fn respond(state: &State, open: &Respond, brush: &mut Brush, area: Rect) {
    let rows = rows(state, open);
    let place = place(rows.len(), area);
    let title = format!("Answer “{}”", safe::cut(&safe::line(&open.entry.subject), usize::from(place.width.saturating_sub(16))));
    let inner = brush.panel(place, &title);
    draw_rows(&rows, brush, inner);
}

fn draw_rows(rows: &[Row], brush: &mut Brush, inner: Rect) {
    let panel = brush.style(Role::Panel);
    for (row, y) in rows.iter().zip(inner.top()..inner.bottom()) {
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
        let words = format!("! overlaps {} by {} min ({severity})", clash.subject, clash.minutes);
        rows.push(Row::new(words, if clash.hard { Role::Danger } else { Role::Warning }));
    }
    if open.clashes.len() > 3 {
        rows.push(Row::new(format!("! and {} more", open.clashes.len() - 3), Role::Warning));
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
        "{} {} · from {} · you: {}",
        sentence::short_day(day, state.today()),
        sentence::times(&state.viewer, &open.entry),
        safe::line(&open.entry.organizer.name),
        sentence::my_answer(&open.entry)
    )
}

fn choices(state: &State, open: &Respond, rows: &mut Vec<Row>) {
    let mode = if open.step == Step::Comment { Mode::Options } else { open.mode() };
    for (command, title, reply) in [
        (Command::Accept, "accept   ", Reply::Accept),
        (Command::Tentative, "tentative", Reply::Tentative),
        (Command::Decline, "decline  ", Reply::Decline),
    ] {
        rows.push(Row {
            key: state.keymap.all_shown(mode, command),
            words: format!("{title}  {}", open.consequence(reply)),
            role: Role::Panel,
        });
    }
    if open.step == Step::Choose {
        if !open.entry.response_requested {
            rows.push(Row::new("the organizer asked for no answers: silent unless you choose (,)", Role::PanelQuiet));
        }
        return;
    }
    let key = |command| state.keymap.shown(Mode::Options, command).unwrap_or_default();
    let note = open.comment.value();
    rows.push(Row {
        key: key(Command::Comment),
        words: if open.step == Step::Comment {
            format!("note: {note}")
        } else if note.is_empty() {
            "note: none".into()
        } else {
            format!("note: {note}")
        },
        role: if open.step == Step::Comment { Role::PanelTitle } else { Role::Panel },
    });
    let who = safe::line(&open.entry.organizer.name);
    rows.push(Row {
        key: key(Command::Tell),
        words: if open.tell { format!("tells {who}") } else { "silent: tells nobody".into() },
        role: Role::Panel,
    });
    if open.is_of_series() {
        let words = match open.scope {
            None => "one or all: asked when you answer",
            Some(Scope::This) => "only this one",
            Some(Scope::Series) => "the whole series",
        };
        let keys = format!("{} {}", key(Command::OnlyThis), key(Command::WholeSeries));
        rows.push(Row { key: keys, words: words.into(), role: Role::Panel });
    }
}

fn scope(state: &State, open: &Respond, rows: &mut Vec<Row>) {
    let word = open.chosen.map_or("answered", Reply::past_tense);
    rows.push(Row::new(format!("this is one of a series. What is {word}?"), Role::PanelTitle));
    let key = |command| state.keymap.shown(Mode::Scope, command).unwrap_or_default();
    let day = crate::app::grid::dates(&state.viewer, &open.entry).0;
    rows.push(Row {
        key: key(Command::OnlyThis),
        words: format!("only this one, {}", sentence::short_day(day, state.today())),
        role: Role::Panel,
    });
    rows.push(Row {
        key: key(Command::WholeSeries),
        words: "the whole series, past and future".into(),
        role: Role::Panel,
    });
    rows.push(Row {
        key: state.keymap.shown(Mode::Scope, Command::Back).unwrap_or_default(),
        words: "neither: nothing is sent".into(),
        role: Role::PanelQuiet,
    });
}

fn trouble(state: &State, open: &Respond, rows: &mut Vec<Row>) {
    let words = open
        .entry
        .pending
        .as_ref()
        .and_then(|pending| pending.trouble.clone())
        .unwrap_or_default();
    for line in safe::wrapped(&format!("not sent: {}", safe::words(&words)), 78).into_iter().take(4) {
        rows.push(Row::new(line, Role::Danger));
    }
    for (command, words) in [
        (Command::Retry, "try again with the same answer"),
        (Command::Drop, "drop it: the answer is forgotten, nobody hears of it"),
        (Command::Back, "later: it stays here and in the header"),
    ] {
        rows.push(Row {
            key: state.keymap.shown(Mode::Trouble, command).unwrap_or_default(),
            words: words.into(),
            role: Role::Panel,
        });
    }
}

pub(super) fn leave(state: &State, leave: &Leave, brush: &mut Brush, area: Rect) {
    let answers = if leave.waiting == 1 { "1 answer waits".to_owned() } else { format!("{} answers wait", leave.waiting) };
    let mut rows = Vec::new();
    let key = |command| state.keymap.shown(Mode::Leave, command).unwrap_or_default();
    match leave.until {
        Some(until) => {
            let left = until.duration_since(state.now).as_secs().max(0);
            rows.push(Row::new(format!("sending: {answers} · at most {left} s"), Role::Pending));
            rows.push(Row {
                key: key(Command::StayHere),
                words: "leave now: they stay queued and go out next time".into(),
                role: Role::Panel,
            });
        }
        None => {
            rows.push(Row::new(format!("{answers} to be sent"), Role::Warning));
            for (command, words) in [
                (Command::SendAndLeave, "send now and leave"),
                (Command::LeaveQueued, "leave at once: they stay queued and go out next time"),
                (Command::StayHere, "stay"),
            ] {
                rows.push(Row { key: key(command), words: words.into(), role: Role::Panel });
            }
        }
    }
    let place = place(rows.len(), area);
    let inner = brush.panel(place, "Leaving");
    draw_rows(&rows, brush, inner);
}

/// Where the note is typed.
pub(super) fn cursor(open: &Respond, area: Rect) -> Option<(u16, u16)> {
    if open.step != Step::Comment {
        return None;
    }
    let clashes = open.clashes.len().min(4);
    let total = 1 + clashes + 5 + usize::from(open.is_of_series()) + usize::from(open.refusal.is_some());
    let place = place(total, area);
    let at = u16::try_from(open.comment.visual_cursor()).unwrap_or(0);
    let x = place.x + 2 + 3 + 6 + at;
    let y = place.y + 1 + u16::try_from(1 + clashes + 3).unwrap_or(0);
    let inside = x < place.right() - 1 && y < place.bottom() - 1;
    inside.then_some((x, y))
}
