//! The HTTP client with the settings this layer relies on.
//!
//! Invariant: it follows no redirect, ever. A redirect followed by the transport
//! would carry a request, perhaps with its token, to a host nobody configured.

use super::client::ClientError;
use std::time::Duration;

/// One client for all mailboxes and for sign-in: connections are shared.
///
/// # Errors
/// When TLS cannot be set up; most often the machine has no CA certificates.
pub fn transport() -> Result<reqwest::Client, ClientError> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("kalends/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(15))
        .pool_idle_timeout(Duration::from_secs(55))
        .build()
        .map_err(|error| ClientError::Transport(reason(&error)))
}

fn reason(error: &reqwest::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}
