//! The program: state, messages, update. Pure and never waiting.
//!
//! Refuses I/O, clocks and tasks: what should happen outside is returned as
//! effects, and `State::now` is the only now. Invariant: a reply is used only
//! while its ticket is expected; everything else is dropped in `inbox`.

pub mod agenda;
pub mod availability;
mod behalf;
pub mod commands;
pub mod conflict;
pub mod copying;
pub mod creating;
pub mod day;
pub mod deleting;
pub mod files;
pub mod find;
mod focus;
pub mod form;
pub mod go_to;
pub mod grid;
pub mod inbox;
pub mod jump;
pub mod keymap;
pub mod keys;
pub mod known;
pub mod lanes;
pub mod leave;
pub mod links;
pub mod list;
pub mod load;
pub mod month;
pub mod motion;
pub mod mouse;
pub mod moving;
pub mod overlay;
pub mod perform;
pub mod relocating;
pub mod respond;
pub mod safe;
pub mod scene;
pub mod search;
pub mod sending;
pub mod sentence;
mod sharing;
pub mod sidebar;
pub mod triage;
pub mod view;
pub mod viewer;
pub mod vitals;
pub mod which;

use crate::config::Settings;
use crate::domain::entry::Entry;
use crate::domain::errand::File;
use crate::domain::event::Attendee;
use crate::domain::free_busy::Heard;
use crate::domain::ids::{CalendarId, EventId};
use crate::domain::intent::{Intent, IntentId};
use crate::domain::overlap::Persons;
use crate::service::protocol::{Detail, Level, Notice, Reply, Request, Status, Ticket};
use commands::Mode;
use crokey::KeyCombination;
use crossterm::event::{KeyEvent, MouseEvent};
use form::Form;
use form::shelf::Shelf;
use jiff::civil::Date;
use jiff::tz::TimeZoneDatabase;
use jiff::{SignedDuration, Timestamp, ToSpan};
use keymap::Keymap;
use known::{Key, Known};
use overlay::Overlay;
use scene::Scene;
pub use sidebar::Sidebar;
use std::collections::{BTreeMap, BTreeSet};
use triage::Triage;
use view::View;
use viewer::Viewer;
use vitals::{Frame, Frames};
use which::Scope;

/// What the program needs to begin.
pub struct Setup {
    pub now: Timestamp,
    pub viewer: Viewer,
    /// Where second zones are looked up.
    pub zones: TimeZoneDatabase,
    pub settings: Settings,
    pub keymap: Keymap,
    /// Columns and rows.
    pub size: (u16, u16),
}

#[derive(Debug, Clone)]
#[allow(
    clippy::large_enum_variant,
    reason = "messages are moved once, never stored"
)]
pub enum Message {
    Key(KeyEvent),
    Mouse(MouseEvent),
    Paste(String),
    Resized {
        cols: u16,
        rows: u16,
    },
    Ticked(Timestamp),
    /// The frame before was measured by the shell.
    Measured(Frame),
    Replied {
        ticket: Ticket,
        reply: Reply,
    },
    Noticed(Notice),
    FocusChanged(bool),
    /// The editor was left: the text, or why there is none.
    Edited(Result<String, String>),
    /// Something the shell has to say, e.g. that a link could not be opened.
    Said {
        level: Level,
        words: String,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    Ask {
        ticket: Ticket,
        request: Request,
    },
    OpenUrl(String),
    Copy(String),
    /// Into the person's folder for downloads, under a free name.
    SaveFile {
        name: String,
        content: Vec<u8>,
    },
    /// To be edited in the person's own editor; `Edited` follows.
    EditText(String),
    Quit,
    Suspend,
    Bell,
    SetTitle(String),
    /// A `Ticked` is wanted at this instant; replaces the wish before it.
    WakeAt(Timestamp),
    SaveSettings(Box<Settings>),
}

/// What an open ticket was for.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    Show {
        from: Date,
        to: Date,
    },
    Detail(Key),
    Search(String),
    Queue(Vec<EventId>),
    Undo,
    Redo,
    /// What the form shows of an event.
    Form(Key, Scope),
    /// The text of the event in the form.
    Notes(Key),
    People,
    /// People whom no event here names.
    Colleagues,
    /// What waits for the person.
    Triage,
    Hush,
    /// The people of the event that a time is looked for.
    Find(Key),
    /// My own time in the days that are looked at.
    OwnTime,
    /// What the meeting load is counted from.
    Load,
    /// Other people's, between these.
    Schedules {
        from: Timestamp,
        to: Timestamp,
    },
    /// What Microsoft suggests.
    Opinion,
    /// Where time could be held in the week of this Monday.
    Focus(Date),
    /// Who comes to a meeting that may have to move.
    Movable(Key),
    Copy(Key),
    Duplicate(Key),
    KeepCopy(IntentId),
    Errand,
    /// The series that is to end before this event.
    CutHere(Key),
    /// The event to be moved into this calendar.
    MoveTo(CalendarId),
    /// The files of the event in the inspector.
    Files(Key),
    /// One of them, to be saved under this name.
    Fetch(String),
    Resolve,
    Settle,
    Sync,
    Status,
    Vitals,
    Drain,
}

