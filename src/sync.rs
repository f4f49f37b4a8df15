//! What to do next: the sync engine. `handle(input, now)` answers with outputs
//! and performs nothing; it has no clock, no randomness, no I/O.
//!
//! Invariants a reader must hold:
//! - outputs are performed in the order given; a crash between any two of them
//!   can only make a page be replayed (a delta link never outruns its data);
//! - what the engine knows beyond a restart is in the replica and the outbox,
//!   never only here; its own memory grows with windows, not with events.

pub mod bugs;
pub mod engine;
pub mod graves;
pub mod intents;
pub mod pace;

pub mod round;

pub use engine::{Engine, Input, Output, Settings};
