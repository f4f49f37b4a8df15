//! Free/busy (Graph: getSchedule); suggestions are made from it in `suggest`.

use serde_json::{Value, json};

use super::call::{Answer, Call, Fail, Reply, Right};
use super::draft::{stamp, unknown_property};
use super::settings::working_hours;
use super::with_context;
use crate::simulator::civil::{DAY_MS, Wall};

mod suggest;
use crate::simulator::world::{Kind, Mailbox, Stamp};
use crate::simulator::zone;

const MOST_SCHEDULES: usize = 100;
const LONGEST_DAYS: i64 = 62;

/// One busy stretch of a mailbox.
struct Busy {
    start: i64,
    end: i64,
    status: &'static str,
    subject: String,
    location: String,
    is_private: bool,
}

fn field<'a>(value: &'a Value, wanted: &str) -> Option<&'a Value> {
    value
        .as_object()?
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
        .map(|(_, value)| value)
}

fn number(value: Option<&Value>) -> Option<i64> {
    let value = value?;
    value
        .as_i64()
        .or_else(|| value.as_f64().map(|number| number as i64))
        .or_else(|| value.as_str()?.parse().ok())
}

fn truth(value: Option<&Value>) -> bool {
    value.is_some_and(|value| {
        value.as_bool().unwrap_or_else(|| {
            value
                .as_str()
                .is_some_and(|text| text.eq_ignore_ascii_case("true"))
        })
    })
}

fn digit(status: &str) -> u8 {
    match status {
        "tentative" => b'1',
        "busy" => b'2',
        "oof" => b'3',
        "workingElsewhere" => b'4',
        _ => b'0',
    }
}

/// What blocks a mailbox, its default calendar only; all-day events lie in its own zone.
fn busy_times(mailbox: &Mailbox, from: i64, to: i64) -> Vec<Busy> {
    let slots = mailbox.slots(mailbox.default_calendar(), from - DAY_MS, to + DAY_MS);
    let mut found = Vec::new();
    for slot in slots.iter() {
        let Some(event) = mailbox.event(slot.key) else {
            continue;
        };
        let Some(item) = slot
            .day
            .map_or_else(|| Some(event.item.clone()), |day| event.occurrence(day))
        else {
            continue;
        };
        let (start, end) = if item.is_all_day {
            (
                mailbox.zone.instant_of(Wall(slot.start_ms)),
                mailbox.zone.instant_of(Wall(slot.end_ms)),
            )
        } else {
            (slot.start_ms, slot.end_ms)
        };
        if item.show_as == "free" || item.is_cancelled || start >= to || end <= from {
            continue;
        }
        let place = item
            .locations
            .first()
            .and_then(|place| place.get("displayName"))
            .and_then(Value::as_str);
        found.push(Busy {
            start,
            end,
            status: item.show_as,
            subject: item.subject.unwrap_or_default(),
            location: place.unwrap_or_default().to_owned(),
            is_private: item.sensitivity == "private",
        });
    }
    found
}

