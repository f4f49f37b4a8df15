//! The one way to make a network client, for sign-in and for Graph.
//!
//! Refuses redirects (a token or code must not follow one) and has no switch that weakens TLS.

use std::error::Error;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder};

use super::{AuthError, Endpoints};

const CONNECT: Duration = Duration::from_secs(10);
/// Longer than Graph lets a request run before its gateway answers 504.
const WHOLE_REQUEST: Duration = Duration::from_secs(100);

/// A client for the hosts of one account. Loopback endpoints bypass proxies; plain loopback
/// ones also work on a machine without any CA certificates.
///
/// # Errors
/// `NoCertificates` when the machine has none and TLS is needed.
pub fn http_client(endpoints: &Endpoints) -> Result<Client, AuthError> {
    match builder(endpoints).build() {
        Ok(client) => Ok(client),
        Err(_) if endpoints.is_plain() => {
            let rootless = builder(endpoints).tls_certs_only(std::iter::empty::<Certificate>());
            rootless.build().map_err(|error| unusable(&error))
        }
        Err(error) => Err(unusable(&error)),
    }
}

fn builder(endpoints: &Endpoints) -> ClientBuilder {
    let builder = Client::builder()
        .redirect(Policy::none())
        .referer(false)
        .gzip(true)
        .connect_timeout(CONNECT)
        .timeout(WHOLE_REQUEST)
        .https_only(!endpoints.is_loopback())
        .user_agent(concat!("kalends/", env!("CARGO_PKG_VERSION")));
    if endpoints.is_loopback() {
        builder.no_proxy()
    } else {
        builder
    }
}

fn unusable(error: &reqwest::Error) -> AuthError {
    let why = causes(error);
    if why.contains("No CA certificates") {
        AuthError::NoCertificates
    } else {
        AuthError::Network(why)
    }
}

/// All causes of an error in one line; a `reqwest` error names its URL otherwise.
pub(super) fn causes(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(current) = next {
        let part = current.to_string();
        if !parts.iter().any(|known| known.contains(&part)) {
            parts.push(part);
        }
        next = current.source();
    }
    parts.join(": ")
}
