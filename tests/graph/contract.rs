//! Every body the client sends is valid by the published contract.

use crate::requests::respond;
use crate::server::{Reply, Server};
use kalends::domain::answer::Reply as Chosen;
use kalends::domain::ids::{CalendarId, EventId};
use kalends::domain::remote::Ask;
use serde_json::{Value, json};

const CONTRACT: &str = include_str!("../fixtures/contract/graph-v1.0-calendar.schema.json");

fn validator(action: &str) -> jsonschema::Validator {
    of(&format!("event.{action}"))
}

fn of(action: &str) -> jsonschema::Validator {
    let contract: Value = serde_json::from_str(CONTRACT).unwrap();
    let schema = json!({
        "$schema": contract["$schema"],
        "$ref": format!("#/$defs/action.{action}"),
        "$defs": contract["$defs"],
    });
    jsonschema::validator_for(&schema).unwrap()
}

#[tokio::test]
async fn answers_are_valid() {
    let server = Server::start(|_, _| Reply::bare(202)).await;
    let client = server.client();
    for (reply, action) in [
        (Chosen::Accept, "accept"),
        (Chosen::Tentative, "tentativelyAccept"),
        (Chosen::Decline, "decline"),
    ] {
        let validator = validator(action);
        let quiet = Ask::Respond {
            calendar: CalendarId::new("c"),
            event: EventId::new("e"),
            reply,
            comment: Some("kept to myself".into()),
            tell_organizer: false,
            proposed: None,
        };
        for ask in [respond(reply), quiet] {
            client.perform(ask).await.unwrap();
            let body = server.received().pop().unwrap().json();
            let errors: Vec<_> = validator
                .iter_errors(&body)
                .map(|error| error.to_string())
                .collect();
            assert!(errors.is_empty(), "{action}: {errors:?}");
        }
        let quiet = server.received().pop().unwrap().json();
        assert_eq!(quiet, json!({"SendResponse": false}));
        assert!(
            !validator.is_valid(&json!({"Commentary": "x"})),
            "the contract refuses strangers"
        );
    }
}

