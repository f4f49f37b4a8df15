//! Applying rounds as the documentation says must give what the view shows.

use std::collections::BTreeMap;

use kalends::simulator::dice::Dice;
use serde_json::{Value, json};

use crate::common::{Client, at, event, weekly};

const ANA: &str = "ana@contoso.com";
const WINDOW: &str = "startDateTime=2026-10-01T00:00:00Z&endDateTime=2027-01-01T00:00:00Z";

/// A client that follows section "change tracking" of the docs to the letter.
#[derive(Default)]
struct Replica {
    items: BTreeMap<String, Value>,
    link: Option<String>,
}

impl Replica {
    fn round(&mut self, client: &mut Client, path: &str) -> usize {
        let is_first = self.link.is_none();
        let mut next = self.link.clone().unwrap_or_else(|| path.to_owned());
        let mut seen = BTreeMap::new();
        let mut masters = Vec::new();
        let mut pages = 0;
        loop {
            let page = client.get(ANA, &next);
            pages += 1;
            for item in page["value"].as_array().unwrap() {
                let id = item["id"].as_str().unwrap().to_owned();
                if item.get("@removed").is_some() {
                    seen.remove(&id);
                    self.items.remove(&id);
                    self.items
                        .retain(|_, known| known["seriesMasterId"] != json!(id));
                    continue;
                }
                if item["type"] == "seriesMaster" {
                    masters.push(id.clone());
                }
                seen.insert(id, item.clone());
            }
            assert!(
                page.get("@odata.nextLink").is_some() != page.get("@odata.deltaLink").is_some()
            );
            match page.get("@odata.nextLink") {
                Some(link) => next = client.below(link),
                None => {
                    self.link = Some(client.below(&page["@odata.deltaLink"]));
                    break;
                }
            }
        }
        if is_first {
            self.items.clear();
        }
        self.items.retain(|id, item| {
            let master = item["seriesMasterId"].as_str().unwrap_or_default();
            seen.contains_key(id) || !masters.iter().any(|known| known == master)
        });
        self.items.extend(seen);
        pages
    }

    /// What a user would see: id, start and end of everything but masters.
    fn shown(&self) -> BTreeMap<String, (String, String)> {
        let visible = self
            .items
            .iter()
            .filter(|(_, item)| item["type"] != "seriesMaster");
        visible
            .map(|(id, item)| (id.clone(), times(item)))
            .collect()
    }
}

fn times(item: &Value) -> (String, String) {
    let text = |name: &str| item[name]["dateTime"].as_str().unwrap().to_owned();
    (text("start"), text("end"))
}

fn view(client: &mut Client) -> BTreeMap<String, (String, String)> {
    let items = client.all_pages(ANA, &format!("/me/calendarView?{WINDOW}&$top=1000"));
    items
        .iter()
        .map(|item| (item["id"].as_str().unwrap().to_owned(), times(item)))
        .collect()
}

#[test]
fn rounds_converge_after_any_edits() {
    for seed in 0..25 {
        let mut client = Client::with_seed(seed);
        let mut dice = Dice::new(seed);
        client.side.habits.removes_occurrences = seed % 3 == 0;
        client.side.habits.spurious_removals = seed % 2 == 0;
        client.side.habits.empty_pages = u32::try_from(seed % 4).unwrap();
        client.side.habits.replays = u32::try_from(seed % 5).unwrap();
        client.headers = vec![(
            "Prefer".into(),
            format!("odata.maxpagesize={}", 1 + seed % 7),
        )];
        let mut replica = Replica::default();
        let mut made: Vec<String> = Vec::new();
        for _ in 0..8 {
            for _ in 0..dice.below(6) {
                edit(&mut client, &mut dice, &mut made);
            }
            replica.round(&mut client, &format!("/me/calendarView/delta?{WINDOW}"));
            assert_eq!(replica.shown(), view(&mut client), "seed {seed}");
        }
    }
}

