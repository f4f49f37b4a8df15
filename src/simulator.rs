//! Microsoft 365 in miniature: identity platform, Graph, faults and scenarios over real HTTP.
//!
//! Refuses: the client's wire types, recurrence and zone code. Both sides are
//! written apart so that they cannot agree on the same mistake.

pub mod clock;

// Time, without any library that the client uses for it.
pub mod civil;
pub mod recurrence;
pub mod zone;

// Who exists and what happens.
pub mod dice;
pub mod generator;
pub mod office;
pub mod scenario;
pub mod world;

// What the wire shows, and what goes wrong on it.
pub mod faults;
pub mod graph;
pub mod identity;
mod ids;
pub mod server;
pub mod start;