impl Call<'_> {
    /// Free/busy and suggestions are for work and school accounts.
    fn is_told_of_others(&self) -> Result<(), Fail> {
        match (self.mailbox()?.kind, self.habits.unauthorizes_personal) {
            (Kind::Personal, true) => Err(Fail::new(
                401,
                "InvalidAuthenticationToken",
                "CompactToken validation failed with reason code: 80049228.",
            )),
            (Kind::Personal, false) => Err(Fail::denied()),
            _ => Ok(()),
        }
    }

    pub fn get_schedule(&mut self) -> Answer {
        if self.method != "POST" {
            return Err(Fail::no_method());
        }
        self.needs(Right::ReadCalendars)?;
        self.is_told_of_others()?;
        let body = self
            .body
            .clone()
            .ok_or_else(|| Fail::body_read("A body is needed."))?;
        for name in body
            .as_object()
            .into_iter()
            .flat_map(|fields| fields.keys())
        {
            let known = [
                "schedules",
                "starttime",
                "endtime",
                "availabilityviewinterval",
            ];
            if !known.contains(&name.to_ascii_lowercase().as_str()) {
                return Err(unknown_property(name, "microsoft.graph.getSchedule"));
            }
        }
        if field(&body, "availabilityViewInterval").is_some_and(Value::is_null) {
            return Err(Fail::new(
                500,
                "ErrorInternalServerError",
                "An internal server error occurred. The operation failed.",
            ));
        }
        let interval = number(field(&body, "availabilityViewInterval")).unwrap_or(30);
        if !(5..=1440).contains(&interval) {
            return Err(Fail::parameter(
                "The availabilityViewInterval must be between 5 and 1440 minutes.",
            ));
        }
        let time = |name: &str| {
            field(&body, name)
                .ok_or_else(|| Fail::parameter(&format!("{name} is missing.")))
                .and_then(stamp)
        };
        let (from, to) = (time("startTime")?.instant(), time("endTime")?.instant());
        if to <= from {
            return Err(Fail::new(
                400,
                "ErrorInvalidTimeInterval",
                "The time duration specified for FreeBusyViewOptions.TimeWindow is invalid.",
            ));
        }
        let days = (to - from + DAY_MS - 1) / DAY_MS;
        if days > LONGEST_DAYS {
            let message = format!(
                "The requested time duration specified for FreeBusyViewOptions.TimeWindow is too long. The allowed limit = {LONGEST_DAYS} days; the actual limit = {days} days."
            );
            return Err(Fail::new(400, "ErrorTimeIntervalTooBig", &message));
        }
        let wanted: Vec<String> = field(&body, "schedules")
            .and_then(Value::as_array)
            .map(|list| {
                list.iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect()
            })
            .unwrap_or_default();
        if wanted.is_empty() {
            return Err(Fail::parameter("At least one schedule is needed."));
        }
        if wanted.len() > MOST_SCHEDULES {
            let message = format!(
                "There are too many target users in the request. The allowed size = {MOST_SCHEDULES}; the actual size = {}.",
                wanted.len()
            );
            return Err(Fail::new(400, "ErrorMailboxDataArrayTooBig", &message));
        }
        let rows: Vec<Value> = wanted
            .iter()
            .map(|address| self.schedule_of(address, from, to, interval * 60_000))
            .collect();
        Reply::ok(with_context(
            self.base,
            "Collection(microsoft.graph.scheduleInformation)",
            json!({"value": rows}),
        ))
    }

    fn schedule_of(&self, address: &str, from: i64, to: i64, step: i64) -> Value {
        let failed = |code: &str, message: String| json!({"scheduleId": address, "availabilityView": "", "error": {"message": message, "responseCode": code}});
        let Some(mailbox) = self
            .world
            .find_mailbox(address)
            .and_then(|index| self.world.mailbox(index))
        else {
            let mine = self
                .mailbox()
                .map(|mailbox| mailbox.address.clone())
                .unwrap_or_default();
            let domain = |address: &str| {
                address
                    .rsplit('@')
                    .next()
                    .unwrap_or_default()
                    .to_lowercase()
            };
            return if domain(address) == domain(&mine) {
                failed(
                    "5009",
                    format!(
                        "Unable to resolve e-mail address {address} to an Active Directory object."
                    ),
                )
            } else {
                failed("5016", "Proxy web request failed.".to_owned())
            };
        };
        let busy = busy_times(mailbox, from, to);
        if busy.len() > 1000 {
            return failed(
                "5006",
                "The result set contains too many calendar entries.".to_owned(),
            );
        }
        let is_open = mailbox.index == self.me;
        let items: Vec<Value> = busy.iter().map(|stretch| {
            let time = |ms| self.prefer.stamp(Stamp::from_instant(ms, zone::utc()), false);
            let mut item = json!({"status": stretch.status, "start": time(stretch.start), "end": time(stretch.end)});
            if is_open {
                item["subject"] = json!(stretch.subject);
                item["location"] = json!(stretch.location);
                item["isPrivate"] = json!(stretch.is_private);
            }
            item
        }).collect();
        json!({
            "scheduleId": address,
            "availabilityView": availability(&busy, from, to, step),
            "scheduleItems": items,
            "workingHours": working_hours(&mailbox.settings),
        })
    }
}

fn availability(busy: &[Busy], from: i64, to: i64, step: i64) -> String {
    let mut view = String::new();
    let mut start = from;
    while start < to {
        let end = (start + step).min(to);
        let busiest = busy
            .iter()
            .filter(|stretch| stretch.start < end && stretch.end > start)
            .map(|stretch| digit(stretch.status));
        // Working elsewhere is the weakest sign of presence, not the strongest.
        let busiest = busiest
            .max_by_key(|digit| if *digit == b'4' { b'0' } else { *digit })
            .unwrap_or(b'0');
        view.push(char::from(busiest));
        start += step;
    }
    view
}
