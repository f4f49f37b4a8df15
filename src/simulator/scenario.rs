//! Worlds as TOML files: who exists, what is in their calendars, what happens when, what breaks.
//!
//! Unknown keys are errors. Invariant: loading is deterministic, and a loaded world starts
//! without mails and without change history.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::civil::parse_instant;
use super::faults::Rule;
use super::graph::{DeltaHabits, GraphSide};
use super::world::happening::{Action, EventSpec, Mishap};
use super::world::mailbox::{Permission, Room};
use super::world::{Address, Calendar, Kind, World};
use super::zone::{self, Zone};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Scenario {
    /// A sentence that says what the world is about.
    pub title: String,
    /// RFC 3339; a file may leave it to whoever starts it.
    pub now: Option<String>,
    pub seed: Option<u64>,
    pub mail_delay_seconds: Option<i64>,
    /// How long joining links of new online meetings stay away.
    pub join_url_lag_seconds: Option<i64>,
    pub latency_ms: Option<u64>,
    /// The first person is the one who signs in.
    pub people: Vec<PersonSpec>,
    pub rooms: Vec<RoomSpec>,
    /// People without a mailbox, known to people search.
    pub strangers: Vec<StrangerSpec>,
    pub happenings: Vec<HappeningSpec>,
    pub faults: Vec<Rule>,
    pub habits: DeltaHabits,
    /// Fills the first mailbox with so many generated events.
    pub generate: usize,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonSpec {
    pub address: String,
    /// Sign-in name, when it is not the address.
    pub upn: Option<String>,
    pub name: String,
    /// Windows or IANA; Europe/Berlin when absent.
    pub zone: Option<String>,
    pub job: String,
    /// An outlook.com account.
    pub personal: bool,
    /// `["09:00", "17:30"]`
    pub hours: Option<(String, String)>,
    /// 0 is Sunday.
    pub work_days: Option<Vec<u8>>,
    /// Mailbox zone as text the service cannot convert, such as `Customized Time Zone`.
    pub zone_text: Option<String>,
    pub calendars: Vec<CalendarSpec>,
    pub events: Vec<EventSpec>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct CalendarSpec {
    pub name: String,
    pub color: Option<String>,
    pub read_only: bool,
    /// Address of the owner whose calendar of that name is shown.
    pub shared_from: Option<String>,
    /// Name in the owner's mailbox, when it differs.
    pub shared_name: Option<String>,
    pub group: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct RoomSpec {
    pub address: String,
    pub name: String,
    pub zone: Option<String>,
    pub capacity: i32,
    pub building: String,
    pub floor: i32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrangerSpec {
    pub name: String,
    pub address: String,
}

/// Something that happens by itself, at an instant or so long after the start.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HappeningSpec {
    #[serde(default)]
    pub at: Option<String>,
    #[serde(default)]
    pub after_seconds: Option<i64>,
    pub action: Action,
}

#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    #[error("could not read the scenario {path}: {cause}")]
    Unreadable {
        path: PathBuf,
        cause: std::io::Error,
    },
    #[error("could not read the scenario: {0}")]
    Malformed(#[from] toml::de::Error),
    #[error("could not understand the scenario{place}: {words}")]
    Misshapen {
        /// " at people 2, events 3", counted from 1; empty when it is the file's own.
        place: String,
        words: String,
    },
    #[error("the scenario has no people; name at least the one who signs in under [[people]]")]
    Nobody,
    #[error("could not read the time '{0}'; write it as 2026-10-05T08:00:00Z")]
    BadTime(String),
    #[error("'{0}' is not a time zone; use a Windows or IANA name")]
    BadZone(String),
    #[error("could not read the working hours of {0}; write them as [\"09:00\", \"17:30\"]")]
    BadHours(String),
    #[error("{person} shows the calendar '{calendar}' of {owner}, which does not exist")]
    NoSharedCalendar {
        person: String,
        calendar: String,
        owner: String,
    },
    #[error("could not set up '{subject}' of {person}: {cause}")]
    Event {
        person: String,
        subject: String,
        cause: Mishap,
    },
}

/// The past in which everything that is already there was made.
const MADE_BEFORE_MS: i64 = 7 * 86_400_000;

impl Scenario {
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        // By way of JSON, which actions and rules are read from anyway.
        let mut whole = serde_json::Map::new();
        for (name, value) in toml::from_str::<toml::Table>(text)? {
            whole.insert(name, json(value));
        }
        let whole = Json::Object(whole);
        serde_json::from_value(whole.clone()).map_err(|error| misshapen(&whole, &error))
    }

    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        let text = std::fs::read_to_string(path).map_err(|cause| ScenarioError::Unreadable {
            path: path.to_owned(),
            cause,
        })?;
        Self::parse(&text)
    }

    /// The instant the file asks for.
    pub fn now_ms(&self) -> Result<Option<i64>, ScenarioError> {
        self.now
            .as_deref()
            .map(|text| parse_instant(text).ok_or_else(|| ScenarioError::BadTime(text.to_owned())))
            .transpose()
    }

    /// Builds the world as it is at `now_ms`. `seed` yields to the one of the file.
    pub fn build(&self, seed: u64, now_ms: i64) -> Result<GraphSide, ScenarioError> {
        let first = self.people.first().ok_or(ScenarioError::Nobody)?;
        let mut world = World::new(self.seed.unwrap_or(seed));
        world.mail_delay_ms = 0;
        world.today = zone_of(first.zone.as_deref())?.wall_of(now_ms).day();
        for person in &self.people {
            person.join(&mut world)?;
        }
        for room in &self.rooms {
            let index = world.add_mailbox(
                &room.address,
                &room.name,
                Kind::Room,
                zone_of(room.zone.as_deref())?,
            );
            if let Some(mailbox) = world.mailboxes.get_mut(index) {
                mailbox.room = Some(Room {
                    capacity: room.capacity,
                    building: room.building.clone(),
                    floor: room.floor,
                });
            }
        }
        world.strangers = self
            .strangers
            .iter()
            .map(|person| Address::new(&person.name, &person.address))
            .collect();
        for (index, person) in self.people.iter().enumerate() {
            person.add_calendars(&mut world, index)?;
        }
        let made = now_ms - MADE_BEFORE_MS;
        for (index, person) in self.people.iter().enumerate() {
            for spec in &person.events {
                place(&mut world, index, spec, made).map_err(|cause| ScenarioError::Event {
                    person: person.address.clone(),
                    subject: spec.subject.clone(),
                    cause,
                })?;
            }
        }
        if self.generate > 0 {
            super::generator::generate(&mut world, 0, self.generate, now_ms);
        }
        self.plan(&mut world, now_ms)?;
        settle(&mut world, self.mail_delay_seconds.unwrap_or(2) * 1000);
        let mut side = GraphSide::new(world, "http://127.0.0.1/v1.0");
        side.habits = self.habits.clone();
        side.join_url_lag_ms = self.join_url_lag_seconds.unwrap_or(0) * 1000;
        for rule in &self.faults {
            side.faults.add(rule.clone());
        }
        Ok(side)
    }

    fn plan(&self, world: &mut World, now_ms: i64) -> Result<(), ScenarioError> {
        for happening in &self.happenings {
            let at = match (&happening.at, happening.after_seconds) {
                (Some(text), _) => {
                    parse_instant(text).ok_or_else(|| ScenarioError::BadTime(text.clone()))?
                }
                (None, seconds) => now_ms + seconds.unwrap_or(0) * 1000,
            };
            world.schedule(at, happening.action.clone());
        }
        Ok(())
    }
}

fn json(value: toml::Value) -> Json {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(is_so) => is_so.into(),
        toml::Value::Datetime(at) => at.to_string().into(),
        toml::Value::Array(list) => list.into_iter().map(json).collect(),
        toml::Value::Table(table) => table
            .into_iter()
            .map(|(name, value)| (name, json(value)))
            .collect(),
    }
}

