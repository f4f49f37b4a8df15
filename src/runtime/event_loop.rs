//! The loop: one inbox, one state, one drawing thread.
//!
//! Order of a start: sheets, first frame, and only then everything that takes time.
//! Invariants: it takes one message, drains what waits, performs effects, draws once and
//! only if the state changed; it sleeps until a message or the wished-for wake.

use super::clock::Stopwatch;
use super::data_side::DataSide;
use super::keys::Keys;
use super::signals::{self, Caught};
use super::terminal::{Screen, TerminalError};
use super::{Account, Clock, effects};
use crate::app::vitals::Frame;
use crate::app::{self, Effect, Message, Setup, State};
use crate::config::Theme;
use crate::domain::zone::Zone;
use crate::service::protocol::{Level, Notice, Ticket};
use crate::service::{Home, Incoming};
use crate::store::StoreError;
use crate::ui;
use crossterm::event::{Event, KeyEventKind};
use jiff::Timestamp;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// How long closing the data side may take after the terminal was given back.
const FAREWELL: Duration = Duration::from_secs(3);
/// The longest sleep; a laptop that wakes up catches up within it.
const LONGEST: Duration = Duration::from_secs(60);

/// What a screen is made of.
pub struct Opening {
    pub home: Home,
    pub account: Account,
    pub clock: Clock,
    pub zone: Zone,
    pub theme: Theme,
    pub setup: Setup,
    /// Said with the first frame.
    pub said: Option<(Level, String)>,
}

/// How the screen was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Quit,
    /// By this signal.
    Signal(u8),
    /// Nobody types any more: the terminal is gone.
    Hangup,
}

