//! The last two lines: the selected event (or something to read once), and the keys that work here.

use super::brush::Brush;
use super::safe;
use crate::app::State;
use crate::app::availability::why_not;
use crate::app::commands::{Command, Mode, spec};
use crate::app::overlay::Overlay;
use crate::app::respond::Step;
use crate::app::sentence;
use crate::config::Role;
use crate::service::protocol::{Level, Link};
use ratatui::layout::Rect;

/// What was said, else what the link needs, else the selected event.
pub(super) fn about(state: &State, brush: &mut Brush, area: Rect) {
    if area.height == 0 {
        return;
    }
    brush.fill(area, brush.style(Role::Header));
    let room = area.width.saturating_sub(2);
    if let Some(Overlay::Move(open)) = &state.overlay {
        let words = open.words(state);
        brush.put(area.x + 1, area.y, &words, brush.style(Role::Strong), room);
        return;
    }
    if let Some(said) = &state.said {
        let role = match said.level {
            Level::News => Role::Good,
            Level::Warning => Role::Warning,
            Level::Error => Role::Danger,
        };
        brush.put(area.x + 1, area.y, &said.words, brush.style(role), room);
        return;
    }
    if let Some((words, role)) = standing(state) {
        brush.put(area.x + 1, area.y, &words, brush.style(role), room);
        return;
    }
    let Some((_, entry)) = state.selected_entry() else {
        let day = sentence::short_day(state.cursor, state.today());
        let words = format!("{day}: no event selected");
        brush.put(area.x + 1, area.y, &words, brush.style(Role::Quiet), room);
        return;
    };
    let mut x = area.x + 1;
    let end = area.x + 1 + room;
    let title = safe::line(&entry.subject);
    x += brush.put(x, area.y, &title, brush.style(Role::Strong), room);
    for part in sentence::about(state, entry) {
        if x >= end {
            break;
        }
        let role = if part.starts_with("overlaps") || part.starts_with("not sent") {
            Role::Conflict
        } else if part.ends_with("not answered") {
            Role::Warning
        } else {
            Role::Quiet
        };
        x += brush.put(x, area.y, " · ", brush.style(Role::Quiet), end - x);
        x += brush.put(x, area.y, &part, brush.style(role), end.saturating_sub(x));
    }
}

/// What the person must know until it is over.
fn standing(state: &State) -> Option<(String, Role)> {
    if let Some(words) = &state.gone {
        return Some((
            format!("the data side ended: {words}. What is here stays readable"),
            Role::Danger,
        ));
    }
    match &state.status.link {
        Link::SignInNeeded { words } => Some((
            format!(
                "{}. Run kalends login in another terminal; what is here stays readable",
                safe::words(words)
            ),
            Role::Danger,
        )),
        Link::NoAccount => Some((
            "no account is signed in: run kalends login, or kalends demo to look around".into(),
            Role::Warning,
        )),
        _ => None,
    }
}

pub(super) fn keys(state: &State, brush: &mut Brush, area: Rect) {
    if area.height == 0 {
        return;
    }
    brush.fill(area, brush.style(Role::Header));
    let mut right = area.right().saturating_sub(1);
    right = aside(state, brush, area, right);
    right = event_keys(state, brush, area, right);
    let mut x = area.x + 1;
    for (keys, title) in hints(state) {
        let wide = u16::try_from(safe::width(&keys) + safe::width(&title) + 1).unwrap_or(u16::MAX);
        if x.saturating_add(wide) > right {
            break;
        }
        x += brush.put(x, area.y, &keys, brush.style(Role::Key), right - x);
        x += 1;
        x += brush.put(x, area.y, &title, brush.style(Role::KeyTitle), right - x);
        x += 2;
    }
}

