//! Every body the client sends is valid by the published contract.

use crate::requests::respond;
use crate::server::{Reply, Server};
use kalends::domain::answer::Reply as Chosen;
use kalends::domain::ids::{CalendarId, EventId};
use kalends::domain::remote::Ask;
use serde_json::{Value, json};

const CONTRACT: &str = include_str!("../fixtures/contract/graph-v1.0-calendar.schema.json");

fn validator(action: &str) -> jsonschema::Validator {
    let contract: Value = serde_json::from_str(CONTRACT).unwrap();
    let schema = json!({
        "$schema": contract["$schema"],
        "$ref": format!("#/$defs/action.event.{action}"),
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
