//! Commands to changes. Only delegates: each part knows what its commands do.

use super::availability::why_not;
use super::commands::Command;
use super::list::{self, List};
use super::overlay::Overlay;
use super::view::View;
use super::{Asked, Count, Effect, Inspector, State, sidebar};
use super::{
    conflict, copying, creating, deleting, files, find, focus, form, go_to, jump, leave, links,
    load, motion, moving, relocating, respond, search, sending, sharing, triage, vitals, which,
};
use crate::service::protocol::{Level, Request};

/// Does `command`, or says why it cannot be done.
pub(super) fn perform(state: &mut State, command: Command, effects: &mut Vec<Effect>) {
    if let Some(reason) = why_not(state, command) {
        state.say(Level::Warning, reason);
        return;
    }
    state.lay_out();
    match command {
        Command::Left => motion::across(state, false),
        Command::Right => motion::across(state, true),
        Command::Down | Command::Up => vertical(state, command == Command::Down),
        Command::NextEvent => motion::through(state, true),
        Command::PreviousEvent => motion::through(state, false),
        Command::Next | Command::Previous if matches!(state.overlay, Some(Overlay::Load(_))) => {
            load::turn(state, command == Command::Next, effects);
        }
        Command::Next => period(state, 1),
        Command::Previous => period(state, -1),
        Command::Today => today(state),
        Command::First => ends(state, false),
        Command::Last => ends(state, true),
        Command::ScrollDown => scroll(state, 1),
        Command::ScrollUp => scroll(state, -1),
        Command::GoTo => go_to::open(state),
        Command::Jump => jump::open(state),
        Command::Count => state.count = Some(Count(0)),
        Command::Search => search::open(state),
        Command::NextMatch => search::step(state, true),
        Command::PreviousMatch => search::step(state, false),
        Command::Days(count) => days(state, count),
        Command::Week => show(state, View::Week),
        Command::WorkWeek => show(state, View::WorkWeek),
        Command::Agenda => show(state, View::Agenda),
        Command::Month => show(state, View::Month),
        Command::Stats => load::open(state, effects),
        Command::ZoomIn => zoom(state, true),
        Command::ZoomOut => zoom(state, false),
        Command::FanOut => fan_out(state),
        Command::Zone => zone(state, effects),
        Command::Inspect => inspect(state, effects),
        Command::Sidebar => sidebar::turn(state),
        Command::ToggleCalendar => sidebar::toggle_calendar(state, effects),
        Command::Respond => respond::open(state, effects),
        Command::Join => links::join(state, effects),
        Command::Link(number) => links::open(state, number, effects),
        Command::Undo => triage::undo(state, effects),
        Command::Waiting => list::open_waiting(state),
        Command::SyncNow => {
            effects.push(state.ask(Asked::Sync, Request::SyncNow));
            state.say(Level::News, "asking the server now");
        }
        Command::Vitals => vitals::turn(state, effects),
        Command::Help => {
            let mode = state.mode();
            state.overlay = Some(Overlay::Help { mode, scroll: 0 });
        }
        Command::Palette => list::open_palette(state),
        Command::Back => back(state),
        Command::Quit => leave::quit(state, effects),
        Command::Interrupt => leave::interrupt(state, effects),
        Command::Suspend => effects.push(Effect::Suspend),
        Command::Choose => choose(state, effects),
        Command::ListDown | Command::ListUp if matches!(state.overlay, Some(Overlay::Form(_))) => {
            form::perform(state, command, effects);
        }
        Command::ListDown => mark(state, true),
        Command::ListUp => mark(state, false),
        Command::Accept | Command::Tentative | Command::Decline if triage::is_at_hand(state) => {
            triage::answer(state, command, effects);
        }
        Command::Accept | Command::Tentative | Command::Decline => {
            respond::answer(state, command, effects);
        }
        Command::Options if triage::is_at_hand(state) => {
            respond::open(state, effects);
            respond::option(state, command);
        }
        Command::Options | Command::Comment | Command::Tell => respond::option(state, command),
        Command::OnlyThis | Command::WholeSeries
            if matches!(state.overlay, Some(Overlay::Which(_))) =>
        {
            which::chosen(state, command, effects);
        }
        Command::OnlyThis | Command::WholeSeries => respond::scope(state, command, effects),
        Command::Retry => sending::settle(state, true, effects),
        Command::Drop => sending::settle(state, false, effects),
        Command::SendAndLeave => leave::drain(state, effects),
        Command::LeaveQueued => effects.push(Effect::Quit),
        Command::StayHere => leave::stay(state),
        Command::Add => creating::open(state),
        Command::New => form::open_new(state, effects),
        Command::Edit => form::open_edit(state, effects),
        Command::Following => which::chosen(state, command, effects),
        Command::NextLine
        | Command::LineBefore
        | Command::Complete
        | Command::SaveForm
        | Command::EditNotes => form::perform(state, command, effects),
        Command::NextField
        | Command::FieldBefore
        | Command::Mine
        | Command::Theirs
        | Command::Both
        | Command::WholeEvent
        | Command::Decide => conflict::perform(state, command, effects),
        Command::Forward => form::open_forward(state, effects),
        Command::MoveTo => relocating::open(state),
        Command::SaveFiles => files::save(state, effects),
        Command::Follow => form::open_follow(state, effects),
        Command::NewCalendar | Command::EditCalendar | Command::RemoveCalendar => {
            sidebar::change(state, command, effects);
        }
        Command::DeleteWithWords | Command::DeleteFollowing => {
            deleting::chosen(state, command, effects);
        }
        Command::EditWaiting | Command::RetryWaiting | Command::DropWaiting => {
            list::handle_waiting(state, command, effects);
        }
        Command::KeepCopy => conflict::keep_copy(state, effects),
        Command::Conflicts => list::open_first_trouble(state, effects),
        Command::Copy => copying::copy(state, effects),
        Command::Paste => copying::paste(state, effects),
        Command::Duplicate => copying::duplicate(state, effects),
        Command::Redo => effects.push(state.ask(Asked::Redo, Request::Redo)),
        Command::Delete if triage::is_at_hand(state) => triage::delete(state, effects),
        Command::Delete => deleting::open(state, effects),
        Command::Triage => triage::open(state, effects),
        Command::Turn
        | Command::MarkItem
        | Command::CutShort
        | Command::MarkFree
        | Command::Hush
        | Command::OpenItem => triage::perform(state, command, effects),
        Command::SettleClash => triage::settle(state, effects),
        Command::HoldFocus => focus::open(state, effects),
        Command::ShareFree => sharing::copy(state, effects),
        Command::FindTime if matches!(state.overlay, Some(Overlay::Form(_))) => {
            find::open_for_form(state, effects);
        }
        Command::FindTime | Command::Propose => find::open(state, effects),
        Command::Book
        | Command::FindLonger
        | Command::FindShorter
        | Command::FindHours
        | Command::FindAllHours
        | Command::FindRole(_)
        | Command::MorePeople
        | Command::PeopleBefore
        | Command::FindNext
        | Command::FindBefore
        | Command::FindAnew
        | Command::FindOpinion
        | Command::MakeRoom
        | Command::FairTimes
        | Command::FairMore
        | Command::FairFewer => find::perform(state, command, effects),
        Command::DeleteThis | Command::DeleteSeries => deleting::chosen(state, command, effects),
        Command::Move => moving::open(state),
        Command::Earlier
        | Command::Later
        | Command::DayEarlier
        | Command::DayLater
        | Command::Shorter
        | Command::Longer => moving::step(state, command),
        Command::SaveMove => moving::save(state, effects),
        Command::GiveUpMove => moving::give_up(state, effects),
    }
    if state.inspector.is_some() {
        ask_detail(state, effects);
    }
}

