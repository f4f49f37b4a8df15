//! Calendars, windows, zones, ids and validation rules.

use serde_json::json;

use crate::common::{Client, at, event, weekly};

const ANA: &str = "ana@contoso.com";
const WEEK: &str = "startDateTime=2026-10-05T00:00:00Z&endDateTime=2026-10-12T00:00:00Z";

#[test]
fn a_created_event_is_seen_in_the_zone_asked_for() {
    let mut client = Client::new();
    client.post(
        ANA,
        "/me/events",
        &event("Review", "2026-10-06T09:00:00", "2026-10-06T10:00:00"),
    );
    client.headers = vec![("Prefer".into(), "outlook.timezone=\"Asia/Tokyo\"".into())];
    let page = client.get(ANA, &format!("/me/calendarView?{WEEK}"));
    assert_eq!(
        page["value"][0]["start"],
        at("2026-10-06T16:00:00.0000000", "Asia/Tokyo")
    );
    assert_eq!(
        page["value"][0]["originalStartTimeZone"],
        "W. Europe Standard Time"
    );
}

#[test]
fn ids_have_two_forms_and_belong_to_one_mailbox() {
    let mut client = Client::new();
    let made = client.post(
        ANA,
        "/me/events",
        &event("One", "2026-10-06T09:00:00", "2026-10-06T10:00:00"),
    );
    let id = made["id"].as_str().unwrap().to_owned();
    assert!(id.len() > 100);
    client.headers = vec![("Prefer".into(), "IdType=\"ImmutableId\"".into())];
    let short = client.get(ANA, &format!("/me/events/{id}"))["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(short.len(), 72);
    client.headers.clear();
    assert_eq!(
        client.get(ANA, &format!("/me/events/{short}"))["id"],
        made["id"]
    );
    let folded = id.to_lowercase();
    assert_eq!(
        client.refused(ANA, "GET", &format!("/me/events/{folded}"), None),
        (400, "ErrorInvalidIdMalformed".into())
    );
    let (status, _) = client.refused("ben@contoso.com", "GET", &format!("/me/events/{id}"), None);
    assert_eq!(status, 404);
}

#[test]
fn a_view_needs_a_window_of_at_most_1825_days() {
    let mut client = Client::new();
    assert_eq!(
        client.refused(ANA, "GET", "/me/calendarView", None),
        (400, "ErrorInvalidParameter".into())
    );
    let long =
        "/me/calendarView?startDateTime=2020-01-01T00:00:00Z&endDateTime=2026-01-01T00:00:00Z";
    assert_eq!(
        client.refused(ANA, "GET", long, None),
        (400, "ErrorInvalidRequest".into())
    );
}

#[test]
fn pages_of_ten_follow_each_other() {
    let mut client = Client::new();
    for hour in 0..23 {
        let body = event(
            &format!("{hour}"),
            &format!("2026-10-06T{hour:02}:00:00"),
            &format!("2026-10-06T{hour:02}:30:00"),
        );
        client.post(ANA, "/me/events", &body);
    }
    let first = client.get(ANA, &format!("/me/calendarView?{WEEK}"));
    assert_eq!(first["value"].as_array().unwrap().len(), 10);
    let all = client.all_pages(ANA, &format!("/me/calendarView?{WEEK}&$select=subject"));
    assert_eq!(all.len(), 23);
    assert!(all[0].get("start").is_none());
}

#[test]
fn all_day_events_float_and_are_checked() {
    let mut client = Client::new();
    let mut body = json!({
        "subject": "Holiday", "isAllDay": true,
        "start": at("2026-10-07T00:00:00", "Europe/Berlin"), "end": at("2026-10-08T00:00:00", "Europe/Berlin"),
    });
    client.post(ANA, "/me/events", &body);
    client.headers = vec![(
        "Prefer".into(),
        "outlook.timezone=\"Pacific Standard Time\"".into(),
    )];
    let page = client.get(ANA, &format!("/me/calendarView?{WEEK}"));
    assert_eq!(
        page["value"][0]["start"],
        at("2026-10-07T00:00:00.0000000", "Pacific Standard Time")
    );
    body["end"] = at("2026-10-07T00:00:00", "Europe/Berlin");
    assert_eq!(
        client.refused(ANA, "POST", "/me/events", Some(&body)).0,
        400
    );
    body["start"] = at("2026-10-07T08:00:00", "Europe/Berlin");
    assert_eq!(
        client.refused(ANA, "POST", "/me/events", Some(&body)).0,
        400
    );
}

#[test]
fn a_series_keeps_its_wall_time_across_the_end_of_summer() {
    let mut client = Client::new();
    let range = json!({"type": "numbered", "startDate": "2026-10-19", "numberOfOccurrences": 2});
    let made = client.post(
        ANA,
        "/me/events",
        &weekly(
            "Sync",
            "2026-10-19T09:00:00",
            "2026-10-19T09:30:00",
            &["monday"],
            range,
        ),
    );
    assert_eq!(
        made["recurrence"]["range"]["recurrenceTimeZone"],
        "W. Europe Standard Time"
    );
    assert_eq!(made["recurrence"]["range"]["endDate"], "0001-01-01");
    let id = made["id"].as_str().unwrap();
    let found = client.get(ANA, &format!("/me/events/{id}/instances?startDateTime=2026-10-01T00:00:00Z&endDateTime=2026-12-01T00:00:00Z"));
    assert_eq!(
        found["value"][0]["start"]["dateTime"],
        "2026-10-19T07:00:00.0000000"
    );
    assert_eq!(
        found["value"][1]["start"]["dateTime"],
        "2026-10-26T08:00:00.0000000"
    );
    assert_eq!(found["value"][1]["type"], "occurrence");
}

#[test]
fn changing_a_series_follows_the_rules_of_exchange() {
    let mut client = Client::new();
    let range = json!({"type": "endDate", "startDate": "2026-10-05", "endDate": "2026-10-30"});
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
    let master = made["id"].as_str().unwrap().to_owned();
    let moved = json!({"start": at("2026-10-05T10:00:00", "Europe/Berlin"), "end": at("2026-10-05T10:30:00", "Europe/Berlin")});
    let path = format!("/me/events/{master}");
    assert_eq!(
        client.refused(ANA, "PATCH", &path, Some(&moved)),
        (400, "ErrorPropertyValidationFailure".into())
    );
    let window = "startDateTime=2026-10-01T00:00:00Z&endDateTime=2026-11-01T00:00:00Z";
    let instances = client.get(ANA, &format!("{path}/instances?{window}"));
    let second = instances["value"][1]["id"].as_str().unwrap().to_owned();
    let crossing = json!({"start": at("2026-10-19T10:00:00", "Europe/Berlin"), "end": at("2026-10-19T10:30:00", "Europe/Berlin")});
    let refused = client.refused(
        ANA,
        "PATCH",
        &format!("/me/events/{second}"),
        Some(&crossing),
    );
    assert_eq!(refused, (400, "ErrorOccurrenceCrossingBoundary".into()));
    let inside = json!({"start": at("2026-10-13T10:00:00", "Europe/Berlin"), "end": at("2026-10-13T10:30:00", "Europe/Berlin")});
    let changed = client.patch(ANA, &format!("/me/events/{second}"), &inside);
    assert_eq!(
        (changed["type"].as_str(), changed["id"].as_str()),
        (Some("exception"), Some(second.as_str()))
    );
    assert_eq!(changed["originalStart"], "2026-10-12T07:00:00.0000000Z");
    let third = instances["value"][2]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        client
            .send(ANA, "DELETE", &format!("/me/events/{third}"), None)
            .status,
        204
    );
    assert_eq!(
        client
            .refused(ANA, "GET", &format!("/me/events/{third}"), None)
            .0,
        404
    );
    let shown = client.get(
        ANA,
        &format!("{path}?$select=subject,cancelledOccurrences&$expand=exceptionOccurrences"),
    );
    assert_eq!(
        shown["cancelledOccurrences"],
        json!([format!("OID.{master}.2026-10-19")])
    );
    assert_eq!(shown["exceptionOccurrences"].as_array().unwrap().len(), 1);
}

