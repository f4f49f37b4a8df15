//! Whose calendars are followed: addresses, one a line.
//!
//! Worth keeping, for nobody else has them: written whole beside the old file, synced, and put in
//! its place. A line that is no address is passed over.

use super::{Folder, StoreError};
use crate::domain::edit::is_address;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

/// Each is asked for with the mailbox, and its windows cost as much as those of one of mine.
pub const MOST: usize = 24;

pub struct Followed {
    path: PathBuf,
    /// Lower case, in the order they were followed.
    addresses: Vec<String>,
}

impl Followed {
    /// A file that is missing holds nobody.
    pub fn open(folder: &Folder) -> Self {
        let path = folder.followed();
        let text = fs::read(&path).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let mut addresses: Vec<String> = Vec::new();
        for line in text.lines().map(|line| line.trim().to_lowercase()) {
            if is_address(&line) && !addresses.contains(&line) && addresses.len() < MOST {
                addresses.push(line);
            }
        }
        Self { path, addresses }
    }

    pub fn addresses(&self) -> &[String] {
        &self.addresses
    }

    /// Keeps them for good; when the disk refuses, those of before hold.
    pub fn keep(&mut self, addresses: Vec<String>) -> Result<(), StoreError> {
        let text: String = addresses.iter().map(|one| format!("{one}\n")).collect();
        let error = |source| StoreError::Write {
            path: self.path.display().to_string(),
            source,
        };
        let temporary = self.path.with_extension("new");
        let write = || -> std::io::Result<()> {
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&temporary)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&temporary, &self.path)?;
            // The name is the folder's content.
            self.path
                .parent()
                .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
        };
        write().map_err(error)?;
        self.addresses = addresses;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_followed_is_known_after_a_restart_and_garbage_is_passed_over() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path());
        folder.create().unwrap();
        let mut followed = Followed::open(&folder);
        assert!(followed.addresses().is_empty());
        let two = vec!["anna@contoso.com".to_owned(), "ben@contoso.com".to_owned()];
        followed.keep(two.clone()).unwrap();
        assert_eq!(Followed::open(&folder).addresses(), two);
        let text = b"Anna@Contoso.com\n\xff\nno one\n anna@contoso.com\nx y@contoso.com\n";
        fs::write(folder.followed(), text).unwrap();
        assert_eq!(Followed::open(&folder).addresses(), ["anna@contoso.com"]);
    }
}
