//! Page links: followed verbatim, and only to the server that was configured.
//!
//! A link arrives in a server's answer and carries our token away when followed,
//! so the check is made here, at the moment of following, for every link.

use crate::domain::remote::{Failure, FailureKind, Link};
use url::{Host, Url};

/// The address behind `link`, if it stays on the host of `base`.
pub(crate) fn followed(base: &Url, link: &Link) -> Result<Url, Failure> {
    let url = Url::parse(link.as_str())
        .map_err(|_| foreign("the server sent a page link that is not an address"))?;
    if !is_same_server(base, &url) {
        return Err(foreign(
            "the server sent a page link to another host; it was not followed",
        ));
    }
    Ok(url)
}

pub(crate) fn is_same_server(base: &Url, url: &Url) -> bool {
    base.scheme() == url.scheme()
        && base.host() == url.host()
        && base.port_or_known_default() == url.port_or_known_default()
        && url.username().is_empty()
        && url.password().is_none()
}

/// `url` relative to the version root, as `$batch` wants it. None when it lies outside.
pub(crate) fn relative(base: &Url, url: &Url) -> Option<String> {
    if !is_same_server(base, url) {
        return None;
    }
    let path = url.path().strip_prefix(base.path())?;
    if !path.starts_with('/') {
        return None;
    }
    Some(match url.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    })
}

/// Tokens travel over TLS, or inside this machine.
pub(crate) fn is_safe(url: &Url) -> bool {
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(Host::Domain(name))) => name.eq_ignore_ascii_case("localhost"),
        ("http", Some(Host::Ipv4(address))) => address.is_loopback(),
        ("http", Some(Host::Ipv6(address))) => address.is_loopback(),
        _ => false,
    }
}

fn foreign(words: &str) -> Failure {
    Failure {
        kind: FailureKind::ForeignLink,
        status: 0,
        code: String::new(),
        words: words.to_owned(),
        retry_after_ms: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        "https://graph.microsoft.com/v1.0".parse().unwrap()
    }

    #[test]
    fn only_the_configured_server_is_followed() {
        let same = "https://graph.microsoft.com/v1.0/me/calendarView/delta?$skiptoken=R0_a-b%3D";
        assert_eq!(followed(&base(), &Link::new(same)).unwrap().as_str(), same);
        let explicit = "https://GRAPH.microsoft.com:443/v1.0/me?$deltatoken=x";
        assert!(followed(&base(), &Link::new(explicit)).is_ok());
        for foreign in [
            "http://graph.microsoft.com/v1.0/me",
            "https://graph.microsoft.com:8443/v1.0/me",
            "https://graph.microsoft.com.evil.example/v1.0/me",
            "https://graph.microsoft.com@evil.example/v1.0/me",
            "https://user@graph.microsoft.com/v1.0/me",
            "https://evil.example/",
            "//graph.microsoft.com/v1.0/me",
            "/v1.0/me",
            "javascript:alert(1)",
            "",
        ] {
            let failure = followed(&base(), &Link::new(foreign)).unwrap_err();
            assert_eq!(failure.kind, FailureKind::ForeignLink, "{foreign}");
        }
    }

    #[test]
    fn a_batch_gets_the_link_without_host_and_version() {
        let url = "https://graph.microsoft.com/v1.0/me/calendarView/delta?$deltatoken=a%2Bb"
            .parse()
            .unwrap();
        assert_eq!(
            relative(&base(), &url).as_deref(),
            Some("/me/calendarView/delta?$deltatoken=a%2Bb")
        );
        let beta = "https://graph.microsoft.com/beta/me".parse().unwrap();
        assert_eq!(relative(&base(), &beta), None);
        let near = "https://graph.microsoft.com/v1.01/me".parse().unwrap();
        assert_eq!(relative(&base(), &near), None);
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for (text, expected) in [
            ("https://graph.microsoft.us/v1.0", true),
            ("http://127.0.0.1:4000/v1.0", true),
            ("http://[::1]:4000/v1.0", true),
            ("http://localhost:4000", true),
            ("http://graph.microsoft.com", false),
            ("http://127.0.0.1.evil.example", false),
            ("ftp://localhost", false),
        ] {
            assert_eq!(is_safe(&text.parse().unwrap()), expected, "{text}");
        }
    }
}