/// Says which part is at fault: the smallest that is not understood by itself.
fn misshapen(whole: &Json, error: &serde_json::Error) -> ScenarioError {
    let faulty = wrong::<PersonSpec>(whole, "people")
        .map(|(number, words)| {
            let person = &whole["people"][number - 1];
            match wrong::<EventSpec>(person, "events") {
                Some((event, words)) => (format!(" at people {number}, events {event}"), words),
                None => (format!(" at people {number}"), words),
            }
        })
        .or_else(|| named("rooms", wrong::<RoomSpec>(whole, "rooms")))
        .or_else(|| named("strangers", wrong::<StrangerSpec>(whole, "strangers")))
        .or_else(|| named("happenings", wrong::<HappeningSpec>(whole, "happenings")))
        .or_else(|| named("faults", wrong::<Rule>(whole, "faults")));
    let (place, words) = faulty.unwrap_or_else(|| (String::new(), error.to_string()));
    ScenarioError::Misshapen { place, words }
}

fn named(list: &str, wrong: Option<(usize, String)>) -> Option<(String, String)> {
    wrong.map(|(number, words)| (format!(" at {list} {number}"), words))
}

/// The number, from 1, of the first of a list that is no `T`, and why it is none.
fn wrong<T: DeserializeOwned>(owner: &Json, list: &str) -> Option<(usize, String)> {
    let elements = owner.get(list)?.as_array()?;
    (1..).zip(elements).find_map(|(number, element)| {
        let error = serde_json::from_value::<T>(element.clone()).err()?;
        Some((number, error.to_string()))
    })
}

