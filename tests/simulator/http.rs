//! The server itself: tokens, concurrency, transport faults, control calls.

use std::sync::Arc;
use std::time::Duration;

use kalends::simulator::clock::Clock;
use kalends::simulator::faults::{Fault, Rule};
use kalends::simulator::server::{Config, Running, Server, StaticTokens};
use serde_json::{Value, json};

use crate::common::{Client, now};

async fn start(latency_ms: u64) -> Running {
    let judge = StaticTokens::default()
        .with("good", "ana@contoso.com", &StaticTokens::ALL_SCOPES)
        .with("narrow", "ana@contoso.com", &["Calendars.Read"]);
    let mut config = Config::new(Arc::new(judge), Clock::manual(now()));
    config.latency_ms = latency_ms;
    Server::start(Client::new().side, config).await.unwrap()
}

fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap()
}

#[tokio::test]
async fn tokens_and_scopes_are_judged() {
    let running = start(0).await;
    let url = format!("{}/me/calendars", running.graph_url);
    let denied = http().get(&url).send().await.unwrap();
    assert_eq!(denied.status(), 401);
    assert!(denied.headers().contains_key("www-authenticate"));
    let answer = http().get(&url).bearer_auth("good").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["value"][0]["isDefaultCalendar"], true);
    let write = http()
        .post(format!("{}/me/events", running.graph_url))
        .bearer_auth("narrow")
        .json(&json!({}))
        .send()
        .await
        .unwrap();
    assert_eq!(write.status(), 403);
    let settings = http()
        .get(format!("{}/me/mailboxSettings", running.graph_url))
        .bearer_auth("narrow")
        .send()
        .await
        .unwrap();
    assert_eq!(settings.status(), 403);
}

#[tokio::test]
async fn the_fifth_call_in_flight_is_throttled() {
    let running = start(200).await;
    let url = format!("{}/me", running.graph_url);
    let client = http();
    let calls = (0..6).map(|_| client.get(&url).bearer_auth("good").send());
    let answers = futures_util::future::join_all(calls).await;
    let throttled: Vec<_> = answers
        .into_iter()
        .map(Result::unwrap)
        .filter(|answer| answer.status() == 429)
        .collect();
    assert_eq!(throttled.len(), 2);
    assert!(throttled[0].headers().contains_key("retry-after"));
}

#[tokio::test]
async fn connections_break_and_bodies_drip_on_demand() {
    let running = start(0).await;
    let url = format!("{}/me/calendars", running.graph_url);
    running.side().faults.add(Rule::nth(
        "/me/calendars",
        1,
        Fault::ResetBefore { is_after: false },
    ));
    assert!(http().get(&url).bearer_auth("good").send().await.is_err());
    running
        .side()
        .faults
        .add(Rule::nth("/me/calendars", 1, Fault::ResetMid { bytes: 10 }));
    let answer = http().get(&url).bearer_auth("good").send().await.unwrap();
    assert!(answer.bytes().await.is_err());
    running.side().faults.add(Rule::nth(
        "/me/calendars",
        1,
        Fault::LongLength { bytes: 5 },
    ));
    let answer = http().get(&url).bearer_auth("good").send().await.unwrap();
    assert!(answer.bytes().await.is_err());
    running.side().faults.add(Rule::nth(
        "/me/calendars",
        1,
        Fault::Drip {
            piece: 100,
            pause_ms: 1,
        },
    ));
    let answer = http().get(&url).bearer_auth("good").send().await.unwrap();
    assert!(answer.json::<Value>().await.is_ok());
    running
        .side()
        .faults
        .add(Rule::nth("/me/calendars", 1, Fault::ProxyPage));
    let answer = http().get(&url).bearer_auth("good").send().await.unwrap();
    assert!(answer.text().await.unwrap().starts_with("<!DOCTYPE"));
}

#[tokio::test]
async fn a_batch_is_answered_item_by_item() {
    let running = start(0).await;
    let requests = json!({"requests": [
        {"id": "1", "method": "GET", "url": "/me/calendars"},
        {"id": "2", "method": "GET", "url": "me/events/nonsense", "dependsOn": ["1"]},
        {"id": "3", "method": "GET", "url": "/me", "dependsOn": ["2"]},
    ]});
    let answer = http()
        .post(format!("{}/$batch", running.graph_url))
        .bearer_auth("good")
        .json(&requests)
        .send()
        .await
        .unwrap();
    let body: Value = answer.json().await.unwrap();
    let status = |id: &str| {
        let rows = body["responses"].as_array().unwrap();
        rows.iter().find(|row| row["id"] == id).unwrap()["status"]
            .as_u64()
            .unwrap()
    };
    assert_eq!((status("1"), status("2"), status("3")), (200, 400, 424));
}

