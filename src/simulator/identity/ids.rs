//! Names for new things: codes, tokens, GUIDs. A hash chain over the seed.
//!
//! Refuses real randomness: the same seed and the same order of requests give the same names.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Letters of a user code, without those that look alike and without vowels (RFC 8628 6.1).
const CODE_LETTERS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ23456789";

pub(super) struct Ids {
    seed: u64,
    drawn: u64,
}

impl Ids {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    pub(super) fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count + 32);
        while bytes.len() < count {
            self.drawn += 1;
            let mut input = self.seed.to_be_bytes().to_vec();
            input.extend_from_slice(&self.drawn.to_be_bytes());
            bytes.extend_from_slice(digest(&SHA256, &input).as_ref());
        }
        bytes.truncate(count);
        bytes
    }

    /// URL-safe text from `count` bytes.
    pub(super) fn opaque(&mut self, count: usize) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes(count))
    }

    pub(super) fn guid(&mut self) -> String {
        let mut sixteen = [0_u8; 16];
        sixteen.copy_from_slice(&self.bytes(16));
        uuid::Builder::from_random_bytes(sixteen)
            .into_uuid()
            .to_string()
    }

    pub(super) fn user_code(&mut self, length: usize) -> String {
        let letters = self.bytes(length).into_iter();
        letters
            .filter_map(|byte| CODE_LETTERS.get(usize::from(byte) % CODE_LETTERS.len()))
            .map(|letter| char::from(*letter))
            .collect()
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let mut eight = [0_u8; 8];
        eight.copy_from_slice(&self.bytes(8));
        let span = u64::try_from(high - low + 1).unwrap_or(1).max(1);
        low + i64::try_from(u64::from_be_bytes(eight) % span).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_names_the_same_things() {
        let (mut one, mut two, mut other) = (Ids::new(7), Ids::new(7), Ids::new(8));
        assert_eq!(one.opaque(40), two.opaque(40));
        let (first, second) = (one.guid(), one.guid());
        assert_ne!(first, second);
        assert_eq!(first, two.guid());
        assert_ne!(first, other.guid());
    }

    #[test]
    fn user_codes_and_numbers_stay_in_their_range() {
        let mut ids = Ids::new(1);
        for _ in 0..200 {
            let code = ids.user_code(9);
            assert_eq!(code.len(), 9);
            assert!(code.bytes().all(|letter| CODE_LETTERS.contains(&letter)));
            assert!((3599..=5399).contains(&ids.between(3599, 5399)));
        }
    }
}
