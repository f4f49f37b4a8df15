//! The key that signs id tokens, and its public half as a JSON Web Key (RFC 7517, 7518 6.3).
//!
//! Made once a process, at the first signature: real clients refuse unsigned id tokens, and
//! a private key in the sources would be found by every secret scanner. This is the only
//! part of the platform that does not come from the seed.

use std::sync::OnceLock;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

fn key() -> Option<&'static KeyPair> {
    static KEY: OnceLock<Option<KeyPair>> = OnceLock::new();
    KEY.get_or_init(|| KeyPair::generate(KeySize::Rsa2048).ok())
        .as_ref()
}

/// A compact JWS with RS256 over the claims. `None` when no key could be made.
pub(super) fn sign(claims: &Value) -> Option<String> {
    let key = key()?;
    let header = json!({"typ": "JWT", "alg": "RS256", "kid": key_id(key)});
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", encode(&header), encode(claims));
    let mut signature = vec![0_u8; key.public_modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        signed.as_bytes(),
        &mut signature,
    )
    .ok()?;
    Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// The published key set.
pub(super) fn key_set() -> Value {
    let found = key().and_then(|key| Some((key_id(key), components(key.public_key().as_ref())?)));
    let Some((id, (modulus, exponent))) = found else {
        return json!({"keys": []});
    };
    json!({"keys": [{
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": id,
        "n": URL_SAFE_NO_PAD.encode(modulus),
        "e": URL_SAFE_NO_PAD.encode(exponent),
    }]})
}

fn key_id(key: &KeyPair) -> String {
    let thumb = digest(&SHA256, key.public_key().as_ref());
    URL_SAFE_NO_PAD.encode(thumb.as_ref().get(..20).unwrap_or_default())
}

/// Modulus and exponent of an `RSAPublicKey` in DER (RFC 8017 A.1.1): a sequence of two integers.
fn components(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (sequence, _) = element(der, 0x30)?;
    let (modulus, rest) = element(sequence, 0x02)?;
    let (exponent, _) = element(rest, 0x02)?;
    let unsigned = |bytes: &[u8]| -> Vec<u8> {
        bytes
            .iter()
            .copied()
            .skip_while(|byte| *byte == 0)
            .collect()
    };
    Some((unsigned(modulus), unsigned(exponent)))
}

/// The contents of the next DER element when it has this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        (
            bytes
                .iter()
                .fold(0, |sum, byte| (sum << 8) | usize::from(*byte)),
            rest,
        )
    };
    if found == tag {
        rest.split_at_checked(length)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::rsa::PublicKeyComponents;
    use aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256;

    #[test]
    fn a_published_key_verifies_what_was_signed() {
        let token = sign(&json!({"aud": "kalends"})).unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let set = key_set();
        let part = |name: &str| URL_SAFE_NO_PAD.decode(set["keys"][0][name].as_str().unwrap());
        let public = PublicKeyComponents {
            n: part("n").unwrap(),
            e: part("e").unwrap(),
        };
        let mut signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        public
            .verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
            .unwrap();
        signature[10] ^= 1;
        assert!(
            public
                .verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
                .is_err()
        );
    }
}