/// What can be done with the selected event, at the right, so that the keys at
/// the left stay where they are while the selection moves.
fn event_keys(state: &State, brush: &mut Brush, area: Rect, right: u16) -> u16 {
    if state.mode() != Mode::Calendar || !state.typed.is_empty() {
        return right;
    }
    let mut right = right;
    for command in [Command::Join, Command::Respond, Command::Inspect] {
        let key = state.keymap.shown(Mode::Calendar, command);
        let (Some(key), None, Some(spec)) = (key, why_not(state, command), spec(command)) else {
            continue;
        };
        let wide = u16::try_from(safe::width(&key) + safe::width(spec.title) + 1).unwrap_or(0);
        if right < area.x + wide + area.width / 3 {
            break;
        }
        let x = brush.put_right(right, area.y, spec.title, brush.style(Role::KeyTitle));
        let x = brush.put_right(x.saturating_sub(1), area.y, &key, brush.style(Role::Key));
        right = x.saturating_sub(2);
    }
    right
}

/// The undo countdown, or a banner; returns where it begins.
fn aside(state: &State, brush: &mut Brush, area: Rect, right: u16) -> u16 {
    if let (Some(left), Some(undo)) = (state.undo_seconds_left(), &state.undoable) {
        let key = state
            .keymap
            .shown(Mode::Calendar, Command::Undo)
            .unwrap_or_default();
        let room = usize::from(area.width / 2);
        let words = safe::cut(&undo.words, room.saturating_sub(30).max(8));
        let text = format!(
            "{} {words} · sent in {left} s · {key} takes it back",
            brush.marks.pending
        );
        let text = safe::cut(&text, usize::from(area.width.saturating_sub(2)));
        return brush
            .put_right(right, area.y, &text, brush.style(Role::Pending))
            .saturating_sub(2);
    }
    // Where there is no room, help shows the banners.
    let banner = state.status.banners.first().filter(|_| area.width >= 100);
    if let Some(banner) = banner {
        let text = safe::cut(&safe::words(banner), usize::from(area.width / 3));
        return brush
            .put_right(right, area.y, &text, brush.style(Role::Warning))
            .saturating_sub(2);
    }
    right
}

