//! Calendars, mailbox settings, categories and the signed-in person as they travel
//! (Graph: calendar, mailboxSettings, outlookCategory, user).

use super::attendee::AddressWire;
use super::collection::{Collection, Element, NotAList, collection, text_of};
use super::lenient::{Flag, List, Text, object};
use super::surrogate::mended;
use super::when::Skip;
use crate::domain::calendar::{Calendar, Category, MailboxSettings, Me};
use crate::domain::event::Person;
use crate::domain::ids::CalendarId;
use crate::domain::text::Untrusted;
use jiff::civil::Time;

const NAME: usize = 512;
const ZONE: usize = 256;

object! {
    CalendarWire<'a> {
        "id" => id: Text<'a>,
        "name" => name: Text<'a>,
        "color" => color: Text<'a>,
        "hexColor" => hex_color: Text<'a>,
        "owner" => owner: AddressWire<'a>,
        "canEdit" => can_edit: Flag,
        "isDefaultCalendar" => is_default: Flag,
    }
}

object! {
    CategoryWire<'a> {
        "id" => id: Text<'a>,
        "displayName" => name: Text<'a>,
        "color" => color: Text<'a>,
    }
}

object! {
    SettingsWire<'a> {
        "timeZone" => zone: Text<'a>,
        "workingHours" => hours: HoursWire<'a>,
    }
}

object! {
    HoursWire<'a> {
        "daysOfWeek" => days: List<Text<'a>, 7>,
        "startTime" => start: Text<'a>,
        "endTime" => end: Text<'a>,
        "timeZone" => zone: ZoneWire<'a>,
    }
}

object! { ZoneWire<'a> { "name" => name: Text<'a>, } }

object! {
    MeWire<'a> {
        "displayName" => name: Text<'a>,
        "mail" => mail: Text<'a>,
        "userPrincipalName" => principal: Text<'a>,
    }
}

/// Reads one page of calendars.
pub fn calendars(bytes: &[u8]) -> Result<Collection<Calendar>, NotAList> {
    collection(bytes, &())
}

/// Reads one page of the master categories.
pub fn categories(bytes: &[u8]) -> Result<Collection<Category>, NotAList> {
    collection(bytes, &())
}

impl Element for Calendar {
    type Wire<'a> = CalendarWire<'a>;
    type Context = ();

    fn convert(wire: CalendarWire<'_>, (): &()) -> Result<Self, Skip> {
        let id = wire.id.or_empty();
        if id.is_empty() || id.len() > 1024 || !CalendarId::is_of_one_part(id) {
            return Err(Skip::Id);
        }
        Ok(Self {
            id: CalendarId::new(id),
            name: Untrusted::from(wire.name.clipped(NAME)),
            hex_color: wire
                .hex_color
                .get()
                .filter(|text| is_hex_color(text))
                .map(str::to_owned),
            color: color_name(&wire.color),
            owner: wire.owner.person(),
            can_edit: wire.can_edit.or(false),
            is_default: wire.is_default.or(false),
        })
    }
}

/// Somebody's main calendar, by whose address it was asked for. It is called after them, as
/// shared calendars are, its colour is left to the screen, and it is not my main one.
pub fn followed(bytes: &[u8], address: &str) -> Option<Calendar> {
    let text = text_of(bytes);
    let text = mended(&text);
    let wire: CalendarWire<'_> = serde_json::from_str(&text).ok()?;
    let calendar = Calendar::convert(wire, &()).ok()?;
    let name = match calendar.owner.name.raw().trim() {
        "" => Untrusted::from(address),
        _ => calendar.owner.name.clone(),
    };
    // An owner who says nothing is still somebody else.
    let owner = match calendar.owner.address.raw().trim() {
        "" => Untrusted::from(address),
        _ => calendar.owner.address.clone(),
    };
    Some(Calendar {
        id: CalendarId::of_mailbox(address, calendar.id.as_str()),
        owner: Person {
            name: name.clone(),
            address: owner,
        },
        name,
        hex_color: None,
        color: "auto".into(),
        is_default: false,
        ..calendar
    })
}

