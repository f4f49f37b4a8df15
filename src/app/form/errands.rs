//! The small pages of the sidebar: calendars and categories made, coloured and removed. They are
//! done at once instead of being queued.

use super::opening::show;
use super::saving::Read;
use super::slot::Slot;
use super::{Form, Purpose};
use crate::app::{Effect, State, safe};
use crate::domain::calendar::{Calendar, Category};
use crate::domain::edit::Value;
use crate::domain::errand::{COLORS, Errand, NO_COLOR, PRESETS, preset, preset_name};
use crate::domain::ids::CalendarId;
use crate::service::protocol::Request;

/// A new calendar, or the marked one's name and colour.
pub(in crate::app) fn open_calendar(
    state: &mut State,
    calendar: Option<CalendarId>,
    effects: &mut Vec<Effect>,
) {
    let mut known = state.status.calendars.iter();
    let known = known.find(|known| Some(&known.id) == calendar.as_ref());
    let name = known.map_or(String::new(), |known| safe::line(&known.name));
    let color = known.map_or("auto".to_owned(), |known| known.color.clone());
    let texts = vec![(Slot::Name, name), (Slot::Color, color)];
    show(
        state,
        Form::of(Purpose::Calendar(calendar), state.cursor, texts),
        effects,
    );
}

/// Removing takes the name: it takes every event with it.
pub(in crate::app) fn open_remove_calendar(
    state: &mut State,
    calendar: CalendarId,
    effects: &mut Vec<Effect>,
) {
    let mut known = state.status.calendars.iter();
    let Some(known) = known.find(|known| known.id == calendar) else {
        return;
    };
    let name = safe::line(&known.name);
    let purpose = Purpose::RemoveCalendar { calendar, name };
    let texts = vec![(Slot::Name, String::new())];
    show(state, Form::of(purpose, state.cursor, texts), effects);
}

/// A new category, or the marked one's colour.
pub(in crate::app) fn open_category(
    state: &mut State,
    category: Option<Category>,
    effects: &mut Vec<Effect>,
) {
    let color = match &category {
        None => PRESETS.first().copied().unwrap_or(NO_COLOR),
        Some(known) => preset_name(known.preset),
    };
    let mut texts = vec![(Slot::Color, color.to_owned())];
    if category.is_none() {
        texts.insert(0, (Slot::Name, String::new()));
    }
    let form = Form::of(Purpose::Category(category), state.cursor, texts);
    show(state, form, effects);
}

/// Removing takes its name, as for a calendar.
pub(in crate::app) fn open_remove_category(
    state: &mut State,
    category: &Category,
    effects: &mut Vec<Effect>,
) {
    let purpose = Purpose::RemoveCategory {
        id: category.id.clone(),
        name: safe::line(&category.name),
    };
    let texts = vec![(Slot::Name, String::new())];
    show(state, Form::of(purpose, state.cursor, texts), effects);
}

/// Whose calendar is to be followed.
pub(in crate::app) fn open_follow(state: &mut State, effects: &mut Vec<Effect>) {
    let texts = vec![(Slot::People, String::new())];
    let form = Form::of(Purpose::Follow, state.cursor, texts);
    show(state, form, effects);
}

/// A question without a line: nothing is lost by it.
pub(in crate::app) fn open_unfollow(state: &mut State, address: String, effects: &mut Vec<Effect>) {
    let form = Form::of(Purpose::Unfollow { address }, state.cursor, Vec::new());
    show(state, form, effects);
}

/// What is asked for at once instead of being queued.
pub(super) fn request(state: &State, form: &Form) -> Option<Read<Request>> {
    match &form.purpose {
        Purpose::Follow => Some(followed(state, form)),
        Purpose::Unfollow { address } => Some(Ok(Request::Unfollow {
            address: address.clone(),
        })),
        _ => errand(state, form).map(|read| read.map(Request::Errand)),
    }
}

fn followed(state: &State, form: &Form) -> Read<Request> {
    let wrong = |words: &str| Err((Slot::People, words.to_owned()));
    let people = match form.read(state, Slot::People) {
        Ok(Value::People(people)) => people.into_inner(),
        Ok(_) => Vec::new(),
        Err(words) => return wrong(&words),
    };
    match people.as_slice() {
        [one] => Ok(Request::Follow {
            address: one.person.address.raw().to_owned(),
        }),
        [] => wrong("say whose calendar"),
        _ => wrong("one at a time"),
    }
}

/// What is done at once instead of being queued.
fn errand(state: &State, form: &Form) -> Option<Read<Errand>> {
    let name = form.text(Slot::Name).trim().to_owned();
    let wrong = |slot, words: &str| Some(Err((slot, words.to_owned())));
    match &form.purpose {
        Purpose::RemoveCalendar {
            calendar,
            name: known,
        } if name == *known => Some(Ok(Errand::RemoveCalendar {
            calendar: calendar.clone(),
        })),
        Purpose::RemoveCalendar { name: known, .. } => wrong(
            Slot::Name,
            &format!("type “{known}” to remove it with everything in it"),
        ),
        Purpose::Calendar(_) if name.is_empty() => wrong(Slot::Name, "a calendar needs a name"),
        Purpose::Calendar(known) => Some(edited_calendar(state, form, known.as_ref(), name)),
        Purpose::RemoveCategory { id, name: known } if name == *known => {
            Some(Ok(Errand::RemoveCategory { id: id.clone() }))
        }
        Purpose::RemoveCategory { name: known, .. } => {
            wrong(Slot::Name, &format!("type “{known}” to remove it"))
        }
        Purpose::Category(None) if name.is_empty() => wrong(Slot::Name, "a category needs a name"),
        Purpose::Category(known) => Some(edited_category(state, form, known.as_ref(), name)),
        _ => None,
    }
}

fn edited_calendar(
    state: &State,
    form: &Form,
    known: Option<&CalendarId>,
    name: String,
) -> Read<Errand> {
    let color = form.text(Slot::Color).trim().to_lowercase();
    let color = COLORS.iter().find(|one| one.to_lowercase() == color);
    let color = color.ok_or_else(|| (Slot::Color, format!("colours are {}", COLORS.join(", "))))?;
    let is_taken = |other: &Calendar| {
        Some(&other.id) != known && safe::line(&other.name).to_lowercase() == name.to_lowercase()
    };
    if state.status.calendars.iter().any(is_taken) {
        return Err((Slot::Name, "there is a calendar of that name".into()));
    }
    let touched = |slot| {
        let mut lines = form.lines.iter();
        lines.any(|line| line.slot == slot && line.is_touched())
    };
    let color = (*color).to_owned();
    Ok(match known {
        None => Errand::MakeCalendar { name, color },
        Some(calendar) => Errand::EditCalendar {
            calendar: calendar.clone(),
            name: touched(Slot::Name).then_some(name),
            color: touched(Slot::Color).then_some(color),
        },
    })
}

fn edited_category(
    state: &State,
    form: &Form,
    known: Option<&Category>,
    name: String,
) -> Read<Errand> {
    let words = || format!("colours are {} and {NO_COLOR}", PRESETS.join(", "));
    let color = form.text(Slot::Color);
    let preset = preset(color).ok_or_else(|| (Slot::Color, words()))?;
    if let Some(known) = known {
        let id = known.id.clone();
        return Ok(Errand::ColorCategory { id, preset });
    }
    let is_taken = |other: &Category| safe::line(&other.name).to_lowercase() == name.to_lowercase();
    if state.status.categories.iter().any(is_taken) {
        return Err((Slot::Name, "there is a category of that name".into()));
    }
    Ok(Errand::MakeCategory { name, preset })
}
