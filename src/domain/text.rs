//! Text from outside, and the only way to make it showable.
//!
//! Whatever a server, a file or an invitation says is [`Untrusted`]; it has no `Display`, and its
//! `Debug` prints only the length. [`Untrusted::safe_line`] and [`Untrusted::safe_text`] make it
//! [`Safe`], the only kind of text that may reach a cell, a log line or a terminal title.
//!
//! Invariants of `Safe`, each a property test: no control, escape, bidi control, tag or noncharacter
//! (a line break and a tab only where asked for); at most 4 zero-width marks on a base and 32 bytes in
//! a cluster; at most 4 KiB in a line; cleaning twice changes nothing; never more than 8 times the input.
//!
//! Refuses: look-alike letters are not judged here, and nothing is translated or normalised.

mod character;
mod clean;
mod width;

pub use character::is_hostile;
pub use width::{cut, cut_marked, pad, pad_left, width};

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize};

/// Text that somebody else wrote. Kept as it came, so that it can be compared and sent back.
/// Shared, because every occurrence of a series has its master's.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Untrusted(Arc<str>);

/// Most places and names are empty; all of them are this one.
static EMPTY: LazyLock<Arc<str>> = LazyLock::new(|| Arc::from(""));

impl Untrusted {
    /// Text as it came from outside.
    pub fn new(text: impl AsRef<str>) -> Self {
        match text.as_ref() {
            "" => Self::default(),
            text => Self(Arc::from(text)),
        }
    }

    /// Bytes of unknown encoding, read as UTF-8; what is not becomes U+FFFD.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self::new(String::from_utf8_lossy(bytes))
    }

    /// The text as it came: for storing, comparing, searching and sending back, never for showing.
    pub fn raw(&self) -> &str {
        &self.0
    }

    /// The same, owned.
    pub fn into_raw(self) -> String {
        self.0.as_ref().to_owned()
    }

    /// True for the empty text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One line to show: line breaks and tabs become blanks, controls become visible. With
    /// `max_cells`, cut to that many terminal cells with an ellipsis.
    pub fn safe_line(&self, max_cells: Option<usize>) -> Safe {
        Safe::line(&self.0, max_cells)
    }

    /// Several lines to lay out: keeps line breaks (CR LF and lone CR become one) and tabs.
    pub fn safe_text(&self) -> Safe {
        Safe(clean::text(&self.0))
    }
}

impl Default for Untrusted {
    fn default() -> Self {
        Self(Arc::clone(&EMPTY))
    }
}

impl<'de> Deserialize<'de> for Untrusted {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Untrusted;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a text")
            }
            fn visit_str<E>(self, text: &str) -> Result<Untrusted, E> {
                Ok(Untrusted::new(text))
            }
        }
        input.deserialize_str(Text)
    }
}

impl fmt::Debug for Untrusted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Untrusted({} bytes)", self.0.len())
    }
}

impl From<String> for Untrusted {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Untrusted {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// Text that may be shown. Only this module makes it, and it cannot be read back from a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Safe(String);

impl Safe {
    /// Cleans one line; the same as [`Untrusted::safe_line`] without the copy.
    pub fn line(text: &str, max_cells: Option<usize>) -> Self {
        let clean = clean::line(text);
        Self(match max_cells {
            Some(cells) => cut_marked(&clean, cells, "…").0.into_owned(),
            None => clean.into_owned(),
        })
    }

    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }

    /// Width in terminal cells.
    pub fn width(&self) -> usize {
        width(&self.0)
    }
}

impl Deref for Safe {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Safe {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Safe {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

impl From<Safe> for String {
    fn from(safe: Safe) -> Self {
        safe.0
    }
}

impl From<Safe> for Cow<'static, str> {
    fn from(safe: Safe) -> Self {
        Cow::Owned(safe.0)
    }
}

#[cfg(test)]
mod tests;
