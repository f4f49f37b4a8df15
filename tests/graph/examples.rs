//! The documented answers, each as it is published.

use crate::requests::{event, respond};
use crate::server::{Reply, Server};
use kalends::domain::answer::Reply as Chosen;
use kalends::domain::event::{Answer, Kind};
use kalends::domain::ids::CalendarId;
use kalends::domain::remote::{FailureKind, Item, PageEnd, Told};
use kalends::graph::wire::when::Skip;
use kalends::graph::wire::{calendar, event as wire_event, page::page};
use serde_json::Value;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/graph-examples")
}

/// The example whose file name starts with `number`.
fn example(number: &str) -> Value {
    let path = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| {
            path.file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with(&format!("{number}-"))
        })
        .unwrap_or_else(|| panic!("no example {number}"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn body(number: &str) -> Vec<u8> {
    example(number)["response"]["json"].to_string().into_bytes()
}

fn cal() -> CalendarId {
    CalendarId::new("c")
}

#[test]
fn delta_pages() {
    for (number, items, skipped, is_last) in [
        ("096", 2, 0, false),
        ("097", 1, 0, true),
        ("098", 2, 0, true),
        ("150", 1, 0, false),
        ("h02", 0, 0, false),
        ("h03", 0, 0, true),
    ] {
        let page = page(&body(number), &cal()).unwrap();
        assert_eq!(
            (page.items.len(), page.skipped),
            (items, skipped),
            "{number}"
        );
        assert_eq!(matches!(page.end, PageEnd::Delta(_)), is_last, "{number}");
        assert_ne!(page.end, PageEnd::Broken, "{number}");
    }
    for number in ["h01", "h04", "h07"] {
        let page = page(&body(number), &cal()).unwrap();
        assert!(!page.items.is_empty(), "{number}");
        assert_eq!(page.skipped, 0, "{number}");
        assert_ne!(page.end, PageEnd::Broken, "{number}");
    }
}

#[test]
fn a_series_comes_as_a_master_and_stubs() {
    let page = page(&body("h01"), &cal()).unwrap();
    let seen: Vec<_> = page
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Seen(event) => Some(event),
            Item::Removed(_) => None,
        })
        .collect();
    let master = seen
        .iter()
        .find(|event| event.kind == Kind::Master)
        .unwrap();
    let details = master.details.as_ref().unwrap();
    assert_eq!(details.subject.raw(), "Stand-up");
    assert!(details.recurrence.is_some());
    let stubs: Vec<_> = seen
        .iter()
        .filter(|event| event.kind == Kind::Occurrence)
        .collect();
    assert!(!stubs.is_empty());
    for stub in stubs {
        assert!(stub.is_stub());
        assert_eq!(stub.root(), &master.id);
    }
}

#[test]
fn events() {
    for number in ["024", "117", "148", "149", "h35"] {
        let event = wire_event::event(&body(number), &cal());
        let event = event.unwrap_or_else(|reason| panic!("{number}: {reason:?}"));
        assert!(
            !event.etag.is_empty() && event.start <= event.end,
            "{number}"
        );
        assert!(!event.details.unwrap().subject.raw().is_empty(), "{number}");
    }
    // Asked for without our preferences, these came in the asker's own zone.
    for number in [
        "008", "009", "020", "021", "022", "106", "109", "113", "146",
    ] {
        assert_eq!(
            wire_event::event(&body(number), &cal()),
            Err(Skip::Zone),
            "{number}"
        );
        let text = String::from_utf8(body(number)).unwrap();
        let utc = text.replace("\"Pacific Standard Time\"", "\"UTC\"");
        let event = wire_event::event(utc.as_bytes(), &cal());
        assert!(event.unwrap().details.is_some(), "{number}");
    }
    // Abbreviated by the page they come from: no times, no id.
    assert_eq!(wire_event::event(&body("110"), &cal()), Err(Skip::Time));
    assert_eq!(wire_event::event(&body("025"), &cal()), Err(Skip::Id));
}

#[test]
fn an_organizers_copy_knows_the_answers() {
    let event = wire_event::event(&body("117"), &cal()).unwrap();
    let details = event.details.unwrap();
    assert!(details.is_organizer);
    assert_eq!(details.answer, Answer::Organizer);
    let answers: Vec<_> = details
        .attendees
        .iter()
        .map(|attendee| attendee.answer)
        .collect();
    assert_eq!(answers, [Answer::None, Answer::Tentative]);
    assert_eq!(details.reminder, Some(15));
}

#[test]
fn views() {
    for (number, items, skipped) in [("006", 0, 1), ("017", 0, 1), ("018", 0, 1), ("028", 4, 0)] {
        let list = wire_event::events(&body(number), &cal()).unwrap();
        assert_eq!(
            (list.items.len(), list.skipped),
            (items, skipped),
            "{number}"
        );
    }
}

