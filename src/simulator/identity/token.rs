//! The token endpoint: device code, authorization code and refresh token.
//!
//! Refuses client secrets and all other grants. Invariant: a scripted failure is answered
//! before anything is spent, as an outage in front of the platform would be.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Bytes;
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::form::{self, Form};
use super::issue::{self, Order, Wrapping};
use super::refusal::{Refusal, json_response, timestamp};
use super::script::Failure;
use super::state::{CODE_LIFE_MS, Code, REFRESH_LIFE_MS, State};
use super::{Account, Identity, consent, device, page};

const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

pub(super) async fn answer(
    Shared(identity): Shared<Arc<Identity>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = Form::parse(&body);
    let base = form::base_url(&headers);
    let next = identity.state().failures.pop_front();
    let result = match next {
        Some(Failure::Outage {
            status,
            retry_after,
        }) => return outage(status, retry_after),
        Some(Failure::Code { code, claims }) => Err(Refusal::new(code).with_claims(claims)),
        None => redeem(&identity, &tenant, &form, &base),
    };
    match result {
        Ok(body) => {
            let trace = identity.state().ids.guid();
            json_response(StatusCode::OK, &body, &trace)
        }
        Err(refusal) => refusal
            .correlated(form::correlation(&headers, &form))
            .response(&identity),
    }
}

fn outage(status: u16, retry_after: Option<String>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let mut response = page::message(status, "Service unavailable", "Try again later.");
    let wait = retry_after.and_then(|wait| HeaderValue::from_str(&wait).ok());
    if let Some(wait) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, wait);
    }
    response
}

/// Who the grant is for; what is still to be asked for scopes and claims.
struct Redeemed<'a> {
    account: &'a Account,
    scopes: Vec<String>,
    nonce: Option<String>,
    claims: Option<String>,
    is_interactive: bool,
}

fn redeem(identity: &Identity, tenant: &str, form: &Form, base: &str) -> Result<Value, Refusal> {
    if !identity.is_known_tenant(tenant) {
        return Err(Refusal::new(90002).about(tenant));
    }
    let grant = form.required("grant_type")?;
    let client = form.required("client_id")?;
    if !identity.config.client_id.eq_ignore_ascii_case(client) {
        return Err(Refusal::new(700_016).about(client));
    }
    if form.get("client_secret").is_some() || form.get("client_assertion").is_some() {
        return Err(Refusal::new(700_025));
    }
    let redeemed = match grant {
        DEVICE_GRANT => by_device(identity, form)?,
        "authorization_code" => by_code(identity, tenant, form)?,
        "refresh_token" => by_refresh(identity, tenant, form)?,
        other => return Err(Refusal::new(70003).about(other)),
    };
    let mut state = identity.state();
    let satisfied = settle_session(&mut state, &redeemed)?;
    let order = Order {
        account: redeemed.account,
        scopes: redeemed.scopes,
        claims: redeemed.claims,
        satisfied,
    };
    let wrapping = Wrapping {
        base,
        client_id: client,
        nonce: redeemed.nonce.as_deref(),
        wants_client_info: form.get("client_info").is_some(),
    };
    Ok(issue::token_answer(
        &mut state,
        &order,
        &wrapping,
        identity.clock.now_ms(),
    ))
}

/// Which revocation the new token answers, and whether a pending step-up is met.
fn settle_session(state: &mut State, redeemed: &Redeemed<'_>) -> Result<u64, Refusal> {
    let session = state.session(&redeemed.account.upn);
    if let Some(required) = session.step_up.clone() {
        if !(redeemed.is_interactive && asks_for(redeemed.claims.as_deref(), &required)) {
            return Err(Refusal::new(50076).with_claims(Some(required)));
        }
        session.step_up = None;
    }
    let is_met = redeemed.is_interactive
        || session.met >= session.revocation
        || session
            .revocation_claims
            .as_deref()
            .is_none_or(|required| asks_for(redeemed.claims.as_deref(), required));
    if is_met {
        session.met = session.revocation;
    }
    Ok(session.met)
}

