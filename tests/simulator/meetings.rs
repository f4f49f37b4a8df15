//! Invitations, answers, updates and cancellations between mailboxes.

use serde_json::{Value, json};

use crate::common::{Client, at, event, weekly};

const ANA: &str = "ana@contoso.com";
const BEN: &str = "ben@contoso.com";
const WEEK: &str = "startDateTime=2026-10-05T00:00:00Z&endDateTime=2026-10-12T00:00:00Z";

fn invite(client: &mut Client, organizer: &str, people: &[&str], mut body: Value) -> Value {
    let people: Vec<Value> =
        people.iter().map(|address| json!({"type": "required", "emailAddress": {"address": address, "name": address}})).collect();
    body["attendees"] = json!(people);
    let made = client.post(organizer, "/me/events", &body);
    client.pass(5);
    made
}

fn copy(client: &mut Client, user: &str) -> Value {
    client.get(user, &format!("/me/calendarView?{WEEK}"))["value"][0].clone()
}

#[test]
fn an_answer_reaches_the_organizer() {
    let mut client = Client::new();
    let made = invite(
        &mut client,
        BEN,
        &[ANA],
        event("Plan", "2026-10-06T09:00:00", "2026-10-06T10:00:00"),
    );
    let mine = copy(&mut client, ANA);
    assert_eq!(mine["iCalUId"], made["iCalUId"]);
    assert_ne!(mine["id"], made["id"]);
    assert_eq!(
        (&mine["isOrganizer"], &mine["responseStatus"]["response"]),
        (&json!(false), &json!("notResponded"))
    );
    let path = format!("/me/events/{}/accept", mine["id"].as_str().unwrap());
    let response = client.send(
        ANA,
        "POST",
        &path,
        Some(&json!({"comment": "yes", "sendResponse": true})),
    );
    assert_eq!((response.status, response.body.len()), (202, 0));
    assert_eq!(
        copy(&mut client, ANA)["responseStatus"]["response"],
        "accepted"
    );
    client.pass(5);
    let theirs = client.get(BEN, &format!("/me/events/{}", made["id"].as_str().unwrap()));
    assert_eq!(theirs["attendees"][0]["status"]["response"], "accepted");
    let kinds: Vec<&str> = client
        .side
        .world
        .mails
        .iter()
        .map(|mail| mail.kind.as_str())
        .collect();
    assert_eq!(kinds, ["invitation", "accepted"]);
}

/// Graph: event, createdDateTime is of my copy; responseStatus.time is year 1 until I answer, and again
/// when the meeting moves.
#[test]
fn a_copy_says_when_it_came_and_when_it_was_answered() {
    let mut client = Client::new();
    let start = event("Plan", "2026-10-06T09:00:00", "2026-10-06T10:00:00");
    let made = invite(&mut client, BEN, &[ANA], start);
    let told = |copy: &Value| {
        let instant = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        (
            instant(&copy["createdDateTime"]),
            instant(&copy["responseStatus"]["time"]),
        )
    };
    let never: jiff::Timestamp = "0001-01-01T00:00:00Z".parse().unwrap();
    let fresh = copy(&mut client, ANA);
    let (came, time) = told(&fresh);
    assert_eq!(time, never);
    let sent: jiff::Timestamp = made["createdDateTime"].as_str().unwrap().parse().unwrap();
    assert!(sent <= came, "the invitation is there after it was sent");
    client.pass(3600);
    let id = fresh["id"].as_str().unwrap().to_owned();
    client.post(ANA, &format!("/me/events/{id}/accept"), &json!({}));
    let (still, answered) = told(&copy(&mut client, ANA));
    assert_eq!(still, came, "an answer makes no new copy");
    let waited = answered.duration_since(came).as_secs();
    assert!((3600..3620).contains(&waited), "{waited}");
    let path = format!("/me/events/{}", made["id"].as_str().unwrap());
    let moved = json!({"start": at("2026-10-06T11:00:00", "Europe/Berlin"), "end": at("2026-10-06T12:00:00", "Europe/Berlin")});
    client.patch(BEN, &path, &moved);
    client.pass(5);
    assert_eq!(told(&copy(&mut client, ANA)), (came, never));
}

