//! The authorization endpoint: authorization code with PKCE for a loopback redirect.
//!
//! Refuses implicit and hybrid answers, `plain` challenges and unregistered redirects.
//! Invariant: a fault in client or redirect URI shows a page; every later fault is a redirect.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use super::form::{self, Form};
use super::refusal::Refusal;
use super::state::Code;
use super::{Account, Identity, consent, page, redirect};

/// An authorization request whose parameters are in order.
struct Request {
    tenant: String,
    redirect_uri: String,
    state: Option<String>,
    scopes: Vec<String>,
    challenge: String,
    nonce: Option<String>,
    claims: Option<String>,
    hint: Option<String>,
    prompt: Option<String>,
}

enum Fault {
    Page(Refusal),
    Redirect {
        uri: String,
        state: Option<String>,
        refusal: Box<Refusal>,
    },
}

pub(super) async fn show(
    Shared(identity): Shared<Arc<Identity>>,
    Path(tenant): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let form = Form::parse(query.unwrap_or_default().as_bytes());
    let correlation = form::correlation(&headers, &form);
    match examine(&identity, &tenant, &form).and_then(|request| first(&identity, &form, request)) {
        Ok(response) => response,
        Err(fault) => fault.response(&identity, correlation),
    }
}

/// The posted consent form: the parameters again, the account and the decision.
pub(super) async fn decide(
    Shared(identity): Shared<Arc<Identity>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Response {
    let form = Form::parse(&body);
    let correlation = form::correlation(&headers, &form);
    let answer = examine(&identity, &tenant, &form).and_then(|request| {
        if form.get("decision") != Some("accept") {
            return Err(request.refuse(Refusal::new(65004)));
        }
        let named = form.get("account").and_then(|upn| identity.account(upn));
        match named.filter(|account| identity.belongs(account, &tenant)) {
            Some(account) => grant(&identity, &request, account),
            None => {
                Err(request.refuse(Refusal::new(50020).about(form.get("account").unwrap_or(""))))
            }
        }
    });
    answer.unwrap_or_else(|fault| fault.response(&identity, correlation))
}

fn examine(identity: &Identity, tenant: &str, form: &Form) -> Result<Request, Fault> {
    if !identity.is_known_tenant(tenant) {
        return Err(Fault::Page(Refusal::new(90002).about(tenant)));
    }
    let client = form.required("client_id").map_err(Fault::Page)?;
    if !identity.config.client_id.eq_ignore_ascii_case(client) {
        return Err(Fault::Page(Refusal::new(700_016).about(client)));
    }
    let uri = form.required("redirect_uri").map_err(Fault::Page)?;
    if !redirect::is_registered(uri, identity.state().allows_address_redirect) {
        return Err(Fault::Page(Refusal::new(50011).about(uri)));
    }
    let state = form.get("state").map(str::to_owned);
    parameters(tenant, uri, form).map_err(|refusal| Fault::Redirect {
        uri: uri.to_owned(),
        state,
        refusal: Box::new(refusal),
    })
}

fn parameters(tenant: &str, uri: &str, form: &Form) -> Result<Request, Refusal> {
    let own = |name: &str| form.get(name).map(str::to_owned);
    let wrong = |what: &str| Refusal::new(9_002_313).about(what);
    if form.required("response_type")? != "code" {
        return Err(wrong("response_type").named("unsupported_response_type"));
    }
    if form
        .get("response_mode")
        .is_some_and(|mode| mode != "query")
    {
        return Err(wrong("response_mode"));
    }
    let challenge = own("code_challenge").ok_or_else(|| Refusal::new(9_002_325))?;
    // RFC 7636 4.2: the base64url form of a SHA-256 digest has 43 letters.
    if form.get("code_challenge_method") != Some("S256") || challenge.len() != 43 {
        return Err(Refusal::new(9_002_325));
    }
    let claims = own("claims");
    if claims.as_deref().is_some_and(|text| !is_object(text)) {
        return Err(wrong("claims"));
    }
    Ok(Request {
        tenant: tenant.to_owned(),
        redirect_uri: uri.to_owned(),
        state: own("state"),
        scopes: consent::parse(form.required("scope")?)?,
        challenge,
        nonce: own("nonce"),
        claims,
        hint: own("login_hint"),
        prompt: own("prompt"),
    })
}

fn is_object(text: &str) -> bool {
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok()
}

fn first(identity: &Identity, form: &Form, request: Request) -> Result<Response, Fault> {
    let everyone = identity.config.accounts.iter();
    let accounts: Vec<&Account> = everyone
        .filter(|account| identity.belongs(account, &request.tenant))
        .collect();
    let hinted = request.hint.as_deref().and_then(|hint| {
        accounts
            .iter()
            .find(|account| account.upn.eq_ignore_ascii_case(hint))
            .copied()
    });
    let (is_auto, is_silent) = (
        identity.state().auto_approve,
        request.prompt.as_deref() == Some("none"),
    );
    let chosen = if is_auto {
        hinted.or(accounts.first().copied())
    } else {
        None
    };
    match chosen {
        Some(account) => grant(identity, &request, account),
        // There is no browser session to be silent with.
        None if is_silent => Err(request.refuse(Refusal::new(50058).named("login_required"))),
        None => {
            let listed = hinted.map_or(accounts, |account| vec![account]);
            let action = format!("/{}/oauth2/v2.0/authorize", request.tenant);
            let body = page::consent_form(&action, form, &listed, &request.scopes);
            Ok(page::html(StatusCode::OK, "Sign in", &body))
        }
    }
}

fn grant(identity: &Identity, request: &Request, account: &Account) -> Result<Response, Fault> {
    let now_ms = identity.clock.now_ms();
    let mut state = identity.state();
    let agreed = consent::agree(&mut state, account, &request.scopes);
    let scopes = agreed.map_err(|refusal| request.refuse(refusal))?;
    let code = format!("1.A{}", state.ids.opaque(300));
    let session_state = state.ids.guid();
    state.codes.insert(
        code.clone(),
        Code {
            upn: account.upn.clone(),
            tenant: request.tenant.clone(),
            redirect_uri: request.redirect_uri.clone(),
            scopes,
            challenge: request.challenge.clone(),
            nonce: request.nonce.clone(),
            claims: request.claims.clone(),
            issued_ms: now_ms,
            is_spent: false,
        },
    );
    let mut parameters = vec![("code", code.as_str())];
    parameters.extend(request.state.as_deref().map(|state| ("state", state)));
    parameters.push(("session_state", session_state.as_str()));
    redirect::with_parameters(&request.redirect_uri, &parameters)
        .map(|uri| Redirect::to(&uri).into_response())
        .ok_or_else(|| Fault::Page(Refusal::new(50011).about(&request.redirect_uri)))
}

impl Request {
    fn refuse(&self, refusal: Refusal) -> Fault {
        Fault::Redirect {
            uri: self.redirect_uri.clone(),
            state: self.state.clone(),
            refusal: Box::new(refusal),
        }
    }
}

impl Fault {
    fn response(self, identity: &Identity, correlation: Option<String>) -> Response {
        match self {
            Self::Page(refusal) => {
                let refusal = refusal.correlated(correlation);
                let text = refusal.description(&refusal.ids(identity));
                page::message(
                    StatusCode::BAD_REQUEST,
                    "Sorry, we could not sign you in",
                    &text,
                )
            }
            Self::Redirect {
                uri,
                state,
                refusal,
            } => {
                let refusal = refusal.correlated(correlation);
                let text = refusal.description(&refusal.ids(identity));
                let error = match refusal.code {
                    90094 => "consent_required",
                    _ => refusal.error(),
                };
                let mut parameters = vec![("error", error), ("error_description", text.as_str())];
                parameters.extend(state.as_deref().map(|state| ("state", state)));
                match redirect::with_parameters(&uri, &parameters) {
                    Some(uri) => Redirect::to(&uri).into_response(),
                    None => page::message(StatusCode::BAD_REQUEST, "Sorry", &text),
                }
            }
        }
    }
}