#[test]
fn a_transaction_id_makes_one_event() {
    let mut client = Client::new();
    let mut body = event("Once", "2026-10-06T09:00:00", "2026-10-06T10:00:00");
    body["transactionId"] = json!("8f3c-1");
    let first = client.post(ANA, "/me/events", &body);
    let second = client.post(ANA, "/me/events", &body);
    assert_eq!(first["id"], second["id"]);
    body["subject"] = json!("Another");
    assert_eq!(
        client.refused(ANA, "POST", "/me/events", Some(&body)).1,
        "ErrorDuplicateTransactionId"
    );
}

#[test]
fn a_stale_etag_is_refused() {
    let mut client = Client::new();
    let made = client.post(
        ANA,
        "/me/events",
        &event("One", "2026-10-06T09:00:00", "2026-10-06T10:00:00"),
    );
    let path = format!("/me/events/{}", made["id"].as_str().unwrap());
    client.headers = vec![(
        "If-Match".into(),
        made["@odata.etag"].as_str().unwrap().into(),
    )];
    client.patch(ANA, &path, &json!({"subject": "Two"}));
    let refused = client.refused(ANA, "PATCH", &path, Some(&json!({"subject": "Three"})));
    assert_eq!(refused, (412, "ErrorIrresolvableConflict".into()));
}

