//! Pages that were left with something in them, found again by what they are about; and pages
//! that were sent, until it is known that they arrived.
//!
//! Invariant: what was typed is let go only when it is saved, when the program ends (which asks
//! first), or when [`MOST`] newer pages were put aside (which is said).

use super::{Form, Purpose, opening};
use crate::app::known::Key;
use crate::app::overlay::Overlay;
use crate::app::which::Scope;
use crate::app::{Effect, State};
use crate::service::protocol::Level;

/// Pages that are kept.
const MOST: usize = 8;

/// What a page is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum About {
    New,
    Edit(Key, Scope),
    Forward(Key),
    Cancel(Key),
}

impl About {
    /// Pages of calendars and categories are short, and are not kept.
    fn of(purpose: &Purpose) -> Option<Self> {
        match purpose {
            Purpose::New => Some(Self::New),
            Purpose::Edit { detail, scope } => Some(Self::Edit(Key::of(&detail.entry), *scope)),
            Purpose::Forward(entry) => Some(Self::Forward(Key::of(entry))),
            Purpose::Cancel { entry, .. } => Some(Self::Cancel(Key::of(entry))),
            Purpose::Calendar(_)
            | Purpose::RemoveCalendar { .. }
            | Purpose::Category(_)
            | Purpose::RemoveCategory { .. } => None,
        }
    }

    /// What brings it back.
    fn keys(&self) -> &'static str {
        match self {
            Self::New => "c",
            Self::Edit(..) => "e",
            Self::Forward(_) => "g f",
            Self::Cancel(_) => "x m",
        }
    }
}

#[derive(Debug, Default)]
pub struct Shelf {
    /// Oldest first.
    forms: Vec<Form>,
    /// It was said that leaving loses them.
    is_warned: bool,
}

impl Shelf {
    pub fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    /// True once: the person is to be asked before leaving loses something.
    pub(in crate::app) fn warns(&mut self) -> bool {
        let warns = !self.is_warned && !self.is_empty();
        self.is_warned |= warns;
        warns
    }

    /// Whether the oldest had to go.
    fn put(&mut self, form: Form) -> bool {
        self.is_warned = false;
        self.forms.push(form);
        let is_full = self.forms.len() > MOST;
        if is_full {
            self.forms.remove(0);
        }
        is_full
    }

    /// The newest about this.
    fn take(&mut self, about: &About) -> Option<Box<Form>> {
        let is_it = |form: &Form| About::of(&form.purpose).as_ref() == Some(about);
        let at = self.forms.iter().rposition(is_it)?;
        Some(Box::new(self.forms.remove(at)))
    }
}

/// Esc: what was typed is put aside.
pub(in crate::app) fn put_aside(state: &mut State) {
    let Some(Overlay::Form(form)) = state.overlay.take() else {
        return;
    };
    if form.is_touched() {
        lay(state, form, "put aside, nothing is saved");
    }
}

/// Onto the shelf, saying why and how it comes back.
fn lay(state: &mut State, form: Box<Form>, why: &str) {
    let Some(about) = About::of(&form.purpose) else {
        return;
    };
    let mut words = format!("{why}: {} brings it back", about.keys());
    let level = if state.shelved.put(*form) {
        words.push_str(&format!("; only {MOST} pages are kept, the oldest is gone"));
        Level::Warning
    } else {
        Level::News
    };
    state.say(level, words);
}

/// Brings back the page about this, if there is one.
pub(super) fn bring_back(state: &mut State, about: &About, effects: &mut Vec<Effect>) -> bool {
    let Some(form) = state.shelved.take(about) else {
        return false;
    };
    state.overlay = Some(Overlay::Form(form));
    state.say(Level::News, "here is what you had begun");
    // The answer to an earlier question found the page closed.
    opening::ask_notes(state, effects);
    true
}