#[tokio::test]
async fn another_time_and_the_question_when_people_are_free_are_valid() {
    let at = |text: &str| -> jiff::Timestamp { text.parse().unwrap() };
    let (from, to) = (at("2026-11-26T14:00:00Z"), at("2026-11-26T14:30:00Z"));
    let server = Server::start(|_, _| Reply::json(200, r#"{"value":[]}"#)).await;
    let client = server.client();
    for (reply, action) in [
        (Chosen::Tentative, "event.tentativelyAccept"),
        (Chosen::Decline, "event.decline"),
    ] {
        let Ask::Respond {
            calendar, event, ..
        } = respond(reply)
        else {
            panic!("not an answer");
        };
        let ask = Ask::Respond {
            calendar,
            event,
            reply,
            comment: None,
            tell_organizer: true,
            proposed: Some(kalends::domain::event::Slot {
                start: from,
                end: to,
            }),
        };
        client.perform(ask).await.unwrap();
        let body = server.received().pop().unwrap().json();
        assert!(of(action).is_valid(&body), "{body}");
        let start = &body["ProposedNewTime"]["start"];
        assert_eq!(
            *start,
            json!({"dateTime": "2026-11-26T14:00:00", "timeZone": "UTC"})
        );
    }
    let addresses = vec!["ben@contoso.com".to_owned()];
    let errand = kalends::domain::errand::Errand::Schedules {
        addresses,
        from,
        to,
    };
    client.perform(Ask::Errand(errand)).await.unwrap();
    let asked = server.received().pop().unwrap();
    assert!(
        asked.target.ends_with("/me/calendar/getSchedule"),
        "{}",
        asked.target
    );
    let body = asked.json();
    assert!(of("calendar.getSchedule").is_valid(&body), "{body}");
}

#[tokio::test]
async fn the_question_for_a_second_opinion_is_valid() {
    use kalends::domain::event::Role;
    let at = |text: &str| -> jiff::Timestamp { text.parse().unwrap() };
    let server = Server::start(|_, _| Reply::json(200, r#"{"meetingTimeSuggestions":[]}"#)).await;
    let client = server.client();
    let errand = kalends::domain::errand::Errand::MeetingTimes {
        people: vec![
            ("ben@contoso.com".into(), Role::Required),
            ("pat@contoso.com".into(), Role::Optional),
            ("room@contoso.com".into(), Role::Resource),
        ],
        minutes: 45,
        from: at("2026-11-26T14:00:00Z"),
        to: at("2026-12-03T14:00:00Z"),
    };
    client.perform(Ask::Errand(errand)).await.unwrap();
    let asked = server.received().pop().unwrap();
    assert!(
        asked.target.ends_with("/me/findMeetingTimes"),
        "{}",
        asked.target
    );
    let body = asked.json();
    assert!(of("user.findMeetingTimes").is_valid(&body), "{body}");
    assert_eq!(body["meetingDuration"], "PT45M");
    assert_eq!(body["attendees"][2]["type"], "resource");
}

/// Every kind of field, with a rule of each pattern.
fn writes() -> Vec<Ask> {
    use kalends::domain::edit::People;
    use kalends::domain::edit::{Span, Value as Field};
    use kalends::domain::event::{Attendee, Importance, Person, Role, Sensitivity, ShowAs};
    use kalends::domain::recurrence::{Index, Pattern, Range, Recurrence, Weekdays};
    let wall = jiff::civil::date(2026, 11, 30).at(14, 30, 0, 0);
    let at: jiff::Timestamp = "2026-11-30T13:30:00Z".parse().unwrap();
    let span = Span {
        start: at,
        end: at,
        all_day: false,
        wall_start: wall,
        wall_end: wall,
        zone: "Europe/Berlin".into(),
    };
    let days = Weekdays::WORKDAYS;
    let patterns = [
        Pattern::Daily { interval: 3 },
        Pattern::Weekly {
            interval: 2,
            days,
            week_start: jiff::civil::Weekday::Monday,
        },
        Pattern::AbsoluteMonthly {
            interval: 1,
            day: 31,
        },
        Pattern::RelativeMonthly {
            interval: 1,
            days,
            index: Index::Last,
        },
        Pattern::AbsoluteYearly {
            interval: 1,
            month: 2,
            day: 29,
        },
        Pattern::RelativeYearly {
            interval: 1,
            month: 11,
            days,
            index: Index::Fourth,
        },
    ];
    let ranges = [
        Range::NoEnd,
        Range::Until(jiff::civil::date(2027, 1, 1)),
        Range::Count(5),
    ];
    let person = |name: &str, address: &str, role| Attendee {
        person: Person {
            name: name.into(),
            address: address.into(),
        },
        role,
        ..Attendee::default()
    };
    let fields = |rule| {
        vec![
            Field::Subject("S".into()),
            Field::When(span.clone()),
            Field::Place("Room 4".into()),
            Field::ShowAs(ShowAs::OutOfOffice),
            Field::Importance(Importance::High),
            Field::Sensitivity(Sensitivity::Private),
            Field::Categories(vec!["red".into()]),
            Field::Reminder(Some(15)),
            Field::Rule(rule),
            Field::People(People::new(vec![
                person("Ana", "ana@contoso.com", Role::Required),
                person("", "ben@contoso.com", Role::Optional),
                person("Room 4", "room4@contoso.com", Role::Resource),
            ])),
            Field::Notes("bring\n\"figures\"".into()),
            Field::Online(true),
        ]
    };
    let calendar = CalendarId::new("c");
    let mut asks: Vec<Ask> = patterns
        .into_iter()
        .zip(ranges.into_iter().cycle())
        .map(|(pattern, range)| Ask::Create {
            calendar: calendar.clone(),
            transaction: "t-1".into(),
            values: fields(Some(Recurrence { pattern, range })),
        })
        .collect();
    asks.push(Ask::Change {
        calendar,
        event: EventId::new("e"),
        etag: "W/\"7\"".into(),
        values: fields(None),
    });
    asks
}

#[tokio::test]
async fn events_are_written_as_the_contract_says() {
    let contract: Value = serde_json::from_str(CONTRACT).unwrap();
    let schema = json!({
        "$schema": contract["$schema"],
        "$ref": "#/$defs/event",
        "$defs": contract["$defs"],
    });
    let validator = jsonschema::validator_for(&schema).unwrap();
    let server = Server::start(|_, _| Reply::json(200, crate::requests::full("e"))).await;
    let client = server.client();
    for ask in writes() {
        let told = client.perform(ask.clone()).await.unwrap();
        assert!(matches!(told, kalends::domain::remote::Told::Event(_)));
        let received = server.received().pop().unwrap();
        let errors: Vec<_> = validator
            .iter_errors(&received.json())
            .map(|error| format!("{} {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{ask:?}: {errors:?}");
        if matches!(ask, Ask::Change { .. }) {
            assert_eq!(received.header("if-match"), "W/\"7\"");
            assert_eq!(received.json()["recurrence"], Value::Null);
            // The room that the place names is booked, and a name that is not known is not made up.
            let body = received.json();
            assert_eq!(
                body["location"]["locationEmailAddress"],
                "room4@contoso.com"
            );
            assert_eq!(
                body["attendees"][1]["emailAddress"],
                json!({"address": "ben@contoso.com"})
            );
            assert_eq!(
                body["body"],
                json!({"contentType": "text", "content": "bring\n\"figures\""})
            );
        }
    }
}

#[tokio::test]
async fn an_event_is_deleted_or_cancelled_with_words() {
    let server = Server::start(|_, _| Reply::bare(204)).await;
    let client = server.client();
    let (calendar, event) = (CalendarId::new("c"), EventId::new("e"));
    let delete = Ask::Delete {
        calendar: calendar.clone(),
        event: event.clone(),
    };
    client.perform(delete).await.unwrap();
    let cancel = Ask::Cancel {
        calendar,
        event,
        message: "sorry".into(),
    };
    client.perform(cancel).await.unwrap();
    let body = server.received().pop().unwrap().json();
    assert!(validator("cancel").is_valid(&body), "{body}");
}
