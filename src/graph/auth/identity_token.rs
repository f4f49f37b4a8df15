//! Who signed in, from the id token (OpenID Connect Core 3.1.3.7).
//!
//! The token comes straight from the token endpoint over TLS, so the connection vouches for
//! it and its signature is not checked (item 6 of that section). It names the account and
//! authorizes nothing. Refuses tokens for another client or another sign-in.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::AccountKey;

/// Longest name that is kept, in letters.
const LONGEST: usize = 256;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) key: AccountKey,
    pub(super) upn: String,
    pub(super) name: String,
}

#[derive(Deserialize)]
struct Claims {
    aud: String,
    oid: String,
    tid: String,
    #[serde(default)]
    preferred_username: String,
    #[serde(default)]
    name: String,
    nonce: Option<String>,
}

/// `nonce` is the one sent with an authorization request; `None` for other flows.
///
/// # Errors
/// What is wrong with the token.
pub(super) fn read(
    token: &str,
    client_id: &str,
    nonce: Option<&str>,
) -> Result<Person, &'static str> {
    let payload = token.split('.').nth(1).ok_or("an id token without parts")?;
    let payload = URL_SAFE_NO_PAD
        .decode(payload.trim_end_matches('='))
        .map_err(|_| "an id token that is not base64")?;
    let claims: Claims =
        serde_json::from_slice(&payload).map_err(|_| "an id token without oid, tid and aud")?;
    if !claims.aud.eq_ignore_ascii_case(client_id) {
        return Err("an id token for another app");
    }
    if nonce.is_some() && claims.nonce.as_deref() != nonce {
        return Err("an id token of another sign-in");
    }
    let key = AccountKey::new(&claims.oid, &claims.tid).ok_or("an id token without GUIDs")?;
    Ok(Person {
        key,
        upn: claims.preferred_username.chars().take(LONGEST).collect(),
        name: claims.name.chars().take(LONGEST).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OID: &str = "11111111-2222-4333-8444-555555555555";

    fn token(claims: &str) -> String {
        format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_person_is_named_by_object_and_tenant() {
        let claims = format!(
            r#"{{"aud":"C","oid":"{OID}","tid":"{OID}","preferred_username":"a@b","name":"A","nonce":"n"}}"#
        );
        let person = read(&token(&claims), "c", Some("n")).unwrap();
        assert_eq!((person.upn.as_str(), person.name.as_str()), ("a@b", "A"));
        assert_eq!(person.key.to_string(), format!("{OID}.{OID}"));
        assert!(read(&token(&claims), "c", Some("m")).is_err());
        assert!(read(&token(&claims), "d", None).is_err());
    }

    #[test]
    fn broken_tokens_are_refused() {
        for broken in [
            "",
            "a",
            "a.b.c",
            "a.!.c",
            &token("[]"),
            &token(r#"{"aud":"c","oid":"../x","tid":"y"}"#),
        ] {
            assert!(read(broken, "c", None).is_err(), "{broken}");
        }
    }
}
