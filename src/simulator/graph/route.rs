//! Paths: case-insensitive segments to the function that answers.
//!
//! Invariant: ids are never folded; only names of segments are.

use super::call::{Answer, Call, Fail, Reply, Right};
use super::query::decode;

pub(crate) fn dispatch(call: &mut Call) -> Answer {
    let segments = split(&call.path);
    let raw: Vec<&str> = segments.iter().map(String::as_str).collect();
    let folded: Vec<String> = segments
        .iter()
        .map(|segment| segment.to_ascii_lowercase())
        .collect();
    let names: Vec<&str> = folded.iter().map(String::as_str).collect();
    match names.as_slice() {
        ["me", ..] => own(
            call,
            names.get(1..).unwrap_or_default(),
            raw.get(1..).unwrap_or_default(),
        ),
        ["users"] => call.users(),
        ["users", user, ..] => {
            let wanted = raw.get(1).copied().unwrap_or(user);
            call.owner = call
                .world
                .find_user(wanted)
                .ok_or_else(|| nobody(call, wanted))?;
            own(
                call,
                names.get(2..).unwrap_or_default(),
                raw.get(2..).unwrap_or_default(),
            )
        }
        ["places", ..] => call.places(names.get(1..).unwrap_or_default()),
        ["subscriptions", ..] => call.subscriptions(raw.get(1).copied(), names.get(2).copied()),
        [first, ..] => Err(Fail::no_route(first)),
        [] => Err(Fail::new(
            404,
            "ResourceNotFound",
            "Resource could not be discovered.",
        )),
    }
}

/// A mail address that is not the sign-in name is the directory's, yet no user of that name.
fn nobody(call: &Call, wanted: &str) -> Fail {
    match call.world.find_mailbox(wanted) {
        Some(_) => Fail::new(
            404,
            "Request_ResourceNotFound",
            &format!(
                "Resource '{wanted}' does not exist or one of its queried reference-property objects are not present."
            ),
        ),
        None => Fail::new(
            404,
            "ErrorInvalidUser",
            &format!("The requested user '{wanted}' is invalid."),
        ),
    }
}

fn own(call: &mut Call, names: &[&str], raw: &[&str]) -> Answer {
    let is_mine = call.me == call.owner;
    let rest = |from: usize| {
        (
            names.get(from..).unwrap_or_default(),
            raw.get(from..).unwrap_or_default(),
        )
    };
    let raw_at = |index: usize| raw.get(index).copied().unwrap_or_default();
    // Of somebody else only the calendar is ever shared (Graph: permissions reference).
    let is_shareable = matches!(
        names.first(),
        None | Some(
            &("calendar" | "calendars" | "calendargroups" | "events" | "calendarview" | "presence")
        )
    );
    if !is_mine && !is_shareable {
        return Err(Fail::denied());
    }
    match names {
        [] => call.user(),
        ["calendar", ..] => folder(call, None, rest(1)),
        ["calendars"] => call.calendars(None),
        ["calendars", _, ..] => folder(call, Some(raw_at(1)), rest(2)),
        ["calendargroups"] => call.groups(),
        ["calendargroups", _] => call.group(raw_at(1)),
        ["calendargroups", _, "calendars"] => call.calendars(Some(raw_at(1))),
        ["calendargroups", _, "calendars", _, ..] => folder(call, Some(raw_at(3)), rest(4)),
        ["events" | "calendarview", ..] => folder(call, None, (names, raw)),
        ["mailboxsettings", ..] => call.mailbox_settings(names.get(1).copied()),
        ["outlook", "mastercategories", ..] => call.categories(raw.get(2).copied()),
        ["outlook", function] if function.starts_with("supportedtimezones") => {
            call.supported_zones(function)
        }
        ["outlook", function] if function.starts_with("supportedlanguages") => {
            call.supported_languages()
        }
        ["findmeetingtimes"] => call.find_meeting_times(),
        ["translateexchangeids"] => call.translate_ids(),
        ["people"] => call.people(),
        ["contacts"] => call.contacts(),
        ["presence"] => call.presence(),
        [function] if function.starts_with("reminderview") => call.reminders(raw_at(0)),
        [first, ..] if is_mine || !first.is_empty() => Err(Fail::no_route(first)),
        _ => Err(Fail::not_found()),
    }
}

fn folder(call: &mut Call, id: Option<&str>, (names, raw): (&[&str], &[&str])) -> Answer {
    call.needs(Right::ReadCalendars)?;
    let raw_at = |index: usize| raw.get(index).copied().unwrap_or_default();
    match names {
        [] => call.calendar(id),
        ["calendarview"] => call.view(id),
        ["calendarview", delta] if delta.starts_with("delta") => call.view_delta(id),
        ["events", delta] if delta.starts_with("delta") => call.events_delta(id),
        ["events"] => call.events(id),
        ["events", _] => call.event(id, raw_at(1)),
        ["events", _, "instances"] => call.instances(id, raw_at(1)),
        ["events", _, "calendar"] => call.calendar_of(id, raw_at(1)),
        ["events", _, "attachments", ..] => {
            call.attachments(id, raw_at(1), raw.get(3).copied(), names.get(4).copied())
        }
        ["events", _, "exceptionoccurrences"] => call.exceptions(id, raw_at(1)),
        ["events", _, action] => call.act(id, raw_at(1), action),
        ["calendarpermissions", ..] => call.permissions(id, raw.get(1).copied()),
        [function] if *function == "getschedule" => call.get_schedule(),
        [function] if function.starts_with("allowedcalendarsharingroles") => {
            let roles = ["none", "freeBusyRead", "limitedRead", "read", "write"];
            Reply::ok(super::with_context(
                call.base,
                "Collection(microsoft.graph.calendarRoleType)",
                serde_json::json!({"value": roles}),
            ))
        }
        [first, ..] => Err(Fail::no_route(first)),
    }
}

/// Splits at slashes, decodes, and opens `name('key')` into two segments.
fn split(path: &str) -> Vec<String> {
    let mut segments = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        let part = decode(part);
        let keyed = part
            .strip_suffix("')")
            .and_then(|rest| rest.split_once("('"));
        match keyed {
            Some((name, key)) if !key.contains('\'') => {
                segments.push(name.to_owned());
                segments.push(key.to_owned());
            }
            _ => segments.push(part),
        }
    }
    segments
}