fn edit(client: &mut Client, dice: &mut Dice, made: &mut Vec<String>) {
    client.pass(1);
    let date =
        |dice: &mut Dice| format!("2026-{:02}-{:02}", dice.between(9, 12), dice.between(1, 28));
    let day = date(dice);
    match dice.below(6) {
        0 | 1 => {
            let body = event(
                "Single",
                &format!("{day}T09:00:00"),
                &format!("{day}T10:00:00"),
            );
            made.push(
                client.post(ANA, "/me/events", &body)["id"]
                    .as_str()
                    .unwrap()
                    .to_owned(),
            );
        }
        2 => {
            let range = json!({"type": "numbered", "startDate": day, "numberOfOccurrences": 1 + dice.below(12)});
            let body = weekly(
                "Series",
                &format!("{day}T11:00:00"),
                &format!("{day}T12:00:00"),
                &["monday", "thursday"],
                range,
            );
            made.push(
                client.post(ANA, "/me/events", &body)["id"]
                    .as_str()
                    .unwrap()
                    .to_owned(),
            );
        }
        3 => {
            // A single event moves, a series is refused; both are fine here.
            let Some(id) = dice.pick(made).cloned() else {
                return;
            };
            let body = json!({"start": at(&format!("{day}T14:00:00"), "UTC"), "end": at(&format!("{day}T15:00:00"), "UTC")});
            client.send(ANA, "PATCH", &format!("/me/events/{id}"), Some(&body));
        }
        4 => {
            let visible: Vec<String> = view(client).into_keys().collect();
            let Some(id) = dice.pick(&visible).cloned() else {
                return;
            };
            client.send(ANA, "DELETE", &format!("/me/events/{id}"), None);
        }
        _ => {
            let visible: Vec<(String, (String, String))> = view(client).into_iter().collect();
            let Some((id, (start, _))) = dice.pick(&visible).cloned() else {
                return;
            };
            let day = &start[..10];
            let body = json!({"subject": "Changed", "start": at(&format!("{day}T16:00:00"), "UTC"), "end": at(&format!("{day}T17:00:00"), "UTC")});
            client.send(ANA, "PATCH", &format!("/me/events/{id}"), Some(&body));
        }
    }
}

#[test]
fn occurrences_come_reduced_and_a_series_is_never_split() {
    let mut client = Client::new();
    let range = json!({"type": "numbered", "startDate": "2026-10-05", "numberOfOccurrences": 10});
    client.post(
        ANA,
        "/me/events",
        &weekly(
            "Sync",
            "2026-10-05T09:00:00",
            "2026-10-05T09:30:00",
            &["monday"],
            range,
        ),
    );
    client.headers = vec![("Prefer".into(), "odata.maxpagesize=2".into())];
    let response = client.send(
        ANA,
        "GET",
        &format!("/me/calendarView/delta?{WINDOW}"),
        None,
    );
    assert!(
        response
            .header("Preference-Applied")
            .unwrap()
            .contains("odata.track-changes")
    );
    let page = response.json().unwrap();
    assert_eq!(page["value"].as_array().unwrap().len(), 11);
    let mut names: Vec<&str> = page["value"][1]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "@odata.etag",
            "@odata.type",
            "end",
            "id",
            "seriesMasterId",
            "start",
            "type"
        ]
    );
}

#[test]
fn a_deleted_occurrence_has_no_tombstone_and_a_deleted_series_has_one() {
    let mut client = Client::new();
    let range = json!({"type": "numbered", "startDate": "2026-10-05", "numberOfOccurrences": 3});
    let made = client.post(
        ANA,
        "/me/events",
        &weekly(
            "Sync",
            "2026-10-05T09:00:00",
            "2026-10-05T09:30:00",
            &["monday"],
            range,
        ),
    );
    let first = client.get(ANA, &format!("/me/calendarView/delta?{WINDOW}"));
    let occurrence = first["value"][1]["id"].as_str().unwrap().to_owned();
    client.send(ANA, "DELETE", &format!("/me/events/{occurrence}"), None);
    let link = client.below(&first["@odata.deltaLink"]);
    let second = client.get(ANA, &link);
    assert_eq!(second["value"].as_array().unwrap().len(), 3);
    assert!(
        second["value"]
            .as_array()
            .unwrap()
            .iter()
            .all(|item| item.get("@removed").is_none())
    );
    client.send(
        ANA,
        "DELETE",
        &format!("/me/events/{}", made["id"].as_str().unwrap()),
        None,
    );
    let link = client.below(&second["@odata.deltaLink"]);
    let third = client.get(ANA, &link);
    assert_eq!(third["value"][0]["@removed"]["reason"], "deleted");
    assert_eq!(third["value"].as_array().unwrap().len(), 1);
}

