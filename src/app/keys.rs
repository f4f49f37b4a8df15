//! Keys to commands: chords, counts and typing.

use super::commands::{Command, Mode};
use super::form::slot::Slot;
use super::keymap::Meaning;
use super::overlay::Overlay;
use super::perform::perform;
use super::respond::Respond;
use super::{Count, Effect, State, form, jump, list};
use crate::config::keys::pressed as combination;
use crate::service::protocol::Level;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler;

/// Whether anything changed that could be seen.
pub(super) fn pressed(state: &mut State, key: KeyEvent, effects: &mut Vec<Effect>) -> bool {
    if key.kind == KeyEventKind::Release {
        return false;
    }
    if counting(state, key) {
        return true;
    }
    let mode = state.mode();
    state.typed.push(combination(key));
    match state.keymap.meaning(mode, &state.typed) {
        Meaning::Does(command) => {
            state.typed.clear();
            run(state, command, effects);
            true
        }
        Meaning::Begins => true,
        Meaning::Nothing => {
            let began = state.typed.len() > 1;
            state.typed.clear();
            if began {
                // A chord that goes nowhere is given up, and its last key is not
                // taken for a command: that could do something unmeant.
                return true;
            }
            typed(state, mode, key, effects)
        }
    }
}

/// Runs a command as often as the count says.
pub(super) fn run(state: &mut State, command: Command, effects: &mut Vec<Effect>) {
    let times = match state.count.take() {
        Some(Count(count)) if is_motion(command) => count.clamp(1, 500),
        _ => 1,
    };
    for _ in 0..times {
        perform(state, command, effects);
    }
}

fn is_motion(command: Command) -> bool {
    matches!(
        command,
        Command::Left
            | Command::Down
            | Command::Up
            | Command::Right
            | Command::NextEvent
            | Command::PreviousEvent
            | Command::Next
            | Command::Previous
            | Command::NextMatch
            | Command::PreviousMatch
            | Command::ScrollDown
            | Command::ScrollUp
    )
}

/// Digits after `'`.
fn counting(state: &mut State, key: KeyEvent) -> bool {
    let Some(Count(count)) = state.count else {
        return false;
    };
    match key.code {
        KeyCode::Char(digit) if digit.is_ascii_digit() && key.modifiers == KeyModifiers::NONE => {
            let digit = digit
                .to_digit(10)
                .and_then(|digit| u16::try_from(digit).ok());
            let count = count.saturating_mul(10).saturating_add(digit.unwrap_or(0));
            state.count = Some(Count(count.min(999)));
            true
        }
        KeyCode::Esc => {
            state.count = None;
            true
        }
        _ => false,
    }
}

/// A key without a command: text where text is typed, else nothing.
fn typed(state: &mut State, mode: Mode, key: KeyEvent, effects: &mut Vec<Effect>) -> bool {
    state.count = None;
    match (mode, &mut state.overlay) {
        (Mode::List, Some(Overlay::List(open))) => {
            if open.input.handle_event(&Event::Key(key)).is_none() {
                return false;
            }
            list::typed(state, effects);
            true
        }
        (Mode::Form, Some(Overlay::Form(open))) => {
            let at = open.at;
            let Some(line) = open.lines.get_mut(at) else {
                return false;
            };
            if line.slot == Slot::Notes || line.input.handle_event(&Event::Key(key)).is_none() {
                return false;
            }
            form::typed(state);
            true
        }
        (Mode::Comment, Some(Overlay::Respond(respond))) => {
            respond.comment.handle_event(&Event::Key(key)).is_some()
        }
        (Mode::Jump, Some(Overlay::Jump(_))) => match key.code {
            KeyCode::Char(letter) => jump::typed(state, letter, effects),
            _ => false,
        },
        _ => false,
    }
}

/// Characters that may be pasted at once: enough for the people of a large meeting.
const PASTE_AT_MOST: usize = 4000;

/// Pasted text as one line; None when it is too long. Half of a paste could end inside an
/// address, and invite somebody else.
fn one_line(text: &str) -> Option<String> {
    let clean = super::safe::words(text);
    // What is cleaned is bounded as well, in bytes, and then ends with a sign of that.
    let is_cut = clean.len() >= PASTE_AT_MOST && clean.ends_with('…');
    (text.chars().count() <= PASTE_AT_MOST && !is_cut).then_some(clean)
}

fn is_typed_into(state: &State) -> bool {
    match &state.overlay {
        Some(Overlay::List(_) | Overlay::Form(_)) => true,
        Some(Overlay::Respond(respond)) => Respond::mode(respond) == Mode::Comment,
        _ => false,
    }
}

/// Pasted text goes where text is typed, as one line; elsewhere it is nothing.
pub(super) fn pasted(state: &mut State, text: &str, effects: &mut Vec<Effect>) -> bool {
    if !is_typed_into(state) {
        return false;
    }
    let Some(text) = one_line(text) else {
        let words = "too long to paste here: nothing was pasted";
        if let Some(Overlay::Form(open)) = &mut state.overlay {
            open.trouble = Some(words.to_owned());
        }
        state.say(Level::Warning, words);
        return true;
    };
    match &mut state.overlay {
        Some(Overlay::List(open)) => {
            insert(&mut open.input, &text);
            list::typed(state, effects);
            true
        }
        Some(Overlay::Form(open)) => {
            let at = open.at;
            if let Some(line) = open
                .lines
                .get_mut(at)
                .filter(|line| line.slot != Slot::Notes)
            {
                insert(&mut line.input, &text);
            }
            form::typed(state);
            true
        }
        Some(Overlay::Respond(respond)) => {
            insert(&mut respond.comment, &text);
            true
        }
        _ => false,
    }
}

fn insert(input: &mut Input, text: &str) {
    for letter in text.chars() {
        input.handle(tui_input::InputRequest::InsertChar(letter));
    }
}
