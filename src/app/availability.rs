//! Whether a command works now, and the reason when it does not.

use super::State;
use super::commands::Command;
use super::sidebar::Marked;
use super::{copying, files, relocating, safe, vitals};
use crate::domain::edit::is_draft;
use crate::domain::entry::Entry;
use crate::domain::event::Answer;
use crate::domain::triage::Why;
use crate::service::protocol::Link;

/// None when `command` can be done; else why not, in words.
pub fn why_not(state: &State, command: Command) -> Option<String> {
    let text = |words: &str| Some(words.to_owned());
    if state.triage.is_some() && state.overlay.is_none() {
        match why_not_queued(state, command) {
            Some(Verdict::Not(words)) => return Some(words),
            Some(Verdict::Fine) => return None,
            None => {}
        }
    }
    match command {
        Command::FindTime if matches!(state.overlay, Some(super::overlay::Overlay::Form(_))) => {
            None
        }
        Command::MorePeople | Command::PeopleBefore => match &state.overlay {
            Some(super::overlay::Overlay::Find(open)) if open.has_more_people() => None,
            _ => text("everybody has a row already"),
        },
        Command::Down if super::find::is_aside_whole(state) => text("all of it is there"),
        Command::FindTime | Command::Propose => {
            let entry = match &state.overlay {
                Some(super::overlay::Overlay::Respond(open)) => Some(&open.entry),
                _ => state.selected_entry().map(|(_, entry)| entry),
            };
            let Some(entry) = entry else {
                return text("no event is selected: Tab goes to the next one, c makes a new one");
            };
            if let Some(who) = state.behalf(&entry.calendar) {
                return Some(format!(
                    "this is in {who}’s calendar, and your own time would be looked at: v moves it"
                ));
            }
            let is_mine = entry.is_organizer || !entry.is_invitation();
            if command == Command::Propose && is_mine {
                return text("this is your own meeting: S finds another time for it");
            }
            let words = super::find::why_not(entry).map(str::to_owned);
            words.or_else(|| why_not_written(state, is_mine.then_some(entry)))
        }
        Command::Inspect
        | Command::Join
        | Command::Respond
        | Command::Delete
        | Command::Move
        | Command::Edit
        | Command::Copy
        | Command::Forward
        | Command::MoveTo
        | Command::Duplicate => {
            let Some((_, entry)) = state.selected_entry() else {
                return text("no event is selected: Tab goes to the next one");
            };
            match command {
                Command::Join if entry.online_url.is_none() => {
                    text("this event has no online meeting to join")
                }
                Command::Respond => why_no_answer(state, entry),
                Command::Delete | Command::Edit => why_not_written(state, Some(entry)),
                Command::Duplicate => why_not_written(state, None),
                Command::Forward if is_draft(&entry.id) => {
                    text("it is not on the server yet: forward it once it is")
                }
                // Out of somebody's mailbox only who may write there sends anything.
                Command::Forward => {
                    let is_followed = entry.calendar.mailbox().is_some();
                    why_not_written(state, is_followed.then_some(entry))
                }
                Command::MoveTo => relocating::why_not(state, entry)
                    .or_else(|| why_not_written(state, Some(entry))),
                Command::Move => why_not_moved(state, entry),
                _ => None,
            }
        }
        Command::Add | Command::New | Command::HoldFocus => why_not_written(state, None),
        Command::FindOpinion if !state.status.rights.shared => {
            text("Microsoft’s order needs a work account, and kalends login --with shared")
        }
        Command::SaveFiles => files::why_not(state),
        Command::NewCalendar | Command::EditCalendar | Command::RemoveCalendar => {
            let is_category = matches!(state.marked(), Some(Marked::Category(_)));
            // Categories are not of the calendar: their right is another one.
            let is_followed = state.marked().is_some_and(|marked| marked.is_followed());
            let is_other = is_category || (is_followed && command == Command::RemoveCalendar);
            let why_not_written = || why_not_written(state, None).filter(|_| !is_other);
            why_not_marked(state, command).or_else(why_not_written)
        }
        Command::Follow => why_not_followed(state),
        Command::ToggleCalendar if matches!(state.marked(), Some(Marked::Absent(_))) => {
            match state.marked() {
                Some(Marked::Absent(one)) => one.trouble,
                _ => None,
            }
        }
        Command::ToggleCalendar if matches!(state.marked(), Some(Marked::Category(_))) => {
            text("only calendars are shown and hidden")
        }
        Command::Paste => copying::why_not_pasted(state).or_else(|| why_not_written(state, None)),
        Command::NextMatch | Command::PreviousMatch if state.found.is_empty() => {
            text("nothing was searched for yet: / searches")
        }
        Command::ZoomIn | Command::ZoomOut | Command::FanOut if state.scene.grid().is_none() => {
            text("only a view of hours can be zoomed: w shows the week")
        }
        Command::Sidebar if state.sidebar.is_none() && state.size.0 < 76 => {
            text("the sidebar needs a terminal of 76 columns")
        }
        Command::Conflicts
            if !state
                .status
                .intents
                .iter()
                .any(|intent| intent.stage.needs_you()) =>
        {
            text("nothing needs you")
        }
        Command::Vitals
            if state.vitals.is_none() && vitals::area(state.scene.main_area).is_none() =>
        {
            text("there is no room for it here: make the window larger")
        }
        Command::Waiting if state.status.intents.is_empty() => text("nothing waits to be sent"),
        Command::SyncNow => match &state.status.link {
            Link::NoAccount => text("no account is signed in: run kalends login"),
            Link::SignInNeeded { .. } => text("sign in again first: run kalends login"),
            _ => None,
        },
        _ => None,
    }
}

/// What the item at hand says of a command.
enum Verdict {
    Fine,
    Not(String),
}

