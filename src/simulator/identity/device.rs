//! The device authorization endpoint and the polling answers (RFC 8628 3.1-3.5).
//!
//! Invariant: polling is measured on the clock; each poll that comes early adds five
//! seconds to the interval of that code for good.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::form::{self, Form};
use super::refusal::{Refusal, json_response};
use super::state::{Decision, Device};
use super::{Identity, consent};

/// Life of a device code in seconds.
const LIFE_S: i64 = 900;
/// Seconds between two polls at first.
const INTERVAL_S: i64 = 5;

pub(super) async fn start(
    Shared(identity): Shared<Arc<Identity>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = Form::parse(&body);
    match begin(&identity, &tenant, &form, &form::base_url(&headers)) {
        Ok(answer) => json_response(StatusCode::OK, &answer, ""),
        Err(refusal) => refusal
            .correlated(form::correlation(&headers, &form))
            .response(&identity),
    }
}

fn begin(identity: &Identity, tenant: &str, form: &Form, base: &str) -> Result<Value, Refusal> {
    if !identity.is_known_tenant(tenant) {
        return Err(Refusal::new(90002).about(tenant));
    }
    let client = form.required("client_id")?;
    if !identity.config.client_id.eq_ignore_ascii_case(client) {
        return Err(Refusal::new(700_016).about(client));
    }
    if form.get("client_secret").is_some() {
        return Err(Refusal::new(700_025));
    }
    let scopes = consent::parse(form.required("scope")?)?;
    let now_ms = identity.clock.now_ms();
    let mut state = identity.state();
    let user_code = state
        .ids
        .user_code(if tenant == "consumers" { 8 } else { 9 });
    let device_code = format!(
        "{}A{}",
        tenant.chars().next().unwrap_or('c'),
        state.ids.opaque(180)
    );
    state.devices.insert(
        device_code.clone(),
        Device {
            user_code: user_code.clone(),
            tenant: tenant.to_owned(),
            scopes,
            claims: form.get("claims").map(str::to_owned),
            expires_ms: now_ms + LIFE_S * 1000,
            interval_s: INTERVAL_S,
            polled_ms: None,
            decision: Decision::Pending,
        },
    );
    let address = format!("{base}/devicelogin");
    Ok(json!({
        "user_code": user_code,
        "device_code": device_code,
        "verification_uri": address,
        "expires_in": LIFE_S,
        "interval": INTERVAL_S,
        "message": format!("To sign in, use a web browser to open the page {address} and enter the code {user_code} to authenticate."),
    }))
}

/// What an approved device code stands for.
pub(super) struct Approved {
    pub(super) upn: String,
    pub(super) scopes: Vec<String>,
    pub(super) claims: Option<String>,
}

/// One poll of the token endpoint.
///
/// # Errors
/// `authorization_pending`, `slow_down`, `authorization_declined`, `expired_token` or
/// `bad_verification_code` (which also answers a code that was used up).
pub(super) fn poll(identity: &Identity, device_code: &str) -> Result<Approved, Refusal> {
    let now_ms = identity.clock.now_ms();
    let mut state = identity.state();
    let device = state
        .devices
        .get_mut(device_code)
        .ok_or_else(|| Refusal::new(70018))?;
    if now_ms >= device.expires_ms {
        return Err(Refusal::new(70020));
    }
    let is_early = device
        .polled_ms
        .is_some_and(|last| now_ms - last < device.interval_s * 1000);
    device.polled_ms = Some(now_ms);
    if is_early {
        device.interval_s += 5;
        return Err(Refusal::slow_down());
    }
    match device.decision.clone() {
        Decision::Pending => Err(Refusal::new(70016)),
        Decision::Declined => Err(Refusal::new(65004).named("authorization_declined")),
        Decision::Dead => Err(Refusal::new(70020)),
        Decision::Spent => Err(Refusal::new(70018)),
        Decision::Approved { upn } => {
            device.decision = Decision::Spent;
            Ok(Approved {
                upn,
                scopes: device.scopes.clone(),
                claims: device.claims.clone(),
            })
        }
    }
}
