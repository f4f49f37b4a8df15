//! A small world and a client that checks every answer against the contract.

use std::sync::OnceLock;

use kalends::simulator::civil::parse_instant;
use kalends::simulator::graph::{Grant, GraphSide, Request, Response};
use kalends::simulator::server::StaticTokens;
use kalends::simulator::world::{Kind, World};
use kalends::simulator::zone;
use serde_json::{Value, json};

pub const NOW: &str = "2026-10-05T08:00:00Z";

pub fn now() -> i64 {
    parse_instant(NOW).unwrap()
}

pub fn grant(user: &str) -> Grant {
    let scopes = StaticTokens::ALL_SCOPES
        .iter()
        .map(|scope| (*scope).to_owned())
        .collect();
    Grant {
        user_principal_name: user.to_owned(),
        scopes,
    }
}

pub struct Client {
    pub side: GraphSide,
    pub now: i64,
    pub headers: Vec<(String, String)>,
}

impl Client {
    pub fn new() -> Self {
        Self::with_seed(7)
    }

    pub fn with_seed(seed: u64) -> Self {
        let mut world = World::new(seed);
        let berlin = zone::find("Europe/Berlin").unwrap();
        let tokyo = zone::find("Asia/Tokyo").unwrap();
        world.add_mailbox("ana@contoso.com", "Ana Vidal", Kind::Person, berlin);
        world.add_mailbox("ben@contoso.com", "Ben Okafor", Kind::Person, berlin);
        world.add_mailbox("kenji@contoso.com", "Kenji Sato", Kind::Person, tokyo);
        world.add_mailbox("room1@contoso.com", "Room One", Kind::Room, berlin);
        world.add_mailbox("pat@outlook.example", "Pat Home", Kind::Personal, berlin);
        Self {
            side: GraphSide::new(world, "http://graph.test/v1.0"),
            now: now(),
            headers: Vec::new(),
        }
    }

    pub fn send(&mut self, user: &str, method: &str, path: &str, body: Option<&Value>) -> Response {
        let mut request = Request::new(method, &format!("/v1.0{path}"), grant(user));
        if let Some(body) = body {
            request = request.json(body);
        }
        request.headers.extend(self.headers.iter().cloned());
        let response = self.side.respond(&request, self.now);
        check_contract(method, path, &response);
        response
    }

    pub fn get(&mut self, user: &str, path: &str) -> Value {
        let response = self.send(user, "GET", path, None);
        assert_eq!(
            response.status,
            200,
            "{path}: {}",
            String::from_utf8_lossy(&response.body)
        );
        response.json().unwrap()
    }

    pub fn post(&mut self, user: &str, path: &str, body: &Value) -> Value {
        let response = self.send(user, "POST", path, Some(body));
        assert!(
            response.status < 300,
            "{path}: {} {}",
            response.status,
            String::from_utf8_lossy(&response.body)
        );
        response.json().unwrap_or_default()
    }

    pub fn patch(&mut self, user: &str, path: &str, body: &Value) -> Value {
        let response = self.send(user, "PATCH", path, Some(body));
        assert_eq!(
            response.status,
            200,
            "{path}: {}",
            String::from_utf8_lossy(&response.body)
        );
        response.json().unwrap()
    }