/// In the queue, the item decides what its keys do; None where it has no say.
fn why_not_queued(state: &State, command: Command) -> Option<Verdict> {
    let not = |words: &str| Some(Verdict::Not(words.to_owned()));
    let triage = state.triage.as_ref()?;
    let why = triage.item().map(|item| &item.why);
    let marked = !triage.marked.is_empty();
    let is_writing = matches!(
        command,
        Command::Accept
            | Command::Tentative
            | Command::Decline
            | Command::CutShort
            | Command::MarkFree
    );
    let is_of_item = is_writing
        || matches!(
            command,
            Command::OpenItem
                | Command::Turn
                | Command::MarkItem
                | Command::Hush
                | Command::Options
        );
    if !is_of_item {
        return None;
    }
    let Some(why) = why else {
        return not("nothing waits: the queue is empty");
    };
    if let Some(words) = why_not_written(state, None).filter(|_| is_writing) {
        return Some(Verdict::Not(words));
    }
    let is_overlap = matches!(why, Why::Overlap(_));
    match (command, why) {
        (Command::Turn | Command::CutShort | Command::MarkFree, _) if !is_overlap => {
            not("only of two that overlap")
        }
        (Command::Hush, Why::Overlap(_) | Why::Proposal { .. }) => Some(Verdict::Fine),
        (Command::Hush, _) => {
            not("only overlaps and proposals can be left out: the rest is answered")
        }
        (Command::OpenItem, Why::Trouble { .. }) => Some(Verdict::Fine),
        (Command::OpenItem | Command::Options, why) if why.wants_answer() => Some(Verdict::Fine),
        (Command::OpenItem | Command::Options, _) => not("there is no answer to write a note with"),
        (Command::Accept | Command::Tentative | Command::Decline, _) if marked => {
            Some(Verdict::Fine)
        }
        (Command::Accept | Command::Tentative | Command::Decline, Why::Cancelled) => {
            not("it was called off: x takes it out of your calendar")
        }
        (Command::Accept | Command::Tentative | Command::Decline, Why::Trouble { .. }) => {
            not("it was not sent: Enter shows why, and the ways out")
        }
        _ => Some(Verdict::Fine),
    }
}

/// Why nothing can be written: at all, or to the calendar of this event.
pub(super) fn why_not_written(state: &State, entry: Option<&Entry>) -> Option<String> {
    let words = if state.gone.is_some() {
        "the data side has ended: restart Kalends to change anything".to_owned()
    } else if state.status.link == Link::NoAccount {
        "no account is signed in: run kalends login".to_owned()
    } else if state.status == crate::service::protocol::Status::default() {
        "still starting: try again in a moment".to_owned()
    } else if !state.status.rights.write {
        "the sign-in allows reading only: run kalends login and allow changes".to_owned()
    } else {
        let calendars = &state.status.calendars;
        let known = entry.and_then(|entry| {
            let mut known = calendars.iter();
            known.find(|known| known.id == entry.calendar)
        });
        let name = known
            .filter(|known| !known.can_edit)
            .map(|known| safe::line(&known.name))?;
        format!("“{name}” is shared with you for reading only")
    };
    Some(words)
}

/// Why nobody else can be followed.
fn why_not_followed(state: &State) -> Option<String> {
    let words = if state.gone.is_some() {
        "the data side has ended: restart Kalends to follow anybody"
    } else if state.status.link == Link::NoAccount {
        "no account is signed in: run kalends login"
    } else if !state.status.rights.shared {
        "this needs one more right: run kalends login --with shared"
    } else {
        return None;
    };
    Some(words.to_owned())
}

/// Why what is marked in the sidebar stays as it is, and nothing is made beside it.
fn why_not_marked(state: &State, command: Command) -> Option<String> {
    let words = match state.marked() {
        None if command == Command::NewCalendar => return None,
        None => "nothing is marked",
        Some(Marked::Calendar(calendar))
            if calendar.is_default && command == Command::RemoveCalendar =>
        {
            "the main calendar cannot be removed"
        }
        Some(marked) if marked.is_followed() && command == Command::EditCalendar => {
            "only its owner can change it: X takes it away here"
        }
        Some(Marked::Category(_)) if !state.status.rights.categories => {
            "this needs one more right: run kalends login --with categories"
        }
        Some(_) => return None,
    };
    Some(words.to_owned())
}

/// Why this event cannot be moved in the grid.
fn why_not_moved(state: &State, entry: &Entry) -> Option<String> {
    if state.scene.grid().is_none() {
        return Some("events are moved in a view of hours: w shows the week".into());
    }
    if entry.cancelled {
        return Some("this meeting was cancelled: x deletes it".into());
    }
    why_not_written(state, Some(entry))
}

/// Why this event cannot be answered.
pub fn why_no_answer(state: &State, entry: &Entry) -> Option<String> {
    if entry
        .pending
        .as_ref()
        .is_some_and(|pending| pending.trouble.is_some())
    {
        return None;
    }
    let whose = state.behalf(&entry.calendar);
    let words = if entry.is_organizer || entry.answer == Answer::Organizer {
        let whose = whose.map_or("your".into(), |who| format!("{who}’s"));
        format!("this is {whose} own meeting: the organizer does not answer it")
    } else if entry.cancelled {
        let who = safe::line(&entry.organizer.name);
        format!("this meeting was cancelled by {who}: there is nothing left to answer")
    } else if entry.answer == Answer::None && entry.attendees == 0 {
        match whose {
            Some(who) => format!("this is an appointment of {who}, not an invitation"),
            None => "this is an appointment of your own, not an invitation".into(),
        }
    } else {
        return why_not_written(state, Some(entry));
    };
    Some(words)
}
