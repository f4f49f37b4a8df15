//! `$batch`: order, loss, inner failures, and the mailbox lists that travel in one.

use crate::requests::{event, full, next, respond, round, view};
use crate::server::{Received, Reply, Server};
use kalends::domain::answer::Reply as Chosen;
use kalends::domain::ids::{CalendarId, EventId};
use kalends::domain::remote::{Ask, Failure, FailureKind, Told};
use serde_json::{Value, json};

fn event_of(id: &str) -> Ask {
    Ask::Event {
        calendar: CalendarId::new("c"),
        event: EventId::new(id),
    }
}

fn items(received: &Received) -> Vec<Value> {
    received.json()["requests"].as_array().unwrap().clone()
}

/// Answers each item of a batch with an event that has the id asked for.
fn echo(item: &Value) -> Value {
    let url = item["url"].as_str().unwrap();
    let id = url.split('?').next().unwrap().rsplit('/').next().unwrap();
    let body: Value = serde_json::from_str(&full(id)).unwrap();
    json!({"id": item["id"], "status": 200, "headers": {"Content-Type": "application/json"}, "body": body})
}

fn ids(results: &[Result<Told, Failure>]) -> Vec<String> {
    results
        .iter()
        .map(|result| match result {
            Ok(Told::Event(event)) => event.id.as_str().to_owned(),
            Ok(other) => panic!("{other:?}"),
            Err(failure) => format!("{:?}", failure.kind),
        })
        .collect()
}