/// Something to read once, in the line about the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub level: Level,
    pub words: String,
    pub until: Timestamp,
}

/// The newest answer, as long as it can be taken back unheard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undoable {
    pub words: String,
    pub deadline: Timestamp,
    /// Acts that were one to the person.
    pub acts: usize,
}

/// The inspector, open beside or over the view.
#[derive(Debug, Clone, Default)]
pub struct Inspector {
    pub detail: Option<Box<Detail>>,
    pub scroll: u16,
    /// The event's files, once they are known.
    pub files: Option<Vec<File>>,
    /// The data side's words when the rest could not be fetched.
    pub trouble: Option<String>,
}

/// `'` and the digits typed after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count(pub u16);

pub struct State {
    pub now: Timestamp,
    pub viewer: Viewer,
    pub second: Option<Viewer>,
    pub zones: TimeZoneDatabase,
    pub settings: Settings,
    pub keymap: Keymap,
    pub size: (u16, u16),
    pub view: View,
    /// What `F` returns to.
    pub before_fan: Option<View>,
    pub cursor: Date,
    /// Where rolling days begin.
    pub anchor: Date,
    /// Days added to the agenda by walking off its end.
    pub agenda_more: u16,
    pub selected: Option<Key>,
    /// First row of the view that is drawn.
    pub scroll: u16,
    pub rows_per_hour: u16,
    pub known: Known,
    pub status: Status,
    pub hidden: BTreeSet<CalendarId>,
    pub inspector: Option<Inspector>,
    pub sidebar: Option<Sidebar>,
    /// Everything that waits for the person, in place of the view.
    pub triage: Option<Box<Triage>>,
    pub overlay: Option<Overlay>,
    /// Kalends itself, in the corner; takes no keys.
    pub vitals: Option<vitals::Open>,
    pub frames: Frames,
    pub typed: Vec<KeyCombination>,
    pub count: Option<Count>,
    pub said: Option<Said>,
    pub undoable: Option<Undoable>,
    /// Forms that were left with something in them.
    pub shelved: Shelf,
    /// Forms that were sent and not taken yet.
    pub(crate) saving: Vec<(Ticket, Box<Form>)>,
    /// What `p` puts down.
    pub copied: Option<Box<Detail>>,
    /// Whom I work with, as the server says it; None until it was asked.
    pub colleagues: Option<Vec<Attendee>>,
    /// Other people's time as it was last told, by address.
    pub(crate) told: BTreeMap<String, Heard>,
    /// To be dropped once its copy is durable.
    pub(crate) kept: Option<IntentId>,
    pub found: Vec<Entry>,
    pub found_at: usize,
    /// The data side ended.
    pub gone: Option<String>,
    pub focused: bool,
    pub scene: Scene,
    /// What the scene was made from.
    basis: Option<scene::Basis>,
    /// Shown before the data side confirmed them.
    pub(crate) early: Vec<Intent>,
    pub(crate) asked: BTreeMap<Ticket, Asked>,
    pub(crate) last_ticket: u64,
    pub(crate) last_wake: Option<Timestamp>,
    pub(crate) last_click: Option<(u16, u16, Timestamp)>,
    pub(crate) settled_hidden: bool,
    generation: u64,
}

impl State {
    pub fn new(setup: Setup) -> Self {
        let cursor = setup.viewer.day(setup.now);
        let second = Viewer::find(&setup.zones, &setup.settings.second_zone);
        let mut state = Self {
            now: setup.now,
            second,
            zones: setup.zones,
            size: setup.size,
            view: View::first(&setup.settings),
            before_fan: None,
            cursor,
            anchor: cursor,
            agenda_more: 0,
            selected: None,
            scroll: 0,
            rows_per_hour: setup.settings.rows_per_hour,
            known: Known::default(),
            status: Status::default(),
            hidden: BTreeSet::new(),
            inspector: None,
            sidebar: setup.settings.sidebar.then(Sidebar::default),
            triage: None,
            overlay: None,
            vitals: None,
            frames: Frames::default(),
            typed: Vec::new(),
            count: None,
            said: None,
            undoable: None,
            shelved: Shelf::default(),
            saving: Vec::new(),
            copied: None,
            colleagues: None,
            told: BTreeMap::new(),
            kept: None,
            found: Vec::new(),
            found_at: 0,
            gone: None,
            focused: true,
            scene: Scene::default(),
            basis: None,
            early: Vec::new(),
            asked: BTreeMap::new(),
            last_ticket: 0,
            last_wake: None,
            last_click: None,
            settled_hidden: false,
            generation: 1,
            viewer: setup.viewer,
            settings: setup.settings,
            keymap: setup.keymap,
        };
        state.lay_out();
        motion::scroll_to_now(&mut state);
        state
    }

