//! Metadata, signing keys and the signed-out page (OpenID Connect Discovery 1.0).

use std::sync::Arc;

use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::json;

use super::refusal::{Refusal, json_response};
use super::{Identity, PERSONAL_TENANT, consent, form, keys, page};

pub(super) async fn metadata(
    Shared(identity): Shared<Arc<Identity>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
) -> Response {
    if !identity.is_known_tenant(&tenant) {
        return Refusal::new(90002).about(&tenant).response(&identity);
    }
    let base = form::base_url(&headers);
    let issuer_tenant = match tenant.as_str() {
        "common" | "organizations" => "{tenantid}",
        "consumers" => PERSONAL_TENANT,
        named => identity
            .config
            .accounts
            .iter()
            .find(|account| !account.personal && identity.belongs(account, named))
            .map_or(named, |account| account.tid.as_str()),
    };
    let body = json!({
        "issuer": format!("{base}/{issuer_tenant}/v2.0"),
        "authorization_endpoint": format!("{base}/{tenant}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{base}/{tenant}/oauth2/v2.0/token"),
        "device_authorization_endpoint": format!("{base}/{tenant}/oauth2/v2.0/devicecode"),
        "end_session_endpoint": format!("{base}/{tenant}/oauth2/v2.0/logout"),
        "jwks_uri": format!("{base}/{tenant}/discovery/v2.0/keys"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "scopes_supported": consent::names().collect::<Vec<_>>(),
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce", "name", "oid", "tid",
            "preferred_username", "ver"],
        "tenant_region_scope": null,
        "cloud_instance_name": "microsoftonline.com",
        "msgraph_host": base.trim_start_matches("http://"),
    });
    json_response(StatusCode::OK, &body, "")
}

pub(super) async fn signing_keys() -> Response {
    json_response(StatusCode::OK, &keys::key_set(), "")
}

/// Forgets nothing: a browser session does not exist here, and tokens outlive a sign-out.
pub(super) async fn signed_out() -> Response {
    page::message(StatusCode::OK, "Signed out", "You can close this window.")
}
