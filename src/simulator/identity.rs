//! The identity platform in miniature: OAuth 2.0 and OpenID Connect v2.0 for public clients.
//!
//! Responsible for who is signed in with which scopes: discovery, authorize, device code,
//! token, refresh, and for judging the bearer token of a Graph request. Refuses client
//! secrets, implicit grants and everything a public desktop client must not do.
//!
//! Invariant: every id, code and token comes from the seed, every time from the clock; the
//! only thing that differs between two runs is the key that signs id tokens (`keys`).

mod authorize;
mod catalogue;
mod consent;
mod device;
mod device_page;
mod discovery;
mod form;
mod ids;
mod issue;
mod judge;
mod keys;
mod page;
mod redirect;
mod refusal;
mod script;
mod state;
mod token;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::routing::{get, post};

use super::clock::Clock;

pub use judge::{Denied, Grant};
pub use script::Action;
use state::State;

/// The tenant id of all personal Microsoft accounts.
pub const PERSONAL_TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Somebody who can sign in.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Account {
    /// User principal name, which is also the name of the mailbox.
    pub upn: String,
    /// Display name.
    pub name: String,
    /// Object id, a GUID.
    pub oid: String,
    /// Tenant id, a GUID; `PERSONAL_TENANT` for personal accounts.
    pub tid: String,
    /// A personal (outlook.com) account: no work-only scopes, opaque access tokens.
    pub personal: bool,
}

/// What the platform knows from the start.
#[derive(Clone, Debug)]
pub struct Config {
    pub accounts: Vec<Account>,
    /// The one registered public client.
    pub client_id: String,
    /// A tenant name or id under which the work accounts can be addressed.
    pub tenant: String,
    /// `authorize` answers at once with the hinted or first account instead of showing a page.
    pub auto_approve: bool,
    pub seed: u64,
}

/// The identity platform. Cheap to share; all methods take `&self`.
pub struct Identity {
    config: Config,
    clock: Clock,
    state: Mutex<State>,
}

impl Identity {
    pub fn new(config: Config, clock: Clock) -> Arc<Self> {
        let state = Mutex::new(State::new(config.seed, config.auto_approve));
        Arc::new(Self {
            config,
            clock,
            state,
        })
    }

    /// All paths of the platform, of the `/devicelogin` page, and the control endpoint
    /// `POST /simulator/identity` (one `Action` as JSON).
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route(
                "/{tenant}/v2.0/.well-known/openid-configuration",
                get(discovery::metadata),
            )
            .route(
                "/{tenant}/discovery/v2.0/keys",
                get(discovery::signing_keys),
            )
            .route(
                "/{tenant}/oauth2/v2.0/authorize",
                get(authorize::show).post(authorize::decide),
            )
            .route("/{tenant}/oauth2/v2.0/token", post(token::answer))
            .route("/{tenant}/oauth2/v2.0/devicecode", post(device::start))
            .route("/{tenant}/oauth2/v2.0/logout", get(discovery::signed_out))
            .route(
                "/devicelogin",
                get(device_page::show).post(device_page::decide),
            )
            .route("/simulator/identity", post(script::control))
            .with_state(Arc::clone(self))
    }

    /// Whom a bearer token speaks for, or the 401 that Graph would answer.
    ///
    /// # Errors
    /// `Denied` carries status, Graph error code, text and the `WWW-Authenticate` value.
    pub fn judge(&self, bearer: Option<&str>, now_ms: i64) -> Result<Grant, Denied> {
        judge::judge(&self.state(), bearer, now_ms)
    }

    /// Changes what happens next; the same as the control endpoint.
    ///
    /// # Errors
    /// A sentence when the action names an account or scope that does not exist.
    pub fn script(&self, action: Action) -> Result<(), String> {
        script::apply(self, action)
    }

    /// A valid access token without any sign-in, for tests of the Graph side and for
    /// scenarios that start signed in. Consents to the scopes as well. `None` for an
    /// unknown account.
    pub fn token_for(&self, upn: &str, scopes: &[&str]) -> Option<String> {
        let account = self.account(upn)?;
        let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let mut state = self.state();
        state.consent(&account.upn, &scopes);
        let order = issue::Order {
            account,
            scopes,
            claims: None,
            satisfied: 0,
        };
        Some(issue::access_token(&mut state, &order, self.clock.now_ms()).value)
    }

    pub fn accounts(&self) -> &[Account] {
        &self.config.accounts
    }

    fn account(&self, upn: &str) -> Option<&Account> {
        self.config
            .accounts
            .iter()
            .find(|account| account.upn.eq_ignore_ascii_case(upn))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_known_tenant(&self, tenant: &str) -> bool {
        ["common", "organizations", "consumers"].contains(&tenant)
            || self.config.tenant.eq_ignore_ascii_case(tenant)
            || self
                .config
                .accounts
                .iter()
                .any(|account| account.tid.eq_ignore_ascii_case(tenant))
    }

    /// May this account sign in through this tenant segment?
    fn belongs(&self, account: &Account, tenant: &str) -> bool {
        match tenant {
            "common" => true,
            "organizations" => !account.personal,
            "consumers" => account.personal,
            named if account.tid.eq_ignore_ascii_case(named) => true,
            named => self.config.tenant.eq_ignore_ascii_case(named) && !account.personal,
        }
    }
}
