//! Whether the screen shows what the server has, once nothing moves.

use super::{PATIENCE, Walk};
use jiff::SignedDuration;
use kalends::domain::edit::is_draft;
use kalends::domain::entry::Entry;
use kalends::domain::event::{Answer, Event};
use std::collections::BTreeMap;
use std::time::Instant;

impl Walk {
    /// The screen shows what the server has. Drafts are not there yet, and over what still waits
    /// for the person lies what was meant.
    pub(super) fn judge_screen(&mut self) -> Result<(), String> {
        let limit = Instant::now() + PATIENCE;
        loop {
            let entries = self.entries()?;
            let shown = lines_of(&entries);
            let there: Lines = {
                let inside = self.desk.office.inside();
                inside.events.values().map(line).collect()
            };
            if is_shown(&shown, &there) {
                return Ok(());
            }
            if Instant::now() > limit {
                return Err(format!(
                    "the screen shows {shown:?}, the server has {there:?}"
                ));
            }
            self.breathe(SignedDuration::from_secs(30))?;
        }
    }
}

/// What is in a calendar: an event and, unless something lies over it, how it looks.
type Lines = BTreeMap<String, Option<String>>;

/// Without what only is here: drafts, and what was declined.
fn lines_of(entries: &[Entry]) -> Lines {
    let is_there = |entry: &&Entry| !is_draft(&entry.id) && entry.answer != Answer::Declined;
    let lines = entries.iter().filter(is_there).map(|entry| {
        let words = format!("{} {:?}", entry.subject.raw(), entry.answer);
        let words = Some(words).filter(|_| entry.pending.is_none());
        (entry.id.as_str().to_owned(), words)
    });
    lines.collect()
}

fn line(event: &Event) -> (String, Option<String>) {
    let details = event.details.clone().unwrap_or_default();
    let words = format!("{} {:?}", details.subject.raw(), details.answer);
    (event.id.as_str().to_owned(), Some(words))
}

fn is_shown(shown: &Lines, there: &Lines) -> bool {
    let is_alike = |(id, words): (&String, &Option<String>)| {
        let known = there.get(id);
        known.is_some_and(|known| words.is_none() || words == known)
    };
    shown.len() == there.len() && shown.iter().all(is_alike)
}
