//! Every fault a test can ask for, seen from the client's side.

use kalends::simulator::faults::{Fault, Rule};
use kalends::simulator::graph::{Response, Transport};
use serde_json::{Value, json};

use crate::common::{Client, event, weekly};

const ANA: &str = "ana@contoso.com";
const DELTA: &str =
    "/me/calendarView/delta?startDateTime=2026-10-01T00:00:00Z&endDateTime=2026-11-01T00:00:00Z";
const NEXT: &str = "@odata.nextLink";

fn filled() -> Client {
    let mut client = Client::new();
    client.post(
        ANA,
        "/me/events",
        &event("One", "2026-10-06T09:00:00", "2026-10-06T10:00:00"),
    );
    let range = json!({"type": "numbered", "startDate": "2026-10-05", "numberOfOccurrences": 2});
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
    client
}

/// The struck answer; the contract is not asked, breaking it is the point.
fn struck(client: &mut Client, path: &str, fault: Fault) -> Response {
    client.side.faults.clear();
    client.side.faults.add(Rule::nth("/me", 1, fault));
    let request = kalends::simulator::graph::Request::new(
        "GET",
        &format!("/v1.0{path}"),
        crate::common::grant(ANA),
    );
    client.side.respond(&request, client.now)
}

fn page(fault: Fault) -> Value {
    struck(&mut filled(), DELTA, fault).json().unwrap()
}

fn types(page: &Value) -> Vec<String> {
    let items = page["value"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["type"].as_str().unwrap_or("removed").to_owned())
        .collect()
}

#[test]
fn tokens_are_refused_in_two_ways() {
    let mut client = filled();
    let expired = struck(&mut client, DELTA, Fault::TokenExpired);
    assert_eq!(expired.status, 401);
    let challenge = struck(&mut client, DELTA, Fault::ClaimsChallenge);
    let header = challenge.header("WWW-Authenticate").unwrap();
    assert!(header.contains("insufficient_claims") && header.contains("claims=\""));
}

#[test]
fn retry_after_comes_in_every_form() {
    let mut client = filled();
    let status = |retry_after: Option<&str>, seconds: Option<i64>| Fault::Status {
        status: 429,
        code: None,
        message: None,
        retry_after: retry_after.map(str::to_owned),
        retry_date_in_seconds: seconds,
        is_empty: false,
        is_after: false,
    };
    for value in ["2.128", "0", "-1", "1000000000", "soon"] {
        assert_eq!(
            struck(&mut client, DELTA, status(Some(value), None)).header("Retry-After"),
            Some(value)
        );
    }
    assert_eq!(
        struck(&mut client, DELTA, status(None, None)).header("Retry-After"),
        None
    );
    let date = struck(&mut client, DELTA, status(None, Some(60)));
    assert_eq!(
        date.header("Retry-After"),
        Some("Mon, 05 Oct 2026 08:01:00 GMT")
    );
}

#[test]
fn links_can_run_in_circles() {
    let own = page(Fault::SelfNextLink);
    assert!(own[NEXT].as_str().unwrap().ends_with(DELTA));
    let mut client = filled();
    client
        .side
        .faults
        .add(Rule::always("/delta", Fault::RotatingNextLink));
    let first = client.get(ANA, DELTA);
    let link = client.below(&first[NEXT]);
    let second = client.get(ANA, &link);
    assert_eq!(first["value"], second["value"]);
    assert_ne!(first[NEXT], second[NEXT]);
    client.side.faults.clear();
    client
        .side
        .faults
        .add(Rule::always("/delta", Fault::TwoCycle));
    let links: Vec<String> = (0..4)
        .map(|_| client.get(ANA, DELTA)[NEXT].as_str().unwrap().to_owned())
        .collect();
    assert_eq!((&links[0], &links[1]), (&links[2], &links[3]));
    assert_ne!(links[0], links[1]);
}

#[test]
fn links_can_be_wrong() {
    let foreign = page(Fault::ForeignNextLink {
        host: "http://evil.test".into(),
    });
    assert!(
        foreign[NEXT]
            .as_str()
            .unwrap()
            .starts_with("http://evil.test/v1.0/me/")
    );
    let both = page(Fault::BothLinks);
    assert!(both.get(NEXT).is_some() && both.get("@odata.deltaLink").is_some());
    let none = page(Fault::NoLinks);
    assert!(none.get(NEXT).is_none() && none.get("@odata.deltaLink").is_none());
}

