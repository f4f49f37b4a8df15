//! Names of things, each its own type. Graph ids are opaque and case-sensitive:
//! never fold, trim or parse them (Graph: "Outlook identifiers").
//!
//! One text is of our own making: the id of a calendar that is followed by its owner's address
//! says whose mailbox it is in, because ids of one way to a calendar mean nothing on the other.
//! Only `graph` takes it apart, and it takes apart what was put together here, never an id of Graph.

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

/// Between the address and the id: neither can hold it.
const OF_MAILBOX: char = ' ';

impl CalendarId {
    /// A calendar in somebody else's mailbox, reached by their address.
    pub fn of_mailbox(address: &str, id: &str) -> Self {
        Self::new(format!("{address}{OF_MAILBOX}{id}"))
    }

    /// The address whose mailbox it is in; None: in my own, or shared into it.
    pub fn mailbox(&self) -> Option<&str> {
        self.0.split_once(OF_MAILBOX).map(|(address, _)| address)
    }

    /// As the server calls it.
    pub fn graph_id(&self) -> &str {
        self.0.split_once(OF_MAILBOX).map_or(&self.0, |(_, id)| id)
    }

    /// No id that a server sends can pass for one of those above.
    pub fn is_of_one_part(id: &str) -> bool {
        !id.contains(OF_MAILBOX)
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_followed_calendar_says_whose_it_is_and_others_are_left_whole() {
        let followed = CalendarId::of_mailbox("anna@contoso.com", "AAk-1_a=");
        assert_eq!(followed.mailbox(), Some("anna@contoso.com"));
        assert_eq!(followed.graph_id(), "AAk-1_a=");
        assert_ne!(followed, CalendarId::new("AAk-1_a="));
        let mine = CalendarId::new("AAk-1_a@b=");
        assert_eq!((mine.mailbox(), mine.graph_id()), (None, "AAk-1_a@b="));
        assert!(CalendarId::is_of_one_part(mine.as_str()));
        assert!(!CalendarId::is_of_one_part(followed.as_str()));
    }
}
