//! The control side for tests, outside `/v1.0` and without tokens:
//!
//! | call | body | effect |
//! |---|---|---|
//! | `GET /simulator/mails` | | every mail the service would have sent |
//! | `GET /simulator/state` | | now, number of changes, next happening, what struck |
//! | `POST /simulator/clock` | `{"advanceMs": 60000}` | moves a manual clock, lets due things happen |
//! | `POST /simulator/faults` | a fault rule, or `{"clear": true}` | arms or disarms |
//! | `POST /simulator/actions` | an action (`{"do": "move", …}`) | somebody does something now |
//! | `POST /simulator/habits` | delta habits | replaces them |
//! | `POST /simulator/subscriptions` | `{"lifecycle": "missed"}` | sends a lifecycle notification to all |

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Shared, lock};
use crate::simulator::faults::Rule;
use crate::simulator::graph::DeltaHabits;
use crate::simulator::world::happening::Action;

type Answer = (StatusCode, Json<Value>);

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/simulator/mails", get(mails))
        .route("/simulator/state", get(state))
        .route("/simulator/clock", post(clock))
        .route("/simulator/faults", post(faults))
        .route("/simulator/actions", post(actions))
        .route("/simulator/habits", post(habits))
        .route("/simulator/subscriptions", post(subscriptions))
}

fn refuse(message: String) -> Answer {
    (StatusCode::BAD_REQUEST, Json(json!({"error": message})))
}

fn done() -> Answer {
    (StatusCode::OK, Json(json!({})))
}

async fn mails(State(shared): State<Shared>) -> Answer {
    let mut side = lock(&shared.side);
    side.tick(shared.clock.now_ms());
    (StatusCode::OK, Json(json!({"value": side.world.mails})))
}

async fn state(State(shared): State<Shared>) -> Answer {
    let mut side = lock(&shared.side);
    let now = shared.clock.now_ms();
    side.tick(now);
    let struck: Vec<Value> = side
        .faults
        .log
        .iter()
        .map(|(method, path, fault)| json!({"method": method, "path": path, "fault": format!("{fault:?}")}))
        .collect();
    let body = json!({"nowMs": now, "changes": side.world.last_change(), "nextDueMs": side.world.next_due(), "struck": struck});
    (StatusCode::OK, Json(body))
}

async fn clock(State(shared): State<Shared>, Json(body): Json<Value>) -> Answer {
    let Some(by) = body.get("advanceMs").and_then(Value::as_i64) else {
        return refuse("advanceMs is missing".to_owned());
    };
    shared.clock.advance(by);
    lock(&shared.side).tick(shared.clock.now_ms());
    done()
}

async fn faults(State(shared): State<Shared>, Json(body): Json<Value>) -> Answer {
    if body.get("clear").and_then(Value::as_bool) == Some(true) {
        lock(&shared.side).faults.clear();
        return done();
    }
    match serde_json::from_value::<Rule>(body) {
        Ok(rule) => {
            lock(&shared.side).faults.add(rule);
            done()
        }
        Err(error) => refuse(error.to_string()),
    }
}

async fn actions(State(shared): State<Shared>, Json(body): Json<Value>) -> Answer {
    let action = match serde_json::from_value::<Action>(body) {
        Ok(action) => action,
        Err(error) => return refuse(error.to_string()),
    };
    let mut side = lock(&shared.side);
    let now = shared.clock.now_ms();
    side.tick(now);
    let outcome = side.world.perform(&action, now);
    side.tick(now);
    match outcome {
        Ok(key) => (StatusCode::OK, Json(json!({"key": key}))),
        Err(mishap) => refuse(mishap.to_string()),
    }
}

async fn habits(State(shared): State<Shared>, Json(body): Json<Value>) -> Answer {
    match serde_json::from_value::<DeltaHabits>(body) {
        Ok(habits) => {
            lock(&shared.side).habits = habits;
            done()
        }
        Err(error) => refuse(error.to_string()),
    }
}

async fn subscriptions(State(shared): State<Shared>, Json(body): Json<Value>) -> Answer {
    match body.get("lifecycle").and_then(Value::as_str) {
        Some(event) => {
            lock(&shared.side).send_lifecycle(event);
            done()
        }
        None => refuse("lifecycle is missing".to_owned()),
    }
}
