//! What the pages must not do: lose what was typed, or mean another day or event than they show.

use super::picture::screen;
use super::press::press;
use super::world::{NOW, World, at, week, with};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use kalends::app::form::Form;
use kalends::app::known::Key;
use kalends::app::overlay::Overlay;
use kalends::app::{Effect, Message};
use kalends::domain::edit::{Create, Value};
use kalends::domain::entry::Entry;
use kalends::domain::intent::{Act, Intent, IntentId, Stage};
use jiff::Timestamp;
use kalends::service::protocol::{Notice, Request, Ticket};

/// What was queued, oldest first, and how its reply is addressed.
fn queued(world: &World) -> Vec<(Ticket, Vec<Act>)> {
    let asks = world.effects.iter().filter_map(|effect| match effect {
        Effect::Ask { ticket, request } => match request {
            Request::Queue { act, .. } => Some((*ticket, vec![act.clone()])),
            Request::QueueTogether { acts, .. } => Some((*ticket, acts.clone())),
            _ => None,
        },
        _ => None,
    });
    asks.collect()
}

fn created(world: &World) -> Create {
    let acts = queued(world).pop().map(|(_, acts)| acts);
    match acts.as_deref() {
        Some([Act::Create(create), ..]) => create.clone(),
        other => panic!("{other:?}"),
    }
}

/// Where the newest change moves its event to.
fn moved_to(world: &World) -> Timestamp {
    let acts = queued(world).pop().map(|(_, acts)| acts);
    match acts.as_deref() {
        Some([Act::Change(change)]) => change.moved_to().unwrap().start,
        other => panic!("{other:?}"),
    }
}

fn form(world: &World) -> &Form {
    match &world.state.overlay {
        Some(Overlay::Form(form)) => form,
        other => panic!("{other:?}"),
    }
}

fn type_in(world: &mut World, text: &str) {
    for letter in text.chars() {
        let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE);
        world.send(Message::Key(key));
    }
}

/// Goes to a line by its label and writes over it.
fn write(world: &mut World, label: &str, text: &str) {
    for _ in 0..20 {
        if form(world).line().unwrap().slot.label() == label {
            break;
        }
        press(world, "down");
    }
    press(world, "ctrl-u");
    type_in(world, text);
}

fn select(world: &mut World, id: &str) {
    let mut entries = world.state.known.entries.iter();
    let entry = entries.find(|entry| entry.id.as_str() == id).unwrap();
    let (key, day) = (Key::of(entry), world.state.viewer.day(entry.start));
    world.state.selected = Some(key);
    world.state.cursor = day;
}

/// The server has these entries otherwise now.
fn change(world: &mut World, is_meant: impl Fn(&Entry) -> bool, change: impl Fn(&mut Entry)) {
    for entry in world.entries.iter_mut().filter(|entry| is_meant(entry)) {
        *entry = with(entry.clone(), &change);
    }
    world.send(Message::Noticed(Notice::Changed));
}

/// The stand-up is mine.
fn mine() -> World {
    let mut world = World::new(120, 40);
    let is_series = |entry: &Entry| entry.series.is_some();
    change(&mut world, is_series, |entry| entry.is_organizer = true);
    world
}

/// A time alone is on the day that the page shows, not on the day of the occurrence it was
/// opened at, nor on the day of another clock.
#[test]
fn a_time_without_a_day_is_on_the_day_that_the_page_shows() {
    let mut world = mine();
    select(&mut world, "standup-4");
    press(&mut world, "e W");
    // The series is made in Shanghai and begins on 5 January.
    write(&mut world, "when", "17:00-17:15");
    press(&mut world, "enter");
    assert_eq!(moved_to(&world), at("2026-01-05T09:00:00Z"));
    // Friday night in Berlin is Saturday morning in Shanghai.
    select(&mut world, "deploy");
    press(&mut world, "e");
    write(&mut world, "when", "07:00-09:30");
    press(&mut world, "enter");
    assert_eq!(moved_to(&world), at("2026-11-27T23:00:00Z"));
}

/// An all-day event begins at a UTC midnight, which is the evening before in New York.
#[test]
fn whole_days_stay_where_they_are_west_of_greenwich() {
    let mut world = World::of(week(), "America/New_York", NOW, 120, 40);
    select(&mut world, "offsite");
    press(&mut world, "D enter");
    let span = created(&world).when().unwrap().clone();
    assert_eq!(
        (span.start, span.end),
        (at("2026-11-23T00:00:00Z"), at("2026-11-26T00:00:00Z"))
    );
    select(&mut world, "market");
    press(&mut world, "g m \"team\" enter");
    let moved = created(&world);
    assert_eq!(moved.calendar.as_str(), "team");
    assert_eq!(moved.when().unwrap().start, at("2026-11-28T00:00:00Z"));
    // Going to what waits goes to its own day.
    let waits = intent(1, Act::Create(moved));
    world.notice(|status| status.intents = vec![waits]);
    press(&mut world, "g w enter");
    assert_eq!(world.state.cursor, jiff::civil::date(2026, 11, 28));
}

/// One that waits to be sent.
fn intent(id: u64, act: Act) -> Intent {
    Intent {
        id: IntentId(id),
        act,
        made_at: at(NOW),
        due_at: at(NOW),
        stage: Stage::Waiting,
        tries: 0,
        follows: None,
        doubt: None,
    }
}