#[test]
fn declining_removes_my_copy_and_kills_its_id() {
    let mut client = Client::new();
    invite(
        &mut client,
        BEN,
        &[ANA],
        event("Plan", "2026-10-06T09:00:00", "2026-10-06T10:00:00"),
    );
    let id = copy(&mut client, ANA)["id"].as_str().unwrap().to_owned();
    let body = json!({"proposedNewTime": {"start": at("2026-10-07T09:00:00", "Europe/Berlin"), "end": at("2026-10-07T10:00:00", "Europe/Berlin")}});
    assert_eq!(
        client
            .send(
                ANA,
                "POST",
                &format!("/me/events/{id}/decline"),
                Some(&body)
            )
            .status,
        202
    );
    assert_eq!(
        client
            .refused(ANA, "GET", &format!("/me/events/{id}"), None)
            .0,
        404
    );
    client.pass(5);
    let theirs = copy(&mut client, BEN);
    assert_eq!(theirs["attendees"][0]["status"]["response"], "declined");
    assert_eq!(
        theirs["attendees"][0]["proposedNewTime"]["start"]["dateTime"],
        "2026-10-07T07:00:00.0000000"
    );
}

#[test]
fn a_moved_meeting_asks_again_and_a_cancelled_one_stays_marked() {
    let mut client = Client::new();
    let made = invite(
        &mut client,
        BEN,
        &[ANA],
        event("Plan", "2026-10-06T09:00:00", "2026-10-06T10:00:00"),
    );
    let id = copy(&mut client, ANA)["id"].as_str().unwrap().to_owned();
    client.post(ANA, &format!("/me/events/{id}/accept"), &json!({}));
    client.patch(
        ANA,
        &format!("/me/events/{id}"),
        &json!({"categories": ["Focus"]}),
    );
    let path = format!("/me/events/{}", made["id"].as_str().unwrap());
    client.patch(
        BEN,
        &path,
        &json!({"body": {"contentType": "text", "content": "agenda"}}),
    );
    client.pass(5);
    assert_eq!(
        copy(&mut client, ANA)["responseStatus"]["response"],
        "accepted"
    );
    let moved = json!({"start": at("2026-10-06T11:00:00", "Europe/Berlin"), "end": at("2026-10-06T12:00:00", "Europe/Berlin")});
    client.patch(BEN, &path, &moved);
    client.pass(5);
    let mine = copy(&mut client, ANA);
    assert_eq!(mine["id"], json!(id));
    assert_eq!(mine["start"]["dateTime"], "2026-10-06T09:00:00.0000000");
    assert_eq!(
        (&mine["responseStatus"]["response"], &mine["categories"]),
        (&json!("notResponded"), &json!(["Focus"]))
    );
    let refused = client.refused(
        ANA,
        "POST",
        &format!("/me/events/{id}/cancel"),
        Some(&json!({})),
    );
    assert_eq!(refused, (400, "ErrorInvalidRequest".into()));
    assert_eq!(
        client
            .send(
                BEN,
                "POST",
                &format!("{path}/cancel"),
                Some(&json!({"comment": "sorry"}))
            )
            .status,
        202
    );
    client.pass(5);
    let mine = copy(&mut client, ANA);
    assert_eq!(
        (&mine["isCancelled"], &mine["subject"]),
        (&json!(true), &json!("Canceled: Plan"))
    );
}

#[test]
fn answers_are_refused_where_graph_refuses_them() {
    let mut client = Client::new();
    let mut body = event("Plan", "2026-10-06T09:00:00", "2026-10-06T10:00:00");
    body["responseRequested"] = json!(false);
    body["allowNewTimeProposals"] = json!(false);
    let made = invite(&mut client, BEN, &[ANA], body);
    let id = copy(&mut client, ANA)["id"].as_str().unwrap().to_owned();
    let path = format!("/me/events/{id}/tentativelyAccept");
    let own = format!("/me/events/{}/accept", made["id"].as_str().unwrap());
    assert_eq!(
        client.refused(BEN, "POST", &own, Some(&json!({}))),
        (400, "ErrorInvalidRequest".into())
    );
    let silent = json!({"comment": "hm", "sendResponse": false});
    assert_eq!(
        client.refused(ANA, "POST", &path, Some(&silent)),
        (400, "ErrorInvalidParameter".into())
    );
    let slot =
        json!({"start": at("2026-10-07T09:00:00", "UTC"), "end": at("2026-10-07T10:00:00", "UTC")});
    assert_eq!(
        client
            .refused(ANA, "POST", &path, Some(&json!({"proposedNewTime": slot})))
            .0,
        400
    );
    assert_eq!(
        client
            .refused(ANA, "POST", &path, Some(&json!({"sendResponse": true})))
            .0,
        400
    );
    assert_eq!(
        client
            .send(ANA, "POST", &path, Some(&json!({"sendResponse": false})))
            .status,
        202
    );
    assert_eq!(client.side.world.mails.len(), 1);
}