#[test]
fn calendars_settings_categories_people() {
    for (number, calendars) in [("001", 1), ("112", 2), ("118", 2)] {
        let list = calendar::calendars(&body(number)).unwrap();
        assert_eq!((list.items.len(), list.skipped), (calendars, 0), "{number}");
        assert!(!list.items[0].owner.address.raw().is_empty());
    }
    let settings = calendar::settings(&body("056")).unwrap();
    assert_eq!(settings.zone.unwrap().raw(), "UTC");
    assert_eq!(settings.working_days, [1, 2, 3, 4, 5]);
    assert_eq!(settings.working_to.hour(), 17);
    assert_eq!(
        settings.working_zone.unwrap().raw(),
        "Pacific Standard Time"
    );
    let categories = calendar::categories(&body("061")).unwrap().items;
    let presets: Vec<_> = categories
        .iter()
        .map(|category| category.preset.unwrap())
        .collect();
    assert_eq!(presets, [0, 1, 3, 4, 7, 8]);
    for (number, address) in [
        ("078", "AdeleV@contoso.onmicrosoft.com"),
        ("145", "ChrisG@contoso.onmicrosoft.com"),
        ("080", ""),
    ] {
        assert_eq!(calendar::me(&body(number)).unwrap().address.raw(), address);
    }
}

/// What the documented answer to a request means to the caller.
#[tokio::test]
async fn documented_errors() {
    use FailureKind::*;
    for (number, code, kind) in [
        ("h05", "SyncStateNotFound", ResyncRequired),
        ("h06", "ErrorInvalidParameter", Refused),
        ("h08", "ErrorInvalidRequest", Refused),
        ("h09", "ErrorInvalidRequest", Refused),
        ("h10", "ErrorInvalidRequest", Refused),
        ("h11", "ErrorInvalidParameter", Refused),
        ("h12", "ErrorItemNotFound", NotFound),
        ("h13", "ErrorInvalidIdMalformed", Refused),
        ("h14", "ErrorAccessDenied", Forbidden),
        ("h15", "TimeZoneNotSupportedException", Refused),
        ("h17", "ErrorOccurrenceCrossingBoundary", Refused),
        ("h18", "ErrorPropertyValidationFailure", Refused),
        ("h19", "ErrorIrresolvableConflict", Conflict),
        ("h20", "ErrorDuplicateTransactionId", Refused),
        ("h21", "InvalidAuthenticationToken", SignIn),
        ("h22", "InvalidAuthenticationToken", SignIn),
        ("h23", "ApplicationThrottled", Throttled),
        ("h24", "TooManyRequests", Throttled),
        ("h25", "", Unknown),
        ("h26", "UnknownError", Unknown),
        ("h34", "BadRequest", Refused),
    ] {
        let response = example(number)["response"].clone();
        let server = Server::start(move |_, _| {
            let body = match &response["json"] {
                Value::Null => String::new(),
                json => json.to_string(),
            };
            let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
            let mut reply = Reply::bare(status).body(body);
            for (name, value) in response["headers"].as_object().unwrap() {
                if !name.eq_ignore_ascii_case("content-length") {
                    reply = reply.with(name, value.as_str().unwrap());
                }
            }
            reply
        })
        .await;
        let failure = server.client().perform(event()).await.unwrap_err();
        assert_eq!(
            (failure.code.as_str(), failure.kind),
            (code, kind),
            "{number}"
        );
        assert!(!failure.words.is_empty(), "{number}");
    }
}

/// The documented answers to accept, decline and tentativelyAccept have no content.
#[tokio::test]
async fn documented_answers_to_answers() {
    for number in ["029", "030", "104"] {
        let response = &example(number)["response"];
        assert!(response["json"].is_null());
        let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
        let server = Server::start(move |_, _| Reply::bare(status)).await;
        let told = server.client().perform(respond(Chosen::Tentative)).await;
        assert_eq!(told, Ok(Told::Accepted), "{number}");
    }
}

/// The documented batches, whose ids are not ours: every item still gets a result.
#[tokio::test]
async fn documented_batches() {
    for number in ["h37", "h38", "h39"] {
        let body = example(number)["response"]["json"].to_string();
        let server = Server::start(move |_, _| Reply::json(200, body.clone())).await;
        let results = server
            .client()
            .perform_batch(vec![event(), event(), event(), event()])
            .await;
        assert_eq!(results.len(), 4, "{number}");
        assert!(results.iter().all(Result::is_err), "{number}");
    }
}

/// No example of any kind upsets a reader it was not meant for.
#[test]
fn every_reader_survives_every_example() {
    let mut read = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let example: Value = serde_json::from_str(&text).unwrap();
        let json = example["response"]["json"].to_string();
        for bytes in [text.as_bytes(), json.as_bytes()] {
            let is_list =
                example["response"]["json"]["value"].is_array() && bytes == json.as_bytes();
            assert_eq!(page(bytes, &cal()).is_ok(), is_list, "{path:?}");
            assert_eq!(calendar::calendars(bytes).is_ok(), is_list, "{path:?}");
            assert_eq!(calendar::categories(bytes).is_ok(), is_list, "{path:?}");
            let _ = wire_event::event(bytes, &cal());
            let is_object = bytes != b"null";
            assert_eq!(calendar::settings(bytes).is_some(), is_object, "{path:?}");
            assert_eq!(calendar::me(bytes).is_ok(), is_object, "{path:?}");
        }
        read += 1;
    }
    assert!(read > 60, "{read}");
}
