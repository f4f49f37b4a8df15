//! What a calendar is: the words of the design as types and pure functions.
//!
//! Refuses: I/O, clocks, the wire's spelling, the screen. Everything else in the
//! crate may use this module; it uses nothing of theirs.

pub mod answer;
pub mod availability;
pub mod calendar;
pub mod date_words;
pub mod digest;
pub mod edit;
pub mod entry;
pub mod errand;
pub mod event;
pub mod focus;
pub mod free_busy;
pub mod ids;
pub mod intent;
pub mod load;
pub mod merge;
pub mod overlap;
pub mod quick;
pub mod recurrence;
pub mod remote;
pub mod replica;
pub mod schedule;
pub mod text;
pub mod time;
pub mod triage;
pub mod window;
pub mod zone;
