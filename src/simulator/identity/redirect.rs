//! Which redirect URIs a public desktop client may use (identity platform: redirect URI
//! restrictions; RFC 8252 7.3).
//!
//! Invariant: a URI that is not accepted here is never redirected to.

use url::Url;

/// `http://localhost` with any port and no path, and `http://127.0.0.1` when it is registered too.
/// The scheme is http, the path exact; `[::1]` cannot be registered.
pub(super) fn is_registered(uri: &str, allows_address: bool) -> bool {
    let Ok(url) = Url::parse(uri) else {
        return false;
    };
    let is_host_known = match url.host_str() {
        Some("localhost") => true,
        Some("127.0.0.1") => allows_address,
        _ => false,
    };
    let has_user = !url.username().is_empty() || url.password().is_some();
    is_host_known
        && url.scheme() == "http"
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && !has_user
}

/// Adds parameters to an accepted redirect URI. `None` when it cannot be parsed.
pub(super) fn with_parameters(uri: &str, parameters: &[(&str, &str)]) -> Option<String> {
    let mut url = Url::parse(uri).ok()?;
    url.query_pairs_mut().extend_pairs(parameters);
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn localhost_matches_with_any_port_and_nothing_else() {
        for uri in [
            "http://localhost",
            "http://localhost/",
            "http://localhost:54321",
        ] {
            assert!(is_registered(uri, false), "{uri}");
        }
        for uri in [
            "https://localhost:1",
            "http://localhost:1/callback",
            "http://localhost:1/?a=b",
            "http://localhost:1/#a",
            "http://user@localhost:1/",
            "http://localhost.example:1/",
            "http://127.0.0.1:1/",
            "http://[::1]:1/",
            "localhost",
        ] {
            assert!(!is_registered(uri, false), "{uri}");
        }
        assert!(is_registered("http://127.0.0.1:1/", true));
    }
}
