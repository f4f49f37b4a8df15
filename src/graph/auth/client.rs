//! The public OAuth 2.0 client of one registration: what all flows share.
//!
//! Invariant: only `accept` turns an answer into an account, so that every flow checks who
//! signed in and computes the expiry in the same way.

use std::sync::Arc;

use oauth2::basic::{
    BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AuthUrl, ClientId, DeviceAuthorizationUrl, EndpointNotSet, EndpointSet, ExtraTokenFields,
    Scope, StandardRevocableToken, StandardTokenResponse, TokenResponse, TokenUrl,
};
use serde::{Deserialize, Serialize};

use super::identity_token::{self, Person};
use super::wire::Wire;
use super::{AuthError, Clock, Endpoints, Refusal, Secret, SignedIn, scopes, secret};

/// What `oauth2` does not know of the token answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Extra {
    #[serde(default, serialize_with = "secret::conceal")]
    id_token: Option<Secret>,
}

impl ExtraTokenFields for Extra {}

pub(super) type TokenAnswer = StandardTokenResponse<Extra, BasicTokenType>;

pub(super) type OAuth = oauth2::Client<
    Refusal,
    TokenAnswer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// What one sign-in asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    pub scopes: Vec<String>,
    /// JSON from a claims challenge or a refusal.
    pub claims: Option<String>,
    /// The account to sign in as, by its user principal name.
    pub hint: Option<String>,
    /// `select_account`, `login` or `consent`.
    pub prompt: Option<String>,
}

impl Request {
    pub fn read_write() -> Self {
        Self {
            scopes: scopes::owned(&scopes::READ_WRITE),
            ..Self::default()
        }
    }

    pub fn read_only() -> Self {
        Self {
            scopes: scopes::owned(&scopes::READ_ONLY),
            ..Self::default()
        }
    }

    pub(super) fn scopes(&self) -> impl Iterator<Item = Scope> {
        self.scopes.iter().cloned().map(Scope::new)
    }
}

/// Starts sign-ins and refreshes. Cheap to clone.
#[derive(Clone)]
pub struct SignInClient {
    pub(super) endpoints: Endpoints,
    pub(super) oauth: OAuth,
    pub(super) wire: Wire,
    pub(super) clock: Arc<dyn Clock>,
}

impl SignInClient {
    /// `client` should come from `http::http_client`, which follows no redirects.
    pub fn new(endpoints: Endpoints, client: reqwest::Client, clock: Arc<dyn Clock>) -> Self {
        let oauth = oauth2::Client::new(ClientId::new(endpoints.client_id().to_owned()))
            .set_auth_uri(AuthUrl::from_url(endpoints.oauth("authorize")))
            .set_token_uri(TokenUrl::from_url(endpoints.oauth("token")))
            .set_device_authorization_url(DeviceAuthorizationUrl::from_url(
                endpoints.oauth("devicecode"),
            ));
        let host = endpoints
            .authority()
            .host_str()
            .unwrap_or_default()
            .to_owned();
        Self {
            wire: Wire::new(client, host),
            endpoints,
            oauth,
            clock,
        }
    }

    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The account a token answer stands for. `asked_ms` is when it was asked for, UTC, so that
    /// a slow answer never makes a token look fresher than it is.
    pub(super) fn accept(
        &self,
        answer: &TokenAnswer,
        request: &Request,
        nonce: Option<&str>,
        asked_ms: i64,
    ) -> Result<SignedIn, AuthError> {
        let person = self.person(answer, nonce)?;
        let person = person.ok_or_else(|| self.wire.strange("no id token"))?;
        Ok(SignedIn {
            key: person.key,
            upn: person.upn,
            name: person.name,
            endpoints: self.endpoints.clone(),
            asked: request.scopes.clone(),
            granted: granted(answer, &request.scopes),
            access: Some(Secret::new(answer.access_token().secret().clone())),
            expires_at_ms: expires_at(answer, asked_ms),
            refresh: answer
                .refresh_token()
                .map(|token| Secret::new(token.secret().clone())),
            claims: None,
        })
    }

    /// Who the answer is about, when it says so.
    pub(super) fn person(
        &self,
        answer: &TokenAnswer,
        nonce: Option<&str>,
    ) -> Result<Option<Person>, AuthError> {
        if *answer.token_type() != BasicTokenType::Bearer
            && !answer.token_type().as_ref().eq_ignore_ascii_case("bearer")
        {
            return Err(self.wire.strange("a token that is not a bearer token"));
        }
        let Some(token) = &answer.extra_fields().id_token else {
            return Ok(None);
        };
        let person = identity_token::read(token.expose(), self.endpoints.client_id(), nonce);
        person.map(Some).map_err(|what| self.wire.strange(what))
    }
}

/// RFC 6749 5.1: without a scope answer everything that was asked for is granted.
pub(super) fn granted(answer: &TokenAnswer, asked: &[String]) -> Vec<String> {
    match answer.scopes() {
        Some(named) => named
            .iter()
            .map(|scope| scopes::normal(scope).to_owned())
            .collect(),
        None => asked.to_vec(),
    }
}

/// An hour when the answer does not say.
pub(super) fn expires_at(answer: &TokenAnswer, asked_ms: i64) -> i64 {
    let life_ms = answer
        .expires_in()
        .map_or(3_600_000, |life| life.as_millis());
    asked_ms.saturating_add(i64::try_from(life_ms).unwrap_or(i64::MAX))
}
