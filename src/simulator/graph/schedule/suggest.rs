//! Meeting suggestions by the documented confidence rule (Graph: findMeetingTimes).

use serde_json::{Value, json};

use super::{Busy, busy_times, digit, field, number, truth};
use crate::simulator::civil::{DAY_MS, weekday};
use crate::simulator::graph::call::{Answer, Call, Fail, Reply, Right};
use crate::simulator::graph::draft::stamp;
use crate::simulator::graph::with_context;
use crate::simulator::world::{Mailbox, Stamp};
use crate::simulator::zone;

const STEP_MS: i64 = 30 * 60_000;

impl Call<'_> {
    pub fn find_meeting_times(&mut self) -> Answer {
        if self.method != "POST" {
            return Err(Fail::no_method());
        }
        self.needs(Right::FindMeetingTimes)?;
        self.is_told_of_others()?;
        let body = self.body.clone().unwrap_or_else(|| json!({}));
        let asked = Asked::read(&body, self.now)?;
        let mailbox = self.mailbox()?;
        if asked.people.len() > 100 {
            return self.suggestions("organizerUnavailable", Vec::new());
        }
        let domain = field(&body, "timeConstraint")
            .and_then(|value| field(value, "activityDomain"))
            .and_then(Value::as_str);
        let is_work = domain.is_none_or(|domain| {
            domain.eq_ignore_ascii_case("work") || domain.eq_ignore_ascii_case("unknown")
        });
        let mut candidates = Vec::new();
        for (from, to) in &asked.slots {
            let first = (from + STEP_MS - 1).div_euclid(STEP_MS) * STEP_MS;
            let mut start = first;
            while start + asked.duration <= *to && candidates.len() < 5000 {
                if !is_work || is_working_time(mailbox, start, start + asked.duration) {
                    candidates.push(start);
                }
                start += STEP_MS;
            }
        }
        let span = (
            asked.slots.iter().map(|slot| slot.0).min().unwrap_or(0),
            asked.slots.iter().map(|slot| slot.1).max().unwrap_or(0),
        );
        let mine = busy_times(mailbox, span.0, span.1);
        let known: Vec<Option<Vec<Busy>>> = asked
            .people
            .iter()
            .map(|address| {
                self.world
                    .find_mailbox(address)
                    .and_then(|index| self.world.mailbox(index))
                    .map(|mailbox| busy_times(mailbox, span.0, span.1))
            })
            .collect();
        let mut ranked = Vec::new();
        let mut has_organizer_time = false;
        for start in candidates {
            let end = start + asked.duration;
            let organizer = status_at(&mine, start, end);
            if !asked.is_organizer_optional && matches!(organizer, "busy" | "oof") {
                continue;
            }
            has_organizer_time = true;
            let states: Vec<&str> = known
                .iter()
                .map(|busy| {
                    busy.as_ref()
                        .map_or("unknown", |busy| status_at(busy, start, end))
                })
                .collect();
            let chance = |state: &&str| match *state {
                "free" => 100.0,
                "unknown" => 49.0,
                _ => 0.0,
            };
            let count = f64::from(u32::try_from(states.len()).unwrap_or(1).max(1));
            let confidence = if states.is_empty() {
                100.0
            } else {
                states.iter().map(chance).sum::<f64>() / count
            };
            if confidence >= asked.minimum {
                ranked.push((confidence, start, organizer, states));
            }
        }
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        ranked.truncate(asked.most);
        let rows: Vec<Value> = ranked.iter().enumerate().map(|(order, (confidence, start, organizer, states))| {
            let time = |ms| self.prefer.stamp(Stamp::from_instant(ms, zone::utc()), false);
            let people: Vec<Value> = asked.people.iter().zip(states).map(|(address, state)| {
                json!({"availability": state, "attendee": {"emailAddress": {"address": address}}})
            }).collect();
            json!({
                "confidence": confidence,
                "order": order + 1,
                "organizerAvailability": organizer,
                "suggestionReason": if asked.wants_reasons { json!("Suggested because it is one of the nearest times when all attendees are available.") } else { Value::Null },
                "attendeeAvailability": people,
                "locations": asked.locations,
                "meetingTimeSlot": {"start": time(*start), "end": time(start + asked.duration)},
            })
        }).collect();
        let reason = match (
            rows.is_empty(),
            has_organizer_time,
            known.iter().any(Option::is_none),
        ) {
            (false, _, _) => "",
            (true, false, _) => "organizerUnavailable",
            (true, true, true) => "attendeesUnavailableOrUnknown",
            (true, true, false) => "attendeesUnavailable",
        };
        self.suggestions(reason, rows)
    }

    fn suggestions(&self, reason: &str, rows: Vec<Value>) -> Answer {
        let body = json!({"emptySuggestionsReason": reason, "meetingTimeSuggestions": rows});
        Reply::ok(with_context(
            self.base,
            "microsoft.graph.meetingTimeSuggestionsResult",
            body,
        ))
    }
}

