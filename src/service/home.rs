//! Where everything of one person lies: the platform's folders, or one given folder.

use crate::domain::ids::AccountId;
use crate::store::Folder;
use std::path::{Path, PathBuf};

/// Resolved folders. Making it touches nothing.
#[derive(Debug, Clone)]
pub struct Home {
    pub config: PathBuf,
    pub data: PathBuf,
    pub cache: PathBuf,
    pub state: PathBuf,
}

impl Home {
    /// `--home DIR`: everything below one folder.
    pub fn at(root: &Path) -> Self {
        Self {
            config: root.join("config"),
            data: root.join("data"),
            cache: root.join("cache"),
            state: root.join("state"),
        }
    }

    /// The platform's folders; None when the system does not know the person's home.
    pub fn of_platform() -> Option<Self> {
        let folders = directories::ProjectDirs::from("", "", "kalends")?;
        Some(Self {
            config: folders.config_dir().to_owned(),
            data: folders.data_dir().to_owned(),
            cache: folders.cache_dir().to_owned(),
            state: folders
                .state_dir()
                .unwrap_or_else(|| folders.data_dir())
                .to_owned(),
        })
    }

    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    pub fn keys_file(&self) -> PathBuf {
        self.config.join("keys.toml")
    }

    pub fn themes(&self) -> PathBuf {
        self.config.join("themes")
    }

    pub fn tokens(&self) -> PathBuf {
        self.data.join("tokens.json")
    }

    pub fn logs(&self) -> PathBuf {
        self.state.join("logs")
    }

    /// Where files of events go: the platform's folder for downloads, or the person's own.
    pub fn downloads() -> Option<PathBuf> {
        let folders = directories::UserDirs::new()?;
        let downloads = folders.download_dir().filter(|folder| folder.is_dir());
        Some(downloads.unwrap_or_else(|| folders.home_dir()).to_owned())
    }

    /// The folder of one account. Ids are the identity platform's; anything else
    /// than letters, digits, dot and dash becomes a dash, so that no id leaves the folder.
    pub fn account(&self, account: &AccountId) -> Folder {
        let name: String = account
            .as_str()
            .chars()
            .map(|letter| {
                if letter.is_ascii_alphanumeric() || letter == '-' {
                    letter
                } else {
                    '-'
                }
            })
            .take(100)
            .collect();
        Folder::new(self.data.join("accounts").join(name))
    }
}
