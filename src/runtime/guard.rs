//! The last line of defence: what may leave the program for the terminal.
//!
//! [`Guard`] stands between the drawing backend and the terminal and lets an allow-list of bytes
//! through: printable UTF-8, carriage return and line feed, the few escape sequences that drawing
//! needs, and the operating system commands that this module writes itself. Everything else is dropped
//! and counted. Refuses to repair: text is made harmless in `domain::text`; whatever is stopped here is
//! a bug there, and tests fail on it.
//!
//! Invariant: what passed is a sequence of complete, allowed tokens, however the writes were split.

mod command;
mod token;

pub use command::{clipboard, link_close, link_open, notification, title};

use std::io::{self, Write};

use token::{Token, token};

/// Why something was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A control byte that drawing never needs.
    Control,
    /// A character that must not be shown: C1, bidi control, tag, noncharacter …
    Character,
    /// Bytes that are not UTF-8.
    NotText,
    /// An escape sequence that is not on the list.
    Sequence,
    /// An operating system command that is not one of ours, or a device control string.
    Command,
    /// A sequence that never ended.
    Unfinished,
}

/// Something that was stopped, or would have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where it starts, in bytes from the beginning.
    pub offset: usize,
    /// Its first bytes, escaped for reading.
    pub excerpt: String,
    pub reason: Reason,
}

/// A writer that passes only allowed tokens on. Put a buffer beneath it, and flush.
#[derive(Debug)]
pub struct Guard<W: Write> {
    inner: W,
    /// The start of a token whose end has not been written yet.
    unfinished: Vec<u8>,
    violations: u64,
}

impl<W: Write> Guard<W> {
    /// Guards a terminal.
    pub fn new(inner: W) -> Self {
        Self {
            inner,
            unfinished: Vec::new(),
            violations: 0,
        }
    }

    /// How many tokens were stopped so far.
    pub fn violations(&self) -> u64 {
        self.violations
    }

    /// Rings the bell, the one control byte that is meant for people.
    pub fn ring(&mut self) -> io::Result<()> {
        if self.unfinished.is_empty() {
            self.inner.write_all(b"\x07")
        } else {
            Ok(())
        }
    }

    /// The terminal again. An unfinished token is dropped.
    pub fn into_inner(self) -> W {
        self.inner
    }

    /// What is guarded, for reading.
    pub fn get_ref(&self) -> &W {
        &self.inner
    }

    /// Passes the allowed runs of `bytes` on and returns how many bytes at its end are unfinished.
    fn pass(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (mut run, mut at) = (0, 0);
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            match token(rest) {
                Token::Allowed(length) => at += length,
                Token::Stopped(length, _) => {
                    self.inner
                        .write_all(bytes.get(run..at).unwrap_or_default())?;
                    self.violations += 1;
                    at += length;
                    run = at;
                }
                Token::Unfinished => break,
            }
        }
        self.inner
            .write_all(bytes.get(run..at).unwrap_or_default())?;
        Ok(bytes.len() - at)
    }
}

impl<W: Write> Write for Guard<W> {
    /// Takes all of `bytes`, or fails as the terminal does.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.unfinished.is_empty() {
            let left = self.pass(bytes)?;
            self.unfinished
                .extend_from_slice(bytes.get(bytes.len() - left..).unwrap_or_default());
            return Ok(bytes.len());
        }
        let mut joined = std::mem::take(&mut self.unfinished);
        joined.extend_from_slice(bytes);
        let left = self.pass(&joined)?;
        joined.drain(..joined.len() - left);
        self.unfinished = joined;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// What a guard would stop in these bytes, for tests over captured output.
pub fn check(bytes: &[u8]) -> Vec<Violation> {
    check_permitting(bytes, &[])
}

/// As [`check`], but these exact sequences are let through (questions to the terminal that a library
/// asks on its own, such as `ESC [ c`).
pub fn check_permitting(bytes: &[u8], permitted: &[&[u8]]) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some(known) = permitted
            .iter()
            .find(|known| !known.is_empty() && rest.starts_with(known))
        {
            at += known.len();
            continue;
        }
        let (length, reason) = match token(rest) {
            Token::Allowed(length) => {
                at += length;
                continue;
            }
            Token::Stopped(length, reason) => (length, reason),
            Token::Unfinished => (rest.len(), Reason::Unfinished),
        };
        let head = rest.get(..length.min(40)).unwrap_or_default();
        found.push(Violation {
            offset: at,
            excerpt: head.escape_ascii().to_string(),
            reason,
        });
        at += length;
    }
    found
}

#[cfg(test)]
mod tests;
