//! Somebody else's calendar by their address: only with a `.Shared` scope, and only as far as the
//! owner's permissions go.

use crate::common::{Client, grant};
use kalends::simulator::graph::{Grant, Request};
use kalends::simulator::scenario::Scenario;
use serde_json::{Value, json};

const ANA: &str = "ana@contoso.com";
const DORA: &str = "dora@contoso.com";
const WEEK: &str = "startDateTime=2026-11-23T00:00:00Z&endDateTime=2026-11-30T00:00:00Z";
const DENIED: (u16, &str) = (403, "ErrorAccessDenied");

fn office() -> Client {
    let name = "an_assistant_looks_after_a_directors_calendar";
    let path = format!("{}/tests/scenarios/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let scenario = Scenario::read(path.as_ref()).unwrap();
    let now = scenario.now_ms().unwrap().unwrap();
    let mut client = Client::new();
    client.side = scenario.build(1, now).unwrap();
    client.side.base_url = "http://graph.test/v1.0".to_owned();
    client.now = now + 60_000;
    client
}

/// As the owner does it.
fn share(client: &mut Client, role: &str) {
    let action = json!({"do": "share", "by": DORA, "with": ANA, "role": role});
    let action = serde_json::from_value(action).unwrap();
    client.side.world.perform(&action, client.now).unwrap();
}

fn with_scopes(client: &mut Client, scopes: &[&str], path: &str) -> u16 {
    let grant = Grant {
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        ..grant(ANA)
    };
    let request = Request::new("GET", &format!("/v1.0{path}"), grant);
    client.side.respond(&request, client.now).status
}

fn view(client: &mut Client) -> Vec<Value> {
    let view = client.get(ANA, &format!("/users/{DORA}/calendar/calendarView?{WEEK}"));
    view["value"].as_array().unwrap().clone()
}

fn subjects(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["subject"].as_str().unwrap())
        .collect()
}

#[track_caller]
fn denied(client: &mut Client, method: &str, path: &str, body: Option<&Value>) {
    let (status, code) = client.refused(ANA, method, path, body);
    assert_eq!((status, code.as_str()), DENIED, "{method} {path}");
}

#[test]
fn nothing_is_seen_without_the_scope_or_without_a_permission() {
    let mut client = office();
    let path = format!("/users/{DORA}/calendar");
    denied(&mut client, "GET", &path, None);
    denied(
        &mut client,
        "GET",
        &format!("{path}/calendarView?{WEEK}"),
        None,
    );
    denied(
        &mut client,
        "GET",
        &format!("/users/{DORA}/mailboxSettings"),
        None,
    );
    denied(
        &mut client,
        "GET",
        &format!("/users/{DORA}/outlook/masterCategories"),
        None,
    );
    let listed = client.get(ANA, &format!("/users/{DORA}/calendars"));
    assert_eq!(listed["value"], json!([]));
    share(&mut client, "read");
    let own = ["User.Read", "Calendars.ReadWrite"];
    assert_eq!(with_scopes(&mut client, &own, &path), 403);
    assert_eq!(
        with_scopes(&mut client, &["Calendars.Read.Shared"], &path),
        200
    );
    let (status, code) = client.refused(ANA, "GET", "/users/nobody@contoso.com/calendar", None);
    assert_eq!((status, code.as_str()), (404, "ErrorInvalidUser"));
    share(&mut client, "none");
    denied(&mut client, "GET", &path, None);
}