/// Does a claims parameter contain all that a challenge asked for? Both may be reordered or merged.
fn asks_for(claims: Option<&str>, required: &str) -> bool {
    let parse = |text: &str| serde_json::from_str::<Value>(text).ok();
    match (claims.and_then(parse), parse(required)) {
        (Some(asked), Some(required)) => contains(&asked, &required),
        _ => false,
    }
}

fn contains(outer: &Value, inner: &Value) -> bool {
    match (outer, inner) {
        (Value::Object(outer), Value::Object(inner)) => inner
            .iter()
            .all(|(name, value)| outer.get(name).is_some_and(|found| contains(found, value))),
        _ => outer == inner,
    }
}

fn by_device<'a>(identity: &'a Identity, form: &Form) -> Result<Redeemed<'a>, Refusal> {
    let approved = device::poll(identity, form.required("device_code")?)?;
    Ok(Redeemed {
        account: identity
            .account(&approved.upn)
            .ok_or_else(|| Refusal::new(70000))?,
        scopes: approved.scopes,
        nonce: None,
        claims: form.get("claims").map(str::to_owned).or(approved.claims),
        is_interactive: true,
    })
}

fn by_code<'a>(identity: &'a Identity, tenant: &str, form: &Form) -> Result<Redeemed<'a>, Refusal> {
    let name = form.required("code")?;
    let redirect_uri = form.required("redirect_uri")?;
    let now_ms = identity.clock.now_ms();
    let mut state = identity.state();
    let code = state
        .codes
        .get_mut(name)
        .ok_or_else(|| Refusal::new(70000))?;
    if code.is_spent {
        return Err(Refusal::new(54005));
    }
    if now_ms - code.issued_ms >= CODE_LIFE_MS {
        return Err(Refusal::new(70008));
    }
    if code.redirect_uri != redirect_uri || !code.tenant.eq_ignore_ascii_case(tenant) {
        return Err(Refusal::new(70000));
    }
    check_verifier(code, form)?;
    // RFC 6749 4.1.2: one use, also when what follows fails.
    code.is_spent = true;
    let code = code.clone();
    let scopes = match form.get("scope") {
        Some(asked) => consent::check(&state, &code.upn, &consent::parse(asked)?)?,
        None => code.scopes,
    };
    Ok(Redeemed {
        account: identity
            .account(&code.upn)
            .ok_or_else(|| Refusal::new(70000))?,
        scopes,
        nonce: code.nonce,
        claims: form.get("claims").map(str::to_owned).or(code.claims),
        is_interactive: true,
    })
}

/// RFC 7636 4.6, S256 only; a verifier has 43 to 128 letters.
fn check_verifier(code: &Code, form: &Form) -> Result<(), Refusal> {
    let verifier = form.get("code_verifier").unwrap_or_default();
    let computed = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
    if (43..=128).contains(&verifier.len()) && computed == code.challenge {
        Ok(())
    } else {
        Err(Refusal::new(501_481))
    }
}

fn by_refresh<'a>(
    identity: &'a Identity,
    tenant: &str,
    form: &Form,
) -> Result<Redeemed<'a>, Refusal> {
    let name = form.required("refresh_token")?;
    let now_ms = identity.clock.now_ms();
    let state = identity.state();
    let refresh = state.refresh.get(name).ok_or_else(|| Refusal::new(70000))?;
    if refresh.is_revoked {
        return Err(Refusal::new(50173));
    }
    if now_ms - refresh.issued_ms >= REFRESH_LIFE_MS {
        return Err(Refusal::new(700_082).about(&timestamp(refresh.issued_ms)));
    }
    let account = identity
        .account(&refresh.upn)
        .ok_or_else(|| Refusal::new(70000))?;
    if !identity.belongs(account, tenant) {
        return Err(Refusal::new(50020).about(&account.upn));
    }
    let asked = match form.get("scope") {
        Some(asked) => consent::parse(asked)?,
        None => refresh.scopes.clone(),
    };
    let claims = form.get("claims").map(str::to_owned);
    if claims
        .as_deref()
        .is_some_and(|text| serde_json::from_str::<Value>(text).is_err())
    {
        return Err(Refusal::new(9_002_313).about("claims"));
    }
    Ok(Redeemed {
        account,
        scopes: consent::check(&state, &refresh.upn, &asked)?,
        nonce: None,
        claims,
        is_interactive: false,
    })
}
