//! Making tokens: access tokens that look real, refresh tokens, and the token answer.
//!
//! Invariant: what a token may do is in the state, never in the token; clients that read
//! an access token find nothing they can rely on.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::state::{Access, Refresh, State};
use super::{Account, keys};

/// Who gets a token, for what, and which claims challenge it answers.
pub(super) struct Order<'a> {
    pub(super) account: &'a Account,
    pub(super) scopes: Vec<String>,
    /// The `claims` parameter of the request, as JSON.
    pub(super) claims: Option<String>,
    /// The revocation this token is newer than.
    pub(super) satisfied: u64,
}

/// The parts of an answer that do not decide about access.
pub(super) struct Wrapping<'a> {
    pub(super) base: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: Option<&'a str>,
    pub(super) wants_client_info: bool,
}

pub(super) struct AccessToken {
    pub(super) value: String,
    pub(super) life_s: i64,
}

const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

pub(super) fn access_token(state: &mut State, order: &Order<'_>, now_ms: i64) -> AccessToken {
    let is_continuous = order
        .claims
        .as_deref()
        .is_some_and(|claims| claims.contains("cp1"));
    let life_s = if is_continuous {
        state.ids.between(20 * 3600, 28 * 3600)
    } else {
        state.ids.between(3599, 5399)
    };
    let value = if order.account.personal {
        format!("EwB4A8l6BAAU{}", state.ids.opaque(600))
    } else {
        jwt_like(state, order, now_ms, life_s)
    };
    let access = Access {
        upn: order.account.upn.clone(),
        scopes: order.scopes.clone(),
        expires_ms: now_ms + life_s * 1000,
        satisfied: order.satisfied,
    };
    state.access.insert(value.clone(), access);
    AccessToken { value, life_s }
}

fn jwt_like(state: &mut State, order: &Order<'_>, now_ms: i64, life_s: i64) -> String {
    let header = json!({"typ": "JWT", "nonce": state.ids.opaque(32), "alg": "RS256"});
    let payload = json!({
        "aud": GRAPH,
        "iss": format!("https://sts.windows.net/{}/", order.account.tid),
        "iat": now_ms / 1000,
        "nbf": now_ms / 1000,
        "exp": now_ms / 1000 + life_s,
        "oid": order.account.oid,
        "tid": order.account.tid,
        "scp": resource_scopes(&order.scopes),
        "uti": state.ids.opaque(16),
        "ver": "1.0",
    });
    let signature = state.ids.opaque(256);
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}.{signature}", encode(&header), encode(&payload))
}

fn resource_scopes(scopes: &[String]) -> String {
    let named = scopes
        .iter()
        .filter(|scope| scope.as_str() != "offline_access");
    named.map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// The whole token answer (section "successful response" of the token endpoint).
/// `offline_access` is never part of the scope answer; the refresh token itself says it.
pub(super) fn token_answer(
    state: &mut State,
    order: &Order<'_>,
    wrapping: &Wrapping<'_>,
    now_ms: i64,
) -> Value {
    state.forget_old(now_ms);
    let access = access_token(state, order, now_ms);
    let has = |name: &str| order.scopes.iter().any(|scope| scope == name);
    let mut answer = json!({
        "token_type": "Bearer",
        "scope": resource_scopes(&order.scopes),
        "expires_in": access.life_s,
        "ext_expires_in": access.life_s,
        "access_token": access.value,
    });
    if has("offline_access") {
        let value = format!("1.A{}", state.ids.opaque(420));
        let refresh = Refresh {
            upn: order.account.upn.clone(),
            scopes: order.scopes.clone(),
            issued_ms: now_ms,
            is_revoked: false,
        };
        state.refresh.insert(value.clone(), refresh);
        answer["refresh_token"] = Value::from(value);
    }
    if has("openid") {
        let claims = id_claims(state, order, wrapping, now_ms);
        if let Some(token) = keys::sign(&claims) {
            answer["id_token"] = Value::from(token);
        }
    }
    if wrapping.wants_client_info {
        let info = json!({"uid": order.account.oid, "utid": order.account.tid});
        answer["client_info"] = Value::from(URL_SAFE_NO_PAD.encode(info.to_string()));
    }
    answer
}

fn id_claims(state: &mut State, order: &Order<'_>, wrapping: &Wrapping<'_>, now_ms: i64) -> Value {
    let account = order.account;
    let mut claims = json!({
        "aud": wrapping.client_id,
        "iss": format!("{}/{}/v2.0", wrapping.base, account.tid),
        "iat": now_ms / 1000,
        "nbf": now_ms / 1000,
        "exp": now_ms / 1000 + 3600,
        "oid": account.oid,
        "tid": account.tid,
        "sub": format!("{}.{}", account.oid, wrapping.client_id),
        "preferred_username": account.upn,
        "name": account.name,
        "uti": state.ids.opaque(16),
        "ver": "2.0",
    });
    if let Some(nonce) = wrapping.nonce {
        claims["nonce"] = Value::from(nonce);
    }
    claims
}
