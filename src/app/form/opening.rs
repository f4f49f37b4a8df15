//! How a page opens: empty, with an event's own lines, as a copy, for a forwarding, a
//! cancellation or a calendar; and what put-aside pages come back.

use super::saving;
use super::shelf::{self, About};
use super::slot::{Slot, text_of};
use super::{Form, Purpose, clock_of, typed};
use crate::app::known::Key;
use crate::app::overlay::Overlay;
use crate::app::which::{self, Scope, Which};
use crate::app::{Asked, Effect, State, safe};
use crate::domain::edit::{Create, People, Span, Value, is_draft, tidied};
use crate::domain::entry::Entry;
use crate::domain::errand::Errand;
use crate::domain::event::{Details, Event, Kind};
use crate::domain::ids::EventId;
use crate::domain::time::Resolved;
use crate::service::protocol::{Detail, Level, Request};
use jiff::ToSpan;

/// `c`: an empty page, with the time of the cursor.
pub(in crate::app) fn open_new(state: &mut State, effects: &mut Vec<Effect>) {
    if shelf::bring_back(state, &About::New, effects) {
        return;
    }
    let mut form = Form::of(Purpose::New, state.cursor, new_texts(state));
    form.notes.was = Some(String::new());
    show(state, form, effects);
}

fn new_texts(state: &State) -> Vec<(Slot, String)> {
    let wall = state.viewer.wall(state.now);
    let start = if state.cursor == state.today() && wall.hour() < 23 {
        // The next half hour.
        let minutes = 30 - i64::from(wall.minute() % 30);
        wall.saturating_add(minutes.minutes())
    } else {
        state.cursor.at(9, 0, 0, 0)
    };
    let start = Resolved::compatible(state.viewer.as_zone().instant(start));
    let zone = state.viewer.as_zone();
    let span = Span::on_clock(start, start + 30.minutes(), false, &zone);
    let calendars = || {
        let calendars = state.status.calendars.iter();
        calendars.filter(|calendar| calendar.can_edit)
    };
    let mut ours = calendars();
    let ours = ours
        .find(|calendar| calendar.is_default)
        .or_else(|| calendars().next());
    Slot::ALL
        .into_iter()
        .map(|slot| {
            let text = match slot {
                Slot::When => text_of(&Value::When(span.clone())),
                Slot::Repeat => "never".into(),
                Slot::Calendar => ours.map_or(String::new(), |ours| safe::line(&ours.name)),
                Slot::Online => "no".into(),
                Slot::ShowAs => "busy".into(),
                Slot::Importance | Slot::Privacy => "normal".into(),
                _ => String::new(),
            };
            (slot, text)
        })
        .collect()
}

/// A new event that is much like another one.
pub(in crate::app) fn open_copy(state: &mut State, like: &Create, effects: &mut Vec<Effect>) {
    if is_too_late(state) {
        return;
    }
    let mut texts = new_texts(state);
    for (slot, text) in &mut texts {
        let mut values = like.values.iter();
        let value = match slot {
            Slot::Notes => None,
            Slot::Calendar => {
                let mut calendars = state.status.calendars.iter();
                if let Some(known) = calendars.find(|known| known.id == like.calendar) {
                    *text = safe::line(&known.name);
                }
                None
            }
            slot => values.find(|value| Slot::of(value.field()) == *slot),
        };
        if let Some(value) = value {
            *text = text_of(value);
        }
    }
    let mut form = Form::of(Purpose::New, state.cursor, texts);
    // All of it is new, though nobody typed it.
    for line in form.lines.iter_mut().filter(|line| line.slot != Slot::Zone) {
        line.filled.clear();
    }
    form.notes.was = Some(String::new());
    let notes = like.values.iter().find_map(|value| match value {
        Value::Notes(notes) => Some(notes.raw().to_owned()),
        _ => None,
    });
    form.notes.now = notes.unwrap_or_default();
    show(state, form, effects);
}

/// Sending the event to more people.
pub(in crate::app) fn open_forward(state: &mut State, effects: &mut Vec<Effect>) {
    let Some((_, entry)) = state.selected_entry() else {
        return;
    };
    let entry = entry.clone();
    if shelf::bring_back(state, &About::Forward(Key::of(&entry)), effects) {
        return;
    }
    let purpose = Purpose::Forward(Box::new(entry));
    let texts = vec![
        (Slot::People, String::new()),
        (Slot::Message, String::new()),
    ];
    show(state, Form::of(purpose, state.cursor, texts), effects);
}

/// Words for those who were invited, before a meeting of mine is cancelled.
pub(in crate::app) fn open_cancel(
    state: &mut State,
    entry: Entry,
    event: EventId,
    effects: &mut Vec<Effect>,
) {
    if shelf::bring_back(state, &About::Cancel(Key::of(&entry)), effects) {
        return;
    }
    let purpose = Purpose::Cancel {
        entry: Box::new(entry),
        event,
    };
    let texts = vec![(Slot::Message, String::new())];
    show(state, Form::of(purpose, state.cursor, texts), effects);
}

/// `e`: the event's own page, after asking which of a series is meant.
pub(in crate::app) fn open_edit(state: &mut State, effects: &mut Vec<Effect>) {
    let Some((_, entry)) = state.selected_entry() else {
        return;
    };
    let entry = entry.clone();
    if which::is_of_series(&entry) {
        state.overlay = Some(Overlay::Which(Box::new(Which { entry })));
    } else {
        ask(state, &entry, Scope::This, effects);
    }
}