    /// Grows with every change that could be seen; draw when it differs from the last drawn one.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    pub fn today(&self) -> Date {
        self.viewer.day(self.now)
    }

    pub fn selected_entry(&self) -> Option<(usize, &Entry)> {
        self.known.find(self.selected.as_ref()?)
    }

    /// Where keys are looked up now.
    pub fn mode(&self) -> Mode {
        match &self.overlay {
            Some(overlay) => overlay.mode(),
            None if self.triage.is_some() => Mode::Triage,
            None if self.sidebar.as_ref().is_some_and(|sidebar| sidebar.focused) => Mode::Sidebar,
            None if self.inspector.is_some() => Mode::Inspector,
            None => Mode::Calendar,
        }
    }

    /// The seconds left in which the newest answer goes nowhere.
    pub fn undo_seconds_left(&self) -> Option<i64> {
        let left = self.undoable.as_ref()?.deadline.duration_since(self.now);
        (left > SignedDuration::ZERO).then(|| (left.as_millis() as i64 + 999) / 1000)
    }

    /// Intents that have not been confirmed by the server.
    pub fn waiting(&self) -> usize {
        self.status.intents.len().max(self.early.len())
    }

    pub(crate) fn lay_out(&mut self) {
        let persons = Persons::of(&self.status.calendars, &self.status.me);
        self.known.settle(
            &self.hidden,
            self.settings.show_declined,
            &self.viewer,
            persons,
        );
        // A key press asks several times: before and after it moves, and when the days are read.
        let basis = scene::Basis::of(self);
        if self.basis.as_ref() == Some(&basis) {
            debug_assert_eq!(
                self.scene,
                scene::compose(self),
                "something is missing in the basis"
            );
        } else {
            self.scene = scene::compose(self);
            self.basis = Some(basis);
        }
        motion::keep_scroll_inside(self);
    }

    pub(crate) fn say(&mut self, level: Level, words: impl Into<String>) {
        let seconds = if level == Level::News { 6 } else { 15 };
        self.said = Some(Said {
            level,
            words: safe::words(&words.into()),
            until: self.now + SignedDuration::from_secs(seconds),
        });
    }

    /// Asks the data side; what is superseded by this is forgotten.
    pub(crate) fn ask(&mut self, asked: Asked, request: Request) -> Effect {
        self.asked.retain(|_, open| !supersedes(&asked, open));
        self.last_ticket += 1;
        let ticket = Ticket(self.last_ticket);
        self.asked.insert(ticket, asked);
        Effect::Ask { ticket, request }
    }

    /// Asks for the days on screen and around them, so that the next key press finds its
    /// entries here.
    pub(crate) fn ask_show(&mut self) -> Effect {
        let (from, to) = self.days_around();
        self.ask(Asked::Show { from, to }, Request::Show { from, to })
    }

    /// What the next key press will want, to be asked for while nobody waits.
    pub fn look_ahead(&mut self) -> Option<Effect> {
        let (from, to) = self.days_around();
        let is_there = self.known.covers(from, to) || self.is_asking(from, to);
        (!is_there && self.known.range.is_some()).then(|| self.ask_show())
    }

    /// The days on screen and one period more on both sides.
    fn days_around(&self) -> (Date, Date) {
        let (from, to) = self.scene.days(self.cursor);
        let margin = (to - from).get_days().clamp(7, 31).days();
        (from.saturating_sub(margin), to.saturating_add(margin))
    }

    fn is_asking(&self, from: Date, to: Date) -> bool {
        self.asked.values().any(|asked| {
            matches!(asked, Asked::Show { from: asked_from, to: asked_to }
                if *asked_from <= from && to <= *asked_to)
        })
    }

    /// When something on screen changes by itself: the next minute, or the next second
    /// of a countdown, or the end of a message.
    fn next_wake(&self) -> Timestamp {
        let into_minute = self.now.as_second().rem_euclid(60);
        let mut next = self.now.as_second() + 60 - into_minute;
        if self.undoable.is_some() || self.is_leaving() || self.vitals.is_some() {
            next = next.min(self.now.as_second() + 1);
        }
        if let Some(said) = &self.said {
            next = next.min(said.until.as_second().max(self.now.as_second() + 1));
        }
        Timestamp::from_second(next).unwrap_or(self.now)
    }

    fn is_leaving(&self) -> bool {
        matches!(self.overlay, Some(Overlay::Leave(_)))
    }
}