/// Ends the setting-up: no history, no mails, and from now on mail takes its time.
pub(crate) fn settle(world: &mut World, mail_delay_ms: i64) {
    world.mails.clear();
    world.mail_delay_ms = mail_delay_ms;
    for mailbox in &mut world.mailboxes {
        mailbox.seal();
    }
}

/// Adds an event that is already known to everybody, answers included.
pub(crate) fn place(
    world: &mut World,
    index: usize,
    spec: &EventSpec,
    made_ms: i64,
) -> Result<u64, Mishap> {
    let key = world.add_event(index, spec, made_ms, true)?;
    // Rooms think for a second.
    world.tick(made_ms + 2_000);
    let uid = world
        .mailbox(index)
        .and_then(|mailbox| mailbox.event(key))
        .map(|event| event.uid.clone());
    let thought = spec
        .answer_minutes
        .map_or(3_000, |minutes| minutes * 60_000);
    let answered_ms = made_ms + thought.clamp(2_000, MADE_BEFORE_MS - 60_000);
    for (by, response) in &spec.answers {
        let answer = Action::Answer {
            by: by.clone(),
            subject: uid.clone().unwrap_or_default(),
            response: response.clone(),
            comment: String::new(),
            occurrence: None,
            propose: None,
        };
        world.perform(&answer, answered_ms)?;
    }
    world.tick(answered_ms + 2_000);
    Ok(key)
}

fn zone_of(name: Option<&str>) -> Result<&'static Zone, ScenarioError> {
    let name = name.unwrap_or("Europe/Berlin");
    zone::find(name).ok_or_else(|| ScenarioError::BadZone(name.to_owned()))
}

impl PersonSpec {
    fn join(&self, world: &mut World) -> Result<(), ScenarioError> {
        let kind = if self.personal {
            Kind::Personal
        } else {
            Kind::Person
        };
        let index = world.add_mailbox(
            &self.address,
            &self.name,
            kind,
            zone_of(self.zone.as_deref())?,
        );
        let Some(mailbox) = world.mailboxes.get_mut(index) else {
            return Ok(());
        };
        mailbox.job.clone_from(&self.job);
        if let Some(upn) = &self.upn {
            mailbox.upn.clone_from(upn);
        }
        if let Some(text) = &self.zone_text {
            mailbox.settings.zone_name.clone_from(text);
        }
        if let Some(days) = &self.work_days {
            mailbox.settings.work_days.clone_from(days);
        }
        if let Some((start, end)) = &self.hours {
            let minutes = |text: &str| {
                let (hour, minute) = text.split_once(':')?;
                Some(hour.parse::<u32>().ok()? * 60 + minute.parse::<u32>().ok()?)
            };
            let bad = || ScenarioError::BadHours(self.address.clone());
            mailbox.settings.work_start = minutes(start).ok_or_else(bad)?;
            mailbox.settings.work_end = minutes(end).ok_or_else(bad)?;
        }
        Ok(())
    }

