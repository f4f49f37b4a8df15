//! Why there is no token, in sentences for the person at the terminal.
//!
//! Invariant: text of the platform comes in only through `Refusal`, which cleans and shortens
//! it; tokens, codes and answer bodies never come in at all.

use std::time::Duration;

use super::store::StoreError;
use super::{EndpointsError, Remedy};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    #[error(transparent)]
    Endpoints(#[from] EndpointsError),
    #[error(
        "could not prepare a secure connection: this machine has no CA certificates; install the \
         ca-certificates package or set SSL_CERT_FILE"
    )]
    NoCertificates,
    #[error("could not prepare the network client: {0}")]
    Network(String),
    #[error("could not reach the sign-in service at {host}: {why}; check the connection")]
    Offline { host: String, why: String },
    /// The platform is overloaded or asked for a pause; the tokens are still good.
    #[error("{why}; trying again in {} s", wait.as_secs().max(1))]
    RetryLater { why: String, wait: Duration },
    /// Only a person can go on. `claims` (JSON) must be part of that sign-in when present.
    #[error("{why}")]
    NeedsPerson {
        why: String,
        remedy: Remedy,
        claims: Option<String>,
    },
    /// Trying again changes nothing.
    #[error("{why}")]
    Refused { why: String, remedy: Remedy },
    #[error("the sign-in was declined; start again when you want to sign in")]
    Declined,
    #[error("the sign-in code has expired; start again to get a new one")]
    Expired,
    #[error("nobody finished the sign-in in the browser within two minutes; start again")]
    TimedOut,
    #[error(
        "the browser came back with an answer to another sign-in; close old sign-in pages and \
         start again"
    )]
    WrongState,
    #[error("could not wait for the browser on this machine: {0}; use a device code instead")]
    Listener(String),
    #[error("this is not the address the browser ended on; it starts with {0}")]
    NotThatAddress(String),
    #[error(
        "the sign-in service wants the code typed at '{0}', which is not a page of Microsoft; \
         the sign-in was stopped"
    )]
    ForeignPage(String),
    #[error("the sign-in service at {host} sent an answer that makes no sense: {what}")]
    Answer { host: String, what: &'static str },
    #[error("nobody is signed in as {0}; run kalends login")]
    NotSignedIn(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AuthError {
    /// The claims (JSON) that the next interactive sign-in must carry.
    pub fn claims(&self) -> Option<&str> {
        match self {
            Self::NeedsPerson { claims, .. } => claims.as_deref(),
            _ => None,
        }
    }

    /// What would help, when the platform said so.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::NeedsPerson { remedy, .. } | Self::Refused { remedy, .. } => Some(*remedy),
            Self::Offline { .. } | Self::RetryLater { .. } => Some(Remedy::RetryLater),
            _ => None,
        }
    }
}
