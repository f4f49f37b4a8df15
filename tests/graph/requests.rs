//! What the client puts on the wire, and what it follows.

use crate::server::{Received, Reply, Server, Tokens, transport};
use futures_util::FutureExt;
use kalends::domain::answer::Reply as Chosen;
use kalends::domain::ids::{CalendarId, EventId};
use kalends::domain::remote::{Ask, FailureKind, Link, PageEnd, Told};
use kalends::graph::{Client, Limits};
use std::sync::Arc;
use tokio::sync::Semaphore;

pub fn view() -> Ask {
    Ask::View {
        calendar: CalendarId::new("cal="),
        from: "2026-09-30T00:00:00Z".parse().unwrap(),
        to: "2027-01-02T00:00:00Z".parse().unwrap(),
    }
}

pub fn round() -> Ask {
    Ask::RoundStart {
        calendar: CalendarId::new("cal="),
        from: "2026-09-30T00:00:00Z".parse().unwrap(),
        to: "2027-01-02T00:00:00Z".parse().unwrap(),
    }
}

pub fn next(link: &str) -> Ask {
    Ask::RoundNext {
        calendar: CalendarId::new("cal="),
        link: Link::new(link),
    }
}

pub fn event() -> Ask {
    Ask::Event {
        calendar: CalendarId::new("cal="),
        event: EventId::new("ev+1="),
    }
}

pub fn respond(reply: Chosen) -> Ask {
    Ask::Respond {
        calendar: CalendarId::new("cal="),
        event: EventId::new("ev+1="),
        reply,
        comment: Some("fine".into()),
        tell_organizer: true,
        proposed: None,
    }
}

/// A full event.
pub fn full(id: &str) -> String {
    format!(
        r#"{{"id":"{id}","@odata.etag":"W/\"{id}\"","type":"singleInstance","subject":"S {id}",
        "start":{{"dateTime":"2026-10-05T07:00:00.0000000","timeZone":"UTC"}},
        "end":{{"dateTime":"2026-10-05T08:00:00.0000000","timeZone":"UTC"}}}}"#
    )
}