fn is_hex_color(text: &str) -> bool {
    text.len() == 7
        && text
            .strip_prefix('#')
            .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn color_name(color: &Text<'_>) -> String {
    let name = color.or_empty();
    let is_name = (1..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric());
    if is_name { name } else { "auto" }.to_owned()
}

impl Element for Category {
    type Wire<'a> = CategoryWire<'a>;
    type Context = ();

    fn convert(wire: CategoryWire<'_>, (): &()) -> Result<Self, Skip> {
        if wire.name.or_empty().is_empty() {
            return Err(Skip::Id);
        }
        let color = wire.color.clipped(32).to_ascii_lowercase();
        Ok(Self {
            id: wire.id.clipped(64).to_owned(),
            name: Untrusted::from(wire.name.clipped(255)),
            preset: color
                .strip_prefix("preset")
                .and_then(|number| number.parse().ok())
                .filter(|&number| number <= 24),
        })
    }
}

/// The signed-in person; `mail` may be null, then the sign-in name stands in.
pub fn me(bytes: &[u8]) -> Result<Me, NotAList> {
    let text = text_of(bytes);
    let text = mended(&text);
    let wire: MeWire<'_> = serde_json::from_str(&text).map_err(|_| NotAList)?;
    if !wire.present {
        return Err(NotAList);
    }
    let address = match wire.mail.clipped(NAME) {
        "" => wire.principal.clipped(NAME),
        mail => mail,
    };
    Ok(Me {
        name: Untrusted::from(wire.name.clipped(NAME)),
        address: Untrusted::from(address),
    })
}

/// Zone and working hours; what is missing or nonsense keeps its default. None when
/// the answer is not settings at all.
pub fn settings(bytes: &[u8]) -> Option<MailboxSettings> {
    let text = text_of(bytes);
    let text = mended(&text);
    let wire: SettingsWire<'_> = serde_json::from_str(&text).ok()?;
    if !wire.present {
        return None;
    }
    Some(MailboxSettings {
        zone: zone(&wire.zone),
        ..hours(&wire.hours)
    })
}

/// Working hours; what is missing or nonsense keeps its default.
pub(crate) fn hours(wire: &HoursWire<'_>) -> MailboxSettings {
    let fallback = MailboxSettings::default();
    let mut days: Vec<i8> = wire.days.0.iter().filter_map(weekday).collect();
    days.sort_unstable();
    days.dedup();
    let (from, to) = match (time(&wire.start), time(&wire.end)) {
        (Some(from), Some(to)) if from < to => (from, to),
        _ => (fallback.working_from, fallback.working_to),
    };
    MailboxSettings {
        zone: None,
        working_days: if wire.present {
            days
        } else {
            fallback.working_days
        },
        working_from: from,
        working_to: to,
        working_zone: zone(&wire.zone.name),
    }
}

fn zone(name: &Text<'_>) -> Option<Untrusted> {
    let name = name.clipped(ZONE);
    (!name.is_empty()).then(|| Untrusted::from(name))
}

fn weekday(name: &Text<'_>) -> Option<i8> {
    let days = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let at = days.iter().position(|day| name.is(day))?;
    i8::try_from(at + 1).ok()
}

/// `HH:MM[:SS[.f…]]`; seconds are of no interest in working hours.
fn time(text: &Text<'_>) -> Option<Time> {
    let mut parts = text.or_empty().split(':');
    let hour: i8 = parts.next()?.parse().ok()?;
    let minute: i8 = parts.next()?.parse().ok()?;
    match hour {
        // The end of the day.
        24 => Some(Time::constant(23, 59, 59, 0)),
        _ => Time::new(hour, minute, 0, 0).ok(),
    }
}
