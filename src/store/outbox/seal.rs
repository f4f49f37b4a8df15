//! What is known of the outbox outside of it: how many commits it had and how many acts wait.
//!
//! Written after each commit and never waited for, so it may be behind the file after a crash and
//! is never ahead of it. A file that is behind its seal has lost something that was acknowledged:
//! a database that finds its newest state damaged goes back to the one before without a word.

use crate::store::folder::replace;
use std::path::Path;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seal {
    pub commits: u64,
    pub waiting: u64,
}

impl Seal {
    /// None when there is none, or it is damaged itself.
    pub(super) fn read(path: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(path).ok()?;
        let (words, check) = text.trim_end().rsplit_once(' ')?;
        let (commits, waiting) = words.split_once(' ')?;
        let is_whole = u32::from_str_radix(check, 16).ok()? == crc32fast::hash(words.as_bytes());
        is_whole.then_some(Self {
            commits: commits.parse().ok()?,
            waiting: waiting.parse().ok()?,
        })
    }

    /// The outbox holds what it says with or without this: a seal that cannot be written is old.
    pub(super) fn write(self, path: &Path) {
        let words = format!("{} {}", self.commits, self.waiting);
        let line = format!("{words} {:08x}\n", crc32fast::hash(words.as_bytes()));
        let _ = replace(path, line.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_seal_counts_as_none() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("outbox.seal");
        assert_eq!(Seal::read(&path), None);
        let seal = Seal {
            commits: 412,
            waiting: 3,
        };
        seal.write(&path);
        assert_eq!(Seal::read(&path), Some(seal));
        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len() - 1 {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            std::fs::write(&path, &damaged).unwrap();
            assert_eq!(Seal::read(&path), None, "byte {at}");
            std::fs::write(&path, &whole[..at]).unwrap();
            assert_eq!(Seal::read(&path), None, "cut at {at}");
        }
    }
}
