//! The documented requests, replayed: the simulator must take each of them as written.
//!
//! Only ids (which are another mailbox's) and what lies in the past are replaced.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::common::{Client, at, event, now, weekly};

const ANA: &str = "ana@contoso.com";
const BEN: &str = "ben@contoso.com";

/// Answers that rightly differ from the page, with the reason.
const DIFFERENT: &[(&str, u16, &str)] = &[
    ("013", 200, "the page renames a group"),
    ("h12", 404, "an id that was deleted before"),
];

/// Examples that are about an answer the client must take, not about a request:
/// tokens of another server, and errors that only an armed fault brings.
const ANSWERS: [(&str, &str); 13] = [
    ("096", "a token of another server"),
    ("097", "a token of another server"),
    ("098", "a token of another server"),
    ("149", "a beta address that lacks an ampersand"),
    ("h02", "a token of another server"),
    ("h03", "a token of another server"),
    ("h04", "a token of another server"),
    ("h21", "an expired token"),
    ("h22", "a revoked session"),
    ("h23", "throttling"),
    ("h24", "throttling"),
    ("h25", "an outage"),
    ("h26", "an outage"),
];

fn examples() -> Vec<(String, Value)> {
    let folder: PathBuf = [
        env!("CARGO_MANIFEST_DIR"),
        "tests",
        "fixtures",
        "graph-examples",
    ]
    .iter()
    .collect();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.retain(|path| path.extension().is_some_and(|kind| kind == "json"));
    files.sort();
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (
            name,
            serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap(),
        )
    };
    files.into_iter().map(read).collect()
}

