//! A verb's conversation with the data side: start or attach, ask, wait, leave.
//!
//! Invariant: leaving waits until the data side has closed its files, so that the next
//! one starts from a clean copy.

use super::exit::{Exit, Trouble};
use super::invocation::Invocation;
use super::send::NONSENSE;
use crate::runtime::Account;
use crate::service::protocol::{Level, Link, Notice, Reply, Request, Status};
use crate::service::{Handle, Incoming, OpenError, reach};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How long the owner, or our own data side, may take to say how things are.
const GREETING: Duration = Duration::from_secs(20);
/// How long an owner may take to open its files.
const OPENING: Duration = Duration::from_secs(10);
const FAREWELL: Duration = Duration::from_secs(3);

pub(super) struct Talk {
    handle: Handle,
    incoming: Receiver<Incoming>,
    pub status: Status,
    /// What was said meanwhile and a person should read.
    pub said: Vec<(Level, String)>,
}

impl Talk {
    /// Reaches the data side and waits until it knows whether anybody is signed in.
    pub fn start(invocation: &Invocation, account: &Account) -> Result<Self, Trouble> {
        let until = Instant::now() + OPENING;
        let (handle, incoming, is_settled) = loop {
            let (sender, incoming) = channel();
            let (settled, is_settled) = channel();
            let connect = invocation.connect(account);
            let watched = Box::new(move || {
                let connected = connect();
                let _ = settled.send(matches!(connected, Ok(Some(_))));
                connected
            });
            let outlet = Arc::new(move |news| sender.send(news).is_ok());
            match reach(
                &account.folder,
                invocation.options(account),
                watched,
                outlet,
            ) {
                Ok(handle) => break (handle, incoming, is_settled),
                // An owner that has just begun, or is just leaving, does not listen for a moment.
                Err(OpenError::Mute { .. }) if Instant::now() < until => {
                    std::thread::park_timeout(Duration::from_millis(50))
                }
                Err(error) => return Err(error.into()),
            }
        };
        let is_owner = handle.is_owner();
        let mut talk = Self {
            handle,
            incoming,
            status: Status::default(),
            said: Vec::new(),
        };
        let patience = if is_owner {
            match talk.settled(&is_settled)? {
                true => GREETING,
                // What refused it arrives as a status right behind.
                false => Duration::from_millis(300),
            }
        } else {
            Duration::from_secs(2)
        };
        talk.greet(patience)?;
        Ok(talk)
    }

    /// Whether our own data side has a server now. It may also have ended with an error.
    fn settled(&mut self, is_settled: &Receiver<bool>) -> Result<bool, Trouble> {
        match is_settled.recv_timeout(GREETING) {
            Ok(connected) => Ok(connected),
            Err(_) => Err(self.last_words()),
        }
    }

    /// Why the data side is gone, if it said so.
    fn last_words(&mut self) -> Trouble {
        while let Ok(incoming) = self.incoming.try_recv() {
            if let Incoming::Noticed(Notice::Gone { words }) = incoming {
                return Trouble::error(words);
            }
        }
        Trouble::error(
            "the data side does not answer; look into the log (kalends doctor says where it is)",
        )
    }

    /// Until a status says more than that nobody is there yet.
    fn greet(&mut self, patience: Duration) -> Result<(), Trouble> {
        let until = Instant::now() + patience;
        while matches!(self.status.link, Link::NoAccount | Link::Starting) {
            if matches!(self.status.link, Link::Starting) && !self.status.account.is_empty() {
                return Ok(());
            }
            match self
                .incoming
                .recv_timeout(until.saturating_duration_since(Instant::now()))
            {
                Ok(Incoming::Noticed(notice)) => self.notice(notice)?,
                Ok(Incoming::Replied { .. }) => {}
                Err(RecvTimeoutError::Timeout) => return Ok(()),
                Err(RecvTimeoutError::Disconnected) => return Err(self.last_words()),
            }
        }
        Ok(())
    }

    fn notice(&mut self, notice: Notice) -> Result<(), Trouble> {
        match notice {
            Notice::Status(status) => self.status = *status,
            Notice::Said { level, words } => self.said.push((level, words)),
            Notice::Changed => {}
            Notice::Gone { words } => return Err(Trouble::error(words)),
        }
        Ok(())
    }

    /// Asks and waits for the reply.
    pub fn ask(&mut self, request: Request, patience: Duration) -> Result<Reply, Trouble> {
        let wanted = self.handle.ticket();
        if !self.handle.post(wanted, request) {
            return Err(self.last_words());
        }
        let until = Instant::now() + patience;
        loop {
            match self
                .incoming
                .recv_timeout(until.saturating_duration_since(Instant::now()))
            {
                Ok(Incoming::Replied { ticket, reply }) if ticket == wanted => return Ok(reply),
                Ok(Incoming::Replied { .. }) => {}
                Ok(Incoming::Noticed(notice)) => self.notice(notice)?,
                Err(RecvTimeoutError::Timeout) => {
                    let words =
                        "the server has not answered in time; try again, or look at kalends doctor";
                    return Err(Trouble::new(Exit::Offline, words));
                }
                Err(RecvTimeoutError::Disconnected) => return Err(self.last_words()),
            }
        }
    }

    /// How things are now, for a verb that decides by it: the greeting gives up on an owner that
    /// is slow to say it.
    pub fn refresh(&mut self, patience: Duration) -> Result<(), Trouble> {
        match self.ask(Request::Status, patience)? {
            Reply::Status(status) => self.status = *status,
            _ => return Err(Trouble::error(NONSENSE)),
        }
        Ok(())
    }

    /// What the state of the link means for a verb that needed the server.
    pub fn trouble(&self, words: String) -> Trouble {
        match &self.status.link {
            Link::SignInNeeded { .. } | Link::NoAccount => Trouble::sign_in(words),
            _ => Trouble::new(Exit::Offline, words),
        }
    }

    /// Warnings and errors that came while we talked.
    pub fn warnings(&self) -> impl Iterator<Item = &str> {
        self.said
            .iter()
            .filter(|(level, _)| *level >= Level::Warning)
            .map(|(_, words)| words.as_str())
    }

    /// Lets the data side go and waits until its files are closed.
    pub fn leave(self) {
        let Self {
            handle, incoming, ..
        } = self;
        let is_owner = handle.is_owner();
        drop(handle);
        let until = Instant::now() + FAREWELL;
        // Somebody else's data side goes on without us; ours ends, and its outlet with it.
        while is_owner
            && incoming
                .recv_timeout(until.saturating_duration_since(Instant::now()))
                .is_ok()
        {}
    }
}
