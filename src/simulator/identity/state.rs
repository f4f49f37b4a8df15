//! Everything the platform remembers: codes, tokens, consents, and what tests scripted.
//!
//! Invariant: a record is never changed to say that something did not happen; spent codes
//! and expired tokens stay until they are old, because their second use has its own error.

use std::collections::{BTreeSet, HashMap, VecDeque};

use super::ids::Ids;
use super::script::Failure;

/// How long an authorization code can be redeemed, in milliseconds.
pub(super) const CODE_LIFE_MS: i64 = 10 * 60 * 1000;
/// How long a refresh token of a native client lives, in milliseconds; each use brings a new one.
pub(super) const REFRESH_LIFE_MS: i64 = 90 * 24 * 60 * 60 * 1000;
/// Expired records are kept this long so that a late use is answered as expired, not as garbage.
const MEMORY_MS: i64 = 365 * 24 * 60 * 60 * 1000;

/// An authorization code on its way through the browser.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) upn: String,
    pub(super) tenant: String,
    pub(super) redirect_uri: String,
    pub(super) scopes: Vec<String>,
    pub(super) challenge: String,
    pub(super) nonce: Option<String>,
    pub(super) claims: Option<String>,
    pub(super) issued_ms: i64,
    pub(super) is_spent: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Pending,
    Approved {
        upn: String,
    },
    Declined,
    /// A personal account asked for a work-only scope: the real platform lets the code die.
    Dead,
    Spent,
}

/// A device code and what the person has decided about it.
#[derive(Clone, Debug)]
pub(super) struct Device {
    pub(super) user_code: String,
    pub(super) tenant: String,
    pub(super) scopes: Vec<String>,
    pub(super) claims: Option<String>,
    pub(super) expires_ms: i64,
    pub(super) interval_s: i64,
    pub(super) polled_ms: Option<i64>,
    pub(super) decision: Decision,
}

#[derive(Clone, Debug)]
pub(super) struct Access {
    pub(super) upn: String,
    pub(super) scopes: Vec<String>,
    pub(super) expires_ms: i64,
    /// The newest revocation of the account's session that this token was issued after.
    pub(super) satisfied: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Refresh {
    pub(super) upn: String,
    pub(super) scopes: Vec<String>,
    pub(super) issued_ms: i64,
    pub(super) is_revoked: bool,
}

/// What became of one account's sessions.
#[derive(Clone, Debug, Default)]
pub(super) struct Session {
    /// Counts revocations; a token issued before the last one is challenged.
    pub(super) revocation: u64,
    /// The last revocation that a sign-in or a refresh with its claims has answered.
    pub(super) met: u64,
    /// The claims that lift the last revocation, as JSON.
    pub(super) revocation_claims: Option<String>,
    /// Set when the next sign-in must be interactive and carry these claims (as JSON).
    pub(super) step_up: Option<String>,
}

pub(super) struct State {
    pub(super) ids: Ids,
    pub(super) codes: HashMap<String, Code>,
    pub(super) devices: HashMap<String, Device>,
    pub(super) access: HashMap<String, Access>,
    pub(super) refresh: HashMap<String, Refresh>,
    pub(super) sessions: HashMap<String, Session>,
    pub(super) failures: VecDeque<Failure>,
    pub(super) auto_approve: bool,
    /// Whether `http://127.0.0.1` is registered beside `http://localhost`.
    pub(super) allows_address_redirect: bool,
    /// Whether people may consent by themselves (else AADSTS90094).
    pub(super) allows_user_consent: bool,
    consents: HashMap<String, BTreeSet<String>>,
}

impl State {
    pub(super) fn new(seed: u64, auto_approve: bool) -> Self {
        Self {
            ids: Ids::new(seed),
            codes: HashMap::new(),
            devices: HashMap::new(),
            access: HashMap::new(),
            refresh: HashMap::new(),
            sessions: HashMap::new(),
            failures: VecDeque::new(),
            auto_approve,
            allows_address_redirect: false,
            allows_user_consent: true,
            consents: HashMap::new(),
        }
    }

    pub(super) fn consent(&mut self, upn: &str, scopes: &[String]) {
        let consented = self.consents.entry(upn.to_ascii_lowercase()).or_default();
        consented.extend(scopes.iter().cloned());
    }

    pub(super) fn withdraw_consent(&mut self, upn: &str) {
        self.consents.remove(&upn.to_ascii_lowercase());
    }

    pub(super) fn consented(&self, upn: &str) -> BTreeSet<String> {
        self.consents
            .get(&upn.to_ascii_lowercase())
            .cloned()
            .unwrap_or_default()
    }

    pub(super) fn session(&mut self, upn: &str) -> &mut Session {
        self.sessions.entry(upn.to_ascii_lowercase()).or_default()
    }

    pub(super) fn revocation(&self, upn: &str) -> Option<&Session> {
        self.sessions.get(&upn.to_ascii_lowercase())
    }

    /// Forgets what nobody can ask for any more, so that a long run stays small.
    pub(super) fn forget_old(&mut self, now_ms: i64) {
        self.codes
            .retain(|_, code| now_ms - code.issued_ms < MEMORY_MS);
        self.devices
            .retain(|_, device| now_ms - device.expires_ms < MEMORY_MS);
        self.access
            .retain(|_, access| now_ms - access.expires_ms < MEMORY_MS);
        self.refresh
            .retain(|_, refresh| now_ms - refresh.issued_ms < MEMORY_MS);
    }
}
