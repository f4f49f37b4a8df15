//! What every verb starts from: folders, clock, zone, and the account when it is needed.

use super::arguments::{Command, Global};
use super::exit::Trouble;
use super::zone;
use crate::domain::zone::{Zone, Zones};
use crate::runtime::logging::{self, Level};
use crate::runtime::{Account, Clock, accounts, connect};
use crate::service::{Connect, Home, Options};

pub(super) struct Invocation {
    pub home: Home,
    pub clock: Clock,
    pub global: Global,
}

impl Invocation {
    pub fn of(global: &Global) -> Result<Self, Trouble> {
        let home = match &global.home {
            Some(root) => Home::at(&absolute(root)),
            None => Home::of_platform().ok_or_else(|| {
                Trouble::error("the system does not say where your home folder is; set HOME, or use --home DIR")
            })?,
        };
        let clock = Clock::from_environment().map_err(Trouble::usage)?;
        Ok(Self {
            home,
            clock,
            global: global.clone(),
        })
    }

    /// Quick verbs write no log unless asked to: they must not pay for it.
    pub fn start_log(&self, command: &Command) -> Result<(), Trouble> {
        let is_quick = matches!(
            command,
            Command::Agenda(_) | Command::Next(_) | Command::Export(_) | Command::Doctor(_)
        );
        let level = match (self.global.log, is_quick) {
            (Some(level), _) => level,
            (None, true) => return Ok(()),
            (None, false) => Level::Info,
        };
        match logging::start(&self.home.logs(), level, self.clock) {
            Err(words) if self.global.log.is_some() => Err(Trouble::error(words)),
            // Nobody asked for a log: what really cannot go on says so itself.
            _ => Ok(()),
        }
    }

    pub fn zones(&self) -> Zones {
        zone::database()
    }

    /// The viewer's zone: `--tz`, else what the system says.
    pub fn zone(&self) -> Result<Zone, Trouble> {
        zone::choose(&self.zones(), self.global.tz.as_deref())
    }

    /// Another zone, by name.
    pub fn zone_named(&self, name: &str) -> Result<Zone, Trouble> {
        zone::choose(&self.zones(), Some(name))
    }

    pub fn account(&self) -> Result<Account, Trouble> {
        Ok(accounts::choose(
            &self.home,
            self.global.account.as_deref(),
        )?)
    }

    pub fn options(&self, account: &Account) -> Options {
        let mut options = Options::new(self.clock.for_service(), account.label());
        options.salt = account
            .id
            .as_str()
            .bytes()
            .fold(17, |salt: u64, byte| salt.rotate_left(5) ^ u64::from(byte));
        options
    }

    pub fn connect(&self, account: &Account) -> Connect {
        connect(&self.home, account, self.clock)
    }
}

/// The folder also after somebody changes the directory; a missing one stays as it is.
fn absolute(path: &std::path::Path) -> std::path::PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
