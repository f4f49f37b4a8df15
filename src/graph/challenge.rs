//! What a 401 wants: the claims challenge inside `WWW-Authenticate`
//! (identity platform: continuous access evaluation; RFC 9110 11.6.1).
//!
//! Refuses everything that is not a JSON object: what leaves here is sent to the
//! identity platform, so it must not be whatever a stranger wrote.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;

const LONGEST: usize = 8 * 1024;

/// The claims as JSON text, from the `Bearer` challenge when there are several.
pub(crate) fn claims(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(WWW_AUTHENTICATE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .filter(|text| text.len() <= LONGEST)
        .filter(|text| text.to_ascii_lowercase().contains("bearer"))
        .find_map(|text| decoded(&parameter(text, "claims")?))
}

/// A parameter of a challenge; commas and equal signs may stand inside quotes.
fn parameter(challenge: &str, wanted: &str) -> Option<String> {
    let mut name = String::new();
    let mut value = String::new();
    let (mut in_value, mut quoted, mut escaped) = (false, false, false);
    for letter in challenge.chars().chain([',']) {
        if escaped {
            escaped = false;
            value.push(letter);
            continue;
        }
        match letter {
            '\\' if quoted => escaped = true,
            '"' if in_value => quoted = !quoted,
            ',' if !quoted => {
                let found = name.rsplit(' ').next().unwrap_or_default();
                if found.eq_ignore_ascii_case(wanted) {
                    return Some(value);
                }
                name.clear();
                value.clear();
                in_value = false;
            }
            '=' if !in_value => in_value = true,
            _ if in_value => value.push(letter),
            _ => name.push(letter),
        }
    }
    None
}

fn decoded(text: &str) -> Option<String> {
    let text = text.trim();
    let json = if text.starts_with('{') {
        text.to_owned()
    } else {
        let bare = text.trim_end_matches('=');
        let bytes = STANDARD_NO_PAD
            .decode(bare)
            .or_else(|_| URL_SAFE_NO_PAD.decode(bare))
            .ok()?;
        String::from_utf8(bytes).ok()?
    };
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&json).ok()?;
    (!object.is_empty()).then_some(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1702682181"}}}"#;

    fn found(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(WWW_AUTHENTICATE, value.parse().unwrap());
        }
        claims(&headers)
    }

    #[test]
    fn claims_are_found_and_decoded() {
        use base64::engine::general_purpose::STANDARD;
        let encoded = STANDARD.encode(JSON);
        let challenge = format!(
            r#"Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize?a=b,c", client_id="00000003-0000-0000-c000-000000000000", error="insufficient_claims", claims="{encoded}""#
        );
        assert_eq!(found(&[&challenge]).as_deref(), Some(JSON));
        assert_eq!(
            found(&["Negotiate", "Basic realm=\"x\"", &challenge]).as_deref(),
            Some(JSON)
        );
        let first = format!("Bearer claims={}", encoded.trim_end_matches('='));
        assert_eq!(found(&[&first]).as_deref(), Some(JSON));
    }

    #[test]
    fn strangers_words_are_not_claims() {
        assert_eq!(found(&[]), None);
        assert_eq!(found(&[r#"Bearer realm="claims=abc""#]), None);
        assert_eq!(found(&[r#"Bearer claims="%%%""#]), None);
        assert_eq!(found(&[r#"Bearer claims="WzFd""#]), None, "an array");
        assert_eq!(found(&[r#"Bearer claims="unterminated"#]), None);
    }
}
