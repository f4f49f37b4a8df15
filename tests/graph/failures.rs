//! What a failure means, from real answers and real broken connections.

use crate::requests::{event, full, next, respond, round, view};
use crate::server::{Renewing, Reply, Server, Tokens, transport};
use jiff::Timestamp;
use kalends::domain::answer::Reply as Chosen;
use kalends::domain::errand::Errand;
use kalends::domain::remote::{Ask, Failure, FailureKind, Told};
use kalends::graph::{Client, Limits};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

async fn failing(ask: Ask, reply: Reply) -> Failure {
    let server = Server::start(move |_, _| reply.clone()).await;
    server.client().perform(ask).await.unwrap_err()
}

fn error(status: u16, code: &str) -> Reply {
    Reply::json(
        status,
        format!(r#"{{"error":{{"code":"{code}","message":"words"}}}}"#),
    )
}

#[tokio::test]
async fn the_code_counts_before_the_status() {
    use FailureKind::*;
    for (status, code, kind) in [
        (400, "ErrorInvalidRequest", Refused),
        (400, "ErrorInvalidIdMalformed", Refused),
        (400, "SyncStateNotFound", ResyncRequired),
        (404, "resyncRequired", ResyncRequired),
        (410, "syncStateInvalid", ResyncRequired),
        (410, "", ResyncRequired),
        (404, "ErrorSyncFolderNotFound", NotFound),
        (404, "ErrorItemNotFound", NotFound),
        (404, "MailboxNotEnabledForRESTAPI", Forbidden),
        (404, "ErrorInvalidUser", Forbidden),
        (404, "Request_ResourceNotFound", Forbidden),
        (403, "ErrorAccessDenied", Forbidden),
        (409, "ErrorIrresolvableConflict", Conflict),
        (412, "ErrorIrresolvableConflict", Conflict),
        (412, "", Conflict),
        (413, "", Refused),
        (429, "ApplicationThrottled", Throttled),
        (429, "SomethingNew", Throttled),
        (503, "ErrorTooManyObjectsOpened", Throttled),
        (500, "ErrorInternalServerTransientError", Unknown),
        (503, "", Unknown),
        (507, "ErrorQuotaExceeded", Refused),
    ] {
        let failure = failing(event(), error(status, code)).await;
        assert_eq!((failure.kind, failure.status), (kind, status), "{code}");
        assert_eq!(
            (failure.code.as_str(), failure.words.as_str()),
            (code, "words")
        );
    }
}

#[tokio::test]
async fn a_stale_link_is_malformed_to_the_service() {
    let server = Server::start(|received, _| match received.target.contains("token") {
        true => error(400, "ErrorInvalidIdMalformed"),
        false => error(400, "BadRequest"),
    })
    .await;
    let link = format!("{}/me/calendarView/delta?$deltatoken=old", server.base);
    let failure = server.client().perform(next(&link)).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::ResyncRequired);
    let failure = server.client().perform(round()).await.unwrap_err();
    assert_eq!(
        failure.kind,
        FailureKind::Refused,
        "a first request has no token"
    );
}

#[tokio::test]
async fn answers_without_an_envelope_are_told_by_their_status() {
    for body in [
        "",
        "null",
        "[]",
        "{}",
        "not json",
        r#"{"error":"text"}"#,
        r#"{"error":{"code":7}}"#,
    ] {
        let failure = failing(event(), Reply::bare(503).body(body)).await;
        assert_eq!(failure.kind, FailureKind::Unknown, "{body}");
        assert!(!failure.words.is_empty());
    }
    for empty in [
        Reply::bare(404),
        Reply::bare(404).with("Content-Type", "text/html"),
    ] {
        let failure = failing(event(), empty).await;
        assert_eq!(failure.kind, FailureKind::NotFound);
    }
}

#[tokio::test]
async fn a_captive_portal_is_being_offline() {
    for status in [200, 302, 403, 404, 511] {
        let failure = failing(event(), Reply::html(status)).await;
        assert_eq!(failure.kind, FailureKind::Offline, "{status}");
        assert!(
            failure.words.contains("network sign-in"),
            "{}",
            failure.words
        );
        let failure = failing(respond(Chosen::Accept), Reply::html(status)).await;
        assert_eq!(
            failure.kind,
            FailureKind::Unknown,
            "a write's outcome is not guessed"
        );
    }
    let mislabelled = Reply::json(200, " <html>sign in</html>");
    assert_eq!(
        failing(round(), mislabelled).await.kind,
        FailureKind::Offline
    );
}

