//! Scenario files, the demo office and generated mailboxes.

use std::collections::BTreeSet;
use std::time::Instant;

use kalends::simulator::generator::generate;
use kalends::simulator::graph::GraphSide;
use kalends::simulator::office;
use kalends::simulator::scenario::Scenario;
use serde_json::json;

use crate::common::{Client, now};

const ANA: &str = "ana@contoso.com";
const WINDOW: &str = "startDateTime=2026-09-30T00:00:00Z&endDateTime=2027-01-02T00:00:00Z";

fn client(side: GraphSide, now: i64) -> Client {
    let mut side = side;
    side.base_url = "http://graph.test/v1.0".to_owned();
    Client {
        side,
        now,
        headers: Vec::new(),
    }
}

fn load(name: &str) -> Client {
    let path = format!("{}/tests/scenarios/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let scenario = Scenario::read(path.as_ref()).unwrap();
    let now = scenario.now_ms().unwrap().unwrap();
    client(scenario.build(1, now).unwrap(), now)
}

#[test]
fn every_scenario_file_can_be_built() {
    let folder = format!("{}/tests/scenarios", env!("CARGO_MANIFEST_DIR"));
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let scenario =
            Scenario::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(
            scenario.title.split(' ').count() > 4,
            "{} needs a sentence as its title",
            path.display()
        );
        let now = scenario.now_ms().unwrap().unwrap_or_else(now);
        scenario
            .build(1, now)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

#[test]
fn an_invitation_arrives_moves_and_is_cancelled() {
    let mut client = load("an_invitation_arrives_while_the_window_is_open");
    let view = format!("/me/calendarView?{WINDOW}");
    assert_eq!(client.get(ANA, &view)["value"], json!([]));
    client.pass(65);
    assert_eq!(
        client.get(ANA, &view)["value"][0]["start"]["dateTime"],
        "2026-10-06T07:00:00.0000000"
    );
    client.pass(60);
    assert_eq!(
        client.get(ANA, &view)["value"][0]["start"]["dateTime"],
        "2026-10-07T09:00:00.0000000"
    );
    client.pass(60);
    assert_eq!(client.get(ANA, &view)["value"][0]["isCancelled"], true);
}

#[test]
fn one_occurrence_disappears_from_the_series() {
    let mut client = load("one_occurrence_of_a_series_disappears_without_a_tombstone");
    let first = client.get(ANA, &format!("/me/calendarView/delta?{WINDOW}"));
    assert_eq!(first["value"].as_array().unwrap().len(), 1 + 5 + 1 + 4);
    client.pass(40);
    let link = client.below(&first["@odata.deltaLink"]);
    let second = client.get(ANA, &link);
    assert_eq!(second["value"].as_array().unwrap().len(), 1 + 4);
    client.pass(40);
    let view = client.all_pages(ANA, &format!("/me/calendarView?{WINDOW}"));
    let marked: Vec<_> = view
        .iter()
        .filter(|event| event["subject"] == "Canceled: Sync")
        .collect();
    assert_eq!(marked.len(), 1);
    assert_eq!(marked[0]["originalStart"], "2026-10-12T07:00:00.0000000Z");
}

#[test]
fn faults_of_a_file_strike_and_the_lost_create_took_effect() {
    let mut client = load("the_service_has_a_bad_morning");
    let view = format!("/me/calendarView?{WINDOW}");
    let throttled = client.send(ANA, "GET", &view, None);
    assert_eq!(
        (throttled.status, throttled.header("Retry-After")),
        (429, Some("2.128"))
    );
    let mut body = crate::common::event("New", "2026-10-07T09:00:00", "2026-10-07T10:00:00");
    body["transactionId"] = json!("t-1");
    let lost = client.send(ANA, "POST", "/me/events", Some(&body));
    assert_eq!((lost.status, lost.body.len()), (503, 0));
    client.post(ANA, "/me/events", &body);
    assert_eq!(client.get(ANA, &view)["value"].as_array().unwrap().len(), 2);
}

#[test]
fn a_shared_calendar_hides_what_is_private() {
    let mut client = load("three_people_in_three_zones_share_a_calendar");
    let calendars = client.get(ANA, "/me/calendars");
    let studio = calendars["value"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["name"] == "Studio")
        .unwrap()
        .clone();
    assert_eq!(
        (&studio["canEdit"], &studio["owner"]["address"]),
        (&json!(false), &json!("kenji@contoso.com"))
    );
    let id = studio["id"].as_str().unwrap();
    let window = "startDateTime=2026-03-20T00:00:00Z&endDateTime=2026-05-01T00:00:00Z";
    let view = client.get(ANA, &format!("/me/calendars/{id}/calendarView?{window}"));
    let subjects: Vec<_> = view["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["subject"].as_str().unwrap())
        .collect();
    assert_eq!(subjects, ["撮影", "Private Appointment"]);
    let mine = client.get(ANA, &format!("/me/calendarView?{window}"));
    assert_eq!(
        mine["value"][0]["start"]["dateTime"],
        "2026-03-29T01:30:00.0000000"
    );
    assert_eq!(
        mine["value"][2]["originalStartTimeZone"],
        "tzone://Microsoft/Custom"
    );
    let event = view["value"][0]["id"].as_str().unwrap();
    assert_eq!(
        client.refused(ANA, "DELETE", &format!("/me/events/{event}"), None),
        (403, "ErrorAccessDenied".into())
    );
    assert_eq!(
        client
            .refused(
                "pat@outlook.example",
                "GET",
                "/places/microsoft.graph.room",
                None
            )
            .0,
        403
    );
}

#[test]
fn the_office_has_everything_a_demo_needs() {
    let mut client = client(office::open(3, now()).unwrap(), now());
    let names: BTreeSet<String> = client.get(ANA, "/me/calendars")["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        names,
        ["Calendar", "Holidays", "Personal", "Team"]
            .map(str::to_owned)
            .into()
    );
    let events = client.all_pages(ANA, &format!("/me/calendarView?{WINDOW}&$top=500"));
    let count = |wanted: &dyn Fn(&serde_json::Value) -> bool| {
        events.iter().filter(|event| wanted(event)).count()
    };
    assert!(events.len() > 120, "{} events", events.len());
    assert!(count(&|event| event["responseStatus"]["response"] == "notResponded") > 15);
    assert!(count(&|event| event["showAs"] == "tentative") > 5);
    assert_eq!(count(&|event| event["isCancelled"] == true), 1);
    assert!(count(&|event| event["isAllDay"] == true) >= 3);
    client.all_pages(ANA, &format!("/me/calendarView/delta?{WINDOW}"));
}

#[test]
fn a_hundred_thousand_events_page_quickly() {
    let mut client = Client::new();
    let begun = Instant::now();
    generate(&mut client.side.world, 0, 100_000, now());
    let made = begun.elapsed();
    client.headers = vec![("Prefer".into(), "odata.maxpagesize=200".into())];
    let first = client.get(ANA, &format!("/me/calendarView/delta?{WINDOW}"));
    let mut link = client.below(&first["@odata.nextLink"]);
    let begun = Instant::now();
    let mut pages = 0;
    while pages < 10 {
        let request = kalends::simulator::graph::Request::new(
            "GET",
            &format!("/v1.0{link}"),
            crate::common::grant(ANA),
        );
        let page = client
            .side
            .respond(
                &request.header("Prefer", "odata.maxpagesize=200"),
                client.now,
            )
            .json()
            .unwrap();
        link = client.below(&page["@odata.nextLink"]);
        pages += 1;
    }
    let each = begun.elapsed() / pages;
    println!("generated in {made:?}, a page of 200 in {each:?}");
    assert!(each.as_millis() < 1_000, "a page took {each:?}");
}

#[test]
fn generated_mailboxes_are_mixed_and_repeatable() {
    let make = || {
        let mut client = Client::with_seed(5);
        generate(&mut client.side.world, 0, 2_000, now());
        client.all_pages(ANA, &format!("/me/calendarView?{WINDOW}&$top=1000"))
    };
    let events = make();
    assert_eq!(events, make());
    let share = |wanted: &dyn Fn(&serde_json::Value) -> bool| {
        100 * events.iter().filter(|event| wanted(event)).count() / events.len()
    };
    assert!(share(&|event| event["isAllDay"] == true) > 2);
    assert!(share(&|event| event["type"] == "occurrence") > 20);
    assert!(share(&|event| event["responseStatus"]["response"] == "notResponded") > 2);
    assert!(
        share(&|event| event["subject"]
            .as_str()
            .is_some_and(|text| !text.is_ascii()))
            > 5
    );
}

#[test]
fn mistakes_in_a_file_are_named() {
    let wrong = Scenario::parse("title = 'x'\npepole = []")
        .unwrap_err()
        .to_string();
    assert!(wrong.contains("pepole"), "{wrong}");
    let nobody = Scenario::parse("title = 'x'")
        .unwrap()
        .build(1, 0)
        .err()
        .unwrap()
        .to_string();
    assert!(nobody.contains("no people"), "{nobody}");
}

/// `/users/` takes the id or the sign-in name; the mail address may be another one.
#[test]
fn a_mail_address_that_is_no_sign_in_name_is_no_user() {
    let mut client = client(office::open(3, now()).unwrap(), now());
    let (mail, upn) = ("kenji@contoso.com", "kenji.sato@contoso.com");
    let me = client.get(upn, "/me");
    assert_eq!(
        (&me["mail"], &me["userPrincipalName"]),
        (&json!(mail), &json!(upn))
    );
    let of = |user: &str| format!("/users/{user}/presence");
    assert_eq!(
        client.refused(ANA, "GET", &of(mail), None),
        (404, "Request_ResourceNotFound".into())
    );
    assert_eq!(
        client.refused(ANA, "GET", &of("nobody@contoso.com"), None),
        (404, "ErrorInvalidUser".into())
    );
    for user in [upn, me["id"].as_str().unwrap(), "ben@contoso.com"] {
        client.get(ANA, &of(user));
    }
}
