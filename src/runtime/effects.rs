//! Effects on the world outside: browser, clipboard, title, bell, settings.

use super::guard;
use super::open_url::{self, OpenError};
use super::terminal::Screen;
use crate::app::{Effect, Message};
use crate::domain::text::Safe;
use crate::service::Home;
use crate::service::protocol::Level;

/// Performs one effect; what the person must know comes back as a message.
pub(super) fn perform(effect: Effect, home: &Home, screen: &mut Screen) -> Option<Message> {
    match effect {
        Effect::OpenUrl(url) => open(&url, screen),
        Effect::Copy(text) => copy(&text, screen),
        Effect::Bell => {
            screen.ring();
            None
        }
        Effect::SetTitle(text) => {
            screen.title(&Safe::line(&text, Some(80)));
            None
        }
        Effect::SaveSettings(settings) => super::settings::save(home, &settings)
            .err()
            .map(|words| said(Level::Warning, words)),
        Effect::SaveFile { name, content } => Some(super::downloads::save(&name, &content)),
        // The loop itself performs these.
        Effect::Ask { .. } | Effect::WakeAt(_) | Effect::Quit | Effect::Suspend => None,
        Effect::EditText(_) => None,
    }
}

fn open(url: &str, screen: &mut Screen) -> Option<Message> {
    match open_url::open(url) {
        Ok(()) => None,
        Err(OpenError::NoBrowser) => {
            if let Some(command) = guard::clipboard(url) {
                screen.say(&command);
            }
            Some(said(Level::Warning, OpenError::NoBrowser.to_string()))
        }
        Err(error) => Some(said(Level::Error, error.to_string())),
    }
}

fn copy(text: &str, screen: &mut Screen) -> Option<Message> {
    match guard::clipboard(text) {
        Some(command) => {
            screen.say(&command);
            None
        }
        None => Some(said(
            Level::Error,
            "this is more than a terminal's clipboard takes (4 KiB)".into(),
        )),
    }
}

fn said(level: Level, words: String) -> Message {
    Message::Said { level, words }
}