#[tokio::test]
async fn how_long_to_wait_is_passed_on() {
    let throttled = |value: &str| error(429, "TooManyRequests").with("Retry-After", value);
    for (value, wait) in [
        ("10", Some(10_000)),
        ("2.128", Some(2_128)),
        ("1e9", Some(3_600_000)),
        ("soon", None),
    ] {
        let failure = failing(event(), throttled(value)).await;
        assert_eq!(
            (failure.kind, failure.retry_after_ms),
            (FailureKind::Throttled, wait),
            "{value}"
        );
    }
    let dated =
        throttled("Sun, 22 Nov 2026 12:00:30 GMT").with("Date", "Sun, 22 Nov 2026 12:00:00 GMT");
    assert_eq!(failing(event(), dated).await.retry_after_ms, Some(30_000));
    let unavailable = Reply::bare(503).with("Retry-After", "5");
    assert_eq!(
        failing(event(), unavailable).await.retry_after_ms,
        Some(5_000)
    );
}

const CHALLENGE: &str = r#"Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwgInZhbHVlIjoiMTYwNDEwNjY1MSJ9fX0=""#;

#[tokio::test]
async fn a_401_renews_once_with_the_claims() {
    let server = Server::start(|received, _| match received.header("authorization") {
        "Bearer second" => Reply::bare(202),
        _ => error(401, "InvalidAuthenticationToken").with("WWW-Authenticate", CHALLENGE),
    })
    .await;
    let tokens = Arc::new(Tokens::default());
    let client = server.client_with(tokens.clone(), Limits::default());
    assert_eq!(
        client.perform(respond(Chosen::Accept)).await,
        Ok(Told::Accepted)
    );
    let renewals = tokens.renewals.lock().unwrap().clone();
    let claims = r#"{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}"#;
    assert_eq!(renewals, [("first".to_owned(), Some(claims.to_owned()))]);
    assert_eq!(client.traffic().renewals, 1);
}

#[tokio::test]
async fn a_second_401_is_for_the_person() {
    let server = Server::start(|_, _| error(401, "InvalidAuthenticationToken")).await;
    let failure = server.client().perform(event()).await.unwrap_err();
    assert_eq!((failure.kind, failure.status), (FailureKind::SignIn, 401));
    assert_eq!(server.received().len(), 2);
}

/// Graph answers a personal account so when it asks for free/busy: no token would help.
#[tokio::test]
async fn a_second_401_about_others_is_the_accounts_and_no_tokens() {
    let (from, to) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
    let schedules = Ask::Errand(Errand::Schedules {
        addresses: vec!["ben@contoso.com".into()],
        from,
        to,
    });
    let times = Ask::Errand(Errand::MeetingTimes {
        people: Vec::new(),
        minutes: 30,
        from,
        to,
    });
    for code in ["InvalidAuthenticationToken", "UnknownError"] {
        let server = Server::start(move |received, _| match received.method.as_str() {
            "POST" => error(401, code),
            _ => Reply::json(200, full("e")),
        })
        .await;
        let tokens = Arc::new(Renewing::default());
        let client = server.client_with(tokens.clone(), Limits::default());
        for ask in [&schedules, &times, &schedules] {
            let failure = client.perform(ask.clone()).await.unwrap_err();
            assert_eq!(
                (failure.kind, failure.status),
                (FailureKind::Forbidden, 401)
            );
        }
        // Renewed for the first of them only, and the token is as good as before.
        assert_eq!(tokens.count.load(Ordering::SeqCst), 1);
        assert_eq!(*tokens.acquitted.lock().unwrap(), ["token 1"]);
        assert!(client.perform(event()).await.is_ok());
    }
}

/// With a challenge it is about the token, whatever was asked for.
#[tokio::test]
async fn a_challenge_about_others_is_for_the_person() {
    let server = Server::start(|_, _| {
        error(401, "InvalidAuthenticationToken").with("WWW-Authenticate", CHALLENGE)
    })
    .await;
    let schedules = Ask::Errand(Errand::Schedules {
        addresses: vec!["ben@contoso.com".into()],
        from: Timestamp::UNIX_EPOCH,
        to: Timestamp::UNIX_EPOCH,
    });
    let failure = server.client().perform(schedules).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::SignIn);
}

