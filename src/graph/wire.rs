//! Microsoft's spelling, and nowhere else: JSON as it travels, and its conversion
//! to and from domain values.
//!
//! Rules every file here keeps: unknown fields and enum members are ignored; null,
//! or a value of a wrong type, counts as absent; the last of duplicate keys wins;
//! strings and lists are cut at fixed bounds; one element that cannot be understood
//! never spoils the others. Text is borrowed from the answer until it is converted.

pub(crate) mod lenient;

pub(crate) mod attendee;
pub(crate) mod batch;
pub mod body;
pub mod calendar;
pub mod collection;
pub(crate) mod error;
pub mod event;
pub mod file;
pub mod page;
pub mod person;
pub(crate) mod recurrence;
pub mod schedule;
pub(crate) mod surrogate;
pub mod when;
pub(crate) mod write;

/// How many answers of a batch can be understood; None when it is no batch at all.
pub fn replies_in_batch(bytes: &[u8]) -> Option<usize> {
    batch::replies(bytes).ok().map(|replies| replies.len())
}

/// Code and message of an error's answer, as far as there are any.
pub fn words_of_error(bytes: &[u8]) -> (String, String) {
    error::envelope(bytes)
}