fn assert_house_headers(received: &Received) {
    let prefer = received.header("prefer");
    assert!(prefer.contains(r#"IdType="ImmutableId""#), "{prefer}");
    assert!(prefer.contains(r#"outlook.timezone="UTC""#), "{prefer}");
    assert!(
        prefer.contains(r#"outlook.body-content-type="text""#),
        "{prefer}"
    );
    assert_eq!(received.header("authorization"), "Bearer first");
    assert_eq!(received.header("accept"), "application/json");
    let id: uuid::Uuid = received.header("client-request-id").parse().unwrap();
    assert!(!id.is_nil());
}

#[tokio::test]
async fn every_page_of_a_view_carries_the_preferences() {
    let server = Server::start(|received, before| {
        let host = received.header("host").to_owned();
        let link = format!(
            r#","@odata.nextLink":"http://{host}/v1.0/more?$skip={}""#,
            before + 1
        );
        let link = if before < 2 { link } else { String::new() };
        Reply::json(
            200,
            format!(
                r#"{{"value":[{},{}]{link}}}"#,
                full("same"),
                full(&before.to_string())
            ),
        )
    })
    .await;
    let client = server.client();
    let Told::Events(events) = client.perform(view()).await.unwrap() else {
        panic!()
    };
    let ids: Vec<_> = events.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(
        ids,
        ["same", "0", "1", "2"],
        "an event on two pages is one event"
    );
    let received = server.received();
    assert_eq!(received.len(), 3);
    received.iter().for_each(assert_house_headers);
    let first = &received[0].target;
    assert!(first.starts_with(
        "/v1.0/me/calendars/cal=/calendarView?startDateTime=2026-09-30T00:00:00Z&endDateTime=2027-01-02T00:00:00Z&$top=250&$orderby=start/dateTime&$select=id,"
    ), "{first}");
    for field in [
        "isOnlineMeeting,",
        "onlineMeeting,",
        "iCalUId",
        "bodyPreview,",
        "recurrence,",
    ] {
        assert!(first.contains(field), "{field}");
    }
    assert!(
        !first.contains("createdDateTime"),
        "a view cannot be asked for it"
    );
    assert_eq!(received[2].target, "/v1.0/more?$skip=2");
    assert_eq!(client.traffic().requests, 3);
    assert!(client.traffic().bytes_received > 100);
}

#[tokio::test]
async fn a_round_starts_plainly_and_goes_on_verbatim() {
    let server = Server::start(|received, _| {
        let host = received.header("host");
        let (key, token) = match received.target.contains("skiptoken") {
            false => ("nextLink", "$skiptoken=aB-_%2B"),
            true => ("deltaLink", "$deltatoken=z"),
        };
        Reply::json(200, format!(
            r#"{{"value":[{}],"@odata.{key}":"http://{host}/v1.0/me/calendarView/delta?{token}"}}"#,
            full("a")
        ))
    })
    .await;
    let client = server.client();
    let Told::Page(page) = client.perform(round()).await.unwrap() else {
        panic!()
    };
    let PageEnd::Next(link) = page.end else {
        panic!()
    };
    let Told::Page(page) = client.perform(next(link.as_str())).await.unwrap() else {
        panic!()
    };
    assert!(matches!(page.end, PageEnd::Delta(_)));
    let received = server.received();
    assert_eq!(
        received[0].target,
        "/v1.0/me/calendars/cal=/calendarView/delta?startDateTime=2026-09-30T00:00:00Z&endDateTime=2027-01-02T00:00:00Z"
    );
    assert_eq!(
        received[1].target,
        "/v1.0/me/calendarView/delta?$skiptoken=aB-_%2B"
    );
    for received in &received {
        assert_house_headers(received);
        assert!(received.header("prefer").contains("odata.maxpagesize=150"));
    }
}

#[tokio::test]
async fn an_answer_is_posted_to_the_event() {
    let server = Server::start(|_, _| Reply::bare(202)).await;
    let client = server.client();
    for (reply, action) in [
        (Chosen::Accept, "accept"),
        (Chosen::Tentative, "tentativelyAccept"),
        (Chosen::Decline, "decline"),
    ] {
        assert_eq!(client.perform(respond(reply)).await, Ok(Told::Accepted));
        let sent = server.received().pop().unwrap();
        assert_eq!(sent.method, "POST");
        assert_eq!(sent.target, format!("/v1.0/me/events/ev%2B1=/{action}"));
        assert_eq!(sent.header("content-type"), "application/json");
        assert_eq!(
            sent.json(),
            serde_json::json!({"Comment": "fine", "SendResponse": true})
        );
        assert_house_headers(&sent);
    }
}

/// Graph: list calendarView does not let it be selected; a single event does.
#[tokio::test]
async fn when_an_invitation_came_is_asked_of_single_events() {
    let server = Server::start(|_, _| Reply::json(200, full("x"))).await;
    let (calendar, event) = (CalendarId::new("c"), EventId::new("e"));
    let notes = Ask::EventWithNotes { calendar, event };
    for ask in [self::event(), notes] {
        server.client().perform(ask).await.unwrap();
    }
    let received = server.received();
    assert_eq!(received.len(), 2);
    for request in received {
        let target = request.target;
        assert!(target.contains(",createdDateTime"), "{target}");
        assert!(target.contains(",responseStatus,"), "{target}");
    }
}

#[tokio::test]
async fn a_body_is_asked_for_alone_and_as_text() {
    let server = Server::start(|_, _| {
        Reply::json(
            200,
            r#"{"id":"x","body":{"contentType":"text","content":"Hello \ud83d there"}}"#,
        )
    })
    .await;
    let ask = Ask::Body {
        calendar: CalendarId::new("c"),
        event: EventId::new("e"),
    };
    let Told::Body(body) = server.client().perform(ask).await.unwrap() else {
        panic!()
    };
    assert_eq!(body.raw(), "Hello \u{fffd} there");
    assert_eq!(
        server.received()[0].target,
        "/v1.0/me/calendars/c/events/e?$select=body"
    );
}

#[tokio::test]
async fn a_foreign_host_is_not_contacted() {
    let stranger = Server::start(|_, _| Reply::json(200, r#"{"value":[]}"#)).await;
    let lure = stranger.base.clone();
    let server = Server::start(move |_, _| {
        Reply::json(
            200,
            format!(r#"{{"value":[],"@odata.nextLink":"{lure}/me/calendarView/delta"}}"#),
        )
    })
    .await;
    let client = server.client();
    let failure = client.perform(view()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::ForeignLink);
    let Told::Page(page) = client.perform(round()).await.unwrap() else {
        panic!()
    };
    let PageEnd::Next(link) = page.end else {
        panic!("a foreign link is kept as it is")
    };
    let failure = client.perform(next(link.as_str())).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::ForeignLink);
    let results = client
        .perform_batch(vec![next(link.as_str()), round()])
        .await;
    assert_eq!(
        results[0].as_ref().unwrap_err().kind,
        FailureKind::ForeignLink
    );
    assert!(results[1].is_ok(), "the other ask goes on");
    assert!(stranger.received().is_empty());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let stranger = Server::start(|_, _| Reply::json(200, full("x"))).await;
    let lure = stranger.base.to_string();
    let server = Server::start(move |_, _| Reply::bare(302).with("Location", &lure)).await;
    let failure = server.client().perform(event()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Offline);
    let failure = server
        .client()
        .perform(respond(Chosen::Accept))
        .await
        .unwrap_err();
    assert_eq!(
        failure.kind,
        FailureKind::Unknown,
        "a write's outcome is not guessed"
    );
    assert!(stranger.received().is_empty());
}

#[tokio::test]
async fn a_transport_that_follows_redirects_is_noticed() {
    let server = Server::start(|received, before| match before {
        0 => Reply::bare(302).with(
            "Location",
            &format!("http://{}/elsewhere", received.header("host")),
        ),
        _ => Reply::json(200, full("x")),
    })
    .await;
    let careless = reqwest::Client::builder().no_proxy().build().unwrap();
    let client = Client::new(careless, server.base.clone(), Arc::new(Tokens::default())).unwrap();
    let failure = client.perform(event()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::ForeignLink);
}

#[tokio::test]
async fn endless_lists_are_stopped() {
    let rotating = Server::start(|received, before| {
        let host = received.header("host");
        Reply::json(
            200,
            format!(r#"{{"value":[],"@odata.nextLink":"http://{host}/v1.0/x?$skip={before}"}}"#),
        )
    })
    .await;
    let limits = Limits {
        pages: 7,
        ..Limits::default()
    };
    let client = rotating.client_with(Arc::new(Tokens::default()), limits);
    assert_eq!(
        client.perform(view()).await.unwrap_err().kind,
        FailureKind::Unknown
    );
    assert_eq!(rotating.received().len(), 7);

    let circling = Server::start(|received, before| {
        let host = received.header("host");
        Reply::json(
            200,
            format!(
                r#"{{"value":[],"@odata.nextLink":"http://{host}/v1.0/x?$skip={}"}}"#,
                before % 2
            ),
        )
    })
    .await;
    assert_eq!(
        circling.client().perform(view()).await.unwrap_err().kind,
        FailureKind::Unknown
    );
    assert_eq!(
        circling.received().len(),
        3,
        "a repeated link is not asked again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn at_most_four_are_in_flight() {
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    let server = Server::start_waiting(move |_, _| {
        let held = held.clone();
        async move {
            held.acquire().await.unwrap().forget();
            Reply::json(200, full("x"))
        }
        .boxed()
    })
    .await;
    let client = server.client();
    let asks: Vec<_> = (0..11)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.perform(event()).await })
        })
        .collect();
    while server.in_flight() < 4 {
        tokio::task::yield_now().await;
    }
    // Time enough for a fifth to arrive, were it ever sent.
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert_eq!(server.in_flight(), 4);
    gate.add_permits(11);
    for ask in asks {
        assert!(ask.await.unwrap().is_ok());
    }
    assert_eq!(server.peak(), 4);
}

#[test]
fn only_safe_addresses_make_a_client() {
    let make = |text: &str| {
        Client::new(
            transport(),
            text.parse().unwrap(),
            Arc::new(Tokens::default()),
        )
        .map(|_| ())
    };
    assert!(make("https://graph.microsoft.com/v1.0").is_ok());
    assert!(make("http://localhost:1/v1.0/").is_ok());
    for unsafe_address in [
        "http://graph.microsoft.com/v1.0",
        "ftp://localhost/",
        "https://user@graph.microsoft.com/v1.0",
        "https://graph.microsoft.com/v1.0?x=1",
    ] {
        assert!(make(unsafe_address).is_err(), "{unsafe_address}");
    }
}

/// Everything about a followed calendar happens in its owner's mailbox.
#[tokio::test]
async fn what_is_asked_of_a_followed_calendar_goes_to_its_owner() {
    let server = Server::start(|received, _| match received.method.as_str() {
        "GET" if received.target.contains("/calendarView") => Reply::json(
            200,
            r#"{"value":[],"@odata.deltaLink":"http://elsewhere.example/x"}"#,
        ),
        "GET" | "PATCH" => Reply::json(200, full("ev+1=")),
        _ => Reply::bare(202),
    })
    .await;
    let client = server.client();
    let calendar = || CalendarId::of_mailbox("dora@contoso.com", "cal=");
    let event = || EventId::new("ev+1=");
    let (from, to) = (
        "2026-09-30T00:00:00Z".parse().unwrap(),
        "2027-01-02T00:00:00Z".parse().unwrap(),
    );
    let asks = [
        (
            Ask::View {
                calendar: calendar(),
                from,
                to,
            },
            "GET /calendars/cal=/calendarView",
        ),
        (
            Ask::RoundStart {
                calendar: calendar(),
                from,
                to,
            },
            "GET /calendars/cal=/calendarView/delta",
        ),
        (
            Ask::Event {
                calendar: calendar(),
                event: event(),
            },
            "GET /calendars/cal=/events/ev%2B1=",
        ),
        (
            Ask::Respond {
                calendar: calendar(),
                event: event(),
                reply: Chosen::Accept,
                comment: None,
                tell_organizer: true,
                proposed: None,
            },
            "POST /events/ev%2B1=/accept",
        ),
        (
            Ask::Change {
                calendar: calendar(),
                event: event(),
                etag: "W/1".into(),
                values: vec![kalends::domain::edit::Value::Subject("S".into())],
            },
            "PATCH /calendars/cal=/events/ev%2B1=",
        ),
        (
            Ask::Delete {
                calendar: calendar(),
                event: event(),
            },
            "DELETE /calendars/cal=/events/ev%2B1=",
        ),
        (
            Ask::Errand(kalends::domain::errand::Errand::Files {
                calendar: calendar(),
                event: event(),
            }),
            "GET /calendars/cal=/events/ev%2B1=/attachments",
        ),
    ];
    for (ask, expected) in asks {
        let told = client.perform(ask).await;
        let asked = server.received().pop().unwrap();
        let path = asked.target.split('?').next().unwrap();
        let path = path.strip_prefix("/v1.0/users/dora%40contoso.com").unwrap();
        assert_eq!(format!("{} {path}", asked.method), expected);
        if let Ok(Told::Event(event)) = told {
            assert_eq!(
                event.calendar,
                calendar(),
                "events stay in their own space of ids"
            );
        }
    }
    // A link of hers is followed as it came, and nowhere else.
    let link = Link::new("http://elsewhere.example/v1.0/users/x/calendarView/delta?$deltatoken=1");
    let ask = Ask::RoundNext {
        calendar: calendar(),
        link,
    };
    let failure = client.perform(ask).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::ForeignLink);
}