#[test]
fn a_room_accepts_once_and_declines_the_collision() {
    let mut client = Client::new();
    let first = invite(
        &mut client,
        ANA,
        &["room1@contoso.com"],
        event("A", "2026-10-06T09:00:00", "2026-10-06T10:00:00"),
    );
    let second = invite(
        &mut client,
        BEN,
        &["room1@contoso.com"],
        event("B", "2026-10-06T09:30:00", "2026-10-06T10:30:00"),
    );
    client.pass(10);
    let path = |made: &Value| format!("/me/events/{}", made["id"].as_str().unwrap());
    assert_eq!(
        client.get(ANA, &path(&first))["attendees"][0]["status"]["response"],
        "accepted"
    );
    assert_eq!(
        client.get(BEN, &path(&second))["attendees"][0]["status"]["response"],
        "declined"
    );
}

#[test]
fn answering_one_occurrence_makes_an_exception() {
    let mut client = Client::new();
    let range = json!({"type": "numbered", "startDate": "2026-10-05", "numberOfOccurrences": 3});
    let body = weekly(
        "Sync",
        "2026-10-05T09:00:00",
        "2026-10-05T09:30:00",
        &["monday"],
        range,
    );
    let made = invite(&mut client, BEN, &[ANA], body);
    let occurrence = copy(&mut client, ANA);
    assert_eq!(occurrence["type"], "occurrence");
    let path = format!("/me/events/{}", occurrence["id"].as_str().unwrap());
    client.post(ANA, &format!("{path}/tentativelyAccept"), &json!({}));
    assert_eq!(client.get(ANA, &path)["type"], "exception");
    let master = client.get(
        ANA,
        &format!(
            "/me/events/{}",
            occurrence["seriesMasterId"].as_str().unwrap()
        ),
    );
    assert_eq!(master["responseStatus"]["response"], "notResponded");
    client.pass(5);
    let theirs = copy(&mut client, BEN);
    assert_eq!(theirs["seriesMasterId"], made["id"]);
    assert_eq!(
        theirs["attendees"][0]["status"]["response"],
        "tentativelyAccepted"
    );
}

/// What both sides of a meeting must agree on, by iCalUId; cancelled ones are left out.
fn agreed(
    client: &mut Client,
    user: &str,
) -> std::collections::BTreeMap<String, (Value, Value, Value)> {
    let window = "startDateTime=2026-10-01T00:00:00Z&endDateTime=2026-12-01T00:00:00Z";
    let items = client.all_pages(user, &format!("/me/calendarView?{window}&$top=1000"));
    let meetings = items.into_iter().filter(|event| {
        event["organizer"]["emailAddress"]["address"] == BEN && event["isCancelled"] == false
    });
    meetings
        .map(|event| {
            let key = event["iCalUId"].as_str().unwrap().to_owned();
            (
                key,
                (
                    event["subject"].clone(),
                    event["start"].clone(),
                    event["end"].clone(),
                ),
            )
        })
        .collect()
}

#[test]
fn copies_follow_the_organizer_through_any_history() {
    use kalends::simulator::dice::Dice;
    let mut compared = 0;
    for seed in 0..20 {
        let mut client = Client::with_seed(seed);
        let mut dice = Dice::new(seed ^ 77);
        let mut declined = false;
        for step in 0..25 {
            let day = dice.between(5, 28);
            let start = format!("2026-10-{day:02}T{:02}:00:00", dice.between(8, 16));
            let end = format!("{}:45:00", &start[..13]);
            let organizer_ids = client.all_pages(BEN, "/me/calendarView?startDateTime=2026-10-01T00:00:00Z&endDateTime=2026-12-01T00:00:00Z&$top=1000");
            let pick = dice
                .pick(&organizer_ids)
                .map(|event| event["id"].as_str().unwrap().to_owned());
            match (dice.below(7), pick) {
                (0, _) | (_, None) => drop(invite(
                    &mut client,
                    BEN,
                    &[ANA],
                    event(&format!("Meeting {step}"), &start, &end),
                )),
                (1, _) => {
                    let range = json!({"type": "numbered", "startDate": &start[..10], "numberOfOccurrences": 4});
                    let days = [
                        "monday",
                        "tuesday",
                        "wednesday",
                        "thursday",
                        "friday",
                        "saturday",
                        "sunday",
                    ];
                    invite(
                        &mut client,
                        BEN,
                        &[ANA],
                        weekly(&format!("Series {step}"), &start, &end, &days, range),
                    );
                }
                (2, Some(id)) => drop(client.send(
                    BEN,
                    "PATCH",
                    &format!("/me/events/{id}"),
                    Some(&json!({"subject": format!("Renamed {step}")})),
                )),
                (3, Some(id)) => {
                    let body = json!({"start": at(&start, "Europe/Berlin"), "end": at(&end, "Europe/Berlin")});
                    client.send(BEN, "PATCH", &format!("/me/events/{id}"), Some(&body));
                }
                (4, Some(id)) => drop(client.send(
                    BEN,
                    "POST",
                    &format!("/me/events/{id}/cancel"),
                    Some(&json!({})),
                )),
                (_, Some(_)) => {
                    let theirs = client.all_pages(ANA, "/me/calendarView?startDateTime=2026-10-01T00:00:00Z&endDateTime=2026-12-01T00:00:00Z&$top=1000");
                    let Some(event) = dice.pick(&theirs) else {
                        continue;
                    };
                    let verbs = ["accept", "tentativelyAccept", "accept", "decline"];
                    let verb = dice.pick(&verbs).unwrap();
                    declined |= *verb == "decline";
                    client.send(
                        ANA,
                        "POST",
                        &format!("/me/events/{}/{verb}", event["id"].as_str().unwrap()),
                        Some(&json!({})),
                    );
                }
            }
            client.pass(30);
            let (organizer, attendee) = (agreed(&mut client, BEN), agreed(&mut client, ANA));
            compared += attendee.len();
            if declined {
                // What was declined is missing here until the organizer asks again; the rest agrees.
                for (key, copy) in &attendee {
                    assert_eq!(Some(copy), organizer.get(key), "seed {seed} step {step}");
                }
            } else {
                assert_eq!(organizer, attendee, "seed {seed} step {step}");
            }
        }
    }
    assert!(compared > 2_000, "compared only {compared} meetings");
}