#[test]
fn tokens_expire_and_forbidden_options_are_refused() {
    let mut client = Client::new();
    let page = client.get(ANA, &format!("/me/calendarView/delta?{WINDOW}"));
    let forget = serde_json::from_value(json!({"do": "forgetHistory", "by": ANA})).unwrap();
    client.side.world.perform(&forget, 0).unwrap();
    let link = client.below(&page["@odata.deltaLink"]);
    client.post(
        ANA,
        "/me/events",
        &event("One", "2026-10-06T09:00:00", "2026-10-06T10:00:00"),
    );
    let response = client.send(ANA, "GET", &link, None);
    assert_eq!(response.status, 410);
    let location = response.header("Location").unwrap().to_owned();
    let fresh = client.below(&json!(location));
    assert_eq!(
        client.get(ANA, &fresh)["value"].as_array().unwrap().len(),
        1
    );
    let top = format!("/me/calendarView/delta?{WINDOW}&$top=5");
    assert_eq!(client.refused(ANA, "GET", &top, None).0, 400);
    assert_eq!(
        client
            .refused(
                ANA,
                "GET",
                "/me/calendarView/delta?$deltatoken=nonsense",
                None
            )
            .0,
        410
    );
}

#[test]
fn the_same_seed_and_calls_give_the_same_bytes() {
    let run = || {
        let mut client = Client::with_seed(99);
        let mut dice = Dice::new(5);
        let mut made = Vec::new();
        for _ in 0..30 {
            edit(&mut client, &mut dice, &mut made);
        }
        client
            .send(
                ANA,
                "GET",
                &format!("/me/calendarView/delta?{WINDOW}"),
                None,
            )
            .body
    };
    assert_eq!(run(), run());
}

#[test]
fn a_relocated_event_leaves_one_calendar_and_enters_the_other() {
    let mut client = Client::new();
    let made = client.post(
        ANA,
        "/me/events",
        &event("Moving", "2026-10-06T09:00:00", "2026-10-06T10:00:00"),
    );
    let side = client.post(ANA, "/me/calendars", &json!({"name": "Side"}));
    let path = format!(
        "/me/calendars/{}/calendarView/delta?{WINDOW}",
        side["id"].as_str().unwrap()
    );
    let (from, to) = (
        client.get(ANA, &format!("/me/calendarView/delta?{WINDOW}")),
        client.get(ANA, &path),
    );
    client.headers = vec![("Prefer".into(), "IdType=\"ImmutableId\"".into())];
    let lasting =
        client.get(ANA, &format!("/me/events/{}", made["id"].as_str().unwrap()))["id"].clone();
    client.headers.clear();
    let action = json!({"do": "relocate", "by": ANA, "subject": "Moving", "calendar": "Side"});
    client
        .side
        .world
        .perform(&serde_json::from_value(action).unwrap(), 0)
        .unwrap();
    let links = (
        client.below(&from["@odata.deltaLink"]),
        client.below(&to["@odata.deltaLink"]),
    );
    let (left, entered) = (client.get(ANA, &links.0), client.get(ANA, &links.1));
    assert_eq!(
        (
            &left["value"][0]["id"],
            &left["value"][0]["@removed"]["reason"]
        ),
        (&made["id"], &json!("changed"))
    );
    assert_ne!(entered["value"][0]["id"], made["id"]);
    assert_eq!(
        client
            .refused(
                ANA,
                "GET",
                &format!("/me/events/{}", made["id"].as_str().unwrap()),
                None
            )
            .0,
        404
    );
    client.headers = vec![("Prefer".into(), "IdType=\"ImmutableId\"".into())];
    assert_eq!(client.get(ANA, &links.1)["value"][0]["id"], lasting);
}
