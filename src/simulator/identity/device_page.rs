//! The page on which a person enters a device code and decides (RFC 8628 3.3).
//!
//! Invariant: a code that was decided, or is too old, cannot be decided again.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State as Shared};
use axum::http::StatusCode;
use axum::response::Response;

use super::form::Form;
use super::refusal::Refusal;
use super::state::Decision;
use super::{Account, Identity, consent, page};

pub(super) async fn show(
    Shared(identity): Shared<Arc<Identity>>,
    RawQuery(query): RawQuery,
) -> Response {
    let form = Form::parse(query.unwrap_or_default().as_bytes());
    match form.get("user_code") {
        Some(code) => choose(&identity, code),
        None => page::html(
            StatusCode::OK,
            "Enter code",
            "<form method=\"get\" action=\"/devicelogin\"><p>Enter the code your app shows. \
             Never enter a code that somebody sent you.</p>\
             <input name=\"user_code\" autofocus> <button>Next</button></form>",
        ),
    }
}

pub(super) async fn decide(Shared(identity): Shared<Arc<Identity>>, body: Bytes) -> Response {
    let form = Form::parse(&body);
    let (Some(code), Some(decision)) = (form.get("user_code"), form.get("decision")) else {
        return page::message(
            StatusCode::BAD_REQUEST,
            "Enter code",
            "The form is incomplete.",
        );
    };
    if decision != "accept" {
        return if decline(&identity, code) {
            page::message(StatusCode::OK, "Declined", "The app was not signed in.")
        } else {
            unknown()
        };
    }
    match approve(&identity, code, form.get("account").unwrap_or_default()) {
        Ok(()) => page::message(
            StatusCode::OK,
            "Signed in",
            "You have signed in to the app on your device. You can close this window.",
        ),
        Err(refusal) => {
            let text = refusal.description(&refusal.ids(&identity));
            page::message(
                StatusCode::BAD_REQUEST,
                "Sorry, we could not sign you in",
                &text,
            )
        }
    }
}

fn choose(identity: &Identity, code: &str) -> Response {
    let code = normal(code);
    let now_ms = identity.clock.now_ms();
    let found = {
        let state = identity.state();
        let mut devices = state.devices.values();
        devices
            .find(|device| device.user_code == code && device.decision == Decision::Pending)
            .filter(|device| now_ms < device.expires_ms)
            .map(|device| (device.tenant.clone(), device.scopes.clone()))
    };
    let Some((tenant, scopes)) = found else {
        return unknown();
    };
    let everyone = identity.config.accounts.iter();
    let accounts: Vec<&Account> = everyone
        .filter(|account| identity.belongs(account, &tenant))
        .collect();
    let kept = Form::parse(format!("user_code={code}").as_bytes());
    let body = page::consent_form("/devicelogin", &kept, &accounts, &scopes);
    page::html(StatusCode::OK, "Sign in on your device", &body)
}

fn unknown() -> Response {
    page::message(
        StatusCode::BAD_REQUEST,
        "Enter code",
        "That code did not work. Check the code and try again.",
    )
}

/// Codes are entered in any case, with blanks or dashes (RFC 8628 6.1); only letters and digits count.
fn normal(code: &str) -> String {
    let kept = code.chars().filter(char::is_ascii_alphanumeric).take(16);
    kept.map(|letter| letter.to_ascii_uppercase()).collect()
}

/// # Errors
/// AADSTS70018 for an unknown or old code, 50020 for an account of another tenant, 90094
/// when an administrator must agree first.
pub(super) fn approve(identity: &Identity, code: &str, upn: &str) -> Result<(), Refusal> {
    let code = normal(code);
    let now_ms = identity.clock.now_ms();
    let mut state = identity.state();
    let waiting = state.devices.iter().find(|(_, device)| {
        device.user_code == code
            && device.decision == Decision::Pending
            && now_ms < device.expires_ms
    });
    let Some((key, device)) = waiting.map(|(key, device)| (key.clone(), device.clone())) else {
        return Err(Refusal::new(70018));
    };
    let account = identity
        .account(upn)
        .filter(|found| identity.belongs(found, &device.tenant));
    let account = account.ok_or_else(|| Refusal::new(50020).about(upn))?;
    let decision = match consent::agree(&mut state, account, &device.scopes) {
        Ok(scopes) => {
            if let Some(kept) = state.devices.get_mut(&key) {
                kept.scopes = scopes;
            }
            Decision::Approved {
                upn: account.upn.clone(),
            }
        }
        // The page says "signed in", the app learns "expired": as reported of personal accounts.
        Err(refusal) if refusal.code == 70011 => Decision::Dead,
        Err(refusal) => return Err(refusal),
    };
    if let Some(kept) = state.devices.get_mut(&key) {
        kept.decision = decision;
    }
    Ok(())
}

/// False when no such code waits.
pub(super) fn decline(identity: &Identity, code: &str) -> bool {
    let code = normal(code);
    let mut state = identity.state();
    let mut devices = state.devices.values_mut();
    let waiting =
        devices.find(|device| device.user_code == code && device.decision == Decision::Pending);
    match waiting {
        Some(device) => {
            device.decision = Decision::Declined;
            true
        }
        None => false,
    }
}
