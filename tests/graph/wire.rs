//! Items and pages as hostile servers send them.

use crate::requests::full;
use kalends::domain::event::{Answer, Kind, Sensitivity, ShowAs};
use kalends::domain::ids::CalendarId;
use kalends::domain::remote::{Item, Page, PageEnd};
use kalends::graph::wire::page;

pub fn read(json: &str) -> Page {
    page::page(json.as_bytes(), &CalendarId::new("cal")).unwrap()
}

fn items(elements: &[&str]) -> Page {
    read(&format!(
        r#"{{"value":[{}],"@odata.deltaLink":"d"}}"#,
        elements.join(",")
    ))
}

fn ids(page: &Page) -> Vec<&str> {
    page.items.iter().map(|item| item.id().as_str()).collect()
}

const TIME: &str = r#""start":{"dateTime":"2026-10-05T07:00:00.0000000","timeZone":"UTC"},"end":{"dateTime":"2026-10-05T08:00:00.0000000","timeZone":"UTC"}"#;

#[test]
fn a_full_event_keeps_what_it_says() {
    let json = format!(
        r##"{{"@odata.type":"#microsoft.graph.event","@odata.etag":"W/\"ck==\"","id":"AAk=","changeKey":"ck==","type":"Exception",
        "seriesMasterId":"M=","subject":"Caf\u00e9 \ud83d\ude00","bodyPreview":"see you","showAs":"OOF","isAllDay":false,
        "isCancelled":true,"isOrganizer":false,"responseRequested":false,"allowNewTimeProposals":false,"importance":"HIGH",
        "sensitivity":"confidential","categories":["Red category",null,""],"hasAttachments":true,"isReminderOn":true,
        "reminderMinutesBeforeStart":"30","originalStartTimeZone":"W. Europe Standard Time","iCalUId":"0400",
        "responseStatus":{{"response":"TentativelyAccepted","time":"0001-01-01T00:00:00Z"}},
        "organizer":{{"emailAddress":{{"name":"Ann","address":"ann@example.com"}}}},
        "attendees":[{{"type":"Resource","status":{{"response":"declined"}},"emailAddress":{{"name":"Room","address":"r@x"}}}},null],
        "location":{{"displayName":"A; B"}},"onlineMeeting":{{"joinUrl":"https://teams.microsoft.com/l/meetup-join/19"}},
        "onlineMeetingUrl":null,"webLink":"https://outlook.office365.com/owa/?itemid=x",{TIME},"somethingNew":{{"a":[1]}}}}"##
    );
    let page = items(&[&json]);
    let [Item::Seen(event)] = page.items.as_slice() else {
        panic!("{page:?}")
    };
    assert_eq!((event.id.as_str(), event.kind), ("AAk=", Kind::Exception));
    assert_eq!(event.series.as_ref().unwrap().as_str(), "M=");
    assert_eq!(event.etag, "W/\"ck==\"");
    assert_eq!(event.start.to_string(), "2026-10-05T07:00:00Z");
    let details = event.details.as_ref().unwrap();
    assert_eq!(details.subject.raw(), "Café 😀");
    assert_eq!(
        (details.show_as, details.answer),
        (ShowAs::OutOfOffice, Answer::Tentative)
    );
    assert_eq!(details.sensitivity, Sensitivity::Confidential);
    assert!(details.cancelled && details.has_attachments);
    assert!(!details.response_requested && !details.allow_proposals);
    assert_eq!(details.reminder, Some(30));
    assert_eq!(details.attendees.len(), 2);
    assert_eq!(details.attendees[0].answer, Answer::Declined);
    assert_eq!(details.categories.len(), 1);
    assert_eq!(details.place.raw(), "A; B");
    assert_eq!(details.uid.as_deref(), Some("0400"));
    assert!(
        details
            .online_url
            .as_ref()
            .unwrap()
            .raw()
            .starts_with("https://teams")
    );
    assert!(details.recurrence.is_none());
}

