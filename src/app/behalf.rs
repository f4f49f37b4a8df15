//! Whose calendar an event is in when it is not mine: whatever is told to others is told in that
//! person's name (Graph: create events in a shared or delegated calendar).

use super::{State, safe, sentence};
use crate::domain::entry::Entry;
use crate::domain::ids::CalendarId;

impl State {
    /// The owner of somebody else's calendar, as people call them.
    pub fn behalf(&self, calendar: &CalendarId) -> Option<String> {
        let mut calendars = self.status.calendars.iter();
        let owner = &calendars.find(|known| known.id == *calendar)?.owner;
        let address = owner.address.raw();
        let is_mine = address.eq_ignore_ascii_case(self.status.me.address.raw());
        (!is_mine && !address.is_empty()).then(|| safe::cut(&safe::line(owner.shown()), 40))
    }

    /// `you: accepted`, or `Anna Vidal: accepted` in her calendar.
    pub fn answer_words(&self, entry: &Entry) -> String {
        let answer = sentence::my_answer(entry);
        match self.behalf(&entry.calendar) {
            None => format!("you: {answer}"),
            Some(who) if answer == "yours" => format!("{who}’s"),
            Some(who) => format!("{who}: {answer}"),
        }
    }
}

/// After what an act does: in whose name.
pub(super) fn in_the_name(words: String, who: Option<String>) -> String {
    match who {
        Some(who) => format!("{words} · in {who}’s calendar and name"),
        None => words,
    }
}
