//! `kalends open`: the screen.

use super::exit::{Exit, Trouble};
use super::invocation::Invocation;
use super::output::Output;
use super::zone;
use crate::app::Setup;
use crate::app::viewer::Viewer;
use crate::runtime::event_loop::{self, Ended, Opening};
use crate::runtime::settings::{self, SettingsError};
use jiff::tz::TimeZoneDatabase;

impl From<SettingsError> for Trouble {
    fn from(error: SettingsError) -> Self {
        Self::error(error.to_string())
    }
}

pub(super) fn open(invocation: &Invocation, _output: &mut Output<'_>) -> Result<Exit, Trouble> {
    let home = &invocation.home;
    let zone = invocation.zone()?;
    let chosen = settings::load(home)?;
    let keymap = settings::keymap(home)?;
    let theme = match &invocation.global.theme {
        Some(name) => {
            settings::theme(home, name).map_err(|error| Trouble::usage(error.to_string()))?
        }
        None => settings::theme(home, &chosen.theme)?,
    };
    let account = invocation.account()?;
    let setup = Setup {
        now: invocation.clock.now(),
        viewer: Viewer::new(zone.name(), zone::rules(&invocation.zones(), &zone)),
        zones: TimeZoneDatabase::bundled(),
        settings: chosen,
        keymap,
        size: (80, 24),
    };
    let opening = Opening {
        home: home.clone(),
        account,
        clock: invocation.clock,
        zone,
        theme,
        setup,
        said: None,
    };
    match event_loop::run(opening) {
        Ok(Ended::Quit) => Ok(Exit::Fine),
        Ok(Ended::Signal(number)) => Ok(Exit::Signal(number)),
        Ok(Ended::Hangup) => Ok(Exit::Error),
        Err(error) => Err(Trouble::error(error.to_string())),
    }
}
