//! How a verb ends: the codes scripts rely on, and the one message beside them.

use crate::graph::auth::AuthError;
use crate::runtime::accounts::AccountError;
use crate::service::OpenError;
use crate::store::StoreError;

/// Exit codes, stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Fine,
    Error,
    Usage,
    SignInNeeded,
    /// What is known was shown, or the answer is queued.
    Offline,
    /// Ended by this signal, as a shell would say it.
    Signal(u8),
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Error => 1,
            Self::Usage => 2,
            Self::SignInNeeded => 3,
            Self::Offline => 4,
            Self::Signal(number) => 128u8.saturating_add(number),
        }
    }
}

/// A verb that did not do what was asked: one message that says what to do.
#[derive(Debug)]
pub struct Trouble {
    pub exit: Exit,
    pub words: String,
}

impl Trouble {
    pub fn new(exit: Exit, words: impl Into<String>) -> Self {
        Self {
            exit,
            words: words.into(),
        }
    }

    pub fn error(words: impl Into<String>) -> Self {
        Self::new(Exit::Error, words)
    }

    pub fn usage(words: impl Into<String>) -> Self {
        Self::new(Exit::Usage, words)
    }

    pub fn sign_in(words: impl Into<String>) -> Self {
        let mut words = words.into();
        if !words.contains("kalends login") {
            words.push_str("; run kalends login");
        }
        Self::new(Exit::SignInNeeded, words)
    }
}

impl From<std::io::Error> for Trouble {
    /// A reader that has seen enough (`kalends agenda | head`) is no trouble to speak of.
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::new(Exit::Fine, "");
        }
        Self::error(format!("could not write the answer: {error}"))
    }
}

impl From<AccountError> for Trouble {
    fn from(error: AccountError) -> Self {
        let exit = match &error {
            AccountError::Nobody => Exit::SignInNeeded,
            AccountError::Unknown { .. } | AccountError::Ambiguous { .. } => Exit::Usage,
            AccountError::Store(_) => Exit::Error,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::error(error.to_string())
    }
}

impl From<OpenError> for Trouble {
    fn from(error: OpenError) -> Self {
        Self::error(error.to_string())
    }
}

impl From<AuthError> for Trouble {
    fn from(error: AuthError) -> Self {
        let exit = match &error {
            AuthError::Endpoints(_) => Exit::Usage,
            AuthError::Offline { .. } | AuthError::RetryLater { .. } => Exit::Offline,
            AuthError::Store(_)
            | AuthError::NoCertificates
            | AuthError::Network(_)
            | AuthError::Listener(_)
            | AuthError::Answer { .. } => Exit::Error,
            _ => Exit::SignInNeeded,
        };
        Self::new(exit, error.to_string())
    }
}