#[test]
fn each_role_shows_as_much_as_it_says() {
    let mut client = office();
    let told = |event: &Value| {
        event.to_string().contains("secret") || event.to_string().contains("Room 7")
    };
    share(&mut client, "freeBusyRead");
    let seen = view(&mut client);
    assert_eq!(subjects(&seen), ["Busy", "Busy", "Tentative"]);
    assert!(!seen.iter().any(told), "{seen:?}");
    assert_eq!(seen[2]["organizer"]["emailAddress"]["address"], "");
    share(&mut client, "limitedRead");
    let seen = view(&mut client);
    assert_eq!(
        subjects(&seen),
        ["Board meeting", "Private Appointment", "Kickoff"]
    );
    assert_eq!(seen[0]["location"]["displayName"], "Room 7");
    assert_eq!(seen[0]["bodyPreview"], "");
    share(&mut client, "read");
    let seen = view(&mut client);
    assert_eq!(
        subjects(&seen),
        ["Board meeting", "Private Appointment", "Kickoff"]
    );
    assert_eq!(seen[0]["bodyPreview"], "The agenda is secret.");
    assert_eq!(seen[1]["bodyPreview"], "");
    assert_eq!(seen[1]["location"]["displayName"], "");
    share(&mut client, "delegateWithPrivateEventAccess");
    assert_eq!(subjects(&view(&mut client))[1], "Surgeon");
}

#[test]
fn who_may_only_read_changes_nothing_and_who_may_write_answers_nothing() {
    let mut client = office();
    let events = format!("/users/{DORA}/events");
    let new = crate::common::event("New", "2026-11-27T09:00:00", "2026-11-27T10:00:00");
    share(&mut client, "read");
    let seen = view(&mut client);
    let at = |index: usize| format!("{events}/{}", seen[index]["id"].as_str().unwrap());
    let calendar = client.get(ANA, &format!("/users/{DORA}/calendar"));
    assert_eq!(calendar["canEdit"], false);
    denied(&mut client, "POST", &events, Some(&new));
    denied(&mut client, "PATCH", &at(0), Some(&json!({"subject": "x"})));
    denied(&mut client, "DELETE", &at(0), None);
    let on = json!({"toRecipients": [{"emailAddress": {"address": ANA}}]});
    denied(
        &mut client,
        "POST",
        &format!("{}/forward", at(0)),
        Some(&on),
    );
    share(&mut client, "write");
    let calendar = client.get(ANA, &format!("/users/{DORA}/calendar"));
    assert_eq!(
        (&calendar["canEdit"], &calendar["canViewPrivateItems"]),
        (&json!(true), &json!(false))
    );
    let path = format!(
        "/users/{DORA}/calendars/{}",
        calendar["id"].as_str().unwrap()
    );
    denied(&mut client, "PATCH", &path, Some(&json!({"name": "Mine"})));
    let made = client.post(ANA, &events, &new);
    assert_eq!(made["organizer"]["emailAddress"]["address"], DORA);
    let private = json!({"subject": "Seen"});
    denied(&mut client, "PATCH", &at(1), Some(&private));
    denied(&mut client, "DELETE", &at(1), None);
    let answer = json!({"sendResponse": true});
    denied(
        &mut client,
        "POST",
        &format!("{}/accept", at(2)),
        Some(&answer),
    );
    share(&mut client, "delegateWithoutPrivateEventAccess");
    client.post(ANA, &format!("{}/accept", at(2)), &answer);
    let after = client.get(
        DORA,
        "/me/calendarView?startDateTime=2026-11-26T00:00:00Z&endDateTime=2026-11-27T00:00:00Z",
    );
    assert_eq!(after["value"][0]["responseStatus"]["response"], "accepted");
}

#[test]
fn a_shared_entry_in_my_own_list_ends_with_the_permission() {
    let name = "three_people_in_three_zones_share_a_calendar";
    let path = format!("{}/tests/scenarios/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let scenario = Scenario::read(path.as_ref()).unwrap();
    let now = scenario.now_ms().unwrap().unwrap();
    let mut client = office();
    client.side = scenario.build(1, now).unwrap();
    client.side.base_url = "http://graph.test/v1.0".to_owned();
    client.now = now;
    let names = |client: &mut Client| -> Vec<String> {
        let listed = client.get(ANA, "/me/calendars");
        let listed = listed["value"].as_array().unwrap();
        listed
            .iter()
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&mut client), ["Calendar", "Studio"]);
    let action = json!({"do": "share", "by": "kenji@contoso.com", "with": ANA, "role": "none", "calendar": "Studio"});
    let action = serde_json::from_value(action).unwrap();
    client.side.world.perform(&action, now).unwrap();
    assert_eq!(names(&mut client), ["Calendar"]);
}
