//! Posts notifications to subscribers on loopback, in order, one at a time.

use std::time::Duration;

use super::{Shared, lock};
use crate::simulator::graph::{Notification, Response};

const PAUSE: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(10);

/// Lets time pass for the world and delivers what waits, for as long as the server runs.
pub(super) async fn deliver(shared: Shared) {
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .no_proxy()
        .build();
    let Ok(client) = client else { return };
    loop {
        tokio::time::sleep(PAUSE).await;
        let waiting = {
            let mut side = lock(&shared.side);
            side.tick(shared.clock.now_ms());
            side.take_notifications()
        };
        for notification in waiting {
            send(&client, &notification).await;
        }
    }
}

/// Validates the targets of a subscription that was just made, before its maker is answered
/// (Graph: notification endpoint validation). Every other answer passes through.
pub(super) async fn confirm(shared: &Shared, response: Response) -> Response {
    let validations = lock(&shared.side).take_validations();
    if validations.is_empty() {
        return response;
    }
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .no_proxy()
        .build();
    for validation in validations {
        let is_good = match &client {
            Ok(client) => send(client, &validation).await,
            Err(_) => false,
        };
        if !is_good {
            if let Some(id) = validation.subscription() {
                lock(&shared.side).drop_subscription(&id);
            }
            let message = "Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request.";
            let body = super::error_body("ValidationError", message, shared.clock.now_ms());
            return Response {
                status: 400,
                body,
                ..response
            };
        }
    }
    response
}

/// Whether the subscriber behaved; only a failed validation has consequences.
async fn send(client: &reqwest::Client, notification: &Notification) -> bool {
    let Some(token) = &notification.validation_token else {
        let sent = client
            .post(&notification.url)
            .json(&notification.body)
            .send()
            .await;
        if let Err(error) = sent {
            tracing::debug!(%error, "a subscriber could not be notified");
        }
        return true;
    };
    let request = client
        .post(&notification.url)
        .query(&[("validationToken", token)])
        .header("Content-Type", "text/plain; charset=utf-8");
    match request.send().await {
        Ok(answer) if answer.status().as_u16() == 200 => {
            answer.text().await.is_ok_and(|text| text == *token)
        }
        _ => false,
    }
}