fn vertical(state: &mut State, down: bool) {
    match &mut state.overlay {
        Some(Overlay::Help { scroll, .. }) => {
            *scroll = if down {
                scroll.saturating_add(1)
            } else {
                scroll.saturating_sub(1)
            };
            return;
        }
        Some(Overlay::Find(open)) => return find::step(open, if down { 1 } else { -1 }),
        Some(_) => return,
        None => {}
    }
    if triage::step(state, if down { 1 } else { -1 }) {
        return;
    }
    let rows = sidebar::rows(state);
    if let Some(sidebar) = state.sidebar.as_mut().filter(|sidebar| sidebar.focused) {
        sidebar.marked = if down {
            (sidebar.marked + 1).min(rows.saturating_sub(1))
        } else {
            sidebar.marked.saturating_sub(1)
        };
    } else if let Some(inspector) = &mut state.inspector {
        inspector.scroll = if down {
            inspector.scroll.saturating_add(1).min(400)
        } else {
            inspector.scroll.saturating_sub(1)
        };
    } else {
        motion::along_day(state, down);
    }
}

fn scroll(state: &mut State, direction: i32) {
    let half = i32::from(motion::page(state) / 2).max(1);
    match (&mut state.overlay, &mut state.inspector) {
        (Some(Overlay::Help { scroll, .. }), _) => {
            *scroll = u16::try_from((i32::from(*scroll) + direction * 10).max(0)).unwrap_or(0);
        }
        (None, Some(inspector)) => {
            let target = i32::from(inspector.scroll) + direction * half;
            inspector.scroll = u16::try_from(target.clamp(0, 400)).unwrap_or(0);
        }
        _ => motion::scroll_by(state, direction * half),
    }
}

fn ends(state: &mut State, last: bool) {
    let far = if last { i32::MAX } else { i32::MIN };
    if triage::step(state, far) {
        return;
    }
    match (&mut state.overlay, &mut state.inspector) {
        (Some(Overlay::Help { scroll, .. }), _) => *scroll = if last { u16::MAX } else { 0 },
        (None, Some(inspector)) => inspector.scroll = if last { 400 } else { 0 },
        _ => motion::to_end(state, last),
    }
}