    fn add_calendars(&self, world: &mut World, index: usize) -> Result<(), ScenarioError> {
        for spec in &self.calendars {
            let (key, group_key) = (world.new_key(), world.new_key());
            let shared_from = match &spec.shared_from {
                None => None,
                Some(owner) => Some(self.share(world, spec, owner)?),
            };
            let Some(mailbox) = world.mailboxes.get_mut(index) else {
                continue;
            };
            let group = group_for(mailbox, spec.group.as_deref(), group_key);
            // The default calendar is there already and can only be dressed up.
            let existing = mailbox
                .calendars
                .iter_mut()
                .find(|calendar| calendar.name == spec.name);
            let is_new = existing.is_none();
            let mut fresh = Calendar::new(key, &spec.name, group, !spec.read_only);
            let calendar = existing.unwrap_or(&mut fresh);
            calendar.color = spec.color.clone().unwrap_or_else(|| "auto".to_owned());
            calendar.can_edit = !spec.read_only;
            calendar.shared_from = shared_from;
            if is_new {
                mailbox.calendars.push(fresh);
            }
        }
        Ok(())
    }

    /// Finds the owner's calendar and writes the permission there.
    fn share(
        &self,
        world: &mut World,
        spec: &CalendarSpec,
        owner: &str,
    ) -> Result<(usize, u64), ScenarioError> {
        let name = spec.shared_name.as_deref().unwrap_or(&spec.name);
        let missing = || ScenarioError::NoSharedCalendar {
            person: self.address.clone(),
            calendar: name.to_owned(),
            owner: owner.to_owned(),
        };
        let store = world.find_mailbox(owner).ok_or_else(missing)?;
        let permission_key = world.new_key();
        let calendar_key = world.new_key();
        let mailbox = world.mailboxes.get_mut(store).ok_or_else(missing)?;
        if mailbox.calendar_named(name).is_none() {
            let group = mailbox.groups.first().map_or(0, |group| group.key);
            mailbox
                .calendars
                .push(Calendar::new(calendar_key, name, group, true));
        }
        let calendar = mailbox
            .calendars
            .iter_mut()
            .find(|calendar| calendar.name == name)
            .ok_or_else(missing)?;
        calendar.permissions.push(Permission {
            key: permission_key,
            who: Address::new(&self.name, &self.address),
            role: if spec.read_only { "read" } else { "write" }.to_owned(),
            is_inside: true,
        });
        Ok((store, calendar.key))
    }
}

fn group_for(mailbox: &mut super::world::Mailbox, name: Option<&str>, key: u64) -> u64 {
    let Some(name) = name else {
        return mailbox.groups.first().map_or(0, |group| group.key);
    };
    if let Some(group) = mailbox.groups.iter().find(|group| group.name == name) {
        return group.key;
    }
    let class_id = super::dice::guid(key, 1);
    mailbox.groups.push(super::world::Group {
        key,
        name: name.to_owned(),
        class_id,
        change: 0,
    });
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_understood_says_where() {
        let start = "[[people]]\naddress = 'a@x.com'\n[[people]]\n";
        let said = |text: &str| Scenario::parse(text).unwrap_err().to_string();
        for (text, words) in [
            ("colour = 3", "the scenario: unknown field `colour`"),
            (
                &format!("{start}adress = 'b'"),
                "at people 2: unknown field `adress`",
            ),
            (
                &format!(
                    "{start}events = [{{ subject = 'x', start = 'day+1 09:00' }}, {{ subject = 3 }}]"
                ),
                "at people 2, events 2: invalid type",
            ),
            (
                "[[faults]]\nfault = { kind = 'unknown' }",
                "at faults 1: unknown variant `unknown`",
            ),
            (
                "[[happenings]]\naction = { do = 'sing' }",
                "at happenings 1: unknown variant `sing`",
            ),
            ("title = \n", "line 1"),
        ] {
            let error = said(text);
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
