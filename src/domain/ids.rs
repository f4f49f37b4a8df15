//! Names of things, each its own type. Graph ids are opaque and case-sensitive:
//! never fold, trim or parse them (Graph: "Outlook identifiers").

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::sync::Arc;

/// Derived code would copy a text twice on its way into an `Arc`.
struct Text;

impl Visitor<'_> for Text {
    type Value = Arc<str>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an id")
    }

    fn visit_str<E>(self, text: &str) -> Result<Arc<str>, E> {
        Ok(Arc::from(text))
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
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

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                input.deserialize_str(Text).map(Self)
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
