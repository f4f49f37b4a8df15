//! Names of things, each its own type. Graph ids are opaque and case-sensitive:
//! never fold, trim or parse them (Graph: "Outlook identifiers").

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

macro_rules! name {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $type(Arc<str>);

        impl $type {
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($type), "({:?})"), &self.0)
            }
        }

        impl From<&str> for $type {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl From<String> for $type {
            fn from(text: String) -> Self {
                Self::new(text)
            }
        }
    };
}

name!(
    /// An event's id in one mailbox, in its immutable form.
    EventId
);
name!(
    /// A calendar's id, as obtained with our fixed header set.
    CalendarId
);
name!(
    /// One signed-in mailbox: `oid.tid` of the identity platform.
    AccountId
);

impl Default for EventId {
    fn default() -> Self {
        Self::new("")
    }
}

impl Default for CalendarId {
    fn default() -> Self {
        Self::new("")
    }
}
