//! What the person wants to hear no more of: numbers of queue items, one a line.
//!
//! Not precious: a number that is lost means that something is shown once more. So it is
//! replaced whole, without an fsync, and a line that cannot be read is passed over.

use super::folder::replace;
use super::{Folder, StoreError};
use std::collections::VecDeque;
use std::path::PathBuf;

/// The oldest ones go; what they were about is long over.
const KEPT: usize = 2_000;

pub struct Hushed {
    path: PathBuf,
    /// Oldest first.
    ids: VecDeque<u64>,
}

impl Hushed {
    /// A file that is missing or cannot be read holds nothing.
    pub fn open(folder: &Folder) -> Self {
        let path = folder.hushed();
        let text = std::fs::read(&path).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let number = |line: &str| u64::from_str_radix(line.trim(), 16).ok();
        let ids = text.lines().filter_map(number).take(KEPT).collect();
        Self { path, ids }
    }

    pub fn ids(&self) -> impl Iterator<Item = u64> {
        self.ids.iter().copied()
    }

    /// Hushes it, or lets it be heard again.
    pub fn set(&mut self, id: u64, is_hushed: bool) -> Result<(), StoreError> {
        self.ids.retain(|known| *known != id);
        if is_hushed {
            self.ids.push_back(id);
        }
        while self.ids.len() > KEPT {
            self.ids.pop_front();
        }
        let text: String = self.ids.iter().map(|id| format!("{id:016x}\n")).collect();
        replace(&self.path, text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_hushed_is_known_after_a_restart_and_garbage_is_passed_over() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path());
        folder.create().unwrap();
        let mut hushed = Hushed::open(&folder);
        for id in [1, u64::MAX, 3, 1] {
            hushed.set(id, true).unwrap();
        }
        hushed.set(3, false).unwrap();
        let known = || Hushed::open(&folder).ids().collect::<Vec<_>>();
        assert_eq!(known(), [u64::MAX, 1]);
        std::fs::write(folder.hushed(), b"zz\n\xff\n00000000000000ff\n").unwrap();
        assert_eq!(known(), [255]);
        for id in 0..3_000 {
            hushed.set(id, true).unwrap();
        }
        assert_eq!(known().len(), KEPT);
        assert_eq!(known().first(), Some(&1_000));
    }
}