#[tokio::test]
async fn tests_drive_the_world_through_the_control_side() {
    let running = start(0).await;
    let control = |path: &str| format!("{}/simulator/{path}", running.origin);
    let invite = json!({"do": "add", "by": "ben@contoso.com", "event": {
        "subject": "Plan", "start": "2026-10-06T09:00", "attendees": ["ana@contoso.com"],
    }});
    let answer = http()
        .post(control("actions"))
        .json(&invite)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    http()
        .post(control("clock"))
        .json(&json!({"advanceMs": 60_000}))
        .send()
        .await
        .unwrap();
    let mails: Value = http()
        .get(control("mails"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(mails["value"][0]["kind"], "invitation");
    let fault = json!({"path": "/calendarView", "nth": 1, "fault": {"kind": "status", "status": 429, "retryAfter": "2.128"}});
    http()
        .post(control("faults"))
        .json(&fault)
        .send()
        .await
        .unwrap();
    let url = format!(
        "{}/me/calendarView?startDateTime=2026-10-05T00:00:00Z&endDateTime=2026-10-12T00:00:00Z",
        running.graph_url
    );
    let answer = http().get(&url).bearer_auth("good").send().await.unwrap();
    assert_eq!(
        (
            answer.status().as_u16(),
            answer.headers()["retry-after"].to_str().unwrap()
        ),
        (429, "2.128")
    );
    let body: Value = http()
        .get(&url)
        .bearer_auth("good")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(body["value"][0]["subject"], "Plan");
    let refused = http()
        .post(control("actions"))
        .json(&json!({"do": "dance"}))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 400);
}

/// A subscriber that echoes validation tokens and keeps what it is told.
async fn subscriber() -> (String, Arc<std::sync::Mutex<Vec<Value>>>) {
    use axum::extract::{Query, State};
    type Kept = Arc<std::sync::Mutex<Vec<Value>>>;
    async fn hook(
        State(kept): State<Kept>,
        Query(query): Query<std::collections::HashMap<String, String>>,
        body: String,
    ) -> String {
        if let Some(token) = query.get("validationToken") {
            return token.clone();
        }
        kept.lock()
            .unwrap()
            .push(serde_json::from_str(&body).unwrap());
        String::new()
    }
    let kept: Kept = Arc::default();
    let router = axum::Router::new()
        .route("/hook", axum::routing::post(hook))
        .with_state(Arc::clone(&kept));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, kept)
}

#[tokio::test]
async fn subscribers_are_validated_and_told() {
    let running = start(0).await;
    let (url, kept) = subscriber().await;
    let subscribe = |target: String| {
        let body = json!({
            "changeType": "created,updated,deleted", "notificationUrl": target, "resource": "me/events",
            "expirationDateTime": "2026-10-06T00:00:00Z", "clientState": "secret",
        });
        http()
            .post(format!("{}/subscriptions", running.graph_url))
            .bearer_auth("good")
            .json(&body)
            .send()
    };
    let dead = subscribe("http://127.0.0.1:9/nobody".to_owned())
        .await
        .unwrap();
    assert_eq!(dead.status(), 400);
    assert_eq!(
        dead.json::<Value>().await.unwrap()["error"]["code"],
        "ValidationError"
    );
    let foreign = subscribe("https://example.com/hook".to_owned())
        .await
        .unwrap();
    assert_eq!(foreign.status(), 400);
    let made = subscribe(url).await.unwrap();
    assert_eq!(made.status(), 201);
    let event = crate::common::event("New", "2026-10-06T09:00:00", "2026-10-06T10:00:00");
    http()
        .post(format!("{}/me/events", running.graph_url))
        .bearer_auth("good")
        .json(&event)
        .send()
        .await
        .unwrap();
    let told = async {
        while kept.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), told)
        .await
        .unwrap();
    let note = kept.lock().unwrap()[0]["value"][0].clone();
    assert_eq!(
        (&note["changeType"], &note["clientState"]),
        (&json!("created"), &json!("secret"))
    );
    assert!(note["resource"].as_str().unwrap().starts_with("Users/"));
}

#[tokio::test]
async fn a_started_simulator_says_where_it_is() {
    use kalends::simulator::start::{IdentityParts, SimulateOptions, start};
    let options = SimulateOptions {
        demo: true,
        now: Some("2026-10-05T08:00:00Z".into()),
        ..SimulateOptions::default()
    };
    let identity =
        |_: &str, people: &[kalends::simulator::start::SignIn], _: &Clock| IdentityParts {
            router: axum::Router::new(),
            judge: Arc::new(StaticTokens::default().with(
                "good",
                &people[0].user_principal_name,
                &StaticTokens::ALL_SCOPES,
            )),
            client_id: "client".into(),
            tenant: "contoso".into(),
        };
    let started = start(&options, identity).await.unwrap();
    assert_eq!(started.ready.accounts[0], "ana@contoso.com");
    let url = format!("{}/me/calendars", started.ready.graph);
    let body: Value = http()
        .get(url)
        .bearer_auth("good")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(body["value"].as_array().unwrap().len(), 4);
    let public = SimulateOptions {
        listen: "0.0.0.0:0".parse().unwrap(),
        ..SimulateOptions::default()
    };
    let refused = start(&public, identity).await.err().unwrap().to_string();
    assert!(refused.contains("not a loopback address"), "{refused}");
}
