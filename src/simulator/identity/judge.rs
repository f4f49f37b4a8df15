//! Whether a bearer token opens a mailbox (Graph: `InvalidAuthenticationToken` and claims challenges).
//!
//! Invariant: the token text is only looked up, never parsed; nothing of it is in the answer.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::state::State;

/// What a token allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub upn: String,
    /// Canonical scope names, without the resource prefix.
    pub scopes: Vec<String>,
}

/// The answer of Graph to a token it does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// HTTP status, always 401.
    pub status: u16,
    /// `error.code` of the Graph envelope.
    pub code: String,
    /// `error.message` of the Graph envelope.
    pub message: String,
    /// Value of the `WWW-Authenticate` header.
    pub www_authenticate: String,
}

const CHALLENGE: &str = "Bearer realm=\"\", \
    authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", \
    client_id=\"00000003-0000-0000-c000-000000000000\"";

pub(super) fn judge(state: &State, bearer: Option<&str>, now_ms: i64) -> Result<Grant, Denied> {
    let token = bearer.map(str::trim).filter(|token| !token.is_empty());
    let Some(token) = token else {
        return Err(denied("Access token is empty."));
    };
    let Some(access) = state.access.get(token) else {
        return Err(denied(
            "CompactToken validation failed with reason code: 80049228.",
        ));
    };
    if access.expires_ms <= now_ms {
        return Err(denied("Lifetime validation failed, the token is expired."));
    }
    let session = state.revocation(&access.upn);
    if let Some(session) = session.filter(|session| session.revocation > access.satisfied) {
        return Err(challenged(
            session.revocation_claims.as_deref().unwrap_or("{}"),
        ));
    }
    Ok(Grant {
        upn: access.upn.clone(),
        scopes: access.scopes.clone(),
    })
}

fn denied(message: &str) -> Denied {
    Denied {
        status: 401,
        code: "InvalidAuthenticationToken".to_owned(),
        message: message.to_owned(),
        www_authenticate: CHALLENGE.to_owned(),
    }
}

fn challenged(claims: &str) -> Denied {
    let encoded = STANDARD.encode(claims);
    Denied {
        www_authenticate: format!(
            "{CHALLENGE}, error=\"insufficient_claims\", claims=\"{encoded}\""
        ),
        ..denied(
            "Continuous access evaluation resulted in challenge with result: \
             InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp",
        )
    }
}
