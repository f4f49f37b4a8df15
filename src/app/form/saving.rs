//! From the lines of a form to acts: a new event, a change, or a series cut in two.

use super::slot::Slot;
use super::{Form, Purpose, clock_of, errands, shelf};
use crate::app::overlay::Overlay;
use crate::app::viewer::Viewer;
use crate::app::which::Scope;
use crate::app::{Asked, Effect, State, behalf, creating, safe, sending};
use crate::domain::edit::{
    Change, Create, Delete, Edit, Field, Forward, People, Span, Value, is_draft, tidied,
};
use crate::domain::entry::Entry;
use crate::domain::event::{Details, Event, Kind, Person, Role};
use crate::domain::ids::CalendarId;
use crate::domain::intent::{Act, Seen};
use crate::domain::recurrence::Recurrence;
use crate::service::protocol::Detail;

/// What a form asks for, or the line that cannot be read and why.
pub(super) type Read<T> = Result<T, (Slot, String)>;

/// Enter: sent, or the first line that cannot be.
pub(super) fn save(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Overlay::Form(form)) = &state.overlay else {
        return;
    };
    let form = form.clone();
    let read = match errands::request(state, &form) {
        Some(Ok(request)) => {
            state.overlay = None;
            effects.push(state.ask(Asked::Errand, request));
            return shelf::keep(state, form);
        }
        Some(Err(wrong)) => Err(wrong),
        None => acts(state, &form),
    };
    let acts = match read {
        Ok(acts) => acts,
        Err((slot, words)) => {
            if let Some(Overlay::Form(form)) = &mut state.overlay {
                form.at = form
                    .lines
                    .iter()
                    .position(|line| line.slot == slot)
                    .unwrap_or(form.at);
                form.suggestions.clear();
                form.trouble = Some(words);
            }
            return;
        }
    };
    state.overlay = None;
    if acts.is_empty() {
        state.say(crate::service::protocol::Level::News, "nothing was changed");
        return;
    }
    let day = form.span(state).ok().map(|span| {
        if span.all_day {
            span.wall_start.date()
        } else {
            state.viewer.day(span.start)
        }
    });
    let is_new = matches!(form.purpose, Purpose::New);
    sending::send_together(state, acts, effects);
    shelf::keep(state, form);
    if let Some(day) = day {
        creating::show(state, day, is_new);
    }
}

fn acts(state: &State, form: &Form) -> Read<Vec<Act>> {
    match &form.purpose {
        Purpose::New => Ok(vec![Act::Create(create(state, form)?)]),
        Purpose::Edit { detail, scope } => match scope {
            Scope::Following => following(state, form, detail),
            _ => Ok(change(state, form)?.into_iter().map(Act::Change).collect()),
        },
        Purpose::Forward(entry) => Ok(vec![Act::Forward(forward(state, form, entry)?)]),
        Purpose::Cancel { entry, event } => Ok(vec![Act::Delete(Delete {
            calendar: entry.calendar.clone(),
            event: event.clone(),
            root: entry.root().clone(),
            message: Some(form.text(Slot::Message).trim().to_owned()),
            is_my_meeting: true,
            seen: Seen::of(entry),
        })]),
        Purpose::Calendar(_)
        | Purpose::RemoveCalendar { .. }
        | Purpose::Category(_)
        | Purpose::RemoveCategory { .. }
        | Purpose::Follow
        | Purpose::Unfollow { .. } => Ok(Vec::new()),
    }
}

fn forward(state: &State, form: &Form, entry: &Entry) -> Read<Forward> {
    let people = form
        .read(state, Slot::People)
        .map_err(|words| (Slot::People, words))?;
    let to: Vec<Person> = match people {
        Value::People(people) => people
            .into_inner()
            .into_iter()
            .map(|one| one.person)
            .collect(),
        _ => Vec::new(),
    };
    if to.is_empty() {
        return Err((Slot::People, "say to whom".into()));
    }
    Ok(Forward {
        calendar: entry.calendar.clone(),
        event: entry.id.clone(),
        root: entry.root().clone(),
        to,
        message: form.text(Slot::Message).trim().to_owned(),
        seen: Seen::of(entry),
    })
}