/// The readable part of a findMeetingTimes body.
struct Asked {
    people: Vec<String>,
    slots: Vec<(i64, i64)>,
    duration: i64,
    most: usize,
    minimum: f64,
    is_organizer_optional: bool,
    wants_reasons: bool,
    locations: Vec<Value>,
}

impl Asked {
    fn read(body: &Value, now: i64) -> Result<Self, Fail> {
        let people = field(body, "attendees")
            .and_then(Value::as_array)
            .map(|list| {
                list.iter()
                    .filter_map(|person| {
                        field(field(person, "emailAddress")?, "address")?
                            .as_str()
                            .map(str::to_owned)
                    })
                    .collect()
            });
        let mut slots = Vec::new();
        let constraint = field(body, "timeConstraint");
        let given = constraint
            .and_then(|value| field(value, "timeSlots").or_else(|| field(value, "timeslots")));
        for slot in given.and_then(Value::as_array).into_iter().flatten() {
            let time = |name: &str| {
                field(slot, name)
                    .ok_or_else(|| Fail::parameter("A time slot needs start and end."))
                    .and_then(stamp)
            };
            slots.push((time("start")?.instant(), time("end")?.instant()));
        }
        if slots.is_empty() {
            slots.push((now, now + 7 * DAY_MS));
        }
        let text = field(body, "meetingDuration")
            .and_then(Value::as_str)
            .unwrap_or("PT30M");
        let duration = duration_ms(text).ok_or_else(|| {
            Fail::parameter(&format!("The meeting duration '{text}' is invalid."))
        })?;
        let places = field(body, "locationConstraint")
            .and_then(|value| field(value, "locations"))
            .and_then(Value::as_array);
        let name = |place: &Value| json!({"displayName": field(place, "displayName").cloned().unwrap_or_default()});
        Ok(Self {
            people: people.unwrap_or_default(),
            slots,
            duration,
            most: number(field(body, "maxCandidates"))
                .and_then(|count| usize::try_from(count).ok())
                .filter(|count| *count > 0)
                .unwrap_or(5),
            minimum: number(field(body, "minimumAttendeePercentage"))
                .map_or(50.0, |percent| percent as f64),
            is_organizer_optional: truth(field(body, "isOrganizerOptional")),
            wants_reasons: truth(field(body, "returnSuggestionReasons")),
            locations: places
                .map(|list| list.iter().map(name).collect())
                .unwrap_or_default(),
        })
    }
}

fn status_at(busy: &[Busy], from: i64, to: i64) -> &'static str {
    let states = busy
        .iter()
        .filter(|stretch| stretch.start < to && stretch.end > from)
        .map(|stretch| stretch.status);
    states
        .max_by_key(|status| {
            if *status == "workingElsewhere" {
                b'0'
            } else {
                digit(status)
            }
        })
        .unwrap_or("free")
}

fn is_working_time(mailbox: &Mailbox, from: i64, to: i64) -> bool {
    let (start, end) = (mailbox.zone.wall_of(from), mailbox.zone.wall_of(to));
    let (first, last) = (
        i64::from(mailbox.settings.work_start) * 60_000,
        i64::from(mailbox.settings.work_end) * 60_000,
    );
    start.day() == end.day()
        && mailbox.settings.work_days.contains(&weekday(start.day()))
        && start.ms_of_day() >= first
        && end.ms_of_day() <= last
}

/// ISO 8601 durations of days, hours and minutes.
fn duration_ms(text: &str) -> Option<i64> {
    let mut total = 0;
    let mut digits = String::new();
    for letter in text.strip_prefix('P')?.chars() {
        match letter {
            '0'..='9' => digits.push(letter),
            'T' => {}
            'D' | 'H' | 'M' | 'S' => {
                let unit = match letter {
                    'D' => DAY_MS,
                    'H' => 3_600_000,
                    'M' => 60_000,
                    _ => 1000,
                };
                total += digits.parse::<i64>().ok()? * unit;
                digits.clear();
            }
            _ => return None,
        }
    }
    (total > 0 && digits.is_empty()).then_some(total)
}