/// Keys and titles for the mode, most useful first; what cannot be done is left out.
fn hints(state: &State) -> Vec<(String, String)> {
    let mode = state.mode();
    if !state.typed.is_empty() {
        return state
            .keymap
            .continuations(mode, &state.typed)
            .iter()
            .filter_map(|bound| Some((bound.chord.shown(), spec(bound.command)?.title.to_owned())))
            .collect();
    }
    let wanted: &[Command] = match mode {
        Mode::Calendar => &[
            Command::Today,
            Command::Next,
            Command::Previous,
            Command::Jump,
            Command::Search,
            Command::GoTo,
            Command::Agenda,
            Command::Week,
            Command::Help,
            Command::Palette,
            Command::Quit,
        ],
        Mode::Inspector => &[
            Command::Back,
            Command::Down,
            Command::NextEvent,
            Command::Respond,
            Command::Join,
            Command::Link(1),
            Command::Help,
        ],
        Mode::Sidebar => &[
            Command::Down,
            Command::ToggleCalendar,
            Command::NewCalendar,
            Command::Follow,
            Command::EditCalendar,
            Command::RemoveCalendar,
            Command::Back,
            Command::Sidebar,
            Command::Help,
        ],
        Mode::Help => &[Command::Down, Command::ScrollDown, Command::Back],
        Mode::List => &[
            Command::Choose,
            Command::ListDown,
            Command::ListUp,
            Command::Back,
        ],
        Mode::Jump => &[Command::Back],
        Mode::Respond => &[
            Command::Accept,
            Command::Tentative,
            Command::Decline,
            Command::Propose,
            Command::Options,
            Command::Back,
        ],
        Mode::Options => &[
            Command::Comment,
            Command::Tell,
            Command::Accept,
            Command::Tentative,
            Command::Decline,
            Command::Back,
        ],
        Mode::Comment => &[Command::Choose, Command::ListDown, Command::Back],
        Mode::Scope => &[Command::OnlyThis, Command::WholeSeries, Command::Back],
        Mode::Trouble => &[Command::Retry, Command::Drop, Command::Back],
        Mode::Leave => &[
            Command::SendAndLeave,
            Command::LeaveQueued,
            Command::StayHere,
        ],
        Mode::Delete => &[
            Command::DeleteThis,
            Command::DeleteFollowing,
            Command::DeleteSeries,
            Command::DeleteWithWords,
            Command::Back,
        ],
        Mode::Waiting => &[
            Command::Choose,
            Command::RetryWaiting,
            Command::EditWaiting,
            Command::DropWaiting,
            Command::ListDown,
            Command::Back,
        ],
        Mode::Conflict => &[
            Command::Mine,
            Command::Theirs,
            Command::Both,
            Command::WholeEvent,
            Command::KeepCopy,
            Command::Decide,
            Command::Back,
        ],
        Mode::Triage => &[
            Command::Accept,
            Command::Tentative,
            Command::Decline,
            Command::OpenItem,
            Command::Turn,
            Command::CutShort,
            Command::MarkFree,
            Command::Move,
            Command::Delete,
            Command::Hush,
            Command::Propose,
            Command::Options,
            Command::MarkItem,
            Command::Undo,
            Command::Join,
            Command::Help,
            Command::Back,
        ],
        Mode::Find => &[
            Command::Book,
            Command::Down,
            Command::FindNext,
            Command::FindBefore,
            Command::FindLonger,
            Command::FindShorter,
            Command::FindHours,
            Command::FindAllHours,
            Command::FindRole(1),
            Command::MorePeople,
            Command::MakeRoom,
            Command::FairTimes,
            Command::FindOpinion,
            Command::FindAnew,
            Command::Back,
        ],
        Mode::Room => &[
            Command::Book,
            Command::Down,
            Command::FindHours,
            Command::Back,
        ],
        Mode::Fair => &[
            Command::Book,
            Command::Down,
            Command::FairMore,
            Command::FairFewer,
            Command::Back,
        ],
        Mode::Load => &[Command::Next, Command::Previous, Command::Back],
        Mode::Settle => &[Command::SettleClash, Command::Back],
        Mode::Which => &[
            Command::OnlyThis,
            Command::Following,
            Command::WholeSeries,
            Command::Back,
        ],
        Mode::Form => &[
            Command::SaveForm,
            Command::Complete,
            Command::NextLine,
            Command::LineBefore,
            Command::ListDown,
            Command::EditNotes,
            Command::Back,
        ],
        Mode::Move => &[
            Command::SaveMove,
            Command::Earlier,
            Command::Later,
            Command::DayEarlier,
            Command::DayLater,
            Command::Shorter,
            Command::Longer,
            Command::GiveUpMove,
        ],
    };
    wanted
        .iter()
        .filter(|command| why_not(state, **command).is_none())
        .filter_map(|command| {
            let key = state.keymap.shown(mode, *command)?;
            Some((key, title(state, mode, *command)))
        })
        .collect()
}

/// Some titles are plainer where they stand.
fn title(state: &State, mode: Mode, command: Command) -> String {
    let text = match (mode, command) {
        (Mode::Comment, Command::Choose) => "keep the note",
        (Mode::Find, Command::Down) => "next time",
        (Mode::Room | Mode::Fair, Command::Down) => "the rest",
        (Mode::Room, Command::FindHours) => "that time, or any",
        (Mode::Room | Mode::Fair, Command::Book) => "do it",
        (Mode::Load, Command::Next) => "four weeks on",
        (Mode::Load, Command::Previous) => "four weeks back",
        (Mode::Form, Command::Back) => "put aside",
        (Mode::Comment, Command::ListDown) => "phrases",
        (Mode::Form, Command::ListDown) => "suggestions",
        (Mode::Jump, Command::Back) => "or type a label",
        (Mode::Leave, Command::StayHere) => "",
        (_, Command::Down) => "scroll",
        _ => spec(command).map_or("", |spec| spec.title),
    };
    match (&state.overlay, command) {
        (Some(Overlay::Leave(leave)), Command::StayHere) => {
            if leave.until.is_some() {
                "leave the rest queued".into()
            } else {
                "stay".into()
            }
        }
        (Some(Overlay::Respond(open)), Command::Tell) if open.step == Step::Options => {
            if open.tell {
                "be silent".into()
            } else {
                "tell the organizer".into()
            }
        }
        _ => text.to_owned(),
    }
}