    /// Status and error code of a refused call.
    pub fn refused(
        &mut self,
        user: &str,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> (u16, String) {
        let response = self.send(user, method, path, body);
        assert!(response.status >= 400, "{path} was not refused");
        let code = response.json().unwrap()["error"]["code"]
            .as_str()
            .unwrap()
            .to_owned();
        (response.status, code)
    }

    /// The path below the version of a link the service gave.
    pub fn below(&self, link: &Value) -> String {
        let link = link.as_str().unwrap();
        link.strip_prefix("http://graph.test/v1.0")
            .unwrap_or_else(|| panic!("foreign link {link}"))
            .to_owned()
    }

    pub fn all_pages(&mut self, user: &str, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut next = path.to_owned();
        loop {
            let page = self.get(user, &next);
            items.extend(page["value"].as_array().unwrap().iter().cloned());
            match page.get("@odata.nextLink") {
                Some(link) => next = self.below(link),
                None => return items,
            }
        }
    }

    pub fn pass(&mut self, seconds: i64) {
        self.now += seconds * 1000;
        let now = self.now;
        self.side.tick(now);
    }
}

pub fn at(wall: &str, zone: &str) -> Value {
    json!({"dateTime": wall, "timeZone": zone})
}

pub fn event(subject: &str, start: &str, end: &str) -> Value {
    json!({"subject": subject, "start": at(start, "Europe/Berlin"), "end": at(end, "Europe/Berlin")})
}

pub fn weekly(subject: &str, start: &str, end: &str, days: &[&str], range: Value) -> Value {
    let mut body = event(subject, start, end);
    body["recurrence"] =
        json!({"pattern": {"type": "weekly", "interval": 1, "daysOfWeek": days}, "range": range});
    body
}

/// The `$def` an answer must match, by its path. Calls without a body of interest give `None`.
fn definition(method: &str, path: &str, body: &Value) -> Option<(&'static str, bool)> {
    let path = path.split('?').next().unwrap_or_default().to_lowercase();
    let last = path.rsplit('/').next().unwrap_or_default();
    let is_list = body.get("value").is_some_and(Value::is_array);
    let name = match last {
        "delta" | "calendarview" | "instances" | "events" | "exceptionoccurrences" => "event",
        "calendars" | "calendar" => "calendar",
        "calendargroups" => "calendarGroup",
        "mastercategories" => "outlookCategory",
        "mailboxsettings" => "mailboxSettings",
        "workinghours" => "workingHours",
        "people" => "person",
        "users" | "me" => "user",
        "contacts" => "contact",
        "presence" => "presence",
        "getschedule" => "scheduleInformation",
        "findmeetingtimes" => "meetingTimeSuggestionsResult",
        "attachments" => "fileAttachment",
        "subscriptions" => "subscription",
        "calendarpermissions" => "calendarPermission",
        "microsoft.graph.room" => "room",
        "microsoft.graph.roomlist" => "roomList",
        _ if last.starts_with("supportedtimezones") => "timeZoneInformation",
        _ if last.starts_with("reminderview") => "reminder",
        _ => {
            let parent = path.rsplit('/').nth(1).unwrap_or_default();
            match parent {
                "events" if method != "DELETE" => "event",
                "calendars" => "calendar",
                "calendargroups" => "calendarGroup",
                "mastercategories" => "outlookCategory",
                "subscriptions" => "subscription",
                _ => return None,
            }
        }
    };
    Some((name, is_list))
}

/// Known differences between the live service and its metadata, each with its reason.
fn forgive(name: &str, item: &mut Value) {
    let Some(fields) = item.as_object_mut() else {
        return;
    };
    match name {
        // The live service leaves these out of failed schedules; the metadata has no way to say so.
        "scheduleInformation" if fields.contains_key("error") => {
            fields.retain(|name, _| {
                matches!(name.as_str(), "scheduleId" | "error" | "availabilityView")
            });
        }
        // contentBytes and contentId belong to fileAttachment; contentLocation exists on the wire too.
        "fileAttachment" => {
            fields.remove("contentLocation");
        }
        _ => {}
    }
}

fn validator(name: &str) -> jsonschema::Validator {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    let schema = SCHEMA.get_or_init(|| {
        serde_json::from_str(include_str!(
            "../fixtures/contract/graph-v1.0-calendar.schema.json"
        ))
        .unwrap()
    });
    let mut root = schema.clone();
    root["$ref"] = json!(format!("#/$defs/{name}"));
    jsonschema::validator_for(&root).unwrap()
}

pub fn check_contract(method: &str, path: &str, response: &Response) {
    thread_local! {
        static KNOWN: std::cell::RefCell<std::collections::HashMap<String, std::rc::Rc<jsonschema::Validator>>> =
            std::cell::RefCell::default();
    }
    let Some(body) = response.json().filter(|_| response.status < 300) else {
        return;
    };
    let Some((name, is_list)) = definition(method, path, &body) else {
        return;
    };
    let validator = KNOWN.with(|known| {
        std::rc::Rc::clone(
            known
                .borrow_mut()
                .entry(name.to_owned())
                .or_insert_with(|| std::rc::Rc::new(validator(name))),
        )
    });
    let items = if is_list {
        body["value"].as_array().cloned().unwrap()
    } else {
        vec![body]
    };
    for mut item in items {
        forgive(name, &mut item);
        let problems: Vec<String> = validator
            .iter_errors(&item)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(
            problems.is_empty(),
            "{method} {path} broke the contract of {name}: {problems:#?}\n{item:#}"
        );
    }
}