/// Asks for everything known about the event; the page opens with the answer.
pub(in crate::app) fn ask(
    state: &mut State,
    entry: &Entry,
    scope: Scope,
    effects: &mut Vec<Effect>,
) {
    let key = Key::of(entry);
    if shelf::bring_back(state, &About::Edit(key.clone(), scope), effects) {
        return;
    }
    let request = Request::Known {
        calendar: key.calendar.clone(),
        event: key.event.clone(),
    };
    effects.push(state.ask(Asked::Form(key, scope), request));
}

/// The answer came.
pub(in crate::app) fn known_came(
    state: &mut State,
    scope: Scope,
    detail: Box<Detail>,
    effects: &mut Vec<Effect>,
) {
    if is_too_late(state) {
        return;
    }
    if scope != Scope::This && detail.master.is_none() {
        state.say(
            Level::Warning,
            "the series itself is not known here yet: R asks for it",
        );
        return;
    }
    // Said now, not after a page was filled in.
    if let (Scope::Following, Err((_, words))) = (scope, saving::shortened(state, &detail)) {
        return state.say(Level::Warning, words);
    }
    let notes = detail
        .body
        .as_ref()
        .map(|body| tidied(body.raw()).raw().to_owned());
    let texts = edit_texts(state, &detail, scope);
    let day = shown_span(state, &detail, scope).wall_start.date();
    let mut form = Form::of(Purpose::Edit { detail, scope }, day, texts);
    form.notes.was = notes.clone();
    form.notes.now = notes.unwrap_or_default();
    show(state, form, effects);
    ask_notes(state, effects);
}

/// Asks for the text of the event in the open page when it is not known. Of what is not on the
/// server yet there is nobody to ask.
pub(super) fn ask_notes(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Overlay::Form(form)) = &mut state.overlay else {
        return;
    };
    let (Purpose::Edit { detail, scope }, None) = (&form.purpose, &form.notes.was) else {
        return;
    };
    let event = shown(detail, *scope);
    if is_draft(&event.id) {
        return;
    }
    let (calendar, event) = (event.calendar.clone(), event.id.clone());
    form.notes.is_missing = false;
    let request = Request::Detail {
        calendar: calendar.clone(),
        event: event.clone(),
    };
    let key = Key { calendar, event };
    effects.push(state.ask(Asked::Notes(key), request));
}

/// The event whose lines the page has: the one, or its series.
fn shown(detail: &Detail, scope: Scope) -> &Event {
    let whole = detail.master.as_ref().filter(|_| scope == Scope::All);
    whole.unwrap_or(&detail.event)
}

/// When it is, on its own clock: as the page says it, and what a time without a day counts from.
fn shown_span(state: &State, detail: &Detail, scope: Scope) -> Span {
    let event = shown(detail, scope);
    let nothing = Details::default();
    let details = event.details.as_ref().unwrap_or(&nothing);
    let clock = clock_of(state, details);
    let zone = clock.as_ref().unwrap_or(&state.viewer).as_zone();
    Span::on_clock(event.start, event.end, details.all_day, &zone)
}

fn edit_texts(state: &State, detail: &Detail, scope: Scope) -> Vec<(Slot, String)> {
    let event = shown(detail, scope);
    let nothing = Details::default();
    let details = event.details.as_ref().unwrap_or(&nothing);
    let clock = clock_of(state, details);
    let is_elsewhere = clock
        .as_ref()
        .is_some_and(|clock| clock.name != state.viewer.name);
    let on = clock.as_ref().unwrap_or(&state.viewer);
    let span = shown_span(state, detail, scope);
    let rule = match scope {
        Scope::This if event.kind == Kind::Single => Some(details.recurrence.clone()),
        Scope::This => None,
        Scope::All => Some(details.recurrence.clone()),
        Scope::Following => Some(saving::rest_of(state, detail)),
    };
    let text = |slot| {
        Some(match slot {
            Slot::Calendar | Slot::Message | Slot::Name | Slot::Color => return None,
            Slot::Repeat => text_of(&Value::Rule(rule.clone()?)),
            Slot::When => text_of(&Value::When(span.clone())),
            Slot::Zone if is_elsewhere && !details.all_day => on.name.clone(),
            Slot::Zone | Slot::Notes => String::new(),
            Slot::What => text_of(&Value::Subject(details.subject.clone())),
            Slot::Place => text_of(&Value::Place(details.place.clone())),
            Slot::People => text_of(&Value::People(People::new(details.attendees.clone()))),
            Slot::Online => text_of(&Value::Online(details.online_url.is_some())),
            Slot::ShowAs => text_of(&Value::ShowAs(details.show_as)),
            Slot::Reminder => text_of(&Value::Reminder(details.reminder)),
            Slot::Categories => text_of(&Value::Categories(details.categories.clone())),
            Slot::Importance => text_of(&Value::Importance(details.importance)),
            Slot::Privacy => text_of(&Value::Sensitivity(details.sensitivity)),
        })
    };
    let lines = Slot::ALL.into_iter();
    lines.filter_map(|slot| Some((slot, text(slot)?))).collect()
}

/// What was asked for a while ago does not come over what was opened since.
fn is_too_late(state: &mut State) -> bool {
    let is_late = state.overlay.is_some();
    if is_late {
        let words = "the page was not opened: something else is open now";
        state.say(Level::Warning, words);
    }
    is_late
}

/// Shows it, and asks for names to complete with.
pub(super) fn show(state: &mut State, form: Form, effects: &mut Vec<Effect>) {
    state.overlay = Some(Overlay::Form(Box::new(form)));
    effects.push(state.ask(Asked::People, Request::People));
    if state.status.rights.people && state.colleagues.is_none() {
        let errand = Request::Errand(Errand::People);
        effects.push(state.ask(Asked::Colleagues, errand));
    }
    typed(state);
}