/// Lines that were touched, as values. The time's two lines are one.
fn touched(state: &State, form: &Form) -> Read<Vec<Value>> {
    let mut values = Vec::new();
    let mut is_timed = false;
    for line in form.lines.iter().filter(|line| line.is_touched()) {
        if line.slot == Slot::Calendar || line.slot == Slot::Notes {
            continue;
        }
        let is_time = matches!(line.slot, Slot::When | Slot::Zone);
        let is_read = is_time && is_timed;
        is_timed |= is_time;
        if !is_read {
            let value = form
                .read(state, line.slot)
                .map_err(|words| (line.slot, words))?;
            values.push(value);
        }
    }
    if form.notes.is_touched() {
        values.push(
            form.read(state, Slot::Notes)
                .map_err(|words| (Slot::Notes, words))?,
        );
    }
    Ok(values)
}

/// A new event: what was said, and its time.
pub(super) fn create(state: &State, form: &Form) -> Read<Create> {
    if form.text(Slot::What).trim().is_empty() {
        return Err((Slot::What, "say what it is".into()));
    }
    let mut values = touched(state, form)?;
    let span = form.span(state).map_err(|words| (Slot::When, words))?;
    values.retain(|value| value.field() != Field::When && is_said(value));
    values.insert(1.min(values.len()), Value::When(span));
    Ok(Create {
        calendar: calendar(state, form)?,
        transaction: String::new(),
        values,
    })
}

/// Nothing need be sent for what is empty anyway.
fn is_said(value: &Value) -> bool {
    match value {
        Value::Place(text) | Value::Notes(text) => !text.raw().is_empty(),
        Value::Categories(names) => !names.is_empty(),
        Value::People(people) => !people.is_empty(),
        Value::Rule(rule) => rule.is_some(),
        Value::Online(is_online) => *is_online,
        _ => true,
    }
}

fn calendar(state: &State, form: &Form) -> Read<CalendarId> {
    let name = form.text(Slot::Calendar).trim().to_lowercase();
    let ours = || {
        let calendars = state.status.calendars.iter();
        calendars.filter(|calendar| calendar.can_edit)
    };
    let called = |exactly: bool| {
        ours().find(|calendar| {
            let known = safe::line(&calendar.name).to_lowercase();
            known == name || (!exactly && !name.is_empty() && known.starts_with(&name))
        })
    };
    let found = called(true).or_else(|| called(false));
    found.map(|calendar| calendar.id.clone()).ok_or_else(|| {
        let names: Vec<String> = ours().map(|calendar| safe::line(&calendar.name)).collect();
        (Slot::Calendar, format!("there are {}", names.join(", ")))
    })
}

/// The change to one event or to a whole series; None when nothing differs.
fn change(state: &State, form: &Form) -> Read<Option<Change>> {
    let Some((event, details)) = form.target() else {
        return Ok(None);
    };
    let base = |field| match field {
        Field::Notes => Value::Notes(tidied(form.notes.was.as_deref().unwrap_or_default())),
        field => base_of(state, field, event, details),
    };
    let mut edits: Vec<Edit> = touched(state, form)?
        .into_iter()
        .map(|mine| Edit {
            base: base(mine.field()),
            mine,
        })
        .collect();
    edits.retain(|edit| edit.base != edit.mine);
    refuse_impossible(form, details, &edits)?;
    complete_series(state, event, details, &mut edits)?;
    if edits.is_empty() {
        return Ok(None);
    }
    Ok(Some(Change {
        calendar: event.calendar.clone(),
        event: event.id.clone(),
        root: event.root().clone(),
        edits,
        seen: seen(event, details),
    }))
}