fn period(state: &mut State, steps: i32) {
    let day = state.view.stepped(state.cursor, steps);
    state.anchor = state.view.stepped(state.anchor, steps);
    if state.view == View::Agenda {
        state.anchor = day;
        state.agenda_more = 0;
        state.scroll = 0;
    }
    motion::to_day(state, day);
}

fn today(state: &mut State) {
    let today = state.today();
    if state.view == View::Agenda || matches!(state.view, View::Days(_)) {
        state.anchor = today;
        state.agenda_more = 0;
    }
    motion::go_to_day(state, today);
    motion::scroll_to_now(state);
    motion::select_around_now(state);
}

pub(super) fn show(state: &mut State, view: View) {
    let was_grid = state.scene.grid().is_some();
    state.view = view;
    state.before_fan = None;
    state.agenda_more = 0;
    state.anchor = state.cursor;
    if view == View::Agenda {
        state.scroll = 0;
    }
    state.lay_out();
    if !was_grid {
        motion::scroll_to_now(state);
    }
    motion::show_selected(state);
}

fn days(state: &mut State, count: u8) {
    if let Some(Count(typed)) = &mut state.count {
        *typed = u16::from(count);
        return;
    }
    show(state, View::Days(count));
}

const ZOOMS: [u16; 5] = [1, 2, 3, 4, 6];

fn zoom(state: &mut State, closer: bool) {
    let at = ZOOMS
        .iter()
        .position(|zoom| *zoom == state.rows_per_hour)
        .unwrap_or(1);
    let next = if closer {
        (at + 1).min(ZOOMS.len() - 1)
    } else {
        at.saturating_sub(1)
    };
    let old = state.rows_per_hour;
    state.rows_per_hour = ZOOMS[next];
    // The hour in the middle stays in the middle.
    let page = u32::from(motion::page(state));
    let middle = u32::from(state.scroll) + page / 2;
    let moved = (middle * u32::from(state.rows_per_hour) / u32::from(old)).saturating_sub(page / 2);
    state.lay_out();
    state.scroll = u16::try_from(moved).unwrap_or(0);
    motion::keep_scroll_inside(state);
    motion::show_selected(state);
}

fn fan_out(state: &mut State) {
    match state.before_fan.take() {
        Some(view) => show(state, view),
        None => {
            let before = state.view;
            show(state, View::Days(1));
            state.before_fan = Some(before);
        }
    }
}

fn zone(state: &mut State, effects: &mut Vec<Effect>) {
    if state.second.take().is_none() {
        list::open_zones(state);
    } else {
        state.settings.second_zone.clear();
        effects.push(Effect::SaveSettings(Box::new(state.settings.clone())));
    }
}

fn inspect(state: &mut State, effects: &mut Vec<Effect>) {
    state.inspector = Some(Inspector::default());
    ask_detail(state, effects);
    state.lay_out();
    motion::show_selected(state);
}

/// The inspector follows the selection.
pub(super) fn ask_detail(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(key) = state.selected.clone() else {
        return;
    };
    let known = state
        .inspector
        .as_ref()
        .and_then(|inspector| inspector.detail.as_ref())
        .is_some_and(|detail| super::known::Key::of(&detail.entry) == key);
    let asking = state
        .asked
        .values()
        .any(|asked| *asked == Asked::Detail(key.clone()));
    let failed = state
        .inspector
        .as_ref()
        .is_some_and(|inspector| inspector.trouble.is_some());
    if known || asking || failed {
        return;
    }
    let request = Request::Detail {
        calendar: key.calendar.clone(),
        event: key.event.clone(),
    };
    effects.push(state.ask(Asked::Detail(key), request));
}

/// One step back: the nearest open thing closes, the place is kept.
fn back(state: &mut State) {
    if let Some(Overlay::Respond(open)) = &mut state.overlay
        && open.step_back()
    {
        return;
    }
    if matches!(state.overlay, Some(Overlay::Form(_))) {
        return form::put_aside(state);
    }
    if matches!(state.overlay, Some(Overlay::Find(_))) {
        return find::back(state);
    }
    if state.overlay.take().is_some() {
        return;
    }
    if state.triage.is_some() {
        return triage::close(state);
    }
    if let Some(sidebar) = state.sidebar.as_mut().filter(|sidebar| sidebar.focused) {
        sidebar.focused = false;
    } else if state.inspector.take().is_some() {
        state.lay_out();
        motion::show_selected(state);
    } else if state.vitals.take().is_some() {
        state.lay_out();
    } else if state.said.take().is_some() {
    } else if !state.found.is_empty() {
        state.found.clear();
    } else if let Some(view) = state.before_fan.take() {
        show(state, view);
    }
}

fn choose(state: &mut State, effects: &mut Vec<Effect>) {
    match &mut state.overlay {
        Some(Overlay::Respond(open)) => open.comment_done(),
        Some(Overlay::List(_)) => list::choose(state, effects),
        _ => {}
    }
}

fn mark(state: &mut State, down: bool) {
    if let Some(Overlay::Respond(open)) = &mut state.overlay {
        return open.phrase(&state.settings.phrases, down);
    }
    if let Some(Overlay::List(list)) = &mut state.overlay {
        List::mark(list, down);
    }
}