struct Props {
    own: String,
    received: String,
    master: String,
    occurrence: String,
    deleted: String,
    attachment: String,
    calendar: String,
    group: String,
    category: String,
    subscription: String,
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

/// One of everything an example can be about.
fn props(client: &mut Client) -> Props {
    let own = id(&client.post(
        ANA,
        "/me/events",
        &event("Own", "2026-10-06T09:00:00", "2026-10-06T10:00:00"),
    ));
    let range = json!({"type": "numbered", "startDate": "2026-10-05", "numberOfOccurrences": 4});
    let master = id(&client.post(
        ANA,
        "/me/events",
        &weekly(
            "Own series",
            "2026-10-05T13:00:00",
            "2026-10-05T14:00:00",
            &["monday"],
            range,
        ),
    ));
    let window = "startDateTime=2026-10-11T00:00:00Z&endDateTime=2026-10-14T00:00:00Z";
    let mut often = event("Daily", "2026-10-05T16:00:00", "2026-10-05T16:30:00");
    often["recurrence"] = json!({"pattern": {"type": "daily", "interval": 1}, "range": {"type": "noEnd", "startDate": "2026-10-05"}});
    let daily = id(&client.post(ANA, "/me/events", &often));
    let occurrence =
        id(&client.get(ANA, &format!("/me/events/{daily}/instances?{window}"))["value"][0]);
    let mut body = event("Theirs", "2026-10-08T09:00:00", "2026-10-08T10:00:00");
    body["attendees"] = json!([{"emailAddress": {"address": ANA}}]);
    client.post(BEN, "/me/events", &body);
    client.pass(5);
    let view = client.get(
        ANA,
        "/me/calendarView?startDateTime=2026-10-08T00:00:00Z&endDateTime=2026-10-09T00:00:00Z",
    );
    let received = id(&view["value"][0]);
    let deleted = id(&client.post(
        ANA,
        "/me/events",
        &event("Gone", "2026-10-07T09:00:00", "2026-10-07T10:00:00"),
    ));
    client.send(ANA, "DELETE", &format!("/me/events/{deleted}"), None);
    let file = json!({"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt", "contentBytes": "aGVsbG8="});
    let attachment = id(&client.post(ANA, &format!("/me/events/{own}/attachments"), &file));
    let calendar = id(&client.post(ANA, "/me/calendars", &json!({"name": "Side"})));
    let group = id(&client.post(ANA, "/me/calendarGroups", &json!({"name": "Empty"})));
    let category = id(&client.get(ANA, "/me/outlook/masterCategories")["value"][0]);
    let target = json!({
        "changeType": "created", "notificationUrl": "http://127.0.0.1:9/hook", "resource": "me/events",
        "expirationDateTime": "2026-10-06T00:00:00Z",
    });
    let subscription = id(&client.post(ANA, "/subscriptions", &target));
    Props {
        own,
        received,
        master,
        occurrence,
        deleted,
        attachment,
        calendar,
        group,
        category,
        subscription,
    }
}

fn fill(url: &str, name: &str, props: &Props) -> String {
    let path = url
        .split("graph.microsoft.com")
        .last()
        .unwrap()
        .trim_start_matches("/v1.0")
        .trim_start_matches("/beta");
    let (path, query) = path
        .split_once('?')
        .map_or((path, None), |(path, query)| (path, Some(query)));
    let parts: Vec<&str> = path.split('/').collect();
    let mut filled: Vec<String> = Vec::new();
    for (position, part) in parts.iter().enumerate() {
        let before = position
            .checked_sub(1)
            .map_or("", |index| parts[index])
            .to_lowercase();
        let after = parts
            .get(position + 1)
            .copied()
            .unwrap_or_default()
            .to_lowercase();
        let event_id = || match (name.get(..3).unwrap(), after.as_str()) {
            ("h09", _) => &props.own,
            ("h10", _) => &props.received,
            ("h12", _) => &props.deleted,
            ("h17", _) => &props.occurrence,
            ("h18" | "h35" | "149" | "028", _) => &props.master,
            (_, "accept" | "decline" | "tentativelyaccept") => &props.received,
            _ => &props.own,
        };
        let is_id = !part.is_empty() && !part.starts_with("delta") && *part != "not-an-id";
        filled.push(match before.as_str() {
            "events" if is_id => event_id().clone(),
            "calendars" if is_id => props.calendar.clone(),
            "calendargroups" if is_id => props.group.clone(),
            "attachments" if is_id => props.attachment.clone(),
            "mastercategories" if is_id => props.category.clone(),
            "subscriptions" if is_id => props.subscription.clone(),
            "calendarpermissions" if is_id => "RGVmYXVsdA==".to_owned(),
            "users" if name.starts_with("h14") => "kenji@contoso.com".to_owned(),
            "users" if is_id => ANA.to_owned(),
            _ => (*part).to_owned(),
        });
    }
    let path = filled.join("/");
    query.map_or_else(
        || path.clone(),
        |query| format!("{path}?{}", query.replace(' ', "%20").replace('+', "%2B")),
    )
}

/// Fresh expiry dates, reachable targets, a hundred and one addresses.
fn freshen(name: &str, body: &mut Value, props: &Props) {
    if body.get("notificationUrl").is_some() {
        body["notificationUrl"] = json!("http://127.0.0.1:9/other");
        for name in [
            "lifecycleNotificationUrl",
            "encryptionCertificate",
            "encryptionCertificateId",
        ] {
            body.as_object_mut().unwrap().remove(name);
        }
        let after = if name.starts_with("h33") { 11 } else { 2 };
        body["expirationDateTime"] = json!(kalends::simulator::civil::instant_text(
            now() + after * 86_400_000
        ));
    }
    if name.starts_with("034") {
        // The page shows placeholders.
        body["newReminderTime"] = at("2026-10-06T08:45:00", "Europe/Berlin");
    }
    if name.starts_with("h27") {
        let all: Vec<String> = (0..101)
            .map(|number| format!("p{number}@contoso.com"))
            .collect();
        body["schedules"] = json!(all);
    }
    if let Some(requests) = body.get_mut("requests").and_then(Value::as_array_mut) {
        for request in requests {
            let url = request["url"]
                .as_str()
                .unwrap()
                .replace("{id}", &props.received)
                .replace("{id2}", &props.own);
            request["url"] = json!(url);
        }
    }
}

#[test]
fn documented_requests_are_taken_as_written() {
    let mut replayed = 0;
    let mut failed: Vec<String> = Vec::new();
    for (name, example) in examples() {
        let request = &example["request"];
        let (Some(method), Some(url)) = (request["method"].as_str(), request["url"].as_str())
        else {
            continue;
        };
        if ANSWERS.iter().any(|(prefix, _)| name.starts_with(prefix)) {
            continue;
        }
        let expected = example["response"]["status"]
            .as_u64()
            .and_then(|status| u16::try_from(status).ok());
        let mut client = Client::new();
        let props = props(&mut client);
        if name.starts_with("h20") {
            let mut first = request["body"].clone();
            first["subject"] = json!("A");
            client.post(ANA, "/me/events", &first);
        }
        for (header, value) in request["headers"].as_object().into_iter().flatten() {
            if header.eq_ignore_ascii_case("prefer") || header.eq_ignore_ascii_case("if-match") {
                client
                    .headers
                    .push((header.clone(), value.as_str().unwrap().to_owned()));
            }
        }
        let mut body = request.get("body").cloned().filter(|body| !body.is_null());
        if let Some(body) = &mut body {
            freshen(&name, body, &props);
        }
        let path = fill(url, &name, &props);
        let response = client.send(ANA, method, &path, body.as_ref());
        let different = DIFFERENT
            .iter()
            .find(|(prefix, _, _)| name.starts_with(prefix))
            .map(|(_, status, _)| *status);
        let wanted = different.or(expected).unwrap_or(200);
        let text = String::from_utf8_lossy(&response.body).into_owned();
        if response.status != wanted {
            let path: String = path.chars().take(60).collect();
            failed.push(format!(
                "{name}: {method} {path} gave {} instead of {wanted}\n{text}",
                response.status
            ));
            continue;
        }
        let code = example.pointer("/response/json/error/code");
        if let Some(code) = code {
            assert_eq!(
                response.json().unwrap().pointer("/error/code"),
                Some(code),
                "{name}"
            );
        }
        replayed += 1;
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    assert!(replayed > 90, "only {replayed} examples were replayed");
}

#[test]
fn documented_recurrences_are_taken_as_written() {
    let (_, example) = examples()
        .into_iter()
        .find(|(name, _)| name.starts_with("h44"))
        .unwrap();
    let patterns = example
        .pointer("/response/json/patterns")
        .unwrap()
        .as_array()
        .unwrap()
        .clone();
    let ranges = example
        .pointer("/response/json/ranges")
        .unwrap()
        .as_array()
        .unwrap()
        .clone();
    for pattern in &patterns {
        for range in &ranges {
            let mut client = Client::new();
            let day = range["startDate"].as_str().unwrap();
            let body = json!({
                "subject": "Documented",
                "start": at(&format!("{day}T09:00:00"), "Pacific Standard Time"),
                "end": at(&format!("{day}T10:00:00"), "Pacific Standard Time"),
                "recurrence": {"pattern": pattern, "range": range},
            });
            let response = client.send(ANA, "POST", "/me/events", Some(&body));
            // A yearly pattern has no date in a range of one month.
            let is_impossible = response.status == 400;
            let can_be_impossible = range["type"] == "endDate";
            assert!(
                response.status == 201 || (is_impossible && can_be_impossible),
                "{pattern} {range}"
            );
        }
    }
}