fn seen(event: &Event, details: &Details) -> Seen {
    Seen {
        start: event.start,
        end: event.end,
        all_day: details.all_day,
        subject: details.subject.clone(),
        answer: details.answer,
        shape: None,
    }
}

/// What a field held, its time on the event's own clock.
fn base_of(state: &State, field: Field, event: &Event, details: &Details) -> Value {
    match field {
        Field::When => {
            let clock = clock_of(state, details);
            let zone = clock.as_ref().unwrap_or(&state.viewer).as_zone();
            Value::When(Span::on_clock(
                event.start,
                event.end,
                details.all_day,
                &zone,
            ))
        }
        field => Value::of(field, event, details),
    }
}

fn refuse_impossible(form: &Form, details: &Details, edits: &[Edit]) -> Read<()> {
    for edit in edits {
        match &edit.mine {
            Value::Online(false) if details.online_url.is_some() => {
                let words =
                    "an online meeting cannot be made offline again; delete it and make a new one";
                return Err((Slot::Online, words.into()));
            }
            Value::Notes(_) if form.is_online() => {
                return Err((Slot::Notes, form.notes_reading()));
            }
            Value::Subject(text) if text.raw().is_empty() => {
                return Err((Slot::What, "say what it is".into()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// A series takes time and rule together (Graph: update event), and a rule follows the first day.
fn complete_series(
    state: &State,
    event: &Event,
    details: &Details,
    edits: &mut Vec<Edit>,
) -> Read<()> {
    let of = |edits: &[Edit], field: Field| {
        edits
            .iter()
            .find(|edit| edit.mine.field() == field)
            .cloned()
    };
    let (when, rule) = (of(edits, Field::When), of(edits, Field::Rule));
    let is_series = event.kind == Kind::Master;
    if is_series && when.is_some() && clock_of(state, details).is_none() && !details.all_day {
        let name = details
            .start_zone
            .as_ref()
            .map(safe::line)
            .unwrap_or_default();
        return Err((
            Slot::Zone,
            format!(
                "the series is on a clock that is not known here (“{name}”): only its own client can move it"
            ),
        ));
    }
    let base = |field| base_of(state, field, event, details);
    match (when, rule) {
        (None, Some(_)) => edits.push(Edit {
            base: base(Field::When),
            mine: base(Field::When),
        }),
        (Some(when), None) if is_series => {
            let (Value::When(was), Value::When(is)) = (&when.base, &when.mine) else {
                return Ok(());
            };
            let rule = details.recurrence.as_ref();
            let moved = rule.map(|rule| rule.moved(was.wall_start.date(), is.wall_start.date()));
            edits.push(Edit {
                base: base(Field::Rule),
                mine: Value::Rule(moved),
            });
        }
        _ => {}
    }
    Ok(())
}

/// The rule of what comes from this occurrence on.
pub(super) fn rest_of(state: &State, detail: &Detail) -> Option<Recurrence> {
    let master = detail.master.as_ref()?;
    let details = master.details.as_ref()?;
    let (was, cut) = spans(state, detail, master, details);
    let rule = details.recurrence.as_ref()?;
    rule.rest(was.wall_start.date(), cut.wall_start.date())
}

/// Of the series' first and of this occurrence, on the series' clock.
fn spans(state: &State, detail: &Detail, master: &Event, details: &Details) -> (Span, Span) {
    let clock: Viewer = clock_of(state, details).unwrap_or_else(|| state.viewer.clone());
    let zone = clock.as_zone();
    let on = |event: &Event| Span::on_clock(event.start, event.end, details.all_day, &zone);
    (on(master), on(&detail.event))
}

/// Where an occurrence was before it was moved is not known here. A cut where it is now would
/// leave it in the old series, or take others out of that.
fn is_off_its_day(rule: &Recurrence, detail: &Detail, was: &Span, cut: &Span) -> bool {
    let (first, day) = (was.wall_start.date(), cut.wall_start.date());
    detail.event.kind == Kind::Exception && !rule.pattern.falls_on(first, day)
}

/// The series, ending before this occurrence.
pub(super) fn shortened(state: &State, detail: &Detail) -> Read<Change> {
    let nothing = || {
        (
            Slot::What,
            "the series itself is not known here yet".to_owned(),
        )
    };
    let master = detail.master.as_ref().ok_or_else(nothing)?;
    let details = master.details.as_ref().ok_or_else(nothing)?;
    let rule = details.recurrence.as_ref().ok_or_else(nothing)?;
    let (was, cut) = spans(state, detail, master, details);
    if cut.wall_start.date() <= was.wall_start.date() {
        let words = "this is the first one: it is the whole series that is meant";
        return Err((Slot::What, words.into()));
    }
    if is_off_its_day(rule, detail, &was, &cut) {
        let words = "this one was moved off its day: cut at the one before or after it";
        return Err((Slot::What, words.into()));
    }
    Ok(Change {
        calendar: master.calendar.clone(),
        event: master.id.clone(),
        root: master.id.clone(),
        edits: vec![
            Edit {
                base: Value::When(was.clone()),
                mine: Value::When(was),
            },
            Edit {
                base: Value::Rule(Some(rule.clone())),
                mine: Value::Rule(Some(rule.before(cut.wall_start.date()))),
            },
        ],
        seen: seen(master, details),
    })
}

/// The old series ends before this occurrence, a new one begins with it (Graph has no such
/// call: it is a change and a new event, and the second undoes the first if it fails).
fn following(state: &State, form: &Form, detail: &Detail) -> Read<Vec<Act>> {
    let shorter = shortened(state, detail)?;
    let nothing = || {
        (
            Slot::What,
            "the series itself is not known here yet".to_owned(),
        )
    };
    let master = detail.master.as_ref().ok_or_else(nothing)?;
    let details = master.details.as_ref().ok_or_else(nothing)?;
    let (_, cut) = spans(state, detail, master, details);
    if form.notes.was.is_none() {
        let words = "the text of the series is not known here and would be lost; go online first";
        return Err((Slot::Notes, words.into()));
    }
    let mut values = all_values(form, details);
    let mine = touched(state, form)?;
    let (from, span) = (
        cut.wall_start.date(),
        form.span(state).map_err(|words| (Slot::When, words))?,
    );
    let rest = rest_of(state, detail).map(|rest| rest.moved(from, span.wall_start.date()));
    values.push(Value::When(span));
    values.push(Value::Rule(rest));
    for value in mine {
        values.retain(|known| known.field() != value.field());
        values.push(value);
    }
    values.retain(is_said);
    let again = Create {
        calendar: master.calendar.clone(),
        transaction: String::new(),
        values,
    };
    Ok(vec![Act::Change(shorter), Act::Create(again)])
}

/// Everything the old series had but its time and its rule.
fn all_values(form: &Form, details: &Details) -> Vec<Value> {
    let notes = form.notes.was.as_deref().unwrap_or_default();
    // The way into the old meeting must not stand in the new one's text.
    let notes = if form.is_online() { "" } else { notes };
    vec![
        Value::Subject(details.subject.clone()),
        Value::Place(details.place.clone()),
        Value::ShowAs(details.show_as),
        Value::Importance(details.importance),
        Value::Sensitivity(details.sensitivity),
        Value::Categories(details.categories.clone()),
        Value::Reminder(details.reminder),
        Value::People(People::new(details.attendees.clone())),
        Value::Online(details.online_url.is_some()),
        Value::Notes(tidied(notes)),
    ]
}

impl Form {
    /// What saving does to others, in words.
    pub fn consequence(&self, state: &State) -> String {
        let calendar = match &self.purpose {
            Purpose::New => calendar(state, self).ok(),
            Purpose::Edit { detail, .. } => Some(detail.event.calendar.clone()),
            Purpose::Forward(entry) | Purpose::Cancel { entry, .. } => Some(entry.calendar.clone()),
            _ => None,
        };
        let whose = calendar.and_then(|calendar| state.behalf(&calendar));
        behalf::in_the_name(self.effect(state, whose.is_some()), whose)
    }

    fn effect(&self, state: &State, is_of_others: bool) -> String {
        match &self.purpose {
            Purpose::New => match self.guests(state) {
                0 => "Enter saves it; nobody is invited".into(),
                1 => "Enter saves it and invites 1 person".into(),
                others => format!("Enter saves it and invites {others} people"),
            },
            Purpose::Edit { detail, scope } => self.told(state, detail, *scope, is_of_others),
            Purpose::Forward(entry) => {
                let who = safe::line(&entry.organizer.name);
                let others = counted(self.guests(state));
                if entry.is_organizer || who.is_empty() {
                    format!("Enter mails it to {others}")
                } else {
                    format!("Enter mails it to {others}, and {who} is told")
                }
            }
            Purpose::Cancel { entry, .. } => {
                let others = usize::from(entry.attendees);
                format!("Enter cancels it and mails {} these words", counted(others))
            }
            Purpose::Calendar(_) | Purpose::Category(_) => "Enter saves it at once".into(),
            Purpose::RemoveCategory { .. } => {
                "Enter removes it; events keep the name, without its colour".into()
            }
            Purpose::RemoveCalendar { .. } => {
                "Enter removes it and every event in it; whom you invited there is mailed".into()
            }
            Purpose::Follow => "Enter asks for it, and shows it when it is shared with you".into(),
            Purpose::Unfollow { .. } => {
                "Enter takes it away here; nothing changes for its owner".into()
            }
        }
    }

    fn guests(&self, state: &State) -> usize {
        let people = match self.read(state, Slot::People) {
            Ok(Value::People(people)) => people,
            _ => return 0,
        };
        let people = people.all().iter();
        people.filter(|one| one.role != Role::Resource).count()
    }

    fn told(&self, state: &State, detail: &Detail, scope: Scope, is_of_others: bool) -> String {
        let touched: Vec<Slot> = self
            .lines
            .iter()
            .filter(|line| line.is_touched())
            .map(|line| line.slot)
            .chain(self.notes.is_touched().then_some(Slot::Notes))
            .collect();
        if touched.is_empty() {
            return "nothing is changed yet".into();
        }
        let is_mine = detail.entry.is_organizer || is_draft(&detail.entry.id);
        let all_private = touched.iter().all(|slot| is_private(*slot));
        if !is_mine && !all_private {
            let who = safe::line(&detail.entry.organizer.name);
            let whose = if is_of_others { "this" } else { "your" };
            return format!("only {whose} copy changes; the next update of {who} undoes it");
        }
        let before = usize::from(detail.entry.attendees);
        let others = before.max(self.guests(state));
        if others == 0 || (all_private && scope != Scope::Following) {
            return format!("Enter saves it; nobody is told{}", losses(scope, &touched));
        }
        if scope == Scope::Following {
            return format!(
                "Enter ends the old series and begins a new one: {} are mailed twice",
                counted(others)
            );
        }
        if touched == [Slot::People] {
            return "Enter mails whom you add and whom you take away".into();
        }
        format!("Enter mails {}{}", counted(others), losses(scope, &touched))
    }
}

fn counted(people: usize) -> String {
    if people == 1 {
        "1 person".into()
    } else {
        format!("{people} people")
    }
}

/// Changes that the server tells nobody of.
fn is_private(slot: Slot) -> bool {
    matches!(
        slot,
        Slot::Categories | Slot::Reminder | Slot::ShowAs | Slot::Privacy
    )
}

/// Moving a series takes its exceptions back (Exchange: a new pattern).
fn losses(scope: Scope, touched: &[Slot]) -> &'static str {
    let is_moved = touched
        .iter()
        .any(|slot| matches!(slot, Slot::When | Slot::Zone | Slot::Repeat));
    if scope == Scope::All && is_moved {
        "; changed and deleted occurrences come back"
    } else {
        ""
    }
}