#[test]
fn only_those_are_mailed_whom_a_change_concerns() {
    let mut client = Client::new();
    let made = invite(
        &mut client,
        BEN,
        &[ANA],
        event("Plan", "2026-10-06T09:00:00", "2026-10-06T10:00:00"),
    );
    let path = format!("/me/events/{}", made["id"].as_str().unwrap());
    let mails = |client: &mut Client, change: Value| {
        client.side.world.mails.clear();
        client.patch(BEN, &path, &change);
        client.pass(5);
        let all = &client.side.world.mails;
        all.iter()
            .map(|mail| format!("{} {}", mail.kind, mail.to))
            .collect::<Vec<_>>()
    };
    assert!(
        mails(
            &mut client,
            json!({"categories": ["Focus"], "showAs": "free", "isReminderOn": false})
        )
        .is_empty()
    );
    let person = |address: &str| json!({"emailAddress": {"address": address}});
    let both = json!({"attendees": [person(ANA), person("kenji@contoso.com")]});
    assert_eq!(mails(&mut client, both), ["invitation kenji@contoso.com"]);
    let one = json!({"attendees": [person("kenji@contoso.com")]});
    assert_eq!(mails(&mut client, one), ["cancellation ana@contoso.com"]);
    assert_eq!(copy(&mut client, ANA)["isCancelled"], true);
    assert_eq!(
        mails(&mut client, json!({"subject": "Plan B"})),
        ["update kenji@contoso.com"]
    );
}

/// Nobody has answered for a new time yet, in the organizer's copy as in theirs.
#[test]
fn a_new_time_forgets_answers_and_proposals() {
    let slot = |from: &str, to: &str| json!({"start": at(from, "Europe/Berlin"), "end": at(to, "Europe/Berlin")});
    let mut client = Client::new();
    let plan = event("Plan", "2026-10-06T09:00:00", "2026-10-06T10:00:00");
    let made = invite(&mut client, BEN, &[ANA], plan);
    let path = format!("/me/events/{}", made["id"].as_str().unwrap());
    let id = copy(&mut client, ANA)["id"].as_str().unwrap().to_owned();
    let proposed = json!({"proposedNewTime": slot("2026-10-07T09:00:00", "2026-10-07T10:00:00")});
    client.post(
        ANA,
        &format!("/me/events/{id}/tentativelyAccept"),
        &proposed,
    );
    client.pass(5);
    // Another name asks nobody again.
    client.patch(BEN, &path, &json!({"subject": "The plan"}));
    let person = client.get(BEN, &path)["attendees"][0].clone();
    assert_eq!(person["status"]["response"], "tentativelyAccepted");
    assert!(person["proposedNewTime"].is_object(), "{person}");
    let moved = slot("2026-10-07T11:00:00", "2026-10-07T12:00:00");
    let person = client.patch(BEN, &path, &moved)["attendees"][0].clone();
    assert_eq!(person["status"]["response"], "none");
    assert!(person["proposedNewTime"].is_null(), "{person}");
    client.pass(5);
    let mine = copy(&mut client, ANA);
    assert_eq!(mine["responseStatus"]["response"], "notResponded");
}
