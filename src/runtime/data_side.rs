//! The screen's way to the data side: started behind the first frame, looked at through
//! sheets before that, and taken over when its owner ends.
//!
//! Invariants: what is on screen is answered from sheets at once, in this thread; the
//! data side hears of a range once, so that its answer cannot ask again.

use super::{Account, Clock};
use crate::domain::entry::Entry;
use crate::domain::zone::Zone;
use crate::service::protocol::{Link, Notice, Reply, Request, Status, Ticket};
use crate::service::{Connect, Handle, Home, Incoming, Options, Peek, reach};
use crate::store::StoreError;
use crate::store::reading::touches;
use jiff::Timestamp;
use jiff::civil::Date;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Where what comes from the data side goes; says whether somebody still listens.
pub type Outlet = Arc<dyn Fn(Incoming) -> bool + Send + Sync>;

pub struct DataSide {
    home: Home,
    account: Account,
    clock: Clock,
    zone: Zone,
    outlet: Outlet,
    peek: Peek,
    handle: Option<Handle>,
    /// Asked before there was anybody to ask.
    early: Vec<(Ticket, Request)>,
    shown: Option<(Date, Date)>,
    /// The way to the server has been tried.
    is_settled: Arc<AtomicBool>,
    /// When to try again after the data side ended.
    again_at: Option<Timestamp>,
}

impl DataSide {
    /// Opens the sheets only.
    ///
    /// # Errors
    /// When the desk cannot be read.
    pub fn open(
        home: &Home,
        account: &Account,
        clock: Clock,
        zone: Zone,
        outlet: Outlet,
    ) -> Result<Self, StoreError> {
        let peek = Peek::open(&account.folder)?;
        Ok(Self {
            home: home.clone(),
            account: account.clone(),
            clock,
            zone,
            outlet,
            peek,
            handle: None,
            early: Vec::new(),
            shown: None,
            is_settled: Arc::new(AtomicBool::new(false)),
            again_at: None,
        })
    }

    /// What the header can say before anybody was asked.
    pub fn first_status(&self) -> Status {
        let desk = &self.peek.desk;
        Status {
            account: self.account.label(),
            link: Link::Starting,
            fresh_at: desk.fresh_at,
            invitations: desk.invitations,
            overlaps: desk.overlaps,
            me: desk.desk.me.clone(),
            calendars: desk.desk.calendars.clone(),
            categories: desk.desk.categories.clone(),
            settings: desk.desk.settings.clone(),
            rights: self.account.rights(),
            ..Status::default()
        }
    }

    /// Owns the folder, or attaches to whoever does.
    ///
    /// # Errors
    /// A sentence for the person; it is tried again by `revive`.
    pub fn start(&mut self) -> Result<(), String> {
        let connect = super::connect(&self.home, &self.account, self.clock);
        let is_settled = Arc::new(AtomicBool::new(false));
        self.is_settled = Arc::clone(&is_settled);
        let watched: Connect = Box::new(move || {
            let connected = connect();
            is_settled.store(true, Ordering::SeqCst);
            connected
        });
        let mut options = Options::new(self.clock.for_service(), self.account.label());
        options.salt = salt(&self.account);
        let handle = reach(&self.account.folder, options, watched, self.outlet.clone()).map_err(
            |error| {
                self.again_at = self
                    .clock
                    .now()
                    .checked_add(jiff::SignedDuration::from_secs(1))
                    .ok();
                error.to_string()
            },
        )?;
        if !handle.is_owner() {
            self.is_settled.store(true, Ordering::SeqCst);
        }
        self.again_at = None;
        self.handle = Some(handle);
        for (ticket, request) in std::mem::take(&mut self.early) {
            self.post(ticket, request);
        }
        if let Some((from, to)) = self.shown.take() {
            self.tell_shown(from, to);
        }
        Ok(())
    }

    /// Asks. What is on screen comes back at once, from the sheets.
    pub fn ask(&mut self, ticket: Ticket, request: Request) -> Option<Reply> {
        if let Request::Show { from, to } = request {
            let reply = Reply::Entries(self.entries(from, to));
            self.tell_shown(from, to);
            return Some(reply);
        }
        if self.post(ticket, request) {
            return None;
        }
        Some(Reply::Refused {
            words: "the data side is not running; what is stored is shown".into(),
        })
    }

    fn post(&mut self, ticket: Ticket, request: Request) -> bool {
        match &self.handle {
            Some(handle) => handle.post(ticket, request),
            None => {
                self.early.push((ticket, request));
                true
            }
        }
    }

    fn tell_shown(&mut self, from: Date, to: Date) {
        if self.shown == Some((from, to)) {
            return;
        }
        self.shown = Some((from, to));
        if let Some(handle) = &self.handle {
            // Nobody waits for this reply: its ticket is unknown to the screen.
            handle.post(handle.ticket(), Request::Show { from, to });
        }
    }

    /// Entries of the dates `[from, to)` in the viewer's zone.
    fn entries(&self, from: Date, to: Date) -> Vec<Entry> {
        let instants = self.zone.days(from, to);
        let mut entries = self.peek.range(from, to).entries;
        entries.retain(|entry| touches(entry, from, to, instants.start, instants.end));
        entries
    }

    /// Looks at what comes before the screen sees it. None: it is nothing for the screen.
    pub fn hear(&mut self, mut incoming: Incoming) -> Option<Incoming> {
        match &mut incoming {
            Incoming::Noticed(Notice::Changed) => self.peek.refresh(),
            Incoming::Noticed(Notice::Status(status))
            | Incoming::Replied {
                reply: Reply::Status(status),
                ..
            } => {
                self.complete(status);
            }
            // Asked for on the screen's behalf, answered from the sheets already.
            Incoming::Replied {
                reply: Reply::Entries(_),
                ticket,
            } if ticket.0 >> 63 == 1 => return None,
            Incoming::Noticed(Notice::Gone { .. }) => {
                self.handle = None;
                if self.start().is_ok() {
                    return None;
                }
            }
            _ => {}
        }
        Some(incoming)
    }

    /// Until the way to the server was tried, "nobody is signed in" is not known yet; and
    /// names that the data side has not read yet are in the sheets' company.
    fn complete(&self, status: &mut Status) {
        if status.link == Link::NoAccount && !self.is_settled.load(Ordering::SeqCst) {
            status.link = Link::Starting;
            status.rights = self.account.rights();
        }
        if status.calendars.is_empty() {
            let first = self.first_status();
            status.calendars = first.calendars;
            status.me = first.me;
            status.fresh_at = status.fresh_at.or(first.fresh_at);
        }
    }

    /// Tries again to reach a data side that ended, when it is time.
    pub fn revive(&mut self) -> Option<Result<(), String>> {
        let is_due =
            self.handle.is_none() && self.again_at.is_some_and(|at| at <= self.clock.now());
        is_due.then(|| self.start())
    }

    pub fn again_at(&self) -> Option<Timestamp> {
        self.again_at
    }

    /// For proofs that a start reads the same whatever is stored.
    pub fn bytes_read(&self) -> u64 {
        self.peek.bytes_read()
    }
}

fn salt(account: &Account) -> u64 {
    account
        .id
        .as_str()
        .bytes()
        .fold(17, |salt: u64, byte| salt.rotate_left(5) ^ u64::from(byte))
}
