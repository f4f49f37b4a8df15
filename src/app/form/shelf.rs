//! Pages that were left with something in them, found again by what they are about; and pages
//! that were sent, until it is known that they arrived.
//!
//! Invariant: what was typed is let go only when it is saved, when the program ends (which asks
//! first), or when [`MOST`] newer pages were put aside (which is said).

use super::{Form, Purpose, opening};
use crate::app::known::{Key, Known};
use crate::app::overlay::Overlay;
use crate::app::which::Scope;
use crate::app::{Effect, State, safe};
use crate::domain::edit::is_draft;
use crate::domain::entry::Entry;
use crate::service::protocol::{Detail, Level, Ticket};

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
            | Purpose::RemoveCategory { .. }
            | Purpose::Follow
            | Purpose::Unfollow { .. } => None,
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

/// A page that was sent is kept until the data side took it.
pub(super) fn keep(state: &mut State, form: Box<Form>) {
    let ticket = Ticket(state.last_ticket);
    state.saving.push((ticket, form));
}

/// The data side answered what a page sent: a page that it refuses is there again.
pub(in crate::app) fn answered(state: &mut State, ticket: Ticket, refused: Option<String>) {
    let mut kept = state.saving.iter();
    let Some(at) = kept.position(|(sent, _)| *sent == ticket) else {
        return;
    };
    let (_, mut form) = state.saving.remove(at);
    let Some(words) = refused else {
        return;
    };
    form.trouble = Some(format!("not saved: {}", safe::words(&words)));
    if state.overlay.is_none() {
        state.overlay = Some(Overlay::Form(form));
    } else {
        let why = format!("not saved, {}; it is put aside", safe::words(&words));
        lay(state, form, &why);
    }
}

/// Pages about events that are not on the server yet, wherever they are.
fn drafts(state: &mut State) -> (&Known, Vec<&mut Detail>) {
    let open = match &mut state.overlay {
        Some(Overlay::Form(form)) => Some(&mut **form),
        _ => None,
    };
    let kept = state.saving.iter_mut().map(|(_, form)| &mut **form);
    let forms = open.into_iter().chain(&mut state.shelved.forms).chain(kept);
    let drafts = forms.filter_map(|form| match &mut form.purpose {
        Purpose::Edit { detail, .. } if is_single_draft(detail) => Some(&mut **detail),
        _ => None,
    });
    (&state.known, drafts.collect())
}

/// Which event of a new series is meant cannot be told by its time.
fn is_single_draft(detail: &Detail) -> bool {
    let details = detail.event.details.as_ref();
    is_draft(&detail.entry.id) && details.is_none_or(|details| details.recurrence.is_none())
}

fn looks_like(entry: &Entry, draft: &Entry) -> bool {
    let what = |entry: &Entry| (entry.calendar.clone(), entry.start, entry.end);
    what(entry) == what(draft) && entry.subject == draft.subject && entry.series.is_none()
}

/// What is known now and only looks like the event of a page: that is not what it becomes.
pub(in crate::app) fn look_alikes(state: &mut State) -> Vec<Key> {
    let (known, drafts) = drafts(state);
    let alike = drafts.iter().flat_map(|draft| {
        let entries = known.entries.iter();
        entries.filter(|entry| looks_like(entry, &draft.entry))
    });
    alike.map(Key::of).collect()
}

/// A new event got another id, when it was queued or when the server named it: its pages go with
/// it, so that saving them finds it.
pub(in crate::app) fn follow(state: &mut State, others: &[Key]) {
    let (known, drafts) = drafts(state);
    for draft in drafts {
        if known.find(&Key::of(&draft.entry)).is_some() {
            continue;
        }
        let mut same = known
            .entries
            .iter()
            .filter(|entry| looks_like(entry, &draft.entry) && !others.contains(&Key::of(entry)));
        if let (Some(named), None) = (same.next(), same.next()) {
            draft.event.id = named.id.clone();
            draft.entry.id = named.id.clone();
        }
    }
}
