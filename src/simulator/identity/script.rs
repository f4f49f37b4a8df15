//! What tests and scenarios make happen: failures, revocations, consents, decisions.
//!
//! Invariant: an action changes only what the next requests meet; nothing already answered
//! is taken back.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::state::{Decision, State};
use super::{Identity, consent, device_page};

/// One change, in Rust or as JSON: `{"do":"fail_tokens","count":1,"code":50076}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// The next `count` token answers fail with this AADSTS code, with claims if given (JSON).
    FailTokens {
        count: u32,
        code: u32,
        #[serde(default)]
        claims: Option<String>,
    },
    /// The next `count` token answers are a bare HTTP status with an HTML body.
    Outage {
        count: u32,
        status: u16,
        /// `Retry-After`, verbatim.
        #[serde(default)]
        retry_after: Option<String>,
    },
    /// Graph answers 401 with a claims challenge until a token is issued with those claims.
    RevokeSession {
        upn: String,
    },
    /// Refresh tokens issued so far answer AADSTS50173.
    RevokeRefreshTokens {
        upn: String,
    },
    /// Refreshing answers AADSTS50076 with claims until somebody signs in with those claims.
    RequireStepUp {
        upn: String,
    },
    ExpireAccessTokens,
    /// As if the person or an administrator had agreed earlier; admin-only scopes included.
    Consent {
        upn: String,
        scopes: Vec<String>,
    },
    WithdrawConsent {
        upn: String,
    },
    /// Whether people may consent by themselves.
    AllowUserConsent {
        on: bool,
    },
    /// The person enters the code and agrees. Without a code: every code that waits.
    ApproveDevice {
        upn: String,
        #[serde(default)]
        user_code: Option<String>,
    },
    /// The person declines. Without a code: every code that waits.
    DeclineDevice {
        #[serde(default)]
        user_code: Option<String>,
    },
    AutoApprove {
        on: bool,
    },
    /// Registers `http://127.0.0.1` beside `http://localhost`.
    AllowAddressRedirect {
        on: bool,
    },
}

/// A scripted failure of one token answer.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    Code {
        code: u32,
        claims: Option<String>,
    },
    Outage {
        status: u16,
        retry_after: Option<String>,
    },
}

pub(super) async fn control(
    Shared(identity): Shared<Arc<Identity>>,
    Json(action): Json<serde_json::Value>,
) -> Response {
    let action = serde_json::from_value(action).map_err(|error| error.to_string());
    match action.and_then(|action| identity.script(action)) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(why) => (StatusCode::BAD_REQUEST, Json(json!({"error": why}))).into_response(),
    }
}

pub(super) fn apply(identity: &Identity, action: Action) -> Result<(), String> {
    match action {
        Action::FailTokens {
            count,
            code,
            claims,
        } => {
            let failure = Failure::Code { code, claims };
            repeat(&mut identity.state(), count, &failure);
        }
        Action::Outage {
            count,
            status,
            retry_after,
        } => {
            let failure = Failure::Outage {
                status,
                retry_after,
            };
            repeat(&mut identity.state(), count, &failure);
        }
        Action::RevokeSession { upn } => revoke_session(identity, &upn)?,
        Action::RevokeRefreshTokens { upn } => {
            let upn = known(identity, &upn)?;
            let mut state = identity.state();
            let mine = state
                .refresh
                .values_mut()
                .filter(|refresh| refresh.upn == upn);
            mine.for_each(|refresh| refresh.is_revoked = true);
        }
        Action::RequireStepUp { upn } => require_step_up(identity, &upn)?,
        Action::ExpireAccessTokens => {
            let now_ms = identity.clock.now_ms();
            let mut state = identity.state();
            state
                .access
                .values_mut()
                .for_each(|access| access.expires_ms = now_ms);
        }
        Action::Consent { upn, scopes } => consent_to(identity, &upn, &scopes)?,
        Action::WithdrawConsent { upn } => {
            let upn = known(identity, &upn)?;
            identity.state().withdraw_consent(&upn);
        }
        Action::AllowUserConsent { on } => identity.state().allows_user_consent = on,
        Action::ApproveDevice { upn, user_code } => approve(identity, &upn, user_code.as_deref())?,
        Action::DeclineDevice { user_code } => decline(identity, user_code.as_deref()),
        Action::AutoApprove { on } => identity.state().auto_approve = on,
        Action::AllowAddressRedirect { on } => identity.state().allows_address_redirect = on,
    }
    Ok(())
}

fn repeat(state: &mut State, count: u32, failure: &Failure) {
    state.failures.extend((0..count).map(|_| failure.clone()));
}

fn known(identity: &Identity, upn: &str) -> Result<String, String> {
    let account = identity
        .account(upn)
        .ok_or_else(|| format!("no account {upn}"))?;
    Ok(account.upn.clone())
}

fn revoke_session(identity: &Identity, upn: &str) -> Result<(), String> {
    let upn = known(identity, upn)?;
    let now_s = identity.clock.now_ms() / 1000;
    let claims = json!({"access_token": {"nbf": {"essential": true, "value": now_s.to_string()}}});
    let mut state = identity.state();
    let session = state.session(&upn);
    session.revocation += 1;
    session.revocation_claims = Some(claims.to_string());
    Ok(())
}

fn require_step_up(identity: &Identity, upn: &str) -> Result<(), String> {
    let upn = known(identity, upn)?;
    let mut state = identity.state();
    let policy = state.ids.guid();
    let claims = json!({"access_token": {"capolids": {"essential": true, "values": [policy]}}});
    state.session(&upn).step_up = Some(claims.to_string());
    Ok(())
}

fn consent_to(identity: &Identity, upn: &str, scopes: &[String]) -> Result<(), String> {
    let upn = known(identity, upn)?;
    let names = consent::parse(&scopes.join(" ")).map_err(|refusal| refusal.text())?;
    identity.state().consent(&upn, &names);
    Ok(())
}

fn waiting(identity: &Identity, user_code: Option<&str>) -> Vec<String> {
    let state = identity.state();
    let devices = state
        .devices
        .values()
        .filter(|device| device.decision == Decision::Pending);
    devices
        .filter(|device| user_code.is_none_or(|code| code == device.user_code))
        .map(|device| device.user_code.clone())
        .collect()
}

fn approve(identity: &Identity, upn: &str, user_code: Option<&str>) -> Result<(), String> {
    let upn = known(identity, upn)?;
    for code in waiting(identity, user_code) {
        device_page::approve(identity, &code, &upn).map_err(|refusal| refusal.text())?;
    }
    Ok(())
}

fn decline(identity: &Identity, user_code: Option<&str>) {
    for code in waiting(identity, user_code) {
        device_page::decline(identity, &code);
    }
}