#[test]
fn settings_categories_people_rooms_and_schedules_answer() {
    let mut client = Client::new();
    assert_eq!(
        client.get(ANA, "/me/mailboxSettings")["timeZone"],
        "W. Europe Standard Time"
    );
    assert_eq!(
        client.get(ANA, "/me/mailboxsettings/timeZone")["value"],
        "W. Europe Standard Time"
    );
    client.patch(
        ANA,
        "/me/mailboxSettings",
        &json!({"timeZone": "Asia/Tokyo"}),
    );
    assert_eq!(
        client.get(ANA, "/me/mailboxSettings")["timeZone"],
        "Asia/Tokyo"
    );
    let made = client.post(
        ANA,
        "/me/outlook/masterCategories",
        &json!({"displayName": "Focus", "color": "preset9"}),
    );
    assert_eq!(made["color"], "preset9");
    assert!(
        client.get(ANA, "/me/outlook/masterCategories")["value"]
            .as_array()
            .unwrap()
            .len()
            > 5
    );
    assert_eq!(
        client.get(ANA, "/me/people?$search=%22ben%22")["value"][0]["displayName"],
        "Ben Okafor"
    );
    assert_eq!(
        client.get(ANA, "/places/microsoft.graph.room")["value"][0]["emailAddress"],
        "room1@contoso.com"
    );
    assert!(
        client.get(ANA, "/me/outlook/supportedTimeZones")["value"]
            .as_array()
            .unwrap()
            .len()
            > 130
    );
    client.post(
        "ben@contoso.com",
        "/me/events",
        &event("Busy", "2026-10-06T09:00:00", "2026-10-06T10:00:00"),
    );
    let asked = json!({
        "schedules": ["ben@contoso.com", "nobody@contoso.com"],
        "startTime": at("2026-10-06T08:00:00", "Europe/Berlin"),
        "endTime": at("2026-10-06T11:00:00", "Europe/Berlin"),
        "availabilityViewInterval": 60,
    });
    let answer = client.post(ANA, "/me/calendar/getSchedule", &asked);
    assert_eq!(answer["value"][0]["availabilityView"], "020");
    assert!(
        answer["value"][0]["scheduleItems"][0]
            .get("subject")
            .is_none()
    );
    assert_eq!(answer["value"][1]["error"]["responseCode"], "5009");
}

/// Free/busy and suggestions are for work and school accounts: refused with 403, or with 401 as
/// some are.
#[test]
fn a_personal_account_is_not_told_when_others_are_free() {
    let pat = "pat@outlook.example";
    let mut client = Client::new();
    let body = json!({
        "schedules": [ANA],
        "startTime": at("2026-10-06T08:00:00", "UTC"),
        "endTime": at("2026-10-06T18:00:00", "UTC"),
    });
    let denied = (403, "ErrorAccessDenied".to_owned());
    let unauthorized = (401, "InvalidAuthenticationToken".to_owned());
    for (unauthorizes_personal, expected) in [(false, denied), (true, unauthorized)] {
        client.side.habits.unauthorizes_personal = unauthorizes_personal;
        for path in ["/me/calendar/getSchedule", "/me/findMeetingTimes"] {
            assert_eq!(client.refused(pat, "POST", path, Some(&body)), expected);
        }
        client.post(ANA, "/me/calendar/getSchedule", &body);
        client.get(pat, "/me/calendar");
    }
}
