//! Reads the claims challenge of a 401 (RFC 9110 11.6.1; Microsoft: claims challenges).
//!
//! Kalends does not opt in to continuous access evaluation, yet policies can still challenge.
//! Invariant: whatever the header holds, the answer is a JSON object or nothing.

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use serde_json::{Map, Value};

/// More than any real claims request.
const LONGEST: usize = 8 * 1024;

/// The claims a new token must carry, as JSON text. Several headers, and several challenges
/// in one header, are allowed; only the `Bearer` ones are read.
pub fn claims(headers: &HeaderMap) -> Option<String> {
    let lines = headers
        .get_all(WWW_AUTHENTICATE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    lines.flat_map(bearer_parameters).find_map(|(name, value)| {
        if name.eq_ignore_ascii_case("claims") {
            decode(&value)
        } else {
            None
        }
    })
}

fn decode(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let standard = text.replace('-', "+").replace('_', "/");
    let bytes = GeneralPurpose::new(&alphabet::STANDARD, config)
        .decode(standard)
        .ok()?;
    let claims: Map<String, Value> = serde_json::from_slice(&bytes).ok()?;
    Some(Value::Object(claims).to_string())
}

/// `name=value` pairs of all Bearer challenges of a header line.
fn bearer_parameters(line: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut is_bearer = false;
    let mut rest = line;
    while !rest.is_empty() {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let end = rest
            .find(|letter: char| " \t,=\"".contains(letter))
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if let Some(value_at) = after
            .trim_start()
            .strip_prefix('=')
            .filter(|_| !word.is_empty())
        {
            let (value, next) = value(value_at.trim_start());
            if is_bearer {
                found.push((word.to_owned(), value));
            }
            rest = next;
        } else {
            if !word.is_empty() {
                is_bearer = word.eq_ignore_ascii_case("bearer");
            }
            // Always moves on, also over a stray quote or sign.
            rest = after.strip_prefix(['=', '"']).unwrap_or(after);
        }
    }
    found
}

/// A quoted string or a token, and what follows it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return (value.to_owned(), rest);
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, quoted.get(at + 1..).unwrap_or_default()),
            '\\' => value.extend(letters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    const CLAIMS: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}"#;

    fn headers(lines: &[String]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_str(line).unwrap());
        }
        headers
    }

    #[test]
    fn claims_are_found_among_other_challenges() {
        let encoded = base64::engine::general_purpose::STANDARD.encode(CLAIMS);
        let urlsafe = encoded
            .trim_end_matches('=')
            .replace('+', "-")
            .replace('/', "_");
        let bearer = format!(
            "Bearer realm=\"\", authorization_uri=\"https://a/b?c=d, e\", client_id=\"1\", \
             error=\"insufficient_claims\", claims=\"{encoded}\""
        );
        let together = format!("Negotiate, Basic realm=\"claims=x\", {bearer}");
        let unpadded = bearer.replace(&encoded, &urlsafe);
        for lines in [
            vec![bearer.clone()],
            vec!["Negotiate".to_owned(), bearer.clone()],
            vec![together],
            vec![unpadded],
        ] {
            assert_eq!(
                claims(&headers(&lines)).as_deref(),
                Some(CLAIMS),
                "{lines:?}"
            );
        }
    }

    #[test]
    fn nonsense_is_nothing_and_ends() {
        for line in [
            "",
            ",,,",
            "=",
            "\"",
            "Bearer",
            "Bearer claims",
            "Bearer claims=",
            "Bearer claims=\"",
            "Bearer claims=\"!!\"",
            "Bearer claims=\"W10=\"",
            "Basic claims=\"e30=\"",
            "Bearer =\"x",
            "Bearer claims=\"\\",
        ] {
            assert_eq!(claims(&headers(&[line.to_owned()])), None, "{line}");
        }
        assert_eq!(
            claims(&headers(&["Bearer claims=\"e30=\"".to_owned()])).as_deref(),
            Some("{}")
        );
    }
}