#[test]
fn items_can_come_in_odd_company() {
    let plain = ["singleInstance", "seriesMaster", "occurrence", "occurrence"];
    assert_eq!(
        types(&page(Fault::ReorderedPage)),
        ["occurrence", "occurrence", "seriesMaster", "singleInstance"]
    );
    assert_eq!(
        types(&page(Fault::OccurrencesFirst)),
        ["singleInstance", "occurrence", "occurrence", "seriesMaster"]
    );
    assert_eq!(
        types(&page(Fault::MissingMaster)),
        ["singleInstance", "occurrence", "occurrence"]
    );
    assert_eq!(
        types(&page(Fault::RemovedUnknown)).last().unwrap(),
        "removed"
    );
    let again = types(&page(Fault::RemovedThenAdded));
    assert_eq!(
        (&again[..4], &again[4..]),
        (
            &["removed"; 4].map(str::to_owned)[..],
            &plain.map(str::to_owned)[..]
        )
    );
    let empty = page(Fault::EmptyPage);
    assert!(types(&empty).is_empty() && empty.get(NEXT).is_some());
    let older = page(Fault::TwoVersions);
    assert_eq!(older["value"][0]["subject"], "an older version");
    let mut client = filled();
    client
        .side
        .faults
        .add(Rule::nth("/delta", 1, Fault::RepeatedPage));
    let first = client.get(ANA, DELTA);
    let link = client.below(&first[NEXT]);
    let second = client.get(ANA, &link);
    assert_eq!(first["value"], second["value"]);
    assert!(second.get("@odata.deltaLink").is_some());
}

#[test]
fn json_can_be_bent_and_broken() {
    let mut client = filled();
    assert!(
        struck(&mut client, DELTA, Fault::Truncated)
            .json()
            .is_none()
    );
    let text = |response: Response| String::from_utf8(response.body).unwrap();
    assert!(text(struck(&mut client, DELTA, Fault::LoneSurrogates)).contains("\\ud83d "));
    assert!(text(struck(&mut client, DELTA, Fault::DuplicateKeys)).contains("first of two"));
    assert!(
        text(struck(
            &mut client,
            DELTA,
            Fault::DeepNesting { depth: 500 }
        ))
        .contains(&"[".repeat(500))
    );
    assert_eq!(
        page(Fault::UnknownEnum)["value"][0]["showAs"],
        "somethingNew"
    );
    assert_eq!(page(Fault::Nulls)["value"][0]["subject"], Value::Null);
    assert_eq!(
        page(Fault::NumbersAsStrings)["value"][0]["reminderMinutesBeforeStart"],
        "15"
    );
    assert!(text(struck(&mut client, DELTA, Fault::ProxyPage)).contains("<html>"));
    let moved = struck(
        &mut client,
        DELTA,
        Fault::Redirect {
            to: "http://other.test".into(),
        },
    );
    assert_eq!(moved.status, 302);
    assert!(
        moved
            .header("Location")
            .unwrap()
            .starts_with("http://other.test/v1.0/me")
    );
}

#[test]
fn transport_faults_are_effects() {
    let mut client = filled();
    assert_eq!(
        struck(&mut client, DELTA, Fault::Slow { ms: 700 })
            .effect
            .delay_ms,
        700
    );
    let lost = struck(&mut client, DELTA, Fault::ResetBefore { is_after: true });
    assert_eq!(lost.effect.transport, Transport::ResetBefore);
    let cut = struck(&mut client, DELTA, Fault::ResetMid { bytes: 9 });
    assert_eq!(cut.effect.transport, Transport::ResetAfter(9));
}

#[test]
fn batches_lose_gain_and_throttle_rows() {
    let ids = |fault: Fault| {
        let mut client = filled();
        client.side.faults.add(Rule::nth("$batch", 1, fault));
        let rows: Vec<Value> = (1..4)
            .map(|id| json!({"id": id.to_string(), "method": "GET", "url": "/me"}))
            .collect();
        let answer = client.post(ANA, "/$batch", &json!({"requests": rows}));
        let rows = answer["responses"].as_array().unwrap().clone();
        rows.iter()
            .map(|row| format!("{}:{}", row["id"].as_str().unwrap(), row["status"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(Fault::BatchPermuted), ["2:200", "1:200", "3:200"]);
    assert_eq!(ids(Fault::BatchMissing), ["3:200", "2:200"]);
    assert_eq!(ids(Fault::BatchExtra).len(), 4);
    assert_eq!(
        ids(Fault::BatchThrottled {
            retry_after: "3".into()
        }),
        ["3:429", "2:200", "1:429"]
    );
}

#[test]
fn a_lost_answer_does_not_lose_the_write() {
    let mut client = Client::new();
    client.side.faults.add(Rule {
        method: Some("POST".into()),
        ..Rule::nth("/me/events", 1, Fault::ResetBefore { is_after: true })
    });
    client.send(
        ANA,
        "POST",
        "/me/events",
        Some(&event("One", "2026-10-06T09:00:00", "2026-10-06T10:00:00")),
    );
    assert_eq!(
        client.get(ANA, "/me/events")["value"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    client.side.faults.add(Rule {
        method: Some("POST".into()),
        ..Rule::nth("/me/events", 1, Fault::ResetBefore { is_after: false })
    });
    client.send(
        ANA,
        "POST",
        "/me/events",
        Some(&event("Two", "2026-10-06T09:00:00", "2026-10-06T10:00:00")),
    );
    assert_eq!(
        client.get(ANA, "/me/events")["value"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn bytes_can_be_garbled_and_clocks_be_wrong() {
    let mut client = filled();
    let garbled = struck(&mut client, DELTA, Fault::InvalidUtf8);
    assert!(String::from_utf8(garbled.body).is_err());
    let skewed = struck(&mut client, DELTA, Fault::ClockSkew { seconds: -3600 });
    assert_eq!(skewed.header("Date"), Some("Mon, 05 Oct 2026 07:00:00 GMT"));
}