fn supersedes(new: &Asked, old: &Asked) -> bool {
    matches!(
        (new, old),
        (Asked::Show { .. }, Asked::Show { .. })
            | (Asked::Detail(_), Asked::Detail(_))
            | (Asked::Search(_), Asked::Search(_))
            | (Asked::Status, Asked::Status)
            | (Asked::Triage, Asked::Triage)
            | (Asked::Find(_), Asked::Find(_))
            | (Asked::Load, Asked::Load)
            | (Asked::Opinion, Asked::Opinion)
            | (Asked::Focus(_), Asked::Focus(_))
            | (Asked::Vitals, Asked::Vitals)
            | (Asked::Form(..), Asked::Form(..))
            | (Asked::Notes(_), Asked::Notes(_))
            | (Asked::People, Asked::People)
            | (Asked::Colleagues, Asked::Colleagues)
            | (Asked::Copy(_), Asked::Copy(_))
            | (Asked::Duplicate(_), Asked::Duplicate(_))
    )
}

/// The first effects: what to ask, the title and the first wake.
pub fn start(state: &mut State) -> Vec<Effect> {
    let mut effects = vec![state.ask_show(), state.ask(Asked::Status, Request::Status)];
    effects.push(Effect::SetTitle("Kalends".into()));
    wake(state, &mut effects);
    effects
}

/// One message in, effects out.
pub fn update(state: &mut State, message: Message) -> Vec<Effect> {
    let mut effects = Vec::new();
    let changed = match message {
        Message::Key(key) => keys::pressed(state, key, &mut effects),
        Message::Mouse(mouse) => mouse::moved(state, mouse, &mut effects),
        Message::Paste(text) => keys::pasted(state, &text, &mut effects),
        Message::Resized { cols, rows } => resized(state, cols, rows),
        Message::Ticked(now) => ticked(state, now, &mut effects),
        Message::Measured(frame) => {
            // Shown with the next frame: this one is no reason for another.
            state.frames.note(frame);
            return effects;
        }
        Message::Replied { ticket, reply } => inbox::replied(state, ticket, reply, &mut effects),
        Message::Noticed(notice) => inbox::noticed(state, notice, &mut effects),
        Message::FocusChanged(focused) => {
            state.focused = focused;
            false
        }
        Message::Edited(edited) => {
            form::notes_edited(state, edited);
            true
        }
        Message::Said { level, words } => {
            state.say(level, words);
            true
        }
    };
    if changed {
        state.generation += 1;
        state.lay_out();
        triage::follow(state, &mut effects);
        let (from, to) = state.scene.days(state.cursor);
        if !state.known.covers(from, to) && !state.is_asking(from, to) {
            effects.push(state.ask_show());
        }
    }
    wake(state, &mut effects);
    effects
}

fn wake(state: &mut State, effects: &mut Vec<Effect>) {
    let next = state.next_wake();
    if state.last_wake != Some(next) {
        state.last_wake = Some(next);
        effects.push(Effect::WakeAt(next));
    }
}

fn resized(state: &mut State, cols: u16, rows: u16) -> bool {
    if state.size == (cols, rows) {
        return false;
    }
    state.size = (cols, rows);
    state.lay_out();
    motion::show_selected(state);
    true
}

fn ticked(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) -> bool {
    if now < state.now {
        return false;
    }
    let minute = |instant: Timestamp| instant.as_second().div_euclid(60);
    let mut changed = minute(now) != minute(state.now);
    let counting = state.undoable.is_some() || state.is_leaving();
    changed |= counting && now.as_second() != state.now.as_second();
    state.now = now;
    if state.said.as_ref().is_some_and(|said| said.until <= now) {
        state.said = None;
        changed = true;
    }
    if state
        .undoable
        .as_ref()
        .is_some_and(|undo| undo.deadline <= now)
    {
        state.undoable = None;
        changed = true;
    }
    if changed {
        find::minute_passed(state);
    }
    changed |= leave::ticked(state, effects);
    vitals::ticked(state, effects);
    changed
}
