//! Files of an event: listed in the inspector, saved on a key.

use super::known::Key;
use super::{Asked, Effect, State};
use crate::domain::errand::{Errand, File};
use crate::service::protocol::{Detail, Level, Request};

/// Asks for the list when the inspector shows an event that has files.
pub(super) fn ask(state: &mut State, detail: &Detail, effects: &mut Vec<Effect>) {
    if !detail.entry.has_attachments {
        return;
    }
    let key = Key::of(&detail.entry);
    let errand = Errand::Files {
        calendar: key.calendar.clone(),
        event: key.event.clone(),
    };
    effects.push(state.ask(Asked::Files(key), Request::Errand(errand)));
}

pub(super) fn came(state: &mut State, key: &Key, files: Vec<File>) {
    let selected = state.selected.as_ref() == Some(key);
    if let Some(inspector) = state.inspector.as_mut().filter(|_| selected) {
        inspector.files = Some(files);
    }
}

/// Saves every file that has content of its own.
pub(super) fn save(state: &mut State, effects: &mut Vec<Effect>) {
    let (Some(key), Some(files)) = (state.selected.clone(), listed(state)) else {
        return;
    };
    let saved: Vec<File> = files
        .iter()
        .filter(|file| is_saved(file))
        .cloned()
        .collect();
    for file in &saved {
        let errand = Errand::Fetch {
            calendar: key.calendar.clone(),
            event: key.event.clone(),
            file: file.id.clone(),
        };
        effects.push(state.ask(Asked::Fetch(file.safe_name()), Request::Errand(errand)));
    }
    let words = match saved.len() {
        1 => "fetching 1 file".to_owned(),
        count => format!("fetching {count} files"),
    };
    state.say(Level::News, words);
}

fn is_saved(file: &File) -> bool {
    !file.is_elsewhere && !file.is_inline
}

fn listed(state: &State) -> Option<&Vec<File>> {
    state.inspector.as_ref()?.files.as_ref()
}

/// Why there is nothing to save.
pub fn why_not(state: &State) -> Option<String> {
    match listed(state) {
        Some(files) if files.iter().any(is_saved) => None,
        Some(files) if !files.is_empty() => {
            Some("its files are links or pictures of the text: open it in the browser".into())
        }
        _ => Some("no files are listed: open an event that has some (Enter)".into()),
    }
}
