//! Who has signed in on this computer, and where their calendars lie.
//!
//! Reads the token file's names and grants, never its tokens into anything that could be
//! shown. Invariant: choosing an account touches nothing; the file that remembers the
//! last choice is written by signing in only.

use crate::domain::ids::AccountId;
use crate::domain::text::Untrusted;
use crate::graph::auth::{SignedIn, TokenStore, scopes};
use crate::service::Home;
use crate::service::protocol::Rights;
use crate::store::Folder;
use crate::store::folder::replace;
use std::path::PathBuf;

/// One account as the shell sees it.
#[derive(Debug, Clone)]
pub struct Account {
    pub id: AccountId,
    /// User principal name; foreign text.
    pub upn: Untrusted,
    pub folder: Folder,
    /// What signing in brought; None when only a copy of the calendar is left.
    pub signed_in: Option<SignedIn>,
}

impl Account {
    /// The granted scopes allow answering.
    pub fn can_write(&self) -> bool {
        self.rights().write
    }

    /// What the granted scopes allow.
    pub fn rights(&self) -> Rights {
        let has = |scope| {
            let signed_in = self.signed_in.as_ref();
            signed_in.is_some_and(|account| scopes::is_granted(&account.granted, scope))
        };
        Rights {
            write: has("Calendars.ReadWrite"),
            people: has(scopes::PEOPLE),
            categories: has(scopes::CATEGORIES),
            shared: has(scopes::SHARED_READ),
        }
    }

    pub fn label(&self) -> String {
        self.upn.safe_line(Some(64)).into_string()
    }
}

/// Why no account could be chosen.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("nobody is signed in; run kalends login")]
    Nobody,
    #[error(
        "no signed-in account begins with \"{wanted}\"; there is {known}, or run kalends login"
    )]
    Unknown { wanted: String, known: String },
    #[error("\"{wanted}\" could be {known}; write more of the name")]
    Ambiguous { wanted: String, known: String },
    #[error("{0}")]
    Store(#[from] crate::graph::auth::store::StoreError),
}

/// Everybody who signed in here, in the order they did.
///
/// # Errors
/// When the token file is damaged, newer, or open to others.
pub fn all(home: &Home) -> Result<Vec<Account>, AccountError> {
    let path = home.tokens();
    if !path.exists() {
        return Ok(Vec::new());
    }
    let signed_in = TokenStore::open(&home.data)?.accounts()?;
    Ok(signed_in
        .into_iter()
        .map(|account| of(home, account))
        .collect())
}

/// The same account as it is signed in now, or no longer.
///
/// # Errors
/// As [`all`].
pub fn anew(home: &Home, account: &Account) -> Result<Account, AccountError> {
    let known = all(home)?.into_iter().find(|one| one.id == account.id);
    Ok(known.unwrap_or_else(|| Account {
        signed_in: None,
        ..account.clone()
    }))
}

pub fn of(home: &Home, signed_in: SignedIn) -> Account {
    let id = AccountId::new(signed_in.key.to_string());
    let folder = home.account(&id);
    Account {
        id,
        upn: Untrusted::from(signed_in.upn.as_str()),
        folder,
        signed_in: Some(signed_in),
    }
}

/// The account that is meant: by name, else the default one, else the only one.
///
/// # Errors
/// `Nobody` when there is none at all, not even a copy of a calendar.
pub fn choose(home: &Home, wanted: Option<&str>) -> Result<Account, AccountError> {
    let accounts = all(home)?;
    if let Some(wanted) = wanted {
        return named(accounts, wanted);
    }
    let remembered = std::fs::read_to_string(default_file(home)).unwrap_or_default();
    let at = accounts
        .iter()
        .position(|account| account.id.as_str() == remembered.trim())
        .unwrap_or(0);
    accounts
        .into_iter()
        .nth(at)
        .or_else(|| left_behind(home))
        .ok_or(AccountError::Nobody)
}

fn named(accounts: Vec<Account>, wanted: &str) -> Result<Account, AccountError> {
    let folded = wanted.to_lowercase();
    let name = |account: &Account| {
        account
            .signed_in
            .as_ref()
            .map(|signed_in| signed_in.name.to_lowercase())
            .unwrap_or_default()
    };
    let known: Vec<String> = accounts.iter().map(Account::label).collect();
    let exact = accounts
        .iter()
        .position(|account| account.upn.raw().to_lowercase() == folded);
    let hits: Vec<usize> = match exact {
        Some(at) => vec![at],
        None => (0..)
            .zip(&accounts)
            .filter(|(_, account)| {
                account.upn.raw().to_lowercase().starts_with(&folded)
                    || name(account).starts_with(&folded)
            })
            .map(|(at, _)| at)
            .collect(),
    };
    match hits.as_slice() {
        [] if accounts.is_empty() => Err(AccountError::Nobody),
        [] => Err(AccountError::Unknown {
            wanted: wanted.to_owned(),
            known: known.join(", "),
        }),
        [at] => accounts.into_iter().nth(*at).ok_or(AccountError::Nobody),
        several => {
            let known: Vec<String> = several
                .iter()
                .filter_map(|at| known.get(*at).cloned())
                .collect();
            Err(AccountError::Ambiguous {
                wanted: wanted.to_owned(),
                known: known.join(" or "),
            })
        }
    }
}

/// The copy of a calendar whose sign-in is gone: still good for reading.
fn left_behind(home: &Home) -> Option<Account> {
    let folders = std::fs::read_dir(home.data.join("accounts")).ok()?;
    let mut names: Vec<String> = folders
        .flatten()
        .filter_map(|folder| folder.file_name().into_string().ok())
        .collect();
    names.sort();
    let name = names.into_iter().next()?;
    let folder = Folder::new(home.data.join("accounts").join(&name));
    let me = crate::store::desk::DeskFile::load(&folder)
        .ok()
        .flatten()
        .map(|desk| desk.desk.me.address);
    Some(Account {
        id: AccountId::new(&name),
        upn: me.unwrap_or_else(|| "nobody".into()),
        folder,
        signed_in: None,
    })
}

fn default_file(home: &Home) -> PathBuf {
    home.state.join("account")
}

/// Makes this the account that is used when none is named.
///
/// # Errors
/// A sentence with the place when the disk refuses.
pub fn remember(home: &Home, id: &AccountId) -> Result<(), String> {
    use std::os::unix::fs::DirBuilderExt;
    let path = default_file(home);
    let made = std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&home.state);
    made.map_err(|error| format!("could not make {}: {error}", home.state.display()))?;
    replace(&path, id.as_str().as_bytes()).map_err(|error| error.to_string())
}