#[test]
fn how_fast_i_answered_is_told_by_two_real_times_only() {
    let told = |organizer: bool, response: &str, created: &str, time: &str| {
        let json = format!(
            r#"{{"id":"x","type":"singleInstance","subject":"a","isOrganizer":{organizer},"createdDateTime":{created},
            "responseStatus":{{"response":"{response}","time":{time}}},{TIME}}}"#
        );
        let page = items(&[&json]);
        let [Item::Seen(event)] = page.items.as_slice() else {
            panic!("{page:?}")
        };
        event.details.as_ref().unwrap().answered_after
    };
    let came = r#""2026-10-01T08:00:00.1234567Z""#;
    for (time, minutes) in [
        (r#""2026-10-01T11:20:59Z""#, Some(200)),
        (r#""2026-10-01T08:00:00Z""#, Some(0)),
        (r#""2026-10-01T07:59:59Z""#, None),
        (r#""0001-01-01T00:00:00Z""#, None),
        (r#""4501-01-01T00:00:00Z""#, None),
        (r#""soon""#, None),
        ("null", None),
    ] {
        assert_eq!(told(false, "accepted", came, time), minutes, "{time}");
    }
    let time = r#""2026-10-03T08:00:00Z""#;
    for (response, minutes) in [
        ("tentativelyAccepted", Some(2880)),
        ("Declined", Some(2880)),
        ("notResponded", None),
        ("none", None),
        ("organizer", None),
        ("maybe", None),
    ] {
        assert_eq!(told(false, response, came, time), minutes, "{response}");
    }
    assert_eq!(told(true, "accepted", came, time), None, "my own");
    for created in ["null", r#""0001-01-01T00:00:00Z""#, r#""2026""#] {
        assert_eq!(told(false, "accepted", created, time), None, "{created}");
    }
}

#[test]
fn stubs_have_no_details_and_tombstones_no_event() {
    let stub =
        format!(r#"{{"id":"o","seriesMasterId":"m","type":"occurrence","isAllDay":false,{TIME}}}"#);
    let whole =
        format!(r#"{{"id":"w","seriesMasterId":"m","type":"occurrence","subject":null,{TIME}}}"#);
    let page = items(&[
        &stub,
        &whole,
        r#"{"id":"r","@removed":{"reason":"changed"}}"#,
        r#"{"id":"s","@removed":{}}"#,
    ]);
    let [
        Item::Seen(stub),
        Item::Seen(whole),
        Item::Removed(first),
        Item::Removed(_),
    ] = page.items.as_slice()
    else {
        panic!("{page:?}")
    };
    assert!(stub.is_stub() && !whole.is_stub());
    assert_eq!(stub.root().as_str(), "m");
    assert_eq!(first.as_str(), "r");
}

#[test]
fn unknown_words_do_not_stop_anything() {
    let json = format!(
        r#"{{"id":"x","type":"hologram","subject":1,"showAs":"asleep","sensitivity":"whisper","importance":7,
        "responseStatus":{{"response":"maybe"}},"isReminderOn":true,{TIME}}}"#
    );
    let page = items(&[&json]);
    let [Item::Seen(event)] = page.items.as_slice() else {
        panic!()
    };
    assert_eq!(event.kind, Kind::Single);
    let details = event.details.as_ref().unwrap();
    assert_eq!(
        (details.show_as, details.answer),
        (ShowAs::Unknown, Answer::None)
    );
    assert_eq!(
        details.sensitivity,
        Sensitivity::Private,
        "an unknown word hides"
    );
    assert_eq!(details.reminder, Some(15));
    assert!(
        details.response_requested && details.allow_proposals,
        "Graph's defaults"
    );
}

#[test]
fn only_honest_links_are_offered() {
    for (url, kept) in [
        ("https://teams.microsoft.com/l/x", true),
        ("msteams:/l/meetup", true),
        ("javascript:alert(1)", false),
        ("file:///etc/passwd", false),
        ("teams.microsoft.com", false),
        ("https://", false),
    ] {
        let json = format!(
            r#"{{"id":"x","subject":"s","onlineMeetingUrl":"{url}","webLink":"{url}",{TIME}}}"#
        );
        let page = items(&[&json]);
        let [Item::Seen(event)] = page.items.as_slice() else {
            panic!()
        };
        assert_eq!(
            event.details.as_ref().unwrap().online_url.is_some(),
            kept,
            "{url}"
        );
    }
    let long = format!(
        r#"{{"id":"x","subject":"s","webLink":"https://a/{}",{TIME}}}"#,
        "x".repeat(3000)
    );
    let [Item::Seen(event)] = &items(&[&long]).items[..] else {
        panic!()
    };
    assert!(event.details.as_ref().unwrap().web_link.is_none());
}

#[test]
fn one_poisoned_item_costs_only_itself() {
    let deep = format!(
        r#"{{"id":"deep","subject":{}1{},{TIME}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let elsewhere = full("zone").replace(
        r#""timeZone":"UTC""#,
        r#""timeZone":"Pacific Standard Time""#,
    );
    let nowhen = full("nan").replace("2026-10-05T07:00:00.0000000", "NaN");
    let (first, last) = (full("first"), full("last"));
    for poison in [
        "null",
        "7",
        "[]",
        "{}",
        r#""text""#,
        r#"{"id":7}"#,
        r#"{"id":null,"start":null}"#,
        r#"{"id":"x"}"#,
        r#"{"id":"x","start":[],"end":{}}"#,
        r#"{"@removed":{"reason":"deleted"}}"#,
        r#"{"id":"","@removed":{}}"#,
        &elsewhere,
        &nowhen,
        r#"{"id":"x","reminderMinutesBeforeStart":1e999}"#,
    ] {
        let page = items(&[&first, poison, &last]);
        assert_eq!(ids(&page), ["first", "last"], "{poison}");
        assert_eq!(page.skipped, 1, "{poison}");
    }
    assert_eq!(
        ids(&items(&[&first, &deep, &last])),
        ["first", "deep", "last"]
    );
}

#[test]
fn lone_surrogates_and_duplicate_keys_are_mended() {
    let halved = full("half").replace("S half", r"cut \ud83d");
    let twice = full("old").replace(
        r#""type":"#,
        r#""id":"twice","id":"new","subject":"again","type":"#,
    );
    let page = items(&[&full("first"), &halved, &twice]);
    assert_eq!(ids(&page), ["first", "half", "new"]);
    let Item::Seen(event) = &page.items[1] else {
        panic!()
    };
    assert_eq!(
        event.details.as_ref().unwrap().subject.raw(),
        "cut \u{fffd}"
    );
    let text = format!(
        r#"{{"value":[{}]}}"#,
        full("a").replace("S a", "S \u{fffd}")
    );
    let broken: Vec<u8> = text
        .into_bytes()
        .into_iter()
        .filter(|byte| *byte != 0xbf)
        .collect();
    let mended = page::page(&broken, &CalendarId::new("c")).unwrap();
    assert_eq!(
        ids(&mended),
        ["a"],
        "invalid UTF-8 becomes a replacement character"
    );
}

#[test]
fn a_page_ends_with_exactly_one_link() {
    let end = |links: &str| read(&format!(r#"{{"value":[]{links}}}"#)).end;
    assert!(matches!(end(r#","@odata.nextLink":"n""#), PageEnd::Next(_)));
    assert!(matches!(
        end(r#","@odata.deltaLink":"http://evil/""#),
        PageEnd::Delta(_)
    ));
    assert_eq!(end(""), PageEnd::Broken);
    assert_eq!(end(r#","@odata.nextLink":null"#), PageEnd::Broken);
    assert_eq!(
        end(r#","@odata.nextLink":"n","@odata.deltaLink":"d""#),
        PageEnd::Broken
    );
    let long = format!(r#","@odata.nextLink":"{}""#, "x".repeat(40_000));
    assert_eq!(end(&long), PageEnd::Broken);
}

#[test]
fn what_is_no_page_is_refused() {
    for text in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"value":null}"#,
        r#"{"value":{}}"#,
        r#"{"value":[]"#,
        r#"{"value":[]}x"#,
    ] {
        assert!(
            page::page(text.as_bytes(), &CalendarId::new("c")).is_err(),
            "{text}"
        );
    }
}

#[test]
fn bounds_hold() {
    let crowd = r#"{"emailAddress":{"name":"n","address":"a"}},"#.repeat(5_000);
    let subject = "é".repeat(10_000);
    let json = format!(
        r#"{{"id":"x","subject":"{subject}","bodyPreview":"{subject}","location":{{"displayName":"{subject}"}},"attendees":[{crowd}null],{TIME}}}"#
    );
    let page = items(&[&json]);
    let [Item::Seen(event)] = page.items.as_slice() else {
        panic!()
    };
    let details = event.details.as_ref().unwrap();
    assert_eq!(details.attendees.len(), 1_000);
    assert_eq!(details.subject.raw().len(), 4_096);
    assert_eq!(
        (details.preview.raw().len(), details.place.raw().len()),
        (2_048, 2_048)
    );

    let removed = r#"{"id":"r","@removed":{}},"#.repeat(20_010);
    let page = read(&format!(
        r#"{{"value":[{removed}null],"@odata.deltaLink":"d"}}"#
    ));
    assert_eq!((page.items.len(), page.skipped), (20_000, 11));
    assert_eq!(
        page.end,
        PageEnd::Broken,
        "a page that was cut is not the end of a round"
    );
}

#[test]
fn the_fingerprint_is_of_ids_and_versions() {
    let of = |elements: &[&str], link: &str| {
        read(&format!(
            r#"{{"value":[{}],"@odata.nextLink":"{link}"}}"#,
            elements.join(",")
        ))
        .fingerprint
    };
    let (a, b) = (full("a"), full("b"));
    let newer = a.replace(r#"W/\"a\""#, r#"W/\"a2\""#);
    assert_eq!(of(&[&a, &b], "one"), of(&[&a, &b], "two"));
    assert_ne!(of(&[&a, &b], "one"), of(&[&b, &a], "one"));
    assert_ne!(of(&[&a], "one"), of(&[&newer], "one"));
    assert_ne!(
        of(&[&a], "one"),
        of(&[r#"{"id":"a","@removed":{}}"#], "one")
    );
}