#[tokio::test]
async fn broken_connections_leave_the_outcome_open() {
    let cut = Reply::json(200, r#"{"value":["#).cut_short();
    for ask in [event(), view(), respond(Chosen::Decline)] {
        assert_eq!(
            failing(ask.clone(), cut.clone()).await.kind,
            FailureKind::Unknown
        );
        assert_eq!(
            failing(ask, Reply::reset()).await.kind,
            FailureKind::Unknown
        );
    }
    let truncated = Reply::json(200, r#"{"value":[{"id":"#);
    assert_eq!(failing(round(), truncated).await.kind, FailureKind::Unknown);
}

#[tokio::test]
async fn a_write_is_sent_once_whatever_happens() {
    for reply in [
        Reply::reset(),
        Reply::bare(503),
        Reply::html(200),
        error(429, "TooManyRequests"),
    ] {
        let server = Server::start(move |_, _| reply.clone()).await;
        let _ = server
            .client()
            .perform(respond(Chosen::Accept))
            .await
            .unwrap_err();
        assert_eq!(server.received().len(), 1);
    }
}

#[tokio::test]
async fn silence_ends() {
    let server = Server::start(|_, _| Reply::silence()).await;
    let short = Duration::from_millis(80);
    let limits = Limits {
        read: short,
        write: short,
        ..Limits::default()
    };
    let client = server.client_with(Arc::new(Tokens::default()), limits);
    for ask in [event(), respond(Chosen::Accept)] {
        let failure = client.perform(ask).await.unwrap_err();
        assert_eq!((failure.kind, failure.status), (FailureKind::Unknown, 0));
        assert!(failure.words.contains("in time"), "{}", failure.words);
    }
}

#[tokio::test]
async fn nobody_listening_is_being_offline() {
    let base = "http://127.0.0.1:1/v1.0".parse().unwrap();
    let client = Client::new(transport(), base, Arc::new(Tokens::default())).unwrap();
    for ask in [event(), respond(Chosen::Accept)] {
        let failure = client.perform(ask).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Offline);
        assert!(
            failure.words.contains("could not reach 127.0.0.1"),
            "{}",
            failure.words
        );
    }
}

#[tokio::test]
async fn words_never_quote_a_link() {
    let server = Server::start(|_, _| Reply::reset()).await;
    let link = format!("{}/me/calendarView/delta?$deltatoken=SECRET", server.base);
    let failure = server.client().perform(next(&link)).await.unwrap_err();
    assert!(!format!("{failure:?}").contains("SECRET"));
    let nowhere = "http://127.0.0.1:1/v1.0".parse().unwrap();
    let client = Client::new(transport(), nowhere, Arc::new(Tokens::default())).unwrap();
    let failure = client
        .perform(next("http://127.0.0.1:1/v1.0/x?$deltatoken=SECRET"))
        .await
        .unwrap_err();
    assert!(!format!("{failure:?}").contains("SECRET"));
}

#[tokio::test]
async fn a_flood_is_cut_off() {
    let server = Server::start(|_, _| Reply::json(200, vec![b' '; 300_000])).await;
    let limits = Limits {
        body: 200_000,
        ..Limits::default()
    };
    let client = server.client_with(Arc::new(Tokens::default()), limits);
    let failure = client.perform(round()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unknown);
    assert!(failure.words.contains("more than"), "{}", failure.words);
}

/// Three million spaces, compressed to a thousandth.
const BOMB: &str = "H4sIAAAAAAACA+3BgQAAAADDIJX5Ux7kVQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAC8G7thxH8DGLQA=";

#[tokio::test]
async fn a_small_answer_that_grows_is_cut_off() {
    use base64::Engine;
    let packed = base64::engine::general_purpose::STANDARD
        .decode(BOMB)
        .unwrap();
    let server = Server::start(move |_, _| {
        Reply::json(200, packed.clone()).with("Content-Encoding", "gzip")
    })
    .await;
    let limits = Limits {
        body: 200_000,
        ..Limits::default()
    };
    let client = server.client_with(Arc::new(Tokens::default()), limits);
    let failure = client.perform(round()).await.unwrap_err();
    assert!(failure.words.contains("more than"), "{}", failure.words);
    assert!(client.traffic().bytes_received < 1_000_000);
}

#[tokio::test]
async fn an_answer_that_stalls_ends() {
    let server = Server::start(|_, _| Reply::json(200, r#"{"value":["#).stalling()).await;
    let short = Duration::from_millis(80);
    let limits = Limits {
        read: short,
        ..Limits::default()
    };
    let client = server.client_with(Arc::new(Tokens::default()), limits);
    let failure = client.perform(round()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unknown);
    assert!(failure.words.contains("in time"), "{}", failure.words);
}

/// Who was told to wait asks for nothing more, whatever it is, until the time is over.
#[tokio::test]
async fn what_would_meet_a_server_that_asked_to_wait_never_leaves() {
    for (status, code) in [(429, "TooManyRequests"), (503, "")] {
        let server = Server::start(move |_, number| {
            if number == 0 {
                return error(status, code).with("Retry-After", "1.5");
            }
            Reply::json(200, r#"{"value":[]}"#)
        })
        .await;
        let client = server.client();
        let first = client.perform(event()).await.unwrap_err();
        assert_eq!((first.status, first.retry_after_ms), (status, Some(1_500)));
        // A crowd, as free/busy of hundreds is asked for, and a change: none of it happened.
        for ask in [event(), view(), respond(Chosen::Accept)] {
            let failure = client.perform(ask).await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::Throttled, "{failure:?}");
            assert!(failure.is_unsent());
            assert!(failure.retry_after_ms.unwrap() <= 1_500);
            assert!(failure.words.contains("asked to wait"), "{failure:?}");
        }
        assert_eq!(server.received().len(), 1);
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        client.perform(view()).await.unwrap();
    }
}