#[derive(Debug, thiserror::Error)]
pub enum ScreenError {
    #[error(transparent)]
    Terminal(#[from] TerminalError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("could not write to the terminal: {0}")]
    Write(#[from] io::Error),
}

enum Inbox {
    Terminal(Event),
    Data(Box<Incoming>),
    Signal(Caught),
    NoInput,
}

/// Opens the screen and stays until it is left.
///
/// # Errors
/// When there is no terminal, or the sheets cannot be read.
pub fn run(opening: Opening) -> Result<Ended, ScreenError> {
    let (sender, inbox) = channel();
    let Opening {
        home,
        account,
        clock,
        zone,
        theme,
        mut setup,
        said,
    } = opening;
    // The data side keeps `alive` with its outlet: when it is gone, its files are closed.
    let (alive, is_over) = channel::<()>();
    let outlet = sender.clone();
    let outlet = Arc::new(move |incoming| {
        let _ = &alive;
        outlet.send(Inbox::Data(Box::new(incoming))).is_ok()
    });
    let data = DataSide::open(&home, &account, clock, zone, outlet)?;
    let caught = sender.clone();
    signals::listen(move |signal| caught.send(Inbox::Signal(signal)).is_ok());
    let screen = Screen::enter(setup.settings.mouse)?;
    setup.size = crossterm::terminal::size().unwrap_or((80, 24));
    let mut shell = Shell {
        state: State::new(setup),
        theme,
        screen,
        data,
        home,
        clock,
        queue: VecDeque::new(),
        drawn: None,
        wake: None,
        ended: None,
        keys: None,
        turn: Stopwatch::start(),
        taken: 0,
    };
    shell.open(said)?;
    shell.keys = Some(Keys::read(move |event| {
        sender
            .send(event.map_or(Inbox::NoInput, Inbox::Terminal))
            .is_ok()
    }));
    let ended = shell.live(&inbox)?;
    let Shell { screen, data, .. } = shell;
    drop(screen);
    drop(data);
    let _ = is_over.recv_timeout(FAREWELL);
    Ok(ended)
}

struct Shell {
    state: State,
    theme: Theme,
    screen: Screen,
    data: DataSide,
    home: Home,
    clock: Clock,
    /// Messages that effects led to, before what waits outside.
    queue: VecDeque<Message>,
    drawn: Option<u64>,
    wake: Option<Timestamp>,
    ended: Option<Ended>,
    /// From behind the first frame.
    keys: Option<Keys>,
    /// Runs since the first message of this turn came.
    turn: Stopwatch,
    /// Messages of this turn.
    taken: u32,
}

impl Shell {
    /// The first frame, and behind it the data side.
    fn open(&mut self, said: Option<(Level, String)>) -> io::Result<()> {
        let status = self.data.first_status();
        self.update(Message::Noticed(Notice::Status(Box::new(status))));
        let effects = app::start(&mut self.state);
        self.perform(effects);
        if let Some((level, words)) = said {
            self.update(Message::Said { level, words });
        }
        self.work_off();
        self.draw()?;
        if let Err(words) = self.data.start() {
            self.update(Message::Said {
                level: Level::Error,
                words,
            });
            self.work_off();
            self.draw()?;
        }
        Ok(())
    }

    fn live(&mut self, inbox: &Receiver<Inbox>) -> io::Result<Ended> {
        loop {
            if let Some(ended) = self.ended {
                return Ok(ended);
            }
            let received = inbox.recv_timeout(self.patience());
            (self.turn, self.taken) = (Stopwatch::start(), 0);
            match received {
                Ok(first) => {
                    self.tick();
                    self.take(first)?;
                    while let Ok(next) = inbox.try_recv() {
                        self.take(next)?;
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.tick(),
                Err(RecvTimeoutError::Disconnected) => return Ok(Ended::Hangup),
            }
            self.work_off();
            self.draw()?;
            self.look_ahead();
        }
    }

    /// Reads the neighbouring days once the screen shows what was asked for: the answer to the
    /// next key press is then at hand.
    fn look_ahead(&mut self) {
        if let Some(effect) = self.state.look_ahead() {
            self.perform(vec![effect]);
            self.work_off();
        }
    }

    fn patience(&self) -> Duration {
        let due = [self.wake, self.data.again_at()]
            .into_iter()
            .flatten()
            .min();
        let Some(due) = due else { return LONGEST };
        let left = due.duration_since(self.clock.now());
        Duration::try_from(left)
            .unwrap_or(Duration::ZERO)
            .clamp(Duration::from_millis(1), LONGEST)
    }

    fn tick(&mut self) {
        let now = self.clock.now();
        if self.wake.is_some_and(|wake| wake <= now) {
            self.wake = None;
        }
        self.update(Message::Ticked(now));
        match self.data.revive() {
            Some(Err(words)) => tracing::warn!(%words, "the data side cannot be reached yet"),
            Some(Ok(())) => self.update(Message::Said {
                level: Level::News,
                words: "the data side is back".into(),
            }),
            None => {}
        }
    }

    fn take(&mut self, inbox: Inbox) -> io::Result<()> {
        self.taken += 1;
        match inbox {
            Inbox::Data(incoming) => match self.data.hear(*incoming) {
                Some(Incoming::Replied { ticket, reply }) => {
                    self.update(Message::Replied { ticket, reply })
                }
                Some(Incoming::Noticed(notice)) => self.update(Message::Noticed(notice)),
                None => {}
            },
            Inbox::Terminal(event) => {
                panic_for_a_test(&event);
                if let Some(message) = message(event) {
                    self.update(message);
                }
            }
            Inbox::Signal(Caught::End(number)) => self.ended = Some(Ended::Signal(number)),
            Inbox::Signal(Caught::Stop) => self.suspend()?,
            Inbox::Signal(Caught::Continued) => {
                self.screen.resume()?;
                self.drawn = None;
            }
            Inbox::NoInput => self.ended = Some(Ended::Hangup),
        }
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.screen.suspend()?;
        self.drawn = None;
        // The time away was not ours.
        self.turn = Stopwatch::start();
        self.tick();
        Ok(())
    }

    fn update(&mut self, message: Message) {
        let effects = app::update(&mut self.state, message);
        self.perform(effects);
    }

    fn work_off(&mut self) {
        while let Some(message) = self.queue.pop_front() {
            self.update(message);
        }
    }

    fn perform(&mut self, wished: Vec<Effect>) {
        for effect in wished {
            match effect {
                Effect::Ask { ticket, request } => self.ask(ticket, request),
                Effect::WakeAt(at) => self.wake = Some(at),
                Effect::Quit => self.ended = Some(Ended::Quit),
                Effect::Suspend => {
                    if let Err(error) = self.suspend() {
                        tracing::warn!(%error, "could not suspend");
                    }
                }
                Effect::EditText(text) => self.edit(&text),
                other => self
                    .queue
                    .extend(effects::perform(other, &self.home, &mut self.screen)),
            }
        }
    }

    /// The terminal is the editor's until it is left.
    fn edit(&mut self, text: &str) {
        let folder = self.home.state.clone();
        let pause = || self.keys.as_ref().inspect(|keys| keys.pause());
        let keys = pause();
        let edited = self.screen.lend(|| super::editor::edit(text, &folder));
        keys.inspect(|keys| keys.resume());
        self.drawn = None;
        self.turn = Stopwatch::start();
        let edited = edited.unwrap_or_else(|error| Err(error.to_string()));
        self.queue.push_back(Message::Edited(edited));
    }

    fn ask(&mut self, ticket: Ticket, request: crate::service::protocol::Request) {
        if let Some(reply) = self.data.ask(ticket, request) {
            self.queue.push_back(Message::Replied { ticket, reply });
        }
    }

    fn draw(&mut self) -> io::Result<()> {
        let generation = self.state.generation();
        if self.drawn == Some(generation) {
            return self.screen.present();
        }
        self.drawn = Some(generation);
        let (state, theme) = (&self.state, &self.theme);
        let update_us = self.turn.lap();
        self.screen.draw(|frame| ui::render(state, theme, frame))?;
        let frame = Frame {
            update_us,
            draw_us: self.turn.lap(),
            taken: self.taken,
        };
        self.update(Message::Measured(frame));
        Ok(())
    }
}

fn message(event: Event) -> Option<Message> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => Some(Message::Key(key)),
        Event::Key(_) => None,
        Event::Mouse(mouse) => Some(Message::Mouse(mouse)),
        Event::Paste(text) => Some(Message::Paste(text)),
        Event::Resize(cols, rows) => Some(Message::Resized { cols, rows }),
        Event::FocusGained => Some(Message::FocusChanged(true)),
        Event::FocusLost => Some(Message::FocusChanged(false)),
    }
}

/// That a panic gives the terminal back can only be shown by one. Never in a release.
fn panic_for_a_test(event: &Event) {
    let is_wanted = cfg!(debug_assertions) && matches!(event, Event::Key(_));
    assert!(
        !is_wanted || std::env::var_os("KALENDS_TEST_PANIC").is_none(),
        "wanted by KALENDS_TEST_PANIC"
    );
}
