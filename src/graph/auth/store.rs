//! The token file: every account, its tokens and where they belong.
//!
//! Responsible for who may read it and for never losing it half-written. Refuses a file or
//! directory that others can read or that somebody else owns. Invariant: there is one file,
//! it is replaced whole, and secrets are in it in the clear, which `banner` admits.

mod private_file;

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Endpoints, Secret, secret};

pub use private_file::StoreError;

const FILE: &str = "tokens.json";
const LOCK: &str = "tokens.lock";
/// Files of a newer version are not touched.
const VERSION: u32 = 1;

/// `oid.tid` of an account; both GUIDs, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountKey(String);

impl AccountKey {
    pub fn new(oid: &str, tid: &str) -> Option<Self> {
        let oid = uuid::Uuid::parse_str(oid).ok()?;
        let tid = uuid::Uuid::parse_str(tid).ok()?;
        Some(Self(format!("{oid}.{tid}")))
    }

    pub fn parse(text: &str) -> Option<Self> {
        let (oid, tid) = text.split_once('.')?;
        Self::new(oid, tid)
    }
}

impl fmt::Display for AccountKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for AccountKey {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("an account key is two GUIDs with a dot between them")
    }
}

impl From<AccountKey> for String {
    fn from(key: AccountKey) -> Self {
        key.0
    }
}

/// One signed-in account. `Debug` shows no token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    pub key: AccountKey,
    /// User principal name as the platform wrote it: foreign text.
    pub upn: String,
    /// Display name: foreign text.
    pub name: String,
    pub endpoints: Endpoints,
    /// The scopes Kalends asks for.
    pub asked: Vec<String>,
    /// The scopes the platform granted, without resource prefix.
    pub granted: Vec<String>,
    #[serde(serialize_with = "secret::reveal")]
    pub access: Option<Secret>,
    /// When the access token ends, milliseconds since the Unix epoch, UTC.
    pub expires_at_ms: i64,
    #[serde(serialize_with = "secret::reveal")]
    pub refresh: Option<Secret>,
    /// Claims (JSON) that the next interactive sign-in has to carry.
    #[serde(default)]
    pub claims: Option<String>,
}

/// The accounts of this computer user.
#[derive(Clone, Debug)]
pub struct TokenStore {
    directory: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Contents {
    version: u32,
    accounts: Vec<SignedIn>,
}

impl TokenStore {
    /// Makes the directory (0700) when it is missing.
    ///
    /// # Errors
    /// When the directory cannot be made, belongs to somebody else or is open to others.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        private_file::prepare_directory(directory)?;
        Ok(Self {
            directory: directory.to_owned(),
        })
    }