#[tokio::test]
async fn replies_find_their_asks_in_any_order() {
    let server = Server::start(|received, _| {
        if received.method == "GET" {
            let id = received
                .target
                .split('?')
                .next()
                .unwrap()
                .rsplit('/')
                .next()
                .unwrap();
            return Reply::json(200, full(id));
        }
        let mut replies: Vec<Value> = items(received).iter().map(echo).collect();
        replies.reverse();
        replies.push(json!({"id": "99", "status": 200, "body": {}}));
        replies.push(json!({"id": "nonsense", "status": 200}));
        replies.push(Value::Null);
        Reply::json(200, json!({ "responses": replies }).to_string())
    })
    .await;
    let client = server.client();
    let results = client
        .perform_batch((1..=5).map(|n| event_of(&format!("e{n}"))).collect())
        .await;
    assert_eq!(ids(&results), ["e1", "e2", "e3", "e4", "e5"]);
    let received = server.received();
    assert_eq!(received.len(), 2, "four in a batch, the fifth alone");
    assert_eq!(client.traffic().counted, 5);
    let batch = received
        .iter()
        .find(|received| received.method == "POST")
        .unwrap();
    assert_eq!(batch.target, "/v1.0/$batch");
    assert_eq!(batch.header("content-type"), "application/json");
    for item in items(batch) {
        let prefer = item["headers"]["Prefer"].as_str().unwrap();
        assert!(prefer.contains("ImmutableId") && prefer.contains("outlook.timezone"));
        let _: uuid::Uuid = item["headers"]["client-request-id"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        assert_eq!(item["method"], "GET");
        assert!(
            item["url"]
                .as_str()
                .unwrap()
                .starts_with("/me/calendars/c/events/e")
        );
    }
}

#[tokio::test]
async fn each_item_fails_by_itself() {
    let server = Server::start(|received, _| {
        let items = items(received);
        let throttled = json!({"id": items[1]["id"], "status": "429", "headers": {"Retry-After": 2.5},
            "body": {"error": {"code": "ApplicationThrottled", "message": "slow down"}}});
        let page = json!({"id": items[3]["id"], "status": 200, "headers": {"Content-Type": "text/html"}, "body": "<html>"});
        Reply::json(200, json!({"responses": [page, throttled, echo(&items[0])]}).to_string())
    })
    .await;
    let client = server.client();
    let results = client
        .perform_batch((1..=4).map(|n| event_of(&format!("e{n}"))).collect())
        .await;
    assert_eq!(ids(&results), ["e1", "Throttled", "Unknown", "Offline"]);
    let throttled = results[1].as_ref().unwrap_err();
    assert_eq!(throttled.retry_after_ms, Some(2_500));
    assert_eq!(client.traffic().throttled, 1);
    let missing = results[2].as_ref().unwrap_err();
    assert!(
        missing.words.contains("without the answer"),
        "{}",
        missing.words
    );
}

#[tokio::test]
async fn a_failed_batch_fails_every_item() {
    let server = Server::start(|_, _| Reply::bare(503).with("Retry-After", "3")).await;
    let results = server.client().perform_batch(vec![event(), event()]).await;
    for result in results {
        let failure = result.unwrap_err();
        assert_eq!(
            (failure.kind, failure.retry_after_ms),
            (FailureKind::Unknown, Some(3_000))
        );
    }
    let garbled = Server::start(|_, _| Reply::json(200, r#"{"responses":[{"id":"#)).await;
    let results = garbled.client().perform_batch(vec![event(), event()]).await;
    assert_eq!(ids(&results), ["Unknown", "Unknown"]);
}

#[tokio::test]
async fn an_inner_401_is_renewed_once_for_what_was_refused() {
    let server = Server::start(|received, _| {
        let is_new = received.header("authorization") == "Bearer second";
        let replies: Vec<Value> = items(received)
            .iter()
            .map(|item| match is_new || item["url"].as_str().unwrap().contains("e1") {
                true => echo(item),
                false => json!({"id": item["id"], "status": 401, "body": {"error": {"code": "InvalidAuthenticationToken"}}}),
            })
            .collect();
        Reply::json(200, json!({ "responses": replies }).to_string())
    })
    .await;
    let results = server
        .client()
        .perform_batch(vec![event_of("e1"), event_of("e2"), event_of("e3")])
        .await;
    assert_eq!(ids(&results), ["e1", "e2", "e3"]);
    let received = server.received();
    assert_eq!(received.len(), 2);
    assert_eq!(
        items(&received[1]).len(),
        2,
        "only what was refused is asked again"
    );
}

#[tokio::test]
async fn links_travel_without_host_and_version() {
    let server = Server::start(|received, _| {
        let replies: Vec<Value> = items(received)
            .iter()
            .map(|item| json!({"id": item["id"], "status": 200, "body": {"value": [], "@odata.deltaLink": "http://127.0.0.1/x"}}))
            .collect();
        Reply::json(200, json!({ "responses": replies }).to_string())
    })
    .await;
    let link = format!("{}/me/calendarView/delta?$deltatoken=aB%2B", server.base);
    let results = server
        .client()
        .perform_batch(vec![next(&link), round(), view()])
        .await;
    assert!(matches!(results[0], Ok(Told::Page(_))) && matches!(results[1], Ok(Told::Page(_))));
    assert_eq!(results[2], Ok(Told::Events(Vec::new())));
    let sent = items(&server.received()[0]);
    assert_eq!(sent[0]["url"], "/me/calendarView/delta?$deltatoken=aB%2B");
    assert!(
        sent[0]["headers"]["Prefer"]
            .as_str()
            .unwrap()
            .contains("maxpagesize")
    );
}

#[tokio::test]
async fn writes_do_not_travel_in_batches() {
    let server = Server::start(|received, _| match received.target.ends_with("accept") {
        true => Reply::bare(202),
        false => Reply::json(200, full("e")),
    })
    .await;
    let results = server
        .client()
        .perform_batch(vec![respond(Chosen::Accept), event()])
        .await;
    assert_eq!(results[0], Ok(Told::Accepted));
    assert!(matches!(results[1], Ok(Told::Event(_))));
    assert!(
        server
            .received()
            .iter()
            .all(|received| !received.target.contains("batch"))
    );
}

#[tokio::test]
async fn the_mailbox_is_one_batch_and_lives_without_settings() {
    let server = Server::start(|received, _| {
        if received.method == "GET" {
            let second = json!({"value": [{"id": "two", "name": "Team", "canEdit": false}]});
            return Reply::json(200, second.to_string());
        }
        let items = items(received);
        let urls: Vec<_> = items.iter().map(|item| item["url"].as_str().unwrap()).collect();
        assert_eq!(urls[1..], ["/me/calendars?$top=100", "/me/mailboxSettings", "/me/outlook/masterCategories"]);
        let denied = json!({"error": {"code": "ErrorAccessDenied", "message": "Access is denied."}});
        let more = format!("http://{}/v1.0/me/calendars?$skip=1", received.header("host"));
        Reply::json(200, json!({"responses": [
            {"id": "4", "status": 403, "body": denied},
            {"id": "3", "status": 403, "body": denied},
            {"id": "2", "status": 200, "body": {"value": [
                {"id": "one", "name": "Calendar", "color": "lightBlue", "hexColor": "#aabbCC", "canEdit": true,
                 "isDefaultCalendar": true, "owner": {"name": "Ann", "address": "ann@example.com"}},
                {"name": "without an id"}],
                "@odata.nextLink": more}},
            {"id": "1", "status": 200, "body": {"displayName": "Ann", "mail": null, "userPrincipalName": "ann@example.com"}},
        ]}).to_string())
    })
    .await;
    let client = server.client();
    let Told::Mailbox(mailbox) = client.perform(mailbox()).await.unwrap() else {
        panic!()
    };
    assert_eq!(mailbox.me.address.raw(), "ann@example.com");
    let ids: Vec<_> = mailbox
        .calendars
        .iter()
        .map(|calendar| calendar.id.as_str())
        .collect();
    assert_eq!(ids, ["one", "two"]);
    assert_eq!(mailbox.calendars[0].hex_color.as_deref(), Some("#aabbCC"));
    assert_eq!(mailbox.calendars[1].color, "auto");
    assert_eq!((mailbox.settings, mailbox.categories), (None, None));
    assert_eq!(client.traffic().skipped, 1);
}

#[tokio::test]
async fn a_mailbox_without_its_calendars_is_a_failure() {
    let server = Server::start(|received, _| {
        let replies: Vec<Value> = items(received)
            .iter()
            .map(|item| json!({"id": item["id"], "status": 503}))
            .collect();
        Reply::json(200, json!({ "responses": replies }).to_string())
    })
    .await;
    let failure = server.client().perform(mailbox()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unknown);
}

/// Each of them is asked for in its owner's mailbox, and fails or not by itself.
#[tokio::test]
async fn followed_calendars_come_with_the_mailbox_each_by_itself() {
    let server = Server::start(|received, _| {
        let of = |item: &Value| {
            let url = item["url"].as_str().unwrap();
            let body = match url {
                "/users/gone%40example.com/calendar" => {
                    let body = json!({"error": {"code": "ErrorAccessDenied", "message": "no"}});
                    return json!({"id": item["id"], "status": 403, "body": body});
                }
                "/users/o%27dora%2Bx%40example.com/calendar" => json!({
                    "id": "AAk=", "name": "Calendar", "color": "lightRed", "hexColor": "#ff0000",
                    "canEdit": true, "isDefaultCalendar": true,
                    "owner": {"name": "Dora", "address": "o'dora+x@example.com"},
                }),
                "/users/odd%40example.com/calendar" => json!({"id": "a b", "name": "Calendar"}),
                "/users/mail%40example.com/calendar" => {
                    let body = json!({"error": {"code": "Request_ResourceNotFound", "message": "no such resource"}});
                    return json!({"id": item["id"], "status": 404, "body": body});
                }
                url if url.starts_with("/me?") => json!({"userPrincipalName": "ann@example.com"}),
                _ => json!({"value": []}),
            };
            json!({"id": item["id"], "status": 200, "body": body})
        };
        let replies: Vec<Value> = items(received).iter().map(of).collect();
        Reply::json(200, json!({ "responses": replies }).to_string())
    })
    .await;
    let addresses = [
        "gone@example.com",
        "o'dora+x@example.com",
        "odd@example.com",
        "mail@example.com",
    ];
    let ask = Ask::Mailbox {
        followed: addresses.map(str::to_owned).to_vec(),
    };
    let Told::Mailbox(mailbox) = server.client().perform(ask).await.unwrap() else {
        panic!()
    };
    let [gone, dora, odd, mail] = &mailbox.followed[..] else {
        panic!("{:?}", mailbox.followed)
    };
    assert_eq!(
        gone.calendar.as_ref().unwrap_err().kind,
        FailureKind::Forbidden
    );
    let calendar = dora.calendar.as_ref().unwrap();
    assert_eq!(calendar.id.mailbox(), Some("o'dora+x@example.com"));
    assert_eq!(calendar.id.graph_id(), "AAk=");
    assert_eq!((calendar.name.raw(), calendar.is_default), ("Dora", false));
    assert_eq!(
        (calendar.color.as_str(), calendar.hex_color.as_deref()),
        ("auto", None)
    );
    // A mail address that is no sign-in name says nothing about what is shared.
    let mail = mail.calendar.as_ref().unwrap_err();
    assert_eq!(mail.kind, FailureKind::Refused);
    assert!(mail.words.contains("try their sign-in name"), "{mail:?}");
    // An id that could be taken for one of a followed calendar is none.
    assert!(odd.calendar.is_err());
    let asked: Vec<usize> = server
        .received()
        .iter()
        .map(|one| items(one).len())
        .collect();
    assert_eq!(asked, [4, 4]);
}

fn mailbox() -> Ask {
    Ask::Mailbox {
        followed: Vec::new(),
    }
}

/// Who is told to wait asks nothing more meanwhile: what was not asked has the same reason.
#[tokio::test]
async fn followed_calendars_behind_one_that_was_told_to_wait_are_not_asked_for() {
    let server = Server::start(|received, _| {
        let of = |item: &Value| {
            let url = item["url"].as_str().unwrap();
            if url.starts_with("/users/p2%40") {
                let body = json!({"error": {"code": "ApplicationThrottled", "message": "slow down"}});
                return json!({"id": item["id"], "status": 429, "headers": {"Retry-After": "120"}, "body": body});
            }
            let body = match url {
                url if url.starts_with("/me?") => json!({"userPrincipalName": "ann@example.com"}),
                url if url.starts_with("/users/") => json!({"id": "AAk=", "name": "Calendar"}),
                _ => json!({"value": []}),
            };
            json!({"id": item["id"], "status": 200, "body": body})
        };
        let replies: Vec<Value> = items(received).iter().map(of).collect();
        Reply::json(200, json!({ "responses": replies }).to_string())
    })
    .await;
    let ask = Ask::Mailbox {
        followed: (0..24).map(|n| format!("p{n}@example.com")).collect(),
    };
    let Told::Mailbox(mailbox) = server.client().perform(ask).await.unwrap() else {
        panic!()
    };
    let asked: Vec<usize> = server
        .received()
        .iter()
        .map(|one| items(one).len())
        .collect();
    assert_eq!(asked, [4, 4]);
    assert_eq!(mailbox.followed.len(), 24);
    for (at, one) in mailbox.followed.iter().enumerate() {
        assert_eq!(one.address, format!("p{at}@example.com"));
        match &one.calendar {
            Ok(_) => assert!([0, 1, 3].contains(&at), "{at}"),
            Err(failure) => assert_eq!(
                (failure.kind, failure.retry_after_ms),
                (FailureKind::Throttled, Some(120_000))
            ),
        }
    }
}