    /// What the person has to know about how the tokens are kept.
    pub fn banner(&self) -> Option<&'static str> {
        Some("sign-in tokens are stored unencrypted, in a file only you can read (mode 0600)")
    }

    pub fn path(&self) -> PathBuf {
        self.directory.join(FILE)
    }

    /// All accounts, in the order they were added.
    ///
    /// # Errors
    /// When the file is damaged, newer than this version, or not private.
    pub fn accounts(&self) -> Result<Vec<SignedIn>, StoreError> {
        let path = self.path();
        let Some(text) = private_file::read(&path)? else {
            return Ok(Vec::new());
        };
        let version: serde_json::Value = serde_json::from_slice(&text)
            .map_err(|_| StoreError::Damaged { path: path.clone() })?;
        if version.get("version").and_then(serde_json::Value::as_u64) > Some(u64::from(VERSION)) {
            return Err(StoreError::Newer { path });
        }
        let contents: Contents =
            serde_json::from_slice(&text).map_err(|_| StoreError::Damaged { path })?;
        Ok(contents.accounts)
    }

    /// # Errors
    /// As `accounts`.
    pub fn account(&self, key: &AccountKey) -> Result<Option<SignedIn>, StoreError> {
        Ok(self
            .accounts()?
            .into_iter()
            .find(|account| account.key == *key))
    }

    /// Adds the account or replaces what was known of it; on disk when this returns.
    ///
    /// # Errors
    /// As `accounts`, or when the disk refuses; the old file is intact then.
    pub fn save(&self, account: &SignedIn) -> Result<(), StoreError> {
        self.change(
            |accounts| match accounts.iter_mut().find(|known| known.key == account.key) {
                Some(known) => *known = account.clone(),
                None => accounts.push(account.clone()),
            },
        )
    }

    /// Forgets an account and its tokens. The platform has no way to revoke one client's tokens.
    ///
    /// # Errors
    /// As `save`.
    pub fn forget(&self, key: &AccountKey) -> Result<(), StoreError> {
        self.change(|accounts| accounts.retain(|account| account.key != *key))
    }

    fn change(&self, edit: impl FnOnce(&mut Vec<SignedIn>)) -> Result<(), StoreError> {
        let _lock = private_file::lock(&self.directory.join(LOCK))?;
        let mut accounts = self.accounts()?;
        edit(&mut accounts);
        let path = self.path();
        let text = serde_json::to_vec_pretty(&Contents {
            version: VERSION,
            accounts,
        })
        .map_err(|_| StoreError::Damaged { path: path.clone() })?;
        private_file::replace(&path, &Zeroizing::new(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    const OID: &str = "11111111-2222-4333-8444-555555555555";

    fn account(oid: &str, refresh: &str) -> SignedIn {
        let here = "http://127.0.0.1:1";
        SignedIn {
            key: AccountKey::new(oid, OID).unwrap(),
            upn: "ada@contoso.example".to_owned(),
            name: "Ada".to_owned(),
            endpoints: Endpoints::new(here, here, "common", OID).unwrap(),
            asked: vec!["User.Read".to_owned()],
            granted: vec!["User.Read".to_owned()],
            access: Some(Secret::new("canary-access".to_owned())),
            expires_at_ms: 5,
            refresh: Some(Secret::new(refresh.to_owned())),
            claims: None,
        }
    }

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o7777
    }

    fn set_mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn accounts_survive_a_round_trip_and_replace_each_other() {
        let home = tempfile::tempdir().unwrap();
        let store = TokenStore::open(&home.path().join("a/tokens")).unwrap();
        assert_eq!(store.accounts().unwrap(), []);
        let other = "99999999-2222-4333-8444-555555555555";
        store.save(&account(OID, "one")).unwrap();
        store.save(&account(other, "two")).unwrap();
        store.save(&account(OID, "three")).unwrap();
        assert_eq!(
            store.accounts().unwrap(),
            [account(OID, "three"), account(other, "two")]
        );
        store.forget(&account(OID, "").key).unwrap();
        assert_eq!(store.accounts().unwrap(), [account(other, "two")]);
        assert!(store.banner().is_some());
    }

    #[test]
    fn only_the_owner_can_read_and_nothing_is_left_behind() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("tokens");
        let store = TokenStore::open(&directory).unwrap();
        store.save(&account(OID, "one")).unwrap();
        assert_eq!((mode(&directory), mode(&store.path())), (0o700, 0o600));
        let mut names: Vec<String> = std::fs::read_dir(&directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, [FILE, LOCK]);
    }

    #[test]
    fn open_files_links_and_directories_are_refused() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("tokens");
        let store = TokenStore::open(&directory).unwrap();
        store.save(&account(OID, "one")).unwrap();
        set_mode(&store.path(), 0o640);
        assert!(matches!(store.accounts(), Err(StoreError::Open { .. })));
        assert!(store.save(&account(OID, "two")).is_err());
        set_mode(&store.path(), 0o600);
        set_mode(&directory, 0o755);
        assert!(matches!(
            TokenStore::open(&directory),
            Err(StoreError::Open { .. })
        ));
        set_mode(&directory, 0o700);
        let away = home.path().join("away");
        std::fs::rename(store.path(), &away).unwrap();
        symlink(&away, store.path()).unwrap();
        assert!(store.accounts().is_err());
    }

    #[test]
    fn damaged_and_newer_files_are_kept_and_said() {
        let home = tempfile::tempdir().unwrap();
        let store = TokenStore::open(&home.path().join("tokens")).unwrap();
        for (text, is_newer) in [("{", false), (r#"{"version":2,"x":1}"#, true)] {
            private_file::replace(&store.path(), text.as_bytes()).unwrap();
            let error = store.save(&account(OID, "one")).unwrap_err();
            assert_eq!(
                matches!(error, StoreError::Newer { .. }),
                is_newer,
                "{error}"
            );
            assert_eq!(std::fs::read_to_string(store.path()).unwrap(), text);
        }
    }

    #[test]
    fn debug_output_has_no_token() {
        let shown = format!("{:?}", account(OID, "canary-refresh"));
        assert!(!shown.contains("canary"), "{shown}");
    }
}
